"""What the figures of outcomes show: bars of answers, dots of comparisons, lines that break."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from fake_publishable import REGIONS, publishable
from fake_publishable import _interval as interval
from fake_publishable import _row as row
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.render import canvas, chosen, effects, figures, likert, tables, trends
from ksn_research.render.view import view

SEEN = view(publishable())
PARTS = {s.name: (s, d) for spec in figures.FIGURES for s, d in chosen.parts(SEEN, spec)}
BAR = likert._items(PARTS["answers"][1])


def texts(drawn: Any) -> list[str]:
    """All words of a drawing."""
    return [str(text.get_text()) for text in drawn.findobj(match=lambda x: hasattr(x, "get_text"))]


def words(name: str) -> list[str]:
    spec, data = PARTS[name]
    return texts(spec.draw(data, spec.quantity))


def one_item(shares: list[float | None], dont_know: float | None = None) -> pd.DataFrame:
    """The data of one question, its choices from the lowest; None: suppressed."""
    every = [*enumerate(shares), *([(-1, dont_know)] if dont_know is not None else [])]
    return pd.DataFrame(
        [
            {"label": "Q", "block": "", "series": f"choice {place}", "place": place, "estimate": share,
             "published": share is not None, "short": "s" if share is None else f"{100 * share:.0f}",
             "text": "s" if share is None else f"{100 * share:.0f} %", "n": 100}
            for place, share in every
        ]
    )  # fmt: skip


def parts_of(shares: list[float | None]) -> list[likert.Piece]:
    return likert.pieces(likert._items(one_item(shares))[0])


@pytest.mark.parametrize(
    ("shares", "ends"),
    [
        pytest.param([0.1, 0.2, 0.4, 0.2, 0.1], (-0.5, 0.5), id="five points: the middle is split"),
        pytest.param([0.1, 0.2, 0.3, 0.4], (-0.3, 0.7), id="four points: between the halves"),
        pytest.param([0.0, 0.0, 1.0], (0.0, 1.0), id="three points, all agree"),
        pytest.param([None, None, 0.2, 0.4, 0.3], (-0.2, 0.8), id="hidden on one side: what is left"),
        pytest.param([None, 0.2, 0.2, 0.4, None], (-0.5, 0.7), id="hidden on both: on each at most"),
    ],
)
def test_a_bar_is_centred_and_hidden_parts_are_as_wide_as_they_could_be(
    shares: list[float | None], ends: tuple[float, float]
) -> None:
    made = parts_of(shares)
    assert (made[0].low, made[-1].high) == pytest.approx(ends)
    assert all(a.high == pytest.approx(b.low) for a, b in pairwise(made))
    assert ("s" in [piece.said for piece in made]) == (None in shares)


@given(st.lists(st.integers(0, 40), min_size=3, max_size=7).filter(sum))
@settings(max_examples=40, deadline=None)
def test_the_parts_of_a_bar_are_as_wide_as_the_shares(counts: list[int]) -> None:
    shares = [count / sum(counts) for count in counts]
    made = parts_of(shares)  # type: ignore[arg-type]
    assert sum(piece.high - piece.low for piece in made) == pytest.approx(1)
    assert [piece.place for piece in made] == [i for i, share in enumerate(shares) if share > 0]


@given(st.lists(st.floats(-1, 1), max_size=6).map(sorted), st.floats(0.01, 0.5))
@settings(max_examples=40, deadline=None)
def test_numbers_above_a_bar_never_overlap(places: list[float], least: float) -> None:
    moved = likert.spread(places, least)
    assert all(b - a >= least - 1e-6 for a, b in pairwise(moved))


@pytest.mark.parametrize("many", range(3, 8))
def test_choices_stay_apart_in_colour_and_within_a_side_in_grey(many: int) -> None:
    shades = likert.shades(many)
    grey = [0.3 * r + 0.59 * g + 0.11 * b for r, g, b in shades]
    assert len(set(shades)) == many
    left, right = grey[: many // 2], grey[(many + 1) // 2 :]
    assert left == sorted(left) and right == sorted(right, reverse=True)
    assert many % 2 == 0 or grey[many // 2] == max(grey)
    assert all(abs(a - b) > 0.05 for side in (left, right) for a, b in pairwise(side))


def test_a_bar_of_two_per_cent_has_its_number() -> None:
    drawn = likert.likert(one_item([0.02, 0.02, 0.02, 0.02, 0.92], 0.02), "Share")
    assert [said for said in texts(drawn) if re.fullmatch(r"\d+", said)].count("2") == 5


def test_dont_know_is_outside_the_bars_and_n_stands_at_every_line() -> None:
    spec, data = PARTS["answers"]
    first = BAR[0]
    assert [one.series for one in first.gone] == ["Don't know"]
    assert sum(float(one.estimate) for one in first.shares) == pytest.approx(1)
    assert first.n == "191"  # those with an opinion, not the 201 who answered
    assert "Don't\nknow" in words("answers")
    assert data.loc[data["place"] < 0, "id"].str.contains("dont_know").all()
    assert "stands apart" in spec.bars


def test_lines_are_sorted_by_agreement_within_their_scale() -> None:
    _, data = PARTS["answers"]
    assert list(dict.fromkeys(data["block"])) == ["Trust and safety", "Knowledge given"]
    shown = [item.label for item in BAR if item.block == "Trust and safety"]
    assert shown[0].startswith("I can say") and shown[-1].startswith("What is said")


def test_a_wholly_suppressed_question_is_marked_and_a_reversed_one_named() -> None:
    said = words("answers")
    assert "suppressed" in said and any("(reversed)" in one for one in said)


def test_questions_that_share_their_choices_share_a_figure() -> None:
    assert {name for name in PARTS if name.startswith("answers")} == {"answers", "answers_never_to_always"}
    assert "Never" in words("answers_never_to_always") and "Disagree" not in words("answers_never_to_always")


def test_a_long_list_is_cut_into_figures_of_about_one_length() -> None:
    rows = [
        row(year=2025, source="s", analysis="groups", measure=m, category="regions", group="region",
            level=f"Region {i}", statistic="difference", method="", **interval(0.1, 0.2))
        for m in ("trust", "donating") for i in range(30)
    ]  # fmt: skip
    made = figures.figures(publishable(rows=rows))
    assert [len(figure.data) for figure in made.values()] == [30, 30]
    assert list(made) == ["compared", "compared_part_2"]


def test_comparisons_say_number_and_n_and_have_a_line_at_none() -> None:
    spec, data = PARTS["compared"]
    drawn = spec.draw(data, spec.quantity)
    said = texts(drawn)
    assert {"+0.21", "\u22120.19", "100", *REGIONS} <= {one.replace("\n", " ") for one in said}
    lines = [line for line in drawn.axes[0].lines if set(line.get_xdata()) == {0}]
    assert lines and spec.title.endswith("Regions compared, scores")


def test_raw_and_adjusted_differences_stand_side_by_side() -> None:
    _, data = PARTS["participants"]
    own = data[data["block"] == "Members of peer support groups and others"]
    assert own["series"].tolist() == ["as answered", "adjusted"]
    assert {"+0.40", "+0.28", "as answered", "adjusted"} <= {
        one.removesuffix(" *") for one in words("participants")
    }


def test_estimates_of_levels_keep_a_suppressed_one_in_its_place() -> None:
    _, data = PARTS["roster_by_region"]
    assert data["label"].tolist() == ["All", *REGIONS]
    assert data.set_index("label").loc["Central", "short"] == "s"
    assert "s" in words("roster_by_region")


def test_a_line_breaks_where_waves_are_not_comparable_and_says_why() -> None:
    _, data = PARTS["trends"]
    belonging = data[data["label"].str.startswith("Belonging")]
    assert belonging["series"].tolist() == ["2022", "2023", "2024", "2025"]
    assert belonging["broken"].tolist() == ["", "two questions asked in one", "", "question reworded in 2025"]
    drawn = trends.trends(belonging.reset_index(drop=True), "Mean")
    pieces = [list(line.get_xdata()) for line in drawn.axes[0].lines if len(line.get_xdata()) == 2]
    assert [1, 2] in pieces and [0, 1] not in pieces and [2, 3] not in pieces
    assert any("question reworded in" in one for one in texts(drawn))


def test_two_waves_are_no_course() -> None:
    rows = [row(year=y, source="s", analysis="scales", measure="trust", statistic="mean", method="",
                **interval(3.0, 0.1)) for y in (2024, 2025)]  # fmt: skip
    assert "trends" not in figures.figures(publishable(rows=rows))


def test_an_older_memory_without_intervals_is_drawn_too() -> None:
    past = publishable().earlier[["id", "estimate", "edition"]].dropna()
    spec = PARTS["trends"][0]
    ((_, data),) = chosen.parts(view(publishable(earlier=past)), spec)
    assert data["ci_low"].isna().any() and canvas.svg_of(trends.trends(data, "Mean"))


@pytest.mark.parametrize(
    ("value", "places", "plus", "said"),
    [(0.0, 1, "+", "0"), (0.25, 2, "+", "+0.25"), (-20, 0, "+", "\u221220"), (3.5, 1, "", "3.5")],
)
def test_ticks(value: float, places: int, plus: str, said: str) -> None:
    assert effects._tick(value, places, plus) == said


def test_weighted_estimates_have_interval_bounds_and_unweighted_n() -> None:
    made = tables.tables(publishable())["roster"]
    assert [heading for _, heading in made.columns] == [
        "Estimate", "Lowest", "Highest", "n", "Of", "Unweighted",
    ]  # fmt: skip
    line = next(line for line in made.lines if line.label == "Trust and safety")
    shown = [re.sub(r"<[^>]*>", "", str(cell.html())) for cell in line.cells]
    assert shown == ["3.30 (3.26\u20133.34)", "3.00", "3.50", "40", "70", "3.35"]


def test_tables_stand_only_where_there_are_rows_and_the_richer_one_takes_the_place() -> None:
    whole, bare = tables.tables(publishable()), tables.tables(publishable(rows=[
        row(year=2025, source="s", analysis="scales", measure="trust", statistic="mean", method="",
            group=group, level=level, **interval(3.0, 0.1))
        for group, level in (("", ""), ("region", "North"))
    ]))  # fmt: skip
    assert whole["scales_by_group"].annex and not bare["scales_by_group"].annex
    assert list(bare) == ["scales", "scales_by_group"]
    assert {"items", "invariance_models", "weights"} <= {one.name for one in whole.values() if one.annex}


def test_what_every_line_says_is_said_once_without_a_sign() -> None:
    made = tables.tables(publishable())
    told = [one for one in made["roster"].legend if "resemble" in one]
    assert told == ["If those who did not answer resemble those who did."]
    cells = [cell for line in made["roster"].lines for cell in line.cells]
    assert not any(cell.sign for cell in cells)


def test_an_untested_invariance_says_so() -> None:
    made = tables.tables(publishable())["invariance_models"]
    assert any("not tested: n below 100" in one for one in made.legend)
