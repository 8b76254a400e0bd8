"""The quotes of an edition: what the gate let through, source by source, and nothing that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field

import pandas as pd

from ksn_research.disclose.quotes.of_study import Judged
from ksn_research.errors import DisclosureError

TYPES = {"source": "str", "year": "Int64", "code": "str", "text": "str", "attribution": "str", "id": "str"}
_KEY = object()


def _blank() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in TYPES.items()})


@dataclass(frozen=True, eq=False)
class Printed:
    """Quotes that an edition may show; one that holds any is made by `printed` or `reopened` alone.

    frame  one row per quote, in printing order: source, year, code, text, attribution (may be empty), id,
           which is for the internal page: it would tell whoever tries all interviews whose quote it is
    """

    frame: pd.DataFrame = field(default_factory=_blank)
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if len(self.frame) and key is not _KEY:
            raise DisclosureError(
                "quotes were about to be shown that did not pass the gate",
                remedy="let `pipeline.publish` choose the quotes of an edition",
            )


def printed(judged: Mapping[str, Judged]) -> Printed:
    """What passed of each source, sources and codes in order, within a code as the gate chose."""
    frames = [
        one.gated.passed.table().assign(source=source, year=one.year)
        for source, one in sorted(judged.items())
        if one.gated.passed.quotes
    ]
    if not frames:
        return Printed()
    frame = pd.concat(frames, ignore_index=True)[[*TYPES]].astype(TYPES)
    ordered = frame.sort_values(["source", "code"], kind="stable", ignore_index=True)
    return Printed(ordered, _KEY)


def reopened(frame: pd.DataFrame) -> Printed:
    """The quotes of an edition that was made earlier, as its own data folder holds them."""
    return Printed(frame[[*TYPES]].astype(TYPES), _KEY)
