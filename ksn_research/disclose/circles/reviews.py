"""The reviews of all circles of an edition, from the exact tables of the analyses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.disclose.circles import themes as wrote
from ksn_research.disclose.circles import words
from ksn_research.disclose.circles.bands import WORDS
from ksn_research.disclose.circles.frames import CircleReviews, nothing, typed, typed_shown
from ksn_research.disclose.circles.words import CIRCLE, WAVE
from ksn_research.errors import DisclosureError
from ksn_research.prepared import blank

TABLES = ("circle_people", "circle_response", "circle_answers", "circle_scales", "circle_sessions",
          "circle_themes")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Said:
    """What of single circles is not worked out from the evidence.

    shown     what the pages of an earlier run showed, `prepared.shown`; it stands as it was shown first
    comments  comments that may be read, as `comments.readable_comments` gives them
    telling   themes that name somebody, as `comments.telling_themes` gives them
    notes     facilitators' notes that may be read: circle, event, note
    """

    shown: pd.DataFrame = field(default_factory=lambda: blank("shown"))
    comments: pd.DataFrame = field(default_factory=lambda: typed(pd.DataFrame(), "comments"))
    telling: frozenset[str] = frozenset()
    notes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["circle", "event", "note"]))


def circle_reviews(
    tables: Mapping[str, pd.DataFrame], said: Said, *, people: int, organisations: int
) -> CircleReviews:
    """What the pages of all circles may show.

    tables  the analyses' `TABLES`, exact: internal
    people, organisations  the study's thresholds

    Raises DisclosureError when `said.shown` holds a word that is none.
    """
    if not set(TABLES) <= set(tables) or not any(len(tables[name]) for name in TABLES):
        return nothing()
    _check_words(said.shown)
    response, answers = tables["circle_response"], tables["circle_answers"]
    order, before = _in_time(response), words.pooled_before(said.shown, response)
    items = words.worded(answers, _leading(tables["circle_people"]), people, organisations)
    items = words.without_pooled(words.as_first_shown(items, said.shown), before)
    items = words.with_before(words.with_scales(items, tables["circle_scales"]), order)
    answered = _answered(response, said.shown, before, tables, people)
    last = _newest(answered, order, set(tables["circle_people"]["circle"]))
    items, answered = (_existing(_with_newest(one, order, last), tables) for one in (items, answered))
    fresh = words.pooled(answers, response[~words.among(response, said.shown)], people)
    sessions = _sessions(tables["circle_sessions"], said.notes)
    ours = set(answered["circle"]) | set(sessions["circle"])
    themes = tables["circle_themes"]
    themes = wrote.counted(themes[~themes["theme"].isin(said.telling)], people)
    themes = wrote.as_first_counted(themes, said.shown)
    comments = wrote.as_first_read(said.comments, said.shown)
    by = [*CIRCLE, "kind", "order", "measure"]  # scales before the questions that make them up
    return CircleReviews(
        circles=typed(_circles(tables, answered, sessions), "circles"),
        response=typed(answered, "response"),
        items=typed(items.sort_values(by, ascending=[name != "kind" for name in by]), "items"),
        pooled=typed(pd.concat([before, fresh]), "pooled"),
        network=typed(words.over_circles(items), "network"),
        themes=typed(themes, "themes"),
        comments=typed(comments[comments["circle"].isin(ours)], "comments"),
        sessions=typed(sessions, "sessions"),
    )


def to_remember(reviews: CircleReviews) -> pd.DataFrame:
    """What the pages show of single circles, for later runs: as `prepared.shown`; a questionnaire as a whole
    has no measure."""
    items = reviews.items
    items = items[(items["band"] != "") & (items["kind"] == "question")]
    whole = reviews.response[reviews.response["n"].notna()]
    coded = reviews.response[reviews.response["coded"].notna()]
    written = wrote.remembered(reviews.themes, reviews.comments, coded)
    together = reviews.pooled
    together = together.assign(measure=words.POOL + together["measure"], low=together["circles"])
    every = pd.concat([whole, items, together, written], ignore_index=True)
    return typed_shown(every).sort_values([*WAVE, "circle", "measure"], ignore_index=True)


def _check_words(shown: pd.DataFrame) -> None:
    """Raise DisclosureError for a word that no page can have shown."""
    odd = sorted(set(shown["band"].fillna("")) - {*WORDS, wrote.MORE, ""})
    if odd:
        raise DisclosureError(
            f"pages of circles cannot have shown the word `{odd[0]}`",
            remedy="take the files in circle_pages/ from the study's history, or run `ksn circles --anew`",
        )


def _in_time(response: pd.DataFrame) -> dict[tuple[object, ...], int]:
    """The place of each wave of a source, oldest first; the analyses give them in that order."""
    waves = response[WAVE].drop_duplicates()
    places = waves.groupby("source").cumcount()
    return {key: int(at) for key, at in zip(waves.itertuples(index=False, name=None), places, strict=True)}


def _leading(circles: pd.DataFrame) -> pd.DataFrame:
    """Who leads which circle: columns circle, year, facilitator."""
    named = circles.assign(facilitator=circles["led_by"].astype("str").str.split(";")).explode("facilitator")
    named = named[named["facilitator"].fillna("").str.strip() != ""]
    return named[["circle", "year", "facilitator"]]


def _newest(answered: pd.DataFrame, order: Mapping[tuple[object, ...], int], listed: set[str]) -> pd.Series:
    """The place in time of the wave that a page is about, by circle and source: the newest. Of a circle on no
    list, an event rather than a circle that goes on, it is the newest that can be shown, if any can: answers
    to an event may trickle in for another year."""
    place = _places(answered, order)
    told = place.mask(answered["n"].isna() & ~answered["circle"].isin(listed), -1)
    key = [answered["circle"], answered["source"]]
    last = told.groupby(key).transform("max")
    return place.where(last < 0, last).groupby(key).max()


def _places(frame: pd.DataFrame, order: Mapping[tuple[object, ...], int]) -> pd.Series:
    return pd.Series([order[key] for key in frame[WAVE].itertuples(index=False, name=None)], frame.index)


def _with_newest(
    frame: pd.DataFrame, order: Mapping[tuple[object, ...], int], last: pd.Series
) -> pd.DataFrame:
    """Marked where a line is of the wave that its circle's page is about."""
    own = pd.MultiIndex.from_frame(frame[["circle", "source"]])
    return frame.assign(newest=(_places(frame, order) == last.reindex(own).to_numpy()).astype(bool))


