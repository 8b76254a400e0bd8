"""The files of an edition: each is made from what may be shown, and written into a staged folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from ksn_research import documents, edition, resources
from ksn_research.analyse.network.position_rows import position_tables
from ksn_research.disclose import Publishable
from ksn_research.disclose.quotes import Judged
from ksn_research.forked import Template
from ksn_research.notebook import as_html, run_notebook
from ksn_research.parameters import Parameters
from ksn_research.prepared import Prepared
from ksn_research.render.checks import checks_page
from ksn_research.render.figures import Figure
from ksn_research.render.narrative_draft import draft
from ksn_research.render.network_page import network_page
from ksn_research.render.quotes_page import quotes_page
from ksn_research.render.workbook import as_workbook

NOTEBOOK = "annual_report.ipynb"


def write_internal(
    staging: Path,
    prepared: Prepared,
    publishable: Publishable,
    findings: pd.DataFrame,
    quotes: Mapping[str, Judged],
    drawn: pd.DataFrame,
) -> None:
    """What the institute keeps for itself: the checks, why rows are suppressed, the network with its names,
    the gate's word on each quote, and the findings as a draft to edit.

    drawn  columns of `analyse.network.places`: where organisations stand on each map
    """
    folder, study = staging / "internal", publishable.study
    edition.save_csv(folder / "checks.csv", findings)
    reasons = publishable.reasons.rename_axis("id").rename("reason").reset_index()
    known = reasons["id"].isin(publishable.public).map({True: "in an earlier edition", False: ""})
    edition.save_csv(folder / "suppressed.csv", reasons.assign(public=known))
    inside = drawn[drawn["map"] == "internal"]
    pages = {
        "checks.html": checks_page(
            findings, study.title, prepared.accounts, prepared.answers, prepared.naming
        ),
        "network.html": network_page(
            position_tables(prepared), prepared.ties, inside, study.title, publishable.labels
        ),
        "quotes.html": quotes_page(quotes, study.title, publishable.labels),
        "findings.md": draft(publishable),
    }
    for name, page in pages.items():
        if page:
            (folder / name).write_text(page, encoding="utf-8")


def run_report(
    staging: Path, year: int, data: Path, title: str = "", template: Template | None = None
) -> Path:
    """The report's notebook, run on the publishable results in `data` and kept in `internal`."""
    executed = staging / "internal" / NOTEBOOK
    values = {"edition_data": str(data), "year": year, "title": title}
    run_notebook(resources.shared(f"notebooks/{NOTEBOOK}"), executed, values, template)
    return executed


def write_tables(staging: Path, publishable: Publishable) -> None:
    """`results.csv` and `tables.xlsx`."""
    edition.save_csv(staging / "public" / "results.csv", publishable.results)
    (staging / "public" / "tables.xlsx").write_bytes(as_workbook(publishable))


def write_drawings(staging: Path, pictures: Mapping[str, str]) -> None:
    """The drawings of the figures, by name; with them the notebook need not draw."""
    (staging / "public" / "figures").mkdir()
    for name, svg in pictures.items():
        (staging / "public" / "figures" / f"{name}.svg").write_text(svg, encoding="utf-8")


def read_drawings(edition: Path) -> dict[str, str]:
    """What `write_drawings` wrote into an edition."""
    found = sorted((edition / "public" / "figures").glob("*.svg"))
    return {path.stem: path.read_text(encoding="utf-8") for path in found}


def write_figures(staging: Path, drawn: Mapping[str, Figure]) -> None:
    """Of each figure the picture as dots, and its data."""
    folder = staging / "public" / "figures"
    # typst holds no lock of Python's.
    with ThreadPoolExecutor(1) as beside:
        pictures = beside.map(lambda figure: figure.png, drawn.values())
        for name, figure in drawn.items():
            (folder / f"{name}.csv").write_text(figure.csv, encoding="utf-8")
        for name, picture in zip(drawn, pictures, strict=True):
            (folder / f"{name}.png").write_bytes(picture)


def write_formats(
    staging: Path, executed: Path, publishable: Publishable, told: Parameters, drawn: Mapping[str, Figure]
) -> None:
    """The report in the formats that are wanted, from the notebook that was run; with DOCX also the section
    for the annual index. The figures have to be written already."""
    made = _makers(staging / "public", executed, publishable, told, drawn)
    # pandoc is another process, and typst holds no lock of Python's.
    with ThreadPoolExecutor(2) as beside:
        jobs = {name: beside.submit(make) for name, make in made.items()}
        for name, job in jobs.items():
            (staging / "public" / name).write_bytes(job.result())


def _makers(
    public: Path, executed: Path, publishable: Publishable, told: Parameters, drawn: Mapping[str, Figure]
) -> dict[str, Callable[[], bytes]]:
    study, wanted, figures = publishable.study, told.wanted, public / "figures"
    title = told.title or study.title
    made: dict[str, Callable[[], bytes]] = {}
    if {"pdf", "docx"} & set(wanted):
        document = documents.read_document(executed, title, study)
        if "pdf" in wanted:
            made["report.pdf"] = partial(documents.as_pdf, document, figures)
        if "docx" in wanted:
            made["report.docx"] = partial(documents.as_docx, document, figures)
            made["index-section.docx"] = partial(
                documents.as_index_section, publishable, drawn, figures, told.title
            )
    if "html" in wanted:
        made["report.html"] = lambda: as_html(executed, title, study).encode()
    return made
