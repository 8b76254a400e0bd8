"""What an audit says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leak:
    """Something that the published rows give away.

    id      of the row
    kind    shown (unsafe, and published), bound (hidden, and known too well), difference (from an earlier
            edition), public (hidden now, but published before: told, not refused)
    low, high  what a reader can work out; needed: what must be within these bounds
    why     in words, without the number itself
    """

    id: str
    kind: str
    low: float
    high: float
    needed: tuple[float, float]
    why: str
