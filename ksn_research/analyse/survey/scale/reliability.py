"""How reliable a scale's score is: Cronbach's alpha, Spearman-Brown, ordinal alpha, and what belongs to them.

Uses `polychoric`. Items come as respondents x items, already reversed where needed, nan where
missing. Every coefficient names its estimator; what is undefined is nan with a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ksn_research.analyse.survey.scale.polychoric import polychoric
from ksn_research.executors import each

NO_VARIATION = "no variation"
FEW_ITEMS = "fewer than 2 items"
FEW_PEOPLE = "fewer than 3 respondents"
DRAWS, SEED = 1000, 1


@dataclass(frozen=True)
class Alpha:
    """A reliability coefficient with its interval; `note` says why it is undefined (then numbers are nan).

    `n` counts the respondents it rests on, `complete` those of them who answered every item.
    """

    alpha: float
    low: float
    high: float
    n: int
    items: int
    note: str = ""
    complete: int = 0


def cronbach_alpha(items: np.ndarray, confidence: float = 0.95, *, pairwise: bool = False) -> Alpha:
    """Cronbach's alpha with Feldt's interval, over respondents who answered every item (listwise).

    With `pairwise`, covariances are of those who answered both items; n then counts whoever answered any,
    and the interval takes that n for complete, as R's psych does: a little too narrow.
    Undefined, with a note, for fewer than 2 items, fewer than 3 respondents, or no variation.
    Sources: Cronbach (1951), Psychometrika 16, 297-334; Feldt (1965), Psychometrika 30, 357-370.

    >>> result = cronbach_alpha(np.array([[1, 2], [2, 2], [3, 4], [4, 5]], dtype=float))
    >>> round(result.alpha, 4), result.n
    (0.967, 4)
    """
    rows, k = complete_rows(items), items.shape[1]
    complete = len(rows)
    n = int((~np.isnan(items)).any(axis=1).sum()) if pairwise else complete
    note = FEW_ITEMS if k < 2 else FEW_PEOPLE if n < 3 else ""
    C = np.empty((0, 0)) if note else pairwise_covariance(items) if pairwise else np.cov(rows.T)
    if not note and (not np.isfinite(C).all() or np.isclose(C.sum(), 0)):
        note = NO_VARIATION
    if note:
        return Alpha(np.nan, np.nan, np.nan, n, k, note, complete)
    alpha = float(alpha_of(C))
    return Alpha(alpha, *feldt_interval(alpha, n, k, confidence), n, k, "", complete)


def complete_rows(items: np.ndarray) -> np.ndarray:
    """The rows without a missing item."""
    return items[~np.isnan(items).any(axis=1)] if items.size else items


def pairwise_covariance(items: np.ndarray) -> np.ndarray:
    """Covariances (divisor n - 1), each over the respondents who answered both items.

    >>> pairwise_covariance(np.array([[1.0, 2], [2, 4], [3, np.nan]])).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    known = ~np.isnan(items)
    both = known.T.astype(float) @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(known, items, 0).sum(axis=0) / known.sum(axis=0)
        x = np.where(known, items - centre, 0)
        sums = x.T @ known  # of item i over those who answered j too
        return (x.T @ x - sums * sums.T / both) / np.where(both > 1, both - 1, np.nan)


def correlations(covariances: np.ndarray) -> np.ndarray:
    """Correlation matrices of covariance matrices (..., k, k)."""
    sd = np.sqrt(np.einsum("...ii->...i", covariances))
    return covariances / sd[..., :, None] / sd[..., None, :]


def alpha_of(covariances: np.ndarray) -> np.ndarray:
    """Alpha of covariance matrices (..., k, k); of correlation matrices: the standardised alpha.

    >>> float(alpha_of(np.array([[1, 0.5], [0.5, 1]])).round(6))
    0.666667
    """
    k = covariances.shape[-1]
    trace = np.einsum("...ii->...", covariances)
    return k / (k - 1) * (1 - trace / covariances.sum(axis=(-2, -1)))


