"""Who answered for which circle: the newest two waves of every survey. Imports no sibling.

The circle stands in the answer where the survey asks for it; otherwise it is looked up in the list of
circles, and who sits in two counts in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ksn_research.analyse.survey.comparison.changes import successive
from ksn_research.analyse.survey.groups import Grouping, Sample, of_wave, of_year, sample
from ksn_research.plan import Instrument, Wave
from ksn_research.plan.comments import Comments
from ksn_research.prepared import Prepared

NO_COMMENTS = Comments(())


@dataclass(frozen=True)
class Fielding:
    """One wave of one survey as circles answered it.

    sample         one row per respondent and circle; its only grouping is the circle
    network        the answers of the whole wave, one row per respondent
    before         the wave before, where it is of another year; None where nothing is compared
    by_membership  the circle was looked up, not given in the answer
    comments       which questions are comments, and which one allows them to be read
    """

    sample: Sample
    network: pd.DataFrame
    instrument: Instrument
    before: Instrument | None = None
    by_membership: bool = False
    comments: Comments = NO_COMMENTS

    @property
    def circles(self) -> Grouping:
        return self.sample.groupings[0]


def fieldings(prepared: Prepared) -> list[Fielding]:
    """Every survey's newest two waves that somebody of a circle answered, older first."""
    found = []
    for source, responses in prepared.responses.items():
        for wave, earlier in newest_two(prepared.waves.get(source, ()), responses):
            answers = of_wave(responses, wave)
            rows, looked_up = with_circle(answers, wave, prepared.circles)
            if len(rows) and wave.instrument is not None:
                made = sample(rows, source=source, year=wave.year, wave=wave.name, by=("circle",))
                of_circles = replace(made, groupings=made.groupings[1:])
                before = earlier.instrument if earlier else None
                comments = wave.options.get("comments", NO_COMMENTS)
                found.append(Fielding(of_circles, answers, wave.instrument, before, looked_up, comments))
    return found


def newest_two(waves: Sequence[Wave], responses: pd.DataFrame) -> list[tuple[Wave, Wave | None]]:
    """The newest two waves with answers, as `successive` pairs them, each with the one of another year that
    it is compared with. Waves of one year have one form: between them nothing was reworded."""
    answered = [w for w in waves if w.instrument is not None and len(of_wave(responses, w))]
    pairs = list(successive(answered))
    if not pairs:
        return [(wave, None) for wave in answered[-1:]]
    earlier, later = pairs[-1]
    return [(earlier, None), (later, earlier if earlier.year != later.year else None)]


def with_circle(answers: pd.DataFrame, wave: Wave, circles: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Answers with their circle, one row per respondent and circle, and whether it was looked up.

    answers  a wave of `responses`; its `circle` is used where the plan names the question that asks for it,
             and where the study has no list of circles
    circles  the table of memberships (see `prepared`)

    Answers of nobody's circle are left out.
    """
    carried = wave.options.get("circle") in answers
    if carried or circles.empty:
        named = answers["circle"].notna() & (answers["circle"].astype("str").fillna("") != "")
        return answers[named].reset_index(drop=True), False
    seats = seated(circles, wave.year)
    known = answers.drop(columns="circle", errors="ignore").merge(seats, on="member", how="inner")
    return known, True


def seated(circles: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Who sits in which circle in a year, each pair once: columns circle, member."""
    return of_year(circles, year)[["circle", "member"]].dropna().drop_duplicates()


def of_circles(fielding: Fielding, **columns: Any) -> pd.DataFrame:
    """A table with a line per circle of a fielding: its source, year and wave, and the given columns."""
    return pd.DataFrame({**fielding.sample.key, "circle": fielding.circles.levels, **columns})
