"""What exports of XLSForm tools (Kobo, ODK) share: paths, split columns, questions the device answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from ksn_research.read.dictionary import holds_only

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
ANYTHING = re.compile(r".*", re.DOTALL)
# XLSForm's metadata questions by their usual names: what they record, and what it looks like. A question
# of the same name that holds other things is a question.
METADATA: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "start": ("started", MOMENT),
    "starttime": ("started", MOMENT),
    "end": ("ended", MOMENT),
    "endtime": ("ended", MOMENT),
    "today": ("meta", DAY),
    "deviceid": ("device", ANYTHING),
    "subscriberid": ("meta", ANYTHING),
    "simserial": ("meta", ANYTHING),
    "simid": ("meta", ANYTHING),
    "phonenumber": ("meta", ANYTHING),
    "username": ("meta", ANYTHING),
    "audit": ("meta", ANYTHING),
    "instanceID": ("meta", ANYTHING),
    "instanceName": ("meta", ANYTHING),
}
DEEPEST = 30  # names in a path; a heading with more is a text
TICKS = ("0", "1", "True", "False", "TRUE", "FALSE")


def metadata_role(name: str, column: pd.Series) -> str:
    """The role of a metadata question by its name, "" where it is none or its cells look otherwise."""
    role, form = METADATA.get(name, ("", ANYTHING))
    return role if role and holds_only(column, form.fullmatch) else ""


def prefixes(path: str) -> list[str]:
    """What stands before each "/" of a path, longest first.

    >>> prefixes("g/q/x")
    ['g/q', 'g']
    """
    parts = path.split("/", DEEPEST)
    if len(parts) > DEEPEST:
        return []
    return ["/".join(parts[:i]) for i in range(len(parts) - 1, 0, -1)]


def summarised(headers: Sequence[str]) -> list[str]:
    """By column: the column that it splits up, "" for none.

    >>> summarised(["q", "q/x", "g/q"])
    ['', 'q', '']
    """
    known = set(headers)
    return [next((stem for stem in prefixes(header) if stem in known), "") for header in headers]


def short_names(paths: Iterable[str], mark: str) -> dict[str, str]:
    """Each path's last part, or the whole path where several paths end so.

    >>> short_names(["a/name", "b/name", "b/age"], "/")
    {'a/name': 'a/name', 'b/name': 'b/name', 'b/age': 'age'}
    """
    distinct = list(dict.fromkeys(paths))
    ends = Counter(path.rpartition(mark)[2] for path in distinct)
    return {
        path: path.rpartition(mark)[2] if ends[path.rpartition(mark)[2]] == 1 else path for path in distinct
    }


def ticked(columns: Iterable[pd.Series]) -> bool:
    """Whether columns hold nothing but ticks (1 or 0), and at least one."""
    seen = {text for column in columns for text in column.unique() if text}
    return bool(seen) and seen <= set(TICKS)
