"""Dates and times in the forms that survey tools write, with their zones."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

# "GMT+3" east of Greenwich; parsers that take it for a POSIX zone read it six hours wrong.
OFFSET = re.compile(r"\s*(?:GMT|UTC)\s*(?:(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?)?$")
YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?=$|[ T])")
DAY_MONTH = re.compile(r"^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?=$|[ T,])")
TIME = re.compile(
    r"^(?P<date>\d{4}-\d{2}-\d{2})[T, ]*(?P<h>\d{1,2}):(?P<m>\d{2})(?P<s>:\d{2}(?:\.\d+)?)?\s*"
    r"(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)
DATE = re.compile(r"^\d{4}(-\d{1,2}-\d{1,2}|\d{4})(?!\d)")  # a bare year is no date
# A zone by an abbreviation (MDT), which has no one meaning: IST is Indian, Irish or Israeli.
NAMED_ZONE = re.compile(r"\d\s*(?:[AaPp]\.?[Mm]\.?)?\s+\(?(?![AP]M$)[A-Z]{2,5}\)?$")
ZONED = "a time in a zone that is only named; write its offset (GMT-6), or leave the zone out"
LONGEST = 64  # letters; nothing longer is a date, and it is not searched for one


def dates(
    column: pd.Series, form: str | None = None, *, wall: bool = False
) -> tuple[pd.Series, pd.Series, str]:
    """Dates (to the second) of a column of text, which filled cells are none, and why in words.

    form  a `strptime` form, where declared. Without it: ISO 8601; `2026/09/27 3:00:00 PM GMT+3` (Google);
          day.month.year; and day/month/year or month/day/year where only one of the two fits every cell of
          the column: where both do, nothing is guessed.
    wall  keep the clock's own date and time (for a date that somebody stated); without it times with a zone
          are turned into UTC

    >>> dates(pd.Series(["2026/09/27 3:00:00 PM GMT+3"], dtype="str"))[0].iloc[0]
    Timestamp('2026-09-27 12:00:00')
    """
    codes, texts = pd.factorize(column)
    said = [str(text) if len(text) <= LONGEST else "" for text in texts]
    plain, why = (said, "not a date") if form else _iso(said)
    shaped = plain if form else [_clock(text, wall) for text in plain]
    parsed = pd.to_datetime(
        pd.Series(shaped, dtype="str"), format=form or "ISO8601", errors="coerce", utc=True
    )
    lost = [] if form else [text for text, bad in zip(plain, parsed.isna(), strict=True) if bad]
    if any(NAMED_ZONE.search(text) for text in lost):
        why = ZONED
    moments = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[s]")
    made = pd.Series(np.append(moments, np.datetime64("NaT", "s"))[codes], index=column.index)
    return made, (column != "") & made.isna(), why


def _iso(texts: Sequence[str]) -> tuple[list[str], str]:
    """Texts with their date as YYYY-MM-DD and their zone as an offset; "" where that cannot be done."""
    shaped = [_year_first(_with_offset(text)) for text in texts]
    pairs = [DAY_MONTH.match(text) for text in shaped]
    slashed = [match for match in pairs if match and match[2] == "/"]
    first = all(int(m[1]) <= 12 for m in slashed)  # the first number may be a month throughout
    second = all(int(m[3]) <= 12 for m in slashed)
    if first and second and any(m[1] != m[3] for m in slashed):
        ours = ["" if m and m[2] == "/" else _day_first(t, m) for t, m in zip(shaped, pairs, strict=True)]
        return ours, "a date whose day and month cannot be told apart"
    month_first = first and not second
    return [
        _day_first(t, m, month_first=month_first and m is not None and m[2] == "/")
        for t, m in zip(shaped, pairs, strict=True)
    ], "not a date"


def _day_first(text: str, match: re.Match[str] | None, month_first: bool = False) -> str:
    if match is None:
        return text
    day, month = (match[3], match[1]) if month_first else (match[1], match[3])
    return f"{match[4]}-{int(month):02}-{int(day):02}{text[match.end() :]}"


def _year_first(text: str) -> str:
    match = YEAR_FIRST.match(text)
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}{text[match.end() :]}" if match else text


def _with_offset(text: str) -> str:
    match = OFFSET.search(text)
    if match is None or match.start() == 0:
        return text
    offset = f"{match['sign'] or '+'}{int(match['h'] or 0):02}:{match['m'] or '00'}"
    return text[: match.start()] + offset


def _clock(text: str, wall: bool) -> str:
    """A time of day with AM or PM as one of 24 hours; "" for what is no date. Whatever else there is is left
    to the parser of ISO 8601, which takes no names of zones."""
    match = TIME.match(text)
    if match is None:
        return text if DATE.match(text) else ""
    hour, half = int(match["h"]), (match["half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + (12 if half == "pm" else 0)
    zone = "" if wall else match["zone"] or ""
    return f"{match['date']}T{hour:02}:{match['m']}{match['s'] or ':00'}{zone}"
