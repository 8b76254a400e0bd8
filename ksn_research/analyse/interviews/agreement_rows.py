"""Rows of agreement between coders, per code and over all codes; withdrawn interviews are nowhere in it.

Imports `chance`, `coefficients`, `decisions` and `specific`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews import chance, specific
from ksn_research.analyse.interviews.coefficients import DOCUMENTS, REPLICATES, Alpha, pooled_alpha
from ksn_research.analyse.interviews.decisions import Decisions, decisions
from ksn_research.results import Row, slug

CODERS = "agreement between coders"
ALL = "all codes"
NO_PAIR = "undefined because no interview was coded by two coders"
NOBODY = "undefined because no coder used the code in an interview that two or more coders coded"
EVERYWHERE = "undefined because every coder used the code in every unit"
RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff (2004), Content Analysis, chapter 11

PLAIN: Mapping[str, tuple[Callable[[Any], float | None], str, str]] = {
    "percent_agreement": (
        specific.percent_agreement,
        "pairs of coders that agree, averaged over decisions",
        NO_PAIR,
    ),
    "positive_agreement": (
        specific.positive_agreement,
        "of what one coder marked, how much another marked too (Dice, Cicchetti & Feinstein 1990)",
        NOBODY,
    ),
    "negative_agreement": (
        specific.negative_agreement,
        "of what one coder left unmarked, how much another left unmarked too (Cicchetti & Feinstein 1990)",
        EVERYWHERE,
    ),
    "prevalence": (specific.prevalence, "units that hold the code, by the average coder", NO_PAIR),
}
KAPPAS = {
    "cohen_kappa": (chance.cohen_kappa, "Cohen's kappa"),
    "fleiss_kappa": (chance.fleiss_kappa, "Fleiss' kappa, generalised to units that not everybody judged"),
    "ac1": (chance.gwet_ac1, "Gwet's AC1"),
}


@dataclass(frozen=True, eq=False)
class _About:
    """What the rows of one source share: its decisions, the fields of every row, and the seed."""

    decided: Decisions
    shared: Mapping[str, Any]
    seed: int

    @property
    def coders(self) -> int:
        return self.decided.blank.shape[1]

    @cached_property
    def what(self) -> str:
        coded = _number(self.decided.interviews, "interview")
        return (
            f"per {self.decided.unit} of the {coded} that two or more coders coded: code present or not, by "
            "each coder of it"
        )

    @cached_property
    def basis(self) -> str:
        units = _number(len(self.decided.blank), self.decided.unit)
        missing = _number(self.decided.missing, "judgement")
        return f"{units}, {_number(self.coders, 'coder')}, {missing} missing"

    @property
    def kappas(self) -> tuple[str, str]:
        return ("cohen_kappa" if self.coders == 2 else "fleiss_kappa", "ac1")


def agreement(
    segments: pd.DataFrame, interviews: pd.DataFrame, *, source: str, year: int | None, seed: int = 1
) -> list[Row]:
    """Agreement of coders on whether a code is present in a unit, per code and over all codes.

    segments    interview, coder, code and, where known, unit and unit_last (first and last paragraph)
    interviews  interview, coders, withdrawn and, where known, units (number of paragraphs)

    What a unit and a decision is, see `decisions`. Statistics: alpha (Krippendorff, nominal; with a bootstrap
    interval from a generator seeded with `seed`), percent_agreement, positive_agreement, negative_agreement,
    prevalence, cohen_kappa (two coders) or fleiss_kappa (more), ac1. n is the judgements. Over all codes,
    those that a coder used in these interviews, disagreement is summed over codes before it is held against
    chance. A code nobody used there has rows that say so. No rows where no interview was coded twice.
    """
    decided = decisions(segments, interviews)
    if decided is None:
        return []
    shared = {
        "source": source,
        "year": year,
        "analysis": "agreement",
        "unit": "decisions",
        "people": decided.interviews,
        "exempt": CODERS,
    }
    about = _About(decided, shared, seed)
    rows = [row for code, values in decided.of.items() for row in _code_rows(about, code, values)]
    for code in decided.unused:
        rows += _code_rows(about, code, decided.blank)
    return [*rows, *_pooled_rows(about)]


def _code_rows(about: _About, code: str, values: pd.DataFrame) -> list[Row]:
    """A code's rows; a code called like the pooled measure is told apart from it."""
    measure = f"{code} (code)" if slug(code) == slug(ALL) else code
    kappas = {name: KAPPAS[name][0](values) for name in about.kappas}
    why = NOBODY if code in about.decided.unused else ""
    return [
        _alpha_row(about, measure, [values], why),
        *(_row(about, measure, name, made(values), says, none) for name, (made, says, none) in PLAIN.items()),
        *(
            _row(about, measure, name, found.estimate, KAPPAS[name][1], why or found.note)
            for name, found in kappas.items()
        ),
    ]


