"""What circle pages may show: every rule, on tables made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.disclose.circles import Said, bands, circle_reviews, to_remember
from ksn_research.disclose.circles.bands import HIGHEST, LOWEST, WORDS, rank
from ksn_research.errors import DisclosureError
from ksn_research.prepared import blank

TYPES = {
    "circle_people": ("year", "circle", "name", "members", "facilitators", "led_by"),
    "circle_response": ("source", "year", "wave", "circle", "answered", "commented", "organisations"),
    "circle_answers": (
        "source", "year", "wave", "circle", "measure", "label_positive", "n", "positive", "options_up",
        "everyone", "organisations", "by_membership", "order", "reworded",
    ),
    "circle_scales": ("source", "year", "wave", "scale", "item"),
    "circle_sessions": ("year", "circle", "event", "date", "came", "members", "share", "n"),
    "circle_themes": ("source", "year", "wave", "circle", "theme", "people", "commented"),
}  # fmt: skip
COUNTS = {"year", "n", "positive", "options_up", "everyone", "organisations", "order", "answered",
          "commented", "members", "facilitators", "people", "came"}  # fmt: skip
USUAL = {
    "source": "feedback", "year": 2025, "wave": "", "label_positive": "Agree", "options_up": 2,
    "everyone": None, "organisations": None, "by_membership": False, "order": 1, "reworded": "",
    "measure": "safe", "commented": 0,
}  # fmt: skip


def frame(name: str, lines: list[dict[str, object]]) -> pd.DataFrame:
    made = pd.DataFrame([{**USUAL, **line} for line in lines], columns=[*TYPES[name]])
    return made.astype({c: "Int64" for c in made if c in COUNTS})


def tables(
    answers: list[dict[str, object]], *, answered: Mapping[str, int] | None = None, **others: object
) -> dict[str, pd.DataFrame]:
    """The analyses' tables; who answered is the largest n of a circle and wave where not told."""
    made = {name: frame(name, others.get(name, [])) for name in TYPES}  # type: ignore[arg-type]
    counts = frame("circle_answers", answers)
    sums = counts.groupby(["source", "year", "wave", "measure"], dropna=False)["n"].transform("sum")
    made["circle_answers"] = counts.assign(everyone=counts["everyone"].fillna(sums))
    if "circle_response" not in others:
        waves = made["circle_answers"].groupby(["source", "year", "wave", "circle"], dropna=False)["n"].max()
        lines = waves.rename("answered").reset_index().to_dict("records")
        told = [{**one, "answered": (answered or {}).get(one["circle"], one["answered"])} for one in lines]
        made["circle_response"] = frame("circle_response", told)
    return made


def beside(count: int = 3, **fields: object) -> list[dict[str, object]]:
    """Other circles of the network with ten answers each."""
    return [{"circle": f"other {i}", "n": 10, "positive": 5, **fields} for i in range(count)]


def reviewed(made: dict[str, pd.DataFrame], people: int = 5, said: Said | None = None):  # type: ignore[no-untyped-def]
    return circle_reviews(made, said or Said(), people=people, organisations=3)


def item(reviews, circle: str = "A", measure: str = "safe", year: int = 2025) -> pd.Series:  # type: ignore[no-untyped-def]
    found = reviews.items
    found = found[(found["circle"] == circle) & (found["measure"] == measure) & (found["year"] == year)]
    assert len(found) == 1
    return found.iloc[0]


@given(st.integers(1, 200), st.booleans())
def test_words_divide_the_counts_and_hold_what_two_could_work_out(n: int, single: bool) -> None:
    found = bands(n, single)
    if not found:
        assert n < 8
        return
    counts = [c for band in found for c in range(band.low, band.high + 1)]
    assert counts == list(range(n + 1))
    assert [rank(band.word) for band in found] == sorted(rank(band.word) for band in found)
    assert found[0].low == 0
    assert found[0].high >= min(3, n)
    assert found[0].word in LOWEST
    assert found[-1].word in HIGHEST
    assert not single or found[-1].low <= n - 3
    assert len({band.word for band in found}) == len(found)
    assert all(band.word in WORDS for band in found)


