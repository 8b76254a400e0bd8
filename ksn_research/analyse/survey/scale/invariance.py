"""Whether a scale measures the same in two years: configural, metric, scalar (and strict) invariance.

Uses `multigroup` (the fits), `groups` and `scales` (item values). What is said of a step is decided by how
much the fit worsens, by rules that name their authors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import Sample, number, of_wave, sample
from ksn_research.analyse.survey.scale.multigroup import LEVELS, Fit, fit_groups, moments
from ksn_research.analyse.survey.scale.scales import item_values
from ksn_research.plan import Instrument, Scale, Wave
from ksn_research.results import Row

FEWEST = 100  # complete answers a year
TOO_FEW = f"not tested: n below {FEWEST}"
TOO_FEW_ITEMS = "not tested: fewer than 3 items that both years have"
SMALL = 300  # total n up to which Chen's rule for small samples holds
TESTED = LEVELS[:3]
MEANING = {
    "configural": "one factor in both years",
    "metric": "the same loadings in both years",
    "scalar": "the same loadings and intercepts in both years",
}
RULE_SMALL = (
    "Chen (2007) for a total n up to 300: CFI falls by at most .005 and RMSEA rises by less than .010"
)
RULE = "Cheung & Rensvold (2002): CFI falls by at most .01"
SHARED_PEOPLE = "the years are taken for samples of different people"
STATISTICS = {"configural": ("chi_squared", "cfi", "rmsea")} | dict.fromkeys(
    TESTED[1:], ("chi_squared", "cfi", "rmsea", "cfi_change", "rmsea_change")
)


def invariance(
    groups: Sequence[np.ndarray],
    factors: Sequence[int] | None = None,
    levels: Sequence[str] = TESTED,
) -> dict[str, Fit]:
    """Fits of the levels of measurement invariance, by level.

    Parameters: per group respondents x items, nan where missing (complete answers are used); `factors` the
    factor of each item (default: one). Sources as in `multigroup.fit_groups`; the ladder: Meredith (1993),
    Psychometrika 58, 525-543.
    """
    found = [moments(items) for items in groups]
    return {level: fit_groups(found, level, factors) for level in levels}


def decision(cfi_change: float, rmsea_change: float, n: int) -> str:
    """What a step's loss of fit says: "holds", "does not hold", or "unclear" where the two indices differ.

    Parameters: changes from the step before (CFI falls: negative), n the total of the groups. Up to n = 300
    both indices are asked, above CFI alone.
    Sources: Chen (2007), Structural Equation Modeling 14, 464-504; Cheung & Rensvold (2002), Structural
    Equation Modeling 9, 233-255.

    >>> decision(-0.002, 0.001, 200), decision(-0.02, 0.001, 200), decision(-0.02, 0.001, 1000)
    ('holds', 'unclear', 'does not hold')
    """
    # Changes on the rule's own figure count as within it: floating point must not decide.
    if n > SMALL:
        return "holds" if cfi_change >= -0.01 - 1e-9 else "does not hold"
    fits = (cfi_change >= -0.005 - 1e-9, rmsea_change < 0.010 - 1e-9)
    return "holds" if all(fits) else "unclear" if any(fits) else "does not hold"


def invariance_rows(source: str, responses: pd.DataFrame, earlier: Wave, later: Wave) -> list[Row]:
    """Measurement invariance of every scale of the later wave that the earlier one has too.

    Of the items, those that both instruments have. A scale whose wording the plan
    marks as changed is not comparable; years with fewer than 100 complete answers are not tested.
    """
    if earlier.instrument is None or later.instrument is None:
        return []
    sides = [
        sample(of_wave(responses, wave), source=source, year=later.year, wave=later.name, by=())
        for wave in (earlier, later)
    ]
    if any(side.frame.empty for side in sides):
        return []
    since = str(earlier.name or earlier.year or "the wave before")
    rows = []
    for scale in later.instrument.scales.values():
        if scale.name in earlier.instrument.scales:
            # Waves within a year have one form: what changed since the year before is not between them.
            asked = scale if earlier.year != later.year else replace(scale, change="", mark="")
            rows += _scale(sides, earlier.instrument, later.instrument, asked, since)
    return rows


def _scale(sides: list[Sample], before: Instrument, now: Instrument, scale: Scale, since: str) -> list[Row]:
    groups = _common(sides, before, now, scale)
    complete = [~np.isnan(items).any(axis=1) for items in groups]
    supports = [s.support(s.groupings[0], c)[0] for s, c in zip(sides, complete, strict=True)]
    smaller = min(supports, key=lambda s: s["people"] or 0)
    sizes = [int(c.sum()) for c in complete]
    fields = {**sides[1].key, "analysis": "invariance", "measure": scale.name, "unit": "people",
              "n": sum(sizes), **smaller}  # fmt: skip
    if scale.change:
        return _unsaid(fields, since, "not comparable", scale.change)
    if groups[0].shape[1] < 3:
        return _unsaid(fields, since, "undefined", TOO_FEW_ITEMS)
    if min(sizes) < FEWEST:
        return _unsaid(fields, since, "undefined", TOO_FEW)
    return _ladder_rows(invariance(groups), fields, since, scale.mark)


def _common(sides: list[Sample], before: Instrument, now: Instrument, scale: Scale) -> list[np.ndarray]:
    """Items of the scale in both years, in one order, each turned as its own instrument says. An older wave
    comes in the newest one's names (see `score.carry`)."""
    then = before.scales[scale.name]
    pairs = [(then.items.index(name), i) for i, name in enumerate(scale.items) if name in then.items]
    columns = [list(part) for part in zip(*pairs, strict=True)] or [[], []]
    found = (item_values(sides[0].frame, before, then), item_values(sides[1].frame, now, scale))
    return [items[:, order] for items, order in zip(found, columns, strict=True)]


