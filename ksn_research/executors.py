"""Who does the work: this process, processes of this machine, or a Dask cluster.

The one seam is `concurrent.futures.Executor`. What is done never depends on who does it, nor on how many do:
draws are seeded by what is drawn, and what comes back is put together in the order in which it was asked for.
Only what is worked out goes elsewhere; files are written by whoever asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from time import perf_counter
from typing import Any, TypeVar

from ksn_research.errors import EditionError

T = TypeVar("T")
R = TypeVar("R")

SCHEME = "dask://"
ANSWER = 5  # seconds within which a scheduler answers
WORTH = 1000  # fewer pages than this are done before another process has started
TRIAL = 0.25  # seconds of a loop that are done here; the rest goes out in tasks about as long
AHEAD = 4  # tasks per worker that may lie finished or under way before the first of them is taken
LARGE = "4 GiB"  # Dask warns of much smaller tasks, with an advice that is for its own users


@dataclass(frozen=True)
class Crew:
    """Who may be asked to work.

    workers  how many work at once: processes of this machine, or threads of the cluster
    cluster  its executor; None: this machine
    """

    workers: int = 1
    cluster: Executor | None = None

    def worth(self, tasks: int) -> bool:
        """Whether so many small tasks are done sooner elsewhere than here."""
        return self.cluster is not None or (self.workers > 1 and tasks >= WORTH)

    @contextmanager
    def pool(self, workers: int | None = None) -> Iterator[Executor]:
        """The cluster, or fresh processes of this machine, as many as the crew has without `workers`.

        They are started afresh: a fork of a process that runs threads may stop for ever.
        """
        if self.cluster is not None:
            yield self.cluster
            return
        with ProcessPoolExecutor(workers or self.workers, mp_context=get_context("spawn")) as pool:
            yield pool

    def ended(
        self, executor: Executor, function: Callable[[list[T]], R], parts: Iterable[list[T]]
    ) -> Iterator[tuple[list[T], Future[R]]]:
        """Each part and the future that worked it out, in order; only some are under way at one time."""
        waiting: deque[tuple[list[T], Future[R]]] = deque()
        for part in parts:
            waiting.append((part, submitted(executor, function, part)))
            if len(waiting) >= AHEAD * self.workers:
                yield waiting.popleft()
        yield from waiting


ALONE = Crew()
_AT_WORK: ContextVar[Crew] = ContextVar("crew", default=ALONE)


@contextmanager
def working(crew: Crew) -> Iterator[None]:
    """Loops that call `each` within the block hand their work to this crew's cluster."""
    before = _AT_WORK.set(crew)
    try:
        yield
    finally:
        _AT_WORK.reset(before)


