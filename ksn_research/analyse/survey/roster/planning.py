"""Before and during fieldwork: how many answers a margin of error needs, and which groups fall short now.

Uses `groups`. Everything here is about shares, at the share that needs most answers (one half)
unless told otherwise, and knows the roster: of 30 people nobody needs 96 answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ksn_research.analyse.survey.groups import NOT_KNOWN, groupings, members, of_wave, of_year
from ksn_research.errors import Finding
from ksn_research.plan import Wave
from ksn_research.prepared import Prepared

MARGIN = 0.1  # percentage points either way, as a fraction, that the check step asks for
SHOWN = 5
REMIND = "while the survey is open, invite them again; afterwards, read these groups with their intervals"


def margin_of_error(
    n: ArrayLike, population: ArrayLike, p: float = 0.5, design_effect: float = 1.0, confidence: float = 0.95
) -> Any:
    """Half the width of a normal interval for a share p, `n` of `population` having answered.

    z sqrt(deff p (1 - p) / n * (N - n) / (N - 1)): 0 when everybody answered, nan when nobody did, at most 1.
    Assumes that those who did not answer resemble those who did. Numbers or arrays.
    Raises ValueError unless 0 <= n <= population. Source: Cochran (1977), Sampling Techniques, eq. 3.6.

    >>> round(margin_of_error(96, 400), 3), margin_of_error(30, 30)
    (0.087, 0.0)
    """
    answered, everyone = np.asarray(n, dtype=float), np.asarray(population, dtype=float)
    if np.any((answered < 0) | (answered > everyone)):
        raise ValueError("margin_of_error: need 0 <= n <= population")
    left = (everyone - answered) / np.maximum(everyone - 1, 1)
    spread = design_effect * p * (1 - p) * left / np.where(answered > 0, answered, np.nan)
    margin = np.minimum(NormalDist().inv_cdf(0.5 + confidence / 2) * np.sqrt(spread), 1.0)
    return float(margin) if margin.ndim == 0 else margin


def answers_needed(
    margin: float,
    population: ArrayLike,
    p: float = 0.5,
    design_effect: float = 1.0,
    confidence: float = 0.95,
) -> Any:
    """The fewest answers from a roster of `population` that keep a share's margin of error at `margin`.

    n0 N / (n0 + N - 1), n0 = deff z^2 p (1 - p) / margin^2, rounded up; never more than everybody.
    Raises ValueError unless 0 < margin < 1. Source: Cochran (1977), Sampling Techniques, eq. 4.2.

    >>> answers_needed(0.05, 1000), answers_needed(0.1, 30)
    (278, 24)
    """
    if not 0 < margin < 1:
        raise ValueError("answers_needed: the margin is a fraction between 0 and 1")
    everyone = np.asarray(population, dtype=float)
    free = design_effect * p * (1 - p) * (NormalDist().inv_cdf(0.5 + confidence / 2) / margin) ** 2
    exact = free * everyone / np.maximum(free + everyone - 1, 1e-12)
    # An exact answer that is whole must not be rounded up for the last bit of its computation.
    needed = np.minimum(np.ceil(exact - 1e-9), everyone).astype(int)
    return int(needed) if needed.ndim == 0 else needed


def shortfalls(roster: pd.DataFrame, answered: pd.Series, margin: float = MARGIN) -> pd.DataFrame:
    """Where the answers so far are too few, for all on the roster and by region and type.

    Parameters: `roster` with `member` and, where known, `region` and `type`; `answered`, the members who
    answered (others are left out, members who answered twice count once).
    Returns a row per group and level: group, level, answered, roster, needed, to_come (0 where enough
    answered), margin_now (nan where nobody did).

    >>> roster = pd.DataFrame({"member": list("abcdef"), "region": ["East"] * 2 + ["West"] * 4})
    >>> shortfalls(roster, pd.Series(["a", "b", "c"]))[["level", "answered", "needed", "to_come"]]
      level  answered  needed  to_come
    0               3       6        3
    1  East         2       2        0
    2  West         1       4        3
    """
    listed = roster.drop_duplicates("member")
    came = listed["member"].isin(answered.dropna()).to_numpy(dtype=bool)
    parts = []
    for grouping in groupings(listed):
        size = len(grouping.levels)
        part = {"group": grouping.group, "level": list(grouping.levels),
                "answered": np.bincount(grouping.codes[came], minlength=size),
                "roster": np.bincount(grouping.codes, minlength=size)}  # fmt: skip
        parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True)
    table["needed"] = answers_needed(margin, table["roster"].to_numpy())
    table["to_come"] = (table["needed"] - table["answered"]).clip(lower=0)
    table["margin_now"] = margin_of_error(table["answered"].to_numpy(), table["roster"].to_numpy())
    return table


def fieldwork_findings(prepared: Prepared, margin: float = MARGIN) -> list[Finding]:
    """Which groups of the newest year's surveys fall short of `margin` now, a note per survey and grouping.

    For the screen of whoever runs the survey, not for the report: it names groups with few answers.
    Waves within a year are left out (whom they asked is not recorded), as are surveys without member codes
    or without a roster.
    """
    return [
        finding
        for source, wave in _fielded(prepared)
        for finding in _findings(prepared, source, wave, margin)
    ]


def _fielded(prepared: Prepared) -> Iterator[tuple[str, Wave]]:
    for source in prepared.responses:
        for wave in prepared.waves.get(source, ()):
            if wave.year == prepared.year and not wave.name:
                yield source, wave


def _findings(prepared: Prepared, source: str, wave: Wave, margin: float) -> Iterator[Finding]:
    roster = of_year(prepared.people, wave.year)
    answered = members(of_wave(prepared.responses[source], wave))
    if roster.empty or not answered.notna().any():
        return
    table = shortfalls(roster, answered, margin)
    for group, part in table[table["level"] != NOT_KNOWN].groupby("group", sort=False):
        short = part[part["to_come"] > 0].sort_values("to_come", ascending=False, kind="stable")
        if len(short):
            said = _said(str(group), len(part), short, margin)
            yield Finding(severity="note", source=source, year=wave.year, file=wave.file.name, problem=said,
                          remedy=REMIND, count=len(short))  # fmt: skip


def _said(group: str, levels: int, short: pd.DataFrame, margin: float) -> str:
    """In words: `Region: 3 of 6 fall short of ±10 points: West 4 of 30 answered, 19 more needed; ...`."""
    aim = f"±{margin * 100:g} percentage points"
    listed = [
        f"{row['level']} {row['answered']} of {row['roster']} answered, {row['to_come']} more needed".strip()
        for row in short.head(SHOWN).to_dict("records")
    ]
    if not group:
        return f"all members fall short of {aim}: {listed[0]}"
    more = f"; and {len(short) - SHOWN} more" if len(short) > SHOWN else ""
    return f"{group}: {len(short)} of {levels} fall short of {aim}: {'; '.join(listed)}{more}"
