"""Rows of agreement between coders: what stands in them, in which words; and the demo's planted coders."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.interviews.agreement_rows import ALL, NOBODY, agreement
from ksn_research.analyse.interviews.decisions import decisions
from ksn_research.results import Row, collect

DEMO = Path(__file__).parent.parent / "surveys" / "demo"
WHO = {"source": "operators", "year": 2025}
Passage = tuple[str, str, str, int]


def coded(passages: list[Passage]) -> pd.DataFrame:
    frame = pd.DataFrame(passages, columns=["interview", "coder", "code", "unit"])
    return frame.astype({"interview": "str", "coder": "str", "code": "str", "unit": "Int64"})


def talks(coders: dict[str, str], units: int | None = 10, withdrawn: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame({"interview": list(coders), "coders": list(coders.values())})
    frame["units"] = pd.array([units] * len(frame), dtype="Int64")
    return frame.assign(withdrawn=frame["interview"].isin(withdrawn))


def by_key(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row.measure, row.statistic): row for row in rows}


def seen(marks: np.ndarray, code: str, coders: str, paragraphs: int) -> list[Passage]:
    """Passages of a table units x coders, the paragraphs of one interview after those of another."""
    return [
        (f"I{unit // paragraphs}", coders[who], code, unit % paragraphs)
        for unit, who in zip(*np.nonzero(marks), strict=True)
    ]


# Artstein & Poesio (2008), Computational Linguistics 34:558: 20 yes-yes, 10 and 20 apart, 50 no-no.
CELLS = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [20, 10, 20, 50], axis=0)
TEN = {f"I{i}": "A;B" for i in range(10)}


def test_a_published_table_comes_out_as_rows():
    found = by_key(agreement(coded(seen(CELLS, "trust", "AB", 10)), talks(TEN), **WHO))
    wanted = {
        "alpha": 0.343956,
        "percent_agreement": 0.7,
        "positive_agreement": 40 / 70,
        "negative_agreement": 100 / 130,
        "prevalence": 0.35,
        "cohen_kappa": 0.347826,
        "ac1": 0.449541,
    }
    for measure in ("trust", ALL):
        rows = {statistic: row for (m, statistic), row in found.items() if m == measure}
        assert {s: row.estimate for s, row in rows.items()} == pytest.approx(wanted, abs=5e-7)
        assert {(row.n, row.unit, row.people) for row in rows.values()} == {(200, "decisions", 10)}
        assert all("per paragraph of the 10 interviews" in row.method for row in rows.values())
        assert rows["cohen_kappa"].note == "100 paragraphs, 2 coders, no judgements missing"
    assert found["trust", "alpha"].note == f"below .667: do not rest on this code; {rows['ac1'].note}"
    assert "do not rest on these codes" in found[ALL, "alpha"].note
    assert "over documents, 1000 draws" in found["trust", "alpha"].method
    assert "seed 1" in found["trust", "alpha"].method


def test_three_coders_have_fleiss_kappa_and_the_judgements_that_are_missing_are_said():
    coders = {f"I{i}": "A;B;C" if i < 5 else " A ; C " for i in range(10)}
    rng = np.random.default_rng(2)
    truth = rng.random(100) < 0.4
    marks = np.stack([truth ^ (rng.random(100) < 0.02) for _ in range(3)], axis=1)
    marks[50:, 1] = False
    found = by_key(agreement(coded(seen(marks, "trust", "ABC", 10)), talks(coders), **WHO))
    assert ("trust", "fleiss_kappa") in found and ("trust", "cohen_kappa") not in found
    alpha = found["trust", "alpha"]
    assert alpha.n == 250 and alpha.estimate > 0.8
    assert alpha.note.endswith("; 100 paragraphs, 3 coders, 50 judgements missing")
    assert alpha.note.startswith("at least .8: reliable")


@pytest.mark.parametrize(
    ("apart", "words"),
    [(0, "at least .8: reliable"), (15, "at least .667 and below .8: for tentative conclusions only")],
)
def test_a_band_says_in_words_what_an_alpha_allows(apart, words):
    marks = np.repeat([[1, 1], [0, 0]], [100, 100], axis=0)
    marks[:apart, 0] = 0
    marks[100 : 100 + apart, 1] = 1
    coders = {f"I{i}": "A;B" for i in range(20)}
    note = by_key(agreement(coded(seen(marks, "trust", "AB", 10)), talks(coders), **WHO))[
        "trust", "alpha"
    ].note
    assert note.startswith(words)
    assert ("its interval goes below .667" in note) == (apart > 0)


def test_with_fewer_than_six_interviews_units_are_drawn_and_the_method_warns():
    coders = {f"I{i}": "A;B" for i in range(5)}
    rows = agreement(coded(seen(CELLS, "trust", "AB", 20)), talks(coders, units=20), **WHO)
    method = by_key(rows)["trust", "alpha"].method
    assert "over units" in method and "too narrow where interviews differ" in method


def test_a_code_that_nobody_used_where_two_coded_is_said_to_be_undefined_and_left_out_of_the_pool():
    passages = seen(CELLS, "trust", "AB", 10)
    once = [("alone", "A", "money", 0)]
    interviews = talks({**TEN, "alone": "A"})
    found = by_key(agreement(coded([*passages, *once]), interviews, **WHO))
    for statistic in ("alpha", "cohen_kappa", "ac1", "positive_agreement"):
        row = found["money", statistic]
        assert (row.status, row.estimate, row.note) == ("undefined", None, NOBODY)
    assert found["money", "prevalence"].estimate == 0
    before = by_key(agreement(coded(passages), talks(TEN), **WHO))
    for key, row in before.items():
        assert found[key].estimate == row.estimate and found[key].n == row.n


def test_a_code_in_every_unit_has_no_alpha_and_no_agreement_on_absence():
    marks = np.ones((100, 2))
    found = by_key(agreement(coded(seen(marks, "trust", "AB", 10)), talks(TEN), **WHO))
    for key in (("trust", "alpha"), ("trust", "negative_agreement"), (ALL, "alpha"), (ALL, "cohen_kappa")):
        assert found[key].estimate is None
        assert found[key].note.startswith("undefined because")
    assert found["trust", "positive_agreement"].estimate == 1


def test_a_code_called_all_codes_is_not_taken_for_the_pool():
    rows = agreement(coded(seen(CELLS, "All codes", "AB", 10)), talks(TEN), **WHO)
    assert {row.measure for row in rows} == {"All codes (code)", ALL}
    assert len(collect(rows).results) == len(rows)


def test_a_withdrawn_interview_and_one_coder_alone_are_nowhere():
    segments = coded([("I1", "A", "trust", 0), ("I1", "B", "trust", 0), ("I2", "A", "trust", 0)])
    assert decisions(segments, talks({"I1": "A;B", "I2": "A"}, withdrawn=("I1",))) is None
    found = decisions(segments, talks({"I1": "A;B", "I2": "A"}))
    assert found.interviews == 1 and found.blank.shape == (10, 2)


def test_a_coder_who_marked_nothing_in_an_interview_judged_everything_absent():
    found = decisions(coded([("I1", "A", "trust", 3)]), talks({"I1": "A;B"}))
    assert found.of["trust"].sum().to_dict() == {"A": 1, "B": 0}


def test_no_row_holds_words_of_an_interview():
    segments = coded(seen(CELLS, "trust", "AB", 10)).assign(text="what Maria Quill said to us")
    rows = agreement(segments, talks(TEN), **WHO)
    assert not any("Quill" in field for row in rows for field in (row.note, row.method, row.id, row.category))


MARKS = st.lists(st.tuples(*[st.booleans()] * 6), min_size=8, max_size=24)


@settings(max_examples=12, deadline=None)
@given(MARKS, st.permutations("ABC"), st.permutations(["time", "trust"]))
def test_other_names_for_coders_and_for_codes_change_no_row(marks, coders, codes):
    both = np.array(marks).reshape(len(marks), 2, 3)

    def rows(coders: list[str], codes: list[str]) -> dict[tuple[str, str], Row]:
        passages = [p for c, code in enumerate(codes) for p in seen(both[:, c], code, "".join(coders), 2)]
        names = {f"I{i}": "A;B;C" for i in range((len(marks) + 1) // 2)}
        return by_key(agreement(coded(passages), talks(names, units=2), **WHO))

    first, second = rows(list("ABC"), ["time", "trust"]), rows(coders, codes)
    renamed = {"time": codes[0], "trust": codes[1], ALL: ALL}
    assert len(first) == len(second)
    for (measure, statistic), row in first.items():
        other = second[renamed[measure], statistic]
        assert (other.n, other.status, other.note) == (row.n, row.status, row.note)
        for field in ("estimate", "ci_low", "ci_high"):
            assert getattr(other, field) == pytest.approx(getattr(row, field))


@pytest.fixture(scope="module", params=(2023, 2024, 2025))
def planted(request):
    sys.path.insert(0, str(DEMO))
    try:
        from _demo.interviews import ADDED, MISSED, make_interviews, pooled_alpha
    finally:
        sys.path.remove(str(DEMO))
    made = make_interviews(request.param)
    return made, MISSED, ADDED, pooled_alpha(made)


def test_the_demos_planted_coders_are_recovered_within_their_interval(planted):
    """Coder B misses a share of A's passages and adds some: TRUTH.md, P2, all_codes.alpha."""
    made, missed, added, truth = planted
    passages = [
        (i.name, coder, p.code, p.paragraph)
        for i in made.interviews
        for p in i.passages
        for coder in p.coders
    ]
    interviews = pd.DataFrame(
        {
            "interview": [i.name for i in made.interviews],
            "coders": [";".join(i.coders) for i in made.interviews],
            "units": pd.array([i.text.count("\n") + 1 for i in made.interviews], dtype="Int64"),
            "withdrawn": [i.withdrawn for i in made.interviews],
        }
    )
    found = by_key(agreement(coded(passages), interviews, **WHO))
    alpha = found[ALL, "alpha"]
    assert alpha.estimate == pytest.approx(truth, abs=1e-3)
    # By the parameters, codes being rare: what both marked, twice, of all that either marked.
    double = [i for i in made.counted if len(i.coders) == 2]
    marked = sum("A" in p.coders for i in double for p in i.passages)
    expected = 2 * (1 - missed) * marked / ((2 - missed) * marked + added * len(double))
    assert alpha.ci_low < expected < alpha.ci_high
    assert found[ALL, "positive_agreement"].estimate == pytest.approx(expected, abs=0.05)
    assert alpha.people == len(double) == 8
