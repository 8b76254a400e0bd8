"""Themes of coded interviews, agreement between their coders, and what is odd about the codebook.

A theme is counted once per interview, whoever coded it and however often: "18 of 24 interviews". N is the
interviews that were coded and not withdrawn; withdrawn ones are nowhere, not in agreement either. Uses
`analyse.agreement` and, for intervals, `analyse.survey.proportions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse import agreement as agree
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.errors import Finding
from ksn_research.prepared import Prepared
from ksn_research.results import Row, slug

WHOLE = "whole-sample theme count"
CODERS = "agreement between coders"
NOT_STATED = "not stated"
THEME = (
    "interviews with at least one passage of the code, by any coder, of the interviews coded and not "
    "withdrawn; a passage of a sub-code counts for the sub-code only"
)
NO_PAIR = "no interview was coded by two coders"
NOBODY = "undefined because no coder used the code in an interview that two coders coded"


def analyse_interviews(prepared: Prepared) -> list[Row]:
    """Themes and agreement of every source of coded interviews, for each of its newest two waves."""
    rows: list[Row] = []
    for name, source in prepared.study.sources.items():
        if source.kind != "interviews":
            continue
        groups = tuple(source.options.get("groups", ("operator_type",)))
        for wave in prepared.waves.get(name, ())[-2:]:
            segments = _of(prepared.segments, name, wave.year)
            interviews = _of(prepared.interviews, name, wave.year)
            rows += themes(segments, interviews, source=name, year=wave.year, groups=groups)
            rows += agreement(segments, interviews, source=name, year=wave.year)
    return rows


def _of(frame: pd.DataFrame, source: str, year: int | None) -> pd.DataFrame:
    same = frame["year"].isna() if year is None else (frame["year"] == year).fillna(False)
    return frame[(frame["source"] == source) & same]


def counted(segments: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """The interviews that count: coded (a coder is named or a passage exists) and not withdrawn."""
    withdrawn = _column(interviews, "withdrawn", False).fillna(False).astype(bool)
    coded = interviews["interview"].isin(segments["interview"])
    coded |= _column(interviews, "coders", "").fillna("") != ""
    return interviews[coded & ~withdrawn].drop_duplicates("interview")


def _column(frame: pd.DataFrame, name: str, default: Any) -> pd.Series:
    return frame[name] if name in frame else pd.Series(default, index=frame.index)


# --- themes --------------------------------------------------------------------------------------------


def themes(
    segments: pd.DataFrame,
    interviews: pd.DataFrame,
    *,
    source: str,
    year: int | None,
    groups: Sequence[str] = ("operator_type",),
) -> list[Row]:
    """How many interviews hold each code, over all and by attributes of the interview.

    segments    columns interview, code
    interviews  one row per interview: interview, coders, withdrawn, and the attributes named in `groups`
                (one that is absent or wholly empty is passed over; missing becomes "not stated", so that
                levels add up to the whole); a column organisation is used for disclosure where there is one

    Gives count and share (Wilson interval) per code, and the number of interviews. Codes are not additive.
    """
    held = counted(segments, interviews)
    if held.empty:
        return []
    pairs = segments[segments["interview"].isin(held["interview"])]
    codes = sorted(set(pairs["code"]))
    present = pd.crosstab(pairs["interview"], pairs["code"]).gt(0)
    present = present.reindex(index=held["interview"], columns=codes, fill_value=False)
    rows: list[Row] = []
    for group, level, part in _levels(held, groups):
        base = {"source": source, "year": year, "group": group, "level": level, **_support(part)}
        rows.append(_number(len(part), base))
        counts = present.loc[list(part["interview"])].sum()
        low, high = wilson(counts.to_numpy(), np.full(len(counts), len(part)))
        for code, count, a, b in zip(codes, counts, low, high, strict=True):
            rows += _theme(code, int(count), len(part), (float(a), float(b)), base)
    return _with_parents(rows)


def _levels(held: pd.DataFrame, groups: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "", "", held
    for group in groups:
        if group in held and held[group].notna().any():
            said = held[group].astype("str").fillna(NOT_STATED).replace("", NOT_STATED)
            alike = said.groupby(said.map(slug)).transform("first")  # "Company" and "company" are one level
            for level, part in held.groupby(alike, sort=True):
                yield group, str(level), part


def _support(part: pd.DataFrame) -> dict[str, int | None]:
    known = "organisation" in part and part["organisation"].notna().any()
    return {
        "people": len(part),
        "organisations": int(part["organisation"].nunique()) if known else None,
    }


def _number(n: int, base: dict[str, Any]) -> Row:
    return Row(
        analysis="interviews",
        measure="interviews",
        statistic="count",
        estimate=float(n),
        n=n,
        unit="interviews",
        count=n,
        method="interviews coded and not withdrawn",
        exempt="" if base["group"] else WHOLE,
        **base,
    )


def _theme(code: str, count: int, n: int, interval: tuple[float, float], base: dict[str, Any]) -> list[Row]:
    shared = {
        **base,
        "analysis": "themes",
        "measure": code,
        "n": n,
        "unit": "interviews",
        "count": count,
        "binary": True,
        "exempt": "" if base["group"] else WHOLE,
    }
    low, high = interval
    share = Row(
        statistic="share",
        estimate=count / n,
        ci_low=low,
        ci_high=high,
        method=f"{THEME}; Wilson interval",
        **shared,
    )
    return [Row(statistic="count", estimate=float(count), method=THEME, **shared), share]


def _with_parents(rows: list[Row]) -> list[Row]:
    """Each row of a level names the whole-sample row of its statistic: levels of one group add up to it."""
    wholes = {(r.analysis, r.measure, r.statistic): r.id for r in rows if not r.group}
    return [replace(r, parents=(wholes[r.analysis, r.measure, r.statistic],)) if r.group else r for r in rows]


# --- agreement -----------------------------------------------------------------------------------------


def agreement(
    segments: pd.DataFrame, interviews: pd.DataFrame, *, source: str, year: int | None, seed: int = 1
) -> list[Row]:
    """Agreement of coders on whether a code is present in a unit, per code and over all codes.

    segments    interview, coder, code and, where known, unit and unit_last (first and last paragraph)
    interviews  interview, coders, withdrawn and, where known, units (number of paragraphs)

    Only interviews that two or more named coders coded count. The unit is the paragraph where each of their
    passages and lengths is known, else the whole interview. A coder of an interview who did not use a code
    in a unit judged it absent; who did not code the interview is missing. Statistics: alpha (nominal; with
    a bootstrap interval from a generator seeded with `seed`), percent_agreement, positive_agreement (Dice),
    ac1; over all codes alpha only with observed and expected disagreement summed over codes.
    """
    held = counted(segments, interviews)
    named = segments[segments["interview"].isin(held["interview"]) & (segments["coder"].fillna("") != "")]
    double = _coders(held, named)
    named = named[named["interview"].isin(list(double))]
    if named.empty:
        return []
    lengths = _lengths(held, named, double)
    units = "paragraph" if lengths is not None else "interview"
    decided = _decisions(named, double, lengths)
    rows: list[Row] = []
    base = {"source": source, "year": year, "people": len(double), "exempt": CODERS}
    for code, values in decided.items():
        rows += _code_rows(code, values, units, base, seed)
    return [*rows, *_pooled_rows(decided, units, base, seed)]


def _coders(held: pd.DataFrame, named: pd.DataFrame) -> dict[str, list[str]]:
    """Coders of each interview that two or more of them coded, from its list of coders and its passages."""
    listed = held[["interview"]].assign(coder=_column(held, "coders", "").fillna("").str.split(";"))
    pairs = pd.concat([listed.explode("coder"), named[["interview", "coder"]]])
    pairs = pairs[pairs["coder"].fillna("").str.strip() != ""].drop_duplicates()
    of = pairs.groupby("interview")["coder"].agg(sorted)
    return {str(interview): list(coders) for interview, coders in of.items() if len(coders) >= 2}


def _lengths(held: pd.DataFrame, named: pd.DataFrame, double: dict[str, list[str]]) -> dict[str, int] | None:
    """Paragraphs per interview, or None unless every length and every passage's paragraph is known."""
    units = _column(held.set_index("interview"), "units", pd.NA).reindex(list(double))
    if units.isna().any() or _column(named, "unit", pd.NA).isna().any():
        return None
    return {str(interview): int(count) for interview, count in units.items()}


