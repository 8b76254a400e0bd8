"""Weights that make a sample add up to its roster: post-stratification, raking, calibration, trimming.

Each takes a design and returns a design whose `margins` tell the variance what was calibrated. Uses
`design` and `stages`. Levels are those of the roster (a region, a type), so messages may name them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.design import Design

FEW = 5  # a level with fewer answers is joined with others before weighting: joining more leaves the bias in
ROUNDS = 1000  # of raking
NEWTON = 100  # steps of calibration
NO_CONVERGENCE = "join levels that only occur together, or weight on fewer margins"
Totals = Mapping[str, float]


@dataclass(frozen=True)
class WeightDiagnostics:
    """What weighting costs and how far it goes.

    smallest, largest  relative to the mean weight
    kish_deff          n sum w^2 / (sum w)^2 = 1 + cv^2: the factor by which unequal weights that have
                       nothing to do with the answers widen a variance (Kish 1965, section 11.7)
    effective_n        n / kish_deff
    trimmed            share of rows whose weight was cut (or raised) at a limit
    """

    n: int
    smallest: float
    largest: float
    kish_deff: float
    effective_n: float
    trimmed: float


@dataclass(frozen=True)
class Collapsed:
    """Levels after joining: `labels` (n,), population `totals`, and what was `joined`, in words or empty."""

    labels: np.ndarray
    totals: dict[str, float]
    joined: str


def poststratify(design: Design, labels: Sequence[str] | np.ndarray, totals: Totals) -> Design:
    """Weights that add up to the population of each level.

    Parameters: `labels` (n,) the level of each row; `totals` the population of each level.
    Raises ValueError as `rake` does. Source: Holt & Smith (1979), Journal of the Royal Statistical
    Society A 142, 33-46; variance by residuals within levels, as R `survey::postStratify`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> weighted = poststratify(survey_design(3), ["East", "East", "West"], {"East": 10, "West": 8})
    >>> weighted.weights.tolist()
    [5.0, 5.0, 8.0]
    """
    return rake(design, [(labels, totals)])


def rake(
    design: Design,
    margins: Sequence[tuple[Sequence[str] | np.ndarray, Totals]],
    tolerance: float = 1e-9,
    rounds: int = ROUNDS,
) -> Design:
    """Weights that add up to the population of every level of several margins.

    Parameters: `margins`, per margin the level of each row and the population of each level; `tolerance`,
    the largest misfit left, relative to a level's population. Base weight times one factor per level.
    Raises ValueError, with the remedy: a level without answers or without a population, margins that add
    up to different populations, no convergence.
    Sources: Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444; Deville, Särndal &
    Sautory (1993), Journal of the American Statistical Association 88, 1013-1020, for the variance: the
    residuals of `calibrate`, from a regression with the base weights. R's `rake` stops earlier by default
    and its regression is unweighted: the same where the base weights are equal.
    """
    coded = [_levels(labels, totals) for labels, totals in margins]
    _check_sums([known.sum() for _, known in coded])
    shape = [len(known) for _, known in coded]
    joint, cell = np.unique(np.ravel_multi_index([c for c, _ in coded], shape), return_inverse=True)
    mass = np.bincount(cell, weights=design.weights)
    levels = np.unravel_index(joint, shape)
    fitted = _fit(mass, [(levels[m], known) for m, (_, known) in enumerate(coded)], tolerance, rounds)
    factor = np.divide(fitted, mass, out=np.zeros_like(mass), where=mass > 0)[cell]
    dummies = np.zeros((design.n, sum(shape)))
    for (codes, _), first in zip(coded, np.cumsum([0, *shape[:-1]]), strict=True):
        dummies[np.arange(design.n), first + codes] = 1.0
    return _calibrated(design, design.weights * factor, dummies)


def calibrate(
    design: Design, x: np.ndarray, totals: np.ndarray, method: str = "linear", tolerance: float = 1e-9
) -> Design:
    """Weights for which the totals of x are the known ones.

    Parameters: `x` (n, q) numbers or 0 and 1 (for weights that add up to N, one column of ones), `totals`
    (q,) of the population; `method` "linear" (regression estimation) or "raking" (no negative weights).
    Raises ValueError: totals that cannot be met, or weights below 0 from the linear method.
    Source: Deville & Särndal (1992), Journal of the American Statistical Association 87, 376-382, cases 1
    and 2; R `survey::calibrate`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    >>> calibrate(survey_design(3), x, np.array([10.0, 6.0])).weights.round(6).tolist()
    [4.0, 3.0, 3.0]
    """
    if method not in ("linear", "raking"):
        raise ValueError(f"calibrate: the method is linear or raking, not {method}")
    x, totals = np.asarray(x, dtype=float), np.asarray(totals, dtype=float)
    ratio = _solve(design.weights, x, totals, method == "raking", tolerance)
    if (ratio < 0).any():
        raise ValueError(
            f"calibrate: {(ratio < 0).sum()} weights would be below 0; take method raking, or fewer margins"
        )
    return _calibrated(design, design.weights * ratio, x)


def trim(design: Design, upper: float, lower: float = 0.0) -> Design:
    """Weights held between `lower` and `upper`; what is cut off is shared out equally among the others,
    again and again until none is outside. The margins are then met only nearly.

    Rows of weight 0 keep it. Raises ValueError where the limits leave no room for the total.
    Source: R `survey::trimWeights(strict = TRUE)`; on the choice of limits Potter (1990).

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> trim(survey_design(weights=[1, 1, 1, 5]), upper=3).weights.round(6).tolist()
    [1.666667, 1.666667, 1.666667, 3.0]
    """
    some = design.weights > 0
    w = design.weights[some]
    if not lower * len(w) <= w.sum() <= upper * len(w):
        raise ValueError(f"trim: the mean weight {w.mean():.4g} lies outside the limits; widen them")
    while True:
        held = np.clip(w, lower, upper)
        excess = (w - held).sum()
        inside = held == w
        w = held
        if abs(excess) < 1e-13 * w.sum() or not inside.any():
            break
        w[inside] += excess / inside.sum()
    weights = design.weights.copy()
    weights[some] = w
    before = design.weights if design.calibrated is None else design.calibrated
    return replace(design, weights=weights, calibrated=before)


def collapse(labels: Sequence[str] | np.ndarray, population: Totals, smallest: int = FEW) -> Collapsed:
    """Levels with fewer than `smallest` answers joined into one, with the next smallest where the joined
    ones are still too few. Levels of the population without any answer are joined too.

    >>> collapse(["a", "a", "a", "b", "c"], {"a": 9, "b": 4, "c": 2, "d": 1}, 2).joined
    'b, c and d joined: not every one had 2 answers'
    """
    answers = pd.Series(labels).value_counts()
    counts = {level: int(answers.get(level, 0)) for level in population}
    ordered = sorted(counts, key=lambda level: counts[level])
    taken = sum(size < smallest for size in counts.values())
    while 0 < taken < len(ordered) and (taken < 2 or sum(counts[x] for x in ordered[:taken]) < smallest):
        taken += 1
    if taken < 2:
        return Collapsed(np.asarray(labels, dtype=object), dict(population), "")
    names = [level for level in population if level in ordered[:taken]]
    new = dict.fromkeys(population, "") | {x: x for x in population} | dict.fromkeys(names, " + ".join(names))
    totals: dict[str, float] = {}
    for level, size in population.items():
        totals[new[level]] = totals.get(new[level], 0.0) + size
    said = f"{', '.join(names[:-1])} and {names[-1]} joined: not every one had {smallest} answers"
    return Collapsed(np.array([new.get(x, x) for x in labels], dtype=object), totals, said)


def diagnose(design: Design) -> WeightDiagnostics:
    """How unequal the final weights are and what that costs.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> round(diagnose(survey_design(weights=[1, 1, 1, 5])).effective_n, 6)
    2.285714
    """
    w = design.weights
    relative, deff = w / w.mean(), float(len(w) * (w**2).sum() / w.sum() ** 2)
    trimmed = 0.0
    if design.calibrated is not None:
        # All rows that trimming left alone were moved by one amount, the share of what was cut.
        moved = w - design.calibrated
        trimmed = float((abs(moved - np.median(moved)) > 1e-9 * w.mean()).mean())
    return WeightDiagnostics(len(w), relative.min(), relative.max(), deff, len(w) / deff, trimmed)


def _calibrated(design: Design, weights: np.ndarray, margins: np.ndarray) -> Design:
    """The design with new weights; margins of an earlier calibration stay."""
    both = margins if design.margins is None else np.hstack([design.margins, margins])
    return replace(design, weights=weights, margins=both, calibrated=None)


def _levels(labels: Sequence[str] | np.ndarray, totals: Totals) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the levels and the population of each; levels of nobody, in roster and sample, left out."""
    names = [level for level, size in totals.items() if size > 0]
    codes, seen = pd.factorize(np.asarray(labels, dtype=object))
    place = pd.Index(names).get_indexer(pd.Index(seen))
    if (codes < 0).any():
        raise ValueError(
            f"{(codes < 0).sum()} rows have no level of a margin; give them one of their own first"
        )
    if (place < 0).any():
        unknown = sorted(map(str, seen[place < 0]))
        raise ValueError(f"no population is known of {_named(unknown)}; add it to the totals, or join it")
    codes = place[codes]
    empty = [name for name, n in zip(names, np.bincount(codes, minlength=len(names)), strict=True) if n == 0]
    if empty:
        raise ValueError(f"nobody of {_named(empty)} answered; join it with another level (`collapse`)")
    return codes, np.array([float(totals[name]) for name in names])


