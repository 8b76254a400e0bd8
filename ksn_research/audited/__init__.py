"""The audit of an edition's files before it takes its place: they show published results and nothing else.

Disclosure control decides what may be shown; this reads what was written, whoever wrote it. A number in the
report, in the data of a figure, in the workbook or on a circle's page that is not published, or that carries
no result, is a leak, and the edition is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ksn_research.audited.circles import audit_circles
from ksn_research.audited.frames import audit_curves, audit_figures, audit_results
from ksn_research.audited.leaks import Leak, Published
from ksn_research.audited.numbers import Marked, Numbers, equal, numbers, says
from ksn_research.audited.pages import audit_report
from ksn_research.audited.workbook import audit_workbook
from ksn_research.disclose import Publishable
from ksn_research.errors import DisclosureError

__all__ = [
    "Leak", "Marked", "Numbers", "audit_files", "equal", "numbers", "refuse_leaks", "says",
]  # fmt: skip
MOST_NAMED = 5


def audit_files(staging: Path, publishable: Publishable) -> list[Leak]:
    """What the files of an edition in the making show beyond what is published; empty for a sound one.

    staging  the folder with `public` and `circles`; a file that is not there is not audited
    """
    known = Published(publishable)
    return [
        *audit_results(staging, known),
        *audit_report(staging, known),
        *audit_figures(staging, known),
        *audit_curves(known),
        *audit_workbook(staging, known),
        *audit_circles(staging, known),
    ]


def refuse_leaks(leaks: Sequence[Leak]) -> None:
    """Raise DisclosureError naming files and results where anything leaks."""
    if not leaks:
        return
    told = "; ".join(str(leak) for leak in leaks[:MOST_NAMED])
    more = f"; and {len(leaks) - MOST_NAMED} more" if len(leaks) > MOST_NAMED else ""
    raise DisclosureError(
        f"the edition shows what is not published: {told}{more}",
        remedy="mend what wrote it; the earlier edition stands as it was",
        file=leaks[0].file,
    )
