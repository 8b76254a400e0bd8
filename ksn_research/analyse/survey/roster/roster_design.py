"""The known roster as design: who of it answered, and how the answers are weighted to it.

Uses `design`, `weights` and `groups`. That somebody answered is treated as if drawn by lot within the
declared strata, in which clusters stand for how alike their people are: none of them was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.design import Design, survey_design
from ksn_research.analyse.survey.estimation.weights import FEW, collapse, poststratify, rake, trim
from ksn_research.analyse.survey.groups import (
    NOT_KNOWN,
    Grouping,
    Sample,
    groupings,
    members,
    organisation_codes,
    person_codes,
)

EQUAL = "equal weights"
PLACES = ("organisation", "region", "type")


@dataclass(frozen=True)
class Matched:
    """Respondents of one wave who are on the roster of its year.

    sample   the respondents; organisation, region and type are those of the roster, as are the levels
    rows     for each of them the row of the answers
    places   for each of them the row of the roster
    roster   everyone on the roster, once
    listed   how the roster is divided: the groupings of the sample, with a code per row of the roster
    off      how many answered that are not on the roster
    """

    sample: Sample
    rows: np.ndarray
    places: np.ndarray
    roster: pd.DataFrame
    listed: tuple[Grouping, ...]
    off: int

    def population(self, at: int) -> np.ndarray:
        """People on the roster per level of grouping `at`."""
        return np.bincount(self.listed[at].codes, minlength=len(self.listed[at].levels))


@dataclass(frozen=True)
class Weighting:
    """A design of some of the matched respondents.

    design     without a finite-population correction: `roster_cells` makes it, answer by answer
    rows       which of the matched respondents are in it, in its order
    said       how they were weighted, in words
    note       what the declared design did not allow, empty where it held as declared
    clustered  whether some stand together in a cluster
    """

    design: Design
    rows: np.ndarray
    said: str
    note: str = ""
    clustered: bool = False


@dataclass(frozen=True)
class _Labels:
    """Levels of the respondents, the roster's people in each, and what had to be joined, in words."""

    labels: np.ndarray
    totals: dict[str, float]
    joined: str


def match(answers: pd.DataFrame, roster: pd.DataFrame, key: Mapping[str, Any]) -> Matched | None:
    """The answers whose `member` is on the `roster`; of several by one member the last. None without any."""
    roster = roster[roster["member"].notna()].drop_duplicates("member").reset_index(drop=True)
    ids = members(answers).reset_index(drop=True)
    last = ids[ids.notna()].drop_duplicates(keep="last")
    places = pd.Index(roster["member"]).get_indexer(pd.Index(last))
    rows, places = last.index.to_numpy()[places >= 0], places[places >= 0]
    if not len(rows):
        return None
    known = {name: roster[name].to_numpy()[places] for name in PLACES if name in roster}
    frame = answers.iloc[rows].reset_index(drop=True).assign(**known)
    listed = groupings(roster)
    levels = tuple(Grouping(g.group, g.levels, g.codes[places]) for g in listed)
    sample = Sample(frame, key, person_codes(frame), organisation_codes(frame), levels)
    return Matched(sample, rows, places, roster, listed, len(last) - len(rows))


def weighting(matched: Matched, known: np.ndarray, options: Mapping[str, Any] | None = None) -> Weighting:
    """Those of the matched respondents that `known`, a mask, marks, weighted as `options` declares.

    Options: `rake` or `poststratify`, columns of the roster; `strata` and `clusters`, one column each;
    `trim`, the largest weight as a multiple of the mean. None is a sample with equal weights. Margins with
    fewer than 5 answers are joined, strata with a single cluster too, as `said` says; weights that cannot
    be made are left out, and `note` says why.
    """
    known_options, notes = _possible(matched, options or {})
    rows = np.flatnonzero(known)
    design, said = _sampled(matched, rows, known_options)
    try:
        weighted, words = _adjusted(matched, rows, design, known_options)
    except ValueError as error:
        weighted, words = design, []
        notes.append(f"not weighted as declared: {error}")
    cut, words = _trimmed(weighted, known_options.get("trim"), words)
    told, clustered = "; ".join([*said, *words]) or EQUAL, "clusters" in known_options
    return Weighting(cut, rows, told, "; ".join(notes), clustered)


