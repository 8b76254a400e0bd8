"""People in several circles, and ideas that travel between circles: pure functions."""

from __future__ import annotations

import os
from itertools import permutations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network import spread
from ksn_research.analyse.network import two_mode as circles
from ksn_research.analyse.network.two_mode import TwoMode, bridges_leave, two_mode

COVERED: tuple[str, ...] = ()  # the reference files hold no two-mode network

SOAK = bool(os.environ.get("KSN_SOAK"))


def southern_women() -> tuple[TwoMode, nx.Graph]:
    """Davis, Gardner & Gardner (1941), as networkx ships it: 18 women, 14 events, 89 seats."""
    graph = nx.davis_southern_women_graph()
    women = set(graph.graph["top"])
    seats = [(a, b) if a in women else (b, a) for a, b in graph.edges]
    return two_mode(pd.DataFrame(seats, columns=["member", "circle"])), graph


def chain() -> TwoMode:
    """A - x - B - y - C, D alone; u, v and w sit in one circle each."""
    seats = ["Ax", "Au", "Bx", "By", "Cy", "Cv", "Dw"]
    return two_mode(pd.DataFrame([tuple(s) for s in seats], columns=["circle", "member"]))


def test_the_southern_women_have_the_projection_and_the_clustering_that_networkx_finds() -> None:
    net, graph = southern_women()
    assert (len(net.people), len(net.circles), int(net.seats.sum())) == (18, 14, 89)
    found = circles.two_mode_clustering(net).value
    assert found == pytest.approx(nx.bipartite.robins_alexander_clustering(graph), rel=1e-12)
    shared = nx.bipartite.weighted_projected_graph(graph, list(net.circles))
    expected = nx.to_numpy_array(shared, nodelist=list(net.circles))
    assert np.array_equal(net.shared, expected)
    assert circles.projection_density(net).value == pytest.approx(nx.density(shared), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("projection_density", 2 / 6), ("mean_shared_members", 2 / 6), ("connected_pairs", 3 / 6),
     ("two_mode_clustering", 0.0)],
)  # fmt: skip
def test_a_chain_of_three_circles_and_one_alone(name: str, expected: float) -> None:
    assert getattr(circles, name)(chain()).value == pytest.approx(expected)
    assert circles.part_sizes(chain()).tolist() == [3, 1]
    assert chain().people[chain().bridging].tolist() == ["x", "y"]


@pytest.mark.parametrize("name", ["projection_density", "mean_shared_members", "connected_pairs"])
def test_with_one_circle_nothing_is_said_of_pairs(name: str) -> None:
    one = two_mode(pd.DataFrame({"circle": ["A", "A"], "member": ["x", "y"]}))
    found = getattr(circles, name)(one)
    assert found.value is None and found.why == circles.ONE_CIRCLE
    assert circles.two_mode_clustering(one).why == circles.NO_PATH


def test_a_circle_without_known_members_counts_and_a_seat_without_circle_does_not() -> None:
    seats = pd.DataFrame({"circle": ["A", "B", None, "A"], "member": ["x", None, "x", "x"]}, dtype="str")
    net = two_mode(seats)
    assert (net.circles.tolist(), net.people.tolist(), int(net.seats.sum())) == (["A", "B"], ["x"], 1)


def test_when_bridges_leave_the_chain_falls_apart_by_hand() -> None:
    left = bridges_leave(chain(), targeted=True)
    assert left.largest.shape == (circles.DRAWS, 3)
    # Whoever of x and y goes first leaves two circles together; both gone, each is alone.
    assert left.mean.tolist() == [3, 2, 1]
    assert left.robustness.value == pytest.approx((2 / 4 + 1 / 4) / 2)


def test_at_random_is_the_mean_over_all_orders() -> None:
    net, draws = chain(), 4000
    sizes = []
    for order in permutations(range(len(net.people)), 2):
        stay = np.ones(len(net.people), dtype=bool)
        stay[list(order)] = False
        kept = TwoMode(net.people[stay], net.circles, net.seats[stay])
        sizes.append(circles.part_sizes(kept)[0])
    left = bridges_leave(net, targeted=False, seed=3, draws=draws)
    assert left.mean[2] == pytest.approx(np.mean(sizes), abs=4 * np.std(sizes) / draws**0.5)


def test_those_in_most_circles_leave_first() -> None:
    seats = ["Ah", "Bh", "Ch", "Dh", "Dy", "Ey"]
    net = two_mode(pd.DataFrame([tuple(s) for s in seats], columns=["circle", "member"]))
    assert bridges_leave(net, targeted=True).mean.tolist() == [5, 2, 1]


