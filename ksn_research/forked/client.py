"""Ask a template for fresh processes."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ksn_research.errors import EditionError
from ksn_research.forked import wire

# Set for the template's whole life: a child takes the core that it has, and a fork of a library that runs
# threads of its own is what the template is there to avoid.
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# How a kernel knows its parent; a template started inside a kernel must not hand down that kernel's.
OF_ANOTHER = "JPY_PARENT_PID"


class Process:
    """A forked child, with the methods of `subprocess.Popen` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.returncode: int | None = None
        try:
            said, number = wire.receive(line)
        except EOFError:
            said, number = "ended", -signal.SIGKILL
        if said != "began":
            raise _died()
        self.pid: int = number

    def poll(self) -> int | None:
        """The exit code, negative for a signal's; None while it runs."""
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("forked", timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _end(self) -> None:
        try:
            self.returncode = wire.receive(self._line)[1]
        except EOFError:
            self.returncode = -signal.SIGKILL  # the template has gone, and its children with it
        self._line.close()


class Answer:
    """What a forked child was asked to work out."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def result(self) -> Any:
        """Wait for the answer. Raises the KsnError that the child met, EditionError when it met a defect or
        died."""
        with self._line:
            try:
                wire.receive(self._line)  # that it began
                state, value = wire.receive(self._line)
            except (EOFError, ConnectionError):
                state, value = "ended", None
        if state == "failed":
            raise value
        if state == "crashed":
            raise EditionError(f"a defect of ksn_research ({value})", remedy="please report it")
        if state != "done":
            raise _died()
        return value


def _died() -> EditionError:
    return EditionError("a worker process ended too soon", remedy="run it again; if that fails, report it")


class Template:
    """A process that has imported `modules` and forks a child for whoever asks.

    It is started at once and imports beside whatever the caller does; requests wait for that.
    """

    def __init__(self, *modules: str) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        environment = {name: value for name, value in os.environ.items() if name != OF_ANOTHER} | ALONE
        call = [sys.executable, "-m", "ksn_research.forked.server", str(theirs.fileno()), *modules]
        with theirs:
            # A session of its own: the keyboard's interrupt reaches us, and we let go of it.
            self._process = subprocess.Popen(  # noqa: S603 - our own Python and modules
                call, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment,
                start_new_session=True,
            )  # fmt: skip

    def call(self, function: Callable[..., Any], *arguments: Any) -> Answer:
        """Call a function of a module in a fresh child. Function, arguments and answer are pickled."""
        entry = f"{function.__module__}:{function.__qualname__}"
        return Answer(self._ask(entry, arguments, answers=True))

    def start(
        self, function: Callable[..., Any], *arguments: Any, cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:  # fmt: skip
        """Run a function of a module in a fresh child, as a process that can be watched and killed."""
        entry = f"{function.__module__}:{function.__qualname__}"
        return Process(self._ask(entry, arguments, answers=False, cwd=cwd, env=env))

    def _ask(
        self, entry: str, arguments: tuple[Any, ...], answers: bool, cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> socket.socket:  # fmt: skip
        request = {
            "entry": entry, "arguments": arguments, "answers": answers, "cwd": cwd or str(Path.cwd()),
            "env": {name: v for name, v in (env or os.environ).items() if name != OF_ANOTHER},
        }  # fmt: skip
        mine, theirs = socket.socketpair()
        try:
            with theirs, self._lock:
                wire.send(self._control, request, theirs.fileno())
        except OSError:
            mine.close()
            raise _died() from None
        return mine

    def close(self) -> None:
        """End the template and every child that still runs."""
        self._control.close()
        self._process.wait()


@contextmanager
def template(*modules: str) -> Iterator[Template | None]:
    """A template with these modules for the block; None where processes cannot be forked safely."""
    if sys.platform != "linux":
        yield None
        return
    made = Template(*modules)
    try:
        yield made
    finally:
        made.close()
