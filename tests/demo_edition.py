"""Editions of the studies that come with the repository, made through the public command once for all test
files that look at them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import REPOSITORY
from tests.editions import ksn, must

DEMO = REPOSITORY / "surveys" / "demo"
TRIAL = REPOSITORY / "surveys" / "field-trial"


def demo_edition(factory: pytest.TempPathFactory, year: int) -> Path:
    """The folder of the edition, made by whoever asks first; nobody may write into it."""
    return _edition(factory, DEMO, year)


def trial_edition(factory: pytest.TempPathFactory, shared: Path) -> Path:
    """The field trial's edition of 2021; its study, `field-trial`, lies beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KSN_SHARED", str(shared))
        return _edition(factory, TRIAL, 2021)


def _edition(factory: pytest.TempPathFactory, study: Path, year: int) -> Path:
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # of all workers
    place /= f"{study.name}-of-{year}"
    made = place / "edition"
    with FileLock(f"{place}.lock"):
        if not made.exists():
            kept = shutil.ignore_patterns("published", "_demo", "*.py")
            copy = shutil.copytree(study, place / study.name, ignore=kept, dirs_exist_ok=True)
            must(ksn("report", copy, "--year", str(year), "--out", made))
    return made
