"""The template process: `python -m ksn_research.forked.server FD MODULE ...`.

It imports the modules and then forks a child for every request that comes in on the socket FD. It has one
thread and never runs a request itself. When whoever started it has gone, however that came, or has let go of
a child, the children concerned are killed.
"""

from __future__ import annotations

import gc
import os
import random
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from ksn_research.errors import KsnError
from ksn_research.forked import wire

FAILED = 1


def main(fd: int, modules: Sequence[str]) -> None:
    """Import the modules, then fork children until the other side of the socket is closed."""
    if sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]  # as ipykernel_launcher does, so that no file of the working folder is imported
    for name in modules:
        import_module(name)
    gc.collect()
    gc.freeze()  # what is here stays shared with the children
    with socket.socket(fileno=fd) as control:
        _serve(control)


def _serve(control: socket.socket) -> None:
    awake, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # only wakes the selector
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    children: dict[int, socket.socket] = {}
    chosen = selectors.DefaultSelector()
    chosen.register(control, selectors.EVENT_READ)
    chosen.register(awake, selectors.EVENT_READ)
    while True:
        ready = {key.fileobj for key, _ in chosen.select()}
        if awake in ready:
            awake.recv(4096)
            for pid in _ended(children):
                chosen.unregister(children[pid])
                children.pop(pid).close()
        for pid in [pid for pid, line in children.items() if line in ready]:
            # Nobody ever writes on this side: it is readable when the other side was closed.
            _kill(pid)
            chosen.unregister(children[pid])
            children.pop(pid).close()
        if control in ready:
            try:
                request, fd = wire.receive_with_fd(control)
            except EOFError:
                break
            line = socket.socket(fileno=fd)
            pid = os.fork()
            if not pid:
                _become([control, awake, wake, *children.values()], line, request)
            children[pid] = line
            chosen.register(line, selectors.EVENT_READ)
    # The last children's ends are not to be told to a socket that has gone.
    signal.set_wakeup_fd(-1)
    for pid in children:
        _kill(pid)
        os.waitpid(pid, 0)


def _ended(children: dict[int, socket.socket]) -> list[int]:
    """Children that have ended, after how they ended was told."""
    ended: list[int] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        if pid in children:
            _tell(children[pid], ("ended", os.waitstatus_to_exitcode(status)))
            ended.append(pid)


def _tell(line: socket.socket, message: Any) -> None:
    with suppress(OSError):  # whoever asked has gone; the child is killed when that is seen
        wire.send(line, message)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # with all that it started; alone where it has no group yet
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        return


def _become(others: Sequence[socket.socket], line: socket.socket, request: dict[str, Any]) -> NoReturn:
    """What the child does from its first moment to its last; it never returns into the template's loop."""
    code = FAILED
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in others:
            one.close()
        # Said by the child itself: of two that write on one line, each could cut into the other's message.
        wire.send(line, ("began", os.getpid()))
        _as_if_new(request)
        code = _run(line, request)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else FAILED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _as_if_new(request: dict[str, Any]) -> None:
    """The folder, the environment and the chance of a process that has just started."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    random.seed()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()


def _run(line: socket.socket, request: dict[str, Any]) -> int:
    module, _, name = request["entry"].partition(":")
    function = getattr(import_module(module), name)
    if not request["answers"]:
        line.close()
        function(*request["arguments"])
        return 0
    try:
        answer = ("done", function(*request["arguments"]))
    except KsnError as error:
        answer = ("failed", error)
    except Exception as error:  # noqa: BLE001 - told by kind and place only: its message may hold an answer
        last = traceback.extract_tb(error.__traceback__)[-1]
        answer = ("crashed", f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}")
    wire.send(line, answer)
    return 0


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
