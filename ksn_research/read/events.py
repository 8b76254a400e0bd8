"""Platform activity as a lazy table: CSV or Parquet through Ibis on DuckDB, never a frame of text.

Nothing beside `engine` and `_scan` knows which engine it is; the expressions are Ibis only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ksn_research.errors import ReadError
from ksn_research.read.text import separator

if TYPE_CHECKING:
    import ibis

LOOKED_AT = 65536  # bytes by which a CSV's separator is found
COLUMNS = ("member", "time", "action", "object", "target")
MEMORY = "512MB"  # what the engine may hold; beyond it, it spills into a private folder that goes with it


@lru_cache(maxsize=1)
def engine() -> Any:
    """The embedded engine, one for a run. Two threads: the same on every machine, so sums agree."""
    import ibis

    spill = TemporaryDirectory(prefix="ksn-", ignore_cleanup_errors=True)
    made = ibis.duckdb.connect(
        threads=2, memory_limit=MEMORY, temp_directory=spill.name, preserve_insertion_order=False
    )
    made.spill = spill  # the folder is removed when the engine goes
    return made


def events(path: Path, columns: Mapping[str, str], year: int | None) -> ibis.Table:
    """One file of events as `COLUMNS` plus `year`; nothing is read yet.

    Text, trimmed and empty cells NA where it comes from CSV, as it stands where it comes from Parquet
    (`score` finds out whether that needs trimming); `time` is a timestamp where Parquet holds one.

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
    as_text = _trimmed if path.suffix != ".parquet" else _kept
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
    """A column of Parquet: trimming ten million cells costs more than counting them, and most need none."""
    kind = column.type()
    if (kind.is_timestamp() and kind.timezone is None) or kind.is_date():
        return column.cast("timestamp")
    return column if kind.is_string() else column.cast("string")


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
