"""Estimates for a known roster: against R, by hand, and what must hold of any roster."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import answers, instrument, pick, roster

from ksn_research.analyse.survey.estimation.intervals import hypergeometric
from ksn_research.analyse.survey.roster.response import missing_of, response_rows, stopped_early
from ksn_research.analyse.survey.roster.roster_rows import roster_rows
from ksn_research.plan import Choice, Instrument, Measure, Question, Scale
from ksn_research.results import collect

FOLDER = Path(__file__).parent / "reference" / "survey"
REFERENCE = json.loads((FOLDER / "reference.json").read_text())["survey"]
OWN = json.loads((FOLDER / "roster.json").read_text())  # the R calls: roster.R beside it
# Entries that helper functions reproduce to 1e-6 elsewhere; here the rows of a report do.
COVERED = ("survey.srs_fpc_mean_api00", "survey.strat_by_stype_api00", "survey.strat_by_stype_schwide")
SIMPLE, BY_LEVEL = COVERED[0], COVERED[1:]
SOAK = bool(os.environ.get("KSN_SOAK"))

SCHOOLS = Instrument(
    "api", "Schools",
    {"wide": Question("wide", "select_one", "Target met", (Choice("Yes", "Yes"), Choice("No", "No")))},
    {"api00": Scale("api00", "Index", (), low=200, high=1000)},
    {"met": Measure("met", "Target met", "wide", ("Yes",))},
)  # fmt: skip
TYPES, WIDE = {"E": 4421, "H": 755, "M": 1018}, {"No": 1072, "Yes": 5122}


def schools(name):
    """A sample of Californian schools as respondents of a roster of all 6194, with the margins of R's."""
    sampled = pd.read_csv(FOLDER / f"{name}.csv")
    own = pd.DataFrame({"region": sampled["sch.wide"], "type": sampled["stype"]})
    rest = {}
    for column, sizes in (("region", WIDE), ("type", TYPES)):
        left = {level: size - int((own[column] == level).sum()) for level, size in sizes.items()}
        rest[column] = [level for level, size in left.items() for _ in range(size)]
    everyone = pd.concat([own, pd.DataFrame(rest)], ignore_index=True)
    everyone["member"] = [f"s{i}" for i in range(len(everyone))]
    rows = pd.DataFrame(
        {"year": 2025, "member": everyone["member"][: len(sampled)], "wide": sampled["sch.wide"],
         "api00": sampled["api00"].astype(float)}
    )  # fmt: skip
    return answers(rows, list(rows)), roster("people", {"year": 2025, **everyone.to_dict("list")})


def estimated(name, design=None):
    frame, people = schools(name)
    return roster_rows(frame, people, SCHOOLS, source="api", year=2025, design=design)


def close(expected):
    return pytest.approx(expected, rel=1e-6)


def test_equal_weights_are_a_simple_sample_of_the_roster():
    row = pick(estimated("apisrs"), measure="api00", statistic="mean", group="")
    expected = REFERENCE[SIMPLE.partition(".")[2]]  # svymean(~api00, svydesign(id=~1, fpc=~fpc, data=apisrs))
    assert row.estimate == close(expected["est"]["api00"])
    assert row.se == close(expected["se"]["api00"])
    # t with 199 degrees of freedom, where confint() takes the normal quantile
    assert row.ci_high - row.estimate == close(1.9719565442518 * expected["se"]["api00"])
    assert (row.n, row.population) == (200, 6194)


def test_strata_of_the_roster_are_rs_stratified_design():
    rows = estimated("apistrat", {"strata": "type"})
    whole = pick(rows, measure="api00", statistic="mean", group="")
    expected = REFERENCE["strat_mean_api00_tdf"]  # confint(svymean(~api00, dstrat), df=degf(dstrat))
    assert (whole.ci_low, whole.ci_high) == close(tuple(expected["ci"]))
    assert whole.se == close(REFERENCE["strat_mean_api00_api99"]["se"]["api00"])
    share = pick(rows, measure="met", statistic="share", group="")
    assert share.se == close(REFERENCE["strat_prop_schwide"]["se"]["sch.wideYes"])
    assert (share.ci_low, share.ci_high) == pytest.approx((0.7748146, 0.8706376), abs=5e-8)  # svy, wilson


