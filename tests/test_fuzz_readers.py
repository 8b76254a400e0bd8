"""Every reader against damaged and hostile files: it reads them, or refuses them with a KsnError.

A few hundred mutated files in `make test`, 20,000 in `make soak` (KSN_SOAK=1), any number with KSN_FUZZ=N.
Seeds and mutations: `fuzz/corpus.py`, `mutations.py`. Case n is always the same file, read in the same way;
a failure names its number, and `python tests/fuzz/worker.py n` reads that file alone and tells all.

Asserted of every case: no exception but KsnError; no message with an answer in it, or of more than a few
lines; at most 10 s of computing and 1 GB; nothing written, removed or called outside its own folder; rows
read = used + set aside, answers read = typed + unknown + set aside. Where a file holds the same records in
another way (separator, line ends, order, byte-order mark): the same counts, or a finding that says why not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from export_writers import separated
from fuzz import worker
from fuzz.corpus import SENTINEL, SURVEY, seeds
from fuzz.worker import MEGABYTES, READERS, SECONDS, case

from ksn_research.errors import PlanError, ReadError
from ksn_research.plan import Wave
from ksn_research.plan.instrument import load_instrument
from ksn_research.prepared import blank
from ksn_research.read import read_export, typeform
from ksn_research.read.refi_qda import read_project
from ksn_research.read.sheet import MAX_COLUMNS
from ksn_research.score.responses import responses

CASES = int(os.environ.get("KSN_FUZZ", "20000" if os.environ.get("KSN_SOAK") else "200"))
# Cases that one process reads: what one leaves behind reaches no more.
EACH = 100 if CASES < 1000 else 500
FAILED = {"said": "failed", "how": "", "intact": False, "seconds": 0.0, "peak": 0}
WORKER = Path(__file__).parent / "fuzz" / "worker.py"


def _chunk(first: int) -> list[dict]:
    """The cases of one process; where it ends before its time, its last case failed and another goes on."""
    told: list[dict] = []
    last = min(first + EACH, CASES + 1)
    while first < last:
        command = [sys.executable, str(WORKER), "--run", str(first), "1", str(last - first)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        told += [line for line in lines if "case" in line]
        if done.returncode == 0:
            return told
        begun = max((line["begin"] for line in lines if "begin" in line), default=first)
        why = f"the process ended ({done.returncode}): {done.stderr[-800:]}"
        told.append(FAILED | {"case": begun, "what": case(begun).told, "failure": why})
        first = begun + 1
    return told


@pytest.fixture(scope="module")
def told() -> list[dict]:
    with ThreadPoolExecutor(2) as pool:
        return [line for lines in pool.map(_chunk, range(1, CASES + 1, EACH)) for line in lines]


def test_every_mutated_file_is_read_or_refused(told) -> None:
    failed = [line for line in told if line["failure"]]
    said = "\n".join(
        f"{line['what']}: {line['failure']}\n  again: python tests/fuzz/worker.py {line['case']}"
        for line in failed[:20]
    )
    assert not failed, f"{len(failed)} of {len(told)} cases failed\n{said}"
    assert len(told) == CASES


def test_the_cases_reach_every_reader_and_both_ends(told) -> None:
    """Fuzzing that refuses everything, or never gets past the door, would show nothing."""
    ends = Counter((line["how"], line["said"]) for line in told)
    assert {how for how, _ in ends} - {""} == set(READERS)
    assert all(ends["export", said] > CASES / 10 for said in ("read", "refused")), ends
    assert sum(line["intact"] for line in told) > CASES / 50
    assert (
        max(line["seconds"] for line in told) <= SECONDS and max(line["peak"] for line in told) <= MEGABYTES
    )
    _report(told)


def _report(told: Iterable[dict]) -> None:
    """What the run was like, for whoever asks with `-s` or KSN_SOAK's log."""
    slowest, largest = max(told, key=lambda x: x["seconds"]), max(told, key=lambda x: x["peak"])
    ends = Counter(line["said"] for line in told)
    print(f"\n{dict(ends)}, {sum(line['intact'] for line in told)} of them with their records intact")
    for line in (slowest, largest):
        print(f"case {line['case']} ({line['what']}): {line['seconds']} s, {line['peak']} MB")


def _good() -> Iterator:
    for seed in seeds():
        if seed.how == "export":
            yield pytest.param(seed, id=seed.name)


