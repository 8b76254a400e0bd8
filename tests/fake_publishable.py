"""A realistic edition that has passed disclosure, made by hand: two years, every kind of row and of mark."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.results import Row, collect

REGIONS = ("Cape and Islands", "Central", "Metro West", "North Shore", "Pioneer Valley and Berkshires")
TYPES = ("Company", "Nonprofit", "Public body", "University or college")
SCALES = ("trust", "donating", "collecting", "belonging", "outcomes")
CODES = (
    "matching",
    "funding",
    "time",
    "trust_building",
    "peer_learning",
    "space",
    "recruiting_mentors_across_regions",
)
LABELS = {
    "member_survey": "Member survey",
    "network_survey": "Network survey",
    "operators": "Interviews with workspace operators",
    "attendance": "Attendance sheets",
    "platform": "Platform activity",
    "trust": "Trust and safety",
    "donating": "Knowledge given",
    "collecting": "Knowledge received",
    "belonging": "Belonging to the network, across regions and kinds of organisation",
    "outcomes": "Outcomes <script>alert('x')</script> & practice",
    "valuable": "Finds the network valuable or very valuable",
    "people": "people",
    "advice": "advice",
    "joint": "joint programmes",
    "trust_building": "Building trust",
    "recruiting_mentors_across_regions": "Recruiting mentors across regions and where there are few of them",
    "easy": "The network makes it easy to find someone who knows",
    "easy.5": "Strongly agree",
    "easy.1": "Strongly disagree",
    "C01": "Circle of the First Hour",
    "C02": "Rural <b>mentors</b>",
    "C03": "Small circle",
}


def _row(**values: Any) -> Row:
    base: dict[str, Any] = {"n": 100, "unit": "people", "method": "", "people": 50, "organisations": 20}
    return Row(**{**base, **values})


def _interval(estimate: float, half: float) -> dict[str, float]:
    return {"estimate": estimate, "ci_low": estimate - half, "ci_high": estimate + half, "se": half / 1.96}


def survey(year: int, bump: float) -> list[Row]:
    common: dict[str, Any] = {"year": year, "source": "member_survey"}
    rows = [
        _row(
            **common,
            analysis="response",
            measure="response",
            statistic="rate",
            n=214,
            population=351,
            method="respondents of the roster; Wilson interval",
            **_interval(0.61 + bump, 0.03),
        ),
        _row(
            **common,
            analysis="response",
            measure="response",
            statistic="respondents",
            estimate=214,
            method="respondents of the roster",
        ),
    ]
    for i, region in enumerate(REGIONS):
        hidden = i == 0 and year == 2024
        rows.append(
            _row(
                **common,
                analysis="response",
                measure="response",
                statistic="rate",
                group="region",
                level=region,
                n=None if hidden else 30 + 7 * i,
                population=None if hidden else 60 + 9 * i,
                method="respondents of the roster; Wilson interval",
                status="suppressed" if hidden else "published",
                note="fewer than 5 people" if hidden else "",
                **({"estimate": None} if hidden else _interval(0.34 + 0.09 * i + bump, 0.11)),
            )
        )
    for i, scale in enumerate(SCALES):
        rows += [
            _row(
                **common,
                analysis="scales",
                measure=scale,
                statistic="mean",
                n=205,
                method="mean of item means; t interval",
                **_interval(3.2 + 0.17 * i + bump * 3, 0.11),
            ),
            _row(
                **common,
                analysis="scales",
                measure=scale,
                statistic="sd",
                n=205,
                estimate=0.71,
                method="standard deviation, n - 1",
            ),
            _row(
                **common,
                analysis="scales",
                measure=scale,
                statistic="alpha",
                n=190,
                method="Cronbach's alpha; Feldt interval",
                **_interval(0.83, 0.03),
            ),
        ]
        if i == 1:
            rows.append(
                _row(
                    **common,
                    analysis="scales",
                    measure=scale,
                    statistic="icc1",
                    n=140,
                    estimate=None,
                    status="undefined",
                    note="no variation",
                    method="ICC(1), one-way",
                )
            )
        else:
            rows.append(
                _row(
                    **common,
                    analysis="scales",
                    measure=scale,
                    statistic="icc1",
                    n=140,
                    estimate=0.17,
                    method="ICC(1), one-way",
                )
            )
        rows += (
            [
                _row(
                    **common,
                    analysis="scales",
                    measure=scale,
                    statistic="mean",
                    group="region",
                    level=region,
                    n=21 + j,
                    method="mean of item means; t interval",
                    **_interval(3.3 + 0.1 * j + bump, 0.31),
                )
                for j, region in enumerate(REGIONS)
            ]
            if scale == "trust"
            else []
        )
    rows.append(
        _row(
            **common,
            analysis="shares",
            measure="valuable",
            statistic="share",
            n=201,
            count=140,
            binary=True,
            method="of those who gave a substantive answer; Wilson interval",
            **_interval(0.69 + bump, 0.06),
        )
    )
    for choice, share in (("1", 0.004), ("5", 0.45)):
        rows.append(
            _row(
                **common,
                analysis="answers",
                measure="easy",
                category=choice,
                statistic="share",
                n=201,
                method="of all who answered; Wilson interval",
                **_interval(share, 0.003),
            )
        )
    rows.append(
        _row(
            **common,
            analysis="answers",
            measure="easy",
            statistic="answered",
            estimate=201,
            method="answered",
        )
    )
    return rows


def changes() -> list[Row]:
    common: dict[str, Any] = {
        "year": 2025,
        "source": "member_survey",
        "analysis": "change",
        "method": "difference of means, Welch; Holm-adjusted p",
    }
    rows = []
    for i, scale in enumerate(SCALES):
        if scale == "belonging":
            rows.append(
                _row(
                    **common,
                    measure=scale,
                    statistic="difference",
                    estimate=None,
                    status="not comparable",
                    note="question reworded in 2025",
                )
            )
            continue
        rows.append(
            _row(
                **common,
                measure=scale,
                statistic="difference",
                p=0.0004 if i == 0 else 0.31,
                p_adjusted=0.0016 if i == 0 else 0.62,
                **_interval(0.24 - 0.08 * i, 0.12 if i == 0 else 0.18),
            )
        )
        rows.append(
            _row(
                **common,
                measure=scale,
                statistic="difference_same_members",
                n=88,
                **_interval(0.2 - 0.08 * i, 0.14),
            )
        )
    rows.append(_row(**common, measure="valuable", statistic="difference", p=0.2, **_interval(0.04, 0.06)))
    rows.append(
        _row(
            **{
                **common,
                "analysis": "participation",
                "method": "came to a gathering minus the others; Welch",
            },
            measure="trust",
            statistic="difference",
            p=0.012,
            **_interval(0.3, 0.2),
        )
    )
    rows.append(
        _row(
            **{**common, "analysis": "participation", "method": "Hedges' g"},
            measure="trust",
            statistic="hedges_g",
            **_interval(0.41, 0.27),
        )
    )
    return rows


def gatherings(year: int, bump: float) -> list[Row]:
    common: dict[str, Any] = {"year": year, "source": "attendance"}
    rows = []
    for i, kind in enumerate(("all gatherings", "session", "social", "lunch-and-learn", "mentoring day")):
        values = {
            "events": 40 - 8 * i,
            "attendances": 1240 - 250 * i + 900 * bump,
            "people": 300 - 40 * i,
            "mean_per_event": 31.0,
            "mean_per_person": 4.133,
        }
        rows += [
            _row(
                **common,
                analysis="attendance",
                measure=kind,
                statistic=name,
                estimate=float(value),
                unit="events",
                method="attendance sheets as kept",
            )
            for name, value in values.items()
        ]
        rows += [
            _row(
                **common,
                analysis="came_as",
                measure=kind,
                category=role,
                statistic="share",
                method="of attendances",
                n=1240 - 250 * i,
                **_interval(share, 0.02),
            )
            for role, share in (("current", 0.7), ("alumni", 0.18), ("guest", 0.12))
        ]
    rows += [
        _row(
            **common,
            analysis="reach",
            measure="people",
            statistic="share",
            n=351,
            method="of the roster",
            **_interval(0.71 + bump, 0.02),
        )
    ]
    rows += [
        _row(
            **common,
            analysis="reach",
            measure="people",
            group="region",
            level=region,
            statistic="share",
            n=60 + i,
            method="of the roster",
            **_interval(0.5 + 0.08 * i + bump, 0.08),
        )
        for i, region in enumerate(REGIONS)
    ]
    rows.append(
        _row(
            **common,
            analysis="conversion",
            measure="guest_to_member",
            statistic="share",
            n=41,
            method="guests whose code is a member's",
            **_interval(0.22, 0.11),
        )
    )
    return rows


def platform(year: int, bump: float) -> list[Row]:
    common: dict[str, Any] = {"year": year, "source": "platform", "analysis": "activity"}
    months = [
        _row(
            **common,
            measure="monthly_active_members",
            category=f"{year}-{month:02d}",
            statistic="people",
            estimate=None if month == 8 else float(80 + 4 * month + 300 * bump),
            status="suppressed" if month == 8 else "published",
            note="fewer than 5 people" if month == 8 else "",
            method="distinct members with any event",
        )
        for month in range(1, 13)
    ]
    return [
        *months,
        _row(
            **common,
            measure="active_members",
            statistic="people",
            estimate=244.0,
            method="distinct members with any event",
        ),
        _row(
            **common,
            measure="active_members",
            statistic="share",
            n=351,
            method="of the roster",
            **_interval(0.69, 0.03),
        ),
        _row(
            **common,
            measure="participation",
            statistic="gini",
            estimate=0.612,
            n=244,
            method="Gini of events per active member",
        ),
        _row(
            **common,
            measure="participation",
            statistic="top_tenth_share",
            estimate=0.47,
            n=244,
            method="events of the busiest tenth",
        ),
        _row(
            **common,
            measure="replies",
            statistic="reciprocity",
            estimate=0.41,
            n=1800,
            unit="ties",
            method="replying ordered pairs that are returned",
        ),
        *[
            _row(
                **{**common, "analysis": "retention"},
                measure="activity",
                category=f"month {m}",
                statistic="share",
                n=60,
                method="of those who joined",
                **_interval(0.9 - 0.06 * m, 0.08),
            )
            for m in (1, 3, 6)
        ],
    ]


def network(year: int, bump: float) -> list[Row]:
    rows = []
    for k, relation in enumerate(("advice", "joint")):
        common: dict[str, Any] = {
            "year": year,
            "source": "network_survey",
            "measure": relation,
            "unit": "organisations",
            "n": 97,
        }
        values = {
            "nodes": 120,
            "respondents": 97,
            "ties": 812 - 300 * k,
            "density_low": 0.058,
            "density_high": 0.091,
            "reciprocity": 0.38,
            "mean_in_degree": 6.77,
            "in_degree_centralisation": 0.12,
            "isolates": 2,
        }
        rows += [
            _row(
                **common,
                analysis="network",
                statistic=name,
                estimate=float(value),
                method="respondents' nominations",
            )
            for name, value in values.items()
        ]
        rows.append(
            _row(
                **common,
                analysis="network",
                statistic="density",
                method="observed ties / (respondents x (N - 1)); vertex bootstrap",
                **_interval(0.0703 - 0.02 * k + bump / 10, 0.006),
            )
        )
        for group, levels in (("region", REGIONS), ("type", TYPES)):
            rows.append(
                _row(
                    **common,
                    analysis="mixing",
                    group=group,
                    statistic="e_i_index",
                    p=0.0002,
                    method="permutation of labels",
                    **_interval(0.22 + 0.1 * k, 0.05),
                )
            )
            rows.append(
                _row(
                    **common,
                    analysis="mixing",
                    group=group,
                    statistic="e_i_expected",
                    estimate=0.61,
                    method="mean over permutations",
                )
            )
            rows.append(
                _row(
                    **common,
                    analysis="mixing",
                    group=group,
                    statistic="within_share",
                    estimate=0.39,
                    method="of ties with known ends",
                )
            )
            rows += [
                _row(
                    **common,
                    analysis="mixing",
                    group=group,
                    category=f"{a} > {b}",
                    statistic="ties",
                    estimate=None if i == j == 0 else float(12 * (i == j) * 4 + 7 * i + 3 * j),
                    status="suppressed" if i == j == 0 else "published",
                    note="fewer than 3 organisations" if i == j == 0 else "",
                    method="nominations",
                )
                for i, a in enumerate(levels)
                for j, b in enumerate(levels)
            ]
        if year == 2025:
            more = {
                "kept": 402,
                "dissolved": 301,
                "created": 410,
                "jaccard": 0.361,
                "density_difference": 0.0041,
            }
            rows += [
                _row(
                    **common,
                    analysis="network_change",
                    statistic=name,
                    estimate=float(value),
                    method="both years' respondents",
                )
                for name, value in more.items()
            ]
            rows.append(
                _row(
                    **common,
                    analysis="co_attendance",
                    statistic="risk_co_attending",
                    estimate=0.031,
                    method="pairs at one social",
                )
            )
            rows.append(
                _row(
                    **common,
                    analysis="co_attendance",
                    statistic="risk_others",
                    estimate=0.0099,
                    method="other pairs",
                )
            )
            rows.append(
                _row(
                    **common,
                    analysis="co_attendance",
                    statistic="risk_ratio",
                    p=0.004,
                    method="permutation",
                    **_interval(3.13, 1.1),
                )
            )
    return rows


def interviews(year: int) -> list[Row]:
    common: dict[str, Any] = {"year": year, "source": "operators", "unit": "interviews"}
    rows = []
    for i, code in enumerate(CODES):
        count = 18 - 2 * i
        rows.append(
            _row(
                **common,
                analysis="themes",
                measure=code,
                statistic="count",
                estimate=float(count),
                n=23,
                exempt="whole-sample theme count",
                method="interviews with the code",
            )
        )
        rows.append(
            _row(
                **common,
                analysis="themes",
                measure=code,
                statistic="share",
                n=23,
                method="Wilson interval",
                **_interval(count / 23, 0.15),
            )
        )
        rows.append(
            _row(
                **common,
                analysis="agreement",
                measure=code,
                statistic="alpha",
                n=120,
                **_interval(0.81 - 0.05 * i, 0.1),
                method="Krippendorff's alpha, nominal, per paragraph",
            )
        )
        rows += [
            _row(
                **common,
                analysis="themes",
                measure=code,
                group="operator_type",
                level=kind,
                statistic="count",
                estimate=None if kind == "Company" else float(max(0, 6 - i)),
                n=None if kind == "Company" else 7,
                status="suppressed" if kind == "Company" else "published",
                note="fewer than 5 people" if kind == "Company" else "",
                method="interviews with the code",
            )
            for kind in TYPES
        ]
    return rows


def single_circles() -> list[Row]:
    rows = []
    rng = np.random.default_rng(3)
    for c in range(1, 13):
        circle, n = f"C{c:02d}", {3: 3}.get(c, 5 + c % 7)
        common: dict[str, Any] = {
            "year": 2025,
            "source": "circle_feedback",
            "group": "circle",
            "level": circle,
        }
        hidden = n < 5
        for item in ("safe_1", "safe_2", "useful", "again"):
            state: dict[str, Any] = (
                {"status": "suppressed", "note": "fewer than 5 people", "n": None} if hidden else {"n": n}
            )
            for statistic, estimate in (
                ("mean", round(float(rng.uniform(3, 5)), 2)),
                ("share_positive", float(rng.integers(0, n + 1)) / n),
            ):
                rows.append(
                    _row(
                        **common,
                        analysis="circle_items",
                        measure=item,
                        statistic=statistic,
                        estimate=None if hidden else estimate,
                        method="of those who answered",
                        **state,
                    )
                )
        rows.append(
            _row(
                **common,
                analysis="circle_items",
                measure="response",
                statistic="respondents",
                estimate=None if hidden else float(n),
                population=n + 3,
                method="answers",
                status="suppressed" if hidden else "published",
                note="fewer than 5 people" if hidden else "",
                n=None if hidden else n,
            )
        )
        where: dict[str, Any] = {
            **common,
            "source": "attendance",
            "analysis": "circle_attendance",
            "measure": "sessions",
            "method": "members at each session",
        }
        rows += [
            _row(**where, statistic="mean_share", estimate=0.74, n=8),
            _row(**where, statistic="events", estimate=8.0, n=8),
        ]
    return rows


def everything() -> list[Row]:
    rows: list[Row] = []
    for year, bump in ((2024, 0.0), (2025, 0.05)):
        rows += [
            *survey(year, bump),
            *gatherings(year, bump),
            *platform(year, bump),
            *network(year, bump),
            *interviews(year),
        ]
        for group, levels in (("", ("",)), ("region", REGIONS), ("type", TYPES)):
            rows += [
                _row(
                    year=year,
                    source="people",
                    analysis="population",
                    measure="people",
                    group=group,
                    level=level,
                    statistic="count",
                    estimate=351.0 if not level else 70.0,
                    n=351,
                    method="roster",
                )
                for level in levels
            ]
        rows.append(
            _row(
                year=year,
                source="member_survey",
                analysis="rows",
                measure="rows",
                statistic="read",
                estimate=231.0,
                n=231,
                unit="rows",
                method="rows of the file",
            )
        )
        rows.append(
            _row(
                year=year,
                source="member_survey",
                analysis="rows",
                measure="rows",
                statistic="used",
                estimate=214.0,
                n=231,
                unit="rows",
                method="rows of the file",
            )
        )
        rows.append(
            _row(
                year=year,
                source="member_survey",
                analysis="rows",
                measure="rows",
                category="blank row",
                statistic="set_aside",
                estimate=17.0,
                n=231,
                unit="rows",
                method="rows of the file",
            )
        )
    return [*rows, *changes()]


def publishable(
    rows: list[Row] | None = None, circles: list[Row] | None = None, **changed: Any
) -> Publishable:
    """The whole fake edition, or one of the given rows only."""
    study = StudyInfo(
        name="fake",
        title="A Network & its Members",
        publisher="The Institute",
        year=2025,
        headline=(
            "member_survey.trust",
            "member_survey.donating",
            "member_survey.belonging",
            "member_survey.valuable",
            "network_survey.advice",
            "attendance.people",
            "member_survey.absent",
        ),
        people=5,
        organisations=3,
    )
    dates = pd.to_datetime([f"2025-{month:02d}-11" for month in range(1, 9)])
    curve = pd.DataFrame(
        [
            {
                "year": 2025,
                "circle": f"C{c:02d}",
                "event": f"E{c:02d}{i}",
                "date": date,
                "came": 9 - (i * c) % 5,
                "members": 10,
            }
            for c in range(1, 13)
            for i, date in enumerate(dates)
        ]
    )
    values: dict[str, Any] = {
        "study": study,
        "results": collect(everything() if rows is None else rows).results,
        "circles": collect(single_circles() if circles is None else circles).results,
        "curves": {"circle_attendance": curve},
        "labels": LABELS,
        "waves": pd.DataFrame(
            {
                "source": ["member_survey", "video"],
                "label": ["Member survey", "Videos"],
                "kind": ["survey", "records"],
                "waves": ["2024, 2025", ""],
                "collected": [True, False],
            }
        ),
        "findings": pd.DataFrame(
            {
                "severity": ["warn"],
                "source": ["member_survey"],
                "problem": ["an answer is not among the choices"],
                "remedy": ["add it to the crosswalk"],
                "count": [3],
            }
        ),
        "earlier": collect([]).results,
        **changed,
    }
    return Publishable(**values)
