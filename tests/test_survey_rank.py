"""Ranks and several groups: against R, pingouin and the definition by all pairs; planted deltas."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.survey.comparison.classical import kruskal, welch_anova
from ksn_research.analyse.survey.comparison.compare import OTHERS
from ksn_research.analyse.survey.comparison.rank import mann_whitney, mann_whitney_grid

PLACE = Path(__file__).parent / "reference" / "survey"
REFERENCE = json.loads((PLACE / "reference.json").read_text())["groups"]
SMALL = json.loads((PLACE / "comparisons.json").read_text())["wilcox_small"]


def bfi():
    return pd.read_csv(PLACE / "bfi.csv")[["A2", "gender", "education"]].dropna()


def by_gender():
    data = bfi()
    return mann_whitney(*(data.loc[data["gender"] == code, "A2"].to_numpy(dtype=float) for code in (1, 2)))


# g <- na.omit(bfi[, c("A2", "gender", "education")])
R_CALLS = {
    "groups.kw_H": lambda: kruskal(bfi()["A2"], bfi()["education"]).statistic,  # kruskal.test(A2~education,g)
    "groups.kw_p": lambda: kruskal(bfi()["A2"], bfi()["education"]).p,
    "groups.welchF": lambda: welch_anova(bfi()["A2"], bfi()["education"]).statistic,  # oneway.test(...)
    "groups.welchF_df": lambda: list(welch_anova(bfi()["A2"], bfi()["education"]).dof),
    "groups.welchF_p": lambda: welch_anova(bfi()["A2"], bfi()["education"]).p,
    "groups.wilcox_W": lambda: by_gender().u[0, 0],  # wilcox.test(A2 ~ gender, g, correct=TRUE)
    "groups.wilcox_p": lambda: by_gender().p[0, 0],
    "groups.cliff_delta": lambda: by_gender().delta[0, 0],  # 2 W / (n1 n2) - 1
}
COVERED: tuple[str, ...] = tuple(R_CALLS)


@pytest.mark.parametrize("entry", COVERED)
def test_ranks_and_several_groups_are_what_r_gives(entry):
    assert R_CALLS[entry]() == pytest.approx(REFERENCE[entry.removeprefix("groups.")], rel=1e-9)


def test_small_samples_with_ties_are_what_r_gives():
    # R: wilcox.test(a, b, correct=TRUE, exact=FALSE), see comparisons.R
    found = mann_whitney(np.array(SMALL["a"], dtype=float), np.array(SMALL["b"], dtype=float))
    assert (found.u[0, 0], found.p[0, 0]) == pytest.approx((SMALL["W"], SMALL["p"]), rel=1e-9)


def by_all_pairs(a, b, q):
    """Cliff (1993), eq. 8, and Feng & Cliff's interval with quantile q, from the matrix of all pairs."""
    d = np.sign(a[:, None] - b[None, :])
    n1, n2, mean = len(a), len(b), d.mean()
    rows, columns = ((d.mean(axis=1) - mean) ** 2).sum(), ((d.mean(axis=0) - mean) ** 2).sum()
    v = (n2**2 * rows + n1**2 * columns - ((d - mean) ** 2).sum()) / (n1 * n2 * (n1 - 1) * (n2 - 1))
    v = max(v, (1 - mean**2) / (n1 * n2 - 1))
    half = q * np.sqrt(v) * np.sqrt((1 - mean**2) ** 2 + q**2 * v)
    scale = 1 - mean**2 + q**2 * v
    if scale == 0:
        return mean, np.nan, np.nan
    return mean, (mean - mean**3 - half) / scale, (mean - mean**3 + half) / scale


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 12))
@settings(max_examples=50, deadline=None)
def test_counts_give_what_all_pairs_give(seed, n1, n2):
    from scipy import stats

    rng = np.random.default_rng(seed)
    a, b = rng.integers(1, 6, n1) + rng.choice([0.0, 0.25]), rng.integers(1, 6, n2).astype(float)
    found = mann_whitney(a, b)
    delta, low, high = by_all_pairs(a, b, stats.t.ppf(0.975, n1 + n2 - 2))
    assert found.delta[0, 0] == pytest.approx(delta, abs=1e-12)
    if abs(delta) < 1:
        assert (found.ci_low[0, 0], found.ci_high[0, 0]) == pytest.approx((low, high), abs=1e-9)
    if len(np.unique(np.r_[a, b])) > 1:
        peer = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
        assert (found.u[0, 0], found.p[0, 0]) == pytest.approx((peer.statistic, peer.pvalue))


def test_a_grid_is_every_item_and_contrast_by_itself_and_leaves_the_unknown_out():
    rng = np.random.default_rng(2)
    values = np.column_stack([rng.normal(size=50), rng.integers(1, 6, 50), rng.integers(-900, 900, 50)])
    values[rng.random(values.shape) < 0.1] = np.nan
    codes = rng.integers(-1, 3, 50)
    grid = mann_whitney_grid(values, codes, ((0, OTHERS), (2, 1)))
    for j in range(3):
        for i, (one, other) in enumerate([(codes == 0, codes > 0), (codes == 2, codes == 1)]):
            single = mann_whitney(values[one, j], values[other, j])
            for name in ("u", "delta", "ci_low", "ci_high", "p", "first", "second"):
                assert getattr(grid, name)[i, j] == pytest.approx(getattr(single, name)[0, 0])