def _pooled_rows(about: _About) -> list[Row]:
    parts = list(about.decided.of.values())
    every = pd.concat(parts)
    rows = [_alpha_row(about, ALL, parts, "")]
    for name, (made, says, why) in PLAIN.items():
        rows.append(_row(about, ALL, name, made(every), f"{says}; over units and codes", why))
    for name in about.kappas:
        found = [KAPPAS[name][0](values) for values in parts]
        says = f"{KAPPAS[name][1]}, agreed and expected each averaged over codes (De Vries et al. 2008)"
        why = next((one.note for one in found if one.note), "")
        rows.append(_row(about, ALL, name, chance.pooled_kappa(found), says, why))
    return rows


def _alpha_row(about: _About, measure: str, parts: Sequence[pd.DataFrame], why: str) -> Row:
    documents = about.decided.documents
    alpha = pooled_alpha(
        [_table(values) for values in parts],
        np.array([0.0, 1.0]),
        documents=documents,
        replicates=REPLICATES,
        seed=about.seed,
        expand=True,
        coders=about.coders,
    )
    pooled = ", observed and expected disagreement each summed over codes" if measure == ALL else ""
    row = _row(about, measure, "alpha", alpha.estimate, f"Krippendorff's alpha, nominal{pooled}", "")
    allows = band(alpha, "these codes" if measure == ALL else "this code")
    said = why or alpha.note or f"{allows}; {about.basis}"
    method = row.method + _drawn(about, alpha)
    return replace(row, ci_low=alpha.low, ci_high=alpha.high, note=said, method=method)


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def band(alpha: Alpha, about: str = "this code") -> str:
    """What an alpha allows, in words, after Krippendorff (2004); the interval is heard too.

    >>> band(Alpha(0.5, 10, 20, 2))
    'below .667: do not rest on this code'
    """
    estimate = alpha.estimate or 0.0
    if estimate < TENTATIVE:
        return f"below .667: do not rest on {about}"
    said = "at least .8: reliable"
    if estimate < RELIABLE:
        said = "at least .667 and below .8: for tentative conclusions only"
    doubtful = alpha.low is not None and alpha.low < TENTATIVE
    return f"{said}; its interval goes below .667" if doubtful else said


def _drawn(about: _About, alpha: Alpha) -> str:
    if alpha.low is None:
        return ""
    told = (
        f"; bootstrap over {alpha.drawn}, {REPLICATES} draws, percentiles widened for few of them "
        f"(Hesterberg 2015), seed {about.seed}"
    )
    few = alpha.drawn == "units" and about.decided.unit == "paragraph"
    why = f"; with fewer than {DOCUMENTS} interviews it is too narrow where interviews differ"
    return told + (why if few else "")


def _table(values: pd.DataFrame) -> np.ndarray:
    """Units x (absent, present): how many coders judged so."""
    given = values.to_numpy()
    return np.stack([(given == 0).sum(axis=1), (given == 1).sum(axis=1)], axis=1)


def _row(about: _About, measure: str, statistic: str, value: float | None, says: str, why: str) -> Row:
    decided = about.decided
    codes = len(decided.of) if measure == ALL else 1
    return Row(
        measure=measure,
        statistic=statistic,
        estimate=value,
        n=codes * decided.judgements,
        method=f"{says}; {about.what}",
        status="published" if value is not None else "undefined",
        note=about.basis if value is not None else why,
        **about.shared,
    )
