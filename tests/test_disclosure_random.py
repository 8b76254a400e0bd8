"""Disclosure control on random studies, attacked by a reader of all that is published in two editions; and
how many more cells are suppressed than the fewest that would do."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from statistics import mean

import numpy as np
import pandas as pd
import pytest

from ksn_research.disclose.audit import audit
from ksn_research.disclose.cells import suppress
from ksn_research.results import Evidence, collect
from tests.attack_on_tables import Attacker, Broken, Target, targets
from tests.exact_suppression import Tables, fewest
from tests.random_studies import YEARS, Study, study

T, T_ORGANISATIONS = 5, 3
STUDIES = 500 if os.environ.get("KSN_SOAK") else 24
BATCH = 6
WHOLE = 60  # studies of so few combinations are attacked with whole people too
# The attack is stronger than what is promised (docs/disclosure.md): it counts people by region, type and
# answer at once, so that how many took part bounds how many answered. It narrows these, but pins none of
# them.
NARROWED = {
    121: "how many of those who were withdrawn had an opinion: don't-knows are no secret",
    440: "a share of a region: its other half holds no more than took part in the other region",
    459: "a share of a region: it holds no more than took part in the region",
}
EXACT = 20  # rows of a table whose fewest suppressed cells are looked for


@dataclass
class Shown:
    """What a study published, edition by edition."""

    study: Study
    evidence: dict[str, Evidence] = field(default_factory=dict)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    leaks: list[object] = field(default_factory=list)


@cache
def published(seed: int) -> Shown:
    """Both editions of a random study; the second knows the first."""
    made = Shown(study(seed))
    earlier = pd.DataFrame()
    for name in ("first", "second"):
        found = collect(made.study.edition(name))
        held = earlier if len(earlier) else None
        safe, _ = suppress(found.results, found.support, found.totals, T, T_ORGANISATIONS, held)
        made.leaks += audit(safe, found, earlier, T, T_ORGANISATIONS)
        made.evidence[name], made.frames[name] = found, safe
        earlier = safe.assign(edition=str(YEARS[0]))
    return made


def attacked(shown: Shown, year: int, whole: bool = False) -> list[Broken]:
    attacker = Attacker(shown.study, year, shown.frames, whole)
    assert not attacker.false(), "a published number is not true"
    return list(attacker.broken(list(targets(attacker, shown.evidence, T))))


def room(shown: Shown, year: int, target: Target) -> float:
    """How far apart the attacker's bounds of a number are."""
    attacker = Attacker(shown.study, year, shown.frames)
    high, low = (target.seats @ attacker.extreme(sign * target.seats) for sign in (1.0, -1.0))
    return float(high - low)


@pytest.mark.parametrize("first", range(0, STUDIES, BATCH))
def test_no_suppressed_number_of_a_random_study_can_be_worked_out(first: int) -> None:
    for seed in range(first, min(first + BATCH, STUDIES)):
        shown = published(seed)
        # What the audit refuses is not published.
        broken = {year: attacked(shown, year) for year in YEARS if not shown.leaks}
        assert any(broken.values()) == (seed in NARROWED), (seed, broken)
        for year, found in broken.items():
            assert all(room(shown, year, one.target) >= 2 for one in found), (seed, year)


def test_the_audit_refuses_few_studies() -> None:
    """What an earlier edition told, and what is new, cannot always be made safe by hiding more."""
    refused = [seed for seed in range(STUDIES) if published(seed).leaks]
    print(f"{len(refused)} of {STUDIES} studies are refused: {refused}")
    assert len(refused) <= STUDIES / 20


def test_nor_by_who_knows_that_people_are_whole() -> None:
    """Integers bound more tightly than the linear programs of the audit; on small studies they may not."""
    tried = 0
    for seed in range(STUDIES):
        for year in YEARS:
            if len(Attacker(study(seed), year, {}).cells) <= WHOLE and not published(seed).leaks:
                assert attacked(published(seed), year, whole=True) == [], (seed, year)
                tried += 1
    assert tried >= 5


# -- against the fewest that would do --------------------------------------------------------------------


