"""Rows of declared analyses of the kind `explained`.

The field trial's numbers are R's (sna netlm and netlogit: tests/reference/network/reference.json; a million
permutations: mrqap_highprec.json), the small study's are had a second time by numpy and statsmodels, and the
demo's are planted by its generator, which knows nothing of the package.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.network.explained import placed, wave_for
from ksn_research.analyse.network.explained_rows import explained_rows
from ksn_research.analyse.network.section import analyse_network
from ksn_research.analyse.network.strengths import strength_matrix
from ksn_research.analyse.network.structure import Network
from ksn_research.disclose.cells import suppress
from ksn_research.labels import labels
from ksn_research.pipeline import SECTIONS, prepare
from ksn_research.plan import Analysis, Source, Study, Wave, load_study
from ksn_research.plan.explained import read_options
from ksn_research.prepared import Prepared, blank
from ksn_research.results import Row, collect
from tests.conftest import REPOSITORY
from tests.test_network_mrqap import HIGH
from tests.test_network_qap import REFERENCE, within_error
from tests.test_truth import DEMO, planted

COVERED: tuple[str, ...] = ()  # netlm, netlogit and mrqap_highprec are covered by test_network_mrqap
N, YEARS, DRAWS = 40, (2024, 2025), 199
NODES = [f"O{i:02d}" for i in range(N)]


# A small study, drawn: advice is likelier within a region and after meeting, whatever the type.


def matrix(year: int) -> np.ndarray:
    """True ties of a year. In 2025 seven of ten are kept whatever the pair, and others form as in 2024."""
    rng = np.random.default_rng([year, 1])
    region = np.array([node in NODES[: N // 2] for node in NODES])
    odds = -2.6 + 1.6 * np.equal.outer(region, region) + 1.8 * met()
    ties = rng.random((N, N)) < 1 / (1 + np.exp(-odds))
    if year == YEARS[1]:
        ties = np.where(matrix(YEARS[0]), rng.random((N, N)) < 0.7, ties)
    np.fill_diagonal(ties, False)
    return ties


def met() -> np.ndarray:
    came = np.random.default_rng(9).random((N, 2)) < 0.35
    return (came.astype(int) @ came.T.astype(int)) > 0


def frame(table: str, rows: dict) -> pd.DataFrame:
    made = pd.DataFrame(rows)
    for name, kind in blank(table).dtypes.items():
        made[name] = made[name].astype(kind) if name in made else pd.Series(index=made.index, dtype=kind)
    return made


def ties_of(year: int | None, source: str, relation: str, A: np.ndarray, **more: object) -> pd.DataFrame:
    ego, alter = np.nonzero(A)
    rows = {"year": year, "wave": "", "source": source, "relation": relation, "directed": True}
    return frame("ties", {"ego": np.array(NODES)[ego], "alter": np.array(NODES)[alter], **rows, **more})


def senders_of(year: int | None, source: str, relation: str, silent: int = 0) -> pd.DataFrame:
    observed = np.arange(N) >= silent
    rows = {"year": year, "wave": "", "source": source, "relation": relation}
    return frame("senders", {"node": NODES, "observed": observed, **rows})


def organisations(year: int) -> pd.DataFrame:
    rows = {"year": year, "organisation": NODES, "name": NODES}
    rows["region"] = ["North"] * (N // 2) + ["South"] * (N // 2)
    rows["type"] = ["library"] * 4 + ["school", "company"] * ((N - 4) // 2)
    return frame("organisations", rows).assign(
        staff=[str(7 * i % 23) for i in range(N)],
        motto=["ever on"] * N,
        rank=[str(7 * i % 23 + 1) for i in range(N)],
        flag=["same"] * N,
        few=["1"] * 3 + ["0"] * (N - 3),
    )


def attendance() -> pd.DataFrame:
    came = np.random.default_rng(9).random((N, 2)) < 0.35
    who, event = np.nonzero(came)
    rows = {"year": YEARS[1], "event": [f"E{i}" for i in event], "kind": "social", "came_as": "current"}
    return frame("attendance", {"organisation": np.array(NODES)[who], **rows})


def source(name: str, kind: str, years: tuple[int | None, ...], **options: object) -> Source:
    made = {"units": "organisations", **options}
    return Source(name, kind, name, tuple(Wave(year, "", Path(name), None, made) for year in years), made)


def prepared(silent: int = 6, years: tuple[int, ...] = YEARS, **told: object) -> Prepared:
    """Organisations, advice in two years (the first `silent` nodes do not answer), distances of no year."""
    miles = np.abs(np.subtract.outer(np.arange(N), np.arange(N))).astype(float)
    columns = ("staff", "motto", "rank", "flag", "few", "nothing")
    sources = {
        "homes": Source("homes", "organisations", "homes", (), {"attributes": columns}),
        "sheets": Source("sheets", "attendance", "sheets", ()),
        "survey": source("survey", "nominations", years, relations={"advice": "A *"}),
        "roads": source("roads", "edges", (None,), relation="miles", predictor=True),
        "plain": source("plain", "edges", (2024,), relation="plain"),
        "later": source("later", "edges", (2026,), relation="later"),
    }
    options = {"outcome": "survey.advice", "predictors": ["same(region)"], "draws": DRAWS, **told}
    analysis = Analysis("why", "explained", "Why advice", read_options(options, sources, "[analyses.why]"))
    advice = [ties_of(y, "survey", "advice", matrix(y) & (np.arange(N) >= silent)[:, None]) for y in years]
    roads = ties_of(None, "roads", "miles", miles, strength=miles[np.nonzero(miles)])
    plain = ties_of(2024, "plain", "plain", np.eye(N, k=1))
    asked = [senders_of(y, "survey", "advice", silent) for y in years]
    asked += [senders_of(None, "roads", "miles"), senders_of(2024, "plain", "plain")]
    study = Study("t", Path(), "T", "P", YEARS, sources, analyses={"why": analysis})
    return Prepared(
        study,
        2025,
        {name: s.waves if name != "later" else () for name, s in sources.items()},
        organisations=pd.concat([organisations(y) for y in years], ignore_index=True),
        ties=pd.concat([*advice, roads, plain], ignore_index=True),
        senders=pd.concat(asked, ignore_index=True),
        attendance=attendance(),
    )


def found(study: Prepared) -> dict[tuple[str, str], Row]:
    rows = explained_rows(study)
    collect(rows)
    assert {(row.source, row.analysis, row.measure, row.year) for row in rows} <= {
        ("survey", "explained", "why", study.waves["survey"][-1].year)
    }
    return {(row.category, row.statistic): row for row in rows}


FORMULA = "same(region) + same(type) + strength(roads) + co_attended(social) + sender(staff)"


def design(silent: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and predictors of FORMULA as numpy makes them: one row per pair whose sender answered."""
    table = organisations(2025)
    alike = [np.equal.outer(table[name].to_numpy(), table[name].to_numpy()) for name in ("region", "type")]
    miles = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
    staff = np.repeat(table["staff"].to_numpy(dtype=float)[:, None], N, axis=1)
    seen = (np.arange(N) >= silent)[:, None] & ~np.eye(N, dtype=bool)
    X = [np.ones((N, N)), *alike, miles, met(), staff]
    return matrix(2025)[seen].astype(float), np.stack([x[seen].astype(float) for x in X], axis=1)


