"""Words for what analyses of attendance, sessions, thanks and platforms call their categories.

Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# By analysis and category; what stands nowhere here is the study's own word.
CATEGORIES: Mapping[str, Mapping[str, str]] = {
    "frequency": {"1": "Once", "2-3": "2 or 3 times", "4 or more": "4 times or more"},
    "recency": {
        "up to 30 days": "0\u201330 days before the last",
        "31-90 days": "31\u201390 days",
        "91-180 days": "91\u2013180 days",
        "longer": "Over 180 days",
    },
    "conversion": {"": "Guests of the year", "guests of the year before": "Guests of the year before"},
    "exchange": {
        "": "Taken away minus brought",
        "brought": "Something was brought",
        "took away": "Something was taken away",
        "both": "Both",
        "only brought": "Only brought",
        "only took away": "Only taken away",
        "neither": "Neither",
        "brought at least once": "People who brought something at least once",
        "took away at least once": "People who took something away at least once",
        "both at least once": "People who did both at least once",
    },
    "recognition": {"": "Those thanked", "any of these": "Any contributor"},
    "retention": {f"month {n}": f"Active in month {n} after joining" for n in range(1, 12)},
    "funnel": {
        "invited": "On the roster that day",
        "viewed": "Opened at least one",
        "watched half": "Watched half of one",
        "finished": "Watched one to the end",
        "gathering": "Came to the gathering",
        "items": "All of them together",
        "1 session": "1 session",
        "fading": "Fading of views",
        **{f"week {n:02d}": f"Week {n}" for n in range(1, 13)},
    },
}
# Beginnings that are said otherwise, by analysis; what follows is the study's own word.
BEGINNINGS: Mapping[str, Mapping[str, str]] = {
    "conversion_by_kind": {"": "Came to: {}"},
    "exchange": {"brought: ": "Brought: {}"},
    "funnel": {"session ": "Session {}", "item ": "{}"},
}
ANALYSES = {*CATEGORIES, *BEGINNINGS}


def category(row: Mapping[str, Any], label: Callable[[str], str] = str) -> str:
    """Words for a result's category.

    row    columns analysis, category; label: words for what the study itself names

    >>> category({"analysis": "frequency", "category": "1"})
    'Once'
    >>> category({"analysis": "funnel", "category": "item V1"}), category({"analysis": "x", "category": ""})
    ('V1', '')
    """
    analysis, name = str(row["analysis"]), str(row["category"])
    known = CATEGORIES.get(analysis, {})
    if name in known:
        return known[name]
    for begins, words in BEGINNINGS.get(analysis, {}).items():
        if name.startswith(begins) and name:
            return words.format(label(name.removeprefix(begins)))
    return label(name) if name else ""
