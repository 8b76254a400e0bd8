"""Attacks on circle pages: the facilitator, one or two members with their own answers, and everything public
try to find out what another member answered. The attack itself is tested on planted leaks first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, islice, product

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.circles import circle_tables
from ksn_research.analyse.survey.section import analyse_surveys
from ksn_research.disclose import StudyInfo, publish
from ksn_research.disclose.circles import CircleReviews, Said, bands, to_remember
from ksn_research.disclose.circles.bands import Band, band_of
from ksn_research.disclose.circles.themes import counted
from ksn_research.intake import prepare
from ksn_research.plan import load_study
from ksn_research.prepared import Prepared
from ksn_research.report import DATA, load_publishable
from ksn_research.results import collect
from tests.attack_on_circles import Attack, Leak
from tests.circle_facts import SILENT, Asked, Fact, margins, published, questions, said, words
from tests.conftest import REPOSITORY
from tests.demo_edition import demo_edition
from tests.test_circle_reviews import beside, frame, item, reviewed, tables

FIVE = ("1", "2", "3", "4", "5")
Known = tuple[Prepared, CircleReviews, pd.DataFrame]


# -- the demo study and the field trial ----------------------------------------------------------------------


def surveys(study: str, year: int, *without: str) -> Prepared:
    """A study's surveys, with those who are asked."""
    whole = load_study(REPOSITORY / "surveys" / study)
    kinds = ("organisations", "people", "circles", "survey")
    sources = {name: one for name, one in whole.sources.items() if one.kind in kinds and name not in without}
    return prepare(replace(whole, sources=sources), year)


