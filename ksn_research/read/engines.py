"""What counts a platform's log: the embedded DuckDB, Apache Spark, or any engine that Ibis connects to.

A study names another engine than the embedded one by an address, `engine` in study.toml. All give the same
numbers: the session's time zone is UTC, text is compared byte by byte, what cannot be cast is missing.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ksn_research.errors import PlanError, ReadError

MEMORY = "1GB"  # what the embedded engine may hold; beyond it, it spills into a private folder
DRIVER = "2g"  # what Spark's own process on this machine may hold, where the address does not say
SPARK = "spark://"
SILENT = """
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""
# Modules whose exceptions are an engine's: they may hold lines of the log.
ENGINES = {"duckdb", "_duckdb", "pyspark", "py4j", "psycopg", "google", "grpc", "sqlalchemy"}


@cache
def engine(address: str = "") -> Any:
    """The engine of a study, one of an address for a run; for the embedded one no other is imported.

    address  "" for the embedded engine; "spark://host:port" for a Spark cluster, "spark://local[2]" for Spark
             on this machine, either with settings behind it ("?spark.driver.memory=8g&..."); anything else
             as `ibis.connect` takes it ("postgres://...", "bigquery://...")

    Raises PlanError where the engine's package or Java is missing, or the engine does not answer.
    """
    if not address:
        return _embedded()
    try:
        return _spark(address.removeprefix(SPARK)) if address.startswith(SPARK) else _other(address)
    except ImportError:
        extra = "spark" if address.startswith(SPARK) else scheme(address)
        package = "ksn-research[spark]" if extra == "spark" else f"ibis-framework[{extra}]"
        raise PlanError(
            f"the engine `{extra}` is not installed",
            remedy=f"run `pip install '{package}'`, or take `engine` out of study.toml",
            file="study.toml",
        ) from None
    except Exception as error:
        if not of_engine(error) and not isinstance(error, (OSError, ValueError)):
            raise
        raise PlanError(
            f"the engine `{scheme(address)}` does not answer ({type(error).__name__})",
            remedy="look whether it runs and takes this address, or take `engine` out of study.toml",
            file="study.toml",
        ) from None


def scheme(address: str) -> str:
    """What stands before "://".

    >>> scheme("postgres://archive/platform")
    'postgres'
    """
    return address.partition("://")[0]


def of_engine(error: BaseException) -> bool:
    """Whether an exception comes from an engine or from what Ibis knows of it."""
    return bool({kind.__module__.partition(".")[0] for kind in type(error).__mro__} & {*ENGINES, "ibis"})


@contextmanager
def unshown(log: str) -> Iterator[None]:
    """Reading and counting a log: an engine's messages hold lines of it, so another is raised in their place.

    log  the name of the file or table

    Raises ReadError.
    """
    try:
        yield
    except Exception as error:
        if not of_engine(error):
            raise
        raise ReadError(
            f"the log is not a proper CSV or Parquet file or no table of the engine ({type(error).__name__})",
            remedy="export it again, as CSV in UTF-8 or as Parquet with times in microseconds; of a table, "
            "look whether the engine can count it",
            file=log,
        ) from None


def _embedded() -> Any:
    """DuckDB in this process. Two threads: the same on every machine, so sums agree. Without extensions: with
    that of time zones it would take the machine's for UTC."""
    import ibis

    spill = _private()
    made = ibis.duckdb.connect(
        threads=2,
        memory_limit=MEMORY,
        temp_directory=spill.name,
        preserve_insertion_order=False,
        autoload_known_extensions=False,
        autoinstall_known_extensions=False,
    )
    made.spill = spill  # the folder is removed when the engine goes
    return made


def _spark(told: str) -> Any:
    """A session of Spark; `told` is what stands behind "spark://". Raises ImportError without pyspark."""
    import ibis
    import pyspark  # noqa: F401 (Ibis asks for it later, in words of its own)

    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise PlanError(
            "the engine `spark` needs Java, which is not on this machine",
            remedy="install a Java runtime 17 or later (on Debian `apt install default-jre-headless`), "
            "or take `engine` out of study.toml",
            file="study.toml",
        )
    from pyspark.sql import SparkSession

    master, _, given = told.partition("?")
    local = master.startswith("local")
    if local:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # no other machine is to reach it
    spill = _private()
    builder = SparkSession.builder.master(master if local else SPARK + master)
    pairs = (pair.partition("=") for pair in given.split("&") if pair)
    for key, value in (_settings(Path(spill.name), local) | {k: v for k, _, v in pairs}).items():
        builder = builder.config(key, value)
    made = ibis.pyspark.connect(builder.getOrCreate())
    made.spill = spill
    return made


def _settings(private: Path, local: bool) -> dict[str, str]:
    """What gives equal numbers, and keeps the log's lines out of logs, pages and the folder of the run."""
    logging = private / "log4j2.properties"
    logging.write_text(SILENT, encoding="utf-8")
    settings = {
        "spark.app.name": "ksn_research",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.caseSensitive": "true",
        "spark.sql.csv.parser.columnPruning.enabled": "false",  # a row that does not fit is found by it
        "spark.sql.warehouse.dir": str(private / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.driver.memory": DRIVER,
        "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile=file:{logging}",
    }
    if local:
        # Its helpers run our Python, not the first on the path.
        settings |= {"spark.local.dir": str(private), "spark.pyspark.python": sys.executable}
        settings["spark.sql.shuffle.partitions"] = "8"
    return settings


def _other(address: str) -> Any:
    import ibis

    return ibis.connect(address)


def _private() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="ksn-", ignore_cleanup_errors=True)
