"""Activity: the Ibis counts against a pandas recomputation of a seeded log, indices by enumeration."""

from dataclasses import replace
from functools import reduce
from itertools import combinations, pairwise

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import pick, prepared, roster

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.members import SINCE, median_interval
from ksn_research.analyse.activity.replies import reciprocity
from ksn_research.analyse.activity.retention import (
    AFTER,
    WIDTHS,
    cohort_name,
    cohort_width,
    pooled,
    retention_rows,
)
from ksn_research.analyse.activity.section import analyse_activity, lasting_curves
from ksn_research.analyse.activity.setting import Log
from ksn_research.analyse.engagement.inequality import gini, jackknife_interval, top_share
from ksn_research.disclose.cells import PROTECTING, suppress
from ksn_research.errors import Origin
from ksn_research.read.engines import engine
from ksn_research.read.events import events as read_events
from ksn_research.results import collect
from ksn_research.score.events import activity, counted
from tests.conftest import modest

ibis.set_backend(engine())


def log(n=6000, seed=4) -> pd.DataFrame:
    """A seeded log of two years, uneven over 60 members, with self-replies and missing targets."""
    rng = np.random.default_rng(seed)
    weight = rng.pareto(1.2, 60) + 0.05
    member = rng.choice(60, n, p=weight / weight.sum())
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 731 * 86400, n)), unit="s")
    action = rng.choice(["post", "reply", "view"], n, p=[0.2, 0.3, 0.5])
    target = np.where(rng.random(n) < 0.9, rng.integers(0, 60, n), -1)
    frame = pd.DataFrame(
        {"year": time.year, "member": [f"m{i}" for i in member], "time": time, "action": action}
    )
    frame["object"] = "thread"
    frame["target"] = pd.Series([f"m{i}" if i >= 0 else None for i in target], dtype="object")
    frame.loc[frame["action"] != "reply", "target"] = None
    return frame


LOG = log()
PEOPLE = roster("people", {"year": [2025] * 50, "member": [f"m{i}" for i in range(50)],
                           "organisation": [f"o{i % 7}" for i in range(50)]})  # fmt: skip


def rows(frame=LOG, people=PEOPLE):
    return analyse_activity(prepared(year=2026, activity=ibis.memtable(frame), people=people))


ROWS = rows()


def test_rows_keep_the_contract():
    evidence = collect(ROWS)
    assert set(evidence.results["analysis"]) == {"activity", "retention", "lasting"}
    assert evidence.totals["parent"].isin(evidence.results["id"]).all()


def test_the_tally_adds_up_to_the_log():
    counts = counted(ibis.memtable(LOG)).months.to_pandas()
    assert counts["events"].sum() == len(LOG)
    assert not counts.duplicated(["year", "month", "member", "action"]).any()


def test_monthly_active_members_are_what_pandas_counts():
    expected = LOG.groupby(LOG["time"].dt.strftime("%Y-%m"))["member"].nunique()
    made = {row.category: row.estimate for row in ROWS if row.measure == "monthly_active_members"}
    assert made == expected.to_dict()


@pytest.mark.parametrize("action", ["post", "reply", "view"])
def test_events_by_action_are_what_pandas_counts(action):
    part = LOG[(LOG["year"] == 2025) & (LOG["action"] == action)]
    assert pick(ROWS, measure="events", category=action, statistic="count", year=2025).estimate == len(part)
    people = pick(ROWS, measure="events", category=action, statistic="people", year=2025)
    assert people.estimate == part["member"].nunique()
    assert people.organisations == 7


def test_the_share_of_the_roster_leaves_out_members_of_nowhere():
    active = set(LOG.loc[LOG["year"] == 2025, "member"])
    share = pick(ROWS, measure="active_members", statistic="share", year=2025)
    assert (share.count, share.population) == (len(active & set(PEOPLE["member"])), 50)
    assert pick(ROWS, measure="active_members", statistic="people", year=2025).estimate == len(active)


