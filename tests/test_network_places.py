"""Places on the maps of a network: kept, apart, consented, and telling nothing of names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from ksn_research.analyse.network import places as maps
from ksn_research.analyse.network.layout import layout, least_distance
from ksn_research.disclose.curves import safe_curve
from ksn_research.errors import Origin, ReadError
from ksn_research.plan import Source, Study, Wave
from ksn_research.prepared import TABLES, Prepared, blank
from ksn_research.read import places as memory
from ksn_research.read.export import Export
from ksn_research.results import empty
from ksn_research.score.tables import _yes_or_no, table


def ring(count: int, extra: int = 0) -> tuple[list[str], dict[tuple[str, str], float]]:
    """`count` nodes in a ring with chords, and `extra` without a tie."""
    names = [f"N{i:03d}" for i in range(count + extra)]
    pairs = {(names[i], names[(i + step) % count]): 1.0 for i in range(count) for step in (1, 5)}
    return names, {tuple(sorted(pair)): w for pair, w in pairs.items()}  # type: ignore[misc]


@pytest.mark.parametrize("count", [20, 120, 500])
def test_nodes_stand_apart_and_those_without_a_tie_at_the_rim(count: int) -> None:
    names, pairs = ring(count, extra=6)
    found = layout(names, pairs)
    at = np.array([found[name] for name in names])
    assert pdist(at[:count]).min() > 0.98 * least_distance(count + 6)
    assert ((at >= 0) & (at <= 1)).all()
    away = np.hypot(*(at - 0.5).T)
    assert away[count:] == pytest.approx(0.47, abs=1e-3) and away[:count].max() < 0.43


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_order_in_which_nodes_and_ties_are_named_changes_nothing(seed: int) -> None:
    names, pairs = ring(15, 2)
    random = np.random.default_rng(seed)
    shuffled = {list(pairs)[i]: 1.0 for i in random.permutation(len(pairs))}
    assert layout(list(random.permutation(names)), shuffled) == layout(names, pairs)


def test_known_nodes_stay_where_they_are_and_new_ones_come_among_them() -> None:
    names, pairs = ring(40, 2)
    first = layout(names, pairs)
    more = {("N005", "X1"): 1.0, ("N006", "X1"): 1.0, **pairs}
    later = layout([*names, "X1", "X2"], more, first)
    assert {name: later[name] for name in names} == first
    assert np.hypot(*(np.array(later["X2"]) - 0.5)) == pytest.approx(0.47, abs=1e-3)
    assert pdist(np.array(list(later.values()))).min() > 0.6 * least_distance(
        44
    )  # known ones do not make room
    assert layout(list(later), more, later) == later


def test_nodes_with_ties_to_each_other_stand_nearer_than_others() -> None:
    random = np.random.default_rng(3)
    group = np.repeat(range(4), 15)
    tied = random.random((60, 60)) < np.where(group[:, None] == group, 0.5, 0.01)
    names = [f"N{i:02d}" for i in range(60)]
    found = layout(names, {(names[i], names[j]): 1.0 for i, j in np.argwhere(np.triu(tied, 1))})
    at = np.array([found[name] for name in names])
    far = np.hypot(*(at[:, None] - at).transpose(2, 0, 1))
    same = (group[:, None] == group) & ~np.eye(60, dtype=bool)
    assert far[same].mean() < 0.5 * far[group[:, None] != group].mean()


@pytest.mark.parametrize("nodes", [[], ["a"], ["a", "b"]])
def test_the_smallest_networks_have_places_too(nodes: list[str]) -> None:
    pairs = {("a", "b"): 1.0} if len(nodes) == 2 else {}
    assert set(layout(nodes, pairs)) == set(nodes)


NAMES = [f"O{i:02d}" for i in range(14)]
REFUSED = ("O03", "O07")


def study(tmp_path: Path, **options: Any) -> Study:
    waves = tuple(Wave(year, "", tmp_path / f"{year}.csv") for year in (2024, 2025))
    told = {"units": "organisations", "directed": True, **options}
    source = Source("net", "nominations", "Network", waves, told)
    return Study(
        name="s", title="S", publisher="", folder=tmp_path, years=(2024, 2025), sources={"net": source}
    )


def ties_of(year: int, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame({"year": year, "wave": "", "source": "net", "relation": "advice", "directed": True,
                         "ego": [a for a, _ in pairs], "alter": [b for _, b in pairs]})  # fmt: skip


RING = [(NAMES[i], NAMES[(i + 1) % 14]) for i in range(14)]


def prepared(tmp_path: Path, consent: dict[int, dict[str, Any]] | None = None, **options: Any) -> Prepared:
    """Fourteen organisations in a ring, one chord dissolved, one made; O13 did not answer in 2024."""
    rows = []
    for year in (2024, 2025):
        said = (consent or {}).get(year, {})
        rows += [(year, name, said.get(name, name not in REFUSED)) for name in NAMES]
    roster = blank("organisations").reindex(range(len(rows)))
    roster[["year", "organisation", "map_consent"]] = pd.DataFrame(rows)
    old = [pair for pair in RING if pair[0] != "O13"]
    ties = [ties_of(2024, [*old, ("O00", "O04")]), ties_of(2025, [*RING, ("O01", "O05")])]
    senders = [
        pd.DataFrame({"year": year, "wave": "", "source": "net", "relation": "advice", "node": NAMES,
                      "observed": [year == 2025 or name != "O13" for name in NAMES]})
        for year in (2024, 2025)
    ]  # fmt: skip
    plan = study(tmp_path, **options)
    return Prepared(
        study=plan,
        year=2025,
        waves={"net": plan.sources["net"].waves},
        organisations=roster.astype({"map_consent": "boolean", "year": "Int64"}),
        ties=pd.concat(ties, ignore_index=True).astype({"year": "Int64"}),
        senders=pd.concat(senders, ignore_index=True).astype({"year": "Int64"}),
    )


def dot_of(made: dict[str, pd.DataFrame], p: Prepared) -> dict[str, int]:
    """Names of dots, which only the internal table knows."""
    known = maps.map_places(p)
    at = {(x, y): node for node, x, y in known.loc[known["map"] == "public", ["node", "x", "y"]].to_numpy()}
    return {at[x, y]: int(dot) for dot, x, y in made["network_map"][["dot", "x", "y"]].to_numpy()}


def test_a_tie_is_on_the_map_only_if_both_ends_consented(tmp_path: Path) -> None:
    p = prepared(tmp_path)
    made = maps.network_maps(p)
    dots = dot_of(made, p)
    assert set(dots) == set(NAMES) - set(REFUSED) and len(dots) == 12
    name = {dot: node for node, dot in dots.items()}
    found = made["network_map_ties"][["year", "from", "to", "state"]].to_numpy()
    shown = {(year, name[a], name[b]): state for year, a, b, state in found}
    kept = {pair for pair in RING if not set(pair) & set(REFUSED) and pair[0] != "O13"}
    assert shown == {
        **{(year, *pair): "kept" for year in (2024, 2025) for pair in kept},
        (2024, "O00", "O04"): "dissolved",
        (2025, "O01", "O05"): "new",
        (2025, "O13", "O00"): "one wave only",
    }


def test_what_share_is_shown_stands_beside_the_map(tmp_path: Path) -> None:
    counts = maps.network_maps(prepared(tmp_path))["network_map_counts"]
    assert counts[["year", "nodes", "nodes_shown", "ties", "ties_shown"]].to_numpy().tolist() == [
        [2024, 14, 12, 14, 10],
        [2025, 14, 12, 15, 11],
    ]


def test_the_public_map_does_not_change_with_what_was_not_consented_to(tmp_path: Path) -> None:
    p = prepared(tmp_path)
    more = pd.concat([p.ties, ties_of(2025, [("O03", "O09"), ("O07", "O03"), ("O10", "O03")])])
    one, two = maps.network_maps(p), maps.network_maps(replace(p, ties=more))
    pd.testing.assert_frame_equal(one["network_map"], two["network_map"])
    pd.testing.assert_frame_equal(one["network_map_ties"], two["network_map_ties"])


def test_nothing_public_names_anybody_and_dots_do_not_follow_the_roster(tmp_path: Path) -> None:
    p = prepared(tmp_path)
    made = maps.network_maps(p)
    words = "".join(frame.to_csv() for frame in made.values())
    assert not any(name in words for name in NAMES)
    assert {*made["network_map"]} == set(maps.DOTS)
    dots = dot_of(made, p)
    assert [dots[name] for name in sorted(dots)] != sorted(dots.values())
    by_place = made["network_map"].drop_duplicates("dot").sort_values("dot")
    assert by_place["x"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("consent", "on_2024", "on_2025"),
    [
        pytest.param({2025: {"O05": False}}, False, False, id="withdrawn: on no map of any year"),
        pytest.param({2025: {"O05": pd.NA}}, False, False, id="not asked again: on none"),
        pytest.param({2024: {"O05": False}}, False, True, id="given later: from then on"),
        pytest.param({2024: {"O05": pd.NA}}, False, True, id="not asked at first: from then on"),
        pytest.param({}, True, True, id="given in both"),
    ],
)
def test_consent_counts_from_its_year_on_until_it_is_withdrawn(
    tmp_path: Path, consent: dict[int, dict[str, Any]], on_2024: bool, on_2025: bool
) -> None:
    p = prepared(tmp_path, consent)
    roster = p.organisations
    assert ("O05" in maps.consents(roster, "organisation", 2024)) == on_2024
    assert ("O05" in maps.consents(roster, "organisation", 2025)) == on_2025
    made = maps.network_maps(p)["network_map"]
    assert made.groupby("year")["dot"].nunique().to_dict() == {2024: 11 + on_2024, 2025: 11 + on_2025}


def test_without_the_column_or_with_fewer_than_ten_there_is_no_map(tmp_path: Path) -> None:
    p = prepared(tmp_path)
    without = replace(p, organisations=p.organisations.drop(columns="map_consent"))
    few = prepared(tmp_path, {2024: dict.fromkeys(NAMES[:3], False)})
    unasked = replace(
        p, organisations=p.organisations.assign(map_consent=pd.array([pd.NA] * 28, dtype="boolean"))
    )
    for none in (without, few, unasked, prepared(tmp_path, log=True)):
        made = maps.network_maps(none)
        assert all(frame.empty for frame in made.values())
        assert list(made["network_map"].columns) == list(maps.DOTS)
    assert set(maps.map_places(without)["map"]) == {"internal"}


def test_an_edition_with_memory_is_drawn_as_the_one_before_it(tmp_path: Path) -> None:
    p = prepared(tmp_path)
    drawn = maps.map_places(p)
    again = replace(p, places=drawn)
    for name, frame in maps.network_maps(p).items():
        pd.testing.assert_frame_equal(frame, maps.network_maps(again)[name])
    late = replace(again, ties=pd.concat([p.ties, ties_of(2025, [("O02", "O10")])], ignore_index=True))
    pd.testing.assert_frame_equal(maps.map_places(late), drawn)


def test_disclosure_leaves_maps_whole(tmp_path: Path) -> None:
    for frame in maps.network_maps(prepared(tmp_path)).values():
        shown = safe_curve(frame, 5, empty())
        assert not shown.pop("suppressed").any()
        pd.testing.assert_frame_equal(shown, frame)


def test_places_are_remembered_line_by_line(tmp_path: Path) -> None:
    plan, drawn = study(tmp_path), maps.map_places(prepared(tmp_path))
    path = memory.path_of(plan, "net")
    assert memory.load_places(plan, "net").empty
    path.parent.mkdir()
    path.write_text(memory.as_text(memory.with_new(memory.load_places(plan, "net"), drawn)))
    lines = path.read_text().splitlines()
    assert lines[0] == "map,node,x,y" and len(lines) == 1 + 14 + 12
    moved = drawn.assign(x=0.1, y=0.2)
    new = pd.DataFrame({"source": "net", "map": "public", "node": ["O99"], "x": [0.5], "y": [0.5]})
    kept = memory.with_new(memory.load_places(plan, "net"), pd.concat([moved, new]))
    assert set(memory.as_text(kept).splitlines()) == {*lines, "public,O99,0.5000,0.5000"}
    known = memory.load_places(plan, "net").assign(source="net")[[*TABLES["places"]]]
    assert known.merge(drawn).shape[0] == len(drawn)  # four decimals are all there are


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("map,node,x,y\npublic,a,0.1,0.2\npublic,a,0.3,0.2\n", 3),
        ("map,node,x,y\nsecret,a,0.1,0.2\n", 2),
        ("map,node,x,y\npublic,a,nan,0.2\n", 2),
        ("map,node,x,y\npublic,a,0.1\n", 2),
        ("node,x\n", 1),
        ("map,node,x,y\npublic,\xe9,0.1,0.2\n".encode("latin-1"), None),
    ],
)
def test_a_spoiled_memory_is_refused_by_file_and_row(
    tmp_path: Path, text: str | bytes, row: int | None
) -> None:
    path = memory.path_of(study(tmp_path), "net")
    path.parent.mkdir()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ReadError, match="no list of places") as refused:
        memory.load_places(study(tmp_path), "net")
    assert refused.value.file == "net.csv" and refused.value.row == row


def test_consent_is_yes_or_no_and_any_other_word_is_told_and_counts_as_no() -> None:
    frame = pd.DataFrame({"map_consent": ["Yes", "no", "Y", None, "perhaps"]}, index=range(2, 7), dtype="str")
    (finding,) = _yes_or_no(frame, ["map_consent"], Origin("organisations", 2025, "", "o.csv"))
    assert frame["map_consent"].tolist() == [True, False, True, pd.NA, False]
    assert (finding.severity, finding.row, finding.column) == ("warn", 6, "map_consent")
    assert "perhaps" not in finding.problem + finding.remedy


@pytest.mark.parametrize("has", [True, False])
def test_a_roster_with_and_without_the_column(tmp_path: Path, has: bool) -> None:
    heads = ["Organisation ID", "On the map?"][: 1 + has]
    cells = [["O1", "1"], ["O2", "2"], ["O3", ""]]
    frame = pd.DataFrame([row[: 1 + has] for row in cells], index=[2, 3, 4], dtype="str")
    about = pd.DataFrame({"heading": heads, "name": heads, "role": "", "question": "", "choice": ""})
    columns = {"organisation": "Organisation ID", **({"map_consent": "On the map?"} if has else {})}
    options = {"columns": columns, **({"values": {"map_consent": {"1": "yes", "2": "no"}}} if has else {})}
    export = Export(frame=frame, columns=about, file="o.csv", format="csv", blank=0)
    made, _, findings = table(
        export, Wave(2025, "", tmp_path / "o.csv", options=options), "org", "organisations"
    )
    assert not findings
    assert made["map_consent"].tolist() == ([True, False, pd.NA] if has else [pd.NA] * 3)
    assert made["map_consent"].dtype == "boolean"
