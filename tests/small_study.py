"""A small study on disk, made as an analyst would: `ksn new`, a second year, exports, sources switched on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ksn_research.scaffold import add_year, new_study

YEARS = (2024, 2025)
PEOPLE, ORGANISATIONS = 60, 12
ITEMS = (*(f"trust_{i}" for i in range(1, 5)), *(f"belonging_{i}" for i in range(1, 4)), "value")
SECRET = "Heron at the northern weir"  # a respondent's words: they may stand in no notebook


def survey_only(folder: Path) -> Path:
    """The least there can be: one year's member survey."""
    new_study(folder, YEARS[0])
    _survey(folder, YEARS[0])
    return folder


def whole(folder: Path) -> Path:
    """Two years of a member survey, rosters, attendance, a network survey and coded interviews."""
    new_study(folder, YEARS[0])
    add_year(folder, YEARS[1])
    plan = folder / "study.toml"
    text = plan.read_text(encoding="utf-8")
    for source in ("organisations", "people", "attendance", "network_survey", "interviews"):
        text = _switched_on(text, source)
    # Coded passages in a CSV are recognised; the ledger is left out here.
    text = re.sub(r'^(# )?(format = "segments"|consent = ).*\n', "", text, flags=re.MULTILINE)
    plan.write_text(text, encoding="utf-8")
    for year in YEARS:
        _survey(folder, year)
        _rosters(folder, year)
        _network(folder, year)
        _interviews(folder, year)
    return folder


def _switched_on(text: str, source: str) -> str:
    block = re.search(rf"# \[sources\.{source}\]\n(# .*\n?)+", text)
    assert block, source
    return text.replace(block[0], re.sub("^# ", "", block[0], flags=re.MULTILINE))


def _survey(folder: Path, year: int) -> None:
    rng = np.random.default_rng(year)
    latent = rng.normal(3.2 + 0.6 * (year - YEARS[0]), 0.7, PEOPLE)
    answers = np.clip(np.rint(latent[:, None] + rng.normal(0, 0.6, (PEOPLE, len(ITEMS)))), 1, 5).astype(int)
    frame = pd.DataFrame(answers.astype(str), columns=list(ITEMS))
    frame["trust_3"] = (6 - answers[:, 2]).astype(str)
    frame.insert(0, "member_code", [f"M{i:02}" for i in range(PEOPLE)])
    frame["part"] = rng.choice(["in_person", "online", "both"], PEOPLE)
    frame["comment"] = [SECRET] * PEOPLE
    frame.loc[PEOPLE] = ["", *[""] * len(ITEMS), "", ""]  # a blank row, to be set aside
    frame.to_csv(folder / str(year) / "member_survey.csv", index=False)


def _rosters(folder: Path, year: int) -> None:
    rng = np.random.default_rng(year)
    place = folder / str(year)
    homes = [f"O{i:02}" for i in range(ORGANISATIONS)]
    organisations = pd.DataFrame({"organisation": homes, "name": [f"House {h}" for h in homes]})
    organisations["region"] = ["North", "South"] * (ORGANISATIONS // 2)
    organisations["type"] = ["company"] * 6 + ["nonprofit"] * 6
    organisations.to_csv(place / "organisations.csv", index=False)
    members = pd.DataFrame({"member": [f"M{i:02}" for i in range(PEOPLE + 10)]})
    members["organisation"] = [homes[i % ORGANISATIONS] for i in range(len(members))]
    members.to_csv(place / "people.csv", index=False)
    near = members.loc[members["organisation"].isin(homes[:7]), "member"]
    came = pd.DataFrame({"member": np.repeat(near.to_numpy(), 2)})
    came["event"] = [f"{year}-E{i}" for i in rng.integers(1, 5, len(came))]
    came["date"] = f"{year}-03-" + came["event"].str[-1].str.zfill(2)
    came["kind"], came["came_as"] = "session", "current"
    came.drop_duplicates(["member", "event"]).to_csv(place / "attendance.csv", index=False)


def _network(folder: Path, year: int) -> None:
    rng = np.random.default_rng(year)
    homes = [f"O{i:02}" for i in range(ORGANISATIONS)]
    rows = [[home, *rng.choice([h for h in homes if h != home], 3, replace=False)] for home in homes[:-1]]
    columns = ["organisation", "advice 1", "advice 2", "advice 3"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / str(year) / "network_survey.csv", index=False)


def _interviews(folder: Path, year: int) -> None:
    rng = np.random.default_rng(year)
    rows = []
    for i, code in ((i, code) for i in range(12) for code in ("time", "trust", "funding")):
        said = rng.random() < 0.6
        for coder in "AB":
            marked = code if said ^ (rng.random() < 0.1) else ""
            rows.append((f"I{i:02}", coder, marked, SECRET, "company" if i % 2 else "nonprofit"))
    columns = ["interview", "coder", "code", "text", "operator_type"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / str(year) / "coding_sheet.csv", index=False)


if __name__ == "__main__":
    whole(Path(sys.argv[1]))
