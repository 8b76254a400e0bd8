"""Another engine gives the embedded one's numbers; without its package nothing changes."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.activity_log import log_of, ours
from small_study import survey_only
from spark import SPARK, needs_spark
from survey_study import roster

from ksn_research import memory, provenance, resources
from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.section import analyse_activity, lasting_curves
from ksn_research.errors import Origin, PlanError, ReadError
from ksn_research.intake import prepare
from ksn_research.plan import load_study, waves_for
from ksn_research.read.engines import engine
from ksn_research.read.events import COLUMNS, events
from ksn_research.score.events import activity, counted
from ksn_research.unchanged import unchanged

HEAD = '[study]\ntitle = "T"\nyears = [2024, 2025]\n'
LOG = '[sources.log]\nkind = "activity"\n'
PEOPLE = roster("people", {"member": ["M1", "M2", "Łu-3", "m1", "鳥"]})
MEMBERS = ("M1", " M2", "M2", "Łu-3", "m1", "鳥", "nobody", "", "  ", None)
TIMES = (
    "2024-12-31 23:59:59", "2025-01-01T00:00:00Z", "2025-01-01", "2025/3/30 02:30",
    "2025-03-30 02:30:00+01:00",
    "2025-12-31 23:59:59.999999999", "2025-10-26 02:30 Europe/Berlin", "2024-02-29", "2025-02-29", "2025",
    "now", "2025-06", "10:30", "2025-01-01 24:00", "epoch", "31.12.2025", " 2025-07-01 3:4:5 ", "infinity",
    "", None,
)  # fmt: skip
ACTIONS = ("post", " reply", "reply", "view", 'a "quoted", one', "of two\nlines", "", None)
OBJECTS = ("t1", "'", "a;b", "", None)


def nasty(seed: int, rows: int = 400) -> pd.DataFrame:
    """Events with everything that a log may hold: most members and times are none, or are written oddly."""
    rng = random.Random(seed)
    kinds = (MEMBERS, TIMES, ACTIONS, OBJECTS, MEMBERS)
    return pd.DataFrame([[rng.choice(kind) for kind in kinds] for _ in range(rows)], columns=list(COLUMNS))


def written(frame: pd.DataFrame, path: Path) -> Path:
    """As CSV, its text in quotes where it must be, or as Parquet."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL, encoding="utf-8-sig")
    return path


def found(log: Path | str, address: str = "") -> list[pd.DataFrame]:
    """What an engine makes of a log: the account, the rows kept, the counts, who replied to whom."""
    table, account, _ = activity(events(log, {}, 2025, address), Origin("log", 2025, "", "log"), PEOPLE)
    sums = counted(table)
    replied = ask.repliers(table, [2025])
    frames = [one.to_pandas() for one in (table, sums.months, sums.actions, replied)]
    told = pd.DataFrame([{"read": account.read, "used": account.used, **account.aside}])
    return [told, *(frame.sort_values(list(frame.columns), ignore_index=True) for frame in frames)]


def alike(ours: list[pd.DataFrame], theirs: list[pd.DataFrame]) -> None:
    assert len(ours[1]) > 20 and len(ours[4]) > 2  # rows were kept, and some replied
    for a, b in zip(ours, theirs, strict=True):
        pd.testing.assert_frame_equal(a, b, check_dtype=False)


def study(folder: Path, engine_line: str, log: str) -> Path:
    (folder / "study.toml").write_text(f"{HEAD}{engine_line}\n{LOG}{log}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "log", "words"),
    [
        ('engine = "spark"', 'file = "x.csv"', "no address of an engine"),
        ('engine = "postgres://me:secret@host/log"', 'file = "x.csv"', "holds a password"),
        ("", 'table = "events"', "has a `table`, and the study no engine"),
        ('engine = "spark://h:7077"', 'table = "e"\nfile = "x.csv"', "has a `table`, and a file too"),
        ('engine = "spark://h:7077"', 'table = "{place}"', "does not declare"),
    ],
)
def test_an_engine_or_a_table_that_cannot_be_is_refused(tmp_path, line, log, words) -> None:
    with pytest.raises(PlanError, match=words) as error:
        load_study(study(tmp_path, line, log))
    assert "secret" not in str(error.value)


