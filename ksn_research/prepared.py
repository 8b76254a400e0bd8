"""The tables inside: what reading and scoring hand to the analyses.

Every table has one row per thing named below. Text columns have dtype `str` with missing as NA, dates are
`datetime64`, `year` is `Int64` (NA for a source of no year). A table that the study does not have is empty,
with its columns. Columns in brackets are filled where the study knows them.

organisations  one organisation of the population in a year: year, organisation, name, region, type, sector,
               joined, left, aliases (names it also goes by, split by ";"), map_consent (whether it may
               stand on a public map of the network; NA, not asked, is no)
people         one person of the population in a year: year, member, organisation, role, joined, left,
               region, type (taken from the organisation), map_consent
circles        one membership: year, circle, circle_name, member, role ("member" or "facilitator")
responses      per survey source, one respondent's answers: year, wave, row, member, organisation, region,
               type, circle, then one column per question (`select_one`: ordered categories, the choices'
               names; `select_multiple`: one boolean column `question/choice` per choice, all NA where none
               was ticked; `integer`, `decimal`: float; `date`, `datetime`: datetime64) and one float column
               per scale, named as the scale
missing        per survey source, the same rows: a column per question with why there is no answer
               (categories `specs.MISSING`), NA where there is one
answers        one question of one file: source, year, wave, file, question, read (respondents who said
               anything to it) = typed + unknown + set_aside (their row was); then, of the rows used:
               answered, said_missing (an answer that stands for none), and the kinds of missing
ties           one nomination: year, wave, source, relation, directed, ego, alter, topic, strength, date
senders        one node that could have named others: year, wave, source, relation, node, observed (True
               where it answered, whether or not it named anyone)
unseen         one pair of which nothing is known although its ego answered, or named somebody: year, wave,
               source, relation, ego, alter
naming         per network source, wave, relation and topic: how names were matched; see `score.named`
proposals      per network source, names that fit nothing and whom they may mean, see `plan.aliases`
places         where earlier editions drew a node of a network: source, map ("public" or "internal"), node,
               x, y
shown          what circle pages of this and earlier editions showed: source, year, wave, circle, measure (""
               for the questionnaire as a whole), n, band, low, high
segments       one coded passage: year, source, interview, coder, code, start, end, unit (paragraph in which
               it starts), text (NA unless the position was verified against the transcript)
codes          one code of a codebook: year, source, code, parent ("" at the top), description, codable
interviews     one interview: year, source, interview, coders (names split by ";"), units (paragraphs),
               consent, withdrawn (bool), embargo_until (YYYY-MM-DD, "" for none), review_before_publication
               (anything but n is y), approved_quote_ids (split by ";"), operator_type and any further
               attributes
attendance     one person at one session: year, event, kind, circle, date, member, came_as, organisation,
               region, type
notes          one meeting of a circle as its facilitator wrote it down: year, circle, event, date, guests
               (people who are on no list, counted and not named), rating (1 to 5), note (shown nowhere before
               `disclose.notes`), brought (what people brought, split by ";"); filled by session forms alone
activity       an Ibis table or None: year, member, time, action, object, target
texts          transcripts by source, year and interview, without withdrawn interviews: never shown whole
records        further tables by source name, as the plan declares their columns
panel          one person who answered a survey in a year: source, year, member (NA for a year that is only
               remembered), person (a number); empty where nobody is linked (then `linked` is False)
accounts       one file of one source: source, year, wave, file, read, used, set_aside, reason (several rows
               per file when rows were set aside for several reasons; `read` and `used` stand on the first)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ksn_research.errors import Finding
from ksn_research.plan import Study, Wave
from ksn_research.plan.aliases import Proposal
from ksn_research.plan.specs import MISSING

if TYPE_CHECKING:
    import ibis

TABLES: dict[str, dict[str, str]] = {
    "panel": {"source": "str", "year": "Int64", "member": "str", "person": "Int64"},
    "organisations": {
        "year": "Int64",
        "organisation": "str",
        "name": "str",
        "region": "str",
        "type": "str",
        "sector": "str",
        "joined": "datetime64[s]",
        "left": "datetime64[s]",
        "aliases": "str",
        "map_consent": "boolean",
    },
    "people": {
        "year": "Int64",
        "member": "str",
        "organisation": "str",
        "role": "str",
        "joined": "datetime64[s]",
        "left": "datetime64[s]",
        "region": "str",
        "type": "str",
        "map_consent": "boolean",
    },
    "circles": {"year": "Int64", "circle": "str", "circle_name": "str", "member": "str", "role": "str"},
    "ties": {
        "year": "Int64",
        "wave": "str",
        "source": "str",
        "relation": "str",
        "directed": "bool",
        "ego": "str",
        "alter": "str",
        "topic": "str",
        "strength": "float64",
        "date": "datetime64[s]",
    },
    "senders": {
        "year": "Int64",
        "wave": "str",
        "source": "str",
        "relation": "str",
        "node": "str",
        "observed": "bool",
    },
    "unseen": {
        "year": "Int64",
        "wave": "str",
        "source": "str",
        "relation": "str",
        "ego": "str",
        "alter": "str",
    },
    "places": {"source": "str", "map": "str", "node": "str", "x": "float64", "y": "float64"},
    "shown": {
        "source": "str",
        "year": "Int64",
        "wave": "str",
        "circle": "str",
        "measure": "str",
        "n": "Int64",
        "band": "str",
        "low": "Int64",
        "high": "Int64",
    },
    "segments": {
        "year": "Int64",
        "source": "str",
        "interview": "str",
        "coder": "str",
        "code": "str",
        "start": "Int64",
        "end": "Int64",
        "unit": "Int64",
        "text": "str",
    },
    "interviews": {
        "year": "Int64",
        "source": "str",
        "interview": "str",
        "coders": "str",
        "units": "Int64",
        "consent": "str",
        "withdrawn": "bool",
        "embargo_until": "str",
        "review_before_publication": "str",
        "approved_quote_ids": "str",
        "operator_type": "str",
    },
    "codes": {
        "year": "Int64",
        "source": "str",
        "code": "str",
        "parent": "str",
        "description": "str",
        "codable": "bool",
    },
    "attendance": {
        "year": "Int64",
        "event": "str",
        "kind": "str",
        "circle": "str",
        "date": "datetime64[s]",
        "member": "str",
        "came_as": "str",
        "organisation": "str",
        "region": "str",
        "type": "str",
    },
    "notes": {
        "year": "Int64",
        "circle": "str",
        "event": "str",
        "date": "datetime64[s]",
        "guests": "Int64",
        "rating": "Int64",
        "note": "str",
        "brought": "str",
    },
    "accounts": {
        "source": "str",
        "year": "Int64",
        "wave": "str",
        "file": "str",
        "read": "Int64",
        "used": "Int64",
        "set_aside": "Int64",
        "reason": "str",
    },
    "answers": {
        "source": "str",
        "year": "Int64",
        "wave": "str",
        "file": "str",
        "question": "str",
        **dict.fromkeys(
            ("read", "typed", "unknown", "set_aside", "answered", "said_missing", *MISSING), "Int64"
        ),
    },
}


def blank(table: str) -> pd.DataFrame:
    """An empty table with its columns and types.

    >>> list(blank("circles").columns)
    ['year', 'circle', 'circle_name', 'member', 'role']
    """
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in TABLES[table].items()})


@dataclass(frozen=True)
class Prepared:
    """Everything one edition is computed from; see the module's table of tables."""

    study: Study
    year: int
    waves: Mapping[str, tuple[Wave, ...]]
    organisations: pd.DataFrame = field(default_factory=lambda: blank("organisations"))
    people: pd.DataFrame = field(default_factory=lambda: blank("people"))
    circles: pd.DataFrame = field(default_factory=lambda: blank("circles"))
    responses: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    ties: pd.DataFrame = field(default_factory=lambda: blank("ties"))
    senders: pd.DataFrame = field(default_factory=lambda: blank("senders"))
    unseen: pd.DataFrame = field(default_factory=lambda: blank("unseen"))
    naming: pd.DataFrame = field(default_factory=pd.DataFrame)
    proposals: Mapping[str, tuple[Proposal, ...]] = field(default_factory=dict)
    places: pd.DataFrame = field(default_factory=lambda: blank("places"))
    shown: pd.DataFrame = field(default_factory=lambda: blank("shown"))
    segments: pd.DataFrame = field(default_factory=lambda: blank("segments"))
    interviews: pd.DataFrame = field(default_factory=lambda: blank("interviews"))
    codes: pd.DataFrame = field(default_factory=lambda: blank("codes"))
    texts: Mapping[tuple[str, int | None, str], str] = field(default_factory=dict)
    attendance: pd.DataFrame = field(default_factory=lambda: blank("attendance"))
    notes: pd.DataFrame = field(default_factory=lambda: blank("notes"))
    activity: ibis.Table | None = None
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    accounts: pd.DataFrame = field(default_factory=lambda: blank("accounts"))
    missing: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    answers: pd.DataFrame = field(default_factory=lambda: blank("answers"))
    findings: tuple[Finding, ...] = ()
    panel: pd.DataFrame = field(default_factory=lambda: blank("panel"))
    linked: bool = True
