"""SQLite files that tools keep their projects in, read in memory and as data only.

The file's bytes are opened, never the file: nothing beside it is made or changed, and a log of changes that
the tool has not yet written into it (`-wal`) is applied to the bytes. Only plain tables are read; views and
virtual tables, which a hostile file could fill without end, are not. What takes too long or is too large is
refused. Imports errors and the limits of `qdpx`.
"""

from __future__ import annotations

import re
import sqlite3
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.read.qdpx import MAX_BYTES, MAX_TEXT

MAGIC = b"SQLite format 3\x00"
SECONDS = 20.0
STEPS = 100_000  # instructions of SQLite between two looks at the clock
PLAIN = re.compile(r"\s*create\s+table\b", re.IGNORECASE)
WAL_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}


@dataclass
class Base:
    """An open database: its plain tables by lower-case name."""

    connection: sqlite3.Connection
    file: str
    tables: dict[str, str] = field(default_factory=dict)
    taken: int = 0

    def has(self, *names: str) -> bool:
        return all(name in self.tables for name in names)

    def frame(self, table: str, columns: Sequence[str]) -> pd.DataFrame:
        """These columns of a table as they are stored (dtype object); a column or a table that is not there
        holds nothing."""
        if table not in self.tables:
            return pd.DataFrame(columns=list(columns), dtype=object)
        held = {
            str(row[1]).lower(): str(row[1]) for row in self._rows(f"PRAGMA table_info({self._name(table)})")
        }
        wanted = ", ".join(quoted(held[name]) if name in held else "NULL" for name in columns)
        rows = list(self._rows(f"SELECT {wanted} FROM {self._name(table)}"))  # noqa: S608
        return pd.DataFrame(rows, columns=list(columns), dtype=object)

    def count(self, table: str) -> int:
        """How many rows a table has; 0 where there is none."""
        if table not in self.tables:
            return 0
        return int(next(self._rows(f"SELECT count(*) FROM {self._name(table)}"))[0])  # noqa: S608

    def _name(self, table: str) -> str:
        return quoted(self.tables[table])

    def _rows(self, query: str) -> Iterator[tuple]:
        yield from self.connection.execute(query)

    def text(self, data: bytes) -> str:
        """One text; many that share their bytes in the file would otherwise fill the memory."""
        self.taken += len(data)
        if self.taken > MAX_BYTES:
            raise ReadError(
                f"the database holds more than {MAX_BYTES // 2**20} MB of text",
                remedy="export fewer interviews at once",
                file=self.file,
            )
        return data.decode("utf-8", "replace")


def quoted(name: str) -> str:
    """A name as SQL has it.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def database_bytes(path: Path) -> tuple[bytes, bytes]:
    """A database file and its log of changes (b"" where there is none). Raises ReadError for a link, for what
    is too large, and while the tool is in the middle of a change."""
    for suffix in ("", "-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.is_symlink():
            raise ReadError(
                "the project is a link to another file", remedy="copy the project itself here", file=path.name
            )
        if beside.exists() and beside.stat().st_size > MAX_BYTES:
            raise ReadError(
                f"the database is larger than {MAX_BYTES // 2**20} MB",
                remedy="keep pictures and recordings out of the project, or export fewer interviews",
                file=path.name,
            )
    journal = path.with_name(path.name + "-journal")
    if journal.exists() and journal.stat().st_size:
        raise ReadError(
            "the tool was interrupted in the middle of a change",
            remedy="open the project in its tool, close it, and copy it again",
            file=path.name,
        )
    wal = path.with_name(path.name + "-wal")
    return path.read_bytes(), wal.read_bytes() if wal.exists() else b""


@contextmanager
def opened(data: bytes, file: str, wal: bytes = b"") -> Iterator[Base]:
    """A database from its bytes. Raises ReadError where it is none, is damaged, too large or too slow."""
    if not data.startswith(MAGIC) or len(data) < 512:
        raise ReadError("this is no SQLite database", remedy="name the project itself", file=file)
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(_settled(data, wal))
        yield _guarded(connection, file)
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError, MemoryError) as problem:
        raise ReadError(
            "the database is damaged, locked by a password, or holds a text that is too large",
            remedy="open the project in its tool, close it, and copy it again",
            file=file,
        ) from problem
    finally:
        connection.close()


def _guarded(connection: sqlite3.Connection, file: str) -> Base:
    stop = time.monotonic() + SECONDS
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT)
    connection.set_progress_handler(lambda: time.monotonic() > stop, STEPS)
    for pragma in ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1"):
        connection.execute(f"PRAGMA {pragma}")
    base = Base(connection, file)
    connection.text_factory = base.text
    listed = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    plain = [str(name) for name, sql in listed if isinstance(sql, str) and PLAIN.match(sql)]
    base.tables.update({name.lower(): name for name in plain})
    return base


def _settled(data: bytes, wal: bytes) -> bytes:
    """The database with its log applied, and marked as having none (which memory cannot have)."""
    held = bytearray(data)
    for number, page in _pages(wal):
        start = (number - 1) * len(page)
        if len(held) < start + len(page):
            held.extend(bytes(start + len(page) - len(held)))
        held[start : start + len(page)] = page
    held[18:20] = b"\x01\x01"
    return bytes(held)


def _pages(wal: bytes) -> Iterator[tuple[int, bytes]]:
    """Pages of a write-ahead log up to its last whole change: number, content (SQLite's file format, 4)."""
    if len(wal) < 32 or struct.unpack(">I", wal[:4])[0] not in WAL_MAGIC:
        return
    order = WAL_MAGIC[struct.unpack(">I", wal[:4])[0]]
    size, salt = struct.unpack(">I", wal[8:12])[0], wal[16:24]
    total, waiting = _sum(wal[:24], order, (0, 0)), []
    if size < 512 or struct.pack(">2I", *total) != wal[24:32]:
        return
    for at in range(32, len(wal) - size - 23, size + 24):
        head, page = wal[at : at + 24], wal[at + 24 : at + 24 + size]
        total = _sum(head[:8] + page, order, total)
        number, commit = struct.unpack(">2I", head[:8])
        if head[8:16] != salt or struct.pack(">2I", *total) != head[16:] or number * size > 2 * MAX_BYTES:
            return
        waiting.append((number, page))
        if commit:
            yield from waiting
            waiting = []


def _sum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    """The log's running checksum."""
    a, b = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for x, y in zip(words[::2], words[1::2], strict=True):
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return a, b
