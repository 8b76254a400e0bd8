"""Waves with drop-out: the rows, against R's mixed model and by hand, and what cannot be stated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.survey.comparison.changes import NO_MEMBERS
from ksn_research.analyse.survey.course import waves as module
from ksn_research.analyse.survey.course.waves import FEW_SCORES, HOLDS, NOBODY_LOST, UNCODED, wave_rows
from ksn_research.results import collect
from tests.survey_study import answers, pick, wave

FOLDER = Path(__file__).parent / "reference" / "survey"
EXPECTED = json.loads((FOLDER / "reference.json").read_text())["waves"]
MORE = json.loads((FOLDER / "models.json").read_text())["waves_df"]  # lmerTest 3.1.3, by models.R
COVERED: tuple[str, ...] = ("waves",)  # lmer(y ~ factor(wave) + (1 | id), waves)
NAMES = ("kick-off", "midpoint", "closing")
CYCLE = [wave(2025, name) for name in NAMES]


def reference() -> pd.DataFrame:
    """The waves that R fitted, as answers."""
    frame = pd.read_csv(FOLDER / "waves.csv")
    member = "P" + frame["id"].astype("str")
    return answers(
        {
            "year": 2025,
            "wave": frame["wave"].map(dict(enumerate(NAMES))),
            "member": member,
            "organisation": "O" + (frame["id"] % 40).astype("str"),
            "safety": frame["y"],
        },
        None,
    )


def cycle(scores: dict[str, list[float | None]], names=NAMES, year=2025) -> pd.DataFrame:
    """Answers from a table: a person's score at each wave, None where the person did not answer."""
    rows = [(year, n, who, x) for who, own in scores.items() for n, x in zip(names, own, strict=True) if x]
    return answers(rows, ["year", "wave", "member", "safety"])


def steady(people: int, lost: int = 0, seed: int = 1) -> dict[str, list[float | None]]:
    """People who rise by 1 a wave, more or less; the last `lost` of them answer the first wave only."""
    random = np.random.default_rng(seed)
    table = 2 + np.arange(3) + random.normal(0, 0.5, (people, 1)) + random.normal(0, 0.3, (people, 3))
    return {
        f"M{i:02}": [*map(float, row)] if i < people - lost else [float(row[0]), None, None]
        for i, row in enumerate(table)
    }


@pytest.fixture(scope="module")
def found():
    return wave_rows("pulse", reference(), CYCLE)


def row(rows, category, statistic):
    return pick(rows, measure="safety", category=category, statistic=statistic)


def test_the_rows_have_their_names_and_can_be_collected(found) -> None:
    evidence = collect(found)
    later = ("change_modelled", "change_complete", "change_shifted", "drop_out_difference")
    wanted = {f"2025.pulse.waves.safety[{n.replace('-', '_')}].mean_modelled" for n in NAMES}
    wanted |= {f"2025.pulse.waves.safety[{n}].{s}" for n in ("midpoint", "closing") for s in later}
    assert set(evidence.results["id"]) == wanted


@pytest.mark.parametrize("k", [0, 1, 2])
def test_modelled_means_and_changes_are_those_of_lme4(found, k) -> None:
    fix, se = list(EXPECTED["fix"].values()), list(EXPECTED["se"].values())
    mean = row(found, NAMES[k], "mean_modelled")
    assert mean.estimate == pytest.approx(fix[0] + (fix[k] if k else 0), abs=1e-6)
    assert mean.p is None and mean.n == [120, 91, 92][k]
    if k:
        change = row(found, NAMES[k], "change_modelled")
        assert change.estimate == pytest.approx(fix[k], abs=1e-6)
        assert change.se == pytest.approx(se[k], rel=1e-6)
        assert change.p == pytest.approx(MORE["p"][k], rel=1e-3)
        assert change.n == EXPECTED["n_id"] and HOLDS in change.note
    else:
        assert mean.se == pytest.approx(se[0], rel=1e-6)


@pytest.mark.parametrize("k", [1, 2])
def test_complete_cases_are_those_who_answered_every_wave(found, k) -> None:
    means = list(EXPECTED["complete_case_means"].values())
    change = row(found, NAMES[k], "change_complete")
    assert change.estimate == pytest.approx(means[k] - means[0], abs=1e-9)
    assert change.n == change.people == EXPECTED["n_cc"]


