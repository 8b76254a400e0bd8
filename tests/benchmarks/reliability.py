"""Benchmark of the bootstrap interval of Cronbach's alpha."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.scale.reliability import bootstrap_alpha

from .timing import Benchmark


def bootstrap_alphas(folder: Path, n: int, items: int, draws: int) -> Benchmark:
    import pingouin

    rng = np.random.default_rng(4)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, items))
    answers = np.clip(np.rint(3 + latent), 1, 5)
    frame = pd.DataFrame(answers)

    def ours() -> tuple[float, float]:
        return bootstrap_alpha(answers, draws=draws, seed=1)

    def theirs() -> tuple[float, float]:
        rows = np.random.default_rng(1).integers(0, n, (draws, n))
        found = [pingouin.cronbach_alpha(data=frame.take(row))[0] for row in rows]
        low, high = np.quantile(found, [0.025, 0.975])
        return float(low), float(high)

    def same(a: Any, b: Any) -> None:
        # The same respondents are drawn, so that the intervals are equal, not only alike.
        np.testing.assert_allclose(a, b, rtol=1e-9)

    return Benchmark(
        "bootstrap_alpha",
        "percentile bootstrap interval of Cronbach's alpha",
        f"pingouin {pingouin.__version__}, one call a draw",
        f"{n} people, {items} items, {draws} draws",
        n,
        ours,
        theirs,
        same,
        peer_runs=2,
    )