def _possible(matched: Matched, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The options with the columns that there are, and which there are not, in words."""
    kept = {name: value for name, value in options.items() if value is not None}
    lacking = []
    for name in ("rake", "poststratify", "strata", "clusters"):
        columns = [kept[name]] if isinstance(kept.get(name), str) else list(kept.get(name, ()))
        there = [
            c for c in columns if c in matched.roster or (name == "clusters" and c in matched.sample.frame)
        ]
        lacking += [f"left out of the weighting: the roster has no {c}" for c in columns if c not in there]
        kept.pop(name, None)
        if there:
            kept[name] = there
    return kept, lacking


def _sampled(matched: Matched, rows: np.ndarray, options: Mapping[str, Any]) -> tuple[Design, list[str]]:
    """Strata and clusters, and the weights N/n of each stratum."""
    clusters, said = _clusters(matched, rows, options)
    several = len(np.unique(clusters)) > 1
    strata, size = np.zeros(len(rows), dtype=int), np.full(len(rows), float(len(matched.roster)))
    if "strata" in options and several:
        found = _strata(matched, rows, clusters, options["strata"][0])
        strata = pd.factorize(pd.Series(found.labels))[0]
        size = np.array([found.totals[label] for label in found.labels])
        joined = f" ({found.joined})" if found.joined else ""
        said.append(f"strata of {options['strata'][0]}, weighted by their size on the roster{joined}")
    expansion = size / np.bincount(strata)[strata]
    if not several:
        return Design(expansion, expansion, (strata,), (clusters,), ()), said
    return survey_design(weights=expansion, strata=strata, clusters=clusters), said


def _clusters(matched: Matched, rows: np.ndarray, options: Mapping[str, Any]) -> tuple[np.ndarray, list[str]]:
    """A code per respondent, the same within a cluster; without clusters everybody is one."""
    if "clusters" not in options:
        return np.arange(len(rows)), []
    name = options["clusters"][0]
    listed = matched.roster if name in matched.roster else matched.sample.frame
    labels = _column(listed, name)[matched.places[rows] if listed is matched.roster else rows]
    # Nobody knows whom one without a cluster goes with: it stands for itself.
    alone = np.where(labels == NOT_KNOWN, np.arange(len(rows)), -1)
    codes = pd.MultiIndex.from_arrays([labels, alone]).factorize()[0]
    return np.asarray(codes), [f"respondents of one {name} taken as a cluster"]


def _strata(matched: Matched, rows: np.ndarray, clusters: np.ndarray, column: str) -> _Labels:
    """Strata with at least 2 clusters each: what has fewer is joined."""
    labels = _column(matched.roster, column)
    own = labels[matched.places[rows]]
    pairs = pd.DataFrame({"label": own, "cluster": clusters}).drop_duplicates()
    made = collapse(pairs["label"].to_numpy(), _sizes(labels), 2)
    named = dict(zip(pairs["label"], made.labels, strict=True))
    return _Labels(np.array([named[label] for label in own], dtype=object), made.totals, made.joined)


def _adjusted(
    matched: Matched, rows: np.ndarray, design: Design, options: Mapping[str, Any]
) -> tuple[Design, list[str]]:
    """The design raked or post-stratified as declared, and how, in words."""
    kind = next((name for name in ("rake", "poststratify") if options.get(name)), "")
    if not kind:
        return design, []
    columns = {name: _column(matched.roster, name) for name in options[kind]}
    if kind == "poststratify":
        cells = [", ".join(cell) for cell in zip(*columns.values(), strict=True)]
        columns = {" and ".join(columns): np.array(cells, dtype=object)}
    margins, used, told = [], [], []
    for name, labels in columns.items():
        made = collapse(labels[matched.places[rows]], _sizes(labels), FEW)
        if len(made.totals) < 2:
            told.append(f"not by {name}: fewer than two levels have {FEW} answers")
            continue
        margins.append((made.labels, made.totals))
        used.append(name)
        told += [made.joined] if made.joined else []
    if not margins:
        raise ValueError("; ".join(told))
    listed = " and ".join(used) + " of the roster" + (f" ({'; '.join(told)})" if told else "")
    if kind == "poststratify":
        return poststratify(design, *margins[0]), [f"post-stratified by {listed}"]
    return rake(design, margins), [f"raked to {listed}"]


def _trimmed(design: Design, limit: Any, words: list[str]) -> tuple[Design, list[str]]:
    if limit is None:
        return design, words
    upper = float(limit) * design.weights.mean()
    said = [*words, f"no weight above {float(limit):g} times the mean"]
    return (trim(design, upper) if (design.weights > upper).any() else design), said


def _column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as text, what is missing a level of its own."""
    return frame[name].astype("str").fillna(NOT_KNOWN).to_numpy(dtype=object)


def _sizes(labels: np.ndarray) -> dict[str, float]:
    return {str(level): float(size) for level, size in pd.Series(labels).value_counts().sort_index().items()}
