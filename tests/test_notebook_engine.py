"""A forked kernel does what a kernel of Jupyter's own does: the same outputs, the same ways to fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from ksn_research.errors import EditionError
from ksn_research.forked import Template, template
from ksn_research.kernel import MODULES, private_manager
from ksn_research.notebook import run_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
DRAWN = """%config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
plt.rcParams["svg.hashsalt"] = "same"
%config InlineBackend.print_figure_kwargs = {"metadata": {"Date": None}}
figure = plt.plot([1, 2])"""
SOURCES = {
    "shows": [
        DRAWN,
        "print('said'); 1 + 1",
        "import sys; print('warned', file=sys.stderr)",
        "!echo told",
        "__name__, sys.argv[0][-20:], sys.path[0]",
    ],
    "asks": ["input('who? ')"],
    "fails": ["x = 1", "1 / 0", "print('never')"],
    "leaves": ["import sys; sys.exit(3)"],
    "has no such magic": ["%nosuchmagic"],
    "dies": ["import os; os._exit(1)"],
    "never ends": ["while True:\n    pass"],
}


@pytest.fixture(scope="module")
def made() -> Iterator[Template]:
    # A template that has matplotlib's backend for notebooks already, before there is a shell for it.
    with template(*MODULES, "matplotlib.pyplot", "matplotlib_inline.backend_inline") as one:
        assert one is not None
        yield one


def written(path: Path, sources: list[str]) -> Path:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def ran(path: Path, made: Template | None) -> tuple[Any, ...]:
    """What came out of every cell, or how it ended: the kind of error, in which cell, of which kind there."""
    timeout = 2 if "never ends" in path.name else 60
    try:
        with private_manager(made) as manager:
            done = papermill.execute_notebook(
                str(path), None, kernel_name="python3", kernel_manager_class=manager, progress_bar=False,
                execution_timeout=timeout, shutdown_kernel="immediate",
            )  # fmt: skip
    except PapermillExecutionError as error:
        return type(error), error.exec_count, error.ename, error.evalue
    except (CellTimeoutError, DeadKernelError) as error:
        return (type(error),)
    return tuple(cell.outputs for cell in done.cells)


@pytest.mark.parametrize("case", list(SOURCES))
def test_a_forked_kernel_does_what_a_plain_one_does(case: str, made: Template, tmp_path: Path) -> None:
    path = written(tmp_path / f"{case}.ipynb", SOURCES[case])
    forked, plain = ran(path, made), ran(path, None)
    assert forked == plain
    if case == "shows":
        assert "image/svg+xml" in forked[0][-1]["data"] and forked[1][0]["text"] == "said\n"


def test_nothing_stays_from_one_notebook_to_the_next(made: Template, tmp_path: Path) -> None:
    leaves = written(
        tmp_path / "leaves.ipynb",
        [
            "import builtins, os, pandas as pd\nbuiltins.left = os.environ['LEFT'] = 'x'\n"
            "pd.set_option('display.max_rows', 7); own = 1"
        ],
    )
    looks = written(
        tmp_path / "looks.ipynb",
        [
            "import builtins, os, pandas as pd\nhasattr(builtins, 'left'), os.environ.get('LEFT'), "
            "pd.get_option('display.max_rows'), 'own' in dir()"
        ],
    )
    ran(leaves, made)
    draws = written(
        tmp_path / "draws.ipynb", ["import random, numpy as np\n(random.random(), np.random.rand())"]
    )
    drawn = [ran(draws, made)[0][0]["data"]["text/plain"] for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert ran(looks, made)[0][0]["data"]["text/plain"] == "(False, None, 60, False)"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param(
            "raise ValueError('words of a respondent')", r"cell 1 of it\.ipynb failed \(ValueError\)",
            id="another's error",
        ),
        pytest.param(
            "from ksn_research.errors import PlanError\nraise PlanError('no such wave', remedy='add it')",
            r"cell 1 of it\.ipynb failed \(PlanError: no such wave; add it\)", id="our error",
        ),
        pytest.param("import os; os._exit(9)", r"the kernel of it\.ipynb ended too soon", id="a death"),
    ],
)  # fmt: skip
def test_a_notebook_that_fails_is_named_with_its_cell(
    source: str, said: str, made: Template, tmp_path: Path
) -> None:
    with pytest.raises(EditionError, match=said) as caught:
        run_notebook(written(tmp_path / "it.ipynb", [source]), tmp_path / "out.ipynb", {}, made)
    assert "respondent" not in str(caught.value)


GRAMMAR = """
import sys
from ksn_research.notebook import without_iri_grammar
without_iri_grammar()
import nbformat
assert "rfc3987_syntax" not in sys.modules
nbformat.validate(nbformat.v4.new_notebook())
from importlib.util import find_spec
print(find_spec("rfc3987_syntax").name)
"""


def test_the_grammar_of_web_addresses_is_left_out_and_can_still_be_had() -> None:
    pytest.importorskip("rfc3987_syntax")
    ran = subprocess.run([sys.executable, "-c", GRAMMAR], capture_output=True, text=True, check=False)
    assert ran.stdout == "rfc3987_syntax\n", ran.stderr
