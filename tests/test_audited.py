"""The audit of an edition's files on real editions: the demo study's and the field trial's, circle pages
included."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksn_research.audited import audit_files, equal, says
from ksn_research.audited.numbers import numbers
from ksn_research.report import DATA, load_publishable
from tests.demo_edition import demo_edition, trial_edition


@pytest.fixture(scope="module")
def trial(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trial_edition(tmp_path_factory, shared)


def test_the_files_of_the_demo_show_nothing_but_what_is_published(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    edition = demo_edition(tmp_path_factory, 2025)
    publishable = load_publishable(str(edition / DATA))
    assert audit_files(edition, publishable) == []
    assert len(list((edition / "circles").glob("c*.html"))) == 18


def test_the_files_of_the_field_trial_show_nothing_but_what_is_published(trial: Path) -> None:
    assert audit_files(trial, load_publishable(str(trial / DATA))) == []
    assert len(list((trial / "circles").glob("*.html"))) == 38


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("58\u00a0%", 0.5806, True),
        ("58", 0.5806, True),  # an end of an interval has no unit
        ("59\u00a0%", 0.5806, False),
        ("\u22120.13", -0.125, True),
        ("+0.13", -0.125, False),
        ("12,345", 12345.0, True),
        ("12,344", 12345.0, False),
        (".032", 0.0317, True),
        ("<\u00a0.001", 0.0004, True),
        ("<\u00a0.001", 0.0014, False),
        ("under 1\u00a0%", 0.004, True),
        ("over 99\u00a0%", 0.998, True),
        ("over 99\u00a0%", 0.5, False),
        ("3 of 4", 0.75, False),
        ("s", 0.75, False),
    ],
)
def test_a_printed_number_says_its_value(text: str, value: float, expected: bool) -> None:
    assert says(text, value) is expected


@pytest.mark.parametrize(
    ("shown", "published", "expected"),
    [
        (0.333333, 1 / 3, True),
        (0.33333, 1 / 3, False),
        (4.05938, 4.059375, True),
        (4.05937, 4.059375, True),  # a half may go either way
        (1e-9, 0.0, False),
        (-2.5, 2.5, False),
        (693776.0, 693777.0, False),  # by one, at six digits
    ],
)
def test_numbers_are_equal_at_six_digits(shown: float, published: float, expected: bool) -> None:
    assert equal(shown, published) is expected


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<td>3</td>", "3"),
        ('<td><data value="3" data-id="a">3</data></td>', ""),
        ('<p>in <span class="year">2025</span> 7</p>', "in  7"),
        ("<table><caption>Table 4</caption><tr><th>2025</th><td>1</td></tr></table>", "1"),
        ('<p>a <span class="label">Circle 9</span><br>b</p>', "a b"),
        ('<svg><text>5</text></svg><img src="data:image/png;base64,AAAA1111">', "5"),
        ("<style>a{width:3px}</style><p>x</p>", "x"),
    ],
)
def test_what_is_left_of_a_page_without_marked_numbers(html: str, left: str) -> None:
    assert numbers(html).left == left
