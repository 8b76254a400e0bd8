"""How many people of a circle wrote about what, and their words, so that nobody is known to have written it.

Both stand as they were first shown: of one comment that came in late, whoever knows who was late would know
the writer.
"""

from __future__ import annotations

import hashlib

import pandas as pd

from ksn_research.disclose.circles.bands import HELD
from ksn_research.disclose.circles.words import CIRCLE, among
from ksn_research.prepared import TABLES

THEME, COMMENT, MORE = "theme: ", "comment: ", "or more"
LEAST = 2  # what one person alone wrote about would be a comment


def counted(themes: pd.DataFrame, people: int) -> pd.DataFrame:
    """Themes that at least two people of a circle wrote about, where enough of it commented.

    A count is given as it is up to three below the number of those who commented, and as "so many or more"
    from there: if two who know that they did not write it are left out, it may still not be everybody else.

    themes  the analyses' `circle_themes`; people: the least number of people who commented
    """
    kept = themes[(themes["people"] >= LEAST) & (themes["commented"] >= max(people, HELD + LEAST))]
    most = kept["commented"] - HELD
    made = kept.assign(count=kept["people"].clip(upper=most), more=(kept["people"] >= most).astype(bool))
    ordered = made.sort_values([*CIRCLE, "count", "theme"], ascending=[True] * 4 + [False, True])
    return ordered[[*CIRCLE, "theme", "count", "more", "commented"]]


def remembered(themes: pd.DataFrame, comments: pd.DataFrame, coded: pd.DataFrame) -> pd.DataFrame:
    """Themes and comments as an edition remembers them, as `prepared.shown`: a theme with its count, of
    comments no more than a digest. That a circle's comments were coded is remembered too, by a line without
    a theme: a theme that came up later would be that of the comment that came late.

    coded  circle, source, year, wave, coded: how many people's comments
    """
    whole = coded.assign(measure=THEME, n=coded["coded"], band="")
    own = themes.assign(
        measure=THEME + themes["theme"], n=themes["count"], low=themes["commented"],
        band=themes["more"].map({True: MORE, False: ""}),
    )  # fmt: skip
    read = comments.assign(measure=COMMENT + comments["text"].map(_digest).astype("str"), n=1, band="")
    both = pd.concat([whole, own, read], ignore_index=True)
    return both.reindex(columns=[*TABLES["shown"]])


def as_first_counted(themes: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Themes as an earlier run showed them, of circles of which one did."""
    kept = shown[shown["measure"].str.startswith(THEME)]
    told = kept[kept["measure"] != THEME]
    first = told.assign(
        theme=told["measure"].str.removeprefix(THEME), count=told["n"], more=told["band"] == MORE,
        commented=told["low"],
    )  # fmt: skip
    new = themes[~among(themes, kept)]
    return pd.concat([first[[*new]], new], ignore_index=True) if len(first) else new


def as_first_read(comments: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Of circles of which an earlier run showed comments, those alone."""
    kept = shown[shown["measure"].str.startswith(COMMENT)]
    told = set(kept[[*CIRCLE, "measure"]].fillna({"year": 0}).itertuples(index=False, name=None))
    digests = comments.assign(measure=COMMENT + comments["text"].map(_digest).astype("str"))
    keys = digests[[*CIRCLE, "measure"]].fillna({"year": 0}).itertuples(index=False, name=None)
    again = pd.Series([key in told for key in keys], index=comments.index, dtype=bool)
    return comments[again | ~among(comments, kept)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
