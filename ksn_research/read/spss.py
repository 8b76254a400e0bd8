"""SPSS's .sav and .zsav, through pyreadstat.

Numbers come as text without a needless ".0", dates as ISO 8601, system-missing as an empty cell; a
user-missing value stays as it stands, and `missing` of the Export says that it is one.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ksn_research.errors import Finding, ReadError
from ksn_research.read import spss_process
from ksn_research.read.export import Export, build
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import Sheet

MAGIC = (b"$FL2", b"$FL3")
LOCKED = b"ENCRYPTEDSAV"
FALLBACK = "windows-1252"
WAIT, WAIT_PER_BYTE = 8.0, 3e-6  # seconds of computing that a file may take
PATIENCE = 8  # times as long by the clock: a busy machine makes no file slow
DAY = 86_400
START = np.datetime64("1582-10-14", "s")  # SPSS counts seconds from here
LAST = np.datetime64("9999-12-31", "s").astype("int64") - START.astype("int64")
DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR")
MOMENTS = ("DATETIME", "YMDHMS")
DURATIONS = ("TIME", "DTIME", "MTIME")
REFUSED = re.compile(r"\b(refus\w*|declin\w* to|prefers? not|verweiger\w*|rehus\w*)\b", re.IGNORECASE)
UNKNOWN = re.compile(
    r"\b(do(es)?( not|n'?t) know|don.t know|dk|wei(ß|ss) nicht|no sabe|ne sai[st] pas)\b", re.IGNORECASE
)
# Qualtrics' own names, as it writes them into a .sav.
QUALTRICS = {
    "ResponseId": "id", "StartDate": "started", "EndDate": "ended", "RecordedDate": "submitted",
    "Duration__in_seconds_": "duration", "Status": "status", "Progress": "progress", "Finished": "finished",
    "UserLanguage": "language", "IPAddress": "device", "DistributionChannel": "meta",
    "RecipientLastName": "meta", "RecipientFirstName": "meta", "RecipientEmail": "meta",
    "ExternalReference": "meta", "LocationLatitude": "meta", "LocationLongitude": "meta",
}  # fmt: skip
PROBLEMS = {
    "damaged": ("the file is damaged or incomplete", "save it again in SPSS, or export it as CSV"),
    "bomb": ("the file unpacks to far more than its size", "save it again in SPSS without compression"),
    "memory": ("the file needs more memory than a file of its size should", "export it as CSV"),
    "slow": ("the file takes too long to read", "save it again in SPSS, or export it as CSV"),
    "encoding": ("the file's texts are in no known encoding", "save it again in SPSS as Unicode"),
}
Reading = tuple[pa.Table, dict[str, Any]]


def looks_so(data: bytes) -> bool:
    """Whether bytes begin like an SPSS file."""
    return data.startswith((*MAGIC, LOCKED))


def spss(path: Path) -> Export:
    """An SPSS file's cases; the index `row` is the case's number.

    Name, label and value labels of a variable become name, heading and codes. Multiple-response sets give
    group, and the set's label the heading: where variables are ticks, each is a choice, and its cells 1 or
    0 (whatever value was counted); where they hold first, second, ... answers, they keep their codes.

    Raises ReadError for a damaged or encrypted file.
    """
    with path.open("rb") as opened:
        start = opened.read(len(LOCKED))
    if start == LOCKED:
        raise ReadError("the file is encrypted", remedy="save it without a password", file=path.name)
    if not looks_so(start):
        raise ReadError("this is no SPSS file", remedy="save it as .sav", file=path.name)
    (table, about), findings = _read(path)
    return _export(table, about, path.name, findings)


# --- the file ------------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[Reading, list[Finding]]:
    reason, reading = _run(path, "")
    if reason != "encoding":
        return _sound(reason, reading, path.name), []
    reason, reading = _run(path, FALLBACK)
    odd = Finding(
        severity="warn",
        source="",
        file=path.name,
        problem="the file's texts are not in the encoding it names; they were read as Windows-1252",
        remedy="look at its labels, and save it again in SPSS as Unicode if letters are wrong",
    )
    return _sound(reason, reading, path.name), [odd]


def _sound(reason: str, reading: Reading | None, file: str) -> Reading:
    if reading is None:
        problem, remedy = PROBLEMS[reason]
        raise ReadError(problem, remedy=remedy, file=file)
    return reading


def _run(path: Path, encoding: str) -> tuple[str, Reading | None]:
    """What the process that reads the file says: a reason of `PROBLEMS`, or "" and the table."""
    seconds = math.ceil(WAIT + WAIT_PER_BYTE * path.stat().st_size)
    command = [sys.executable, "-P", "-s", spss_process.__file__, str(path.resolve()), encoding, str(seconds)]
    settings = {
        **os.environ,
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    try:
        patience = PATIENCE * seconds
        done = subprocess.run(command, capture_output=True, timeout=patience, check=False, env=settings)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "slow", None
    reasons = {status: reason for reason, status in spss_process.REASONS.items()}
    reasons[-signal.SIGXCPU] = "slow"
    if done.returncode:
        return reasons.get(done.returncode, "damaged"), None
    try:
        table = pa.ipc.open_stream(done.stdout).read_all()
        return "", (table, json.loads(table.schema.metadata[b"about"]))
    except (pa.ArrowException, ValueError, KeyError, TypeError, OSError):
        return "damaged", None


# --- its columns ---------------------------------------------------------------------------------------


def _export(table: pa.Table, about: Mapping[str, Any], file: str, findings: list[Finding]) -> Export:
    names = table.column_names
    known = {name: _Variable(name, i, about) for i, name in enumerate(names)}
    index = pd.RangeIndex(1, table.num_rows + 1, name="row")
    ticks = _ticks(about["sets"])
    columns, missing = {}, {}
    for i, name in enumerate(names):
        column, missing[i] = known[name].read(table.column(i), ticks.get(name))
        columns[i] = column.set_axis(index)
    frame = pd.DataFrame(columns, index=index)
    export = build(
        Sheet(file, frame, findings=tuple(findings)),
        0,
        format="spss",
        columns=_columns(names, about),
        codes={i: known[n].codes() for i, n in enumerate(names) if n not in ticks and known[n].labels},
        missing={i: kinds for i, kinds in missing.items() if kinds},
    )
    return replace(export, findings=(*export.findings, *_fewer(about, table.num_rows, file)))


def _fewer(about: Mapping[str, Any], rows: int, file: str) -> list[Finding]:
    told = about.get("rows")
    if not isinstance(told, int) or told < 0 or told == rows:
        return []
    problem = f"the file says that it has {told} cases, and holds {rows}"
    remedy = "save it again in SPSS, and compare the number of cases"
    return [
        Finding(severity="warn", source="", file=file, problem=problem, remedy=remedy, count=abs(told - rows))
    ]


class _Variable:
    """What a .sav says of one variable: its format, the labels of its values, the values that are missing."""

    def __init__(self, name: str, position: int, about: Mapping[str, Any]) -> None:
        self.format = re.sub(r"[\d.]+$", "", about["formats"][position]).upper()
        self.labels: list[tuple[float | str, str]] = about["values"].get(name, [])
        self.ranges: list[dict[str, Any]] = about["missing"].get(name, [])

    def codes(self) -> dict[str, str]:
        return {self.text(value): plain_words(str(label)) for value, label in self.labels}

    def text(self, value: float | str) -> str:
        return value.strip() if isinstance(value, str) else number(value)

    def is_missing(self, value: float | str) -> bool:
        fitting = (span for span in self.ranges if type(span["lo"]) is type(value))
        return any(span["lo"] <= value <= span["hi"] for span in fitting)

    def read(self, column: pa.ChunkedArray, counted: str | None) -> tuple[pd.Series, dict[str, str]]:
        """Its cells as text, and which of these texts are missing by what the file declares."""
        coded = column.combine_chunks().dictionary_encode()
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        values = coded.dictionary.to_pylist()
        values = [value.strip() if isinstance(value, str) else value for value in values]
        # A date is not told from a missing value once it is written as a date.
        texts = [self.text(v) if self.is_missing(v) else self._written(v) for v in values]
        declared = [span["lo"] for span in self.ranges if span["lo"] == span["hi"]]
        labelled = [value for value, _ in self.labels]
        found = {self.text(v) for v in [*values, *declared, *labelled] if self.is_missing(v)}
        names = self.codes()
        kinds = {text: kind(names.get(text, "")) for text in sorted(found) if text}
        if counted is not None:
            texts = [t if t in kinds or not t else str(int(t == counted)) for t in texts]
        cells = pa.DictionaryArray.from_arrays(coded.indices, pa.array(texts, pa.string()))
        return cells.dictionary_decode().fill_null("").to_pandas().astype("str"), kinds

    def _written(self, value: float | str | None) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        if self.format in DATES:
            return moment(value, days=True)
        if self.format in MOMENTS:
            return moment(value, days=False)
        return duration(value) if self.format in DURATIONS else number(value)


def _ticks(sets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Variables of sets that count one value, and that value as text."""
    found: dict[str, str] = {}
    for own in sets.values():
        if own["is_dichotomy"]:
            counted = own["counted_value"]
            text = counted.strip() if isinstance(counted, str) else number(float(counted or 0))
            for name in own["variable_list"]:
                found.setdefault(name, text)
    return found


