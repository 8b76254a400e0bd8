"""The questionnaires: every question, its answers, its scales, in our own words."""

from __future__ import annotations

from dataclasses import dataclass

from .base import YEARS, Files

AGREE = {
    "1": "Strongly disagree",
    "2": "Disagree",
    "3": "Neither agree nor disagree",
    "4": "Agree",
    "5": "Strongly agree",
}
DONT_KNOW = {"dont_know": "Don't know"}
OFTEN = {"1": "Never", "2": "Rarely", "3": "Sometimes", "4": "Often", "5": "Very often"}
VALUE = {
    "1": "Not at all valuable",
    "2": "Slightly valuable",
    "3": "Moderately valuable",
    "4": "Very valuable",
    "5": "Extremely valuable",
}
LEVEL = {"1": "Very low", "2": "Low", "3": "Medium", "4": "High", "5": "Very high"}
LISTS: dict[str, dict[str, str]] = {
    "agree": AGREE,
    "agree_dk": AGREE | DONT_KNOW,
    "often_dk": OFTEN | DONT_KNOW,
    "value_dk": VALUE | DONT_KNOW,
    "level": LEVEL,
    "part": {
        "in_person": "Mostly in person",
        "online": "Mostly on line",
        "both": "About equally in person and on line",
        "not_at_all": "I did not take part this year",
    },
    "gatherings": {
        "circle": "Learning circle sessions",
        "social": "Mentoring socials",
        "cycle": "Cycle gatherings (kick-off, midpoint, closing)",
        "mentoring_day": "Mentoring day",
        "conference": "Conferences",
        "lunch": "Lunch-and-learns",
        "other": "Other (please specify)",
    },
    "pace": {"too_slow": "Too slow", "right": "About right", "too_fast": "Too fast"},
    "again": {"yes": "Yes", "no": "No", "unsure": "Not sure yet"},
    "yes_no": {"yes": "Yes", "no": "No"},
}


@dataclass(frozen=True)
class Grid:
    """Questions that share a stem and a list of answers; `reverse` are those worded the other way."""

    name: str
    label: str
    stem: str
    answers: str
    items: tuple[str, ...]
    reverse: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{i:02d}" for i in range(1, len(self.items) + 1))


GRIDS = (
    Grid(
        "trust",
        "Trust and safety",
        "Thinking of the people you meet in the network, how far do you agree or disagree?",
        "agree",
        (
            "I can say that something went wrong without it being held against me",
            "I can ask a question that shows how little I know",
            "I think twice before I speak openly",
            "What is said among us stays among us",
            "People listen when I see things differently",
            "Some people here are made to feel that they do not belong",
        ),
        (3, 6),
    ),
    Grid(
        "donating",
        "Passing knowledge on",
        "In the past twelve months, how often did you do the following?",
        "often_dk",
        (
            "I told others what I had learned, without being asked",
            "I shared materials that we made ourselves",
            "I spoke about something that had not worked",
            "I gave others time to learn from what I know",
        ),
    ),
    Grid(
        "collecting",
        "Seeking knowledge",
        "And how often did these happen in the past twelve months?",
        "often_dk",
        (
            "I asked somebody in another organisation how they do it",
            "I received useful materials when I asked for them",
            "I visited or called a programme to learn from it",
            "I found the right person to ask",
        ),
    ),
    Grid(
        "belonging",
        "Belonging",
        "How far do you agree or disagree with these statements about the network?",
        "agree",
        (
            "I feel part of this network",
            "I know whom to turn to in this network",
            "What I do here makes a difference",
            "The network gives me what I need for my work",
            "I would miss this network if it ended",
        ),
    ),
    Grid(
        "outcomes",
        "Outcomes",
        "Because of the network, in the past twelve months ...",
        "agree_dk",
        (
            "I have become more confident as a mentor",
            "I have changed the way I work",
            "I have made new contacts outside my organisation",
            "my programme serves its participants better",
            "my organisation works with others on something new",
        ),
    ),
)
REWORDED = {
    2025: {
        "belonging_02": "I could name three people here who would help me at short notice",
        "collecting_03": "I visited or called another programme to learn how it works",
    }
}
CODE = "What is your member code? It stands in your invitation."
CIRCLE = "Which learning circle do you sit in? Give its code, or leave this empty if you sit in none."
PART = "How did you mostly take part this year?"
VALUABLE = "All in all, how valuable is the network to you?"
HELPED = "Which gatherings helped you most? Choose all that apply."
COMMENT = "What should the network do more of, or differently?"
ENERGY_STEM = "How far do you agree today?"
ENERGY = (
    "I look forward to the next gathering",
    "I have the energy for what I set out to do",
    "My mentoring gives me more than it takes",
)
SKILLS_STEM = "How would you rate your skill today?"
SKILLS = (
    "Asking questions that open a conversation",
    "Giving feedback that can be used",
    "Setting a goal together",
    "Knowing when to bring in somebody else",
)
SAFE = (
    "In this circle I can speak openly",
    "In this circle nobody is judged for what they bring",
    "In this circle we keep to the rules that we agreed",
)
SAFE_STEM = "How far do you agree or disagree?"
# Name, type and words of the feedback sheet's questions after its grid.
ABOUT_CIRCLE = (
    ("useful", "select_one agree", "I take something from the sessions that I can use"),
    ("pace", "select_one pace", "The pace of the sessions is ..."),
    ("again", "select_one again", "Would you join this circle again?"),
    ("comment", "text", "What should the circle keep, and what should it try?"),
    ("facilitator_may_read", "select_one yes_no", "May your facilitator read your comment?"),
)
# The feedback sheet's questions as Google Forms heads their columns.
FEEDBACK = {
    "circle_code": "Which circle is this about?",
    **{f"safe_{i}": f"{SAFE_STEM} [{text}]" for i, text in enumerate(SAFE, start=1)},
    **{name: text for name, _, text in ABOUT_CIRCLE},
}
Rows = list[list[str]]


