"""Offers and needs by topic, asks that reach somebody, steps to the nearest."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network import expertise

COVERED: tuple[str, ...] = ()  # the reference files hold no topics


def said(*rows: str) -> pd.DataFrame:
    """ "a boards" is person a on the topic boards."""
    return pd.DataFrame([row.split() for row in rows], columns=["member", "topic"], dtype="str")


def ties(*rows: str) -> pd.DataFrame:
    """ "a b boards" is an ask about boards; "a b" a tie of no topic."""
    cells = [(*row.split(), None)[:3] for row in rows]
    return pd.DataFrame(cells, columns=["ego", "alter", "topic"], dtype="str")


def test_supply_and_demand_are_of_distinct_people() -> None:
    table = expertise.topic_table(
        said("a boards", "b boards", "a boards", "a law"), said("c boards", "a boards", "c maths")
    )
    assert table.index.tolist() == ["boards", "law", "maths"]
    assert table[["offers", "needs", "people"]].to_numpy().tolist() == [[2, 2, 3], [1, 0, 1], [0, 1, 1]]
    assert table["ratio"].tolist()[::2] == [1, 0] and np.isnan(table["ratio"]["law"])
    assert expertise.uncovered(table).tolist() == ["maths"]


def test_rows_without_person_or_topic_are_no_offer() -> None:
    table = expertise.topic_table(
        said("a boards"), pd.DataFrame({"member": ["b", None], "topic": [None, "law"]}, dtype="str")
    )
    assert table.index.tolist() == ["boards"]


def test_an_ask_reaches_when_its_receiver_offers_that_topic() -> None:
    asks = ties("a b boards", "a c boards", "d b law", "d b boards")
    hit = expertise.reached(asks, said("b boards", "c law"))
    assert hit.tolist() == [True, False, False, True]
    assert expertise.reached_share(asks, hit).value == pytest.approx(0.5)


def test_the_interval_takes_the_asks_of_one_person_together() -> None:
    asks = pd.DataFrame({"ego": list("aaabbc"), "alter": "x", "topic": "t"})
    hit = np.array([True, True, True, False, False, True])
    # Cochran 1977, eq. 6.9 by hand: ratio 4/6; residuals 3 - 2, 0 - 4/3, 1 - 2/3 over three askers.
    se = (3 / 2 * (1 + 16 / 9 + 1 / 9)) ** 0.5 / 6
    assert expertise.reached_share(asks, hit).se == pytest.approx(se)
    assert expertise.reached_share(asks[:0], hit[:0]).why == expertise.NO_ASKS


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        (("a b", "b c"), 2.0),
        (("b a", "c b"), 2.0),
        (("a b", "b c", "a c boards"), 2.0),
        (("a b", "b c", "a c law"), 1.0),
        (("a b",), np.inf),
    ],
    ids=["along", "against", "an ask of that topic is no way", "one of another topic is", "no way"],
)
def test_steps_to_the_nearest_who_offers(edges: tuple[str, ...], expected: float) -> None:
    assert expertise.steps_to_nearest(said("a boards"), said("c boards"), ties(*edges)).tolist() == [expected]


def test_who_offers_it_oneself_needs_no_step_and_a_topic_nobody_offers_is_out_of_reach() -> None:
    found = expertise.steps_to_nearest(said("a boards", "a law"), said("a boards", "b boards"), ties("a b"))
    assert np.isnan(found[0]) and found[1] == np.inf


def test_with_the_asks_of_the_topic_the_answer_is_a_step_away() -> None:
    wanted, offers, edges = said("a boards"), said("c boards"), ties("a c boards")
    assert expertise.steps_to_nearest(wanted, offers, edges).tolist() == [np.inf]
    assert expertise.steps_to_nearest(wanted, offers, edges, skip_topic=False).tolist() == [1]


people = st.sampled_from("abcdefgh")
topics = st.sampled_from(["boards", "law"])


@settings(max_examples=50, deadline=None)
@given(
    wanted=st.lists(st.tuples(people, topics), min_size=1, max_size=6, unique=True),
    offers=st.lists(st.tuples(people, topics), max_size=4, unique=True),
    edges=st.lists(st.tuples(people, people, st.sampled_from(["boards", "law", None])), max_size=12),
)
def test_steps_are_the_shortest_paths_of_networkx(wanted, offers, edges) -> None:
    columns = ["member", "topic"]
    found = expertise.steps_to_nearest(
        pd.DataFrame(wanted, columns=columns, dtype="str"),
        pd.DataFrame(offers, columns=columns, dtype="str"),
        pd.DataFrame(edges, columns=["ego", "alter", "topic"], dtype="str"),
    )
    for (person, topic), steps in zip(wanted, found, strict=True):
        graph = nx.Graph([(a, b) for a, b, about in edges if about != topic])
        graph.add_nodes_from("abcdefgh")
        ways = nx.single_source_shortest_path_length(graph, person)
        best = min((ways[who] for who, about in offers if about == topic and who in ways), default=np.inf)
        assert steps == best or (best == 0 and np.isnan(steps))


def test_planted_asks_come_back() -> None:
    random = np.random.default_rng(6)
    offers = said(*(f"p{k} t{k % 5}" for k in range(40)))
    rows = []
    for _ in range(2000):
        topic = int(random.integers(5))
        knows = random.random() < 0.75
        knower = 5 * int(random.integers(8)) + (topic if knows else (topic + 1) % 5)
        rows.append((f"q{random.integers(200)}", f"p{knower}", f"t{topic}"))
    asks = pd.DataFrame(rows, columns=["ego", "alter", "topic"], dtype="str")
    found = expertise.reached_share(asks, expertise.reached(asks, offers))
    assert found.low < 0.75 < found.high and found.se == pytest.approx((0.75 * 0.25 / 2000) ** 0.5, rel=0.2)
