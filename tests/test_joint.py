"""Joint displays: what is said, scored and where groups stand; the plan's options; what may be shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from survey_study import answers, pick, prepared, roster, wave

from ksn_research.analyse.interviews.themes import themes
from ksn_research.analyse.mixed.placed import VALUES, by_lot
from ksn_research.analyse.mixed.section import joint_rows, joint_table
from ksn_research.analyse.survey.groups import sample
from ksn_research.analyse.survey.scale.scales import scale_rows
from ksn_research.disclose import Publishable, StudyInfo, publish
from ksn_research.errors import PlanError
from ksn_research.plan import Analysis, Source, Wave
from ksn_research.plan.analyses import read_analyses
from ksn_research.plan.joint import POSITIONS
from ksn_research.prepared import Prepared, blank
from ksn_research.results import Row, collect

TYPES = ("Company", "Nonprofit", "Public", "University")
# Planted: how many of 30 interviews hold the theme, and the mean score, by type.
SAID = {"Company": 6, "Nonprofit": 15, "Public": 24, "University": 15}
SCORED = {"Company": 2.5, "Nonprofit": 3.0, "Public": 2.5, "University": 4.0}
PLANTED = {"Company": "agree", "Nonprofit": "neither", "Public": "contradict", "University": "complement"}
# As the interviews write the types; "uni" is mapped.
WRITTEN = {"Company": "company", "Nonprofit": "nonprofit", "Public": "public", "University": "uni"}
DECLARED = {
    "by": "type",
    "theme": "interviews.trust",
    "score": "pulse.safety",
    "expects": "same",
    "mapping": {"uni": "University"},
}
HEAD = pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"])


def talk(said: dict[str, tuple[int, int]], year: int = 2025) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Segments and interviews: by level how many of how many hold the theme "trust"; all hold "time"."""
    rows = [(f"{level}{i}", level, i < k) for level, (k, n) in said.items() for i in range(n)]
    interviews = pd.DataFrame(
        {"year": year, "source": "interviews", "interview": [r[0] for r in rows], "coders": "A",
         "units": 10, "consent": "anonymous", "withdrawn": False, "operator_type": [r[1] for r in rows]}
    )  # fmt: skip
    codes = [(name, code) for name, _, held in rows for code in (["trust"] * held + ["time"])]
    segments = pd.DataFrame(
        {"year": year, "source": "interviews", "interview": [c[0] for c in codes], "coder": "A",
         "code": [c[1] for c in codes], "start": 0, "end": 1, "unit": 1, "text": "our SECRET words"}
    )  # fmt: skip
    return segments, interviews


def survey(means: dict[str, float], n: int = 60, year: int = 2025, seed: int = 3) -> pd.DataFrame:
    """Answers whose scale score has these means by type."""
    random = np.random.default_rng(seed)
    types = np.repeat(list(means), n)
    score = np.concatenate([random.normal(mean, 0.5, n) for mean in means.values()])
    columns = {"year": year, "type": types, "safety": score, "member": [f"M{i}" for i in range(len(types))]}
    return answers(pd.DataFrame(columns), None).assign(organisation=[f"O{i // 3}" for i in range(len(types))])


def network() -> dict[str, Any]:
    """Forty organisations, all answered; universities are named by twelve others each, the rest by four."""
    nodes = [f"N{i:02d}" for i in range(40)]
    organisations = roster(
        "organisations", {"year": [2025] * 40, "organisation": nodes, "type": np.repeat(TYPES, 10)}
    )
    random = np.random.default_rng(1)
    ties = [
        (ego, alter)
        for j, alter in enumerate(nodes)
        for ego in random.choice([x for x in nodes if x != alter], 12 if j >= 30 else 4, replace=False)
    ]
    base = {"year": 2025, "wave": "", "source": "net", "relation": "advice"}
    return {
        "organisations": organisations,
        "ties": pd.DataFrame(
            {**base, "directed": True, "ego": [t[0] for t in ties], "alter": [t[1] for t in ties]}
        ),
        "senders": pd.DataFrame({**base, "node": nodes, "observed": True}),
    }


