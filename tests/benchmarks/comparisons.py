"""Welch's test and Mann-Whitney's for many items at once, against pingouin item by item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ksn_research.analyse.survey.comparison.compare import welch_grid
from ksn_research.analyse.survey.comparison.rank import RankGrid, mann_whitney_grid

from .timing import Benchmark

PAIR = ((0, 1),)


def _answers(n: int, items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Five-point answers with some missing, and two groups that differ a little."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, n)
    values = np.clip(np.rint(rng.normal(3 + 0.2 * codes[:, None], 1.1, (n, items))), 1, 5)
    values[rng.random(values.shape) < 0.05] = np.nan
    return values, codes


def _sides(column: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(column)
    return column[known & (codes == 0)], column[known & (codes == 1)]


def welch(folder: Path, n: int, items: int) -> Benchmark:
    import pingouin

    values, codes = _answers(n, items, 5)

    def theirs() -> list[Any]:
        return [pingouin.ttest(*_sides(column, codes), correction=True) for column in values.T]

    def same(a: Any, b: Any) -> None:
        for j, table in enumerate(b):
            wanted = table.iloc[0][["T", "dof", "p_val"]].to_numpy(dtype=float)
            np.testing.assert_allclose([a.t[0, j], a.dof[0, j], a.p[0, j]], wanted, rtol=1e-9, atol=1e-10)

    what = "Welch's test with Hedges' g and intervals of every item"
    peer = f"pingouin {pingouin.__version__} ttest, one call an item"
    size = f"{n} people in 2 groups, {items} items"
    return Benchmark("welch_grid", what, peer, size, n, lambda: welch_grid(values, codes, PAIR), theirs, same)


def mann_whitney(folder: Path, n: int, items: int, peer_n: int) -> Benchmark:
    """The peer makes a matrix of all pairs: it is timed on one item of `peer_n` people, scaled by pairs."""
    import pingouin

    values, codes = _answers(n, items, 6)
    part, part_codes = values[:peer_n, 0], codes[:peer_n]

    def theirs() -> Any:
        return pingouin.mwu(*_sides(part, part_codes))

    def same(a: Any, b: Any) -> None:
        assert isinstance(a, RankGrid)
        assert a.delta.shape == (1, items)
        ours, row = mann_whitney_grid(part[:, None], part_codes, PAIR), b.iloc[0]
        wanted = [row["U_val"], row["p_val"], row["RBC"]]
        found = [ours.u[0, 0], ours.p[0, 0], ours.delta[0, 0]]
        np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=1e-9)

    times, matrix = (n / peer_n) ** 2, f"{n * n / 4 * 8 / 1e9:.3g} GB"
    peer = (
        f"pingouin {pingouin.__version__} mwu, one item of {peer_n} people (memory_ratio is of that), time "
        f"scaled by pairs and items; at {n} people its matrix of pairs alone holds {matrix}"
    )
    return Benchmark(
        "mann_whitney_grid", "Mann-Whitney's test with Cliff's delta and its interval of every item", peer,
        f"{n} people in 2 groups, {items} items", n, lambda: mann_whitney_grid(values, codes, PAIR), theirs,
        same, memory=True, peer_runs=2, peer_scale=times * items,
    )  # fmt: skip
