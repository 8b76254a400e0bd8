"""Responses worth a second look: flagged, and never left out by themselves.

Whoever answers fast or gives one answer to everything may mean it (Greszki, Meyer & Schoen 2015 find that
leaving fast ones out hardly changes results). So a flag only marks rows; the analyst's written rule excludes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Instrument, Question
from ksn_research.read import Export
from ksn_research.score.dates import dates

# Of each flag: how much it says, and what the rows have in common.
FLAGS = {
    "preview": ("warn", "are previews, tests, spam or rejected, as the survey tool says"),
    "unfinished": ("note", "were not finished, as the survey tool says"),
    "too_fast": ("note", "took less than a third of the median time"),
    "straight_line": ("note", "give the same answer to all items of a block"),
    "same_device": ("note", "come from a device or address that others come from as well"),
    "same_answers": ("warn", "are the same as another response in every answer"),
}
# Qualtrics' codes of Status for preview, test and spam, alone and together (9, 12, 17, 40), and synthetic.
QUALTRICS_STATUS = ("1", "2", "8", "9", "12", "17", "40", "256")
SUSPECT = r"(?:^|[\W_])(?:preview|tests?|spam|synthetic|rejected|not.approved)(?:$|[\W_])"
NOT_DONE = ("", "false", "0", "no", "n", "incomplete", "partial", "partially completed", "in progress")
NOT_SUBMITTED = ("", "[not completed]")
NO_DEVICE = ("", "0.0.0.0", "127.0.0.1", "anonymous", "anonymized", "anonymised", "unknown", "n/a")  # noqa: S104
DURATIONS, SHARE = 20, 1 / 3  # a median of fewer says little
GRID, BALANCED, POINTS = 5, 3, 3  # answered items of a grid; of a scale; points that an item must offer
ANSWERED = 8  # fewer answers are the same by chance
PRIME = np.uint64(1_099_511_628_211)


def flags(
    export: Export, frame: pd.DataFrame, instrument: Instrument, apart: Collection[str] = ()
) -> pd.DataFrame:
    """One boolean column per flag, one row per row of the export.

    frame  typed answers, by the export's index: one column per question, `question/choice` for a
           select-multiple (see `prepared`, responses); NA where there is no answer
    apart  questions that say who answers (a code, a circle), which are no answers to compare

    preview        the tool's status says preview, test, spam, rejected
    unfinished     not finished or submitted, a form that is not complete, or progress below 100 %. A
                   submission of 1980-01-01 is LimeSurvey's for an anonymous survey, and is one
    too_fast       took less than a third of the median of finished responses, of at least 20. The share is a
                   convention; Greszki, Meyer & Schoen (2015, Public Opinion Quarterly 79: 471-503) compare
                   cuts at 30, 40 and 50 % below the median
    straight_line  the same answer to every answered item of a block: at least 3 items of a scale, reversed
                   and not, unless it is the middle one, which agrees with itself; or at least 5 items of a
                   grid with the same 3 or more points (long string index, Curran 2016, Journal of
                   Experimental Social Psychology 66: 4-19). Don't know is no answer here
    same_device    the tool recorded the same device or address for another response
    same_answers   another response has the same answers, open and closed, with at least 8 answered
    """
    if not frame.index.equals(export.frame.index):
        frame = frame.reindex(export.frame.index)
    preview, unfinished = _preview(export), _unfinished(export)
    return pd.DataFrame(
        {
            "preview": preview,
            "unfinished": unfinished,
            "too_fast": _too_fast(export, ~preview & ~unfinished),
            "straight_line": _straight_line(frame, instrument),
            "same_device": _same_device(export),
            "same_answers": _same_answers(frame, instrument, apart),
        },
        index=export.frame.index,
    )


def findings(flagged: pd.DataFrame, origin: Origin) -> list[Finding]:
    """A finding for each flag that marks any row: how many, the first, and the rule that would leave them
    out."""
    found = []
    for name, (severity, what) in FLAGS.items():
        rows = flagged.index[flagged[name].to_numpy(dtype=bool)]
        if len(rows):
            remedy = (
                "they are used; to leave them out, write under the source in study.toml "
                f'exclude = [{{ flag = "{name}", reason = "..." }}]'
            )
            problem = f"{len(rows)} of {len(flagged)} responses {what} (flag {name})"
            found.append(origin.finding(severity, problem, remedy, row=rows[0], count=len(rows)))
    return found


def _recorded(export: Export, role: str) -> Iterator[pd.Series]:
    """What the tool recorded, as it is compared; a column that holds nothing says nothing."""
    for position in export.columns.index[export.columns["role"] == role]:
        column = export.frame[position].str.lower()
        if (column != "").any():
            yield column


def _none(export: Export) -> pd.Series:
    return pd.Series(False, index=export.frame.index)


def _preview(export: Export) -> pd.Series:
    hit = _none(export)
    for status in _recorded(export, "status"):
        hit |= status.str.contains(SUSPECT, regex=True)
        if export.format.startswith("qualtrics"):
            hit |= status.isin(QUALTRICS_STATUS)
    return hit


def _unfinished(export: Export) -> pd.Series:
    hit = _none(export)
    for done in _recorded(export, "finished"):
        # REDCap: 0 incomplete, 1 unverified, 2 complete; empty in rows of another form or event.
        redcap = export.format.startswith("redcap")
        hit |= ~done.isin(["", "2", "complete"]) if redcap else done.isin(NOT_DONE)
    for progress in _recorded(export, "progress"):
        reached = pd.to_numeric(progress.str.rstrip("% "), errors="coerce")
        # A last page is no percentage.
        if reached.max() == 100:
            hit |= reached < 100
    for sent in _recorded(export, "submitted"):
        hit |= sent.isin(NOT_SUBMITTED)
    if export.format.startswith("limesurvey"):
        # There an empty submission means an unfinished response, even where no response has one.
        day = export.role("submitted")
        hit |= _none(export) if day is None else day == ""
    return hit


def _too_fast(export: Export, finished: pd.Series) -> pd.Series:
    took = _durations(export)
    usual = took[finished & (took > 0)]
    if len(usual) < DURATIONS:
        return _none(export)
    return took < usual.median() * SHARE


def _durations(export: Export) -> pd.Series:
    """Time taken, in whatever unit: as recorded, else from start to end."""
    for text in _recorded(export, "duration"):
        return pd.to_numeric(text.str.replace(",", ".", regex=False), errors="coerce").astype("float64")
    start, end = export.role("started"), export.role("ended")
    if start is None or end is None:
        return pd.Series(np.nan, index=export.frame.index)
    return (_moments(end) - _moments(start)).dt.total_seconds()


def _moments(texts: pd.Series) -> pd.Series:
    """ISO 8601 at once, as most tools write; whatever else column by column."""
    parsed = pd.to_datetime(texts.where(texts != ""), format="ISO8601", errors="coerce", utc=True)
    if (parsed.isna() & (texts != "")).any():
        return dates(texts)[0]
    return parsed.dt.tz_localize(None).astype("datetime64[s]")


def _straight_line(frame: pd.DataFrame, instrument: Instrument) -> np.ndarray:
    hit = np.zeros(len(frame), dtype=bool)
    for block, reverse in _blocks(frame, instrument):
        straight, first, answered = _line(frame, [q for q in block if q.name not in reverse])
        if reverse:
            turned, other, more = _line(frame, [q for q in block if q.name in reverse])
            middle = (len(_offered(block[0])) - 1) / 2
            both = straight & turned & (first == other) & (first >= 0) & (first != middle)
            hit |= both & (answered + more >= BALANCED)
        else:
            hit |= straight & (answered >= GRID)
    return hit


def _line(frame: pd.DataFrame, block: list[Question]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether no two answers differ, the first answer's point (-1 for none), and how many were answered."""
    same, first = np.ones(len(frame), dtype=bool), np.full(len(frame), -1, dtype="int16")
    answered = np.zeros(len(frame), dtype="int32")
    for question in block:
        point = _points(frame[question.name], question)
        first = np.where(first < 0, point, first)
        same &= (point < 0) | (point == first)
        answered += point >= 0
    return same, first, answered


