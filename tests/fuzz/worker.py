"""Reads mutated files, one after another, and says what became of each: `python tests/fuzz/worker.py 17 18`.

With no further word, the numbered cases are read and told in full; `--run FIRST STEP COUNT` gives one JSON
line before and one after each case, for `test_fuzz_readers`. Case n is always the same file read in the same
way. A case that takes far too long, or memory without end, takes the process along, and its first line tells
which it was.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]
sys.dont_write_bytecode = True

import mutations  # noqa: E402

from fuzz.corpus import SENTINEL, SURVEY, Seed, seeds  # noqa: E402
from ksn_research.errors import Finding, KsnError, Origin  # noqa: E402
from ksn_research.plan import Wave  # noqa: E402
from ksn_research.plan.instrument import load_instrument  # noqa: E402
from ksn_research.prepared import blank  # noqa: E402
from ksn_research.read import FORMATS, Export, read_dictionary, read_export, read_file  # noqa: E402
from ksn_research.read.codebook import read_codebook  # noqa: E402
from ksn_research.read.coded import read_coded  # noqa: E402
from ksn_research.read.draft import draft_instrument  # noqa: E402
from ksn_research.read.refi_qda import read_project  # noqa: E402
from ksn_research.read.segments import segments_from_table  # noqa: E402
from ksn_research.read.session_sheet import read_session_sheet  # noqa: E402
from ksn_research.score.responses import responses  # noqa: E402
from ksn_research.score.session_sheets import of_sheet  # noqa: E402
from ksn_research.score.sessions import tables  # noqa: E402

SECONDS, MEGABYTES = 10.0, 1024  # of computing, and of memory, that one file may take
STOP = 40.0  # seconds by the clock after which the process ends, whatever it is doing or waiting for
LONGEST = 3000  # letters of a message
SPSS_EACH = 33  # one case in so many is an SPSS file, which costs a process
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "utf-16", "utf-7", "idna", "undefined", "rot13", "no-such", "")
SUFFIXES = (".csv", ".xlsx", ".txt", ".json", ".lss", ".md", ".xls", ".qdpx", ".sav", "")


class FailedError(Exception):
    """A case that did not end as it must."""


# --- one case ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A mutated file and how it is read; `intact` where its records are those of its seed."""

    seed: Seed
    told: str
    format: str | None
    encoding: str | None
    intact: bool


