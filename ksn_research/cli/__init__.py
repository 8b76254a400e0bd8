"""The command line: load, call, save. What takes long to import is imported by the command that needs it.

`root` is the group of all commands and what they share; every module beside it adds its own commands.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

# Two processes share the work; threads of linear algebra beside them would only wait for each other, and sum
# in another order. Before numpy is imported.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import click  # noqa: E402

from ksn_research.cli import editions, instruments, panel, studies  # noqa: E402
from ksn_research.cli.root import cli  # noqa: E402

COMMANDS = (editions, instruments, panel, studies)  # each adds its commands to `cli` when it is imported


def main() -> None:
    """Run a command; say what went wrong in a sentence, never by a traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped; nothing was changed", 130)
    except Exception as error:  # its message may hold an answer
        from ksn_research.errors import KsnError  # brings pandas, which `ksn --help` does without

        if isinstance(error, KsnError):
            _fail(str(error), 1)
        if os.environ.get("KSN_DEBUG"):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        _fail(
            f"a defect of ksn_research ({type(error).__name__} in {where}); please report it, "
            "and set KSN_DEBUG=1 to see more (that may show answers)",
            2,
        )


def _fail(message: str, code: int) -> None:
    click.echo(f"ksn: {message}", err=True)
    sys.exit(code)