def _columns(names: list[str], about: Mapping[str, Any]) -> dict[str, list[str]]:
    """Descriptions; a variable of several multiple-response sets belongs to the first."""
    labels = {name: plain_words(label or "") for name, label in zip(names, about["labels"], strict=True)}
    member: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for group, own in about["sets"].items():
        for name in own["variable_list"]:
            member.setdefault(name, (group, own))
    is_qualtrics = "ResponseId" in names
    columns: dict[str, list[str]] = {
        key: [] for key in ("heading", "item", "name", "group", "choice", "role")
    }
    for name in names:
        group, own = member.get(name, ("", {}))
        label = labels[name] or name
        columns["heading"].append((plain_words(own["label"] or "") or group) if group else label)
        columns["item"].append(label if group else "")
        columns["name"].append(name)
        columns["group"].append(group)
        columns["choice"].append(name if group and own["is_dichotomy"] else "")
        columns["role"].append(QUALTRICS.get(name, "") if is_qualtrics else "")
    return columns


def kind(label: str) -> str:
    """The kind of missing that a value's label names; a value without such a label was skipped.

    >>> kind("Prefer not to say"), kind("Don't know"), kind("No answer")
    ('refused', 'dont_know', 'skipped')
    """
    if REFUSED.search(label):
        return "refused"
    return "dont_know" if UNKNOWN.search(label) else "skipped"


