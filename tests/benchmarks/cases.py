"""The benchmarks: each makes seeded data of a given size, our call and the peer's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network import mixing
from ksn_research.analyse.network.structure import Network
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.scale.reliability import cronbach_alpha

from . import betweenness, comparisons, mrqap, raked_domains
from .activity_log import activity_log
from .circle_pages import circle_pages
from .interviews_10k_segments import interviews_10k_segments
from .network_100k import network_100k
from .platform_log import activity
from .reliability import bootstrap_alphas
from .report_chain import report_chain
from .survey_export import read_check_score, read_survey_export
from .timing import Benchmark


@dataclass(frozen=True)
class Case:
    """How a benchmark is made, and its sizes: `full` for times, `tiny` for a test of the results."""

    make: Callable[..., Benchmark]
    full: Mapping[str, int | str] = field(default_factory=dict)
    tiny: Mapping[str, int | str] = field(default_factory=dict)


def alpha_by_group(folder: Path, n: int, groups: int, scales: int, items: int = 5) -> Benchmark:
    import pingouin

    rng = np.random.default_rng(1)
    people = np.arange(n) % groups
    latent = rng.normal(size=(n, 1))
    answers = [np.clip(np.rint(3 + latent + rng.normal(size=(n, items))), 1, 5) for _ in range(scales)]
    cells = [scale[people == group] for scale in answers for group in range(groups)]
    frames = [pd.DataFrame(cell) for cell in cells]

    def ours() -> list[tuple[float, float, float]]:
        return [(a.alpha, a.low, a.high) for a in map(cronbach_alpha, cells)]

    def theirs() -> list[tuple[float, float, float]]:
        found = [pingouin.cronbach_alpha(data=frame, nan_policy="listwise") for frame in frames]
        return [(alpha, *interval) for alpha, interval in found]

    def same(a: Any, b: Any) -> None:
        np.testing.assert_allclose(np.array(a)[:, 0], np.array(b)[:, 0], rtol=1e-9)
        # pingouin rounds its interval to three decimals.
        np.testing.assert_allclose(np.array(a), np.array(b), atol=5.1e-4)

    what = "Cronbach's alpha with Feldt's interval, by group and scale"
    size = f"{n} people, {groups} groups, {scales} scales of {items} items"
    peer = f"pingouin {pingouin.__version__}"
    return Benchmark("alpha_by_group", what, peer, size, n, ours, theirs, same)


def wilson_cells(folder: Path, cells: int) -> Benchmark:
    import statsmodels
    from statsmodels.stats.proportion import proportion_confint

    rng = np.random.default_rng(2)
    n = rng.integers(5, 200, cells)
    count = rng.integers(0, n + 1)

    def theirs() -> tuple[np.ndarray, np.ndarray]:
        pairs = zip(count.tolist(), n.tolist(), strict=True)
        return tuple(np.array([proportion_confint(k, m, method="wilson") for k, m in pairs]).T)

    def same(a: Any, b: Any) -> None:
        np.testing.assert_allclose(np.array(a), np.array(b), atol=1e-12)

    peer = f"statsmodels {statsmodels.__version__}, one call a cell"
    what = "Wilson intervals of all cells"
    size = f"{cells} cells"
    return Benchmark("wilson_cells", what, peer, size, cells, lambda: wilson(count, n), theirs, same)


def e_i_permutation(folder: Path, n: int, draws: int, groups: int = 5) -> Benchmark:
    rng = np.random.default_rng(3)
    labels = np.array([f"G{i % groups}" for i in range(n)], dtype=object)
    answers = (rng.random((n, n)) < 0.05).astype(float)
    np.fill_diagonal(answers, np.nan)
    network = Network(np.array([f"N{i:04}" for i in range(n)]), True, answers, np.ones(n, dtype=bool))

    def ours() -> float | None:
        # The package keeps the draws for the next test of the same roster; here they are made each time.
        mixing._permutations.cache_clear()
        return mixing.mixing(network, labels, seed=1, draws=draws).p

    def theirs() -> float:
        ties, codes = network.symmetrised, pd.factorize(labels)[0]
        expected = mixing.e_i_expected(codes)
        order = np.tile(np.arange(n, dtype=np.int16), (draws, 1))
        order = np.random.default_rng(1).permuted(order, axis=1)
        seen = abs(_plain_e_i(ties, codes) - expected)
        hits = sum(abs(_plain_e_i(ties, codes[row]) - expected) >= seen - 1e-12 for row in order)
        return (1 + hits) / (1 + draws)

    def same(a: Any, b: Any) -> None:
        assert a == b

    what = "E-I index with a permutation p (ours also makes its jackknife interval)"
    size = f"{n} nodes, {draws} relabellings"
    return Benchmark("e_i_permutation", what, "numpy, one relabelling at a time", size, n, ours, theirs, same)


def _plain_e_i(ties: np.ndarray, codes: np.ndarray) -> float:
    inside = (ties & (codes[:, None] == codes)).sum()
    return float((ties.sum() - 2 * inside) / ties.sum())


CASES: Mapping[str, Case] = {
    "alpha_by_group": Case(
        alpha_by_group, {"n": 1000, "groups": 20, "scales": 8}, {"n": 40, "groups": 2, "scales": 2}
    ),
    "bootstrap_alpha": Case(
        bootstrap_alphas, {"n": 1000, "items": 8, "draws": 1000}, {"n": 40, "items": 3, "draws": 20}
    ),
    "raked_domains": Case(
        raked_domains.against_r,
        {"n": 100_000, "items": 40, "groups": 20},
        {"n": 600, "items": 5, "groups": 3},
    ),
    "raked_domains_svy": Case(
        raked_domains.against_svy,
        {"n": 100_000, "items": 40, "groups": 20},
        {"n": 600, "items": 5, "groups": 3},
    ),
    "welch_grid": Case(comparisons.welch, {"n": 1000, "items": 40}, {"n": 30, "items": 3}),
    "mann_whitney_grid": Case(
        comparisons.mann_whitney,
        {"n": 100_000, "items": 40, "peer_n": 10_000},
        {"n": 60, "items": 3, "peer_n": 20},
    ),
    "wilson_cells": Case(wilson_cells, {"cells": 800}, {"cells": 20}),
    "e_i_permutation": Case(e_i_permutation, {"n": 120, "draws": 10_000}, {"n": 24, "draws": 60}),
    "betweenness_jackknife_500": Case(
        betweenness.jackknife,
        {"n": 500, "named": 8, "peer_runs": 5},
        {"n": 20, "named": 4, "peer_runs": 3},
    ),
    "mrqap_linear_71": Case(
        partial(mrqap.linear, "mrqap_linear_71"),
        {"n": 71, "predictors": 6, "draws": 1000, "peer_draws": 10},
        {"n": 10, "predictors": 3, "draws": 20, "peer_draws": 5},
    ),
    "mrqap_linear_200": Case(
        partial(mrqap.linear, "mrqap_linear_200"),
        {"n": 200, "predictors": 6, "draws": 1000, "peer_draws": 0},
        {"n": 12, "predictors": 3, "draws": 20, "peer_draws": 5},
    ),
    "mrqap_linear_500": Case(
        partial(mrqap.linear, "mrqap_linear_500"),
        {"n": 500, "predictors": 6, "draws": 1000, "peer_draws": 0},
        {"n": 14, "predictors": 3, "draws": 20, "peer_draws": 5},
    ),
    "mrqap_logistic_71": Case(
        partial(mrqap.logistic, "mrqap_logistic_71"),
        {"n": 71, "predictors": 6, "draws": 1000, "peer_draws": 10},
        {"n": 14, "predictors": 2, "draws": 20, "peer_draws": 5},
    ),
    "qap_71": Case(
        partial(mrqap.qap, "qap_71"),
        {"n": 71, "draws": 1000, "peer_draws": 500},
        {"n": 10, "draws": 20, "peer_draws": 5},
    ),
    "read_export": Case(read_survey_export, {"rows": 5000, "columns": 60}, {"rows": 6, "columns": 4}),
    "read_check_score": Case(
        read_check_score, {"rows": 100_000, "columns": 200}, {"rows": 30, "columns": 40}
    ),
    "interviews_10k_segments": Case(
        interviews_10k_segments,
        {"interviews": 200, "segments": 10_000, "codes": 60},
        {"interviews": 5, "segments": 40, "codes": 4},
    ),
    "circle_pages": Case(circle_pages, {"circles": 500, "notebooks": 3}, {"circles": 4, "notebooks": 1}),
    "activity": Case(activity, {"events": 1_000_000, "members": 3000}, {"events": 2000, "members": 40}),
    "activity_1e7": Case(
        partial(activity_log, "activity_1e7"),
        {"events": 10_000_000, "members": 50_000},
        {"events": 6000, "members": 200},
    ),
    "activity_1e8": Case(
        partial(activity_log, "activity_1e8"),
        {"events": 100_000_000, "members": 500_000, "runs": 3, "tenths": 2},
        {"events": 8000, "members": 200, "runs": 1},
    ),
    "network_100k": Case(network_100k, {"n": 100_000, "named": 10}, {"n": 80, "named": 5}),
    "report_chain": Case(report_chain, {"demo": True}, {"demo": False, "formats": "html"}),
}
