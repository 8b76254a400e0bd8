"""Rows of every declared joint display: what is said, what is scored and where people stand, by group.

Imports `declared` and the three strands: `talk`, `scored` and `placed`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ksn_research.analyse.interviews.change import Wave as Talked
from ksn_research.analyse.mixed.declared import Joint, chosen_waves, joint_table, joints, wanting
from ksn_research.analyse.mixed.placed import position_by_group
from ksn_research.analyse.mixed.scored import score_by_group, score_by_year
from ksn_research.analyse.mixed.talk import talk_by_group, talk_by_year, with_rosters
from ksn_research.analyse.survey.groups import of_year
from ksn_research.plan import Wave
from ksn_research.plan.coded import CodeCrosswalk
from ksn_research.prepared import Prepared
from ksn_research.results import Row

__all__ = ["joint_rows", "joint_table"]

NO_TALK = "no interviews of this source"
BOOK = {"code": "str", "parent": "str", "description": "str", "codable": "bool"}


def joint_rows(prepared: Prepared) -> list[Row]:
    """Rows with analysis "joint" for every declared joint display; category is its name.

    Comes in: everything the study prepared. Goes out, source and measure those of the strand (a code; a scale
    or declared share; a relation), group and level those of the line ("" of everybody):
    theme     count, share, difference (of shares: this group minus all others)
    score     mean or share, difference
    position  mean, difference (interval and p by permutation)
    Without groups the differences are those to the year before. A strand with nothing to say has one row with
    level "" that says why. Where a strand's groups are told by no other analysis, their rows by that column
    are given too (analyses "themes", "scales", "shares"): disclosure rests on them.

    Which strands agree is no number: it is read off the differences' intervals (`render.joint_display`).
    """
    rows: dict[str, Row] = {}
    for one in joints(prepared):
        waves = chosen_waves(prepared, one)
        made = [*_talk(prepared, one, waves[one.theme[0]]), *_score(prepared, one, waves[one.score[0]])]
        if one.position is not None:
            held = waves[one.position[0]]
            made += position_by_group(prepared, one, held[-1] if held else None)
        rows |= {row.id: row for row in made}
    return list(rows.values())


def _talk(prepared: Prepared, one: Joint, waves: Sequence[Wave]) -> list[Row]:
    source = one.theme[0]
    years = list(dict.fromkeys(wave.year for wave in waves))[-2:]
    if not years:
        return [wanting(one, source, one.theme[1], None, "interviews", NO_TALK)]
    talked = [_talked(prepared, source, year) for year in years]
    own = prepared.study.sources[source]
    if one.by:
        rosters = of_year(prepared.organisations, years[-1])
        held = with_rosters(talked[-1].interviews, rosters, one.by, one.attribute)
        told = tuple(own.options.get("groups", ("operator_type",)))
        return talk_by_group(one, talked[-1].segments, held, years[-1], told)
    changes = own.options.get("code_changes")
    crosswalk = changes if isinstance(changes, CodeCrosswalk) else CodeCrosswalk()
    return talk_by_year(one, talked[-1], talked[0] if len(talked) == 2 else None, crosswalk)


def _score(prepared: Prepared, one: Joint, waves: Sequence[Wave]) -> list[Row]:
    responses = prepared.responses.get(one.score[0])
    held = [] if responses is None else [wave for wave in waves if wave.instrument is not None]
    frame = pd.DataFrame() if responses is None else responses
    if one.by:
        return score_by_group(one, frame, prepared.people, held)
    return score_by_year(one, frame, held, prepared.linked)


def _talked(prepared: Prepared, source: str, year: int | None) -> Talked:
    """One year's interviews; its codes are those of the codebook, and any that passages alone know."""
    segments, interviews = (_of(t, source, year) for t in (prepared.segments, prepared.interviews))
    book = _of(prepared.codes, source, year)[list(BOOK)].drop_duplicates("code")
    more = sorted(set(segments["code"].dropna()) - set(book["code"]))
    bare = pd.DataFrame({"code": more, "parent": "", "description": "", "codable": True}, dtype=object)
    codes = pd.concat([book.astype(object), bare], ignore_index=True).astype(BOOK)
    return Talked(year or 0, codes, segments, interviews)


def _of(frame: pd.DataFrame, source: str, year: int | None) -> pd.DataFrame:
    same = frame["year"].isna() if year is None else (frame["year"] == year).fillna(False)
    return frame[(frame["source"] == source) & same]