# --- values --------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """A number in the fewest digits that give it back, never with an exponent.

    >>> number(1.0), number(-9.0), number(0.1), number(1e21)
    ('1', '-9', '0.1', '1000000000000000000000')
    """
    return str(np.format_float_positional(value + 0.0, trim="-"))


def moment(value: float, *, days: bool) -> str:
    """Seconds since 14 October 1582 as ISO 8601; what is no time after that stays a number.

    >>> moment(13166064000.0, days=True), moment(13166064001.5, days=False), moment(-1.0, days=True)
    ('2000-01-01', '2000-01-01T00:00:01.500000', '-1')
    """
    if not 0 <= value <= LAST:
        return number(value)
    whole = int(value // 1)
    parts = round((value - whole) * 1_000_000)
    at = START + np.timedelta64(whole, "s")
    if days:
        return str(at.astype("datetime64[D]"))
    return str(at) if not parts else str(at.astype("datetime64[us]") + np.timedelta64(parts, "us"))


def duration(value: float) -> str:
    """Seconds as hours, minutes, seconds; hours may pass 24.

    >>> duration(83410.0), duration(-90000.0)
    ('23:10:10', '-25:00:00')
    """
    if not abs(value) < LAST:
        return number(value)
    whole = int(abs(value))
    rest = number(round(abs(value) - whole, 6))[1:]
    said = f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}{rest}"
    return f"-{said}" if value < 0 else said
