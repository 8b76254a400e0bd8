"""What is planted in the demo study comes back through `ksn report`, programme by programme. TRUTH.md is
written by the generator, independently of the package."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pandas as pd
import pytest

from ksn_research.analyse.interviews.section import analyse_interviews
from ksn_research.pipeline import prepare
from ksn_research.plan import load_study
from ksn_research.prepared import Prepared
from ksn_research.results import COLUMNS
from tests.demo_edition import DEMO, demo_edition
from tests.editions import results

# An edition takes half a minute; the soak takes the one before too.
EDITIONS = (2025, 2024) if os.environ.get("KSN_SOAK") else (2025,)
LINE = re.compile(r"^\| (P\d+) \| ([^|]+) \| `([^`]+)` \| ([^|]+) \| ([^|]+) \|")


def written() -> pd.DataFrame:
    """Every line of TRUTH.md; id is that of a result, or begins with the year and "records:"."""
    lines = map(LINE.match, (DEMO / "TRUTH.md").read_text(encoding="utf-8").splitlines())
    truth = pd.DataFrame(
        [m.groups() for m in lines if m], columns=["programme", "year", "quantity", "value", "tolerance"]
    )
    truth["id"] = truth["year"].str.strip() + "." + truth["quantity"]
    return truth.astype({"value": float, "tolerance": float})


def planted() -> pd.DataFrame:
    truth = written()
    return truth[~truth["quantity"].str.startswith("records:")]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Results of the editions, those of circles included, the newest edition first."""
    frames = []
    for year in EDITIONS:
        edition = demo_edition(tmp_path_factory, year)
        circles = pd.read_parquet(edition / "internal" / "data" / "circles.parquet")
        frames += [results(edition), circles.set_index("id")]
    together = pd.concat(frames)
    return together[~together.index.duplicated()]


@pytest.mark.parametrize("programme", [f"P{i}" for i in range(1, 17)])
def test_what_was_planted_is_recovered(found: pd.DataFrame, programme: str) -> None:
    truth = planted()
    truth = truth[truth["programme"] == programme]
    here = truth[truth["id"].isin(found.index)]
    # What is suppressed cannot be compared; it must be little, or the test would say nothing.
    rows = found.loc[here["id"]]
    shown = here[(rows["status"] == "published").to_numpy()].set_index("id")
    assert len(shown) >= 3
    assert len(shown) >= 0.5 * len(here)
    off = (found.loc[shown.index, "estimate"] - shown["value"]).abs() > shown["tolerance"] + 1e-6
    assert not off.any(), f"{list(shown.index[off])}"


def test_every_quantity_planted_in_the_year_of_the_edition_is_a_result(found: pd.DataFrame) -> None:
    truth = planted()
    here = truth[truth["year"].str.strip().str.startswith(str(EDITIONS[0]))]
    assert len(here) >= 280
    assert list(here.loc[~here["id"].isin(found.index), "id"]) == []


def test_who_has_no_mentoring_and_wants_it_can_be_read_off_the_report(found: pd.DataFrame) -> None:
    """ "11 of 14 operators without mentoring want it", from whole-sample counts of themes alone."""
    at = f"{EDITIONS[0]}.interviews"
    offers, wants = (found.loc[f"{at}.themes.{what}_mentoring.count"] for what in ("offers", "wants"))
    both = found.loc[f"{at}.co_occurrence.offers_mentoring[wants_mentoring].count"]
    truth = written().set_index("id")["value"]
    records = f"{EDITIONS[0]}.records: "
    assert (offers["status"], wants["status"], both["status"]) == ("published",) * 3
    assert offers["n"] - offers["estimate"] == truth[f"{records}operators without mentoring"]
    assert wants["estimate"] - both["estimate"] == truth[f"{records}of them want it"]


