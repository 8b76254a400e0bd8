"""Codebooks in and out: both namespaces, tables, definitions kept, the same bytes every time."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ksn_research.errors import ReadError
from ksn_research.read.codebook import defined, read_codebook, write_codebook
from ksn_research.read.segments import CODES, segments_from_table, segments_to_table, typed
from tests.conftest import modest

SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "interviews"


def codes(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    return typed(pd.DataFrame(rows, columns=list(CODES)), CODES)


def lines(frame: pd.DataFrame) -> list[tuple]:
    return sorted(frame[list(CODES)].itertuples(index=False, name=None))


BOOK = codes(
    ("giving", "", "what members give", False),
    ("giving/time", "giving", "hours & days <of> work", True),
    ("taking", "", "", False),
    ("taking/Time", "taking", "", True),
    ("Coke", "", "a “brand”\nof drink", True),
    ("Coke::diet", "Coke", "", True),
    ("deep", "giving/time", "below", True),
)


def test_what_is_written_is_read_again_and_the_same_every_time():
    data = write_codebook(BOOK)
    assert lines(read_codebook(data, "b.qdc")[0]) == lines(BOOK)
    assert data == write_codebook(BOOK)
    # A code keeps its GUID when others come and go.
    guid = etree.fromstring(data).xpath("//*[@name='Coke::diet']/@guid")
    fewer = etree.fromstring(write_codebook(BOOK[BOOK["code"].str.startswith("Coke")]))
    assert fewer.xpath("//*[@name='Coke::diet']/@guid") == guid
    assert len(set(etree.fromstring(data).xpath("//@guid"))) == len(BOOK)


def test_a_written_codebook_is_valid_against_the_standards_schema():
    """The schema at hand is the project's; a codebook is its `CodeBook`, in a namespace of its own."""
    if not (SHARED / "refi-qda").exists():
        pytest.skip("the REFI-QDA schema is not here; set KSN_SHARED")
    schema = etree.XMLSchema(etree.parse(SHARED / "refi-qda" / "Project-mrt2019.xsd"))
    book = write_codebook(BOOK).decode().replace("urn:QDA-XML:codebook:1.0", "urn:QDA-XML:project:1.0")
    bare = book.partition("?>")[2].replace(' origin="ksn_research"', "")
    wrapped = f'<Project xmlns="urn:QDA-XML:project:1.0" name="p">{bare}</Project>'
    assert schema.validate(etree.fromstring(wrapped)), schema.error_log
    assert not schema.validate(etree.fromstring(wrapped.replace("isCodable", "codable")))


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).map(
    lambda t: f"n{t}".strip()
)


@given(
    st.dictionaries(NAMES, st.tuples(st.text(max_size=12), st.booleans()), min_size=1, max_size=6), st.data()
)
@settings(max_examples=modest(16, 40), deadline=None)
def test_any_tree_of_codes_gives_well_formed_xml_with_every_code_once(told, data):
    names = list(told)
    parents = ["", *(data.draw(st.sampled_from(["", *names[:i]])) for i in range(1, len(names)))]
    frame = codes(*((n, p, d, c) for (n, (d, c)), p in zip(told.items(), parents, strict=True)))
    written = write_codebook(frame)
    tree = etree.fromstring(written)
    assert len(tree.xpath("//*[local-name()='Code']")) == len(names)
    again, _ = read_codebook(written, "b.qdc")
    assert sorted(again["codable"]) == sorted(frame["codable"])


def test_circles_and_lost_parents_become_codes_at_the_top_and_control_characters_go():
    frame = codes(("a", "b", "x\x00\x0by", True), ("b", "a", "", True), ("c", "gone", "", True))
    again, _ = read_codebook(write_codebook(frame), "b.qdc")
    assert sorted(again["code"]) == ["a", "b", "c"]
    assert again.set_index("code").loc["a", "description"] == "xy"
    with pytest.raises(ValueError, match="needs a code"):
        write_codebook(frame.iloc[:0])


