"""Numbers in print: one row per rule of the rounding rule in `render.formats`."""

from __future__ import annotations

import re

import pytest
from fake_publishable import publishable
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.render import formats
from ksn_research.render.view import view
from ksn_research.results import Row, collect

NBSP, MINUS = "\u00a0", "\u2212"


def row(**values: object) -> dict[str, object]:
    base: dict[str, object] = {
        "year": 2025, "source": "s", "analysis": "a", "measure": "m", "statistic": "mean",
        "estimate": 1.0, "n": 29, "unit": "people", "method": "",
    }  # fmt: skip
    return collect([Row(**{**base, **values})]).results.to_dict("records")[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        pytest.param(0.41379, "percent", f"41{NBSP}%", id="12 of 29"),
        pytest.param(0.145, "percent", f"15{NBSP}%", id="a half goes away from zero, binary digits or not"),
        pytest.param(0.0, "percent", f"0{NBSP}%", id="a true zero"),
        pytest.param(0.004, "percent", f"under 1{NBSP}%", id="not zero does not read zero"),
        pytest.param(0.996, "percent", f"over 99{NBSP}%", id="not all does not read all"),
        pytest.param(1.0, "percent", f"100{NBSP}%", id="all"),
        pytest.param(0.0316, "rare", f"3.2{NBSP}%", id="rare risks keep a decimal"),
        pytest.param(1234567, "count", "1,234,567", id="thousands"),
        pytest.param(3.455, "mean", "3.46", id="means have two decimals"),
        pytest.param(0.07035, "density", "0.070", id="densities have three"),
        pytest.param(-0.125, "change", f"{MINUS}0.13", id="a true minus sign"),
        pytest.param(0.125, "change", "+0.13", id="changes have a sign"),
        pytest.param(-0.001, "change", "0.00", id="no sign at what rounds to nothing"),
        pytest.param(0.01, "points", "+1 point", id="one point"),
        pytest.param(-0.04, "points", f"{MINUS}4 points", id="points of a hundred"),
    ],
)
def test_number(value: float, kind: str, shown: str) -> None:
    assert formats.number(value, kind) == shown


@pytest.mark.parametrize(
    ("values", "part", "shown"),
    [
        ({"statistic": "share", "estimate": 0.41379}, "estimate", f"41{NBSP}%"),
        ({}, "n", "29"),
        ({"p": 0.0004}, "p", "<\u00a0.001"),
        ({"p": 0.0317}, "p", ".032"),
        ({"p": 1.0}, "p", "1.000"),
        ({}, "p", formats.ABSENT),
        ({"ci_low": 0.9, "ci_high": 1.1}, "interval", "0.90\u20131.10"),
        ({}, "interval", formats.ABSENT),
        ({"status": "suppressed", "estimate": None, "n": None}, "estimate", "s"),
        ({"status": "suppressed", "estimate": None, "n": None}, "n", "s"),
        ({"status": "undefined", "estimate": None, "note": "no variation"}, "estimate", "not defined"),
        ({"status": "not comparable", "estimate": None, "note": "reworded"}, "estimate", "not comparable"),
    ],
)
def test_show(values: dict[str, object], part: str, shown: str) -> None:
    assert formats.show(row(**values), part) == shown


@given(st.floats(min_value=0.0001, max_value=0.9999))
def test_a_share_between_none_and_all_reads_neither(share: float) -> None:
    assert formats.number(share, "percent") not in (f"0{NBSP}%", f"100{NBSP}%")


@given(st.floats(min_value=-9, max_value=9), st.floats(min_value=0, max_value=3))
def test_rounding_keeps_order(value: float, more: float) -> None:
    def read(text: str) -> float:
        return float(text.replace(MINUS, "-"))

    assert read(formats.number(value)) <= read(formats.number(value + more))


def test_element_carries_the_number_and_its_result() -> None:
    one = row(statistic="share", estimate=0.41379, ci_low=0.25, ci_high=0.6)
    html = formats.estimate_with_interval(one)
    assert f'<data class="r" value="0.41379" data-id="{one["id"]}">41{NBSP}%</data>' in html
    assert 'data-part="ci_low">25</data>' in html and 'data-part="ci_high">60</data>' in html
    assert not re.search(r"\d", re.sub(r"<data.*?</data>|<[^>]*>", "", html))


def test_a_mark_is_no_number_and_says_why() -> None:
    html = formats.data(row(status="suppressed", estimate=None, note="fewer than 5 people"))
    assert "<data" not in html and 'title="fewer than 5 people"' in html and ">s<" in html


def test_a_change_of_a_share_is_in_points() -> None:
    rows = {r["id"]: r for r in view(publishable()).rows(analysis="change", statistic="difference")}
    kinds = {r["measure"]: r["kind"] for r in rows.values()}
    assert kinds["valuable"] == "points" and kinds["trust"] == "change"