def test_linear_is_least_squares_over_pairs_whose_sender_answered() -> None:
    rows = found(prepared(predictors=[FORMULA]))
    y, X = design(6)
    b = np.linalg.lstsq(X, y, rcond=None)[0]
    left = y - X @ b
    se = np.sqrt(left @ left / (len(y) - 6) * np.diag(np.linalg.inv(X.T @ X)))
    names = FORMULA.split(" + ")
    assert [rows[name, "coefficient"].estimate for name in names] == pytest.approx(b[1:], rel=1e-9)
    assert [rows[name, "t"].estimate for name in names] == pytest.approx((b / se)[1:], rel=1e-9)
    assert rows["", "intercept"].estimate == pytest.approx(b[0], rel=1e-9)
    whole = ((y - y.mean()) ** 2).sum()
    assert rows["", "r_squared"].estimate == pytest.approx(1 - left @ left / whole, rel=1e-9)
    assert rows["", "pairs"].estimate == rows["", "ties"].n == len(y) == 34 * 39
    assert rows["", "ties"].estimate == y.sum()
    assert rows["same(region)", "coefficient"].population == 40 * 39
    assert "whose sender answered" in rows["same(region)", "coefficient"].method


def test_logistic_is_that_of_another_package() -> None:
    import statsmodels.api as sm

    rows = found(prepared(predictors=[FORMULA], models=["logistic"]))
    y, X = design(6)
    fit = sm.Logit(y, X).fit(disp=0, tol=1e-12)
    names = FORMULA.split(" + ")
    assert [rows[name, "log_odds"].estimate for name in names] == pytest.approx(fit.params[1:], rel=1e-6)
    assert [rows[name, "odds_ratio"].estimate for name in names] == pytest.approx(
        np.exp(fit.params[1:]), rel=1e-6
    )
    assert rows["", "deviance"].estimate == pytest.approx(-2 * fit.llf, rel=1e-9)
    assert rows["", "aic"].estimate == pytest.approx(fit.aic, rel=1e-9)
    assert rows["", "null_deviance"].estimate == pytest.approx(2 * len(y) * np.log(2), rel=1e-12)
    # Rao's score statistic of one predictor is near Wald's z when neither is far from nought.
    assert rows["same(type)", "score"].estimate == pytest.approx(fit.tvalues[2], abs=0.05)
    assert rows["same(type)", "score"].p == rows["same(type)", "log_odds"].p


