"""Every number that R gave is reproduced by a test, or named here with the reason why not."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from typing import Any

from tests.conftest import REPOSITORY

TESTS = REPOSITORY / "tests"
REFERENCE = json.loads((TESTS / "reference" / "survey" / "reference.json").read_text(encoding="utf-8"))
EXEMPT = {
    "session": "versions, no number",
    "survey.clus1_rake_mean_api00": "R's rake stops early; clus1_rake_control_tight has converged",
    "survey.clus1_rake_total_enroll": "R's rake stops before it converges",
    "survey.clus1_rake_by_stype_api00": "R's rake stops before it converges",
    "bfi.*.items": "what the numbers beside it are of",
    "bfi.*.reversed": "what the numbers beside it are of",
    "bfi.*.omega3_total": "needs three group factors and a rotation: not for scales of five items",
    "bfi.*.omega3_h": "needs three group factors and a rotation: not for scales of five items",
    "bfi.*.omega1_total_listwise": "one factor by minimum residuals; ours are by maximum likelihood",
    "bfi.all25_omega5": "needs five group factors and a rotation",
}


def entries(found: Any = REFERENCE, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted names of what a test is to reproduce: two levels, three where the second names a scale."""
    for name, value in found.items():
        here = (*path, name)
        deeper = isinstance(value, dict) and (len(here) == 1 or (here[0] == "bfi" and len(here) == 2))
        if deeper:
            yield from entries(value, here)
        else:
            yield ".".join(here)


def within(name: str, wider: str) -> bool:
    """Whether an entry is the named one or a part of it; `*` stands for one name."""
    parts, wanted = name.split("."), wider.split(".")
    return len(parts) >= len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=False))


def covered() -> set[str]:
    names: set[str] = set()
    for path in sorted(TESTS.glob("test_survey_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {t.id for n in tree.body for t in targets(n) if isinstance(t, ast.Name)}
        if "COVERED" in said:
            names |= set(importlib.import_module(path.stem).COVERED)
    return names


def targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.AnnAssign):
        return [node.target]
    return node.targets if isinstance(node, ast.Assign) else []


def test_every_entry_is_reproduced_or_exempt_with_a_reason() -> None:
    known = {*covered(), *EXEMPT}
    assert [name for name in entries() if not any(within(name, one) for one in known)] == []


def test_what_is_said_to_be_reproduced_or_exempt_exists() -> None:
    there = list(entries())
    claimed = {*covered(), *EXEMPT}
    # A claim may be finer than an entry (one coefficient of a model), never about something else.
    assert [one for one in claimed if not any(within(n, one) or within(one, n) for n in there)] == []


def test_nothing_is_both_reproduced_and_exempt() -> None:
    assert [one for one in covered() if any(within(one, exempt) for exempt in EXEMPT)] == []