def _existing(frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Without circles that are no longer there: members in an earlier year only, and no answers since."""
    members = tables["circle_people"]
    now = set(members.loc[members["year"] == members["year"].max(), "circle"])
    gone = set(members["circle"]) - now
    if not gone:
        return frame
    last = frame.groupby("source")["year"].transform("max")
    lively = set(frame.loc[frame["year"] == last, "circle"])
    return frame[~frame["circle"].isin(gone - lively)]


def _answered(
    response: pd.DataFrame,
    shown: pd.DataFrame,
    before: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    people: int,
) -> pd.DataFrame:
    """How many answered of how many: hidden below the threshold and where the circle was shown pooled, and as
    first shown where it was."""
    members, themes = tables["circle_people"], tables["circle_themes"]
    size = members[["year", "circle", "members"]].rename(columns={"members": "of"})
    made = response.merge(size, on=["year", "circle"], how="left").rename(columns={"answered": "n"})
    stays = words.among(made, before)
    hidden = (made["n"] < people) | stays
    first = shown.loc[shown["measure"] == "", [*CIRCLE, "n"]].rename(columns={"n": "first"})
    coded = themes.groupby(CIRCLE, dropna=False)["commented"].max().rename("coded").reset_index()
    made = made.merge(first, on=CIRCLE, how="left").merge(
        coded[coded["coded"] >= people], on=CIRCLE, how="left"
    )
    made["n"] = made["first"].fillna(made["n"]).mask(hidden)
    note = pd.Series("", index=made.index, dtype="str").mask(hidden, f"fewer than {people} answered")
    return made.assign(note=note.mask(stays, words.STAYS))


def _sessions(sessions: pd.DataFrame, notes: pd.DataFrame) -> pd.DataFrame:
    """The newest year's sessions, each with its facilitator's note."""
    newest = sessions[sessions["year"].isna() | (sessions["year"] == sessions["year"].max())]
    if notes.empty:
        return newest.assign(note="")
    own = notes.groupby(["circle", "event"])["note"].agg(" ".join).reset_index()
    return newest.merge(own, on=["circle", "event"], how="left").sort_values(["circle", "date", "event"])


def _circles(
    tables: Mapping[str, pd.DataFrame], answered: pd.DataFrame, sessions: pd.DataFrame
) -> pd.DataFrame:
    """One line per circle that has a page."""
    members = tables["circle_people"]
    newest = members[members["year"].isna() | (members["year"] == members["year"].max())]
    last = answered.groupby("circle")["year"].max()
    ids = sorted({*newest["circle"], *answered["circle"], *sessions["circle"]})
    made = pd.DataFrame({"circle": ids}).merge(newest, on="circle", how="left")
    held = sessions.groupby("circle").agg(sessions=("event", "nunique"), last=("date", "max"))
    made = made.merge(held, on="circle", how="left")
    made["year"] = made["year"].fillna(made["circle"].map(last))
    made["name"] = made["name"].fillna("").where(made["name"].fillna("") != "", made["circle"])
    return made
