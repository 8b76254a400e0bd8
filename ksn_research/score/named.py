"""Names given by respondents into ties, with an audit of what became of each.

`nominations` (names in cells) and `rosters_matrix` (cells under names) each make a `Given`; here its names
are found on the roster, and what was not observed is told from what is no tie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.plan.aliases import Proposal
from ksn_research.prepared import TABLES
from ksn_research.score.accounts import Account
from ksn_research.score.names import HOW, Names, nearest

SELF, OUTSIDE, AGAIN = "named itself", "name not on the roster", "named twice"
UNREADABLE, BELOW = "names not told apart, or not readable", "rated below what counts as a tie"
REASONS = (SELF, OUTSIDE, AGAIN, UNREADABLE, BELOW)
STRANGER, REPEATED = "respondent not on the roster", "answered again by the same respondent"
COUNTS = (
    "rows", "rows_used", "rows_unknown", "rows_again", "answered_twice", "respondents", "refused", "nobody",
    "silent", "named", *HOW, "self", "outside", "near", "reviewed_unknown", "unreadable", "again", "below",
    "ties",
)  # fmt: skip
AUDIT = {
    "source": "str",
    "year": "Int64",
    "wave": "str",
    "relation": "str",
    "topic": "str",
    "rule": "str",
    **dict.fromkeys(COUNTS, "Int64"),
}
Key = tuple[str, str]  # relation and topic ("" for none)


@dataclass(frozen=True, eq=False)
class Named:
    """A network as it was reported.

    ties, senders  as in `prepared`; `senders.observed` where a node answered the relation
    unseen         (year, wave, source, relation, ego, alter): pairs whose ego answered, or named somebody,
                   but not as to this alter: a refusal after some names, an empty cell, no column for it
    audit          a row per relation and topic; see `AUDIT_COLUMNS`
    proposals      names that fit nothing, and whom they may mean
    """

    ties: pd.DataFrame
    senders: pd.DataFrame
    unseen: pd.DataFrame
    audit: pd.DataFrame
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


AUDIT_COLUMNS: Mapping[str, str] = {
    "rows": "records in the file, blank ones left out: rows_used + rows_unknown + rows_again",
    "rows_unknown": "the respondent is not on the roster",
    "rows_again": "set aside, because the node had answered before (rule first, or none declared)",
    "answered_twice": "nodes of which several rows are used together (rule union)",
    "respondents": "nodes that answered this relation",
    "refused": "rows used that refused, or did not know",
    "nobody": 'rows used that said "none of these" or the like',
    "silent": "rows used in which nothing stands",
    "named": "names given: exact + alias + reviewed + spelling + self + outside + unreadable",
    "near": "of those outside, near a name on the roster, and nobody has confirmed it",
    "reviewed_unknown": "of those outside, reviewed as nobody on the roster",
    "ties": "exact + alias + reviewed + spelling - again - below",
}


@dataclass(frozen=True, eq=False)
class Given:
    """What the respondents of one file said to one relation and topic.

    said      one row per name given: row, ego, raw, strength (NaN for none), readable; in reading order
    answered  n booleans: the node answered
    seen      n x n booleans: the ego said whether it has this tie; one column where it is the same for all
    refused, nobody, silent  rows of the file, counted
    """

    said: pd.DataFrame
    answered: np.ndarray
    seen: np.ndarray
    refused: int = 0
    nobody: int = 0
    silent: int = 0


@dataclass(frozen=True, eq=False)
class Rows:
    """The respondents of a file: `nodes` of the rows used (by row), why others were set aside, and how many
    nodes are made of several rows."""

    nodes: pd.Series
    aside: Mapping[str, int]
    again: int = 0
    rule: str = ""

    @property
    def total(self) -> int:
        return len(self.nodes) + sum(self.aside.values())


def resolve(given: Given, names: Names, least: float | None = None) -> pd.DataFrame:
    """`given.said` with alter, how it was found, and why it is no tie (`reason`, "" for a tie).

    Of two mentions of one pair the first stands, with the strength of the strongest.
    """
    said = given.said.reset_index(drop=True)
    found = names.match(said["raw"])
    said["alter"], said["how"] = found["node"], found["how"]
    reason = pd.Series("", index=said.index)
    reason[~said["readable"]] = UNREADABLE
    reason[said["alter"].isna() & (reason == "")] = OUTSIDE
    reason[(said["alter"] == said["ego"]).fillna(False) & (reason == "")] = SELF
    if least is not None:
        reason[(said["strength"] < least) & (reason == "")] = BELOW
    left = said[reason == ""]
    said.loc[left.index, "strength"] = left.groupby(["ego", "alter"])["strength"].transform("max")
    reason[left.index[left.duplicated(["ego", "alter"])]] = AGAIN
    return said.assign(reason=reason)


def assemble(
    given: Mapping[Key, Given],
    resolved: Mapping[Key, pd.DataFrame],
    rows: Rows,
    names: Names,
    origin: Origin,
    wave: Wave,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Ties, senders, unseen pairs and audit of one file."""
    ties = [
        _about(frame[frame["reason"] == ""].assign(relation=relation), topic)
        for (relation, topic), frame in resolved.items()
    ]
    tie, sent, hidden = _joined(ties), [], []
    for relation in dict.fromkeys(relation for relation, _ in given):
        own = [one for key, one in given.items() if key[0] == relation]
        answered = np.logical_and.reduce([one.answered for one in own])
        sent.append(
            pd.DataFrame({"node": names.nodes, "relation": relation, "observed": answered}, dtype=object)
        )
        seen = reduce(np.logical_and, [one.seen for one in own])
        hidden.append(
            _unseen(tie[tie["relation"] == relation], seen, answered, names).assign(relation=relation)
        )
    told = {"year": origin.year, "wave": origin.wave, "source": origin.source}
    audit = [
        {**told, "relation": relation, "topic": topic, **_audited(given[relation, topic], frame, rows, names)}
        for (relation, topic), frame in resolved.items()
    ]
    return (
        shape(tie.assign(**told, directed=bool(wave.options.get("directed", True))), TABLES["ties"]),
        shape(_joined(sent).assign(**told), TABLES["senders"]),
        shape(_joined(hidden).assign(**told), TABLES["unseen"]),
        shape(pd.DataFrame(audit), AUDIT),
    )


