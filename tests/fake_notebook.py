"""The annual report's notebook as papermill leaves it, made of an edition without a kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ksn_research import resources
from ksn_research.disclose import Publishable
from ksn_research.render import pages
from ksn_research.render.figures import Figure, build
from ksn_research.render.view import view


def executed(publishable: Publishable, folder: Path, sections: Iterable[str] = tuple(pages.SECTIONS)) -> Path:
    """The notebook with what the cells of these sections show; cells and text of others are left out."""
    wanted = tuple(sections)
    book = json.loads(resources.shared("notebooks/annual_report.ipynb").read_text(encoding="utf-8"))
    book["cells"] = [cell for cell in book["cells"] if cell["id"].removesuffix("-text") in wanted]
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            shown = pages.show_section(publishable, cell["id"])
            data = {"text/html": shown._repr_html_(), **shown._repr_mimebundle_()}
            cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}}]
    made = folder / "annual_report.ipynb"
    made.write_text(json.dumps(book), encoding="utf-8")
    return made


def pictured(publishable: Publishable, folder: Path, sections: Iterable[str]) -> dict[str, Figure]:
    """The figures of these sections, written as SVG and PNG."""
    seen = view(publishable)
    drawn = {name: one for section in sections for name, one in build(seen, section=section).items()}
    folder.mkdir(exist_ok=True)
    for name, one in drawn.items():
        (folder / f"{name}.svg").write_text(one.svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(one.png)
    return drawn
