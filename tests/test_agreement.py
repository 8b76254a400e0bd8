"""Agreement between coders against published tables, other packages, and a planted truth.

`tests/reference/interviews/agreement.json` names the work of each table. Every number in it is asked for
here, by its place in the file, or stands in `EXEMPT` with the reason.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from ksn_research.analyse.interviews import chance, specific
from ksn_research.analyse.interviews import coefficients as agree
from ksn_research.analyse.interviews.judgements import ALONE, CONSTANT, LEVELS, value_counts
from tests.conftest import modest

FILE = Path(__file__).parent / "reference" / "interviews" / "agreement.json"
REFERENCE = json.loads(FILE.read_text("utf-8"))
TABLES = {table["id"]: table for table in REFERENCE["datasets"]}
GIVEN = {
    *("id", "source", "units_by_raters", "contingency", "counts_by_category", "continuum", "units"),
    *("note", "tol", "cross_checked_with"),
}


def leaves(at: object, path: str = "") -> list[tuple[str, float]]:
    if isinstance(at, dict):
        return [leaf for key, below in at.items() for leaf in leaves(below, f"{path}.{key}")]
    if isinstance(at, list):
        return [leaf for i, below in enumerate(at) for leaf in leaves(below, f"{path}.{i}")]
    return [(path.removeprefix("."), at)]


EXPECTED = [
    (name, path, value)
    for name, table in TABLES.items()
    for path, value in leaves({key: value for key, value in table.items() if key not in GIVEN})
] + [("qualcoder", path, value) for path, value in leaves(REFERENCE["qualcoder_kappa_counterexample"])]

CONTINUUM = "agreement on where passages begin and end, on a continuum: this package judges predefined units"
EXEMPT = {
    r"unitizing_.* (published|computed)\.(alpha_U|Do|De|c\.|k\.|overall).*": CONTINUUM,
    r"unitizing_.* (computed\.)?family_.*": CONTINUUM,
    r"\S* bootstrap_unit_resample\.(level|B|seed|rng|note)": "how the interval was drawn, not a number",
    r".* (\S+\.)?desc": "words",
    r"table_gwet_abstractors_3x3 published": "nothing is printed",
    r"qualcoder qualcoder": "what QualCoder shows, wrong by its own formula",
}


def judgements(name: str) -> list[list[object]]:
    """Units x coders of an entry, whatever it is written as."""
    if name == "qualcoder":  # a thousand characters, each coder marks a hundred, fifty of them both
        place = np.arange(1000)
        return np.stack([place < 100, (place >= 50) & (place < 150)], axis=1).astype(int).tolist()
    table = TABLES[name]
    if "units_by_raters" in table:
        return table["units_by_raters"]
    if "counts_by_category" in table:
        return [list(np.repeat(np.arange(len(row)), row)) for row in table["counts_by_category"]]
    if "continuum" in table:
        return characters(table)
    cells = np.array(table["contingency"])
    return [[i, j] for (i, j), count in np.ndenumerate(cells) for _ in range(count)]


def characters(table: dict) -> list[list[object]]:
    """A continuum as so many units, one character each."""
    marks = np.zeros((table["continuum"]["length"], 2), dtype=int)
    for unit in table["units"]:
        begin = unit["begin"] - table["continuum"]["begin"]
        marks[begin : begin + unit["length"], unit["rater"]] = 1
    return marks.tolist()


def wald(kappa: chance.Corrected, units: int) -> tuple[float, float, float]:
    """Standard error over units, not units - 1, and the normal interval (Fleiss, Cohen & Everitt 1969)."""
    se = kappa.se * math.sqrt((units - 1) / units)
    return se, kappa.estimate - 1.959963985 * se, kappa.estimate + 1.959963985 * se


def one_category(values: list[list[object]], category: str) -> float:
    return chance.fleiss_kappa([[v == int(category) for v in unit] for unit in values]).estimate


def irr(values: list[list[object]], who: str, weights: str, what: str) -> float:
    found = FAMILY[who](values, weights)
    parts = {"value": "estimate", "pa": "agreed", "pe": "expected", "se": "se"}
    return getattr(found, {**parts, "ci95.0": "low", "ci95.1": "high"}[what])


def alpha(values: list[list[object]], level: str = "nominal") -> agree.Alpha:
    return agree.krippendorff_alpha(values, level)


FAMILY = {
    "gwet": chance.gwet_ac1,
    "fleiss": chance.fleiss_kappa,
    "krippendorff": chance.krippendorff_weighted,
    "conger": chance.conger_kappa,
    "bp": chance.brennan_prediger,
}
LEVEL = "(nominal|ordinal|interval|ratio)"
PRINTED = r"(?:published|computed|cross|_x)\."
# (where in the file, how to compute it): the first that fits the entry and its path
HOW = [
    (rf"\S+ {PRINTED}(?:krippendorff_)?{LEVEL}", lambda v, level: alpha(v, level).estimate),
    (rf"\S+ observed_disagreement\.{LEVEL}", lambda v, level: alpha(v, level).observed),
    (rf"\S+ expected_disagreement\.{LEVEL}", lambda v, level: alpha(v, level).expected),
    (r"\S+ n_pairable_values", lambda v: alpha(v).values),
    (r"\S+ n_units_pairable", lambda v: alpha(v).units),
    (r"table_\S+ n", lambda v: len(v)),
    (
        r"\S+ irrCAC\.(\w+)\.(.+)",
        lambda v, who, what: irr(v, who, "identity", what),
    ),
    (r"\S+ irrCAC_(ordinal|quadratic)\.(\w+)\.(.+)", lambda v, w, who, what: irr(v, who, w, what)),
    (rf"\S+ {PRINTED}(?:po|percent_agreement|gwet_ac1\.pa)", specific.percent_agreement),
    (rf"\S+ {PRINTED}(?:pe_gwet|gwet_ac1\.pe)", lambda v: chance.gwet_ac1(v).expected),
    (rf"\S+ {PRINTED}gwet_ac1(?:\.ac1)?", lambda v: chance.gwet_ac1(v).estimate),
    (rf"\S+ {PRINTED}gwet_ac1_se", lambda v: chance.gwet_ac1(v).se),
    (rf"\S+ {PRINTED}gwet_ac1_ci\.0", lambda v: chance.gwet_ac1(v).low),
    (rf"\S+ {PRINTED}gwet_ac1_ci\.1", lambda v: chance.gwet_ac1(v).high),
    (rf"fleiss1971_6x30 {PRINTED}(?:kappa|statsmodels)", lambda v: chance.fleiss_kappa(v).estimate),
    (rf"fleiss1971_6x30 {PRINTED}pe", lambda v: chance.fleiss_kappa(v).expected),
    (rf"fleiss1971_6x30 {PRINTED}per_category\.(\d)", one_category),
    (rf"table_\S+ {PRINTED}pe", lambda v: chance.cohen_kappa(v).expected),
    (
        rf"table_\S+ {PRINTED}(?:kappa|cohen_kappa|sklearn_kappa|statsmodels_kappa)",
        lambda v: chance.cohen_kappa(v).estimate,
    ),
    (rf"table_\S+ {PRINTED}statsmodels_kappa_se", lambda v: wald(chance.cohen_kappa(v), len(v))[0]),
    (rf"table_\S+ {PRINTED}statsmodels_kappa_ci95\.0", lambda v: wald(chance.cohen_kappa(v), len(v))[1]),
    (rf"table_\S+ {PRINTED}statsmodels_kappa_ci95\.1", lambda v: wald(chance.cohen_kappa(v), len(v))[2]),
    (rf"table_\S+ {PRINTED}scott_pi", lambda v: chance.scott_pi(v).estimate),
    (rf"table_\S+ {PRINTED}bennett_s", lambda v: chance.brennan_prediger(v).estimate),
    # digitised: each of the continuum's 24 characters is a unit
    (r"unitizing_krippendorff1995_. \S*digitised\S*kappa", lambda v: chance.cohen_kappa(v).estimate),
    (
        r"unitizing_krippendorff1995_. \S*digitised\S*(?:scott|scott_pi)",
        lambda v: chance.scott_pi(v).estimate,
    ),
    (r"unitizing_krippendorff1995_. \S*digitised\S*(?:nominal|alpha)", lambda v: alpha(v).estimate),
    (r"qualcoder true_cohen_kappa", lambda v: chance.cohen_kappa(v).estimate),
    (r"qualcoder true_alpha_char", lambda v: alpha(v).estimate),
]
BOOTSTRAP = r"\S+ bootstrap_unit_resample\.ci95\.[01]"


def how(name: str, path: str):
    """The function for an entry, with the parts of its path it needs; None where there is none."""
    for pattern, made in HOW:
        fit = re.fullmatch(pattern, f"{name} {path}")
        if fit:
            return lambda values: made(values, *fit.groups())
    return None


def tolerance(name: str, path: str, value: float) -> float:
    """Half of the last digit; what the entry grants where it is printed; 5e-7 where recomputed."""
    digits = len(repr(float(value)).partition(".")[2])
    half = min(0.5 * 10.0**-digits, 5e-4) * 1.001
    if "per_category" in path:  # see the test below
        return 0.0035
    if path.startswith("published") and not name.startswith("unitizing"):
        return max(half, TABLES[name].get("tol", half))
    if path.startswith("irrCAC"):  # five digits, trailing zeros not written
        return 5.01e-6
    return half if name == "qualcoder" or path.startswith("published") else 5.01e-7


COMPUTED = [(name, path, value) for name, path, value in EXPECTED if how(name, path)]


@pytest.mark.parametrize(("name", "path", "value"), COMPUTED, ids=[f"{n} {p}" for n, p, _ in COMPUTED])
def test_the_number_is_that_of_the_reference(name, path, value):
    found = how(name, path)(judgements(name))
    assert found == pytest.approx(value, abs=tolerance(name, path, value))


def test_every_number_of_the_reference_is_computed_or_exempt_with_a_reason():
    left = [f"{n} {p}" for n, p, _ in EXPECTED if not how(n, p) and not re.fullmatch(BOOTSTRAP, f"{n} {p}")]
    unsaid = [entry for entry in left if not any(re.fullmatch(pattern, entry) for pattern in EXEMPT)]
    assert unsaid == []
    assert all(any(re.fullmatch(pattern, entry) for entry in left) for pattern in EXEMPT)
    assert {name for name, *_ in COMPUTED} == {*TABLES, "qualcoder"} - {"unitizing_krippendorff2004_p254"}
    assert len(COMPUTED) > 200


def test_fleiss_printed_his_kappas_of_single_categories_from_shares_rounded_to_three_digits():
    table = TABLES["fleiss1971_6x30"]
    counts = np.array(table["counts_by_category"])
    share = np.round(counts.mean(axis=0) / 6, 3)
    agreed = np.round(((counts**2).sum(axis=0) - 180 * share) / (900 * share), 3)
    printed = table["published"]["per_category"]
    assert (agreed - share) / (1 - share) == pytest.approx(printed, abs=5e-4)


def test_qualcoders_kappa_is_another_number_because_it_multiplies_what_it_should_add():
    # Chance as P(yes) * P(no) over the union of what was coded; Cohen's is a sum over all characters.
    yes, both = 100 / 150, 50 / 150
    theirs = (both - yes**2 * (1 - yes) ** 2) / (1 - yes**2 * (1 - yes) ** 2)
    assert theirs == pytest.approx(REFERENCE["qualcoder_kappa_counterexample"]["qualcoder"], abs=5e-5)
    assert chance.cohen_kappa(judgements("qualcoder")).estimate > theirs + 0.1


@pytest.mark.parametrize("name", [n for n, t in TABLES.items() if "bootstrap_unit_resample" in t])
def test_the_bootstrap_interval_agrees_with_another_one_within_its_own_error(name):
    # 2,000 draws of units of another implementation; the entry grants 0.02 an end.
    other = TABLES[name]["bootstrap_unit_resample"]
    found = agree.krippendorff_alpha(judgements(name), other["level"], replicates=20_000, seed=2)
    assert (found.low, found.high) == pytest.approx(tuple(other["ci95"]), abs=0.02)
    assert found.drawn == "units"


UNITS = st.lists(
    st.lists(st.sampled_from([None, 1, 2, 3, 5]), min_size=3, max_size=3), min_size=2, max_size=12
)
COEFFICIENTS = [specific.percent_agreement, *FAMILY.values()]


@settings(max_examples=60, deadline=None)
@given(UNITS, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_alpha_equals_the_krippendorff_package_and_forgets_the_order_of_coders_and_units(
    values, level, random
):
    found = agree.krippendorff_alpha(values, level)
    shuffled = random.sample([random.sample(unit, 3) for unit in values], len(values))
    assert agree.krippendorff_alpha(shuffled, level).estimate == pytest.approx(found.estimate)
    if found.estimate is None:
        assert found.note.startswith("undefined because")
        return
    data = np.array([[np.nan if v is None else v for v in unit] for unit in values]).T
    assert found.estimate == pytest.approx(krippendorff.alpha(data, level_of_measurement=level))


@settings(max_examples=modest(24, 60), deadline=None)
@given(UNITS, st.permutations(range(3)), st.permutations([1, 2, 3, 5]))
def test_other_names_for_coders_and_for_values_change_nothing(values, coders, names):
    renamed = dict(zip([1, 2, 3, 5], names, strict=True)) | {None: None}
    other = [[renamed[unit[c]] for c in coders] for unit in values]
    for made in COEFFICIENTS:
        before, after = made(values), made(other)
        if isinstance(before, chance.Corrected):
            assert after.note == before.note
            assert after.se == pytest.approx(before.se)
            before, after = before.estimate, after.estimate
        assert after == pytest.approx(before)
    # Renaming keeps the draws too, so that the interval is the same to the last digit but rounding.
    first, second = (agree.krippendorff_alpha(v, replicates=200) for v in (values, other))
    assert second.estimate == pytest.approx(first.estimate)
    assert (second.low, second.high) == pytest.approx((first.low, first.high))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=2, max_size=12))
def test_kappas_are_those_of_statsmodels_where_nothing_is_missing(values):
    two = [unit[:2] for unit in values]
    cells = np.zeros((3, 3))
    np.add.at(cells, tuple(np.array(two).T), 1)
    cohen, fleiss = chance.cohen_kappa(two), chance.fleiss_kappa(values)
    if cohen.estimate is not None:
        with np.errstate(all="ignore"):
            assert cohen.estimate == pytest.approx(inter_rater.cohens_kappa(cells, return_results=False))
    if fleiss.estimate is not None:
        counts, _ = inter_rater.aggregate_raters(np.array(values))
        assert fleiss.estimate == pytest.approx(inter_rater.fleiss_kappa(counts))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param([[1, 1], [1, 1]], CONSTANT, id="one value only"),
        pytest.param([[1, None], [None, 0]], ALONE, id="never two coders on a unit"),
        pytest.param([[1, None], [0, 0], [0, 0]], CONSTANT, id="the other value was never paired"),
        pytest.param([[None, None]], ALONE, id="nothing judged"),
    ],
)
def test_what_is_undefined_says_why_instead_of_nan_or_one(values, why):
    found = agree.krippendorff_alpha(values, replicates=100)
    assert (found.estimate, found.low, found.note) == (None, None, why)
    for made in FAMILY.values():
        assert (made(values).estimate, made(values).note) == (None, why)


def test_two_coders_are_asked_for_where_the_coefficient_is_for_two():
    for made in (chance.cohen_kappa, chance.scott_pi):
        with pytest.raises(ValueError, match="two coders"):
            made([[1, 1, 0], [0, 0, 0]])


def test_cohens_kappa_leaves_out_what_one_coder_did_not_judge():
    values = [[1, 1], [1, 0], [0, 0], [0, 0]]
    assert chance.cohen_kappa([*values, [1, None], [None, 0]]) == chance.cohen_kappa(values)


@pytest.mark.parametrize(("documents", "drawn"), [(5, "units"), (6, "documents")])
def test_documents_are_drawn_from_six_on(documents, drawn):
    rng = np.random.default_rng(7)
    values = rng.integers(0, 2, (60, 2))
    of = np.arange(60) % documents
    found = agree.krippendorff_alpha(values, documents=of, replicates=200)
    assert found.drawn == drawn
    assert found.low < found.estimate < found.high


def test_an_interval_widened_for_few_documents_holds_the_other():
    values = np.random.default_rng(7).integers(0, 2, (60, 2))
    plain, wide = (
        agree.krippendorff_alpha(values, documents=np.arange(60) % 6, replicates=4000, expand=expand)
        for expand in (False, True)
    )
    assert wide.low < plain.low < plain.high < wide.high


def test_a_planted_alpha_is_recovered_and_lies_in_its_interval():
    # Two coders repeat a balanced truth with probability 0.9 each, else guess: the chance that they agree is
    # 0.81 + 0.19/2, so that alpha is 0.81 in expectation.
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 2, 4000)
    guess = rng.integers(0, 2, (4000, 2))
    values = np.where(rng.random((4000, 2)) < 0.9, truth[:, None], guess)
    found = agree.krippendorff_alpha(values, documents=np.arange(4000) % 40, replicates=500)
    assert found.estimate == pytest.approx(0.81, abs=0.03)
    assert found.low < 0.81 < found.high


def test_codes_of_different_frequency_do_not_pass_for_agreement_when_pooled():
    rng = np.random.default_rng(3)
    rare, common = rng.random((3000, 2)) < 0.05, rng.random((3000, 2)) < 0.95
    counts = [value_counts(values.astype(float))[0] for values in (rare, common)]
    pooled = agree.pooled_alpha(counts, np.array([0.0, 1.0]))
    stacked = agree.krippendorff_alpha(np.concatenate([rare, common]).astype(float))
    assert pooled.estimate == pytest.approx(0, abs=0.05)
    assert chance.pooled_kappa([chance.cohen_kappa(v) for v in (rare, common)]) == pytest.approx(0, abs=0.05)
    assert stacked.estimate > 0.7


@pytest.mark.parametrize(
    ("values", "positive", "negative", "prevalence"),
    [
        ([[1, 1], [1, 0], [0, 0], [1, 1]], 0.8, 2 / 3, 0.625),
        ([[0, 0], [0, 0]], None, 1.0, 0.0),
        ([[1, 1]], 1.0, None, 1.0),
        ([[1, None], [0, 0]], None, 1.0, 0.0),
        ([[1, None]], None, None, None),
        ([[1, 1, 0]], 0.5, 0.0, 2 / 3),  # pairs: one agrees on present, two hold one 1 each
    ],
)
def test_agreement_on_presence_and_on_absence_over_pairs(values, positive, negative, prevalence):
    found = [specific.positive_agreement(values), specific.negative_agreement(values)]
    assert [*found, specific.prevalence(values)] == [
        None if want is None else pytest.approx(want) for want in (positive, negative, prevalence)
    ]


def test_an_unknown_level_or_weight_is_refused():
    with pytest.raises(ValueError, match="not one of nominal"):
        agree.krippendorff_alpha([[1, 1]], "metric")
    with pytest.raises(ValueError, match="not one of identity"):
        chance.gwet_ac1([[1, 0]], "cubic")
