"""Platform activity as a lazy table of an engine: a file that it reads, or a table that it has; never a frame
of text. The expressions are Ibis only; what differs between engines is in `engines`, and how each reads CSV.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ksn_research.errors import PlanError, ReadError
from ksn_research.read.engines import engine, scheme, unshown
from ksn_research.read.text import separator

if TYPE_CHECKING:
    import ibis

LOOKED_AT = 65536  # bytes by which a CSV's separator is found
BLOCK = 1 << 20  # bytes of a CSV that are looked at together
COLUMNS = ("member", "time", "action", "object", "target")
# How an engine reads CSV: every cell as text, a header, quotes doubled; a row that does not fit is an error.
CSV = {
    "duckdb": {"all_varchar": True, "header": True, "quote": '"', "escape": '"'},
    "pyspark": {
        "inferSchema": False, "header": True, "quote": '"', "escape": '"', "multiLine": True,
        "mode": "FAILFAST", "encoding": "UTF-8",
    },
}  # fmt: skip
SEPARATOR = {"duckdb": "delim", "pyspark": "sep"}


def events(log: Path | str, columns: Mapping[str, str], year: int | None, address: str = "") -> ibis.Table:
    """One log as `COLUMNS` plus `year`; nothing is read yet.

    Text, trimmed and empty cells NA where it comes from CSV, as it stands where it comes from Parquet or a
    table (`score` finds out whether that needs trimming); `time` is a timestamp where the log holds one, in
    UTC where it has a zone.

    log      a file, CSV or Parquet; or, as text, a table of the engine ("events", "archive.events") or the
             address of a file that the engine reads ("s3a://archive/2025.parquet")
    columns  maps our names to the log's; `object` and `target` may be absent
    address  of the engine, see `engines.engine`

    Raises ReadError when there is no such log, or a declared column is not in it.
    """
    import ibis

    table = _scan(log, address)
    wanted = {name: columns.get(name, name) for name in COLUMNS}
    for name, theirs in wanted.items():
        if theirs not in table.columns and (name in columns or name in ("member", "time", "action")):
            raise ReadError(
                f"there is no column `{theirs}`",
                remedy=f"name the column that holds `{name}` under columns in study.toml",
                file=_name(log),
                column=theirs,
            )
    as_text = _trimmed if _is_csv(log) else _kept
    picked = {
        name: as_text(table[theirs]) if theirs in table.columns else ibis.null("string")
        for name, theirs in wanted.items()
    }
    return table.select(year=ibis.literal(year, "int64"), **picked)


def _trimmed(column: Any) -> Any:
    # Trimming also keeps the engine from reading a column as the type that is asked of it later, which
    # fails on the first cell that is none.
    return column.cast("string").strip().nullif("")


def _kept(column: Any) -> Any:
    """A column with a type: trimming ten million cells costs more than counting them, and most need none."""
    kind = column.type()
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp")
    return column if kind.is_string() else column.cast("string")


def _scan(log: Path | str, address: str) -> ibis.Table:
    if isinstance(log, Path) and not log.exists():
        raise ReadError("there is no such file", remedy="put the export there", file=log.name)
    backend = engine(address)
    if isinstance(log, str) and "://" not in log:
        database, _, table = log.rpartition(".")
        with unshown(log):
            return backend.table(table, database=database or None)
    if backend.name not in CSV:
        raise PlanError(
            f"the engine `{scheme(address)}` reads no files",
            remedy="load the log into a table, and name that as `table`",
            file="study.toml",
        )
    whole = str(log.absolute()) if isinstance(log, Path) else log
    with unshown(_name(log)):
        if not _is_csv(log):
            return backend.read_parquet(whole)
        if backend.name != "duckdb" and isinstance(log, Path):
            _proper(log)
        return backend.read_csv(whole, **CSV[backend.name], **{SEPARATOR[backend.name]: _separator(log)})


def _proper(path: Path) -> None:
    """DuckDB refuses what is no UTF-8 and a quote that is never closed; Spark reads on as if nothing were."""
    text, quotes = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        with path.open("rb") as file:
            for block in iter(partial(file.read, BLOCK), b""):
                text.decode(block)
                quotes += block.count(b'"')
        text.decode(b"", final=True)
    except UnicodeDecodeError:
        quotes = 1
    if quotes % 2:
        raise ReadError(
            "the log is not a proper CSV file", remedy="export it again, as CSV in UTF-8", file=path.name
        )


def _name(log: Path | str) -> str:
    return log.name if isinstance(log, Path) else log.rpartition("/")[2]


def _is_csv(log: Path | str) -> bool:
    """A file is CSV unless its name says Parquet; what has no ending is a table, or a folder of Parquet."""
    return Path(log).suffix != ".parquet" if isinstance(log, Path) else log.endswith((".csv", ".tsv"))


def _separator(log: Path | str) -> str:
    """A file's by its beginning; what only the engine can read has a tab where its name says so."""
    if isinstance(log, str):
        return "\t" if log.endswith(".tsv") else ","
    with log.open("rb") as file:
        return separator(file.read(LOOKED_AT).decode("utf-8-sig", errors="replace"))
