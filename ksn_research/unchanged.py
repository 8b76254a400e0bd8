"""Whether an edition would come out as it is, so that it need not be made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ksn_research import edition, memory, provenance
from ksn_research.errors import EditionError
from ksn_research.plan import Study, waves_for


def unchanged(target: Path, study: Study, year: int, parameters: Mapping[str, Any]) -> bool:
    """Whether the edition at `target` was made from what the study now is, by this code and these packages
    with these parameters, and still holds every file as it was written, and no other.

    parameters  as `report.make_edition` records them
    False where there is no edition at `target`, or none that can be read, and where a source is a table of an
    engine: whether that is as it was cannot be told from here.
    """
    try:
        record = provenance.read_record(target)
    except EditionError:
        return False
    waves = {name: waves_for(source, year) for name, source in study.sources.items()}
    if any(wave.table for own in waves.values() for wave in own):
        return False
    key = provenance.key_of(study, year, waves, parameters, memory.state_of(study))
    return record.key == key and _files_of(target) == record.outputs


def _files_of(target: Path) -> dict[str, str]:
    """SHA-256 of every file of the edition's parts but the full manifest, which cannot hold its own."""
    whole = {
        f"{part}/{name}": d for part in edition.PARTS for name, d in edition.digests(target / part).items()
    }
    return {name: digest for name, digest in whole.items() if name != f"internal/{edition.MANIFEST}"}