def study(
    options: dict[str, Any],
    said: dict[str, tuple[int, int]] | None = None,
    scored: pd.DataFrame | None = None,
    groups: tuple[str, ...] = ("operator_type",),
) -> Prepared:
    """The planted study, with one declared joint display."""
    said = said or {WRITTEN[kind]: (k, 30) for kind, k in SAID.items()}
    segments, interviews = talk(said)
    made = prepared(
        kinds={"interviews": "interviews", "pulse": "survey", "net": "nominations"},
        waves={
            "interviews": (Wave(2025, "", Path("i.qdpx")),),
            "pulse": (wave(2025),),
            "net": (Wave(2025, "", Path("n.csv")),),
        },
        responses={"pulse": survey(SCORED) if scored is None else scored},
        segments=segments,
        interviews=interviews,
        **network(),
    )
    own = {**DECLARED, **options}
    sources = {
        **made.study.sources,
        "interviews": Source("interviews", "interviews", "Interviews", (), {"groups": list(groups)}),
        "net": Source(
            "net", "nominations", "Network", (), {"units": "organisations", "relations": ["advice"]}
        ),
    }
    analyses = {"trust_talk": Analysis("trust_talk", "joint", "Trust: said and scored", own)}
    return replace(made, study=replace(made.study, sources=sources, analyses=analyses))


def others(made: Prepared) -> list[Row]:
    """The rows of other analyses on which disclosure of the display rests."""
    frame, form = made.responses["pulse"], wave(2025).instrument
    assert form is not None
    whole = sample(frame, source="pulse", year=2025)
    return [
        *themes(made.segments, made.interviews, source="interviews", year=2025),
        *scale_rows(whole, form, form.scales["safety"]),
    ]


def published(made: Prepared) -> Publishable:
    rows = {row.id: row for row in [*others(made), *joint_rows(made)]}
    words = {"analyses.trust_talk": "Trust: said and scored", "pulse": "Pulse survey", "safety": "Safety",
             "interviews": "Interviews", "net": "Network"}  # fmt: skip
    return publish(
        collect(rows.values(), {"joint": joint_table(made)}),
        StudyInfo("t", "T", "P", 2025),
        labels=words,
        waves=pd.DataFrame(),
        findings=HEAD,
        earlier=pd.DataFrame(columns=["id", "estimate", "edition"]),
    )


def direction(row: Row) -> int:
    assert row.ci_low is not None and row.ci_high is not None
    return int(row.ci_low > 0) - int(row.ci_high < 0)


@pytest.mark.parametrize(
    ("kind", "said", "scored"),
    [("Company", -1, -1), ("Nonprofit", 0, 0), ("Public", 1, -1), ("University", 0, 1)],
)
def test_the_planted_differences_are_found(kind: str, said: int, scored: int) -> None:
    rows = [row for row in joint_rows(study({})) if row.analysis == "joint"]
    level = kind if kind == "University" else WRITTEN[kind]
    talked = pick(rows, source="interviews", level=level, statistic="difference")
    scores = pick(rows, source="pulse", level=kind, statistic="difference")
    assert (direction(talked), direction(scores)) == (said, scored)
    assert pick(rows, source="interviews", level=level, statistic="count").estimate == SAID[kind]
    assert pick(rows, source="pulse", level=kind, statistic="mean").estimate == pytest.approx(
        SCORED[kind], abs=0.2
    )


