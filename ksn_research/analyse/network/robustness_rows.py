"""Rows of how the ranking of nodes would stand had fewer answered. (imports `setting` and `silencing`)"""

from __future__ import annotations

from collections.abc import Iterator

from ksn_research.analyse.network.setting import Setting, too_large, undefined
from ksn_research.analyse.network.silencing import (
    After,
    Silencing,
    betweenness_after,
    in_degree_after,
    silencing,
)
from ksn_research.analyse.network.structure import MATRIX_NODES
from ksn_research.results import Row

SHARES = (0.1, 0.2, 0.3)
DRAWS = 1_000
PATHS, FEWEST, MOST = (
    20_000,
    40,
    100,
)  # draws of betweenness times nodes, and how many draws at least, at most
MEASURES: tuple[tuple[str, After, str], ...] = (
    ("in_degree", in_degree_after, "in-degree, how many observed others name a node"),
    ("betweenness", betweenness_after, "betweenness (Freeman 1977), nodes that still answer"),
)


def robustness_rows(s: Setting) -> Iterator[Row]:
    """Rank correlation and top tenth kept when 10, 20, 30 % of the respondents are silenced at random.

    Meant for the newest wave only: each draw of betweenness finds all shortest paths again, so that there
    are 100 draws, and down to 40 for more than 200 nodes; 1,000 for in-degree.
    """
    if why := too_large(s.network, MATRIX_NODES):
        about = {"n": 0, "unit": s.units, "population": s.network.size, "method": "answers hidden at random"}
        for category, _, _ in MEASURES:
            for name in ("rank_correlation", "top_kept"):
                yield s.row("robustness", name, undefined(why), category=category, group="silenced", **about)
        return
    fewer = min(MOST, max(FEWEST, PATHS // max(1, s.network.size)))
    for category, after, what in MEASURES:
        for share in SHARES:
            draws = DRAWS if category == "in_degree" else fewer
            found = silencing(s.network, after, share, draws, s.seed)
            level = {"category": category, "group": "silenced", "level": f"{share * 100:.0f} %"}
            yield from _rows(s, found, what, level)


def _rows(s: Setting, found: Silencing, what: str, level: dict[str, str]) -> Iterator[Row]:
    lost = found.draws - found.defined if found.defined else 0
    shared = {
        **level,
        "n": found.compared,
        "unit": s.units,
        "population": s.network.size,
        "note": f"{lost:,} of {found.draws:,} draws left no ranking" if lost else "",
    }
    drawn = (
        f"the answers of {found.removed} of the {int(s.network.senders.sum())} that answered hidden at "
        f"random, {found.draws:,} seeded draws; the silenced may still be named (Borgatti, Carley & "
        "Krackhardt 2006); newest wave only"
    )
    method = (
        f"mean Spearman correlation with the full ranking by {what}, interval: 95 % of the draws; {drawn}"
    )
    yield s.row("robustness", "rank_correlation", found.correlation, method=method, **shared)
    method = f"mean share of the top tenth by {what} that stays in the top tenth; {drawn}"
    yield s.row("robustness", "top_kept", found.top_kept, method=method, **shared)
