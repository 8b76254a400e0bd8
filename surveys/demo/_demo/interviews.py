"""Coded interviews as a REFI-QDA project, the consent ledger and the experts' notes: P2 and P3."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from .base import YEARS, Files, csv_bytes, day, rng, weighted, zip_bytes
from .interview_text import CODES, EXPERT_CODES, EXPERT_ROLES, FILLERS, OPENING, QUESTIONS
from .roster import REGIONS

INTERVIEWS, CODED_TWICE, NOTES = 24, 8, 10
OPERATORS = ("nonprofit",) * 8 + ("company",) * 7 + ("university",) * 5 + ("public",) * 4
OFFERING = 10
WITHDRAWN = {2025: 3}
# interviews in which a theme occurs, among those not withdrawn
THEMES: dict[str, tuple[int, int, int]] = {
    "wants mentoring": (9, 10, 11),
    "informal mentoring": (12, 13, 14),
    "lack of time": (18, 18, 18),
    "lack of money": (11, 10, 9),
    "hard to find mentors": (9, 9, 8),
    "new contacts": (15, 16, 17),
    "confidence": (8, 9, 10),
    "better programmes": (7, 8, 8),
    "trust among peers": (13, 14, 16),
    "meeting in person": (14, 15, 15),
    "online tools": (10, 8, 7),
}
MISSED, ADDED = 0.14, 1
CONSENT = ("anonymous", "role+type", "organisation", "named", "none")
NAMESPACE = UUID("5a0c1d52-8f5e-4f0e-9a57-0d3c7c1f2a11")
STAMP = "-11-03T09:00:00Z"


@dataclass(frozen=True)
class Passage:
    """A coded stretch of a transcript: code points, end-exclusive; its paragraph; who coded it."""

    code: str
    start: int
    end: int
    paragraph: int
    coders: tuple[str, ...]


@dataclass(frozen=True)
class Interview:
    name: str
    operator_type: str
    offers: bool
    region: str
    text: str
    passages: tuple[Passage, ...]
    coders: tuple[str, ...]
    withdrawn: bool

    @property
    def themes(self) -> set[str]:
        return {passage.code for passage in self.passages}


@dataclass(frozen=True)
class Interviews:
    """One year's interviews, the ledger of consent, and the experts' coded notes."""

    year: int
    interviews: tuple[Interview, ...]
    consent: list[list[str]]
    notes: list[list[str]]

    @property
    def counted(self) -> list[Interview]:
        """Interviews that were not withdrawn."""
        return [interview for interview in self.interviews if not interview.withdrawn]


def make_interviews(year: int) -> Interviews:
    """One year: who says what is fixed first, then the words are put to it."""
    random = rng("interviews", year)
    types = random.permutation(OPERATORS)
    withdrawn = np.arange(INTERVIEWS) == WITHDRAWN.get(year, -1)
    offers = _offering(random, withdrawn)
    said = _who_says_what(random, year, types, offers, withdrawn)
    twice = set(random.choice(np.flatnonzero(~withdrawn), size=CODED_TWICE, replace=False))
    made = []
    for i in range(INTERVIEWS):
        themes = [theme for theme, who in said.items() if who[i]]
        text, places = _transcript(random, themes)
        coders = ("A", "B") if i in twice else ("A",)
        passages = _second_coder(random, places) if i in twice else places
        region = str(random.choice(list(REGIONS)))
        made.append(
            Interview(
                f"I{i + 1:02d}",
                str(types[i]),
                bool(offers[i]),
                region,
                text,
                passages,
                coders,
                bool(withdrawn[i]),
            )
        )
    return Interviews(year, tuple(made), _consent(year, withdrawn), _notes(year))


def interview_files(interviews: Interviews) -> Files:
    """interviews.qdpx, consent.csv and expert_notes.csv of a year."""
    year = interviews.year
    ledger = ["interview", "quote_consent", "review_before_publication", "withdrawn_on", "embargo_until"]
    return {
        f"{year}/interviews.qdpx": _project(interviews),
        f"{year}/consent.csv": csv_bytes(ledger, interviews.consent),
        f"{year}/expert_notes.csv": csv_bytes(
            ["Note", "Coder", "Code", "Text", "Expert role"], interviews.notes
        ),
    }


def pooled_alpha(interviews: Interviews) -> float:
    """Krippendorff's nominal alpha of two coders over all codes, by paragraph, in interviews coded twice.

    Observed and expected disagreement are each summed over the codes.
    """
    double = [i for i in interviews.counted if len(i.coders) == 2]
    observed = expected = 0.0
    for code in (code for parent in CODES.values() for code in parent):
        marks = np.concatenate([_marks(interview, code) for interview in double])
        values = marks.size
        ones = int(marks.sum())
        observed += float((marks[:, 0] != marks[:, 1]).mean())
        expected += 2 * ones * (values - ones) / (values * (values - 1))
    return 1 - observed / expected


def _marks(interview: Interview, code: str) -> np.ndarray:
    marks = np.zeros((interview.text.count("\n") + 1, 2), dtype=bool)
    for passage in interview.passages:
        if passage.code == code:
            for coder in passage.coders:
                marks[passage.paragraph, "AB".index(coder)] = True
    return marks


def _offering(random: np.random.Generator, withdrawn: np.ndarray) -> np.ndarray:
    """Ten operators offer mentoring; the one who withdrew is one of them."""
    offers = withdrawn.copy()
    rest = np.flatnonzero(~withdrawn)
    offers[random.choice(rest, size=OFFERING - int(withdrawn.sum()), replace=False)] = True
    return offers


def _who_says_what(
    random: np.random.Generator, year: int, types: np.ndarray, offers: np.ndarray, withdrawn: np.ndarray
) -> dict[str, np.ndarray]:
    """Exactly the planted number of interviews per theme; the withdrawn one has themes of its own."""
    said = {"offers mentoring": offers}
    for theme, counts in THEMES.items():
        weights = (
            np.where(types == "nonprofit", 3.0, 1.0) if theme == "lack of money" else np.ones(len(types))
        )
        allowed = ~withdrawn & (~offers if theme == "wants mentoring" else True)
        who = np.zeros(len(types), dtype=bool)
        who[weighted(random, weights * allowed, counts[YEARS.index(year)])] = True
        said[theme] = who | (withdrawn & (theme in ("lack of time", "new contacts")))
    return said


def _transcript(random: np.random.Generator, themes: list[str]) -> tuple[str, tuple[Passage, ...]]:
    """Turns of an interviewer and an operator, one paragraph each, and where the themes stand."""
    turns = [
        ("Interviewer", "Please tell me a little about this place."),
        ("Operator", str(random.choice(OPENING))),
    ]
    spoken: list[str] = [""] * len(turns)
    for theme in random.permutation(np.array([*themes, "", ""], dtype=object)):
        turns.append(("Interviewer", str(random.choice(QUESTIONS))))
        turns.append(("Operator", _sentence(random, str(theme))))
        spoken += ["", str(theme)]
    return _laid_out(random, turns, spoken)


def _sentence(random: np.random.Generator, theme: str) -> str:
    sayings = {code: words for parent in CODES.values() for code, (_, words) in parent.items()}
    return str(random.choice(sayings[theme] if theme else FILLERS))


def _laid_out(
    random: np.random.Generator, turns: list[tuple[str, str]], spoken: list[str]
) -> tuple[str, tuple[Passage, ...]]:
    lines: list[str] = []
    passages: list[Passage] = []
    position = 0
    for number, ((speaker, words), theme) in enumerate(zip(turns, spoken, strict=True)):
        before = f"{speaker}: " + (f"{random.choice(FILLERS)} " if theme and random.random() < 0.4 else "")
        if theme:
            start = position + len(before)
            passages.append(Passage(theme, start, start + len(words), number, ("A",)))
        lines.append(before + words)
        position += len(lines[-1]) + 1
    return "\n".join(lines), tuple(passages)


def _second_coder(random: np.random.Generator, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Coder B misses some of A's passages and marks one more, with a code that A uses elsewhere."""
    missed = random.random(len(passages)) < MISSED
    both = [
        Passage(p.code, p.start, p.end, p.paragraph, ("A",) if m else ("A", "B"))
        for p, m in zip(passages, missed, strict=True)
    ]
    for _ in range(ADDED):
        here, other = random.choice(len(passages), size=2, replace=False)
        place = passages[here]
        both.append(Passage(passages[other].code, place.start, place.end, place.paragraph, ("B",)))
    return tuple(both)


