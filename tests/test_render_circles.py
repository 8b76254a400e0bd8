"""Circle pages: what a facilitator may read, and what cannot be read from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fake_publishable import publishable, single_circles

from ksn_research.render import circle_pages, pages
from ksn_research.results import Row

BROWSER = Path("/usr/bin/chromium")


def text(html: str) -> str:
    """What is read, without style, script and elements."""
    bare = re.sub(r"<(style|script).*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


def rows(
    circle: str, n: int, share: float | None, mean: float | None = None, item: str = "safe"
) -> list[Row]:
    common: dict[str, Any] = {
        "year": 2025, "source": "feedback", "analysis": "circle_items", "group": "circle", "level": circle,
        "unit": "people", "method": "", "n": n,
    }  # fmt: skip
    made = [Row(**common, measure="response", statistic="respondents", estimate=float(n))]
    if share is not None:
        made.append(Row(**common, measure=item, statistic="share_positive", estimate=share))
    if mean is not None:
        made.append(Row(**common, measure=item, statistic="mean", estimate=mean))
    return made


def page(circle: str, *of: list[Row]) -> str:
    once = {row.id: row for some in of for row in some}
    edition = publishable(circles=list(once.values()), curves={}, labels={"safe": "Safe to speak"})
    return text(circle_pages.circle_page(edition, circle))


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "nearly all"), (0.9, "nearly all"), (0.89, "most"), (0.6, "most"), (0.59, "about half"),
     (0.4, "about half"), (0.39, "few"), (0.0, "few")],
)  # fmt: skip
def test_bands(share: float, words: str) -> None:
    assert circle_pages.band(share) == words


@pytest.mark.parametrize(("n", "shown"), [(4, False), (5, True), (6, True)])
def test_an_item_needs_five_answers(n: int, shown: bool) -> None:
    assert ("nearly all answered positively" in page("C1", rows("C1", n, 1.0))) is shown


def test_a_page_with_eight_varied_answers_shows_its_items() -> None:
    said = page("C1", rows("C1", 8, 0.625), rows("C2", 9, 0.2))
    assert "Safe to speak most answered positively" in said and "8 answered" in said


def test_no_share_and_no_decimal_is_on_a_page() -> None:
    said = page("C1", rows("C1", 8, 0.625, 3.81), rows("C1", 8, None, 4.26, "energy"))
    assert "63" not in said and "62" not in said and not re.search(r"\d\.\d", said)
    assert "about 4\u00bd on average" in said


@pytest.mark.parametrize(
    ("own", "others", "words"),
    [
        pytest.param(0.95, [0.5, 0.5, 0.5], "more than in the middle circle", id="above"),
        pytest.param(0.1, [0.7, 0.7, 0.95], "fewer than in the middle circle", id="below"),
        pytest.param(0.7, [0.7, 0.65, 0.95], "most answered positively.", id="in the middle"),
    ],
)
def test_a_circle_is_set_beside_the_middle_circle(own: float, others: list[float], words: str) -> None:
    beside = [rows(f"C{i + 2}", 8, share) for i, share in enumerate(others)]
    assert words in page("C1", rows("C1", 8, own), *beside)


def test_a_small_circle_is_told_why_and_sees_the_network() -> None:
    suppressed = Row(
        year=2025, source="feedback", analysis="circle_items", measure="safe", group="circle", level="C3",
        statistic="share_positive", estimate=None, n=None, unit="people", method="", status="suppressed",
        note="fewer than 5 people",
    )  # fmt: skip
    said = page("C3", [suppressed], rows("C1", 8, 0.7), rows("C2", 8, 0.7), rows("C4", 8, 0.7))
    assert "own answers are not shown: fewer than five people answered" in said
    assert "answered positively" not in said and "2 few about half" not in said and "most" in said


@pytest.mark.parametrize(("others", "pictured"), [(1, False), (2, True)])
def test_a_picture_of_too_few_circles_is_not_drawn(others: int, pictured: bool) -> None:
    made = [row for i in range(others + 1) for row in rows(f"C{i + 1}", 8, 0.7)]
    html = circle_pages.circle_page(publishable(circles=made, curves={}), "C1")
    assert ('class="strip"' in html) is pictured


def test_the_page_of_one_circle_names_no_other() -> None:
    edition = publishable()
    html = circle_pages.circle_page(edition, "C01")
    assert "First Hour" in html and "Rural" not in html and "C02" not in html and "C04" not in html


def test_a_notebook_shows_the_same_content_as_the_page() -> None:
    edition = publishable()
    assert text(circle_pages.show_circle(edition, "C01").html).strip() in text(
        circle_pages.circle_page(edition, "C01")
    )


def test_index_lists_every_circle_with_its_page() -> None:
    made = circle_pages.circle_pages(publishable())
    linked = set(re.findall(r'href="([a-z0-9_]+\.html)"', made["index.html"]))
    assert linked == set(made) - {"index.html"} and len(linked) == len({r.level for r in single_circles()})
    assert 'aria-sort="ascending"' in made["index.html"] and 'type="search"' in made["index.html"]


def test_a_page_asks_nothing_of_the_net() -> None:
    for html in circle_pages.circle_pages(publishable()).values():
        assert not re.search(r"https?://|src=|@import|url\(", html)


@pytest.mark.browser
@pytest.mark.skipif(not BROWSER.exists(), reason="no headless Chromium here")
def test_no_page_is_wider_than_a_phone(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    edition = publishable()
    css = (Path(circle_pages.__file__).parents[1] / "templates" / "style.css").read_text()
    body = "".join(pages.show_section(edition, name)._repr_html_() for name in pages.SECTIONS)
    head = f'<meta name="viewport" content="width=device-width"><style>{css}</style>'
    made = circle_pages.circle_pages(edition)
    shown = {
        "report": f'{head}<div class="page">{body}</div>',
        "circle": made["c01.html"],
        "index": made["index.html"],
    }
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        for name, html in shown.items():
            (tmp_path / f"{name}.html").write_text(html)
            view = browser.new_page(viewport={"width": 390, "height": 844})
            view.goto((tmp_path / f"{name}.html").as_uri())
            assert view.evaluate("document.documentElement.scrollWidth") <= 390, name
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(not BROWSER.exists(), reason="no headless Chromium here")
def test_index_can_be_searched_and_sorted_with_the_keyboard(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    (tmp_path / "index.html").write_text(circle_pages.circle_index(publishable()))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        view = browser.new_page()
        view.goto((tmp_path / "index.html").as_uri())
        view.get_by_role("button", name="Answered").press("Enter")
        assert view.locator("tbody tr").first.locator("a").inner_text() == "Small circle"
        view.get_by_label("Find a circle").fill("rural")
        assert view.locator("tbody tr:visible").count() == 1
        browser.close()
