"""Who stands between others, and between which groups (Gould & Fernandez 1989).

Imports `structure`, `mixing` (labels, permutations) and `brokerage_expected` (ties at random). A broker v
stands between i and j when i -> v -> j and i has no tie to j. Only triads whose three pairs were all
observed count: an unseen pair is neither a tie nor the want of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.brokerage_expected import (
    DIRECTED,
    UNDIRECTED,
    Role,
    legs,
    node_moments,
    possible_triads,
    total_moments,
)
from ksn_research.analyse.network.mixing import (
    BATCH,
    CLOSE,
    DRAWS,
    EXACT,
    group_codes,
    labellings,
    relabellings,
)
from ksn_research.analyse.network.structure import Estimate, Network
from ksn_research.executors import each

CELLS = 4_000_000  # triads times labellings held at one time
NO_TRIAD = "no triad of this role is possible: its groups are too small or its pairs were not observed"
NO_CHANCE = "no ties, or every observed pair is tied: chance leaves nothing to compare with"
NOBODY = "stands between nobody, whatever the groups"


@dataclass(frozen=True)
class RoleCount:
    """One role in the whole network.

    raw        open triads of the role; None where none is possible
    possible   triads that could have been: all three pairs observed, groups as the role asks
    expected   mean of raw if ties fell at random at the observed density
    sd         its exact standard deviation under that null
    z          (raw - expected) / sd
    reshuffled mean of raw if the labels were shuffled and the graph held fixed
    p          two-sided, by that shuffle; exact where every labelling was counted
    """

    role: str
    raw: int | None
    possible: int
    expected: float
    sd: float
    z: Estimate
    reshuffled: float | None
    p: Estimate
    exact: bool

    @property
    def relative(self) -> Estimate:
        """Raw divided by expected, as UCINET prints it."""
        if self.raw is None or not self.expected:
            return Estimate(None, why=NO_TRIAD if self.raw is None else NO_CHANCE)
        return Estimate(self.raw / self.expected)


@dataclass(frozen=True, eq=False)
class Brokerage:
    """Roles of every node and of the network.

    nodes      n names: those of known group
    roles      the names of the r roles, "total" last
    by_node    n rows of r RoleCounts
    overall    r RoleCounts of the whole network (sums over the nodes)
    density    of the network among `nodes`: the chance of a tie under the null
    left_out   nodes without a label
    """

    nodes: np.ndarray
    roles: tuple[str, ...]
    by_node: tuple[tuple[RoleCount, ...], ...]
    overall: tuple[RoleCount, ...]
    density: float | None
    left_out: int

    def raw(self) -> np.ndarray:
        """n x r counts; 0 also where no triad was possible (see `possible` of each)."""
        return np.array([[role.raw or 0 for role in row] for row in self.by_node])


def brokerage_counts(network: Network, labels: np.ndarray) -> np.ndarray:
    """Open triads by broker (row) and role (column); every label known.

    Columns as `DIRECTED` or `UNDIRECTED` of `brokerage_expected`, total last. Undirected triads count
    once, and representative and gatekeeper are one role, because nobody sends.

    >>> A = np.array([[np.nan, 1, 0], [0, np.nan, 1], [0, 0, np.nan]])
    >>> line = Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool))
    >>> brokerage_counts(line, np.array(["North", "North", "South"])).tolist()
    [[0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1], [0, 0, 0, 0, 0, 0]]
    """
    same = np.equal.outer(labels, labels)
    return np.column_stack([_open_triads(role, network, same) for role in roles_of(network)])


def roles_of(network: Network) -> tuple[Role, ...]:
    """Six roles where ties have a sender, else five."""
    return DIRECTED if network.directed else UNDIRECTED


def _open_triads(role: Role, network: Network, same: np.ndarray) -> np.ndarray:
    first, second, ends = legs(role, same)
    into, out = (network.ties & suits for suits in (first, second))
    apart = network.observed & ~network.ties & ends
    reached = apart.astype(np.float32) @ out.T.astype(np.float32)
    return np.rint(role.weight * (into * reached).sum(axis=0, dtype=float)).astype(int)


def brokerage(
    network: Network, labels: np.ndarray, seed: int = 1, draws: int = DRAWS, batch: int = BATCH
) -> Brokerage:
    """Roles of every node and of the network, against ties at random and against shuffled labels.

    labels  one label per node, None or NaN where not known: such nodes are left out

    Two nulls, two questions. z: does a node broker more than its place in groups of these sizes would
    give it if ties fell at random (Gould & Fernandez 1989)? p: given the graph, does it matter which
    node is of which group? z is not normal where few triads are expected; then read p. The same numbers
    come out whatever the batch.
    """
    codes, known = group_codes(labels)
    inner, codes = network.restricted(known), codes[known]
    roles, raw = roles_of(inner), brokerage_counts(inner, codes)
    d = inner.tie_count / inner.observed_pairs if inner.observed_pairs else None
    expected = _moments(roles, inner, codes, d or 0.0)
    centre, hits, drawn = shuffled(inner, codes, raw, seed, draws, batch)
    exact = labellings(codes) <= EXACT
    p = hits / max(drawn, 1) if exact else (1 + hits) / (1 + drawn)
    columns = (np.vstack([raw, raw.sum(axis=0)]), *expected, centre, p)
    names = tuple(role.name for role in roles)
    rows = [
        tuple(_role_count(name, exact, *cell) for name, cell in zip(names, row.T.tolist(), strict=True))
        for row in np.stack(columns, axis=1)
    ]
    return Brokerage(inner.nodes, names, tuple(rows[:-1]), rows[-1], d, int((~known).sum()))


def _moments(
    roles: tuple[Role, ...], network: Network, codes: np.ndarray, d: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Possible triads, expected count and its standard deviation; a row per node and one for all."""
    same, observed = np.equal.outer(codes, codes), network.observed
    both = [
        (node_moments(role, triads, d), total_moments(role, triads, d, network.directed))
        for role in roles
        for triads in [possible_triads(role, observed, same)]
    ]
    possible, mean, variance = (
        np.column_stack([np.append(getattr(one, name), getattr(every, name)) for one, every in both])
        for name in ("possible", "mean", "variance")
    )
    return possible, mean, np.maximum(variance, 0.0) ** 0.5