def known(study: str, year: int, *without: str) -> Known:
    """A study's surveys, the pages of its circles, and its public results about surveys."""
    prepared = surveys(study, year, *without)
    whole = prepared.study
    evidence = collect(analyse_surveys(prepared), circle_tables(prepared))
    info = StudyInfo(study, study, "", year, (), whole.people, whole.organisations)
    empty = pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"])
    shown = publish(evidence, info, labels={}, waves=pd.DataFrame(), findings=empty, earlier=pd.DataFrame())
    return prepared, shown.reviews, shown.results


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The demo study's surveys and its edition, whose public results are all the public's."""
    shown = load_publishable(str(demo_edition(tmp_path_factory, 2025) / DATA))
    return surveys("demo", 2025), shown.reviews, shown.results


@pytest.fixture(scope="module")
def trial(shared: object) -> Known:
    os.environ.setdefault("KSN_SHARED", str(shared))
    return known("field-trial", 2021, "practice_survey")


def attacked(found: Known, *, silent_too: bool = False) -> Iterator[tuple[int, Leak]]:
    """Whoever is pinned by the pages, and not already by what is public, of all circles and questions."""
    prepared, reviews, results = found
    for one, asked in questions(prepared):
        told, public = words(asked, reviews), published(asked, one, results)
        assert all(fact.holds(asked.counts) for fact in (*told, *public)), asked.measure
        aimed = np.array([option != SILENT for option in asked.options]) if silent_too else asked.opinion
        with_pages, without = Attack(asked, told, public, aimed), Attack(asked, [], public, aimed)
        for circle in asked.circles:
            leaks = list(with_pages.leaks(circle))
            already = set(without.leaks(circle)) if leaks else set()
            yield from ((asked.year, leak) for leak in leaks if leak not in already)


def test_no_page_of_the_demo_pins_an_opinion(demo: Known) -> None:
    assert list(attacked(demo)) == []


def test_no_page_of_the_field_trial_pins_an_opinion(trial: Known) -> None:
    assert list(attacked(trial)) == []


@pytest.mark.soak
def test_no_page_of_the_demo_pins_a_dont_know(demo: Known) -> None:
    assert list(attacked(demo, silent_too=True)) == []


def test_a_scale_says_no_more_than_its_items(demo: Known) -> None:
    """Its word and its n can be worked out from what stands on the page for its items."""
    prepared, reviews, _ = demo
    key = ["circle", "source", "year", "wave"]
    items = reviews.items[reviews.items["band"] != ""]
    of = circle_tables(prepared)["circle_scales"].rename(columns={"item": "measure"})
    parts = items.drop(columns="scale").merge(of, on=["source", "year", "wave", "measure"])
    told = dict(iter(parts.groupby([*key, "scale"])))
    scales = items[items["kind"] == "scale"]
    assert len(scales) > 50
    for line in scales.itertuples(index=False):
        part = told[line.circle, line.source, line.year, line.wave, line.measure]
        assert line.band in set(part["band"])
        assert line.n == part["n"].max()


# -- planted leaks: the attack is not blind ------------------------------------------------------------------


def asked_of(options: tuple[str, ...], favourable: tuple[str, ...], *people: tuple[str, str]) -> Asked:
    """A question; for each person the circles, split by "+", and the answer."""
    sits = [(frozenset(circles.split("+")), "", "") for circles, _ in people]
    cells = tuple(sorted(set(sits), key=lambda cell: sorted(cell[0])))
    every = (*options, SILENT)
    counts = np.zeros((len(cells), len(every)), dtype=int)
    for cell, (_, answer) in zip(sits, people, strict=True):
        counts[cells.index(cell), every.index(answer)] += 1
    up, opinion = (np.array([one in named for one in every]) for named in (favourable, options))
    return Asked("feedback", 2025, "", "safe", every, up, opinion, cells, counts)


def people_of(**answers: str) -> list[tuple[str, str]]:
    return [(circle, answer) for circle, given in answers.items() for answer in given]


def word(asked: Asked, circle: str, band: Band | None) -> list[Fact]:
    assert band is not None
    seats = asked.of(circle)
    return said(asked, seats, int((seats @ asked.counts)[asked.opinion].sum()), band.low, band.high)


def leaks_of(asked: Asked, facts: list[Fact], circle: str = "A") -> list[Leak]:
    assert all(fact.holds(asked.counts) for fact in facts)
    return list(Attack(asked, facts).leaks(circle))


YES = asked_of(("y", "n"), ("y",), *people_of(A="yyyyyyyn", B="ynynynynyn"))
NO = asked_of(("y", "n"), ("y",), *people_of(A="ynnnnnnn", B="ynynynynyn"))


@pytest.mark.parametrize(
    ("asked", "leaky", "safe"),
    [
        (YES, Band("exactly seven", 7, 7), band_of(7, 8, single=True)),
        (NO, Band("0 or 1", 0, 1), band_of(1, 8, single=True)),
    ],
    ids=["an exact count", "few that covers 0 and 1 only"],
)
def test_a_word_that_says_too_much_is_found_out(asked: Asked, leaky: Band, safe: Band) -> None:
    assert leaks_of(asked, word(asked, "A", leaky))
    assert not leaks_of(asked, word(asked, "A", safe))


def test_an_answer_that_nobody_gives_is_no_hiding_place() -> None:
    asked = asked_of(FIVE, ("4", "5"), *people_of(A="44444444", B="1122334444"))
    unused = margins(asked)
    assert leaks_of(asked, [*word(asked, "A", band_of(8, 8)), *unused])
    assert not leaks_of(asked, [*word(asked, "A", band_of(8, 8, single=True)), *unused])


def test_a_circle_that_is_nearly_the_network_would_give_the_others_away() -> None:
    asked = asked_of(("y", "n"), ("y",), *people_of(A="yyynnnnn", B="yy"))
    few = band_of(3, 8, single=True)
    assert leaks_of(asked, [*word(asked, "A", few), *margins(asked)], "B")
    lines = [{"circle": "A", "n": 8, "positive": 3}, {"circle": "B", "n": 2, "positive": 2}]
    assert item(reviewed(tables(lines)))["band"] == ""


def test_an_answer_that_nobody_of_a_region_gave_is_no_hiding_place_for_one_from_there() -> None:
    """The report says that nobody of the West chose 5; all of a circle with one from there chose 4 or 5."""
    there, rest = (frozenset("A"), "West", ""), (frozenset("A"), "East", "")
    outside = (frozenset("B"), "West", ""), (frozenset("B"), "East", "")
    counts = np.array([[0, 0, 0, 1, 0, 0], [0, 0, 0, 3, 4, 0], [2, 3, 2, 3, 0, 0], [2, 2, 3, 3, 4, 0]])
    up, opinion = np.array([0, 0, 0, 1, 1, 0]) == 1, np.array([1, 1, 1, 1, 1, 0]) == 1
    asked = Asked("f", 2025, "", "safe", (*FIVE, SILENT), up, opinion, (there, rest, *outside), counts)
    zero = Fact(asked.at("region", "West"), np.array([0.0, 0, 0, 0, 1, 0]), 0, 0)
    assert leaks_of(asked, [*word(asked, "A", band_of(8, 8)), zero])
    assert not leaks_of(asked, [*word(asked, "A", band_of(8, 8, single=True)), zero])


# -- what `bands` claims, by enumeration ---------------------------------------------------------------------


def splits(total: int, options: int) -> Iterator[tuple[int, ...]]:
    """All ways in which so many people choose among some answers."""
    if options == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in splits(total - first, options - 1))


def pinned(n: int, band: Band, up: int, down: int, held: tuple[int, ...]) -> set[str]:
    """What two members know of all others from a word: the one "option" they chose, or that all are "other"
    answers. held: how many of the two chose which answer, favourable ones first."""
    own, left = sum(held[:up]), n - sum(held)
    ranges = range(max(0, band.low - own), min(left, band.high - own) + 1)
    found = set()
    if list(ranges) == [0]:
        found.add("others")
    every = ((*a, *b) for k in ranges for a in splits(k, up) for b in splits(left - k, down))
    possible = list(islice(every, 2))
    if len(possible) == 1 and np.count_nonzero(possible[0]) == 1:
        found.add("option")
    return found


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("n", range(4, 21))
def test_no_two_members_can_tell_what_all_others_answered(n: int, single: bool) -> None:
    for up, down in product([1] if single else [2, 3], [1, 2, 3]):
        for band in bands(n, single):
            for seats in (
                s for size in range(3) for s in combinations_with_replacement(range(up + down), size)
            ):
                held = tuple(seats.count(option) for option in range(up + down))
                agrees = band.low <= sum(held[:up]) + n - len(seats) and sum(held[:up]) <= band.high
                assert not agrees or not pinned(n, band, up, down, held), (band, up, down, held)


def test_the_enumeration_finds_words_that_say_too_much() -> None:
    assert pinned(8, Band("few", 0, 1), 2, 3, (1, 0, 0, 0, 0)) == {"others"}
    assert pinned(8, Band("nearly all", 7, 8), 1, 3, (0, 1, 0, 0)) == {"option"}


# -- runs again, with late answers and without withdrawn ones ------------------------------------------------


def runs(cases: Sequence[tuple[int, ...]], remember: bool) -> list[tuple[pd.Series, pd.Series]]:
    """Each case's circle as two runs show it: n answers, so many favourable; between the runs some answered,
    or withdrew where the change is negative, so many of them favourable."""
    before = [{"circle": f"{i:04}", "n": n, "positive": k} for i, (n, k, _, _) in enumerate(cases)]
    after = [{"circle": f"{i:04}", "n": n + c, "positive": k + f} for i, (n, k, c, f) in enumerate(cases)]
    first = reviewed(tables(before))
    memory = to_remember(first) if remember else Said().shown
    both = first.items, reviewed(tables(after), said=Said(memory)).items
    pages = [items.sort_values("circle").to_dict("records") for items in both]
    return list(zip(*pages, strict=True))


def moved(pages: tuple[pd.Series, pd.Series], n: int, change: int, remembered: bool) -> set[int]:
    """How many of those who came or went may have answered favourably, by both pages."""
    found = set()
    for before, of_them in product(range(n + 1), range(abs(change) + 1)):
        went = max(0, -change)
        if change < 0 and not max(0, went - (n - before)) <= of_them <= before:
            continue
        after = before + (of_them if change > 0 else -of_them)
        counts = (before, before if remembered else after)
        told = [(page, k) for page, k in zip(pages, counts, strict=True) if page["band"]]
        if all(page["low"] <= k <= page["high"] for page, k in told):
            found.add(of_them)
    return found


CHANGES = [
    (n, k, change, f)
    for n in range(5, 13)
    for k in range(n + 1)
    for change in (1, 2, 3, 4, -1, -2)
    for f in range(min(change, 0), max(change, 0) + 1)
    if max(0, -change - (n - k)) <= abs(f) and 0 <= k + f <= n + change
]


@pytest.mark.parametrize("remember", [True, False], ids=["remembered", "forgotten"])
def test_two_runs_tell_nothing_of_who_came_or_went_between(remember: bool) -> None:
    """Unless the pages are remembered, some pairs of them tell how all of these few answered."""
    pages = runs(CHANGES, remember)
    told = [
        case
        for case, both in zip(CHANGES, pages, strict=True)
        if (case[2] > 0 or both[0]["high"] < case[0]) and len(moved(both, case[0], case[2], remember)) == 1
    ]
    assert (not told) == remember, told[:3]
    if remember:
        same = [one["band"] == two["band"] and one["n"] == two["n"] for one, two in pages if two["band"]]
        assert len(same) > 500
        assert all(same)


def test_a_word_of_last_year_stands_on_this_years_page() -> None:
    """The earlier edition's page, and this year's beside the same people's answers of then: one word."""
    old = [{"circle": "A", "n": 8, "positive": 4, "year": 2024}, *beside(year=2024)]
    first = reviewed(tables(old))
    late = [{"circle": "A", "n": 9, "positive": 4, "year": 2024}, *beside(year=2024)]
    new = [{"circle": "A", "n": 8, "positive": 6}, *beside()]
    page = reviewed(tables([*late, *new]), said=Said(to_remember(first)))
    assert item(page)["before"] == item(first, year=2024)["band"] == "about half"
    assert item(page, year=2024)["n"] == 8


