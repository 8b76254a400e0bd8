"""Places of nodes on a map: the same for the same ties, and kept once they are known. (imports `communities`)

The square from 0 to 1: nodes with ties inside a disc about its middle, those without at its rim. Distances
on such a map mean little: nodes with ties to each other stand near each other where there is room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from ksn_research.analyse.network.communities import seeded

DISC, RIM = 0.40, 0.47  # the disc of tied nodes and the circle of the others, as shares of the square
DIGITS = 4
STEPS = 600
CLOSEST = 0.72  # the least distance, as a share of the spacing at which so many points would fill the disc
ROUNDS = 400
WAYS = 720
WEAK = 0.3  # the pull of ties without common partners; that of the mean tie is one more

Place = tuple[float, float]


def layout(
    nodes: Sequence[str],
    pairs: Mapping[tuple[str, str], float],
    known: Mapping[str, Place] | None = None,
) -> dict[str, Place]:
    """A place for every node: `known` ones stay where they are, and the others find theirs among them.

    nodes  names, each once; their order does not matter
    pairs  ties in either direction: (a, b) -> how often; both ends are in `nodes`
    known  places that earlier editions gave

    Force-directed (Fruchterman & Reingold 1991, with fixed nodes) on the largest component, in which ties
    between nodes that share partners pull more (see `pull`); then nodes are pushed apart to a least distance.
    What is drawn by lot comes from the ties themselves, so that a place tells nothing of the order of names.
    Rounded to four decimals.

    >>> where = layout(["a", "b", "c"], {("a", "b"): 1}, {"a": (0.5, 0.5)})
    >>> where["a"], sorted(where)
    ((0.5, 0.5), ['a', 'b', 'c'])
    """
    fixed = {name: place for name, place in (known or {}).items() if name in set(nodes)}
    if len(fixed) == len(nodes):
        return dict(fixed)
    seed = _seed(nodes, pairs)
    order = np.random.default_rng(seed).permutation(sorted(nodes)).tolist()
    at = {name: place for place, name in enumerate(order)}
    ends = np.array([(at[a], at[b]) for a, b in sorted(pairs)], dtype=int).reshape(-1, 2)
    weights = np.array([pairs[pair] for pair in sorted(pairs)], dtype=float)
    places = np.array([fixed.get(name, (np.nan, np.nan)) for name in order])
    held = ~np.isnan(places[:, 0])
    inner = _largest(len(order), ends)
    placed = _inside(places, inner, ends, weights, seed)
    outer = ~inner & ~held
    placed[outer] = _at_rim(placed[held & ~inner], _ranks(order, outer, ends))
    placed[~held & inner] = _apart(placed, held | ~inner)[~held & inner]
    made = {
        name: (round(float(x), DIGITS), round(float(y), DIGITS))
        for name, (x, y) in zip(order, placed, strict=True)
    }
    return made | fixed


def least_distance(count: int) -> float:
    """How near two tied nodes may stand on a map of so many."""
    spacing = DISC * (2 * np.pi / (np.sqrt(3) * max(count, 12))) ** 0.5
    return float(CLOSEST * spacing)


def _seed(nodes: Sequence[str], pairs: Mapping[tuple[str, str], float]) -> int:
    """From the names and ties: whoever does not know them all cannot find it."""
    said = "\n".join([*sorted(nodes), *(f"{a}\t{b}\t{w:g}" for (a, b), w in sorted(pairs.items()))])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:6], "big")


def _largest(count: int, ends: np.ndarray) -> np.ndarray:
    """Which nodes are of the largest component; none where nobody has a tie."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ties = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, part = connected_components(ties, directed=False)
    sizes = np.bincount(part, minlength=1)
    return np.asarray((part == sizes.argmax()) & (sizes.max() > 1))


def _inside(
    places: np.ndarray, inner: np.ndarray, ends: np.ndarray, weights: np.ndarray, seed: int
) -> np.ndarray:
    """Places with those of the largest component filled in, in the disc."""
    made = places.copy()
    chosen = np.flatnonzero(inner)
    free = np.isnan(places[chosen, 0])
    if not free.any():
        return made
    number = np.full(len(places), -1)
    number[chosen] = np.arange(len(chosen))
    own = inner[ends[:, 0]]
    found = _forces(places[chosen], number[ends[own]], weights[own], seed)
    made[chosen[free]] = (found if not free.all() else _filled(found))[free]
    return made


def _forces(places: np.ndarray, ends: np.ndarray, weights: np.ndarray, seed: int) -> np.ndarray:
    import igraph

    count = len(places)
    scale = np.sqrt(count)
    held = ~np.isnan(places[:, 0])
    start = _start(places, ends, held, seed)
    reach = np.where(held[:, None], 0.0, 1.0 if not held.any() else 0.5)
    low, high = np.where(held[:, None], start, 0.5 - reach), np.where(held[:, None], start, 0.5 + reach)
    bounds = {"minx": low[:, 0], "maxx": high[:, 0], "miny": low[:, 1], "maxy": high[:, 1]}
    graph = igraph.Graph(n=count, edges=ends.tolist())
    with seeded(seed % 2**31):
        drawn = graph.layout_fruchterman_reingold(
            weights=pull(count, ends, weights).tolist(),
            niter=STEPS,
            seed=(start * scale).tolist(),
            grid="nogrid",
            **({name: (side * scale).tolist() for name, side in bounds.items()} if held.any() else {}),
        )
    return np.array(drawn.coords) / scale


