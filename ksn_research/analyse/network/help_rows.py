"""Rows of help beside an official scheme, and of who knows what.

Imports `declared`, `expertise`, `informal`, `mixing` (how p was had), `structure`, and `groups` of `survey`.
Groups are kinds of community and topics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network import expertise, informal
from ksn_research.analyse.network.declared import Asked
from ksn_research.analyse.network.setting import how_drawn
from ksn_research.analyse.network.structure import JACKKNIFE, Estimate
from ksn_research.analyse.survey.groups import NOT_KNOWN
from ksn_research.results import Row

STEPS = ("1 step", "2 steps", "3 or more steps", "out of reach")


def informal_rows(asked: Asked) -> Iterator[Row]:
    """Help outside the official scheme, whole and by formality of the community, and how the two overlap.

    A tie is no trait of one person, and an official pair no secret: a share of ties has as its support those
    who have such ties, in the scheme or outside.
    """
    ties, official = asked.edges([asked.source]), asked.edges([asked.told["official"]])
    helped, kind = informal.help_beside(ties, official), _formality(asked, ties)
    of = "help ties between two who are no official pair, either way round / help ties"
    whole = asked.row("outside_share", informal.outside_share(helped), _ends(ties), n=len(ties), unit="ties",
                      method=f"{of}; {JACKKNIFE}")  # fmt: skip
    yield whole
    for level in sorted(kind.dropna().unique()) if "communities" in asked.told else ():
        here = (kind == level).to_numpy(dtype=bool)
        yield asked.row("outside_share", informal.outside_share(helped, here), _ends(ties[here]),
                        n=int(here.sum()), group="formality", level=str(level), parents=(whole.id,),
                        method=f"{of}, in communities of this kind; {JACKKNIFE}", unit="ties")  # fmt: skip
    if "communities" in asked.told:
        yield _apart_row(asked, ties, helped.outside, kind)
    yield from _overlap_rows(asked, ties, official, helped)


def _overlap_rows(
    asked: Asked, ties: pd.DataFrame, official: pd.DataFrame, helped: informal.Help
) -> Iterator[Row]:
    both = official[_pairs(official).isin(_pairs(ties))]
    method = f"official pairs in which the mentor helps the mentee in a community / pairs; {JACKKNIFE}"
    yield asked.row("helping_share", informal.helping_share(helped), _ends(official), unit="ties",
                    n=int(helped.official.sum()), category="official pairs", count=len(_ends(both)),
                    method=method)  # fmt: skip
    either = helped.official | (helped.counts() > 0)
    pairs = int(np.triu(either | either.T).sum())
    method = f"unordered pairs that help and are official / that do either (Jaccard index); {JACKKNIFE}"
    yield asked.row("jaccard", informal.overlap(helped), helped.people, n=pairs,
                    unit="dyads", method=method)  # fmt: skip


def _formality(asked: Asked, ties: pd.DataFrame) -> pd.Series:
    """The kind of community of each help tie; "not known" where the records do not say, or say two."""
    if "communities" not in asked.told:
        return pd.Series(NOT_KNOWN, index=ties.index)
    names = [asked.told["community"], asked.told["formality"]]
    known = asked.records("communities")[names].dropna().drop_duplicates()
    known = known[~known[names[0]].duplicated(keep=False)].set_index(names[0])[names[1]]
    return ties["topic"].map(known).astype("str").fillna(NOT_KNOWN)


def _apart_row(asked: Asked, ties: pd.DataFrame, outside: np.ndarray, kind: pd.Series) -> Row:
    told = ties["topic"].notna().to_numpy()
    where, names = pd.factorize(ties.loc[told, "topic"])
    first = kind[told].groupby(where).first()
    labels = np.array([None if label == NOT_KNOWN else label for label in first], dtype=object)
    found = informal.kinds_apart(outside[told], where, labels, asked.seed)
    drawn = how_drawn(found.exact)
    method = (
        "largest minus smallest share of help outside the official scheme over kinds of community; p by "
        f"permuting the kinds over whole communities, {drawn}"
    )
    return asked.row("outside_range", found.width, _ends(ties), p=found.p, n=len(ties), unit="ties",
                     method=method, note=f"{len(names)} communities")  # fmt: skip


def _ends(ties: pd.DataFrame) -> np.ndarray:
    return pd.unique(pd.concat([ties["ego"], ties["alter"]]))


def _pairs(ties: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(ties[["ego", "alter"]])


def expertise_rows(asked: Asked) -> Iterator[Row]:
    """Supply and demand by topic, topics nobody covers, asks that reach somebody, and how far one is."""
    offers, needs = _said(asked, "offer"), _said(asked, "need")
    table, said = expertise.topic_table(offers, needs), pd.concat([offers, needs])
    wholes = []
    for side, own in (("offers", offers), ("needs", needs)):
        method = f"{side}, each person's of a topic once; n is people who said either"
        wholes.append(
            asked.row(side, len(own), said["member"], n=said["member"].nunique(), unit="people",
                      count=own["member"].nunique(), method=method)
        )  # fmt: skip
    yield from wholes
    for topic, people in said.groupby("topic")["member"]:
        yield from _topic_rows(asked, str(topic), dict(table.loc[str(topic)]), people, wholes)
    yield from _uncovered_rows(asked, table, needs)
    if "asks" in asked.told:
        yield from _ask_rows(asked, offers)


def _topic_rows(
    asked: Asked, topic: str, line: Mapping[Any, Any], people: pd.Series, wholes: list[Row]
) -> Iterator[Row]:
    shared = {"n": int(line["people"]), "unit": "people", "group": "topic", "level": topic}
    for whole, did in zip(wholes, ("offer", "need"), strict=True):
        count = int(line[whole.statistic])
        yield asked.row(whole.statistic, count, people, count=count, parents=(whole.id,),
                        method=f"people who {did} the topic", **shared)  # fmt: skip
    ratio = float(line["ratio"]) if line["needs"] else Estimate(None, why="nobody needs it")
    method = "people who offer the topic / people who need it"
    yield asked.row("supply_ratio", ratio, people, method=method, **shared)


def _said(asked: Asked, word: str) -> pd.DataFrame:
    table, told = asked.records("source"), asked.told
    chosen = table[table[told["says"]].eq(told[word]).fillna(False)]
    return chosen.rename(columns={told["topic"]: "topic"})[["member", "topic"]].dropna().drop_duplicates()


def _uncovered_rows(asked: Asked, table: pd.DataFrame, needs: pd.DataFrame) -> Iterator[Row]:
    """Category "uncovered": where fewer people than the threshold want such a topic, it stays unsaid."""
    topics = expertise.uncovered(table)
    without, all_ = needs.loc[needs["topic"].isin(topics), "member"].nunique(), needs["member"].nunique()
    shared = {"category": "uncovered", "n": all_, "unit": "people", "count": without}
    yield asked.row("topics", len(topics), needs["member"], note=f"of {len(table)} topics",
                    method="topics that somebody needs and nobody offers", **shared)  # fmt: skip
    share = without / all_ if all_ else Estimate(None, why="nobody needs anything")
    method = "people who need a topic that nobody offers / people who need any; no interval"
    yield asked.row("share", share, needs["member"], binary=True, method=method, **shared)


def _ask_rows(asked: Asked, offers: pd.DataFrame) -> Iterator[Row]:
    asks = asked.edges([asked.told["asks"]]).dropna(subset=["topic"]).reset_index(drop=True)
    hit = expertise.reached(asks, offers)
    covered = asks["topic"].isin(offers["topic"]).to_numpy()
    interval = "linearised interval, askers as clusters (Cochran 1977, eq. 6.9)"
    for category, mask, among in (
        ("asks", np.ones(len(asks), dtype=bool), "asks about a topic"),
        ("asks about covered topics", covered, "asks about a topic that somebody offers"),
    ):
        own, there = asks[mask], hit[mask]
        yield asked.row("reached_share", expertise.reached_share(own, there), own["ego"], category=category,
                        n=len(own), unit="ties", count=own.loc[there, "ego"].nunique(),
                        method=f"asks whose receiver offers the topic / {among}; {interval}")  # fmt: skip
    yield from _distance_rows(asked, asks, offers)


def _distance_rows(asked: Asked, asks: pd.DataFrame, offers: pd.DataFrame) -> Iterator[Row]:
    """How many steps from those who asked about a topic to the nearest who offers it."""
    ties = asked.edges(asked.told.get("over", [asked.told["asks"]]))
    # Only an ask is about a topic of expertise; other ties are of communities, and none of them is left out.
    ties = ties.assign(topic=ties["topic"].where(ties["source"] == asked.told["asks"]))
    wanted = asks[["ego", "topic"]].drop_duplicates().rename(columns={"ego": "member"})
    steps = expertise.steps_to_nearest(wanted, offers, ties)
    wanted, steps = wanted[~np.isnan(steps)], steps[~np.isnan(steps)]
    place = np.select([steps == 1, steps == 2, np.isfinite(steps)], [0, 1, 2], 3)
    over = " and ".join(sorted(ties["source"].unique())) or "no ties"
    method = (
        f"person and topic asked about, by steps to the nearest other who offers it, over ties of {over} in "
        "either direction, asks about that topic left out; topics nobody offers are out of reach"
    )
    shared = {"n": len(wanted), "unit": "answers", "method": method}
    whole = asked.row("asked", len(wanted), wanted["member"], category="nearest", **shared)
    yield whole
    for i, category in enumerate(STEPS):
        share = float((place == i).mean()) if len(wanted) else Estimate(None, why=expertise.NO_ASKS)
        yield asked.row("share", share, wanted["member"], category=category, parents=(whole.id,),
                        count=wanted.loc[place == i, "member"].nunique(), **shared)  # fmt: skip
