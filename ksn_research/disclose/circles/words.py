"""Exact counts of all circles into the words that stand on their pages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.disclose.circles.bands import band_of, bands, rank

WAVE = ["source", "year", "wave"]
CIRCLE = ["circle", *WAVE]
ITEM = [*CIRCLE, "measure"]
POOL = "pool: "  # before the question, where it is remembered what a pool showed
LEAST_CIRCLES = 3  # of fewer together, each could work out the others
FROM = next(n for n in range(1, 100) if bands(n, single=True))  # answers that "yes" needs to be shown


def worded(answers: pd.DataFrame, led_by: pd.DataFrame, people: int, organisations: int) -> pd.DataFrame:
    """A word for every item of every circle, or why there is none.

    answers  the analyses' `circle_answers`
    led_by   circle, year, facilitator: who leads which circle

    Returns the answers with columns band, low, high, note; where `note` says why nothing is shown, n is NA.
    """
    single = (answers["options_up"] < 2).to_numpy(dtype=bool)
    counts = zip(answers["positive"], answers["n"], single.tolist(), strict=True)
    told = [band_of(count, n, one) for count, n, one in counts]
    note = _why_not(answers, single, led_by, people, organisations)
    note = note.mask((note == "") & pd.Series([one is None for one in told], index=note.index), _TOO_FEW)
    shown = (note == "").to_numpy()
    made = answers.assign(
        band=["" if band is None else band.word for band in told],
        low=pd.array([pd.NA if band is None else band.low for band in told], dtype="Int64"),
        high=pd.array([pd.NA if band is None else band.high for band in told], dtype="Int64"),
        note=note,
        single=single,
    )
    made["band"] = made["band"].where(shown, "")
    for name in ("n", "low", "high"):
        made[name] = made[name].where(shown)
    return made


STAYS = "too few answers when this page was first made"
_TOO_FEW = "too few answers for a question of this kind"
NOT_HALF = "fewer than half of its questions can be shown"


def _why_not(
    answers: pd.DataFrame, single: np.ndarray, led_by: pd.DataFrame, people: int, organisations: int
) -> pd.Series:
    """Why an item is not shown, "" where it is. Nothing here depends on what was answered."""
    orgs = answers["organisations"]
    of_membership = answers["by_membership"].to_numpy(dtype=bool)
    cases = [
        ((answers["n"] < people), f"fewer than {people} answers"),
        ((orgs < organisations).fillna(False), f"answers from fewer than {organisations} organisations"),
        ((_outside(answers, led_by) < people), "nearly all answers of the network are from here"),
        (
            pd.Series(of_membership & single, index=answers.index),
            "shown only where the question was asked about the circle",
        ),
        (pd.Series(single, index=answers.index) & (answers["n"] < FROM), f"shown from {FROM} answers"),
    ]
    note = pd.Series("", index=answers.index, dtype="str")
    for unsafe, why in reversed(cases):
        note = note.mask(unsafe.to_numpy(dtype=bool), why)
    return note


def _outside(answers: pd.DataFrame, led_by: pd.DataFrame) -> pd.Series:
    """People of the network whose answers are in none of the circles of this circle's facilitators: the
    report says exactly how the network answered, so that all but a few would give these few away. Who sits in
    two of the circles is taken off twice, which errs on the safe side."""
    same = led_by.merge(led_by, on=["year", "facilitator"], suffixes=("", "_other"))
    same = same[["year", "circle", "circle_other"]].drop_duplicates()
    others = same[same["circle"] != same["circle_other"]]
    n = answers[[*ITEM, "n"]].rename(columns={"circle": "circle_other", "n": "beside"})
    keyed = answers[ITEM].reset_index(names="at").merge(others, on=["year", "circle"])
    beside = keyed.merge(n, on=["circle_other", *WAVE, "measure"]).groupby("at")["beside"].sum()
    return answers["everyone"] - answers["n"] - beside.reindex(answers.index).fillna(0).astype("Int64")


def with_scales(items: pd.DataFrame, scales: pd.DataFrame) -> pd.DataFrame:
    """The items, and of every scale a line whose word is the middle of its items' words.

    A scale of which fewer than half of the items are shown is not shown.
    scales  source, year, wave, scale, item
    """
    one = scales.rename(columns={"item": "measure"})
    joined = items.merge(one, on=[*WAVE, "measure"])
    items = items.merge(one.drop_duplicates([*WAVE, "measure"]), on=[*WAVE, "measure"], how="left")
    key = [*CIRCLE, "scale"]
    shown = joined[joined["band"] != ""]
    shown = shown.assign(place=shown["band"].map(rank)).sort_values([*key, "place"], kind="stable")
    within = shown.groupby(key, dropna=False)
    middle = shown[within.cumcount() == (within["place"].transform("size") - 1) // 2]
    whole = joined.sort_values([*key, "order"]).groupby(key, dropna=False)
    lines = whole.agg(
        order=("order", "min"),
        every=("measure", "size"),
        note=("note", "first"),
        reworded=("reworded", "max"),
    ).reset_index()
    told = within.agg(n=("n", "max"), some=("measure", "size")).reset_index()
    lines = lines.merge(told, on=key, how="left").merge(middle[[*key, "band"]], on=key, how="left")
    enough = (2 * lines["some"].fillna(0) >= lines["every"]).to_numpy(dtype=bool)
    lines["band"] = lines["band"].where(enough, "")
    lines["n"] = lines["n"].where(enough)
    lines["note"] = lines["note"].mask(enough, "").mask(~enough & (lines["note"] == ""), NOT_HALF)
    lines = lines.rename(columns={"scale": "measure"}).assign(kind="scale", label_positive="")
    return pd.concat([items.assign(kind="question"), lines], ignore_index=True)


def as_first_shown(items: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Items as an earlier run showed them, where one did: the difference of two pages would be the few
    answers that came in between."""
    keyed = items[ITEM].reset_index(names="at").merge(shown, on=ITEM).set_index("at")
    keyed = keyed[items.loc[keyed.index, "band"].ne("")]
    made = items.copy()
    for name in ("n", "band", "low", "high"):
        made.loc[keyed.index, name] = keyed[name]
    return made


