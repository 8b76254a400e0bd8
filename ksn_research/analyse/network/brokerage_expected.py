"""What brokerage would be if ties fell at random: exact means and variances. (imports nothing here)

An open triad is i -> v -> j without a tie i -> j, seen with all three states. Under the null every pair
holds a tie with chance d, independently; who belongs to which group, and which pairs were seen, is
fixed. Two triads depend on each other only through the pairs they share, so that counting, for every
pair, the triads in which it is a leg or the missing third side gives every covariance. With complete
data these are the moments of Gould & Fernandez (1989), corrected at network level (see `total_moments`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Role:
    """A kind of brokerage, by which of i, v, j of a triad i - v - j are of one group.

    first, second, ends  i and v, v and j, i and j: True of one group, False of two, None either
    weight               1/2 where the matrices hold every undirected triad twice
    """

    name: str
    first: bool | None = None
    second: bool | None = None
    ends: bool | None = None
    weight: float = 1.0


DIRECTED = (
    Role("coordinator", True, True, True),
    Role("itinerant", False, False, True),
    Role("representative", True, False, False),
    Role("gatekeeper", False, True, False),
    Role("liaison", False, False, False),
    Role("total"),
)
UNDIRECTED = (
    Role("coordinator", True, True, True, 0.5),
    Role("itinerant", False, False, True, 0.5),
    Role("representative or gatekeeper", True, False, False),
    Role("liaison", False, False, False, 0.5),
    Role("total", weight=0.5),
)


@dataclass(frozen=True, eq=False)
class Triads:
    """How many triads of one role could be, by the pair and its place in the triad; n x n counts.

    first   at [i, v]: triads with i -> v as first leg
    second  at [v, j]: triads with v -> j as second leg
    third   at [i, j]: triads with i -> j as the side that must be empty
    swapped pairs of triads on the same three nodes, as [first two swapped, last two swapped]
    """

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray
    swapped: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Moments:
    """Possible triads with mean and variance of the open ones; per node (arrays) or in all (numbers)."""

    possible: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def legs(role: Role, same: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For the first leg, the second leg and the third side, the pairs whose groups suit the role."""
    return _suits(role.first, same), _suits(role.second, same), _suits(role.ends, same)


def _suits(wanted: bool | None, same: np.ndarray) -> np.ndarray:
    return np.ones_like(same) if wanted is None else np.equal(same, wanted)


def possible_triads(role: Role, observed: np.ndarray, same: np.ndarray) -> Triads:
    """Count the triads of a role whose three pairs were all observed.

    observed  n x n booleans with an empty diagonal
    same      n x n booleans: row and column are of one group
    """
    a, b, c = ((observed & suits).astype(np.float32) for suits in legs(role, same))
    bc, ac = b * c, a * c
    swapped = (
        float((a * a.T * (bc @ bc.T)).sum(dtype=float)),
        float((b * b.T * (ac.T @ ac)).sum(dtype=float)),
    )
    return Triads(a * (c @ b.T), b * (a.T @ c), c * (a @ b), swapped)


def node_moments(role: Role, triads: Triads, d: float) -> Moments:
    """Mean and variance of a role's count at every node (Gould & Fernandez 1989, appendix).

    mu = d^2 (1 - d); variance = possible * mu (1 - mu) + d^3 (1 - d)^3 * (pairs of triads with a common
    leg): through one v, two triads share at most one pair, and only as a leg.

    >>> everybody = ~np.eye(5, dtype=bool)
    >>> role = DIRECTED[-1]
    >>> found = node_moments(role, possible_triads(role, everybody, everybody), 0.5)
    >>> found.possible[0], found.mean[0], found.variance[0]
    (np.float64(12.0), np.float64(1.5), np.float64(2.0625))
    """
    first, second = triads.first.astype(float), triads.second.astype(float)
    mu, leg = d**2 * (1 - d), (d * (1 - d)) ** 3
    possible = role.weight * first.sum(axis=0)
    common = (first * (first - 1)).sum(axis=0) + (second * (second - 1)).sum(axis=1)
    return Moments(possible, possible * mu, possible * mu * (1 - mu) + leg * role.weight * common)


def total_moments(role: Role, triads: Triads, d: float, directed: bool = True) -> Moments:
    """Mean and variance of a role's count in the whole network.

    Covariance of two triads: d^3 (1 - d)^3 when they share a leg, d^5 (1 - d) when they share the empty
    side, -mu^2 when the leg of one is the empty side of the other. Triads on the same three nodes share
    two pairs (undirected: three) and contradict each other: -mu^2, once. R's sna (2.7.1) leaves these last
    pairs out, and for representative and gatekeeper the ones before them too: its sd is too large.
    """
    mu, leg, side = d**2 * (1 - d), (d * (1 - d)) ** 3, d**5 * (1 - d)
    as_leg, as_side, same_nodes = _by_pair(role, triads, directed)
    shared = leg * as_leg * (as_leg - 1) + side * as_side * (as_side - 1) - 2 * mu**2 * as_leg * as_side
    possible = role.weight * triads.first.sum(dtype=float)
    again = mu**2 if directed else mu**2 - leg
    variance = possible * mu * (1 - mu) + shared.sum() / (1 if directed else 2) + again * same_nodes
    return Moments(*(np.asarray(x) for x in (possible, possible * mu, variance)))


def _by_pair(role: Role, triads: Triads, directed: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Per pair, triads that have it as a leg and as the empty side; and pairs of triads on three nodes."""
    as_leg, as_side = (triads.first + triads.second).astype(float), triads.third.astype(float)
    if directed:
        return as_leg, as_side, sum(triads.swapped)
    return role.weight * (as_leg + as_leg.T), role.weight * (as_side + as_side.T), triads.swapped[0]
