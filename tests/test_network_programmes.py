"""Rows of declared analyses of people and circles: what the demo study plants comes back through `prepare`,
and nothing singles out a person or a circle. The generator writes TRUTH.md, independently of the package."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.network.programmes_rows import (
    bridges_leave_curve,
    idea_spread_curve,
    programme_rows,
)
from ksn_research.disclose.cells import suppress
from ksn_research.pipeline import prepare
from ksn_research.plan import load_study
from ksn_research.plan.specs import Analysis
from ksn_research.prepared import Prepared
from ksn_research.results import Row, collect
from tests.survey_study import pick, prepared, roster
from tests.test_truth import DEMO, planted

COVERED: tuple[str, ...] = ()  # the reference files hold no circles, ideas or topics
EDITIONS = (2025, 2023) if os.environ.get("KSN_SOAK") else (2025,)
KINDS = ("two_mode", "spread", "informal", "expertise")


@pytest.fixture(scope="module")
def editions() -> list[Prepared]:
    study = load_study(DEMO)
    needed = {"organisations", "people", "circles", "attendance", "edges", "records"}
    study = replace(study, sources={n: s for n, s in study.sources.items() if s.kind in needed})
    return [prepare(study, year) for year in EDITIONS]


@pytest.fixture(scope="module")
def rows(editions: list[Prepared]) -> list[Row]:
    return [row for one in editions for row in programme_rows(one)]


@pytest.mark.parametrize(("programme", "least"), [("P13", 6), ("P14", 3), ("P16", 6)])
def test_what_is_planted_is_recovered(rows: list[Row], programme: str, least: int) -> None:
    truth = planted()
    truth = truth[
        (truth["programme"] == programme)
        & truth["quantity"].str.contains("|".join(f"[.]{k}[.]" for k in KINDS))
    ]
    found = {row.id: row.estimate for row in rows}
    here = truth[truth["id"].isin(found)]
    assert here.groupby("year").size().ge(least).all() and here["year"].nunique() >= 2
    off = (here["id"].map(found) - here["value"]).abs() > here["tolerance"] + 1e-6
    assert not off.any(), list(here.loc[off, "id"])


def test_every_planted_result_of_the_years_has_its_row(rows: list[Row]) -> None:
    truth, found = planted(), {row.id for row in rows}
    wanted = truth[truth["quantity"].str.contains("|".join(f"[.]{k}[.]" for k in KINDS))]
    years = {str(row.year) for row in rows}
    assert set(wanted.loc[wanted["year"].str.strip().isin(years), "id"]) <= found
    lines = (DEMO / "TRUTH.md").read_text(encoding="utf-8").splitlines()
    assert not [x for x in lines if x.startswith(("| P13 |", "| P14 |", "| P16 |")) and "`records:" in x]


def test_what_is_planted_is_seen_by_the_tests(rows: list[Row]) -> None:
    now = [row for row in rows if row.year == 2025]
    assert pick(now, statistic="adoption_ratio").p < 0.001
    assert pick(now, statistic="outside_range").p < 0.01
    ratio = pick(now, statistic="rate_ratio", category="conference")
    assert ratio.ci_low > 1 and ratio.p < 0.001
    most, lot = (pick(now, statistic="robustness", category=c) for c in ("most bridging first", "at random"))
    assert most.estimate < lot.estimate
    steps = [
        r for r in now if r.analysis == "expertise" and r.statistic == "share" and r.category != "uncovered"
    ]
    assert sum(r.estimate for r in steps) == pytest.approx(1) and len(steps) == 4


def test_rows_can_be_collected_and_each_says_how(rows: list[Row]) -> None:
    evidence = collect(rows)
    assert set(evidence.results["analysis"]) == set(KINDS)
    assert all(row.method and row.people is not None and row.organisations is not None for row in rows)
    assert set(evidence.totals["parent"]) <= set(evidence.results["id"])


def test_no_row_and_no_curve_names_a_person_or_a_circle(editions: list[Prepared], rows: list[Row]) -> None:
    tables = [f(editions[0]).astype(str).to_csv() for f in (bridges_leave_curve, idea_spread_curve)]
    text = " ".join([*(f"{r.id} {r.category} {r.level} {r.note} {r.method}" for r in rows), *tables])
    names = {*editions[0].people["member"], *editions[0].circles["circle"].dropna()}
    assert not [name for name in names if name in text.split()]
    assert {row.group for row in rows} == {"", "formality", "topic"}


def test_topics_of_few_are_suppressed_and_cannot_be_worked_out(rows: list[Row]) -> None:
    evidence = collect([row for row in rows if row.analysis == "expertise"])
    safe = suppress(evidence.results, evidence.support, evidence.totals, 5, 3)[0].set_index("id")
    for side in ("offers", "needs"):
        own = safe[(safe["group"] == "topic") & (safe["statistic"] == side)]
        counts = own["estimate"].dropna()
        assert ((counts == 0) | (counts >= 5)).all()
        lost = own.loc[own["status"] == "suppressed"].groupby("year").size()
        assert (lost != 1).all() and len(lost)


def test_curves_fall_and_rise_and_tell_of_no_few(editions: list[Prepared]) -> None:
    left = bridges_leave_curve(editions[0])
    for _, part in left.groupby(["year", "removal"]):
        assert (part["circles"].diff().dropna() <= 1e-9).all()
        assert (part["low"] <= part["circles"] + 1e-9).all() and (
            part["circles"] <= part["high"] + 1e-9
        ).all()
    first = left[left["removal"] == "most bridging first"]
    assert (first["people"] == first["removed"]).all()
    assert (left.loc[left["removal"] == "at random", "people"] > 100).all()
    spread = idea_spread_curve(editions[0])
    assert (spread.groupby("year")["circles"].diff().dropna() > 0).all()
    assert spread["circles"].min() >= 1


# ---- small worlds ----

PLAN = {
    "two_mode": {"circles": "circles"},
    "spread": {"source": "ideas", "idea": "idea", "circle": "circle", "date": "date", "circles": "circles",
               "gatherings": ["conference"]},
    "informal": {"help": "help", "official": "pairs"},
    "expertise": {"source": "words", "topic": "topic", "says": "kind", "offer": "offer", "need": "need"},
}  # fmt: skip


def declare(kind: str, made: Prepared, **more: object) -> list[Row]:
    analysis = Analysis("one", kind, "One", {**PLAN[kind], **more})
    return programme_rows(replace(made, study=replace(made.study, analyses={"one": analysis})))


def seats(*pairs: str) -> pd.DataFrame:
    frame = {"circle": [p[0] for p in pairs], "member": list(pairs)}
    frame["member"] = [p[1] for p in pairs]
    return roster("circles", {"year": [2025] * len(pairs), **frame})


def ties(source: str, *pairs: str) -> pd.DataFrame:
    ends = {"ego": [p[0] for p in pairs], "alter": [p[1] for p in pairs]}
    return roster("ties", {"year": [2025] * len(pairs), "source": source, "relation": source, **ends})


def table(**columns: list) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"year": pd.array([2025] * n, dtype="Int64"), **columns})
    return frame.astype({c: "str" for c in columns if c != "date"})


def shown(rows: list[Row]) -> pd.DataFrame:
    evidence = collect(rows)
    return suppress(evidence.results, evidence.support, evidence.totals, 5, 3)[0].set_index("id")


def test_one_person_in_two_circles_is_not_told_of() -> None:
    many = [f"{circle}{i}" for circle in "AB" for i in "12345678"]
    rows = declare(
        "two_mode", prepared(circles=seats(*(f"A{i}" for i in "1234567"), *(f"B{i}" for i in "7abcdef")))
    )
    assert pick(rows, statistic="bridging_people").estimate == 1
    assert (shown(rows)["status"] == "suppressed").all()
    everybody = declare("two_mode", prepared(circles=seats(*many)))
    assert (shown(everybody).loc["2025.circles.two_mode.one.linked_circles", "status"]) == "published"


def test_circles_without_any_bridge_are_told_of() -> None:
    apart = seats(*(f"A{i}" for i in "123456"), *(f"B{i}" for i in "abcdef"))
    rows = declare("two_mode", prepared(circles=apart))
    assert pick(rows, statistic="bridging_people").estimate == 0
    assert pick(rows, statistic="connected_pairs").estimate == 0
    lost = {row.statistic for row in rows if row.status == "undefined"}
    assert lost == {"two_mode_clustering", "robustness", "connected_half_left"}
    assert "suppressed" not in set(shown(rows)["status"])


def test_two_carriers_stay_unsaid_without_hiding_how_far_ideas_went() -> None:
    circles = seats(*(f"A{i}" for i in "123456xy"), *(f"B{i}" for i in "abcdefxy"))
    dates = pd.to_datetime(["2025-01-01", "2025-02-01"] * 2)
    ideas = table(idea=list("IIJJ"), circle=list("ABAB"), date=dates, carried_by=["", "x", "", "y"])
    rows = declare("spread", prepared(circles=circles, records={"ideas": ideas}), carried_by="carried_by")
    assert pick(rows, category="carried").estimate == 1
    safe = shown(rows)
    assert safe.loc["2025.ideas.spread.one[carried].share", "status"] == "suppressed"
    assert safe.loc["2025.ideas.spread.one.later_adoptions", "estimate"] == 2
    assert pick(rows, category="others").status == "undefined"
    assert not [row for row in rows if row.category.startswith("conference")]  # none was held


def test_without_carriers_or_dates_the_rest_is_said() -> None:
    ideas = table(idea=["I", "I"], circle=list("AB"), date=pd.to_datetime([None, None]))
    rows = declare("spread", prepared(circles=seats("Ax", "By"), records={"ideas": ideas}))
    assert pick(rows, statistic="median_days").status == "undefined"
    assert pick(rows, statistic="circles_reached").estimate == 2
    assert not [row for row in rows if row.category == "carried"]


def test_help_without_communities_is_of_the_whole_only() -> None:
    made = prepared(ties=pd.concat([ties("help", "ab", "bc", "ca"), ties("pairs", "ab")]))
    rows = declare("informal", made)
    assert {(row.statistic, row.group) for row in rows} == {
        ("outside_share", ""), ("helping_share", ""), ("jaccard", "")
    }  # fmt: skip
    assert pick(rows, statistic="outside_share").estimate == pytest.approx(2 / 3)
    assert pick(rows, statistic="jaccard").n == 3


def test_a_community_of_two_kinds_is_of_none() -> None:
    made = ties("help", "ab", "bc", "cd", "da").assign(topic=pd.array(["X", "Y", "Z", None], dtype="str"))
    said = table(group=["X", "Y", "Z", "Z"], rank=["formal", "informal", "formal", "informal"])
    rows = declare("informal", prepared(ties=pd.concat([made, ties("pairs", "ab")]), records={"said": said}),
                   communities="said", community="group", formality="rank")  # fmt: skip
    by = {row.level: row.n for row in rows if row.group == "formality"}
    assert by == {"formal": 1, "informal": 1, "not known": 2}
    assert pick(rows, statistic="outside_range").estimate == 1


def test_a_need_of_one_person_that_nobody_meets_stays_unsaid() -> None:
    words = table(member=list("abcdefgh"), topic=["law"] * 7 + ["maths"], kind=["offer"] * 1 + ["need"] * 7)
    rows = declare("expertise", prepared(records={"words": words}))
    assert pick(rows, statistic="topics").estimate == 1
    safe = shown(rows)
    assert safe.loc["2025.words.expertise.one[uncovered].topics", "status"] == "suppressed"
    assert safe.loc["2025.words.expertise.one@topic=maths.needs", "status"] == "suppressed"
    assert not [row for row in rows if row.statistic == "reached_share"]


def test_organisations_come_from_the_roster_of_the_year() -> None:
    people = roster(
        "people", {"year": [2025] * 4, "member": list("abcd"), "organisation": ["O1", "O1", "O2", None]}
    )
    made = prepared(ties=pd.concat([ties("help", "ab", "bc", "cd"), ties("pairs", "ab")]), people=people)
    assert pick(declare("informal", made), statistic="outside_share").organisations == 2
    assert (
        pick(declare("informal", replace(made, people=people[:0])), statistic="jaccard").organisations is None
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_without_the_records_has_no_rows(kind: str) -> None:
    assert declare(kind, prepared()) == []


def test_rows_do_not_depend_on_the_order_of_records() -> None:
    random = np.random.default_rng(1)
    words = table(member=[f"m{i}" for i in range(30)], topic=list("xyz") * 10, kind=["offer", "need"] * 15)
    shuffled = words.iloc[random.permutation(30)]
    assert declare("expertise", prepared(records={"words": words})) == declare(
        "expertise", prepared(records={"words": shuffled})
    )