@pytest.mark.parametrize("model", ["formation", "persistence"])
def test_what_forms_and_what_lasts_is_counted_on_pairs_seen_twice(model: str) -> None:
    import statsmodels.api as sm

    text = "same(region) + co_attended(social)"
    rows = found(prepared(predictors=[text], models=[model]))
    before, after = matrix(2024), matrix(2025)
    seen = (np.arange(N) >= 6)[:, None] & ~np.eye(N, dtype=bool)
    risk = seen & (before if model == "persistence" else ~before)
    region = organisations(2025)["region"].to_numpy()
    X = np.stack([np.ones((N, N)), np.equal.outer(region, region), met()], axis=-1)[risk].astype(float)
    fit = sm.Logit(after[risk].astype(float), X).fit(disp=0, tol=1e-12)
    for name, b in zip(text.split(" + "), fit.params[1:], strict=True):
        row, ratio = rows[name, f"{model}_log_odds"], rows[name, f"{model}_odds_ratio"]
        assert row.estimate == pytest.approx(b, rel=1e-6)
        assert row.se is not None and row.p is not None and "clustered by both nodes" in row.method
        assert ratio.estimate == pytest.approx(np.exp(b), rel=1e-6)
        assert (ratio.ci_low, ratio.ci_high) == pytest.approx((np.exp(row.ci_low), np.exp(row.ci_high)))
        assert ratio.se is None and row.n == ratio.n == risk.sum()
        assert "read the permutation p" in row.note  # 40 nodes
    assert rows["", f"{model}_pairs"].estimate == risk.sum()
    assert rows["", f"{model}_ties"].estimate == after[risk].sum()
    assert rows["", f"{model}_deviance"].estimate == pytest.approx(-2 * fit.llf, rel=1e-9)


def test_what_was_planted_is_found_and_what_was_not_is_not() -> None:
    models = ["linear", "logistic", "formation", "persistence"]
    rows = found(prepared(predictors=["same(region) + same(type) + co_attended(social)"], models=models))
    planted_in = {"same(region)": 1.6, "co_attended(social)": 1.8, "same(type)": 0.0}
    for name, size in planted_in.items():
        for statistic in ("coefficient", "log_odds", "formation_log_odds"):
            row = rows[name, statistic]
            assert row.p is not None and (row.p <= 0.02) == (size > 0), (name, statistic)
        formed = rows[name, "formation_log_odds"]
        assert formed.ci_low is not None and formed.ci_high is not None
        assert formed.ci_low < size < formed.ci_high
        lasts = rows[name, "persistence_log_odds"]
        assert lasts.p is not None and lasts.p > 0.05


def test_p_says_how_it_was_drawn_and_how_sure_it_is() -> None:
    row = found(prepared())["same(region)", "coefficient"]
    assert row.p == pytest.approx(1 / (1 + DRAWS))
    assert f"{DRAWS} seeded permutations of nodes, (1 + k) / (1 + R)" in row.method
    assert "Dekker, Krackhardt & Snijders 2007" in row.method
    assert "Monte-Carlo error of p 0.005" in row.note  # sqrt(.005 * .995 / 199)