@pytest.mark.parametrize(
    ("fields", "people", "word", "note"),
    [
        ({"n": 8, "positive": 5}, 5, "most", ""),
        ({"n": 8, "positive": 3}, 5, "few", ""),
        ({"n": 5, "positive": 5}, 5, "nearly all", ""),
        ({"n": 5, "positive": 1}, 5, "about half or fewer", ""),
        ({"n": 4, "positive": 4}, 5, "", "fewer than 5 answers"),
        ({"n": 4, "positive": 4}, 4, "nearly all", ""),
        ({"n": 5, "positive": 5}, 6, "", "fewer than 6 answers"),
        ({"n": 6, "positive": 5}, 6, "most", ""),
        ({"n": 3, "positive": 3}, 3, "", "too few answers for a question of this kind"),
        ({"n": 7, "positive": 7, "options_up": 1}, 5, "", "shown from 8 answers"),
        ({"n": 8, "positive": 8, "options_up": 1}, 5, "most or all", ""),
        (
            {"n": 9, "positive": 8, "options_up": 1, "by_membership": True},
            5,
            "",
            "shown only where the question was asked about the circle",
        ),
        ({"n": 9, "positive": 8, "by_membership": True}, 5, "most", ""),
        ({"n": 8, "positive": 5, "organisations": 2}, 5, "", "answers from fewer than 3 organisations"),
        ({"n": 8, "positive": 5, "organisations": 3}, 5, "most", ""),
    ],
)
def test_a_word_stands_or_the_page_says_why_not(fields, people: int, word: str, note: str) -> None:  # type: ignore[no-untyped-def]
    one = item(reviewed(tables([{"circle": "A", **fields}, *beside()]), people))
    assert (one["band"], one["note"]) == (word, note)
    assert pd.isna(one["n"]) == (word == "")
    if word:
        assert one["low"] <= fields["positive"] <= one["high"]


@pytest.mark.parametrize("counts", [(0, 8), (1, 7), (2, 6), (3, 5), (4, 4)])
def test_whether_an_item_is_shown_does_not_depend_on_the_answers(counts: tuple[int, int]) -> None:
    for up in (1, 2):
        notes = {
            item(reviewed(tables([{"circle": "A", "n": 8, "positive": c, "options_up": up}, *beside()])))[
                "note"
            ]
            for c in counts
        }
        assert notes == {""}


def test_a_circle_that_is_nearly_the_network_shows_no_item() -> None:
    alone = reviewed(tables([{"circle": "A", "n": 9, "positive": 5}, {"circle": "B", "n": 4, "positive": 2}]))
    assert item(alone)["note"] == "nearly all answers of the network are from here"
    both = reviewed(tables([{"circle": "A", "n": 9, "positive": 5}, {"circle": "B", "n": 5, "positive": 2}]))
    assert item(both)["band"] == "about half"


def test_circles_of_one_facilitator_count_as_one_beside_the_network() -> None:
    answers = [{"circle": c, "n": 9, "positive": 5} for c in "AB"] + [{"circle": "C", "n": 4, "positive": 1}]
    led = [
        {"circle": c, "name": c, "members": 10, "facilitators": 2, "led_by": by}
        for c, by in (("A", "x;y"), ("B", "y"), ("C", "z"))
    ]
    made = reviewed(tables(answers, circle_people=led))
    assert item(made)["note"] == item(made, "B")["note"] == "nearly all answers of the network are from here"
    apart = [{**one, "led_by": one["circle"]} for one in led]
    assert item(reviewed(tables(answers, circle_people=apart)))["band"] == "about half"


