"""Every number about networks that R, UCINET or an enumeration gave is reproduced by a test, or named here
with the reason why not."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import REPOSITORY

TESTS = REPOSITORY / "tests"
FOLDER = TESTS / "reference" / "network"
EXEMPT: dict[str, str] = {
    "meta": "versions and a note, no number",
    "exact.note": "what the numbers beside it are",
    **{
        f"networks.{name}.attributes": "the network's nodes have none"
        for name in ("flo_marriage", "flo_business", "sampson_lk3", "coleman_w1")
    },
    "ei.*.partition": "what the numbers beside it are of",
    "ei.*.perm_min": "the least of some random draws",
    "ei.*.perm_max": "the greatest of some random draws",
    **{
        f"brokerage.*.{name}": "what the numbers beside it are of"
        for name in ("roles", "classes", "class_sizes")
    },
    "networks.*.louvain": "one run of a search that depends on its seed",
    "networks.*.fast_greedy.membership": "one of several partitions of the same modularity",
}


def entries() -> list[str]:
    """Dotted names of all leaves; those of the further files begin with the file's name."""
    names = list(leaves(json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))))
    for file in ("exact", "mrqap_highprec", "optimal_modularity"):
        found = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))
        names += [f"{file}.{name}" for name in leaves(found)]
    return names


def leaves(found: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def within(name: str, wider: str) -> bool:
    """Whether an entry is the named one or a part of it; `*` stands for one name."""
    parts, wanted = name.split("."), wider.split(".")
    return len(parts) >= len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=False))


@pytest.fixture(scope="module")
def covered() -> set[str]:
    names: set[str] = set()
    for path in sorted(TESTS.glob("test_network_*.py")):
        if "\nCOVERED" in path.read_text(encoding="utf-8"):
            names |= set(importlib.import_module(path.stem).COVERED)
    return names


def test_every_entry_is_reproduced_or_exempt_with_a_reason(covered: set[str]) -> None:
    known = {*covered, *EXEMPT}
    assert [name for name in entries() if not any(within(name, one) for one in known)] == []


def test_what_is_said_to_be_reproduced_or_exempt_exists(covered: set[str]) -> None:
    there = entries()
    assert [one for one in (*covered, *EXEMPT) if not any(within(name, one) for name in there)] == []
