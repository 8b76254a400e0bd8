"""Agreement between coders against published tables, another implementation, and a planted truth."""

from __future__ import annotations

import json
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.interviews import coefficients as agree

# The tables and their sources stand in the file, each with the work it was printed in.
TABLES = json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text("utf-8"))["tables"]


def judgements(table):
    if "units_by_raters" in table:
        return table["units_by_raters"]
    cells = np.array(table["contingency"])
    return [(i, j) for (i, j), count in np.ndenumerate(cells) for _ in range(count)]


ALPHAS = [
    pytest.param(judgements(t), level, value, t.get("published", {}).get(level), id=f"{t['id']} {level}")
    for t in TABLES
    for level, value in t["alpha"].items()
]


@pytest.mark.parametrize(("values", "level", "value", "printed"), ALPHAS)
def test_alpha_is_that_of_the_published_table(values, level, value, printed):
    found = agree.krippendorff_alpha(values, level).estimate
    assert found == pytest.approx(value, abs=1e-6)
    if printed is not None:
        assert found == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("table", [t for t in TABLES if "gwet_ac1" in t], ids=lambda t: t["id"])
def test_percent_agreement_and_ac1_are_those_of_the_published_table(table):
    values = judgements(table)
    assert agree.percent_agreement(values) == pytest.approx(table["percent_agreement"], abs=1e-6)
    assert agree.gwet_ac1(values) == pytest.approx(table["gwet_ac1"], abs=1e-6)


def test_ac1_with_missing_judgements_and_four_coders():
    # Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., data of R irrCAC cac.raw4raters: AC1 0.775.
    values = next(t for t in TABLES if t["id"] == "krippendorff_canonical_4x12")["units_by_raters"]
    assert agree.gwet_ac1(values) == pytest.approx(0.77544, abs=5e-6)
    assert agree.percent_agreement(values) == pytest.approx(0.81818, abs=5e-6)


@pytest.mark.parametrize(
    ("table", "level", "low", "high"),
    [
        # Reference: 2,000 draws of units, numpy default_rng(20250101), Monte Carlo tolerance 0.02 an end.
        ("krippendorff_canonical_4x12", "nominal", 0.424, 1.0),
        ("hayes_krippendorff_2007_5x40", "ordinal", 0.622, 0.843),
    ],
)
def test_the_bootstrap_interval_agrees_with_another_one_within_its_own_error(table, level, low, high):
    values = next(t for t in TABLES if t["id"] == table)["units_by_raters"]
    found = agree.krippendorff_alpha(values, level, replicates=10_000, seed=2)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)
    assert found.drawn == "units"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([None, 1, 2, 3, 5]), min_size=3, max_size=3), min_size=2, max_size=12),
    st.sampled_from(agree.LEVELS),
    st.randoms(use_true_random=False),
)
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


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param([[1, 1], [1, 1]], agree.CONSTANT, id="one value only"),
        pytest.param([[1, None], [None, 0]], agree.ALONE, id="never two coders on a unit"),
        pytest.param([[1, None], [0, 0], [0, 0]], agree.CONSTANT, id="the other value was never paired"),
    ],
)
def test_undefined_alpha_says_why(values, why):
    found = agree.krippendorff_alpha(values, replicates=100)
    assert (found.estimate, found.low, found.note) == (None, None, why)


@pytest.mark.parametrize(("documents", "drawn"), [(5, "units"), (6, "documents")])
def test_documents_are_drawn_from_six_on(documents, drawn):
    rng = np.random.default_rng(7)
    values = rng.integers(0, 2, (60, 2))
    of = np.arange(60) % documents
    found = agree.krippendorff_alpha(values, documents=of, replicates=200)
    assert found.drawn == drawn
    assert found.low < found.estimate < found.high


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
    counts = [agree.value_counts(values.astype(float))[0] for values in (rare, common)]
    pooled = agree.pooled_alpha(counts, np.array([0.0, 1.0]))
    stacked = agree.krippendorff_alpha(np.concatenate([rare, common]).astype(float))
    assert pooled.estimate == pytest.approx(0, abs=0.05)
    assert stacked.estimate > 0.7


@pytest.mark.parametrize(
    ("values", "dice"),
    [
        ([[1, 1], [1, 0], [0, 0], [1, 1]], 0.8),
        ([[0, 0], [0, 0]], None),
        ([[1, None], [0, 0]], None),
        ([[1, 1, 0]], 0.5),  # pairs: one agrees on present, two hold one 1 each
    ],
)
def test_positive_agreement_is_dice_over_pairs(values, dice):
    assert agree.positive_agreement(values) == (None if dice is None else pytest.approx(dice))


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="not one of nominal"):
        agree.krippendorff_alpha([[1, 1]], "metric")
