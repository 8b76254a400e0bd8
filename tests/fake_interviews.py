"""Made-up rows of coded interviews for what is rendered: every analysis of the section, no meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.plan.coreq import ITEMS
from ksn_research.results import Row

SOURCE, OTHER = "operators", "experts"
CODES = ("lack of time", "matching", "trust", "funding")
KINDS = ("Company", "Nonprofit")
BOTH = "both_say"
LABELS = {
    SOURCE: "Interviews with workspace operators",
    OTHER: "Notes of experts",
    f"analyses.{BOTH}": "What operators and experts say",
}
FEW = {"status": "suppressed", "note": "fewer than 5 people in the cell", "n": None}
BANDS = {
    "lack of time": (0.91, "at least .8: reliable"),
    "matching": (0.75, "at least .667 and below .8: for tentative conclusions only"),
    "trust": (0.41, "below .667: do not rest on this code"),
}


def row(year: int, analysis: str, measure: str, statistic: str, estimate: float | None, **more: Any) -> Row:
    shared: dict[str, Any] = {"source": SOURCE, "n": 23, "unit": "interviews", "people": 23,
                              "method": f"method of {statistic}"}  # fmt: skip
    return Row(year=year, analysis=analysis, measure=measure, statistic=statistic, estimate=estimate,
               **{**shared, **more})  # fmt: skip


def between(estimate: float, half: float) -> dict[str, float]:
    return {"ci_low": estimate - half, "ci_high": estimate + half}


def counted(year: int, analysis: str, measure: str, count: int, **more: Any) -> Iterator[Row]:
    n = int(more.get("n") or 23)
    yield row(year, analysis, measure, "count", float(count), **more)
    yield row(year, analysis, measure, "share", count / n, **between(count / n, 0.15), **more)


def themes(year: int) -> Iterator[Row]:
    for place, code in enumerate(CODES):
        yield from counted(year, "themes", code, 18 - 3 * place)
        for kind in KINDS:
            group: dict[str, Any] = {"group": "operator_type", "level": kind}
            if kind == "Company" and code == "trust":
                yield row(year, "themes", code, "count", None, **group, **FEW)
                yield row(year, "themes", code, "share", None, **group, **FEW)
            else:
                yield from counted(year, "themes", code, 9 - place, n=11, **group)
    yield from counted(year, "theme_families", "obstacles", 20)


def beyond(year: int) -> Iterator[Row]:
    """What another fake edition has no rows of."""
    yield from counted(year, "theme_families", "gains", 12)
    yield from differences(year)
    yield from two_sources(year)
    yield from saturation(year)
    yield from together(year)
    yield row(year, "agreement", CODES[0], "percent_agreement", 0.97, unit="decisions", n=304)


def differences(year: int) -> Iterator[Row]:
    group = {"group": "operator_type"}
    for code, p in (("lack of time", 0.004), ("matching", 0.6)):
        tested = {"p": p, "p_adjusted": min(1.0, 2 * p)}
        yield row(
            year, "theme_differences", code, "difference", 0.42, **between(0.42, 0.2), **tested, **group
        )
        yield row(year, "theme_change", code, "difference", 0.31, **between(0.31, 0.2), **tested, n=47)
    yield row(year, "theme_change", "funding", "difference", None, status="not comparable",
              note="new: not among the codes of 2024", n=47)  # fmt: skip


def two_sources(year: int) -> Iterator[Row]:
    about: dict[str, Any] = {"category": BOTH}
    for code, counts in (("lack of time", (18, 5)), ("matching", (9, None)), ("patience", (None, 7))):
        for source, count, n in zip((SOURCE, OTHER), counts, (23, 10), strict=True):
            if count is not None:
                yield from counted(
                    year, "two_sources", code, count, n=n, group="source", level=source, **about
                )
    yield row(year, "two_sources", "lack of time", "difference", 0.28, **between(0.28, 0.2), p=0.01,
              p_adjusted=0.01, n=33, **about)  # fmt: skip
    why = "undefined because only operators has this code"
    yield row(
        year, "two_sources", "matching", "difference", None, status="undefined", note=why, n=33, **about
    )


def agreement(year: int) -> Iterator[Row]:
    every = {**BANDS, "all codes": (0.8, "at least .8: reliable")}
    for code, (alpha, band) in every.items():
        shared: dict[str, Any] = {"unit": "decisions", "n": 304, "note": f"{band}; 152 paragraphs, 2 coders"}
        yield row(year, "agreement", code, "alpha", alpha, **between(alpha, 0.08), **shared)
        for name in ("ac1", "cohen_kappa", "positive_agreement", "negative_agreement", "percent_agreement",
                     "prevalence"):  # fmt: skip
            yield row(year, "agreement", code, name, 0.85, unit="decisions", n=304)
    why = "undefined because no coder used the code in an interview that two or more coders coded"
    yield row(year, "agreement", "funding", "alpha", None, status="undefined", note=why, unit="decisions")


def saturation(year: int, reached: bool = True) -> Iterator[Row]:
    for name, value in (("in_base", 9.0), ("in_all", 12.0), ("new_in_last_run", 0.0)):
        yield row(year, "saturation", "codes", name, value)
    for measure in ("5 % new information", "0 % new information"):
        if reached:
            yield row(year, "saturation", measure, "interviews", 6.0, note="6 + 2 interviews")
        else:
            why = "undefined because it is not reached within 23 interviews"
            yield row(year, "saturation", measure, "interviews", None, status="undefined", note=why)
        yield row(year, "saturation", measure, "interviews_over_orders", 5.7)
        yield row(year, "saturation", measure, "orders_reaching", 0.93)


def together(year: int) -> Iterator[Row]:
    pairs = [(one, other) for i, one in enumerate(CODES) for other in CODES[i + 1 :]]
    pairs += [("lack of time", f"further code {chr(97 + i)}") for i in range(8)]
    for place, (one, other) in enumerate(pairs):
        if place == 1:
            for name in ("count", "jaccard", "expected"):
                yield row(year, "co_occurrence", one, name, None, category=other, **FEW)
            continue
        for name, value in (("count", 14.0 - place % 7), ("jaccard", 0.5), ("expected", 9.5)):
            yield row(year, "co_occurrence", one, name, value, category=other)
    for name, value in (("count", 6.0), ("paragraphs", 8.0), ("expected", 3.2), ("jaccard", 0.2)):
        yield row(year, "co_occurrence_in_paragraphs", "lack of time", name, value, category="trust")


def rows() -> list[Row]:
    """Two years of one source, and what it is held against."""
    made = [one for year in (2024, 2025) for one in (*themes(year), *agreement(year), *saturation(year))]
    return [*made, *differences(2025), *two_sources(2025), *together(2025)]


def curves() -> dict[str, pd.DataFrame]:
    """As the pipeline makes them, after disclosure."""
    heard = [
        {"source": SOURCE, "year": year, "interview": k, "new": 0, "total": min(12, 4 + k), "ratio": None,
         "mean_total": 10.0, "low_total": min(12, 2 + k), "high_total": min(12, 6 + k), "suppressed": False}
        for year in (2024, 2025) for k in range(1, 24)
    ]  # fmt: skip
    book = [
        ("obstacles", "", "What stands in the way.", 1, 0, 0),
        ("lack of time", "obstacles", "Too little time <b>of anybody</b>.", 2, 18, 25),
        ("trust", "", "", 1, 3, 4),
    ]
    columns = ["code", "parent", "definition", "depth", "interviews", "segments"]
    changed = [
        ("hours", "lack of time", "renamed", "marked", "two words for one"),
        ("funding", "", "new", "no", ""),
    ]
    asked = [(i.number, i.name, i.domain, i.asks, "", "") for i in ITEMS]
    coreq = pd.DataFrame(asked, columns=["item", "name", "domain", "asks", "study", "records"])
    coreq.loc[coreq["name"] == "interviewer", "study"] = "Two researchers."
    coreq.loc[coreq["name"] == "sample_size", "records"] = "operators: 23 interviews"
    return {
        "saturation": pd.DataFrame(heard),
        "codebook": pd.DataFrame(book, columns=columns).assign(source=SOURCE, year=2025),
        "codebook_changes": pd.DataFrame(
            changed, columns=["code", "was", "change", "comparable", "note"]
        ).assign(source=SOURCE, year=2025),
        "coreq": coreq,
    }
