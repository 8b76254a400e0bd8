"""Taguette: bytes into HTML as exact words, who coded where the log knows, and tables of highlights."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from html import escape
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.errors import PlanError, ReadError
from ksn_research.plan.sources import Around, read_source
from ksn_research.read.coded import read_coded
from ksn_research.read.taguette import UNKNOWN, html_text
from tests.conftest import modest

SAMPLE = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "interviews" / "taguette"
TABLES = """
CREATE TABLE projects (id integer primary key, name text, description text);
CREATE TABLE documents (id integer primary key, name text, description text, filename text,
  project_id integer, text_direction text, contents text);
CREATE TABLE tags (id integer primary key, project_id integer, path text, description text);
CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer,
  end_offset integer, snippet text);
CREATE TABLE highlight_tags (highlight_id integer, tag_id integer, primary key (highlight_id, tag_id));
CREATE TABLE commands (id integer primary key, user_login text, project_id integer, document_id integer,
  payload text);
CREATE TABLE users (login text primary key);
CREATE TABLE project_members (project_id integer, user_login text, privileges text);
INSERT INTO projects VALUES (1, 'Talks', '');
INSERT INTO tags VALUES (1, 1, 'sharing', 'Giving away'), (2, 1, 'sharing.peers', ''), (3, 1, 'money', '');
"""
HTML = "<p>Café 🙂 shares <b>a lot</b> &amp; more.</p>\n<ul><li>No secretword</li><li>here</li></ul>"
WORDS = "Café 🙂 shares a lot & more. No secretwordhere"


def write(
    place: Path, marks: list[tuple[str, int, str]], html: str = HTML, words: str = WORDS, more: str = ""
) -> Path:
    """A database as Taguette makes it; marks are words, tag and login."""
    with closing(sqlite3.connect(place)) as base:
        base.executescript(TABLES + more)
        base.execute(
            "INSERT INTO documents VALUES (1, 'I01.docx', '', 'i01.docx', 1, 'LEFT_TO_RIGHT', ?)", [html]
        )
        for number, (said, tag, login) in enumerate(marks, 1):
            start = len(words[: words.index(said)].encode())
            row = [number, 1, start, start + len(said.encode()), f"<p>{escape(said)}</p>"]
            base.execute("INSERT INTO highlights VALUES (?, ?, ?, ?, ?)", row)
            base.execute("INSERT INTO highlight_tags VALUES (?, ?)", [number, tag])
            told = json.dumps({"type": "highlight_add", "highlight_id": number, "tags": [tag]})
            base.execute(
                "INSERT INTO commands (user_login, project_id, payload) VALUES (?, 1, ?)", [login, told]
            )
        base.commit()
    return place


def read(place: Path, **options: object):
    return read_coded(place, "interviews", options)


def test_the_sample_project_with_emoji_is_exact():
    """Passages and coders as the synthetic project's maker planted them (its `commands` and `snippet`)."""
    if not SAMPLE.exists():
        pytest.skip("the shared sample projects are not here; set KSN_SHARED")
    found = read(SAMPLE / "taguette_sample.sqlite3")
    assert found.segments[["interview", "coder", "code", "text"]].to_numpy().tolist() == [
        ["Operator 01", "admin", "mentoring", "mentoring is critical"],
        ["Operator 01", "rho", "mentoring", "share space — and “lessons” — with peers"],
        ["Operator 01", "rho", "sharing.peers", "share space — and “lessons” — with peers"],
        ["Operator 02", "admin", "funding", "funding"],
    ]
    assert (found.match_rate, found.convention) == (1, "UTF-8 bytes, line ends as stored, end exclusive")
    assert found.interviews["units"].tolist() == [2, 1]


def test_bytes_over_html_become_words_and_blocks_become_paragraphs(tmp_path):
    marks = [("shares a lot & more", 2, "ann"), ("more. No secretwordhere", 3, "ben"), ("here", 1, "ben")]
    found = read(write(tmp_path / "t.sqlite3", marks))
    assert found.texts == {"I01": "Café 🙂 shares a lot & more.\n \nNo secretword\nhere"}
    assert found.segments[["coder", "code", "text", "unit", "unit_last"]].to_numpy().tolist() == [
        ["ann", "sharing.peers", "shares a lot & more", 0, 0],
        ["ben", "money", "more.\n \nNo secretword\nhere", 0, 2],
        ["ben", "sharing", "here", 2, 2],
    ]
    assert found.codes.set_index("code")["parent"].to_dict() == {
        "sharing": "",
        "sharing.peers": "sharing",
        "money": "",
    }
    assert found.interviews["units"].tolist() == [3] and UNKNOWN not in found.notes


