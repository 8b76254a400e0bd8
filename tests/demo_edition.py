"""The demo study's editions, made through the public command once for all test files that look at them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import REPOSITORY
from tests.editions import ksn, must

DEMO = REPOSITORY / "surveys" / "demo"


def demo_edition(factory: pytest.TempPathFactory, year: int) -> Path:
    """The folder of the edition, made by whoever asks first; nobody may write into it."""
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # of all workers
    made = place / f"demo-{year}"
    with FileLock(place / f"demo-{year}.lock"):
        if not made.exists():
            study = place / f"demo-of-{year}" / "demo"
            kept = shutil.ignore_patterns("published", "_demo", "*.py")
            shutil.copytree(DEMO, study, ignore=kept, dirs_exist_ok=True)
            must(ksn("report", study, "--year", str(year), "--out", made))
    return made
