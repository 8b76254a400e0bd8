"""Quotes into quotes that may be printed: `gate` is the only way, a `Printable` all that printing accepts.

The package by noun: `consent` (what a record allows), `verbatim` (is it what was said), `folding` (text as a
reader sees it), `identifiers`, `roster` and `names`, `capitals` (what leads to somebody), `screening` (all of
these together), `attribution` (who is said to have said it), `selection` (which are printed), `refusals`,
`of_study` (what of a study comes before the gate) and `printed` (what of it an edition holds).
"""

from ksn_research.disclose.quotes.gate import Gated, Printable, Quote, gate, quote_id
from ksn_research.disclose.quotes.of_study import Judged, judged
from ksn_research.disclose.quotes.printed import Printed, printed, reopened
from ksn_research.disclose.quotes.refusals import Refusal
from ksn_research.disclose.quotes.roster import Roster, roster

__all__ = [
    "Gated",
    "Judged",
    "Printable",
    "Printed",
    "Quote",
    "Refusal",
    "Roster",
    "gate",
    "judged",
    "printed",
    "quote_id",
    "reopened",
    "roster",
]
