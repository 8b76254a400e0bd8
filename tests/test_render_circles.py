"""Circle pages and their index: what stands on them, what does not, and that one page needs no other."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from fake_circles import (
    QUESTIONS,
    SOURCE,
    edition,
    item,
    many,
    meeting,
    network,
    response,
    small_network,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.disclose.circles.bands import WORDS, band_of
from ksn_research.errors import DisclosureError, EditionError, PlanError
from ksn_research.executors import Crew
from ksn_research.plan.suggestions import RULES, load_suggestions
from ksn_research.render import circle_index, circle_pages, circle_strips, circle_suggestions, circle_words
from ksn_research.render.circle_data import PageInput, files_of, pages_of

SMALL = small_network()


def text(html: str) -> str:
    """What is read, without style, script and elements."""
    bare = re.sub(r"<(style|script).*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


def page(circle: str = "C1", **rows: list[dict[str, Any]]) -> str:
    return text(circle_pages.circle_page(edition(**rows), circle))


def part(html: str, heading: str) -> str:
    """The text from one heading of second order to the next."""
    return text(re.split(r"<h2>", html.split(f"<h2>{heading}</h2>", 1)[1])[0])


# --- questions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "Few : 0 to 3 of 8"), (3, "Few : 0 to 3 of 8"), (4, "About half : 4 of 8"),
     (5, "Most : 5 to 7 of 8"), (8, "Nearly all : 8 of 8")],
)  # fmt: skip
def test_a_question_has_its_word_and_the_counts_it_stands_for(count: int, said: str) -> None:
    shown = page(items=[item("C1", "safe", count)], response=[response("C1", 8)])
    assert f"{said} answers were \u201cAgree\u201d or \u201cStrongly agree\u201d." in shown


def test_eight_varied_answers_show_items() -> None:
    items = [item("C1", name, count) for name, count in (("safe", 6), ("heard", 4), ("pace", 7))]
    shown = page(items=items, response=[response("C1", 8)])
    assert shown.count("of 8 answers were") == 3


def test_every_card_has_the_response_and_its_n() -> None:
    html = circle_pages.circle_page(SMALL, "C01")
    cards = re.findall(r'<article class="item.*?</article>', html, re.DOTALL)
    assert len(cards) == len(QUESTIONS) + 1
    for card in cards:
        assert re.search(r"of 11 answers|11 answers;", card) and "11 of 13 people (most)" in card


@pytest.mark.parametrize(
    ("n", "of", "words"),
    [(12, 12, "12 of 12 people (all)"), (5, 12, "5 of 12 people (about half)"), (4, 12, "fewer than half"),
     (8, None, "Answered by 8 people."), (9, 8, "Answered by 9 people of the circle")],
)  # fmt: skip
def test_response_in_words(n: int, of: int | None, words: str) -> None:
    assert words in page(response=[response("C1", n, of)], items=[item("C1", "safe", 4)])


def test_no_average_no_decimal_and_no_score_is_on_a_page() -> None:
    for circle in pages_of(SMALL).pages:
        shown = text(circle_pages.circle_page(SMALL, circle))
        assert not re.search(r"\d[.,]\d|%|promoter|\bp =|points", shown)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        pytest.param("few", "most", "Higher than in 2024 (\u201cfew\u201d).", id="up"),
        pytest.param("nearly all", "most", "Lower than in 2024 (\u201cnearly all\u201d).", id="down"),
        pytest.param("most", "most", "As in 2024.", id="same"),
        pytest.param("about half or fewer", "about half", "which may be the same", id="a word within a word"),
        pytest.param("most or all", "nearly all", "which may be the same", id="at the top"),
    ],
)
def test_last_time_beside_this_time(before: str, now: str, said: str) -> None:
    asked = item("C1", "safe", 4, band=now, before=before, before_wave="2024")
    assert said in page(items=[asked])


def test_what_cannot_be_compared_says_why() -> None:
    remark = "question reworded in 2025"
    asked = item("C1", "safe", 7, before="few", before_wave="2024", remark=remark)
    shown = page(items=[asked])
    assert remark in shown.lower() and "Higher than" not in shown


@given(st.sampled_from(sorted(WORDS)), st.sampled_from(sorted(WORDS)))
def test_comparing_words_the_other_way_round_turns_the_answer(one: str, other: str) -> None:
    opposite = {"higher": "lower", "lower": "higher"}
    there, back = circle_words.compared(one, other), circle_words.compared(other, one)
    assert back == opposite.get(there, there)


@given(st.integers(5, 60), st.integers(5, 60), st.floats(0, 1), st.floats(0, 1))
def test_a_word_is_called_higher_only_where_the_share_is(n: int, m: int, one: float, other: float) -> None:
    counts = round(one * n), round(other * m)
    words = [band.word for c, k in zip(counts, (n, m), strict=True) if (band := band_of(c, k))]
    if len(words) == 2 and circle_words.compared(*words) == "higher":
        assert counts[0] / n > counts[1] / m


def test_every_word_of_disclosure_has_its_place_in_the_pictures() -> None:
    assert set(circle_words.SPANS) == set(WORDS)


def test_scales_stand_before_their_questions_and_other_questions_after_them() -> None:
    shown = text(circle_pages.circle_page(SMALL, "C01").split("<h2>What people answered</h2>")[1])
    order = [shown.index(words) for words in ("Trust and safety", QUESTIONS["safe"], "Other questions",
                                              QUESTIONS["useful"])]  # fmt: skip
    assert order == sorted(order)


def test_a_long_questionnaire_is_folded_but_printed() -> None:
    items = [item("C1", f"q{i:02}", 5, order=i) for i in range(14)]
    html = circle_pages.circle_page(edition(items=items), "C1")
    folded = re.search(r"<details><summary>14 questions</summary>.*?</details>", html, re.DOTALL)
    assert folded and folded.group().count("<article") == 14
    assert "beforeprint" in html and "::details-content" in html


# --- the network and small circles ---------------------------------------------------------------------


@pytest.mark.parametrize(("circles", "drawn"), [(2, False), (3, True)])
def test_a_picture_of_too_few_circles_is_not_drawn(circles: int, drawn: bool) -> None:
    html = circle_pages.circle_page(
        edition(items=[item("C1", "safe", 5)], network=network("safe", most=circles)), "C1"
    )
    assert ('class="strip"' in html) is drawn


def test_the_picture_says_in_words_what_it_shows() -> None:
    drawn = circle_strips.strip({"few": 1, "most": 4}, "most", ("few", "about half", "most"))
    assert 'aria-label="Circles of the network: few: 1, about half: 0, most: 4. This circle: most."' in drawn
    assert drawn.count('class="ours"') == 1


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ({"few": 1, "most": 2}, ("few", "about half", "most", "nearly all")),
        ({"about half or fewer": 3, "most": 2}, ("about half or fewer", "most", "nearly all")),
        (
            {"about half or fewer": 3, "few": 2},
            ("few", "about half or fewer", "about half", "most", "nearly all"),
        ),
    ],
)
def test_pictures_of_one_questionnaire_have_the_same_columns(used: dict[str, int], words: tuple) -> None:
    assert circle_strips.columns_of([used], []) == words


def test_a_small_circle_sees_small_circles_together_and_why() -> None:
    html = circle_pages.circle_page(SMALL, "C04")
    shown = text(html)
    assert "own answers are not shown: fewer than 5 people answered." in shown
    assert "Most in 4 small circles together (14 answers)." in shown
    assert not re.search(r"of \d+ answers were", shown) and "This circle:" not in html
    assert "8 questions, fewer than 5 answers" in part(html, "What is not shown, and why")


def test_pools_of_an_earlier_wave_do_not_stand_on_this_years_page() -> None:
    old = {"circle": "C1", **SOURCE, "year": 2024, "measure": "gone", "band": "few", "n": 12, "circles": 3}
    shown = page(response=[response("C1", 8)], items=[item("C1", "safe", 5)], pooled=[old])
    assert "small circles" not in shown and "Gone" not in shown


def test_without_anything_to_show_the_page_says_so() -> None:
    shown = page(response=[response("C1", None)], items=[item("C1", "safe", None)])
    assert "Nothing of this questionnaire can be shown: fewer than 5 people answered." in shown


def test_the_page_of_one_circle_names_no_other_and_no_facilitator() -> None:
    html = circle_pages.circle_page(SMALL, "C02")
    assert "Rural &lt;b&gt;mentors&lt;/b&gt;" in html
    for other in ("First Hour", "North Shore", "C01", "C03", "P01", "P02"):
        assert other not in html


# --- people's words ------------------------------------------------------------------------------------


def test_themes_comments_and_notes() -> None:
    html = circle_pages.circle_page(SMALL, "C01")
    wrote = part(html, "What people wrote")
    assert "7 people commented" in wrote and "Time: 5" in wrote and "Openness: 3 or more" in wrote
    assert wrote.index("I learned to ask") < wrote.index("More time for each question")
    assert "12 May 2025 We talked long about time." in part(html, "Your notes")


def test_without_comments_the_page_says_what_it_would_take() -> None:
    html = circle_pages.circle_page(SMALL, "C02")
    assert "at least 5 people of the circle" in part(html, "What people wrote")
    assert "Your notes" not in html


def test_comments_of_an_earlier_wave_are_not_this_years() -> None:
    old = {"circle": "C1", **SOURCE, "year": 2024, "text": "Last year's words."}
    assert "Last year's words" not in page(response=[response("C1", 8)], comments=[old])


def test_a_theme_is_not_given_the_wording_of_a_question_of_the_same_name() -> None:
    assert QUESTIONS["time"] not in part(circle_pages.circle_page(SMALL, "C01"), "What people wrote")


@pytest.mark.parametrize(
    ("came", "said"),
    [
        ([5, 9, 7], "5 to 9 of 12 people came to each"),
        ([6, 6], "6 of 12 people came"),
        ([None, 6], "6 of 12"),
    ],
)
def test_attendance_in_words(came: list[int | None], said: str) -> None:
    sessions = [meeting("C1", month, n) for month, n in enumerate(came, start=1)]
    head = {"circle": "C1", "name": "One", "year": 2025, "members": 12, "sessions": 3}
    assert said in page(sessions=sessions, circles=[head])


# --- suggestions ---------------------------------------------------------------------------------------


def suggested(**rows: list[dict[str, Any]]) -> list[circle_suggestions.Suggestion]:
    return circle_pages.context(pages_of(edition(**rows)).pages["C1"])["suggestions"]


def meetings(*came: int) -> list[dict[str, Any]]:
    return [meeting("C1", month, n) for month, n in enumerate(came, start=1)]


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        pytest.param({"response": [response("C1", 5)]}, "5 of 12 people (about half) answered", id="rate"),
        pytest.param({"items": [item("C1", "safe", 4, before="most", before_wave="2024")]},
                     "it was \u201cmost\u201d in 2024 and is \u201cabout half\u201d now.", id="fell"),
        pytest.param({"items": [item("C1", "safe", 2)], "network": network("safe", few=1, most=4)},
                     "in the middle circle of the network it is \u201cmost\u201d", id="below the middle"),
        pytest.param({"sessions": meetings(11, 11, 8, 8)},
                     "about 11 of 12 came to each of the first sessions, about 8 of 12", id="falls"),
        pytest.param({"items": [item("C1", "safe", 2)]}, "the word here is \u201cfew\u201d.", id="low"),
        pytest.param({"items": [item("C1", "safe", 5)]}, "the word here is \u201cmost\u201d.", id="well"),
        pytest.param({"sessions": meetings(9, 9, 9, 9)}, "about 9 of 12 to each of the last", id="it holds"),
    ],
)  # fmt: skip
def test_each_suggestion_says_on_what_it_rests(rows: dict[str, list], because: str) -> None:
    assert any(because in one.because for one in suggested(**rows))


@pytest.mark.parametrize("came", [(11, 11, 9, 9), (11, 11, 8), (3, 3, 3, 3)])
def test_attendance_that_hardly_falls_or_was_seldom_recorded_or_is_low_is_neither(came: tuple) -> None:
    assert not any("sessions" in one.because for one in suggested(sessions=meetings(*came)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(sorted(QUESTIONS)), st.integers(0, 8)), max_size=8),
       st.lists(st.integers(0, 12), max_size=8), st.integers(0, 12))  # fmt: skip
def test_two_or_three_suggestions_each_about_another_question(
    asked: list[tuple[str, int]], came: list[int], n: int
) -> None:
    items = [
        item("C1", name, count, before="most", before_wave="2024") for name, count in dict(asked).items()
    ]
    made = suggested(items=items, sessions=meetings(*came), response=[response("C1", n or None)])
    anchors = [one.anchor for one in made if one.anchor]
    assert 2 <= len(made) <= 3
    assert len(set(anchors)) == len(anchors) and [one.keep for one in made[:-1]].count(True) == 0


def test_rules_on_the_page_are_the_rules_of_the_file() -> None:
    rules = circle_suggestions.rules_of(RULES.read_text(encoding="utf-8"))
    said = circle_suggestions.stated(rules)
    assert len(said) == len(rules.rules) - 2 and all(
        words in page(items=[item("C1", "safe", 8)]) for words in said
    )


def test_a_study_gives_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "circle_suggestions.toml").write_text('[low]\ndo = "Speak of {label}."\n')
    base = edition(items=[item("C1", "safe", 2)])
    own = replace(base, labels={**base.labels, **load_suggestions(tmp_path)})
    assert "Speak of Safe. Because the word here" in text(circle_pages.circle_page(own, "C1"))
    assert load_suggestions(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ('[lwo]\ndo = "x"', "no rule `lwo`"),
        ('[low]\nwhy = "x"', "unknown key `why`"),
        ('[low]\ndo = "{name}"', "unknown word {name}"),
        ('[low]\ndo = "{label"', "brace that is not closed"),
        ("[low]\ndo = 3", "do"),
    ],
)
def test_own_words_that_cannot_stand_are_refused(told: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "circle_suggestions.toml").write_text(told)
    with pytest.raises(PlanError, match=re.escape(problem)):
        load_suggestions(tmp_path)


# --- how to read ---------------------------------------------------------------------------------------


def test_the_table_says_what_every_word_stands_for_among_this_circles_answers() -> None:
    said = part(
        circle_pages.circle_page(edition(items=[item("C1", "safe", 6)]), "C1"), "How to read this page"
    )
    assert "8 few: 0 to 3; about half: 4; most: 5 to 7; nearly all: 8" in said


def test_a_question_with_one_favourable_answer_has_a_line_of_its_own() -> None:
    found = band_of(6, 8, single=True)
    assert found is not None
    yes = item("C1", "again", 6, band=found.word, low=found.low, high=found.high, label_positive="Yes")
    html = circle_pages.circle_page(edition(items=[item("C1", "safe", 6), yes]), "C1")
    assert "8, one favourable answer only few: 0 to 3; about half: 4; most or all: 5 to 8" in part(
        html, "How to read this page"
    )
    assert "5 to 8 of 8 answers were \u201cYes\u201d." in text(html)


# --- files, index, executors ---------------------------------------------------------------------------


@given(st.lists(st.text(max_size=12), unique=True, max_size=12))
def test_files_never_collide(circles: list[str]) -> None:
    files = files_of(circles)
    assert len(set(files.values())) == len(circles) and "index.html" not in files.values()
    assert all(re.fullmatch(r"[^/\\]+\.html", name) for name in files.values())


def test_circles_that_differ_in_signs_only_have_pages_of_their_own() -> None:
    made = pages_of(edition(items=[item("A b", "safe", 5), item("a_b", "safe", 5)]))
    assert {page.file for page in made.pages.values()} == {"a_b.html", "a_b_2.html"}


def test_what_has_not_passed_disclosure_is_refused() -> None:
    for make in (circle_pages.show_circle, circle_index.circle_index, pages_of):
        with pytest.raises(DisclosureError):
            make(SMALL.reviews)  # type: ignore[operator]


def test_an_unknown_circle_is_said_in_a_sentence() -> None:
    with pytest.raises(EditionError, match="no page for this circle"):
        circle_pages.circle_page(SMALL, "C99")


def test_an_edition_without_circles() -> None:
    empty = edition()
    assert "no learning circles" in circle_index.circle_index(empty)
    assert "no learning circles" in circle_pages.show_circle(empty).html


def test_a_notebook_shows_the_same_content_as_the_page() -> None:
    assert text(circle_pages.show_circle(SMALL, "C01").html).strip() in text(
        circle_pages.circle_page(SMALL, "C01")
    )
    assert circle_pages.show_circle(SMALL).circle == "C06"


class Backwards(Executor):
    """Begins the last that it was given first."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        self.waiting.append((future, fn, args))
        if len(self.waiting) == len(pages_of(SMALL).pages):
            for made, call, given in reversed(self.waiting):
                made.set_result(call(*given))
        return future


