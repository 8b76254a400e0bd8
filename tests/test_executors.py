"""Work elsewhere: the same pages and the same numbers whoever does it, however many do, and whoever dies."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import many_circles
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from deadly import Deadly
from fake_circles import many

from ksn_research import executors, provenance, report
from ksn_research.analyse.engagement.mixing_at_events import role_mix
from ksn_research.analyse.mixed.placed import by_lot
from ksn_research.analyse.network.brokerage import shuffled
from ksn_research.analyse.network.homophily import e_i_shuffled
from ksn_research.analyse.network.meeting_pairs import Pairs, permuted, permuted_within_strata
from ksn_research.analyse.network.mixing import mixing, spanning
from ksn_research.analyse.network.mrqap import mrqap
from ksn_research.analyse.network.mrqap_logistic import logistic_mrqap
from ksn_research.analyse.network.positions import betweenness
from ksn_research.analyse.network.qap import qap_correlation
from ksn_research.analyse.network.robustness import deletion_robustness, node_jackknife, position_jackknife
from ksn_research.analyse.network.silencing import betweenness_after, silencing
from ksn_research.analyse.network.spread import adoptions, linked_adoption
from ksn_research.analyse.network.structure import Network, reciprocity
from ksn_research.analyse.network.two_mode import bridges_leave, two_mode
from ksn_research.analyse.survey.course.resample import bootstrap
from ksn_research.analyse.survey.scale.reliability import bootstrap_alpha
from ksn_research.circle_edition import write_circles
from ksn_research.cli import cli
from ksn_research.errors import EditionError
from ksn_research.executors import Crew, crew_of, each, working
from ksn_research.plan import load_study
from ksn_research.render.circle_data import PageInput, pages_of
from ksn_research.render.circle_pages import PageError, render_pages

NODES = 14
RNG = np.random.default_rng(20261122)
TIES = np.where(np.eye(NODES, dtype=bool), np.nan, RNG.random((NODES, NODES)) < 0.3)
NETWORK = Network(np.arange(NODES), True, TIES, np.ones(NODES, dtype=bool))
KINDS = np.array(list("aabbccdabcdabc"), dtype=object)
X = {"near": RNG.random((NODES, NODES)), "size": RNG.random((NODES, NODES))}
MET = np.array(np.triu(RNG.random((NODES, NODES)) < 0.4, 1))
MET = MET | MET.T
ANSWERS = RNG.integers(1, 6, (400, 5)).astype(float)
STRATA = np.repeat([0, 1], NODES // 2)
OFF = ~np.eye(NODES, dtype=bool)
PAIRS = Pairs(OFF, OFF & (TIES == 1), MET, STRATA, True, "pair")
SEATS = pd.DataFrame({"circle": RNG.integers(0, 6, 40), "member": RNG.integers(0, 20, 40)}).astype("str")
IDEAS = pd.DataFrame({
    "idea": np.repeat(["I", "J"], 5), "circle": [*range(5), *range(3, 8)],
    "date": pd.date_range("2025-01-01", periods=10),
})  # fmt: skip


LOOPS: dict[str, Callable[[], Any]] = {
    "MRQAP": lambda: mrqap(NETWORK, X, draws=300),
    "logistic MRQAP": lambda: logistic_mrqap(NETWORK, X, draws=130),
    "logistic MRQAP, Wald": lambda: logistic_mrqap(NETWORK, X, draws=130, statistic="wald"),
    "QAP": lambda: qap_correlation(NETWORK, X["near"], draws=300),
    "E-I": lambda: mixing(NETWORK, KINDS, draws=300, batch=50),
    "E-I, placings": lambda: e_i_shuffled(NETWORK, KINDS, draws=300, batch=50),
    "spanning": lambda: spanning(NETWORK, KINDS, STRATA == 0, draws=300, batch=50),
    "brokerage": lambda: shuffled(NETWORK, STRATA.astype(np.int16), np.zeros((NODES, 6)), 1, 300, 50),
    "meeting": lambda: permuted(PAIRS, 1, 300, 50),
    "meeting, strata": lambda: permuted_within_strata(PAIRS, 1, 300, 50),
    "ideas": lambda: linked_adoption(adoptions(IDEAS), np.arange(NODES), MET, draws=300, batch=50),
    "events": lambda: role_mix(np.arange(600) // 6, np.arange(600) % 3, 4_000),
    "by lot": lambda: by_lot(np.arange(20.0) % 7, np.arange(20) % 3, 3, draws=200),
    "bridges leave": lambda: bridges_leave(two_mode(SEATS), True, draws=20),
    "bootstrap of alpha": lambda: bootstrap_alpha(ANSWERS, draws=12_000),
    "bootstrap of groups": lambda: bootstrap(
        ANSWERS[:, 0], np.column_stack([np.ones(400), ANSWERS[:, 1]]), np.arange(400) // 10, np.eye(2), 6_000
    ),
    "jackknife of positions": lambda: position_jackknife(NETWORK, betweenness),
    "jackknife of a share": lambda: node_jackknife(NETWORK, reciprocity),
    "deletion": lambda: deletion_robustness(NETWORK, betweenness, 0.2, draws=30),
    "silencing": lambda: silencing(NETWORK, betweenness_after, 0.2, draws=30),
}


class Counting(ThreadPoolExecutor):
    """Threads, and how many tasks they were given."""

    tasks = 0

    def submit(self, *given: Any, **more: Any) -> Future:
        self.tasks += 1
        return super().submit(*given, **more)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the first item goes out, in tasks of one."""
    monkeypatch.setattr(executors, "TRIAL", 0.0)


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1",
        silence_logs=logging.CRITICAL,
    ) as made:  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local_cluster(2) as made:
        yield made