def test_a_circle_that_leaves_the_pool_is_not_given_away_by_it() -> None:
    """Circles of 4, 4, 3 and 4 answers, few of the 15 favourable; then one more answers in the last of them,
    and about half of the other 11 are favourable: nobody of the four was."""
    small = {"A": (4, 2), "B": (4, 2), "C": (3, 1), "D": (4, 0)}
    more = {**small, "D": (5, 1)}
    first, later = (
        [{"circle": c, "n": n, "positive": k} for c, (n, k) in part.items()] for part in (small, more)
    )
    before = reviewed(tables([*first, *beside()]))
    after = reviewed(tables([*later, *beside()]), said=Said(to_remember(before)))
    words_ = [
        (int(one["n"].iloc[0]), one["band"].iloc[0]) for one in (before.pooled, after.pooled) if len(one)
    ]
    assert [n for n, _ in words_][:1] == [15]
    told = [next(b for b in bands(n) if b.word == w) for n, w in words_]
    apart = len(told) == 2 and words_[0][0] != words_[1][0]
    assert not (apart and told[0].high - told[1].low <= 0), words_


# -- 8 varied answers, neighbouring thresholds ---------------------------------------------------------------


@pytest.mark.parametrize("options_up", [1, 2], ids=["yes or no", "five points"])
@pytest.mark.parametrize("count", range(9))
def test_eight_answers_do_show_a_word(count: int, options_up: int) -> None:
    line = {"circle": "A", "n": 8, "positive": count, "options_up": options_up}
    assert item(reviewed(tables([line, *beside(options_up=options_up)])))["band"]