def item_labels(year: int) -> dict[str, str]:
    """Label of every grid item as asked in the year."""
    labels = {name: item for grid in GRIDS for name, item in zip(grid.names, grid.items, strict=True)}
    return labels | REWORDED.get(year, {})


def instrument_files() -> Files:
    """The questionnaires of every year in XLSForm's Markdown form, with one sidecar for each."""
    files: Files = {}
    for year in YEARS:
        files[f"instruments/member_survey-{year}.md"] = _markdown(_member_survey(year), "Member survey", year)
        files[f"instruments/cycle-{year}.md"] = _markdown(_cycle(), "Mentoring cycle check", year)
        files[f"instruments/circle_feedback-{year}.md"] = _markdown(_feedback(), "Circle feedback", year)
    files["instruments/member_survey.toml"] = _member_sidecar().encode()
    files["instruments/cycle.toml"] = CYCLE_SIDECAR.encode()
    files["instruments/circle_feedback.toml"] = FEEDBACK_SIDECAR.encode()
    files["crosswalks/member_survey.toml"] = CROSSWALK.encode()
    return files


def _member_survey(year: int) -> Rows:
    labels = item_labels(year)
    rows = [["text", "member_code", CODE, "yes", ""], ["text", "circle_code", CIRCLE, "no", ""]]
    for grid in GRIDS:
        rows.append(["begin_group", f"grid_{grid.name}", grid.stem, "", ""])
        rows += [[f"select_one {grid.answers}", name, labels[name], "no", ""] for name in grid.names]
        rows.append(["end_group", "", "", "", ""])
    return [
        *rows,
        ["select_one part", "took_part", PART, "no", ""],
        ["select_one value_dk", "valuable", VALUABLE, "no", ""],
        ["select_multiple gatherings", "helped", HELPED, "no", ""],
        ["text", "helped_other", "Other (please specify)", "no", "selected(${helped}, 'other')"],
        ["text", "comment", COMMENT, "no", ""],
    ]


def _cycle() -> Rows:
    rows = [
        ["text", "member_code", CODE, "yes", ""],
        ["begin_group", "grid_energy", ENERGY_STEM, "", ""],
    ]
    rows += [["select_one agree", f"energy_{i}", text, "no", ""] for i, text in enumerate(ENERGY, start=1)]
    rows += [
        ["end_group", "", "", "", ""],
        ["begin_group", "grid_skill", SKILLS_STEM, "", ""],
    ]
    rows += [["select_one level", f"skill_{i}", text, "no", ""] for i, text in enumerate(SKILLS, start=1)]
    return [*rows, ["end_group", "", "", "", ""]]