def each(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`function` of each item, in order: the cluster's work within `working`, else this process's.

    What a quarter of a second does is done here, so that little work is never sent; the rest goes out in
    tasks of as many items as that were. The function and what it holds are sent with every task. Raises what
    the function raises, EditionError where a worker ended without an answer.

    >>> list(each(abs, [1, -2]))
    [1, 2]
    """
    crew = _AT_WORK.get()
    return map(function, items) if crew.cluster is None else _sent(crew, crew.cluster, function, iter(items))


def _sent(crew: Crew, cluster: Executor, function: Callable[[T], R], items: Iterator[T]) -> Iterator[R]:
    begun, done = perf_counter(), 0
    for item in items:
        yield function(item)
        done += 1
        if perf_counter() - begun >= TRIAL:
            break
    for _, future in crew.ended(cluster, _Every(function), parts_of(items, done)):
        yield from _answer(future)


@dataclass(frozen=True)
class _Every:
    """A function of an item as one of a list of them."""

    function: Callable[[Any], Any]

    def __call__(self, items: list[Any]) -> list[Any]:
        return [self.function(item) for item in items]


def _answer(future: Future[list[R]]) -> list[R]:
    try:
        return future.result()
    except Exception as error:
        if not lost(error):
            raise
        raise EditionError(
            f"a worker ended in the middle of its work ({type(error).__name__})",
            remedy="run it again, with more memory for each worker, or without --executor",
        ) from None


def failure(future: Future[R]) -> BaseException | None:
    """What went wrong with a task, once it has ended; None for nothing."""
    try:
        return future.exception()
    except CancelledError as error:  # the scheduler has gone
        return error


def lost(error: BaseException) -> bool:
    """Whether it says that a worker ended or a task was lost, and nothing of the task itself."""
    return type(error).__module__.split(".")[0] in ("concurrent", "distributed")


def parts_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """
    >>> list(parts_of("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def submitted(executor: Executor, function: Callable[[list[T]], R], part: list[T]) -> Future[R]:
    """The future of a task; a failed one where a pool of this machine is broken. Raises EditionError where
    the cluster has gone."""
    try:
        return executor.submit(function, part)
    except BrokenExecutor as error:
        failed: Future[R] = Future()
        failed.set_exception(error)
        return failed
    except Exception as error:
        if not lost(error):
            raise
        raise EditionError(
            f"the cluster has gone ({type(error).__name__})", remedy="start it again, or leave out --executor"
        ) from None


def address_of(executor: str) -> str:
    """Where the scheduler is, of what was given as `--executor`. Raises ValueError for anything else.

    >>> address_of("dask://10.0.0.5:8786")
    '10.0.0.5:8786'
    """
    host, _, port = executor.removeprefix(SCHEME).rpartition(":")
    if not executor.startswith(SCHEME) or not host or not port.isdecimal():
        raise ValueError(f"`{executor}` is no executor; the only one is {SCHEME}host:port")
    return f"{host}:{port}"


@contextmanager
def crew_of(executor: str | None, workers: int, means: Callable[[], Mapping[str, str]]) -> Iterator[Crew]:
    """The crew that was asked for: a cluster's (`dask://host:port`), or so many processes of this machine.

    means  versions by name, where it is called: a cluster's workers must have the same, as the manifest tells
           of one set only, and numbers may differ between versions
    Raises ValueError as `address_of`, EditionError when the extra is not installed, nobody answers within
    seconds, there are no workers, or theirs are other versions.
    """
    if executor is None:
        yield Crew(workers)
        return
    client = _client(executor)
    try:
        _refuse_others(client, executor, means)
        yield Crew(sum(client.nthreads().values()), client.get_executor(pure=False))
    finally:
        with suppress(Exception):  # it may be gone; that is not why anything failed
            client.close()


def _client(executor: str) -> Any:
    """A connection to the scheduler. By which protocol (tcp, tls) is Dask's own setting."""
    address = address_of(executor)
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise EditionError(
            "--executor needs Dask, which is not installed", remedy="pip install ksn-research[dask]"
        ) from None
    dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE})
    connect: Any = Client
    try:
        return connect(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError):
        raise EditionError(
            f"no Dask scheduler answers at {executor}",
            remedy="start one (`dask scheduler`, `dask worker`), or leave out --executor",
        ) from None


def _refuse_others(client: Any, executor: str, means: Callable[[], Mapping[str, str]]) -> None:
    ours = means()
    try:
        found = client.run(means)
    except Exception as error:  # noqa: BLE001 - whatever they cannot import or do not know
        raise EditionError(
            f"the workers of {executor} cannot say their versions ({type(error).__name__})",
            remedy="install the same ksn-research on every worker",
        ) from None
    if not found:
        raise EditionError(f"{executor} has no workers", remedy="start some (`dask worker`)")
    for theirs in found.values():
        other = [name for name, version in ours.items() if theirs.get(name) != version]
        if other:
            told = ", ".join(f"{name} {theirs.get(name, 'none')} for {ours[name]}" for name in other)
            raise EditionError(
                f"a worker of {executor} has other versions: {told}",
                remedy="install the same on every worker (requirements.lock)",
            )
