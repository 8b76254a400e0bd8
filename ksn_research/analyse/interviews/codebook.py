"""What is odd about a codebook, and the codebook as a table for the appendix.

Imports `presence` and `twins`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ksn_research.analyse.interviews.presence import depths
from ksn_research.analyse.interviews.twins import near_definitions, near_names
from ksn_research.errors import Finding

DEEPEST = 3
APART = "merge them, or define each so that they can be told apart"


def codebook_findings(
    codes: pd.DataFrame, segments: pd.DataFrame, *, source: str = "interviews", year: int | None = None
) -> list[Finding]:
    """What a reader of the codebook would ask about, as notes.

    codes     code, parent, description, codable
    segments  interview, code

    A code without description; a code that was never used (a category, not codable or with sub-codes, need
    not be); a code used in one interview only; two names, or two definitions, that are nearly one; a parent
    that is no code, a circle of parents, and more than `DEEPEST` levels (said once).
    """
    book = codes.drop_duplicates("code")
    said = book["description"].fillna("").str.strip() != ""
    used = segments.groupby("code")["interview"].nunique().reindex(book["code"]).fillna(0).to_numpy()
    category = ~book["codable"].astype(bool) | book["code"].isin(book["parent"])
    about = {
        "the code has no description": (~said, "describe it in the codebook"),
        "the code was never used": ((used == 0) & ~category, "remove it, or say why it stays"),
        "the code was used in one interview only": (used == 1, "consider merging it with a neighbour"),
    }
    single = [
        (str(code), problem, remedy)
        for problem, (mask, remedy) in about.items()
        for code in book.loc[mask, "code"]
    ]
    return [
        Finding(severity="note", source=source, year=year, problem=problem, remedy=remedy, column=code)
        for code, problem, remedy in [*single, *_twins(book), *_places(book)]
    ]


def codebook_table(codes: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """The codebook for the appendix, in its own order; codes that only the passages know come last.

    codes     code, parent, description
    segments  interview, code: those of interviews that were not withdrawn

    Columns: code, parent, definition ("" where there is none), depth (1 at the top), interviews (that hold
    it), segments (passages so coded, by any coder; two coders' passages are two).

    >>> book = pd.DataFrame({"code": ["trust"], "parent": [""], "description": ["feels safe"]})
    >>> passages = pd.DataFrame({"interview": ["a", "a"], "code": ["trust", "time"]})
    >>> codebook_table(book, passages)[["code", "definition", "interviews", "segments"]].to_numpy().tolist()
    [['trust', 'feels safe', 1, 1], ['time', '', 1, 1]]
    """
    book = codes[["code", "parent", "description"]].drop_duplicates("code")
    more = sorted(set(segments["code"].dropna()) - set(book["code"]))
    bare = pd.DataFrame({"code": more, "parent": "", "description": ""}, dtype="str")
    book = pd.concat([book, bare], ignore_index=True).fillna("").rename(columns={"description": "definition"})
    by = segments.groupby("code")["interview"]
    return book.assign(
        depth=depths(book),
        interviews=by.nunique().reindex(book["code"]).fillna(0).astype("int64").to_numpy(),
        segments=by.size().reindex(book["code"]).fillna(0).astype("int64").to_numpy(),
    )


def _twins(book: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for first, second in near_names(list(book["code"])):
        yield first, f"the code's name is nearly that of `{second}`", APART
    told = dict(zip(book["code"], book["description"].fillna(""), strict=True))
    for first, second in near_definitions(told):
        yield first, f"the code's definition is nearly that of `{second}`", APART


def _places(book: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    known, parents = set(book["code"]), dict(zip(book["code"], book["parent"].fillna(""), strict=True))
    circles = {code for code in parents if _circles(code, parents)}
    for code, parent in parents.items():
        if parent and parent not in known:
            yield code, "the code stands below a name that is no code of the codebook", "correct its parent"
        elif code in circles:
            yield code, "the code stands below itself", "correct its parent"
    deep = {code: n for code, n in zip(parents, depths(book), strict=True) if code not in circles}
    deepest = max(deep, key=lambda code: deep[code], default="")
    if deepest and deep[deepest] > DEEPEST:
        yield deepest, _deep(list(deep.values())), f"flatten it to {DEEPEST} levels, or say why it needs more"


def _deep(levels: list[int]) -> str:
    below = sum(n > DEEPEST for n in levels)
    return f"the codebook is {max(levels)} levels deep: {below} below the {DEEPEST} that are read with ease"


def _circles(code: str, parents: dict[str, str]) -> bool:
    """Whether going up from a code comes back to it."""
    at, steps = parents.get(code, ""), 0
    while at and at != code and steps <= len(parents):
        at, steps = parents.get(at, ""), steps + 1
    return bool(at) and at == code
