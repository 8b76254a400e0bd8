"""Fresh processes from a template: they start clean, tell what went wrong in words, and outlive nobody."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ksn_research.errors import EditionError, KsnError, PlanError, ReadError
from ksn_research.forked import Template, template
from ksn_research.plan import load_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture(scope="module")
def made() -> Iterator[Template]:
    with template("ksn_research.plan", "numpy") as one:
        assert one is not None
        yield one


def gone(pid: int, within: float = 10.0) -> bool:
    """Whether a process ends in time. One that has ended and that nobody has asked about is gone too."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_child_works_in_our_folder_with_our_environment(
    made: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KSN_PROBE", "seen")
    monkeypatch.setenv("JPY_PARENT_PID", "1")  # another kernel's parent, which is not the child's
    assert made.call(os.getcwd).result() == str(tmp_path)
    assert made.call(os.getenv, "KSN_PROBE").result() == "seen"
    assert made.call(os.getenv, "JPY_PARENT_PID").result() is None


def test_every_call_has_a_process_of_its_own(made: Template) -> None:
    assert len({made.call(os.getpid).result() for _ in range(3)} | {os.getpid()}) == 4


def test_the_template_runs_one_thread(made: Template) -> None:
    made.call(os.getpid).result()  # it has imported everything
    names = [
        path.read_text(encoding="utf-8").strip()
        for path in Path(f"/proc/{made._process.pid}/task").glob("*/comm")
    ]
    # Arrow's allocator has a thread that it stops and starts again around a fork.
    assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1


@pytest.mark.parametrize(
    ("call", "arguments", "kind", "said"),
    [
        pytest.param(
            load_study, (Path("nowhere"),), PlanError, "there is no such file", id="our error as it is"
        ),
        pytest.param(int, ("words of a respondent",), EditionError, "ValueError in server.py", id="a defect"),
        pytest.param(os._exit, (3,), EditionError, "ended too soon", id="a death"),
    ],
)
def test_what_went_wrong_in_a_child_is_said_in_words(
    made: Template, call: Callable[..., Any], arguments: tuple[Any, ...], kind: type[KsnError], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        made.call(call, *arguments).result()
    assert "respondent" not in str(caught.value)
    assert made.call(os.getpid).result() > 0  # and the next child is not touched by it


def test_an_error_arrives_with_its_place() -> None:
    error = ReadError("no such column", remedy="add it", file="a.csv", row=3, column="b")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.row, again.column) == (ReadError, str(error), 3, "b")


@pytest.mark.parametrize(
    ("call", "argument", "code"),
    [
        pytest.param(time.sleep, 0, 0, id="ends"),
        pytest.param(sys.exit, 3, 3, id="exits"),
        pytest.param(os._exit, 4, 4, id="exits at once"),
        pytest.param(int, "x", 1, id="fails"),
    ],
)
def test_a_process_tells_how_it_ended(
    made: Template, call: Callable[..., Any], argument: Any, code: int
) -> None:
    assert made.start(call, argument).wait(30) == code


def test_a_process_is_watched_and_killed(made: Template) -> None:
    sleeping = made.start(time.sleep, 600)
    assert sleeping.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        sleeping.wait(0.05)
    sleeping.kill()
    assert sleeping.wait(30) == -signal.SIGKILL and sleeping.poll() == -signal.SIGKILL


def test_what_nobody_waits_for_any_more_is_killed() -> None:
    with template() as own:
        assert own is not None
        let_go, kept = own.start(time.sleep, 600), own.start(time.sleep, 600)
        let_go._line.close()
        assert gone(let_go.pid) and kept.poll() is None
    assert gone(kept.pid)
    with pytest.raises(EditionError, match="ended too soon"):
        own.call(os.getpid)


KILLED = """
import os, time
from ksn_research.forked import Template
made = Template()
child = made.start(time.sleep, 600)
print(made._process.pid, child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_killed_run_leaves_no_process_behind() -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL and not ran.stderr
    server, child = map(int, ran.stdout.split())
    assert gone(server) and gone(child)


def test_without_a_safe_fork_there_is_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with template("numpy") as none:
        assert none is None