def test_inside_blocks_a_predictor_of_the_blocks_cannot_move() -> None:
    row = found(prepared(blocks="region"))["same(region)", "coefficient"]
    assert row.p == 1.0
    assert "permutations of nodes within region" in row.method


def test_pairs_of_which_a_predictor_is_not_known_are_left_out_and_counted() -> None:
    study = prepared()
    table = study.organisations.copy()
    table.loc[table["organisation"].isin(NODES[10:13]), "region"] = pd.NA
    rows = found(replace(study, organisations=table))
    assert rows["", "left_out"].estimate + rows["", "pairs"].estimate == rows["", "left_out"].n == 34 * 39
    assert rows["", "pairs"].estimate == 31 * 36  # senders with a region, to others with a region
    assert rows["", "left_out"].note == f"same(region) not known of {34 * 39 - 31 * 36}"
    assert rows["same(region)", "coefficient"].n == 31 * 36


@pytest.mark.parametrize(
    ("told", "statistic", "why"),
    [
        ({"predictors": ["absdiff(motto)"]}, "coefficient", "holds words, not numbers; use same(motto)"),
        ({"predictors": ["absdiff(nothing)"]}, "coefficient", "nothing: no such attribute"),
        ({"predictors": ["same(flag)"]}, "coefficient", "same(flag): the same for every observed pair"),
        ({"predictors": ["sender(staff) + sender(rank)"]}, "coefficient", "follows wholly from sender(sta"),
        ({"predictors": ["co_attended(retreat)"]}, "coefficient", "no such kind of event; there are all"),
        ({"predictors": ["strength(plain)"]}, "coefficient", "no strength was recorded; use relation(plain)"),
        ({"predictors": ["relation(later)"]}, "coefficient", "later: not asked in this wave"),
        ({"blocks": "nothing"}, "coefficient", "no blocks to permute in"),
        ({"models": ["logistic"], "predictors": ["same(flag)"]}, "log_odds", "the same for every obs"),
        ({"models": ["formation"], "predictors": ["same(flag)"]}, "formation_log_odds", "no variation"),
        ({"models": ["formation"], "predictors": ["absdiff(motto)"]}, "formation_log_odds", "holds words"),
        ({"models": ["formation"], "years": (2025,)}, "formation_log_odds", "only one wave of this relation"),
        ({"models": ["persistence"], "silent": 39}, "persistence_log_odds", "of the rarer outcome"),
        ({"silent": 40}, "coefficient", "only 0 pairs were observed"),
    ],
)  # fmt: skip
def test_what_the_records_cannot_answer_is_said_in_words(told: dict, statistic: str, why: str) -> None:
    rows = found(prepared(**told))
    stated = [row for (category, name), row in rows.items() if name == statistic and category]
    assert stated
    for row in stated:
        assert (row.status, row.estimate, row.p) == ("undefined", None, None)
        assert why in row.note
        assert row.method and row.unit == "dyads"


def test_a_predictor_that_tells_ties_from_no_ties_has_a_score_and_no_number() -> None:
    study = prepared()
    ties = study.ties
    table = organisations(2025).set_index("organisation")["region"]
    across = ties["ego"].map(table) != ties["alter"].map(table)
    study = replace(study, ties=ties[~(across & (ties["source"] == "survey"))])
    options = {**study.study.analyses["why"].options, "models": ["logistic"]}
    analysis = Analysis("why", "explained", "Why", options)
    rows = found(replace(study, study=replace(study.study, analyses={"why": analysis})))
    assert rows["same(region)", "log_odds"].status == rows["same(region)", "odds_ratio"].status == "undefined"
    assert "endless" in rows["same(region)", "log_odds"].note
    assert rows["same(region)", "score"].p == pytest.approx(1 / (1 + DRAWS))


def test_an_analysis_of_what_was_not_collected_has_no_rows() -> None:
    study = prepared()
    assert explained_rows(replace(study, waves={**study.waves, "survey": ()})) == []


