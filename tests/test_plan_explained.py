"""The kind `explained` of declared analyses: what is read, and what is refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksn_research.errors import PlanError
from ksn_research.plan import Analysis, load_study
from ksn_research.plan.explained import KINDS, MODELS, OF_EVENTS, OF_NODES, OF_TIES

HEAD = """[study]
title = "T"
publisher = "P"
years = [2024, 2025]
[sources.homes]
kind = "organisations"
file = "homes.csv"
columns = { organisation = "Id", staff = "Staff", lat = "Lat", lon = "Lon" }
attributes = ["size_class"]
[sources.people]
kind = "people"
file = "people.csv"
[sources.sheets]
kind = "attendance"
file = "sheets.csv"
[sources.survey]
kind = "nominations"
file = "survey.csv"
ego = "Who"
relations = { advice = "Advice *", "joint: projects" = "Joint *" }
[sources.roads]
kind = "edges"
file = "roads.csv"
undated = true
directed = false
predictor = true
relation = "miles"
columns = { ego = "A", alter = "B", strength = "Miles" }
[sources.contact]
kind = "edges"
file = "contact.csv"
undated = true
directed = false
[sources.help]
kind = "edges"
file = "help.csv"
units = "people"
[sources.clicks]
kind = "edges"
file = "clicks.csv"
log = true
[sources.ideas]
kind = "records"
file = "ideas.csv"
"""
BODY = 'outcome = "survey.advice"\npredictors = "same(region) + relation(joint)"\nmodels = ["linear"]\n'


def load(folder: Path, body: str, head: str = HEAD) -> Analysis:
    (folder / "study.toml").write_text(f'{head}[analyses.one]\nkind = "explained"\n{body}', encoding="utf-8")
    return load_study(folder).analyses["one"]


def test_options_come_out_whole(tmp_path: Path) -> None:
    made = load(
        tmp_path, 'label = "One"\noutcome = "survey.advice"\npredictors = " same( region )+sum(staff)"\n'
    )
    assert (made.kind, made.label) == ("explained", "One")
    assert made.options == {
        "outcome": "survey.advice",
        "predictors": "same(region) + sum(staff)",
        "models": ["linear"],
        "draws": 2000,
        "seed": 1,
    }


def test_a_list_is_a_formula_and_models_have_one_order(tmp_path: Path) -> None:
    body = 'outcome = "survey.advice"\npredictors = ["same(type)", "sender(staff):same(type)"]\n'
    made = load(
        tmp_path,
        body + 'blocks = "type"\nmodels = ["persistence", "formation", "linear"]\ndraws = 500\nseed = 7\n',
    )
    assert made.options["predictors"] == "same(type) + sender(staff):same(type)"
    assert made.options["models"] == ["linear", "formation", "persistence"]
    assert (made.options["blocks"], made.options["draws"], made.options["seed"]) == ("type", 500, 7)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("contact", "contact.contact"), ("contact.contact", "contact.contact"), ("roads", "roads.miles")],
)
def test_a_source_of_one_relation_needs_no_relation(tmp_path: Path, given: str, meant: str) -> None:
    assert load(tmp_path, f'outcome = "{given}"\npredictors = "same(type)"\n').options["outcome"] == meant


@pytest.mark.parametrize(
    "predictor",
    [
        *(f"{kind}(staff)" for kind in OF_NODES if kind not in ("both", "distance")),
        "both(type, library)",
        "distance(lat, lon)",
        "same(size_class)",
        "relation(joint)",  # its topic is told apart in the records, not here
        "relation(survey.joint)",
        "strength(roads)",
        "relation(roads.miles)",
        "returned(contact)",
        "returned(advice)",  # the outcome the other way round: reciprocity
        "co_attendance(all)",
        "co_attended(social)",
        "same(region):strength(roads)",
    ],
)
def test_each_kind_of_predictor_is_read(tmp_path: Path, predictor: str) -> None:
    made = load(tmp_path, f'outcome = "survey.advice"\npredictors = "{predictor}"\n')
    assert made.options["predictors"] == predictor


def test_kinds_are_of_nodes_of_ties_or_of_events() -> None:
    assert {*OF_NODES, *OF_TIES, *OF_EVENTS} == set(KINDS)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('outcome = "survey.advice"\n', "", "lacks `outcome`"),
        ("predictors =", "predictor =", "unknown key `predictor`"),
        ('"survey.advice"', '"nothing.advice"', "[analyses.one].outcome is `nothing.advice`, and `nothing`"),
        ('"survey.advice"', '"ideas"', "`ideas` is no network"),
        ('"survey.advice"', '"clicks"', "`clicks` is no network"),
        ('"survey.advice"', '"survey.referral"', "outcome is `survey.referral`"),
        ('"survey.advice"', '"survey"', "outcome is `survey`"),  # which of its relations?
        ('["linear"]', '["probit"]', ".models names `probit`"),
        ('["linear"]', "[]", ".models is empty"),
        ('["linear"]', '"linear"', "models must be a list"),
        ('"same(region) + relation(joint)"', "3", "predictors must be a list"),
        ('"same(region) + relation(joint)"', "[3]", ".predictors must list texts"),
        ('"same(region) + relation(joint)"', "[]", ".predictors: '': not a predictor"),
        ("same(region)", "region", ".predictors: 'region': not a predictor"),
        ("same(region)", "like(region)", "like(region): no such predictor"),
        ("same(region)", "distance(lat)", "distance is of 2 names"),
        ("same(region)", "relation(joint)", "relation(joint): said twice"),
        ("same(region)", "both(type, a b) + both(type, a-b)", "reads like another but for its punctuation"),
        ("same(region)", "same(county)", "same(county) names `county`, which is no column of the roster"),
        ("same(region)", "same(role)", "names `role`, which is no column of the roster of organisations"),
        ("same(region)", "absdiff(joined)", "names `joined`"),
        ("same(region)", "distance(lat, long)", "names `long`"),
        ("relation(joint)", "relation(referral)", "relation(referral) names no relation"),
        ("relation(joint)", "relation(ideas)", "relation(ideas) names no relation"),
        ("relation(joint)", "relation(survey)", "relation(survey) names no relation"),
        ("relation(joint)", "relation(help)", "is of people, and `survey` of organisations"),
        ("relation(joint)", "relation(advice)", "would explain the outcome by itself"),
        ("relation(joint)", "strength(survey.advice)", "would explain the outcome by itself"),
        ('["linear"]', '["linear"]\nblocks = "county"', ".blocks names `county`"),
        ('["linear"]', '["linear"]\ndraws = 50', ".draws is 50"),
        ('["linear"]', '["linear"]\ndraws = "many"', "draws must be a whole number"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in BODY
    with pytest.raises(PlanError) as error:
        load(tmp_path, BODY.replace(old, new))
    assert words in str(error.value)
    assert "[analyses.one]" in str(error.value)
    assert error.value.remedy


@pytest.mark.parametrize(
    ("predictor", "words"),
    [
        ("sender(staff)", "has a direction, and `contact` has none"),
        ("receiver(staff)", "has a direction"),
        ("difference(staff)", "has a direction"),
        ("same(type):sender(staff)", "sender(staff) has a direction"),
        ("relation(survey.advice)", "has a direction, and `contact` has none"),
        ("returned(contact)", "would explain the outcome by itself"),  # without direction it is the outcome
    ],
)
def test_a_network_without_direction_takes_no_direction(tmp_path: Path, predictor: str, words: str) -> None:
    with pytest.raises(PlanError) as error:
        load(tmp_path, f'outcome = "contact"\npredictors = "{predictor}"\n')
    assert words in str(error.value)


@pytest.mark.parametrize("model", MODELS[2:])
def test_two_waves_are_wanted_of_a_source_that_has_them(tmp_path: Path, model: str) -> None:
    body = f'outcome = "OF"\npredictors = "same(type)"\nmodels = ["{model}"]\n'
    assert load(tmp_path, body.replace("OF", "survey.advice")).options["models"] == [model]
    with pytest.raises(PlanError) as error:
        load(tmp_path, body.replace("OF", "contact"))
    assert f".models names `{model}`, and `contact` has one wave" in str(error.value)


def test_the_wave_before_may_explain_what_forms_and_lasts(tmp_path: Path) -> None:
    body = 'outcome = "survey.advice"\npredictors = "strength(advice)"\nmodels = ["persistence"]\n'
    assert load(tmp_path, body).options["predictors"] == "strength(advice)"


@pytest.mark.parametrize(
    ("source", "predictor", "words"),
    [
        ("sheets", "co_attended(social)", "needs attendance"),
        ("homes", "same(region)", "there is no source of kind organisations"),
    ],
)
def test_what_the_study_does_not_collect_is_said(
    tmp_path: Path, source: str, predictor: str, words: str
) -> None:
    blocks = HEAD.split("[sources.")
    head = "[sources.".join(block for block in blocks if not block.startswith(f"{source}]"))
    with pytest.raises(PlanError) as error:
        load(tmp_path, f'outcome = "survey.advice"\npredictors = "{predictor}"\n', head)
    assert words in str(error.value)
