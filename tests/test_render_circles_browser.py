"""Circle pages in a real browser: at three widths, with the keyboard, on paper, for all who read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_circles import edition, item, many, response, small_network
from fake_publishable import publishable

from ksn_research import resources
from ksn_research.circle_edition import write_circles
from ksn_research.render import pages

pytestmark = pytest.mark.browser
WIDTHS = (390, 820, 1280)
PAGES = ("index", "c01", "c02", "c04", "c09", "long")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("circles")
    write_circles(made, small_network())
    (made / "extra").mkdir()
    asked = [item("Long", f"q{i:02}", i % 9, order=i, before="most", before_wave="2024") for i in range(40)]
    write_circles(made / "extra", edition(items=asked, response=[response("Long", 8)]))
    (made / "extra" / "long.html").rename(made / "long.html")
    return made


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Any]:
    """A page of the folder at a width; fails on any script error and any request but for the page itself."""
    views, asked, wrong = [], [], []

    def show(name: str, width: int = 1280, **kind: Any) -> Any:
        view = browser.new_page(viewport={"width": width, "height": 844}, **kind)
        view.on("request", lambda request: asked.append(request.url))
        view.on("pageerror", lambda error: wrong.append(str(error)))
        view.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        view.goto((folder / f"{name}.html").as_uri())
        views.append(view)
        return view

    yield show
    for view in views:
        view.close()
    assert not wrong and all(url.startswith(folder.as_uri()) for url in asked)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_screen(opened: Any, name: str, width: int) -> None:
    view = opened(name, width)
    view.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert view.evaluate("document.documentElement.scrollWidth") <= width


def test_no_section_of_the_report_is_wider_than_a_telephone(browser: Any) -> None:
    whole = publishable()
    css = (resources.PACKAGE / "templates" / "style.css").read_text(encoding="utf-8")
    body = "".join(pages.show_section(whole, name)._repr_html_() for name in pages.SECTIONS)
    head = f'<meta name="viewport" content="width=device-width"><style>{css}</style>'
    view = browser.new_page(viewport={"width": 390, "height": 844})
    view.set_content(f'{head}<div class="page">{body}</div>')
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    view.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(opened: Any, name: str, width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    view = opened(name, width, color_scheme="dark" if dark else "light", bypass_csp=True)
    view.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    found = axe.Axe().run(view)
    assert found.violations_count == 0, found.generate_report()


def test_the_index_is_searched_and_sorted_with_the_keyboard_alone(opened: Any) -> None:
    view = opened("index", 390)
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.className") == "skip"
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.id") == "find"
    view.keyboard.type("rural")
    assert view.locator("tbody tr:visible").count() == 1
    assert view.get_by_role("status").inner_text() == "1 of 9"
    view.keyboard.press("Control+A")
    view.keyboard.press("Delete")
    assert view.locator("tbody tr:visible").count() == 9
    for _ in range(4):
        view.keyboard.press("Tab")
        if view.evaluate("document.activeElement.textContent") == "Answered":
            break
    view.keyboard.press("Enter")
    head = view.locator("th[aria-sort]")
    assert head.count() == 1 and head.inner_text().startswith("Answered")
    assert "Sorted by Answered" in view.get_by_role("status").inner_text()
    cells = view.locator("tbody td[data-sort]:visible").all_inner_texts()
    rates = [text for text in cells if " of " in text]
    assert rates == sorted(rates, key=lambda text: int(text.split()[0])) and len(rates) == 7
    view.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize(
    ("head", "first"), [("Circle", "Small circle"), ("Last met", "Boards"), ("Sessions", "Boards")]
)
def test_the_index_is_sorted_by_name_and_date(opened: Any, head: str, first: str) -> None:
    view = opened("index")
    view.get_by_role("button", name=head).press("Enter")
    assert view.locator("tbody tr").first.locator("th").inner_text().startswith(first)


def test_a_facilitators_id_finds_the_circles(opened: Any) -> None:
    view = opened("index")
    view.get_by_label("Find a circle").fill("p01")
    assert view.locator("tbody tr:visible").count() == 3


def test_a_link_of_the_index_opens_the_page(opened: Any) -> None:
    view = opened("index")
    view.get_by_role("link", name="Circle of the First Hour").first.press("Enter")
    view.wait_for_url("**/c01.html")
    assert view.get_by_role("heading", level=1).inner_text() == "Circle of the First Hour"


def test_index_and_page_are_whole_without_a_script(opened: Any) -> None:
    view = opened("index", java_script_enabled=False)
    assert view.locator("tbody tr:visible").count() == 9 and not view.locator("#find").is_visible()
    assert opened("long", java_script_enabled=False).get_by_text("40 questions").is_visible()


def test_folded_questions_open_with_the_keyboard(opened: Any) -> None:
    view = opened("long", 390)
    assert view.locator("article:visible").count() == 0
    view.get_by_text("40 questions").focus()
    view.keyboard.press("Enter")
    assert view.locator("article:visible").count() == 40


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_folded_is_printed(opened: Any, tmp_path: Path, script: bool) -> None:
    view = opened("long", java_script_enabled=script)
    view.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    # Ligatures and line ends apart, the text of the paper is the text of the page.
    try:
        said = subprocess.run(["pdftotext", str(tmp_path / "page.pdf"), "-"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("pdftotext is not here")
    assert said.stdout.count("of 8 answers") == 40 and "Where the suggestions come from" in said.stdout
    assert view.locator("details[open]").count() == 0


def test_five_hundred_circles_are_searched_at_once(browser: Any, tmp_path: Path) -> None:
    write_circles(tmp_path, many(500, items=2))
    assert (tmp_path / "index.html").stat().st_size < 300_000
    view = browser.new_page(viewport={"width": 390, "height": 844})
    view.goto((tmp_path / "index.html").as_uri())
    view.get_by_label("Find a circle").fill("k00499")
    assert view.locator("tbody tr:visible").count() == 1
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    view.close()
