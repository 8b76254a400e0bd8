"""Recognition, give and take, funnels: declared analyses on records that fit on a page."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey_study import pick, prepared, roster

from ksn_research.analyse.engagement.recognition import ANY, reciprocity
from ksn_research.analyse.engagement.section import analyse_engagement
from ksn_research.analyse.engagement.views import NO_VIEWS, STEADY, half_life, viewing_steps
from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.structure import reciprocity as of_matrix
from ksn_research.disclose.cells import suppress
from ksn_research.plan.specs import Analysis
from ksn_research.results import collect


def study_of(kind, options, kinds=None, **tables):
    """The rows of one declared analysis named "it"."""
    made = prepared(kinds=kinds or {}, **tables)
    study = replace(made.study, analyses={"it": Analysis("it", kind, "It", options)})
    return [row for row in analyse_engagement(replace(made, study=study)) if row.analysis == kind]


def year_of(frame):
    return pd.DataFrame(frame).assign(year=pd.array([2025] * len(next(iter(frame.values()))), "Int64"))


# a thanks b three times, b returns it; c and d thank b; e brought something and is never thanked
THANKS = roster("ties", {
    "year": [2025] * 6, "source": ["thanks"] * 6, "relation": ["thanks"] * 6,
    "ego": ["a", "a", "a", "b", "c", "d"], "alter": ["b", "b", "b", "a", "b", "b"],
})  # fmt: skip
PEOPLE = roster("people", {
    "year": [2025] * 5, "member": list("abcde"), "organisation": ["o1", "o1", "o2", "o2", "o3"],
    "region": ["East", "East", "East", "West", "West"],
})  # fmt: skip
CAME = roster("attendance", {
    "year": [2025] * 3, "event": ["e1"] * 3, "kind": ["session"] * 3, "member": ["a", "d", "G1"],
    "date": pd.to_datetime(["2025-01-01"] * 3),
})  # fmt: skip
SHEETS = year_of({"member": ["a", "c", "e", "b"], "brought": ["idea", "idea", "idea", "nothing"]})


def thanked(**more):
    options = {
        "source": "thanks", "contributors": ["sheets", "attendance"], "nothing": {"brought": "nothing"},
    }  # fmt: skip
    kinds = {"thanks": "edges", "sheets": "records", "attendance": "attendance"}
    tables = {"ties": THANKS, "people": PEOPLE, "attendance": CAME, "records": {"sheets": SHEETS}, **more}
    return study_of("recognition", options, kinds, **tables)


@pytest.mark.parametrize(
    ("category", "level", "never", "of"),
    [
        ("sheets", "", 2, 3),  # a, c, e brought something; b brought nothing
        ("attendance", "", 1, 2),  # a, d; the guest is on no roster
        (ANY, "", 3, 4),
        (ANY, "East", 1, 2),
        (ANY, "West", 2, 2),
    ],
)
def test_who_contributed_and_was_never_thanked(category, level, never, of):
    row = pick(thanked(), category=category, level=level, statistic="never_thanked_share")
    assert (row.estimate, row.n, row.count, row.binary) == (pytest.approx(never / of), of, never, True)
    assert row.ci_low < row.estimate or row.estimate == 0
    assert "came to a recorded event" in row.method or category == "sheets"


def test_concentration_counts_each_thank_and_reciprocity_each_pair():
    rows = thanked()
    assert pick(rows, statistic="thanks").estimate == 6
    # received: a 1, b 5; with 2 people the tenth is a fifth of the larger one, Gini (2*(1+10)/12) - 1.5
    gini = pick(rows, statistic="gini", category="")
    assert (gini.estimate, gini.status) == (None, "undefined")  # of two people nothing can be left out
    # contributors a, c, d, e: one of four has all: (2 * 4 / (4 * 1)) - 5/4
    assert pick(rows, statistic="gini", category=ANY).estimate == pytest.approx(0.75)
    # ordered pairs ab, ba, cb, db: two of four returned
    assert pick(rows, statistic="reciprocity").estimate == 0.5


def test_nobody_thanked_is_said_in_words():
    own = THANKS.assign(alter=THANKS["ego"])  # all thank themselves
    rows = thanked(ties=own)
    assert pick(rows, statistic="reciprocity").note == "nobody was thanked"
    assert pick(rows, category=ANY, level="", statistic="never_thanked_share").estimate == 1


def test_reciprocity_from_two_columns_is_that_of_the_matrix():
    random = np.random.default_rng(1)
    names = np.array([f"m{i}" for i in range(30)], dtype=object)
    ego, alter = names[random.integers(0, 30, 200)], names[random.integers(0, 30, 200)]
    fine = ego != alter
    ego, alter = ego[fine], alter[fine]
    ties = pd.DataFrame({"relation": "t", "directed": True, "ego": ego, "alter": alter})
    asked = pd.DataFrame({"relation": "t", "node": names, "observed": True})
    matrix = of_matrix(adjacency(ties, asked, names, "t"))
    ours = reciprocity(ego, alter)
    assert set(ego) | set(alter) == set(names)
    assert (ours.value, ours.se, ours.low) == pytest.approx((matrix.value, matrix.se, matrix.low))


# three people, two sessions; the last sheet says nothing about taking
GIVEN = year_of({
    "event": ["s1", "s1", "s2", "s2", "s2"], "member": ["a", "b", "a", "b", "c"],
    "brought": ["idea", "Nothing", "case", "idea", "idea"], "took": ["yes", "no", "yes", "yes", None],
})  # fmt: skip


def exchanged():
    options = {"source": "s", "brought": "brought", "took_away": "took", "nothing": ["nothing", "no"]}
    return study_of("exchange", options, {"s": "records"}, records={"s": GIVEN}, people=PEOPLE)


@pytest.mark.parametrize(
    ("category", "statistic", "value", "n"),
    [
        ("brought", "share", 4 / 5, 5),
        ("took away", "share", 3 / 4, 4),  # c did not answer
        ("both", "share", 3 / 4, 4),
        ("neither", "share", 1 / 4, 4),
        ("only brought", "share", 0, 4),
        ("brought: idea", "share", 3 / 5, 5),
        ("brought at least once", "people_share", 1, 3),
        ("took away at least once", "people_share", 1, 2),
        ("both", "sessions_share", 1, 2),
    ],
)
def test_sheets_people_and_sessions_have_their_own_denominators(category, statistic, value, n):
    row = pick(exchanged(), category=category, statistic=statistic)
    assert (row.estimate, row.n) == (pytest.approx(value), n)


def test_the_balance_is_paired_and_clustered_by_person():
    # all four differences are 0: a: yes-yes twice, b: no-no and yes-yes
    row = pick(exchanged(), statistic="balance")
    assert (row.estimate, row.n, row.note) == (0, 4, "no variation: no interval")


def test_a_planted_balance_is_recovered():
    random = np.random.default_rng(12)
    people = [f"m{i}" for i in range(100)]
    given = year_of({
        "member": np.repeat(people, 10), "brought": np.where(random.random(1000) < 0.5, "idea", "nothing"),
        "took": np.where(random.random(1000) < 0.7, "yes", "no"),
    })  # fmt: skip
    options = {"source": "s", "brought": "brought", "took_away": "took", "nothing": ["nothing", "no"]}
    row = pick(study_of("exchange", options, {"s": "records"}, records={"s": given}), statistic="balance")
    assert row.ci_low < 0.2 < row.ci_high and row.ci_high - row.ci_low < 0.1


DAY = roster("attendance", {
    "year": [2025] * 4, "event": ["d1", "d1", "d2", "d2"], "kind": ["day"] * 4,
    "member": ["a", "b", "a", "G1"], "date": pd.to_datetime(["2025-10-03"] * 4),
})  # fmt: skip
VIEWED = year_of({
    "member": ["a", "a", "c", "z", "d"], "video": ["v1", "v2", "v1", "v1", "v2"],
    "time": pd.to_datetime(["2025-10-04", "2025-10-20", "2025-10-05", "2025-10-06", "2025-10-03"]),
    "watched": [1.0, 0.2, 0.6, 1.0, 0.1],
})  # fmt: skip


def funnel(people=PEOPLE):
    options = {"gathering": "day", "source": "v", "item": "video", "time": "time", "watched": "watched",
               "half": 0.5, "finished": 1.0}  # fmt: skip
    return study_of(
        "funnel", options, {"v": "records", "attendance": "attendance"}, attendance=DAY, people=people,
        records={"v": VIEWED},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("category", "level", "people", "of"),
    [
        ("invited", "", 5, 5),
        ("viewed", "", 3, 5),  # a, c, d; z is on no roster
        ("watched half", "", 2, 5),
        ("finished", "", 1, 5),
        ("viewed", "came", 1, 2),
        ("viewed", "others", 2, 3),
    ],
)
def test_steps_are_of_those_who_were_invited(category, level, people, of):
    row = pick(funnel(), category=category, level=level, statistic="people")
    assert (row.estimate, row.n) == (people, of)
    if category != "invited":
        assert pick(funnel(), category=category, level=level, statistic="share").estimate == people / of


def test_each_step_is_also_a_share_of_the_one_before():
    assert pick(funnel(), category="finished", level="", statistic="step_share").estimate == 1 / 2
    none = pick(funnel(), category="finished", level="others", statistic="step_share")
    assert (none.estimate, none.n) == (0, 1)


def test_sessions_are_shares_of_those_who_came_to_the_gathering():
    rows = [row for row in funnel() if row.source == "attendance"]
    assert pick(rows, category="session d1", statistic="share").estimate == 2 / 3
    assert pick(rows, category="2 sessions", statistic="share").estimate == 1 / 3
    assert pick(rows, statistic="mean_sessions").estimate == 4 / 3


def test_weeks_count_from_the_end_of_the_day_and_leave_out_what_came_before():
    rows = funnel()
    weeks = {row.category: row.estimate for row in rows if row.category.startswith("week") and not row.level}
    assert [weeks[f"week {k:02d}"] for k in (1, 2, 3)] == [3, 0, 1]  # the view on the day itself is in none
    assert pick(rows, category="items", statistic="views").estimate == 5
    assert pick(rows, category="item v1", statistic="finished_share").estimate == pytest.approx(2 / 3)


def test_who_left_before_the_day_was_not_invited():
    gone = PEOPLE.assign(left=pd.to_datetime(["2025-10-02", "2025-10-03", None, None, None]))
    assert pick(funnel(gone), category="invited", level="").estimate == 4


def test_a_gathering_without_anything_on_line_has_its_sessions_only():
    options = {"gathering": "day", "half": 0.5, "finished": 1.0}
    rows = study_of("funnel", options, {"attendance": "attendance"}, attendance=DAY)
    assert {row.category.split()[0] for row in rows} == {"gathering", "session", "1", "2", "3"}


def test_views_of_which_nobody_knows_how_far_they_went_have_two_steps():
    steps = viewing_steps(pd.Index(["a", "b"]), pd.DataFrame({"member": ["a"]}))
    assert {name: int(at.sum()) for name, at in steps.reached.items()} == {"invited": 2, "viewed": 1}


def test_the_half_life_maximises_the_likelihood_of_a_cut_exponential():
    from scipy.optimize import minimize_scalar
    from scipy.stats import truncexpon

    wait = np.array([0.5, 1, 2, 2.5, 4, 9])

    def less(rate):
        return -truncexpon(b=10 * rate, scale=1 / rate).logpdf(wait).sum()

    rate = minimize_scalar(less, bounds=(1e-3, 5), method="bounded", options={"xatol": 1e-10}).x
    found = half_life(wait, np.arange(6), 10)
    assert found.value == pytest.approx(np.log(2) / rate, rel=1e-5)
    assert found.low < found.value < (found.high or np.inf)


@pytest.mark.parametrize(
    ("wait", "why"), [([], NO_VIEWS), ([6.0, 7.0], STEADY), ([5.0], STEADY), ([1.0, 2.0], "")]
)
def test_views_that_do_not_fall_have_no_half_life(wait, why):
    found = half_life(np.array(wait), np.arange(len(wait)), 10)
    assert (found.value is None, found.why) == (bool(why), why)


def test_a_planted_half_life_is_covered_when_people_view_in_bouts():
    random, hits = np.random.default_rng(7), 0
    for _ in range(300):
        person = random.integers(0, 80, 200)
        own = random.exponential(12 / np.log(2), 80)  # half of each one's views come in the same bout
        wait = np.where(random.random(200) < 0.5, own[person], random.exponential(12 / np.log(2), 200))
        inside = wait < 60
        found = half_life(wait[inside], person[inside], 60)
        hits += found.low <= 12 <= (found.high or np.inf)
    assert hits / 300 == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize("made", [thanked, exchanged, funnel], ids=["recognition", "exchange", "funnel"])
def test_rows_keep_the_contract_and_what_rests_on_few_is_not_shown(made):
    evidence = collect(made())
    assert evidence.totals["parent"].isin(evidence.results["id"]).all()
    shown = suppress(evidence.results, evidence.support, evidence.totals, 10, 3)[0]
    assert set(shown["status"]) <= {"suppressed", "undefined", "published"}
    assert (shown.loc[shown["status"] == "published", "estimate"] == 0).all()  # a nought is of nobody
