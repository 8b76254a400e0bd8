"""Organisations and people: who belongs to the network, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .base import YEARS, Files, csv_bytes, day, rng

REGIONS = {
    "Harbour Counties": 28,
    "River Valley": 24,
    "Northern Hills": 22,
    "Capital District": 18,
    "South Coast": 16,
    "Western Lakes": 15,
}
UNDER_REACHED = "Western Lakes"
TYPES = {"nonprofit": 0.40, "company": 0.28, "university": 0.17, "public": 0.15}
KINDS = {
    "nonprofit": (
        "Mentoring Trust",
        "Youth Alliance",
        "Community Works",
        "Learning House",
        "Neighbours Fund",
    ),
    "company": ("Robotics", "Analytics", "Foods", "Tool Works", "Design Studio"),
    "university": ("University", "Technical College", "Institute of Arts", "Teachers' College"),
    "public": ("Public Library", "School District", "Health Office", "Town Council"),
}
SECTORS = ("education", "health", "technology", "arts", "environment", "work and skills")
ROLES = ("mentor", "programme coordinator", "manager", "director", "researcher")
STEMS = (
    *("Amber", "Bramble", "Cinder", "Dapple", "Elder", "Fallow", "Gorse", "Hazel"),
    *("Inkle", "Juniper", "Kestrel", "Linnet", "Marl", "Nettle", "Otter", "Pebble"),
    *("Quill", "Rowan", "Sorrel", "Thistle", "Umber", "Vetch", "Willow", "Yarrow"),
)
ENDINGS = ["wick", "mere", "stead", "combe", "holt", "thwaite"]
ORGANISATIONS = {"founding": 112, 2023: 4, 2024: 5, 2025: 6}
CONSENT, CHANGED_MIND = 0.85, 0.04
LEAVING = {2023: 3, 2024: 4, 2025: 3}
FOUNDERS, ALUMNI, JOINERS_A_MONTH, LEAVERS_A_YEAR = 275, 40, 7, 62
CONVERTED = {2023: 9, 2024: 12, 2025: 15}


@dataclass(frozen=True)
class Roster:
    """Everybody who ever belonged; dates are ISO texts, empty where they have not come."""

    organisations: pd.DataFrame
    people: pd.DataFrame

    def organisations_in(self, year: int) -> pd.DataFrame:
        """Organisations present at some time in the year, as known at its end."""
        return _known(self.organisations, year)

    def people_in(self, year: int) -> pd.DataFrame:
        """People present at some time in the year, as known at its end."""
        return _known(self.people, year)

    def alumni_before(self, year: int) -> list[str]:
        """Members who had left before the year began."""
        left = self.people["left"]
        return list(self.people.loc[(left != "") & (left < day(year, 1, 1)), "member"])


def present(people: pd.DataFrame, on: str) -> np.ndarray:
    """Which of the people belong to the network on a date."""
    return ((people["joined"] <= on) & ((people["left"] == "") | (people["left"] > on))).to_numpy()


def make_roster() -> Roster:
    """The whole history of membership."""
    organisations = _organisations()
    return Roster(organisations, _people(organisations))


def roster_files(roster: Roster) -> Files:
    """Each year's two member lists, as an office would export them."""
    files: Files = {}
    for year in YEARS:
        files[f"{year}/organisations.csv"] = csv_bytes(
            [
                "Organisation ID",
                "Organisation",
                "Region",
                "Type",
                "Sector",
                "Joined",
                "Left",
                "Also known as",
                "Map consent",
            ],
            _with_consent(roster, year).to_numpy(),
        )
        columns = ["member", "organisation", "role", "joined", "left", "guest_code"]
        files[f"{year}/people.csv"] = csv_bytes(
            ["Member ID", "Organisation ID", "Role", "Joined", "Left", "Guest code"],
            roster.people_in(year)[columns].to_numpy(),
        )
    return files


