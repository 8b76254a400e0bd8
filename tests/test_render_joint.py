"""The joint display on the page: verdicts by rule, every number with its result, nothing that is hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_joint import DECLARED, PLANTED, TYPES, WRITTEN, published, study

from ksn_research.audited import equal, numbers
from ksn_research.errors import DisclosureError
from ksn_research.render.joint_display import CARE, as_html, joint_displays
from ksn_research.render.joint_lines import VERDICTS, displays, verdict
from ksn_research.render.pages import show_section
from ksn_research.render.view import View, view

SWAPPED = {"agree": "contradict", "contradict": "agree"}
WAYS = st.sampled_from([None, -1, 0, 1])


def seen(options: dict[str, Any] | None = None, said: dict[str, tuple[int, int]] | None = None) -> View:
    return view(published(study(options or {}, said)))


def verdicts(edition: View) -> dict[str, str]:
    """By level, the verdict's class on the page."""
    html = str(joint_displays(edition)[0])
    level, found = r'<th scope="row"[^>]*><span class="label">(.*?)</span>', r'class="verdict (\w+)"'
    return dict(re.findall(f"{level}.*?{found}", html, re.DOTALL))


@pytest.mark.parametrize(
    ("said", "scored", "found"),
    [
        (1, 1, "agree"),
        (-1, -1, "agree"),
        (1, -1, "contradict"),
        (1, 0, "complement"),
        (0, -1, "complement"),
        (0, 0, "neither"),
        (None, 1, "unsaid"),
        (0, None, "unsaid"),
    ],
)
def test_the_rule(said: int | None, scored: int | None, found: str) -> None:
    assert verdict(said, scored) == found


@given(WAYS, WAYS)
def test_what_was_expected_swaps_agree_and_contradict_and_nothing_else(
    said: int | None, scored: int | None
) -> None:
    same, opposite = verdict(said, scored), verdict(said, scored, "opposite")
    assert opposite == SWAPPED.get(same, same)
    assert verdict(scored, said) == same  # neither strand goes before the other


def test_the_planted_verdicts_stand_on_the_page() -> None:
    assert verdicts(seen()) == PLANTED


def test_a_complaint_is_read_the_other_way_round() -> None:
    assert verdicts(seen({"expects": "opposite"})) == {t: SWAPPED.get(v, v) for t, v in PLANTED.items()}


def test_a_position_is_held_against_what_is_said_and_takes_no_part_in_the_verdict() -> None:
    edition = seen({"position": "net.advice.in_degree_share"})
    assert verdicts(edition) == PLANTED
    html = str(joint_displays(edition)[0])
    assert html.count("with what is said:") == len(TYPES) and "Advice, named by" in html


def test_every_number_carries_its_result_and_is_that_of_the_results() -> None:
    edition = seen({"position": "net.advice.in_degree_share"})
    html = str(joint_displays(edition)[0])
    read = numbers(html)
    assert not re.search(r"\d", read.left), read.left
    rows = edition.publishable.results.set_index("id")
    assert len(read.ids) > 40
    assert all(equal(float(value), rows.loc[result, part]) for result, part, value in read.ids)


def test_a_hidden_strand_has_no_verdict_no_drawing_and_a_reason() -> None:
    small = {**{WRITTEN[kind]: (10, 20) for kind in TYPES[1:]}, "company": (2, 20)}
    edition = seen({}, small)
    found = verdicts(edition)
    assert found["Company"] == "unsaid" and list(found.values()).count("unsaid") == 2
    line = next(line for line in displays(edition)[0].lines if line.level == "Company")
    assert line.strands["theme"].direction is None and "fewer than" in line.strands["theme"].reason
    row = re.search(r">Company</span></th>(.*?)</tr>", str(joint_displays(edition)[0]), re.DOTALL)
    assert row and row[1].count("<svg") == 1 and "fewer than 5 people or 3 organisations" in row[1]


def test_a_group_that_was_not_interviewed_says_so() -> None:
    found = verdicts(seen({}, {"company": (6, 30), "public": (24, 30)}))
    assert found == {
        "Company": "agree",
        "Nonprofit": "unsaid",
        "Public": "contradict",
        "University": "unsaid",
    }


def test_without_any_interviews_of_these_groups_the_reason_stands_once_a_line() -> None:
    html = str(joint_displays(seen({"theme": "interviews.hope"}))[0])
    assert html.count("Cannot be said") == len(TYPES) and "no interview holds this code" in html


def test_the_page_names_the_rule_and_no_cause() -> None:
    html = show_section(published(study({})), "mixed")._repr_html_()
    assert "where more is said, the score is higher" in html and CARE.split(".")[0] in html
    words = re.sub(r"<[^>]*>", " ", html).lower()
    assert not re.search(r"\b(because|causes?|caused|leads? to|effect|impact|due to|proves?)\b", words)
    lower = show_section(published(study({"expects": "opposite"})), "mixed")._repr_html_()
    assert "where more is said, the score is lower" in lower


def test_the_page_can_be_read_without_seeing_or_colour() -> None:
    html = str(joint_displays(seen())[0])
    assert (
        html.count("<svg")
        == html.count('role="img" aria-label="difference from the others:')
        == 2 * len(TYPES)
    )
    assert all(f"</span> {word}</strong>" in html for word in (VERDICTS[v][1] for v in PLANTED.values()))
    assert html.count('role="rowheader"') == len(TYPES) and 'tabindex="0"' in html
    assert "<script" not in html and "http" not in html


def test_drawings_of_one_column_have_one_scale_and_stay_inside() -> None:
    html = str(as_html(seen(), displays(seen())[0]))
    ends = [float(x) for x in re.findall(r'<(?:line|circle)[^>]*?(?:x1|cx)="([\d.]+)"', html)]
    assert ends and all(0 <= x <= 132 for x in ends)


def test_words_of_the_study_are_escaped() -> None:
    made = published(study({"theme": "interviews.trust"}))
    labels = {**made.labels, "analyses.trust_talk": "<script>x</script>", "safety": "<b>Safety</b>"}
    html = show_section(replace(made, labels=labels), "mixed")._repr_html_()
    assert "<script>" not in html and "<b>" not in html and "&lt;b&gt;Safety" in html


def test_a_study_without_a_declared_display_says_not_collected() -> None:
    made = study({})
    bare = replace(made, study=replace(made.study, analyses={}))
    assert "Not collected" in show_section(published(bare), "mixed")._repr_html_()


def test_nothing_but_a_publishable_is_shown() -> None:
    with pytest.raises(DisclosureError):
        show_section(DECLARED, "mixed")


def test_no_respondents_words_stand_on_the_page() -> None:
    assert "SECRET" not in show_section(published(study({})), "mixed")._repr_html_()