def test_reply_reciprocity_is_what_counting_ordered_pairs_gives():
    replies = LOG[(LOG["year"] == 2025) & (LOG["action"] == "reply")].dropna(subset=["target"])
    pairs = {(a, b) for a, b in zip(replies["member"], replies["target"], strict=True) if a != b}
    row = pick(ROWS, statistic="reciprocity", year=2025)
    assert row.n == len(pairs)
    assert row.estimate == pytest.approx(sum((b, a) in pairs for a, b in pairs) / len(pairs))


def test_a_log_without_replies_has_no_reciprocity_and_says_so():
    row = pick(rows(LOG[LOG["action"] != "reply"]), statistic="reciprocity", year=2025)
    assert (row.status, row.note) == ("undefined", "nobody replied")


def test_replies_to_oneself_are_no_pair():
    frame = LOG.head(2).assign(action="reply", member=["a", "b"], target=["a", "a"], year=2025)
    found = ask.by_ties(ask.repliers(ibis.memtable(frame), [2025]))
    assert found.to_dict("records") == [{"year": 2025, "ties": 1, "returned": 0, "members": 2}]


def test_the_node_jackknife_leaves_each_replier_out():
    replies = LOG[(LOG["year"] == 2025) & (LOG["action"] == "reply")].dropna(subset=["target"])
    pairs = {(a, b) for a, b in zip(replies["member"], replies["target"], strict=True) if a != b}
    nodes = sorted({name for pair in pairs for name in pair})

    def share(without):
        left = {pair for pair in pairs if without not in pair}
        return sum((b, a) in left for a, b in left) / len(left)

    left_out, n = np.array([share(node) for node in nodes]), len(nodes)
    se = ((n - 2) / (2 * n) * ((left_out - left_out.mean()) ** 2).sum()) ** 0.5
    row = pick(ROWS, statistic="reciprocity", year=2025)
    assert row.se == pytest.approx(se)
    assert row.ci_low < row.estimate < row.ci_high
    assert (row.people, row.organisations) == (len({a for a, _ in pairs}), 7)


def test_a_single_couple_has_no_interval():
    made = reciprocity(pd.DataFrame({"ties": [2], "returned": [1], "members": [2]}))
    assert (made.value, made.low) == (1.0, None)


def by_enumeration(x):
    """Mean absolute difference over all ordered pairs, over twice the mean."""
    differences = sum(abs(a - b) for a in x for b in x)
    return differences / (2 * len(x) ** 2 * (sum(x) / len(x)))


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=12))
def test_gini_and_each_left_out_gini_are_what_enumeration_gives(amounts):
    value, left_out = gini(np.array(amounts, dtype=float))
    assert value == pytest.approx(by_enumeration(amounts))
    expected = sorted(by_enumeration(list(part)) for part in combinations(amounts, len(amounts) - 1))
    assert sorted(left_out) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=3, max_size=25))
def test_each_left_out_top_share_is_the_top_share_without_that_one(amounts):
    x = np.sort(np.array(amounts, dtype=float))
    expected = [top_share(np.delete(x, i))[0] for i in range(len(x))]
    assert top_share(x)[1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("amounts", "share"),
    [([1] * 10, 0.1), ([1] * 9 + [11], 0.55), ([0.001] * 99 + [100], 100.009 / 100.099), ([3, 3], 0.1)],
)
def test_the_top_tenth_holds_what_it_holds(amounts, share):
    assert top_share(np.array(amounts, dtype=float))[0] == pytest.approx(share, abs=1e-12)


def test_the_jackknife_interval_covers_a_planted_gini():
    rng, hits = np.random.default_rng(17), 0
    for _ in range(400):
        value, left_out = gini(rng.exponential(size=300))  # the Gini coefficient of an exponential is 1/2
        _, low, high = jackknife_interval(value, left_out)
        hits += low <= 0.5 <= high
    assert hits / 400 == pytest.approx(0.95, abs=0.03)


def test_participation_is_the_gini_of_events_per_active_member():
    events = LOG[LOG["year"] == 2025].groupby("member").size().to_numpy(dtype=float)
    row = pick(ROWS, statistic="gini", year=2025)
    assert row.estimate == pytest.approx(by_enumeration(list(events)))
    assert row.ci_low < row.estimate < row.ci_high
    assert pick(ROWS, statistic="top_tenth_share", year=2025).estimate > 0.3


