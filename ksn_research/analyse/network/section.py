"""Rows of the results frame for every network source of a study.

Imports `setting` and the modules of rows. A source counts when it is of kind nominations or
edges, its units are organisations or people, and it is no log (in a log everybody was observed, and
silence says nothing about a relation). Of its waves the newest two are analysed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ksn_research.analyse.network.change_rows import change_rows, co_attendance_rows
from ksn_research.analyse.network.mixing_rows import mixing_rows
from ksn_research.analyse.network.setting import UNITS, settings
from ksn_research.analyse.network.shape_rows import structure_rows
from ksn_research.plan import Source
from ksn_research.prepared import Prepared
from ksn_research.results import Row


def analyse_network(prepared: Prepared) -> list[Row]:
    """Rows of the analyses network, mixing, spanning, network_change and co_attendance.

    Reads ties, senders, the rosters and attendance of `prepared`, and of each source's options: units,
    directed, relations (or relation), attributes (further columns of the roster), gatherings (the kinds
    of event that count; all without it), seed, log.
    """
    return [row for source in prepared.study.sources.values() for row in _source_rows(prepared, source)]


def _source_rows(prepared: Prepared, source: Source) -> Iterator[Row]:
    units = source.options.get("units", "organisations")
    if source.kind not in ("nominations", "edges") or units not in UNITS or source.options.get("log"):
        return
    newest = prepared.waves.get(source.name, ())[-2:]
    found = [{s.relation: s for s in settings(prepared, source, wave)} for wave in newest]
    for setting in (s for wave in found for s in wave.values()):
        yield from structure_rows(setting)
        yield from mixing_rows(setting)
    before = found[0] if len(found) > 1 else {}
    for relation, after in (found[-1] if found else {}).items():
        yield from change_rows(before.get(relation), after)
        yield from co_attendance_rows(before.get(relation), after)