def pull(count: int, ends: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How strongly each tie draws its ends together: by its weight, and by the share of their partners that
    the two have in common, against the mean tie's.

    Without it the map of a network with many ties across groups is one ball (Nocaj, Ortmann & Brandes 2015,
    who for that reason keep the most embedded ties only).

    >>> pull(4, np.array([(0, 1), (1, 2), (0, 2), (2, 3)]), np.ones(4)).round(2)
    array([2.3, 1.3, 1.3, 0.3])
    """
    near = np.eye(count)
    near[ends[:, 0], ends[:, 1]] = near[ends[:, 1], ends[:, 0]] = 1
    common = (near @ near)[ends[:, 0], ends[:, 1]] - 2
    size = near.sum(axis=0)
    either = size[ends].sum(axis=1) - common - 4
    share = np.divide(common, either, out=np.zeros(len(ends)), where=either > 0)
    return np.sqrt(weights) * (WEAK + share / max(float(share.mean()), 1e-12))


def _start(places: np.ndarray, ends: np.ndarray, held: np.ndarray, seed: int) -> np.ndarray:
    """Held nodes where they are, the others in the middle of those they are tied to, else anywhere."""
    random = np.random.default_rng(seed)
    radius, way = DISC * np.sqrt(random.random(len(places))), 2 * np.pi * random.random(len(places))
    start = 0.5 + radius[:, None] * np.column_stack([np.cos(way), np.sin(way)])
    start[held] = places[held]
    both = np.concatenate([ends, ends[:, ::-1]])
    both = both[held[both[:, 1]]]
    sums, counts = np.zeros_like(start), np.bincount(both[:, 0], minlength=len(places))
    np.add.at(sums, both[:, 0], places[both[:, 1]])
    near = ~held & (counts > 0)
    start[near] = sums[near] / counts[near, None] + 0.02 * (start[near] - 0.5)
    return start


def _filled(found: np.ndarray) -> np.ndarray:
    """Moved and stretched so that they fill the disc evenly: half its area holds half of the nodes."""
    away = found - found.mean(axis=0)
    radius = np.hypot(away[:, 0], away[:, 1])
    even = np.sqrt((radius.argsort().argsort() + 0.5) / len(radius))
    own = radius / max(float(radius.max()), 1e-12)
    wanted = DISC * (2 * even + own) / 3
    return 0.5 + away * (wanted / np.maximum(radius, 1e-12))[:, None]


def _ranks(order: Sequence[str], outer: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """In which order the nodes stand at the rim: those of one small component beside each other."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    size = len(order)
    _, part = connected_components(
        csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)), directed=False
    )
    at = np.flatnonzero(outer)
    return np.argsort(np.argsort(part[at], kind="stable"), kind="stable")


def _at_rim(taken: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Places on the circle in this order: evenly spread, or in the widest gaps between those taken."""
    count = len(order)
    if not len(taken):
        way = 2 * np.pi * (order + 0.5) / max(count, 1)
        return 0.5 + RIM * np.column_stack([np.sin(way), np.cos(way)])
    ways = np.arange(WAYS) * 2 * np.pi / WAYS
    spots = 0.5 + RIM * np.column_stack([np.sin(ways), np.cos(ways)])
    near = np.hypot(*(spots[:, None] - taken[None]).transpose(2, 0, 1)).min(axis=1)
    made = np.empty((count, 2))
    for place in np.argsort(order):
        widest = int(near.argmax())
        made[place] = spots[widest]
        near = np.minimum(near, np.hypot(*(spots - spots[widest]).T))
    return made


def _apart(placed: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Nodes that are not held pushed from any that stands too near, and back into the disc."""
    from scipy.spatial import cKDTree

    made, least = placed.copy(), least_distance(len(placed))
    free = (~held).astype(float)
    for _ in range(ROUNDS):
        near = cKDTree(made).query_pairs(least * 0.999, output_type="ndarray")
        near = near[(free[near] > 0).any(axis=1)]
        if not len(near):
            break
        gap = made[near[:, 0]] - made[near[:, 1]]
        far = np.hypot(gap[:, 0], gap[:, 1])
        gap[far < 1e-9] = (1e-6, 1e-6)
        share = free[near] / free[near].sum(axis=1, keepdims=True)
        push = gap * ((least - far) / np.maximum(far, 1e-6))[:, None]
        push[far < 1e-9] = (least / 2, least / 2)
        np.add.at(made, near[:, 0], share[:, :1] * push * 0.9)
        np.add.at(made, near[:, 1], -share[:, 1:] * push * 0.9)
        made = np.where(held[:, None], placed, _back(made))
    return made


def _back(made: np.ndarray) -> np.ndarray:
    away = made - 0.5
    radius = np.hypot(away[:, 0], away[:, 1])
    most = DISC + 0.02
    return np.where((radius > most)[:, None], 0.5 + away * (most / np.maximum(radius, 1e-12))[:, None], made)