@pytest.mark.parametrize(
    "result",
    [
        "2025.attendance.reach.people.share",
        "2025.network_survey.network.advice.density",
        "2025.interviews.agreement.all_codes.alpha",
        "2025.interviews.themes.wants_mentoring.share",
        "2025.expert_notes.themes.patience.count",
        "2025.interviews.two_sources.trust_among_peers[operators_and_experts].difference",
        "2025.sessions.exchange.give_and_take.balance",
        "2025.sessions.rating_trend.rating.slope_per_month",
        "2025.attendance.lasting.session[after_180_days].share",
        "2025.activity.activity.participation.gini",
        "2025.activity.lasting.activity[after_6_months].share",
        "2025.thanks.recognition.who_is_thanked[sessions].never_thanked_share",
        "2025.video_views.funnel.mentoring_day[fading].half_life_days",
        "2025.help.informal.beside_the_scheme.outside_share",
        "2025.expertise.expertise.who_knows_what[uncovered].topics",
        "2025.ideas.spread.ideas_between_circles[conference].after",
        "2025.member_survey.scales.trust.icc1",
        "2025.attendance.conversion.guest_to_member.share",
        "2025.network_survey.co_attendance.advice[social].risk_ratio",
        "2025.network_survey.mixing.advice@region=.e_i_index",
        "2025.mentoring_groups.nested.group_mentoring.change",
        "2025.mentoring_groups.nested.group_mentoring.icc1",
        "2025.member_survey.adjusted.outcomes[peer_support].difference_adjusted",
        "2025.cycle.waves.energy[closing].change_modelled",
        "2025.cycle.waves.skill[closing].change_modelled",
        "2025.member_survey.scales.trust@circle=c05.mean",
    ],
)
def test_the_main_truth_of_each_programme_is_published(found: pd.DataFrame, result: str) -> None:
    assert result in set(planted()["id"])
    assert found.loc[result, "status"] == "published"


def test_rows_in_are_rows_out_for_every_source(found: pd.DataFrame) -> None:
    rows = found[found["analysis"] == "rows"]
    key = ["source", "year", "wave", "measure"]
    sums = rows.fillna({"wave": ""}).pivot_table("estimate", key, "statistic", aggfunc="sum", fill_value=0)
    assert (sums["read"] == sums["used"] + sums["set_aside"]).all()
    assert len(sums) >= 40


def test_the_results_keep_their_columns(found: pd.DataFrame) -> None:
    assert ["id", *found.columns] == list(COLUMNS)


# --- interviews by themselves: every row of P2 and P3, those that an edition suppresses included ---------


@pytest.fixture(scope="module", params=[2025, 2024])
def talked(request: pytest.FixtureRequest) -> Prepared:
    """The demo study's sources of interviews, as an edition of the year and the year before has them."""
    study = load_study(DEMO)
    only = {name: source for name, source in study.sources.items() if source.kind == "interviews"}
    two = {name: asked for name, asked in study.analyses.items() if asked.kind == "two_sources"}
    return prepare(replace(study, sources=only, analyses=two), request.param)


def test_every_theme_of_operators_and_experts_is_counted_as_planted(talked: Prepared) -> None:
    rows = {row.id: row for row in analyse_interviews(talked)}
    truth = planted()
    truth = truth[truth["programme"].isin(["P2", "P3"]) & ~truth["quantity"].str.startswith("attendance.")]
    here = truth[truth["year"].str.strip().astype(int).isin([talked.year, talked.year - 1])]
    assert len(here) >= 70
    # Two sources are compared in the edition's year only.
    earlier = here["quantity"].str.contains(".two_sources.") & (here["year"].astype(int) < talked.year)
    counts = here[~here["id"].str.endswith(".alpha") & ~earlier]
    assert set(counts["id"]) <= set(rows)
    off = [one.id for one in counts.itertuples() if abs(rows[one.id].estimate - one.value) > one.tolerance]
    assert off == []


def test_the_planted_agreement_lies_within_the_interval_of_the_one_found(talked: Prepared) -> None:
    rows = {row.id: row for row in analyse_interviews(talked)}
    truth = planted().set_index("id")["value"]
    for year in (talked.year, talked.year - 1):
        found = rows[f"{year}.interviews.agreement.all_codes.alpha"]
        assert found.ci_low < truth[found.id] < found.ci_high
        assert found.estimate == pytest.approx(truth[found.id], abs=1e-3)


def test_who_has_no_mentoring_and_wants_it_can_be_counted_from_the_records(talked: Prepared) -> None:
    year = talked.year
    truth = written().set_index("id")["value"]
    asked, coded = (
        frame[(frame["year"] == year) & (frame["source"] == "interviews")]
        for frame in (talked.interviews, talked.segments)
    )
    kept = asked[~asked["withdrawn"]]
    without = set(kept.loc[kept["offers_mentoring"] == "no", "interview"])
    wants = set(coded.loc[coded["code"] == "wants mentoring", "interview"]) & without
    records = f"{year}.records: "
    assert len(kept) == truth[f"{year}.interviews.interviews.interviews.count"]
    assert len(without) == truth[f"{records}operators without mentoring"]
    assert len(wants) == truth[f"{records}of them want it"]
