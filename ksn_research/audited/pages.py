"""The audit of the report: every number carries its result, and is what was published of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ksn_research.audited.leaks import Leak, Published, found
from ksn_research.audited.numbers import TOLD, Element, Marked, marked, says, tree, unmarked
from ksn_research.render.formats import MARKS

REPORT = "public/report.html"
NOTEBOOK = Path("internal") / "annual_report.ipynb"
# Where a number may not stand without its result: sentences and the cells of tables.
STRICT = "//*[self::td or self::li or self::p][ancestor::main][not(ancestor::blockquote)]"
FREE = frozenset({"source", "how"})


def audit_report(staging: Path, known: Published) -> list[Leak]:
    """Leaks of `report.html`."""
    path = staging / REPORT
    if not path.exists():
        return []
    page = tree(path.read_text(encoding="utf-8"))
    return found([*_marked(marked(page), known), *_marks(page, known), *_unmarked(page, _prose(staging))])


def _marked(shown: Iterable[Marked], known: Published) -> Iterator[Leak | None]:
    @cache
    def judged(one: Marked) -> Leak | None:
        try:
            value = float(one.value)
        except ValueError:
            return Leak(REPORT, one.id, "another number", f"its {one.part} is no number")
        leak = known.leak(REPORT, one.id, one.part, value)
        # The page holds six digits of a number and prints from all of them.
        real = known.part(one.id, one.part)
        if leak is None and TOLD.search(one.text) and not any(says(one.text, number) for number in real):
            return Leak(REPORT, one.id, "another number", f"the {one.part} in print is not its value")
        return leak

    return (judged(one) for one in shown)


def _marks(page: Element, known: Published) -> Iterator[Leak | None]:
    """A mark stands for a result that has no number, and holds none."""
    for one in page.iter("span"):
        id_ = one.get("data-id")
        if one.get("class") == "mark" and id_ is not None:
            if TOLD.search(one.text_content()):
                yield Leak(REPORT, id_, "suppressed", "a number stands in the place of its mark")
            elif known.now.status.get(id_) not in MARKS:
                yield Leak(REPORT, id_, "not published", "its mark stands for no result without a number")


def _prose(staging: Path) -> str:
    """The words of the notebook itself, which were there before the records came."""
    path = staging / NOTEBOOK
    if not path.exists():
        return ""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return _letters(" ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"))


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _unmarked(page: Element, prose: str) -> Iterator[Leak | None]:
    for element in page.xpath(STRICT):
        if not _free(element):
            text = "".join(unmarked(element))
            if TOLD.search(text) and _letters(text) not in prose:
                yield Leak(
                    REPORT,
                    _near(element),
                    "unmarked number",
                    f"a number without its result in {_told(element)}",
                )


def _free(element: Element) -> bool:
    """A source line; what holds paragraphs of its own; a table of words, but for cells with results."""
    if element.get("class") in FREE or element.find(".//p") is not None:
        return True
    return bool(element.xpath("ancestor::table[@class='words']")) and element.find(".//data") is None


def _near(element: Element) -> str:
    """A result of the same sentence or cell, so that the place can be found."""
    return next((one.id for one in marked(element)), "")


def _told(element: Element) -> str:
    """Where an element stands: its table or its section, in the page's own ids."""
    above = [one.get("id") for one in element.iterancestors() if one.get("id")]
    return f"a {element.tag} of #{above[0]}" if above else f"a {element.tag}"
