"""How far a run is and how long it will still take, from the shares of time that its steps took when they
were measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ksn_research.plan import Study

# Seconds of each step on the demo study, on two cores (tests/benchmarks, `report_chain`). Of other studies
# only the shares count: how fast this run is, is learnt as it goes.
READING = {
    "survey": 1.2, "nominations": 1.2, "activity": 0.8, "interviews": 0.5, "attendance": 0.4, "people": 0.2,
}  # fmt: skip
ANALYSING = {
    "surveys": 2.4, "engagement": 1.4, "networks": 3.0, "people and circles": 0.6, "ties explained": 0.4,
    "platform activity": 0.5, "interviews": 0.5, "joint displays": 0.4, "circles": 0.2,
}  # fmt: skip
SHOWING = {
    "disclosure control": 1.6, "circle pages": 0.6, "tables and figures": 4.0,
    "running the report's notebook": 2.0,
}  # fmt: skip
LITTLE = 0.1
TRUST = 2.0  # seconds of measured shares that count as much as what this run has shown of itself


def of_report(study: Study, sections: Iterable[str]) -> dict[str, float]:
    """The steps of `ksn report` and the seconds that each is expected to take.

    sections  those of `pipeline.SECTIONS`
    """
    reading = {f"reading {one.label}": READING.get(one.kind, LITTLE) for one in study.sources.values()}
    return reading | {f"analysing {name}": ANALYSING.get(name, LITTLE) for name in sections} | SHOWING


@dataclass
class Course:
    """A run's steps, of which one after the other begins; each ends when the next begins.

    expected  seconds that each step is expected to take, by name; steps may begin in any order

    >>> course = Course({"reading": 2.0, "analysing": 6.0}, begun=0.0)
    >>> course.begin("reading", 0.0)
    >>> course.begin("analysing", 4.0)  # half as fast as expected
    >>> course.share, round(course.left(4.0), 1)
    (0.25, 9.0)
    """

    expected: Mapping[str, float]
    begun: float
    _now: str = ""
    _since: float = 0.0
    _done: set[str] = field(default_factory=set)

    def begin(self, step: str, now: float) -> None:
        """The step begins, and the one before has ended."""
        self._done |= {self._now} if self._now else set()
        self._now, self._since = step, now

    def left(self, now: float) -> float:
        """Seconds until the end; a step that takes longer than expected holds the count until it ends."""
        slowness = (self._since - self.begun + TRUST) / (self._ended + TRUST) if self._now else 1.0
        still = sum(self.expected.values()) - self._ended
        after = still - self.expected.get(self._now, 0.0)
        return max(slowness * still - (now - self._since), slowness * after, 0.0)

    @property
    def share(self) -> float:
        """The part of the expected seconds whose steps have ended, 0 to 1."""
        return self._ended / sum(self.expected.values())

    @property
    def _ended(self) -> float:
        return sum(self.expected.get(step, 0.0) for step in self._done)


def in_words(seconds: float) -> str:
    """Time left as a bar shows it.

    >>> in_words(8.4), in_words(95)
    ('10 s left', 'about 2 min left')
    """
    if seconds >= 90:
        return f"about {round(seconds / 60)} min left"
    return f"{max(5, 5 * round(seconds / 5))} s left"
