"""Projects of QualCoder: a folder `name.qda` with an SQLite database `data.qda` in it (schema 6 to 17).

Positions are code points of the document's text, from 0, end exclusive; each coding has its owner, who is
the coder, and its words, which go stale when somebody edits the text. Categories hold codes and categories;
since schema 16 codes may hold codes. Attributes belong to files or to cases; a case is tied to files, or to
passages of them, by `case_text`. A transcript belongs to its recording (`av_text_id`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from ksn_research.read.assembly import CODINGS, NODES, Held, project_of, text
from ksn_research.read.database import Base
from ksn_research.read.placing import counted
from ksn_research.read.segments import CodedProject

TABLES = ("source", "code_name", "code_text")
NOT_CARRIED = {
    "annotation": "annotations",
    "journal": "journal entries",
    "graph": "graphs",
    "ris": "fields of references",
}
NOBODY = "default"


def qualcoder(base: Base, file: str) -> CodedProject:
    """The project in an open database. Raises ReadError, see `assembly.project_of`."""
    sources = base.frame("source", ("id", "name", "fulltext", "memo", "av_text_id"))
    sources["id"], sources["memo"] = text(sources["id"]), text(sources["memo"])
    pairs = zip(sources["id"], text(sources["av_text_id"]), strict=True)
    spoken = {words: film for film, words in pairs if words not in ("", film)}
    own = sources[~sources["id"].isin(list(spoken))]
    codings = _codings(base, spoken)
    return project_of(
        Held(
            dict(zip(own["id"], text(own["name"]), strict=True)),
            {
                spoken.get(key, key): words
                for key, words in zip(sources["id"], sources["fulltext"], strict=True)
                if isinstance(words, str)
            },
            _nodes(base),
            codings[list(CODINGS)],
            list(_attributes(base, spoken)),
            _notes(base, codings, sources),
        ),
        file,
    )


def _nodes(base: Base) -> pd.DataFrame:
    """Categories ("cat 1") and codes ("1")."""
    groups = base.frame("code_cat", ("catid", "name", "memo", "supercatid")).apply(text)
    codes = base.frame("code_name", ("cid", "name", "memo", "catid", "supercid")).apply(text)
    over = codes["supercid"].where(codes["supercid"] != "", _prefixed(codes["catid"]))
    made = [
        groups.assign(key=_prefixed(groups["catid"]), above=_prefixed(groups["supercatid"]), codable=False),
        codes.assign(key=codes["cid"], above=over, codable=True),
    ]
    return pd.concat(made).rename(columns={"memo": "description"})[list(NODES)].reset_index(drop=True)


def _prefixed(keys: pd.Series) -> pd.Series:
    return ("cat " + keys).where(keys != "", "")


def _codings(base: Base, spoken: Mapping[str, str]) -> pd.DataFrame:
    words = base.frame("code_text", ("fid", "pos0", "pos1", "seltext", "owner", "cid", "memo", "important"))
    seen = base.frame("code_image", ("id", "owner", "cid", "memo", "important")).rename(columns={"id": "fid"})
    heard = base.frame("code_av", ("id", "owner", "cid", "memo", "important")).rename(columns={"id": "fid"})
    every = pd.concat([words, seen, heard], ignore_index=True)
    for name in ("fid", "owner", "cid", "memo", "important"):
        every[name] = text(every[name])
    names = {"pos0": "start", "pos1": "end", "seltext": "name", "owner": "coder", "cid": "code"}
    told = every["seltext"].map(lambda said: said if isinstance(said, str) else "")
    shown = every.assign(seltext=told, document=every["fid"].map(lambda key: spoken.get(key, key)))
    return shown.rename(columns=names)


def _attributes(base: Base, spoken: Mapping[str, str]) -> Iterator[tuple[str, str, str, int]]:
    held = base.frame("attribute", ("name", "attr_type", "value", "id")).apply(text)
    ties = base.frame("case_text", ("caseid", "fid")).apply(text).drop_duplicates()
    documents = {case: list(own) for case, own in ties.groupby("caseid")["fid"]}
    for name, kind, value, key in held[(held["value"] != "") & (held["name"] != "")].itertuples(index=False):
        own = [key] if kind == "file" else documents.get(key, [])
        for document in dict.fromkeys(spoken.get(one, one) for one in own):
            yield document, name, value, int(kind != "file")


def _notes(base: Base, codings: pd.DataFrame, sources: pd.DataFrame) -> list[str]:
    notes = [counted(base.count(table), f"{what} not carried") for table, what in NOT_CARRIED.items()]
    notes.append(counted(int((codings["memo"] != "").sum()), "memos on passages not carried"))
    notes.append(counted(int((sources["memo"] != "").sum()), "memos on documents not carried"))
    notes.append(
        counted(int(codings["important"].isin(["1"]).sum()), "marks of important passages not carried")
    )
    unplaced = base.count("code_image") + base.count("code_av")
    notes.append(counted(unplaced, "codings of pictures, sound or film: counted, without position"))
    ties = base.frame("case_text", ("caseid", "fid")).apply(text).drop_duplicates()
    several = int((ties.groupby("caseid").size() > 1).sum())
    notes.append(counted(several, "cases with more than one document: each document is one interview"))
    shared = int((ties.groupby("fid").size() > 1).sum())
    notes.append(counted(shared, "documents of more than one case: their attributes are joined"))
    coders = base.frame("coder_names", ("name", "visibility")).apply(text)
    hidden = coders.loc[coders["visibility"] == "0", "name"]
    notes.append(
        counted(
            int(codings["coder"].isin(list(hidden)).sum()), "codings by coders hidden in the tool are counted"
        )
    )
    notes.append(
        counted(
            int((codings["coder"] == NOBODY).sum()),
            f"codings are by `{NOBODY}`, the tool's name for whoever gave none: several people may share it",
        )
    )
    return notes
