"""The facilitator's session form as an XLSForm: one submission a meeting of a circle.

Who came is ticked on the circle's own list, by member code; no name is in the form, and it records neither
device nor clock. The same questions say how its exports are read, see `score.sessions`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ksn_research.errors import PlanError
from ksn_research.plan.form import BREAK
from ksn_research.plan.specs import Choice, Instrument, Question
from ksn_research.plan.xlsform import FORBIDDEN

NAME = "session_form"
CIRCLE, MET_ON, CAME, GUESTS, BROUGHT, RATING, NOTE = (
    "circle_code", "met_on", "came", "guests", "brought", "rating", "note",
)  # fmt: skip
NEEDED = (CIRCLE, MET_ON, CAME)
FACILITATOR = "facilitator"
MOST_GUESTS = 500
BRINGING = (
    Choice("project", "A project"),
    Choice("challenge", "A challenge"),
    Choice("solution", "A solution"),
    Choice("nothing", "Nothing in particular"),
)
RATINGS = tuple(
    Choice(str(i), f"{i} {word}".strip(), float(i))
    for i, word in enumerate(("poor", "", "", "", "very good"), start=1)
)
HINTS = {
    CAME: "Tick the member codes of all who came, yours included.",
    GUESTS: "People who are not on the list. Leave it empty when there were none.",
    BROUGHT: "What somebody brought to talk about. You may leave this out.",
    RATING: "In your own view. You may leave this out.",
    NOTE: "No names, please, of people or of organisations: a note that holds one is not shown.",
}
MESSAGES = {
    MET_ON: "The meeting cannot lie ahead.",
    GUESTS: f"A whole number from 0 to {MOST_GUESTS}.",
}
COLUMNS = (
    "type", "name", "label", "hint", "required", "constraint", "constraint_message", "choice_filter",
    "appearance",
)  # fmt: skip


@dataclass(frozen=True)
class CircleList:
    """One circle as its form lists it: `members` are pairs of member code and role."""

    circle: str
    name: str = ""
    members: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """
        >>> CircleList("C01", "First steps").label, CircleList("C02").label
        ('First steps (C01)', 'C02')
        """
        return f"{self.name} ({self.circle})" if self.name and self.name != self.circle else self.circle


def choice(code: str, label: str) -> Choice:
    """A choice as it comes back from a written form, where a name of figures has a value."""
    name = choice_name(code)
    return Choice(name, _told(label), float(name) if re.fullmatch(r"\d+", name) else None)


def choice_name(code: str) -> str:
    """A code as the name of a choice, which has no blanks: exports join several names by them.

    >>> choice_name(" M 001")
    'M_001'
    """
    return "_".join(FORBIDDEN.sub("", code).split())


def session_form(lists: Sequence[CircleList], title: str = "Session form") -> Instrument:
    """The form, its sheets included. Without lists circle and member codes are typed in, not chosen.

    Raises PlanError when two codes are the same but for blanks, since choices could not tell them apart.
    """
    members = tuple(dict.fromkeys(code for one in lists for code, _ in one.members))
    _refuse_alike([one.circle for one in lists], "circle")
    _refuse_alike(members, "member")
    asked = {question.name: question for question in _questions(lists, members)}
    sheets = {
        "survey": (COLUMNS, *(_row(question) for question in asked.values())),
        "choices": tuple(_choices(lists, members)),
        "settings": (
            ("form_title", "form_id", "instance_name"),
            (_told(title), NAME, f"concat(${{{CIRCLE}}}, ' ', ${{{MET_ON}}})"),
        ),
    }
    return Instrument(NAME, title, asked, sheets=sheets)


def _questions(lists: Sequence[CircleList], members: Sequence[str]) -> Iterable[Question]:
    circles = tuple(choice(one.circle, one.label) for one in lists)
    people = tuple(choice(code, code) for code in members)
    yield Question(CIRCLE, "select_one" if circles else "text", "Which circle met?", circles, required=True)
    yield Question(MET_ON, "date", "When did you meet?", required=True, constraint=". <= today()")
    if people:
        yield Question(CAME, "select_multiple", "Who came?", people)
    else:
        yield Question(CAME, "text", "Who came? Member codes, with blanks between them")
    allowed = f". >= 0 and . <= {MOST_GUESTS}"
    yield Question(GUESTS, "integer", "How many guests came?", constraint=allowed)
    yield Question(BROUGHT, "select_multiple", "What did people bring?", BRINGING)
    yield Question(RATING, "select_one", "How did the session go?", RATINGS)
    yield Question(NOTE, "text", "A note on the session")


LISTS = {CIRCLE: "circle", CAME: "member", BROUGHT: "brought", RATING: "rating"}


def _row(question: Question) -> tuple[str, ...]:
    name = question.name
    chosen = bool(question.choices)
    told = {
        "type": f"{question.type} {LISTS[name]}" if chosen else question.type,
        "name": name,
        "label": question.label,
        "hint": HINTS.get(name, ""),
        "required": "yes" if question.required else "",
        "constraint": question.constraint,
        "constraint_message": MESSAGES.get(name, ""),
        # A member of two circles stands on the list once, with both: a choice may not stand there twice.
        "choice_filter": f"selected(circles, ${{{CIRCLE}}})" if chosen and name == CAME else "",
        "appearance": "multiline" if name == NOTE else "",
    }
    return tuple(told[column] for column in COLUMNS)


def _choices(lists: Sequence[CircleList], members: Sequence[str]) -> Iterable[tuple[str, ...]]:
    yield ("list_name", "name", "label", "circles")
    for one in lists:
        yield (LISTS[CIRCLE], choice_name(one.circle), _told(one.label), "")
    sits = {code: [one.circle for one in lists if code in dict(one.members)] for code in members}
    for code in members:
        yield (LISTS[CAME], choice_name(code), _told(code), " ".join(map(choice_name, sits[code])))
    for name, offered in ((BROUGHT, BRINGING), (RATING, RATINGS)):
        for one_of in offered:
            yield (LISTS[name], one_of.name, one_of.label, "")


def _told(words: str) -> str:
    """Words of a roster as a label: on one line, and no reference to a question."""
    return " ".join(FORBIDDEN.sub("", BREAK.sub(" ", words)).replace("${", "$ {").split())


def _refuse_alike(codes: Iterable[str], what: str) -> None:
    twice = [name for name, times in Counter(map(choice_name, codes)).items() if times > 1]
    if twice:
        raise PlanError(
            f"{len(twice)} {what} codes are the same as another but for blanks",
            remedy="write codes without blanks in the list of circles",
        )