def scale_of(*words: tuple[int, int]) -> Iterator[dict[str, object]]:
    for place, (positive, n) in enumerate(words):
        yield {"circle": "A", "measure": f"safe_{place}", "n": n, "positive": positive, "order": place}
        yield from beside(measure=f"safe_{place}", order=place)


def test_a_scale_is_the_middle_of_what_stands_on_the_page() -> None:
    made = tables(
        [*scale_of((8, 8), (5, 8), (2, 8))],
        circle_scales=[{"scale": "safe", "item": f"safe_{i}"} for i in range(3)],
    )
    one = item(reviewed(made))
    assert (one["kind"], one["band"], one["label_positive"]) == ("scale", "most", "")
    assert pd.isna(one["low"])


@pytest.mark.parametrize(("hidden", "word"), [(1, "most"), (2, "")])
def test_a_scale_needs_half_of_its_items(hidden: int, word: str) -> None:
    answers = [*scale_of(*[(2, 3)] * hidden, *[(5, 8)] * (3 - hidden))]
    made = tables(answers, circle_scales=[{"scale": "safe", "item": f"safe_{i}"} for i in range(3)])
    one = item(reviewed(made))
    assert one["band"] == word
    assert bool(one["note"]) == (word == "")


def two_years(before: int, now: int, n: int = 8, reworded: str = "") -> dict[str, pd.DataFrame]:
    answers = [{"circle": "A", "n": n, "positive": before, "year": 2024}, *beside(year=2024)]
    answers += [{"circle": "A", "n": n, "positive": now, "reworded": reworded}, *beside()]
    return tables(answers)


def test_a_page_says_what_the_word_was_last_time() -> None:
    one = item(reviewed(two_years(2, 7)))
    assert (one["before"], one["before_wave"], one["band"], one["remark"]) == ("few", "2024", "most", "")
    assert item(reviewed(two_years(2, 7)), year=2024)["before"] == ""
    changed = item(reviewed(two_years(2, 7, reworded="reworded in 2025")))
    assert changed["remark"] == "reworded in 2025"


def test_the_newest_wave_of_a_circle_is_its_own() -> None:
    answers = [{"circle": "old", "n": 8, "positive": 6, "year": 2024}, *beside(year=2024), *beside()]
    found = reviewed(tables(answers)).response
    assert found.loc[found["newest"], ["circle", "year"]].to_records(index=False).tolist() == [
        ("old", 2024), ("other 0", 2025), ("other 1", 2025), ("other 2", 2025),
    ]  # fmt: skip


def test_a_circle_that_is_no_longer_there_has_no_page() -> None:
    led = {"name": "", "members": 9, "facilitators": 1, "led_by": "x"}
    people = [{"circle": "old", "year": 2024, **led}, {"circle": "A", **led}]
    answers = [{"circle": "old", "n": 8, "positive": 6, "year": 2024}, {"circle": "A", "n": 8, "positive": 4}]
    made = reviewed(tables([*answers, *beside(year=2024), *beside()], circle_people=people))
    assert "old" not in set(made.circles["circle"])
    assert {"A", "other 1"} <= set(made.circles["circle"])  # a guest circle on no list still has its page
    assert made.circles.set_index("circle")["name"].to_dict()["A"] == "A"


def test_circles_of_the_network_are_counted_by_word_from_three_on() -> None:
    few = tables([{"circle": c, "n": 8, "positive": 6} for c in "AB"])
    assert reviewed(few).network.empty
    some = reviewed(
        tables([{"circle": c, "n": 8, "positive": p} for c, p in zip("ABC", (6, 6, 1), strict=True)])
    )
    assert dict(zip(some.network["band"], some.network["circles"], strict=True)) == {"few": 1, "most": 2}


