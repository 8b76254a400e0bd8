"""The tables of circles: their columns, and how parts become one typed table. Imports no sibling.

They hold exact numbers of single circles. No table of these is shown: disclosure turns them into words.
Counts are `Int64` with NA for not known; texts are "" where there is nothing to say.

circle_people    a circle of a year with known membership: name, members (facilitators included),
                 facilitators, led_by (their ids, split by ";")
circle_response  a circle in a wave of a survey: answered (people, or sheets without a code), commented (of
                 them, who wrote something to a comment question), organisations (NA where none is known)
circle_answers   a circle and a question: label_positive (favourable answers, split by ";"), n (answers with
                 an opinion), positive (of them favourable), options_up (favourable answers that enough people
                 of the whole network chose), everyone (people of the whole network with an opinion),
                 organisations (of the n), by_membership (the circle was looked up, not given in the answer),
                 order (in the form), reworded (why it is not comparable with the wave before). A circle that
                 answered the survey has a line for every such question, also with n = 0.
circle_scales    a scale of a survey's wave and one of its items
circle_sessions  a meeting of a circle: came (of its members), members, share, n (members: whom it rests on),
circle_themes    a theme of the comments of a circle: people (who said it), commented (whose comment is coded)
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

WAVE = {"source": "str", "year": "Int64", "wave": "str"}
TABLES: dict[str, dict[str, str]] = {
    "circle_people": {
        "year": "Int64",
        "circle": "str",
        "name": "str",
        "members": "Int64",
        "facilitators": "Int64",
        "led_by": "str",
    },
    "circle_response": {
        **WAVE,
        "circle": "str",
        "answered": "Int64",
        "commented": "Int64",
        "organisations": "Int64",
    },
    "circle_answers": {
        **WAVE,
        "circle": "str",
        "measure": "str",
        "label_positive": "str",
        "n": "Int64",
        "positive": "Int64",
        "options_up": "Int64",
        "everyone": "Int64",
        "organisations": "Int64",
        "by_membership": "bool",
        "order": "Int64",
        "reworded": "str",
    },
    "circle_scales": {**WAVE, "scale": "str", "item": "str"},
    "circle_sessions": {
        "year": "Int64",
        "circle": "str",
        "event": "str",
        "date": "datetime64[s]",
        "came": "Int64",
        "members": "Int64",
        "share": "float64",
        "n": "Int64",
    },
    "circle_themes": {**WAVE, "circle": "str", "theme": "str", "people": "Int64", "commented": "Int64"},
}


def table(name: str, parts: Iterable[pd.DataFrame] = ()) -> pd.DataFrame:
    """The parts under each other, with the columns and types of the table `name`; empty without parts.

    >>> table("circle_scales").dtypes.astype(str).tolist()
    ['str', 'Int64', 'str', 'str', 'str']
    """
    types = TABLES[name]
    filled = [part[list(types)] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in types.items()})
    return pd.concat(filled, ignore_index=True).astype(types)
