"""A realistic edition that has passed disclosure, made by hand: two years, every kind of row and of mark."""

from __future__ import annotations

from typing import Any

import fake_engagement
import fake_interviews
import fake_network
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
AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
LABELS = {
    "member_survey": "Member survey",
    "network_survey": "Network survey",
    "operators": "Interviews with workspace operators",
    "attendance": "Attendance sheets",
    "platform": "Platform activity",
    "sheets": "Session sheets",
    "thanks": "Thanks given",
    "views": "Views of videos",
    "analyses.day": "The mentoring day",
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
    **{
        f"{q}/{i}": word
        for q in ("trust_1", "trust_2", "trust_3", "donating_1")
        for i, word in enumerate(AGREE, 1)
    },
    "trust_1/dont_know": "Don't know",
    "trust_2/dont_know": "Don't know",
    "trust_3/dont_know": "Don't know",
    **{f"easy/{i}": word for i, word in enumerate(("Never", "Seldom", "Often", "Always"), 1)},
    "trust_1": "I can say that something went wrong without it being held against me, whoever is in the room",
    "trust_2": "I think twice",
    "trust_3": "What is said among us stays among us",
    "analyses.regions": "Regions compared",
    "analyses.support": "Members of peer support groups and others",
    "analyses.mentoring": "Mentees of group mentoring",
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
    rows += answered(year)
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


# Shares of the choices, the lowest first; None: suppressed; what comes after the points is no opinion.
ANSWERED: dict[str, tuple[float | None, ...]] = {
    "trust_1": (0.02, 0.03, 0.25, 0.4, 0.3, 0.05),
    "trust_2": (None, 0.4, 0.3, 0.1, None, 0.0),
    "trust_3": (None, None, None, None, None, None),
    "donating_1": (0.1, 0.2, 0.3, 0.2, 0.2),
    "easy": (0.004, 0.1, 0.446, 0.45),
}
SCALE_OF = {"trust_1": "trust", "trust_2": "trust", "trust_3": "trust", "donating_1": "donating", "easy": ""}


def answered(year: int) -> list[Row]:
    """Answers to ordered questions of five and of four points, some hidden, some with don't know."""
    rows = []
    for question, shares in ANSWERED.items():
        points = 4 if question == "easy" else 5
        bases = ("share", "share_substantive") if len(shares) > points else ("share",)
        for place, share in enumerate(shares):
            for base in bases if place < points else ("share",):
                rows.append(
                    _row(
                        year=year,
                        source="member_survey",
                        analysis="answers",
                        measure=question,
                        category=str(place + 1) if place < points else "dont_know",
                        statistic=base,
                        n=None if share is None else 201 if base == "share" else 191,
                        method="of all who answered; Wilson interval",
                        status="suppressed" if share is None else "published",
                        note="fewer than 5 people in the cell" if share is None else "",
                        **({"estimate": None} if share is None else _interval(share, 0.003)),
                    )
                )
    return rows


def choices() -> pd.DataFrame:
    """The table behind the figure of answers, as `analyse.survey.choices` makes it."""
    return pd.DataFrame(
        [
            {
                "source": "member_survey",
                "year": year,
                "wave": "",
                "scale": SCALE_OF[question],
                "reversed": question == "trust_2",
                "question": question,
                "choice": str(place + 1) if place < (4 if question == "easy" else 5) else "dont_know",
                "place": place if place < (4 if question == "easy" else 5) else pd.NA,
                "opinion": place < (4 if question == "easy" else 5),
            }
            for year in (2024, 2025)
            for question, shares in ANSWERED.items()
            for place in range(len(shares))
        ]
    )


def roster() -> list[Row]:
    """What holds for everyone on the roster: estimates with their bounds, weights."""
    common: dict[str, Any] = {"year": 2025, "source": "member_survey", "analysis": "roster"}
    note = "if those who did not answer resemble those who did"
    levels = [("", ""), *(("region", r) for r in REGIONS), *(("type", t) for t in TYPES)]
    rows = []
    for measure, statistic, value in (("trust", "mean", 3.3), ("valuable", "share", 0.7)):
        for place, (group, level) in enumerate(levels):
            at = {**common, "measure": measure, "group": group, "level": level, "population": 70 + place,
                  "n": 40 + place}  # fmt: skip
            if level == "Central":
                rows.append(_row(**at, statistic=statistic, estimate=None, status="suppressed",
                                 note="fewer than 5 people"))  # fmt: skip
                continue
            rows += [
                _row(**at, statistic=statistic, note=note, method="raked mean; linearised, with FPC",
                     **_interval(value + 0.01 * place, 0.04)),
                _row(**at, statistic="lowest", estimate=value - 0.3, method="all others lowest"),
                _row(**at, statistic="highest", estimate=value + 0.2, method="all others highest"),
            ]  # fmt: skip
    weights = {"kish_deff": 1.21, "effective_n": 177.0, "smallest": 0.6, "largest": 2.4, "trimmed": 0.0}
    return rows + [
        _row(year=2025, source="member_survey", analysis="weights", measure="weights", statistic=name,
             estimate=value, n=214, method="relative to the mean weight")
        for name, value in weights.items()
    ]  # fmt: skip


def comparisons() -> list[Row]:
    """Groups against the others, members of something against the others, people in groups."""
    common: dict[str, Any] = {"year": 2025, "source": "member_survey"}
    rows = []
    for measure, overall in (("trust", "kruskal_h"), ("valuable", "rao_scott_f")):
        at = {**common, "analysis": "groups", "measure": measure, "category": "regions", "group": "region"}
        rows.append(_row(**at, statistic=overall, estimate=7.31, p=0.12, p_adjusted=0.24, method="overall"))
        for i, region in enumerate(REGIONS):
            effect = 0.21 - 0.1 * i
            rows.append(
                _row(**at, level=region, statistic="difference", p=0.03 + 0.1 * i, p_adjusted=0.3,
                     method="design-adjusted t; Holm over 12 tests", **_interval(effect, 0.17))
            )  # fmt: skip
            if measure == "trust":
                rows += [_row(**at, level=region, statistic=name, method=name, **_interval(effect, 0.2))
                         for name in ("hedges_g", "cliffs_delta")]  # fmt: skip
    at = {**common, "analysis": "adjusted", "measure": "outcomes", "category": "support",
          "note": "who took part was not drawn by lot"}  # fmt: skip
    for name, value in (
        ("difference", 0.4),
        ("difference_adjusted", 0.28),
        ("hedges_g", 0.5),
        ("dose", 0.041),
    ):
        rows.append(_row(**at, statistic=name, p=0.01, p_adjusted=0.02, method=name, **_interval(value, 0.2)))
    at = {**common, "source": "mentoring_groups", "analysis": "nested", "measure": "mentoring"}
    for name, value in (("change", 0.6), ("icc1", 0.21), ("met", 0.71)):
        rows.append(_row(**at, statistic=name, method=f"mixed model, {name}", **_interval(value, 0.1)))
    return rows


def reliabilities() -> list[Row]:
    """Further coefficients, item analysis, invariance and waves of a few scales."""
    common: dict[str, Any] = {"year": 2025, "source": "member_survey"}
    at = {**common, "analysis": "scales", "measure": "trust"}
    values = {"omega": 0.84, "icc2": 0.71, "rwg": 0.8, "ordinal_alpha": 0.86}
    rows = [_row(**at, statistic=n, method=n, **_interval(v, 0.05)) for n, v in values.items()]
    rows.append(_row(**{**at, "measure": "donating"}, statistic="spearman_brown", method="two items",
                     **_interval(0.7, 0.1)))  # fmt: skip
    for item in ("trust_1", "trust_2", "trust_3"):
        values = {"item_total": 0.5, "alpha_if_dropped": 0.8, "floor": 0.03, "ceiling": 0.3, "missing": 0.01}
        rows += [_row(**at, category=item, statistic=n, estimate=v, method=n) for n, v in values.items()]
    fits = {"configural": {"chi_squared": 85.3, "cfi": 0.951, "rmsea": 0.061},
            "metric": {"chi_squared": 92.8, "cfi": 0.949, "rmsea": 0.06, "cfi_change": -0.002,
                       "rmsea_change": -0.001}}  # fmt: skip
    at = {**common, "analysis": "invariance", "measure": "trust"}
    rows += [_row(**at, category=model, statistic=n, estimate=v, method="one factor, maximum likelihood")
             for model, fit in fits.items() for n, v in fit.items()]  # fmt: skip
    rows.append(_row(**{**at, "measure": "donating"}, category="metric", statistic="cfi", estimate=None,
                     status="undefined", note="not tested: n below 100"))  # fmt: skip
    at = {**common, "analysis": "waves", "measure": "trust", "note": "drop-out explained by earlier answers"}
    for category, shift in (("2024", 0.0), ("2025", 0.2)):
        values = {"mean_modelled": 3.4 + shift} | ({"change_modelled": shift, "change_complete": shift + 0.05,
                  "change_shifted": shift - 0.08, "drop_out_difference": -0.11} if shift else {})  # fmt: skip
        rows += [_row(**at, category=category, statistic=n, method="mixed model", **_interval(v, 0.1))
                 for n, v in values.items()]  # fmt: skip
    return rows


def before() -> pd.DataFrame:
    """What the edition of the year before last published: a score, and that belonging was reworded."""
    tail = [
        ("scales.trust.mean", 3.1, "published", ""),
        ("scales.belonging.mean", 3.0, "published", ""),
        ("change.belonging.difference", np.nan, "not comparable", "two questions asked in one"),
    ]
    return pd.DataFrame(
        [
            {"id": f"{year}.member_survey.{name}", "estimate": value, "ci_low": value - 0.1,
             "ci_high": value + 0.1, "n": 150.0, "status": status, "note": note, "edition": year}
            for year in (2022, 2023)
            for name, value, status, note in tail
        ]
    )  # fmt: skip


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
            rows += flows() if k == 0 else []
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
    rows += [*fake_engagement.beyond(), *fake_network.beyond(), *fake_interviews.beyond(2025)]
    return [*rows, *changes(), *roster(), *comparisons(), *reliabilities()]


def flows() -> list[Row]:
    """What became of the nodes of the advice network; one flow is suppressed."""
    found = {
        "largest part > largest part": 96.0,
        "largest part > no tie": 6.0,
        "no tie > largest part": 7.0,
        "no tie > no tie": None,
        "not on the roster > smaller part": 5.0,
    }
    common: dict[str, Any] = {"year": 2025, "source": "network_survey", "analysis": "membership", "n": 124}
    return [
        _row(
            **common,
            measure="advice",
            category=category,
            statistic="nodes",
            unit="organisations",
            estimate=count,
            status="suppressed" if count is None else "published",
            note="fewer than 3 organisations" if count is None else "",
        )
        for category, count in {"": 118.0, **found}.items()
    ]


def maps() -> dict[str, pd.DataFrame]:
    """A public map of twelve dots in a ring, of which the tenth to twelfth have no tie."""
    way = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = pd.DataFrame({"source": "network_survey", "wave": "", "dot": range(1, 13),
                         "x": 0.5 + 0.4 * np.sin(way), "y": 0.5 + 0.4 * np.cos(way)})  # fmt: skip
    ties = [
        *[(2024, 1, 2, "kept"), (2024, 2, 3, "dissolved"), (2024, 4, 9, "one wave only")],
        *[(2025, 1, 2, "kept"), (2025, 2, 1, "new"), (2025, 5, 8, "new"), (2025, 6, 7, "one wave only")],
    ]
    drawn = pd.DataFrame(ties, columns=["year", "from", "to", "state"])
    about = {"source": "network_survey", "relation": "advice", "wave": ""}
    counts = {"nodes": 120, "nodes_shown": 12, "ties": 812, "ties_shown": [3, 4]}
    return {
        "network_map": pd.concat([ring.assign(year=year) for year in (2024, 2025)], ignore_index=True),
        "network_map_ties": drawn.assign(**about),
        "network_map_counts": pd.DataFrame({**about, "year": [2024, 2025], **counts}),
    }


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
        "curves": {
            **fake_engagement.curves(),
            **fake_network.curves(),
            **fake_interviews.curves(),
            "circle_attendance": curve,
            "choices": choices(),
            **maps(),
        },
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
        "earlier": before(),
        **changed,
    }
    return Publishable(**values)
