"""What the map of a network, the heat map of mixing and the flows of membership show, and never show."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_publishable import REGIONS, _row, publishable
from matplotlib.collections import LineCollection, PathCollection

from ksn_research.render import canvas, chosen, figures, flows, heat, network_maps
from ksn_research.render.view import view

EDITION = publishable()
PARTS = {s.name: (s, d) for spec in figures.FIGURES for s, d in chosen.parts(view(EDITION), spec)}
DRAWN = {name: spec.draw(data, spec.quantity) for name, (spec, data) in PARTS.items()}


def texts(drawn: Any) -> list[str]:
    return [
        str(text.get_text()).replace("\n", " ")
        for text in drawn.findobj(match=lambda x: hasattr(x, "get_text"))
    ]


def test_the_map_has_a_panel_a_wave_and_every_dot_in_its_place_in_each() -> None:
    first, second = DRAWN["network_map"].axes
    assert (first.get_title(), second.get_title()) == ("2024", "2025")
    at = [
        np.sort(
            np.concatenate([c.get_offsets() for c in axes.collections if isinstance(c, PathCollection)]),
            axis=0,
        )
        for axes in (first, second)
    ]
    np.testing.assert_array_equal(*at)
    assert at[0].shape == (12, 2) and first.get_xlim() == second.get_xlim()


def test_ties_differ_in_colour_and_in_line_by_what_became_of_them() -> None:
    looks = list(network_maps.LINES.values())
    assert len({colour for _, colour, _, _ in looks}) == len({(w, str(d)) for _, _, w, d in looks}) == 4
    second = DRAWN["network_map"].axes[1]
    lines = [c for c in second.collections if isinstance(c, LineCollection)]
    # One line a pair: 1-2 is kept and 2-1 new, and what was kept is what shows.
    assert [len(c.get_segments()) for c in lines] == [1, 0, 1, 1]
    assert {
        "in both waves",
        "new",
        "dissolved since",
        "seen in one wave only",
        "no tie that is shown",
    } <= set(texts(DRAWN["network_map"].legends[0]))


def test_the_caption_says_what_share_of_the_ties_is_shown_and_why() -> None:
    figure = figures.figures(EDITION)["network_map"]
    assert "two ends both consented" in figure.source
    assert "in 2025 4 of 512 known ties" in figure.source or "in 2025 4 of 812 known ties" in figure.source
    assert "12 of 120 nodes" in figure.source
    assert "2024: 12 unnamed dots" in figure.alt and "1 dissolved since" in figure.alt
    assert set(figure.ids) <= set(EDITION.results["id"])


def test_the_data_of_a_map_hold_places_and_no_more() -> None:
    data = figures.figures(EDITION)["network_map"].data
    assert set(data["mark"]) == {"dot", "tie"} and {"dot", "x", "y", "from", "to"} <= set(data)
    assert data["remark"].ne("").sum() == 1 and not data["label"].isin(REGIONS).any()
    assert "organisation" not in " ".join(map(str, data.columns))


def test_only_relations_of_headline_measures_are_drawn_else_the_first() -> None:
    assert [name for name in PARTS if name.startswith("network_map")] == ["network_map"]
    study = replace(EDITION.study, headline=())
    rows = network_maps.main_relations(view(replace(EDITION, study=study)), PARTS["network_map"][0])
    assert {row["measure"] for row in rows} == {"advice"}


def test_there_is_no_map_without_its_curves() -> None:
    assert "network_map" not in figures.figures(publishable(curves={}))


@pytest.mark.parametrize("count", [10, 20, 120, 500])
def test_maps_of_any_size_are_drawn_and_the_same_each_time(count: int) -> None:
    random = np.random.default_rng(count)
    dots = pd.DataFrame(
        {"mark": "dot", "dot": range(count), "x": random.random(count), "y": random.random(count)}
    )
    ends = random.integers(0, count, (2 * count, 2))
    ties = pd.DataFrame({"mark": "tie", "from": ends[:, 0], "to": ends[:, 1],
                         "series": random.choice([*network_maps.LINES], 2 * count)})  # fmt: skip
    own = pd.concat([dots, ties], ignore_index=True).fillna({"series": ""})
    data = pd.concat([own.assign(label="2024", newest=False), own.assign(label="2025", newest=True)])
    once, twice = (network_maps.network_map(data, "Ties") for _ in range(2))
    assert canvas.svg_of(once) == canvas.svg_of(twice)
    wide = [axes.get_position().width for axes in once.axes]
    assert wide == pytest.approx([0.5, 0.5] if count <= network_maps.BESIDE else [1, 1])


def cells(*found: tuple[str, str, float | None, str]) -> pd.DataFrame:
    """label, kind, estimate, status"""
    rows = pd.DataFrame(found, columns=["label", "kind", "estimate", "status"]).astype({"estimate": float})
    said = ["s" if np.isnan(e) else f"{e:g}" for e in rows["estimate"]]
    return rows.assign(series="Advice", published=rows["status"] == "published", short=said, n=200)


def test_a_cell_without_ties_differs_from_a_suppressed_and_from_an_unseen_one() -> None:
    drawn = heat.heat(
        cells(
            ("A > A", "density", 0.125, "published"),
            ("A > A", "count", 25, "published"),
            ("A > B", "density", 0.0, "published"),
            ("A > B", "count", 0, "published"),
            ("B > A", "density", None, "suppressed"),
            ("B > A", "count", None, "suppressed"),
            ("B > B", "density", None, "undefined"),
            ("B > B", "count", 0, "published"),
        ),
        "Share",
    )
    said = texts(drawn)
    assert {"12.5\u00a0%", "25/200", "0", "0/200", "s"} <= set(said)
    faces = {patch.get_xy(): patch for patch in drawn.axes[0].patches}
    empty, hidden, unseen, full = (faces[at] for at in ((0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (-0.5, -0.5)))
    assert hidden.get_hatch() and not empty.get_hatch() and not unseen.get_hatch()
    white = (1.0, 1.0, 1.0, 1.0)
    assert empty.get_facecolor() == white != full.get_facecolor()
    assert len(drawn.axes[0].lines) == 2  # the cross of the unseen cell


def test_mixing_is_drawn_by_region_and_by_type_without_the_total() -> None:
    for name in ("mixing", "mixing_by_type"):
        data = PARTS[name][1]
        assert data["label"].str.contains(" > ").all() and set(data["series"]) == {"advice"}
        assert (data["status"] == "suppressed").any() and "s" in texts(DRAWN[name])


def test_the_alternative_text_of_a_heat_map_names_the_densest_cells() -> None:
    said = heat.matrix_words(
        cells(("A > B", "density", 0.02, "published"), ("B > B", "density", 0.2, "published"),
              ("B > A", "density", None, "suppressed"), ("A > A", "density", 0.0, "published"))
    )  # fmt: skip
    assert re.search(
        r"Of 4 cells the densest: B > B 20\.0.%, A > B 2\.0.%, .*Without a tie: 1; suppressed: 1", said
    )


def test_flows_carry_their_counts_and_a_suppressed_one_is_hatched() -> None:
    drawn, data = DRAWN["membership"], PARTS["membership"][1]
    said = texts(drawn)
    assert said.count("96") == 2 and said.count("s") == 2  # at both ends of a ribbon
    assert {"largest part", "no tie", "not on the roster", "smaller part", "wave before", "2025"} <= set(said)
    assert any("suppressed" in one for one in said)
    assert "All" not in set(data["label"]) and "118" not in said
    ribbons = flows._ribbons(data)
    assert [r.high for r in ribbons if r.count is None] == [flows.LEAST]
    assert "from no tie to no tie: s" in figures.figures(EDITION)["membership"].alt


def test_columns_are_as_high_as_their_ribbons_and_never_overlap() -> None:
    ribbons = flows._ribbons(PARTS["membership"][1])
    for side in ("before", "after"):
        column = flows._stack(ribbons, side)
        spans = sorted(column.values())
        assert all(low >= high for (_, high), (low, _) in pairwise(spans))
        assert sum(b - a for a, b in spans) == pytest.approx(sum(r.high for r in ribbons))


def test_a_flow_of_nobody_is_not_drawn() -> None:
    common: dict[str, Any] = {"year": 2025, "source": "net", "analysis": "membership", "measure": "advice"}
    rows = [_row(**common, category=name, statistic="nodes", estimate=count, unit="organisations")
            for name, count in (("no tie > no tie", 0.0), ("largest part > largest part", 9.0))]  # fmt: skip
    ((_, data),) = chosen.parts(view(publishable(rows=rows)), PARTS["membership"][0])
    assert [r.count for r in flows._ribbons(data)] == [9]
