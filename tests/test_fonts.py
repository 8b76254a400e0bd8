"""The shipped letters: licensed, whole, small; pages carry a part of them, figures are drawn with them."""

from __future__ import annotations

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont
from make_fonts import FACES, FONTS, PAGE, page_face

from ksn_research.render import canvas

# Signs that the package prints itself, and letters of the languages its studies are likely to be written in.
PRINTED = (
    "\u00a0\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2020\u2021\u00a7\u00b6\u00b7\u2212\u00d7\u2192"
    "\u2190\u2260\u2264\u2265\u25b2\u25bc\u2713"
)
LETTERS = "\u00e9\u00df\u0142\u0151\u0219\u010d\u0130\u0131\u014b\u03a9\u03ba\u03c7\u0416\u044f"


@pytest.mark.parametrize("name", FACES)
def test_a_face_has_every_letter_that_is_printed(name: str) -> None:
    font = TTFont(FONTS / f"{name}.otf")
    assert {c for c in PRINTED + LETTERS if ord(c) not in font.getBestCmap()} == set()
    assert font["name"].getDebugName(1) == "Inter" and "Open Font License" in font["name"].getDebugName(13)


def test_nothing_is_replaced_by_what_was_not_written() -> None:
    # Inter's `calt` draws "->" as an arrow and "2x3" with a multiplication sign.
    found = TTFont(FONTS / "Inter-Regular.otf")["GSUB"].table.FeatureList.FeatureRecord
    assert {one.FeatureTag for one in found} == {"ccmp", "locl", "tnum"}


def test_the_fonts_are_small_and_their_licence_lies_beside_them() -> None:
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 2_500_000
    assert (FONTS / "embedded.css").stat().st_size < 200_000
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and licence.startswith("Copyright 2016")


def test_a_page_carries_the_letters_of_the_shipped_fonts() -> None:
    css = (FONTS / "embedded.css").read_text(encoding="utf-8")
    pattern = r"font-style: (\w+); font-weight: (\d+); src: url\(\"data:font/woff;base64,([^\"]+)"
    faces = re.findall(pattern, css)
    assert [(style, int(weight)) for style, weight, _ in faces] == list(FACES.values())
    letters = {code for first, last in PAGE for code in range(first, last + 1)}
    held = [TTFont(io.BytesIO(base64.b64decode(coded))) for *_, coded in faces]
    for name, one in zip(FACES, held, strict=True):
        assert set(one.getBestCmap()) == letters & set(TTFont(FONTS / f"{name}.otf").getBestCmap())
    made = TTFont(io.BytesIO(page_face("Inter-Regular")))
    assert held[0]["CFF "].compile(held[0]) == made["CFF "].compile(made)


def test_figures_take_the_shipped_font_and_draw_text_as_it_stands() -> None:
    with canvas.style():
        drawn = canvas.Canvas(figsize=(3, 1))
        # An unbalanced formula would stop matplotlib; a letter that no font has is a box.
        drawn.text(0.1, 0.5, "$\\frac{ -> \u2212 \uff0b \u05e9 \U0001f44d")
    svg = canvas.svg_of(drawn)
    assert "Inter-Regular" in svg and "DejaVuSans" in svg and "<text" not in svg
