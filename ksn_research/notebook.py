"""A notebook run by papermill, and its text and outputs as a page."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ksn_research import resources
from ksn_research.disclose import StudyInfo
from ksn_research.errors import EditionError, KsnError, ParameterError
from ksn_research.forked import Template
from ksn_research.render.text import shown

GRAMMAR = "rfc3987_syntax"
OURS = {"KsnError", *(kind.__name__ for kind in KsnError.__subclasses__())}


def run_notebook(
    notebook: Path, executed: Path, parameters: Mapping[str, Any], template: Template | None = None
) -> None:
    """Run a notebook with exactly the parameters it declares, in a fresh kernel, and keep the executed one.

    The injected cell and the paths in it are taken out again, since an executed notebook is kept.

    template  forks the kernel; without, Jupyter starts a Python for it, which takes longer and gives the same
    Raises ParameterError for a parameter the notebook does not declare, EditionError when a cell fails or
    the kernel dies.
    """
    without_iri_grammar()
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from ksn_research.kernel import private_manager

    _refuse_undeclared(notebook, parameters, papermill.inspect_notebook(str(notebook)))
    try:
        with private_manager(template) as manager:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=dict(parameters),
                kernel_name="python3",
                kernel_manager_class=manager,
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                # Nothing is left to do for a kernel whose last cell has run; a polite end takes up to 1.2 s.
                shutdown_kernel="immediate",
            )
    except PapermillExecutionError as error:
        # Only our own messages are known to hold no answer.
        said = f": {error.evalue}" if error.ename in OURS else ""
        raise _stopped(f"cell {error.exec_count} of {notebook.name} failed ({error.ename}{said})") from None
    except (DeadKernelError, CellTimeoutError) as error:
        raise _stopped(f"the kernel of {notebook.name} ended too soon ({type(error).__name__})") from None
    _without_parameters(executed)


def _stopped(problem: str) -> EditionError:
    return EditionError(
        problem, remedy="open the notebook with `ksn explore`; the earlier edition stands as it was"
    )


def _refuse_undeclared(notebook: Path, parameters: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    strange = sorted(set(parameters) - set(declared))
    if strange:
        raise ParameterError(
            f"the notebook {notebook.name} has no parameter `{strange[0]}`",
            remedy=f"use one of {', '.join(declared)}",
        )


def without_iri_grammar() -> None:
    """Import `jsonschema`, on which nbformat and papermill rest, without the grammar of international web
    addresses that it would build in two seconds. No schema of Jupyter's checks such an address; the grammar
    is there again for whoever imports it afterwards."""
    if "jsonschema" in sys.modules or GRAMMAR in sys.modules:
        return
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]  # an import of it fails at once
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[GRAMMAR]


def _without_parameters(executed: Path) -> None:
    import nbformat

    notebook = nbformat.read(executed, as_version=4)
    notebook.cells = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
    nbformat.write(notebook, executed)


def as_html(executed: Path, title: str, study: StudyInfo) -> str:
    """The executed notebook as a page: text and outputs, no code, with contents, through pandoc."""
    import pypandoc

    templates = resources.PACKAGE / "templates"
    subtitle = f"Edition {study.year}" + (f" · {study.publisher}" if study.publisher else "")
    css = (templates / "style.css").read_text(encoding="utf-8")
    return pypandoc.convert_text(
        _as_markdown(executed),
        "html5",
        format="markdown",
        extra_args=[
            "--standalone", "--toc", "--toc-depth=2", f"--template={templates / 'report.html'}",
            f"--metadata=title:{shown(title)}", f"--metadata=subtitle:{shown(subtitle)}",
            f"--variable=css:{css}",
            "--variable=lang:en", "--wrap=none",
        ],
    )  # fmt: skip


def _as_markdown(executed: Path) -> str:
    import nbformat

    parts = []
    for cell in nbformat.read(executed, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html")
            if html:
                parts.append(_raw(html))
    return "\n\n".join(parts)


def _raw(html: str) -> str:
    """A raw block: passed on as it is, so that pandoc neither reads nor changes a number in it. Its fence is
    longer than any in it, or words of others could end it.

    >>> _raw("a")
    '```{=html}\\na\\n```'
    """
    longest = max((len(ticks) for ticks in re.findall("`+", html)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{=html}}\n{html}\n{fence}"
