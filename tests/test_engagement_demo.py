"""What the demo study plants about check-ins, thanks, socials and videos comes back, and stays unexposed.

The generator writes TRUTH.md independently of the package; quantities there that begin with "records:" have
no result of a fixed name, and are found here.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ksn_research.analyse.engagement.section import analyse_engagement
from ksn_research.disclose.cells import suppress
from ksn_research.intake import prepare
from ksn_research.plan import load_study
from ksn_research.results import collect
from tests.test_demo_bytes import planted, truth
from tests.test_truth import DEMO

THANKED, GIVEN = "thanks.recognition.who_is_thanked", "sessions.exchange.give_and_take"
SEEN = "video_views.funnel.mentoring_day"
PLANTED = {
    "records: thanks": f"{THANKED}.thanks",
    "records: share of thanking pairs returned": f"{THANKED}.reciprocity",
    "records: share of thanks to the most thanked tenth": f"{THANKED}.top_tenth_share",
    "records: who brought something to a session and was never thanked": (
        f"{THANKED}[sessions].never_thanked_share"
    ),
    "records: share of session sheets that brought something": f"{GIVEN}[brought].share",
    "records: share that took something away": f"{GIVEN}[took_away].share",
    "records: video views": f"{SEEN}[items].views",
    "records: views to the end": f"{SEEN}[items].finished_share",
    "records: distinct guests of the year": "attendance.conversion.guest_to_member.share",
}


@pytest.fixture(scope="module")
def evidence():
    study = load_study(DEMO)
    needed = {"organisations", "people", "attendance", "edges", "records", "activity"}
    study = replace(study, sources={n: s for n, s in study.sources.items() if s.kind in needed})
    return collect(analyse_engagement(prepare(study, 2025)))


@pytest.fixture(scope="module")
def found(evidence):
    return evidence.results.set_index("id")


@pytest.mark.parametrize("year", ["2024", "2025"])
@pytest.mark.parametrize("quantity", PLANTED)
def test_what_is_planted_is_recovered(found, quantity, year):
    table = truth()
    tolerance = table.loc[(table["year"] == year) & (table["quantity"] == quantity), "tolerance"].item()
    row = found.loc[f"{year}.{PLANTED[quantity]}"]
    value = row["n"] if "distinct guests" in quantity else row["estimate"]
    assert value == pytest.approx(planted(year, quantity), abs=tolerance + 1e-9)


def test_ratings_rise_as_planted(found):
    """By 0.03 a month before they are rounded and cut at 5."""
    for year in (2024, 2025):
        row = found.loc[f"{year}.sessions.rating_trend.rating.slope_per_month"]
        assert row["ci_low"] < 0.03 < row["ci_high"] and row["note"] == ""


def test_views_halve_as_planted(found):
    """Every 12 days: within 2.5 standard errors of so many views (12 / sqrt(n)), bouts set aside."""
    for year in (2024, 2025):
        row = found.loc[f"{year}.{SEEN}[fading].half_life_days"]
        assert row["estimate"] == pytest.approx(12, abs=2.5 * 12 / row["n"] ** 0.5)


def test_people_of_circles_keep_coming_and_socials_mix(found):
    """Sessions: the chance to come falls to no less than 0.6 for most, so that nearly all last half a year.
    At socials every role is asked each time; who came as what does not hang on which social it was."""
    assert found.loc["2025.attendance.lasting.session[after_180_days].share", "estimate"] > 0.9
    assert found.loc["2025.attendance.event_mixing.social.all_roles_share", "estimate"] == 1
    assert found.loc["2025.attendance.event_mixing.social.across_share", "p"] > 0.01
    # a circle has one facilitator, who meets members only
    assert found.loc["2025.attendance.event_mixing.session[facilitator_facilitator].pairs", "estimate"] == 0


def test_guests_join_after_socials_only(found):
    at = "2025.attendance.conversion_by_kind.guest_to_member"
    assert found.loc[f"{at}[social].share", "estimate"] == pytest.approx(
        15 / found.loc[f"{at}[social].share", "n"]
    )
    assert found.loc[f"{at}[conference].share", "estimate"] == 0


def test_every_number_says_whom_it_rests_on_and_hidden_ones_hide_no_others(evidence):
    support, results = evidence.support, evidence.results.set_index("id")
    known = (results["status"] == "published") & (results["unit"] != "organisations")
    assert support.loc[results.index[known], "people"].notna().all()
    assert (results["method"] != "").all()
    shown = suppress(evidence.results, evidence.support, evidence.totals, 5, 3).set_index("id")
    few = support["count"].between(1, 4) & ~support["exempt"].astype(bool)
    assert (shown.loc[few[few].index, "status"] == "suppressed").all()
    assert (shown["status"] == "published").mean() > 0.8  # protection by emptiness is a defect
