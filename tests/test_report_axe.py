"""The demo's report in a real browser: for all who read, on a telephone and a desk, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import SOAK
from tests.demo_edition import demo_edition

pytestmark = pytest.mark.browser
SIZES = [(width, dark) for width in (390, 1280) for dark in (False, True)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return (demo_edition(tmp_path_factory, 2025) / "public" / "report.html").as_uri()


@pytest.fixture(scope="module")
def opened(browser: Any, report: str) -> Iterator[Any]:
    """The report, which is large, opened once."""
    # The policy of the page forbids every script, that of the examiner too.
    view = browser.new_page(bypass_csp=True)
    view.goto(report)
    yield view
    view.close()


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_axe_finds_no_violation_in_the_report(opened: Any, width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    opened.set_viewport_size({"width": width, "height": 844})
    opened.emulate_media(color_scheme="dark" if dark else "light")
    # Nine tenths of the time go into contrast: at a modest size each width and each scheme is asked once.
    asked = SOAK or dark == (width > 390)
    rules = {} if asked else {"color-contrast": {"enabled": False}}
    found = axe.Axe().run(opened, options={"resultTypes": ["violations"], "rules": rules})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert found.violations_count == 0, found.generate_report()


def test_the_report_asks_for_nothing_and_carries_its_letters(browser: Any, report: str) -> None:
    asked: list[str] = []
    view = browser.new_page()
    view.on("request", lambda request: asked.append(request.url))
    view.goto(report)
    view.evaluate("document.fonts.ready")
    assert [url for url in asked if not url.startswith(("data:", report))] == []
    loaded = view.evaluate("[...document.fonts].map(face => [face.family, face.weight, face.status])")
    assert ["Inter", "400", "loaded"] in loaded and ["Inter", "700", "loaded"] in loaded
    view.close()


def test_the_first_key_skips_to_the_content(browser: Any, report: str) -> None:
    view = browser.new_page()
    view.goto(report)
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.className") == "skip"
    view.keyboard.press("Enter")
    assert view.evaluate("location.hash") == "#content" and view.locator("main#content").count() == 1
    view.close()