@pytest.mark.parametrize(
    "executor",
    [
        pytest.param(lambda: ThreadPoolExecutor(3), id="threads"),
        pytest.param(lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")), id="processes"),
        pytest.param(Backwards, id="backwards"),
    ],
)
def test_pages_come_in_the_same_order_whoever_makes_them(
    executor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = list(pages_of(SMALL).pages.values())
    alone = list(circle_pages.render_pages(inputs))
    monkeypatch.setattr(circle_pages, "BATCH", 1)
    with executor() as pool:
        assert list(circle_pages.render_pages(inputs, Crew(3, pool))) == alone
    assert [file for file, _ in alone] == [given.file for given in inputs]


def broken() -> list[PageInput]:
    """The small network with one page that cannot be made: it holds an answer where a number belongs."""
    inputs = list(pages_of(SMALL).pages.values())
    bad = {**inputs[2].items[0], "order": "my own words"}
    inputs[2] = replace(inputs[2], items=(bad, *inputs[2].items))
    return inputs


@pytest.mark.parametrize("workers", [None, 2])
def test_one_page_that_fails_stops_no_other_and_repeats_no_answer(workers: int | None) -> None:
    if workers is None:
        made = list(circle_pages.render_pages(broken()))
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            made = list(circle_pages.render_pages(broken(), Crew(workers, pool)))
    failed = [one for _, one in made if not isinstance(one, str)]
    assert len(made) == 9 and len(failed) == 1 and "own words" not in str(failed[0])
    assert re.fullmatch(r"TypeError in circle_items\.py, line \d+", str(failed[0]))


def test_a_pages_input_holds_no_other_circle() -> None:
    large, small = (pages_of(many(circles)).pages["K00001"] for circles in (40, 4))
    assert b"K00002" not in pickle.dumps(large)
    assert len(pickle.dumps(large)) == pytest.approx(len(pickle.dumps(small)), rel=0.2)


def test_the_index_lists_every_circle_with_its_page_in_the_order_of_names() -> None:
    html = circle_index.circle_index(SMALL)
    linked = re.findall(r'<th scope="row"><a href="([a-z0-9_]+\.html)">', html)
    assert linked == [given.file for given in pages_of(SMALL).pages.values()]
    names = [given.head["name"] for given in pages_of(SMALL).pages.values()]
    assert names.index("\u00c9lan & Co") == names.index("Circle of the First Hour") + 1


def test_the_index_groups_the_circles_of_one_facilitator() -> None:
    said = part(circle_index.circle_index(SMALL), "Facilitators of several circles")
    assert "P01: Circle of the First Hour , Rural &lt;b&gt;mentors&lt;/b&gt; , Small circle" in said
    assert "P02" not in said


def test_the_index_names_the_page_that_could_not_be_made_and_does_not_link_it() -> None:
    html = circle_index.circle_index(SMALL, {"c03.html": circle_pages.PageError("KeyError in x.py, line 3")})
    assert "1 page could not be made: North Shore (KeyError in x.py, line 3)" in text(html)
    assert "North Shore (no page)" in text(html) and '<th scope="row"><a href="c03.html"' not in html


def test_the_index_of_events_without_a_roster_has_no_empty_columns() -> None:
    html = circle_index.circle_index(edition(response=[response(f"E{i}", 20 + i, None) for i in range(3)]))
    head = re.findall(r"<button[^>]*>(.*?)</button>", html)
    assert head == ["Circle", "Answered"]


def test_no_page_asks_anything_of_the_net_and_all_are_small() -> None:
    made = [page for _, page in circle_pages.render_pages(pages_of(many(3, items=60)).pages.values())]
    large = many(500, items=1)
    for html in (*map(str, made), circle_index.circle_index(large), circle_pages.circle_page(SMALL, "C01")):
        assert not re.search(r"https?://|src=|@import|url\(", html) and len(html.encode()) < 300_000


def test_a_page_is_made_of_plain_values() -> None:
    given = pages_of(SMALL).pages["C01"]
    values = {type(value) for part in ("items", "response", "sessions", "pooled", "themes", "comments")
              for row in getattr(given, part) for value in row.values()}  # fmt: skip
    assert values <= {str, int, bool, dict, tuple, datetime, type(None)}


def test_the_circles_own_answers_stand_before_what_is_only_pooled() -> None:
    checks = {"source": "a_checks", "year": 2025, "wave": ""}
    html = circle_pages.circle_page(
        edition(
            response=[response("C1", 8), {**response("C1", None), **checks}],
            items=[item("C1", "safe", 5), item("C1", "heard", 5)],
            pooled=[{"circle": "C1", **checks, "measure": "energy", "band": "most", "n": 14, "circles": 4}],
        ),
        "C1",
    )
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["Circle feedback 2025", "A checks 2025"]
    assert "Keep ten minutes" not in html  # the questionnaire that all of the circle were asked went well