@pytest.mark.parametrize("seed", _good())
def test_a_seed_is_read_and_every_answer_found_before_it_is_mutated(seed, tmp_path) -> None:
    options = dict(seed.options)
    for option, (file, data) in seed.beside.items():
        options[option] = tmp_path / file
        options[option].write_bytes(data)
    path = tmp_path / seed.file
    path.write_bytes(seed.data)
    export = read_export(path, "s", seed.format, **options)
    assert "repeat" in seed.name or export.format == seed.format
    made = responses(export, Wave(2025, "", path, SURVEY), "s", blank("people"), blank("circles"))
    expected = 9 if "repeat" in seed.name else 24
    assert (made.account.used, len(export.frame)) == (expected, expected)
    if "repeat" not in seed.name:
        assert [str(f) for f in made.findings if f.severity == "block"] == []
        assert made.answers["typed"].sum() == made.answers["read"].sum() > 100


# --- the watch itself ----------------------------------------------------------------------------------


def _writes(one, path, options) -> str:
    (path.parent / ".." / "escaped").write_text("x")
    return "read"


def _shows(one, path, options) -> str:
    raise ReadError(f"there is `{SENTINEL}`", remedy="mend it", file="x.csv")


def _goes_on(one, path, options) -> str:
    raise ReadError("x" * 9000, remedy="mend it", file="x.csv")


def _breaks(one, path, options) -> str:
    raise ValueError("an error of a library's")


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (_writes, "a file was written"),
        (_shows, "a message shows an answer"),
        (_goes_on, "letters"),
        (_breaks, "ValueError"),
    ],
)
def test_a_reader_that_does_wrong_is_caught(tmp_path, monkeypatch, reader, words) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(worker, "READERS", dict.fromkeys(READERS, reader))
    told = worker.run(1, tmp_path)
    assert told["said"] == "failed" and words in told["failure"]


# --- what fuzzing found --------------------------------------------------------------------------------


def test_a_header_without_end_is_refused_at_once(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"q1" + b"," * 1_000_000 + b"\n1\n")
    with pytest.raises(
        ReadError, match=f"x.csv, row 1: the header has 1000001 cells, more than the {MAX_COLUMNS}"
    ):
        read_export(path, "s")


def test_a_project_whose_entries_start_before_the_file_is_refused() -> None:
    """zipfile answers a negative offset with a ValueError."""
    data = next(seed.data for seed in seeds() if seed.name == "project")
    with pytest.raises(ReadError, match="the archive is damaged"):
        read_project(data[:30] + data[37:], "x.qdpx")


def test_json_that_would_fill_the_memory_is_refused_before_it_is_parsed(monkeypatch) -> None:
    monkeypatch.setattr(typeform, "MAX_BYTES", 1 << 20)
    with pytest.raises(ReadError, match="larger than 1 MB; export fewer responses"):
        typeform.typeform(b'{"items": [' + b" " * (1 << 20) + b"]}", "x.json")


def test_an_spss_file_may_compute_for_its_time_however_busy_the_machine_is() -> None:
    """By the clock, good files were refused as slow while other work ran; the limit is one of computing."""
    burn = "from ksn_research.read import spss_process as p; p._write = lambda *_: sum(iter(int, 1))"
    command = [sys.executable, "-c", f"{burn}; p.main('x', '', 1)"]
    done = subprocess.run(command, check=False, timeout=60)
    assert done.returncode == -signal.SIGXCPU


@pytest.mark.parametrize("suffix", [".csv", ".md"])
def test_responses_named_as_the_instrument_are_refused_without_a_word_of_them(tmp_path, suffix) -> None:
    """The column that "stands twice" was an answer."""
    rows = [["", "name", "why"], ["", SENTINEL, SENTINEL], ["x", SENTINEL, SENTINEL]]
    path = tmp_path / f"x{suffix}"
    lines = [f"|{'|'.join(row)}|\n" for row in rows]
    path.write_bytes(separated(rows) if suffix == ".csv" else "".join(lines).encode())
    with pytest.raises(PlanError, match="has no sheet `survey`") as refusal:
        load_instrument(path, path.with_suffix(".toml"), 2025)
    assert SENTINEL not in str(refusal.value)


def test_a_forms_list_of_choices_is_no_table_of_responses_unless_it_is_declared_one(tmp_path) -> None:
    path = tmp_path / "fruits.csv"
    path.write_text("name_key,name\nmango,Mango\n")
    with pytest.raises(ReadError, match="a form's list of choices, it holds no responses"):
        read_export(path, "s")
    assert len(read_export(path, "s", "csv").frame) == 1