@pytest.mark.parametrize(
    ("people", "shown"),
    [(4, {4: "not all", 5: "about half or fewer", 6: "about half or fewer"}),
     (5, {4: "", 5: "about half or fewer", 6: "about half or fewer"}),
     (6, {4: "", 5: "", 6: "about half or fewer"})],
)  # fmt: skip
def test_each_threshold_shows_something_else(people: int, shown: dict[int, str]) -> None:
    for n, expected in shown.items():
        page = reviewed(tables([{"circle": "A", "n": n, "positive": 3}, *beside()]), people=people)
        assert item(page)["band"] == expected
        answered = page.response.set_index("circle").loc["A", "n"]
        assert pd.isna(answered) == (expected == "")


# -- circles that overlap ------------------------------------------------------------------------------------


def overlapping(seed: int) -> tuple[Asked, list[dict[str, object]]]:
    """Four circles among some thirty people, some in two; who answered what, and the analyses' lines."""
    lot = np.random.default_rng(seed)
    who = [
        frozenset(lot.choice(list("ABCD"), size=1 + (lot.random() < 0.3), replace=False)) for _ in range(30)
    ]
    who += [frozenset()] * 8
    answers = lot.choice(FIVE, size=len(who), p=lot.dirichlet([2, 2, 2, 3, 3]))
    people = [("+".join(sorted(one)), str(answer)) for one, answer in zip(who, answers, strict=True)]
    asked = asked_of(FIVE, ("4", "5"), *people)
    every = asked.counts.sum(axis=0)
    lines = []
    for circle in "ABCD":
        mine = asked.of(circle) @ asked.counts
        lines.append(
            {"circle": circle, "n": int(mine.sum()), "positive": int(mine[asked.up].sum()),
             "options_up": int((every[asked.up] >= 5).sum())}
        )  # fmt: skip
    return asked, lines


