"""Editions made through the public command, for the end-to-end tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from ksn_research import cli


def ksn(*words: str | Path) -> int:
    """Run `ksn` in this process; its exit code."""
    before = sys.argv
    sys.argv = ["ksn", *map(str, words)]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


def results(edition: Path) -> pd.DataFrame:
    """results.csv by id."""
    text = {"id": "str", "note": "str", "group": "str", "category": "str", "level": "str", "wave": "str"}
    frame = pd.read_csv(edition / "public" / "results.csv", dtype=text, keep_default_na=False, na_values=[""])
    return frame.set_index("id")


def must(code: int) -> None:
    if code:
        pytest.fail(f"ksn ended with {code}")
