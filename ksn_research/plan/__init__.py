"""What was asked of whom, in which year: a study's folder read into frozen specs.

`load_study` is the one way in. `specs` holds the dataclasses, `instrument` reads questionnaires
(XLSForm through pyxform, with a TOML sidecar and a crosswalk), `study` reads `study.toml`.
"""

from ksn_research.plan.specs import (
    KINDS,
    Analysis,
    Choice,
    Instrument,
    Measure,
    Question,
    Scale,
    Source,
    Study,
    Wave,
)
from ksn_research.plan.study import load_study, waves_for

__all__ = [
    "KINDS",
    "Analysis",
    "Choice",
    "Instrument",
    "Measure",
    "Question",
    "Scale",
    "Source",
    "Study",
    "Wave",
    "load_study",
    "waves_for",
]
