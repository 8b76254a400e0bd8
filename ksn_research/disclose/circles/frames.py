"""What circle pages may show, as frames.

A missing number is NA and its `note` says why; a missing text is "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from ksn_research.prepared import TABLES

_WHEN = {"source": "str", "year": "Int64", "wave": "str"}
_OF = {"circle": "str", **_WHEN}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "circles": {
        "circle": "str", "name": "str", "year": "Int64", "members": "Int64", "facilitators": "Int64",
        "led_by": "str", "sessions": "Int64", "last": "datetime64[s]",
    },
    "response": {
        **_OF, "newest": "bool", "n": "Int64", "of": "Int64", "coded": "Int64", "note": "str",
    },
    "items": {
        **_OF, "newest": "bool", "measure": "str", "kind": "str", "scale": "str", "order": "Int64",
        "band": "str", "n": "Int64", "low": "Int64", "high": "Int64", "label_positive": "str", "note": "str",
        "before": "str", "before_wave": "str", "remark": "str",
    },
    "pooled": {**_OF, "measure": "str", "band": "str", "n": "Int64", "circles": "Int64"},
    "network": {**_WHEN, "measure": "str", "band": "str", "circles": "Int64"},
    "themes": {**_OF, "theme": "str", "count": "Int64", "more": "bool", "commented": "Int64"},
    "comments": {**_OF, "text": "str"},
    "sessions": {
        "circle": "str", "year": "Int64", "event": "str", "date": "datetime64[s]", "came": "Int64",
        "members": "Int64", "note": "str",
    },
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class CircleReviews:
    """All that the pages of an edition's circles show.

    circles   one circle: circle, name, year, members and facilitators (NA: membership not known), led_by (ids
              of facilitators, split by ";"), sessions (NA: attendance not recorded), last (date of the last)
    response  one questionnaire of a circle: circle, source, year, wave, newest (the wave of this source
              that the page is about), n who answered (NA: hidden, `note` says why) of how many (NA: not
              known), coded: people whose comments were coded (NA: too few, or nobody coded)
    items     one question or scale of a questionnaire of a circle: measure, kind ("question" or "scale"), of
              a question the scale that it helps to make up ("" none),
              order, band (a word of `bands.WORDS`; "": not shown, `note` says why), n answers, low to high:
              the counts that the word stands for, label_positive (the answers that count, split by ";"),
              before (the word of the wave before; "" none), before_wave, remark (why the two are not
              comparable)
    pooled    what circles with too few answers see: the word for all such circles of a wave together, n
              answers, circles
    network   source, year, wave, measure, band, circles: of how many circles that is the word
    themes    theme, count of people (at least so many where `more`), commented: people with a coded comment
    comments  verbatim, as `comments.readable_comments` lets through
    sessions  event, date, came (of the members), members, note (the facilitator's own, gated)
    """

    circles: pd.DataFrame
    response: pd.DataFrame
    items: pd.DataFrame
    pooled: pd.DataFrame
    network: pd.DataFrame
    themes: pd.DataFrame
    comments: pd.DataFrame
    sessions: pd.DataFrame


def typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A frame with the columns and types of one of `COLUMNS`; columns that are not there are empty."""
    return _typed(frame, COLUMNS[name])


def typed_shown(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with the columns and types of `prepared.shown`, what an edition keeps of its pages: late
    answers cannot be told by comparing two of them."""
    return _typed(frame, TABLES["shown"])


def nothing() -> CircleReviews:
    """The reviews of a study without circles."""
    return CircleReviews(**{one.name: typed(pd.DataFrame(), one.name) for one in fields(CircleReviews)})


def _typed(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    made = frame.reindex(columns=list(types))
    for name, kind in types.items():
        column = made[name].fillna("") if kind == "str" else made[name]
        made[name] = column.astype(kind)  # type: ignore[call-overload]
    return made.reset_index(drop=True)
