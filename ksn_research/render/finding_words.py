"""The words of one finding, part by part: each part is a claim and the pieces that say it.

`stated` says the newest value, `compared` what became of it since the wave before, `by_groups` and `among`
for whom it differs where the study declared that comparison. Associations "go with" each other.

Imports claims, formats, view, wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from ksn_research.render import claims, formats
from ksn_research.render.claims import HIGHER, LOWER, Claim, judged, unadjusted
from ksn_research.render.formats import Result
from ksn_research.render.view import View, wave_label, wave_of
from ksn_research.render.wording import Label, Number, Piece, listed, rests_on

# Differences that are no subtraction of the two values beside them: over whom they are.
OVER = {
    "density_difference": "over the pairs seen in both waves, ",
    "difference_same_members": "among those who answered both times, ",
}
REASONS = {
    "": "there is neither an interval nor a test",
    claims.NO_TEST: "the interval excludes no difference, but no test was made",
    claims.NO_INTERVAL: "the test speaks for a difference, but there is no interval",
    claims.AMONG: "the interval excludes no difference, but the p is one of several that are not adjusted",
    claims.BESIDE: "the interval does not hold the difference",
}
APART, ROUNDED = ", not by subtraction of the two values", ", before rounding"
UNSEEN = "not zero before rounding"


@dataclass(frozen=True, eq=False)
class Part:
    """One sentence of a finding: what it claims, of which results, in which words."""

    claim: Claim
    rows: tuple[Result, ...]
    pieces: tuple[Piece, ...]


def stated(subject: Sequence[Piece], row: Result) -> Part:
    """The newest value with its interval and n, or why it is not shown."""
    when = year(row)
    if row["status"] != "published":
        mark = {"suppressed": "is suppressed", "undefined": "is not defined"}.get(
            row["status"], "is not comparable"
        )
        said = (*subject, " in ", when, f" {mark}: ", reason(row), ".")
        return Part(Claim(str(row["id"]), str(row["status"])), (row,), said)
    inside = listed([(Number(row, "interval"),) if bounded(row) else (), rests_on(row)])
    brackets = (" (", *inside, ")") if inside else ()
    said = (*subject, " was ", Number(row, strong=True), *brackets, " in ", when, ".")
    return Part(Claim(str(row["id"]), claims.STATED), (row,), said)


def compared(newest: Result, before: Result | None, change: Result | None, tests: int, note: str) -> Part:
    """What can be said of the wave before.

    before  the value of the wave before; None where there is none
    change  the difference of the two waves; None where none was made
    tests   how many tests of the change's family are not adjusted (see `claims.judged`)
    note    what a reader has to know beside the change, "" where there is nothing
    """
    said: tuple[Piece, ...]
    if before is None:
        said = ("There is no earlier wave to compare it with.",)
        return Part(Claim(str(newest["id"]), claims.FIRST), (), said)
    when = year(before)
    if change is not None and change["status"] == "not comparable":
        said = ("It is not comparable with ", when, ": ", reason(change), ".")
        return Part(judged(change), (change,), said)
    if before["status"] != "published":
        said = ("The value of ", when, " is not shown: ", reason(before), ".")
        return Part(Claim(str(before["id"]), str(before["status"])), (before,), said)
    if newest["status"] != "published" or change is None:
        said = ("In ", when, " it was ", Number(before), ".")
        return Part(Claim(str(before["id"]), claims.UNTESTED), (before,), said)
    claim = judged(change, tests)
    words = _changed(claim, newest, before, change)
    return Part(claim, (before, change), (*words, *_noted(note)))


def by_groups(seen: View, rows: Sequence[Result]) -> Part | None:
    """For whom a measure differs: the groups that clearly stand farthest from all the others.

    rows  the differences of one declared comparison, one for each group ("this level minus all others"), or
          what says why there are none
    Groups that stand equally far are all named; None where nothing was tested.
    """
    if not rows:
        return None
    said: tuple[Piece, ...]
    way = (f"By {str(rows[0]['group']).replace('_', ' ')}, ",)
    shown = [row for row in rows if row["status"] == "published"]
    if not shown:
        said = (*way, "nothing can be compared: ", reason(rows[0]), ".")
        return Part(judged(rows[0]), (rows[0],), said)
    limit = " that is shown" if len(shown) < len(rows) else ""
    told = [(judged(row, unadjusted(shown)), row) for row in shown]
    if all(claim.direction == claims.UNTESTED for claim, _ in told):
        return None
    clear = [(claim, row) for claim, row in told if claim.direction in (HIGHER, LOWER)]
    if not clear:
        said = (*way, f"none{limit} stood clearly apart from the others.")
        return Part(Claim(str(shown[0]["id"]), claims.SAME), tuple(shown), said)
    far = max(_distance(row) for _, row in clear)
    named = [(claim, row) for claim, row in clear if _distance(row) == far]
    names = [
        (Label(seen.words(row, "level")), f" was {claim.direction} than the others (", *sized(claim, row))
        for claim, row in named
    ]
    others = _others(len(clear) - len(named), len(shown) - len(named), len(named), limit)
    said = (*way, *listed(names, ") and "), ")", others, ".")
    return Part(named[0][0], tuple(row for _, row in named), said)


def among(seen: View, row: Result) -> Part:
    """What membership goes with, where members of something were compared with the others."""
    claim, about = judged(row), (Label(seen.words(row, "category")), ": ")
    if claim.direction in (HIGHER, LOWER):
        verdict = f"membership goes with a {claim.direction} value (covariate-adjusted "
        return Part(claim, (row,), (*about, verdict, *sized(claim, row), ")."))
    if claim.direction == claims.SAME:
        verdict = "no clear difference between members and the others (covariate-adjusted "
        return Part(claim, (row,), (*about, verdict, *sized(claim, row), ")."))
    why: Piece = reason(row) if row["status"] != "published" else REASONS[claim.certainty]
    return Part(claim, (row,), (*about, "nothing is claimed: ", why, "."))


def year(row: Result) -> Label:
    """The wave of a result, as words."""
    return Label(wave_label(wave_of(row)), "year")


def reason(row: Result) -> Label:
    """Why there is no number."""
    return Label(str(row["note"]).rstrip(".") or str(row["status"]))


def bounded(row: Result) -> bool:
    """Whether a result has an interval."""
    return not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]))


def sized(claim: Claim, row: Result, remark: str = "") -> tuple[Piece, ...]:
    """ "difference +0.21; +0.09 to +0.33; adjusted p = .003": how large a difference is, and how sure.

    remark  what is to be said of the difference itself
    """
    interval = (Number(row, "interval"),) if bounded(row) else ()
    if not pd.isna(row["p_adjusted"]):
        p: tuple[Piece, ...] = ("adjusted p ", Number(row, "p_adjusted"))
    else:
        p = () if pd.isna(row["p"]) else ("unadjusted p ", Number(row, "p"))
    fine = (UNSEEN,) if claim.direction in (HIGHER, LOWER) and _prints_none(row) else ()
    return listed([("difference ", Number(row), remark), interval, p, fine])


def _changed(claim: Claim, newest: Result, before: Result, change: Result) -> tuple[Piece, ...]:
    when, over = year(before), OVER.get(str(change["statistic"]), "")
    was = ("In ", when, " it was ", Number(before), ".")
    if claim.direction in (claims.SUPPRESSED, claims.UNDEFINED):
        return (*was, " The difference is not shown: ", reason(change), ".")
    if claim.direction == claims.UNTESTED:
        return was
    size = ("(", *sized(claim, change, "" if over else _beside(newest, before, change)), ")")
    if claim.direction == claims.UNCONFIRMED:
        why = REASONS[claim.certainty]
        return (*was, f" {_capital(over + 'whether it changed')} is not confirmed ", *size, f": {why}.")
    verdict = {
        HIGHER: "it was higher than in ",
        LOWER: "it was lower than in ",
        claims.SAME: "there was no clear change from ",
    }[claim.direction]
    if over:
        return (*was, " ", _capital(over + verdict), when, " ", *size, ".")
    return (_capital(verdict), when, ", when it was ", Number(before), " ", *size, ".")


def _beside(newest: Result, before: Result, change: Result) -> str:
    """What has to be said where the printed values do not make the printed difference."""
    one, two = (_printed(row, formats.kind_of(newest)) for row in (newest, before))
    shown = _printed(change, formats.kind_of(change))
    if one is None or two is None or shown is None or one - two == shown:
        return ""
    step = Decimal(1).scaleb(int(shown.as_tuple().exponent))
    unrounded = abs(float(newest["estimate"]) - float(before["estimate"]) - float(change["estimate"]))
    scale = 100 if formats.kind_of(change) in ("points", "percent", "rare") else 1
    return ROUNDED if unrounded * scale < float(step) / 10 else APART


def _prints_none(row: Result) -> bool:
    """Whether a clear difference, or an end of its interval, is printed as none."""
    kind = formats.kind_of(row)
    ends = (float(row[part]) for part in ("estimate", "ci_low", "ci_high"))
    return any(not formats.number(end, kind, unit=False).strip("0.,") for end in ends)


def _printed(row: Result, kind: str) -> Decimal | None:
    """The estimate as it is printed; None where it is printed as a bound."""
    said = formats.number(float(row["estimate"]), kind, unit=False).replace(formats.MINUS, "-")
    return None if said[0] in "uo" else Decimal(said.replace(",", ""))


def _distance(row: Result) -> Decimal:
    """How far a difference is from none, as it is printed: what prints alike is equal."""
    return abs(_printed(row, formats.kind_of(row)) or Decimal(0))


def _others(clear: int, others: int, named: int, limit: str) -> str:
    alike = ", equally far" if named > 1 else ""
    if clear:
        return f"{alike}; {formats.in_words(clear)} more stood clearly apart, less far"
    return f"{alike}; no other{limit} stood clearly apart" if others else alike


def _noted(note: str) -> tuple[Piece, ...]:
    return (" Note: ", Label(note.rstrip(".")), ".") if note else ()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