def test_those_lost_stood_lower_at_first(found) -> None:
    # t.test(y ~ lost) of first scores by whether the person has wave 2, worked out with scipy.
    from scipy.stats import ttest_ind

    table = pd.read_csv(FOLDER / "waves.csv").pivot(index="id", columns="wave", values="y")
    stayed = table[2].notna()
    expected = ttest_ind(table.loc[stayed, 0], table.loc[~stayed, 0], equal_var=False)
    lost = row(found, "closing", "drop_out_difference")
    assert lost.estimate == pytest.approx(table.loc[stayed, 0].mean() - table.loc[~stayed, 0].mean())
    assert lost.p == pytest.approx(expected.pvalue)
    assert (lost.n, lost.people) == (120, int((~stayed).sum()))


def test_the_shift_is_what_filling_in_shifted_answers_gives(found) -> None:
    # Fill each gap with what the model expects of the person given the answers, minus delta for those lost.
    from ksn_research.analyse.survey.course.mixed import mixed_model

    table = pd.read_csv(FOLDER / "waves.csv").pivot(index="id", columns="wave", values="y").to_numpy()
    seen = ~np.isnan(table)
    x = np.eye(3)[np.nonzero(seen)[1]]
    model = mixed_model(table[seen], x, np.nonzero(seen)[0])
    ratio = model.group_covariance[0, 0] / model.residual_variance
    rest = np.where(seen, table - model.coefficients, 0).sum(axis=1)
    own = ratio * rest / (1 + ratio * seen.sum(axis=1))
    filled = np.where(seen, table, model.coefficients + own[:, None])
    assert filled.mean(axis=0) == pytest.approx(
        model.coefficients, abs=1e-9
    )  # nothing but the model is added
    delta = 0.5 * table[:, 0].std(ddof=1)
    shifted = np.where(seen, filled, filled - delta)
    change = row(found, "closing", "change_shifted")
    assert change.estimate == pytest.approx(shifted[:, 2].mean() - shifted[:, 0].mean(), abs=1e-7)
    assert change.p is None
    assert change.se > row(found, "closing", "change_modelled").se


def test_the_tipping_point_leaves_nothing_of_the_change(found, monkeypatch) -> None:
    change = row(found, "closing", "change_modelled").estimate
    first = pd.read_csv(FOLDER / "waves.csv").query("wave == 0")["y"].std()
    points = change / (28 / 120)  # 28 of 120 people have no closing answer
    assert (
        f"{points:.2f} points ({points / first:.1f} standard deviations)"
        in row(found, "closing", "change_shifted").note
    )
    monkeypatch.setattr(module, "DELTA", points / first)
    again = wave_rows("pulse", reference(), CYCLE)
    assert row(again, "closing", "change_shifted").estimate == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_those_lost_are_shifted_toward_no_change_whichever_way_it_went(sign) -> None:
    scores = {who: [x and 10 + sign * x for x in own] for who, own in steady(40, lost=10).items()}
    rows = wave_rows("pulse", cycle(scores), CYCLE)
    whole, shifted = (row(rows, "closing", s).estimate for s in ("change_modelled", "change_shifted"))
    assert 0 < sign * shifted < sign * whole


def test_nobody_lost_is_nothing_to_shift_and_the_model_is_the_plain_change() -> None:
    scores = steady(40)
    rows = wave_rows("pulse", cycle(scores), CYCLE)
    plain = np.mean([own[2] - own[0] for own in scores.values()])
    estimates = [row(rows, "closing", f"change_{s}").estimate for s in ("modelled", "complete", "shifted")]
    assert estimates == pytest.approx([plain] * 3, abs=1e-9)
    assert row(rows, "closing", "change_shifted").note == NOBODY_LOST
    assert row(rows, "closing", "drop_out_difference").status == "undefined"


@pytest.mark.parametrize(("people", "said"), [(29, "resampling people"), (30, "Satterthwaite")])
def test_below_thirty_people_are_resampled(people, said) -> None:
    rows = wave_rows("pulse", cycle(steady(people, lost=5)), CYCLE)
    assert said in row(rows, "closing", "change_modelled").method


@pytest.mark.parametrize(("at_closing", "status"), [(4, "undefined"), (5, "published")])
def test_a_wave_of_fewer_than_five_scores_is_not_modelled(at_closing, status) -> None:
    rows = wave_rows("pulse", cycle(steady(20, lost=20 - at_closing)), CYCLE)
    change = row(rows, "closing", "change_modelled")
    assert change.status == status
    assert (FEW_SCORES in change.note) == (status == "undefined")
    assert row(rows, "closing", "change_shifted").status == status


