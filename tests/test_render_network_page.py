"""The internal network page: every node with its denominators, whole without a script, nothing from names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ksn_research.render.network_page import network_page

WHO = ("A", "B", "C", "D")
NAMES = {"A": "Alder Trust", "B": "Birch College", "C": "Cedar Works", "D": "Dogwood"}
# C did not answer. A names B, B names A and C; the three others answered, so C could be named by three.
TIES = (("A", "B"), ("B", "A"), ("B", "C"))


def positions(year: int = 2025, relation: str = "advice", **columns: list[Any]) -> pd.DataFrame:
    """Four nodes of which C did not answer, as `position_tables` gives them."""
    return pd.DataFrame(
        {
            "year": pd.array([year] * 4, dtype="Int64"),
            "wave": "",
            "source": "network_survey",
            "relation": relation,
            "units": "organisations",
            "node": WHO,
            "name": [NAMES[node] for node in WHO],
            "region": ["North", "South", "North", ""],
            "type": ["company", "public", "public", "company"],
            "answered": [True, True, False, True],
            "in_degree": [1.0, 1.0, 1.0, 0.0],
            "observed_senders": [2, 2, 3, 2],
            "in_degree_low": [1.0, 1.0, 1.0, 0.0],
            "in_degree_high": [2.0, 2.0, 1.0, 1.0],
            "in_degree_share": [0.5, 0.5, 1 / 3, 0.0],
            "rank_best": [1, 1, 1, 2],
            "rank_worst": [3, 3, 3, 4],
            "out_degree": [1.0, 2.0, None, 0.0],
            "betweenness": [0.0, 1 / 6, None, 0.0],
            "effective_size": [1.0, 2.0, None, None],
            "e_i_region": [1.0, 1.0, None, None],
            "coordinator": [0.0, 0.0, None, None],
            "liaison": [None, 3.0, None, None],
            "liaison_expected": [None, 1.25, None, None],
            "why": ["", "", "did not answer", "no ties"],
            **columns,
        }
    )


def ties(pairs: tuple[tuple[str, str], ...] = TIES, year: int = 2025, directed: bool = True) -> pd.DataFrame:
    head = {"year": year, "wave": "", "source": "network_survey", "relation": "advice", "directed": directed}
    made = pd.DataFrame(pairs, columns=["ego", "alter"], dtype="str").assign(**head)
    return made.astype({"year": "Int64"})


PLACES = pd.DataFrame(
    {
        "source": "network_survey",
        "node": WHO,
        "x": [0.2, 0.8, 0.5, 0.25],
        "y": [0.2, 0.3, 0.8, 0.75],
    }
)


def page(frame: pd.DataFrame | None = None, named: pd.DataFrame | None = None, **more: Any) -> str:
    given = {"places": PLACES, "title": "A study", **more}
    return network_page(positions() if frame is None else frame, ties() if named is None else named, **given)


def data(html: str) -> dict[str, Any]:
    """What the script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def line(html: str, name: str) -> list[str]:
    """The cells of a node's line in the table as it stands without a script."""
    row = next(r for r in re.findall(r"<tr id.*?</tr>", html, re.DOTALL) if name in r)
    return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]


def test_a_line_says_every_number_over_what_it_rests_on() -> None:
    assert line(page(), "Birch College") == [
        "Birch College", "South", "public", "yes", "1 of 2", "1–3 of 4", "2 of 3", "0.167", "2.00 of 2",
        "+1.00 of 2",
    ]  # fmt: skip


def test_what_is_undefined_is_marked_with_the_reason_and_silence_is_said() -> None:
    html = page()
    assert line(html, "Cedar Works")[3:] == ["did not answer", "1 of 3", "1–3 of 4", *["n.d."] * 4]
    assert html.count('<abbr class="mark" title="did not answer">n.d.</abbr>') == 4
    assert '<abbr class="mark" title="no ties">n.d.</abbr>' in html
    assert "NaN" not in html