@pytest.mark.parametrize("seed", range(60 if os.environ.get("KSN_SOAK") else 20))
def test_nobody_is_pinned_by_pages_of_overlapping_circles(seed: int) -> None:
    """One who leads all four circles sees every page, and the report of the network: small cells are none."""
    asked, lines = overlapping(seed)
    led = [{"year": 2025, "circle": c, "name": c, "members": 10, "facilitators": 1, "led_by": f"f{c}"}
           for c in "ABCD"]  # fmt: skip
    reviews = reviewed(tables(lines, circle_people=led))
    told = words(asked, reviews)
    public = [fact for fact in margins(asked) if fact.low == 0 or fact.low >= 5]
    assert told
    assert [leak for circle in "ABCD" for leak in Attack(asked, told, public).leaks(circle)] == []


# -- themes of comments --------------------------------------------------------------------------------------


def shown_themes(commented: int) -> list[tuple[int, bool] | None]:
    """A theme that 0, 1, 2 ... of those who commented wrote about, as a page shows it; None where not."""
    lines = [
        {"circle": "A", "theme": f"{count:02}", "people": count, "commented": commented}
        for count in range(commented + 1)
    ]
    made = counted(frame("circle_themes", lines), 5).set_index("theme")
    return [
        (int(made["count"][name]), bool(made["more"][name])) if name in made.index else None
        for name in (str(line["theme"]) for line in lines)
    ]


@pytest.mark.parametrize("commented", range(5, 16))
def test_no_pair_can_tell_that_another_wrote_about_a_theme(commented: int) -> None:
    """One who knows two comments, or one, cannot tell of any other that they are about a theme."""
    views = shown_themes(commented)
    assert sum(view is not None for view in views) == commented - 1
    for members, count in product((1, 2), range(commented + 1)):
        for own in range(max(0, count - (commented - members)), min(members, count) + 1):
            others = commented - members
            alike = [k for k, view in enumerate(views) if view == views[count] and own <= k <= own + others]
            assert any(k - own < others for k in alike), (members, count, own)


def test_no_pair_can_tell_it_either_from_two_themes_together() -> None:
    """Five comments and two themes in all; a comment may be about neither, and counts as coded then."""
    written, views = list(product([0, 1], repeat=2)), shown_themes(5)
    found: dict[object, set[tuple[int, int]]] = {}
    for everybody in product(written, repeat=5):
        counts = [sum(one[theme] for one in everybody) for theme in (0, 1)]
        view = (tuple(views[count] for count in counts), everybody[:2])
        found.setdefault(view, set()).add(tuple(sum(one[t] for one in everybody[2:]) for t in (0, 1)))  # type: ignore[arg-type]
    known_ = [view for view, others in found.items() if any(all(o[t] == 3 for o in others) for t in (0, 1))]
    assert not known_, known_[0]
