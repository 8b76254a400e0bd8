"""What adds up to what, as a reader who wants to work out a hidden number would write it down.

Every row about people has up to three unknowns: its *count* (people in the cell), its *basis* (people it
rests on) and its *total* (a sum: events, ties, the mean times n). Rows of one cell share them. The
equations come from `totals`: the parts of a family add up to their parent wherever that holds among the
true numbers, so that the reader is never thought to know less than can be known. Where parts leave
something over, or overlap, an unknown remainder is added that is zero or more. All unknowns are zero or
more, and real numbers.

Source: Hundepool et al. 2012, Statistical Disclosure Control, section 4.3 (linked tables).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

CELL = ["year", "wave", "source", "analysis", "measure", "category", "group", "level"]
# What the respondents of a measure say and what it is taken to say of the roster is one cell: with equal
# weights the two are one number.
SAME = {"roster": "measure", "scales": "measure", "shares": "measure"}
WAYS = ["parent", "analysis", "measure", "statistic", "group"]
# Who answered to the end is a part of who answered, and too few of them are no reason to hide the others.
APART = frozenset({"rate_complete"})
# Statistics that tell the same count of a cell.
COUNTED = frozenset({"count", "people", "share", "share_substantive"})
COUNT, BASIS, TOTAL = 0, 1, 2
NONE = -1


@dataclass(frozen=True, eq=False)
class Relations:
    """Unknowns and equations over the public rows.

    rows       results with their support, one row each, in the order of `unknown`; without single circles
    unknown    rows x 3 (count, basis, total): the number of the unknown, -1 where the row has none
    truth      the true value of every unknown, remainders at the end
    told       rows x 3 (bool): what a published row gives away
    equations  equations x unknowns; every row of it times the true values is zero
    cell       the cell of every row: what is hidden of a cell takes the rest of it along
    pairs      parent, child (rows), family, same (both of one level), kind (of parent): what is part of what
    made       (row, row): the second is made of the first and hidden with it
    shared     number of unknowns that are no remainder
    """

    rows: pd.DataFrame
    unknown: np.ndarray
    truth: np.ndarray
    told: np.ndarray
    equations: csr_array
    cell: np.ndarray
    pairs: pd.DataFrame
    made: np.ndarray
    shared: int

    def given(self, shown: np.ndarray) -> np.ndarray:
        """Which unknowns are known when these rows (bool) are shown."""
        known = np.zeros(len(self.truth), dtype=bool)
        known[self.unknown[self.told & shown[:, None]]] = True
        return known


def relations(results: pd.DataFrame, support: pd.DataFrame, totals: pd.DataFrame) -> Relations:
    """Unknowns and equations of an edition's true results.

    results  columns `results.COLUMNS`; support indexed by id; totals parent, child (see `results.Evidence`)
    """
    public = results[results["group"] != "circle"]
    rows = public.merge(support.reset_index(), on="id", how="left").reset_index(drop=True)
    cell = cells(rows)
    values = _values(rows)
    pairs = _pairs(rows, totals)
    unknown, truth = _unknowns(rows, cell, values, pairs)
    heads = _heads(rows, values)
    made = _equations(unknown, truth, pairs, no_opinion(rows), heads)
    told = _told(rows, values, unknown)
    shared = len(truth)
    return Relations(
        rows, unknown, made.values(), told, made.matrix(), cell, pairs, _made(rows, pairs), shared
    )


def cells(rows: pd.DataFrame) -> np.ndarray:
    """One number per cell; a row of no year has a cell too."""
    told = rows.assign(analysis=rows["analysis"].replace(SAME))
    apart = told["statistic"].isin(APART).rename("apart")
    return told.groupby([*CELL, apart], dropna=False, sort=False).ngroup().to_numpy()


def counts(rows: pd.DataFrame) -> np.ndarray:
    """People in the cell, or organisations where a row counts nothing else; nan where a row has neither. A
    share of people that is not judged by its cell (no opinion) still tells its count."""
    count, people, n, estimate = (_float(rows[c]) for c in ("count", "people", "n", "estimate"))
    organisations = _float(rows["organisations"])
    alone = np.isnan(people) & (organisations == estimate)
    share = rows["statistic"].eq("share").to_numpy() & (n == people)
    derived = np.where(alone, organisations, np.where(share, np.round(estimate * n), np.nan))
    return np.where(np.isnan(count), derived, count)


def no_opinion(rows: pd.DataFrame) -> np.ndarray:
    """Rows whose count is told though it is not judged, and protects nothing: answers that are no opinion."""
    silent = rows["count"].isna() & rows["people"].notna()
    return silent.to_numpy(dtype=bool) & ~np.isnan(counts(rows))


def _float(column: pd.Series) -> np.ndarray:
    return column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _values(rows: pd.DataFrame) -> np.ndarray:
    """The true count, basis and total of every row; nan where it has none."""
    estimate, n, people = (_float(rows[c]) for c in ("estimate", "n", "people"))
    mean = rows["statistic"].eq("mean").to_numpy()
    whole = ~np.isnan(estimate) & (estimate >= 0) & (estimate == np.round(estimate))
    fraction = rows["statistic"].str.contains("share|rate").to_numpy(dtype=bool)
    total = np.where(mean, estimate * n, np.where(whole & ~fraction, estimate, np.nan))
    return np.column_stack([counts(rows), people, total])


def _pairs(rows: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Rows that are parts of rows: parent, child (positions), family, `same` where both are of one
    level, kind of the parent."""
    at = pd.Index(rows["id"])
    found = pd.DataFrame(
        {"parent": at.get_indexer(pd.Index(totals["parent"])), "child": at.get_indexer(totals["child"])}
    )
    found = found[(found >= 0).all(axis=1)].reset_index(drop=True)
    how = rows.loc[found["child"], WAYS[1:]].reset_index(drop=True)
    level = rows.groupby(["group", "level"], sort=False).ngroup().to_numpy()
    same = level[found["parent"]] == level[found["child"]]
    family = pd.concat([found[["parent"]], how], axis=1).groupby(WAYS, sort=False).ngroup()
    kind = rows.groupby(["analysis", "statistic", "group"], sort=False).ngroup().to_numpy()
    return found.assign(family=family, same=same, kind=kind[found["parent"]])


