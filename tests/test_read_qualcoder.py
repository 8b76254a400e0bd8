"""QualCoder's project folders: every schema that is about, whose words stand where, and what is refused."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.errors import ReadError
from ksn_research.read import database
from ksn_research.read.coded import read_coded
from ksn_research.read.qdpx import MAX_TEXT

TALK = "A: trust takes time 😀\n\nB: yes, and money.\nA: secretword is the rest."
# The tables as QualCoder's source makes them, without columns that no reader needs.
TABLES = """
CREATE TABLE project (databaseversion text, date text, memo text, about text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text,
  date text, av_text_id integer, unique(name));
CREATE TABLE code_image (imid integer primary key, id integer, x1 integer, cid integer, memo text,
  owner text);
CREATE TABLE code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer,
  owner text);
CREATE TABLE annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text);
CREATE TABLE journal (jid integer primary key, name text, jentry text);
CREATE TABLE attribute_type (name text primary key, caseOrFile text, valuetype text);
CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer);
CREATE TABLE cases (caseid integer primary key, name text, memo text);
CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer);
CREATE TABLE code_cat (catid integer primary key, name text, memo text, supercatid integer, unique(name));
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer,
  pos1 integer, owner text, date text, memo text, avid integer, important integer);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, color text);
INSERT INTO code_cat VALUES (1, 'giving', 'what members give', NULL), (2, 'time', '', 1);
INSERT INTO code_name VALUES (1, 'trust', 'feels safe', NULL, 'ann', ''), (2, 'hours', '', 2, 'ann', ''),
  (3, 'unused', NULL, NULL, 'ann', '');