def _unsaid(fields: Mapping[str, Any], since: str, status: str, note: str) -> list[Row]:
    return [
        Row(**fields, category=level, statistic=statistic, estimate=None, status=status, note=note,
            method=_method(level, since))
        for level, statistics in STATISTICS.items() for statistic in statistics
    ]  # fmt: skip


def _method(level: str, since: str) -> str:
    return (
        f"{level} invariance since {since}: {MEANING[level]}; two-group one-factor model, maximum likelihood "
        "for normal items, complete answers"
    )


def _ladder_rows(fits: Mapping[str, Fit], fields: dict[str, Any], since: str, mark: str) -> list[Row]:
    rows: list[Row] = []
    previous: Fit | None = None
    for level, fit in fits.items():
        values = _changes(fit, previous)
        for statistic in STATISTICS[level]:
            value = number(values[statistic])
            note = fit.note if value is not None or fit.note else "a model without degrees of freedom"
            p = number(fit.p) if statistic == "chi_squared" else None
            rows.append(
                Row(**fields, p=p, category=level, statistic=statistic, estimate=value,
                    status="published" if value is not None else "undefined",
                    method=f"{_method(level, since)}; {fit.df} degrees of freedom",
                    note="; ".join(filter(None, (note, _said(statistic, values, fit), mark))))
            )  # fmt: skip
        previous = fit
    return rows


def _changes(fit: Fit, previous: Fit | None) -> dict[str, float]:
    found = {"chi_squared": fit.chi_squared, "cfi": fit.cfi, "rmsea": fit.rmsea}
    # A saturated model has no RMSEA; it fits exactly, and the step is judged from there.
    then = 0.0 if previous is not None and previous.df == 0 else previous.rmsea if previous else np.nan
    if previous is not None:
        found |= {"cfi_change": fit.cfi - previous.cfi, "rmsea_change": fit.rmsea - then}
    return found


def _said(statistic: str, values: Mapping[str, float], fit: Fit) -> str:
    """Words beside the number: the decision beside a change, the assumption beside the test."""
    if statistic == "chi_squared":
        return SHARED_PEOPLE
    if statistic != "cfi_change" or not np.isfinite([values["cfi_change"], values["rmsea_change"]]).all():
        return ""
    n = sum(fit.n)
    said = decision(values["cfi_change"], values["rmsea_change"], n)
    return f"{MEANING[fit.level]}: {said} ({RULE if n > SMALL else RULE_SMALL})"