def test_nobody_in_two_circles_leaves_no_robustness_to_speak_of() -> None:
    net = two_mode(pd.DataFrame({"circle": ["A", "B"], "member": ["x", "y"]}))
    found = bridges_leave(net, targeted=True).robustness
    assert found.value is None and found.why == circles.NO_BRIDGES
    assert circles.part_sizes(two_mode(pd.DataFrame(columns=["circle", "member"]))).tolist() == []


seats_of = st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("pqrstu")), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(seats=seats_of, shift=st.permutations("ABCDE"))
def test_other_names_of_circles_change_nothing(seats: list[tuple[str, str]], shift: list[str]) -> None:
    frame = pd.DataFrame(seats, columns=["circle", "member"])
    one, two = two_mode(frame), two_mode(frame.assign(circle=frame["circle"].map(dict(zip("ABCDE", shift)))))  # noqa: B905
    for name in ("projection_density", "mean_shared_members", "connected_pairs", "two_mode_clustering"):
        assert getattr(circles, name)(one) == getattr(circles, name)(two)
    assert circles.part_sizes(one).tolist() == circles.part_sizes(two).tolist()
    share = circles.two_mode_clustering(one).value
    assert share is None or 0 <= share <= 1


# ---- spread ----


def told(*rows: tuple[str, str, str | None], carried: list[str] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["idea", "circle", "date"])
    frame["carried_by"] = pd.Series(carried or [None] * len(rows), dtype="str")
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_adoptions_stand_in_order_and_a_circle_adopts_once() -> None:
    frame = told(
        ("I", "C", None), ("I", "B", "2025-03-08"), ("I", "A", "2025-03-01"), ("I", "B", "2025-02-01")
    )
    found = spread.adoptions(frame, carried_by="carried_by")
    assert found["circle"].tolist() == ["B", "A", "C"]
    assert found["order"].tolist() == [0, 1, 2]
    assert found["days"].tolist()[:2] == [0, 28] and np.isnan(found["days"][2])


@pytest.mark.parametrize(
    ("carrier", "expected"),
    [("x", True), ("y", False), ("z", False), (None, False)],
    ids=["sits in both", "sits in this one only", "sits in the earlier one only", "nobody named"],
)
def test_carrying_means_to_sit_in_both_circles(carrier: str | None, expected: bool) -> None:
    seats = pd.DataFrame([("A", "x"), ("B", "x"), ("B", "y"), ("A", "z")], columns=["circle", "member"])
    frame = told(("I", "A", "2025-01-01"), ("I", "B", "2025-02-01"), carried=[None, carrier])
    assert spread.carried(spread.adoptions(frame, carried_by="carried_by"), seats)[1] == expected


def test_a_circle_that_adopts_later_is_no_earlier_one() -> None:
    seats = pd.DataFrame([("B", "x"), ("C", "x")], columns=["circle", "member"])
    frame = told(("I", "A", "2025-01-01"), ("I", "B", "2025-02-01"), ("I", "C", "2025-03-01"),
                 carried=[None, "x", "x"])  # fmt: skip
    assert spread.carried(spread.adoptions(frame, carried_by="carried_by"), seats).tolist() == [
        False,
        False,
        True,
    ]


NAMES = np.array(list("ABCD"), dtype=object)
LINE = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=bool)


def test_linked_and_other_adoptions_are_counted_by_hand() -> None:
    # A starts; at B's turn B is linked to A, C and D are not; at D's turn C is linked to B, D to nobody.
    frame = told(("I", "A", "2025-01-01"), ("I", "B", "2025-02-01"), ("I", "D", "2025-03-01"))
    found = spread.linked_adoption(spread.adoptions(frame), NAMES, LINE)
    assert (found.adopted_linked, found.occasions_linked) == (1, 2)
    assert (found.adopted_others, found.occasions_others) == (1, 3)
    assert found.expected == pytest.approx(1 / 3 + 1 / 2)
    assert found.ratio.value == pytest.approx((1 / 2) / (1 / 3))


def test_the_exact_p_is_the_share_of_all_orders_of_the_circles() -> None:
    frame = told(("I", "A", "2025-01-01"), ("I", "B", "2025-02-01"), ("J", "B", "2025-01-01"),
                 ("J", "C", "2025-02-01"))  # fmt: skip
    table = spread.adoptions(frame)

    def far(order: tuple[int, ...]) -> float:
        placed = LINE[np.ix_(order, order)]
        seen, lot = 0.0, 0.0
        for had, now in (({0}, 1), ({1}, 2)):
            near = {c for c in range(4) if c not in had and any(placed[c, h] for h in had)}
            seen, lot = seen + (now in near), lot + len(near) / (4 - len(had))
        return abs(seen - lot)

    seen = far((0, 1, 2, 3))
    expected = np.mean([far(order) >= seen - 1e-9 for order in permutations(range(4))])
    found = spread.linked_adoption(table, NAMES, LINE)
    assert found.exact and found.p == pytest.approx(expected)


