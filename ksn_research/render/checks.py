"""The checks page, for the analyst who has to act on it: every finding, and what became of every row and
answer.

The one page that is not publishable: it shows unrecognised answers, because somebody must write the
crosswalk from them. It stands in the internal part of an edition only.

Imports formats, templates, view.
"""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from ksn_research.render.formats import number
from ksn_research.render.templates import template
from ksn_research.render.view import sentence_case

WORDS = {
    "block": ("must be mended", "Must be mended", "Nothing is computed while one of these stands."),
    "warn": (
        "to look at",
        "To look at",
        "None of these stops an edition; whether it is right is for you to say.",
    ),
    "note": ("for information", "For information", "Nothing needs to be done."),
}
SHOWN = 12  # places of one finding that are told at once
FATES = {
    "read": "answers read",
    "typed": "typed",
    "unknown": "not understood",
    "set_aside": "row set aside",
    "answered": "answered",
    "said_missing": "said don’t know or the like",
    "skipped": "skipped",
    "stopped": "had stopped",
    "not_shown": "not shown",
    "not_offered": "not offered",
}


FATES_OF_NAMES = {
    "rows": "rows",
    "rows_unknown": "respondent not on the roster",
    "rows_again": "set aside: answered before",
    "answered_twice": "made of several rows",
    "respondents": "answered",
    "refused": "refused",
    "nobody": "named nobody",
    "silent": "left it empty",
    "named": "names given",
    "exact": "as on the roster",
    "alias": "by alias",
    "reviewed": "by review",
    "spelling": "by spelling",
    "self": "itself",
    "outside": "not on the roster",
    "near": "of these, near a name",
    "unreadable": "not readable",
    "again": "named twice",
    "below": "below the least",
    "ties": "ties",
}


def checks_page(
    findings: pd.DataFrame, title: str, accounts: pd.DataFrame, answers: pd.DataFrame, naming: pd.DataFrame
) -> str:
    """One self-contained internal page.

    findings           columns of `errors.Finding`
    accounts, answers, naming  the tables of `prepared`
    """
    shown = findings.astype(object).where(findings.notna(), "")
    counts = {severity: int((findings["severity"] == severity).sum()) for severity in WORDS}
    return template("checks.html").render(
        title=title,
        counts=[(severity, _count(counts[severity]), WORDS[severity][0]) for severity in WORDS],
        blocked=counts["block"],
        totals=_totals(accounts, answers),
        groups=[
            (severity, *WORDS[severity][1:], _groups(shown[shown["severity"] == severity]))
            for severity in WORDS
            if counts[severity]
        ],
        files=_files(accounts),
        fates=list(FATES.values()),
        surveys=_surveys(answers),
        matched=_matched(naming),
        fates_of_names=list(FATES_OF_NAMES.values()),
    )


def _count(value: Any) -> str:
    return number(float(value), "count")


def _totals(accounts: pd.DataFrame, answers: pd.DataFrame) -> list[tuple[str, str]]:
    rows = accounts[["read", "used", "set_aside"]].sum()
    said = answers[["read", "typed", "unknown", "set_aside"]].sum()
    files = accounts[["source", "year", "wave", "file"]].drop_duplicates()
    told = [(_count(len(files)), "files"), (_count(rows["read"]), "rows read")]
    told += [(_count(rows["used"]), "rows used"), (_count(rows["set_aside"]), "rows set aside")]
    if len(answers):
        told += [(_count(said["read"]), "answers read"), (_count(said["typed"]), "answers typed")]
        told += [(_count(said["unknown"]), "answers not understood")]
    return told


def _groups(findings: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Findings by source: those first of whose files nothing could be read, since others may follow from
    that, then in the order they come. What is found in several places is said once."""
    whole = findings[(findings["row"] == "") & (findings["column"] == "") & (findings["severity"] == "block")]
    order = dict.fromkeys([*whole["source"], *findings["source"]])
    return [
        (
            str(source).replace("_", " "),
            [
                {"problem": _sentence(str(problem)), "remedy": remedy, **_split(_places(same))}
                for (problem, remedy), same in findings[findings["source"] == source].groupby(
                    ["problem", "remedy"], sort=False
                )
            ],
        )
        for source in order
    ]


def _places(findings: pd.DataFrame) -> list[dict[str, str]]:
    """A line per column and answer, with the places where it is so."""
    lines = []
    for (column, answer), same in findings.groupby(["column", "answer"], sort=False):
        where = [_where(row) for _, row in same.head(SHOWN).iterrows()]
        more = len(same) - len(where)
        where += [f"and {_count(more)} more, in checks.csv"] if more else []
        lines.append({"column": str(column), "answer": str(answer), "where": " · ".join(where)})
    return lines


def _split(places: list[dict[str, str]]) -> dict[str, Any]:
    return {"places": places[:SHOWN], "more": places[SHOWN:], "hidden": _count(len(places) - SHOWN)}


def _where(row: pd.Series) -> str:
    parts = [row["file"], f"row {row['row']}" if row["row"] != "" else ""]
    parts.append(" ".join(str(part) for part in (row["year"], row["wave"]) if part != ""))
    times = f" ({_count(row['count'])} times)" if row["count"] > 1 else ""
    return ", ".join(part for part in parts if part) + times


def _sentence(words: str) -> str:
    """With a capital, unless a name of the study's files begins it.

    >>> _sentence("not one of the 3 allowed answers"), _sentence("exclude: `previews` is no flag")
    ('Not one of the 3 allowed answers', 'exclude: `previews` is no flag')
    """
    return sentence_case(words) if words.partition(" ")[0].isalpha() else words


def _said(*parts: Any) -> str:
    """What there is of source, year and wave, in words."""
    return " ".join(str(part) for part in parts if not pd.isna(part) and part != "").replace("_", " ")


def _files(accounts: pd.DataFrame) -> list[dict[str, str]]:
    lines = []
    for key, own in accounts.groupby(["source", "year", "wave", "file"], dropna=False, sort=True):
        source, year, wave, file = cast("tuple[Any, ...]", key)
        reasons = [
            (_count(n), reason) for n, reason in zip(own["set_aside"], own["reason"], strict=True) if n
        ]
        lines.append(
            {
                "source": _said(source),
                "when": _said(year, wave),
                "file": str(file),
                "read": _count(own["read"].sum()),
                "used": _count(own["used"].sum()),
                "aside": "; ".join(f"{n} {reason}" for n, reason in reasons) or "none",
            }
        )
    return lines


def _surveys(answers: pd.DataFrame) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Per survey and wave, a line a question with what became of its answers."""
    made = []
    for key, own in answers.groupby(["source", "year", "wave"], dropna=False, sort=True):
        lines = [
            (str(row["question"]), [_count(row[fate]) for fate in FATES]) for row in own.to_dict("records")
        ]
        made.append((_said(*cast("tuple[Any, ...]", key)), lines))
    return made


def _matched(naming: pd.DataFrame) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Per network source and wave, a line a relation with what became of its rows and names."""
    made: list[tuple[str, list[tuple[str, list[str]]]]] = []
    if naming.empty:
        return made
    for key, own in naming.groupby(["source", "year", "wave"], dropna=False, sort=True):
        rules = sorted({str(rule) for rule in own["rule"].dropna()} - {""})
        rule = f"; two rows of one respondent: {', '.join(rules)}" if rules else ""
        lines = [
            (_said(row["relation"], row["topic"]), [_count(row[fate]) for fate in FATES_OF_NAMES])
            for row in own.to_dict("records")
        ]
        made.append((f"{_said(*cast('tuple[Any, ...]', key))}{rule}", lines))
    return made
