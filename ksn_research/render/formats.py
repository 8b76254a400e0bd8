"""The one place that turns a result into characters.

The rounding rule, for everything the package prints: percentages are whole numbers (a decimal would
claim more than any of our intervals supports), rare risks, densities and indices of fit have one digit
more, means and indices have two decimals, counts are whole with a comma at thousands, p has three decimals.
Halves are rounded away from zero, as readers do it. A share above 0 never reads "0 %" and one below 1 never
"100 %"; a suppressed value never looks like a number.

Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

Result = Mapping[str, Any]

NBSP, MINUS, DASH = "\u00a0", "\u2212", "\u2013"
ABSENT = DASH
DIGITS = "%.6g"  # of a number that a file holds: a processor's last digits neither differ nor leak
MARKS = {"suppressed": "s", "undefined": "not defined", "not comparable": "not comparable"}

_SHARES = (
    "share rate retention top_tenth_share within_share reciprocity positive_agreement percent_agreement "
    "mean_share share_positive share_substantive rate_complete met floor ceiling missing trimmed "
    "reciprocity_low reciprocity_high dyadic_reciprocity transitivity transitivity_low transitivity_high "
    "weak_transitivity connectedness connectedness_low connectedness_high reached_share "
    "largest_component_share best_share top_kept persistence bridging_share connected_pairs travelled_share "
    "outside_share helping_share robustness projection_density negative_agreement prevalence "
    "new_in_last_run orders_reaching across_share across_expected all_roles_share people_share "
    "sessions_share never_thanked_share finished_share step_share "
    "quarter_below quarter_above"
)
_COUNTS = (
    "count respondents attendances people organisations events nodes ties kept dissolved created isolates "
    "answered answered_substantive read used set_aside low_circles effective_n joined components triads "
    "articulation_points max_core max_core_size communities hamming joiners_ties leavers_ties seen_once "
    "pairs left_out formation_pairs formation_ties formation_left_out persistence_pairs persistence_ties "
    "persistence_left_out bridging_people linked_circles connected_circles ideas later_adoptions median_days "
    "before after offers needs topics asked left interviews in_base in_all paragraphs median_events "
    "median_months half_life_days views thanks givers receivers pairs_expected enough_answers"
)
_CHANGES = (
    "difference difference_same_members difference_adjusted change change_modelled change_complete "
    "change_shifted drop_out_difference"
)
_E_I = "e_i_index e_i_expected e_i_low e_i_high e_i_index_low e_i_index_high e_i_directed e_i_rescaled"
KINDS: dict[str, str] = {
    **dict.fromkeys(_SHARES.split(), "percent"),
    **dict.fromkeys(_COUNTS.split(), "count"),
    **dict.fromkeys(("risk_co_attending", "risk_others", "creation", "adoption_rate"), "rare"),
    **dict.fromkeys(("density", "density_low", "density_high"), "density"),
    "density_difference": "density change",
    **dict.fromkeys(("outside_range", "balance"), "points"),
    **dict.fromkeys((*_CHANGES.split(), "hedges_g", "cliffs_delta", "e_i_difference"), "change"),
    **dict.fromkeys(_E_I.split(), "change"),
    **dict.fromkeys(("coefficient", "log_odds", "formation_log_odds", "persistence_log_odds"), "fit change"),
    **dict.fromkeys(("cfi", "rmsea", "r_squared"), "fit"),
    **dict.fromkeys(("cfi_change", "rmsea_change", "dose", "slope_per_month"), "fit change"),
}
# What takes its format from its measure: of a share, a difference is in points and a level in per cent.
_OF_SHARES = {
    **dict.fromkeys((*_CHANGES.split(), "dose"), "points"),
    **dict.fromkeys(("lowest", "highest", "mean_modelled"), "percent"),
}
_OF_THEMES = ("theme_differences", "theme_change", "two_sources")  # themes are shares of interviews
_SHARE_OF_SENDERS = ("positions", "in_degree_share")  # analysis, category: its mean is one of shares
_PERCENT = ("percent", "rare", "points")
# What a number rests on, in print: by unit, and where an analysis means something of its own by one.
_UNITS = {"dyads": "pairs"}
_OWN_UNITS = {
    ("spread", "events"): "adoptions",
    ("spread", "circles"): "occasions",
    ("expertise", "answers"): "people and topics",
    ("expertise", "ties"): "asks",
    ("informal", "ties"): "help ties",
    ("attendance", "rows"): "attendances",
    ("came_as", "rows"): "attendances",
    ("exchange", "answers"): "sheets",
    ("ratings", "answers"): "ratings",
    ("rating_trend", "answers"): "ratings",
    ("recognition", "ties"): "thanks",
    ("recognition", "dyads"): "pairs that thanked",
    ("activity", "dyads"): "pairs that replied",
    ("funnel", "events"): "views",
}
_DECIMALS = {"percent": 0, "points": 0, "rare": 1, "count": 0, "density": 3, "density change": 3,
             "fit": 3, "fit change": 3}  # fmt: skip
_SIGNED = ("change", "points", "density change", "fit change")
_WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905


def kinds(results: pd.DataFrame) -> pd.Series:
    """How each result is to be written: what is said of a share is in per cent or percentage points.

    results  columns source, measure, analysis, statistic; out: a text column on the same index.
    """
    kind = results["statistic"].map(KINDS).fillna("mean").astype("str")
    analysis, category = _SHARE_OF_SENDERS
    of_senders = (results["analysis"] == analysis) & (results["category"] == category)
    kind = kind.mask(of_senders, "rare")
    shares = results.loc[results["analysis"].isin(["shares", "answers", "reach", "response"])]
    of_shares = set(zip(shares["source"], shares["measure"], strict=True))
    pairs = pd.Series(list(zip(results["source"], results["measure"], strict=True)), index=results.index)
    own = results["statistic"].map(_OF_SHARES)
    of_share = pairs.isin(of_shares) | results["analysis"].isin(_OF_THEMES)
    return kind.where(own.isna() | ~of_share, own).astype("str")


def number(value: float, kind: str = "mean", *, unit: bool = True) -> str:
    """A number in print.

    >>> number(0.145, "percent"), number(0.004, "percent"), number(1234, "count"), number(3.456)
    ('15\\xa0%', 'under 1\\xa0%', '1,234', '3.46')
    >>> number(-0.125, "change"), number(0.125, "points")
    ('\\u22120.13', '+13 points')
    """
    shown, bound = _rounded(value, kind)
    sign = _sign(shown, kind)
    words = f"{bound}{sign}{abs(shown):,}"
    if kind == "points":
        return words + (" point" if abs(shown) == 1 else " points") * unit
    return words + (f"{NBSP}%" if kind in _PERCENT and unit else "")


def p_value(p: float) -> str:
    """A p-value with three decimals and no leading zero.

    >>> p_value(0.0004), p_value(0.0317)
    ('<\\xa0.001', '.032')
    """
    return f"<{NBSP}.001" if p < 0.001 else f"{_half_up(Decimal(repr(float(p))), 3)}".removeprefix("0")


def interval(low: float, high: float, kind: str = "mean") -> str:
    """A 95 % interval without its unit, which stands at the estimate.

    >>> interval(0.354, 0.47, "percent"), interval(-0.1, 0.2, "change")
    ('35\\u201347', '\\u22120.10 to +0.20')
    """
    joint = " to " if kind in _SIGNED else DASH
    return joint.join(number(end, kind, unit=False) for end in (low, high))


def show(row: Result, part: str = "estimate") -> str:
    """One part of a result in characters: the estimate, "n", "population", "p", "p_adjusted" or "interval".

    row   a result; its `kind` (see `kinds`) decides the format, else its `statistic` does
    Suppressed, undefined and not comparable results give their mark; a part that does not exist a dash.
    """
    if row["status"] != "published" and part in ("estimate", "interval"):
        return MARKS[row["status"]]
    if part == "interval":
        known = not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]))
        return interval(row["ci_low"], row["ci_high"], kind_of(row)) if known else ABSENT
    if pd.isna(row[part]):
        return MARKS["suppressed"] if row["status"] == "suppressed" else ABSENT
    if part in ("p", "p_adjusted"):
        return p_value(float(row[part]))
    return number(float(row[part]), "count" if part in ("n", "population") else kind_of(row))


def short(row: Result) -> str:
    """The estimate without its unit, for a drawing that names the unit elsewhere; the mark where there is
    none.

    >>> short({"estimate": 0.004, "statistic": "share", "status": "published"})
    '<1'
    """
    if row["status"] != "published" or pd.isna(row["estimate"]):
        return MARKS.get(row["status"], ABSENT)
    said = number(float(row["estimate"]), kind_of(row), unit=False)
    return said.replace("under ", "<").replace("over ", ">")


def kind_of(row: Result) -> str:
    """The format of a result: its own `kind` where `kinds` was joined, else that of its statistic."""
    return str(row.get("kind") or KINDS.get(row["statistic"], "mean"))


def data(row: Result, part: str = "estimate") -> Markup:
    """One part of a result as HTML that carries the raw number and the result's id.

    "interval" gives two elements, joined as `interval` joins them. Marks are explained on hover and to
    screen readers by the note.
    """
    if row["status"] != "published" and part in ("estimate", "interval"):
        return _mark(row)
    if part == "interval" and not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"])):
        kind = kind_of(row)
        joint = Markup(" to ") if kind in _SIGNED else Markup("{}").format(DASH)
        ends = [
            element(number(row[end], kind, unit=False), row[end], row["id"], end)
            for end in ("ci_low", "ci_high")
        ]
        return joint.join(ends)
    if part == "interval" or pd.isna(row[part]):
        return _mark(row) if row["status"] == "suppressed" else absent()
    return element(show(row, part), row[part], row["id"], "" if part == "estimate" else part)


def estimate_with_interval(row: Result) -> Markup:
    """ "41 % (35-47)", or the estimate or mark alone where there is no interval."""
    if row["status"] != "published" or pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return data(row)
    return Markup('{} <span class="ci">({})</span>').format(data(row), data(row, "interval"))


def unit_of(row: Result) -> str:
    """What a result's n counts, in words.

    >>> unit_of({"analysis": "network", "unit": "dyads"}), unit_of({"analysis": "spread", "unit": "events"})
    ('pairs', 'adoptions')
    """
    unit = str(row["unit"])
    return _OWN_UNITS.get((str(row["analysis"]), unit), _UNITS.get(unit, unit))


def rests_on(row: Result) -> Markup:
    """What a number rests on: n, of how many where that is known, and what is counted."""
    if pd.isna(row["n"]):
        return data(row, "n")
    of = Markup("") if pd.isna(row["population"]) else Markup("of {} ").format(data(row, "population"))
    return Markup('{} <span class="ci">{}{}</span>').format(data(row, "n"), of, unit_of(row))


def of_n(row: Result) -> Markup:
    """ "3.1 % of 1,204"."""
    return Markup('{} <span class="ci">of {}</span>').format(data(row), data(row, "n"))


def element(text: str, value: float, result: str, part: str = "") -> Markup:
    """The `<data>` element around a printed number, which it holds with six significant digits.

    >>> element("41 %", 0.41379310344827586, "2025.trust")
    Markup('<data class="r" value="0.413793" data-id="2025.trust">41 %</data>')
    """
    whole = float(value).is_integer()
    raw = str(int(value)) if whole else DIGITS % value
    inside = Markup('value="{}" data-id="{}"').format(raw, result)
    inside += Markup(' data-part="{}"').format(part) if part else ""
    return Markup('<data class="r" {}>{}</data>').format(inside, text)


def absent() -> Markup:
    """The dash where there is no such result."""
    return Markup('<span class="absent">{}</span>').format(ABSENT)


def in_words(count: int) -> str:
    """Small whole numbers as words, so that a rule in a sentence is not taken for a result.

    >>> in_words(5), in_words(20)
    ('five', '20')
    """
    return _WORDS[count] if 0 <= count < len(_WORDS) else str(count)


def _mark(row: Result) -> Markup:
    note = row["note"] or row["status"]
    return Markup('<span class="mark" data-id="{}" title="{}">{}</span>').format(
        row["id"], escape(note), MARKS[row["status"]]
    )


def _rounded(value: float, kind: str) -> tuple[Decimal, str]:
    exact = Decimal(repr(float(value))) * (100 if kind in _PERCENT else 1)
    places = _DECIMALS.get(kind, 2)
    shown, step = _half_up(exact, places), Decimal(1).scaleb(-places)
    if kind in ("percent", "rare") and exact > 0 and shown == 0:
        return step, "under "
    if kind in ("percent", "rare") and exact < 100 and shown >= 100:
        return 100 - step, "over "
    return shown, ""


def _half_up(exact: Decimal, places: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _sign(shown: Decimal, kind: str) -> str:
    if shown < 0:
        return MINUS
    return "+" if kind in _SIGNED and shown > 0 else ""
