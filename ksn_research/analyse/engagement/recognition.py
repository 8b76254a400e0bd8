"""Recognition: how few are thanked how often, whether thanks are returned, and which contributors never are.

Imports `declared`, `attendance` (once), `inequality`; uses `survey.groups` and `survey.estimation`, and
`structure` of `network`. A log of thanks is a full record; its intervals describe contributors like these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.declared import Asked
from ksn_research.analyse.engagement.inequality import gini, jackknife_interval, top_share
from ksn_research.analyse.network.structure import JACKKNIFE, Estimate, with_interval
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import Sample, largest_two, of_year, sample, whole_part
from ksn_research.results import Row

ANY = "any of these"
THANKED = "persons thanked at least once"
SPREAD = "delete-one jackknife, t interval"
MEASURES = {
    "gini": (gini, "Gini coefficient of thanks received"),
    "top_tenth_share": (top_share, "share of thanks that the most thanked tenth received"),
}
RETURNED = f"share of ordered pairs (one thanked the other at least once) that are returned; {JACKKNIFE}"
NEVER = "share of contributors whom nobody thanked in the year; contributors: {who}; Wilson interval"
RECEIVED = "mean number of thanks received in the year per contributor; contributors: {who}; t interval"
ROSTER = "people on the roster of the year"


def recognition_rows(asked: Asked) -> Iterator[Row]:
    """Rows of one log of thanks in one year: counts, concentration, reciprocity, and who is never thanked by
    region and by source of contributors."""
    thanks = asked.edges([asked.source]).dropna(subset=["ego", "alter"])
    thanks = thanks[thanks["ego"] != thanks["alter"]]
    yield from _counts(asked, thanks)
    received = thanks["alter"].value_counts()
    yield from _spread(asked, received.to_numpy(dtype=float), received.index, "", THANKED)
    yield _returned(asked, thanks)
    found = contributors(asked)
    for name, (who, people) in found.items():
        if len(people):
            # Regions of one kind of contributor only: several that overlap could be set against each other.
            by = ("region",) if name == list(found)[-1] else ()
            amounts = received.reindex(people, fill_value=0).to_numpy(dtype=float)
            yield from _spread(asked, amounts, people, name, f"contributors: {who}, zeros included")
            yield from _never(asked, received, people, name, who, by)


def reciprocity(ego: np.ndarray, alter: np.ndarray) -> Estimate:
    """The share of distinct ordered pairs that are returned, with the node-jackknife interval of
    `structure.ratio_by_node`, from two columns of names instead of a matrix: logs have many people."""
    codes = pd.factorize(np.concatenate([ego, alter]))[0]
    n = int(codes.max()) + 1 if len(codes) else 0
    pairs = np.unique(codes[: len(ego)].astype(np.int64) * n + codes[len(ego) :]) if n else np.zeros(0, int)
    if not len(pairs):
        return Estimate(None, why="nobody was thanked")
    low, high = pairs // n, pairs % n
    hit = np.isin(high * n + low, pairs).astype(float)
    value = float(hit.mean())
    touched = np.bincount(low, minlength=n) + np.bincount(high, minlength=n)
    both = np.bincount(low, weights=hit, minlength=n) + np.bincount(high, weights=hit, minlength=n)
    rest = len(pairs) - touched
    if n < 4 or not (rest > 0).all():
        return Estimate(value)
    left_out = (hit.sum() - both) / rest
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    return with_interval(value, ((n - 2) / (2 * n) * squares) ** 0.5, n - 1, 0.0, 1.0)


def contributors(asked: Asked) -> Mapping[str, tuple[str, pd.Index]]:
    """By source, what its contributors are in words and who they are, of the roster where there is one; with
    several sources also those of any."""
    roster = of_year(asked.prepared.people, asked.year)["member"].dropna().unique()
    limit = f", {ROSTER}" if len(roster) else ""
    found = {}
    for source in asked.told["contributors"]:
        who, people = _of(asked, str(source))
        kept = people[people.isin(roster)] if len(roster) else people
        found[str(source)] = (who + limit, kept.unique())
    if len(found) > 1:
        together = pd.Index(
            pd.unique(np.concatenate([np.asarray(p, dtype=object) for _, p in found.values()]))
        )
        words = "; or ".join(who.removesuffix(limit) for who, _ in found.values())
        found[ANY] = (words + limit, together)
    return found


def _of(asked: Asked, source: str) -> tuple[str, pd.Index]:
    """What somebody did to be a contributor by one source, and the people."""
    prepared, kind = asked.prepared, asked.prepared.study.sources[source].kind
    if kind == "attendance":
        came = of_year(prepared.attendance, asked.year)["member"].dropna()
        return "came to a recorded event", pd.Index(came, dtype=object)
    if kind == "activity":
        actions = [str(action) for action in asked.told.get("actions", ())]
        return f"did one of these on the platform: {', '.join(actions)}", _active(asked, actions)
    told = asked.told.get("nothing", {})
    frame = of_year(prepared.records.get(source, pd.DataFrame({"member": []})), asked.year)
    words = []
    for column, nothing in told.items():
        if column in frame:
            frame = frame[frame[column].notna() & (frame[column] != "") & (frame[column] != nothing)]
            words.append(f" with {column} other than `{nothing}`")
    return f"stands in `{source}`{','.join(words)}", pd.Index(frame["member"].dropna(), dtype=object)


def _active(asked: Asked, actions: list[str]) -> pd.Index:
    """Counted on the database: the log may be large."""
    events = asked.prepared.activity
    if events is None or asked.year is None:
        return pd.Index([], dtype=object)
    known = events.drop_null(["member", "time"])
    did = known.filter(known.time.year() == asked.year, known.action.isin(actions))
    return pd.Index(sorted(did.select("member").distinct().to_pandas()["member"]), dtype=object)


def _counts(asked: Asked, thanks: pd.DataFrame) -> Iterator[Row]:
    ends = [*thanks["ego"], *thanks["alter"]]
    total, givers, takers = len(thanks), thanks["ego"].nunique(), thanks["alter"].nunique()
    some: dict[str, Any] = {"method": "thanks in the log, each counted", "n": total, "unit": "ties"}
    most = largest_two(pd.factorize(thanks["ego"])[0])
    yield asked.row("thanks", total, ends, count=len(set(ends)), **most, **some)
    for name, column, size in (("givers", "ego", givers), ("receivers", "alter", takers)):
        said = "distinct people who thanked" if column == "ego" else "distinct people who were thanked"
        yield asked.row(name, size, thanks[column], count=size, n=size, unit="people", method=said)


def _spread(asked: Asked, x: np.ndarray, people: Any, category: str, whom: str) -> Iterator[Row]:
    for statistic, (function, said) in MEASURES.items():
        more = {"category": category, "n": len(x), "unit": "people", "method": f"{said}; {whom}; {SPREAD}"}
        if len(x) < 3 or not x.sum():
            why = "nobody was thanked" if not x.sum() else "fewer than 3 people"
            yield asked.row(statistic, Estimate(None, why=why), people, **more)
            continue
        if (x > 0).sum() < 2:
            with np.errstate(invalid="ignore"):  # without the one who received all there is nothing to share
                alone = Estimate(function(x)[0])
            yield asked.row(statistic, alone, people, note="one person received all: no interval", **more)
            continue
        value, left_out = function(x)
        se, low, high = jackknife_interval(value, left_out)
        yield asked.row(statistic, Estimate(value, se, max(0.0, low), min(1.0, high)), people, **more)


def _returned(asked: Asked, thanks: pd.DataFrame) -> Row:
    ego, alter = (thanks[c].to_numpy(dtype=object) for c in ("ego", "alter"))
    pairs = len(thanks[["ego", "alter"]].drop_duplicates())
    return asked.row("reciprocity", reciprocity(ego, alter), [*ego, *alter], n=pairs, unit="dyads",
                     method=RETURNED)  # fmt: skip


def _never(
    asked: Asked, received: pd.Series, people: pd.Index, name: str, who: str, by: tuple[str, ...]
) -> Iterator[Row]:
    """Of contributors of one source, together and by roster columns."""
    roster = of_year(asked.prepared.people, asked.year).drop_duplicates("member")
    frame = pd.DataFrame({"member": np.asarray(people, dtype=object)})
    frame = frame.merge(roster[["member", "organisation", "region"]].astype(object), on="member", how="left")
    counted = sample(frame, source=asked.source, year=asked.year, by=by)
    amounts = received.reindex(frame["member"], fill_value=0).to_numpy(dtype=float)
    found: dict[tuple[str, str], Row] = {}
    base = {
        "analysis": asked.analysis.kind,
        "measure": asked.analysis.name,
        "category": name,
        "unit": "people",
    }
    for grouping in counted.groupings:
        within = counted.support(grouping, np.ones(len(frame), dtype=bool))
        for i, (level, support) in enumerate(zip(grouping.levels, within, strict=True)):
            x = amounts[grouping.codes == i]
            never, n = int((x == 0).sum()), len(x)
            low, high = wilson(never, n)
            fields = {**base, "group": grouping.group, "level": level, "n": n, **support}
            found[grouping.group, level] = counted.row(
                statistic="never_thanked_share", estimate=never / n, ci_low=low, ci_high=high, count=never,
                binary=True, parents=whole_part(found, grouping), method=NEVER.format(who=who), **fields,
            )  # fmt: skip
            yield found[grouping.group, level]
            yield _per_person(counted, x, fields, who)


def _per_person(counted: Sample, x: np.ndarray, fields: dict[str, Any], who: str) -> Row:
    se = float(x.std(ddof=1) / np.sqrt(len(x))) if len(x) > 1 else 0.0
    e = with_interval(float(x.mean()), se, max(len(x) - 1, 1), 0.0, np.inf)
    return counted.row(
        statistic="thanks_per_person", estimate=e.value, se=e.se, ci_low=e.low, ci_high=e.high,
        method=RECEIVED.format(who=who), **fields,
    )  # fmt: skip