def test_a_table_is_named_by_year_and_is_no_file(tmp_path) -> None:
    made = load_study(study(tmp_path, 'engine = "postgres://host/log"', 'table = "archive.events_{year}"'))
    assert made.engine == "postgres://host/log"
    waves = made.sources["log"].waves
    assert [wave.table for wave in waves] == ["archive.events_2024", "archive.events_2025"]
    assert not any(wave.file.exists() for wave in waves)


@pytest.mark.parametrize(("log", "same"), [('file = "{year}.csv"', True), ('table = "e_{year}"', False)])
def test_what_a_table_holds_may_have_changed(tmp_path, monkeypatch, log, same) -> None:
    made = load_study(study(tmp_path, 'engine = "postgres://host/log"', log))
    waves = {name: waves_for(source, 2025) for name, source in made.sources.items()}
    key = provenance.key_of(made, 2025, waves, {}, memory.state_of(made))
    record = provenance.Record("t", 2025, {}, {}, {}, {}, "", key)
    monkeypatch.setattr(provenance, "read_record", lambda target: record)
    assert unchanged(tmp_path / "edition", made, 2025, {}) is same


def test_a_missing_package_is_named_with_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(PlanError, match=r"pip install 'ksn-research\[spark\]'"):
        engine("spark://nowhere:1")


def test_a_missing_java_is_said(monkeypatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(PlanError, match="needs Java"):
        engine("spark://nowhere:2")


def test_an_engine_that_is_not_there_is_said_without_its_words(tmp_path) -> None:
    with pytest.raises(PlanError, match=r"`duckdb` does not answer"):
        engine(f"duckdb://{tmp_path}/no/such/folder.db")
    with pytest.raises(PlanError, match=r"`nonesuch`"):
        engine("nonesuch://host")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(nasty(1), tmp_path_factory.mktemp("log") / "log.parquet")


def test_a_table_of_any_engine_gives_what_the_file_gives(tmp_path, parquet) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "archive.db")) as archive:
        archive.execute(f"CREATE SCHEMA a; CREATE TABLE a.events AS FROM '{parquet}'")
    address = f"duckdb://{tmp_path / 'archive.db'}"
    alike(found(parquet), found("a.events", address))
    with pytest.raises(ReadError, match="no table of the engine"):
        found("a.nothing", address)


def test_an_engine_that_reads_no_files_says_so(parquet) -> None:
    with pytest.raises(PlanError, match="`sqlite` reads no files"):
        found(parquet, "sqlite://")


def test_a_time_with_a_zone_is_counted_in_utc(tmp_path) -> None:
    path = tmp_path / "zoned.parquet"
    times = pa.array(
        [pd.Timestamp("2025-01-01 00:30", tz="Europe/Berlin")], pa.timestamp("us", "Europe/Berlin")
    )
    pq.write_table(pa.table({"member": ["M1"], "time": times, "action": ["view"]}), path)
    assert found(path)[2][["month", "events"]].to_numpy().tolist() == [[12 * 2024 + 11, 1]]


@needs_spark
@pytest.mark.parametrize("kind", ["log.csv", "log.parquet", "timed.parquet"])
def test_spark_makes_of_nasty_logs_what_duckdb_makes(tmp_path, kind) -> None:
    frame = nasty(2)
    if kind == "timed.parquet":
        frame["time"] = pd.to_datetime(frame["time"], errors="coerce", format="%Y-%m-%d %H:%M:%S").astype(
            "<M8[us]"
        )
    path = written(frame, tmp_path / kind)
    alike(found(path), found(path, SPARK))