@pytest.mark.parametrize("entry", BY_LEVEL)
def test_levels_that_are_strata_have_rs_domain_estimates(entry):
    rows, by = estimated("apistrat", {"strata": "type"}), REFERENCE[entry.partition(".")[2]]
    # R's svyby of api00, and of sch.wide, by stype, on dstrat with svymean
    share = "schwide" in entry
    names = ("stype", "sch.wideYes", "se.sch.wideYes") if share else ("level", "mean", "se")
    measure, statistic = ("met", "share") if share else ("api00", "mean")
    for level, estimate, se in zip(*(by[name] for name in names), strict=True):
        row = pick(rows, measure=measure, statistic=statistic, level=level)
        assert (row.estimate, row.se) == close((estimate, se))


WEIGHTED = [
    ("rake_api00", {"rake": ["type", "region"]}, "api00"),
    ("poststratify_api00", {"poststratify": ["type"]}, "api00"),
    ("poststratify_yes", {"poststratify": "type"}, "met"),
    ("trim_api00", {"rake": ["type", "region"], "trim": 1.01}, "api00"),
]


@pytest.mark.parametrize(("entry", "design", "measure"), WEIGHTED)
def test_weights_to_the_roster_are_those_of_r(entry, design, measure):
    rows = estimated("apisrs", design)
    row = pick(rows, measure=measure, statistic="share" if measure == "met" else "mean", group="")
    assert row.estimate == close(OWN[entry]["est"])
    # R's fpc is one number and its residuals are as fitted: with 200 answers and nearly equal weights ours,
    # made for smaller samples, are a little larger.
    assert OWN[entry]["se"] < row.se < 1.02 * OWN[entry]["se"]
    if f"phase_{entry}" in OWN:
        assert row.se == close(OWN[f"phase_{entry}"]["se"])


@pytest.mark.parametrize("entry", ["rake", "poststratify"])
def test_a_level_has_its_own_correction_and_its_own_small_sample_factor(entry):
    design = {"rake": ["type", "region"]} if entry == "rake" else {"poststratify": ["type"]}
    rows, by = estimated("apisrs", design), OWN[f"{entry}_by_api00_endless"]  # svyby without fpc
    for level, estimate, se in zip(by["level"], by["est"], by["se"], strict=True):
        n, size = OWN["counts"][level], TYPES[level]
        own = se * np.sqrt((1 - n / size) * n / (n - 1) * 199 / 200)
        own *= n / (n - 1) * np.sqrt(199 / 200)  # the leverage of each answer in its level is 1/n
        row = pick(rows, measure="api00", statistic="mean", level=level)
        assert (row.estimate, row.population) == close((estimate, size))
        # Exact where the weights within a level are equal.
        assert row.se == pytest.approx(own, rel=1e-6 if entry == "poststratify" else 2e-2)


def test_what_the_weighting_costs_is_told():
    rows = estimated("apisrs", {"rake": ["type", "region"]})
    told = {row.statistic: row.estimate for row in rows if row.analysis == "weights"}
    assert told["kish_deff"] == close(OWN["rake_kish"])
    assert told["effective_n"] == close(200 / OWN["rake_kish"])
    assert (told["smallest"], told["largest"]) == close(tuple(OWN["rake_range"]))
    assert told["trimmed"] == 0
    cut = estimated("apisrs", {"rake": ["type", "region"], "trim": 1.01})
    assert 0 < pick(cut, statistic="trimmed").estimate < 1
    assert "no weight above 1.01 times the mean" in pick(cut, statistic="trimmed").method
    assert not [row for row in estimated("apisrs") if row.analysis == "weights"]


PLAN = instrument()
PEOPLE = roster(
    "people",
    {"year": [2025] * 12, "member": [f"m{i}" for i in range(12)],
     "organisation": [f"o{i % 3}" for i in range(12)], "region": ["East"] * 5 + ["West"] * 7},
)  # fmt: skip
COLUMNS = ["year", "member", "valuable", "safety"]
# East answered wholly; of the 7 of the West 3 did: one no opinion, one without a score. x is on no roster.
GIVEN = answers(
    [
        [2025, "m0", "5", 4.0], [2025, "m1", "4", 3.0], [2025, "m2", "2", 3.0], [2025, "m3", "5", 5.0],
        [2025, "m4", "1", 2.0], [2025, "m5", "4", 4.0], [2025, "m6", "dont_know", 2.0],
        [2025, "m7", "3", np.nan], [2025, "x", "5", 5.0],
    ],
    COLUMNS,
)  # fmt: skip


