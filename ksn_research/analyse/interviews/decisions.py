"""Decisions of coders on predefined units: was a code seen here or not? Imports `cases`.

The unit is the paragraph where every passage and every length is known, else the whole interview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.cases import column, counted


@dataclass(frozen=True, eq=False)
class Decisions:
    """What two or more coders decided on the same units.

    of      per code that one of them used, units (index: interview, unit) x coders: 1, 0 or missing
    unused  codes that were used, but nowhere in these interviews
    unit    "paragraph" or "interview"
    """

    of: Mapping[str, pd.DataFrame]
    unused: tuple[str, ...]
    unit: str
    blank: pd.DataFrame

    @cached_property
    def documents(self) -> np.ndarray:
        """The interview of each unit."""
        return self.blank.index.get_level_values(0).to_numpy(dtype=object)

    @cached_property
    def interviews(self) -> int:
        return len(set(self.documents))

    @cached_property
    def judgements(self) -> int:
        """Judgements on one code: units, each times the coders of its interview."""
        return int(np.isfinite(self.blank.to_numpy()).sum())

    @property
    def missing(self) -> int:
        """Judgements that are not there: coders who did not code an interview that others did."""
        return self.blank.size - self.judgements


def decisions(segments: pd.DataFrame, interviews: pd.DataFrame) -> Decisions | None:
    """What coders decided in the interviews that two or more named coders coded; None without any.

    segments    interview, coder, code and, where known, unit and unit_last (first and last paragraph)
    interviews  interview, coders (split by ";"), withdrawn and, where known, units (number of paragraphs)

    A coder of an interview who did not use a code in a unit judged it absent; who did not code the interview
    is missing. Withdrawn interviews are nowhere in it.
    """
    held = counted(segments, interviews)
    used = segments[segments["interview"].isin(held["interview"])]
    named = used.assign(coder=used["coder"].fillna("").astype("str").str.strip())
    named = named[named["coder"] != ""]
    coders = _coders(held, named)
    named = named[named["interview"].isin(list(coders))]
    if named.empty:
        return None
    lengths = _lengths(held, named, coders)
    blank = _blank(coders, lengths)
    touched = _touched(named) if lengths else named.assign(unit=0)
    of = {str(code): _marked(blank, part) for code, part in touched.groupby("code", sort=True)}
    unused = tuple(sorted(set(used["code"].dropna().astype("str")) - set(of)))
    return Decisions(of, unused, "paragraph" if lengths else "interview", blank)


def _coders(held: pd.DataFrame, named: pd.DataFrame) -> dict[str, list[str]]:
    """Coders of each interview that two or more of them coded, from its list of coders and its passages."""
    listed = held[["interview"]].assign(coder=column(held, "coders", "").fillna("").str.split(";"))
    pairs = pd.concat([listed.explode("coder"), named[["interview", "coder"]]])
    pairs["coder"] = pairs["coder"].fillna("").str.strip()
    of = pairs[pairs["coder"] != ""].drop_duplicates().groupby("interview")["coder"].agg(sorted)
    return {str(interview): list(coders) for interview, coders in of.items() if len(coders) >= 2}


def _lengths(
    held: pd.DataFrame, named: pd.DataFrame, coders: Mapping[str, Sequence[str]]
) -> dict[str, int] | None:
    """Paragraphs per interview, or None unless every length and every passage's paragraph is known."""
    units = column(held.set_index("interview"), "units", pd.NA).reindex(list(coders))
    if units.isna().any() or (units < 1).any() or column(named, "unit", pd.NA).isna().any():
        return None
    return {str(interview): int(count) for interview, count in units.items()}


def _blank(coders: Mapping[str, Sequence[str]], lengths: Mapping[str, int] | None) -> pd.DataFrame:
    """Units x coders: 0 where a coder coded the interview, else missing."""
    everybody = sorted({coder for names in coders.values() for coder in names})
    documents = sorted(coders)
    number = [lengths[document] if lengths else 1 for document in documents]
    judged = np.array([[0.0 if c in coders[d] else np.nan for c in everybody] for d in documents])
    index = pd.MultiIndex.from_arrays(
        [
            np.repeat(np.asarray(documents, dtype=object), number),
            np.concatenate([np.arange(n) for n in number]),
        ],
        names=["interview", "unit"],
    )
    return pd.DataFrame(np.repeat(judged, number, axis=0), index=index, columns=everybody)


def _touched(named: pd.DataFrame) -> pd.DataFrame:
    """One row per passage and paragraph it touches."""
    first = named["unit"].astype("int64")
    last = column(named, "unit_last", pd.NA).astype("Int64").fillna(named["unit"]).astype("int64")
    spread = named.iloc[np.repeat(np.arange(len(named)), last - first + 1)].drop(columns="unit")
    return spread.assign(unit=np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]))


def _marked(blank: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    values = blank.to_numpy(copy=True)
    at = blank.index.get_indexer(pd.MultiIndex.from_frame(part[["interview", "unit"]]))
    who = blank.columns.get_indexer(pd.Index(part["coder"]))
    values[at[at >= 0], who[at >= 0]] = 1.0
    return pd.DataFrame(values, index=blank.index, columns=blank.columns)
