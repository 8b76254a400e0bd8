"""A declared question of what goes with ties, and the matrices of its predictors.

Imports `setting`, `structure`, `predictors`, `strengths` and `attendance_effect` (who came).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network.attendance_effect import attended
from ksn_research.analyse.network.predictors import formula, predictors
from ksn_research.analyse.network.setting import Setting, settings, too_large
from ksn_research.analyse.network.strengths import strength_matrix, ties_of
from ksn_research.analyse.network.structure import MATRIX_NODES, Estimate
from ksn_research.plan import Analysis, Wave
from ksn_research.plan.explained import OF_EVENTS, OF_TIES, Predictor, Product, found_in
from ksn_research.prepared import Prepared
from ksn_research.results import Row

DSP = "by double semi-partialing (Dekker, Krackhardt & Snijders 2007)"


@dataclass(frozen=True, eq=False)
class Asked:
    """One declared analysis, at the newest wave that asked for the outcome.

    now, before  the outcome at that wave and at the wave before it
    """

    prepared: Prepared
    analysis: Analysis
    now: Setting
    before: Setting | None

    @property
    def told(self) -> Mapping[str, Any]:
        return self.analysis.options

    @property
    def terms(self) -> tuple[Predictor | Product, ...]:
        return formula(self.told["predictors"])

    @property
    def parts(self) -> list[Predictor]:
        return [part for term in self.terms for part in term.parts]

    def tested(self, nodes: np.ndarray) -> dict[str, Any]:
        """What the permutation tests are told. Raises ValueError where no node's block is known."""
        blocks = self.told.get("blocks")
        roster = self.now.roster.reindex(nodes)
        if blocks and (blocks not in roster or roster[blocks].isna().all()):
            raise ValueError(f"{blocks}: not known of any node, so there are no blocks to permute in")
        groups = roster[blocks].astype("str").fillna("").to_numpy() if blocks else None
        return {"groups": groups, "draws": int(self.told["draws"]), "seed": int(self.told["seed"])}

    def row(self, statistic: str, found: Estimate | float, **more: Any) -> Row:
        return replace(self.now.row("explained", statistic, found, **more), measure=self.analysis.name)

    def how(self, draws: int, exact: bool) -> str:
        within = f" within {self.told['blocks']}" if "blocks" in self.told else ""
        if exact:
            return f"{DSP}, all permutations of nodes{within} counted"
        return f"{DSP}, {draws:,} seeded permutations of nodes{within}, (1 + k) / (1 + R)"


def setting_of(prepared: Prepared, source: str, wave: Wave, relation: str) -> Setting | None:
    made = settings(prepared, prepared.study.sources[source], wave)
    return next((s for s in made if s.relation == relation), None)


def wave_for(waves: Sequence[Wave], year: int | None, name: str = "") -> Wave | None:
    """Which wave of another source stands beside a wave: that of its year (and name), else the undated, else
    the newest not after it; None where there is none.

    >>> from pathlib import Path
    >>> waves = [Wave(year, "", Path("a")) for year in (2021, 2023, 2025)]
    >>> wave_for(waves, 2024).year, wave_for(waves, None).year, wave_for(waves, 2020)
    (2023, 2025, None)
    """
    earlier = [w for w in waves if w.year is not None and (year is None or w.year <= year)]
    same = [w for w in waves if w.year == year]
    undated = [w for w in waves if w.year is None]
    for fits in ([w for w in same if w.name == name], same, undated, earlier):
        if fits:
            return fits[-1]
    return None


def placed(matrix: np.ndarray, names: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """A matrix over `names` as one over `nodes`, NaN where a node is not among the names.

    >>> placed(np.array([[0.0, 1], [2, 0]]), np.array(["b", "c"]), np.array(["c", "a", "b"])).tolist()
    [[0.0, nan, 2.0], [nan, nan, nan], [1.0, nan, 0.0]]
    """
    at = pd.Index(names).get_indexer(nodes)
    known = np.nonzero(at >= 0)[0]
    found = np.full((len(nodes), len(nodes)), np.nan)
    found[np.ix_(known, known)] = matrix[np.ix_(at[known], at[known])]
    return found


@dataclass(frozen=True, eq=False)
class Matrices:
    """The matrices of the predictors by name, over `nodes`, and what is to be said of some of them."""

    nodes: np.ndarray
    X: dict[str, np.ndarray]
    notes: Mapping[str, str]

    @property
    def known(self) -> np.ndarray:
        """n x n booleans: every predictor is known."""
        return ~np.isnan(np.array(list(self.X.values()))).any(axis=0)


def matrices(asked: Asked, nodes: np.ndarray, at: Setting) -> Matrices:
    """The predictors over these nodes; those that are relations as of the wave of `at`.

    Raises ValueError, in words, for what the records do not hold.
    """
    if why := too_large(at.network, MATRIX_NODES):
        raise ValueError(why)
    relations, strengths, notes = {}, {}, {}
    for part in (part for part in asked.parts if part.kind in OF_TIES):
        other = _beside(asked, part.of[0], at)
        if other.year not in (asked.now.year, None):
            notes[part.name] = f"{part.name} of {other.year}"
        if part.kind == "strength":
            strengths[part.of[0]] = placed(_strengths(asked, part, other), other.network.nodes, nodes)
        else:
            relations[part.of[0]] = placed(other.network.A, other.network.nodes, nodes)
    X = predictors(
        asked.terms,
        asked.now.roster.reindex(nodes),
        relations,
        _came(asked, nodes),
        strengths,
    )
    for matrix in X.values():
        np.fill_diagonal(matrix, np.nan)
    by_term = {
        term.name: "; ".join(notes[part.name] for part in term.parts if part.name in notes)
        for term in asked.terms
    }
    return Matrices(nodes, X, by_term)


def _beside(asked: Asked, name: str, at: Setting) -> Setting:
    """Another relation at the wave that stands beside `at`."""
    sources = asked.prepared.study.sources
    found = found_in(name, sources[asked.now.source], sources)
    source, relation = found or (name, name)
    wave = wave_for(asked.prepared.waves.get(source, ()), at.year, at.wave)
    made = setting_of(asked.prepared, source, wave, relation) if wave else None
    if made is None:
        raise ValueError(f"{name}: not asked in this wave")
    return made


def _strengths(asked: Asked, part: Predictor, other: Setting) -> np.ndarray:
    ties = ties_of(asked.prepared, other)
    if len(ties) and ties["strength"].isna().all():
        raise ValueError(f"{part.name}: no strength was recorded; use relation({part.of[0]})")
    return strength_matrix(ties, other.network)


def _came(asked: Asked, nodes: np.ndarray) -> dict[str, np.ndarray]:
    """Who came to events of the newer wave's year, by kind, and to any of those that count ("all")."""
    s = asked.now
    if s.came_to.empty or not any(part.kind in OF_EVENTS for part in asked.parts):
        return {}
    kinds = sorted({*s.came_to["kind"].dropna()} - {""})
    counted = {"all": s.gatherings, **{kind: [kind] for kind in kinds}}
    return {kind: attended(s.came_to, s.unit, nodes, chosen) for kind, chosen in counted.items()}