def of_roster(frame=GIVEN, people=PEOPLE, plan=PLAN, **more):
    return roster_rows(frame, people, plan, source="pulse", year=2025, **more)


@pytest.mark.parametrize(
    ("measure", "statistic", "level", "n", "count", "estimate"),
    [
        ("valued", "share", "", 7, 4, 4 / 7),  # the don't-know stands outside
        ("valued", "lowest", "", 7, 4, 4 / 11),  # 4 of the roster are silent
        ("valued", "highest", "", 7, 4, 8 / 11),
        ("valued_all", "share", "", 8, 4, 4 / 8),  # the don't-know is an answer
        ("valued_all", "lowest", "", 8, 4, 4 / 12),
        ("valued", "share", "East", 5, 3, 3 / 5),
        ("valued", "lowest", "East", 5, 3, 3 / 5),  # nobody is silent
        ("valued", "lowest", "West", 2, 1, 1 / 6),  # 4 silent, and 1 of 3 without an opinion
        ("safety", "mean", "", 7, None, 23 / 7),
        ("safety", "lowest", "", 7, None, (23 + 5 * 1) / 12),  # who left it out is silent too
        ("safety", "highest", "", 7, None, (23 + 5 * 5) / 12),
    ],
)
def test_a_small_roster_can_be_counted_by_hand(measure, statistic, level, n, count, estimate):
    row = pick(of_roster(), measure=measure, statistic=statistic, level=level)
    assert (row.n, row.count, row.people) == (n, count, n)
    assert row.estimate == pytest.approx(estimate)
    assert row.population == {"": 12, "East": 5, "West": 7}[level]
    assert row.binary == (measure != "safety")
    assert (row.ci_low is None) == (statistic in ("lowest", "highest"))


def test_a_level_in_which_everybody_answered_has_no_sampling_error_and_the_others_have():
    rows = of_roster()
    for measure, statistic in (("valued", "share"), ("safety", "mean")):
        east = pick(rows, measure=measure, statistic=statistic, level="East")
        assert (east.se, east.ci_low, east.ci_high) == (0.0, east.estimate, east.estimate)
        assert "no sampling error" in east.method
        west = pick(rows, measure=measure, statistic=statistic, level="West")
        assert west.ci_low < west.estimate < west.ci_high
        assert west.se > 0


def test_an_exact_interval_knows_the_roster_and_how_many_have_an_opinion():
    row = pick(of_roster(), measure="valued", statistic="share", group="")
    # 7 of the 8 who answered have an opinion: of the 12 that is 10.5, so 11
    assert (row.ci_low, row.ci_high) == hypergeometric(4, 7, 11)
    assert "exact hypergeometric interval" in row.method
    assert "taken in proportion" in row.method
    whole = pick(of_roster(), measure="valued_all", statistic="share", group="")
    assert (whole.ci_low, whole.ci_high) == hypergeometric(4, 8, 12)


@pytest.mark.parametrize(
    ("extra", "kind"), [(88, "exact hypergeometric"), (89, "Wilson interval on the effective n")]
)
def test_a_roster_of_up_to_100_gets_the_exact_interval(extra, kind):
    silent = PEOPLE.iloc[[0] * extra].assign(member=[f"s{i}" for i in range(extra)])
    people = pd.concat([PEOPLE, silent], ignore_index=True)
    row = pick(of_roster(people=people), measure="valued", statistic="share", group="")
    assert row.population == len(PEOPLE) + extra
    assert kind in row.method


