"""Which rows are set aside, and why: every reason is a rule that somebody wrote down, and is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.read import Export
from ksn_research.score.answers import fits, plain, plain_column

# Columns by which REDCap puts records of several kinds into one file, by name and as its labels head them.
KINDS_OF_RECORD = ("redcap_event_name", "redcap_repeat_instrument")
HEADED = ("Event Name", "Repeat Instrument")


def kept_out(
    export: Export, flags: pd.DataFrame, wave: Wave, origin: Origin
) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows that the study's own rules leave out: one boolean column a reason.

    `keep` = { column = [values] } in study.toml keeps only rows with one of these values there;
    `exclude` = [{ flag = "preview", reason = "..." }, { column = "...", values = [...], reason = "..." }].
    A rule that names no flag, no column of the file or several blocks, and so does a `keep` that keeps no
    row; a value that no row holds is warned of.
    """
    out, findings = pd.DataFrame(index=export.frame.index), []
    for name, values in wave.options.get("keep", {}).items():
        column, problem = _named(export, name)
        if column is None:
            findings.append(_unmatched(f"keep.{name}", problem, origin))
            continue
        out[f"not of the kept {name}"] = ~_holds(column, values)
        findings += _idle(f"keep.{name}", column, values, origin, blocks=bool(out.iloc[:, -1].all()))
    for rule in wave.options.get("exclude", []):
        hit, problem = _hit(rule, export, flags)
        if hit is None:
            findings.append(_unmatched("exclude", problem, origin))
        else:
            if "column" in rule:
                findings += _idle("exclude", _named(export, rule["column"])[0], rule["values"], origin)
            reason = rule.get("reason") or f"excluded: {rule.get('flag') or rule.get('column')}"
            out[reason] = hit | out[reason] if reason in out else hit
    return out, [*findings, *_mixed(export, wave, origin)]


def _hit(rule: Mapping[str, Any], export: Export, flags: pd.DataFrame) -> tuple[pd.Series | None, str]:
    if "flag" in rule:
        return flags.get(
            rule["flag"]
        ), f"`{rule['flag']}` is no flag; use one of {', '.join(map(str, flags))}"
    column, problem = _named(export, rule["column"])
    return None if column is None else _holds(column, rule["values"]), problem


def _named(export: Export, name: str) -> tuple[pd.Series | None, str]:
    """The one column of that name, else of that heading; or why there is none."""
    heads = export.columns
    fit = heads["name"].map(plain) == plain(name)
    if not fit.any():
        fit = heads["heading"].map(lambda heading: fits(heading, name)).astype(bool)
    if fit.sum() == 1:
        return export.frame[fit.idxmax()], ""
    return None, f"`{name}` names {int(fit.sum()) or 'no'} column{'s' if fit.any() else ''} of the file"


def _holds(column: pd.Series, values: list[str]) -> pd.Series:
    return plain_column(column).isin([plain(value) for value in values])


def _idle(
    where: str, column: pd.Series | None, values: list[str], origin: Origin, *, blocks: bool = False
) -> list[Finding]:
    """Values of a rule that no row holds; nothing where there are no rows."""
    if column is None or column.empty:
        return []
    held = set(plain_column(column).unique())
    absent = [value for value in values if plain(value) not in held]
    if not absent:
        return []
    problem = f"{where}: no row holds {', '.join(f'`{value}`' for value in absent)}"
    remedy = "correct the rule in study.toml, or take the value out of it"
    return [origin.finding("block" if blocks else "warn", problem, remedy, row=1, count=len(absent))]


def _unmatched(where: str, problem: str, origin: Origin) -> Finding:
    return origin.finding("block", f"{where}: {problem}", "correct the rule in study.toml", row=1)


def _mixed(export: Export, wave: Wave, origin: Origin) -> list[Finding]:
    """Records of several kinds in one file, and no word which of them are meant."""
    found = []
    for name in (*KINDS_OF_RECORD, *(HEADED if export.format == "redcap" else ())):
        column = _named(export, name)[0]
        kinds = [] if column is None else sorted(column.unique())
        if len(kinds) > 1 and name not in wave.options.get("keep", {}):
            listed = ", ".join(f'"{kind}"' for kind in kinds)
            problem = f"the file holds records of {len(kinds)} kinds"
            key = name if name in KINDS_OF_RECORD else f'"{name}"'
            remedy = f"say in study.toml which are meant: keep = {{ {key} = [...] }} with some of {listed}"
            found.append(origin.finding("block", problem, remedy, row=1, column=name))
    return found


def left_over(
    frame: pd.DataFrame,
    out: pd.DataFrame,
    who: pd.DataFrame,
    wave: Wave,
    origin: Origin,
    people: pd.DataFrame,
) -> tuple[pd.DataFrame, list[Finding]]:
    """`out` with the reasons that need the answers: nothing answered, not on the roster, answered again."""
    code = wave.options.get("respondent", "")
    asked = [name for name in frame if name not in (code, wave.options.get("circle"))]
    answered = np.zeros(len(frame), dtype=bool)
    for name in asked:
        answered |= frame[name].notna().to_numpy()
    off = who["member"].notna() & ~who["member"].isin(people["member"]) & (not people.empty)
    aside = out.copy()
    aside["no question answered"], aside["member code not on the roster"] = ~answered, off
    twice, findings = _repeated(who["member"].mask(aside.any(axis=1)), wave, origin)
    aside["answered again by the same member"] = twice
    off &= ~out.any(axis=1)
    if off.any():
        problem = f"{int(off.sum())} rows have a member code that is not on the roster"
        remedy = "correct the code or add the member; the rows are set aside"
        row = off.index[off][0]
        findings.append(origin.finding("warn", problem, remedy, row=row, column=code, count=int(off.sum())))
    return aside, findings


def _repeated(member: pd.Series, wave: Wave, origin: Origin) -> tuple[pd.Series, list[Finding]]:
    """Rows of a member who answered before, by the declared rule; without a rule they block."""
    rule = wave.options.get("duplicates")
    twice = member.notna() & member.duplicated(keep="last" if rule == "last" else "first")
    if rule or not twice.any():
        return twice, []
    problem = "the same member answered before"
    remedy = 'remove one of the rows, or declare duplicates = "first" or "last" for this source'
    code = wave.options.get("respondent", "")
    rows = twice.index[twice]
    return twice, [origin.finding("block", problem, remedy, row=row, column=code) for row in rows]


def first_reason(aside: pd.DataFrame) -> dict[str, int]:
    """Rows by the first reason that applies, so that a row counts once."""
    hit = aside.to_numpy(dtype=bool)
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), -1) if hit.size else np.empty(0)
    return {reason: int((first == i).sum()) for i, reason in enumerate(aside.columns)}