def times(pairs):
    frame = pd.DataFrame(pairs, columns=["member", "time"]).assign(action="view", object="x", target=None)
    frame["time"] = pd.to_datetime(frame["time"])
    return frame.assign(year=frame["time"].dt.year)


JOINED = roster(
    "people",
    {
        "year": [2025] * 5,
        "member": ["old", "a", "b", "c", "d"],
        "joined": pd.to_datetime(["2020-05-01", "2025-01-10", "2025-01-20", "2025-02-01", "2025-04-01"]),
    },
)
SMALL = times([("old", "2025-01-01"), ("a", "2025-01-11"), ("a", "2025-02-01"), ("b", "2025-03-01"),
               ("c", "2025-03-31"), ("old", "2025-04-30")])  # fmt: skip


def by_cohort(made, analysis="retention", year=2025):
    """Count and n of the shares of a year by category and cohort, "" for the whole."""
    shares = [r for r in made if (r.analysis, r.statistic, r.year) == (analysis, "share", year)]
    return {(r.category, r.level): (r.count, r.n) for r in shares}


def test_retention_counts_only_months_that_lie_within_the_log():
    whole = {"month 1": (2, 3), "month 2": (1, 3), "month 3": (0, 2)}  # not April's joiner: nobody sees May
    assert by_cohort(rows(SMALL, JOINED)) == {
        (month, level): found for month, found in whole.items() for level in ("", "2025")
    }


def test_the_rows_of_a_month_are_parts_of_the_whole_and_of_its_fate_where_they_are_all_of_it():
    made = rows(SMALL, JOINED)  # four joiners are one cohort
    pooled_row = pick(made, analysis="retention", category="month 1", group="")
    cohort = pick(made, analysis="retention", category="month 1", level="2025")
    assert (cohort.parents, cohort.group, cohort.binary) == ((pooled_row.id,), "cohort", False)
    assert pooled_row.binary
    apart = of_threshold(1, *joiners([0, 0, 0, 0, 3, 3, 3, 3], [0b1010] * 8))
    assert pick(apart, analysis="retention", category="month 1", level="2025-04").binary


def of_threshold(people, frame, listed):
    """Who stays, of a study that shows cells of so many people."""
    given = prepared(activity=ibis.memtable(frame), people=listed)
    return retention_rows(Log(replace(given, study=replace(given.study, people=people))))


def joiners(starts, months):
    """A log of 2025 and its roster: months of joining from 0, and as bits the months active in."""
    names = [f"m{i}" for i in range(len(starts))]
    events = [
        (name, f"2025-{m + 1:02}-05")
        for name, own in zip(names, months, strict=True)
        for m in range(12)
        if own >> m & 1
    ]
    on = [pd.Timestamp(2025, start + 1, 1) for start in starts]
    listed = roster("people", {"year": [2025] * len(names), "member": names, "joined": on})
    return times([*events, ("old", "2025-01-01"), ("old", "2025-12-31")]), listed


def cohorts_by_hand(starts, enough):
    """Names of the cohorts of each joiner, the calendar looked up."""
    halves = ["first half"] * 6 + ["second half"] * 6
    names = {
        1: [f"2025-{m:02}" for m in range(1, 13)],
        3: [f"2025 Q{1 + m // 3}" for m in range(12)],
        6: [f"2025 {half}" for half in halves],
        12: ["2025"] * 12,
    }
    for width in (1, 3, 6, 12):
        own = [names[width][start] for start in starts]
        if np.median([own.count(name) for name in set(own)]) >= enough:
            break
    return own


def retention_by_hand(starts, months, enough):
    found = {}
    cohorts = cohorts_by_hand(starts, enough)
    for after in range(1, 12):
        for start, own, cohort in zip(starts, months, cohorts, strict=True):
            if start + after < 12:
                for level in ("", cohort):
                    count, n = found.get((f"month {after}", level), (0, 0))
                    found[f"month {after}", level] = (count + (own >> start + after & 1), n + 1)
    return found


