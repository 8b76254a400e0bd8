"""The whole study in memory: each part made once, then written and described."""

from __future__ import annotations

from dataclasses import dataclass

from .base import YEARS, Files
from .gatherings import Gatherings, gathering_files, make_gatherings
from .interviews import Interviews, interview_files, make_interviews
from .network import Network, make_networks, network_files
from .platform import Platform, make_platforms, platform_files
from .records import Records, make_records, record_files
from .roster import Roster, make_roster, roster_files
from .study_toml import STUDY
from .surveys import Survey, make_cycle, make_feedback, make_member_survey, survey_files
from .wording import instrument_files


@dataclass(frozen=True)
class World:
    """Everything that was made, by year."""

    roster: Roster
    gatherings: dict[int, Gatherings]
    networks: dict[int, Network]
    platforms: dict[int, Platform]
    records: dict[int, Records]
    member_surveys: dict[int, Survey]
    cycles: dict[int, tuple[Survey, Survey, Survey]]
    feedback: dict[int, Survey]
    interviews: dict[int, Interviews]


def make_world() -> World:
    """All parts, in the order in which they depend on one another."""
    roster = make_roster()
    gatherings = {year: make_gatherings(roster, year) for year in YEARS}
    platforms = make_platforms(roster)
    records = {year: make_records(roster, gatherings[year]) for year in YEARS}
    return World(
        roster,
        gatherings,
        make_networks(roster, gatherings),
        platforms,
        records,
        {y: make_member_survey(roster, gatherings[y], platforms[y], records[y]) for y in YEARS},
        {y: make_cycle(roster, gatherings[y]) for y in YEARS},
        {y: make_feedback(gatherings[y]) for y in YEARS},
        {y: make_interviews(y) for y in YEARS},
    )


def build() -> Files:
    """Every file of the study by its path."""
    world = make_world()
    files: Files = {"study.toml": STUDY.encode()}
    files |= instrument_files() | roster_files(world.roster) | platform_files(world.platforms)
    files |= network_files(world.networks, world.roster)
    for year in YEARS:
        files |= gathering_files(world.gatherings[year]) | record_files(world.records[year])
        files |= survey_files(world.member_surveys[year], world.cycles[year], world.feedback[year])
        files |= interview_files(world.interviews[year])
    return files