def test_answers_without_any_code_say_so() -> None:
    frame = cycle(steady(30)).assign(member=pd.Series(pd.NA, range(90), dtype="str"))
    rows = wave_rows("pulse", frame, CYCLE)
    assert {(r.statistic, r.status, r.note) for r in rows} == {
        (s, "undefined", NO_MEMBERS) for s in ("change_modelled", "change_complete")
    }


def test_a_few_answers_without_a_code_count_as_people_of_their_own() -> None:
    frame = cycle(steady(40, lost=10))
    bare = frame.assign(member=frame["member"].where(frame["row"] != 1))
    rows = wave_rows("pulse", bare, CYCLE)
    assert row(rows, "midpoint", "change_modelled").n == 41
    assert UNCODED in row(rows, "midpoint", "change_modelled").note
    assert UNCODED not in row(rows, "midpoint", "change_complete").note


# --- years


def two_years(**of_member) -> pd.DataFrame:
    frames = [cycle({w: [own[k]] for w, own in steady(40, lost=8).items()}, [""], 2024 + k) for k in (0, 1)]
    return pd.concat(frames, ignore_index=True).assign(**of_member)


YEARS = [wave(2024), wave(2025)]


def test_of_several_years_the_newest_two_are_followed() -> None:
    rows = wave_rows("pulse", two_years(), [wave(2023), *YEARS])
    assert {r.category for r in rows} == {"2024", "2025"}
    assert {r.year for r in rows} == {2025} and {r.wave for r in rows} == {""}


def test_of_waves_the_newest_year_is_followed() -> None:
    older = cycle(steady(30, seed=2), year=2024)
    rows = wave_rows(
        "pulse", pd.concat([older, cycle(steady(30))]), [*(wave(2024, n) for n in NAMES), *CYCLE]
    )
    assert {r.year for r in rows} == {2025}


def test_what_was_reworded_between_years_is_not_compared() -> None:
    rows = wave_rows("pulse", two_years(), [wave(2024), wave(2025, change="reworded in 2025")])
    change = row(rows, "2025", "change_modelled")
    assert (change.status, change.note, change.estimate) == ("not comparable", "reworded in 2025", None)
    assert not [r for r in rows if r.statistic == "mean_modelled"]
    assert row(rows, "2025", "drop_out_difference").estimate is not None


def test_what_was_reworded_since_last_year_is_compared_within_the_year() -> None:
    reworded = [wave(2025, n, change="reworded in 2025") for n in NAMES]
    assert row(wave_rows("pulse", cycle(steady(30)), reworded), "closing", "change_modelled").estimate


def test_a_marked_change_is_compared_and_marked() -> None:
    marked = wave(2025)
    scale = replace(marked.instrument.scales["safety"], mark="worded more plainly")
    marked = replace(marked, instrument=replace(marked.instrument, scales={"safety": scale}))
    rows = wave_rows("pulse", two_years(), [wave(2024), marked])
    for statistic in ("change_modelled", "change_complete", "change_shifted"):
        assert "worded more plainly" in row(rows, "2025", statistic).note


@pytest.mark.parametrize(
    ("frame", "waves", "linked"),
    [
        (two_years(), YEARS, False),
        (two_years(), YEARS[1:], True),
        (two_years(), [wave(2025), wave(2026)], True),
        (two_years().iloc[:0], YEARS, True),
        (two_years(), [], True),
    ],
    ids=["not linked", "one year", "a year without answers", "no answers", "no waves"],
)
def test_what_has_no_course_gives_no_rows(frame, waves, linked) -> None:
    assert wave_rows("pulse", frame, waves, linked) == []


def test_waves_of_a_year_need_no_link_across_years() -> None:
    assert wave_rows("pulse", cycle(steady(30)), CYCLE, linked=False)


def test_the_order_of_rows_changes_nothing() -> None:
    frame = reference()
    shuffled = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    one, other = (wave_rows("pulse", f, CYCLE) for f in (frame, shuffled))
    assert [r.id for r in one] == [r.id for r in other]
    assert [r.estimate for r in one] == pytest.approx([r.estimate for r in other], abs=1e-7)


def test_support_is_that_of_the_smaller_side(found) -> None:
    frame = reference()
    closing = frame[frame["wave"] == "closing"]
    change = row(found, "closing", "change_modelled")
    assert change.people == closing["member"].nunique()
    assert change.organisations == closing["organisation"].nunique()
