"""Pages of many circles from an edition's data, against the review notebook run by papermill for each of a
few circles and turned into HTML by nbconvert. Both read the same files, and show the same of a circle."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbconvert
import papermill

from ksn_research import resources
from ksn_research.circle_edition import write_circles
from ksn_research.render.circle_data import pages_of
from ksn_research.render.circle_pages import show_circle
from ksn_research.report import load_publishable, save_publishable

from .memory import told
from .timing import Benchmark

NOTEBOOK = "notebooks/circle_review.ipynb"
sys.path.append(str(Path(__file__).parents[1]))


def circle_pages(folder: Path, circles: int, notebooks: int) -> Benchmark:
    import fake_circles

    data, out = folder / "data", folder / "circles"
    save_publishable(data, fake_circles.many(circles))
    out.mkdir()
    few = list(pages_of(load_publishable(str(data))).pages)[:notebooks]

    def same(ours: dict[str, int], theirs: dict[str, str]) -> None:
        assert ours == {"pages": circles, "failed": 0}
        publishable = load_publishable(str(data))
        for circle, notebook in theirs.items():
            # nbconvert writes every element anew: what is read is compared.
            shown = _read(show_circle(publishable, circle).html.split("</style>", 1)[1])
            page = (out / f"{circle.lower()}.html").read_text(encoding="utf-8")
            assert len(shown) > 1000 and shown in _read(notebook) and shown in _read(page)

    versions = f"papermill {papermill.__version__} (API) and nbconvert {nbconvert.__version__}"
    return Benchmark(
        "circle_pages", "review pages of all circles and their index, from an edition's data to files",
        f"{versions}, {notebooks} circles, scaled", f"{circles} circles, 20 questions and 4 scales each",
        circles,
        lambda: ours(data, out), lambda: _theirs(folder, data, few), same, runs=3, peer_runs=1,
        peer_scale=circles / notebooks, each="page", whole_peak=lambda: _whole_peak(data, out),
    )  # fmt: skip


def _read(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def ours(data: Path, out: Path) -> dict[str, int]:
    """As `ksn circles` does once the statistics are there."""
    made = write_circles(out, load_publishable(str(data)))
    return {"pages": made.pages, "failed": len(made.failed)}


def _theirs(folder: Path, data: Path, circles: list[str]) -> dict[str, str]:
    made = {}
    for circle in circles:
        executed = folder / f"{circle}.ipynb"
        told_to: dict[str, Any] = {"edition_data": str(data), "circle": circle}
        papermill.execute_notebook(
            str(resources.shared(NOTEBOOK)), str(executed), parameters=told_to, kernel_name="python3",
            progress_bar=False,
        )  # fmt: skip
        made[circle], _ = nbconvert.HTMLExporter(exclude_input=True).from_filename(str(executed))
        (folder / f"{circle}.html").write_text(made[circle], encoding="utf-8")
    return made


def _whole_peak(data: Path, out: Path) -> int:
    name = __name__ if __name__ != "__main__" else "tests.benchmarks.circle_pages"
    call = [sys.executable, "-m", name, str(data), str(out)]
    return int(subprocess.run(call, capture_output=True, text=True, check=True).stdout.split()[-1])


if __name__ == "__main__":
    ours(Path(sys.argv[1]), Path(sys.argv[2]))
    print(told("VmHWM"))