def case(number: int) -> Case:
    """The case of a number."""
    draw = random.Random(f"ksn {number}")
    slow = number % SPSS_EACH == 0
    seed = draw.choice([one for one in seeds() if (one.kind == "binary") == slow])
    chosen = [draw.choice(mutations.mutations(seed)) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    format = draw.choice((None, None, None, seed.format or None, seed.format or None, draw.choice(FORMATS)))
    encoding = draw.choice(ENCODINGS) if draw.random() < 0.02 else None
    changed, done = seed, []
    for mutate in chosen:
        try:
            changed = _mutated(draw, changed, mutate)
        except (
            ValueError,
            LookupError,
            ArithmeticError,
            RuntimeError,
            NotImplementedError,
            OSError,
            *mutations.BROKEN,
        ):
            continue  # an earlier mutation left nothing that this one could be done to
        done.append(mutate)
    suffix = draw.choice(SUFFIXES) if draw.random() < 0.03 else Path(seed.file).suffix
    intact = (
        bool(done) and all(m in mutations.INTACT for m in done) and not changed.beside and suffix == ".csv"
    )
    if intact:
        format, encoding = seed.format, None
    told = f"{seed.name}: {', '.join(m.__name__ for m in done)}"
    return Case(replace(changed, file=f"x{suffix}"), told, format, encoding, intact and seed.how == "export")


def _mutated(draw: random.Random, seed: Seed, mutate: mutations.Mutation) -> Seed:
    """The seed with its own bytes changed, or those of a file that it is read with."""
    if seed.beside and draw.random() < 0.5:
        option, (file, data) = next(iter(seed.beside.items()))
        other = Seed(seed.name, file, data, mark="\t" if file.endswith(".txt") else ",")
        fit = draw.choice(mutations.mutations(other))
        return replace(seed, beside={option: (file, fit(draw, other))})
    return replace(seed, data=mutate(draw, seed))


def outcome(one: Case, place: Path) -> str:
    """What became of a case, in a word; raises FailedError where it is not what it must be."""
    seed = one.seed
    path = place / seed.file
    path.write_bytes(seed.data)
    options: dict[str, Any] = dict(seed.options)
    for option, (file, data) in seed.beside.items():
        options[option] = place / file
        options[option].write_bytes(data)
    before = _listed(place)
    if one.intact:
        _baseline(seed.name)
    try:
        with _watched() as opened:
            said = READERS[seed.how](one, path, options)
    except KsnError as error:
        _silent(str(error), error.column, [])
        said = "refused"
    if opened:
        raise FailedError(f"something else was opened or written: {opened[:3]}")
    if _listed(place) != before:
        raise FailedError("a file was written")
    return said


def _listed(place: Path) -> set[str]:
    """All there is around the file, temporary files included, and the one that `climbing` would make."""
    escaped = mutations.ESCAPED
    return {str(path) for path in [*place.parents[2].rglob("*"), *escaped.parent.glob(f"{escaped.name}*")]}


def _silent(message: str, place: str, headings: list[str]) -> None:
    """A message shows nobody's words, unless they stand where headings stand, and can be read at a glance."""
    shown = SENTINEL in message and SENTINEL not in place
    if shown and not any(SENTINEL in heading for heading in headings):
        raise FailedError(f"a message shows an answer: {message[:300]}")
    if len(message) > LONGEST:
        raise FailedError(f"a message has {len(message)} letters: {message[:200]}")


# --- what reads it -------------------------------------------------------------------------------------


def _export(one: Case, path: Path, options: dict[str, Any]) -> str:
    export = read_export(path, "survey", one.format, one.encoding, **options)
    headings = [*export.columns["heading"], *export.columns["item"], *export.columns["name"]]
    heads = [str(head) for head in headings]
    _check_export(export)
    for finding in export.findings:
        _silent(str(finding), finding.column, heads)
    counts, findings = scored(export, path)
    for finding in findings:
        _silent(str(finding), finding.column, heads)
    if one.intact:
        _same(one, counts, findings)
    return "read"


def _check_export(export: Export) -> None:
    frame = export.frame
    if list(frame.columns) != list(export.columns.index) or not frame.index.is_unique:
        raise FailedError("columns or rows are not described one by one")
    if frame.isna().to_numpy().any() or export.columns.isna().to_numpy().any():
        raise FailedError("a cell is no text")
    if len(frame) and frame.shape[1] < 1000 and (frame == "").all(axis=1).any():
        raise FailedError("a blank row was kept")


def scored(export: Export, path: Path) -> tuple[tuple[int, int], list[Finding]]:
    """Rows used and answers typed; raises FailedError where an account does not add up."""
    made = responses(export, Wave(2025, "", path, SURVEY), "survey", blank("people"), blank("circles"))
    account, answers = made.account, made.answers
    if account.read != account.used + sum(account.aside.values()) or account.used != len(made.frame):
        raise FailedError(f"rows do not add up: {account.read}, {account.used}, {dict(account.aside)}")
    if account.read != len(export.frame) + export.blank:
        raise FailedError("rows were lost before they were counted")
    if len(answers) and (answers["read"] != answers[["typed", "unknown", "set_aside"]].sum(axis=1)).any():
        raise FailedError("answers do not add up")
    typed = int(answers["typed"].sum()) if len(answers) else 0
    return (account.used, typed), made.findings


@cache
def _baseline(name: str) -> tuple[tuple[int, int], int]:
    seed = next(seed for seed in seeds() if seed.name == name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / seed.file
        path.write_bytes(seed.data)
        counts, findings = scored(read_export(path, "survey", seed.format), path)
        return counts, len(findings)


def _same(one: Case, counts: tuple[int, int], findings: list[Finding]) -> None:
    before, said = _baseline(one.seed.name)
    if counts != before and len(findings) <= said:
        raise FailedError(f"counts changed from {before} to {counts}, and nothing says so")


def _dictionary(one: Case, path: Path, options: dict[str, Any]) -> str:
    for finding in read_dictionary(path).findings:
        _silent(str(finding), finding.column, [])
    return "read"


def _draft(one: Case, path: Path, options: dict[str, Any]) -> str:
    draft_instrument(path)
    return "read"


def _form(one: Case, path: Path, options: dict[str, Any]) -> str:
    load_instrument(path, path.with_suffix(".toml"), 2025)
    return "read"


def _project(one: Case, path: Path, options: dict[str, Any]) -> str:
    read_project(read_file(path), path.name)
    return "read"


def _segments(one: Case, path: Path, options: dict[str, Any]) -> str:
    export = read_export(path, "talks", "csv", one.encoding)
    frame = export.frame.set_axis([str(head) for head in export.columns["heading"]], axis=1)
    project = segments_from_table(frame.loc[:, ~frame.columns.duplicated()], file=path.name)
    coded = frame["code"] if "code" in frame.columns.drop_duplicates(keep=False) else None
    if coded is not None and len(project.segments) != int((coded != "").sum()):
        raise FailedError("coded passages were lost")
    return "read"


def _coded(one: Case, path: Path, options: dict[str, Any]) -> str:
    found = read_coded(path, "talks", {})
    for said in [*found.notes, *map(str, found.findings)]:
        _silent(said, " ".join(finding.column for finding in found.findings), [])
    return "read"


def _codebook(one: Case, path: Path, options: dict[str, Any]) -> str:
    read_codebook(read_file(path), path.name)
    return "read"


def _sessions(one: Case, path: Path, options: dict[str, Any]) -> str:
    none, origin = blank("circles"), Origin("attendance", 2025, "", path.name)
    made = tables(of_sheet(read_session_sheet(path), none, origin), none, blank("people"), origin)
    account = made.account
    if account.read != account.used + sum(account.aside.values()):
        raise FailedError(f"marks do not add up: {account.read}, {account.used}, {dict(account.aside)}")
    for finding in made.findings:
        _silent(str(finding), finding.column, [])
    return "read"


Reader = Callable[[Case, Path, dict[str, Any]], str]
READERS: dict[str, Reader] = {
    "export": _export,
    "dictionary": _dictionary,
    "draft": _draft,
    "form": _form,
    "project": _project,
    "segments": _segments,
    "coded": _coded,
    "codebook": _codebook,
    "sessions": _sessions,
}


# --- what is watched -----------------------------------------------------------------------------------

_opened: list[str] | None = None
CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate", "os.chmod")
OUTSIDE = ("socket.connect", "socket.getaddrinfo", "urllib.Request", "os.system", "os.exec")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is None:
        return
    if (event in CHANGING and not str(arguments[0]).startswith(str(tempfile.tempdir))) or event in OUTSIDE:
        _opened.append(f"{event} {arguments[:1]}")
    elif event == "open" and isinstance(arguments[0], str | bytes):
        path, _, flags = arguments
        name = os.fsdecode(path)
        writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (
            writing and name != "/dev/null" and not name.startswith(str(tempfile.tempdir))
        ) or name.startswith(("/etc/passwd", "/dev/zero")):
            _opened.append(f"open {name}")


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What is opened for writing, made, removed or called over the network meanwhile."""
    global _opened
    _opened = opened = []
    try:
        yield opened
    finally:
        _opened = None


def _computing() -> float:
    """Seconds of computing, those of ended children too: a busy machine makes no file slow."""
    spent = time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent + children.ru_utime + children.ru_stime


def _peak() -> int:
    """Most memory in use since `_forget`, in MB."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _forget() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def run(number: int, base: Path) -> dict[str, Any]:
    """One case in a place of its own: what became of it, its seconds and its peak of memory."""
    place = base / "a" / "b" / "c"
    place.mkdir(parents=True)
    tempfile.tempdir = str(base / "tmp")
    Path(tempfile.tempdir).mkdir(exist_ok=True)
    os.chdir(place)
    faulthandler.dump_traceback_later(STOP, exit=True)
    one = case(number)
    _forget()
    start, failure = _computing(), ""
    try:
        said = outcome(one, place)
    except FailedError as error:
        said, failure = "failed", str(error)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told with the case's number
        said, failure = (
            "failed",
            f"{type(error).__name__}: {str(error)[:300]}\n{traceback.format_exc(limit=-6)}",
        )
    finally:
        faulthandler.cancel_dump_traceback_later()
        os.chdir(base)
        shutil.rmtree(base / "a", ignore_errors=True)
    seconds, peak = _computing() - start, _peak()
    if not failure and (seconds > SECONDS or peak > MEGABYTES):
        said, failure = "failed", f"it took {seconds:.1f} s and {peak} MB"
    return {
        "case": number,
        "what": one.told,
        "said": said,
        "failure": failure,
        "how": one.seed.how,
        "intact": one.intact,
        "seconds": round(seconds, 3),
        "peak": peak,
    }


def main(arguments: list[str]) -> None:
    """See the module."""
    limit = 3 * MEGABYTES << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    sys.addaudithook(_hook)
    many = arguments[:1] == ["--run"]
    first, step, count = map(int, arguments[1:4]) if many else (0, 1, 0)
    numbers = range(first, first + step * count, step) if many else map(int, arguments)
    with tempfile.TemporaryDirectory(prefix="ksn-fuzz-") as folder:
        for number in numbers:
            if many:
                print(json.dumps({"begin": number}), flush=True)
            told = run(number, Path(folder))
            print(json.dumps(told) if many else "\n".join(f"{k}: {v}" for k, v in told.items()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
