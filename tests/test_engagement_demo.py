"""What the demo study plants about gatherings, check-ins, thanks and videos comes back, in both years of an
edition and whatever of it may be shown, and stays unexposed.

The generator writes TRUTH.md independently of the package.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ksn_research.analyse.engagement.section import analyse_engagement
from ksn_research.disclose.cells import suppress
from ksn_research.intake import prepare
from ksn_research.plan import load_study
from ksn_research.results import collect
from tests.demo_edition import DEMO
from tests.test_demo_bytes import planted, truth

# Analyses that TRUTH.md knows something of, each planted with how many quantities a year, at least.
PLANTED = {
    "reach": 14, "attendance": 27, "came_as": 3, "coming_again": 1, "lasting": 1, "event_mixing": 2,
    "conversion": 2, "conversion_by_kind": 1, "conversion_time": 1, "ratings": 1, "rating_trend": 1,
    "exchange": 4, "recognition": 8, "funnel": 13,
}  # fmt: skip


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
@pytest.mark.parametrize("analysis", PLANTED)
def test_what_is_planted_is_recovered(found, analysis, year):
    table = truth()
    kind = table["quantity"].str.split(".").str[1]
    here = table[
        (table["year"] == year) & (kind == analysis) & ~table["quantity"].str.startswith("activity.")
    ]
    assert len(here) >= PLANTED[analysis]
    estimates = found.loc[(year + "." + here["quantity"]), "estimate"].to_numpy()
    off = ~(abs(estimates - here["value"]) <= here["tolerance"] + 1e-6)
    assert list(here.loc[off, "quantity"]) == []


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_the_share_of_guests_who_joined_rests_on_all_guests(found, year):
    guests = planted(year, "records: distinct guests of the year")
    assert found.loc[f"{year}.attendance.conversion.guest_to_member.share", "n"] == guests


def test_ratings_rise_as_planted(found):
    """By 0.03 a month before they are rounded and cut at 5."""
    for year in (2024, 2025):
        row = found.loc[f"{year}.sessions.rating_trend.rating.slope_per_month"]
        assert row["ci_low"] < 0.03 < row["ci_high"] and row["note"] == ""


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
    shown = suppress(evidence.results, evidence.support, evidence.totals, 5, 3)[0].set_index("id")
    few = support["count"].between(1, 4) & ~support["exempt"].astype(bool)
    assert (shown.loc[few[few].index, "status"] == "suppressed").all()
    assert (shown["status"] == "published").mean() > 0.8  # protection by emptiness is a defect