def with_before(items: pd.DataFrame, order: dict[tuple[object, ...], int]) -> pd.DataFrame:
    """The items with the word of the wave before and, where the two cannot be compared, why.

    order  the place in time of each wave of a source
    """
    place = pd.Series([order[key] for key in items[WAVE].itertuples(index=False, name=None)], items.index)
    made = items.assign(place=place)
    told = made.loc[made["band"] != "", ["circle", "source", "measure", "place", "year", "wave", "band"]]
    said = [_said(year, wave) for year, wave in zip(told["year"], told["wave"], strict=True)]
    told = told.assign(place=told["place"] + 1, before_wave=said)
    told = told.rename(columns={"band": "before"}).drop(columns=["year", "wave"])
    joined = made.merge(told, on=["circle", "source", "measure", "place"], how="left")
    joined["before"] = joined["before"].fillna("").where(joined["band"] != "", "")
    joined["before_wave"] = joined["before_wave"].fillna("").where(joined["before"] != "", "")
    joined["remark"] = joined["reworded"].fillna("").where(joined["before"] != "", "")
    return joined.drop(columns="place")


def _said(year: object, wave: object) -> str:
    return " ".join(str(part) for part in (year, wave) if part is not pd.NA and part != "")


def over_circles(items: pd.DataFrame) -> pd.DataFrame:
    """How many circles have each word: columns source, year, wave, measure, band, circles. Only where at
    least three circles have one."""
    told = items[items["band"] != ""]
    counts = told.groupby([*WAVE, "measure", "band"], dropna=False).size().rename("circles").reset_index()
    whole = counts.groupby([*WAVE, "measure"], dropna=False)["circles"].transform("sum")
    return counts[whole >= LEAST_CIRCLES].reset_index(drop=True)


def pooled_before(shown: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    """What circles saw pooled in an earlier run, as `pooled` gives it: they stay in that pool, since its word
    and the word of those that are left would tell of the circle that left it."""
    kept = shown[shown["measure"].str.startswith(POOL) & among(shown, response)]
    made = kept.assign(measure=kept["measure"].str.removeprefix(POOL), circles=kept["low"])
    return made[[*CIRCLE, "measure", "band", "n", "circles"]]


def without_pooled(items: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Items without a word of their own where the circle was shown pooled before."""
    stays = among(items, before)
    made = items.assign(band=items["band"].mask(stays, ""), note=items["note"].mask(stays, STAYS))
    for name in ("n", "low", "high"):
        made[name] = made[name].mask(stays)
    return made


def among(some: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Whether a line is of a circle and wave that others are of."""
    told = set(others[CIRCLE].fillna({"year": 0}).itertuples(index=False, name=None))
    keys = some[CIRCLE].fillna({"year": 0}).itertuples(index=False, name=None)
    return pd.Series([key in told for key in keys], index=some.index, dtype=bool)


def pooled(answers: pd.DataFrame, response: pd.DataFrame, people: int) -> pd.DataFrame:
    """What circles with too few answers see instead: the word for all such circles of a wave together, one
    line per such circle and item.

    Only questions whose favourable side is several answers, at least three circles and twice the threshold of
    answers; a pool holds circles that show nothing of their own, and never did, so that nothing can be taken
    out of it.
    """
    few = response.loc[response["answered"] < people, CIRCLE]
    small = answers.merge(few, on=CIRCLE)
    small = small[(small["options_up"] >= 2).to_numpy(dtype=bool)]
    key = [*WAVE, "measure"]
    whole = small[small["n"] > 0].groupby(key, dropna=False).agg(
        n=("n", "sum"), positive=("positive", "sum"), circles=("circle", "nunique")
    )  # fmt: skip
    whole = whole[(whole["circles"] >= LEAST_CIRCLES) & (whole["n"] >= 2 * people)].reset_index()
    told = [band_of(count, int(n)) for count, n in zip(whole["positive"], whole["n"], strict=True)]
    whole["band"] = ["" if band is None else band.word for band in told]
    return few.merge(whole, on=WAVE)[[*CIRCLE, "measure", "band", "n", "circles"]]
