"""Hostile words in a real browser: no script runs, no page is asked for, and the words are there to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_circles import small_network
from fake_publishable import publishable
from hostile_corpus import ALL, STRINGS, hostile, whole
from test_hostile import executed
from test_render_network_page import PLACES, positions, ties

from ksn_research.circle_edition import write_circles
from ksn_research.errors import Finding, findings_frame
from ksn_research.notebook import as_html
from ksn_research.prepared import blank
from ksn_research.render.checks import checks_page
from ksn_research.render.network_page import network_page
from ksn_research.render.text import shown

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a hostile edition."""
    made = tmp_path_factory.mktemp("hostile")
    write_circles(made, hostile(small_network(), 4))
    edition = hostile(publishable(), 3)
    (made / "report.html").write_text(as_html(executed(edition, made), ALL, edition.study), encoding="utf-8")
    (made / "checks.html").write_text(_checks(), encoding="utf-8")
    (made / "network.html").write_text(_network(), encoding="utf-8")
    return made


def _checks() -> str:
    """Every string as an answer that nobody understood, as a problem, a column and a remedy."""
    told = [
        Finding(
            severity="warn",
            source="member_survey",
            problem=text,
            remedy=text,
            column=text,
            answer=text,
            file="a.csv",
            row=row,
        )
        for row, text in enumerate(map(whole, STRINGS), start=2)
    ]
    return checks_page(findings_frame(told), ALL, blank("accounts"), blank("answers"), pd.DataFrame())


def _network() -> str:
    """A node's name, a region and a relation of everything at once."""
    name = whole(ALL)
    frame = positions(name=[name, "B", "C", "D"], region=[name, "S", "", ""])
    return network_page(frame, ties(), PLACES, ALL, {"advice": ALL, "network_survey": ALL})


@pytest.mark.parametrize("name", ["report", "checks", "network", "index", "c01", "c02"])
def test_no_script_runs_and_nothing_is_asked_for(browser: Any, folder: Path, name: str) -> None:
    asked: list[str] = []
    told: list[str] = []
    # The page's own policy would hide a gap: it is switched off.
    view = browser.new_page(viewport={"width": 390, "height": 844}, bypass_csp=True)
    view.on("request", lambda request: asked.append(request.url))
    view.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    view.on("pageerror", lambda error: told.append(str(error)))
    view.goto((folder / f"{name}.html").as_uri())
    view.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for one in view.locator("a[href], summary, input, button").all()[:60]:
        one.focus()
    assert view.evaluate("window.__ksn") is None and told == []
    assert [url for url in asked if not url.startswith(("data:", (folder / f"{name}.html").as_uri()))] == []
    if name == "report":
        assert " ".join(view.inner_text("h1").split()) == " ".join(shown(ALL).split())
    if name in ("report", "checks", "network"):
        assert "window.__ksn=1" in view.inner_text("body") and "[U+202E]" in view.inner_text("body")
    view.close()
