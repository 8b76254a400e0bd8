"""A study's own texts of what circle pages suggest: `circle_suggestions.toml` beside `study.toml`.

    [fell]
    do = "Speak with the circle about \u201c{label}\u201d."
    because = "it was \u201c{before}\u201d in {when} and is \u201c{said}\u201d now."

The rules themselves, their order and the texts that stand without such a file are in
`templates/circle_suggestions.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Formatter

from ksn_research import resources
from ksn_research.errors import PlanError
from ksn_research.plan import toml

FILE = "circle_suggestions.toml"
RULES = resources.PACKAGE / "templates" / FILE
OWN = "circle_suggestions."
TEXTS = {"do": str, "because": str}


def load_suggestions(folder: Path) -> dict[str, str]:
    """The study's own texts as labels: "circle_suggestions.fell.do" and so on; empty where it has no file.

    Raises PlanError for an unknown rule or key, a value that is no text, and a word in braces that the rule
    cannot fill in.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    known = {rule["name"]: rule for rule in toml.load(RULES)["rule"]}
    return own_texts(toml.load(path), known)


def own_texts(told: Mapping[str, object], known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """As `load_suggestions`, of the file's table; `known` has the rules by name.

    >>> own_texts({"fell": {"do": "Ask about {label}."}}, {"fell": {"do": "{label}", "because": ""}})
    {'circle_suggestions.fell.do': 'Ask about {label}.'}
    """
    made = {}
    for name, texts in told.items():
        if name not in known:
            raise PlanError(
                f"there is no rule `{name}`", remedy=f"use one of {', '.join(sorted(known))}", file=FILE
            )
        for key, text in toml.table(texts, TEXTS, file=FILE, where=f"[{name}]").items():
            _check(text, known[name], f"[{name}] {key}")
            made[f"{OWN}{name}.{key}"] = text
    return made


def _check(text: str, rule: Mapping[str, str], where: str) -> None:
    fillable = {word for key in TEXTS for word in _words(rule[key])}
    try:
        unknown = sorted(_words(text) - fillable)
    except ValueError:
        raise PlanError(
            f"{where} has a brace that is not closed", remedy="write braces in pairs", file=FILE
        ) from None
    if unknown:
        known = ", ".join(f"{{{word}}}" for word in sorted(fillable)) or "none here"
        raise PlanError(f"{where} has the unknown word {{{unknown[0]}}}", remedy=f"use {known}", file=FILE)


def _words(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}
