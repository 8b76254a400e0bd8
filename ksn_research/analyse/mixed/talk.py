"""What is said: in how many interviews of each group a theme occurs, against all other interviews.

Imports `declared`, and of `interviews` what counts themes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ksn_research.analyse.interviews import exact
from ksn_research.analyse.interviews.change import Wave, theme_changes
from ksn_research.analyse.interviews.themes import NOT_STATED, OF, themes
from ksn_research.analyse.mixed.declared import OTHERS, Joint, wanting
from ksn_research.plan.coded import CodeCrosswalk
from ksn_research.plan.drift import plain
from ksn_research.results import Row, slug

NOWHERE = "no interview holds this code; a passage of a sub-code counts for the sub-code"
NO_GROUPS = "the interviews do not tell the groups"
NO_OTHERS = "no other interviews"
ONE_YEAR = "no wave before"
LINE = "line of the display"
# Attributes that may hold the groups where none is called as they are.
ALSO = {"type": ("operator_type", "organisation_type"), "operator_type": ("type",)}


def talk_by_group(
    one: Joint, segments: pd.DataFrame, interviews: pd.DataFrame, year: int | None, told: Sequence[str] = ()
) -> list[Row]:
    """Count, share (Wilson) and difference to the others (Newcombe) of the theme, per group.

    segments, interviews  as `themes` takes them; the groups are the attribute's levels as mapped
    told                  attributes whose levels stand among the results anyway; else the theme's own rows
                          by that attribute are given too, since disclosure rests on them
    """
    source, code = one.theme[0], _spelled(one.theme[1], segments)
    attribute = _attribute(one, interviews)
    if not attribute:
        return [wanting(one, source, one.theme[1], year, "interviews", NO_GROUPS)]
    held = interviews.assign(**{LINE: _lines(one, interviews[attribute])})
    by_line = _of(themes(segments, held, source=source, year=year, groups=(LINE,)), code)
    if not by_line:
        return [wanting(one, source, one.theme[1], year, "interviews", NOWHERE)]
    by_level = _of(themes(segments, interviews, source=source, year=year, groups=(attribute,)), code)
    rows = [] if attribute in told else [row for row in by_level if row.group]
    return [*rows, *_lined(one, by_line, _parents(one, by_level))]


def talk_by_year(one: Joint, now: Wave, before: Wave | None, crosswalk: CodeCrosswalk) -> list[Row]:
    """Count and share of the theme in the newest year, and its change from the year before."""
    source, code = one.theme[0], _spelled(one.theme[1], now.segments)
    whole = _of(themes(now.segments, now.interviews, source=source, year=now.year, groups=()), code)
    if not whole:
        return [wanting(one, source, one.theme[1], now.year, "interviews", NOWHERE)]
    rows = [one.told(row, measure=one.theme[1]) for row in whole]
    if before is None:
        return [*rows, wanting(one, source, one.theme[1], now.year, "interviews", ONE_YEAR)]
    changes = [
        row
        for row in theme_changes(now, before, crosswalk, source=source)
        if plain(code) in {plain(part) for part in row.measure.split(" + ")}
    ]
    return [*rows, *(_alone(one.told(row, measure=one.theme[1])) for row in changes[:1])]


def _alone(row: Row) -> Row:
    """The row without the correction for the other themes: this one was named before the data came."""
    method = "; ".join(part for part in row.method.split("; ") if not part.startswith("p adjusted"))
    return replace(row, p_adjusted=None, method=method)


def with_rosters(
    interviews: pd.DataFrame, organisations: pd.DataFrame, by: str, attribute: str = ""
) -> pd.DataFrame:
    """Interviews with the column `by` of the organisation that they name, where they tell it no other way.

    organisations  organisation, name and the columns of the roster, of one year
    """
    known = any(_told(interviews, name) for name in (attribute, by, *ALSO.get(by, ())) if name)
    if known or not _told(interviews, "organisation") or by not in organisations:
        return interviews
    held = organisations.dropna(subset=[by])
    places = {
        slug(key): value
        for column in ("name", "organisation")
        if column in held
        for key, value in zip(held[column].dropna(), held.loc[held[column].notna(), by], strict=True)
    }
    said = interviews["organisation"].map(lambda name: places.get(slug(name)) if pd.notna(name) else None)
    return interviews.assign(**{by: said.astype("str")})


def _attribute(one: Joint, interviews: pd.DataFrame) -> str:
    """The attribute that holds the groups: the declared one, else one called so, else one known for it."""
    if one.attribute:
        return one.attribute if _told(interviews, one.attribute) else ""
    return next((name for name in (one.by, *ALSO.get(one.by, ())) if _told(interviews, name)), "")


def _told(interviews: pd.DataFrame, name: str) -> bool:
    return name in interviews and bool(interviews[name].notna().any())


def _spelled(code: str, segments: pd.DataFrame) -> str:
    """The code as the passages spell it."""
    known = [str(name) for name in segments["code"].dropna().unique()]
    return next((name for name in [code, *known] if name in known and plain(name) == plain(code)), code)


def _lines(one: Joint, said: pd.Series) -> pd.Series:
    """The group that each level stands for."""
    mapping = {slug(level): group for level, group in one.mapping.items()}
    return said.map(lambda level: mapping.get(slug(level), level) if pd.notna(level) else level).astype("str")


def _of(rows: list[Row], code: str) -> list[Row]:
    return [row for row in rows if row.analysis == "themes" and row.measure == code]


def _parents(one: Joint, by_level: list[Row]) -> dict[tuple[str, str], tuple[str, ...]]:
    """By group and statistic: ids of the rows of the levels it is made of. Where one of these is not shown,
    the group is not: with the others it would give that one away."""
    made: dict[tuple[str, str], tuple[str, ...]] = {}
    mapping = {slug(level): slug(group) for level, group in one.mapping.items()}
    for row in by_level:
        if row.group:
            key = (mapping.get(slug(row.level), slug(row.level)), row.statistic)
            made[key] = (*made.get(key, ()), row.id)
    return made


def _lined(one: Joint, by_line: list[Row], parents: dict[tuple[str, str], tuple[str, ...]]) -> list[Row]:
    whole = next(row for row in by_line if row.statistic == "count" and not row.group)
    rows: list[Row] = []
    for row in by_line:
        if not row.group or row.level == NOT_STATED:
            continue
        of = parents[slug(row.level), row.statistic]
        mine = one.told(row, measure=one.theme[1], group=one.by, parents=of)
        rows.append(mine)
        if row.statistic == "share":
            rows.append(_difference(mine, whole))
    return rows


def _difference(share: Row, whole: Row) -> Row:
    """The group's share less that of all other interviews."""
    k, n, all_k, all_n = share.count or 0, share.n or 0, whole.count or 0, whole.n or 0
    method = f"share of the group's interviews minus that of all others, {OF}; {OTHERS}; {exact.NEWCOMBE}"
    base = replace(share, statistic="difference", method=f"{method}; {exact.FISHER}")
    if n == all_n:
        lost = replace(base, estimate=None, ci_low=None, ci_high=None)
        return replace(lost, status="undefined", note=NO_OTHERS)
    found = exact.difference((k, n), (all_k - k, all_n - n))
    return replace(
        base,
        estimate=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        p=found.p,
        n=all_n,
        note=found.note,
    )
