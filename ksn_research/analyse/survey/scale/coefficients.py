"""Rows about a scale as an instrument: reliability, its items, and what it is worth for circles.

Uses `groups`, `reliability`, `omega`, `items`, `icc` and `intervals`. Comes in: a sample, the items
of a scale as turned numbers (respondents x items). Goes out: rows with analysis "scales", and "items" for
what is counted of single items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import Sample, distinct, number
from ksn_research.analyse.survey.scale.icc import Icc, icc1, icc2, rwg_j, uniform_variance
from ksn_research.analyse.survey.scale.items import Items, item_statistics, not_reversed
from ksn_research.analyse.survey.scale.omega import OMEGA, omega_total
from ksn_research.analyse.survey.scale.reliability import (
    DRAWS,
    Alpha,
    bootstrap_alpha,
    cronbach_alpha,
    fisher_interval,
    ordinal_alpha,
    spearman_brown,
)
from ksn_research.plan import Instrument, Scale
from ksn_research.results import Row, result_id

FEW_FOR_ALPHA = 30  # below this the coefficient is shown with a warning (methods of the study)
FEWEST_OF_CIRCLE = 5  # complete answers for a circle's agreement to count
LISTWISE = "complete answers only (listwise)"
NO_INTERVAL = "no interval: the bootstrap is run for the whole sample"
AGAINST = "runs against the other items: turned the wrong way?"
NOBODY = "nobody answered"
UNANSWERED = "an item left out is no answer"


def reliability_rows(sample: Sample, items: np.ndarray, scale: Scale) -> list[Row]:
    """Alpha (of two items Spearman-Brown), omega and ordinal alpha: alpha at every level, omega where a
    level has 30 complete answers, ordinal alpha for the whole; none by circle."""
    rows, against = [], not_reversed(items, scale.items)
    complete = ~np.isnan(items).any(axis=1)
    for grouping in sample.groupings:
        if grouping.group == "circle":
            continue
        for i, level in enumerate(grouping.levels):
            inside, whole = grouping.codes == i, not grouping.group
            support = sample.support(sample.groupings[0], inside & complete)[0]
            fields = {"group": grouping.group, "level": level, "measure": scale.name, **support}
            doubt = "; ".join(f"{name} {AGAINST}" for name in against) if whole else ""
            rows.append(_alpha_row(sample, items[inside], doubt, fields))
            if items.shape[1] > 2 and (whole or (inside & complete).sum() >= FEW_FOR_ALPHA):
                rows.append(_omega_row(sample, items[inside], DRAWS if whole else 0, fields))
            if items.shape[1] > 2 and whole:
                rows.append(_bootstrap_row(sample, items, fields))
                rows.append(_coefficient_row(
                    sample, ordinal_alpha(items), "ordinal_alpha", "", fields,
                    "ordinal alpha: standardised alpha of polychoric correlations (two-step maximum "
                    f"likelihood), {LISTWISE}; no interval"))  # fmt: skip
    return rows


def _alpha_row(sample: Sample, items: np.ndarray, doubt: str, fields: Mapping[str, Any]) -> Row:
    if items.shape[1] == 2:
        method = f"Spearman-Brown coefficient of two items, {LISTWISE}; interval by Fisher's z"
        return _coefficient_row(sample, spearman_brown(items), "spearman_brown", doubt, fields, method)
    result = cronbach_alpha(items)
    method = f"Cronbach's alpha of {result.items} items, {LISTWISE}; Feldt interval"
    return _coefficient_row(sample, result, "alpha", doubt, fields, method)


def _bootstrap_row(sample: Sample, items: np.ndarray, fields: Mapping[str, Any]) -> Row:
    """Alpha with the interval that does not suppose normal answers, beside Feldt's, which does."""
    result = cronbach_alpha(items)
    low, high = bootstrap_alpha(items, DRAWS) if not result.note else (np.nan, np.nan)
    method = f"Cronbach's alpha, {LISTWISE}; percentile bootstrap interval, {DRAWS} draws of respondents"
    return _coefficient_row(
        sample, replace(result, low=low, high=high), "alpha_bootstrap", "", fields, method
    )


