"""Quotes on the page: escaped, by theme, with who said them; the internal page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_publishable import LABELS
from fake_publishable import publishable as fake

from ksn_research.disclose.quotes import Gated, Judged, Printable, Refusal, gate, printed, quote_id, roster
from ksn_research.errors import DisclosureError
from ksn_research.plan.quotes import Rules, Term, Terms
from ksn_research.render.pages import section
from ksn_research.render.quotes import NOBODY, by_theme, lines
from ksn_research.render.quotes_page import quotes_page
from ksn_research.render.view import view

TALK = {
    "I1": "it took < ten of us & then we met [..] every week",
    "I2": "it was never enough time for the pairs",
    "I3": "nobody told us what a mentor is for",
    "I4": "then things went wrong and we stayed",
}
NONE = roster(pd.DataFrame({"member": []}), pd.DataFrame({"organisation": [], "name": []}))


def judged(source: str = "operators") -> dict[str, Judged]:
    """Four interviews: two quoted, one that wants to see its quote first, one without consent."""
    texts = {name: f"P: {said.replace('[..] ', 'nearly ')}." for name, said in TALK.items()}
    interviews = pd.DataFrame({"interview": list(TALK), "consent": ["anonymous", "named", "role", "none"]})
    interviews = interviews.assign(
        withdrawn=False,
        embargo_until="",
        review_before_publication=["n", "n", "y", "n"],
        approved_quote_ids="",
        speaker=["", "Ada Loom", "", ""],
    )
    quotes = pd.DataFrame(
        {"interview": list(TALK), "code": ["trust_building", "time", "time", "time"], "text": TALK.values()}
    )
    quotes["id"] = [quote_id(*row) for row in quotes.itertuples(index=False)]
    return {source: Judged(2025, quotes, gate(quotes, interviews, texts, NONE, Terms(), Rules()))}


def test_quotes_stand_by_theme_escaped_and_with_who_said_them() -> None:
    blocks = section(fake(quotes=printed(judged())), "interviews")
    at = next(i for i, block in enumerate(blocks) if "In their words" in block.html)
    html = "".join(str(block.html) for block in blocks[at:])
    assert "it took &lt; ten of us &amp; then we met [..] every week" in html
    assert html.index("Time") < html.index("never enough time") < html.index(LABELS["trust_building"])
    assert f'<footer class="label">{NOBODY}</footer>' in html
    assert '<footer class="label">Ada Loom</footer>' in html
    assert TALK["I3"] not in html and TALK["I4"] not in html


def test_no_quote_is_shown_with_its_id_and_no_part_stands_without_quotes() -> None:
    seen = view(fake(quotes=printed(judged())))
    assert "Q-" not in "".join(by_theme(seen)) and not any("Q-" in str(line) for line in lines(seen))
    assert by_theme(view(fake())) == []
    assert not any("In their words" in block.html for block in section(fake(), "interviews"))


def test_what_did_not_pass_disclosure_is_not_shown() -> None:
    with pytest.raises(DisclosureError):
        by_theme(judged())  # type: ignore[arg-type]


def test_the_internal_page_says_of_every_quote_what_was_decided() -> None:
    page = quotes_page(judged(), "Study <1>", {"operators": "Operators"})
    assert "Study &lt;1&gt;" in page and "Operators, 2025" in page
    assert page.count('data-verdict="printed"') == 2 and page.count('data-verdict="not printed"') == 2
    assert page.count("<code>Q-") == 4 and "wants to see it first" in page
    assert "took &lt; ten of us &amp; then" in page and "took < ten" not in page


def test_a_quote_that_only_others_crowd_out_could_be_printed() -> None:
    frame = pd.DataFrame({"id": ["q1", "q2"], "interview": "I1", "code": "c", "text": ["a b c", None]})
    refused = tuple(Refusal(*r) for r in (("q1", "enough of this code", "d"), ("q2", "no transcript", "d")))
    one = Judged(None, frame, Gated(Printable(), refused, (Term("Zoom", 3, 2, 1),)))
    page = quotes_page({"notes": one}, "T")
    assert 'data-verdict="could be printed" data-rules="enough of this code"' in page
    assert 'data-verdict="not printed" data-rules="no transcript"' in page
    assert "crosswalks/notes-terms.toml" in page and ">Zoom<" in page and "Notes, undated" in page


def test_there_is_no_page_without_quotes() -> None:
    assert quotes_page({}, "T") == ""
    empty = pd.DataFrame({"id": [], "interview": [], "code": [], "text": []})
    assert quotes_page({"notes": Judged(2025, empty)}, "T") == ""


@pytest.mark.browser
@pytest.mark.parametrize("wide", [390, 1280])
def test_quotes_are_found_with_the_keyboard_alone(browser: Any, tmp_path: Path, wide: int) -> None:
    (tmp_path / "quotes.html").write_text(quotes_page(judged(), "T"), encoding="utf-8")
    page = browser.new_page(viewport={"width": wide, "height": 800})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((tmp_path / "quotes.html").as_uri())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("mentor time")
    assert page.locator("#found").inner_text() == "1 of 4 quotes"
    assert page.locator(".all tbody tr:visible").inner_text().startswith("I3")
    page.get_by_label("Find").fill("")
    page.get_by_label("Because of").select_option("no consent to quote")
    assert page.locator(".all tbody tr:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    assert wrong == []
    page.close()
