"""Projects of requal: an SQLite database of one or several projects; positions from 1, the end included."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ksn_research.read.assembly import Held, project_of, text
from ksn_research.read.database import Base
from ksn_research.read.placing import chosen_project, counted
from ksn_research.read.segments import CodedProject

TABLES = ("documents", "segments", "codes")
NOT_CARRIED = {"memos": "memos", "attribute_values": "values of attributes"}


def requal(base: Base, file: str, project: str = "") -> CodedProject:
    """The project in an open database; of several, the one with that name.

    Raises ReadError where it does not say which of several is meant, and see `assembly.project_of`.
    """
    listed = base.frame("projects", ("project_id", "project_name")).apply(text)
    only = chosen_project(listed["project_id"], listed["project_name"], project, file)
    documents = _of(base, "documents", ("doc_id", "doc_name", "doc_text"), only)
    marks = _of(
        base,
        "segments",
        ("doc_id", "segment_start", "segment_end", "segment_text", "user_id", "code_id"),
        only,
    )
    people = base.frame("users", ("user_id", "user_name", "user_login")).apply(text)
    called = people["user_name"].where(people["user_name"] != "", people["user_login"])
    names = dict(zip(people["user_id"], called, strict=True))
    codings = pd.DataFrame(
        {
            "document": text(marks["doc_id"]),
            "start": marks["segment_start"],
            "end": marks["segment_end"],
            "name": marks["segment_text"].map(lambda words: words if isinstance(words, str) else ""),
            "coder": text(marks["user_id"]).map(names).fillna(""),
            "code": text(marks["code_id"]),
        }
    )
    transcripts = zip(text(documents["doc_id"]), documents["doc_text"], strict=True)
    return project_of(
        Held(
            dict(zip(text(documents["doc_id"]), text(documents["doc_name"]), strict=True)),
            {key: words for key, words in transcripts if isinstance(words, str)},
            _nodes(base, only),
            codings,
            notes=[counted(base.count(table), f"{what} not carried") for table, what in NOT_CARRIED.items()],
            firsts=(1, 0),
        ),
        file,
    )


def _of(base: Base, table: str, columns: Sequence[str], project: str) -> pd.DataFrame:
    frame = base.frame(table, (*columns, "project_id"))
    return frame[text(frame["project_id"]) == project].drop(columns="project_id").reset_index(drop=True)


def _nodes(base: Base, project: str) -> pd.DataFrame:
    """Categories ("cat 1") and codes ("1")."""
    groups = _of(base, "categories", ("category_id", "category_name", "category_description"), project).apply(
        text
    )
    codes = _of(base, "codes", ("code_id", "code_name", "code_description"), project).apply(text)
    ties = (
        base.frame("categories_codes_map", ("category_id", "code_id")).apply(text).drop_duplicates("code_id")
    )
    over = dict(zip(ties["code_id"], "cat " + ties["category_id"], strict=True))
    groups.columns = codes.columns = pd.Index(["key", "name", "description"])
    made = [
        groups.assign(key="cat " + groups["key"], above="", codable=False),
        codes.assign(above=codes["key"].map(over).fillna(""), codable=True),
    ]
    return pd.concat(made, ignore_index=True)
