"""The whole study in memory: each part made once, then written and described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .base import YEARS, Files
from .coreq_toml import COREQ
from .exports import survey_files
from .gatherings import Gatherings, gathering_files, make_gatherings
from .interviews import Interviews, interview_files, make_interviews
from .network import Network, make_networks, network_files
from .platform import Platform, make_platforms, platform_files
from .records import Records, make_records, record_files
from .roster import Roster, make_roster, roster_files
from .study_toml import STUDY
from .surveys import Survey, make_cycle, make_feedback, make_member_survey
from .truth import (
    Truth,
    cycle_truths,
    feedback_truths,
    gathering_truths,
    interview_truths,
    network_truths,
    platform_truths,
    population_truths,
    record_truths,
    response_truths,
    survey_truths,
    truth_file,
)
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
        {y: make_cycle(gatherings[y]) for y in YEARS},
        {y: make_feedback(gatherings[y]) for y in YEARS},
        {y: make_interviews(y) for y in YEARS},
    )


def build() -> Files:
    """Every file of the study by its path."""
    world = make_world()
    files: Files = {"study.toml": STUDY.encode(), "coreq.toml": COREQ.encode()}
    files |= instrument_files() | roster_files(world.roster) | platform_files(world.platforms)
    files |= network_files(world.networks, world.roster)
    for year in YEARS:
        files |= gathering_files(world.gatherings[year]) | record_files(world.records[year])
        files |= survey_files(world.member_surveys[year], world.cycles[year], world.feedback[year])
        files |= interview_files(world.interviews[year])
    return files | {"TRUTH.md": truth_file(truths(world))}


def truths(world: World) -> Iterator[Truth]:
    """All that is planted, year by year."""
    for year in YEARS:
        gatherings, survey, network = world.gatherings[year], world.member_surveys[year], world.networks[year]
        records, before = world.records[year], year - 1
        yield from population_truths(world.roster, gatherings)
        yield from response_truths(world.roster, survey, network)
        platform = world.platforms[year]
        yield from survey_truths(survey, world.member_surveys.get(before), gatherings, records, platform)
        yield from network_truths(network, world.networks.get(before))
        yield from gathering_truths(world.roster, gatherings)
        yield from platform_truths(world.roster, world.platforms[year])
        yield from interview_truths(world.interviews[year])
        yield from cycle_truths(year, world.cycles[year])
        yield from feedback_truths(world.feedback[year])
        yield from record_truths(records, gatherings, platform, world.roster)
