"""Figures of gatherings, sessions and the platform: which results or curves each shows.

A curve is no row of the results; every mark of it carries the id of the result that sums its curve up.
Imports canvas, chosen, drawing, engagement_curves, formats, specs, view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.render import drawing, formats
from ksn_research.render import engagement_curves as draw
from ksn_research.render.canvas import marks
from ksn_research.render.chosen import frame, mark
from ksn_research.render.formats import Result
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View

ALL = "all gatherings"
BANDS = "Bands are 95 % confidence intervals."
FEW = "Steps that would rest on too few people are not drawn."
COLUMNS = ["year", "kind", "curve", "days", "month", "share", "low", "high", "n", "suppressed"]


def coming_again(seen: View, _spec: FigureSpec) -> pd.DataFrame:
    """The newest year's curves of coming again, of the kinds of gathering with most people."""
    curve = _curve(seen, "attendance_retention")
    curve = curve[(curve["curve"] == "came again") & (curve["year"] == curve["year"].max())]
    told = {(row["measure"], row["year"]): row
            for row in _sums(seen, "coming_again") if row["status"] == "published"}  # fmt: skip
    kinds = [kind for kind in dict.fromkeys(curve["kind"]) if kind != ALL] or [ALL]
    size = {kind: float(told[kind, seen.year]["n"]) for kind in kinds if (kind, seen.year) in told}
    kinds = sorted(size, key=lambda kind: (-size[kind], kind))[: draw.MOST]
    made = [
        _point(seen, told[point.kind, point.year], point, float(point.days),
               label=seen.measure(point.kind, "attendance"), series=f"{point.days:.0f} days")
        for kind in kinds
        for point in marks(curve[(curve["kind"] == kind) & ~curve["suppressed"]])
        if (point.kind, point.year) in told
    ]  # fmt: skip
    return frame(made, "time")


def lasting(seen: View, _spec: FigureSpec) -> pd.DataFrame:
    """The curves of members not yet quiet, a line per year of joining."""
    told = {row["year"]: row for row in _sums(seen, "lasting", measure="activity")
            if row["status"] == "published"}  # fmt: skip
    curve = _curve(seen, "lasting")
    made = []
    for point in marks(curve[~curve["suppressed"]]):
        if point.year in told:
            about = {"label": f"Joined in {point.year}", "series": f"month {point.month:.0f}"}
            made.append(_point(seen, told[point.year], point, float(point.month), **about))
    return frame(made, "time")


def cohorts(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """The edition's year's cohorts: a mark per cohort and month since joining, in order of time. What is not
    yet over has no result and no mark."""
    rows = seen.rows(**spec.where, year=seen.year)
    ordered = sorted(rows, key=lambda row: (row["level"], _length(str(row["category"]))))
    made = [
        {**mark(seen, spec, row), "newest": True, "time": float(_length(str(row["category"])))}
        for row in ordered
    ]
    return frame(made, "time")


def _curve(seen: View, name: str) -> pd.DataFrame:
    found = seen.publishable.curves.get(name, pd.DataFrame()).reindex(columns=COLUMNS)
    return found.assign(suppressed=found["suppressed"].fillna(False).astype(bool))


def _sums(seen: View, analysis: str, **more: Any) -> Iterator[Result]:
    """Of each year and measure the results that sum a curve up, the last the one that is kept."""
    rows = seen.rows(analysis=analysis, statistic="share", group="", **more)
    yield from sorted(rows, key=lambda row: _length(str(row["category"])))


def _length(category: str) -> int:
    """The number that a category names: "within 90 days", "month 6"."""
    return int("".join(letter for letter in category if letter.isdigit()) or 0)


def _point(seen: View, row: Result, point: Any, time: float, **more: Any) -> dict[str, Any]:
    """A mark of a curve where it may be shown, with the id of the result that sums the curve up."""
    short = formats.number(float(point.share), "percent", unit=False)
    return {
        "block": "",
        "remark": "",
        "source": seen.label(row["source"]),
        "wave": seen.words(row, "wave"),
        "text": formats.number(float(point.share), "percent"),
        "short": short.replace("under ", "<").replace("over ", ">"),
        "published": True,
        "newest": row["year"] == seen.year,
        "key": (),
        "origin": str(row["source"]),
        "estimate": point.share,
        "ci_low": point.low,
        "ci_high": point.high,
        "n": point.n,
        "status": "published",
        "kind": "percent",
        "id": row["id"],
        "time": time,
        **more,
    }


def cohort_words(data: pd.DataFrame) -> str:
    """The alternative text: the cohorts, the highest and lowest shares, and how much is hidden."""
    shown = data[data["published"].astype(bool)].sort_values("estimate", ascending=False, kind="stable")
    ends = (("Highest", shown.head(3)), ("Lowest", shown.iloc[3:][::-1].head(3)))
    said = [
        f"{name}: {', '.join(f'{row.label}, month {row.time:.0f}: {row.text}' for row in marks(some))}."
        for name, some in ends
        if len(some)
    ]
    names = ", ".join(dict.fromkeys(data["label"]))
    return (
        f"Heat map, cohorts down ({names}) and months since joining across. Of {len(data)} cells "
        f"{len(data) - len(shown)} are suppressed. {' '.join(said)} The others stand in the data of this "
        "figure."
    )


ENGAGEMENT_FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(
        "coming_again",
        "engagement",
        "Coming again to a gathering of the same kind",
        "Share that came again",
        "coming_again",
        {"analysis": "coming_again", "statistic": "share"},
        "measure",
        draw.days,
        form="Line chart",
        bars=f"{BANDS} {FEW}",
        choose=coming_again,
    ),
    FigureSpec(
        "ratings",
        "engagement",
        "Ratings of sessions, quarter by quarter",
        "Mean rating",
        "sessions",
        {"analysis": "rating_trend", "statistic": "mean", "group": ""},
        "category",
        draw.quarters,
        form="Line chart",
        apart=("source",),
    ),
    FigureSpec(
        "monthly_active_members",
        "engagement",
        "Members active on the platform, month by month",
        "People",
        "activity",
        {"analysis": "activity", "measure": "monthly_active_members", "statistic": "people", "group": ""},
        "category",
        drawing.course,
        form="Line chart",
    ),
    FigureSpec(
        "lasting",
        "engagement",
        "Members who have not yet gone quiet, by months since joining",
        "Share not yet quiet",
        "retention",
        {"analysis": "lasting", "statistic": "share"},
        "wave",
        draw.months,
        form="Line chart",
        bars=f"{BANDS} {FEW}",
        choose=lasting,
    ),
    FigureSpec(
        "cohorts",
        "engagement",
        "Members active on the platform, by when they joined",
        "Share active",
        "retention",
        {"analysis": "retention", "measure": "activity", "statistic": "share", "group": "cohort"},
        "level",
        draw.cohorts,
        series="category",
        form="Heat map",
        newest=True,
        bars="A cell is of those of the cohort who had been members so long by the end of the year; blank: "
        "nobody.",
        hidden="Hatched, s: suppressed.",
        choose=cohorts,
        alt=cohort_words,
    ),
    FigureSpec(
        "views",
        "engagement",
        "Views by week after the gathering",
        "Views",
        "funnel",
        {
            "analysis": "funnel",
            "statistic": "views",
            "group": "",
            "category": [f"week {n:02d}" for n in range(1, 13)],
        },
        "category",
        draw.weeks,
        form="Column chart",
        newest=True,
        apart=("measure",),
        bars="",
        hidden="s: suppressed, not drawn.",
    ),
)