@pytest.mark.parametrize(
    ("a", "b", "delta", "p_is_known", "interval_is_known"),
    [
        ([], [1.0, 2], np.nan, False, False),
        ([2.0, 2], [2.0, 2], 0.0, False, True),
        ([1.0], [2.0, 3], -1.0, True, False),
        ([5.0, 6], [2.0, 3], 1.0, True, True),
    ],
    ids=["an empty side", "no variation", "one on a side", "no overlap"],
)
def test_what_ranks_do_not_tell_is_nan(a, b, delta, p_is_known, interval_is_known):
    found = mann_whitney(np.array(a), np.array(b))
    assert found.delta[0, 0] == pytest.approx(delta, nan_ok=True)
    assert np.isfinite(found.p[0, 0]) == p_is_known
    assert np.isfinite(found.ci_low[0, 0]) == interval_is_known


def test_where_nobody_overlaps_the_bound_is_wilsons_of_the_smaller_side():
    from scipy import stats

    found = mann_whitney(np.arange(6.0), np.arange(10.0, 30))
    bound = stats.binomtest(6, 6).proportion_ci(0.95, "wilson").low
    assert (found.delta[0, 0], found.ci_low[0, 0]) == (-1, -1)
    # Wilson's has the normal quantile, ours the t quantile: a little wider.
    assert found.ci_high[0, 0] == pytest.approx(-(2 * bound - 1), abs=0.05)


def test_the_interval_of_cliffs_delta_covers_a_planted_one():
    rng, draws = np.random.default_rng(8), 1500
    a, b = (np.clip(np.rint(rng.normal(m, 1.1, (n, draws))), 1, 5) for m, n in ((3.6, 40), (3.0, 60)))
    share = [
        np.diff(_normal_cdf((np.array([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf]) - m) / 1.1)) for m in (3.6, 3.0)
    ]
    truth = share[0] @ np.sign(np.subtract.outer(np.arange(5), np.arange(5))) @ share[1]
    grid = mann_whitney_grid(np.vstack([a, b]), np.repeat([0, 1], [40, 60]), ((0, 1),))
    hit = (grid.ci_low <= truth) & (grid.ci_high >= truth)
    assert hit.mean() == pytest.approx(0.95, abs=0.025)


def _normal_cdf(x):
    from scipy.special import ndtr

    return ndtr(x)


KINDS = {
    "plain": lambda v, g: (v, g),
    "nullable": lambda v, g: (v.astype("Int64"), g.astype("string")),
    "categorical": lambda v, g: (v.astype("category"), g.astype("category")),
    "objects": lambda v, g: (v.astype(object), g.astype(object)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("test", [kruskal, welch_anova])
def test_classical_tests_take_any_column_and_count_what_they_leave_out(kind, test):
    values = pd.Series([1.0, 2, 3, 3, 4, 6, 5, 7, None, 2])
    groups = pd.Series([*list("aaabbbccc"), None])
    expected = test(values[:8], groups[:8])
    found = test(*KINDS[kind](values, groups))
    assert (found.statistic, found.p) == (expected.statistic, expected.p)
    assert (found.n, found.left_out, found.groups) == (8, 2, 3)


@pytest.mark.parametrize(
    ("test", "values", "groups", "note"),
    [
        (kruskal, [1, 2, 3], "aaa", "fewer than 2 groups with answers"),
        (kruskal, [2, 2, 2], "aab", "no variation: no test"),
        (welch_anova, [1, 2, 3], "aab", "a group of fewer than 2 answers or without variation: no test"),
        (welch_anova, [1, 2, 3, 3], "aabb", "a group of fewer than 2 answers or without variation: no test"),
    ],
)
def test_classical_tests_say_why_they_are_undefined(test, values, groups, note):
    found = test(values, list(groups))
    assert found.note == note
    assert np.isnan(found.statistic)


def test_a_column_that_pingouin_no_longer_gives_is_named(monkeypatch):
    import pingouin

    monkeypatch.setattr(pingouin, "kruskal", lambda **_: pd.DataFrame({"chi": [1.0]}))
    with pytest.raises(RuntimeError, match=r"pingouin\.kruskal gives chi, none of H"):
        kruskal([1, 2, 3], list("aab"))


def test_epsilon_squared_is_nought_without_and_one_with_a_complete_difference():
    same = kruskal([1, 2, 3, 1, 2, 3], list("aaabbb"))
    apart = kruskal([1, 1, 1, 2, 2, 2], list("aaabbb"))
    assert (same.effect, apart.effect) == pytest.approx((0, 1))
