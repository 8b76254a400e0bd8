"""The scales of R's data sets as respondents x items, turned, and what R gave for them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "reference" / "survey"
R = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))
MORE = json.loads((FOLDER / "scales.json").read_text(encoding="utf-8"))
REVERSED = {"A": ("A1",), "C": ("C4", "C5"), "E": ("E1", "E2"), "N": (), "O": ("O2", "O5")}


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def names(scale: str) -> tuple[str, ...]:
    return tuple(f"{scale}{i}" for i in range(1, 6))


def raw(scale: str) -> np.ndarray:
    """Five items of the Big Five (psych::bfi), six-point, nothing turned."""
    return table("bfi")[list(names(scale))].to_numpy(dtype=float)


def turned(scale: str) -> np.ndarray:
    items = raw(scale)
    at = [names(scale).index(name) for name in REVERSED[scale]]
    items[:, at] = 7 - items[:, at]
    return items


def one_factor(seed: int, n: int, loadings=(0.8, 0.7, 0.6, 0.7, 0.5)) -> np.ndarray:
    """Seeded standardised items of one factor, with these loadings."""
    rng, weights = np.random.default_rng(seed), np.array(loadings)
    unique = rng.normal(size=(n, len(weights))) * np.sqrt(1 - weights**2)
    return rng.normal(size=(n, 1)) * weights + unique