def crossed(seed: int) -> Evidence:
    """Who took part, by region and type: the table of a random study that has both margins."""
    rows = [row for row in study(seed).edition("first") if row.analysis == "response"]
    return collect(rows)


def tables(evidence: Evidence) -> Tables:
    """The counts of a table, what adds up, and what must stay open."""
    frame = evidence.results.set_index("id")
    cells = {str(k): float(v) for k, v in evidence.support["count"].items()}
    family = evidence.totals.merge(frame[["group"]], left_on="child", right_index=True)
    sums = [
        (str(parent), tuple(own["child"].astype("str")))
        for (parent, _), own in family.groupby(["parent", "group"], sort=True)
    ]
    sensitive = {name: (1.0, T - 1.0) for name, count in cells.items() if 0 < count < T}
    return Tables(cells, sums, sensitive)


def test_few_more_cells_are_suppressed_than_the_fewest_that_would_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The fewest are found by mixed integer programming, table by table."""
    ratios, sizes = [], Counter[str]()
    for seed in range(STUDIES):
        evidence = crossed(seed)
        table = tables(evidence)
        if not 0 < len(table.cells) <= EXACT or not table.sensitive:
            continue
        least = fewest(table)
        if least is None:
            continue
        safe, _ = suppress(evidence.results, evidence.support, evidence.totals, T, T_ORGANISATIONS)
        hidden = int((safe["status"] == "suppressed").sum())
        assert hidden >= least
        ratios.append(hidden / least)
        sizes.update(rows=len(safe), hidden=hidden, least=least)
    with capsys.disabled():
        shares = {name: sizes[name] / sizes["rows"] for name in ("hidden", "least")}
        print(
            f"\n{len(ratios)} tables of {sizes['rows']} cells: {shares['hidden']:.1%} suppressed,"
            f" {shares['least']:.1%} would do; ratio {mean(ratios):.2f}, at most {max(ratios):.2f}"
        )
    assert len(ratios) >= 5 and mean(ratios) < 1.5


# -- the attack is not blind -----------------------------------------------------------------------------


def test_the_attack_finds_what_is_not_protected() -> None:
    """With small cells alone suppressed, nothing beside them, most of them follow from the totals."""
    broken = Counter[str]()
    for seed in range(3):
        shown = published(seed)
        naive = {}
        for name, evidence in shown.evidence.items():
            count = evidence.support.reindex(evidence.results["id"])["count"]
            small = count.between(1, T - 1).fillna(False).to_numpy(dtype=bool)
            frame = evidence.results.copy()
            frame.loc[small, ["estimate", "n"]] = pd.NA
            naive[name] = frame.assign(status=np.where(small, "suppressed", "published"))
        open_ = Shown(shown.study, shown.evidence, naive)
        broken.update(one.kind for year in YEARS for one in attacked(open_, year))
    assert {"count", "all but", "difference of people", "difference of count"} <= set(broken)


def test_the_attack_bounds_what_can_be_bounded_by_hand() -> None:
    """Two regions, two types, margins published and the cells not: a cell lies between the bounds of Fréchet,
    max(0, row + column - all) and min(row, column)."""
    crossed_ = next(one for one in map(study, range(40)) if "region x type" in one.tables)
    evidence = collect(crossed_.edition("first"))
    frame = evidence.results[evidence.results["analysis"] == "response"]
    margins = frame[frame["group"] != "region and type"]
    attacker = Attacker(crossed_, YEARS[0], {"first": margins})
    sizes = margins.set_index(["group", "level"])["estimate"]
    for cell in frame[frame["group"] == "region and type"].to_dict("records"):
        region, kind = str(cell["level"]).split(", ")
        row, column, every = (float(sizes[at]) for at in (("region", region), ("type", kind), ("", "")))
        seats, _ = attacker.seats("first", {str(k): v for k, v in cell.items()})
        assert seats is not None
        low, high = max(0.0, row + column - every), min(row, column)
        assert list(attacker.broken([Target("", "", seats, low, high)])) == []
        assert list(attacker.broken([Target("", "", seats, low, high + 0.01)]))
        assert low == 0 or list(attacker.broken([Target("", "", seats, low - 0.01, high)]))
