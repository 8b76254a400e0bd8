"""Who answered again: linkage, newcomers, returners and losses, and whether those lost differed before.

Uses `survey.groups`, `survey.proportions`, `survey.scales`, `survey.compare`, `survey.families` and
`survey.changes`. Every count is a part of a declared total, so that disclosure control sees what could be
worked out from what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import compare
from ksn_research.analyse.survey.comparison.changes import comparison_row
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.analyse.survey.groups import Sample, members, number, of_wave, of_year, sample
from ksn_research.analyse.survey.proportions import two_sided
from ksn_research.analyse.survey.scale.scales import score_values
from ksn_research.plan import Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

RATE = "linkage rate: respondents whose member code is on the roster of the year, among all respondents"
WITH_CODE = "share of respondents whose answers carry a member code (there is no roster)"
NO_CODES = "answers carry no member code: nobody can be found again"
NO_EARLIER = "no year before the last is loaded or remembered"
NOT_LOADED = "the answers of the wave before are not loaded"
WITH_RETURNERS = "returners among them: no year before the last is loaded or remembered"


@dataclass(frozen=True)
class _Pair:
    """Two waves of one survey. `stayed`, `returned`, `new` mark the rows of `now`; `kept`, `lost` those of
    `before`, which is None where that wave is only remembered. Rows without a code have no mark."""

    now: Sample
    before: Sample | None
    since: int
    stayed: np.ndarray
    returned: np.ndarray
    new: np.ndarray
    kept: np.ndarray
    lost: np.ndarray
    earlier: bool

    @property
    def key(self) -> dict[str, Any]:
        return {**self.now.key, "analysis": "panel", "unit": "people"}


def analyse_panel(prepared: Prepared, panel: pd.DataFrame) -> list[Row]:
    """Rows with analysis "panel" for the newest wave of every survey whose members can be linked.

    panel  source, year, member (NA where only remembered), person; see `score.panel`. Nobody linked: empty,
           and no row.
    Goes out, measure "linkage": rate (share, where there is no roster); counts of those linked, stayed,
    newcomers, returners, of the wave before, losses (split by the roster, where there is one); share (of this
    wave, who stayed) and retention (of the wave before; also by region and type). For each scale: difference
    and hedges_g of the score at the wave before between those who stayed and those lost.
    """
    rows: list[Row] = []
    for source, own in panel.groupby("source", sort=True):
        waves = [w for w in prepared.waves.get(str(source), ()) if w.year is not None and not w.name]
        for wave in waves:
            rows += _rate(prepared, str(source), wave)
        pair = _pair(prepared, str(source), own, waves)
        if pair is not None:
            rows += [*_whole(pair), *_lost(pair, prepared), *_retention(pair)]
            rows += _adjusted(list(_attrition(pair, waves)), prepared.study.headline)
    return rows


def _rate(prepared: Prepared, source: str, wave: Wave) -> list[Row]:
    """Who could be linked at all: one row a wave."""
    answers = of_wave(prepared.responses[source], wave)
    if answers.empty:
        return []
    whole = sample(answers, source=source, year=wave.year, by=())
    roster = of_year(prepared.people, wave.year)["member"].dropna()
    linked = members(answers).notna().to_numpy(dtype=bool)
    if len(roster):
        linked = linked & members(answers).isin(roster).to_numpy(dtype=bool)
    everyone = whole.support(whole.groupings[0], np.ones(len(answers), dtype=bool))[0]
    said = RATE if len(roster) else WITH_CODE
    fields: dict[str, Any] = {
        "analysis": "panel",
        "measure": "linkage",
        "statistic": "rate" if len(roster) else "share",
        "unit": "people",
        "n": int(linked.sum()),
        "population": len(answers),
        **everyone,
    }
    if not linked.any():
        return [whole.row(estimate=None, status="undefined", note=NO_CODES, method=said, **fields)]
    return [whole.row(estimate=float(linked.mean()), count=int(linked.sum()), method=said, **fields)]


def _pair(prepared: Prepared, source: str, panel: pd.DataFrame, waves: list[Wave]) -> _Pair | None:
    """The newest wave and the year before it in which anybody is known to have answered."""
    if not waves:
        return None
    now = waves[-1]
    answered = {int(year): set(panel.loc[panel["year"] == year, "person"]) for year in panel["year"].unique()}
    past = sorted(year for year in answered if now.year is not None and year < now.year)
    if not past or now.year not in answered:
        return None
    person = _persons(panel, prepared.responses[source], now)
    linked, stayed = person.notna(), person.isin(answered[past[-1]])
    returned = person.isin(set().union(*(answered[year] for year in past[:-1]))) & ~stayed
    loaded = next((wave for wave in waves[:-1] if wave.year == past[-1]), None)
    before, kept, lost = _before(prepared, source, panel, loaded, answered[now.year])
    here = sample(of_wave(prepared.responses[source], now), source=source, year=now.year, by=())
    return _Pair(
        now=here,
        before=before,
        since=past[-1],
        stayed=_marks(stayed),
        returned=_marks(returned),
        new=_marks(linked & ~stayed & ~returned),
        kept=kept,
        lost=lost,
        earlier=len(past) > 1,
    )


def _before(
    prepared: Prepared, source: str, panel: pd.DataFrame, wave: Wave | None, now: set[int]
) -> tuple[Sample | None, np.ndarray, np.ndarray]:
    if wave is None:
        return None, np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
    person = _persons(panel, prepared.responses[source], wave)
    kept = person.isin(now)
    frame = of_wave(prepared.responses[source], wave)
    return sample(frame, source=source, year=wave.year), _marks(kept), _marks(person.notna() & ~kept)


def _persons(panel: pd.DataFrame, responses: pd.DataFrame, wave: Wave) -> pd.Series:
    """The person of each answer of a wave, NA where it is not linked."""
    own = panel[(panel["year"] == wave.year) & panel["member"].notna()].set_index("member")["person"]
    return members(of_wave(responses, wave)).map(own).astype("Int64")


def _marks(mask: pd.Series) -> np.ndarray:
    return mask.fillna(False).to_numpy(dtype=bool)


def _whole(pair: _Pair) -> Iterator[Row]:
    """Everyone linked now, and the parts: stayed, returned, new."""
    since = pair.since
    total = _count(pair, pair.now, pair.stayed | pair.returned | pair.new, "", "respondents who are linked")
    yield total
    before = _total_before(pair)
    yield from [before] if before else []
    parents = (total.id, *([before.id] if before else []))
    yield replace(
        _count(pair, pair.now, pair.stayed, "stayed", f"respondents who also answered in {since}"),
        parents=parents,
    )
    new = f"linked respondents who did not answer in {since}" + (" nor in an earlier year" * pair.earlier)
    newcomers = _count(pair, pair.now, pair.new, "newcomers", new)
    yield replace(newcomers, parents=(total.id,), note="" if pair.earlier else WITH_RETURNERS)
    back = f"linked respondents who answered before {since} and not in {since}"
    returners = _count(pair, pair.now, pair.returned, "returners", back)
    if pair.earlier:
        yield replace(returners, parents=(total.id,))
    else:
        yield replace(returners, estimate=None, n=None, count=None, status="undefined", note=NO_EARLIER)
    method = f"share of this wave's linked respondents who also answered in {since}; Wilson interval"
    values = np.where(pair.stayed, 1.0, np.where(pair.returned | pair.new, 0.0, np.nan))
    told = {"analysis": "panel", "measure": "linkage", "category": "stayed", "method": method}
    yield from two_sided(pair.now, values, **told)


def _total_before(pair: _Pair) -> Row | None:
    if pair.before is None:
        return None
    return _count(
        pair, pair.before, pair.kept | pair.lost, "wave before", f"linked respondents of {pair.since}"
    )


def _lost(pair: _Pair, prepared: Prepared) -> Iterator[Row]:
    """Those who did not answer again, and whether the roster still lists them."""
    what = f"linked respondents of {pair.since} who did not answer again"
    before = _total_before(pair)
    if pair.before is None or before is None:
        yield Row(
            **pair.now.key, analysis="panel", measure="linkage", category="losses", statistic="count",
            estimate=None, n=None, unit="people", method=what, status="undefined", note=NOT_LOADED,
        )  # fmt: skip
        return
    losses = replace(_count(pair, pair.before, pair.lost, "losses", what), parents=(before.id,))
    yield losses
    roster = of_year(prepared.people, pair.now.key["year"])["member"].dropna()
    if len(roster):
        listed = members(pair.before.frame).isin(roster).to_numpy(dtype=bool)
        for name, mask in (("still on the roster", listed), ("left the roster", ~listed)):
            part = _count(pair, pair.before, pair.lost & mask, name, f"{what}: {name} of this year")
            yield replace(part, parents=(losses.id,))


def _count(pair: _Pair, whole: Sample, mask: np.ndarray, category: str, method: str) -> Row:
    support = whole.support(whole.groupings[0], mask)[0]
    people = support["people"] or 0
    fields: dict[str, Any] = {**pair.key, **support, "n": people, "count": people}
    return Row(
        measure="linkage",
        category=category,
        statistic="count",
        estimate=float(people),
        method=method,
        **fields,
    )


def _retention(pair: _Pair) -> list[Row]:
    """The share of the wave before that answered again, whole and by level."""
    if pair.before is None:
        return []
    values = np.where(pair.kept, 1.0, np.where(pair.lost, 0.0, np.nan))
    method = f"share of the linked respondents of {pair.since} who answered again; Wilson interval"
    of_now = replace(pair.before, key=pair.now.key)
    made = two_sided(of_now, values, analysis="panel", measure="linkage", category="stayed", method=method)
    made = [row for row in made if row.n]
    # Both shares are of those who stayed and stand in one cell; the statistic says whose share it is.
    name = {row.id: replace(row, statistic="retention", parents=()).id for row in made}
    return [
        replace(row, statistic="retention", parents=tuple(name[parent] for parent in row.parents))
        for row in made
    ]


def _attrition(pair: _Pair, waves: list[Wave]) -> Iterator[Row]:
    """The scores of the wave before: those who stayed minus those lost (Welch)."""
    instrument = next((w.instrument for w in waves if w.year == pair.since), None)
    if pair.before is None or instrument is None:
        return
    said = f"score in {pair.since} of those who answered again minus those who did not: "
    for scale in instrument.scales.values():
        scores = score_values(pair.before.frame, scale.name)
        result = compare.welch(scores[pair.kept], scores[pair.lost])
        sides = [
            pair.before.support(pair.before.groupings[0], side & ~np.isnan(scores))[0]
            for side in (pair.kept, pair.lost)
        ]
        support = min(sides, key=lambda s: s["people"] or 0)
        fields: dict[str, Any] = {**pair.key, "measure": scale.name, "n": sum(result.n), **support}
        yield comparison_row(
            result, statistic="difference", method=f"{said}difference of means, Welch t test", **fields
        )
        g = number(result.hedges_g)
        yield Row(
            statistic="hedges_g", estimate=g, ci_low=number(result.g_low), ci_high=number(result.g_high),
            note=result.note, status="published" if g is not None else "undefined",
            method=said + compare.HEDGES, **fields,
        )  # fmt: skip


def _adjusted(rows: list[Row], headline: tuple[str, ...]) -> list[Row]:
    """Holm's correction over the headline scales of one survey; other rows keep no adjusted p."""

    def declared(row: Row) -> bool:
        return row.statistic == "difference" and f"{row.source}.{row.measure}" in headline

    return corrected(rows, declared, "declared headline scales of this source")
