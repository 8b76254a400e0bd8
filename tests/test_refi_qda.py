"""Reading REFI-QDA projects: positions under every way of counting, what is refused, what is carried."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.errors import ReadError
from ksn_research.read import qdpx
from ksn_research.read.qdpx import MAX_DEPTH
from ksn_research.read.refi_qda import read_project
from ksn_research.read.transcript import BOM, Convention, canonical

SPACE = "urn:QDA-XML:project:1.0"
CONVENTIONS = [
    Convention(*parts)
    for parts in product((False, True), ("as stored", "as one", "as two"), (False, True), (False, True))
]
CONVENTIONS += [
    Convention(newline=n, bom=b, utf8=True) for n, b in product(("as stored", "as two"), (False, True))
]

PLAINEST = CONVENTIONS[0]


@dataclass
class Document:
    """A transcript (line ends as one) and selections (start, end, name, code, user) in it."""

    text: str
    selections: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    name: str = "I01.txt"
    guid: str = "D1"
    inside: str = ""


def pack(xml: str, entries: dict[str, bytes] | None = None, name: str = "project.qde") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
        for path, data in (entries or {}).items():
            archive.writestr(path, data)
    return held.getvalue()


def project(
    documents: list[Document],
    *,
    convention: Convention = PLAINEST,
    stored: str = "\n",
    mark: str = "",
    extra: str = "",
    codebook: str = '<Code guid="C1" name="trust"><Description>feels safe</Description></Code>',
    space: str = SPACE,
    texts: bool = True,
) -> bytes:
    """A project as a tool that counts by `convention` and stores line ends as `stored` would write it."""

    def counted(prefix: str) -> int:
        ends = {"as stored": stored, "as one": "\n", "as two": "\r\n"}[convention.newline]
        said = (mark if convention.bom else "") + prefix.replace("\n", ends)
        if convention.utf8:
            return len(said.encode())
        return len(said.encode("utf-16-le")) // 2 if convention.utf16 else len(said)

    def selection(document: Document, start: int, end: int, name: str, code: str, user: str) -> str:
        last = counted(document.text[:end]) - int(convention.inclusive)
        by = f' creatingUser="{user}"' if user else ""
        return (
            f'<PlainTextSelection guid="S" name={quoteattr(name)} '
            f'startPosition="{counted(document.text[:start])}" endPosition="{last}">'
            f'<Coding guid="X"{by}><CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>'
        )

    sources = "".join(
        f"<TextSource guid={quoteattr(d.guid)} name={quoteattr(d.name)} "
        f'plainTextPath="internal://{d.guid}.txt">{d.inside}'
        + "".join(selection(d, *s) for s in d.selections)
        + "</TextSource>"
        for d in documents
    )
    xml = (
        f'<?xml version="1.0" encoding="utf-8"?><Project xmlns="{space}" name="p" origin="Tool 9">'
        '<Users><User guid="{U1}" name="A"/><User guid="u2" name="B"/><User guid="U3" name="Tool"/></Users>'
        f"<CodeBook><Codes>{codebook}</Codes></CodeBook>{extra}<Sources>{sources}</Sources></Project>"
    )
    entries = {
        f"Sources/{d.guid}.TXT": (mark + d.text.replace("\n", stored)).encode() for d in documents if texts
    }
    return pack(xml, entries, "Project.QDE")


def whole(text: str, words: str, code: str = "C1", user: str = "U1") -> tuple[int, int, str, str, str]:
    at = text.index(words)
    return at, at + len(words), words, code, user


@st.composite
def coded_documents(draw):
    """Texts of unlike words, so that a passage stands in one place only, and passages of whole words."""
    documents = []
    for number in range(draw(st.integers(1, 3))):
        gaps = draw(st.lists(st.sampled_from([" ", "\n", "\n\n", " 😀 ", " é🏽 "]), min_size=3, max_size=30))
        words = [f"{number}w{i:03d}" for i in range(len(gaps) + 1)]
        text = "".join(word + gap for word, gap in zip(words, [*gaps, ""], strict=True))
        spans = draw(
            st.lists(st.lists(st.sampled_from(words), min_size=1, max_size=2), min_size=1, max_size=8)
        )
        chosen = []
        for span in spans:
            start, end = text.index(min(span)), text.index(max(span)) + len(max(span))
            chosen.append((start, end, text[start:end], "C1", "U1"))
        documents.append(Document(text, chosen, f"I{number}", f"D{number}"))
    return documents


@pytest.mark.parametrize("convention", CONVENTIONS, ids=str)
@settings(max_examples=4, deadline=None)
@given(documents=coded_documents(), stored=st.sampled_from(["\n", "\r\n"]), mark=st.sampled_from(["", BOM]))
def test_positions_come_back_the_same_under_every_way_of_counting(convention, documents, stored, mark):
    read = read_project(project(documents, convention=convention, stored=stored, mark=mark), "p.qdpx")
    truth = sorted((d.name, s, e, d.text[s:e]) for d in documents for s, e, *_ in d.selections)
    columns = ["interview", "start", "end", "text"]
    assert sorted(read.segments[columns].itertuples(index=False, name=None)) == truth
    assert read.match_rate == 1
    assert read.interviews["length"].tolist() == [len(d.text) for d in documents]


def test_a_passage_knows_the_paragraphs_it_touches():
    text = "A: one\n\nB: two\nA: three 😀\n"
    data = project([Document(text, [whole(text, "one"), whole(text, "two\nA: three")])], stored="\r\n")
    read = read_project(data, "p.qdpx")
    assert read.segments[["unit", "unit_last"]].to_numpy().tolist() == [[0, 0], [1, 2]]
    assert read.interviews["units"].tolist() == [3]


@pytest.mark.parametrize(("wrong", "read"), [(1, True), (2, False)])
def test_one_passage_in_twenty_may_be_stale_and_is_then_not_quoted(wrong, read):
    words = [f"word{i:02d}" for i in range(20)]
    text = " ".join(words)
    chosen = [whole(text, word) for word in words]
    stale = [(s, e, "other!", c, u) for s, e, _, c, u in chosen[:wrong]]
    data = project([Document(text, stale + chosen[wrong:])])
    if not read:
        with pytest.raises(ReadError, match=r"p\.qdpx.*90%"):
            read_project(data, "p.qdpx")
        return
    found = read_project(data, "p.qdpx")
    assert found.match_rate == 0.95
    assert found.segments["text"].isna().sum() == wrong
    assert found.segments["start"].notna().all()


def test_names_that_are_labels_verify_nothing_so_nothing_is_quoted():
    text = "A: a long answer that goes on for a while\nB: and one more of them, also rather long"
    labelled = [(3, 41, "line:1", "C1", "U1"), (45, 80, "line:2", "C1", "U1")]
    read = read_project(project([Document(text, labelled)]), "p.qdpx")
    assert read.match_rate is None
    assert read.segments["text"].isna().all()
    assert read.segments["unit"].tolist() == [0, 1]
    assert "not verifiable" in read.notes[0] and "(assumed)" in read.convention


def test_unverified_paragraphs_are_not_known_where_ways_of_counting_differ():
    text = "A: a long answer 😀\nB: and one more of them, also rather long"
    read = read_project(project([Document(text, [(0, 18, "x:1", "C1", "U1")])]), "p.qdpx")
    assert read.segments["unit"].isna().all()


def test_a_cut_name_is_held_against_the_beginning_and_a_label_beside_it_is_believed():
    text = "A: " + "word " * 60 + "\nB: short"
    cut, label = (0, 290, text[:100] + "…", "C1", "U1"), (10, 200, "my quote", "C1", "U1")
    read = read_project(project([Document(text, [cut, label, whole(text, "short")])]), "p.qdpx")
    assert read.match_rate == 1
    assert read.segments["text"].tolist() == [text[:290], text[10:200], "short"]


def test_without_transcripts_passages_are_counted_and_ends_judged_by_the_length_of_names():
    text = "one two three"
    chosen = [whole(text, "one"), whole(text, "three")]
    data = project([Document(text, chosen)], convention=Convention(inclusive=True), texts=False)
    read = read_project(data, "p.qdpx")
    assert read.segments[["start", "end"]].to_numpy().tolist() == [[0, 3], [8, 13]]
    assert read.segments["text"].isna().all() and read.interviews["units"].isna().all()
    assert "holds no transcripts" in read.notes[0]


def test_a_position_outside_its_transcript_is_missing_and_noted():
    data = project([Document("one two", [whole("one two", "one"), (3, 7, "label of something", "C1", "U1")])])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("Project.QDE").decode()
    far = xml.replace('endPosition="7"', 'endPosition="700"')
    read = read_project(pack(far, {"sources/d1.txt": b"one two"}), "p.qdpx")
    assert read.segments["start"].isna().sum() == 1
    assert "1 positions outside their transcript" in read.notes


ATTRIBUTES = """<Variables><Variable guid="V1" name="Operator type" typeOfVariable="Text"/>
<Variable guid="V2" name="Cases:Age group" typeOfVariable="Text"/>
<Variable guid="V3" name="Name" typeOfVariable="Text"/></Variables>
<Cases><Case guid="K1" name="someone"><VariableValue><VariableRef targetGUID="V1"/>
<TextValue>public</TextValue></VariableValue>
<VariableValue><VariableRef targetGUID="V2"/><IntegerValue>30</IntegerValue></VariableValue>
<SourceRef targetGUID="{d1}"/></Case></Cases>
<Sets><Set guid="T1" name="gender: female"><MemberSource targetGUID="D1"/></Set>
<Set guid="T2" name="Texts"><MemberSource targetGUID="D1"/></Set>
<Set guid="T3" name="Operator type: from a set"><MemberSource targetGUID="D1"/></Set></Sets>"""


def test_attributes_come_from_all_four_places_and_the_nearest_wins():
    own = (
        '<VariableValue><VariableRef targetGUID="V1"/><TextValue>company</TextValue></VariableValue>'
        '<VariableValue><VariableRef targetGUID="V3"/><TextValue>x</TextValue></VariableValue>'
    )
    documents = [Document("one", inside=own), Document("two", name="I02", guid="D2")]
    row = read_project(project(documents, extra=ATTRIBUTES), "p.qdpx").interviews.set_index("interview")
    assert row.loc["I01", ["operator_type", "age_group", "gender", "attribute_name"]].tolist() == [
        "company",
        "30",
        "female",
        "x",
    ]
    assert row.loc["I01", "name"] == "I01.txt"
    assert row.loc["I02", ["operator_type", "age_group", "gender"]].isna().all()


def test_a_case_tied_by_coding_only_lends_its_variables_and_is_no_theme():
    case = '<Coding guid="X"><CodeRef targetGUID="K1"/></Coding>'
    extra = ATTRIBUTES.replace('<SourceRef targetGUID="{d1}"/>', "")
    read = read_project(project([Document("one", inside=case)], extra=extra), "p.qdpx")
    assert read.interviews["operator_type"].tolist() == ["public"]
    assert read.segments.empty and "1 codings of cases" in read.notes


BOOK = """<Code guid="P1" name="giving" isCodable="false"><Code guid="C1" name="time"/></Code>
<Code guid="P2" name="taking"><Code guid="C2" name="Time"/><Code guid="C3" name="advice"/></Code>
<Code guid="C4" name="Coke"/><Code guid="C5" name="Coke::diet"/>"""


def test_codes_that_share_a_name_are_called_by_their_path_the_others_by_their_name():
    codes = read_project(project([Document("one")], codebook=BOOK), "p.qdpx").codes
    assert codes["code"].tolist() == [
        "giving",
        "giving/time",
        "taking",
        "taking/Time",
        "advice",
        "Coke",
        "Coke::diet",
    ]
    assert codes["parent"].tolist() == ["", "giving", "", "taking", "taking", "", "Coke"]
    assert codes["codable"].tolist() == [False, True, True, True, True, True, True]


def test_coders_are_named_once_and_a_coding_without_user_has_none():
    text = "one two three four"
    chosen = [
        whole(text, "one", user="u2"),
        whole(text, "two"),
        whole(text, "three", user=""),
        whole(text, "four", user="U3"),
    ]
    read = read_project(project([Document(text, chosen)]), "p.qdpx")
    assert read.segments["coder"].tolist() == ["B", "A", "", "Tool"]
    assert read.interviews["coders"].tolist() == ["A;B;Tool"]
    assert "1 users are named like the tool; 1 codings are theirs and kept" in read.notes


def test_documents_of_one_name_stay_two_interviews():
    read = read_project(project([Document("one"), Document("two", name="I01.docx", guid="D2")]), "p.qdpx")
    assert read.interviews["interview"].tolist() == ["I01 (d1)", "I01 (d2)"]


def test_pages_transcripts_and_whole_documents_are_counted_too():
    coding = '<Coding guid="X"><CodeRef targetGUID="C1"/></Coding>'
    sources = f"""<Sources><PDFSource guid="D8" name="paper.pdf"><PDFSelection guid="S1" page="1">{coding}