def rows_of(address: str) -> tuple:
    whole = load_study(resources.demo())
    kinds = ("organisations", "people", "activity")
    sources = {name: one for name, one in whole.sources.items() if one.kind in kinds}
    prepared = prepare(replace(whole, sources=sources, analyses={}, panel=None, engine=address), 2025)
    return analyse_activity(prepared), lasting_curves(prepared), prepared.accounts


@needs_spark
def test_spark_gives_the_demos_numbers() -> None:
    (rows, curves, accounts), (theirs, their_curves, told) = rows_of(""), rows_of(SPARK)
    assert rows == theirs and len(rows) > 100
    pd.testing.assert_frame_equal(curves, their_curves)
    pd.testing.assert_frame_equal(accounts, told)


@needs_spark
@pytest.mark.parametrize(
    "data",
    [
        b"member,time,action\nM1,2025-01-01,caf\xe9 sentinel\n",
        b'member,time,action\nM1,2025-01-01,"sentinel\n',
        b"member,time,action\nM1,2025-01-01,sentinel,more\n",
        b"member,time,action\nM1,sentinel\n",
    ],
    ids=["not utf-8", "unclosed quote", "a cell too many", "a cell too few"],
)
def test_a_broken_log_is_refused_by_spark_too_without_its_lines(tmp_path, capfd, data) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    with pytest.raises(ReadError, match="not a proper CSV") as error:
        found(path, SPARK)
    assert "sentinel" not in str(error.value)
    assert "sentinel" not in "".join(capfd.readouterr())


@needs_spark
@pytest.mark.soak
def test_spark_gives_duckdbs_numbers_of_ten_million_events(tmp_path) -> None:
    log = log_of(tmp_path, 10_000_000, 50_000)
    a, b = ours(log), ours(log, "spark://local[2]")
    assert set(a) == set(b) and len(a) > 100
    for key, value in a.items():
        assert value == pytest.approx(b[key], rel=1e-12), key


EXTRAS = ("pyspark", "py4j", "dask", "distributed")
ABSENT = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""
KSN = "from ksn_research.cli import main; main()"


def python(code: str, *words: str | Path, first: str | Path = "") -> subprocess.CompletedProcess[str]:
    """A fresh process, and whatever it starts, with a folder before all others that modules are found in."""
    path = os.pathsep.join(str(one) for one in (first, resources.PACKAGE.parent) if one)
    around = os.environ | {"PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, env=around
    )


def test_an_edition_without_the_extras_is_the_same(tmp_path) -> None:
    study = survey_only(tmp_path / "small")
    (study / "2024" / "log.csv").write_text("member,time,action\nM01,2024-05-01,post\nM02,2024-06-01,view\n")
    with (study / "study.toml").open("a", encoding="utf-8") as plan:
        plan.write('\n[sources.log]\nkind = "activity"\nfile = "{year}/log.csv"\n')
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text(ABSENT)
    for name in EXTRAS:
        assert "No module named" in python(f"import {name}", first=without).stderr
    for out, first in (("with", ""), ("bare", without)):
        run = python(KSN, "report", study, "--formats", "html", "--out", tmp_path / out, first=first)
        assert run.returncode == 0, run.stderr
    public = [sorted((tmp_path / out / "public").rglob("*")) for out in ("with", "bare")]
    assert [p.name for p in public[0]] == [p.name for p in public[1]] and len(public[0]) > 5
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*public, strict=True) if a.is_file())


def test_help_imports_nothing_that_takes_long() -> None:
    seen = "import atexit, sys; atexit.register(lambda: print({m.partition('.')[0] for m in sys.modules})); "
    run = python(seen + KSN, "--help")
    assert run.returncode == 0 and "Usage" in run.stdout
    assert not {"ibis", "duckdb", "pyarrow", "pandas", "numpy", *EXTRAS} & set(
        eval(run.stdout.splitlines()[-1])
    )