def test_the_bounds_of_being_named_stand_on_hover() -> None:
    assert 'title="1 to 2, had all answered"' in page() and "1 to 1" not in page()


def test_without_a_region_it_is_said_and_its_partners_do_not_count() -> None:
    html = page(positions(region=["North", "South", "", ""]))
    assert line(html, "Cedar Works")[1] == "not known"
    assert line(html, "Birch College")[-1] == "+1.00 of 1"


@pytest.mark.parametrize(
    ("pairs", "directed", "kept"),
    [
        pytest.param(TIES, True, [[0, 1], [1, 0], [1, 2]], id="as reported"),
        pytest.param((*TIES, ("A", "B")), True, [[0, 1], [1, 0], [1, 2]], id="twice is once"),
        pytest.param((("C", "A"),), True, [], id="of one that did not answer"),
        pytest.param((("C", "A"), ("A", "C")), False, [[0, 2]], id="without direction one answer is enough"),
        pytest.param((("A", "A"), ("A", "Z")), True, [], id="itself, and one off the roster"),
        pytest.param((), True, [], id="all isolates"),
    ],
)
def test_ties_of_the_map(pairs: tuple[tuple[str, str], ...], directed: bool, kept: list[list[int]]) -> None:
    flat = data(page(named=ties(pairs, directed=directed)))["sheets"][0]["ties"]
    assert [flat[i : i + 2] for i in range(0, len(flat), 2)] == kept


def test_without_direction_a_node_is_tied_to_not_named_by() -> None:
    html = page(named=ties(directed=False))
    assert '<th scope="col" class="n">Tied to</th>' in html and "Named by</th>" not in html


