"""The analyst's text of one edition, `findings/<year>.md` of a study: Markdown with a heading per finding.

    ## Trust
    <!-- ksn: member_survey.trust
    2025.member_survey.scales.trust.mean = 3.67251 [3.58003, 3.76499] n 234
    -->
    Trust stood at {{ 2025.member_survey.scales.trust.mean }} ({{ 2025.member_survey.scales.trust.mean | n }}
    answered), which is ...

`{{ id }}` inserts a published number. The stamp, a comment that begins with `ksn:`, names the headline
measure that the text is about and the results it was written from; comments are never published. This module
takes the file apart and knows nothing of results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ksn_research.errors import PlanError

FOLDER = "findings"
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_STAMP = re.compile(r"<!--\s*ksn:(.*?)-->[ \t]*\n?", re.DOTALL)
INSERT = re.compile(r"(?<!\\)\{\{[ \t]*([^{}|]*?)[ \t]*(?:\|[ \t]*([^{}|]*?)[ \t]*)?\}\}")


@dataclass(frozen=True)
class Insert:
    """`{{ id }}` or `{{ id | part }}` in a text: which result, which part of it, on which line."""

    id: str
    part: str
    line: int


@dataclass(frozen=True)
class Stamp:
    """What a text was written from: the headline measure it is about, and each result as it stood.

    line  where it stands in the file
    """

    measure: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Block:
    """The text below one heading.

    heading  its words, "" for what stands before the first heading
    line     the line of the heading
    body     the text below it, comments blanked, so that its lines are those of the file
    raw      the whole block as it stands in the file, without its stamp
    stamp    None where there is none
    """

    heading: str
    line: int
    body: str
    raw: str
    stamp: Stamp | None = None

    @property
    def empty(self) -> bool:
        """Whether it holds nothing but comments."""
        return not (self.heading or self.body.strip())

    @property
    def inserts(self) -> tuple[Insert, ...]:
        """The numbers that the heading and the text insert, in order."""
        whole = f"{self.heading}\n{self.body}"
        return tuple(
            Insert(found[1], found[2] or "estimate", self.line + whole.count("\n", 0, found.start()))
            for found in INSERT.finditer(whole)
        )

    @property
    def open_braces(self) -> tuple[int, ...]:
        """Lines with `{{` or `}}` that insert nothing."""
        whole = INSERT.sub(lambda found: " " * len(found[0]), f"{self.heading}\n{self.body}")
        return tuple(
            self.line + whole.count("\n", 0, found.start())
            for found in re.finditer(r"(?<!\\)(?:\{\{|\}\})", whole)
        )


def file_of(year: int) -> str:
    """The file of an edition's text, from the study's folder."""
    return f"{FOLDER}/{year}.md"


def read_narrative(folder: Path, year: int) -> str:
    """The analyst's text of a year in a study's folder, "" where there is none.

    Raises PlanError naming the file when it cannot be opened, is not UTF-8, or cannot be taken apart.
    """
    try:
        text = (folder / file_of(year)).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise PlanError(
            f"the file cannot be opened ({error.strerror})", remedy="look who may read it", file=file_of(year)
        ) from None
    except UnicodeDecodeError:
        raise PlanError("the file is not UTF-8 text", remedy="save it as UTF-8", file=file_of(year)) from None
    blocks(text, file_of(year))
    return text


def blocks(text: str, file: str) -> tuple[Block, ...]:
    """A text taken apart at its headings; what stands before the first is a block of its own.

    file  what errors name
    Raises PlanError for a comment that is not closed and a line of a stamp that is not `id = value`.

    >>> [(one.heading, one.line) for one in blocks("# One\\n{{ a | n }}\\n## Two\\n", "findings/2025.md")]
    [('One', 1), ('Two', 3)]
    """
    shown = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    if "<!--" in shown:
        line = shown.count("\n", 0, shown.index("<!--")) + 1
        raise PlanError("the comment is not closed", remedy="end it with -->", file=file, row=line)
    heads = list(_HEADING.finditer(shown))
    starts = [0, *(head.start() for head in heads)]
    ends = [*starts[1:], len(text)]
    made = [
        _block(text[start:end], shown[start:end], text.count("\n", 0, start) + 1, at > 0, file)
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return tuple(one for one in made if one.raw.strip() or one.stamp)


def _block(raw: str, shown: str, line: int, headed: bool, file: str) -> Block:
    first, _, rest = shown.partition("\n") if headed else ("", "", shown)
    found = _HEADING.match(first)
    stamp = _STAMP.search(raw)
    return Block(
        heading=found[1].strip() if found else "",
        line=line if headed else line - 1,
        body=rest,
        raw=_STAMP.sub("", raw),
        stamp=_stamp(stamp, line + raw.count("\n", 0, stamp.start()), file) if stamp else None,
    )


def _stamp(found: re.Match[str], line: int, file: str) -> Stamp:
    first, *rest = found[1].split("\n")
    values = {}
    for below, told in enumerate(rest, 1):
        name, equals, value = told.partition(" = ")
        if told.strip() and not (equals and name.strip() and value.strip()):
            raise PlanError(
                "a line of the stamp is not `id = value`",
                remedy="take the stamp from internal/findings.md of the edition",
                file=file,
                row=line + below,
            )
        if told.strip():
            values[name.strip()] = value.strip()
    return Stamp(first.strip(), values, line)
