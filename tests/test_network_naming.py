"""A misspelt name in an answer: drafted for review by `ksn check`, counted in the audit."""

from __future__ import annotations

import pandas as pd
import pytest

from ksn_research import pipeline
from ksn_research.analyse.network.naming_rows import COUNTED, naming_rows
from ksn_research.plan import load_study
from ksn_research.plan.aliases import names_file
from ksn_research.prepared import Prepared
from ksn_research.review import check_study
from tests.small_study import whole

YEAR = 2025
MISSPELT = "Habrour House"


@pytest.fixture
def folder(tmp_path):
    """A study in which one organisation is called by a name that nearly fits, and one names itself."""
    study = whole(tmp_path / "study")
    roster = study / str(YEAR) / "organisations.csv"
    known = pd.read_csv(roster, dtype=str)
    known.loc[1, "name"] = "Harbour House"
    known.to_csv(roster, index=False)
    path = study / str(YEAR) / "network_survey.csv"
    answers = pd.read_csv(path, dtype=str)
    answers.iloc[0, 1:] = ""
    answers.iloc[0, 1], answers.iloc[0, 2] = MISSPELT, answers.iloc[0, 0]
    answers.to_csv(path, index=False)
    return study


def audited(prepared: Prepared) -> dict[str, float]:
    rows = [row for row in naming_rows(prepared) if row.year == YEAR]
    return {row.statistic: row.estimate for row in rows if row.estimate is not None}


def test_a_near_miss_is_drafted_and_counts_once_it_is_confirmed(folder, tmp_path) -> None:
    before = audited(pipeline.prepare(load_study(folder), YEAR))
    assert (before["outside"], before["self"], before["reviewed"]) == (1, 1, 0)
    findings = check_study(load_study(folder), YEAR, tmp_path / "checks")
    drafts = names_file(folder, "network_survey")
    assert findings["file"].eq(drafts.name).sum() == 1
    text = drafts.read_text(encoding="utf-8")
    assert f'"{MISSPELT}" = "? ' in text
    check_study(load_study(folder), YEAR, tmp_path / "checks")
    assert drafts.read_text(encoding="utf-8") == text, "a second check adds nothing"
    drafts.write_text(text.replace('"? ', '"'), encoding="utf-8")
    after = audited(pipeline.prepare(load_study(folder), YEAR))
    assert (after["outside"], after["reviewed"]) == (0, 1)
    assert after["ties"] == before["ties"] + 1


def test_the_audit_adds_up_and_stands_on_the_checks_page(folder, tmp_path) -> None:
    found = audited(pipeline.prepare(load_study(folder), YEAR))
    matched = sum(found[how] for how in ("exact", "alias", "reviewed", "spelling"))
    assert found["named"] == matched + found["self"] + found["outside"] + found["unreadable"]
    assert found["ties"] == matched - found["again"] - found["below"]
    assert found["rows"] == found["rows_used"] + found["rows_unknown"] + found["rows_again"]
    assert set(COUNTED) == set(found)
    check_study(load_study(folder), YEAR, tmp_path / "checks")
    page = (tmp_path / "checks" / "checks.html").read_text(encoding="utf-8")
    assert "How names were matched to the roster" in page and "of these, near a name" in page