def feldt_interval(alpha: float, n: int, k: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of alpha from F(n - 1, (n - 1)(k - 1)). Source: Feldt (1965), Psychometrika 30, 357-370."""
    from scipy.stats import f

    tail = (1 - confidence) / 2
    upper, lower = (float(f.ppf(q, n - 1, (n - 1) * (k - 1))) for q in (1 - tail, tail))
    return 1 - (1 - alpha) * upper, 1 - (1 - alpha) * lower


def alpha_se(covariance: np.ndarray, n: int) -> float:
    """Asymptotic standard error of alpha for normal items.

    Sources: van Zyl, Neudecker & Nel (2000), Psychometrika 65, 271-280; Duhachek & Iacobucci (2004),
    Journal of Applied Psychology 89, 792-808, eq. 3.
    """
    k, total, trace = len(covariance), covariance.sum(), np.trace(covariance)
    squared = covariance @ covariance
    q = total * (np.trace(squared) + trace**2) - 2 * trace * squared.sum()
    return float(np.sqrt(2 * k**2 / ((k - 1) ** 2 * total**3) * q / n))


def average_correlation(covariance: np.ndarray) -> float:
    """Mean of the correlations between the items."""
    return float(correlations(covariance)[np.triu_indices(len(covariance), 1)].mean())


def guttman_lambda6(covariance: np.ndarray) -> float:
    """Lambda 6 of the correlations: the part of each item that the others explain counts as reliable.
    Source: Guttman (1945), Psychometrika 10, 255-282."""
    R = correlations(covariance)
    return float(1 - (1 / np.diag(np.linalg.inv(R))).sum() / R.sum())


def guttman_lambda4(covariance: np.ndarray) -> float:
    """Lambda 4 of the correlations: the best of all splits into two halves (of an odd number of items, into
    parts that differ by one). Every split is tried. Source: Guttman (1945), Psychometrika 10, 255-282."""
    R, k = correlations(covariance), len(covariance)
    halves = np.zeros((len(splits := list(combinations(range(k), k // 2))), k))
    halves[np.arange(len(splits))[:, None], splits] = 1
    between = np.einsum("hi,ij,hj->h", halves, R, 1 - halves)
    return float(4 * between.max() / R.sum())


def bootstrap_alpha(
    items: np.ndarray, draws: int = DRAWS, seed: int = SEED, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of alpha, respondents who answered every item drawn with replacement.

    No draw is refitted one by one: alpha needs the sums of the items, of their squares and of the squared
    totals, and these are the draws' counts times the respondents' values. Draws without variation are left
    out; nan where alpha is undefined.
    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 13.
    """
    if cronbach_alpha(items).note:
        return np.nan, np.nan
    x = complete_rows(items)
    n, k = x.shape
    x = x - x.mean(axis=0)
    columns = np.column_stack([x, (x**2).sum(axis=1), x.sum(axis=1) ** 2])
    sums = resampled_sums(columns, draws, seed)
    single = sums[:, k] - (sums[:, :k] ** 2).sum(axis=1) / n
    total = sums[:, k + 1] - sums[:, :k].sum(axis=1) ** 2 / n
    with np.errstate(invalid="ignore", divide="ignore"):
        return percentiles(k / (k - 1) * (1 - single / np.where(total > 1e-9, total, np.nan)), confidence)


def resampled_sums(columns: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Sums of `columns` (n, q) over `draws` samples of n rows drawn with replacement: (draws, q)."""
    n = len(columns)
    at_once = max(1, 2_000_000 // n)  # keeps the table of counts within 16 MB

    def sums(start: int) -> np.ndarray:
        m, rng = min(at_once, draws - start), np.random.default_rng([seed, start])
        drawn = rng.integers(0, n, (m, n)) + np.arange(m)[:, None] * n
        counts = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n)
        return np.asarray(counts.astype(float) @ columns)

    parts = list(each(sums, range(0, draws, at_once)))
    return np.concatenate(parts) if parts else np.empty((0, columns.shape[1]))


def percentiles(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The percentile interval of bootstrap values, nan left out."""
    kept = values[np.isfinite(values)]
    if not len(kept):
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return float(low), float(high)


def spearman_brown(items: np.ndarray, confidence: float = 0.95) -> Alpha:
    """Reliability of the sum of two items, 2r / (1 + r), with the interval of r (Fisher's z) carried over.

    Undefined, with a note, unless there are two items, three complete respondents and variation in both.
    Source: Eisinga, te Grotenhuis & Pelzer (2013), International Journal of Public Health 58, 637-642.

    >>> round(spearman_brown(np.array([[1, 2], [2, 1], [3, 4], [4, 5]], dtype=float)).alpha, 4)
    0.9181
    """
    rows, k = complete_rows(items), items.shape[1]
    n = len(rows)
    note = "not two items" if k != 2 else FEW_PEOPLE if n < 3 else NO_VARIATION if _flat(rows) else ""
    if note:
        return Alpha(np.nan, np.nan, np.nan, n, k, note, n)
    r = float(np.clip(np.corrcoef(rows.T)[0, 1], -1, 1))
    if r <= -1 + 1e-12:
        return Alpha(np.nan, np.nan, np.nan, n, k, "the two items are exact opposites", n)
    low, high = (2 * x / (1 + x) for x in fisher_interval(r, n, confidence))
    return Alpha(2 * r / (1 + r), low, high, n, k, "", n)


def _flat(rows: np.ndarray) -> bool:
    return bool((np.ptp(rows, axis=0) == 0).any())


def fisher_interval(r: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a correlation by Fisher's z; nan for fewer than 4 pairs, a point for a perfect one.
    Source: Fisher (1921), Metron 1, 3-32."""
    from scipy.special import ndtri

    if n < 4:
        return np.nan, np.nan
    if abs(r) >= 1 - 1e-12:
        return r, r
    half = ndtri(0.5 + confidence / 2) / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))


def ordinal_alpha(items: np.ndarray) -> Alpha:
    """Standardised alpha of the polychoric correlations: the reliability of what stands behind the answers,
    were it measured without steps, and so not that of the score. No interval.

    Undefined, with a note, as alpha is, and where a polychoric correlation cannot be estimated.
    Source: Zumbo, Gadermann & Zeisser (2007), Journal of Modern Applied Statistical Methods 6, 21-29.
    """
    rows, k = complete_rows(items), items.shape[1]
    n, nan = len(rows), np.nan
    note = FEW_ITEMS if k < 2 else FEW_PEOPLE if n < 3 else NO_VARIATION if _flat(rows) else ""
    R = np.empty((0, 0)) if note else polychoric(rows)
    if not note and not np.isfinite(R).all():
        note = "a pair of items has no polychoric correlation"
    return Alpha(nan if note else float(alpha_of(R)), nan, nan, n, k, note, n)
