"""A section as blocks of a document: nothing lost, nothing acting, everything on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_publishable import publishable
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from ksn_research.documents import as_document, read_document
from ksn_research.errors import EditionError
from ksn_research.render import document, document_table, pages, tables
from ksn_research.render.document_ast import LEFT, RIGHT, Node, header, node, said, text, walk
from ksn_research.render.document_html import blocks, inlines
from ksn_research.render.document_table import Grid, tables_of
from ksn_research.render.document_typst import drawn, source, string
from ksn_research.render.text import shown
from tests.fake_notebook import executed

EDITION = publishable()
PROVED = ("executive", "participation", "interviews", "mixed", "circles", "methods")
ASCII = frozenset(range(32, 127))


def kinds(nodes: list[Node]) -> list[str]:
    return [one["t"] for one in nodes]


def grid(columns: int, word: str = "1.23", above: str = "") -> Grid:
    heads = [("", [text("Measure")]), *((above, [text(f"h{i}")]) for i in range(columns))]
    lines = [[[text("Trust")], *([text(word)] for _ in range(columns))] for _ in range(3)]
    return Grid([text("Table 1. Scores")], heads, [("All", lines)], [RIGHT] * columns, name="table-scores")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("plain", ["Str"]),
        ("<strong>41&nbsp;%</strong> of", ["Strong", "Str"]),
        ('<data class="r" value="3">3</data>', ["Str"]),
        ('4 <span class="ci">(3-5)</span><sup class="sign">*</sup>', ["Str", "Span", "Superscript"]),
        ('<a href="#table-x">Table 1</a>', ["Link"]),
        ('<a href="javascript:alert(1)">here</a>', ["Str"]),
        ('<span class="sign" aria-hidden="true">+</span>yes', ["Str"]),
        ('<svg class="glyph"><circle></circle></svg>', []),
        ("one<br>two", ["Str", "LineBreak", "Str"]),
        ('<span class="part">a</span><span class="part"><svg></svg></span>b', ["Str", "LineBreak", "Str"]),
    ],
)
def test_a_piece_of_a_line(html: str, expected: list[str]) -> None:
    assert kinds(inlines(html)) == expected


@given(st.text(max_size=60))
def test_any_words_come_through_html_as_the_words_they_are(words: str) -> None:
    there = " ".join(shown(words).replace("\n", " ").split(" ")).strip(" ")
    found = said(inlines(str(escape(words)))).strip(" ")
    assert [one for one in found.split(" ") if one] == [one for one in there.split(" ") if one]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p class="source">Source: x.</p><p>y</p>', ["Div", "Para"]),
        ("<ul><li>a</li><li>b</li></ul>", ["BulletList"]),
        ("<dl><dt>n</dt><dd>what it rests on</dd></dl>", ["DefinitionList"]),
        ("<blockquote><p>said</p><footer>who</footer></blockquote>", ["BlockQuote"]),
        ('<h3 class="part">Who</h3>words', ["Header", "Plain"]),
        ("<table><caption>c</caption><tr><th>a</th></tr><tr><th>b</th></tr></table>", ["Table"]),
        ('<div class="block"><div><p>deep</p></div></div>', ["Para"]),
    ],
)
def test_blocks_of_html(html: str, expected: list[str]) -> None:
    assert kinds(blocks(html)) == expected


@pytest.fixture(scope="module")
def shown_sections() -> dict[str, list[Node]]:
    bundles = {name: pages.show_section(EDITION, name)._repr_mimebundle_() for name in PROVED}
    return {name: json.loads(json.dumps(one))[document.MIME]["blocks"] for name, one in bundles.items()}


@pytest.mark.parametrize("name", PROVED)
def test_a_section_shows_its_blocks_beside_its_html(name: str, shown_sections: dict[str, list[Node]]) -> None:
    told = shown_sections[name]
    words = said(told)
    for table in tables.tables(EDITION).values():
        if table.section == name:
            assert f"Table {table.number}. {table.title}" in words
            assert all(line.label.strip() in words for line in table.lines)


def test_headings_go_up_one_level_and_leave_none_out() -> None:
    raised = document.levelled([header(3, []), header(2, []), header(5, []), node("HorizontalRule")])
    assert [one["c"][0] for one in raised if one["t"] == "Header"] == [1, 1, 2]


def test_a_link_that_leads_nowhere_keeps_its_words_only() -> None:
    there = header(1, [text("x")], "here")
    line = node("Para", inlines('<a href="#here">one</a> <a href="#gone">two</a>'))
    found = document.bound([there, line])
    assert said(found) == "xone two"
    assert [one["c"][2][0] for one in walk(found) if one["t"] == "Link"] == ["#here"]


@pytest.mark.parametrize(
    ("columns", "word", "small", "turned", "parts"),
    [
        (2, "1.23", False, False, 1),
        (14, "12.34", True, False, 1),
        (20, "12.34", True, True, 1),
        (45, "12.34", True, True, 2),
    ],
)
def test_a_wide_table_gets_small_letters_then_a_turned_page_then_parts(
    columns: int, word: str, small: bool, turned: bool, parts: int
) -> None:
    made = tables_of(grid(columns, word))
    found = [one for one in walk(made) if one["t"] == "Table"]
    assert (made[0]["t"] == "Div") == turned
    assert len(found) == parts
    assert all(("small" in one["c"][0][1]) == small for one in found)


@given(st.integers(1, 60), st.text("x1 ", min_size=1, max_size=50), st.sampled_from(["", "2025"]))
def test_no_column_is_lost_and_no_table_is_wider_than_its_page(columns: int, word: str, above: str) -> None:
    found = [one["c"] for one in walk(tables_of(grid(columns, word, above))) if one["t"] == "Table"]
    heads = "".join(said(rows) for _, _, _, (_, rows), _, _ in found)
    assert all(f"h{i}" in heads for i in range(columns))
    for _, _, places, (_, heads_), bodies, _ in found:
        assert sum(share["c"] for _, share in places) <= 1.001
        for _, cells in bodies[0][3]:
            assert len(cells) == len(places)
        across = [sum(cell[3] for cell in cells) for _, cells in heads_[:1]]
        assert across == [len(places)]


def test_numbers_in_a_table_of_words_stand_at_the_right() -> None:
    html = (
        "<table><tr><th>a</th><th>n</th><th>w</th></tr><tr><th>x</th><td>1,204</td><td>so</td></tr></table>"
    )
    places = blocks(html)[0]["c"][2]
    assert [side["t"] for side, _ in places] == [LEFT, RIGHT, LEFT]


def test_intervals_of_a_small_table_stand_below_their_estimates() -> None:
    line = document_table.stacked(inlines('41 % <span class="ci">(35-47)</span>'))
    assert kinds(line) == ["Str", "LineBreak", "Span"]
    assert line[0]["c"] == "41 %"


@given(st.text(max_size=40))
def test_a_typst_string_ends_where_the_words_end(words: str) -> None:
    made = string(words.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    inner = made[1:-1]
    assert made[0] == made[-1] == '"'
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")
    assert not any(ord(c) < 32 for c in inner)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("plain", "plain"),
        ("\u4e2d", "[U+4E2D]"),
        ("\U0001f600", "[U+1F600]"),
        ("x" * 40, "\u200b".join(["x" * 12, "x" * 12, "x" * 12, "x" * 4])),
    ],
)
def test_what_the_fonts_cannot_draw_is_named_and_long_words_may_break(words: str, expected: str) -> None:
    assert drawn(words, ASCII) == expected


def test_every_kind_of_block_that_a_section_has_is_written(shown_sections: dict[str, list[Node]]) -> None:
    whole = [one for told in shown_sections.values() for one in told]
    made = source(document.named(document.levelled(whole)), ASCII)
    assert made.count("table(") >= len([one for one in walk(whole) if one["t"] == "Table"])
    assert made.count("image(") == len(document.pictures(whole))


def test_the_notebooks_text_and_sections_stand_in_their_order(tmp_path: Path) -> None:
    book = executed(EDITION, tmp_path, ("executive", "circles", "methods"))
    made = read_document(book, "A & <b>Title</b>", EDITION.study)
    heads = [(level, words) for level, _, words in document.contents(made.blocks)]
    assert heads == [(1, "Findings"), (1, "Learning circles"), (1, "Methods and data quality")]
    assert "What the measures say" in said(list(made.blocks))
    assert made.title == "A & <b>Title</b>"
    assert len({name for _, name, _ in document.contents(made.blocks)}) == 3


def test_a_notebook_without_sections_is_refused(tmp_path: Path) -> None:
    book = executed(EDITION, tmp_path, ())
    with pytest.raises(EditionError, match=r"annual_report\.ipynb"):
        read_document(book, "x", EDITION.study)


def test_a_long_title_is_cut_at_the_head_of_a_page_only() -> None:
    made = as_document([], "word " * 60, EDITION.study)
    assert len(made.running) <= 70
    assert made.running.endswith("\u2026")
    assert made.title.count("word") == 60
