"""What can go wrong, said so that an analyst can mend it.

A `KsnError` stops a run; a `Finding` is one line of the check step's table and stops the run only
when it blocks. Both name the place and the remedy. Neither ever holds a respondent's words, except
`Finding.answer`, which is written to the edition's internal part only because somebody has to write
the crosswalk from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import pandas as pd

SEVERITIES = ("block", "warn", "note")


class KsnError(Exception):
    """Something that stops a run: where it is, what it is, what to do about it."""

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        file: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        self.problem, self.remedy = problem, remedy
        self.file, self.row, self.column = file, row, column
        super().__init__(f"{place(file, row, column)}{problem}; {remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled as it was made, not as it reads: a worker process hands it on.
        made = partial(type(self), remedy=self.remedy, file=self.file, row=self.row, column=self.column)
        return made, (self.problem,)

    def blocking(self, source: str, year: int | None = None, wave: str = "", file: str = "") -> Finding:
        """The finding that it is, where reading goes on to show all that is wrong in one run."""
        return Finding(
            severity="block",
            source=source,
            year=year,
            wave=wave,
            file=self.file or file,
            row=self.row,
            column=self.column,
            problem=self.problem,
            remedy=self.remedy,
        )


class PlanError(KsnError):
    """`study.toml`, an instrument, its sidecar or a crosswalk is not usable as it stands."""


class ReadError(KsnError):
    """A file with records cannot be read as what it is declared to be."""


class BlockedError(KsnError):
    """The check step found something that must be mended before anything is computed."""


class DisclosureError(KsnError):
    """Something that has not passed disclosure control was about to be shown."""


class EditionError(KsnError):
    """An edition cannot be written, verified or explained."""


class ParameterError(KsnError):
    """A report parameter is unknown or of the wrong type."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing the check step says about the records.

    severity   "block" stops the run, "warn" is shown to the analyst, "note" is kept for the appendix
    count      how many rows or answers it is about
    answer     the answer itself, for the internal table only
    """

    severity: str
    source: str
    problem: str
    remedy: str
    year: int | None = None
    wave: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    count: int = 1
    answer: str = ""

    def __str__(self) -> str:
        """The finding without the answer, fit for a screen or a log."""
        return f"{place(self.file, self.row, self.column)}{self.problem}; {self.remedy}"


@dataclass(frozen=True)
class Origin:
    """Whose rows these are: one file of one wave of one source."""

    source: str
    year: int | None
    wave: str
    file: str

    def finding(
        self,
        severity: str,
        problem: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str = "",
        count: int = 1,
        answer: str = "",
    ) -> Finding:
        """A finding about this file."""
        return Finding(
            severity=severity,
            source=self.source,
            year=self.year,
            wave=self.wave,
            file=self.file,
            row=None if row is None else int(row),
            column=column,
            problem=problem,
            remedy=remedy,
            count=count,
            answer=answer,
        )


def place(file: str = "", row: int | None = None, column: str = "") -> str:
    """Write a place the way every message does.

    >>> place("member_survey.csv", 14, "trust_03")
    'member_survey.csv, row 14, column trust_03: '
    >>> place()
    ''
    """
    parts = [file, f"row {row}" if row is not None else "", f"column {column}" if column else ""]
    said = ", ".join(part for part in parts if part)
    return f"{said}: " if said else ""


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """All findings in one table, worst first; columns are the fields of `Finding`."""
    names = [field.name for field in fields(Finding)]
    frame = pd.DataFrame([[getattr(f, name) for name in names] for f in findings], columns=names)
    frame["row"] = frame["row"].astype("Int64")
    frame["year"] = frame["year"].astype("Int64")
    order = frame["severity"].map({s: i for i, s in enumerate(SEVERITIES)})
    by = ["source", "year", "file", "row", "column"]
    return (
        frame.assign(_order=order).sort_values(["_order", *by]).drop(columns="_order").reset_index(drop=True)
    )
