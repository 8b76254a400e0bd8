"""What a study says of the open comments of a survey; `[sources.<name>.comments]` of study.toml:

    questions = ["comment"]                # the open questions that people code
    allow = "facilitator_may_read"         # the question whose answer `yes` lets the circle's page print it
    sheet = "{year}/comment_codes.csv"     # the coding sheet, .csv or .xlsx
    themes = ["time", "openness"]          # the only themes there are; without it coders use their own words

Without `allow` nothing is ever printed word for word; without `sheet` there are no themes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.specs import Instrument

OPTIONS = {"questions": list, "allow": str, "sheet": str, "themes": list}
ALLOWS = "yes"  # the answer that allows
SHEETS = (".csv", ".xlsx")


@dataclass(frozen=True)
class Comments:
    """The comments of one wave, as declared.

    questions  names of the open questions
    allow      the question that allows a comment to be read, "" where nothing is ever printed
    sheet      the file with the codes, None where none is kept
    themes     the themes that coders may use; empty where any word is a theme
    """

    questions: tuple[str, ...]
    allow: str = ""
    sheet: Path | None = None
    themes: tuple[str, ...] = ()


def read_comments(
    table: Any,
    instrument: Instrument,
    codes: Collection[str],
    place: Callable[[str], Path],
    *,
    file: str,
    where: str,
) -> Comments:
    """What is declared of comments, held against the questionnaire of the same year.

    codes  questions that say who answers, which are nobody's comment
    place  a path of study.toml as a path

    Raises PlanError for an unknown key, a question that is not there or is not open, a question of permission
    without the answer `yes`, a list that holds anything but texts, and a sheet that is no .csv or .xlsx.
    """
    own = toml.table(table, OPTIONS, file=file, where=where)
    questions = _texts(
        toml.required(own, "questions", list, file=file, where=where), "questions", file, where
    )
    if not questions:
        raise PlanError(f"{where}.questions is empty", remedy="name the open questions", file=file)
    for name in questions:
        _check_open(name, instrument, codes, file, where)
    allow = own.get("allow", "")
    if allow:
        _check_permission(allow, instrument, file, where)
    sheet = place(own["sheet"]) if "sheet" in own else None
    if sheet is not None and sheet.suffix.lower() not in SHEETS:
        raise PlanError(
            f"{where}.sheet is neither .csv nor .xlsx", remedy="name a file of one of them", file=file
        )
    return Comments(questions, allow, sheet, _texts(own.get("themes", []), "themes", file, where))


def _check_open(name: str, instrument: Instrument, codes: Collection[str], file: str, where: str) -> None:
    if name not in instrument.questions:
        raise PlanError(
            f"{where}.questions names `{name}`, which is no question of {instrument.name}",
            remedy="name an open question; where a year's form has none, say so under year.<year>",
            file=file,
        )
    if instrument.questions[name].type != "text" or name in codes:
        raise PlanError(
            f"{where}.questions names `{name}`, which is no open question",
            remedy="name a question of type text that does not say who answers",
            file=file,
        )


def _check_permission(name: str, instrument: Instrument, file: str, where: str) -> None:
    question = instrument.questions.get(name)
    if question is None or question.type != "select_one":
        raise PlanError(
            f"{where}.allow is `{name}`, which is no closed question of {instrument.name}",
            remedy="name the question that asks whether the comment may be read",
            file=file,
        )
    if ALLOWS not in [choice.name for choice in question.choices]:
        raise PlanError(
            f"{where}.allow is `{name}`, which has no answer named `{ALLOWS}`",
            remedy=f"name the choice that allows `{ALLOWS}` in the form; its label may be any words",
            file=file,
        )


def _texts(given: list[Any], key: str, file: str, where: str) -> tuple[str, ...]:
    if not all(isinstance(one, str) and one.strip() for one in given):
        raise PlanError(f"{where}.{key} must list texts", remedy="put each in quotes", file=file)
    return tuple(dict.fromkeys(one.strip() for one in given))