</PDFSelection><Representation guid="R" plainTextPath="internal://r.txt"><PlainTextSelection guid="S2"
name="two" startPosition="4" endPosition="7">{coding}</PlainTextSelection></Representation>{coding}
</PDFSource><AudioSource guid="D9" name="talk.m4a"><Transcript guid="T" plainTextPath="internal://t.txt">
<SyncPoint guid="Y1" position="0" timeStamp="0"/><SyncPoint guid="Y2" position="3" timeStamp="9"/>
<TranscriptSelection guid="S3" name="one" fromSyncPoint="Y1" toSyncPoint="Y2">{coding}</TranscriptSelection>
</Transcript></AudioSource><TextSource guid="D7" name="memo"><PlainTextContent>x</PlainTextContent>
<PlainTextSelection guid="S4" startPosition="0" endPosition="1"><Description>d</Description>
</PlainTextSelection></TextSource></Sources>"""
    xml = (
        f'<Project xmlns="{SPACE}" name="p">'
        '<CodeBook><Codes><Code guid="c1" name="trust"/></Codes></CodeBook>'
        f"{sources}</Project>"
    )
    read = read_project(pack(xml, {"r.txt": b"one two", "t.txt": b"one two"}), "p.qdpx")
    assert read.segments["interview"].tolist() == ["paper", "paper", "paper", "talk"]
    assert read.segments["text"].fillna("-").tolist() == ["two", "-", "-", "one"]
    assert "1 selections without a code (memos) not carried" in read.notes
    assert any("1 codings of pictures, pages" in note for note in read.notes)


@pytest.mark.parametrize(
    "space", ["urn:QDA-XML:project:1.0", "urn:QDA-XML:project:0:4", "urn:QDA-XML:project:1.5"]
)
def test_older_and_newer_namespaces_and_a_bare_project_file_are_read(space):
    text = "one two"
    data = project([Document(text, [whole(text, "two")])], space=space)
    bare = zipfile.ZipFile(io.BytesIO(data)).read("Project.QDE")
    assert read_project(data, "p.qdpx").segments["text"].tolist() == ["two"]
    assert read_project(BOM.encode() + bare, "p.qde").segments["text"].isna().all()


PLAIN = f'<Project xmlns="{SPACE}" name="p"/>'
ENTITY = '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e "ha">]>' + PLAIN
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE p SYSTEM "file:///etc/hostname">' + PLAIN
DEEP = f'<Project xmlns="{SPACE}">' + "<Code>" * MAX_DEPTH + "</Code>" * MAX_DEPTH + "</Project>"
WHOLE = pack(PLAIN)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(pack(ENTITY), "DOCTYPE", id="entities"),
        pytest.param(EXTERNAL.encode(), "DOCTYPE", id="an external DOCTYPE"),
        pytest.param(pack(DEEP), "nested too deeply", id="too deep"),
        pytest.param(pack(PLAIN, {"Sources/a.txt": b"a" * 3_000_000}), "packed beyond", id="a zip bomb"),
        pytest.param(pack(PLAIN, {"../../etc/x.txt": b"a"}), "leads out of it", id="a path that climbs"),
        pytest.param(pack(PLAIN, {"..\\x.txt": b"a"}), "leads out of it", id="a Windows path that climbs"),
        pytest.param(pack(PLAIN, {"/etc/x.txt": b"a"}), "leads out of it", id="an absolute path"),
        pytest.param(WHOLE[: len(WHOLE) // 2], "damaged", id="half a file"),
        pytest.param(pack(PLAIN, {"other.qde": b""}, "a.qde"), "2 project files", id="two projects"),
        pytest.param(pack(PLAIN, name="a.xml"), "0 project files", id="no project"),
        pytest.param(b"<CodeBook xmlns='urn:QDA-XML:codebook:1.0'/>", "a codebook", id="a codebook"),
        pytest.param(b"<html/>", "no REFI-QDA project", id="another XML"),
        pytest.param(b"interview,code\n", "cannot be read", id="a table"),
        pytest.param(b"", "cannot be read", id="an empty file"),
    ],
)
def test_what_is_no_sound_project_is_refused_by_name(data, said):
    with pytest.raises(ReadError, match=said) as caught:
        read_project(data, "p.qdpx")
    assert caught.value.file == "p.qdpx" and caught.value.remedy


def test_the_words_of_a_transcript_are_in_no_message():
    words = [f"secret{i:02d}" for i in range(20)]
    chosen = [(s, e, "quite ot", c, u) for s, e, _, c, u in (whole(" ".join(words), w) for w in words)]
    with pytest.raises(ReadError) as caught:
        read_project(project([Document(" ".join(words), chosen)]), "p.qdpx")
    assert "secret" not in str(caught.value)


@given(st.text(alphabet="a\r\n", max_size=12))
def test_canonical_text_has_one_kind_of_line_end_and_stays_as_it_is(text):
    once = canonical(text)
    assert "\r" not in once and canonical(once) == once
    assert once.replace("\n", "") == text.replace("\r", "").replace("\n", "")


SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "interviews"


@pytest.mark.parametrize(
    ("path", "segments", "codes", "coded"),
    [
        # Counted with grep -o: CodeRef inside Coding, Code, documents with a Coding.
        ("atlas/TestProject.qdpx", 16, 14, 6),
        ("atlas/Project.qde", 16, 14, 6),
        ("refi-qda/with-text.qdpx", 205, 262, 1),
    ],
)
def test_projects_as_real_tools_write_them_are_counted_whole(path, segments, codes, coded):
    if not (SHARED / path).exists():
        pytest.skip("the shared sample projects are not here; set KSN_SHARED")
    read = read_project((SHARED / path).read_bytes(), path)
    assert (len(read.segments), len(read.codes)) == (segments, codes)
    assert (read.interviews["coders"] != "").sum() == coded
    if path.startswith("atlas"):
        assert read.segments["text"].isna().all() and "not verifiable" in read.notes[0]
    else:  # its names tell the line ("line:6", from 0), its texts are plain ASCII
        assert read.match_rate == 1 and read.segments["text"].notna().all()
        places = read.segments[["interview", "start", "end", "text"]].itertuples(index=False)
        assert all(read.texts[interview][start:end] == text for interview, start, end, text in places)


def test_escaped_names_are_held_against_the_words_they_stand_for():
    text = 'A: "quite" <so> & so'
    assert escape(text) != text
    read = read_project(project([Document(text, [whole(text, '"quite" <so> & so')])]), "p.qdpx")
    assert read.segments["text"].tolist() == ['"quite" <so> & so']


# --- quirks of tools -----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
def test_names_that_tell_a_line_are_held_against_it(first):
    """qc names a passage "line:6", counting from 0; another tool may count from 1."""
    lines = [f"S{i}: said {i * 7} things\n" for i in range(8)]
    spans = [(sum(map(len, lines[:i])), sum(map(len, lines[: i + 1]))) for i in range(8)]
    chosen = [(*spans[i], f"line:{i + first}", "C1", "U1") for i in (1, 4, 6)]
    read = read_project(project([Document("".join(lines), chosen)]), "p.qdpx")
    assert read.match_rate == 1 and read.segments["text"].tolist() == [lines[i] for i in (1, 4, 6)]
    moved = [(s + 2, e + 2, *rest) for s, e, *rest in chosen]
    assert read_project(project([Document("".join(lines), moved)]), "p.qdpx").match_rate is None


def test_a_transcript_that_nvivo_did_not_convert_is_left_out_and_noted():
    text = "one two three"
    good = Document(text, [whole(text, "two")])
    bare = Document("\n", [(5, 10, "words", "C1", "U1"), (12, 15, "two", "C1", "U1")], "I02", "D2")
    read = read_project(project([good, bare]), "p.qdpx")
    assert (read.match_rate, len(read.segments)) == (1, 3)
    assert read.segments.loc[read.segments["interview"] == "I02", "text"].isna().all()
    assert any(note.startswith("1 transcripts hold next to nothing") for note in read.notes)


def test_a_coding_without_user_is_that_of_who_marked_the_passage():
    data = project([Document("one two", [whole("one two", "one", user="")])])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("Project.QDE").decode()
    marked = xml.replace('<PlainTextSelection guid="S"', '<PlainTextSelection creatingUser="{u2}" guid="S"')
    read = read_project(pack(marked, {"sources/d1.txt": b"one two"}), "p.qdpx")
    assert read.segments["coder"].tolist() == ["B"]


def test_two_transcripts_of_one_file_name_are_told_apart_by_their_folders():
    texts = {"a/t.txt": b"one two", "b/t.txt": b"two one"}
    sources = "".join(
        f'<TextSource guid="D{i}" name="I{i}" plainTextPath="internal://{path}"><PlainTextSelection '
        f'guid="S{i}" name="two" startPosition="{(at := data.index(b"two"))}" endPosition="{at + 3}">'
        f'<Coding guid="X{i}"><CodeRef targetGUID="c1"/></Coding></PlainTextSelection></TextSource>'
        for i, (path, data) in enumerate(texts.items())
    )
    book = '<CodeBook><Codes><Code guid="c1" name="trust"/></Codes></CodeBook>'
    xml = f'<Project xmlns="{SPACE}" name="p">{book}<Sources>{sources}</Sources></Project>'
    read = read_project(pack(xml, texts), "p.qdpx")
    assert read.match_rate == 1 and read.texts == {"I0": "one two", "I1": "two one"}
    ambiguous = read_project(pack(xml.replace("internal://a/", "internal://"), texts), "p.qdpx")
    assert set(ambiguous.texts) == {"I1"}


def test_a_hundred_megabytes_of_text_are_refused(monkeypatch):
    """The limit is below that; here it is made small, so that the test needs no such file."""
    assert qdpx.MAX_TEXT < 100 * 2**20
    monkeypatch.setattr(qdpx, "MAX_TEXT", 2000)
    letters = "".join(f"{i:x} secret " for i in range(500)).encode()
    with pytest.raises(ReadError, match="more than") as caught:
        read_project(pack(PLAIN, {"sources/d1.txt": letters}), "p.qdpx")
    assert "secret" not in str(caught.value)
    with pytest.raises(ReadError, match="too large"):
        read_project(PLAIN.encode() + b" " * 3000, "p.qde")


def test_transcripts_are_what_positions_count_on():
    text = "one\ntwo 😀 three"
    data = project([Document(text, [whole(text, "😀 three")])], stored="\r\n", mark=BOM)
    read = read_project(data, "p.qdpx")
    start, end, said = read.segments.loc[0, ["start", "end", "text"]]
    assert read.texts == {"I01": text} and text[start:end] == said == "😀 three"
