"""A file written anew with keys for codes, and what it must be before it takes the old one's place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pandas as pd

from ksn_research import read
from ksn_research.errors import PlanError
from ksn_research.read.text import decoded, separator
from ksn_research.score.panel import member_key
from ksn_research.seal.columns import Task, read_again, records_of

RECOGNISED_FROM = 5  # letters of a code of digits alone that is looked for in other columns


def write(task: Task, secret: bytes, keys: dict[str, str]) -> list[str]:
    if task.path.suffix == ".parquet":
        return _write_parquet(task, secret, keys)
    data = read.read_file(task.path)
    declared = task.wave.options.get("encoding")
    text, _ = decoded(data, task.path.name, task.source.name, declared)
    mark, out = separator(text), io.StringIO()
    end = "\r\n" if "\r\n" in text else "\n"
    writer = csv.writer(out, delimiter=mark, lineterminator=end)
    emptied: list[str] = []
    for number, record in enumerate(records_of(text), 1):
        if number == 1:
            emptied = [
                cell.strip() or f"column {i + 1}" for i, cell in enumerate(record) if i not in task.kept
            ]
        if number >= task.start:
            record = [_sealed(cell, i, task, secret, keys) for i, cell in enumerate(record)]
        writer.writerow(record)
    task.staged.write_bytes(out.getvalue().encode(declared or "utf-8", errors="replace"))
    return emptied


def _sealed(cell: str, position: int, task: Task, secret: bytes, keys: dict[str, str]) -> str:
    code = cell.strip()
    if not code or position not in task.kept:
        return ""
    return _key(code, secret, keys) if position in task.keyed else cell


def _key(code: str, secret: bytes, keys: dict[str, str]) -> str:
    if code not in keys:
        keys[code] = member_key(code, secret)
    return keys[code]


def _write_parquet(task: Task, secret: bytes, keys: dict[str, str]) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(task.path)
    for position in task.keyed:
        coded = table.column(position).cast(pa.string()).combine_chunks().dictionary_encode()
        codes = [(code or "").strip() for code in coded.dictionary.to_pylist()]
        words = pa.array([_key(code, secret, keys) if code else "" for code in codes], pa.string())
        column = pa.DictionaryArray.from_arrays(coded.indices, words).dictionary_decode()
        table = table.set_column(position, table.column_names[position], column)
    emptied = [name for i, name in enumerate(table.column_names) if i not in task.kept]
    pq.write_table(table.drop_columns(emptied), task.staged)
    return emptied


def compare(task: Task, keys: dict[str, str]) -> None:
    """The new file, read back, is the old one but for its codes and what was emptied."""
    old, new = (read_again(task.source, task.wave, path).frame for path in (task.path, task.staged))
    wanted = pd.DataFrame(
        {
            i: (old[i].map(lambda code: keys.get(code, "")) if i in task.keyed else old[i])
            if i in task.kept
            else ""
            for i in old
        },
        index=old.index,
    )
    if not wanted.astype("str").equals(new.reindex(wanted.index).fillna("").astype("str")):
        raise PlanError(
            "the sealed file does not read back as it should, and was not put in place",
            remedy="save the export as UTF-8 CSV, and report this as a defect if that does not help",
            file=task.path.name,
        )


def refuse_codes(task: Task, keys: dict[str, str]) -> None:
    """No cell of a sealed file may be a code: it would stand in a column that the plan does not declare."""
    told = {code for code in keys if not code.isdigit() or len(code) >= RECOGNISED_FROM}
    if task.source.kind == "activity":
        return
    export = read_again(task.source, task.wave, task.staged)
    for position, heading in enumerate(export.columns["heading"]):
        if position not in task.keyed and export.frame[position].isin(told).any():
            raise PlanError(
                "the column would still hold member codes",
                remedy="declare it in study.toml as the column of members, or take it out of the export",
                file=task.path.name,
                column=str(heading),
            )


def keys_in(task: Task) -> Iterator[str]:
    frame = read_again(task.source, task.wave, task.staged).frame
    for position in task.keyed:
        yield from frame.loc[frame[position] != "", position].unique()
