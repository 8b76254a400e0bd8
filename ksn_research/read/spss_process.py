"""Runs pyreadstat in a process of its own: `python spss_process.py FILE ENCODING SECONDS`, tables to standard
output.

A damaged file can make the C library crash or ask for all memory, which no exception tells. Here it takes
only this process along. It imports nothing of the package, so that it starts quickly; `spss` reads what it
writes: an Arrow stream of numbers and texts, with what the file says of its variables as metadata.

Ends with status 0; 3 with a reason of `REASONS` on standard error; anything else is a crash.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY = 1 << 30  # bytes of address space
CELLS = 2_000_000  # read at a time
MANY = 5_000_000  # cells that any file may have
PER_BYTE = 30  # cells for each byte of a larger file; compressed answers take about one
REASONS = {"damaged": 3, "encoding": 4, "bomb": 5, "memory": 6}


def main(path: str, encoding: str, seconds: int) -> int:
    """Writes the file's cases; gives one of `REASONS`, or 0. Ends by a signal after that much computing."""
    limits = {
        resource.RLIMIT_AS: (MEMORY, MEMORY),
        resource.RLIMIT_DATA: (MEMORY, MEMORY),
        resource.RLIMIT_CPU: (seconds, seconds + 1),
    }
    for limit, most in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, most)
    sys.meta_path.insert(0, _WithoutPandas())
    import pyarrow as pa
    from pyreadstat import PyreadstatError, ReadstatError

    try:
        _write(path, encoding or None)
    except (PyreadstatError, ReadstatError, UnicodeDecodeError) as error:
        return REASONS["encoding" if "encoding" in str(error) else "damaged"]
    except MemoryError:
        return REASONS["memory"]
    except (ValueError, OverflowError, KeyError, TypeError, pa.ArrowException):
        return REASONS["damaged"]
    except _BombError:
        return REASONS["bomb"]
    return 0


class _WithoutPandas:
    """Arrow loads pandas where it can, which takes longer than all the rest."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "pandas":
            raise ImportError(name)


class _BombError(Exception):
    """More cells than the file's size allows."""


def _write(path: str, encoding: str | None) -> None:
    import pyarrow as pa

    allowed = max(MANY, PER_BYTE * Path(path).stat().st_size)
    with os.fdopen(os.dup(1), "wb") as out:
        writer, cells = None, 0
        for batch in _batches(path, encoding):
            cells += batch.num_rows * max(batch.num_columns, 1)
            if cells > allowed:
                raise _BombError
            writer = writer or pa.ipc.new_stream(out, batch.schema)
            writer.write_batch(batch)
        if writer is not None:
            writer.close()


def _batches(path: str, encoding: str | None) -> Iterator[Any]:
    """Cases in batches, at least one."""
    import pyreadstat

    options: dict[str, Any] = {
        "user_missing": True, "apply_value_formats": False, "disable_datetime_conversion": True,
        "output_format": "dict", "encoding": encoding,
    }  # fmt: skip
    _, about = pyreadstat.read_sav(path, metadataonly=True, **options)
    at_once = max(1, CELLS // max(1, len(about.column_names)))
    done = 0
    while True:
        cells, _ = pyreadstat.read_sav(path, row_limit=at_once, row_offset=done, **options)
        batch = _batch(cells, about)
        yield batch
        done += batch.num_rows
        if batch.num_rows < at_once:
            return


def _batch(cells: dict[str, list], about: Any) -> Any:
    import pyarrow as pa

    arrays, fields = [], []
    for name in about.column_names:
        form = pa.string() if about.readstat_variable_types[name] == "string" else pa.float64()
        column = pa.array(cells.get(name, []), form).dictionary_encode()
        arrays.append(column.cast(form))
        fields.append(pa.field(name, form))
    schema = pa.schema(fields, metadata={"about": json.dumps(_about(about))})
    return pa.record_batch(arrays, schema=schema)


def _about(about: Any) -> dict[str, Any]:
    return {
        "labels": about.column_labels,
        "formats": [about.original_variable_types[name] for name in about.column_names],
        "values": {name: list(values.items()) for name, values in about.variable_value_labels.items()},
        "missing": about.missing_ranges,
        "sets": about.mr_sets or {},
        "rows": about.number_rows,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
