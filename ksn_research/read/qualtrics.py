"""Qualtrics' CSV.

Three header rows: export tags, the questions' words in the account's language, JSON with the inner id (and
the time zone of times). Legacy: two rows, V1.. and the tool's own names. Tables that have been through other
hands have lost the third row, or the second as well.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from ksn_research.read.export import Export, build
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import Sheet

# By the inner id or the tag, in small letters.
ROLES = {
    "startdate": "started",
    "enddate": "ended",
    "recordeddate": "submitted",
    "status": "status",
    "progress": "progress",
    "duration": "duration",
    "duration (in seconds)": "duration",
    "finished": "finished",
    "_recordid": "id",
    "responseid": "id",
    "userlanguage": "language",
    "q_language": "language",
    "ipaddress": "device",
    "recipientlastname": "meta",
    "recipientfirstname": "meta",
    "recipientemail": "meta",
    "externaldatareference": "meta",
    "externalreference": "meta",
    "locationlatitude": "meta",
    "locationlongitude": "meta",
    "locationaccuracy": "meta",
    "distributionchannel": "meta",
}
LEGACY_ROLES = ROLES | {"responseset": "meta", "name": "meta", "emailaddress": "meta"}
TIMES = ("started", "ended", "submitted")
OWN = {"StartDate", "EndDate", "Status", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"}
IDS = {"ResponseId", "ResponseID"}
LEGACY = {"ResponseID", "StartDate", "EndDate", "Finished"}
# Of a question, but no answer: display order, timings, the browser, topics, the promoter group.
META_ID = re.compile(
    r"^(\w+_)?(QID|FL_|BL_)\w*_DO(_|$)|_(FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT|NPS_GROUP)$"
    r"|QID\d+_(BROWSER|VERSION|OS|RESOLUTION)$|QID\w*(Topics?|Sentiment\w*|TopicHierarchy\w*)$|^Q_[A-Z]\w+$"
)
META_TAG = re.compile(
    r"_(First Click|Last Click|Page Submit|Click Count|NPS_GROUP)$|^(FL_\d+|BL_\w+|Q\d[\w.]*)_DO(_\w+)?$"
    r"|^DO-|\s-\s(Parent Topics|Topics|Topic (Sentiment|Hierarchy).*|Sentiment.*)$|^Q_[A-Z]\w+$"
)
LONGEST = 200  # no tag or id of the tool's is longer; the patterns above are slow on what is
BROWSER = ("Browser", "Version", "Operating System", "Resolution")
QUESTION = re.compile(r"(?:\w+_)?(QID\d+(?:#\d+)?)(.*)$")
SPLIT = re.compile(r"(.+)_(x?\d+)(_TEXT|_RANK|_GROUP)?$")


@dataclass(frozen=True)
class Tag:
    """What is known of a column: its tag, words, inner id and the rest of the third row's JSON."""

    tag: str
    words: str
    key: str
    more: Mapping[str, Any]

    @property
    def question(self) -> str:
        """The inner id of the question (with that of its loop), "" where none is known."""
        found = QUESTION.match(self.key)
        return self.key[: found.end(1)] if found else ""


def looks_so(rows: list[list[str]]) -> bool:
    """Whether the first records are Qualtrics' header rows, or the first names its own columns.

    >>> looks_so([["Q1"], ["Why?"], ['{"ImportId":"QID1"}']])
    True
    >>> looks_so([["StartDate", "EndDate", "Status", "ResponseId", "Q1"], ["2026-01-02 10:00:00"]])
    True
    >>> looks_so([["StartDate", "EndDate", "q0001"]])
    False
    """
    if not rows:
        return False
    if any(_described(row) for row in rows[1:3]) or _legacy(rows):
        return True
    return bool(IDS & set(rows[0])) and len(OWN & set(rows[0])) >= 3


def qualtrics(records: Sheet) -> Export:
    """Any of the forms. A matrix's or a split question's columns keep their whole heading and have their own
    part of it as `item`; a column without heading and cells (a trailing comma) is left out."""
    rows = records.head()
    headers = _headers(rows)
    tags = _tags(rows, headers)
    while tags and not (tags[-1].tag or tags[-1].words) and (records.frame[len(tags) - 1] == "").all():
        tags.pop()
    own = replace(records, frame=records.frame.iloc[:, : len(tags)])
    roles = _roles(tags, _legacy(rows))
    groups = _groups(tags, roles)
    columns = {
        "heading": [tag.words or tag.tag for tag in tags],
        "item": _items(tags, [group for group, _ in groups]),
        "name": [tag.tag for tag in tags],
        "group": [group for group, _ in groups],
        "choice": [choice for _, choice in groups],
        "role": roles,
        "zone": [_string(tag.more.get("timeZone")) for tag in tags],
    }
    return build(own, headers, format="qualtrics", columns=columns)


# --- header rows ---------------------------------------------------------------------------------------


def _described(row: list[str]) -> bool:
    return any("ImportId" in _json(cell) for cell in row)


def _json(cell: str) -> dict[str, Any]:
    if not cell.startswith("{"):
        return {}
    try:
        read = json.loads(cell)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _legacy(rows: list[list[str]]) -> bool:
    return len(rows) > 1 and set(rows[1]) >= LEGACY and not set(rows[0]) >= LEGACY


