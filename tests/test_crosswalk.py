"""Reviewed changes: what is refused, what becomes of a question, and an older wave carried over."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.survey.comparison.changes import change_rows
from ksn_research.errors import PlanError
from ksn_research.plan import Choice, Instrument, Measure, Question, Scale, Wave
from ksn_research.plan.crosswalk import composed, reviewed
from ksn_research.plan.specs import Change
from ksn_research.scaffold import add_year, new_study
from ksn_research.score.carry import carry, question_names

LABELS = ("Never", "Rarely", "Sometimes", "Often", "Always")
SCALE = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(LABELS, 1))
TURNED = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(LABELS[::-1], 1))
BACK = {"1": "5", "2": "4", "4": "2", "5": "1"}
SAFE = Scale("safe", "Safety", ("a", "b"), reverse=("b",))


def form(
    *questions: Question, scales: tuple[Scale, ...] = (), measures: tuple[Measure, ...] = ()
) -> Instrument:
    return Instrument(
        "pulse",
        "Pulse",
        {question.name: question for question in questions},
        {scale.name: scale for scale in scales},
        {measure.name: measure for measure in measures},
    )


def one(
    name: str, label: str = "", choices: tuple[Choice, ...] = SCALE, type: str = "select_one"
) -> Question:
    return Question(name, type, label or f"I do {name}", choices)


OLD = form(one("a"), one("b"), one("gone"), scales=(SAFE,))
NEW = form(one("a", "I always do a"), one("b"), one("fresh"), scales=(SAFE,))


def review(tmp_path: Path, text: str, now: Instrument = NEW, before: Instrument | None = OLD) -> Instrument:
    path = tmp_path / "pulse.toml"
    path.write_text(text, encoding="utf-8")
    return reviewed(now, before, path, 2025, (2024, 2025))


def entry(question: str = "a", comparable: str = "yes", **more: str) -> str:
    rest = "".join(f"{key} = {value}\n" for key, value in more.items())
    return (
        f'[[change]]\nyear = 2025\nquestion = "{question}"\ncomparable = "{comparable}"\nreason = "r"\n{rest}'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (entry("b"), "is of a question that both forms ask alike"),
        (entry("gone"), "names `gone`, which is no question of the form"),
        (entry("fresh"), "is of a question that the earlier form does not have"),
        (
            entry("fresh", was='"nothing"'),
            "says that it was `nothing`, which is no question of the earlier form",
        ),
        (entry("a", was='"a"'), "says that it was what it is"),
        (entry("a") + entry("a"), "`a` stands twice for 2025"),
        (entry("fresh", was='"gone"') + entry("a", was='"gone"'), "as another change does"),
        (entry("a", choices='{ 9 = "5" }'), "maps the choice `9`, which this form does not have"),
        (entry("a", choices='{ 5 = "9" }'), "maps the choice `9`, which the earlier form does not have"),
        (entry("a", choices="{ 5 = 4 }"), "must be text"),
        (entry("a", "label"), "does not say whether it is comparable"),
        (entry("a", "maybe"), "does not say whether it is comparable"),
        (entry("a", "label-change").replace('"r"', '""'), "has no reason"),
        (entry("a").replace("2025", "2052"), "a change is of 2052, which is no year of the study"),
        (entry("a").replace("year = 2025\n", ""), "lacks `year`"),
        (entry("a", wsa='"b"'), "unknown key `wsa`"),
    ],
)
def test_a_change_that_matches_nothing_is_an_error_with_a_remedy(tmp_path, text, words) -> None:
    with pytest.raises(PlanError) as error:
        review(tmp_path, text)
    assert words in str(error.value)
    assert error.value.file == "pulse.toml" and error.value.remedy


def test_answers_are_not_turned_round_unseen(tmp_path) -> None:
    now = form(one("a", choices=TURNED))
    with pytest.raises(PlanError, match="the choice `1` stands for another answer than before"):
        review(tmp_path, entry("a"), now)
    mapped = ", ".join(f'{new} = "{old}"' for new, old in BACK.items())
    assert review(tmp_path, entry("a", choices=f"{{ {mapped} }}"), now).changes["a"].choices == BACK


@pytest.mark.parametrize(
    ("text", "change", "mark"),
    [
        ("", "wording or choices changed and the crosswalk pulse.toml does not say", ""),
        (entry("a", "review"), "not reviewed: the draft in the crosswalk pulse.toml does not say", ""),
        (entry("a", "no"), "r", ""),
        (entry("a", "label-change"), "", "r"),
        (entry("a", "yes"), "", ""),
    ],
)
def test_a_question_and_its_scale_are_broken_or_marked_as_reviewed(tmp_path, text, change, mark) -> None:
    now = review(tmp_path, text)
    for what in (now.questions["a"], now.scales["safe"]):
        assert what.change.startswith(change) and bool(what.change) == bool(change)
        assert what.mark == mark
    assert not now.questions["b"].change and not now.questions["fresh"].change


def test_a_change_of_a_year_before_the_first_is_left_alone(tmp_path) -> None:
    assert review(tmp_path, entry("a").replace("2025", "2019")).questions["a"].change


def test_changes_of_several_years_are_followed_back_to_the_first(tmp_path) -> None:
    middle = replace(
        form(one("m", choices=TURNED), one("b")), changes={"m": Change("m", "yes", "a", BACK, "turned")}
    )
    last = replace(
        form(one("z", choices=TURNED), one("b")),
        changes={"z": Change("z", "label-change", "m", {}, "shorter")},
    )
    assert composed([middle, last]) == {"z": Change("z", "label-change", "a", BACK, "turned; shorter")}
    silent = replace(middle, questions={"m": replace(one("m"), change="nobody has said")}, changes={})
    assert composed([silent, last])["z"].comparable == "review"


def answers(**columns: list[str | float | None]) -> pd.DataFrame:
    """Ordered categories, as scoring makes them."""
    kind = pd.CategoricalDtype(pd.Index(["1", "2", "3", "4", "5"], dtype="str"), ordered=True)
    made = {name: pd.Series(values, dtype=kind) for name, values in columns.items()}
    return pd.DataFrame(made).assign(row=range(len(next(iter(columns.values())))))


def test_a_turned_and_renamed_item_comes_out_right_in_its_scale() -> None:
    older = form(one("a"), one("b"), scales=(SAFE,))
    scale = Scale("safe", "Safety", ("x", "b"), reverse=("b",))
    newer = form(one("x", choices=TURNED), one("b"), scales=(scale,))
    frame = answers(a=["1", "5", "3", None], b=["1", "1", "2", "2"]).assign(safe=[3.0, 5.0, 3.5, np.nan])
    made, carried = carry(frame, older, newer, {"x": Change("x", "yes", "a", BACK, "turned")})
    assert made["x"].tolist()[:3] == ["5", "1", "3"] and made["x"].isna().tolist() == [False] * 3 + [True]
    assert [c.label for c in carried.questions["x"].choices] == list(LABELS[::-1])
    # By hand: the mean of x and 6 - b; the last row has one of two items, fewer than 80 %.
    assert made["safe"].tolist()[:3] == [5.0, 3.0, 3.5] and np.isnan(made["safe"][3])
    assert "a" not in made and carried.scales["safe"].items == ("x", "b")
    assert made["row"].tolist() == [0, 1, 2, 3]


def test_a_choice_that_was_split_keeps_its_own_name_and_counts_where_all_its_parts_do() -> None:
    older = form(one("field", choices=(Choice("edu", "Education"), Choice("it", "IT"))))
    parts = (Choice("school", "School"), Choice("uni", "University"), Choice("tech", "IT"))
    both = Measure("learning", "Learning", "field", ("school", "uni"))
    part = Measure("schools", "Schools", "field", ("school",))
    newer = form(one("field", choices=parts), measures=(both, part))
    split = Change("field", "label-change", "", {"school": "edu", "uni": "edu", "tech": "it"}, "split")
    frame = pd.DataFrame({"field": pd.Series(["edu", "it", None], dtype="str")})
    made, carried = carry(frame, older, newer, {"field": split})
    assert made["field"].fillna("-").tolist() == ["edu", "tech", "-"]
    assert carried.measures["learning"].choices == ("edu",)
    assert "schools" not in carried.measures


def test_ticks_are_carried_column_by_column() -> None:
    choices = (Choice("a", "Apples"), Choice("b", "Bread"))
    older = form(one("food", choices=choices, type="select_multiple"))
    newer = form(one("eats", choices=(Choice("b", "Bread"), Choice("c", "Apples")), type="select_multiple"))
    frame = pd.DataFrame({"food/a": [True, False], "food/b": [False, True]}, dtype="boolean")
    made, _ = carry(frame, older, newer, {"eats": Change("eats", "yes", "food", {"c": "a"})})
    assert made.to_dict("list") == {"eats/c": [True, False], "eats/b": [False, True]}


@pytest.mark.parametrize("comparable", ["no", "review"])
def test_what_may_not_be_compared_keeps_its_name_and_answers(comparable) -> None:
    change = Change("x", comparable, "a", BACK, "r")
    frame = answers(a=["1", "2"])
    made, carried = carry(frame, form(one("a")), form(one("x", choices=TURNED)), {"x": change})
    assert made["a"].tolist() == ["1", "2"] and list(carried.questions) == ["a"]


def test_an_earlier_name_that_another_question_has_now_is_told_apart() -> None:
    swapped = {"a": Change("a", "yes", was="b"), "b": Change("b", "yes", was="a")}
    both = form(one("a"), one("b"))
    assert question_names(both, both, swapped) == {"a": "b", "b": "a"}
    taken = {"a": Change("a", "yes", was="b")}
    assert question_names(both, form(one("a")), taken) == {"a": "a_before", "b": "a"}
    number = form(replace(one("a"), type="integer", choices=()))
    assert question_names(both, number, {}) == {"a": "a_before", "b": "b"}


@given(st.permutations(["1", "2", "3", "4", "5"]), st.lists(st.sampled_from(["1", "2", "3", "4", "5", None])))
def test_mapping_and_mapping_back_gives_the_same_answers(order, given_answers) -> None:
    there = dict(zip(["1", "2", "3", "4", "5"], order, strict=True))
    forth = Change("x", "yes", "a", there)
    back = Change("a", "yes", "x", {old: new for new, old in there.items()})
    frame = answers(a=given_answers) if given_answers else answers(a=[None])
    older, newer = form(one("a")), form(one("x"))
    once, carried = carry(frame, older, newer, {"x": forth})
    twice, again = carry(once, carried, older, {"a": back})
    pd.testing.assert_frame_equal(twice[frame.columns], frame)
    assert {c.name: c.label for c in again.questions["a"].choices} == {c.name: c.label for c in SCALE}


def test_a_marked_change_is_compared_and_says_so() -> None:
    measure = Measure("often", "Often", "a", ("4", "5"))
    older = form(one("a"), measures=(measure,))
    newer = form(replace(one("a", "I really do a"), mark="shorter wording"), measures=(measure,))
    frames = [
        answers(a=values).assign(year=year, wave="")
        for year, values in ((2024, ["1", "4"] * 20), (2025, ["5"] * 40))
    ]
    table = pd.concat(frames, ignore_index=True).astype({"year": "Int64", "wave": "str"})
    for name in ("member", "organisation", "region", "type", "circle"):
        table[name] = pd.Series(pd.NA, index=table.index, dtype="str")
    waves = [Wave(year, "", Path(), one_) for year, one_ in ((2024, older), (2025, newer))]
    rows = {row.statistic: row for row in change_rows("pulse", table, *waves)}
    assert rows["difference"].estimate == pytest.approx(0.5)
    assert rows["difference"].status == "published" and "shorter wording" in rows["difference"].note


@pytest.fixture
def study(tmp_path) -> Path:
    folder = tmp_path / "ours"
    new_study(folder, 2025)
    add_year(folder, 2026)
    path = folder / "instruments" / "member_survey-2026.md"
    text = path.read_text(encoding="utf-8").replace(
        "I would miss this network if it ended", "I would be sorry"
    )
    path.write_text(
        text.replace(" trust_1 ", " safety_1 ").replace(" trust_2 ", " trust_two "), encoding="utf-8"
    )
    sidecar = folder / "instruments" / "member_survey.toml"
    sidecar.write_text(sidecar.read_text(encoding="utf-8").split("[scales.trust]")[0], encoding="utf-8")
    toml = folder / "study.toml"
    lines = [line for line in toml.read_text(encoding="utf-8").splitlines() if "headline" not in line]
    toml.write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_drafts_are_added_for_review_and_what_stands_is_left_alone(study) -> None:
    path = study / "crosswalks" / "member_survey.toml"
    before = path.read_text(encoding="utf-8")
    told = add_year(study, 2026)
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    drafts = tomllib.loads(after)["change"]
    assert {(d["question"], d.get("was"), d["comparable"], d["reason"]) for d in drafts} == {
        ("safety_1", "trust_1", "review", ""),
        ("trust_two", "trust_2", "review", ""),
        ("belonging_3", None, "review", ""),
    }
    assert len(told) == 3 and all("to be reviewed" in line for line in told)
    reviewed_text = after.replace(
        'comparable = "review"\nreason = ""', 'comparable = "yes"\nreason = "ours"', 1
    )
    path.write_text(reviewed_text, encoding="utf-8")
    told = add_year(study, 2026)
    assert path.read_text(encoding="utf-8") == reviewed_text
    assert len(told) == 2 and all("still to be reviewed" in line for line in told)


def test_nothing_is_drafted_where_everything_was_said(tmp_path) -> None:
    folder = tmp_path / "ours"
    new_study(folder, 2025)
    add_year(folder, 2026)
    before = (folder / "crosswalks" / "member_survey.toml").read_bytes()
    assert add_year(folder, 2026) == [
        "nothing to review: the crosswalks say something of every change of 2026"
    ]
    assert (folder / "crosswalks" / "member_survey.toml").read_bytes() == before