def test_every_estimate_says_on_what_it_rests():
    rows = of_roster()
    for row in rows:
        if row.statistic in ("mean", "share"):
            assert row.method.startswith(
                "estimate for this year's members if those who did not answer resemble those who did"
            )
            assert "1 who answered are not on the roster" in row.note
            assert "equal weights" in row.method
        else:
            assert row.method.startswith("worst case: everyone on the roster who did not answer")
    few = pick(rows, measure="safety", statistic="mean", level="West")
    assert "fewer than 10 answers on a scale with ends" in few.note
    assert few.ci_low >= (6 + 5 * 1) / 7 - 1e-12  # m5 and m6 known: a t interval would leave the scale
    evidence = collect(rows)
    assert evidence.totals["parent"].isin(evidence.results["id"]).all()


def test_answers_that_are_all_alike_have_an_interval_for_the_share_and_none_for_the_mean():
    frame = answers([[2025, f"m{i}", "5", 4.0] for i in range(6)], COLUMNS)
    rows = of_roster(frame)
    share = pick(rows, measure="valued", statistic="share", group="")
    assert (share.estimate, share.se, share.ci_high) == (1.0, None, 1.0)
    assert share.ci_low == hypergeometric(6, 6, 12)[0]
    mean = pick(rows, measure="safety", statistic="mean", group="")
    assert (mean.ci_low, mean.se) == (None, None)
    assert "no variation" in mean.note
    one = pick(rows, measure="safety", statistic="mean", level="West")
    assert (one.n, one.ci_low) == (1, None)
    assert "one answer" in one.note


def test_a_level_without_an_answer_is_undefined_and_says_so():
    rows = of_roster(GIVEN[:5])
    for statistic in ("share", "lowest", "highest"):
        row = pick(rows, measure="valued", statistic=statistic, level="West")
        assert (row.status, row.estimate, row.note) == ("undefined", None, "nobody answered")


@pytest.mark.parametrize(
    ("frame", "people", "reason"),
    [
        (GIVEN, PEOPLE[:0], "no roster"),
        (GIVEN.assign(member=pd.Series([None] * len(GIVEN), dtype="str")), PEOPLE, "no member codes"),
        (GIVEN[8:], PEOPLE, "nobody on the roster answered"),
        (GIVEN.assign(valuable=None, safety=np.nan), PEOPLE, "no question of it was answered"),
    ],
)
def test_without_a_match_there_is_nothing_to_estimate(frame, people, reason):
    assert of_roster(frame, people) == [], reason


def test_who_was_not_shown_a_question_stands_outside_and_who_skipped_it_is_silent():
    frame = GIVEN[:8].assign(valuable=["5", "4", "2", "5", "1", "4", None, None])
    kinds = {
        name: pick(
            of_roster(frame, gaps=pd.DataFrame({"valuable": [None] * 6 + [name] * 2})),
            measure="valued_all", statistic="lowest", group="",
        ).estimate
        for name in ("not_shown", "skipped")
    }  # fmt: skip
    assert kinds == {"not_shown": pytest.approx(4 / 10), "skipped": pytest.approx(4 / 12)}


def test_a_member_who_answered_twice_counts_once_with_the_last_answer():
    twice = pd.concat([GIVEN, GIVEN[:1].assign(valuable="1")], ignore_index=True)
    row = pick(of_roster(twice), measure="valued_all", statistic="share", group="")
    assert (row.n, row.count) == (8, 3)