def _with_consent(roster: Roster, year: int) -> pd.DataFrame:
    """The year's organisations and whether each may stand on a public map: 85 in 100 said so at first, and
    4 in 100 change their mind in each later year."""
    drawn = rng("map consent").random((len(roster.organisations), len(YEARS)))
    said = drawn[:, 0] < CONSENT
    for later in range(1, YEARS.index(year) + 1):
        said = said ^ (drawn[:, later] < CHANGED_MIND)
    words = dict(zip(roster.organisations["organisation"], np.where(said, "yes", "no"), strict=True))
    own = roster.organisations_in(year)
    return own.assign(map_consent=own["organisation"].map(words))


def _known(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    first, last = day(year, 1, 1), day(year, 12, 31)
    inside = (frame["joined"] <= last) & ((frame["left"] == "") | (frame["left"] >= first))
    known = frame[inside].reset_index(drop=True)
    return known.assign(left=known["left"].where(known["left"] <= last, ""))


def _organisations() -> pd.DataFrame:
    random = rng("organisations")
    total = sum(ORGANISATIONS.values())
    regions = _spread(random, REGIONS, total)
    types = random.choice(list(TYPES), size=total, p=list(TYPES.values()))
    names = _names(random, types)
    frame = pd.DataFrame(
        {
            "organisation": [f"O{i:03d}" for i in range(1, total + 1)],
            "name": names,
            "region": regions,
            "type": types,
            "sector": random.choice(SECTORS, size=total),
            "joined": _organisation_dates(random),
            "left": "",
            "aliases": _aliases(random, names),
        }
    )
    return frame.assign(left=_organisations_leave(random, frame))


def _spread(random: np.random.Generator, sizes: dict[str, int], total: int) -> np.ndarray:
    pool = np.repeat(list(sizes), list(sizes.values()))
    extra = random.choice(list(sizes), size=max(0, total - len(pool)))
    return random.permutation(np.concatenate([pool, extra])[:total] if len(extra) else pool)[:total]


def _names(random: np.random.Generator, types: np.ndarray) -> list[str]:
    places = random.permutation([stem + ending for stem in STEMS for ending in ENDINGS])
    return [f"{place} {random.choice(KINDS[kind])}" for place, kind in zip(places, types, strict=False)]


def _aliases(random: np.random.Generator, names: list[str]) -> list[str]:
    """A third go by the short name, a tenth also by initials."""
    said = random.random((len(names), 2)) < (0.33, 0.3)
    aliases = []
    for name, (short, initials) in zip(names, said, strict=True):
        first, *rest = name.split()
        letters = first[:3].upper() + "".join(word[0] for word in rest).upper()
        aliases.append(";".join([first] * int(short) + [letters] * int(short and initials)))
    return aliases


def _organisation_dates(random: np.random.Generator) -> list[str]:
    founding = [_any_day(random, 2018, 2022) for _ in range(ORGANISATIONS["founding"])]
    return founding + [_any_day(random, y, y, last_month=9) for y in YEARS for _ in range(ORGANISATIONS[y])]


def _organisations_leave(random: np.random.Generator, frame: pd.DataFrame) -> list[str]:
    left = np.full(len(frame), "", dtype=object)
    for year in YEARS:
        may_go = (left == "") & (frame["joined"] < day(year - 1, 1, 1)).to_numpy()
        may_go &= (frame["region"] != UNDER_REACHED).to_numpy()
        for index in random.choice(np.flatnonzero(may_go), size=LEAVING[year], replace=False):
            left[index] = _any_day(random, year, year)
    return list(left)


def _any_day(
    random: np.random.Generator, first: int, last: int, *, first_month: int = 1, last_month: int = 12
) -> str:
    return day(
        int(random.integers(first, last + 1)),
        int(random.integers(first_month, last_month + 1)),
        int(random.integers(1, 29)),
    )


def _people(organisations: pd.DataFrame) -> pd.DataFrame:
    random = rng("people")
    weights = random.gamma(2.0, 1.0, len(organisations)) + 0.4
    rows = _founders(random, organisations, weights) + _joiners(random, organisations, weights)
    frame = pd.DataFrame(rows, columns=["organisation", "joined", "left"])
    frame = frame.sort_values(["joined", "organisation", "left"], kind="stable").reset_index(drop=True)
    frame["member"] = [f"M{i:04d}" for i in range(1, len(frame) + 1)]
    frame["role"] = random.choice(ROLES, size=len(frame), p=[0.42, 0.22, 0.16, 0.08, 0.12])
    frame["left"] = _people_leave(random, frame, organisations)
    frame["guest_code"] = _guest_codes(random, frame)
    where = organisations.set_index("organisation")[["region", "type"]]
    return frame.join(where, on="organisation")


def _founders(
    random: np.random.Generator, organisations: pd.DataFrame, weights: np.ndarray
) -> list[tuple[str, str, str]]:
    founding = ORGANISATIONS["founding"]
    share = weights[:founding] / weights[:founding].sum()
    drawn = np.concatenate(
        [np.arange(founding), random.choice(founding, FOUNDERS + ALUMNI - founding, p=share)]
    )
    rows = []
    for place, index in enumerate(drawn):
        joined = max(_any_day(random, 2019, 2022, last_month=6), organisations["joined"][index])
        left = max(_any_day(random, 2022, 2022, first_month=7), joined) if place >= FOUNDERS else ""
        rows.append((organisations["organisation"][index], joined, left))
    return rows


def _joiners(
    random: np.random.Generator, organisations: pd.DataFrame, weights: np.ndarray
) -> list[tuple[str, str, str]]:
    """Seven a month; a new organisation brings its first person in the month in which it joins."""
    rows = []
    for year in YEARS:
        for month in range(1, 13):
            joined = organisations["joined"].to_numpy(dtype=str)
            new = [i for i, on in enumerate(joined) if on[:7] == f"{year}-{month:02d}"]
            rows += [(organisations["organisation"][i], joined[i], "") for i in new[:JOINERS_A_MONTH]]
            stays = (joined < day(year, month, 1)) & _stays(organisations["left"], year)
            share = weights * stays / (weights * stays).sum()
            for i in random.choice(len(weights), size=JOINERS_A_MONTH - len(new), p=share):
                rows.append(
                    (organisations["organisation"][i], day(year, month, int(random.integers(1, 29))), "")
                )
    return rows


def _stays(left: pd.Series, year: int) -> np.ndarray:
    """Nobody joins an organisation that will have left by the end of the next year."""
    return ((left == "") | (left > day(year + 1, 12, 31))).to_numpy()


def _people_leave(random: np.random.Generator, frame: pd.DataFrame, organisations: pd.DataFrame) -> list[str]:
    """People leave with their organisation, or by themselves once they have been there for a year."""
    gone = frame["organisation"].map(organisations.set_index("organisation")["left"])
    left = np.where(frame["left"] != "", frame["left"], gone).astype(object)
    for year in YEARS:
        with_organisation = sum(str(on)[:4] == str(year) for on in left)
        may_go = (left == "") & (frame["joined"] < day(year - 1, 12, 31)).to_numpy()
        count = max(0, LEAVERS_A_YEAR - with_organisation)
        for index in random.choice(np.flatnonzero(may_go), size=count, replace=False):
            left[index] = _any_day(random, year, year)
    return list(left)


def _guest_codes(random: np.random.Generator, frame: pd.DataFrame) -> list[str]:
    """Exactly `CONVERTED` of a year's joiners had come to a social as guests before."""
    codes = np.full(len(frame), "", dtype=object)
    for year in YEARS:
        joiners = frame["joined"].between(day(year, 4, 1), day(year, 12, 31)).to_numpy()
        chosen = np.sort(random.choice(np.flatnonzero(joiners), size=CONVERTED[year], replace=False))
        first = 1 + 1000 * (year - YEARS[0])
        codes[chosen] = [f"G{first + k:04d}" for k in range(len(chosen))]
    return list(codes)
