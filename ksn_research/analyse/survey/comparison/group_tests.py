"""Levels of a column compared, as the plan declares: each level against all others, and all at once.

Uses `changes`, `classical`, `compare`, `design`, `design_tests`, `families`, `group_blocks`, `groups`,
`level_contrasts` and `rank`. One declared block is one family of tests: what is compared with what was fixed
before the data came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ksn_research.analyse.survey.comparison import compare, design_tests
from ksn_research.analyse.survey.comparison.changes import Compared, comparison_row
from ksn_research.analyse.survey.comparison.classical import KRUSKAL, kruskal
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.analyse.survey.comparison.group_blocks import Block, Sampled, blocks, rarest, weakest
from ksn_research.analyse.survey.comparison.level_contrasts import (
    Against,
    scale_contrasts,
    weighted_contrast,
    weighted_contrasts,
)
from ksn_research.analyse.survey.comparison.rank import MANN_WHITNEY
from ksn_research.analyse.survey.estimation.design import survey_design
from ksn_research.analyse.survey.groups import Grouping, number
from ksn_research.plan import Analysis
from ksn_research.prepared import Prepared
from ksn_research.results import Row

AGAINST = "this level minus all others"
WELCH = f"difference of means, Welch t test; {AGAINST}"
SHARES = f"{compare.NEWCOMBE}; {AGAINST}"
WEIGHTED = f"{design_tests.T_TEST}; {AGAINST}"
WEIGHTED_G = (
    "weighted Hedges' g: the weighted difference by the weighted pooled standard deviation, exact "
    "small-sample factor; interval of the difference, the standard deviation taken as known"
)
WEIGHTED_DELTA = f"weighted Cliff's delta, interval and p of the {design_tests.RANK_TEST}"
WEIGHTED_RANKS = f"{design_tests.RANK_TEST}, F of all levels"
TOLD_BY = ("region", "type")  # columns whose levels have a mean or share of their own among the results
UNKNOWN = "nobody's {by} is known"
ONE_LEVEL = "fewer than 2 levels with enough answers"


def group_rows(prepared: Prepared, designs: Mapping[str, Sampled] | None = None) -> list[Row]:
    """Rows with analysis "groups" for every declared analysis of that kind, newest wave of its surveys.

    designs  by source, the answers of its newest wave that are in its design; a source without one is taken
             as answers drawn alike
    Goes out, category the analysis, group the column, per scale and level: difference (this level minus all
    others), hedges_g, cliffs_delta; per declared share and level: difference; per measure, level "":
    kruskal_h and epsilon_squared, or rao_scott_f. Of two levels only the first is told. People whose level is
    not known are left out. A column that the answers lack is looked up on the roster. p_adjusted holds over
    the block: tests of all levels are one family, differences another, rank comparisons a third.
    """
    rows: list[Row] = []
    for analysis in prepared.study.analyses.values():
        if analysis.kind == "groups":
            made = [
                block.weighted(row)
                for block, *measures in blocks(prepared, analysis, designs or {})
                for row in _block_rows(block, *measures)
            ]
            rows += _families(made, analysis)
    return rows


def _families(rows: list[Row], analysis: Analysis) -> list[Row]:
    """Three families: all levels at once, each against the others by means and shares, and by rank."""
    method, name = str(analysis.options.get("correction", "holm")), f'of the block "{analysis.label}"'
    for statistics, what in (
        (("kruskal_h", "rao_scott_f"), "tests of all levels"),
        (("difference",), "differences"),
        (("cliffs_delta",), "rank comparisons"),
    ):
        rows = corrected(rows, lambda row, s=statistics: row.statistic in s, f"{what} {name}", method)  # type: ignore[misc]
    return rows


def _block_rows(block: Block, scales: Sequence[Compared], shares: Sequence[Compared]) -> Iterator[Row]:
    values = [item.values(block.whole.frame) for item in scales]
    found = _compared_scales(block, values)
    for place, item in enumerate(scales):
        omnibus = _omnibus(block, item.name, values[place], scale=True)
        yield omnibus
        if block.design is None:
            yield _epsilon(omnibus)
        for contrast, (level, _) in enumerate(block.contrasts):
            fields = _fields(block, values[place], level, omnibus)
            yield from _scale_rows(block, found[contrast][place], fields)
    for item in shares:
        answers = item.values(block.whole.frame)
        omnibus = _omnibus(block, item.name, answers, scale=False)
        yield omnibus
        for level, _ in block.contrasts:
            yield _share_row(block, answers, level, _fields(block, answers, level, omnibus))


def _compared_scales(block: Block, values: list[np.ndarray]) -> list[list[Against]]:
    """Every level against the others, (contrasts, scales)."""
    if not values:
        return []
    table, codes = np.column_stack(values), block.grouping.codes
    if block.design is None:
        return scale_contrasts(table, codes, block.contrasts)
    return weighted_contrasts(block.design, table, codes, block.contrasts)


def _fields(block: Block, values: np.ndarray, level: int, whole: Row) -> dict[str, Any]:
    """What a level's rows share: whom they rest on, and of what they are parts.

    With all other differences of its kind a difference gives itself away, since they add up; and with the
    whole it gives the level's own mean or share away. Hence the two parents.
    """
    codes, name = block.grouping.codes, block.grouping.levels[level]
    sides = Grouping("", ("this", "others"), np.where(codes < 0, -1, (codes != level).astype(int)))
    known = ~np.isnan(values) & (codes >= 0)
    share = whole.statistic == "rao_scott_f"
    own = Row(
        **block.whole.key, analysis="shares" if share else "scales", measure=whole.measure, method="",
        statistic="share" if share else "mean", group=block.grouping.group, level=name, estimate=None, n=None,
        unit="people",
    )  # fmt: skip
    parents = (whole.id, own.id) if block.grouping.group in TOLD_BY else (whole.id,)
    return {
        "measure": whole.measure, "level": name, "n": whole.n, "parents": parents,
        **weakest(block, sides, known), **(rarest(block, sides, known, values == 1) if share else {}),
    }  # fmt: skip


def _scale_rows(block: Block, found: Against, fields: Mapping[str, Any]) -> Iterator[Row]:
    difference, equal = found.difference, block.design is None
    yield comparison_row(difference, **block.told, **fields, statistic="difference",
                         method=WELCH if equal else WEIGHTED)  # fmt: skip
    g, delta = number(difference.hedges_g), number(found.delta)
    yield block.row(
        statistic="hedges_g", estimate=g, ci_low=number(difference.g_low), ci_high=number(difference.g_high),
        method=compare.HEDGES if equal else WEIGHTED_G, note=difference.note if g is None else "",
        status="undefined" if g is None else "published", **fields,
    )  # fmt: skip
    yield block.row(
        statistic="cliffs_delta", estimate=delta, ci_low=number(found.delta_low),
        ci_high=number(found.delta_high), p=number(found.delta_p),
        method=MANN_WHITNEY if equal else WEIGHTED_DELTA, note=difference.note if delta is None else "",
        status="undefined" if delta is None else "published", **fields,
    )  # fmt: skip


def _share_row(block: Block, values: np.ndarray, level: int, fields: Mapping[str, Any]) -> Row:
    codes = block.grouping.codes
    if block.design is None:
        found = compare.share_difference(values[codes == level], values[(codes >= 0) & (codes != level)])
    else:
        found = weighted_contrast(block.design, values, codes, level).difference
    method = SHARES if block.design is None else WEIGHTED
    return comparison_row(found, **block.told, **fields, statistic="difference", method=method)


def _omnibus(block: Block, name: str, values: np.ndarray, scale: bool) -> Row:
    """All levels at once, those of few answers left out: by rank for a scale, by table for a share."""
    codes, levels = block.grouping.codes, block.grouping
    known = ~np.isnan(values) & (codes >= 0)
    sizes = np.bincount(codes[known], minlength=len(levels.levels))
    small = (sizes > 0) & (sizes < block.fewest)
    kept = np.where(known & np.isin(codes, np.flatnonzero(sizes >= block.fewest)), codes, -1)
    fields: dict[str, Any] = {
        "measure": name, "statistic": "kruskal_h" if scale else "rao_scott_f", "n": int((kept >= 0).sum()),
        # One test of shares and the shares of all levels but one give that one away; of ranks it does not.
        **(weakest(block, levels, kept >= 0) if scale else weakest(block, levels, known)),
        **({} if scale else rarest(block, levels, known, values == 1)),
    }  # fmt: skip
    left_out = (
        f"levels with fewer than {block.fewest} answers are left out ({small.sum()})" if small.any() else ""
    )
    if len(np.unique(kept[kept >= 0])) < 2:
        note = ONE_LEVEL if levels.levels else UNKNOWN.format(by=levels.group)
        method = KRUSKAL if scale else design_tests.RAO_SCOTT
        return block.row(estimate=None, status="undefined", note=note, method=method, **fields)
    statistic, p, method, said, undefined = _tested(block, values, kept, scale)
    return block.row(
        estimate=number(statistic), p=number(p), method=method,
        note=undefined or "; ".join(filter(None, (said, left_out))),
        status="undefined" if undefined else "published", **fields,
    )  # fmt: skip


def _tested(
    block: Block, values: np.ndarray, codes: np.ndarray, scale: bool
) -> tuple[float, float, str, str, str]:
    """Statistic, p, method, degrees of freedom in words, and why it is undefined."""
    if scale and block.design is None:
        found = kruskal(values, np.where(codes < 0, np.nan, codes.astype(float)))
        dof = f"{found.dof[0]:g} degrees of freedom" if found.dof else ""
        return found.statistic, found.p, KRUSKAL, dof, found.note
    if scale and block.design is not None:
        test, method = design_tests.design_ranktest(block.design, values, codes), WEIGHTED_RANKS
        if len(test.dof) == 1:  # of two levels it is a t test, whose square is the F
            test = replace(test, statistic=test.statistic**2, dof=(1.0, *test.dof))
    else:
        design = survey_design(len(codes)) if block.design is None else block.design
        answers = np.where(np.isnan(values), -1, values).astype(int)
        test, method = design_tests.rao_scott(design, codes, answers), design_tests.RAO_SCOTT
    dof = f"F with {test.dof[0]:.1f} and {test.dof[1]:.1f} degrees of freedom" if test.dof else ""
    return test.statistic, test.p, method, dof, test.note


def _epsilon(whole: Row) -> Row:
    """How much of the ranks' variation lies between the levels."""
    estimate = None if whole.estimate is None or not whole.n else whole.estimate / (whole.n - 1)
    return replace(
        whole, statistic="epsilon_squared", estimate=estimate, p=None,
        note="" if whole.status == "published" else whole.note,
        method="epsilon squared, H / (n - 1): the share of the ranks' variation that lies between levels",
    )  # fmt: skip
