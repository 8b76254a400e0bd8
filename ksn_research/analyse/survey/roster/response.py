"""Who could answer and who did: the population of a year and response rates against the roster.

Uses `groups`. Counts and rates against a known roster describe that roster and carry no interval.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import Sample, of_wave, of_year, sample, whole_part, years
from ksn_research.plan import Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

RATE = (
    "response rate: respondents among everyone on the roster of the year (AAPOR RR2, every unit eligible and "
    "known{}); a description of the roster, no interval"
)
PARTIALS = ": completes and partials, (I + P) / N"
COMPLETE = (
    "response rate of completes: those who went through to the end, among everyone on the roster of the year "
    "(AAPOR RR1, every unit eligible and known: I / N); a description of the roster, no interval"
)
NO_ROSTER = "no roster: response rate not collected"
NO_CODES = "answers carry no member code: response rate not collected"
NOT_ALL_ASKED = "asked of a part of the roster that is not recorded: no response rate"
UNITS = {"organisations": "organisation", "people": "member"}


def population_rows(prepared: Prepared) -> list[Row]:
    """Organisations and people of each year's roster, and who joined and left in that year."""
    rows: list[Row] = []
    for unit in UNITS:
        table = getattr(prepared, unit)
        for year in years(table, prepared.year):
            roster = sample(of_year(table, year), source=unit, year=year)
            rows += _counts(
                roster, unit, np.ones(len(roster.frame), dtype=bool), unit, "on the roster of the year"
            )
            for event in ("joined", "left"):
                when = roster.frame[event].dt.year
                if year is not None and roster.frame[event].notna().any():
                    mask = (when == year).fillna(False).to_numpy(dtype=bool)
                    rows += _counts(roster, unit, mask, event, f"{event} within the calendar year")
    return rows


def _counts(roster: Sample, unit: str, mask: np.ndarray, measure: str, what: str) -> list[Row]:
    found: dict[tuple[str, str], Row] = {}
    for grouping in roster.groupings:
        for level, support in zip(grouping.levels, _support(roster, grouping, mask, unit), strict=True):
            n = support[unit] or 0
            found[grouping.group, level] = roster.row(
                analysis="population", measure=measure, group=grouping.group, level=level, statistic="count",
                estimate=float(n), n=n, unit=unit, method=f"{unit} {what}",
                parents=whole_part(found, grouping), count=n if unit == "people" else None, **support,
            )  # fmt: skip
    return list(found.values())


def _support(roster: Sample, grouping: Any, mask: np.ndarray, unit: str) -> list[dict[str, int | None]]:
    """Support per level. A roster of organisations has no people in it: only organisations are counted."""
    made = roster.support(grouping, mask)
    return [{**s, "people": None} for s in made] if unit == "organisations" else made


def response_rows(
    prepared: Prepared,
    units: pd.Series,
    *,
    source: str,
    year: int | None,
    wave: str = "",
    unit: str = "people",
    stopped: pd.Series | None = None,
) -> list[Row]:
    """Respondents of one wave and, where the roster knows them, the response rates.

    units    ids of those who answered (members, or organisations for unit="organisations"), NA for one
             whose id is not known
    stopped  which of them stopped before the end (see `stopped_early`), in the same order; None where the
             records do not tell: then RR1 is not given
    Source: AAPOR (2023), Standard Definitions, 10th edition: RR1 = I / (I + P + R + NC + O + UH + UO) and
    RR2 = (I + P) / the same; everyone on the roster is eligible, so that UH = UO = 0 and the sum is N.
    """
    known = units.dropna().unique()
    roster = of_year(getattr(prepared, unit), year)
    note = _no_rate(len(roster), len(known), wave)
    count = len(known) + int(units.isna().sum())
    key: dict[str, Any] = {"source": source, "year": year, "wave": wave}
    anyone: dict[str, Any] = (
        {"people": count, "count": count} if unit == "people" else {"organisations": count}
    )
    said = Row(
        analysis="response",
        measure="response",
        statistic="respondents",
        estimate=float(count),
        n=count,
        unit=unit,
        note=note,
        method=f"{unit} who answered",
        **key,
        **anyone,
    )
    if note:
        return [said]
    listed, partials = sample(roster, **key), PARTIALS if stopped is not None else ""
    rates = _rates(listed, known, unit, "rate", RATE.format(partials))
    if stopped is not None:
        complete = units[~stopped.to_numpy(dtype=bool)].dropna().unique()
        whole = _rates(listed, complete, unit, "rate_complete", COMPLETE)
        of = {(row.group, row.level): row.id for row in rates}
        rates += [replace(row, parents=(*row.parents, of[row.group, row.level])) for row in whole]
    return [said, *rates]


def missing_of(prepared: Prepared, source: str, wave: Wave) -> pd.DataFrame | None:
    """Why there is no answer, per question, for the respondents of a wave, in the order of `of_wave`; None
    where the records do not tell."""
    missing, responses = prepared.missing.get(source), prepared.responses[source]
    if missing is None or len(missing) != len(responses):
        return None
    places = of_wave(responses.assign(place=np.arange(len(responses))), wave)["place"]
    return missing.iloc[places.to_numpy()].reset_index(drop=True)


def stopped_early(missing: pd.DataFrame | None) -> pd.Series | None:
    """Whether each respondent stopped before the end, from `missing_of`; None where that is not known."""
    return None if missing is None else (missing == "stopped").any(axis=1)


def _no_rate(roster: int, known: int, wave: str) -> str:
    return NO_ROSTER if not roster else NO_CODES if not known else NOT_ALL_ASKED if wave else ""


def _rates(roster: Sample, known: np.ndarray, unit: str, statistic: str, method: str) -> list[Row]:
    answered = roster.frame[UNITS[unit]].isin(known).to_numpy(dtype=bool)
    off = len(set(known) - set(roster.frame[UNITS[unit]].dropna()))
    note = f"{off} who answered are not on the roster and not counted" if off else ""
    everyone = np.ones(len(answered), dtype=bool)
    found: dict[tuple[str, str], Row] = {}
    for grouping in roster.groupings:
        supports = _support(roster, grouping, everyone, unit), _support(roster, grouping, answered, unit)
        for level, all_, those in zip(grouping.levels, *supports, strict=True):
            population, n = all_[unit] or 0, those[unit] or 0
            found[grouping.group, level] = roster.row(
                analysis="response", measure="response", group=grouping.group, level=level,
                statistic=statistic, estimate=n / population, n=n, population=population, unit=unit,
                method=method, note=note,
                count=n if unit == "people" else None, parents=whole_part(found, grouping), **all_,
            )  # fmt: skip
    return list(found.values())


def observed_nodes(prepared: Prepared, source: str, year: int | None, wave: str) -> pd.Series:
    """Ids of those who answered a network question of one wave, whether or not they named anyone."""
    senders = prepared.senders
    mask = (senders["source"] == source) & (senders["wave"].fillna("") == wave) & senders["observed"]
    mask &= senders["year"].isna() if year is None else (senders["year"] == year).fillna(False)
    return senders.loc[mask.fillna(False).astype(bool), "node"]
