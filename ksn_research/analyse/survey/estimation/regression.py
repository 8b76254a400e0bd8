"""Linear regression on a designed sample. Uses `design` and `estimates`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design, as_columns, covariance
from ksn_research.analyse.survey.estimation.estimates import t_interval


@dataclass(frozen=True)
class Regression:
    """Coefficients (p,), their covariance (p, p), residual degrees of freedom (those of the design and 1,
    less p), and the rows used."""

    coefficients: np.ndarray
    covariance: np.ndarray
    degf: int
    n: int

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diag(self.covariance))

    def interval(self, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """t intervals of the coefficients."""
        return t_interval(self.coefficients, self.se, self.degf, confidence)


def regression(design: Design, x: np.ndarray, y: np.ndarray) -> Regression:
    """Weighted least squares with the variance of the design (linearised, "sandwich").

    Parameters: `x` (n, p), a column of ones among them where an intercept is meant; `y` (n,); rows with a
    nan in either are outside the domain.
    Raises ValueError where columns of x imply each other, or too few rows are left.
    Sources: Binder (1983), International Statistical Review 51, 279-292; R `svyglm(family = gaussian)`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> x = np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]])
    >>> regression(survey_design(4), x, np.array([1.0, 3, 5, 7])).coefficients.round(6).tolist()
    [1.0, 2.0]
    """
    x = as_columns(x)
    known = ~(np.isnan(y) | np.isnan(x).any(axis=1)) & (design.weights > 0)
    x, y = np.where(known[:, None], x, 0.0), np.where(known, y, 0.0)
    w = design.weights * known
    left, singular, right = np.linalg.svd(x * np.sqrt(w)[:, None], full_matrices=False)
    if known.sum() < x.shape[1] or singular.min() < 1e-10 * singular.max():
        raise ValueError(
            "regression: the columns cannot be told apart in the rows there are; leave out the column that "
            "follows from the others, or join levels that few have"
        )
    b = right.T @ ((left.T @ (y * np.sqrt(w))) / singular)
    inverse = right.T @ (right / singular[:, None] ** 2)
    u = x * (w * (y - x @ b))[:, None] @ inverse
    degf = design.degf_of(known) + 1 - x.shape[1]
    return Regression(b, covariance(design, u), degf, int(known.sum()))