def lasting_by_hand(starts, months, enough):
    """Cohorts of which each month can be followed so long; the whole, in part followed, is left out."""
    found = {}
    cohorts = cohorts_by_hand(starts, enough)
    for after in AFTER:
        for cohort in set(cohorts):
            own = [(s, m) for s, m, name in zip(starts, months, cohorts, strict=True) if name == cohort]
            if all(start + after + ask.QUIET <= 12 for start, _ in own):
                quiet = [first_silence([bool(m >> k & 1) for k in range(s, 12)]) for s, m in own]
                still = sum(k is None or k > after for k in quiet)
                found[f"after {after} month{'s' * (after > 1)}", cohort] = (still, len(own))
    return found


MEMBERS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 4095)), min_size=1, max_size=30)


@settings(max_examples=modest(10, 20), deadline=None)
@given(MEMBERS, st.integers(1, 3))
def test_cohorts_are_what_looking_at_each_member_gives(members, people):
    starts, months = (list(x) for x in zip(*members, strict=True))
    made = of_threshold(people, *joiners(starts, months))
    assert by_cohort(made) == retention_by_hand(starts, months, 4 * people)
    lasting = {key: found for key, found in by_cohort(made, "lasting").items() if key[1]}
    assert lasting == lasting_by_hand(starts, months, 4 * people)


def worked_out(unknown, sums):
    """Which of the unknown follow from sums of them (each the set of its unknown), by linear algebra."""
    rows = np.array([[name in part for name in unknown] for part in sums], dtype=float)
    if not rows.size:
        return []
    rank = np.linalg.matrix_rank(rows)
    units = np.eye(len(unknown))
    return [
        name
        for name, unit in zip(unknown, units, strict=True)
        if np.linalg.matrix_rank(np.vstack([rows, unit])) == rank
    ]


@settings(max_examples=modest(10, 20), deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(4, 60), st.sampled_from([0.1, 0.3, 0.5, 0.8]), st.integers(3, 4)
)
def test_no_suppressed_cohort_is_the_difference_of_what_is_published(seed, size, chance, people):
    rng = np.random.default_rng(seed)  # drawn members, or most would have joined and done the same
    starts = rng.integers(0, rng.integers(1, 13), size).tolist()
    months = (rng.random((size, 12)) < chance) @ (1 << np.arange(12))
    made = of_threshold(people, *joiners(starts, months))
    evidence = collect(made)
    shown, why = suppress(evidence.results, evidence.support, evidence.totals, people, 1)
    hidden = list(shown.loc[shown["status"] == "suppressed", "id"])
    sums = []
    for whole in (row for row in made if row.statistic == "share" and not row.level):
        parts = [
            row
            for row in made
            if row.level and (row.analysis, row.category) == (whole.analysis, whole.category)
        ]
        # Of "lasting" the whole has members besides, where a cohort cannot be followed so long.
        if whole.n == sum(row.n for row in parts):
            sums.append({row.id for row in (whole, *parts)} & set(hidden))
    # What is hidden only to protect others may be worked out.
    assert [name for name in worked_out(hidden, sums) if why[name] != PROTECTING] == []


def test_a_cohort_that_follows_from_the_others_is_worked_out():
    assert worked_out(["a", "b", "c"], [{"a"}, {"b", "c"}]) == ["a"]


@pytest.mark.parametrize(
    ("each", "people", "width"),
    [(20, 5, 1), (19, 5, 3), (7, 5, 3), (6, 5, 6), (4, 5, 6), (3, 5, 12), (1, 5, 12), (19, 4, 1), (16, 4, 1)],
    ids=["at the bound", "one fewer", "quarters", "halves", "24", "18", "never", "above", "another bound"],
)
def test_months_of_joining_are_pooled_until_the_middle_cohort_is_wide_enough(each, people, width):
    assert cohort_width(pd.Series(each, index=range(24300, 24312)), 4 * people) == width


def test_the_middle_cohort_decides_and_months_without_joiners_are_none():
    assert cohort_width(pd.Series({24300: 60}), 20) == 1
    assert cohort_width(pd.Series({24300: 60, 24301: 20, 24302: 1}), 20) == 1
    assert cohort_width(pd.Series({24300: 60, 24301: 19, 24302: 1}), 20) == 3


