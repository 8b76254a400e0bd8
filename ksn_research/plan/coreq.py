"""COREQ: what a report on interviews should say of how they were done; `coreq.toml` of a study.

    interviewer = "Two researchers of the network's office, whom nobody reports to."   # or 1 = "..."
    theory = "Thematic analysis."

Tong, Sainsbury & Craig (2007), Consolidated criteria for reporting qualitative research (COREQ): a 32-item
checklist for interviews and focus groups, International Journal for Quality in Health Care 19:349. The items
are put here in this package's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ksn_research.errors import PlanError
from ksn_research.plan import toml

FILE = "coreq.toml"
TEAM, DESIGN, FINDINGS = "Research team and reflexivity", "Study design", "Analysis and findings"


@dataclass(frozen=True)
class Item:
    """One item of the checklist: its number, its name in `coreq.toml`, its domain, and what it asks."""

    number: int
    name: str
    domain: str
    asks: str


_ASKED: tuple[tuple[str, str, str], ...] = (
    (TEAM, "interviewer", "Who held the interviews"),
    (TEAM, "credentials", "Which degrees and titles the researchers have"),
    (TEAM, "occupation", "What they worked as at the time"),
    (TEAM, "gender", "Of which gender they are"),
    (TEAM, "experience", "What experience and training they have"),
    (TEAM, "relationship", "Whether they knew the interviewees before"),
    (TEAM, "known_of_interviewer", "What interviewees knew of them and of why they asked"),
    (TEAM, "interviewer_interests", "What interests and assumptions they brought along"),
    (DESIGN, "theory", "Which methodology and theory the study follows"),
    (DESIGN, "sampling", "How interviewees were chosen"),
    (DESIGN, "approach", "How they were approached"),
    (DESIGN, "sample_size", "How many took part"),
    (DESIGN, "non_participation", "How many refused or left, and why"),
    (DESIGN, "setting", "Where the interviews were held"),
    (DESIGN, "others_present", "Who else was there"),
    (DESIGN, "sample", "What kind of interviewees they are, and when they were interviewed"),
    (DESIGN, "interview_guide", "Whether there was a guide, and whether it was tried out"),
    (DESIGN, "repeat_interviews", "Whether anybody was interviewed again"),
    (DESIGN, "recording", "Whether sound or pictures were recorded"),
    (DESIGN, "field_notes", "Whether notes were taken during or after"),
    (DESIGN, "duration", "How long the interviews took"),
    (DESIGN, "saturation", "Whether saturation was looked at"),
    (DESIGN, "transcripts_returned", "Whether interviewees could correct their transcripts"),
    (FINDINGS, "coders", "How many coded"),
    (FINDINGS, "coding_tree", "Whether the coding tree is described"),
    (FINDINGS, "derivation", "Whether themes were set beforehand or found in the talk"),
    (FINDINGS, "software", "Which software was used"),
    (FINDINGS, "participant_checking", "Whether interviewees commented on the findings"),
    (FINDINGS, "quotations", "Whether quotations illustrate the themes, each with its speaker's mark"),
    (FINDINGS, "consistency", "Whether findings agree with the data shown"),
    (FINDINGS, "major_themes", "Whether major themes are clear"),
    (FINDINGS, "minor_themes", "Whether minor themes and divergent cases are described"),
)
ITEMS: tuple[Item, ...] = tuple(Item(i, name, *told) for i, (name, *told) in enumerate(
    ((name, domain, asks) for domain, name, asks in _ASKED), start=1))  # fmt: skip


def load_coreq(folder: Path) -> dict[str, str]:
    """What a study says of COREQ's items, by the item's name; empty where it has no `coreq.toml`.

    Keys are names of `ITEMS` or their numbers; an empty text says nothing. Raises PlanError for a key that is
    neither, a value that is no text, and an item that is answered twice.
    """
    path = folder / FILE
    return coreq_answers(toml.load(path)) if path.exists() else {}


def coreq_answers(told: Mapping[str, object], file: str = FILE) -> dict[str, str]:
    """As `load_coreq`, of the file's table.

    >>> coreq_answers({"1": "Two researchers.", "theory": ""})
    {'interviewer': 'Two researchers.'}
    """
    names = {str(item.number): item.name for item in ITEMS} | {item.name: item.name for item in ITEMS}
    found: dict[str, str] = {}
    for key in told:
        if key not in names:
            raise PlanError(
                f"the file has the unknown key `{key}`",
                remedy=f"use a number from 1 to {len(ITEMS)} or one of {', '.join(i.name for i in ITEMS)}",
                file=file,
            )
        text = toml.typed(told, key, str, file=file, where="COREQ")
        if names[key] in found:
            raise PlanError(
                f"the item `{names[key]}` is answered twice, by its name and by its number",
                remedy="keep one of them",
                file=file,
            )
        found[names[key]] = " ".join(str(text).split())
    return {name: text for name, text in found.items() if text}
