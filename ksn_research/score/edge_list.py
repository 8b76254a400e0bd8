"""Edge lists and logs: one row per tie. Uses `named`, `names`, `nominations` and `tables`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.accounts import Account
from ksn_research.score.named import AGAIN, BELOW, OUTSIDE, SELF, Given, Named, Rows, assemble
from ksn_research.score.names import HOW, Names, propose
from ksn_research.score.nominations import key_of, meanings
from ksn_research.score.tables import convert, pick

COLUMNS = ["ego", "alter", "topic", "strength", "date"]
ENDS = ["ego", "alter"]


def edge_list(export: Export, wave: Wave, names: Names, origin: Origin) -> Named | list[Finding]:
    """Both ends by identifier, name or alias; the findings alone where a needed column is missing.

    wave.options  columns {ego, alter, topic, strength, date}, relation, directed, answers (words ->
                  strength), least (the smallest strength that is a tie), log (a pair may stand there often),
                  complete (False: only those that name somebody were observed; otherwise everybody was)

    Of a pair that stands there several times the strongest, then the earliest, row is kept.
    """
    frame, findings = pick(export, wave, origin, COLUMNS, ENDS)
    if any(finding.severity == "block" for finding in findings):
        return findings
    frame, found = convert(_in_numbers(frame, wave), wave, origin, ["date"], ["strength"])
    written = frame[ENDS].fillna("")
    ego, alter = (names.match(written[end]) for end in ENDS)
    reason = _reasons(frame.assign(ego=ego["node"], alter=alter["node"]), wave)
    raw = written["alter"].where(ego["node"].notna(), written["ego"])
    how = _worse(ego["how"], alter["how"])
    resolved = frame.assign(ego=ego["node"], alter=alter["node"], raw=raw, how=how, reason=reason)
    strange = [*written["ego"][ego["node"].isna()], *written["alter"][alter["node"].isna()]]
    proposals = propose([text for text in strange if text], names)
    found += _outside(reason == OUTSIDE, len(proposals), names, origin)
    key = key_of(wave.options.get("relation", origin.source))
    rows = Rows(resolved["ego"], {})
    made = assemble({key: _given(resolved, names, wave)}, {key: resolved}, rows, names, origin, wave)
    account = _account(reason, export.blank, len(made[0]), origin, bool(wave.options.get("log")))
    return Named(*made, [account], [*findings, *found], proposals)


def _in_numbers(frame: pd.DataFrame, wave: Wave) -> pd.DataFrame:
    """Strengths in words as the numbers that the plan gives them."""
    known = {text: str(value) for text, value in meanings(wave.options).items() if not isinstance(value, str)}
    if "strength" not in frame or not known:
        return frame
    said = typing.plain_column(frame["strength"].fillna("")).map(known).astype("str")
    return frame.assign(strength=said.where(said.notna(), frame["strength"]))


def _reasons(frame: pd.DataFrame, wave: Wave) -> pd.Series:
    """Why a row is no tie, "" where it is one."""
    outside = frame[ENDS].isna().any(axis=1)
    reason = pd.Series("", index=frame.index)
    reason[outside] = OUTSIDE
    reason[(frame["ego"] == frame["alter"]).fillna(False).astype(bool) & ~outside] = SELF
    if "strength" in frame and "least" in wave.options:
        reason[(frame["strength"] < wave.options["least"]) & (reason == "")] = BELOW
    if not wave.options.get("log"):
        left = _best_first(frame[reason == ""])
        reason[left.index[_repeated(left, wave)]] = AGAIN
    return reason


def _best_first(frame: pd.DataFrame) -> pd.DataFrame:
    by = [name for name in ("strength", "date") if name in frame]
    return frame.sort_values(by, ascending=[n == "date" for n in by], kind="stable") if by else frame


def _repeated(frame: pd.DataFrame, wave: Wave) -> pd.Series:
    ends = frame[ENDS]
    if not wave.options.get("directed", True):
        # An undirected tie may be listed from either end, or from both.
        swap = ends["ego"] > ends["alter"]
        ends = ends.mask(swap, ends.rename(columns={"ego": "alter", "alter": "ego"}))
    topic = frame["topic"] if "topic" in frame else pd.Series("", index=frame.index)
    return ends.assign(topic=topic).duplicated()


def _worse(one: pd.Series, other: pd.Series) -> pd.Series:
    """How the end was found that was found less surely."""
    rank = {how: i for i, how in enumerate(HOW)}
    return one.where(one.map(rank).fillna(-1) >= other.map(rank).fillna(-1), other)


def _given(resolved: pd.DataFrame, names: Names, wave: Wave) -> Given:
    n, nodes = len(names.nodes), np.asarray(names.nodes, dtype=object)
    if wave.options.get("complete", True):
        answered = np.ones(n, dtype=bool)
    else:
        ties = resolved[resolved["reason"] == ""]
        answered = np.isin(nodes, ties["ego"].unique().astype(object))
        if not wave.options.get("directed", True):
            answered |= np.isin(nodes, ties["alter"].unique().astype(object))
    return Given(pd.DataFrame(), answered, np.repeat(answered[:, None], n, axis=1))


def _outside(outside: pd.Series, near: int, names: Names, origin: Origin) -> list[Finding]:
    rows = outside.index[outside]
    if not len(rows):
        return []
    problem = f"{len(rows)} rows name somebody who is not on the roster"
    remedy = "correct the name or complete the roster; the rows are set aside"
    if near:
        remedy += f" ({near} names are near one on the roster: see crosswalks/{names.reviewed.file or '...'})"
    return [origin.finding("warn", problem, remedy, row=rows[0], count=len(rows))]


def _account(reason: pd.Series, blank: int, ties: int, origin: Origin, log: bool) -> Account:
    counts = {why: int((reason == why).sum()) for why in (OUTSIDE, SELF, BELOW, *([] if log else [AGAIN]))}
    return Account(origin, len(reason) + blank, ties, {"blank row": blank, **counts})