def _consent(year: int, withdrawn: np.ndarray) -> list[list[str]]:
    random = rng("consent", year)
    level = random.choice(CONSENT, size=INTERVIEWS, p=[0.34, 0.3, 0.12, 0.08, 0.16])
    review = np.where(random.random(INTERVIEWS) < 0.25, "y", "n")
    rows = []
    for i in range(INTERVIEWS):
        gone = day(year, 11, 20) if withdrawn[i] else ""
        embargo = day(year + 1, 6, 30) if i == 11 else ""
        rows.append([f"I{i + 1:02d}", str(level[i]), str(review[i]), gone, embargo])
    return rows


def _notes(year: int) -> list[list[str]]:
    """Ten notes; each theme in exactly so many of them."""
    random = rng("expert notes", year)
    roles = random.choice(EXPERT_ROLES, size=NOTES, p=[0.3, 0.4, 0.2, 0.1])
    rows = []
    for code, (count, words) in EXPERT_CODES.items():
        for i in np.sort(random.choice(NOTES, size=count, replace=False)):
            rows.append([f"N{i + 1:02d}", "A", code, f"A {roles[i]} {words}.", str(roles[i])])
    return sorted(rows, key=lambda row: row[0])


def _guid(*parts: object) -> str:
    return str(uuid5(NAMESPACE, "/".join(map(str, parts))))


