"""Rows of agreement between coders, per code and over all codes; withdrawn interviews are nowhere in it.

Imports `cases` and `coefficients`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews import coefficients as agree
from ksn_research.analyse.interviews.cases import column, counted
from ksn_research.results import Row

CODERS = "agreement between coders"
NO_PAIR = "no interview was coded by two coders"
NOBODY = "undefined because no coder used the code in an interview that two coders coded"


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
    listed = held[["interview"]].assign(coder=column(held, "coders", "").fillna("").str.split(";"))
    pairs = pd.concat([listed.explode("coder"), named[["interview", "coder"]]])
    pairs = pairs[pairs["coder"].fillna("").str.strip() != ""].drop_duplicates()
    of = pairs.groupby("interview")["coder"].agg(sorted)
    return {str(interview): list(coders) for interview, coders in of.items() if len(coders) >= 2}


def _lengths(held: pd.DataFrame, named: pd.DataFrame, double: dict[str, list[str]]) -> dict[str, int] | None:
    """Paragraphs per interview, or None unless every length and every passage's paragraph is known."""
    units = column(held.set_index("interview"), "units", pd.NA).reindex(list(double))
    if units.isna().any() or column(named, "unit", pd.NA).isna().any():
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
    last = column(named, "unit_last", pd.NA).astype("Int64").fillna(named["unit"]).astype("int64")
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