def test_each_year_s_own_joiners_decide_how_wide_its_cohorts_are():
    frame, listed = joiners([0] * 4 + [1] * 4, [4095] * 8)
    before = [pd.Timestamp(2024, 1 + i % 12, 2) for i in range(12)]
    others = {"year": [2025] * 12, "member": [f"x{i}" for i in range(12)], "joined": before}
    listed = pd.concat([listed, roster("people", others)], ignore_index=True)
    frame = pd.concat([frame, times([("x0", "2024-01-02"), ("x1", "2024-12-30")])])
    made = of_threshold(1, frame, listed)
    assert {level for _, level in by_cohort(made)} == {"", "2025-01", "2025-02"}
    # Cut anew by the year after, cohorts that were published before would give others away.
    assert {level for _, level in by_cohort(made, year=2024)} == {"", "2024 first half", "2024 second half"}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_month_lies_in_one_cohort(width):
    months = np.arange(24300, 24312)
    made = pooled(months, width)
    assert [len(own) for own in made.values()] == [width] * (12 // width)
    assert np.concatenate(list(made.values())).tolist() == months.tolist()
    assert {cohort_name(int(m), width) for m in months} == set(made)


def test_a_years_retention_does_not_change_when_the_log_grows():
    later = pd.concat([SMALL, times([("d", "2026-02-01"), ("b", "2026-03-01")])])
    assert [r for r in rows(later, JOINED) if r.analysis == "retention" and r.year == 2025] == [
        r for r in rows(SMALL, JOINED) if r.analysis == "retention"
    ]


def test_without_joining_dates_the_first_event_is_joining_and_the_first_month_is_no_cohort():
    found = Log(
        prepared(activity=ibis.memtable(SMALL), people=roster("people", {"year": [2025], "member": ["a"]}))
    )
    assert found.joiners.sizes.to_dict() == {2025 * 12 + 2: 2}  # b and c, in March


def test_retention_recovers_a_planted_constant_rate():
    rng = np.random.default_rng(6)
    people = [(f"m{i}", pd.Timestamp(2025, 1 + i % 6, 1)) for i in range(600)]
    events = [
        (m, j + pd.DateOffset(months=k)) for m, j in people for k in range(7) if k == 0 or rng.random() < 0.4
    ]
    joined = roster(
        "people", {"year": [2025] * 600, "member": [m for m, _ in people], "joined": [j for _, j in people]}
    )
    for after in (1, 3, 6):
        row = pick(rows(times(events), joined), analysis="retention", category=f"month {after}", group="")
        assert row.ci_low - 0.02 < 0.4 < row.ci_high + 0.02


def test_without_a_log_there_are_no_rows_and_an_empty_curve():
    assert analyse_activity(prepared()) == []
    assert list(lasting_curves(prepared()).columns) == ["year", "month", "share", "low", "high", "n"]


def test_how_often_is_the_median_of_events_and_the_mean_of_months():
    own = LOG[LOG["year"] == 2025].groupby("member")["time"]
    events, months = own.size(), own.agg(lambda times: times.dt.month.nunique())
    row = pick(ROWS, statistic="median_events", year=2025)
    assert (row.estimate, row.n) == (events.median(), len(events))
    assert (row.ci_low, row.ci_high) == median_interval(events.to_numpy(dtype=float))
    row = pick(ROWS, statistic="mean_active_months", year=2025)
    assert row.estimate == pytest.approx(months.mean())
    assert row.se == pytest.approx(months.std(ddof=1) / len(months) ** 0.5)


@pytest.mark.parametrize(
    ("n", "ranks"),
    [(5, None), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (100, (40, 61))],
    # The lower rank is R's qbinom(0.025, n, 0.5).
)
def test_the_interval_of_a_median_lies_between_the_ranks_of_the_binomial_table(n, ranks):
    low, high = median_interval(np.arange(1.0, n + 1))
    assert (low, high) == ((None, None) if ranks is None else ranks)


def test_a_medians_interval_covers_it_at_least_as_often_as_it_says():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(500):
        low, high = median_interval(rng.exponential(size=40))
        hits += low <= np.log(2) <= high
    assert hits / 500 > 0.935


def test_recency_divides_the_active_by_their_last_month():
    last = LOG[LOG["year"] == 2025].groupby("member")["time"].max().dt.month
    ago = last.max() - last
    edges = [*SINCE, 99]
    for low, high in pairwise(edges):
        count = int(((ago >= low) & (ago < high)).sum())
        found = [r for r in ROWS if r.measure == "recency" and r.year == 2025 and r.category == SINCE[low]]
        assert [(r.count, r.n) for r in found] == ([(count, len(last))] if count else [])
    shares = [r.estimate for r in ROWS if r.measure == "recency" and r.year == 2025]
    assert sum(shares) == pytest.approx(1)


def first_silence(active, quiet=ask.QUIET):
    """Month of the first run of `quiet` silent months, by looking at each month in turn."""
    for start in range(len(active) - quiet + 1):
        if not any(active[start : start + quiet]):
            return start
    return None


@settings(max_examples=modest(12, 25), deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=6), st.integers(0, 3))
def test_going_quiet_is_the_first_silent_quarter(members, late):
    """Members join in the month `late` of a log of nine; what they did before does not count."""
    events = [(f"m{i}", f"2025-{m + 1:02}-05") for i, own in enumerate(members) for m in range(9) if own[m]]
    frame = times([*events, ("old", "2025-01-01"), ("old", "2025-09-30")])
    n, names = len(members), [f"m{i}" for i in range(len(members))]
    on = [pd.Timestamp(2025, 1 + late, 1)] * n
    joined = roster("people", {"year": [2025] * n, "member": names, "joined": on})
    found = Log(prepared(activity=ibis.memtable(frame), people=joined)).joiners.quiet
    expected = pd.Series([first_silence(own[late:]) for own in members], dtype="float64")
    made = np.repeat(found["after"].to_numpy(dtype=float), found["members"].to_numpy(dtype=int))
    np.testing.assert_array_equal(np.sort(made), np.sort(expected.to_numpy()))


