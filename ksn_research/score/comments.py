"""Open comments of a survey and what people coded in them: comments into keys, coding sheets into themes.

A comment's key stays the same when the export comes again with late answers, in another order or with sealed
member codes: it is made of what the survey tool itself recorded of the response.

    the first 12 letters of SHA-256 of these parts, joined by U+001F:
    wave, question, and then
    - the tool's id of the response, where it records one and no other response of the file has it;
    - else its times (submitted, ended, started, those there are), the circle, the comment with single blanks;
    and, from the second comment on that would have the same key, its number among them.

A line whose key is unknown is looked up by circle, question and words: equal words bear equal codes. So a
comment whose words somebody mended in the export needs a look, and any other finds its codes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.plan.drift import plain
from ksn_research.read import Export
from ksn_research.read.coding_sheet import CodingSheet, compared
from ksn_research.score.accounts import Account

TIMES = ("submitted", "ended", "started")
COMMENTS = {
    "year": "Int64",
    "wave": "str",
    "row": "Int64",
    "circle": "str",
    "question": "str",
    "text": "str",
    "key": "str",
}
THEMES = {"year": "Int64", "wave": "str", "row": "Int64", "circle": "str", "theme": "str"}
AGAIN = "run `ksn instrument coding-sheet`, which adds the comments of now below and keeps all codes"


def comments(export: Export, frame: pd.DataFrame, wave: Wave) -> pd.DataFrame:
    """The comments of one wave, one row each: year, wave, row, circle (NA where not known), question, text,
    key. Internal: it holds respondents' words.

    frame  the wave's `responses` (see `prepared`); `row` is the record's number in the export
    """
    declared = wave.options["comments"]
    asked = [name for name in declared.questions if name in frame]
    if not asked:
        return _blank(COMMENTS)
    long = frame.melt(["year", "wave", "row", "circle"], asked, "question", "text").dropna(subset=["text"])
    long = long.loc[[bool(str(text).strip()) for text in long["text"]]]
    long = long.astype({"text": "str"}).reset_index(drop=True)
    return long.assign(key=_keys(long, *_recorded(export))).astype(COMMENTS)


def by_year(read: Iterable[tuple[Wave, pd.DataFrame]]) -> Iterator[tuple[Wave, pd.DataFrame]]:
    """The comments of all waves of a year, oldest first, which share one sheet; with the year's last wave."""
    years: dict[int | None, list[tuple[Wave, pd.DataFrame]]] = {}
    for wave, said in read:
        years.setdefault(wave.year, []).append((wave, said))
    for own in years.values():
        yield own[-1][0], pd.concat([said for _, said in own], ignore_index=True)


def matched(lines: pd.DataFrame, said: pd.DataFrame) -> pd.Series:
    """For each line of a coding sheet the row of its comment in `said`, -1 where there is none.

    lines  as in `CodingSheet`; several lines may be of one comment
    said   as `comments` gives it

    A key is believed first. What is left is matched by circle, question and words, each comment once.
    """
    at = pd.Series(said.index, index=said["key"])
    at = at[~at.index.duplicated()]
    found = lines["key"].map(at).fillna(-1).astype("int64")
    open_ = said[~said.index.isin(found)]
    words = _worded(open_["circle"], open_["question"], open_["text"])
    places: dict[tuple[str, ...], list[int]] = {}
    for place, told in zip(open_.index, words, strict=True):
        places.setdefault(told, []).append(int(place))
    rest = lines[found < 0]
    for line, told in zip(
        rest.index, _worded(rest["circle"], rest["question"], rest["comment"]), strict=True
    ):
        if places.get(told):
            found[line] = places[told].pop(0)
    return found


def coded(
    said: pd.DataFrame, sheet: CodingSheet, known: Sequence[str], origin: Origin
) -> tuple[pd.DataFrame, Account, list[Finding]]:
    """What a coding sheet says of the comments of a year: `records`, an account of its lines, findings.

    said   the comments of all waves of the year
    known  the themes that may be used; empty where any may

    The table has one row per comment and theme: year, wave, row, circle, theme. A comment that somebody
    coded (a name stands under `coder`) without any theme has one row with theme NA. A theme that is not among
    those that may be used is a finding and not counted; of comments not coded nothing is said.
    """
    lines, columns = sheet.lines, sheet.theme_columns
    place = matched(lines, said)
    worked = (lines[[*columns, "coder"]] != "").any(axis=1)
    used = worked & (place >= 0)
    themes = lines.loc[used, columns].melt(ignore_index=False, value_name="theme", var_name="column")
    themes = themes.assign(theme=themes["theme"].str.split(";")).explode("theme")
    themes["theme"] = themes["theme"].fillna("").str.split().str.join(" ")
    themes = themes[themes["theme"] != ""]
    allowed = {plain(one): one for one in known}
    strange = ~themes["theme"].map(plain).isin(allowed) if allowed else themes["theme"] == ""
    meant = themes.loc[~strange, "theme"].map(_wording(themes["theme"], allowed))
    table = _table(said, place[used], meant)
    reasons = {
        "blank row": sheet.blank,
        "not coded": int((~worked & (place >= 0)).sum()),
        "comment not in the responses": int((place < 0).sum()),
    }
    account = Account(origin, len(lines) + sheet.blank, int(used.sum()), reasons)
    findings = [
        *_lost(place, origin),
        *_changed(lines[place >= 0], said, place, origin),
        *_uncoded(said, place[used], origin),
        *_strangers(themes[strange], origin),
    ]
    return table, account, findings


