"""What each interview's record allows: nothing without a record, nothing where it is not plain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from ksn_research.errors import DisclosureError

NONE, ANONYMOUS, ROLE, ORGANISATION, NAMED = "none", "anonymous", "role", "organisation", "named"
LEVELS = (NONE, ANONYMOUS, ROLE, ORGANISATION, NAMED)
# An older word, which the consent form still explains as "role and kind of organisation".
OLDER: Mapping[str, str] = MappingProxyType({"role+type": ROLE})
YES, NO = ("y", "yes", "true", "1"), ("n", "no", "false", "0")
COLUMNS = (
    "interview", "consent", "withdrawn", "embargo_until", "review_before_publication", "approved_quote_ids",
)  # fmt: skip

NO_RECORD, NO_CONSENT, WITHDRAWN, EMBARGO, TO_REVIEW, TWICE = (
    "no consent record", "no consent to quote", "consent withdrawn", "embargo", "wants to see it first",
    "two consent records",
)  # fmt: skip


@dataclass(frozen=True)
class Consent:
    """One interview's record, read.

    level     of `LEVELS`
    refused   the rule because of which no quote of it may be printed, "" where there is none
    approved  quotes that the speaker has seen and approved; None where no approval is asked for
    """

    level: str
    refused: str = ""
    approved: frozenset[str] | None = None

    def against(self, quote: str) -> str:
        """The rule that a quote offends, "" for none."""
        if self.refused:
            return self.refused
        return TO_REVIEW if self.approved is not None and quote not in self.approved else ""


def consents(interviews: pd.DataFrame, on: date | None) -> dict[str, Consent]:
    """What the records say, by interview.

    interviews  the table `interviews` with the ledger's columns: see `COLUMNS`. embargo_until is a date as
                YYYY-MM-DD, empty for none; review_before_publication is y or n, and anything else, empty
                included, is y; approved_quote_ids is split by ";"
    on          the date of the edition; without it an embargo never ends

    Raises DisclosureError where a column is missing: what is not known is not allowed.
    """
    missing = [name for name in COLUMNS if name not in interviews]
    if missing:
        raise DisclosureError(
            f"the table of interviews lacks {', '.join(missing)}",
            remedy="hand over the whole consent record; no quote is printed without it",
        )
    records = interviews[list(COLUMNS)].to_dict("records")
    twice = set(interviews["interview"][interviews["interview"].duplicated()])
    return {str(one["interview"]): _consent(one, on, one["interview"] in twice) for one in records}


def _consent(record: Mapping[Any, object], on: date | None, twice: bool) -> Consent:
    said = _word(record["consent"])
    level = OLDER.get(said, said)
    refused = next(_refusals(record, level, on), "")
    asked = _word(record["review_before_publication"]) not in NO
    approved = frozenset(one.strip() for one in _text(record["approved_quote_ids"]).split(";") if one.strip())
    return Consent(level, TWICE if twice else refused, approved if asked else None)


def _refusals(record: Mapping[Any, object], level: str, on: date | None) -> Iterator[str]:
    if _word(record["withdrawn"]) not in NO:
        yield WITHDRAWN
    if level == NONE or level not in LEVELS:
        yield NO_CONSENT
    until = _text(record["embargo_until"])
    if until and not _over(until, on):
        yield EMBARGO


def _over(until: str, on: date | None) -> bool:
    """Whether an embargo has ended; one that cannot be read has not."""
    try:
        return on is not None and date.fromisoformat(until[:10]) <= on
    except ValueError:
        return False


def _word(value: object) -> str:
    return _text(value).casefold()


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value is pd.NaT or value != value else str(value).strip()