def test_the_difference_of_shares_is_newcombes_against_all_others() -> None:
    # Newcombe (1998), table II (a), method 10: 56/70 - 48/80 = 0.2, 0.0524 to 0.3339.
    rows = joint_rows(study({}, {"Company": (56, 70), "Nonprofit": (48, 80)}))
    one = pick(rows, analysis="joint", source="interviews", level="Company", statistic="difference")
    assert (one.estimate, one.n) == (pytest.approx(0.2), 150)
    assert (one.ci_low, one.ci_high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_interviews_of_no_known_group_are_among_the_others() -> None:
    made = study({}, {"Company": (10, 20), "Public": (5, 20), "": (10, 10)})
    row = pick(
        joint_rows(made), analysis="joint", source="interviews", level="Company", statistic="difference"
    )
    assert (row.estimate, row.n) == (pytest.approx(10 / 20 - 15 / 30), 50)
    levels = {r.level for r in joint_rows(made) if r.analysis == "joint" and r.source == "interviews"}
    assert levels == {"Company", "Public"}


def test_the_difference_of_scores_is_welchs() -> None:
    from scipy.stats import ttest_ind

    made = study({})
    row = pick(joint_rows(made), analysis="joint", source="pulse", level="Public", statistic="difference")
    frame = made.responses["pulse"]
    mine = frame["type"] == "Public"
    found = ttest_ind(frame.loc[mine, "safety"], frame.loc[~mine, "safety"], equal_var=False)
    bounds = found.confidence_interval()
    assert (row.ci_low, row.ci_high) == (pytest.approx(bounds.low), pytest.approx(bounds.high))
    assert row.p == pytest.approx(found.pvalue)


def test_the_difference_of_positions_is_tested_by_permuting_nodes() -> None:
    from scipy.stats import permutation_test

    x, codes = np.random.default_rng(2).normal(size=11), np.array([0] * 5 + [1] * 5 + [-1])
    mine = by_lot(x, codes, 2, draws=20_000)[0]
    exact = permutation_test(
        (x[:5], x[5:]), lambda a, b: a.mean() - b.mean(), n_resamples=np.inf, permutation_type="independent"
    )  # every one of the 462 placements
    assert mine.difference == pytest.approx(exact.statistic)
    far = (np.abs(exact.null_distribution) >= abs(exact.statistic) - 1e-12).mean()
    assert mine.p == pytest.approx(far, abs=0.02)
    assert (mine.low > 0 or mine.high < 0) == (mine.p < 0.05)


def test_positions_of_groups_stand_beside_and_the_planted_one_is_found() -> None:
    rows = joint_rows(study({"position": "net.advice.in_degree_share"}))
    own = {r.level: r for r in rows if r.source == "net" and r.statistic == "difference"}
    assert {level: direction(row) for level, row in own.items()}["University"] == 1
    mean = pick(rows, source="net", level="University", statistic="mean")
    assert (mean.estimate, mean.n, mean.unit) == (pytest.approx(12 / 39), 10, "organisations")
    assert mean.parents == ("2025.net.positions.advice[in_degree_share]@type=university.mean",)


def test_every_position_of_the_plan_has_its_values() -> None:
    assert tuple(VALUES) == POSITIONS


def test_a_network_without_variation_has_no_interval() -> None:
    lot = by_lot(np.ones(8), np.repeat([0, 1], 4), 2)[0]
    assert lot.difference == 0 and np.isnan(lot.low) and lot.note


def test_a_code_that_no_interview_holds_says_so() -> None:
    rows = [r for r in joint_rows(study({"theme": "interviews.hope"})) if r.source == "interviews"]
    assert [(r.status, r.level) for r in rows] == [("undefined", "")] and "no interview" in rows[0].note


@pytest.mark.parametrize(
    ("options", "source", "said"),
    [
        ({"by": "region"}, "interviews", "do not tell the groups"),
        ({"by": "region"}, "pulse", "nobody's group is known"),
        ({"score": "pulse.gone"}, "pulse", "does not have it"),
        ({"by": "region", "position": "net.advice.betweenness"}, "net", "by region and type"),
        ({"position": "net.trade.betweenness"}, "net", "not collected"),
    ],
)
def test_a_strand_without_anything_says_why(options: dict[str, Any], source: str, said: str) -> None:
    rows = [row for row in joint_rows(study(options)) if row.source == source]
    assert len(rows) == 1 and rows[0].status == "undefined" and said in rows[0].note


def test_year_on_year_says_what_changed_and_has_no_groups() -> None:
    made = study({"by": "", "mapping": {}, "position": "net.advice.betweenness"})
    before, now = talk({"company": (6, 30)}, 2024), talk({"company": (24, 30)}, 2025)
    both = tuple(Wave(year, "", Path("i")) for year in (2024, 2025))
    waves = {**made.waves, "interviews": both, "pulse": (wave(2024), wave(2025))}
    frame = pd.concat(
        [survey(dict.fromkeys(TYPES, 3.0), year=2024, seed=1), survey(dict.fromkeys(TYPES, 4.0), seed=2)]
    )
    made = replace(
        made,
        waves=waves,
        segments=pd.concat([before[0], now[0]]).astype({"year": "Int64"}),
        interviews=pd.concat([before[1], now[1]]).astype({"year": "Int64"}),
        responses={"pulse": frame.reset_index(drop=True)},
    )
    rows = joint_rows(made)
    assert {(row.group, row.level) for row in rows} == {("", "")}
    said = pick(rows, source="interviews", statistic="difference")
    assert said.estimate == pytest.approx(0.6) and direction(said) == 1 and said.p_adjusted is None
    scored = pick(rows, source="pulse", statistic="difference")
    assert scored.estimate == pytest.approx(1.0, abs=0.15) and direction(scored) == 1
    assert pick(rows, source="net", statistic="difference").status == "undefined"


def test_without_a_year_before_there_is_no_change() -> None:
    rows = joint_rows(study({"by": "", "mapping": {}}))
    assert [r.note for r in rows if r.statistic == "difference"] == ["no wave before"] * 2


def test_sources_are_taken_of_the_newest_year_that_all_have() -> None:
    made = study({})
    extra = survey({"Company": 5.0, "Public": 1.0}, year=2026)
    made = replace(
        made,
        waves={**made.waves, "pulse": (wave(2025), wave(2026))},
        responses={"pulse": pd.concat([made.responses["pulse"], extra], ignore_index=True)},
    )
    assert {row.year for row in joint_rows(made)} == {2025}


def test_levels_joined_by_the_mapping_are_one_group_and_hidden_with_any_of_them() -> None:
    said = {"ngo": (3, 9), "charity": (12, 30), "company": (15, 30), "public": (20, 40)}
    made = study({"mapping": {"ngo": "Nonprofit", "charity": "Nonprofit"}}, said)
    row = pick(joint_rows(made), source="interviews", level="Nonprofit", statistic="count")
    assert (row.estimate, row.n) == (15, 39)
    assert row.parents == tuple(
        f"2025.interviews.themes.trust@operator_type={level}.count" for level in ("charity", "ngo")
    )
    shown = published(made).results.set_index("id")["status"]
    assert shown[row.id] == "suppressed"  # with the charities' own number it would give the three NGOs away


def test_groups_told_nowhere_else_bring_the_rows_on_which_disclosure_rests() -> None:
    made = study({}, {"company": (3, 20), "public": (10, 20), "university": (10, 20)}, groups=("region",))
    ids = {row.id for row in joint_rows(made)}
    assert "2025.interviews.themes.trust@operator_type=company.share" in ids
    own = published(made).results
    mine = own[(own["analysis"] == "joint") & (own["source"] == "interviews")]
    # The company's number is small, and one other goes with it: else the whole would give it away.
    lost = set(mine.loc[mine["status"] == "suppressed", "level"])
    assert len(lost) == 2 and "company" in lost


@pytest.mark.parametrize("least", [3, 8, 15])
def test_a_line_shows_nothing_that_its_parts_hide(least: int) -> None:
    made = study({}, {"company": (least, 20), "nonprofit": (9, 20), "public": (10, 22), "uni": (14, 30)})
    shown = published(made).results.set_index("id")
    for row in joint_rows(made):
        if row.analysis == "joint" and row.level and shown.loc[row.id, "status"] == "published":
            assert all(shown.loc[p, "status"] == "published" for p in row.parents if p in shown.index)
    hidden = shown[(shown["analysis"] == "joint") & (shown["status"] == "suppressed")]
    assert hidden["estimate"].isna().all() and hidden["ci_low"].isna().all()


def test_groups_looked_up_on_the_roster_bring_their_rows_too() -> None:
    made = study({})
    frame = made.responses["pulse"]
    known = {"year": 2025, "member": list(frame["member"]), "type": list(frame["type"])}
    bare = frame.assign(type=pd.Series(pd.NA, frame.index, dtype="str"))
    rows = joint_rows(replace(made, responses={"pulse": bare}, people=roster("people", known)))
    ids = {row.id for row in rows}
    own = [row for row in rows if row.analysis == "joint" and row.source == "pulse"]
    assert len(own) == 8 and all(set(row.parents) <= ids for row in own)


def test_organisations_of_interviews_give_their_groups() -> None:
    made = study({"mapping": {}})
    named = made.interviews.assign(operator_type=None, organisation=[f"n{i % 40:02d}" for i in range(120)])
    rows = joint_rows(replace(made, interviews=named))
    assert {r.level for r in rows if r.source == "interviews" and r.analysis == "joint"} == set(TYPES)


def test_renaming_the_groups_changes_no_number() -> None:
    one = study({"mapping": {}}, {"b": (6, 30), "a": (20, 30)})
    other = study({"mapping": {}}, {"x": (6, 30), "y": (20, 30)})
    first, second = (
        {
            round(r.estimate or 0, 9)
            for r in joint_rows(s)
            if r.source == "interviews" and r.statistic == "difference"
        }
        for s in (one, other)
    )
    assert first == second


def test_no_row_holds_a_respondents_words() -> None:
    for options in ({}, {"theme": "interviews.hope"}, {"by": "region"}):
        assert not any("SECRET" in repr(row) for row in joint_rows(study(options)))


def test_an_empty_study_has_no_rows() -> None:
    made = study({})
    bare = replace(
        made,
        waves={},
        responses={},
        segments=blank("segments"),
        interviews=blank("interviews"),
    )
    assert {row.status for row in joint_rows(bare)} == {"undefined"}
    collect(joint_rows(bare))


def plan(**options: Any) -> dict[str, Any]:
    sources = {
        "interviews": Source("interviews", "interviews", "I", ()),
        "pulse": Source("pulse", "survey", "P", (wave(2025),)),
        "net": Source("net", "nominations", "N", (), {"relations": ["advice"]}),
    }
    told = {"kind": "joint", "by": "type", "theme": "interviews.trust", "score": "pulse.safety", **options}
    table = {key: value for key, value in told.items() if value is not None}
    return dict(read_analyses({"talk": table}, sources)["talk"].options)


def test_a_plan_is_read_with_its_defaults() -> None:
    assert plan()["expects"] == "same"
    assert plan(position="net.advice.constraint", mapping={"uni": "University"})["position"].startswith("net")
    assert plan(by="", score="pulse.valued")["by"] == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": None}, "lacks `by`"),
        ({"by": "circle"}, "by is `circle`"),
        ({"theme": "trust"}, "kind `interviews`"),
        ({"theme": "interviews."}, "kind `interviews`"),
        ({"theme": "pulse.trust"}, "kind `interviews`"),
        ({"score": "pulse.gone"}, "no scale and no declared share"),
        ({"score": "net.advice"}, "kind `survey`"),
        ({"position": "net.advice"}, "does not end in a position"),
        ({"position": "net.trade.betweenness"}, "no relation of `net`"),
        ({"position": "pulse.advice.betweenness"}, "kind `nominations`"),
        ({"expects": "more"}, "expects is `more`"),
        ({"mapping": {"a": 1}}, "must be text"),
        ({"by": "", "mapping": {"a": "b"}}, "no groups"),
        ({"by": "", "attribute": "operator_type"}, "no groups"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_a_plan_that_names_nothing_is_refused_with_a_remedy(options: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said.replace("(", r"\(")) as raised:
        plan(**options)
    assert raised.value.file == "study.toml" and raised.value.remedy