def _coefficient_row(
    sample: Sample, result: Alpha, statistic: str, doubt: str, fields: Mapping[str, Any], method: str
) -> Row:
    few = f"fewer than {FEW_FOR_ALPHA} complete answers: read with care" if result.n < FEW_FOR_ALPHA else ""
    return sample.row(
        analysis="scales", statistic=statistic, estimate=number(result.alpha), ci_low=number(result.low),
        ci_high=number(result.high), n=result.n, unit="people", method=method,
        note=result.note or "; ".join(filter(None, (few, doubt))),
        status="undefined" if result.note else "published", **fields,
    )  # fmt: skip


def _omega_row(sample: Sample, items: np.ndarray, draws: int, fields: Mapping[str, Any]) -> Row:
    result = omega_total(items, draws=draws)
    lost = number(result.omega) is None
    few = f"fewer than {FEW_FOR_ALPHA} complete answers: read with care" if result.n < FEW_FOR_ALPHA else ""
    interval = f"percentile bootstrap interval, {result.draws} draws" if result.draws else "no interval"
    note = result.note if lost else "; ".join(filter(None, (result.note, few, "" if draws else NO_INTERVAL)))
    return sample.row(
        analysis="scales", statistic="omega", estimate=number(result.omega), ci_low=number(result.low),
        ci_high=number(result.high), n=result.n, unit="people", note=note,
        status="undefined" if lost else "published",
        method=f"{OMEGA['covariances']}; {LISTWISE}; {interval}", **fields,
    )  # fmt: skip


def item_rows(sample: Sample, items: np.ndarray, instrument: Instrument, scale: Scale) -> list[Row]:
    """Per item of a scale, whole sample: corrected item-total correlation, alpha without it, and the shares
    at the lowest anchor, at the highest, and without a number (all as turned)."""
    found = item_statistics(items, scale.low, scale.high)
    against = not_reversed(items, scale.items)
    rows = []
    for i, name in enumerate(scale.items):
        fields = {"measure": scale.name, "category": name, "unit": "people"}
        rows += _discrimination(sample, items, found, i, name in against, {"analysis": "scales", **fields})
        # A cell of its own: a pile of few answers hides its share, and no coefficient.
        fields = {"analysis": "items", **fields}
        for statistic, anchor in (("floor", scale.low), ("ceiling", scale.high)):
            parents = _choices(sample, instrument, scale, name, anchor)
            rows.append(
                _pile_row(sample, items[:, i], anchor, statistic=statistic, parents=parents, **fields)
            )
        rows.append(_missing_row(sample, items[:, i], instrument, name, fields))
    return rows


def _discrimination(
    sample: Sample, items: np.ndarray, found: Items, i: int, against: bool, fields: Mapping[str, Any]
) -> list[Row]:
    support = sample.support(sample.groupings[0], ~np.isnan(items).any(axis=1))[0]
    r, low, high = number(found.item_total[i]), None, None
    if r is not None:
        low, high = map(number, fisher_interval(r, found.n))
    said = {"note": AGAINST if against else ""} if r is not None else _undefined("no variation")
    total = sample.row(
        statistic="item_total", estimate=r, ci_low=low, ci_high=high, n=found.n, **said, **support, **fields,
        method=f"correlation with the sum of the other items, {LISTWISE}; interval by Fisher's z",
    )  # fmt: skip
    if items.shape[1] < 3:
        return [total]
    value = number(found.alpha_if_dropped[i])
    said = {} if value is not None else _undefined("no variation")
    dropped = sample.row(
        statistic="alpha_if_dropped",
        estimate=value,
        n=found.n,
        **said,
        **support,
        **fields,
        method=f"Cronbach's alpha of the other items, {LISTWISE}; no interval",
    )
    return [total, dropped]


def _undefined(note: str) -> dict[str, str]:
    return {"status": "undefined", "note": note}


def _pile_row(sample: Sample, item: np.ndarray, anchor: float, **fields: Any) -> Row:
    known, there = ~np.isnan(item), item == anchor
    hits, n = int(there.sum()), int(known.sum())
    people = int(distinct(np.where(there, 0, -1), sample.person, 1)[0])
    low, high = wilson(hits, n)
    said: dict[str, Any] = {"ci_low": number(low), "ci_high": number(high)} if n else _undefined(NOBODY)
    return sample.row(
        estimate=hits / n if n else None, n=n, count=people, binary=True,
        method="share of those who answered the item who stand at the "
        f"{'lowest' if fields['statistic'] == 'floor' else 'highest'} anchor, reversed items turned; "
        "Wilson interval", **said, **sample.support(sample.groupings[0], known)[0], **fields,
    )  # fmt: skip


