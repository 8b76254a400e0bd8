"""Themes, agreement and codebook notes of coded interviews; and the plain sheet of coded passages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.interviews.agreement_rows import agreement
from ksn_research.analyse.interviews.codebook import codebook_findings
from ksn_research.analyse.interviews.section import analyse_interviews
from ksn_research.analyse.interviews.themes import NOT_STATED, WHOLE, themes
from ksn_research.errors import ReadError
from ksn_research.plan import Source, Study, Wave
from ksn_research.prepared import Prepared
from ksn_research.read.segments import segments_from_table
from ksn_research.results import Row, collect

WHO = {"source": "operators", "year": 2025}


def coded(*passages: tuple[str, str, str], unit: list[int] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(passages, columns=["interview", "coder", "code"])
    frame["unit"] = pd.array(unit if unit is not None else [pd.NA] * len(frame), dtype="Int64")
    return frame.assign(source="operators", year=2025)


def talks(kinds: list[str | None], withdrawn: tuple[str, ...] = (), units: int | None = None) -> pd.DataFrame:
    names = [f"I{i}" for i in range(1, len(kinds) + 1)]
    frame = pd.DataFrame({"interview": names, "operator_type": kinds, "coders": "A"})
    frame["withdrawn"] = frame["interview"].isin(withdrawn)
    frame["units"] = pd.array([units if units is not None else pd.NA] * len(names), dtype="Int64")
    return frame.assign(source="operators", year=2025)


def the(rows: list[Row], **wanted: object) -> Row:
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows"
    return found[0]


SIX = ["company", "company", "public", "public", "Public", None]


def test_a_theme_counts_interviews_once_and_withdrawn_ones_nowhere():
    segments = coded(("I1", "A", "trust"), ("I1", "B", "trust"), ("I2", "A", "trust"), ("I6", "A", "trust"))
    rows = themes(segments, talks(SIX, withdrawn=("I2",)), **WHO)
    whole = the(rows, analysis="themes", measure="trust", group="", statistic="count")
    assert (whole.estimate, whole.n, whole.people, whole.exempt) == (2, 5, 5, WHOLE)
    share = the(rows, analysis="themes", measure="trust", group="", statistic="share")
    assert share.estimate == pytest.approx(0.4)
    # Wilson (1927) for 2 of 5: 0.118 to 0.769, as R's prop.test(2, 5, correct = FALSE) gives.
    assert (share.ci_low, share.ci_high) == pytest.approx((0.1176, 0.7693), abs=5e-5)
    assert share.binary and share.count == 2


def test_levels_add_up_to_the_whole_and_name_it_as_parent():
    segments = coded(("I1", "A", "trust"), ("I3", "A", "trust"), ("I6", "A", "trust"), ("I5", "A", "time"))
    rows = themes(segments, talks(SIX), **WHO)
    whole = the(rows, measure="trust", group="", statistic="count")
    parts = [r for r in rows if r.measure == "trust" and r.group and r.statistic == "count"]
    assert {r.level: (r.estimate, r.n) for r in parts} == {
        "company": (1, 2),
        "public": (1, 3),
        NOT_STATED: (1, 1),
    }
    assert {r.parents for r in parts} == {(whole.id,)} and {r.exempt for r in parts} == {""}
    assert len(collect(rows).results) == len(rows)


def test_an_interview_without_any_coding_is_not_in_the_denominator():
    uncoded = talks(SIX).assign(coders=["A", "A", "A", "", "", ""])
    rows = themes(coded(("I1", "A", "trust")), uncoded, **WHO)
    assert the(rows, measure="interviews", group="").n == 3


def test_a_sub_code_counts_for_itself_only():
    rows = themes(coded(("I1", "A", "Coke::diet")), talks(SIX), **WHO)
    assert {r.measure for r in rows} == {"interviews", "Coke::diet"}
    assert "sub-code only" in the(rows, measure="Coke::diet", group="", statistic="count").method


def test_nothing_coded_gives_no_rows():
    nothing = coded().astype({"interview": "str"})
    assert themes(nothing, talks(SIX).assign(coders=""), **WHO) == []
    assert agreement(nothing, talks(SIX), **WHO) == []


def test_agreement_takes_paragraphs_and_only_interviews_that_two_coded():
    # I1 has 4 paragraphs: A marks 0 and 1, B marks 0. Units (1,1) (1,0) (0,0) (0,0): alpha = 1 - 7*2/30.
    segments = coded(
        ("I1", "A", "trust"),
        ("I1", "A", "trust"),
        ("I1", "B", "trust"),
        ("I2", "A", "trust"),
        unit=[0, 1, 0, 3],
    )
    rows = agreement(segments, talks(SIX, units=4), **WHO)
    alpha = the(rows, measure="trust", statistic="alpha")
    assert alpha.estimate == pytest.approx(1 - 7 * 2 / 30)
    assert (alpha.n, alpha.unit, alpha.people) == (8, "decisions", 1)
    assert "per paragraph" in alpha.method and "over units" in alpha.method and "seed 1" in alpha.method
    assert the(rows, measure="trust", statistic="percent_agreement").estimate == pytest.approx(0.75)
    assert the(rows, measure="trust", statistic="positive_agreement").estimate == pytest.approx(2 / 3)
    assert the(rows, measure="all codes", statistic="alpha").estimate == pytest.approx(alpha.estimate)


def test_a_passage_over_two_paragraphs_is_present_in_both():
    segments = coded(("I1", "A", "trust"), ("I1", "B", "trust"), ("I1", "B", "trust"), unit=[0, 0, 1])
    segments["unit_last"] = pd.array([1, 0, 1], dtype="Int64")
    rows = agreement(segments, talks(SIX, units=4), **WHO)
    assert the(rows, measure="trust", statistic="alpha").estimate == 1


def test_without_paragraphs_the_unit_is_the_interview():
    segments = coded(
        *[(f"I{i}", c, "any") for i in range(1, 5) for c in "AB"],
        ("I1", "A", "x"),
        ("I1", "B", "x"),
        ("I2", "A", "x"),
    )
    rows = agreement(segments, talks(SIX), **WHO)
    alpha = the(rows, measure="x", statistic="alpha")
    assert alpha.estimate == pytest.approx(1 - 7 * 2 / 30) and "per interview" in alpha.method
    same = the(rows, measure="any", statistic="alpha")
    assert (same.status, same.estimate) == ("undefined", None) and "no variation" in same.note
    assert len(collect(rows).results) == len(rows)


def test_a_withdrawn_interview_is_not_in_agreement_either():
    segments = coded(("I1", "A", "trust"), ("I1", "B", "trust"))
    assert agreement(segments, talks(SIX, withdrawn=("I1",)), **WHO) == []


def test_codings_without_a_coder_are_nobodys_second_opinion():
    assert agreement(coded(("I1", "A", "trust"), ("I1", "", "trust")), talks(SIX), **WHO) == []


def test_a_planted_share_and_agreement_come_back():
    # 18 of 24 interviews hold the theme. Per paragraph the truth is balanced and each coder repeats it with
    # probability 0.9, else guesses: alpha is 0.81 in expectation (see test_agreement).
    rng = np.random.default_rng(5)
    passages, units = [], []
    for i in range(1, 19):
        truth = rng.integers(0, 2, 60)
        for coder in "AB":
            seen = np.where(rng.random(60) < 0.9, truth, rng.integers(0, 2, 60))
            passages += [(f"I{i}", coder, "trust")] * int(seen.sum())
            units += np.flatnonzero(seen).tolist()
    interviews = talks(["company"] * 12 + ["public"] * 12, units=60)
    segments = coded(*passages, unit=units)
    share = the(themes(segments, interviews, **WHO), measure="trust", group="", statistic="share")
    assert (share.count, share.n, share.estimate) == (18, 24, 0.75)
    alpha = the(agreement(segments, interviews, **WHO), measure="trust", statistic="alpha")
    assert alpha.estimate == pytest.approx(0.81, abs=0.05)
    assert alpha.ci_low < 0.81 < alpha.ci_high and "over documents" in alpha.method


def test_the_newest_two_waves_of_every_source_of_interviews_are_analysed():
    years = (2023, 2024, 2025)
    waves = tuple(Wave(year, "", Path("x")) for year in years)
    sources = {
        "operators": Source("operators", "interviews", "", waves, {"groups": ["operator_type"]}),
        "people": Source("people", "people", "", waves),
    }
    both = coded(("I1", "A", "trust"), ("I1", "B", "trust"))
    prepared = Prepared(
        Study("s", Path("s"), "", "", years, sources),
        2025,
        {"operators": waves},
        segments=pd.concat([both.assign(year=year) for year in years]).astype({"year": "Int64"}),
        interviews=pd.concat([talks(SIX).assign(year=year) for year in years]).astype({"year": "Int64"}),
    )
    rows = analyse_interviews(prepared)
    of_a_year = ("interviews", "themes", "theme_differences", "saturation", "agreement")
    assert {(r.year, r.analysis) for r in rows} == {
        *((year, analysis) for year in (2024, 2025) for analysis in of_a_year),
        (2025, "theme_change"),
    }
    assert len(collect(rows).results) == len(rows)


def test_the_codebook_is_asked_about_what_is_undescribed_unused_or_used_once():
    codes = pd.DataFrame(
        {
            "code": ["giving", "time", "money", "trust"],
            "parent": ["", "giving", "giving", ""],
            "description": ["all giving", "hours given", "", "feels safe"],
            "codable": [True, True, True, True],
        }
    )
    segments = coded(("I1", "A", "time"), ("I1", "A", "trust"), ("I2", "A", "trust"))
    found = codebook_findings(codes, segments, source="operators", year=2025)
    assert [(f.column, f.problem.removeprefix("the code ")) for f in found] == [
        ("money", "has no description"),
        ("money", "was never used"),
        ("time", "was used in one interview only"),
    ]
    assert {f.severity for f in found} == {"note"}


SHEET = pd.DataFrame(
    {
        "interview": ["n1", "n1", "n2", "n3"],
        "coder": ["A", "B", "A", "A"],
        "code": ["trust", "trust", "time", ""],
        "text": ["we talk", "we talk", "", ""],
        "expert_role": ["mentor", "mentor", "", "coach"],
    }
)


def test_a_sheet_of_coded_passages_becomes_segments_and_interviews():
    read = segments_from_table(SHEET)
    assert read.segments["code"].tolist() == ["trust", "trust", "time"]
    assert read.segments["text"].fillna("-").tolist() == ["we talk", "we talk", "-"]
    assert read.interviews["interview"].tolist() == ["n1", "n2", "n3"]
    assert read.interviews["coders"].tolist() == ["A;B", "A", "A"]
    assert read.interviews["expert_role"].fillna("-").tolist() == ["mentor", "-", "coach"]
    assert read.codes["code"].tolist() == ["time", "trust"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interview": ["n1", "", "n2", "n3"]}, "row 3, column interview"),
        ({"expert_role": ["mentor", "coach", "", "coach"]}, "row 3, column expert_role"),
        ({"start": ["0", "4", "x", ""]}, "row 4, column start"),
        ({"code": ["trust", "Trust", "time", ""]}, "column code"),
    ],
)
def test_a_sheet_that_cannot_be_read_names_the_place(change, said):
    with pytest.raises(ReadError, match=f"notes.csv, {said}"):
        segments_from_table(SHEET.assign(**change), file="notes.csv")


def test_a_sheet_without_codes_is_refused():
    with pytest.raises(ReadError, match="column code"):
        segments_from_table(SHEET.drop(columns="code"))
