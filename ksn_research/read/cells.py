"""Cells of a workbook into text, as a CSV export of them would read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

EXACT = 10**15  # Excel keeps 15 digits
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass
class Noted:
    """How often something odd was met, and where first."""

    count: int = 0
    row: int = 0
    column: int = 0

    def at(self, row: int, column: int) -> None:
        if not self.count:
            self.row, self.column = row, column
        self.count += 1


@dataclass
class Texts:
    """Cells into text, each distinct number once."""

    rounded: Noted = field(default_factory=Noted)
    known: dict[Any, str] = field(default_factory=dict)

    def of(self, value: Any, row: int, column: int) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return _unescaped(value)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            if abs(value) >= EXACT and _is_rounded(value):
                self.rounded.at(row, column)
            if value not in self.known:
                self.known[value] = _number(value)
            return self.known[value]
        return _moment(value)


def _is_rounded(value: float) -> bool:
    """Whether digits beyond the fifteenth are lost: a number kept as a float, or ending in zeros there.

    >>> _is_rounded(1.14398765432109e17), _is_rounded(114398765432109000), _is_rounded(114398765432109876)
    (True, True, False)
    """
    return isinstance(value, float) or value % 10 ** (len(str(abs(value))) - 15) == 0


def _number(value: float) -> str:
    """
    >>> [_number(x) for x in (7, 7.0, -99.0, 0.30000000000000004, 29.7369407816961, 1e-7, 1.5e17)]
    ['7', '7', '-99', '0.3', '29.7369407816961', '0.0000001', '150000000000000000']
    """
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    short = f"{value:.15g}"
    # A sum of tenths shows as 0.3 in Excel; only digits that somebody may have meant are kept beyond that.
    text = short if len(short.strip("-0.").replace(".", "")) <= 12 else repr(value)
    return format(Decimal(text), "f")


def _moment(value: Any) -> str:
    """
    >>> [_moment(x) for x in (datetime(2026, 10, 5, 9, 15), datetime(2026, 10, 5), timedelta(hours=30))]
    ['2026-10-05 09:15:00', '2026-10-05', '30:00:00']
    """
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="milliseconds" if value.microsecond else "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _unescaped(text: str) -> str:
    """Excel writes control characters as their number.

    >>> _unescaped("a_x000D_\\nb"), _unescaped("_x005F_x000D_")
    ('a\\r\\nb', '_x000D_')
    """
    return ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return "" if number == 0 or 0xD800 <= number <= 0xDFFF else chr(number)