def test_circles_with_too_few_answers_see_each_other_pooled() -> None:
    small = [{"circle": c, "n": 4, "positive": p} for c, p in zip("ABC", (4, 4, 1), strict=True)]
    found = reviewed(tables([*small, *beside()])).pooled
    assert found["circle"].tolist() == ["A", "B", "C"]
    assert found[["band", "n", "circles"]].drop_duplicates().to_numpy().tolist() == [["most", 12, 3]]
    assert reviewed(tables([*small[:2], *beside()])).pooled.empty  # two could work each other out
    fewer = [{**one, "n": 3, "positive": 1} for one in small]
    assert reviewed(tables([*fewer, *beside()])).pooled.empty  # nine answers are fewer than twice five
    single = [{**one, "options_up": 1} for one in small]
    assert reviewed(tables([*single, *beside()])).pooled.empty


def test_how_many_answered_is_hidden_below_the_threshold() -> None:
    made = reviewed(tables([{"circle": "A", "n": 4, "positive": 2}, {"circle": "B", "n": 5, "positive": 2}]))
    told = made.response.set_index("circle")
    assert pd.isna(told.loc["A", "n"])
    assert told.loc["A", "note"] == "fewer than 5 answered"
    assert told.loc["B", "n"] == 5


def test_what_was_shown_stands_when_late_answers_come_in() -> None:
    first = reviewed(tables([{"circle": "A", "n": 7, "positive": 7}, *beside()]))
    kept = to_remember(first)
    assert kept.dtypes.astype(str).to_dict() == blank("shown").dtypes.astype(str).to_dict()
    late = tables([{"circle": "A", "n": 8, "positive": 7}, *beside()])
    again = reviewed(late, said=Said(shown=kept))
    for name in ("n", "band", "low", "high"):
        assert item(again)[name] == item(first)[name]
    assert again.response.set_index("circle").loc["A", "n"] == 7
    assert item(reviewed(late))["band"] == "most"  # which alone would tell what the late one answered


def test_what_was_hidden_is_shown_once_there_is_enough() -> None:
    first = reviewed(tables([{"circle": "A", "n": 4, "positive": 4}, *beside()]))
    late = tables([{"circle": "A", "n": 6, "positive": 5}, *beside()])
    assert item(reviewed(late, said=Said(shown=to_remember(first))))["band"] == "most"


def test_answers_that_were_withdrawn_hide_what_was_shown() -> None:
    first = reviewed(tables([{"circle": "A", "n": 5, "positive": 4}, *beside()]))
    fewer = tables([{"circle": "A", "n": 4, "positive": 3}, *beside()])
    one = item(reviewed(fewer, said=Said(shown=to_remember(first))))
    assert (one["band"], pd.isna(one["n"])) == ("", True)


@pytest.mark.parametrize(
    ("people", "commented", "count", "more"),
    [(1, 9, None, None), (2, 9, 2, False), (5, 9, 5, False), (6, 9, 6, True), (9, 9, 6, True),
     (2, 5, 2, True), (5, 5, 2, True), (2, 4, None, None)],
)  # fmt: skip
def test_themes_are_counted_so_that_nobody_is_known_to_have_said_them(people, commented, count, more) -> None:  # type: ignore[no-untyped-def]
    theme = {"circle": "A", "theme": "time", "people": people, "commented": commented}
    made = reviewed(tables([{"circle": "A", "n": 9, "positive": 5}, *beside()], circle_themes=[theme]))
    told = made.themes[["count", "more"]].to_numpy().tolist()
    assert told == ([[count, more]] if count else [])


def test_nothing_of_circles_is_no_reviews() -> None:
    assert circle_reviews({}, Said(), people=5, organisations=3).circles.empty
    assert reviewed(tables([])).circles.empty


def test_a_note_stands_beside_its_session() -> None:
    held = [{"circle": "A", "event": e, "came": 3, "members": 8} for e in ("one", "two")]
    notes = pd.DataFrame(
        {"circle": ["A", "A", "B"], "event": ["one"] * 3, "note": ["Went well.", "Long.", "-"]}
    )
    made = tables([{"circle": "A", "n": 9, "positive": 5}, *beside()], circle_sessions=held)
    assert reviewed(made, said=Said(notes=notes)).sessions["note"].tolist() == ["Went well. Long.", ""]
    assert reviewed(made).sessions["note"].tolist() == ["", ""]


