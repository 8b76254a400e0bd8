"""Never half, never lost: runs that are killed, two runs at once, a full disk, read-only folders."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_study

from ksn_research import edition, journal, lock, memory, provenance
from ksn_research.errors import EditionError
from ksn_research.plan import load_study
from tests.conftest import REPOSITORY

YEAR = 2024
RUN = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def test_kills_leave_no_half_edition_nothing_forgotten_and_no_lock(tmp_path: Path) -> None:
    """200 kills with the whole run at full size, ten of its writing part otherwise."""
    soak = os.environ.get("KSN_SOAK")
    study = small_study.survey_only(tmp_path / "study")
    call = [sys.executable, "-m", "tests.killed_report", study, tmp_path / "edition"]
    call += ["200", "1", "whole"] if soak else ["10", "1"]
    ended = subprocess.run(
        call, cwd=REPOSITORY, env={**os.environ, **RUN}, capture_output=True, text=True, timeout=7200
    )
    assert ended.returncode == 0, ended.stderr
    kills, hit, announced = map(int, re.findall(r"\d+", ended.stdout))
    assert hit > kills / 3
    assert announced > 0


def staged(folder: Path, text: str) -> Path:
    """A staged edition of one file, whose manifest differs with it."""
    for part in edition.PARTS:
        (folder / part).mkdir(parents=True)
    (folder / "public" / "results.csv").write_text(text)
    edition.save_json(folder / "internal" / edition.MANIFEST, {"of": text})
    return folder


def stands(target: Path) -> str:
    return (target / "public" / "results.csv").read_text()


@pytest.mark.parametrize("stop", range(9))
@pytest.mark.parametrize("first", [True, False])
def test_wherever_it_stops_what_is_seen_is_what_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int, first: bool
) -> None:
    """A run stops at every single step from the announcement on; then the next one settles."""
    study, target = tmp_path / "study", tmp_path / "edition"
    (study / "published").mkdir(parents=True)
    if not first:
        staged(target, "old")
        (study / "published" / "2024.csv").write_text("old")
    new = staged(tmp_path / "run" / "edition", "new")
    notes: memory.Notes = {"published/2024.csv": b"new"}
    notes |= {} if first else {"published/2024-1.csv": b"old"}

    class StopError(Exception):
        pass

    left, move = [stop], Path.replace

    def step(path: Path, other: Path) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise StopError
        return move(path, other)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", step)
        patch.setattr(Path, "replace", step)
        patch.setattr(edition, "_exchange", lambda a, b: False)
        try:
            journal.announce(study, notes, new, target)
            edition.put(new, target)
            journal.settle(study)
            ended = True
        except StopError:
            ended = False
    edition_brought_back(target, tmp_path / "run")
    journal.settle(study)
    kept = study / "published" / "2024.csv"
    seen = stands(target) if target.exists() else None
    assert seen == (kept.read_text() if kept.exists() else None)
    assert not list(study.glob(".*"))
    assert seen == ("new" if ended else seen) and (seen is not None or first)
    if stop == 8:
        assert ended
    if stop == 0:
        assert seen == (None if first else "old")


def edition_brought_back(target: Path, run: Path) -> None:
    """What the next run does first where an edition stood aside."""
    run.rename(target.parent / f".{target.name}.run-x")
    edition._bring_back(target)
    (target.parent / f".{target.name}.run-x").rename(run)


def test_an_edition_of_which_nothing_is_left_counts_as_seen(tmp_path: Path) -> None:
    study, new = tmp_path / "study", staged(tmp_path / "run" / "edition", "new")
    study.mkdir()
    journal.announce(study, {"published/2024.csv": b"new"}, new, tmp_path / "edition")
    shutil.rmtree(new)
    journal.settle(study)
    assert (study / "published" / "2024.csv").read_bytes() == b"new"


def test_two_runs_do_not_mix_and_the_second_is_told_who_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.2)
    target, told = tmp_path / "edition", []

    def second() -> None:
        try:
            with edition.staged(target):
                pass
        except EditionError as error:
            told.append(str(error))

    with edition.staged(target) as one:
        other = threading.Thread(target=second)
        other.start()
        other.join()
        assert one.exists()
    assert told == [
        "edition: another run (process "
        f"{os.getpid()} on this machine, for less than a minute) is writing this edition; wait for it to end"
    ]
    with edition.staged(target):
        pass  # free again
    assert not lock.runs(target)


def test_a_dead_runs_folder_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    dead = tmp_path / ".edition.run-dead"
    (dead / "edition").mkdir(parents=True)
    (dead / lock.OWNER).write_text(json.dumps({"process": 1, "machine": "x", "since": 0}))
    (tmp_path / ".edition.lock").write_text("")
    with edition.staged(tmp_path / "edition") as staging:
        assert staging.exists()
    assert not lock.runs(tmp_path / "edition")


def taken(study: Path, staging: Path) -> memory.Taken:
    return memory.take(load_study(study), YEAR, staging)


@contextmanager
def full_disk(patch: pytest.MonkeyPatch, number: int, name: str) -> Iterator[None]:
    """Writing a file whose name ends so fails."""
    write = Path.write_bytes

    def fail(path: Path, data: bytes) -> int:
        if path.name.endswith(name):
            raise OSError(number, os.strerror(number), str(path))
        return write(path, data)

    with patch.context() as own:
        own.setattr(Path, "write_bytes", fail)
        yield


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EDQUOT, "Disk quota exceeded"),
        (errno.EFBIG, "File too large"),
        (errno.EROFS, "Read-only file system"),
        (errno.EACCES, "Permission denied"),
    ],
)
def test_what_cannot_be_written_is_said_without_a_path_and_the_old_edition_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    target = staged(tmp_path / "edition", "old")
    before = edition.digests(target)
    with (
        pytest.raises(EditionError) as caught,
        full_disk(monkeypatch, number, "x.png"),
        edition.staged(target) as staging,
        edition.writing(target.name),
    ):
        (staging / "public" / "x.png").write_bytes(b"")
        edition.put(staging, target)
    assert said in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert edition.digests(target) == before
    assert not lock.runs(target)


def test_a_disk_that_is_full_when_notes_are_taken_stops_the_run_before_the_edition_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small_study.survey_only(tmp_path / "study")
    target = staged(tmp_path / "edition", "old")
    with pytest.raises(EditionError, match="No space left"), edition.staged(target) as staging:
        one = taken(study, staging)
        staged_again(staging)
        with full_disk(monkeypatch, errno.ENOSPC, "0"), edition.writing(target.name):
            memory.hand_over(one, {"published/2024.csv": b"x"}, staging, target, print)
    assert stands(target) == "old"
    assert not (study / "published" / "2024.csv").exists()
    assert taken(study, tmp_path / "next").state == one.state
    assert not list(study.glob(".*"))


def staged_again(staging: Path) -> None:
    (staging / "public" / "results.csv").write_text("new")
    edition.save_json(staging / "internal" / edition.MANIFEST, {"of": "new"})


@pytest.mark.parametrize("way", ["no right", "read-only"])
def test_in_a_study_that_cannot_be_written_to_nothing_is_remembered_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    study = small_study.survey_only(tmp_path / "study")
    before, told = edition.digests(study), []
    target = tmp_path / "edition"
    with edition.staged(target) as staging:
        one = taken(study, staging)
        staged_again(staging)
        if way == "no right":
            monkeypatch.setattr(os, "access", lambda *_: False)
            memory.hand_over(one, {"published/2024.csv": b"x"}, staging, target, told.append)
        else:
            with full_disk(monkeypatch, errno.EROFS, "0"):
                memory.hand_over(one, {"published/2024.csv": b"x"}, staging, target, told.append)
    assert stands(target) == "new"
    assert told == [memory.NOT_REMEMBERED]
    monkeypatch.undo()
    taken(study, tmp_path / "next")
    assert edition.digests(study) == before


def test_an_edition_that_was_published_meanwhile_has_to_be_taken_into_account(tmp_path: Path) -> None:
    study = small_study.survey_only(tmp_path / "study")
    target = tmp_path / "edition"
    with pytest.raises(EditionError, match="published while"), edition.staged(target) as staging:
        one = taken(study, staging)
        (study / "published").mkdir()
        pd.DataFrame({"id": ["a"]}).to_csv(study / "published" / "2023.csv")
        memory.hand_over(one, {"published/2024.csv": b"x"}, staging, target, print)
    assert not target.exists()


def test_the_place_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "edition").mkdir()
    (tmp_path / "edition" / "thesis.txt").write_text("mine")
    with pytest.raises(EditionError, match="something else"), edition.staged(tmp_path / "edition"):
        pass
    with pytest.raises(EditionError, match="no edition"):
        provenance.read_record(tmp_path / "edition")