def _unknowns(
    rows: pd.DataFrame, cell: np.ndarray, values: np.ndarray, pairs: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Which unknown each row has of each kind, and the true values: what is the same number by what it is
    (not by chance) is one unknown."""
    size = len(rows)
    node = np.arange(3 * size).reshape(3, size)
    what = rows["statistic"].mask(rows["statistic"].isin(COUNTED), "").to_numpy()
    links = [_mates(cell, what, values[:, COUNT], node[COUNT])]
    links.append(_mates(cell, np.zeros(size), values[:, BASIS], node[BASIS]))
    same = np.flatnonzero(values[:, COUNT] == values[:, TOTAL])
    links.append(np.column_stack([node[COUNT, same], node[TOTAL, same]]))
    # Who answered: a head count, and the basis of its answers.
    head = _heads(rows, values)
    up, down = pairs.loc[pairs["same"], ["parent", "child"]].to_numpy().T
    based = head[up] & (values[up, COUNT] == values[down, BASIS])
    links.append(np.column_stack([node[COUNT, up[based]], node[BASIS, down[based]]]))
    edges = np.concatenate(links)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(3 * size, 3 * size))
    label = connected_components(graph, directed=False)[1].reshape(3, size).T
    there = ~np.isnan(values)
    names, at = np.unique(label[there], return_inverse=True)
    unknown = np.full((size, 3), NONE)
    unknown[there] = at
    truth = np.zeros(len(names))
    truth[at] = values[there]
    return unknown, truth


def _heads(rows: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Rows that count the people they rest on."""
    return (values[:, COUNT] == values[:, BASIS]) & ~rows["binary"].fillna(False).to_numpy(dtype=bool)


def _mates(cell: np.ndarray, what: np.ndarray, value: np.ndarray, node: np.ndarray) -> np.ndarray:
    """Links between rows of one cell that are of one thing and have one value."""
    frame = pd.DataFrame({"cell": cell, "what": what, "value": value, "node": node}).dropna()
    first = frame.groupby(["cell", "what", "value"])["node"].transform("first")
    return np.column_stack([first.to_numpy(dtype=int), frame["node"].to_numpy(dtype=int)])


def _equations(
    unknown: np.ndarray, truth: np.ndarray, pairs: pd.DataFrame, silent: np.ndarray, heads: np.ndarray
) -> _Made:
    """The equations."""
    made = _Made(truth)
    by_family = _split(pairs, np.ones(len(pairs), dtype=bool))
    for parent, children in by_family:
        made.family(unknown[parent, COUNT], unknown[children, COUNT], overlapping=True)
        made.family(unknown[parent, TOTAL], unknown[children, TOTAL], overlapping=False)
    for parent, children in _split(pairs, ~pairs["same"].to_numpy(dtype=bool)):
        made.family(unknown[parent, BASIS], unknown[children, BASIS], overlapping=False)
    for child, parents in _joined(pairs):
        made.family(unknown[child, COUNT], unknown[parents, COUNT], overlapping=False)
    _opinions(made, unknown, pairs, silent, heads)
    part, whole = unknown[:, COUNT], unknown[:, BASIS]
    inside = np.unique(np.column_stack([part, whole])[(part >= 0) & (whole >= 0) & (part != whole)], axis=0)
    for one, all_ in inside[truth[inside[:, 0]] <= truth[inside[:, 1]]].tolist():
        made.add([one], all_, rest=True)
    return made


def _joined(pairs: pd.DataFrame) -> list[tuple[int, np.ndarray]]:
    """Rows that several rows of one kind make up: a group that joins levels of another mapping."""
    kind = pairs["kind"]
    many = pairs.groupby(["child", kind])["parent"].transform("size") > 1
    own = pairs[many].groupby(["child", kind], sort=False)
    return [(int(one["child"].iloc[0]), one["parent"].to_numpy(dtype=int)) for _, one in own]


def _opinions(
    made: _Made, unknown: np.ndarray, pairs: pd.DataFrame, silent: np.ndarray, heads: np.ndarray
) -> None:
    """The basis of a share that sums choices: who answered, less those without an opinion where it leaves
    them out. Both are parents of the same choices; who answered is a head count."""
    same = pairs.loc[pairs["same"].astype(bool), ["parent", "child"]]
    both = same.merge(same, on="child", suffixes=("", "_of"))[["parent", "parent_of"]].drop_duplicates()
    children = {parent: own["child"].to_numpy() for parent, own in same.groupby("parent")}
    apart = both[~heads[both["parent"]] & heads[both["parent_of"]]].to_numpy(dtype=int).tolist()
    for share, answered in apart:
        basis, whole = unknown[share, BASIS], unknown[answered, COUNT]
        gone = [row for row in children[answered] if silent[row]]
        if basis >= 0 and whole >= 0:
            for parts in ([basis], [basis, *unknown[gone, COUNT]]):
                if abs(made.truth[parts].sum() - made.truth[whole]) < 0.5:
                    made.add(parts, whole, rest=False)
                    break


def _split(pairs: pd.DataFrame, chosen: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Parent and children of every family, of some of the pairs."""
    own = pairs[chosen].sort_values("family", kind="stable")
    cut = np.flatnonzero(np.diff(own["family"])) + 1
    parents, children = own["parent"].to_numpy(), own["child"].to_numpy()
    first = [0, *cut.tolist()] if len(own) else []
    return list(zip(parents[first].tolist(), np.split(children, cut), strict=False))


class _Made:
    """Equations as they are found, each once: parts minus their whole, and a remainder if there is one."""

    def __init__(self, truth: np.ndarray) -> None:
        self.truth, self.rest = truth, list[float]()
        self.found: set[tuple[int, ...]] = set()
        self.at: list[tuple[int, int, float]] = []

    def family(self, whole: int, parts: np.ndarray, *, overlapping: bool) -> None:
        """Parts that add up, leave something over, or overlap; the latter two of counts only, since sums may
        be of different things."""
        there = np.unique(parts[parts >= 0])
        if whole < 0 or not len(there):
            return
        over = self.truth[whole] - self.truth[there].sum()
        if abs(over) <= 1e-9 * max(1.0, abs(self.truth[whole])) and (parts >= 0).all():
            self.add(there.tolist(), whole, rest=False)
        elif overlapping and over > 0:
            self.add(there.tolist(), whole, rest=True)
        elif overlapping:
            for part in there[self.truth[there] <= self.truth[whole]].tolist():
                self.add([part], whole, rest=True)

    def add(self, parts: list[int], whole: int, *, rest: bool) -> None:
        """One equation; one that is there already, or says nothing, is left out."""
        key = (*parts, whole, int(rest))
        if key in self.found or whole in parts:
            return
        row = len(self.found)
        self.found.add(key)
        self.at += [(row, part, 1.0) for part in parts] + [(row, whole, -1.0)]
        if rest:
            self.at.append((row, len(self.truth) + len(self.rest), 1.0))
            self.rest.append(float(self.truth[whole] - self.truth[parts].sum()))

    def matrix(self) -> csr_array:
        row, column, value = zip(*self.at, strict=True) if self.at else ((), (), ())
        shape = (len(self.found), len(self.truth) + len(self.rest))
        place = (np.array(row, dtype=int), np.array(column, dtype=int))
        return csr_array(coo_array((np.array(value, dtype=float), place), shape))

    def values(self) -> np.ndarray:
        return np.concatenate([self.truth, np.array(self.rest, dtype=float)])


def _told(rows: pd.DataFrame, values: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """What a row gives away when it is shown: its count and its total, its basis where it says it."""
    n, population = _float(rows["n"]), _float(rows["population"])
    people = values[:, BASIS]
    basis = (n == people) | (population == people)
    number = ~np.isnan(_float(rows["estimate"]))
    return (unknown >= 0) & np.column_stack([number, basis, number])


def _made(rows: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Rows of another analysis that are made of a row: a difference of the means of two regions."""
    analysis = rows["analysis"].replace(SAME).to_numpy()
    answers = np.isin(rows["analysis"].to_numpy(), ["answers"])
    up, down = pairs["parent"].to_numpy(dtype=int), pairs["child"].to_numpy(dtype=int)
    near = pairs["same"].to_numpy(dtype=bool) | rows["group"].ne("").to_numpy()[up]
    other = (analysis[up] != analysis[down]) & ~answers[down] & near
    return np.column_stack([up[other], down[other]])
