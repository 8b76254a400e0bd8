"""Which tests run: the browser's with KSN_BROWSER=1, those at full size with KSN_SOAK=1. In which order, and
what they share."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The workers share the processors; threads of linear algebra beside them would only wait for each other.
# Before numpy is imported.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

REPOSITORY = Path(__file__).parent.parent
SOAK = bool(os.environ.get("KSN_SOAK"))
# The same examples each time, so that a red run is a change's doing; make soak looks for new ones, and for
# hypothesis' own number of them where a test names none.
settings.register_profile("same", derandomize=True, max_examples=50)
if not SOAK:
    settings.load_profile("same")
# Files that take longest, longest first: a worker that began one last would keep the others waiting.
FIRST = (
    "test_programmes_doc", "test_end_to_end", "test_field_trial", "test_report_axe", "test_notebooks",
    "test_disclosure_random", "test_circles_attack", "test_benchmarks", "test_panel", "test_audited",
    "test_render_circles_browser", "test_hostile_browser", "test_hostile", "test_comments", "test_kill",
    "test_fuzz_readers", "test_circle_reviews", "test_activity", "test_truth",
)  # fmt: skip


def modest(examples: int, full: int) -> int:
    """How many examples hypothesis tries: `full` with KSN_SOAK=1, else `examples`."""
    return full if SOAK else examples


def pytest_configure() -> None:
    # `ksn new` makes a secret: never in the folder of whoever runs the tests.
    os.environ["KSN_SECRETS"] = tempfile.mkdtemp(prefix="ksn-secrets-")


def pytest_unconfigure() -> None:
    gc.unfreeze()
    shutil.rmtree(os.environ["KSN_SECRETS"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))  # the order of a file's tests stays
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    for item in items:
        if "soak" in item.keywords and not os.environ.get("KSN_SOAK"):
            item.add_marker(pytest.mark.skip(reason="full size: runs with KSN_SOAK=1 (make soak)"))
        if "browser" in item.keywords and not (os.environ.get("KSN_BROWSER") and browser):
            item.add_marker(pytest.mark.skip(reason="needs Chromium and KSN_BROWSER=1 (make soak)"))


def pytest_collection_finish() -> None:
    # What was imported and collected stays to the end; to look through it for garbage costs every test.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One headless Chromium for all tests of a file; open any longer, Playwright's event loop would be in the
    way of those that run notebooks."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data, or a skip that says why."""
    folder = Path(os.environ.get("KSN_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the real data are not here (KSN_SHARED names their folder)")
    return folder.resolve()