def address(cluster: Any) -> str:
    return str(cluster.scheduler_address).replace("tcp://", "dask://")


@pytest.fixture
def crew(cluster: Any) -> Iterator[Crew]:
    with crew_of(address(cluster), 1, provenance.packages) as made:
        yield made


@pytest.mark.parametrize("name", LOOPS)
def test_numbers_are_the_same_for_1_2_and_4_workers(name: str, at_once: None) -> None:
    alone = repr(LOOPS[name]())
    for workers in (1, 2, 4):
        with Counting(workers) as threads, working(Crew(workers, threads)):
            assert repr(LOOPS[name]()) == alone
        assert threads.tasks


@pytest.mark.parametrize("name", LOOPS)
def test_numbers_are_the_same_from_a_cluster(name: str, crew: Crew, at_once: None) -> None:
    alone = repr(LOOPS[name]())
    with working(crew):
        assert repr(LOOPS[name]()) == alone


def test_little_work_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "TRIAL", 3600)
    with Counting(1) as threads, working(Crew(1, threads)):
        assert list(each(abs, [-1, 2])) == [1, 2]
    assert threads.tasks == 0


def test_outside_the_block_nobody_else_works() -> None:
    with Counting(1) as threads:
        with working(Crew(1, threads)):
            pass
        assert list(each(abs, [-1, -2])) == [1, 2] and threads.tasks == 0


def test_what_a_loop_raises_is_raised_and_a_lost_worker_is_said(at_once: None) -> None:
    with ThreadPoolExecutor(1) as threads, working(Crew(1, threads)):
        with pytest.raises(TypeError, match="bad operand"):
            list(each(abs, [1, "word"]))

        def dies(value: int) -> int:
            if value:
                raise BrokenProcessPool("gone")
            return value

        with pytest.raises(EditionError, match=r"a worker ended .*; run it again, with more memory"):
            list(each(dies, [0, 1]))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_pages_of_a_cluster_are_those_made_here(crew: Crew, tmp_path: Path) -> None:
    same_pages(many(300, items=6), crew, tmp_path, 300)


def same_pages(publishable: Any, crew: Crew, folder: Path, circles: int) -> None:
    for name, who in (("here", Crew()), ("there", crew)):
        (folder / name).mkdir()
        assert write_circles(folder / name, publishable, crew=who).pages == circles
    assert files(folder / "here") == files(folder / "there") and len(files(folder / "here")) == circles + 1


def test_a_worker_killed_in_the_middle_loses_no_page(crew: Crew, cluster: Any) -> None:
    inputs = list(pages_of(many(500, items=6)).pages.values())
    made = []
    for one in render_pages(inputs, crew):
        if not made:
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        made.append(one)
    assert made == list(render_pages(inputs))