def test_circles_that_were_pooled_stay_in_their_pool() -> None:
    small = {"A": (4, 2), "B": (4, 2), "C": (3, 1), "D": (4, 0)}
    lines = [{"circle": c, "n": n, "positive": k} for c, (n, k) in small.items()]
    first = reviewed(tables([*lines, *beside()]))
    assert first.pooled["n"].tolist() == [15] * 4
    late = [*lines[:3], {"circle": "D", "n": 5, "positive": 1}]
    again = reviewed(tables([*late, *beside()]), said=Said(shown=to_remember(first)))
    pd.testing.assert_frame_equal(again.pooled, first.pooled)
    assert (item(again, "D")["band"], item(again, "D")["note"]) == (
        "", "too few answers when this page was first made",
    )  # fmt: skip
    assert again.response.set_index("circle").loc[["D"], "n"].isna().all()


def test_themes_and_comments_stand_as_they_were_first_shown() -> None:
    def made(shown: pd.DataFrame, texts: list[str], **themes: int):  # type: ignore[no-untyped-def]
        told = [{"circle": "A", "theme": t, "people": n, "commented": 8} for t, n in themes.items()]
        comments = pd.DataFrame(
            {**{k: USUAL[k] for k in ("source", "year", "wave")}, "circle": "A", "text": texts}
        )
        said = Said(shown=shown, comments=comments.astype({"year": "Int64"}))
        return reviewed(
            tables([{"circle": "A", "n": 9, "positive": 5}, *beside()], circle_themes=told), said=said
        )

    first = made(blank("shown"), ["More time."], time=3, pace=1)
    kept = to_remember(first)
    assert "More time." not in kept.to_csv()
    again = made(kept, ["Less time.", "More time."], time=4, pace=2)
    assert again.themes[["theme", "count"]].to_numpy().tolist() == [["time", 3]]
    assert again.comments["text"].tolist() == ["More time."]
    pd.testing.assert_frame_equal(to_remember(again), kept)


def test_a_word_that_no_page_can_have_shown_is_refused() -> None:
    made = tables([{"circle": "A", "n": 9, "positive": 5}, *beside()])
    kept = to_remember(reviewed(made)).assign(band="mostly")
    with pytest.raises(DisclosureError, match="mostly"):
        reviewed(made, said=Said(shown=kept))


def test_of_an_event_the_newest_answers_that_can_be_shown_stand() -> None:
    late = [{"circle": "A", "n": 8, "positive": 6, "year": 2024}, {"circle": "A", "n": 2, "positive": 2}]
    lines = [*late, *beside(year=2024), *beside()]
    shown = reviewed(tables(lines)).response
    assert shown.loc[(shown["circle"] == "A") & shown["newest"], "year"].tolist() == [2024]
    led = [{"circle": "A", "name": "A", "members": 9, "facilitators": 1, "led_by": "x"}]
    listed = reviewed(tables(lines, circle_people=led)).response  # a circle that goes on is told of this year
    assert listed.loc[(listed["circle"] == "A") & listed["newest"], "year"].tolist() == [2025]


def test_a_circle_that_showed_its_words_enters_no_pool() -> None:
    lines = [{"circle": c, "n": n, "positive": 2} for c, n in (("A", 5), ("B", 4), ("C", 4))]
    kept = to_remember(reviewed(tables([*lines, *beside()])))
    fewer = tables([{**lines[0], "n": 4}, *lines[1:], *beside()])
    assert len(reviewed(fewer).pooled) == 3
    assert reviewed(fewer, said=Said(shown=kept)).pooled.empty  # A's word would tell of the other two
