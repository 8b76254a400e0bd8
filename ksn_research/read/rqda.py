"""Projects of RQDA: an SQLite database in which everything deleted stays, with another `status` than 1.

Positions are those of the text window, tried from 0 and from 1; the coder is a coding's owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ksn_research.read.assembly import Held, project_of, text
from ksn_research.read.database import Base
from ksn_research.read.placing import counted
from ksn_research.read.segments import CodedProject

TABLES = ("source", "coding", "freecode")
NOT_CARRIED = {
    "annotation": "annotations",
    "journal": "journal entries",
    "coding2": "second codings",
    "filecat": "categories of files",
    "image": "pictures",
}


def rqda(base: Base, file: str) -> CodedProject:
    """The project in an open database. Raises ReadError, see `assembly.project_of`."""
    sources = _live(base, "source", ("id", "name", "file"))
    codings = _live(base, "coding", ("fid", "selfirst", "selend", "seltext", "owner", "cid", "memo"))
    named = {"fid": "document", "selfirst": "start", "selend": "end", "owner": "coder", "cid": "code"}
    told = codings.assign(**{name: text(codings[name]) for name in ("fid", "owner", "cid")})
    told["name"] = codings["seltext"].map(lambda words: words if isinstance(words, str) else "")
    transcripts = zip(text(sources["id"]), sources["file"], strict=True)
    return project_of(
        Held(
            dict(zip(text(sources["id"]), text(sources["name"]), strict=True)),
            {key: words for key, words in transcripts if isinstance(words, str)},
            _nodes(base),
            told.rename(columns=named),
            list(_attributes(base)),
            _notes(base, codings),
            firsts=(0, 1),
        ),
        file,
    )


def _live(base: Base, table: str, columns: Sequence[str]) -> pd.DataFrame:
    frame = base.frame(table, (*columns, "status"))
    return frame[text(frame["status"]) == "1"].drop(columns="status").reset_index(drop=True)


def _nodes(base: Base) -> pd.DataFrame:
    groups = _live(base, "codecat", ("catid", "name", "memo")).apply(text)
    codes = _live(base, "freecode", ("id", "name", "memo")).apply(text)
    ties = _live(base, "treecode", ("cid", "catid")).apply(text).drop_duplicates("cid")
    over = codes["id"].map(dict(zip(ties["cid"], "cat " + ties["catid"], strict=True))).fillna("")
    made = [
        groups.assign(key="cat " + groups["catid"], above="", codable=False),
        codes.assign(key=codes["id"], above=over, codable=True),
    ]
    return pd.concat(made, ignore_index=True).rename(columns={"memo": "description"})


def _attributes(base: Base) -> Iterator[tuple[str, str, str, int]]:
    ties = _live(base, "caselinkage", ("caseid", "fid")).apply(text).drop_duplicates()
    documents = {case: list(own) for case, own in ties.groupby("caseid")["fid"]}
    for name, value, case in _valued(base, "caseattr", "caseid"):
        yield from ((document, name, value, 1) for document in documents.get(case, []))
    for name, value, document in _valued(base, "fileattr", "fileid"):
        yield document, name, value, 0


def _valued(base: Base, table: str, key: str) -> Iterator[tuple[str, str, str]]:
    held = _live(base, table, ("variable", "value", key)).apply(text)
    told = held[(held["variable"] != "") & ~held["value"].isin(["", "NA"])]
    yield from told.itertuples(index=False, name=None)


def _notes(base: Base, codings: pd.DataFrame) -> list[str]:
    notes = [counted(base.count(table), f"{what} not carried") for table, what in NOT_CARRIED.items()]
    notes.append(counted(int((text(codings["memo"]) != "").sum()), "memos on passages not carried"))
    deleted = base.count("coding") - len(codings)
    notes.append(counted(deleted, "codings that were deleted in the tool left out"))
    ties = _live(base, "treecode", ("cid", "catid")).apply(text).drop_duplicates()
    several = int(ties["cid"].duplicated().sum())
    notes.append(counted(several, "further categories of codes not carried: a code has one parent"))
    return notes
