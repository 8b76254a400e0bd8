"""RQDA and requal: databases of the tools for R, with deleted rows, positions from 0 or 1, several coders."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ksn_research.read.coded import read_coded

TALK = "A: trust takes time\nB: yes, and money."
RQDA = """
CREATE TABLE source (name text, id integer, file text, memo text, owner text, status integer);
CREATE TABLE coding (cid integer, fid integer, seltext text, selfirst real, selend real, status integer,
  owner text, date text, memo text);
CREATE TABLE freecode (name text, memo text, owner text, id integer, status integer, color text);
CREATE TABLE codecat (name text, cid integer, catid integer, memo text, status integer);
CREATE TABLE treecode (cid integer, catid integer, status integer);
CREATE TABLE cases (name text, id integer, status integer);
CREATE TABLE caselinkage (caseid integer, fid integer, selfirst real, selend real, status integer);
CREATE TABLE caseAttr (variable text, value text, caseID integer, status integer);
CREATE TABLE fileAttr (variable text, value text, fileID integer, status integer);
CREATE TABLE journal (name text, journal text);
INSERT INTO freecode VALUES ('trust', 'feels safe', 'ann', 1, 1, ''), ('money', '', 'ann', 2, 1, ''),
  ('gone', '', 'ann', 3, 0, '');
INSERT INTO codecat VALUES ('giving', NULL, 5, '', 1);
INSERT INTO treecode VALUES (1, 5, 1), (2, 5, 0);
INSERT INTO caselinkage VALUES (8, 1, 0, 9, 1);
INSERT INTO caseAttr VALUES ('Role', 'mentor', 8, 1), ('Age', 'NA', 8, 1);
INSERT INTO fileAttr VALUES ('Place', 'north', 1, 1), ('Place', 'south', 1, 0);
INSERT INTO journal VALUES ('n', 'x');
"""
REQUAL = """
CREATE TABLE projects (project_id integer primary key, project_name text);
CREATE TABLE documents (doc_id integer primary key, project_id integer, doc_name text, doc_text text);
CREATE TABLE codes (code_id integer primary key, project_id integer, code_name text, code_description text);
CREATE TABLE categories (category_id integer primary key, project_id integer, category_name text,
  category_description text);
CREATE TABLE categories_codes_map (category_id integer, code_id integer);
CREATE TABLE users (user_id integer primary key, user_name text);
CREATE TABLE segments (segment_id integer primary key, project_id integer, user_id integer, doc_id integer,
  code_id integer, segment_start integer, segment_end integer, segment_text text);
INSERT INTO projects VALUES (1, 'p'); INSERT INTO users VALUES (1, 'ann'), (2, 'ben');
INSERT INTO codes VALUES (1, 1, 'trust', 'feels safe'), (2, 1, 'money', '');
INSERT INTO categories VALUES (1, 1, 'giving', ''); INSERT INTO categories_codes_map VALUES (1, 1);
"""


@pytest.mark.parametrize("first", [0, 1])
def test_rqda_leaves_out_what_was_deleted_and_finds_where_counting_starts(first, tmp_path: Path):
    place = tmp_path / "p.rqda"
    with closing(sqlite3.connect(place)) as base:
        base.executescript(RQDA)
        base.execute(
            "INSERT INTO source VALUES ('I01', 1, ?, '', 'ann', 1), ('old', 2, 'x', '', '', 0)", [TALK]
        )
        for words, code, owner, status in (
            ("trust", 1, "ann", 1),
            ("money", 2, "ben", 1),
            ("time", 1, "ann", 0),
        ):
            at = TALK.index(words) + first
            row = [code, words, at, at + len(words), status, owner]
            base.execute("INSERT INTO coding VALUES (?, 1, ?, ?, ?, ?, ?, '', '')", row)
        base.commit()
    found = read_coded(place, "s", {})
    assert found.segments[["coder", "code", "start", "text"]].to_numpy().tolist() == [
        ["ann", "trust", 3, "trust"],
        ["ben", "money", 32, "money"],
    ]
    assert found.codes.set_index("code")["parent"].to_dict() == {"giving": "", "trust": "giving", "money": ""}
    assert found.interviews[["interview", "role", "place"]].to_numpy().tolist() == [
        ["I01", "mentor", "north"]
    ]
    assert {"1 codings that were deleted in the tool left out", "1 journal entries not carried"} < set(
        found.notes
    )


def test_requal_counts_from_one_to_the_last_letter(tmp_path: Path):
    place = tmp_path / "p.requal"
    with closing(sqlite3.connect(place)) as base:
        base.executescript(REQUAL)
        base.execute("INSERT INTO documents VALUES (1, 1, 'I01', ?)", [TALK])
        for words, code, user in (("trust", 1, 1), ("money", 2, 2)):
            at = TALK.index(words)
            row = [user, code, at + 1, at + len(words), words]
            base.execute("INSERT INTO segments VALUES (NULL, 1, ?, 1, ?, ?, ?, ?)", row)
        base.commit()
    found = read_coded(place, "s", {})
    assert found.segments[["coder", "code", "start", "text"]].to_numpy().tolist() == [
        ["ann", "trust", 3, "trust"],
        ["ben", "money", 32, "money"],
    ]
    assert found.convention == "code points from 1, line ends as stored, end inclusive"
    assert found.codes.set_index("code")["parent"].to_dict() == {"giving": "", "trust": "giving", "money": ""}
