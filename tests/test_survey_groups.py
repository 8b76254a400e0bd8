"""Declared comparisons of levels: the rows, whom they rest on, families, and what disclosure keeps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey_study import answers, pick, prepared, roster, wave

from ksn_research.analyse.survey.comparison.compare import share_difference, welch
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.analyse.survey.comparison.group_blocks import Sampled
from ksn_research.analyse.survey.comparison.group_tests import group_rows
from ksn_research.analyse.survey.comparison.rank import mann_whitney
from ksn_research.analyse.survey.estimation.design import survey_design
from ksn_research.analyse.survey.groups import sample
from ksn_research.analyse.survey.proportions import two_sided
from ksn_research.analyse.survey.scale.scales import scale_rows
from ksn_research.disclose.cells import suppress
from ksn_research.plan import Analysis
from ksn_research.results import collect


def study(region, scores, valuable, of=("pulse.safety", "pulse.valued"), correction="holm", **more):
    """A survey of one wave with a scale and a share, and one block of comparisons by `by`."""
    n = len(region)
    columns = {
        "year": [2025] * n,
        "member": [f"M{i:03}" for i in range(n)],
        "region": region,
        "organisation": [f"O{i % 20:02}" for i in range(n)],
        "valuable": valuable,
    }
    frame = answers(pd.DataFrame(columns), list(columns)).assign(safety=scores)
    made = prepared(
        waves={"pulse": (wave(2024), wave(2025))}, responses={"pulse": frame}, kinds={"pulse": "survey"},
        **{name: more[name] for name in ("people",) if name in more},
    )  # fmt: skip
    options = {"of": list(of), "by": more.get("by", "region"), "correction": correction}
    block = Analysis("places", "groups", "Places compared", options)
    return replace(made, study=replace(made.study, analyses={"places": block}))


def seeded(n=120, seed=1, effect=0.0):
    rng = np.random.default_rng(seed)
    region = rng.choice(np.array(["East", "West", "North", None], dtype=object), n, p=[0.3, 0.3, 0.3, 0.1])
    scores = rng.normal(3, 0.7, n) + effect * (region == "East")
    scores[rng.random(n) < 0.05] = np.nan
    return region, scores, rng.choice(["1", "2", "3", "4", "5", "dont_know"], n)


def test_each_level_is_compared_with_all_others_whose_level_is_known():
    region, scores, valuable = seeded(effect=0.5)
    rows = group_rows(study(region, scores, valuable))
    east, rest = scores[region == "East"], scores[pd.notna(region) & (region != "East")]
    expected = welch(east, rest)
    found = {s: pick(rows, measure="safety", level="East", statistic=s) for s in ("difference", "hedges_g")}
    assert found["difference"].estimate == pytest.approx(expected.difference)
    assert (found["difference"].ci_low, found["difference"].p) == pytest.approx((expected.ci_low, expected.p))
    assert found["hedges_g"].estimate == pytest.approx(expected.hedges_g)
    assert found["difference"].n == sum(expected.n)
    delta = pick(rows, measure="safety", level="East", statistic="cliffs_delta")
    ranked = mann_whitney(east, rest)
    assert (delta.estimate, delta.p) == pytest.approx((ranked.delta[0, 0], ranked.p[0, 0]))
    assert {(row.analysis, row.category, row.group, row.year) for row in rows} == {
        ("groups", "places", "region", 2025)
    }
    assert {row.level for row in rows} == {"", "East", "West", "North"}


def test_a_share_is_compared_by_newcombes_interval_inside_its_denominator():
    region, scores, valuable = seeded()
    row = pick(group_rows(study(region, scores, valuable)), measure="valued", level="West")
    values = np.where(valuable == "dont_know", np.nan, np.isin(valuable, ["4", "5"]))
    expected = share_difference(values[region == "West"], values[pd.notna(region) & (region != "West")])
    assert (row.estimate, row.ci_low, row.ci_high) == pytest.approx(
        (expected.difference, expected.ci_low, expected.ci_high)
    )
    assert row.statistic == "difference"
    assert "Newcombe" in row.method


@pytest.mark.parametrize("correction", ["holm", "benjamini-hochberg"])
@pytest.mark.parametrize(
    ("statistics", "tests"), [(("difference",), 6), (("cliffs_delta",), 3), (("kruskal_h", "rao_scott_f"), 2)]
)
def test_a_block_is_corrected_as_families_that_are_told(statistics, tests, correction):
    rows = group_rows(study(*seeded(effect=0.3), correction=correction))
    family = [row for row in rows if row.statistic in statistics]
    assert [row.p_adjusted for row in family] == pytest.approx(adjust([row.p for row in family], correction))
    by = {"holm": "Holm", "benjamini-hochberg": "Benjamini & Hochberg"}[correction]
    assert all(f"p adjusted by {by} over {tests} " in row.method for row in family)
    assert all('"Places compared"' in row.method for row in family)


def test_of_two_levels_the_second_is_not_told_again():
    region, scores, valuable = seeded()
    region = np.where(region == "North", "West", region)
    rows = group_rows(study(region, scores, valuable))
    assert {row.level for row in rows} == {"", "East"}
    assert "over 2 differences" in pick(rows, measure="safety", statistic="difference").method


def test_a_column_that_the_answers_lack_is_looked_up_on_the_roster():
    region, scores, valuable = seeded()
    roles = np.resize(["lead", "staff", "volunteer"], len(region))
    people = roster(
        "people",
        {"year": [2025] * len(region), "member": [f"M{i:03}" for i in range(len(region))], "role": roles},
    )
    rows = group_rows(study(region, scores, valuable, by="role", people=people))
    expected = welch(scores[roles == "lead"], scores[roles != "lead"])
    row = pick(rows, measure="safety", level="lead", statistic="difference")
    assert row.estimate == pytest.approx(expected.difference)


@pytest.mark.parametrize(
    ("region", "note"),
    [([None] * 30, "nobody's region is known"), (["East"] * 30, "fewer than 2 levels with enough answers")],
)
def test_where_there_is_nothing_to_compare_it_is_said(region, note):
    scores, valuable = np.arange(30.0), ["4"] * 30
    whole = [row for row in group_rows(study(region, scores, valuable)) if row.level == ""]
    assert {row.statistic for row in whole} == {"kruskal_h", "epsilon_squared", "rao_scott_f"}
    assert {(row.status, row.note, row.estimate) for row in whole} == {("undefined", note, None)}


def test_a_level_of_few_is_left_out_of_the_test_of_all_and_undefined_by_itself():
    region, scores, valuable = seeded()
    known = pd.notna(region)
    region[np.flatnonzero(known)[0]] = "Far"
    scores[np.flatnonzero(known)[0]] = 3.0
    rows = group_rows(study(region, scores, valuable))
    far = pick(rows, measure="safety", level="Far", statistic="difference")
    assert (far.status, far.note, far.people) == ("undefined", "fewer than 2 people on one side", 1)
    whole = pick(rows, measure="safety", statistic="kruskal_h")
    assert "levels with fewer than 5 answers are left out (1)" in whole.note
    assert "2 degrees of freedom" in whole.note


def test_support_is_the_smaller_side_and_of_a_share_the_rarer_answer():
    region = np.array(["East"] * 30 + ["West"] * 12 + ["North"] * 18, dtype=object)
    valuable = np.array(["4"] * 24 + ["1"] * 6 + ["4"] * 10 + ["1"] * 2 + ["4"] * 9 + ["1"] * 9)
    rows = group_rows(study(region, np.arange(60.0), valuable))
    assert pick(rows, measure="safety", level="West", statistic="difference").people == 12
    assert pick(rows, measure="safety", level="East", statistic="difference").people == 30
    west = pick(rows, measure="valued", level="West", statistic="difference")
    assert (west.people, west.count, west.binary) == (12, 10, True)
    assert pick(rows, measure="valued", statistic="rao_scott_f").count == 10


def published(made):
    """The rows of a study with those that stand in other analyses, after disclosure control."""
    frame, instrument = made.responses["pulse"], made.waves["pulse"][-1].instrument
    whole = sample(frame, source="pulse", year=2025, by=("region",))
    question, measure = instrument.questions["valuable"], instrument.measures["valued"]
    values = np.where(frame["valuable"] == "dont_know", np.nan, frame["valuable"].isin(measure.choices))
    others = [
        *scale_rows(whole, instrument, instrument.scales["safety"]),
        *two_sided(whole, values, analysis="shares", measure=measure.name, method=question.label),
    ]
    evidence = collect([*group_rows(made), *others])
    return suppress(evidence.results, evidence.support, evidence.totals, 5, 3)[0]


@pytest.mark.parametrize("seed", range(8))
def test_a_difference_does_not_give_a_suppressed_mean_or_share_away(seed):
    rng = np.random.default_rng(seed)
    region = rng.choice(
        np.array(["East", "West", "North", "South"], dtype=object), 60, p=[0.5, 0.3, 0.13, 0.07]
    )
    made = study(region, rng.normal(3, 1, 60), rng.choice(["1", "4", "5"], 60, p=[0.2, 0.4, 0.4]))
    made.responses["pulse"]["safe_1"] = made.responses["pulse"]["safe_2"] = "3"
    shown = published(made).set_index(["analysis", "measure", "level", "statistic"])["status"]
    hidden = 0
    for level in ("East", "West", "North", "South"):
        for own, measure, statistic in (("scales", "safety", "mean"), ("shares", "valued", "share")):
            if shown.get((own, measure, level, statistic)) == "suppressed":
                hidden += 1
                assert shown.get(("groups", measure, level, "difference"), "suppressed") != "published"
        if shown.get(("groups", "valued", level, "difference")) == "suppressed":
            assert shown["groups", "valued", "", "rao_scott_f"] == "suppressed"
    assert hidden


def test_with_a_design_the_tests_are_the_designs_and_weights_count():
    region, scores, valuable = seeded(effect=0.4)
    weights = np.where(np.arange(120) % 2, 3.0, 1.0)
    design = survey_design(weights=weights)
    sampled = Sampled(np.arange(120), design, "raked by hand")
    rows = group_rows(study(region, scores, valuable), {"pulse": sampled})
    assert all(row.method.partition("; p adjusted")[0].endswith("; raked by hand") for row in rows)
    row = pick(rows, measure="safety", level="East", statistic="difference")
    known = ~np.isnan(scores) & pd.notna(region)
    east, rest = known & (region == "East"), known & (region != "East")
    weighted = [np.average(scores[side], weights=weights[side]) for side in (east, rest)]
    assert row.estimate == pytest.approx(weighted[0] - weighted[1])
    assert "design-based t test" in row.method
    assert "Rao & Scott" in pick(rows, measure="valued", statistic="rao_scott_f").method
    assert "Lumley & Scott" in pick(rows, measure="safety", statistic="kruskal_h").method


def test_answers_outside_the_design_are_left_out():
    made, rows = study(*seeded(n=60)), np.arange(0, 60, 2)
    kept = group_rows(made, {"pulse": Sampled(rows, survey_design(30))})
    assert {row.n for row in kept if row.measure == "safety"} <= set(range(1, 31))


def test_equal_weights_give_nearly_what_no_design_gives():
    made = study(*seeded(n=400, effect=0.3))
    plain, equal = group_rows(made), group_rows(made, {"pulse": Sampled(np.arange(400), survey_design(400))})
    assert not [row for row in equal if row.method.endswith("; ")]
    for row in plain:
        if row.statistic in ("difference", "hedges_g", "cliffs_delta", "rao_scott_f"):
            other = pick(equal, measure=row.measure, level=row.level, statistic=row.statistic)
            assert other.estimate == pytest.approx(row.estimate, rel=0.02)
            if row.ci_low is not None:
                assert other.ci_low == pytest.approx(row.ci_low, abs=0.03)


def test_a_planted_difference_is_recovered_and_none_is_not_invented():
    planted = group_rows(study(*seeded(n=400, seed=3, effect=0.6)))
    row = pick(planted, measure="safety", level="East", statistic="difference")
    assert row.ci_low < 0.6 < row.ci_high
    assert row.p_adjusted < 0.001
    quiet = [group_rows(study(*seeded(seed=seed))) for seed in range(40)]
    rejected = sum(
        any((row.p_adjusted or 1) < 0.05 for row in rows if row.statistic == "difference") for rows in quiet
    )
    assert rejected <= 7  # of 40 families at the 5 % level: four standard errors above 2