def still_lasting(chance, months, quiet=ask.QUIET):
    """Share not yet quiet after `months`, when each month is active with `chance`: all histories up to the
    last month by which the silence is seen, added up."""
    length, share = months + quiet, 0.0
    for history in range(2**length):
        active = [bool(history >> m & 1) for m in range(length)]
        start = first_silence(active)
        if start is None or start > months:
            share += np.prod([chance if on else 1 - chance for on in active])
    return share


def test_kaplan_meier_recovers_a_planted_rate_of_activity():
    rng = np.random.default_rng(12)
    people = [(f"m{i}", pd.Timestamp(2025, 1 + i % 6, 1)) for i in range(900)]
    events = [
        (m, j + pd.DateOffset(months=k)) for m, j in people for k in range(13 - j.month) if rng.random() < 0.4
    ]
    joined = roster(
        "people", {"year": [2025] * 900, "member": [m for m, _ in people], "joined": [j for _, j in people]}
    )
    made = rows(times([*events, ("old", "2025-01-01"), ("old", "2025-12-31")]), joined)
    for after, said in zip(AFTER, ("after 1 month", "after 3 months", "after 6 months"), strict=True):
        row = pick(made, analysis="lasting", category=said, group="")
        assert row.ci_low < still_lasting(0.4, after) < row.ci_high
        assert row.estimate == pytest.approx(still_lasting(0.4, after), abs=0.05)
    whole = pick(made, analysis="lasting", category="after 3 months", group="")
    cohort = pick(made, analysis="lasting", category="after 3 months", level="2025-02")
    assert (cohort.n, cohort.parents, cohort.binary) == (150, (whole.id,), True)
    assert cohort.count == round(cohort.estimate * cohort.n)  # followed alike, a cohort's share is of all