def no_sheet(origin: Origin, said: pd.DataFrame) -> Finding:
    """That comments are not coded at all."""
    problem = f"there is no coding sheet for {len(said)} comments: no themes are counted"
    remedy = "write one with `ksn instrument coding-sheet`, and name it under comments in study.toml"
    return origin.finding("note", problem, remedy, count=len(said))


def spelled(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tables of several years, oldest first, in one; a theme is spelled as it last was."""
    whole = pd.concat(tables, ignore_index=True) if tables else _blank(THEMES)
    known = whole["theme"].dropna()
    last = {plain(theme): theme for theme in known.unique()}
    return whole.assign(theme=whole["theme"].map({one: last[plain(one)] for one in known.unique()})).astype(
        THEMES
    )


def _table(said: pd.DataFrame, place: pd.Series, themes: pd.Series) -> pd.DataFrame:
    """One row per comment and theme, in the order of the responses."""
    of = pd.DataFrame({"at": place}).join(themes.rename("theme")).reset_index(drop=True)
    # A second line of a comment, or a second question of a response, may say the same or nothing.
    told = said[["year", "wave", "row", "circle"]].loc[of["at"]].reset_index(drop=True)
    whole = told.assign(theme=of["theme"].astype("str")).drop_duplicates()
    spoken = whole[whole["theme"].notna()]
    silent = whole[whole["theme"].isna()].merge(
        spoken[["year", "wave", "row"]].drop_duplicates(), how="left", indicator=True
    )
    silent = silent[silent["_merge"] == "left_only"].drop(columns="_merge")
    both = pd.concat([spoken, silent]).sort_values(["year", "wave", "row", "theme"], kind="stable")
    return both.reset_index(drop=True).astype(THEMES)


def _wording(themes: pd.Series, allowed: dict[str, str]) -> dict[str, str]:
    """Every theme as the list has it, without a list as the sheet first has it."""
    first: dict[str, str] = dict(allowed)
    return {str(one): first.setdefault(plain(one), one) for one in themes.unique()}


def _lost(place: pd.Series, origin: Origin) -> Iterator[Finding]:
    lost = place.index[place < 0]
    if len(lost):
        problem = f"{len(lost)} lines are of comments that are not in the responses that are used"
        remedy = f"remove the lines of answers that were withdrawn; if the export was mended, {AGAIN}"
        yield origin.finding("warn", problem, remedy, row=lost[0], column="key", count=len(lost))


def _changed(lines: pd.DataFrame, said: pd.DataFrame, place: pd.Series, origin: Origin) -> Iterator[Finding]:
    now = said["text"].loc[place[lines.index]].map(compared).to_numpy()
    other = lines.index[lines["comment"].map(compared).to_numpy() != now]
    if len(other):
        problem = f"{len(other)} comments are no longer what they were when they were coded"
        remedy = "look whether their themes still hold; the export's words count, the sheet's are never shown"
        yield origin.finding("warn", problem, remedy, row=other[0], column="comment", count=len(other))


def _uncoded(said: pd.DataFrame, place: pd.Series, origin: Origin) -> Iterator[Finding]:
    left = int((~said.index.isin(place)).sum())
    if left:
        problem = f"{left} of {len(said)} comments are not coded"
        yield origin.finding("note", problem, f"{AGAIN}; then code them", count=left)


def _strangers(themes: pd.DataFrame, origin: Origin) -> Iterator[Finding]:
    for theme, own in themes.groupby("theme", sort=True):
        yield origin.finding(
            "warn",
            "a theme that is not on the list of themes, and is not counted",
            "mend the theme, or add it to the list",
            row=own.index[0],
            column=str(own["column"].iloc[0]),
            count=len(own),
            answer=str(theme),
        )


def _recorded(export: Export) -> tuple[pd.Series, pd.Series]:
    """By row of the export: the tool's id where it is nobody else's, else ""; and its times."""
    none = pd.Series("", index=export.frame.index, dtype="str")
    ids = export.role("id")
    ids = none if ids is None else ids.mask(ids.duplicated(keep=False), "")
    told = [column for role in TIMES if (column := export.role(role)) is not None]
    return ids, reduce(lambda one, other: one + "|" + other, told) if told else none


def _keys(said: pd.DataFrame, ids: pd.Series, times: pd.Series) -> pd.Series:
    own = said["row"].map(ids).fillna("")
    when, circle = said["row"].map(times).fillna(""), said["circle"].fillna("")
    words = said["text"].str.split().str.join(" ")
    parts = [
        [wave, question, id_] if id_ else [wave, question, time, where, text]
        for wave, question, id_, time, where, text in zip(
            said["wave"].fillna(""), said["question"], own, when, circle, words, strict=True
        )
    ]
    bases = pd.Series(["\x1f".join(map(str, part)) for part in parts], index=said.index, dtype="str")
    nth = bases.groupby(bases).cumcount() + 1
    whole = bases.where(nth == 1, bases + "\x1f" + nth.astype("str"))
    return whole.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12])


def _worded(*columns: pd.Series) -> list[tuple[str, ...]]:
    return list(zip(*(column.fillna("").map(compared) for column in columns), strict=True))


def _blank(kinds: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