@given(
    blocks=st.lists(st.text(alphabet="aé😀漢 &<", min_size=1, max_size=12), min_size=1, max_size=5),
    data=st.data(),
)
@settings(max_examples=modest(12, 30), deadline=None)
def test_any_letters_come_back_to_the_letter(blocks, data, tmp_path_factory):
    blocks = [f"{i}{block}{i}" for i, block in enumerate(blocks)]
    html, words = "".join(f"<p>{escape(block)}</p>" for block in blocks), "".join(blocks)
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    said = words[start:end]
    if not said.strip():
        return
    found = read(write(tmp_path_factory.mktemp("t") / "t.db", [(said, 1, "ann")], html, words))
    assert found.texts["I01"].replace("\n", "") == words
    row = found.segments.iloc[0]
    assert (
        row["text"].replace("\n", "")
        == said
        == found.texts["I01"][row["start"] : row["end"]].replace("\n", "")
    )


def test_html_text_knows_line_breaks_entities_and_preformatted_lines():
    text, breaks = html_text("<div>a<br>b&nbsp;c\nd</div><!-- no --><pre>e\nf</pre>")
    assert text == "ab\xa0c de\nf" and breaks.tolist() == [1, 6]


def test_one_export_knows_one_coder_and_says_what_to_do_about_it(tmp_path):
    found = read(write(tmp_path / "t.db", [("shares", 1, "admin"), ("more", 3, "admin")]))
    assert set(found.segments["coder"]) == {""} and UNKNOWN in found.notes


def test_one_export_per_coder_makes_one_project_with_named_coders(tmp_path):
    files = {
        "anna": write(tmp_path / "a.db", [("shares", 1, "admin"), ("more", 3, "admin")]),
        "ben": write(tmp_path / "b.db", [("shares", 1, "admin")]),
    }
    found = read(files["anna"], coders=files)
    assert found.segments[["coder", "code", "text"]].to_numpy().tolist() == [
        ["anna", "sharing", "shares"],
        ["ben", "sharing", "shares"],
        ["anna", "money", "more"],
    ]
    assert found.interviews[["interview", "coders", "units"]].to_numpy().tolist() == [["I01", "anna;ben", 3]]
    assert len(found.codes) == 3 and not any(UNKNOWN in note for note in found.notes)


def test_coders_of_different_transcripts_are_refused(tmp_path):
    files = {
        "anna": write(tmp_path / "a.db", [("shares", 1, "admin")]),
        "ben": write(tmp_path / "b.db", [("shares", 1, "admin")], HTML.replace("here", "there")),
    }
    with pytest.raises(ReadError, match="1 transcripts are not the same") as caught:
        read(files["anna"], coders=files)
    assert "secretword" not in str(caught.value)


def test_of_several_projects_one_is_named(tmp_path):
    place = write(
        tmp_path / "t.db", [("shares", 1, "ann")], more="INSERT INTO projects VALUES (2, 'Other', '');"
    )
    with pytest.raises(ReadError, match="2 projects"):
        read(place)
    assert len(read(place, sheet="Talks").segments) == 1
    with pytest.raises(ReadError, match="0 may be meant"):
        read(place, sheet="None such")


def test_a_highlight_without_a_tag_is_noted_and_a_torn_log_names_nobody(tmp_path):
    torn = "(90, 'x', 1, 1, '{torn'), (91, 'x', 1, 1, '[[[[]]]]'), (92, 'x', 1, 1, NULL)"
    more = f"INSERT INTO commands VALUES {torn};"
    place = write(tmp_path / "t.db", [("shares", 1, "ann"), ("more", 3, "ben")], more=more)
    with closing(sqlite3.connect(place)) as base:
        base.execute("DELETE FROM highlight_tags WHERE highlight_id = 1")
        base.commit()
    found = read(place)
    assert found.segments["coder"].tolist() == ["ben"]
    assert "1 highlights without a tag not carried" in found.notes


