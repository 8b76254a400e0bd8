"""The public files and circle pages of a small edition, as a staging folder holds them before the swap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fake_circles
import fake_publishable
import numpy as np

from ksn_research import edition
from ksn_research.circle_edition import write_circles
from ksn_research.disclose import Publishable
from ksn_research.disclose.cells import NUMBERS
from ksn_research.render import figures, pages, workbook

SECTIONS = ("executive", "participation", "outcomes")
DRAWN = ("response", "scales", "cohorts")


def sound() -> Publishable:
    """Two years of a survey, a platform's retention, nine circles; suppressed rows hold no number."""
    rows = [
        *(row for year, bump in ((2024, 0.0), (2025, 0.05)) for row in fake_publishable.survey(year, bump)),
        *fake_publishable.platform(2025, 0.0),
        *fake_publishable.changes(),
    ]
    made, circles = fake_publishable.publishable(rows=rows), fake_circles.small_network()
    safe = made.results.copy()
    safe.loc[safe["status"] == "suppressed", NUMBERS] = np.nan
    return replace(made, results=safe, reviews=circles.reviews, labels={**made.labels, **circles.labels})


def staged(folder: Path, publishable: Publishable) -> Path:
    """Write the files; the folder."""
    (folder / "public" / "figures").mkdir(parents=True)
    (folder / "circles").mkdir()
    edition.save_csv(folder / "public" / "results.csv", publishable.results)
    shown = "".join(pages.show_section(publishable, name)._repr_html_() for name in SECTIONS)
    page = f"<html><body><main id='content'>{shown}</main></body></html>"
    (folder / "public" / "report.html").write_text(page, encoding="utf-8")
    (folder / "public" / "tables.xlsx").write_bytes(workbook.as_workbook(publishable))
    specs = [spec for spec in figures.FIGURES if spec.name in DRAWN]
    for name, figure in figures.figures(publishable, specs).items():
        (folder / "public" / "figures" / f"{name}.csv").write_text(figure.csv, encoding="utf-8")
    write_circles(folder / "circles", publishable)
    return folder