def _feedback() -> Rows:
    rows = [["text", "circle_code", FEEDBACK["circle_code"], "yes", ""]]
    rows += [["begin_group", "grid_safe", SAFE_STEM, "", ""]]
    rows += [["select_one agree", f"safe_{i}", text, "no", ""] for i, text in enumerate(SAFE, start=1)]
    return [
        *rows,
        ["end_group", "", "", "", ""],
        *([kind, name, text, "no", ""] for name, kind, text in ABOUT_CIRCLE),
    ]


def _markdown(questions: Rows, title: str, year: int) -> bytes:
    used = list(dict.fromkeys(row[0].split()[1] for row in questions if row[0].startswith("select")))
    choices = [[name, *choice] for name in used for choice in LISTS[name].items()]
    form_id = title.lower().replace(" ", "_") + f"_{year}"
    tables = [
        _table("survey", [["type", "name", "label", "required", "relevant"], *questions]),
        _table("choices", [["list_name", "name", "label"], *choices]),
        _table("settings", [["form_title", "form_id", "version"], [f"{title} {year}", form_id, str(year)]]),
    ]
    return ("\n".join(tables)).encode()


def _table(sheet: str, rows: Rows) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [f"| {sheet} |" + "  |" * len(widths)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("| " + " " * len(sheet) + " | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _member_sidecar() -> str:
    parts = ["# What XLSForm does not say about the member survey; holds for every year.\n", MISSING]
    for grid in GRIDS:
        items = ", ".join(f'"{name}"' for name in grid.names)
        reverse = ", ".join(f'"{grid.names[i - 1]}"' for i in grid.reverse)
        parts.append(
            f'[scales.{grid.name}]\nlabel = "{grid.label}"\nitems = [{items}]\nreverse = [{reverse}]\n'
            'low = 1\nhigh = 5\nmin_answered = 0.8\nsource = "own wording"\n'
        )
    return "\n".join([*parts, MEMBER_MEASURES])


MISSING = '[missing]\ndont_know = ["dont_know"]\n'
MEMBER_MEASURES = """[measures.valuable]
label = "find the network very or extremely valuable"
question = "valuable"
choices = ["4", "5"]
denominator = "substantive"

[measures.new_contacts]
label = "made new contacts outside their organisation"
question = "outcomes_03"
choices = ["4", "5"]
denominator = "substantive"

[measures.practice_change]
label = "changed the way they work"
question = "outcomes_02"
choices = ["4", "5"]
denominator = "substantive"

[measures.right_person]
label = "often or very often found the right person to ask (don't know counted as not)"
question = "collecting_04"
choices = ["4", "5"]
denominator = "answered"

[measures.some_online]
label = "took part on line, wholly or in part"
question = "took_part"
choices = ["online", "both"]
denominator = "answered"
"""
CYCLE_SIDECAR = """# What XLSForm does not say about the three checks of a mentoring cycle.

[scales.energy]
label = "Energy"
items = ["energy_1", "energy_2", "energy_3"]
reverse = []
low = 1
high = 5
min_answered = 0.8
source = "own wording"

[scales.skill]
label = "Mentoring skill, self-rated"
items = ["skill_1", "skill_2", "skill_3", "skill_4"]
reverse = []
low = 1
high = 5
min_answered = 0.8
source = "own wording"
"""
FEEDBACK_SIDECAR = """# What XLSForm does not say about the circle feedback sheet.

# A permission, not a result.
unreported = ["facilitator_may_read"]

[scales.safe]
label = "Safety in the circle"
items = ["safe_1", "safe_2", "safe_3"]
reverse = []
low = 1
high = 5
min_answered = 0.8
source = "own wording"

[measures.again]
label = "would join this circle again"
question = "again"
choices = ["yes"]
denominator = "answered"

[measures.right_pace]
label = "find the pace about right"
question = "pace"
choices = ["right"]
denominator = "answered"
"""
CROSSWALK = """# Reviewed by hand: what changed since the wave before, and whether it may be compared.

[[change]]
year = 2025
question = "belonging_02"
comparable = "no"
reason = "question reworded in 2025"

[[change]]
year = 2025
question = "collecting_03"
comparable = "label-change"
reason = "one question worded more plainly in 2025, same meaning"
"""