def test_offsets_that_do_not_fit_the_documents_are_refused_without_a_word_of_them(tmp_path):
    place = write(tmp_path / "t.db", [("secretword", 1, "ann")])
    with closing(sqlite3.connect(place)) as base:
        base.execute("UPDATE highlights SET start_offset = 2, end_offset = 9")
        base.commit()
    with pytest.raises(ReadError, match="0% of 1") as caught:
        read(place)
    assert "secretword" not in str(caught.value)


# --- tables --------------------------------------------------------------------------------------------

ROWS = [["id", "document", "tag", "content"], ["1", "I01", "trust", "a lot"], ["1", "I01", "money", "a lot"]]


def table(place: Path) -> Path:
    if place.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(place)
    else:
        place.write_text("".join(",".join(row) + "\n" for row in ROWS))
    return place


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_exported_highlights_need_no_columns_and_take_definitions_from_a_codebook(suffix, tmp_path):
    book = tmp_path / "codebook.csv"
    book.write_text("tag,description,number of highlights\ntrust,feels safe,1\nunused,never,0\n")
    found = read(table(tmp_path / f"highlights{suffix}"), codebook=book)
    assert found.segments[["interview", "coder", "code", "text"]].to_numpy().tolist() == [
        ["I01", "", "trust", "a lot"],
        ["I01", "", "money", "a lot"],
    ]
    assert found.codes.set_index("code")["description"].to_dict() == {
        "money": "",
        "trust": "feels safe",
        "unused": "never",
    }
    assert UNKNOWN in found.notes and "id" not in found.interviews


def test_a_sheet_in_a_plans_own_columns_and_what_it_lacks(tmp_path):
    place = tmp_path / "notes.csv"
    place.write_text("Note,Who,Theme,Said,Role\nn1,ann,Trust,yes,mentor\nn2,,,,guest\n")
    columns = {"interview": "note", "coder": "Who", "code": "Theme", "text": "Said", "expert_role": "Role"}
    found = read(place, format="segments", columns=columns)
    assert found.segments[["interview", "coder", "code", "text"]].to_numpy().tolist() == [
        ["n1", "ann", "Trust", "yes"]
    ]
    assert found.interviews.set_index("interview")["expert_role"].to_dict() == {"n1": "mentor", "n2": "guest"}
    lacking = read(place, columns={**columns, "code": "Kode"})
    assert [str(finding) for finding in lacking.findings] == [
        "notes.csv, row 1, column Kode: there is no such column; correct the header, or name the column that "
        "holds `code` in study.toml"
    ]
    assert [finding.severity for finding in lacking.findings] == ["block"]


def test_a_message_counts_rows_as_the_file_does(tmp_path):
    place = tmp_path / "notes.csv"
    place.write_text("interview,code,role\nn1,trust,a\nn1,time,b\n")
    with pytest.raises(ReadError, match=r"notes\.csv, row 3, column role"):
        read(place)
    place.write_text("interview,code,Role,role\nn1,trust,a,b\n")
    with pytest.raises(ReadError, match="two columns have this name"):
        read(place)


def test_a_plan_names_one_file_per_coder_a_codebook_and_a_folder(tmp_path):
    (tmp_path / "2025" / "talks.qda").mkdir(parents=True)
    (tmp_path / "2025" / "talks.qda" / "data.qda").write_bytes(b"")
    around = Around(tmp_path, (2025,), {}, "en")
    table = {"kind": "interviews", "coders": {"anna": "{year}/a.db", "ben": "b.db"}, "codebook": "book.qdc"}
    wave = read_source("talks", table, around).waves[0]
    assert wave.file == wave.options["coders"]["anna"] == tmp_path / "2025" / "a.db"
    assert wave.options["coders"]["ben"] == tmp_path / "b.db"
    assert wave.options["codebook"] == tmp_path / "book.qdc"
    wave = read_source("talks", {"kind": "interviews", "file": "{year}/talks.qda"}, around).waves[0]
    assert wave.file == tmp_path / "2025" / "talks.qda" / "data.qda"
    with pytest.raises(PlanError, match="format is `word`"):
        read_source("talks", {"kind": "interviews", "file": "x", "format": "word"}, around)