def test_the_newest_wave_of_the_first_relation_comes_first_and_nodes_keep_their_places() -> None:
    frames = [positions(2024), positions(2024, "joint"), positions(2025), positions(2025, "joint")]
    sheets = data(page(pd.concat(frames), pd.concat([ties(year=2024), ties()])))["sheets"]
    assert [(s["relation"], s["wave"]) for s in sheets] == [
        ("Advice", "2025"), ("Advice", "2024"), ("Joint", "2025"), ("Joint", "2024"),
    ]  # fmt: skip
    assert len({json.dumps([node[5:7] for node in s["nodes"]]) for s in sheets}) == 1
    assert [len(s["ties"]) // 2 for s in sheets] == [3, 3, 0, 0]


def test_places_fill_the_map_and_a_node_without_one_stands_on_the_rim() -> None:
    placed = {node[0]: node[5:7] for node in data(page(places=PLACES.iloc[:2]))["sheets"][0]["nodes"]}
    assert placed == {"A": [0.0, 0.0], "B": [1.0, 1.0], "C": [0.5, 1.0], "D": [0.5, 0.0]}
    nowhere = data(page(places=PLACES.iloc[:0]))["sheets"][0]["nodes"]
    assert len({tuple(node[5:7]) for node in nowhere}) == 4


def test_roles_carry_count_and_expected_in_print() -> None:
    sheet = data(page())["sheets"][0]
    birch = sheet["nodes"][1]
    roles = dict(zip([name for name, _ in data(page())["roles"]], birch[8], strict=True))
    assert roles["liaison"] == [["3", 3.0, "", ""], ["1.25", 1.25, "", ""]]
    assert roles["gatekeeper"][0][:2] == ["n.d.", None]


@pytest.mark.parametrize("name", ["</script><b>A & B</b>", '"O\'Neill" <i>', "A" * 300, "Écoles d’été"])
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    html = page(positions(name=[name, "B", "C", "D"], region=[name, "S", "", ""]))
    assert data(html)["sheets"][0]["nodes"][0 if name < "B" or name[0] in '<"' else 3][1] == name
    assert "<b>A" not in html and "<i>" not in html


def test_no_network_no_page() -> None:
    assert network_page(positions().iloc[:0], ties(()), PLACES, "A study") == ""


def test_all_isolates_have_their_lines() -> None:
    lone = positions(in_degree=[0.0] * 4, out_degree=[0.0, 0.0, None, 0.0], effective_size=[None] * 4)
    html = page(lone, ties(()))
    assert "4 organisations, 3 answered (75\u00a0%), 0 ties known" in html
    assert line(html, "Dogwood")[4:7] == ["0 of 2", "2–4 of 4", "0 of 3"]


def test_the_page_says_that_it_is_internal_and_asks_nothing_of_the_net() -> None:
    html = page()
    assert "do not publish" in html and 'name="robots" content="noindex"' in html
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|src=|@import|url\(", html)


def opened(browser: Any, tmp_path: Path, html: str, **kind: Any) -> Any:
    (tmp_path / "network.html").write_text(html, encoding="utf-8")
    view = browser.new_page(**kind)
    wrong: list[str] = []
    view.on("pageerror", lambda error: wrong.append(str(error)))
    view.goto((tmp_path / "network.html").as_uri())
    return view, wrong


@pytest.mark.browser
def test_the_page_can_be_used_with_the_keyboard_alone(browser: Any, tmp_path: Path) -> None:
    frames = pd.concat([positions(2024, name=["Old A", "Old B", "Old C", "Old D"]), positions()])
    html = page(frames, pd.concat([ties((("A", "D"),), 2024), ties()]))
    view, wrong = opened(browser, tmp_path, html)
    view.get_by_role("button", name="Named by").press("Enter")
    assert view.locator("#nodes th[aria-sort=descending]").inner_text().startswith("Named by")
    first = view.locator("#nodes tbody tr th").all_inner_texts()
    assert first == ["Alder Trust", "Birch College", "Cedar Works", "Dogwood"]
    view.get_by_role("button", name="Names", exact=True).press("Enter")
    assert view.locator("#nodes tbody tr").last.locator("th").inner_text() == "Cedar Works"
    assert view.locator("#map a[tabindex='0']").count() == 1
    view.locator("#map a[tabindex='0']").focus()
    view.keyboard.press("ArrowRight")
    view.keyboard.press("ArrowUp")
    assert view.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Cedar Works")
    view.keyboard.press("Enter")
    told = view.locator("#profile").inner_text()
    assert "did not answer: whom it names is not known" in told and "Birch College" in told
    view.locator("#profile").get_by_role("button", name="Birch College").press("Enter")
    told = view.locator("#profile").inner_text()
    assert "Alder Trust ⇄" in told and "3 (1.25)" in told and "Named by 1 of 2" in told
    assert view.locator("#nodes tr.self th").inner_text() == "Birch College"
    view.get_by_label("Find by name").fill("north cedar")
    assert view.locator("#nodes tbody tr:visible").count() == 1
    assert view.locator("#found").inner_text() == "1 of 4"
    view.get_by_label("Find by name").fill("")
    view.get_by_label("Wave").select_option("2024")
    assert view.locator("#who").inner_text() == "Old B"
    assert view.locator("#nodes tbody tr").count() == 4
    assert view.locator("#said").inner_text().startswith("Advice, 2024")
    assert not wrong
    view.close()


@pytest.mark.browser
@pytest.mark.parametrize(("script", "wide"), [(True, 390), (False, 390), (True, 1280)])
def test_no_page_is_wider_than_its_screen_and_the_table_stands_without_a_script(
    browser: Any, tmp_path: Path, script: bool, wide: int
) -> None:
    html = page(positions(name=["A" * 300, "A very long name " * 9, "C", "D"]))
    kind = {"viewport": {"width": wide, "height": 844}, "java_script_enabled": script}
    view, wrong = opened(browser, tmp_path, html, **kind)
    assert view.locator("#nodes tbody tr:visible").count() == 4
    assert view.locator("#map").is_visible() is script
    if script:
        view.locator("#nodes tbody th button").first.click()
        assert view.evaluate("document.documentElement.scrollWidth") <= wide
    assert not wrong
    view.close()