@pytest.mark.parametrize("space", ["urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:0:4"])
def test_either_namespace_is_read_with_descriptions_in_either_place_and_sets_noted(space):
    xml = (
        f'<CodeBook xmlns="{space}"><Codes><Code guid="{{A}}" name="one" description="told" '
        'isCodable="false">'
        '<Code guid="b" name="two"><Description>said</Description></Code></Code></Codes>'
        '<Sets><Set guid="s" name="g"><MemberCode guid="b"/></Set></Sets></CodeBook>'
    )
    found, notes = read_codebook(xml.encode(), "b.qdc")
    assert lines(found) == [("one", "", "told", False), ("two", "one", "said", True)]
    assert notes == ("1 sets of codes not carried",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<!DOCTYPE c [<!ENTITY e "ha">]><CodeBook><Codes/></CodeBook>', "DOCTYPE"),
        (b"<html/>", "no codebook"),
        (b"<CodeBook><Codes>", "cannot be read"),
        (b"theme,definition\na,b\n", "column code"),
        (b"code,definition\na,b\nA,secretword\n", "row 3, column code"),
        (b"", "empty"),
    ],
)
def test_what_is_no_codebook_is_refused_by_name(data, said):
    with pytest.raises(ReadError, match=said) as caught:
        read_codebook(data, "b.qdc")
    assert caught.value.file == "b.qdc" and caught.value.remedy and "secretword" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected", "described", "notes"),
    [
        # Counted with grep -c '<Code ', '<Description>' or 'description=', '<Set '.
        ("qdc/REFI-QDA-1-5.qdc", 6, 4, 0),
        ("qdc/doorstop-core-tests-files-exported.qdc", 8, 8, 2),
        ("qdc/portableQDA_Atlasti.qdc", 5, 0, 2),
        ("qdc/portableQDA_test_compare_Diff_destAtlas.qdc", 2, 2, 1),
        ("taguette/codebook.qdc", 3, 0, 0),
        ("taguette/codebook.csv", 3, 2, 0),
        ("atlas/TestProject.qdpx", 14, 7, 0),
    ],
)
def test_codebooks_as_real_tools_write_them(path, expected, described, notes):
    if not (SHARED / path).exists():
        pytest.skip("the shared samples are not here; set KSN_SHARED")
    found, told = read_codebook((SHARED / path).read_bytes(), path)
    assert (len(found), int((found["description"] != "").sum())) == (expected, described)
    assert told == ((f"{notes} sets of codes not carried",) if notes else ())
    assert lines(read_codebook(write_codebook(found), "again.qdc")[0]) == lines(found)


def test_a_codebook_defines_what_a_sheet_only_names_and_adds_what_was_never_used():
    sheet = segments_from_table(pd.DataFrame({"interview": ["n1"], "code": ["Trust"]}))
    made = defined(sheet, codes(("trust", "giving", "feels safe", True), ("giving", "", "", False)))
    assert lines(made.codes) == [("Trust", "giving", "feels safe", True), ("giving", "", "", False)]


ROWS = st.tuples(
    st.sampled_from(["n1", "n2", "n3"]),
    st.sampled_from(["", "ann", "bo"]),
    st.sampled_from(["trust", "time", ""]),
    st.one_of(st.just(""), st.integers(0, 99).map(str)),
    st.text(alphabet="aé😀, \"'\n", max_size=9).map(str.strip),
)


@given(st.lists(ROWS, min_size=1, max_size=12))
@settings(max_examples=modest(16, 40), deadline=None)
def test_a_sheet_of_segments_written_and_read_is_the_same(rows):
    frame = pd.DataFrame(rows, columns=["interview", "coder", "code", "start", "text"])
    once = segments_from_table(frame.assign(role=frame["interview"] + " role"))
    again = segments_from_table(segments_to_table(once))
    order = list(once.segments.columns)
    one, two = (made.segments.sort_values(order, ignore_index=True) for made in (once, again))
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(once.interviews, again.interviews)
