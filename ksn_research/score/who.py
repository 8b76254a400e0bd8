"""Who answered: what the rosters know of each respondent."""

from __future__ import annotations

import pandas as pd

from ksn_research.plan import Wave
from ksn_research.score import answers as typing

LINKED = ("member", "organisation", "region", "type", "circle")


def identify(frame: pd.DataFrame, wave: Wave, people: pd.DataFrame, circles: pd.DataFrame) -> pd.DataFrame:
    """year, wave and what the rosters know of each respondent."""
    who = pd.DataFrame({"year": wave.year, "wave": wave.name}, index=frame.index)
    who = who.astype({"year": "Int64", "wave": "str"})
    for name in LINKED:
        who[name] = pd.Series(pd.NA, index=frame.index, dtype="str")
    code = wave.options.get("respondent")
    if code in frame:
        who["member"] = frame[code].astype("str").str.strip()
    for name in ("organisation", "region", "type"):
        if not people.empty:
            known = people.drop_duplicates("member").set_index("member")
            who[name] = who["member"].map(known[name]).astype("str")
    own = wave.options.get("circle")
    if own in frame:
        named = frame[own].astype("str").str.replace(r"\s+", " ", regex=True).str.strip()
        none = {typing.plain(text) for text in wave.options.get("not_a_circle", [])}
        who["circle"] = named.mask(typing.plain_column(named.fillna("")).isin(none))
    elif not circles.empty:
        # A member of several circles counts for the first on the list, once.
        first = circles.drop_duplicates("member").set_index("member")["circle"]
        who["circle"] = who["member"].map(first).astype("str")
    return who