def deadly_pages(circles: int, bad: int) -> list[PageInput]:
    inputs = list(pages_of(many(circles, items=2)).pages.values())
    inputs[bad] = replace(inputs[bad], head={**inputs[bad].head, "name": Deadly("ends whoever prints it")})
    return inputs


def died_alone(made: list[tuple[str, Any]], inputs: list[PageInput], bad: int, why: str) -> None:
    failed = {file: str(page) for file, page in made if isinstance(page, PageError)}
    assert failed == {inputs[bad].file: f"the worker ended without a page ({why})"}
    assert {file for file, _ in made} == {given.file for given in inputs} and len(made) == len(inputs)


def test_a_page_that_ends_every_worker_fails_by_its_name_and_alone(
    crew: Crew, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)  # what waits beside it is given up, too
    inputs = deadly_pages(60, 30)
    died_alone(list(render_pages(inputs, crew)), inputs, 30, "KilledWorker")


def test_so_it_does_in_processes_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "WORTH", 2)
    inputs = deadly_pages(60, 30)
    died_alone(list(render_pages(inputs, Crew(2))), inputs, 30, "BrokenProcessPool")


class Gone(Executor):
    """A cluster that was there a moment ago."""

    def submit(self, *given: Any, **more: Any) -> Any:
        raise CancelledError


def test_a_cluster_that_has_gone_is_said() -> None:
    inputs = list(pages_of(many(3, items=2)).pages.values())
    with pytest.raises(EditionError, match=r"the cluster has gone .*; start it again"):
        list(render_pages(inputs, Crew(1, Gone())))


def test_a_page_that_cannot_be_made_there_is_an_error_of_its_own(crew: Crew) -> None:
    inputs = list(pages_of(many(30, items=2)).pages.values())
    inputs[7] = replace(inputs[7], items=({**inputs[7].items[0], "order": "my own words"}, *inputs[7].items))
    made = list(render_pages(inputs, crew))
    assert [file for file, _ in made] == [given.file for given in inputs]
    failed = [str(page) for _, page in made if isinstance(page, PageError)]
    assert len(failed) == 1 and failed[0].startswith("TypeError in circle_items.py")


@pytest.mark.soak
def test_10_000_pages_of_a_cluster_are_those_made_here(crew: Crew, tmp_path: Path) -> None:
    study = load_study(many_circles.write(tmp_path / "study", 10_000))
    same_pages(report.compute(study, 2025)[1], crew, tmp_path, 10_000)


@pytest.mark.parametrize("given", ["spark://h:1", "dask://", "dask://host", "dask://host:p", "host:8786", ""])
@pytest.mark.parametrize("command", ["report", "circles"])
def test_any_other_executor_is_refused_in_words(command: str, given: str) -> None:
    ran = CliRunner().invoke(cli, [command, "--executor", given])
    assert ran.exit_code == 2 and "is no executor; the only one is dask://host:port" in ran.output


def test_workers_are_this_machines() -> None:
    ran = CliRunner().invoke(cli, ["circles", "--executor", "dask://h:1", "--workers", "2"])
    assert ran.exit_code == 2 and "a cluster of --executor has its own" in ran.output


def refused(executor: str, means: Callable[[], dict[str, str]] = dict) -> str:
    with pytest.raises(EditionError) as error, crew_of(executor, 1, means):
        pass
    return str(error.value)


def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = "--executor needs Dask, which is not installed; pip install ksn-research[dask]"
    assert refused("dask://127.0.0.1:1") == said


def test_nobody_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    monkeypatch.setattr(executors, "ANSWER", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        executor = f"dask://127.0.0.1:{taken.getsockname()[1]}"
        assert f"no Dask scheduler answers at {executor}" in refused(executor)


def test_a_cluster_without_workers_is_said() -> None:
    with local_cluster(0) as empty:
        assert f"{address(empty)} has no workers; start some" in refused(address(empty))


def test_other_versions_on_the_workers_are_refused(cluster: Any) -> None:
    def means() -> dict[str, str]:
        return {"python": "3", "ksn-research": str(os.getpid())}

    said = refused(address(cluster), means)
    assert f"for {os.getpid()}; install the same on every worker" in said and "python" not in said


def test_nothing_of_it_is_imported_unless_asked_for() -> None:
    asked = "import sys, ksn_research.report; print({'dask', 'distributed'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
