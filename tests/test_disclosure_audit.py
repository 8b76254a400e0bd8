"""The auditor against bounds worked out by hand, sums that somebody dominates, and rounding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ksn_research.disclose.audit import audit
from ksn_research.disclose.cells import suppress
from ksn_research.disclose.rounding import rounded
from ksn_research.errors import PlanError
from ksn_research.plan import load_study
from ksn_research.results import COLUMNS, Evidence, Row, collect
from tests.test_disclosure_earlier import heads, means

T = 5
NOTHING = pd.DataFrame(columns=[*COLUMNS, "edition"])


def published(evidence: Evidence, hidden: set[str]) -> pd.DataFrame:
    """All rows but those of these levels."""
    results = evidence.results.copy()
    lost = results["level"].isin(hidden)
    results.loc[lost, ["estimate", "n"]] = np.nan
    results.loc[lost, "status"] = "suppressed"
    return results


@pytest.mark.parametrize(
    ("people", "hidden", "bounds"),
    [
        ((3, 9, 30), {"R0"}, (3, 3)),  # the total less the others
        ((3, 9, 30), {"R0", "R1"}, None),  # 0 to 12
        ((1, 2, 30), {"R0", "R1"}, (1, 3)),  # both together are 3
        ((1, 2, 30), {"R0", "R1", "R2"}, None),
        ((4, 30), {"R0"}, (4, 4)),
    ],
)
def test_the_bounds_of_a_hidden_count_are_those_worked_out_by_hand(
    people: tuple[int, ...], hidden: set[str], bounds: tuple[int, int] | None
) -> None:
    evidence = collect(heads(*people))
    leaks = audit(published(evidence, hidden), evidence, NOTHING, T, 3)
    found = [leak for leak in leaks if leak.id.endswith("=r0.count")]
    assert {leak.kind for leak in leaks} <= {"bound"}
    if bounds is None:
        assert leaks == []
    else:
        # Further than the goal, 1 to 4, is not looked for.
        assert (found[0].low, found[0].high) == pytest.approx(bounds, abs=1e-3)


def test_a_number_that_is_unsafe_and_shown_is_named() -> None:
    evidence = collect(heads(3, 9, 30))
    leaks = audit(published(evidence, set()), evidence, NOTHING, T, 3)
    assert [(leak.id, leak.kind) for leak in leaks] == [
        ("2025.survey.response.response@region=r0.count", "shown")
    ]


@pytest.mark.parametrize(("hidden", "safe"), [({"R0"}, False), ({"R0", "R1"}, True)])
def test_a_hidden_mean_is_bounded_through_the_sum(hidden: set[str], safe: bool) -> None:
    """4 people with mean 2.5: the sum is 10, and known when all other sums are."""
    evidence = collect(means((4, 2.5), (12, 3.0), (30, 4.0)))
    assert (audit(published(evidence, hidden), evidence, NOTHING, T, 3) == []) is safe


def log(total: float, largest: float, second: float) -> Row:
    return Row(
        year=2025, source="thanks", analysis="recognition", measure="log", statistic="thanks", unit="ties",
        method="thanks in the log", estimate=total, n=int(total), people=12, count=12,
        largest=largest, second=second,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("total", "largest", "second", "hidden"),
    [
        # p % rule, p = 10: unsafe when total - largest - second < 10 % of the largest.
        (100.0, 60.0, 35.0, True),  # 5 left of 6
        (101.0, 60.0, 35.0, False),  # 6 left of 6
        (100.0, 30.0, 20.0, False),
    ],
)
def test_a_sum_that_one_person_dominates_is_hidden(
    total: float, largest: float, second: float, hidden: bool
) -> None:
    evidence = collect([log(total, largest, second)])
    safe, why = suppress(evidence.results, evidence.support, evidence.totals, T, 3)
    assert (safe["status"].iloc[0] == "suppressed") is hidden
    assert (why.iloc[0] == "dominated") is hidden


def test_all_suppressed_rows_carry_the_same_note_and_only_the_reasons_tell_them_apart() -> None:
    evidence = collect(heads(3, 9, 30, 40))
    safe, why = suppress(evidence.results, evidence.support, evidence.totals, T, 3)
    hidden = safe[safe["status"] == "suppressed"]
    assert len(hidden) == 2
    assert hidden["note"].nunique() == 1
    assert why[hidden["id"]].nunique() == 2


def test_an_edition_rounded_to_fives_passes_and_says_multiples_of_five() -> None:
    evidence = collect(heads(3, 9, 31, 42))
    safe, _ = suppress(evidence.results, evidence.support, evidence.totals, T, 3)
    shown = rounded(safe, 5)
    assert shown["estimate"].dropna().tolist() == [85.0, 30.0, 40.0]
    assert audit(shown, evidence, NOTHING, T, 3, rounding=5) == []


def share(count: int, n: int, **fields: Any) -> Row:
    return Row(
        year=2025, source="survey", analysis="shares", measure="valuable", statistic="share", unit="people",
        method="share", estimate=count / n, n=n, people=n, count=count, binary=True, **fields,
    )  # fmt: skip


def test_a_group_without_the_answer_is_shown_where_nobody_at_all_gave_it() -> None:
    whole = share(0, 60)
    parts = [
        replace(share(0, n), group="region", level=level, parents=(whole.id,))
        for level, n in (("North", 20), ("South", 40))
    ]
    evidence = collect([whole, *parts])
    safe, _ = suppress(evidence.results, evidence.support, evidence.totals, T, 3)
    assert safe["status"].eq("published").all()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rounding = -1", "rounding"),
        ('corrected = [{ source = "survey", year = 2025 }]', "why"),
        ('corrected = [{ year = 2025, why = "wrong" }]', "which source"),
        ("corrected = [3]", "no table"),
    ],
)
def test_a_wrong_rule_of_disclosure_is_named(tmp_path: Any, line: str, said: str) -> None:
    (tmp_path / "study.toml").write_text(f'[study]\ntitle = "T"\nyears = [2025]\n[disclosure]\n{line}\n')
    with pytest.raises(PlanError, match=said):
        load_study(tmp_path)


def test_a_correction_and_a_base_are_read(tmp_path: Any) -> None:
    told = 'rounding = 5\ncorrected = [{ source = "survey", year = 2025, why = "coded the wrong way round" }]'
    (tmp_path / "study.toml").write_text(f'[study]\ntitle = "T"\nyears = [2025]\n[disclosure]\n{told}\n')
    study = load_study(tmp_path)
    assert (study.rounding, study.corrected) == (5, (("survey", 2025),))