def _decisions(
    named: pd.DataFrame, double: dict[str, list[str]], lengths: dict[str, int] | None
) -> dict[str, pd.DataFrame]:
    """Per code, one row per unit (index: interview, unit) and one column per coder: 1, 0 or missing."""
    coders = sorted({coder for names in double.values() for coder in names})
    index = [(i, u) for i in sorted(double) for u in range(lengths[i] if lengths else 1)]
    blank = pd.DataFrame(np.nan, index=pd.MultiIndex.from_tuples(index), columns=coders)
    for interview, names in double.items():
        blank.loc[[interview], names] = 0.0
    touched = _touched(named) if lengths else named.assign(unit=0)
    return {str(code): _marked(blank, part) for code, part in touched.groupby("code", sort=True)}


def _touched(named: pd.DataFrame) -> pd.DataFrame:
    """One row per passage and paragraph it touches."""
    first = named["unit"].astype("int64")
    last = _column(named, "unit_last", pd.NA).astype("Int64").fillna(named["unit"]).astype("int64")
    spread = named.iloc[np.repeat(np.arange(len(named)), last - first + 1)].drop(columns="unit")
    return spread.assign(unit=np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]))


def _marked(blank: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    values = blank.to_numpy(copy=True)
    at = blank.index.get_indexer(pd.MultiIndex.from_frame(part[["interview", "unit"]]))
    who = blank.columns.get_indexer(pd.Index(part["coder"]))
    values[at[at >= 0], who[at >= 0]] = 1.0
    return pd.DataFrame(values, index=blank.index, columns=blank.columns)


def _documents(values: pd.DataFrame) -> np.ndarray:
    return values.index.get_level_values(0).to_numpy(dtype=object)


def _code_rows(code: str, values: pd.DataFrame, units: str, base: dict[str, Any], seed: int) -> list[Row]:
    alpha = agree.krippendorff_alpha(
        values, documents=_documents(values), replicates=agree.REPLICATES, seed=seed
    )
    shared = {**base, "analysis": "agreement", "measure": code, "n": alpha.values, "unit": "decisions"}
    what = f"per {units}: code present or not, by each coder of it"
    return [
        _alpha_row(alpha, f"Krippendorff's alpha, nominal; {what}", seed, shared),
        _plain_row(
            "percent_agreement",
            agree.percent_agreement(values),
            f"share of coder pairs that agree; {what}",
            NO_PAIR,
            shared,
        ),
        _plain_row(
            "positive_agreement",
            agree.positive_agreement(values),
            f"positive agreement (Dice) over coder pairs; {what}",
            NOBODY,
            shared,
        ),
        _plain_row("ac1", agree.gwet_ac1(values), f"Gwet's AC1; {what}", agree.CONSTANT, shared),
    ]


def _pooled_rows(decided: dict[str, pd.DataFrame], units: str, base: dict[str, Any], seed: int) -> list[Row]:
    if not decided:
        return []
    tables, domain = _tables(list(decided.values()))
    first = next(iter(decided.values()))
    alpha = agree.pooled_alpha(
        tables,
        domain,
        documents=[_documents(first)] * len(tables),
        replicates=agree.REPLICATES,
        seed=seed,
        coders=first.shape[1],
    )
    every = pd.concat(decided.values())
    shared = {
        **base,
        "analysis": "agreement",
        "measure": "all codes",
        "n": alpha.values,
        "unit": "decisions",
    }
    what = f"per {units} and code: present or not, by each coder of it"
    pooled = "Krippendorff's alpha, nominal, observed and expected disagreement each summed over codes"
    return [
        _alpha_row(alpha, f"{pooled}; {what}", seed, shared),
        _plain_row(
            "percent_agreement",
            agree.percent_agreement(every),
            f"share of coder pairs that agree; {what}",
            NO_PAIR,
            shared,
        ),
        _plain_row(
            "positive_agreement",
            agree.positive_agreement(every),
            f"positive agreement (Dice) over coder pairs; {what}",
            NOBODY,
            shared,
        ),
    ]


def _tables(decided: Sequence[pd.DataFrame]) -> tuple[list[np.ndarray], np.ndarray]:
    """Per code, units x (absent, present): how many coders judged so."""
    arrays = [values.to_numpy() for values in decided]
    tables = [np.stack([(v == 0).sum(axis=1), (v == 1).sum(axis=1)], axis=1) for v in arrays]
    return tables, np.array([0.0, 1.0])


def _alpha_row(alpha: agree.Alpha, method: str, seed: int, shared: dict[str, Any]) -> Row:
    drawn = f"; bootstrap over {alpha.drawn}, {agree.REPLICATES} draws, seed {seed}" if alpha.drawn else ""
    return Row(
        statistic="alpha",
        estimate=alpha.estimate,
        ci_low=alpha.low,
        ci_high=alpha.high,
        method=method + drawn,
        status="published" if alpha.estimate is not None else "undefined",
        note=alpha.note,
        **shared,
    )


def _plain_row(statistic: str, value: float | None, method: str, why: str, shared: dict[str, Any]) -> Row:
    return Row(
        statistic=statistic,
        estimate=value,
        method=method,
        status="undefined" if value is None else "published",
        note=why if value is None else "",
        **shared,
    )


# --- codebook ------------------------------------------------------------------------------------------


def codebook_findings(
    codes: pd.DataFrame, segments: pd.DataFrame, *, source: str = "interviews", year: int | None = None
) -> list[Finding]:
    """What a reader of the codebook would ask about, as notes.

    codes     code, parent, description, codable
    segments  interview, code

    A code without description; a code that was never used (a category, not codable or with sub-codes, need
    not be); a code used in one interview only.
    """
    said = codes["description"].fillna("").str.strip() != ""
    used = segments.groupby("code")["interview"].nunique().reindex(codes["code"]).fillna(0).to_numpy()
    category = ~codes["codable"].astype(bool) | codes["code"].isin(codes["parent"])
    about = {
        "the code has no description": (~said, "describe it in the codebook"),
        "the code was never used": ((used == 0) & ~category, "remove it, or say why it stays"),
        "the code was used in one interview only": (used == 1, "consider merging it with a neighbour"),
    }
    return [
        Finding(severity="note", source=source, year=year, problem=problem, remedy=remedy, column=str(code))
        for problem, (mask, remedy) in about.items()
        for code in codes.loc[mask, "code"]
    ]