def test_adoptions_outside_the_list_of_circles_are_left_out() -> None:
    frame = told(("I", "Z", "2025-01-01"), ("I", "A", "2025-01-02"), ("I", "B", "2025-02-01"))
    found = spread.linked_adoption(spread.adoptions(frame), NAMES, LINE)
    assert found.adopted_linked + found.adopted_others == 1


def test_what_cannot_be_said_of_links_says_why() -> None:
    alone = spread.adoptions(told(("I", "A", "2025-01-01")))
    assert spread.linked_adoption(alone, NAMES, LINE).ratio.why == spread.NO_LATER
    table = spread.adoptions(told(("I", "A", "2025-01-01"), ("I", "B", "2025-02-01")))
    found = spread.linked_adoption(table, NAMES, np.zeros((4, 4), dtype=bool))
    assert found.linked.value is None and "no circle" in found.linked.why and found.p is None


def world(
    random: np.random.Generator, effect: float, c: int = 12, ideas: int = 12
) -> tuple[pd.DataFrame, np.ndarray]:
    """Ideas that reach a linked circle `effect` times as likely as another one, in random links."""
    linked = np.triu(random.random((c, c)) < 0.2, 1)
    linked |= linked.T
    rows = []
    for idea in range(ideas):
        have = [int(random.integers(c))]
        for _ in range(int(random.integers(1, 5))):
            chance = np.where(linked[have].any(axis=0), effect, 1.0)
            chance[have] = 0
            have.append(int(random.choice(c, p=chance / chance.sum())))
        rows += [
            (f"I{idea}", f"C{k:02}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=d))
            for d, k in enumerate(have)
        ]
    return pd.DataFrame(rows, columns=["idea", "circle", "date"]), linked


@pytest.mark.parametrize(
    ("effect", "low", "high"), [(1.0, 0.03, 0.07), (6.0, 0.8, 1.0)], ids=["null", "planted"]
)
def test_the_test_of_links_holds_its_level_and_finds_what_is_planted(effect, low, high) -> None:
    runs, random = (1000 if SOAK else 50), np.random.default_rng(5)
    names = np.array([f"C{k:02}" for k in range(12)], dtype=object)
    p = []
    for _ in range(runs):
        frame, linked = world(random, effect)
        p.append(spread.linked_adoption(spread.adoptions(frame), names, linked, draws=199).p)
    rejected, wide = np.mean(np.array(p) <= 0.05), 0 if SOAK else 3 * (0.05 * 0.95 / runs) ** 0.5
    assert low - wide <= rejected <= high + (wide if effect == 1 else 0)


YEAR = np.datetime64("2025-01-01"), np.datetime64("2025-12-31")


def days(*dates: str) -> np.ndarray:
    return np.array(dates, dtype="M8[D]")


def test_before_and_after_a_gathering_by_hand() -> None:
    adopted = days("2025-05-10", "2025-05-14", "2025-05-20", "2025-05-27", "2025-08-01")
    found = spread.around_gatherings(adopted, days("2025-05-14"), 14, *YEAR)
    # The day itself is after; the 28th of May would be day 14 and outside.
    assert (found.before, found.after, found.days_before, found.days_after) == (1, 3, 14, 14)
    assert found.ratio.value == 3
    # R 4.2: poisson.test(c(3, 1), c(14, 14)): rate ratio 3, interval 0.2408802278 to 157.4920882748, p 0.625.
    assert (found.ratio.low, found.ratio.high) == pytest.approx((0.2408802278, 157.4920882748), rel=1e-8)
    assert found.p == pytest.approx(0.625)


def test_windows_are_cut_to_the_records_and_no_day_counts_twice() -> None:
    found = spread.around_gatherings(days("2025-01-03"), days("2025-01-03"), 14, *YEAR)
    assert (found.days_before, found.days_after, found.after) == (2, 14, 1)
    two = spread.around_gatherings(days("2025-05-04"), days("2025-05-01", "2025-05-09"), 7, *YEAR)
    assert two.days_before + two.days_after == 22  # 24 April to 15 May
    assert (two.before, two.after) == (0, 1)


@pytest.mark.parametrize(
    ("adopted", "why"),
    [(days("2025-09-01"), spread.NOTHING_NEAR), (days("2025-05-15"), "no adoption in the days before")],
)
def test_a_ratio_without_both_sides_says_why(adopted: np.ndarray, why: str) -> None:
    found = spread.around_gatherings(adopted, days("2025-05-14"), 14, *YEAR)
    assert found.ratio.value is None and found.ratio.why == why
