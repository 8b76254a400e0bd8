"""The analyst's file as a draft: what the rules say in the form in which it can be edited, every block with
a stamp of the results it was written from.

Imports formats, narrative, sentences, view, wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ksn_research.plan.narrative import Block, blocks, file_of
from ksn_research.render.formats import Result
from ksn_research.render.narrative import by_id, key, unsaid
from ksn_research.render.sentences import Found, found
from ksn_research.render.view import sentence_case, view
from ksn_research.render.wording import markdown

HEAD = """\
<!-- The findings of the edition {year}, a heading for each.
To make them yours, put this file at {file} beside study.toml and edit it: the report then prints your words.
A number in double braces is filled in with each edition, with "| interval", "| n" or "| p_adjusted" that part
of it. The comment below a heading says what its text was written from; keep it, it is never printed. -->
"""


def draft(publishable: object) -> str:
    """The findings file of an edition, for `internal/findings.md`.

    Without a text of the analyst's: the rule-made findings. With one: that text, its stamps renewed, and
    the findings of headline measures that it leaves out, so that once read again it can be taken over whole.
    """
    seen = view(publishable)
    file = file_of(seen.year)
    written = blocks(seen.publishable.study.narrative, file)
    rows, rules = by_id(seen), {key(one.measure): one for one in found(seen)}
    kept = [_renewed(block, rows, rules) for block in written]
    made = [_drafted(one, rows) for one in unsaid(seen, written)]
    head = [] if written else [HEAD.format(year=seen.year, file=file)]
    return "\n".join([*head, *kept, *made])


def stamped(measure: str, ids: Iterable[str], rows: Mapping[str, Result]) -> str:
    """The comment that says what a block was written from; ids without a result are left out."""
    lines = [f"{name} = {value_of(rows[name])}" for name in dict.fromkeys(ids) if name in rows]
    return "\n".join([f"<!-- ksn: {key(measure)}", *lines, "-->"]) + "\n"


def value_of(row: Result) -> str:
    """A result as a stamp holds it: with six digits, as it is published; its status where it has no number.

    >>> row = {"status": "published", "estimate": 3.6725, "ci_low": 3.58, "ci_high": 3.765, "n": 234,
    ...        "p": 0.0008, "p_adjusted": None}
    >>> value_of(row), value_of(row | {"status": "suppressed"})
    ('3.6725 [3.58, 3.765] n 234 p 0.0008', 'suppressed')
    """
    if row["status"] != "published" or pd.isna(row["estimate"]):
        return str(row["status"])
    p = row["p"] if pd.isna(row["p_adjusted"]) else row["p_adjusted"]
    parts = [f"{row['estimate']:.6g}"]
    if not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"])):
        parts.append(f"[{row['ci_low']:.6g}, {row['ci_high']:.6g}]")
    parts += [] if pd.isna(row["n"]) else [f"n {int(row['n'])}"]
    return " ".join([*parts, *([] if pd.isna(p) else [f"p {p:.6g}"])])


def _drafted(one: Found, rows: Mapping[str, Result]) -> str:
    heading = markdown([sentence_case(one.label)])
    return f"## {heading}\n{stamped(one.measure, one.ids, rows)}\n{markdown(one.pieces)}\n"


def _renewed(block: Block, rows: Mapping[str, Result], rules: Mapping[str, Found]) -> str:
    """A block as it was written, with a stamp of the present results: those that it inserts, those of its
    old stamp, and those that its measure's finding rests on."""
    measure = block.stamp.measure if block.stamp else ""
    of_rule = rules[measure].ids if measure in rules else ()
    old = tuple(block.stamp.values) if block.stamp else ()
    ids = [*of_rule, *old, *(one.id for one in block.inserts)]
    if not ids and not measure:
        return block.raw.rstrip("\n") + "\n"
    first, _, rest = block.raw.partition("\n") if block.heading else ("", "", block.raw)
    lead = f"{first}\n" if block.heading else ""
    return f"{lead}{stamped(measure, ids, rows)}{rest.rstrip()}\n"