def _missing_row(
    sample: Sample, item: np.ndarray, instrument: Instrument, name: str, fields: Mapping[str, Any]
) -> Row:
    """Without a number: not answered, or answered by a choice that stands for no answer. Where there is
    such a choice, how many took it is an answer and stays under the small-cell rule."""
    gone, n = np.isnan(item), len(item)
    opted = any(choice.missing for choice in instrument.questions[name].choices)
    people = int(distinct(np.where(gone, 0, -1), sample.person, 1)[0])
    return sample.row(
        statistic="missing", estimate=float(gone.mean()) if n else None, n=n, count=people, binary=True,
        exempt="" if opted else UNANSWERED, method="share of all respondents without a number for the item",
        **({} if n else _undefined("no respondents")),
        **sample.support(sample.groupings[0], np.ones(n, dtype=bool))[0], **fields,
    )  # fmt: skip


def _choices(
    sample: Sample, instrument: Instrument, scale: Scale, name: str, anchor: float
) -> tuple[str, ...]:
    """Ids of the shares of the choices at an anchor: these say the same, and are hidden or shown together."""
    question = instrument.questions[name]
    value = scale.low + scale.high - anchor if name in scale.reverse else anchor
    if not (question.reported and question.type == "select_one"):
        return ()
    own = {
        **sample.key,
        "analysis": "answers",
        "measure": name,
        "group": "",
        "level": "",
        "statistic": "share",
    }
    return tuple(result_id(**own, category=c.name) for c in question.choices if c.value == value)


def circle_rows(
    sample: Sample, scores: np.ndarray, items: np.ndarray, circles: np.ndarray, scale: Scale, note: str = ""
) -> list[Row]:
    """ICC(1), ICC(2) and mean r_wg(j) of a scale; `circles` are codes, -1 for no circle."""
    support = sample.support(sample.groupings[0], ~np.isnan(scores) & (circles >= 0))[0]
    fields: dict[str, Any] = {"measure": scale.name, **support}
    how = "one-way analysis of variance over {} circles of unequal size; F interval"
    one, two = f"intraclass correlation ICC(1), {how}", f"reliability of circle means ICC(2), {how}"
    return [
        _icc_row(sample, icc1(scores, circles), "icc1", one, note, **fields),
        _icc_row(sample, icc2(scores, circles), "icc2", two, note, **fields),
        _rwg_row(sample, items, circles, scale, note),
    ]


def _icc_row(sample: Sample, result: Icc, statistic: str, method: str, note: str, **fields: Any) -> Row:
    return sample.row(
        analysis="scales", statistic=statistic, estimate=number(result.icc), ci_low=number(result.low),
        ci_high=number(result.high), n=result.n, unit="people", method=method.format(result.groups),
        note=result.note or note, status="undefined" if result.note else "published", **fields,
    )  # fmt: skip


def _rwg_row(sample: Sample, items: np.ndarray, circles: np.ndarray, scale: Scale, note: str) -> Row:
    found = rwg_j(items, circles, uniform_variance(scale.low, scale.high), FEWEST_OF_CIRCLE)
    used = np.flatnonzero(~np.isnan(found.values))
    inside = np.isin(circles, used) & ~np.isnan(items).any(axis=1)
    cut = f"disagreement beyond chance, set to 0: {found.cut} of these circles" if found.cut else ""
    return sample.row(
        analysis="scales", measure=scale.name, statistic="rwg", n=len(used), unit="circles",
        estimate=float(found.values[used].mean()) if len(used) else None,
        note=found.note or "; ".join(filter(None, (cut, note))),
        status="published" if len(used) else "undefined",
        method=f"mean r_wg(j) over circles with at least {FEWEST_OF_CIRCLE} complete answers, uniform null, "
        "negative values cut to 0; no interval", **sample.support(sample.groupings[0], inside)[0],
    )  # fmt: skip