def network(n=120, answered=80, seed=4):
    """A roster in 3 regions and 2 types of 30 organisations, whose answers depend on all of them."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {"member": [f"p{i}" for i in range(n)], "organisation": [f"o{i % 30}" for i in range(n)]}
    )
    people["region"] = np.array(["East", "West", "North"])[(np.arange(n) % 30) % 3]
    people["type"] = np.array(["fund", "college"])[(np.arange(n) % 30) % 2]
    score = 3 + (people["region"] == "West") * 0.6 + rng.normal(0, 0.5, n)
    point = np.clip(np.rint(score), 1, 5).astype(int).astype(str)
    came = rng.permutation(n)[:answered]
    rows = pd.DataFrame({"year": 2025, "member": people["member"], "valuable": point, "safety": score})
    return answers(rows.iloc[came].reset_index(drop=True), list(rows)), roster(
        "people", {"year": 2025, **people.to_dict("list")}
    )


DESIGNS = [
    None,
    {"rake": ["region", "type"]},
    {"poststratify": ["region"], "trim": 1.5},
    {"strata": "region"},
    {"clusters": "organisation"},
    {"strata": "region", "clusters": "organisation", "rake": ["region", "type"], "trim": 5.0},
]


@pytest.mark.parametrize("design", DESIGNS, ids=str)
@pytest.mark.parametrize("answered", [2, 30, 119, 120])
def test_a_census_has_no_sampling_error_and_nothing_less_has(design, answered):
    frame, people = network(answered=answered)
    rows = of_roster(frame, people, design=design)
    collect(rows)
    for row in rows:
        if row.statistic not in ("mean", "share") or not row.n:
            continue
        census = row.n == row.population
        assert census == ("no sampling error" in row.method)
        if census:
            assert (row.se, row.ci_low, row.ci_high) == (0, row.estimate, row.estimate)
        else:
            assert row.se is None or row.se > 0
            assert row.ci_low is None or row.ci_low < row.ci_high


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_the_order_of_answers_and_roster_changes_nothing(design):
    frame, people = network()
    shuffled = of_roster(
        frame.sample(frac=1, random_state=1), people.sample(frac=1, random_state=2), design=design
    )
    ours = {row.id: row for row in of_roster(frame, people, design=design)}
    assert {row.id for row in shuffled} == set(ours)
    for row in shuffled:
        same = ours[row.id]
        for name in ("estimate", "se", "ci_low", "ci_high"):
            assert getattr(row, name) == pytest.approx(getattr(same, name), abs=1e-9), row.id
        assert (row.n, row.population, row.method, row.note) == (
            same.n,
            same.population,
            same.method,
            same.note,
        )


@settings(max_examples=30 if SOAK else 12, deadline=None)
@given(st.integers(2, 60), st.integers(0, 1000))
def test_doubling_roster_and_answers_changes_no_estimate(answered, seed):
    frame, people = network(60, answered, seed)
    again = frame.assign(member=frame["member"] + "b"), people.assign(member=people["member"] + "b")
    twice = [pd.concat(pair, ignore_index=True) for pair in zip((frame, people), again, strict=True)]
    once, doubled = of_roster(frame, people), of_roster(*twice)
    for a, b in zip(once, doubled, strict=True):
        assert (a.id, b.estimate) == (b.id, pytest.approx(a.estimate))
        assert b.n == 2 * a.n


def test_clusters_that_answer_alike_widen_the_interval():
    frame, people = network(answered=90)
    offset = frame.merge(people[["member", "organisation"]], on="member")["organisation_y"]
    alike = frame.assign(safety=frame["safety"] + pd.factorize(offset)[0] % 5)
    se = {
        clusters: pick(
            of_roster(alike, people, design={"clusters": "organisation"} if clusters else None),
            measure="safety", statistic="mean", group="",
        ).se
        for clusters in (False, True)
    }  # fmt: skip
    assert se[True] > 1.2 * se[False]


def test_margins_with_few_answers_are_joined_and_it_is_said():
    frame, people = network(answered=70)
    small = people.assign(
        region=np.where(people["member"].isin(frame["member"][:4]), "Tiny", people["region"])
    )
    row = pick(
        of_roster(frame, small, design={"rake": ["region"]}), measure="safety", statistic="mean", group=""
    )
    assert "joined" in row.method
    assert "Tiny" in row.method


def test_a_margin_whose_levels_all_have_few_answers_is_not_used_and_it_is_said():
    frame, people = network(answered=8)  # about 3 in each of 3 regions, 4 of each of 2 types
    for columns in (["region"], ["region", "type"]):
        rows = of_roster(frame, people, design={"rake": columns})
        row = pick(rows, measure="safety", statistic="mean", group="")
        assert "not weighted as declared: not by region: fewer than two levels have 5 answers" in row.note
        assert "equal weights" in row.method


def test_weights_that_cannot_be_made_leave_the_sample_unweighted_and_say_why():
    # Only funds of the East and colleges of the West answered: no weights give both margins of the roster.
    cells = {("East", "fund"): 40, ("East", "college"): 60, ("West", "fund"): 20, ("West", "college"): 30}
    people = pd.DataFrame(
        [cell for cell, size in cells.items() for _ in range(size)], columns=["region", "type"]
    )
    people["member"] = [f"p{i}" for i in range(len(people))]
    came = people[(people["region"] == "East") == (people["type"] == "fund")].groupby("region").head(30)
    frame = answers([[2025, member, "5", 3.0] for member in came["member"]], COLUMNS)
    listed = roster("people", {"year": 2025, **people.to_dict("list")})
    row = pick(
        of_roster(frame, listed, design={"rake": ["region", "type"]}),
        measure="safety", statistic="mean", group="",
    )  # fmt: skip
    assert "not weighted as declared: raking did not converge" in row.note
    assert "equal weights" in row.method


def test_a_column_that_the_roster_lacks_is_left_out_and_circles_may_come_from_the_answers():
    frame, people = network(answered=100)
    design = {"rake": ["sector", "region"], "clusters": "circle"}
    frame["circle"] = pd.Series([f"c{i % 12}" for i in range(99)] + [None], dtype="str")
    rows = of_roster(frame, people.drop(columns="sector", errors="ignore"), design=design)
    row = pick(rows, measure="safety", statistic="mean", group="")
    assert row.note == "left out of the weighting: the roster has no sector"
    assert "respondents of one circle taken as a cluster; raked to region" in row.method


def response_of(partial):
    frame, people = network(answered=80)
    missing = pd.DataFrame({"valuable": pd.Categorical(["stopped"] * partial + [None] * (80 - partial))})
    return frame, people, missing


def test_rr1_counts_completes_and_rr2_partials_too():
    from survey_study import prepared, wave

    frame, people, missing = response_of(12)
    made = prepared(
        kinds={"pulse": "survey"}, responses={"pulse": frame}, missing={"pulse": missing}, people=people
    )
    stopped = stopped_early(missing_of(made, "pulse", wave(2025)))
    rows = response_rows(made, frame["member"], source="pulse", year=2025, stopped=stopped)
    collect(rows)
    # AAPOR: RR2 = (I + P) / N = 80 / 120, RR1 = I / N = 68 / 120
    rr2, rr1 = (pick(rows, statistic=name, group="") for name in ("rate", "rate_complete"))
    assert (rr2.estimate, rr2.n) == (pytest.approx(80 / 120), 80)
    assert (rr1.estimate, rr1.n) == (pytest.approx(68 / 120), 68)
    assert "AAPOR RR2" in rr2.method
    assert "completes and partials" in rr2.method
    assert "AAPOR RR1" in rr1.method
    for level in ("East", "North", "West"):
        assert (
            pick(rows, statistic="rate_complete", level=level).n
            <= pick(rows, statistic="rate", level=level).n
        )


def test_without_a_table_of_what_is_missing_there_is_no_rr1():
    from survey_study import prepared, wave

    frame, people, _ = response_of(0)
    made = prepared(kinds={"pulse": "survey"}, responses={"pulse": frame}, people=people)
    assert missing_of(made, "pulse", wave(2025)) is None
    rows = response_rows(made, frame["member"], source="pulse", year=2025, stopped=stopped_early(None))
    assert {row.statistic for row in rows} == {"respondents", "rate"}
    assert "completes" not in pick(rows, statistic="rate", group="").method


def test_weighting_takes_out_a_planted_nonresponse_and_its_interval_covers():
    rng, draws = np.random.default_rng(11), 1000 if SOAK else 40
    frame, people = network(n=360, answered=360)
    truth = frame.set_index("member")["safety"].mean()
    west = frame["member"].map(people.set_index("member")["region"]).eq("West").to_numpy()
    simple, hits = replace(PLAN, measures={}), {"rake": 0, "strata": 0, "": 0}
    for _ in range(draws):
        came = frame[rng.random(360) < np.where(west, 0.7, 0.25)].reset_index(drop=True)
        for kind in hits:
            rows = of_roster(came, people, simple, design={kind: "region"} if kind else None)
            row = pick(rows, measure="safety", statistic="mean", group="")
            hits[kind] += row.ci_low <= truth <= row.ci_high
    # 95 %, give or take three standard errors of the simulation; unweighted the West counts too much
    slack = 3 * np.sqrt(0.05 * 0.95 / draws)
    assert 0.95 - slack <= hits["rake"] / draws
    assert 0.95 - slack <= hits["strata"] / draws
    assert hits[""] / draws < 0.5
