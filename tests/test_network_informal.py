"""Help beside an official scheme: shares of ties, overlap, kinds of community."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network import informal
from ksn_research.analyse.network.informal import help_beside, kinds_apart

COVERED: tuple[str, ...] = ()  # the reference files hold no official scheme


def pairs(*ends: str) -> pd.DataFrame:
    return pd.DataFrame([tuple(pair) for pair in ends], columns=["ego", "alter"], dtype="str")


HELP, SCHEME = pairs("ab", "ba", "bc", "cd", "da"), pairs("ba", "cd", "ef")


def test_a_tie_between_an_official_pair_is_official_either_way_round() -> None:
    assert help_beside(HELP, SCHEME).outside.tolist() == [False, False, True, False, True]
    assert informal.outside_share(help_beside(HELP, SCHEME)).value == pytest.approx(2 / 5)


def test_a_chosen_part_has_its_own_share_and_pairs_in_two_communities_count_twice() -> None:
    helped = help_beside(pd.concat([HELP, pairs("bc")]), SCHEME)
    assert informal.outside_share(helped).value == pytest.approx(3 / 6)
    chosen = np.array([True, False, True, False, False, True])
    assert informal.outside_share(helped, chosen).value == pytest.approx(2 / 3)


def test_overlap_is_of_pairs_and_help_of_the_scheme_is_of_the_mentor() -> None:
    helped = help_beside(HELP, SCHEME)
    # Pairs that help: ab bc cd ad; official: ab cd ef. Mentors who help: b (of a) and c (of d), not e.
    assert informal.overlap(helped).value == pytest.approx(2 / 5)
    assert informal.helping_share(helped).value == pytest.approx(2 / 3)
    assert informal.helping_share(help_beside(pairs("ab"), pairs("ba"))).value == 0


def test_the_interval_is_the_node_jackknife_of_snijders_and_borgatti() -> None:
    random = np.random.default_rng(2)
    ends = [(f"p{a}", f"p{b}") for a in range(12) for b in range(12) if a != b and random.random() < 0.3]
    helped = help_beside(
        pd.DataFrame(ends, columns=["ego", "alter"]), pd.DataFrame(ends[::4], columns=["ego", "alter"])
    )
    left_out = []
    for person in helped.people:
        keep = [person not in pair for pair in ends]
        left_out.append(helped.outside[keep].mean())
    n = len(helped.people)
    se = ((n - 2) / (2 * n) * ((np.array(left_out) - np.mean(left_out)) ** 2).sum()) ** 0.5
    assert informal.outside_share(helped).se == pytest.approx(se)


@pytest.mark.parametrize(
    ("of", "helped", "why"),
    [
        (informal.outside_share, help_beside(pairs(), SCHEME), informal.NO_HELP),
        (informal.helping_share, help_beside(HELP, pairs()), informal.NO_PAIRS),
        (informal.overlap, help_beside(pairs(), pairs()), "neither help"),
    ],
    ids=["no help", "no scheme", "neither"],
)
def test_what_cannot_be_said_says_why(of, helped, why) -> None:
    found = of(helped)
    assert found.value is None and why in found.why


def test_the_exact_p_permutes_kinds_over_whole_communities() -> None:
    random = np.random.default_rng(8)
    community = np.repeat(np.arange(6), [4, 7, 3, 9, 5, 6])
    outside, kind = random.random(34) < 0.6, np.array(list("aabbbc"), dtype=object)

    def width(labels) -> float:
        shares = [outside[np.isin(community, np.flatnonzero(np.equal(labels, k)))].mean() for k in "abc"]
        return max(shares) - min(shares)

    found = kinds_apart(outside, community, kind)
    every = [width(np.array(order, dtype=object)) for order in set(permutations(kind))]
    assert found.width.value == pytest.approx(width(kind))
    assert found.exact and found.p == pytest.approx(np.mean(np.array(every) >= width(kind) - 1e-9))


def test_communities_of_unknown_kind_are_left_out_and_one_kind_has_nothing_to_differ_from() -> None:
    outside, community = np.array([True, False, True]), np.array([0, 1, 2])
    found = kinds_apart(outside, community, np.array(["a", "b", None], dtype=object))
    assert (found.width.value, found.exact) == (1.0, True)
    none = kinds_apart(outside, community, np.array(["a", "a", None], dtype=object))
    assert none.width.value is None and none.width.why == informal.ONE_KIND and none.p is None


def test_what_is_planted_by_kind_is_found() -> None:
    random = np.random.default_rng(4)
    kind = np.array(["formal"] * 3 + ["informal"] * 5 + ["between"] * 4, dtype=object)
    chance = np.where(kind == "formal", 0.55, 0.97)
    community = np.repeat(np.arange(12), 33)
    found = kinds_apart(random.random(len(community)) < chance[community], community, kind)
    assert found.exact and found.p < 0.02 and 0.3 < found.width.value < 0.55


ends = st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(lambda pair: pair[0] != pair[1])


@settings(max_examples=50, deadline=None)
@given(
    ties=st.lists(ends, min_size=1, max_size=15),
    scheme=st.lists(ends, max_size=6),
    other=st.permutations("abcdef"),
)
def test_other_names_and_turned_ties_change_no_share(ties, scheme, other) -> None:
    frames = [pd.DataFrame(rows, columns=["ego", "alter"], dtype="str") for rows in (ties, scheme)]
    names = dict(zip("abcdef", other, strict=True))
    one, two = help_beside(*frames), help_beside(*(f.apply(lambda c: c.map(names)) for f in frames))
    turned = help_beside(*(f.rename(columns={"ego": "alter", "alter": "ego"}) for f in frames))
    for of in (informal.outside_share, informal.helping_share, informal.overlap):
        assert of(one).value == of(two).value
        assert of(one).value == of(turned).value
        assert of(one).se == pytest.approx(of(two).se)
