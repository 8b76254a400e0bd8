"""Rows of the results frame for every network source of a study.

Imports `setting`, the modules of rows, and `corrected` of `survey.families`. Of the waves of a
source the newest two are analysed; which sources count is said at `setting.is_network`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ksn_research.analyse.network.brokerage_rows import brokerage_rows
from ksn_research.analyse.network.change_rows import change_rows
from ksn_research.analyse.network.community_rows import community_rows
from ksn_research.analyse.network.meeting_rows import co_attendance_rows
from ksn_research.analyse.network.membership_rows import membership_rows
from ksn_research.analyse.network.mixing_rows import mixing_rows
from ksn_research.analyse.network.position_rows import position_rows
from ksn_research.analyse.network.relations_rows import relation_rows
from ksn_research.analyse.network.robustness_rows import robustness_rows
from ksn_research.analyse.network.setting import is_network, settings
from ksn_research.analyse.network.shape_rows import structure_rows, triad_rows
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.plan import Source
from ksn_research.prepared import Prepared
from ksn_research.results import Row


def analyse_network(prepared: Prepared) -> list[Row]:
    """Rows of the analyses network, triads, positions, mixing and spanning of both waves; of the newest,
    robustness, brokerage, communities, relations, network_change, membership and co_attendance.

    Reads ties, senders, the rosters and attendance of `prepared`, and of each source's options: units,
    directed, relations (or relation), attributes (further columns of the roster), gatherings (the kinds
    of event that count; all without it), seed, log.
    """
    return [row for source in prepared.study.sources.values() for row in _source_rows(prepared, source)]


def _source_rows(prepared: Prepared, source: Source) -> Iterator[Row]:
    if not is_network(source):
        return
    newest = prepared.waves.get(source.name, ())[-2:]
    found = [{s.relation: s for s in settings(prepared, source, wave)} for wave in newest]
    for setting in (s for wave in found for s in wave.values()):
        yield from structure_rows(setting)
        yield from triad_rows(setting)
        yield from position_rows(setting)
        yield from mixing_rows(setting)
    before, last = found[0] if len(found) > 1 else {}, found[-1] if found else {}
    changed = [row for relation, after in last.items() for row in change_rows(before.get(relation), after)]
    yield from corrected(changed, _of_density, "relations whose density is compared")
    for relation, after in last.items():
        yield from robustness_rows(after)
        yield from brokerage_rows(after)
        yield from community_rows(after)
        yield from membership_rows(before.get(relation), after)
        yield from co_attendance_rows(before.get(relation), after)
    yield from relation_rows(list(last.values()))


def _of_density(row: Row) -> bool:
    return row.statistic == "density_difference"
