"""The fonts that the package ships, cut from Inter's own files; and of them what a page carries in itself.

    python tests/make_fonts.py FOLDER     with Inter-Regular.otf, Inter-Bold.otf and Inter-Italic.otf (3.19)

What a font does by context (an arrow for "->", a multiplication sign for "2x3") is cut away: a page shows
what was written.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

FONTS = Path(__file__).parent.parent / "ksn_research" / "templates" / "fonts"
FACES = {"Inter-Regular": ("normal", 400), "Inter-Bold": ("normal", 700), "Inter-Italic": ("italic", 400)}
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum"]
# Of a page: Latin, Greek and Cyrillic letters, punctuation, arrows, signs of mathematics, marks.
PAGE = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2BC, 0x2BC), (0x301, 0x301), (0x391, 0x3C9),
    (0x400, 0x45F), (0x2010, 0x2015), (0x2018, 0x2026), (0x2030, 0x2033), (0x2039, 0x203A), (0x20AC, 0x20AC),
    (0x2122, 0x2122), (0x2190, 0x2195), (0x2206, 0x2206), (0x2211, 0x2212), (0x221A, 0x221E),
    (0x2248, 0x2248), (0x2260, 0x2265), (0x25A0, 0x25A1), (0x25B2, 0x25B2), (0x25BC, 0x25BC),
    (0x25CB, 0x25CF), (0x2713, 0x2713),
)  # fmt: skip


def cut(font: Path, letters: Iterable[int] = (), flavor: str | None = None) -> bytes:
    """The font with these code points only (without any: with all it has), as OpenType or as WOFF."""
    options = subset.Options(
        layout_features=FEATURES, name_IDs=["*"], recalc_timestamp=False, hinting=False, flavor=flavor
    )
    opened = subset.load_font(str(font), options)
    small = subset.Subsetter(options)
    small.populate(unicodes=list(letters) or list(opened.getBestCmap()))
    small.subset(opened)
    opened.flavor = flavor
    made = io.BytesIO()
    opened.save(made)
    return made.getvalue()


def page_face(name: str, folder: Path = FONTS) -> bytes:
    """A shipped font as a page carries it."""
    letters = [code for first, last in PAGE for code in range(first, last + 1)]
    return cut(folder / f"{name}.otf", letters, "woff")


def page_css() -> str:
    """The style sheet that holds the faces themselves."""
    rule = (
        '@font-face {{ font-family: "Inter"; font-style: {}; font-weight: {}; '
        'src: url("data:font/woff;base64,{}") format("woff"); }}\n'
    )
    return "".join(
        rule.format(style, weight, base64.b64encode(page_face(name)).decode())
        for name, (style, weight) in FACES.items()
    )


if __name__ == "__main__":
    for name in FACES:
        (FONTS / f"{name}.otf").write_bytes(cut(Path(sys.argv[1]) / f"{name}.otf"))
    (FONTS / "embedded.css").write_text(page_css(), encoding="utf-8")