def _project(interviews: Interviews) -> bytes:
    """The project as a zip: project.qde and one plain text per interview."""
    year = interviews.year
    made = {
        "origin": "Demo study",
        "creatingUserGUID": _guid("user", "A"),
        "creationDateTime": f"{year}{STAMP}",
    }
    root = Element("Project", {"xmlns": "urn:QDA-XML:project:1.0", "name": f"Operators {year}", **made})
    users = SubElement(root, "Users")
    for coder in "AB":
        SubElement(users, "User", guid=_guid("user", coder), name=coder)
    _codebook(SubElement(root, "CodeBook"))
    _variables(SubElement(root, "Variables"))
    _cases(SubElement(root, "Cases"), interviews)
    sources = SubElement(root, "Sources")
    for interview in interviews.interviews:
        _source(sources, interview, year)
    ElementTree.indent(root, " ")
    xml = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    texts = {f"sources/{_guid(year, i.name, 'text')}.txt": i.text.encode() for i in interviews.interviews}
    return zip_bytes({"project.qde": xml, **texts})


def _codebook(parent: Element) -> None:
    codes = SubElement(parent, "Codes")
    for theme, children in CODES.items():
        group = SubElement(codes, "Code", guid=_guid("code", theme), name=theme, isCodable="false")
        SubElement(group, "Description").text = f"Everything about {theme}; not coded itself."
        for code, (definition, _) in children.items():
            item = SubElement(group, "Code", guid=_guid("code", code), name=code, isCodable="true")
            SubElement(item, "Description").text = definition


def _variables(parent: Element) -> None:
    for name in ("operator_type", "offers_mentoring", "region"):
        SubElement(parent, "Variable", guid=_guid("variable", name), name=name, typeOfVariable="Text")


def _cases(parent: Element, interviews: Interviews) -> None:
    for interview in interviews.interviews:
        case = SubElement(
            parent, "Case", guid=_guid(interviews.year, interview.name, "case"), name=interview.name
        )
        offers = "yes" if interview.offers else "no"
        values = {
            "operator_type": interview.operator_type,
            "offers_mentoring": offers,
            "region": interview.region,
        }
        for name, text in values.items():
            value = SubElement(case, "VariableValue")
            SubElement(value, "VariableRef", targetGUID=_guid("variable", name))
            SubElement(value, "TextValue").text = text
        SubElement(case, "SourceRef", targetGUID=_guid(interviews.year, interview.name, "source"))


def _source(parent: Element, interview: Interview, year: int) -> None:
    made = {"creatingUser": _guid("user", "A"), "creationDateTime": f"{year}{STAMP}"}
    path = f"internal://{_guid(year, interview.name, 'text')}.txt"
    source = SubElement(
        parent,
        "TextSource",
        guid=_guid(year, interview.name, "source"),
        name=interview.name,
        plainTextPath=path,
        **made,
    )
    for number, passage in enumerate(interview.passages):
        key = (year, interview.name, number)
        selection = SubElement(
            source,
            "PlainTextSelection",
            guid=_guid(*key, "selection"),
            name=interview.text[passage.start : passage.end][:100],
            startPosition=str(passage.start),
            endPosition=str(passage.end),
            creatingUser=_guid("user", passage.coders[0]),
            creationDateTime=f"{year}{STAMP}",
        )
        for coder in passage.coders:
            user = {"creatingUser": _guid("user", coder), "creationDateTime": f"{year}{STAMP}"}
            coding = SubElement(selection, "Coding", guid=_guid(*key, coder), **user)
            SubElement(coding, "CodeRef", targetGUID=_guid("code", passage.code))
