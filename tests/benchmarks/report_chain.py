"""`ksn report` against the plain chain over the same notebook: papermill runs `annual_report.ipynb` as by
hand (the study is computed in its kernel), then nbconvert makes HTML of it, then pandoc and typst a PDF of
that; one command after another. Ours makes besides circle pages, the workbook, figures and data."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path

from ksn_research import resources
from ksn_research.plan import load_study

from .timing import Benchmark

NOTEBOOK = "notebooks/annual_report.ipynb"
KEPT = shutil.ignore_patterns("published", "circle_pages", "_demo", "*.py")  # what no edition has changed yet
KSN = "from ksn_research.cli import main; main()"
PDF = """
import pypandoc, typst
pypandoc.convert_file("report.html", "typst", format="html", outputfile="report.typ",
    extra_args=["--standalone", "--extract-media=."])
typst.compile("report.typ", output="report.pdf")
"""
NUMBER = re.compile(r'<data [^>]*data-id="([^"]+)"')


def report_chain(folder: Path, demo: bool, formats: str = "html,pdf,docx") -> Benchmark:
    study = _study(folder, demo)
    sources, places = len(load_study(study).sources), count()

    def ours(around: list[int] | None = None) -> str:
        place = folder / f"ours-{next(places)}"
        shutil.copytree(
            study, place / study.name
        )  # an edition is remembered there, and the next would see it
        _run(["-c", KSN, "report", study.name, "--out", "edition", "--formats", formats], place, around)
        page = (place / "edition" / "public" / "report.html").read_text(encoding="utf-8")
        shutil.rmtree(place)
        return page

    def theirs() -> str:
        place = folder / f"theirs-{next(places)}"
        shutil.copytree(study, place / study.name)
        notebook = str(resources.shared(NOTEBOOK))
        _run(["-m", "papermill", notebook, "run.ipynb", "-k", "python3", "--no-progress-bar"], place)
        _run(["-m", "nbconvert", "--to", "html", "--no-input", "--output", "report.html", "run.ipynb"], place)
        if "pdf" in formats:
            _run(["-c", PDF], place)
            assert (place / "report.pdf").read_bytes().startswith(b"%PDF")
        page = (place / "report.html").read_text(encoding="utf-8")
        shutil.rmtree(place)
        return page

    def same(ours: str, theirs: str) -> None:
        assert NUMBER.findall(ours) == NUMBER.findall(theirs) != []

    versions = f"papermill {version('papermill')}, nbconvert {version('nbconvert')}, typst {version('typst')}"
    what = "a whole edition from records to files, processes started included"
    return Benchmark(
        "report_chain", what, f"{versions}, one after another", f"{sources} sources of {study.name}", sources,
        ours, theirs, same, runs=3, peer_runs=3, ratio_as="ratio_to_plain",
        whole_peak=lambda: _peak(ours),
    )  # fmt: skip


def _study(folder: Path, demo: bool) -> Path:
    if demo:
        return Path(shutil.copytree(resources.demo(), folder / "demo", ignore=KEPT))
    from tests.small_study import survey_only

    return survey_only(folder / "small")


def _run(call: Sequence[str], place: Path, around: list[int] | None = None) -> None:
    """Run Python in a folder that holds the study; with a list, the memory in use is put into it."""
    study = next(path.parent for path in place.glob("*/study.toml"))
    env = {**os.environ, "KSN_STUDY": str(study)}
    with (
        subprocess.Popen(
            [sys.executable, *call], cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
        _watched(process.pid, around),
    ):
        said, _ = process.communicate()
    if process.returncode:
        raise AssertionError(said.decode())


def _peak(ours: object) -> int:
    seen: list[int] = []
    ours(seen)  # type: ignore[operator]
    return max(seen)


@contextmanager
def _watched(pid: int, seen: list[int] | None) -> Iterator[None]:
    """Put into `seen`, ten times a second, the bytes that a process and all below it hold: their proportional
    sets, so that a page that several share counts once."""
    over = threading.Event()

    def look() -> None:
        while seen is not None and not over.wait(0.1):
            seen.append(sum(_held(one) for one in _tree(pid)))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue  # the thread has ended
        for child in children:
            yield from _tree(int(child))


def _held(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended
    return 1024 * int(told.split("Pss:")[1].split()[0])