def accounts(
    resolved: Mapping[Key, pd.DataFrame], rows: Rows, blank: int, ties: int, origin: Origin, what: str
) -> list[Account]:
    """The file's rows, and the names given in them: each used, or set aside for a reason."""
    reasons = (
        pd.concat([frame["reason"] for frame in resolved.values()]) if resolved else pd.Series(dtype=str)
    )
    spoken = Origin(origin.source, origin.year, origin.wave, f"{origin.file} ({what})")
    counts = {reason: int((reasons == reason).sum()) for reason in REASONS}
    return [
        Account(origin, rows.total + blank, len(rows.nodes), {"blank row": blank, **rows.aside}),
        Account(spoken, len(reasons), ties, counts),
    ]


def stranger(text: str, names: Names) -> tuple[str, str]:
    """What is wrong with a name that fits nothing, and what to do; no finding for one that was reviewed as
    unknown (two empty texts)."""
    if names.find(text)[1] == "unknown":
        return "", ""
    near = nearest(text, names)
    if not near:
        remedy = "add it as an alias in the roster if it is a member; the name is set aside"
        return "the name is not on the roster", remedy
    nodes = " or ".join(node for node, _, _ in near)
    file = f"crosswalks/{names.reviewed.file}" if names.reviewed.file else "the file of reviewed names"
    remedy = f"it may mean {nodes}: confirm that in {file}, or write unknown; until then it is set aside"
    return "the name is not on the roster, but near one that is", remedy


def shape(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    """The frame with exactly these columns and types."""
    return frame.reindex(columns=list(types)).astype(dict(types))


def _about(ties: pd.DataFrame, topic: str) -> pd.DataFrame:
    return ties.assign(topic=topic) if topic else ties


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"relation": []})


def _unseen(ties: pd.DataFrame, seen: np.ndarray, answered: np.ndarray, names: Names) -> pd.DataFrame:
    index = pd.Index(names.nodes)
    ego, alter = index.get_indexer(pd.Index(ties["ego"])), index.get_indexer(pd.Index(ties["alter"]))
    said = answered.copy()
    said[ego] = True
    some = np.nonzero(said & ~seen.all(axis=1))[0]  # few: only their pairs are looked at
    place = np.full(len(said), -1)
    place[some] = np.arange(len(some))
    open_ = np.broadcast_to(~seen[some], (len(some), len(said))).copy()
    open_[place[ego[place[ego] >= 0]], alter[place[ego] >= 0]] = False
    open_[np.arange(len(some)), some] = False
    at, whom = np.nonzero(open_)
    who = some[at]
    return pd.DataFrame({"ego": index[who], "alter": index[whom]}, dtype=object)


def _audited(given: Given, frame: pd.DataFrame, rows: Rows, names: Names) -> dict[str, object]:
    reason, how = frame["reason"], frame["how"]
    matched = ~reason.isin([UNREADABLE, OUTSIDE, SELF])
    strange = frame.loc[reason == OUTSIDE, "raw"]
    spoken = strange.map({text: names.find(text)[1] for text in strange.unique()})
    near = {text: bool(nearest(text, names)) for text in strange[spoken != "unknown"].unique()}
    return {
        "rule": rows.rule,
        "rows": rows.total,
        "rows_used": len(rows.nodes),
        "rows_unknown": rows.aside.get(STRANGER, 0),
        "rows_again": rows.aside.get(REPEATED, 0),
        "answered_twice": rows.again,
        "respondents": int(given.answered.sum()),
        "refused": given.refused,
        "nobody": given.nobody,
        "silent": given.silent,
        "named": len(frame),
        **{kind: int((matched & (how == kind)).sum()) for kind in HOW},
        "self": int((reason == SELF).sum()),
        "outside": len(strange),
        "near": sum(near[text] for text in strange[spoken != "unknown"]),
        "reviewed_unknown": int((spoken == "unknown").sum()),
        "unreadable": int((reason == UNREADABLE).sum()),
        "again": int((reason == AGAIN).sum()),
        "below": int((reason == BELOW).sum()),
        "ties": int((reason == "").sum()),
    }
