"""Sentences of a whole edition: their ids, numbers, links and claims, and the pieces they are made of."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fake_publishable import publishable

from ksn_research.render import sentences, wording
from ksn_research.render.wording import Label, Number, inserted, rests_on, text_of, unit
from ksn_research.results import Row, collect

EDITION = publishable()
FOUND = {one.measure: one for one in sentences.findings(EDITION)}
RESULTS = EDITION.results.set_index("id")


def record(**values: Any) -> dict[str, Any]:
    base = {"year": 2025, "source": "s", "analysis": "scales", "measure": "m", "statistic": "mean", "n": 9,
            "unit": "people", "method": "", "estimate": 0.5}  # fmt: skip
    return dict(collect([Row(**{**base, **values})]).results.to_dict("records")[0])


def test_there_is_one_finding_for_each_headline_measure_in_the_declared_order_and_no_other() -> None:
    assert tuple(FOUND) == EDITION.study.headline


@pytest.mark.parametrize("measure", EDITION.study.headline)
def test_a_finding_rests_on_results_of_its_measure_and_shows_no_other_number(measure: str) -> None:
    one = FOUND[measure]
    own = RESULTS.loc[list(one.ids)]
    assert {f"{source}.{name}" for source, name in zip(own["source"], own["measure"], strict=True)} <= {
        measure
    }
    assert set(re.findall(r'data-id="([^"]+)"', str(one.html))) <= set(one.ids)
    assert {claim.id for claim in one.claims if claim.id} <= set(one.ids)
    named = r'<data.*?</data>|<span class="(year|label)">.*?</span>|<a .*?</a>|<[^>]+>'
    assert not re.search(r"\d", unescape(re.sub(named, "", str(one.html))))


@pytest.mark.parametrize(
    ("measure", "directions"),
    [
        ("member_survey.trust", ["stated", "higher", "no clear change"]),
        ("member_survey.donating", ["stated", "no clear change"]),
        ("member_survey.belonging", ["stated", "not comparable"]),
        ("network_survey.advice", ["stated", "not tested"]),
        ("member_survey.absent", ["not collected"]),
    ],
)
def test_the_words_are_made_from_claims(measure: str, directions: list[str]) -> None:
    assert [claim.direction for claim in FOUND[measure].claims] == directions


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "n = 9"),
        ({"n": 1}, "n = 1"),
        ({"unit": "organisations"}, "n = 9 organisations"),
        ({"unit": "organisations", "n": 1}, "n = 1 organisation"),
        ({"unit": "dyads", "n": 1}, "n = 1 pair"),
        ({"n": None}, ""),
        ({"n": 1200, "unit": "events"}, "n = 1,200 events"),
    ],
)
def test_n_agrees_with_what_is_counted(values: dict[str, Any], said: str) -> None:
    assert text_of(rests_on(record(**values))).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    "name", ["people", "organisations", "dyads", "ties", "interviews", "answers", "rows"]
)
def test_every_unit_has_a_singular(name: str) -> None:
    assert unit(name, 1) != name and unit(name, 2) == name


@pytest.mark.parametrize(
    ("values", "part", "said"),
    [
        ({"estimate": 0.25}, "estimate", "0.25"),
        ({"p": 0.0316}, "p", "= .032"),
        ({"p": 0.04999}, "p", "< .050"),
        ({"p": 0.05}, "p", "= .050"),
        ({"p": 0.00001}, "p", "< .001"),
        ({"estimate": None, "status": "undefined", "note": "no variation."}, "estimate",
         "not defined (no variation)"),
        ({}, "interval", "\u2013"),
    ],
)  # fmt: skip
def test_one_part_of_a_result_inside_a_sentence(values: dict[str, Any], part: str, said: str) -> None:
    assert str(inserted(record(**values), part).striptags()).replace("\xa0", " ").replace("&lt;", "<") == said


def test_points_of_a_share_are_percentage_points_and_agree_with_their_number() -> None:
    one = record(statistic="difference", estimate=0.01) | {"kind": "points"}
    two = one | {"estimate": -0.02}
    assert [str(inserted(row).striptags()) for row in (one, two)] == [
        "+1 percentage point",
        "\u22122 percentage points",
    ]


def test_words_of_the_study_are_escaped_in_html_and_in_markdown() -> None:
    hostile = Label("<b>{{ x }}</b> [a](b) *c* # d\ne")
    assert str(wording.html([hostile])) == (
        '<span class="label">&lt;b&gt;{{ x }}&lt;/b&gt; [a](b) *c* # d\ne</span>'
    )
    assert wording.markdown([hostile]) == (
        "&lt;b\\>\\{\\{ x \\}\\}&lt;/b\\> \\[a\\](b) \\*c\\* \\# d e"
    )  # fmt: skip
    assert wording.markdown(["1. a"]) == "1\\. a"
    assert wording.markdown([Number(record(), "n", strong=True)]) == "**{{ 2025.s.scales.m.mean | n }}**"


def linkage(statistic: str, estimate: float, category: str = "") -> Row:
    return Row(year=2025, source="survey", analysis="panel", measure="linkage", statistic=statistic, n=9,
               estimate=estimate, category=category, unit="people", method="m")  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((80, 95, 35), ("of 80 linked members who", "Of 95 linked members who", "35 are newcomers.")),
        ((1, 1, 1), ("of 1 linked member who", "Of 1 linked member who", "1 is a newcomer.")),
    ],
)
def test_the_panels_sentence_agrees_with_its_numbers(counts: tuple[int, ...], said: tuple[str, ...]) -> None:
    before, now, new = counts
    counted = {"wave before": before, "": now, "newcomers": new}
    rows = [linkage("count", count, category) for category, count in counted.items()]
    rows.append(linkage("retention", 0.75, "stayed"))
    (one,) = sentences.panel_findings(publishable(rows=rows))
    text = " ".join(re.sub(r"<[^>]+>", "", str(one.html)).split())
    assert all(words in text for words in said)