def _named(levels: Sequence[str]) -> str:
    return ", ".join(f"`{level}`" for level in levels[:5]) + (" and more" if len(levels) > 5 else "")


def _check_sums(sums: Sequence[float]) -> None:
    if max(sums) - min(sums) > 1e-6 * max(sums):
        told = ", ".join(f"{x:g}" for x in sums)
        raise ValueError(f"the margins add up to different populations ({told}); count them on one roster")


def _fit(
    mass: np.ndarray, margins: Sequence[tuple[np.ndarray, np.ndarray]], tolerance: float, rounds: int
) -> np.ndarray:
    """Iterative proportional fitting of the weight in each cell to the totals of every margin."""
    for _ in range(rounds):
        for codes, totals in margins:
            mass = mass * (totals / np.bincount(codes, weights=mass, minlength=len(totals)))[codes]
        off = [
            abs(np.bincount(codes, weights=mass, minlength=len(totals)) / totals - 1).max()
            for codes, totals in margins
        ]
        if max(off) < tolerance:
            return mass
    raise ValueError(
        f"raking did not converge in {rounds} rounds, the largest misfit is {100 * max(off):.2g} %; "
        + NO_CONVERGENCE
    )


def _solve(w: np.ndarray, x: np.ndarray, totals: np.ndarray, raking: bool, tolerance: float) -> np.ndarray:
    """The ratio g of new to old weights: 1 + x b, or exp(x b), with sum w g x = totals."""
    size = np.abs(x).T @ w + np.abs(totals)
    scale = np.where(size > 0, size, 1.0)
    x, totals, b = x / scale, totals / scale, np.zeros(x.shape[1])
    ratio = np.ones(len(w))
    for _ in range(NEWTON if raking else 2):
        misfit = totals - (w * ratio) @ x
        if abs(misfit).max() < tolerance:
            return ratio
        slope = w * ratio if raking else w
        step = np.linalg.pinv((x * slope[:, None]).T @ x, rcond=1e-12, hermitian=True) @ misfit
        b = _damped(w, x, totals, b, step) if raking else step
        ratio = np.exp(x @ b) if raking else 1 + x @ b
    raise ValueError(f"calibrate: no weights meet the totals; {NO_CONVERGENCE}")


def _damped(w: np.ndarray, x: np.ndarray, totals: np.ndarray, b: np.ndarray, step: np.ndarray) -> np.ndarray:
    """A Newton step, halved until the convex function it minimises, sum w exp(x b) - totals b, falls, or,
    near the end, where rounding hides that, until the misfit does."""

    def at(b: np.ndarray) -> tuple[float, float]:
        with np.errstate(over="ignore", invalid="ignore"):
            mass = w * np.exp(x @ b)
            return float(mass.sum() - totals @ b), float(abs(totals - mass @ x).max())

    (height, misfit), size = at(b), 1.0
    while size > 1e-12:
        new = at(b + size * step)
        if new[0] < height or new[1] < misfit:
            break
        size /= 2
    return b + size * step
