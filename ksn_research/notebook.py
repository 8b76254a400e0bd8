"""A notebook run by papermill, and its text and outputs as a page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ksn_research import resources
from ksn_research.disclose import StudyInfo
from ksn_research.errors import EditionError, KsnError, ParameterError

OURS = {"KsnError", *(kind.__name__ for kind in KsnError.__subclasses__())}


def run_notebook(notebook: Path, executed: Path, parameters: Mapping[str, Any]) -> None:
    """Run a notebook with exactly the parameters it declares, and keep the executed one.

    The injected cell and the paths in it are taken out again, since an executed notebook is kept.
    Raises ParameterError for a parameter the notebook does not declare, EditionError when a cell fails.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    declared = papermill.inspect_notebook(str(notebook))
    strange = sorted(set(parameters) - set(declared))
    if strange:
        raise ParameterError(
            f"the notebook {notebook.name} has no parameter `{strange[0]}`",
            remedy=f"use one of {', '.join(declared)}",
        )
    try:
        with _private_kernel() as manager:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=dict(parameters),
                kernel_name="python3",
                kernel_manager_class=manager,
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
            )
    except PapermillExecutionError as error:
        # Only our own messages are known to hold no answer.
        said = f": {error.evalue}" if error.ename in OURS else ""
        raise EditionError(
            f"cell {error.exec_count} of {notebook.name} failed ({error.ename}{said})",
            remedy="open the notebook with `ksn explore`; the earlier edition stands as it was",
        ) from None
    _without_parameters(executed)


@contextmanager
def _private_kernel() -> Iterator[type]:
    """A kernel manager that talks through files of a private folder, so that no other user of the machine
    can listen, parallel runs do not meet, and the kernel need not warn about it. Sockets where files
    cannot carry the talk (Windows)."""
    from jupyter_client.manager import AsyncKernelManager

    if os.name == "nt":
        yield AsyncKernelManager
        return
    with tempfile.TemporaryDirectory(prefix="ksn-") as folder:

        class PrivateKernelManager(AsyncKernelManager):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{"transport": "ipc", "ip": f"{folder}/kernel", **options})

        yield PrivateKernelManager


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
            f"--metadata=title:{title}", f"--metadata=subtitle:{subtitle}", f"--variable=css:{css}",
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
                # A raw block is passed on as it is, so pandoc neither reads nor changes a number in it.
                parts.append(f"``````{{=html}}\n{html}\n``````")
    return "\n\n".join(parts)