def _blocks(frame: pd.DataFrame, instrument: Instrument) -> Iterator[tuple[list[Question], list[str]]]:
    """Blocks of questions that offer the same points, and which of them are reversed."""
    asked = {
        name: question
        for name, question in instrument.questions.items()
        if question.type == "select_one" and name in frame and len(_offered(question)) >= POINTS
    }
    for scale in instrument.scales.values():
        items = [asked[item] for item in scale.items if item in asked]
        reverse = [q.name for q in items if q.name in scale.reverse]
        if 0 < len(reverse) < len(items) and len({_offered(q) for q in items}) == 1:
            yield items, reverse
    grids: dict[tuple, list[Question]] = {}
    for question in asked.values():
        if question.heading:
            grids.setdefault((question.heading, _offered(question)), []).append(question)
    yield from ((items, []) for items in grids.values() if len(items) >= GRID)


def _offered(question: Question) -> tuple[str, ...]:
    return tuple(choice.name for choice in question.choices if not choice.missing)


def _points(column: pd.Series, question: Question) -> np.ndarray:
    """Positions of the answers among the offered points, -1 for none."""
    offered = pd.Index(_offered(question))
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return offered.get_indexer(pd.Index(column.astype(object))).astype("int16")
    by_code = np.append(offered.get_indexer(column.cat.categories), -1).astype("int16")
    return by_code[column.cat.codes.to_numpy()]


def _same_device(export: Export) -> pd.Series:
    hit = _none(export)
    for device in _recorded(export, "device"):
        hit |= device.duplicated(keep=False) & ~device.isin(NO_DEVICE)
    return hit


def _same_answers(frame: pd.DataFrame, instrument: Instrument, apart: Collection[str]) -> np.ndarray:
    of = _columns_of(frame, instrument, apart)
    traces, answered = np.zeros(len(frame), dtype="uint64"), np.zeros(len(frame), dtype="int32")
    for names in of.values():
        any_given = np.zeros(len(frame), dtype=bool)
        for name in names:
            codes = _codes(frame[name])
            any_given |= codes >= 0
            traces = traces * PRIME + codes.astype("uint64")
        answered += any_given
    # Fingerprints find the few rows that may be the same; these are compared in full.
    rows = np.flatnonzero(answered >= ANSWERED)
    rows = rows[pd.Series(traces[rows]).duplicated(keep=False).to_numpy()]
    hit = np.zeros(len(frame), dtype=bool)
    if len(rows):
        alike = frame[[name for names in of.values() for name in names]].iloc[rows]
        hit[rows] = alike.duplicated(keep=False).to_numpy()
    return hit


def _columns_of(frame: pd.DataFrame, instrument: Instrument, apart: Collection[str]) -> dict[str, list[str]]:
    of: dict[str, list[str]] = {}
    for name in frame.columns.astype(str):
        question = name if name in instrument.questions else name.partition("/")[0]
        if question in instrument.questions and question not in apart:
            of.setdefault(question, []).append(name)
    return of


def _codes(column: pd.Series) -> np.ndarray:
    """A number for each answer that differs, -1 for none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype("int64")
    return pd.factorize(column)[0].astype("int64")