def test_renaming_and_shuffling_nodes_changes_nothing() -> None:
    study = prepared(predictors=[FORMULA], models=["linear", "formation"], draws=100)
    names = dict(zip(NODES, [f"X{i:02d}" for i in np.random.default_rng(1).permutation(N)], strict=True))
    ties, senders = study.ties.copy(), study.senders.assign(node=study.senders["node"].map(names))
    for end in ("ego", "alter"):
        ties[end] = ties[end].map(names)
    others = [
        table.assign(organisation=table["organisation"].map(names))
        for table in (study.organisations, study.attendance)
    ]
    turned = replace(study, ties=ties, senders=senders, organisations=others[0], attendance=others[1])
    one, two = found(study), found(turned)
    assert list(one) == list(two)
    for key, row in one.items():
        assert two[key].estimate == pytest.approx(row.estimate, rel=1e-9, abs=1e-12), key


@pytest.mark.parametrize(
    ("predictor", "people"),
    [
        ("both(type, library)", 4),  # is about the four libraries
        ("sender(few)", 3),  # about the three that are apart
        ("receiver(few)", 3),
        ("same(region)", 40),
    ],
)
def test_a_number_about_few_nodes_is_about_few_people(predictor: str, people: int) -> None:
    rows = explained_rows(prepared(silent=0, predictors=[predictor]))
    about = [row for row in rows if row.category]
    assert {row.people for row in about} == {row.organisations for row in about} == {people}
    evidence = collect(rows)
    safe = suppress(evidence.results, evidence.support, evidence.totals, 5, 3)[0].set_index("id")
    shown = {row.id: safe.loc[row.id, "status"] for row in about}
    assert set(shown.values()) == {"published" if people >= 5 else "suppressed"}


@pytest.mark.parametrize(
    ("years", "year", "found_year"),
    [
        ((2023, 2024, 2025), 2024, 2024),
        ((2023, None), 2024, None),
        ((2023, 2025), 2024, 2023),
        ((2025,), 2024, "none"),
        ((None,), None, None),
        ((2023, 2025), None, 2025),
        ((), 2024, "none"),
    ],
)
def test_the_wave_of_another_source(years: tuple, year: int | None, found_year: object) -> None:
    got = wave_for([Wave(y, "", Path("x")) for y in years], year)
    assert (got.year if got else "none") == found_year


def test_of_several_waves_of_a_year_the_one_of_that_name_else_the_last() -> None:
    waves = [Wave(2025, name, Path("x")) for name in ("kick-off", "closing")]
    assert [w.name for name in ("kick-off", "other") if (w := wave_for(waves, 2025, name))] == [
        "kick-off",
        "closing",
    ]


def test_nodes_that_another_relation_does_not_know_are_not_known() -> None:
    made = placed(np.arange(4.0).reshape(2, 2), np.array(["b", "a"]), np.array(["a", "b", "c"]))
    np.testing.assert_array_equal(made, [[3, 2, np.nan], [1, 0, np.nan], [np.nan] * 3])


def test_strength_of_a_pair_named_from_both_ends_is_the_stronger() -> None:
    A = np.array([[np.nan, 1, 0], [1, np.nan, np.nan], [0, np.nan, np.nan]])
    net = Network(np.array(["a", "b", "c"], dtype=object), False, A, np.array([True, True, True]))
    ties = pd.DataFrame({"ego": ["a", "b", "z"], "alter": ["b", "a", "a"], "strength": [2.0, 3.0, 9.0]})
    np.testing.assert_array_equal(
        strength_matrix(ties, net), [[np.nan, 3, 0], [3, np.nan, np.nan], [0, np.nan, np.nan]]
    )


def test_a_source_that_only_explains_has_no_rows_of_its_own() -> None:
    assert {row.source for row in analyse_network(prepared())} == {"survey", "plain"}


def test_the_pipeline_runs_it_and_the_report_gets_its_name() -> None:
    assert SECTIONS["ties explained"] is explained_rows
    assert labels(prepared())["analyses.why"] == "Why advice"


# The field trial: R's numbers of the Indiana tobacco-control network.

TERMS = {
    "contact_freq": "strength(contact)",
    "sqrt_distance": "strength(distance)",
    "same_level": "same(level)",
    "absdiff_tob_yrs": "absdiff(tob_yrs)",
}


@pytest.fixture(scope="module")
def trial(shared: Path) -> Prepared:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KSN_SHARED", str(shared))
        study = load_study(REPOSITORY / "surveys" / "field-trial")
    kept = {name: s for name, s in study.sources.items() if s.kind in ("organisations", "edges")}
    return prepare(replace(study, sources=kept), 2021)


