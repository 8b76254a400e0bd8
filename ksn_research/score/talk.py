"""Coded interviews with their consent records: `segments` and `interviews`."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.prepared import TABLES
from ksn_research.read import Export
from ksn_research.read.segments import CodedProject
from ksn_research.score import answers as typing
from ksn_research.score.accounts import Account
from ksn_research.score.dates import dates

CONSENTS = ("none", "anonymous", "role", "role+type", "organisation", "named")
YES_OR_NO = ("y", "yes", "true", "1", "n", "no", "false", "0")
LEDGER: Mapping[str, str] = {
    "interview": "",
    "quote_consent": "none",
    "withdrawn_on": "",
    "embargo_until": "",
    "review_before_publication": "y",
    "approved_quote_ids": "",
}
OF_QUOTES = ("embargo_until", "review_before_publication", "approved_quote_ids")
WITHDRAWN = "consent withdrawn"


def talk(
    project: CodedProject, ledger: Export | None, origin: Origin
) -> tuple[pd.DataFrame, pd.DataFrame, Account, list[Finding]]:
    """Segments, interviews, account and findings of one wave.

    ledger  the consent records, the columns of `LEDGER`; None where there are none. Closed by default: an
            interview without a record may be counted, never quoted; one that does not say that its speaker
            need not see quotes first is quoted only with approved ids. A withdrawn interview leaves every
            denominator, its segments are set aside. Case and typography of its name do not matter; a record
            that names no interview is said, and one given twice blocks, as does an embargo that is no date.
    """
    consent, findings = _consent(ledger, origin)
    interviews = project.interviews.copy()
    called = interviews["interview"].map(typing.plain)
    recorded = called.map(consent["quote_consent"]) if len(consent) else None
    interviews["consent"] = "none" if recorded is None else recorded.fillna("none")
    for name in OF_QUOTES:
        interviews[name] = called.map(consent[name].to_dict()).fillna(LEDGER[name])
    withdrawn = set(consent.index[consent["withdrawn_on"] != ""])
    interviews["withdrawn"] = called.isin(withdrawn)
    gone = project.segments["interview"].map(typing.plain).isin(withdrawn)
    findings += _unmatched(called, consent, ledger, origin) if ledger is not None else []
    findings += [origin.finding("note", note, "see the import report") for note in project.notes]
    used = int((~gone).sum())
    account = Account(origin, len(project.segments), used, {WITHDRAWN: int(gone.sum())})
    told = {"year": origin.year, "source": origin.source}
    return (
        _shape(project.segments[~gone].assign(**told), "segments"),
        _shape(interviews.assign(**told), "interviews"),
        account,
        findings,
    )


def kept_texts(
    texts: Mapping[str, str], interviews: pd.DataFrame, source: str, year: int | None
) -> dict[tuple[str, int | None, str], str]:
    """Transcripts of the interviews that are not withdrawn, by source, year and interview."""
    kept = set(interviews.loc[~interviews["withdrawn"], "interview"])
    return {(source, year, name): text for name, text in texts.items() if name in kept}


def _consent(ledger: Export | None, origin: Origin) -> tuple[pd.DataFrame, list[Finding]]:
    nothing = pd.DataFrame(columns=["row", *LEDGER]).set_index("interview")
    if ledger is None:
        return nothing, []
    frame = ledger.frame.set_axis([typing.plain(head) for head in ledger.columns["heading"]], axis=1)
    here = Origin(origin.source, origin.year, origin.wave, ledger.file)
    findings = [*ledger.findings]
    if "interview" not in frame:
        remedy = "add a column `interview` with the names of the interviews"
        findings.append(here.finding("block", "there is no such column", remedy, row=1, column="interview"))
        return nothing, findings
    frame = frame.assign(row=frame.index)
    for name, default in LEDGER.items():
        frame[name] = frame[name].replace("", default) if name in frame else default
    odd = ~frame["quote_consent"].isin(CONSENTS)
    remedy = f"use one of {', '.join(CONSENTS)}"
    findings += typing.unknown(
        frame["quote_consent"], odd, "not a kind of consent", remedy, origin=here, name="quote_consent"
    )
    findings += _of_quotes(frame, here)
    frame["interview"] = frame["interview"].map(typing.plain)
    findings += [
        here.finding(
            "block",
            "the interview has a record above",
            "keep the record that holds",
            row=row,
            column="interview",
        )
        for row in frame.index[frame["interview"].duplicated()]
    ]
    return frame[["row", *LEDGER]].drop_duplicates("interview").set_index("interview"), findings


def _of_quotes(frame: pd.DataFrame, here: Origin) -> list[Finding]:
    """Embargoes as YYYY-MM-DD, in place; findings of those that are no date, and of doubtful reviews."""
    until, bad, why = dates(frame["embargo_until"].astype("str"), wall=True)
    frame["embargo_until"] = until.dt.strftime("%Y-%m-%d").fillna("").mask(bad, "unreadable")
    odd = ~frame["review_before_publication"].map(typing.plain).isin(YES_OR_NO)
    told = "write it as YYYY-MM-DD, or leave the cell empty where there is no embargo"
    asks = "write n where the speaker need not see quotes first; until then it is taken for y"
    return [
        *(here.finding("block", why, told, row=row, column="embargo_until") for row in frame.index[bad]),
        *(
            here.finding("warn", "neither y nor n", asks, row=row, column="review_before_publication")
            for row in frame.index[odd]
        ),
    ]


def _unmatched(called: pd.Series, consent: pd.DataFrame, ledger: Export, origin: Origin) -> list[Finding]:
    """Interviews without a consent record, and records (a withdrawal, perhaps) without an interview."""
    here = Origin(origin.source, origin.year, origin.wave, ledger.file)
    remedy = "correct the name if it is meant for an interview of this file; the record has no effect"
    found = [
        here.finding("warn", "no interview of the project has this name", remedy, row=row, column="interview")
        for row in consent.loc[~consent.index.isin(called), "row"]
    ]
    lacking = int((~called.isin(consent.index)).sum())
    problem = f"{lacking} interviews have no consent record"
    remedy = "add them to the ledger; until then they are counted, never quoted"
    return [*found, origin.finding("warn", problem, remedy, count=lacking)] if lacking else found


def _shape(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    types = TABLES[name]
    return frame.reindex(columns=[*types, *(c for c in frame if c not in types)]).astype(types)
