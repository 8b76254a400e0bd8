"""Coded passages and the transcripts they lie in: placed, verified, refused where too few stand where the
file says; and names of interviews and codes that nobody can mix up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ksn_research.errors import ReadError
from ksn_research.read import transcript
from ksn_research.read.segments import INTERVIEWS, coders_of, typed
from ksn_research.results import slug

UNNAMED = "code without a name"
EXTENSION = re.compile(
    r"\.(txt|docx?|rtf|odt|pdf|md|html?|epub|transcribed|mp3|mp4|m4a|wav|ogg|mov|avi|mkv|jpe?g|png|gif)$",
    re.IGNORECASE,
)
Breaks = Mapping[str, NDArray[np.int64]]
NOTHING: Breaks = {}


def document_names(given: Mapping[str, str]) -> dict[str, str]:
    """A readable, unique key per document: its name without extension.

    >>> document_names({"a1": "I01.docx", "b2": "I02", "c3": "I02.txt"})
    {'a1': 'I01', 'b2': 'I02 (b2)', 'c3': 'I02 (c3)'}
    """
    names = {key: EXTENSION.sub("", name.strip()) or key for key, name in given.items()}
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} ({key[:8]})" for key, name in names.items()}


def code_names(frame: pd.DataFrame, separator: str = "::") -> pd.DataFrame:
    """Codes with `key` and `path` (names from the top down) get `code` and `parent` instead of the path.

    A code whose name another has too, but for capitals and punctuation, is called by its path. Where paths
    tell of no parent, a name may: "Coke::diet Coke" stands under "Coke".
    """
    names = frame["path"].str[-1]
    label = names
    for longer in (frame["path"].str[-2:].str.join("/"), frame["path"].str.join("/")):
        label = label.where(~_alike(label), longer)
    label = label.where(~_alike(label), label + " (" + frame["key"].str[:8] + ")")
    by_path: dict[Hashable, str] = dict(zip(frame["path"], label, strict=True))
    known = set(names)
    parents = [by_path.get(path[:-1], _above(path[-1], known, separator)) for path in frame["path"]]
    return frame.assign(code=label.astype("str"), parent=parents).drop(columns="path")


def _alike(labels: pd.Series) -> pd.Series:
    """Which labels another one equals but for capitals and punctuation: result ids do not tell them apart."""
    return labels.map(slug).duplicated(keep=False)


def _above(name: str, names: set[str], separator: str) -> str:
    above = name.rpartition(separator)[0]
    return above if above in names else ""


def paths(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Names from the top down, of rows with `key`, `name` and `above` (the key of the parent, "" at the top);
    a parent that is missing, or below its own child, is none.

    >>> paths(pd.DataFrame({"key": ["a", "b"], "name": ["giving", "time"], "above": ["", "a"]}))
    [('giving',), ('giving', 'time')]
    """
    names = dict(zip(frame["key"], frame["name"], strict=True))
    above = dict(zip(frame["key"], frame["above"], strict=True))
    return [tuple(names[key] for key in reversed(_line(key, above))) for key in frame["key"]]


def _line(key: str, above: Mapping[str, str]) -> list[str]:
    line: dict[str, None] = {}
    while key in above and key not in line:
        line[key] = None
        key = above[key]
    return list(line)[:1] if key in line else list(line)


def refuse_drift(rate: float | None, checked: int, file: str) -> None:
    """Raise ReadError where too few of the checked passages stand where the file says."""
    if rate is not None and rate < transcript.MATCH_RATE:
        raise ReadError(
            f"only {rate:.0%} of {checked} checkable passages stand in the transcripts where the project "
            "says, under any known way of counting",
            remedy="the transcripts were probably changed after coding; export the project again from the "
            "tool that coded it",
            file=file,
        )