def of_trial(trial: Prepared, measure: str) -> dict[tuple[str, str], Row]:
    return {(r.category, r.statistic): r for r in explained_rows(trial) if r.measure == measure}


def test_dissemination_is_explained_as_r_explains_it(trial: Prepared) -> None:
    rows = of_trial(trial, "why_dissemination")
    linear, logistic = REFERENCE["netlm"]["tc_diss_qap"], REFERENCE["netlogit"]["tc_diss_qap"]
    high = HIGH["tc_diss"]
    for j, term in enumerate(linear["terms"][1:], start=1):
        name = TERMS[term]
        row = rows[name, "coefficient"]
        assert row.estimate == pytest.approx(linear["coef"][j], rel=1e-9, abs=1e-18)
        assert rows[name, "t"].estimate == pytest.approx(linear["t"][j], rel=1e-9)
        assert rows[name, "log_odds"].estimate == pytest.approx(logistic["coef"][j], rel=1e-9)
        assert high["terms"][j - 1] == term and row.p is not None
        within_error(row.p, 2_000, high["p_abs"][j - 1], high["reps"])
        assert (row.status, row.n, row.population, row.people) == ("published", 300, 300, 25)
    assert rows["", "r_squared"].estimate == pytest.approx(linear["r2"], rel=1e-9)
    for name in ("deviance", "null_deviance", "aic"):
        assert rows["", name].estimate == pytest.approx(logistic[name], rel=1e-9)
    assert [rows["", name].estimate for name in ("pairs", "ties", "left_out")] == [300, 103, 0]


def test_agency_type_adds_nothing_to_contact(trial: Prepared) -> None:
    rows = of_trial(trial, "why_dissemination_by_type")
    contact, kind = (rows[name, "coefficient"] for name in ("strength(contact)", "same(type)"))
    assert contact.p is not None and kind.p is not None
    assert contact.p < 0.01 < 0.3 < kind.p


def test_the_file_of_distances_blocks_nothing_and_every_row_of_it_is_accounted_for(trial: Prepared) -> None:
    assert not [finding for finding in trial.findings if finding.severity == "block"]
    account = trial.accounts[trial.accounts["source"] == "distance"]
    aside = account.set_index("reason")["set_aside"].dropna()
    assert account["read"].sum() == account["used"].sum() + aside.sum()
    assert account["used"].sum() == 300  # 25 agencies, each pair once
    assert aside["named itself"] == 25


# The demo: region and meeting at a social make advice, type does not, and nothing makes it last.


@pytest.fixture(scope="module")
def demo() -> dict[str, Row]:
    study = load_study(DEMO)
    needed = {"organisations", "people", "attendance", "nominations"}
    kept = {name: s for name, s in study.sources.items() if s.kind in needed}
    return {row.id: row for row in explained_rows(prepare(replace(study, sources=kept), 2025))}


def test_what_the_demo_plants_is_recovered(demo: dict[str, Row]) -> None:
    truth = planted()
    truth = truth[
        truth["quantity"].str.contains(".explained.", regex=False) & truth["id"].str.startswith("2025")
    ]
    assert len(truth) == 4
    off = [
        line.id
        for line in truth.itertuples()
        if abs(float(demo[str(line.id)].estimate or 0) - float(str(line.value))) > float(str(line.tolerance))
    ]
    assert not off


@pytest.mark.parametrize(
    ("predictor", "statistic", "matters"),
    [
        ("same_region", "coefficient", True),
        ("same_region", "log_odds", True),
        ("same_region", "formation_log_odds", True),
        ("co_attended_social", "formation_log_odds", True),
        ("same_type", "formation_log_odds", False),
        ("same_type", "coefficient", False),
        ("same_region", "persistence_log_odds", False),
        ("co_attended_social", "persistence_log_odds", False),
    ],
)
def test_the_demo_shows_what_matters(
    demo: dict[str, Row], predictor: str, statistic: str, matters: bool
) -> None:
    row = demo[f"2025.network_survey.explained.why_advice[{predictor}].{statistic}"]
    assert row.p is not None and (row.p < 0.01) == matters
    assert row.status == "published" and row.people is not None and row.people >= 5
