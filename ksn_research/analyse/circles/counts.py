"""What circles answered: favourable answers and answers, every question of every circle in one count.

Imports answering, frames, sides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ksn_research.analyse.circles.answering import Fielding, of_circles
from ksn_research.analyse.circles.frames import table
from ksn_research.analyse.circles.sides import Sides, sides
from ksn_research.analyse.survey.groups import distinct, person_codes
from ksn_research.plan import Choice

OTHER_SIDE = "other answers count as favourable than before"


def response_table(found: list[Fielding]) -> pd.DataFrame:
    """How many of each circle answered, and how many of them commented: `circle_response`."""
    return table("circle_response", map(_response, found))


def answers_table(found: list[Fielding], people: int) -> pd.DataFrame:
    """Favourable answers by circle and question: `circle_answers`.

    people  how many respondents of the wave must have chosen an answer before it counts among the options
            of its side: an answer that nobody gives hides nobody
    """
    return table("circle_answers", (_answers(fielding, people) for fielding in found))


def scales_table(found: list[Fielding]) -> pd.DataFrame:
    """Which items make up a scale: `circle_scales`."""
    return table(
        "circle_scales",
        (
            pd.DataFrame({**fielding.sample.key, "scale": scale.name, "item": list(scale.items)})
            for fielding in found
            for scale in fielding.instrument.scales.values()
        ),
    )


def asked(fielding: Fielding) -> dict[str, Sides]:
    """The questions of a wave that have two sides, in the order of the form. Permissions are no result."""
    questions = fielding.instrument.questions
    made = {
        name: sides(question, fielding.instrument)
        for name, question in questions.items()
        if question.reported and name != fielding.comments.allow and name in fielding.sample.frame
    }
    return {name: both for name, both in made.items() if both is not None}


def commented(fielding: Fielding) -> np.ndarray:
    """Whether each row has something in a comment question."""
    frame = fielding.sample.frame
    texts = [
        frame[name].astype("str").fillna("").str.strip()
        for name in fielding.comments.questions
        if name in frame
    ]
    none = np.zeros(len(frame), dtype=bool)
    return np.logical_or.reduce([none, *((text != "").to_numpy(dtype=bool) for text in texts)])


def _response(fielding: Fielding) -> pd.DataFrame:
    made = fielding.sample
    codes, size = fielding.circles.codes, len(fielding.circles.levels)
    return of_circles(
        fielding,
        answered=distinct(codes, made.person, size),
        commented=distinct(np.where(commented(fielding), codes, -1), made.person, size),
        organisations=_organisations(made.organisation, codes, size),
    )


def _answers(fielding: Fielding, people: int) -> pd.DataFrame:
    both = asked(fielding)
    opinion, favourable = _answered(fielding.sample.frame, both)
    circles, places = len(fielding.circles.levels), np.arange(len(both))
    cells = fielding.circles.codes[:, None] * len(both) + places  # by circle, then by question
    size, known = circles * len(both), fielding.sample.organisation
    spread = None if known is None else np.broadcast_to(known[:, None], cells.shape)[opinion]
    of_circle = of_circles(fielding).loc[np.repeat(np.arange(circles), len(both))]
    of_question = _questions(fielding, both, people).loc[np.tile(places, circles)]
    counted = pd.DataFrame(
        {
            "n": np.bincount(cells[opinion], minlength=size),
            "positive": np.bincount(cells[favourable], minlength=size),
            "organisations": _organisations(spread, cells[opinion], size),
        }
    )
    parts = [of_circle, of_question, counted]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def _answered(frame: pd.DataFrame, both: Mapping[str, Sides]) -> tuple[np.ndarray, np.ndarray]:
    """Rows x questions: who has an opinion, and whose is favourable."""
    favourable, other = (np.zeros((len(frame), len(both)), dtype=bool) for _ in range(2))
    for place, (name, side) in enumerate(both.items()):
        favourable[:, place] = frame[name].isin(side.names)
        other[:, place] = frame[name].isin([choice.name for choice in side.others])
    return favourable | other, favourable


def _questions(fielding: Fielding, both: Mapping[str, Sides], people: int) -> pd.DataFrame:
    place = {name: i for i, name in enumerate(fielding.instrument.questions)}
    network, person = fielding.network, person_codes(fielding.network)
    return pd.DataFrame(
        {
            "measure": list(both),
            "label_positive": [side.label for side in both.values()],
            "options_up": [_used(network[n], person, s.positive, people) for n, s in both.items()],
            "everyone": [_opinions(network[n], person, s) for n, s in both.items()],
            "by_membership": fielding.by_membership,
            "order": [place[name] for name in both],
            "reworded": [reworded(fielding, name, side) for name, side in both.items()],
        }
    )


def _used(answers: pd.Series, person: np.ndarray, choices: tuple[Choice, ...], people: int) -> int:
    """How many of the choices at least `people` respondents chose."""
    code = answers.astype(object).map({choice.name: i for i, choice in enumerate(choices)}).fillna(-1)
    return int((distinct(code.to_numpy(dtype=int), person, len(choices)) >= people).sum())


def _opinions(answers: pd.Series, person: np.ndarray, side: Sides) -> int:
    """How many people of the whole network have an opinion, whoever sits in a circle."""
    given = answers.isin([*side.names, *(choice.name for choice in side.others)]).to_numpy(dtype=bool)
    return int(distinct(np.where(given, 0, -1), person, 1)[0])


def reworded(fielding: Fielding, name: str, now: Sides) -> str:
    """Why a question's answers cannot be compared with those of the wave before; "" where they can.

    What the reviewed crosswalk says, and beyond it whether the same answers count as favourable.
    """
    if fielding.before is None:
        return ""
    then = fielding.before.questions.get(name)
    was = sides(then, fielding.before) if then is not None else None
    other = was is not None and was.names != now.names
    return fielding.instrument.questions[name].change or (OTHER_SIDE if other else "")


def _organisations(known: np.ndarray | None, cells: np.ndarray, size: int) -> object:
    return pd.NA if known is None else distinct(cells, known, size)
