"""Rows of declared analyses of the kind `explained`: what goes with a tie, with its making, with its lasting.

Imports `explained` (the question and its matrices), `setting`, `structure`, `change` (alignment), `mrqap`,
`mrqap_logistic`, `permutations`, `separable` and `dyad_model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ksn_research.analyse.network.change import comparable
from ksn_research.analyse.network.dyad_model import Coefficient, DyadModel
from ksn_research.analyse.network.explained import Asked, Matrices, matrices, setting_of
from ksn_research.analyse.network.mrqap import mrqap
from ksn_research.analyse.network.mrqap_logistic import logistic_mrqap
from ksn_research.analyse.network.permutations import Permuted
from ksn_research.analyse.network.separable import METHOD, separable
from ksn_research.analyse.network.setting import pairs_seen, smaller, undefined
from ksn_research.analyse.network.structure import Estimate
from ksn_research.plan import Analysis
from ksn_research.plan.explained import ONE_WAVE, TWO_WAVES
from ksn_research.prepared import Prepared
from ksn_research.results import Row

ONLY_ONE = "only one wave of this relation: which ties form and which last takes two"
FIRST = {"linear": "coefficient", "logistic": "log_odds"} | {one: f"{one}_log_odds" for one in TWO_WAVES}
RISK = {"formation": "pairs without a tie in the wave before", "persistence": "ties of the wave before"}
EVENT = {"formation": "ties formed", "persistence": "ties that lasted"}


def explained_rows(prepared: Prepared) -> list[Row]:
    """Rows of every declared analysis of the kind explained, at the newest wave of its outcome.

    Comes in: ties, senders, rosters and attendance of `prepared`; options as `plan.explained` makes them.
    Goes out: source the outcome's, measure the analysis's name, category a predictor or "" (of the model).
    What the records cannot answer (no such column, words for numbers, no variation, too few ties) is a row
    that says so.
    """
    declared = [one for one in prepared.study.analyses.values() if one.kind == "explained"]
    return [row for analysis in declared for row in _analysis_rows(prepared, analysis)]


def _analysis_rows(prepared: Prepared, analysis: Analysis) -> Iterator[Row]:
    name, _, relation = str(analysis.options["outcome"]).partition(".")
    waves = prepared.waves.get(name, ())
    found = [s for wave in waves if (s := setting_of(prepared, name, wave, relation))]
    if not found:
        return
    asked = Asked(prepared, analysis, found[-1], found[-2] if len(found) > 1 else None)
    models = analysis.options["models"]
    if any(model in ONE_WAVE for model in models):
        yield from _one_wave_rows(asked, [model for model in models if model in ONE_WAVE])
    if any(model in TWO_WAVES for model in models):
        yield from _two_wave_rows(asked, [model for model in models if model in TWO_WAVES])


def _one_wave_rows(asked: Asked, models: Sequence[str]) -> Iterator[Row]:
    """Ties of the newest wave: which pairs have one."""
    g = asked.now.network
    seen = f"{'ordered ' if g.directed else ''}{pairs_seen(g)}, all predictors known"
    try:
        made, tested = matrices(asked, g.nodes, asked.now), asked.tested(g.nodes)
    except ValueError as error:
        yield from _undefined_rows(asked, models, str(error), {"n": g.observed_pairs, "unit": "dyads"}, seen)
        return
    over: dict[str, Any] = {
        "n": int((made.known & g.observed).sum()) // g.pairs_per_cell,
        "unit": "dyads",
        "population": g.possible_pairs,
    }
    ties = int((made.known & g.ties).sum()) // g.pairs_per_cell
    yield asked.row("pairs", over["n"], method=f"observed {seen}", **over)
    yield asked.row("ties", ties, method=f"ties among the {seen}", **over)
    yield _left_out_row(asked, "left_out", made, g.A, g.pairs_per_cell)
    for model in models:
        rows = _linear_rows if model == "linear" else _logistic_rows
        try:
            yield from rows(asked, made, tested, over, seen)
        except ValueError as error:
            yield from _undefined_rows(asked, [model], str(error), over, seen)


def _linear_rows(
    asked: Asked, made: Matrices, tested: Mapping[str, Any], over: Mapping[str, Any], seen: str
) -> Iterator[Row]:
    found = mrqap(asked.now.network, made.X, **tested)
    if found.why:
        raise ValueError(found.why)
    base = f"ordinary least squares over {seen}"
    said = f"{base}; p two-sided on t {asked.how(found.draws, found.exact)}"
    method = f"share of the variance over pairs that the predictors take up; {base}"
    yield asked.row("r_squared", _number(found.r2), method=method, **over)
    if found.intercept is not None:
        yield asked.row("intercept", _number(found.intercept.coefficient), method=base, **over)
    for term in found.terms:
        about = _about(asked, made, term.name, asked.now.network.observed, over)
        said_of = made.notes[term.name]
        tested_as = {"method": said, **_tested(term.test, said_of, term.why), **about}
        yield asked.row("coefficient", _number(term.coefficient), **tested_as)
        method = f"coefficient / ordinary standard error; {base}"
        yield asked.row("t", _number(term.statistic), method=method, note=said_of, **about)


def _logistic_rows(
    asked: Asked, made: Matrices, tested: Mapping[str, Any], over: Mapping[str, Any], seen: str
) -> Iterator[Row]:
    found = logistic_mrqap(asked.now.network, made.X, **tested)
    if found.why:
        raise ValueError(found.why)
    base = f"logistic regression over {seen}"
    said = f"{base}; p two-sided on the score statistic {asked.how(found.draws, found.exact)}"
    for name, value, what in (
        ("deviance", found.deviance, "−2 log likelihood"),
        (
            "null_deviance",
            found.null_deviance,
            "−2 log likelihood of a model that says one half for every pair",
        ),
        ("aic", found.aic, "deviance + 2 * coefficients"),
    ):
        yield asked.row(name, _number(value), method=f"{what}; {base}", **over)
    if found.intercept is not None:
        intercept = _number(found.intercept.coefficient, found.intercept.why)
        yield asked.row("logistic_intercept", intercept, method=base, **over)
    for term, score in zip(found.terms, found.scores, strict=True):
        about = _about(asked, made, term.name, asked.now.network.observed, over)
        said_of, log_odds = made.notes[term.name], _number(term.coefficient, term.why)
        tested_as = {"method": said, **_tested(term.test, said_of), **about}
        untested = {"method": base, "note": said_of, **about}
        yield asked.row("log_odds", log_odds, **(untested if log_odds.value is None else tested_as))
        yield asked.row(
            "odds_ratio", _exponential(log_odds), **{**untested, "method": f"exp(log odds); {base}"}
        )
        yield asked.row("score", _number(score, term.why), **tested_as)


def _two_wave_rows(asked: Asked, models: Sequence[str]) -> Iterator[Row]:
    """Two waves: which pairs without a tie make one, and which ties last."""
    if asked.before is None:
        empty = {"n": 0, "unit": "dyads"}
        yield from _undefined_rows(asked, models, ONLY_ONE, empty, "pairs observed in both waves")
        return
    seen = "observed in both waves, all predictors known"
    try:
        nodes = comparable(asked.before.network, asked.now.network)[1].nodes
        made, tested = matrices(asked, nodes, asked.before), asked.tested(nodes)
        found = separable(asked.before.network, asked.now.network, made.X)
    except ValueError as error:
        over = {"n": asked.now.network.observed_pairs, "unit": "dyads"}
        yield from _undefined_rows(asked, models, str(error), over, f"pairs {seen}")
        return
    for model in models:
        yield from _model_rows(asked, made, tested, model, getattr(found, model), f"{RISK[model]} {seen}")


def _model_rows(
    asked: Asked, made: Matrices, tested: Mapping[str, Any], model: str, found: DyadModel, base: str
) -> Iterator[Row]:
    g = asked.now.network
    over = {"n": found.pairs, "unit": "dyads", "population": found.pairs + found.left_out}
    yield asked.row(f"{model}_pairs", found.pairs, method=base, **over)
    yield asked.row(f"{model}_ties", found.events, method=f"{EVENT[model]}, of {base}", **over)
    yield _left_out_row(asked, f"{model}_left_out", made, found.outcome, g.pairs_per_cell)
    if found.why:
        yield from _undefined_rows(asked, [model], found.why, over, base)
        return
    test = logistic_mrqap(found.outcome, made.X, directed=g.directed, **tested)
    terms = {term.name: term for term in test.terms}
    said = f"{METHOD}; {base}; p two-sided on the score statistic {asked.how(test.draws, test.exact)}"
    fit = f"logistic regression over {base}"
    yield asked.row(f"{model}_deviance", _number(found.deviance), method=f"−2 log likelihood; {fit}", **over)
    yield asked.row(f"{model}_aic", _number(found.aic), method=f"deviance + 2 * coefficients; {fit}", **over)
    first, *rest = found.coefficients
    yield asked.row(f"{model}_intercept", _of(first), method=f"{METHOD}; {base}", **over)
    for one in rest:
        about = _about(asked, made, one.name, ~np.isnan(found.outcome), over)
        note = _joined(made.notes[one.name], found.note)
        untested = {**about, "note": note}
        tested_as = {**about, **_tested(terms[one.name].test, note, terms[one.name].why)}
        shared = untested if one.estimate is None else tested_as
        yield asked.row(f"{model}_log_odds", _of(one), method=said, **shared)
        method = f"exp(log odds), with its interval; {METHOD}; {base}"
        yield asked.row(f"{model}_odds_ratio", _exponential(_of(one)), method=method, **untested)


def _undefined_rows(
    asked: Asked, models: Sequence[str], why: str, over: Mapping[str, Any], base: str
) -> Iterator[Row]:
    """A model that cannot be had: its first statistic of every predictor, and why there is none."""
    for model in models:
        for term in asked.terms:
            method = f"{'least squares' if model == 'linear' else 'logistic regression'} over {base}"
            yield asked.row(FIRST[model], undefined(why), category=term.name, method=method, **over)


def _left_out_row(asked: Asked, statistic: str, made: Matrices, outcome: np.ndarray, each: int) -> Row:
    """Pairs whose outcome was observed and of which a predictor is not known; which, in the note."""
    seen = ~np.isnan(outcome)
    count = {name: int((seen & np.isnan(x)).sum()) // each for name, x in made.X.items()}
    note = ", ".join(f"{name} not known of {n:,}" for name, n in count.items() if n)
    method = "pairs whose outcome was observed and of which a predictor is not known"
    left, whole = int((seen & ~made.known).sum()) // each, int(seen.sum()) // each
    return asked.row(statistic, left, n=whole, unit="dyads", method=method, note=note)


def _about(
    asked: Asked, made: Matrices, name: str, seen: np.ndarray, over: Mapping[str, Any]
) -> dict[str, Any]:
    """Category, denominator and support of what is said of one predictor.

    The support are the nodes in whose pairs it has another value than most pairs have, as senders or as
    receivers, whichever are fewer: `both(type, library)` is about libraries, `sender(came)` about those few
    that came.
    """
    x = made.X[name]
    counts = seen & made.known
    values, often = np.unique(x[counts], return_counts=True)
    apart = counts & (x != values[often.argmax()]) if len(values) else counts
    ends = [asked.now.support_of(made.nodes[apart.any(axis=axis)]) for axis in (0, 1)]
    return {"category": name, **over, **smaller(*ends)}


def _tested(test: Permuted | None, *notes: str) -> dict[str, Any]:
    """p, and its Monte-Carlo error in the note."""
    error = f"Monte-Carlo error of p {test.p_se:.1g}" if test and test.p_se is not None else ""
    return {"p": test.p if test else None, "note": _joined(*notes, error)}


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _number(value: float | None, why: str = "") -> Estimate:
    return Estimate(value, why=why or ("" if value is not None else "not defined"))


def _of(one: Coefficient) -> Estimate:
    return Estimate(one.estimate, one.clustered, one.low, one.high, one.why)


def _exponential(e: Estimate) -> Estimate:
    """An odds ratio of a log odds ratio; its standard error is not that of a symmetric interval."""
    value, low, high = (None if x is None else float(np.exp(x)) for x in (e.value, e.low, e.high))
    return Estimate(value, None, low, high, e.why)