def _headers(rows: list[list[str]]) -> int:
    described = next((i for i in (1, 2) if i < len(rows) and _described(rows[i])), 0)
    if described:
        return described + 1
    return 2 if _legacy(rows) or _words_below(rows) else 1


def _words_below(rows: list[list[str]]) -> bool:
    """Whether the second record names the columns of times, whose cells would hold digits."""
    if len(rows) < 2:
        return False
    below = [cell for tag, cell in zip(rows[0], rows[1], strict=False) if ROLES.get(tag.lower()) in TIMES]
    return any(below) and not any(re.search(r"\d", cell) for cell in below)


def _tags(rows: list[list[str]], headers: int) -> list[Tag]:
    if not rows:
        return []
    described = _described(rows[headers - 1]) if headers > 1 else False
    inner = [_json(cell) for cell in rows[headers - 1]] if described else [{} for _ in rows[0]]
    words = rows[1] if headers - described == 2 else ["" for _ in rows[0]]
    return [
        Tag(tag, plain_words(said), _string(more.get("ImportId")), more)
        for tag, said, more in zip(rows[0], words, inner, strict=True)
    ]


# --- roles ---------------------------------------------------------------------------------------------


def _roles(tags: Sequence[Tag], legacy: bool) -> list[str]:
    browser = _browser([tag.tag for tag in tags])
    return [_legacy_role(tag) if legacy else _role(tag, browser) for tag in tags]


def _role(tag: Tag, browser: set[str]) -> str:
    known = ROLES.get((tag.key or tag.tag).lower(), "")
    return known or ("meta" if _is_meta(tag) or (not tag.key and tag.tag in browser) else "")


def _legacy_role(tag: Tag) -> str:
    """By the second row's names, which are the tool's own where the tag is V1.. or repeats the name."""
    own = re.fullmatch(r"V\d+", tag.tag) or tag.tag == tag.words
    known = LEGACY_ROLES.get(tag.words.lower(), "") if own else ""
    return known or ("meta" if _is_meta(tag) else "")


def _is_meta(tag: Tag) -> bool:
    return bool(META_ID.search(tag.key[:LONGEST]) or META_TAG.search(tag.tag[:LONGEST]))


def _browser(tags: Sequence[str]) -> set[str]:
    """The columns of a question about the browser: all four, with the same tag before them."""
    there = set(tags)
    heads = [tag.removesuffix(BROWSER[0]) for tag in tags if tag.endswith(BROWSER[0])]
    sets = [{head + part for part in BROWSER} for head in heads if head == "" or head.endswith("_")]
    return {tag for found in sets if found <= there for tag in found}


# --- columns of one question ---------------------------------------------------------------------------


def _groups(tags: Sequence[Tag], roles: Sequence[str]) -> list[tuple[str, str]]:
    """Question and choice of every column that is one of several of a question, by the inner ids where
    these are known, else by tags that differ in their last number only."""
    answers = [not role for role in roles]
    times = Counter(tag.question for tag, answer in zip(tags, answers, strict=True) if answer)
    bases = Counter(_base(tag.tag) for tag, answer in zip(tags, answers, strict=True) if answer)
    found = []
    for tag, answer in zip(tags, answers, strict=True):
        if tag.question:
            several = times[tag.question] > 1 or "choiceId" in tag.more or _part(tag)
        else:
            several = not tag.key and bases[_base(tag.tag)] > 1
        found.append(_group(tag) if answer and several else ("", ""))
    return found


def _part(tag: Tag) -> bool:
    found = QUESTION.match(tag.key)
    return bool(found and re.search(r"_x?\d+", found[2]))


def _base(tag: str) -> str:
    found = SPLIT.match(tag)
    return found[1] if found else tag


def _group(tag: Tag) -> tuple[str, str]:
    """
    >>> [_group(Tag(name, "", "", {})) for name in ("Q1_2", "Q1.2_10_TEXT", "SBS#1_3", "Q2_x1", "Q2")]
    [('Q1', '2'), ('Q1.2', ''), ('SBS#1', '3'), ('Q2', 'x1'), ('Q2', '')]
    """
    found = SPLIT.match(tag.tag)
    if not found:
        return tag.tag, _code(tag)
    return found[1], "" if found[3] else _code(tag) or found[2]


def _code(tag: Tag) -> str:
    code = tag.more.get("choiceId")
    return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""


def _items(tags: Sequence[Tag], groups: Sequence[str]) -> list[str]:
    """The part of each heading that the other columns of its question do not share, from the last " - " of
    what they do."""
    items = ["" for _ in tags]
    for group in dict.fromkeys(filter(None, groups)):
        members = [i for i, name in enumerate(groups) if name == group]
        texts = [i for i in members if tags[i].tag.endswith("_TEXT")]
        for some in (texts, [i for i in members if i not in texts]):
            shared = _stem([tags[i].words for i in (members if some is texts else some)])
            for i in some if shared else ():
                items[i] = tags[i].words[len(shared) :]
    return items


def _stem(headings: Sequence[str]) -> str:
    """
    >>> _stem(["How far? - I belong", "How far? - I give"]), _stem(["How far? - I belong"])
    ('How far? - ', '')
    """
    if len(set(headings)) < 2:
        return ""
    least, most = min(headings), max(headings)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(least, most, strict=False)))
    return least[: least.rfind(" - ", 0, alike) + 3] if " - " in least[:alike] else ""