def test_the_curve_is_what_r_makes_of_the_same_log():
    """R 4.2.2, survival 3.5-3: survfit(Surv(time, ended) ~ 1, conf.type = "log-log") of eight joiners
    followed as the test's comments tell."""
    months = {  # month of joining, months active: time, ended
        "a": (1, [1, 2, 3]),  # quiet in April: 3, seen
        "b": (1, []),  # 0, seen
        "c": (1, [1, 3, 5, 7, 9]),  # followed to July: 7 - 1 + 1 = lag 7 (August to October), not seen
        "d": (2, [2, 6]),  # quiet in March: 1, seen
        "e": (2, [2, 4, 6, 8, 10]),  # lag 6, not seen
        "f": (4, [4, 5, 6]),  # quiet in July: 3, seen
        "g": (7, [7, 10]),  # followed to August, lag 1, not seen
        "h": (8, [8]),  # joined in August, lag 0, not seen: September and October are too few
    }
    events = [(who, f"2025-{m:02}-10") for who, (_, active) in months.items() for m in active]
    frame = times([*events, ("old", "2025-01-01"), ("old", "2025-10-31")])
    joined = {who: pd.Timestamp(2025, start, 3) for who, (start, _) in months.items()}
    people = roster("people", {"year": [2025] * 8, "member": list(joined), "joined": list(joined.values())})
    curve = lasting_curves(prepared(activity=ibis.memtable(frame), people=people))
    assert curve["month"].tolist() == [0, 1, 3, 6, 7]
    assert curve["n"].tolist() == [8, 6, 4, 2, 1]
    share = [0.8750000000, 0.7291666667, 0.3645833333, 0.3645833333, 0.3645833333]
    low = [0.38700001403, 0.27639022034, 0.05339590686, 0.05339590686, 0.05339590686]
    high = [0.9813929659, 0.9253531813, 0.7064763904, 0.7064763904, 0.7064763904]
    for name, expected in (("share", share), ("low", low), ("high", high)):
        np.testing.assert_allclose(curve[name], expected, atol=5e-10)


@pytest.mark.parametrize("panel", [False, True], ids=["as read", "renamed since"])
def test_files_of_several_years_and_kinds_are_one_log(tmp_path, panel):
    """CSV and Parquet, a file a year: what was counted while reading is what counting all of it gives."""
    parts = []
    for year, suffix in ((2024, "csv"), (2025, "parquet")):
        path, own = tmp_path / f"log.{suffix}", LOG[LOG["year"] == year].drop(columns="year")
        own.to_csv(path, index=False) if suffix == "csv" else own.to_parquet(path)
        table, account, _ = activity(read_events(path, {}, year), Origin("log", year, "", path.name), PEOPLE)
        assert account.used == LOG.loc[LOG["year"] == year, "member"].isin(PEOPLE["member"]).sum()
        parts.append(table.mutate(object=table.object.upper()) if panel else table)
    whole = reduce(lambda a, b: a.union(b), parts)
    listed = LOG[LOG["member"].isin(PEOPLE["member"])]
    made = analyse_activity(prepared(year=2026, activity=whole, people=PEOPLE))
    assert made == rows(listed)


@pytest.mark.parametrize("untidy", [" m1", "m1\t", "  "])
def test_blanks_in_parquet_are_trimmed_once_they_are_seen(tmp_path, untidy):
    frame = (
        LOG.head(400).drop(columns="year").assign(action=lambda x: x["action"].where(x.index > 9, "reply "))
    )
    frame.loc[5, "member"] = untidy
    paths = [tmp_path / "log.csv", tmp_path / "log.parquet"]
    frame.to_csv(paths[0], index=False)
    frame.to_parquet(paths[1])
    origin, nobody = Origin("log", 2024, "", "log"), roster("people", {"member": []})
    tables = [activity(read_events(path, {}, 2024), origin, nobody) for path in paths]
    assert tables[0][1].aside == tables[1][1].aside
    read = [t.order_by("time", "member", "target").to_pandas() for t, *_ in tables]
    pd.testing.assert_frame_equal(*read, check_dtype=False)
    assert set(read[1]["action"]) == {"post", "reply", "view"}
    tallies = [counted(t).months.to_pandas() for t, *_ in tables]
    assert tallies[0]["events"].sum() == tallies[1]["events"].sum() == len(read[0])