def _role_count(
    name: str,
    exact: bool,
    raw: float,
    possible: float,
    mean: float,
    sd: float,
    centre: float,
    p: float,
) -> RoleCount:
    return RoleCount(
        role=name,
        raw=round(raw) if possible else None,
        possible=round(possible),
        expected=mean,
        sd=sd,
        z=_z(raw, possible, mean, sd),
        reshuffled=centre if name != "total" else None,
        p=_p(name, centre, p),
        exact=exact,
    )


def _z(raw: float, possible: float, mean: float, sd: float) -> Estimate:
    if not possible:
        return Estimate(None, why=NO_TRIAD)
    return Estimate((raw - mean) / sd) if sd > CLOSE else Estimate(None, why=NO_CHANCE)


def _p(name: str, centre: float, p: float) -> Estimate:
    if name == "total":
        return Estimate(None, why="shuffling labels does not change the total")
    return Estimate(p) if centre > 0 else Estimate(None, why=NOBODY)


def shuffled(
    network: Network, codes: np.ndarray, raw: np.ndarray, seed: int, draws: int, batch: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Shuffle the labels over the fixed graph.

    Out come, per node and in a last row for the network, and per role: the exact mean count; how many
    labellings are at least as far from it as the count seen; and how many labellings there were.
    """
    roles, n = roles_of(network), network.size
    i, v, j = open_triads(network)
    through = np.append(np.bincount(v, minlength=n), len(v))
    centre = np.outer(through, role_chances(codes, roles))
    far = np.abs(np.vstack([raw, raw.sum(axis=0)]) - centre) - CLOSE

    def as_far(placed: np.ndarray) -> tuple[np.ndarray, int]:
        counts = enumerate(_roles_placed(roles, n, (i, v, j), placed))
        found = [(np.abs(k - centre[:, r, None]) >= far[:, r, None]).sum(axis=1) for r, k in counts]
        return np.stack(found, axis=1), len(placed)

    hits, drawn = np.zeros(centre.shape, dtype=int), 0
    for found, many in each(as_far, relabellings(codes, seed, draws, batch) if n else ()):
        hits[:, : found.shape[1]] += found
        drawn += many
    return centre, hits, drawn


def open_triads(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """i, v, j of every open triad, sorted by v; undirected triads once, with i before j.

    >>> A = np.array([[np.nan, 1, 0], [0, np.nan, 1], [0, 0, np.nan]])
    >>> line = Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool))
    >>> [nodes.tolist() for nodes in open_triads(line)]
    [[0], [1], [2]]
    """
    apart = network.observed & ~network.ties
    apart = apart if network.directed else np.triu(apart)
    found = [
        (into[a], np.full(len(a), v), out[b])
        for v in range(network.size)
        for into, out in [(np.nonzero(network.ties[:, v])[0], np.nonzero(network.ties[v])[0])]
        for a, b in [np.nonzero(apart[np.ix_(into, out)])]
    ]
    none = (np.empty(0, dtype=int),) * 3
    i, v, j = (np.concatenate(column) for column in zip(none, *found, strict=True))
    return i, v, j


def role_chances(codes: np.ndarray, roles: tuple[Role, ...]) -> np.ndarray:
    """Chance of each role for three nodes of a triad when the labels are placed at random.

    >>> role_chances(np.array([0, 0, 1]), DIRECTED).round(3).tolist()
    [0.0, 0.333, 0.333, 0.333, 0.0, 1.0]
    """
    n = len(codes)
    size = np.unique(codes, return_counts=True)[1].astype(float)
    triples = max(n * (n - 1.0) * (n - 2.0), 1.0)
    one = float((size * (size - 1) * (size - 2)).sum()) / triples
    pair = float((size * (size - 1) * (n - size)).sum()) / triples
    either = 1.0 if roles == DIRECTED else 2.0
    chance = {"coordinator": one, "itinerant": pair, "liaison": 1 - one - 3 * pair, "total": 1.0}
    found = np.array([chance.get(role.name, pair * either) for role in roles])
    return np.where(found < CLOSE, 0.0, found)


def _roles_placed(
    roles: tuple[Role, ...], n: int, triads: tuple[np.ndarray, ...], placed: np.ndarray
) -> Iterator[np.ndarray]:
    """Per role but the total, counts of every node and of the network in every labelling."""
    one, first, second, ends = _equalities(n, triads, placed)
    total = np.bincount(triads[1], minlength=n)[:, None]
    itinerant, representative, gatekeeper = ends - one, first - one, second - one
    between = [representative, gatekeeper] if roles == DIRECTED else [representative + gatekeeper]
    liaison = total - one - itinerant - representative - gatekeeper
    for counts in (one, itinerant, *between, liaison):
        yield np.vstack([counts, counts.sum(axis=0)])


def _equalities(n: int, triads: tuple[np.ndarray, ...], placed: np.ndarray) -> np.ndarray:
    """4 x n x labellings: by broker, triads all of one group; with i and v, v and j, i and j of one."""
    label = np.ascontiguousarray(placed.T)
    found = np.zeros((4, n, len(placed)), dtype=np.int32)
    for i, v, j in _portions(triads, max(1, CELLS // max(1, len(placed)))):
        starts = np.flatnonzero(np.diff(v, prepend=-1))
        a, b, c = label[i], label[v], label[j]
        first, second = np.equal(a, b), np.equal(b, c)
        for k, equal in enumerate((first & second, first, second, np.equal(a, c))):
            found[k, v[starts]] += np.add.reduceat(equal, starts, axis=0, dtype=np.int32)
    return found


def _portions(triads: tuple[np.ndarray, ...], size: int) -> Iterable[tuple[np.ndarray, ...]]:
    """The triads in runs of at most `size`."""
    for start in range(0, len(triads[0]), size):
        yield tuple(column[start : start + size] for column in triads)
