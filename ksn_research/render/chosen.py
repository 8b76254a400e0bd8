"""Which results a figure shows, with the words it shows them by.

`parts` turns a spec into its figures' data: one row per mark, columns label, block, series, source, wave,
text (the estimate in print, with a star where there is a remark), short (the number without its unit),
remark, published, newest, estimate, ci_low, ci_high, n, status, kind, id. Beside these, `answers` gives the
place of each choice, and `courses` of each wave and where a line breaks.

Imports formats, specs, view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import DECLARED, STATISTICS, View, sentence_case, wave_of, waves
from ksn_research.results import slug

KEPT = ["estimate", "ci_low", "ci_high", "n", "status", "kind", "id"]
NAMES = ["label", "block", "series", "source", "wave", "text", "short", "remark", "published", "newest"]
PLACED = ["key", "origin"]
BETWEEN = " | "  # the choices of a set, where they stand apart


def parts(seen: View, spec: FigureSpec) -> list[tuple[FigureSpec, pd.DataFrame]]:
    """The figures of a spec with their data: one, or one per value of the fields that stand apart, in lengths
    of at most `most` lines. What has nothing published is left out."""
    data = (spec.choose or chosen)(seen, spec)
    keys = list(dict.fromkeys(data["key"]))
    made = []
    for key in keys:
        some = data[[own == key for own in data["key"]]]
        for place, piece in enumerate(_pieces(some, spec.most)):
            if piece["published"].any():
                made.append((_named(seen, spec, key, keys, place), piece.reset_index(drop=True)))
    return made


def chosen(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """What `where` names. What is not comparable with the newest wave is not drawn beside it. Of sources that
    do not stand apart, the one that headline measures name first is shown."""
    found = [row for row in seen.rows(**spec.where) if spec.kind in ("", row["kind"])]
    order = {name: place for place, name in enumerate(STATISTICS)}
    rows = sorted(
        seen.of_headline(found) if spec.headline else found,
        key=lambda row: (seen.rank(row), order.get(row["statistic"], 0)),
    )
    sources = seen.foremost({str(row["source"]) for row in rows})
    made: list[dict[str, Any]] = []
    for source in sources if "source" in spec.apart else sources[:1]:
        ours = [row for row in rows if row["source"] == source]
        last = waves(ours)[-1]
        kept = [row for row in ours if not spec.newest or wave_of(row) == last]
        made += [{**mark(seen, spec, row), "newest": wave_of(row) == last} for row in kept]
    return frame(made)


def mark(seen: View, spec: FigureSpec, row: Result) -> dict[str, Any]:
    """One mark of a figure: the result, and what the figure says of it."""
    shown = row["status"] == "published" and not pd.isna(row["estimate"]) and not _broken(seen, row)
    heads = [seen.words(row, field) for field in spec.block]
    return {
        "label": sentence_case(seen.words(row, spec.label)) or "All",
        "block": sentence_case(" ".join(filter(None, heads))),
        "series": seen.words(row, spec.series),
        "source": seen.label(row["source"]),
        "wave": seen.words(row, "wave"),
        "text": formats.show(row),
        "short": formats.short(row),
        "remark": seen.remark(row) if spec.remarks else "",
        "published": shown,
        "key": tuple(str(row.get(field, "")) for field in spec.apart),
        "origin": str(row["source"]),
        **{name: row[name] for name in KEPT},
    }


def frame(found: Sequence[dict[str, Any]], *more: str) -> pd.DataFrame:
    """The marks as a frame. A label with a remark gets a star at its numbers, unless all have the same."""
    made = pd.DataFrame(found, columns=[*NAMES, *more, *PLACED, *KEPT])
    made["published"] = made["published"].astype(bool)
    noted = {_line(one) for one in found if one["remark"]}
    shown = {_line(one): one["remark"] for one in found if one["published"]}
    if len(shown) > 1 and len(set(shown.values())) == 1 and all(shown.values()):
        return made
    starred = pd.Series([_line(one) in noted for one in found], made.index, dtype=bool)
    for column in ("text", "short"):
        made[column] = made[column].mask(starred, made[column].astype("str") + " *")
    return made


def _line(one: dict[str, Any]) -> tuple[object, ...]:
    """Which line of which figure a mark stands on."""
    return one["key"], one["block"], one["label"]


def _broken(seen: View, row: Result) -> bool:
    """Whether a result must not stand beside the newest wave's."""
    return row["analysis"] in ("scales", "shares") and seen.remark(row) != ""


def _pieces(some: pd.DataFrame, most: int) -> Iterator[pd.DataFrame]:
    """Data in lengths of at most so many lines; a block that fits is not cut."""
    lines = pd.Series(list(zip(some["block"], some["label"], strict=True)), some.index)
    names = list(dict.fromkeys(lines))
    if not most or len(names) <= most:
        yield some
        return
    for batch in _batches(names, most):
        yield some[lines.isin(batch)]


def _batches(names: list[tuple[str, str]], most: int) -> list[list[tuple[str, str]]]:
    batches: list[list[tuple[str, str]]] = [[]]
    for block in dict.fromkeys(name for name, _ in names):
        own = [name for name in names if name[0] == block]
        size = -(-len(own) // -(-len(own) // most))  # parts of about one length
        for start in range(0, len(own), size):
            batch = own[start : start + size]
            if len(batches[-1]) + len(batch) > most:
                batches.append([])
            batches[-1] += batch
    return [batch for batch in batches if batch]


def _named(
    seen: View, spec: FigureSpec, key: tuple[str, ...], keys: list[tuple[str, ...]], place: int
) -> FigureSpec:
    """The spec of one part, told apart in name and title by the fields in which the parts differ."""
    apart = [i for i in range(len(key)) if len({other[i] for other in keys}) > 1]
    own = [slug(" to ".join(_ends(key[i]))) for i in apart if key[i] != keys[0][i]]
    apart = [i for i in range(len(key)) if i in apart or spec.apart[i] in ("category", "choices")]
    name = "_".join(filter(None, (spec.name, *own, f"part_{place + 1}" if place else "")))
    said = [_told(seen, spec.apart[i], key[i]) for i in apart]
    title = ", ".join(filter(None, (*said, "continued" if place else "")))
    return replace(spec, name=name, title=f"{spec.title}: {title}" if title else spec.title)


def _ends(value: str) -> list[str]:
    """A value, or of a set of choices the first and the last."""
    every = value.split(BETWEEN)
    return [every[0], *every[1:][-1:]]


def _told(seen: View, field: str, value: str) -> str:
    if field == "kind":
        return "shares" if value in ("percent", "points") else "scores"
    if field == "group":
        return f"by {value.replace('_', ' ')}" if value else ""
    if field == "choices":
        return "\u201c{}\u201d to \u201c{}\u201d".format(*_ends(value)[:1], _ends(value)[-1])
    return seen.label(value, *([DECLARED] if field == "category" else [])) if value else ""
