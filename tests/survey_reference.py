"""The data and numbers of tests/reference/survey, read once: R's `api` samples as designs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.design import Design, survey_design

FOLDER = Path(__file__).parent / "reference" / "survey"
TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}
WIDE = {"No": 1072.0, "Yes": 5122.0}
IMPROVED = {"No": 1500.0, "Yes": 4694.0}


@cache
def expected(name: str) -> dict[str, Any]:
    """reference.json, design.json, ... by their first part."""
    return json.loads((FOLDER / f"{name}.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def column(sample: str, *names: str) -> np.ndarray:
    values = data(sample)[list(names)].to_numpy(dtype=float)
    return values[:, 0] if len(names) == 1 else values


def types(sample: str) -> np.ndarray:
    """Codes of E, H, M."""
    return pd.Index(list(TYPES)).get_indexer(data(sample)["stype"])


@cache
def design(name: str) -> Design:
    """dsrs, dsrs0, dstrat, dstrat0, dclus1, dclus1n, dclus2 of reference.R."""
    samples = {"dsrs": "apisrs", "dstrat": "apistrat", "dclus1": "apiclus1", "dclus2": "apiclus2"}
    x = data(samples[name.rstrip("0n")])
    if name == "dclus2":
        return survey_design(clusters=[x["dnum"], x["snum"]], population=[x["fpc1"], x["fpc2"]])
    return survey_design(
        weights=x["pw"],
        strata=x["stype"] if name.startswith("dstrat") else None,
        clusters=x["dnum"] if name.startswith("dclus") else None,
        population=None if name[-1] in "0n" else x["fpc"],
    )