"""
LATER = {
    "v8": "",
    "v14": "CREATE TABLE coder_names (name text unique, visibility integer default 1);"
    "INSERT INTO coder_names VALUES ('ann', 1), ('ben', 0);",
    "v17": "ALTER TABLE code_name ADD supercid integer;"
    "INSERT INTO code_name VALUES (4, 'late', '', 2, 'ann', '', 2);"
    "CREATE TABLE gr_memo_item (gmemoid integer primary key);",
}


def folder(place: Path, more: str = "", version: str = "v8", talks: dict[int, str] | None = None) -> Path:
    made = place / "study.qda"
    made.mkdir()
    with closing(sqlite3.connect(made / "data.qda")) as base:
        base.executescript(TABLES + LATER[version])
        base.execute("INSERT INTO project VALUES (?, '', '', 'QualCoder')", [version])
        for key, words in (talks or {1: TALK}).items():
            base.execute(
                "INSERT INTO source VALUES (?, ?, ?, '', '', 'ann', '', NULL)", [key, f"I0{key}.docx", words]
            )
        base.executescript(more)
        base.commit()
    return made


def coding(words: str, code: int = 1, owner: str = "ann", text: str = TALK, fid: int = 1) -> str:
    at = text.index(words)
    said = words.replace("'", "''")
    return (
        "INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner, memo) VALUES "
        f"({code}, {fid}, '{said}', {at}, {at + len(words)}, '{owner}', '');"
    )


def read(place: Path, **options: object):
    return read_coded(place, "interviews", options)


@pytest.mark.parametrize("version", LATER)
def test_a_project_of_every_schema_gives_its_codings_with_owner_and_exact_words(version, tmp_path):
    more = coding("time 😀\n\nB: yes") + coding("money", 2, "ben") + coding("trust", 1, "default")
    found = read(folder(tmp_path, more, version))
    told = found.segments[["interview", "coder", "code", "text", "unit", "unit_last"]].to_numpy().tolist()
    assert told == [
        ["I01", "default", "trust", "trust", 0, 0],
        ["I01", "ann", "trust", "time 😀\n\nB: yes", 0, 1],
        ["I01", "ben", "hours", "money", 1, 1],
    ]
    assert found.match_rate == 1 and found.texts == {"I01": TALK}
    assert found.interviews[["interview", "name", "units", "coders"]].to_numpy().tolist() == [
        ["I01", "I01.docx", 3, "ann;ben;default"]
    ]
    book = found.codes.set_index("code")
    assert book["parent"].to_dict() == {
        "giving": "", "time": "giving", "trust": "", "hours": "time", "unused": ""
    } | ({"late": "hours"} if version == "v17" else {})  # fmt: skip
    assert book.loc["giving", ["description", "codable"]].tolist() == ["what members give", False]
    assert any("`default`" in note for note in found.notes)
    assert any("hidden in the tool" in note for note in found.notes) == (version == "v14")


def test_attributes_come_from_files_and_cases_and_a_files_own_value_wins(tmp_path):
    more = (
        "INSERT INTO cases VALUES (1, 'a', ''), (2, 'b', '');"
        "INSERT INTO case_text VALUES (1, 1, 1, 0, 9), (2, 2, 1, 9, 20), (3, 2, 2, 0, 3), "
        "(4, 2, 2, 4, 9);"
        "INSERT INTO attribute VALUES (1, 'Operator type', 'case', 'public', 1),"
        "(2, 'Operator type', 'case', 'company', 2), (3, 'Age', 'case', '30', 2),"
        "(4, 'Age', 'file', '31', 2), (5, 'Empty', 'file', '', 1);"
    )
    found = read(folder(tmp_path, more, talks={1: TALK, 2: TALK})).interviews.set_index("interview")
    assert found.loc["I01", ["operator_type", "age"]].tolist() == ["company;public", "30"]
    assert found.loc["I02", ["operator_type", "age"]].tolist() == ["company", "31"]
    assert "empty" not in found


def test_pictures_and_sound_are_counted_and_a_transcript_belongs_to_its_recording(tmp_path):
    more = (
        "INSERT INTO source VALUES (7, 'talk.mp3', NULL, '/audio/talk.mp3', '', 'ann', '', 1);"
        "INSERT INTO code_av VALUES (1, 7, 0, 900, 1, 'ben');"
        "INSERT INTO code_image VALUES (1, 7, 3, 2, '', 'ben');"
        "INSERT INTO annotation VALUES (1, 1, 0, 5, 'secretword'); INSERT INTO journal VALUES (1, 'n', 'x');"
    )
    found = read(folder(tmp_path, more + coding("money")))
    assert found.interviews[["interview", "units"]].to_numpy().tolist() == [["talk", 3]]
    assert sorted(found.segments["code"]) == ["hours", "trust", "trust"]
    assert set(found.segments["interview"]) == {"talk"}
    assert found.segments["start"].isna().sum() == 2
    notes = " | ".join(found.notes)
    assert "1 annotations not carried" in notes and "1 journal entries" in notes
    assert "2 codings of pictures, sound or film" in notes and "secretword" not in notes


@pytest.mark.parametrize(("stale", "accepted"), [(1, True), (2, False)])
def test_words_that_went_stale_are_not_quoted_and_over_one_in_twenty_refuse_the_file(
    stale, accepted, tmp_path
):
    words = [f"word{i:02d}" for i in range(20)]
    text = " ".join(words)
    more = "".join(coding(word, text=text) for word in words)
    more += f"UPDATE code_text SET seltext = 'secretword' WHERE ctid <= {stale};"
    made = folder(tmp_path, more, talks={1: text})
    if not accepted:
        with pytest.raises(ReadError, match=r"study\.qda.*90%") as caught:
            read(made)
        assert "secretword" not in str(caught.value)
        return
    found = read(made)
    assert (found.match_rate, found.segments["text"].isna().sum(), len(found.segments)) == (0.95, 1, 20)
    assert any("words changed since they were coded" in note for note in found.notes)


@given(
    pieces=st.lists(st.sampled_from(["w", "é", "😀", "\n", "\r\n", " ", "漢"]), min_size=4, max_size=40),
    unit=st.sampled_from(["points", "utf16"]),
    data=st.data(),
)
@settings(max_examples=25, deadline=None)
def test_positions_are_found_in_either_unit(pieces, unit, data, tmp_path_factory):
    text = "".join(f"{piece}{i:02d}" for i, piece in enumerate(pieces))
    spans = data.draw(
        st.lists(st.tuples(st.integers(0, len(text) - 3), st.integers(3, 9)), min_size=1, max_size=6)
    )

    def counted(at: int) -> int:
        return len(text[:at].encode("utf-16-le")) // 2 if unit == "utf16" else at

    place = folder(tmp_path_factory.mktemp("q"), talks={1: text})
    with closing(sqlite3.connect(place / "data.qda")) as base:
        for start, size in spans:
            end = min(start + size, len(text))
            row = [1, 1, text[start:end], counted(start), counted(end)]
            base.execute(
                "INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner) VALUES (?,?,?,?,?,'a')", row
            )
        base.commit()
    found = read(place)
    whole = found.texts["I01"]
    assert found.match_rate == 1
    for start, end, said in found.segments[["start", "end", "text"]].dropna().itertuples(index=False):
        assert whole[start:end] == said


# --- the file itself -----------------------------------------------------------------------------------


def listing(place: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in place.iterdir()}


def test_nothing_in_the_folder_is_changed_or_left_and_a_log_of_changes_is_read(tmp_path):
    made = folder(tmp_path, coding("trust"))
    with closing(sqlite3.connect(made / "data.qda")) as base:
        base.execute("PRAGMA journal_mode = wal")
        base.executescript(coding("money", 2, "ben"))
        base.commit()
        (made / "data.qda-shm").unlink(missing_ok=True)
        before = listing(made)
        assert before["data.qda-wal"][1]
        found = read(made)
        assert listing(made) == before
    assert found.segments["text"].tolist() == ["trust", "money"]


def test_a_log_that_breaks_off_counts_up_to_its_last_whole_change(tmp_path):
    made = folder(tmp_path, coding("trust"))
    with closing(sqlite3.connect(made / "data.qda")) as base:
        base.execute("PRAGMA journal_mode = wal")
        for words in ("money", "rest"):
            base.executescript(coding(words))
            base.commit()
        data, wal = database.database_bytes(made / "data.qda")
    for cut, expected in ((len(wal), 3), (len(wal) - 1, 2), (40, 1), (0, 1)):
        with database.opened(data, "x", wal[:cut]) as base:
            assert base.count("code_text") == expected
    with database.opened(data, "x", b"no log at all, but long enough to look like one" * 90) as base:
        assert base.count("code_text") == 1


def linked(place: Path) -> None:
    (place / "data.qda").rename(place / "other")
    (place / "data.qda").symlink_to(place / "other")


def foreign(place: Path) -> None:
    (place / "data.qda").unlink()
    with closing(sqlite3.connect(place / "data.qda")) as base:
        base.executescript("CREATE TABLE moz_places (id integer, url text)")


def viewed(place: Path) -> None:
    with closing(sqlite3.connect(place / "data.qda")) as base:
        base.executescript(
            "DROP TABLE source; CREATE VIEW source AS WITH RECURSIVE n(id, name, fulltext) AS "
            "(SELECT 1, 'x', 'y' UNION ALL SELECT id + 1, name, fulltext FROM n) SELECT * FROM n"
        )


def broken_pages(place: Path) -> None:
    data = bytearray((place / "data.qda").read_bytes())
    data[4096:] = bytes(255 - byte for byte in data[4096:])
    (place / "data.qda").write_bytes(data)


def noise(place: Path) -> None:
    (place / "data.qda").write_bytes(b"SQLite format 3\x00" + b"\xff" * 900)


def stump(place: Path) -> None:
    (place / "data.qda").write_bytes(b"SQLite format 3\x00")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(linked, "link to another file", id="a link"),
        pytest.param(foreign, "none of the tools", id="another application"),
        pytest.param(viewed, "none of the tools", id="a view without end"),
        pytest.param(broken_pages, "damaged", id="damaged pages"),
        pytest.param(noise, "damaged", id="noise"),
        pytest.param(stump, "no SQLite", id="a stump"),
        pytest.param(lambda p: (p / "data.qda").unlink(), "no data.qda", id="an empty folder"),
        pytest.param(lambda p: (p / "data.qda-journal").write_bytes(b"x"), "interrupted", id="a hot journal"),
    ],
)  # fmt: skip
def test_what_is_no_sound_project_is_refused_by_name(spoil, said, tmp_path):
    made = folder(tmp_path, coding("secretword"))
    spoil(made)
    with pytest.raises(ReadError, match=said) as caught:
        read(made)
    assert "study.qda" in str(caught.value) or "data.qda" in str(caught.value)
    assert caught.value.remedy and "secretword" not in str(caught.value)


def test_a_text_too_large_is_refused_and_so_are_many_that_fill_the_memory(tmp_path, monkeypatch):
    assert MAX_TEXT < 100 * 2**20
    made = folder(tmp_path, talks={1: "secretword " * 2000, 2: "b" * 20_000})
    monkeypatch.setattr(database, "MAX_TEXT", 15_000)
    with pytest.raises(ReadError, match="text that is too large") as caught:
        read(made)
    assert "secretword" not in str(caught.value)
    monkeypatch.setattr(database, "MAX_TEXT", MAX_TEXT)
    monkeypatch.setattr(database, "MAX_BYTES", (made / "data.qda").stat().st_size - 1)
    with pytest.raises(ReadError, match="larger than"):
        read(made)


def test_a_packed_project_and_a_folder_of_something_else_say_what_to_do(tmp_path):
    made = folder(tmp_path)
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(made / "data.qda", "study.qda/data.qda")
    with pytest.raises(ReadError, match="unpack it"):
        read(packed)
    with pytest.raises(ReadError, match="no QualCoder project"):
        read(tmp_path)
    with pytest.raises(ReadError, match="database of qualcoder"):
        read(made, format="taguette")


def test_codings_and_codes_that_lead_nowhere_are_counted_and_circles_of_codes_do_not_turn_for_ever(tmp_path):
    more = coding("trust", 99) + coding("money", fid=77) + coding("rest")
    more += "UPDATE code_cat SET supercatid = 2 WHERE catid = 1;"
    found = read(folder(tmp_path, more))
    assert len(found.segments) == 1 and set(found.codes["code"]) >= {"giving", "time", "trust"}
    notes = " | ".join(found.notes)
    assert "1 codings of documents that the project lacks" in notes
    assert "1 codings of codes that the codebook lacks" in notes
