"""Members of something and others, made alike in what is known of them: adjusted differences, and dose.

Who is a member was not drawn by lot; what is said is a difference, not an effect. Uses `changes`, `compare`
and `groups`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import compare
from ksn_research.analyse.survey.comparison.changes import Compared, compared, comparison_row
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.analyse.survey.groups import NOT_KNOWN, Sample, members, of_wave, of_year, sample
from ksn_research.plan import Analysis, Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

NOT_AN_EFFECT = "who takes part was not drawn by lot: a difference, not an effect"
NO_OVERLAP = "members and others share no values of the covariates: nothing to compare"
NO_SPREAD = "what is compared does not vary once the covariates are held"
TOO_FEW = "fewer people than the model needs"
NO_VARIATION = compare.NO_VARIATION
NOBODY = "no member of it is among those who answered"
NO_MEMBERS = "answers carry no member code: who takes part cannot be told"
ALIKE = 1e-10  # leverage this close to 1: a row that only its own covariate level explains
FAMILY = "declared adjusted differences of this analysis"
RAW = "difference of means, Welch t test; members of {what} minus the others"
RAW_SHARE = "{newcombe}; members of {what} minus the others"
ADJUSTED = (
    "difference of members of {what} and the others at the same {of}: least squares with covariates as "
    "categories, robust standard errors (HC3), t interval"
)
DOSE = (
    "slope on {dose} (difference for one more) among members of {what}{of}: least squares, robust "
    "standard errors (HC3), t interval"
)
HEDGES = "{g}; members of {what} minus the others"
HEDGES_ADJUSTED = (
    "adjusted difference over the pooled standard deviation of members of {what} and the others, exact "
    "small-sample factor; interval that of the difference, the deviation taken as known"
)


@dataclass(frozen=True)
class _Setting:
    """Respondents of one wave, which of them are members, their dose (nan for the others), the covariates as
    columns of ones and noughts, and how the covariates lie about members, in words."""

    analysis: Analysis
    whole: Sample
    member: np.ndarray
    dose: np.ndarray
    columns: np.ndarray
    note: str

    @property
    def of(self) -> str:
        return " and ".join(self.analysis.options.get("covariates", ())) or "nothing"

    def words(self) -> dict[str, str]:
        """What method texts name."""
        told = self.analysis.options
        what = str(told["members"]).replace("_", " ")
        held = f", at the same {self.of}" if told.get("covariates") else ""
        return {"what": what, "of": held, "dose": str(told.get("dose", "")).replace("_", " ")}

    def support(self, *sides: np.ndarray) -> dict[str, int | None]:
        """People and organisations of the smallest side."""
        found = [self.whole.support(self.whole.groupings[0], side)[0] for side in sides]
        return min(found, key=lambda s: s["people"] or 0)


def adjusted_difference(
    y: np.ndarray, x: np.ndarray, covariates: np.ndarray, confidence: float = 0.95
) -> compare.Comparison:
    """The coefficient of `x` in a least-squares model of `y` with covariates, tested robustly.

    Parameters: `y` (n,) values; `x` (n,) 1 for members and 0 for the others, or a dose; `covariates` (n, q)
    columns beside the intercept, which is added; columns may repeat one another. Rows with nan are left out.
    Computed by taking the covariates out of both sides (Frisch & Waugh 1933; Lovell 1963), which gives the
    coefficient, its leverage and its robust variance of the whole model. Rows that a covariate level of their
    own explains wholly say nothing about `x` and are left out, as HC3 cannot divide by their nought.
    Variance: HC3, sum of (d e / (1 - h))^2 over (sum of d^2)^2, for variances that differ and small samples;
    t with n - rank degrees of freedom.
    Sources: MacKinnon & White (1985), Journal of Econometrics 29, 305-325; Long & Ervin (2000), The American
    Statistician 54, 217-224.

    >>> y, x = np.array([1.0, 2, 3, 3, 4, 6]), np.array([0.0, 0, 0, 1, 1, 1])
    >>> found = adjusted_difference(y, x, np.empty((6, 0)))
    >>> round(found.difference, 4), round(found.se, 4), found.dof
    (2.3333, 1.291, 4.0)
    """
    from scipy.stats import t

    known = np.isfinite(y) & np.isfinite(x) & np.isfinite(covariates).all(axis=1)
    y, x, z = y[known], x[known], np.column_stack([np.ones(int(known.sum())), covariates[known]])
    sizes = (int((x > 0).sum()), int((x <= 0).sum()))
    basis = _basis(z)
    alone = (basis**2).sum(axis=1) > 1 - ALIKE
    y, x, basis = y[~alone], x[~alone], _basis(z[~alone])
    dof = len(y) - basis.shape[1] - 1
    if dof < 1:
        return compare.undefined(sizes, TOO_FEW)
    d, rest = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
    spread = float(d @ d)
    if spread <= 1e-12 * max(float(x @ x), 1e-300):
        return compare.undefined(sizes, NO_OVERLAP if set(np.unique(x)) <= {0.0, 1.0} else NO_SPREAD)
    slope = float(d @ rest) / spread
    leverage = (basis**2).sum(axis=1) + d**2 / spread
    if (leverage > 1 - ALIKE).any():  # the whole difference hangs on one person
        return compare.undefined(sizes, TOO_FEW, slope)
    error = (rest - slope * d) / (1 - leverage)
    se = float(np.sqrt(((d * error) ** 2).sum())) / spread
    if se <= 1e-12 * max(abs(slope), float(np.abs(y).max()), 1e-300):
        return compare.undefined(sizes, NO_VARIATION, slope)
    half = float(t.ppf(0.5 + confidence / 2, dof)) * se
    p = float(2 * t.sf(abs(slope) / se, dof))
    return compare.Comparison(slope, se, slope - half, slope + half, p, float(dof), sizes)


def _basis(columns: np.ndarray) -> np.ndarray:
    """An orthonormal basis of what the columns span, repeated ones left out."""
    if not len(columns):
        return columns
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, values > 1e-10 * values[0]]


def adjusted_rows(prepared: Prepared) -> list[Row]:
    """Members and others compared, for every declared analysis of the kind "adjusted".

    Comes in: the newest wave of each survey in `of`, found again by member code in the records `members` of
    the same year; `covariates` from the roster (region, type, role), missing ones a level "not known"; `dose`
    a number of those records, summed where a member has several.
    Goes out, analysis "adjusted", category the analysis, measure the scale or declared share: difference
    (Welch; of shares Newcombe), difference_adjusted (p corrected by Holm over the analysis), of scales
    hedges_g and hedges_g_adjusted; dose, the slope among members.
    Notes say where covariates leave nothing to compare: combinations that hold members only, or none.
    """
    rows: list[Row] = []
    for analysis in prepared.study.analyses.values():
        source = prepared.study.sources.get(str(analysis.options.get("members", "")))
        # Of who is active on the platform, `activity.outcomes` brings the table.
        of_log = source is not None and source.kind == "activity" and source.name not in prepared.records
        if analysis.kind == "adjusted" and not of_log:
            asked = _asked(prepared, analysis)
            made = [row for one in asked for row in _wave_rows(prepared, analysis, *one)]
            rows += corrected(made, lambda row: row.statistic == "difference_adjusted", FAMILY)
    return rows


def _asked(prepared: Prepared, analysis: Analysis) -> Iterator[tuple[str, Wave, list[str]]]:
    """The newest wave of each survey that the analysis names, with the measures asked of it."""
    wanted: dict[str, list[str]] = {}
    for name in analysis.options["of"]:
        source, _, measure = str(name).partition(".")
        wanted.setdefault(source, []).append(measure)
    for source, names in wanted.items():
        waves = [wave for wave in prepared.waves.get(source, ()) if wave.instrument is not None]
        if waves and source in prepared.responses:
            yield source, waves[-1], names


def _wave_rows(
    prepared: Prepared, analysis: Analysis, source: str, wave: Wave, names: list[str]
) -> Iterator[Row]:
    answers = of_wave(prepared.responses[source], wave)
    if answers.empty or wave.instrument is None:
        return
    setting = _setting(prepared, analysis, answers, {"source": source, "year": wave.year, "wave": wave.name})
    for item in compared(wave.instrument):
        if item.name in names:
            yield from _item_rows(setting, item, item.name in wave.instrument.scales)


def _setting(prepared: Prepared, analysis: Analysis, answers: pd.DataFrame, key: dict[str, Any]) -> _Setting:
    records = of_year(prepared.records.get(analysis.options["members"], pd.DataFrame()), key["year"])
    ids, own = members(answers), members(records)
    member = np.where(ids.notna(), ids.isin(own.dropna()), np.nan).astype(float)
    dose = np.full(len(answers), np.nan)
    if "dose" in analysis.options and len(records):
        sums = pd.to_numeric(records[analysis.options["dose"]], errors="coerce").groupby(own).sum(min_count=1)
        dose = ids.map(sums).to_numpy(dtype=float, na_value=np.nan)
    held = _covariates(prepared, answers, key["year"], analysis.options.get("covariates", ()))
    whole = sample(answers, by=(), **key)
    return _Setting(analysis, whole, member, dose, _dummies(held), _overlap(held, member))


def _covariates(
    prepared: Prepared, answers: pd.DataFrame, year: int | None, names: Sequence[str]
) -> pd.DataFrame:
    """Covariates of each respondent as words, from the answers or the roster; missing is "not known"."""
    roster = of_year(prepared.people, year).drop_duplicates("member").set_index("member")
    ids = members(answers)
    held = {name: answers[name] if name in answers else ids.map(roster[name]) for name in names}
    return pd.DataFrame(held, index=answers.index).astype("str").fillna(NOT_KNOWN)


def _dummies(held: pd.DataFrame) -> np.ndarray:
    """Columns of ones and noughts for every level but the first of each covariate."""
    coded = [pd.factorize(held[name], sort=True) for name in held]
    columns = [(codes[:, None] == np.arange(1, len(levels))).astype(float) for codes, levels in coded]
    return np.hstack([np.empty((len(held), 0)), *columns])


def _overlap(held: pd.DataFrame, member: np.ndarray) -> str:
    """Where members and others do not meet, in words: there the model alone compares them."""
    if held.shape[1] == 0 or not (member == 1).any():
        return ""
    known = ~np.isnan(member)
    cells = held[known].agg(" / ".join, axis=1) if held.shape[1] > 1 else held.loc[known].iloc[:, 0]
    shares = pd.Series(member[known], index=cells.index).groupby(cells).mean()
    one_sided = int(((shares == 0) | (shares == 1)).sum())
    if not one_sided:
        return ""
    what = " and ".join(held.columns)
    return (
        f"{one_sided} of {len(shares)} combinations of {what} hold members only or none: there the model "
        "alone compares"
    )


def _item_rows(setting: _Setting, item: Compared, scale: bool) -> Iterator[Row]:
    values = item.values(setting.whole.frame)
    known = ~np.isnan(values) & ~np.isnan(setting.member)
    inside, outside = known & (setting.member == 1), known & (setting.member == 0)
    raw = (compare.welch if scale else compare.share_difference)(values[inside], values[outside])
    made = adjusted_difference(values, setting.member, setting.columns)
    fields: dict[str, Any] = {**setting.whole.key, "analysis": "adjusted", "measure": item.name,
                              "category": setting.analysis.name, "unit": "people",
                              "n": int(known.sum()), **setting.support(inside, outside)}  # fmt: skip
    words = setting.words()
    said = (RAW if scale else RAW_SHARE).format(newcombe=compare.NEWCOMBE, **words)
    why = NO_MEMBERS if np.isnan(setting.member).all() else NOBODY if not inside.any() else ""
    rows = [
        comparison_row(raw, statistic="difference", method=said, **fields),
        comparison_row(
            made, statistic="difference_adjusted", method=ADJUSTED.format(what=words["what"], of=setting.of),
            **fields,
        ),
    ]  # fmt: skip
    if scale:
        rows += _effects(raw, made, values[inside], values[outside], words, fields)
    rows += _dose(setting, values, inside, fields)
    for row in rows:
        overlap = setting.note if row.statistic.endswith("adjusted") else ""
        yield _noted(row, why, overlap)


def _effects(
    raw: compare.Comparison,
    made: compare.Comparison,
    a: np.ndarray,
    b: np.ndarray,
    words: dict[str, str],
    fields: dict[str, Any],
) -> list[Row]:
    """Differences in standard deviations, raw and adjusted."""
    g = compare.Comparison(raw.hedges_g, np.nan, raw.g_low, raw.g_high, np.nan, np.nan, raw.n, note=raw.note)
    unit = _unit(a, b)
    of_model = replace(
        made, difference=made.difference * unit, se=np.nan, p=np.nan, ci_low=made.ci_low * unit,
        ci_high=made.ci_high * unit,
    )  # fmt: skip
    return [
        comparison_row(g, statistic="hedges_g", method=HEDGES.format(g=compare.HEDGES, **words), **fields),
        comparison_row(
            of_model, statistic="hedges_g_adjusted", method=HEDGES_ADJUSTED.format(**words), **fields
        ),
    ]


def _unit(a: np.ndarray, b: np.ndarray) -> float:
    """Hedges' g of one point of difference: what a point is in pooled standard deviations."""
    if min(len(a), len(b)) < 2:
        return np.nan
    return compare.hedges_g(a - a.mean() + 1, b - b.mean())[0]


def _dose(setting: _Setting, values: np.ndarray, inside: np.ndarray, fields: dict[str, Any]) -> list[Row]:
    if "dose" not in setting.analysis.options:
        return []
    having = inside & ~np.isnan(setting.dose)
    result = adjusted_difference(
        np.where(having, values, np.nan), np.where(having, setting.dose, np.nan), setting.columns
    )
    own = {**fields, "n": int(having.sum()), **setting.support(having)}
    return [comparison_row(result, statistic="dose", method=DOSE.format(**setting.words()), **own)]


def _noted(row: Row, why: str, overlap: str) -> Row:
    note = why or row.note
    return replace(row, note="; ".join(filter(None, (note, overlap if not why else "", NOT_AN_EFFECT))))
