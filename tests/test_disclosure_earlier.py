"""Editions that follow each other: what a reader of both could subtract stays as it was, or is hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ksn_research.disclose.audit import audit
from ksn_research.disclose.cells import suppress
from ksn_research.disclose.earlier import HELD_NOTE
from ksn_research.results import COLUMNS, Row, collect

T = 5


def heads(*people: int, statistic: str = "count", **fields: Any) -> list[Row]:
    """A total and its regions, in people."""
    base = Row(
        year=2025, source="survey", analysis="response", measure="response", statistic=statistic,
        unit="people", method="counted", estimate=float(sum(people)), n=sum(people), people=sum(people),
        count=sum(people), **fields,
    )  # fmt: skip
    return [base] + [
        replace(
            base, group="region", level=f"R{i}", estimate=float(n), n=n, people=n, count=n, parents=(base.id,)
        )
        for i, n in enumerate(people)
    ]


def means(*regions: tuple[int, float]) -> list[Row]:
    """A mean and those of its regions: (people, mean)."""
    n = sum(k for k, _ in regions)
    base = Row(
        year=2025, source="survey", analysis="scales", measure="trust", statistic="mean", unit="people",
        method="mean", estimate=sum(k * m for k, m in regions) / n, n=n, people=n, low=1.0, high=5.0,
    )  # fmt: skip
    return [base] + [
        replace(base, group="region", level=f"R{i}", estimate=m, n=k, people=k, parents=(base.id,))
        for i, (k, m) in enumerate(regions)
    ]


def edition(rows: list[Row], earlier: pd.DataFrame | None = None, **how: Any) -> pd.DataFrame:
    """What an edition of these rows publishes after these; the audit finds nothing in it."""
    evidence = collect(rows)
    earlier = pd.DataFrame(columns=[*COLUMNS, "edition"]) if earlier is None else earlier
    safe, _ = suppress(evidence.results, evidence.support, evidence.totals, T, 3, earlier, **how)
    leaks = audit(safe, evidence, earlier, T, 3, **how)
    assert [leak for leak in leaks if leak.kind != "public"] == []
    return safe


def after(*published: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(
        [one.assign(edition=str(2025 + i)) for i, one in enumerate(published)], ignore_index=True
    )


def shown(safe: pd.DataFrame) -> dict[str, float]:
    """Estimates by level; the total under ""."""
    return dict(zip(safe["level"], safe["estimate"], strict=True))


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (0, {"": 60.0, "R0": 20.0, "R1": 20.0, "R2": 20.0}),
        (1, {"": 60.0, "R0": 20.0, "R1": 20.0, "R2": 20.0}),
        (T - 1, {"": 60.0, "R0": 20.0, "R1": 20.0, "R2": 20.0}),
        (T, {"": 65.0, "R0": 25.0, "R1": 20.0, "R2": 20.0}),
        (-T + 1, {"": 60.0, "R0": 20.0, "R1": 20.0, "R2": 20.0}),
        (-T, {"": 55.0, "R0": 15.0, "R1": 20.0, "R2": 20.0}),
    ],
)
def test_what_differs_by_fewer_than_the_threshold_stays_as_it_was(
    late: int, expected: dict[str, float]
) -> None:
    first = edition(heads(20, 20, 20))
    assert shown(edition(heads(20 + late, 20, 20), after(first))) == expected


def test_a_total_moves_on_where_enough_came_and_its_parts_wait_where_they_would_tell() -> None:
    first = edition(heads(20, 20, 20))
    second = edition(heads(22, 23, 23), after(first))
    assert shown(second) == {"": 68.0, "R0": 20.0, "R1": 20.0, "R2": 20.0}
    held = second[second["level"] != ""]
    assert held["note"].str.startswith(HELD_NOTE).all()
    assert held["note"].str.contains("edition of 2025").all()


def test_what_waited_still_says_of_which_edition_it_is() -> None:
    first = edition(heads(20, 20, 20))
    second = edition(heads(21, 20, 20), after(first))
    third = edition(heads(22, 20, 20), after(first, second))
    assert third["note"].str.contains("edition of 2025;").all()


def test_late_answers_to_regions_that_are_hidden_do_not_follow_from_the_others() -> None:
    """9 new people, 6 of them of a region that is shown: 3 are of the two that are hidden."""
    first = edition(heads(2, 8, 20, 20))
    assert np.isnan([shown(first)["R0"], shown(first)["R1"]]).all()
    second = edition(heads(2, 11, 26, 20), after(first))
    assert shown(second) | {"R0": 0, "R1": 0} == {"": 59.0, "R0": 0, "R1": 0, "R2": 20.0, "R3": 20.0}


@pytest.mark.parametrize(
    ("corrected", "expected"), [((), 3.0), ((("survey", 2025),), 3.4), ((("survey", 2024),), 3.0)]
)
def test_a_mean_that_changed_with_the_same_n_waits_unless_the_records_were_corrected(
    corrected: tuple[tuple[str, int | None], ...], expected: float
) -> None:
    first = edition(means((20, 3.0), (20, 3.0)))
    second = edition(means((20, 3.4), (20, 3.4)), after(first), corrected=corrected)
    assert shown(second) == {"": expected, "R0": expected, "R1": expected}


def test_what_was_published_before_protects_nothing() -> None:
    """R1 is the smallest other part, but an earlier edition printed it: another one is hidden with R0."""
    whole = heads(3, 9, 30, 40)
    before = collect(whole).results.iloc[[0, 2]]
    second = edition(whole, after(before))
    assert np.isnan([shown(second)["R0"], shown(second)["R2"]]).all()


def test_what_was_published_and_is_unsafe_now_is_told_as_public() -> None:
    whole = collect(heads(3, 9, 30, 40))
    before = after(whole.results)
    safe, _ = suppress(whole.results, whole.support, whole.totals, T, 3, before)
    leaks = audit(safe, whole, before, T, 3)
    assert {leak.kind for leak in leaks} == {"public"}


def test_a_row_that_is_new_in_a_family_that_waits_is_hidden() -> None:
    first = edition(heads(20, 20))
    assert np.isnan(shown(edition(heads(21, 20, 2), after(first)))["R2"])


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=5),
    st.lists(st.integers(0, 8), min_size=5, max_size=5),
)
def test_publishing_again_publishes_the_same(people: list[int], late: list[int]) -> None:
    first = edition(heads(*people))
    rows = heads(*(n + more for n, more in zip(people, late, strict=False)))
    second = edition(rows, after(first))
    third = edition(rows, after(first, second))
    pd.testing.assert_frame_equal(second, third)
