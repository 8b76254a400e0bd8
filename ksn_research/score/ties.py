"""Who named whom: wide nominations and edge lists into `ties` and `senders`.

Names are matched to the roster by identifier, name or alias (case and typography do not matter), never by
likeness: a name that fits nothing is set aside and listed, so that somebody can add an alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.prepared import TABLES
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.accounts import Account
from ksn_research.score.tables import convert, pick

Network = tuple[pd.DataFrame, pd.DataFrame, list[Account], list[Finding]]
SELF, OUTSIDE, AGAIN = "named itself", "name not on the roster", "named twice"


def names_of(organisations: pd.DataFrame, people: pd.DataFrame, units: str) -> dict[str, str]:
    """Roster identifier by every plain name it goes by. A name shared by two is left out: it says nothing."""
    if units == "people":
        return {typing.plain(member): member for member in people["member"]}
    called = organisations.assign(names=organisations["aliases"].fillna("").str.split(";"))
    long = called[["organisation", "names"]].explode("names").rename(columns={"names": "called"})
    own = [organisations[["organisation"]].assign(called=organisations[c]) for c in ("organisation", "name")]
    said = pd.concat([*own, long]).dropna().assign(called=lambda frame: frame["called"].map(typing.plain))
    said = said[said["called"] != ""].drop_duplicates()
    alone = said[~said["called"].duplicated(keep=False)]
    return dict(zip(alone["called"], alone["organisation"], strict=True))


def nominations(export: Export, wave: Wave, source: str, known: Mapping[str, str]) -> Network:
    """Wide nominations: one row per respondent, for each relation several columns of names.

    wave.options  ego (header of the respondent's own name), relations {relation: header pattern},
                  directed, duplicates ("union": two respondents of one organisation count together)
    """
    origin = Origin(source, wave.year, wave.name, export.file)
    ego_column, findings = _ego(export, wave, origin)
    if ego_column is None:
        return *_frames([], [], origin, wave), [_unread(export, origin)], [*export.findings, *findings]
    said = export.frame[ego_column].map(typing.plain)
    ego = said.map(known).astype("str")
    aside, found = _aside(said, ego, wave, origin)
    rows = ego[~aside.any(axis=1)]
    ties, senders, cells = [], [], {SELF: 0, OUTSIDE: 0, AGAIN: 0}
    named = 0
    for relation, pattern in wave.options["relations"].items():
        columns = [i for i, head in export.columns["heading"].items() if typing.fits(head, pattern)]
        if not columns:
            found.append(_no_columns(relation, pattern, origin))
        listed = _listed(export.frame.loc[rows.index, columns], rows)
        kept, lost = _resolve(listed, known)
        named += len(listed)
        for reason, n in lost.items():
            cells[reason] += n
        found += _outside(listed, known, origin, relation)
        ties.append(kept.assign(relation=relation))
        senders.append(pd.DataFrame({"node": sorted(rows.unique()), "relation": relation}))
    reasons = {"blank row": export.blank, **{str(name): int(aside[name].sum()) for name in aside}}
    spoken = Origin(source, wave.year, wave.name, f"{export.file} (names given)")
    accounts = [
        Account(origin, len(export.frame) + export.blank, len(rows), reasons),
        Account(spoken, named, sum(map(len, ties)), cells),
    ]
    return (
        *_frames(ties, senders, origin, wave, known.values()),
        accounts,
        [*export.findings, *findings, *found],
    )


def edges(export: Export, wave: Wave, source: str, known: Mapping[str, str]) -> Network:
    """An edge list or a log: one row per tie, both ends by identifier, name or alias.

    wave.options  columns {ego, alter, ...}, relation, directed, complete or log (everyone was observed)
    """
    origin = Origin(source, wave.year, wave.name, export.file)
    names = ["ego", "alter", "topic", "strength", "date"]
    frame, findings = pick(export, wave, origin, names, ("ego", "alter"))
    if any(finding.severity == "block" for finding in findings):
        return *_frames([], [], origin, wave), [_unread(export, origin)], [*export.findings, *findings]
    frame, found = convert(frame, wave, origin, ["date"], ["strength"])
    ends = frame[["ego", "alter"]].fillna("").map(typing.plain)
    frame["ego"], frame["alter"] = (ends[end].map(known).astype("str") for end in ("ego", "alter"))
    aside = pd.DataFrame({OUTSIDE: frame["ego"].isna() | frame["alter"].isna()})
    aside[SELF] = (frame["ego"] == frame["alter"]) & ~aside[OUTSIDE]
    if not wave.options.get("log"):
        aside[AGAIN] = _repeated(frame, wave) & ~aside.any(axis=1)
    relation = wave.options.get("relation", source)
    kept = frame[~aside.any(axis=1)].assign(relation=relation)
    everyone = pd.DataFrame({"node": sorted(set(known.values())), "relation": relation})
    counts = {"blank row": export.blank, **{str(reason): int(aside[reason].sum()) for reason in aside}}
    account = Account(origin, len(frame) + export.blank, len(kept), counts)
    found += _outside_rows(aside[OUTSIDE], origin)
    return (
        *_frames([kept], [everyone], origin, wave, known.values()),
        [account],
        [*export.findings, *findings, *found],
    )


def _unread(export: Export, origin: Origin) -> Account:
    """The account of a file of which a needed column is missing."""
    aside = {"blank row": export.blank, "a needed column is missing": len(export.frame)}
    return Account(origin, len(export.frame) + export.blank, 0, aside)


def _ego(export: Export, wave: Wave, origin: Origin) -> tuple[int | None, list[Finding]]:
    wanted = wave.options.get("ego", "")
    heads = export.columns["heading"].map(typing.plain)
    found = heads.index[heads == typing.plain(wanted)]
    if len(found) == 1:
        return int(found[0]), []
    remedy = "name the column of the respondent's own organisation as ego in study.toml"
    return None, [origin.finding("block", "there is no such column", remedy, row=1, column=wanted)]


def _aside(said: pd.Series, ego: pd.Series, wave: Wave, origin: Origin) -> tuple[pd.DataFrame, list[Finding]]:
    unknown, column = ego.isna(), wave.options["ego"]
    twice = ego.duplicated() & ~unknown
    rule = wave.options.get("duplicates")
    remedy = "add the name as an alias in the roster, or correct it; the row is set aside"
    findings = [
        origin.finding(
            "warn", "the respondent is not on the roster", remedy, row=row, column=column, answer=said[row]
        )
        for row in ego.index[unknown]
    ]
    if rule not in ("union", "first"):
        remedy = 'remove one of the rows, or declare duplicates = "union" or "first" for this source'
        findings += [
            origin.finding("block", "the same respondent answered before", remedy, row=row, column=column)
            for row in ego.index[twice]
        ]
    aside = pd.DataFrame({"respondent not on the roster": unknown})
    aside["answered again by the same respondent"] = twice & (rule != "union")
    return aside, findings


def _listed(cells: pd.DataFrame, ego: pd.Series) -> pd.DataFrame:
    """One row per filled cell: ego, row, said (the name as compared) and raw."""
    long = cells.rename_axis("row").reset_index().melt("row", var_name="column", value_name="raw")
    long = long[long["raw"] != ""].sort_values(["row", "column"], kind="stable")
    return long.assign(ego=long["row"].map(ego).to_numpy(), said=long["raw"].map(typing.plain))


def _resolve(listed: pd.DataFrame, known: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, int]]:
    alter = listed["said"].map(known)
    outside, self_named = alter.isna(), alter == listed["ego"]
    frame = pd.DataFrame({"ego": listed["ego"], "alter": alter})
    again = frame.duplicated() & ~outside & ~self_named
    lost = {SELF: int(self_named.sum()), OUTSIDE: int(outside.sum()), AGAIN: int(again.sum())}
    return frame[~outside & ~self_named & ~again], lost


def _outside(listed: pd.DataFrame, known: Mapping[str, str], origin: Origin, relation: str) -> list[Finding]:
    remedy = "add it as an alias in the roster if it is a member; the name is set aside"
    strange = listed[listed["said"].map(known).isna()]
    return [
        origin.finding("warn", "the name is not on the roster", remedy, row=row, column=relation, answer=raw)
        for row, raw in zip(strange["row"], strange["raw"], strict=True)
    ]


def _outside_rows(outside: pd.Series, origin: Origin) -> list[Finding]:
    rows = outside.index[outside]
    problem = f"{len(rows)} rows name somebody who is not on the roster"
    remedy = "correct the name or complete the roster; the rows are set aside"
    return [origin.finding("warn", problem, remedy, row=rows[0], count=len(rows))] if len(rows) else []


def _no_columns(relation: str, pattern: str, origin: Origin) -> Finding:
    remedy = f"correct relations.{relation} in study.toml"
    return origin.finding("block", "no column fits the pattern", remedy, row=1, column=pattern)


def _repeated(frame: pd.DataFrame, wave: Wave) -> pd.Series:
    ends = frame[["ego", "alter"]]
    if not wave.options.get("directed", True):
        # An undirected tie may be listed from either end, or from both.
        swap = ends["ego"] > ends["alter"]
        ends = ends.mask(swap, ends.rename(columns={"ego": "alter", "alter": "ego"}))
    topic = frame["topic"] if "topic" in frame else pd.Series("", index=frame.index)
    return ends.assign(topic=topic).duplicated()


def _frames(
    ties: list[pd.DataFrame],
    senders: list[pd.DataFrame],
    origin: Origin,
    wave: Wave,
    nodes: Iterable[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    told = {"year": origin.year, "wave": origin.wave, "source": origin.source}
    tie = pd.concat(ties, ignore_index=True) if ties else pd.DataFrame({"relation": []})
    tie = tie.assign(**told, directed=bool(wave.options.get("directed", True)))
    sent = pd.concat(senders, ignore_index=True) if senders else pd.DataFrame({"node": [], "relation": []})
    everyone = pd.MultiIndex.from_product(
        [sent["relation"].unique(), sorted(set(nodes))], names=["relation", "node"]
    )
    answered = pd.MultiIndex.from_frame(sent[["relation", "node"]])
    who = everyone.to_frame(index=False).assign(**told, observed=everyone.isin(answered))
    return _shape(tie, "ties"), _shape(who, "senders")


def _shape(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.reindex(columns=list(TABLES[name])).astype(TABLES[name])
