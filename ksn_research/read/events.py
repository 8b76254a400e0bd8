"""Platform activity as a lazy table: CSV or Parquet through Ibis on DuckDB, never a frame of text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ksn_research.errors import ReadError
from ksn_research.read.text import separator

if TYPE_CHECKING:
    import ibis

LOOKED_AT = 65536  # bytes by which a CSV's separator is found
COLUMNS = ("member", "time", "action", "object", "target")


@lru_cache(maxsize=1)
def engine() -> Any:
    """The embedded engine, one for a run. Two threads: the same on every machine, so sums agree."""
    import ibis

    return ibis.duckdb.connect(threads=2)


def events(path: Path, columns: Mapping[str, str], year: int | None) -> ibis.Table:
    """One file of events as text columns `COLUMNS` plus `year`, empty cells NA; nothing is read yet.

    columns maps our names to the file's; `object` and `target` may be absent. Raises ReadError when a
    declared column is not in the file.
    """
    import ibis

    table = _scan(path)
    wanted = {name: columns.get(name, name) for name in COLUMNS}
    for name, theirs in wanted.items():
        if theirs not in table.columns and (name in columns or name in ("member", "time", "action")):
            raise ReadError(
                f"there is no column `{theirs}`",
                remedy=f"name the column that holds `{name}` under columns in study.toml",
                file=path.name,
                column=theirs,
            )
    picked = {
        # Trimming also keeps the engine from reading a column as the type that is asked of it later, which
        # fails on the first cell that is none.
        name: table[theirs].cast("string").strip().nullif("")
        if theirs in table.columns
        else ibis.null("string")
        for name, theirs in wanted.items()
    }
    return table.select(year=ibis.literal(year, "int64"), **picked)


def _scan(path: Path) -> ibis.Table:
    if not path.exists():
        raise ReadError("there is no such file", remedy="put the export there", file=path.name)
    import duckdb

    try:
        if path.suffix == ".parquet":
            return engine().read_parquet(path)
        return engine().read_csv(
            path, all_varchar=True, header=True, delim=_separator(path), quote='"', escape='"'
        )
    except (duckdb.Error, OSError):  # the engine's message holds a line of the log
        raise ReadError(
            "the log is not a proper CSV or Parquet file",
            remedy="export it again, as CSV in UTF-8 or as Parquet",
            file=path.name,
        ) from None


def _separator(path: Path) -> str:
    with path.open("rb") as file:
        return separator(file.read(LOOKED_AT).decode("utf-8-sig", errors="replace"))
