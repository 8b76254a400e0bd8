"""Which tests run: the browser's with KSN_BROWSER=1, those at full size with KSN_SOAK=1."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).parent.parent
# The same examples each time, so that a red run is a change's doing; make soak looks for new ones.
settings.register_profile("same", derandomize=True)
if not os.environ.get("KSN_SOAK"):
    settings.load_profile("same")


def pytest_configure() -> None:
    # `ksn new` makes a secret: never in the folder of whoever runs the tests.
    os.environ["KSN_SECRETS"] = tempfile.mkdtemp(prefix="ksn-secrets-")


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["KSN_SECRETS"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    for item in items:
        if "soak" in item.keywords and not os.environ.get("KSN_SOAK"):
            item.add_marker(pytest.mark.skip(reason="full size: runs with KSN_SOAK=1 (make soak)"))
        if "browser" in item.keywords and not (os.environ.get("KSN_BROWSER") and browser):
            item.add_marker(pytest.mark.skip(reason="needs Chromium and KSN_BROWSER=1 (make soak)"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data, or a skip that says why."""
    folder = Path(os.environ.get("KSN_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the real data are not here (KSN_SHARED names their folder)")
    return folder.resolve()