def placed(
    kept: pd.DataFrame,
    raw: Mapping[str, str],
    settled: tuple[transcript.Convention, float | None],
    *,
    exact: bool = False,
    breaks: Breaks = NOTHING,
) -> pd.DataFrame:
    """start, end, unit, unit_last, text of codings; text only where the way of counting was verified and
    the name, if it can be held against the passage, agrees.

    kept    columns source, start, end, name
    raw     text by source; a source is a document or, "document/1", a further text of it
    exact   every name repeats the coded words: without one that agrees there is no text
    breaks  by source: where in the text paragraphs end, if the text itself does not say
    """
    found = transcript.locate(kept, raw, settled[0])
    fit = _fitting(kept, found["passage"], settled[1], exact)
    positions, words = found[["start", "end"]].copy(), found["passage"].copy()
    touched = [pd.DataFrame(columns=["unit", "unit_last"], dtype="float64")]
    before: dict[str, int] = {}
    indices = {str(key): at for key, at in kept.groupby("source").indices.items()}
    for key, text in raw.items():
        document = key.partition("/")[0]
        plain = broken(transcript.canonical(text), breaks.get(key))
        where = kept.index[indices.get(key, [])]
        if key in breaks and len(where):
            positions.loc[where] = _moved(positions.loc[where], breaks[key])
            words.loc[where] = [_cut(plain, *pair) for pair in positions.loc[where].itertuples(index=False)]
        if len(where) and (settled[1] is not None or transcript.plain(text)):
            units = transcript.units_of(plain, positions.loc[where, "start"], positions.loc[where, "end"])
            touched.append(units + before.get(document, 0))
        before[document] = before.get(document, 0) + len(transcript.paragraphs(plain)[0])
    units = pd.concat(touched[min(1, len(touched) - 1) :]).reindex(kept.index)
    return positions.join(units).assign(text=words.where(fit, None))


def _fitting(kept: pd.DataFrame, passages: pd.Series, rate: float | None, exact: bool) -> pd.Series:
    """Which passages may be carried as text."""
    if rate is None:
        return pd.Series(False, index=kept.index)
    fit = [transcript.fits(name, words) > 0 for name, words in zip(kept["name"], passages, strict=True)]
    found = pd.Series(fit, index=kept.index, dtype=bool)
    return found if exact else found | ~transcript.repeats_words(kept)


def broken(text: str, breaks: NDArray[np.int64] | None) -> str:
    """The text with a line end put in at every break.

    >>> broken("onetwo", np.array([3]))
    'one\\ntwo'
    """
    if breaks is None or not len(breaks):
        return text
    edges = [0, *breaks.tolist(), len(text)]
    return "\n".join(text[a:b] for a, b in pairwise(edges))


def _moved(positions: pd.DataFrame, breaks: NDArray[np.int64]) -> pd.DataFrame:
    start, end = positions["start"], positions["end"]
    before = np.searchsorted(breaks, start.fillna(0).to_numpy(dtype=np.int64), side="right")
    inside = np.searchsorted(breaks, end.fillna(0).to_numpy(dtype=np.int64), side="left")
    return pd.DataFrame({"start": start + before, "end": end + inside})


def _cut(text: str, start: object, end: object) -> str | None:
    return None if pd.isna(start) or pd.isna(end) else text[int(start) : int(end)]  # type: ignore[call-overload]


def interviews_frame(
    documents: pd.DataFrame,
    texts: Mapping[str, Sequence[str]],
    attributes: pd.DataFrame,
    segments: pd.DataFrame,
) -> pd.DataFrame:
    """One row per interview, typed and sorted.

    documents   key, interview, name
    texts       canonical texts by key of the document
    attributes  one column each, by key
    """
    lengths = {key: sum(map(len, own)) for key, own in texts.items() if own}
    units = {
        key: sum(len(transcript.paragraphs(text)[0]) for text in own) for key, own in texts.items() if own
    }
    coders = documents["interview"].map(coders_of(segments)).fillna("")
    frame = documents.assign(
        length=documents["key"].map(lengths), units=documents["key"].map(units), coders=coders
    )
    held = frame.join(attributes, on="key").drop(columns="key")
    return typed(held, INTERVIEWS).sort_values("interview", kind="stable", ignore_index=True)


def verified(checked: int, texts: bool, rate: float | None) -> str:
    """In words for the import report, what was found of the positions."""
    if not texts:
        return "not verifiable: the file holds no transcripts; passages are counted, never quoted"
    if rate is None:
        return "not verifiable: no selection's name repeats its words; passages are counted, never quoted"
    return f"{rate:.1%} of {checked} checkable passages stand where the file says"


def counted(count: int, what: str) -> str:
    """A line of the import report, "" where there is nothing of the kind."""
    return f"{count} {what}" if count else ""


def said(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


def chosen_project(keys: pd.Series, names: pd.Series, wanted: str, file: str) -> str:
    """The key of the project that is meant, of those in one database: the only one, or the one of that name.

    Raises ReadError where that is not one.
    """
    found = keys[names == wanted] if wanted else keys
    if len(found) != 1:
        raise ReadError(
            f"the database holds {len(keys)} projects, and {len(found)} may be meant",
            remedy='name one in study.toml: sheet = "its name"',
            file=file,
        )
    return str(found.iloc[0])
