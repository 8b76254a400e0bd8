"""The demo study: written byte for byte the same each time, and holding what it says is planted."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest

DEMO = Path(__file__).resolve().parents[1] / "surveys" / "demo"
APART = ("published", "places", "circle_pages", "_demo", "__pycache__")
YEARS = (2023, 2024, 2025)
HEAD = ["programme", "year", "quantity", "value", "tolerance", "how planted"]


def written(folder: Path) -> dict[str, Path]:
    """The study's files by relative name, without the generator and what editions published."""
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path
        for name, path in sorted(names.items())
        if name != "make_demo.py" and not set(Path(name).parts) & set(APART)
    }


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study written a second time, elsewhere."""
    out = tmp_path_factory.mktemp("demo")
    subprocess.run([sys.executable, str(DEMO / "make_demo.py"), "--out", str(out)], check=True)
    return out


def truth() -> pd.DataFrame:
    """The table of TRUTH.md."""
    lines = [line for line in (DEMO / "TRUTH.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == HEAD
    frame = pd.DataFrame(cells[2:], columns=HEAD)
    return frame.assign(
        quantity=frame["quantity"].str.strip("`"),
        value=frame["value"].astype(float),
        tolerance=frame["tolerance"].astype(float),
    )


def planted(year: str, quantity: str) -> float:
    table = truth()
    return float(table.loc[(table["year"] == year) & (table["quantity"] == quantity), "value"].item())


def frame_of(year: int, name: str) -> pd.DataFrame:
    return pd.read_csv(DEMO / str(year) / f"{name}.csv", dtype=str, keep_default_na=False)


def member_survey(year: int) -> list[list[str]]:
    text = (DEMO / str(year) / "member_survey.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_same_files_are_written_no_more_and_no_fewer(again: Path) -> None:
    assert list(written(again)) == list(written(DEMO))


def test_every_byte_is_the_same(again: Path) -> None:
    old, new = written(DEMO), written(again)
    differ = [name for name in old if name in new and not same(old[name], new[name])]
    assert differ == [], "run surveys/demo/make_demo.py and look at what changed"


def same(one: Path, two: Path) -> bool:
    """Equal bytes; Parquet written by two releases of its library (it signs its files) by content."""
    if one.read_bytes() == two.read_bytes():
        return True
    if one.suffix != ".parquet":
        return False
    import pyarrow.parquet as pq

    old, new = pq.ParquetFile(one), pq.ParquetFile(two)
    return old.metadata.created_by != new.metadata.created_by and old.read().equals(new.read())


def test_the_study_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in written(DEMO).values()) < 8_000_000


def test_no_text_holds_a_carriage_return_but_the_survey_export() -> None:
    with_returns = {
        Path(name).name
        for name, path in written(DEMO).items()
        if path.suffix in (".csv", ".md", ".toml") and b"\r" in path.read_bytes()
    }
    assert with_returns == {"member_survey.csv"}


@pytest.mark.parametrize("year", YEARS)
def test_every_file_that_the_plan_names_is_there(year: int) -> None:
    plan = tomllib.loads((DEMO / "study.toml").read_text(encoding="utf-8"))
    for source in plan["sources"].values():
        own = source | source.get("year", {}).get(str(year), {})
        patterns = [
            own.get("file"),
            own.get("instrument"),
            own.get("consent"),
            *own.get("waves", {}).values(),
        ]
        for pattern in filter(None, patterns):
            assert (DEMO / pattern.format(year=year)).is_file()


@pytest.mark.parametrize("year", YEARS)
def test_the_columns_that_the_plan_names_are_in_the_files(year: int) -> None:
    plan = tomllib.loads((DEMO / "study.toml").read_text(encoding="utf-8"))
    for source in plan["sources"].values():
        if "columns" in source and source["kind"] != "activity":
            path = DEMO / source["file"].format(year=year)
            header = next(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
            assert set(source["columns"].values()) <= set(header)


@pytest.mark.parametrize("year", YEARS)
def test_the_survey_export_has_two_header_rows_and_blank_rows(year: int) -> None:
    first, second, *rows = member_survey(year)
    assert (DEMO / str(year) / "member_survey.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert {len(first), len(second), *map(len, rows)} == {len(first)}
    assert first[:4] == ["Respondent ID", "Collector ID", "Start Date", "End Date"]
    stems = [i for i, text in enumerate(first) if text.startswith("Thinking of the people")]
    assert first[stems[0] + 1 : stems[0] + 6] == [""] * 5
    assert sum(not any(row[4:]) for row in rows) == 3
    assert all(re.fullmatch(r"\d{11}", row[0]) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("year", "asked"),
    [
        (2024, "I know whom to turn to in this network"),
        (2025, "I could name three people here who would help"),
        (2024, "I visited or called a programme to learn from it"),
        (2025, "I visited or called another programme to learn how it works"),
    ],
)
def test_two_questions_are_reworded_in_2025(year: int, asked: str) -> None:
    assert any(text.startswith(asked) for text in member_survey(year)[1])
    assert asked in (DEMO / "instruments" / f"member_survey-{year}.md").read_text(encoding="utf-8")


def test_the_crosswalk_says_what_of_it_can_be_compared() -> None:
    changes = tomllib.loads((DEMO / "crosswalks" / "member_survey.toml").read_text(encoding="utf-8"))[
        "change"
    ]
    assert [(c["year"], c["question"], c["comparable"]) for c in changes] == [
        (2025, "belonging_02", "no"),
        (2025, "collecting_03", "label-change"),
    ]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(
    ("name", "format", "answers"),
    [
        ("circle_feedback", "google_forms", 9),
        ("cycle_kickoff", "qualtrics", 8),
        ("member_survey", "surveymonkey", 36),
    ],
)
def test_each_survey_is_an_export_of_another_tool(year: int, name: str, format: str, answers: int) -> None:
    from ksn_research.read import read_export

    export = read_export(DEMO / str(year) / f"{name}.csv", name)
    assert export.format == format
    assert (export.columns["role"] == "").sum() == answers


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("wave", ["kickoff", "midpoint", "closing"])
def test_a_cycle_check_begins_with_the_preview_of_its_form(year: int, wave: str) -> None:
    rows = list(csv.DictReader(io.StringIO((DEMO / str(year) / f"cycle_{wave}.csv").read_text("utf-8"))))[2:]
    assert [row["Status"] == "Survey Preview" for row in rows] == [True, *[False] * (len(rows) - 1)]


@pytest.mark.parametrize("path", sorted((DEMO / "instruments").glob("*.md")), ids=lambda path: path.stem)
def test_instruments_are_valid_xlsforms(path: Path) -> None:
    from pyxform.xls2xform import convert

    assert convert(str(path)).warnings == []


@pytest.mark.parametrize("year", YEARS)
def test_circles_have_the_planted_sizes(year: int) -> None:
    circles = frame_of(year, "circles")
    sizes = circles["Circle ID"].value_counts()
    assert len(sizes) == 18
    assert sizes.between(5, 14).all()
    seats = circles["Member ID"].value_counts()
    assert seats.max() == 2
    assert 0.08 < (seats == 2).mean() < 0.12
    assert (circles.groupby("Circle ID")["Role"].agg(lambda role: (role == "facilitator").sum()) == 1).all()


@pytest.mark.parametrize("year", YEARS)
def test_nobody_comes_before_joining_or_after_leaving(year: int) -> None:
    came = frame_of(year, "attendance").merge(frame_of(year, "people"), on="Member ID")
    assert len(came) > 1000
    assert (came["Joined"] <= came["Date"]).all()
    assert ((came["Left"] == "") | (came["Left"] > came["Date"])).all()


@pytest.mark.parametrize("year", YEARS)
def test_the_log_names_members_of_the_year_only(year: int) -> None:
    path = DEMO / str(year) / ("activity.csv" if year == 2023 else "activity.parquet")
    log = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    assert list(log.columns) == ["member", "time", "action", "object", "target"]
    assert 45_000 < len(log) < 75_000
    assert set(log["member"]) <= set(frame_of(year, "people")["Member ID"])
    assert (log["target"].isna() == ~log["action"].isin(["reply", "thank"])).all()
    assert (log["member"] != log["target"]).all()


@pytest.mark.parametrize("year", YEARS)
def test_coded_passages_repeat_the_transcript(year: int) -> None:
    from defusedxml import ElementTree

    with zipfile.ZipFile(DEMO / str(year) / "interviews.qdpx") as project:
        root = ElementTree.fromstring(project.read("project.qde"))
        space = "{urn:QDA-XML:project:1.0}"
        sources = root.findall(f"{space}Sources/{space}TextSource")
        assert len(sources) == 24
        for source in sources:
            path = source.get("plainTextPath", "").removeprefix("internal://")
            text = project.read(f"sources/{path}").decode("utf-8")
            for selection in source.findall(f"{space}PlainTextSelection"):
                start, end = int(selection.get("startPosition", "")), int(selection.get("endPosition", ""))
                assert text[start:end][:100] == selection.get("name")


def test_the_interview_that_was_withdrawn_is_still_in_the_project() -> None:
    withdrawn = {
        year: list(frame_of(year, "consent").query("withdrawn_on != ''")["interview"]) for year in YEARS
    }
    assert withdrawn == {2023: [], 2024: [], 2025: ["I04"]}


def test_every_planted_quantity_stands_once_with_a_tolerance() -> None:
    table = truth()
    assert not table.duplicated(["year", "quantity"]).any()
    assert (table["tolerance"] >= 0).all()
    assert set(table["programme"]) == {f"P{i}" for i in range(1, 17)}


# Counted anew from the files, each in one line, so that TRUTH.md and the files cannot drift apart.
@pytest.mark.parametrize("year", YEARS)
def test_what_is_planted_is_in_the_files(year: int) -> None:
    people, came = frame_of(year, "people"), frame_of(year, "attendance")
    guests = set(came.loc[came["Came as"] == "guest", "Member ID"])
    answered = [row[4] for row in member_survey(year)[2:] if row[4]]
    counted = {
        "people.population.people.count": len(people),
        "attendance.reach.people.share": people["Member ID"].isin(came["Member ID"]).mean(),
        "records: distinct guests of the year": len(guests),
        "attendance.conversion.guest_to_member.count": len(guests & set(people["Guest code"])),
        "member_survey.response.response.respondents": len(answered),
        "network_survey.response.response.respondents": len(frame_of(year, "network_survey")),
        "sessions.ratings.rating.mean": frame_of(year, "sessions")["Rating"].astype(int).mean(),
        "thanks.recognition.who_is_thanked.thanks": len(frame_of(year, "thanks")),
    }
    for quantity, value in counted.items():
        assert value == pytest.approx(planted(str(year), quantity), abs=0.00005), quantity


@pytest.mark.parametrize(
    ("quantity", "low", "high"),
    [
        ("attendance.reach.organisations@region=western_lakes.share", 0.0, 0.25),  # clearly under-reached
        ("member_survey.response.response@region=western_lakes.rate", 0.0, 0.30),
        ("network_survey.response.response.rate", 0.75, 0.90),
        ("member_survey.change.trust.difference", 0.15, 0.40),
        ("member_survey.scales.trust.icc1", 0.12, 0.25),
        ("member_survey.circle_spread.trust.low_circles", 2, 2),
        ("network_survey.mixing.advice@region=.e_i_index", 0.0, 0.35),  # expected by group sizes: 0.67
        ("network_survey.spanning.advice@region=.e_i_difference", 0.15, 0.60),
        ("network_survey.co_attendance.knowledge[social].risk_ratio", 2.5, 3.5),
        ("activity.activity.participation.gini", 0.55, 0.65),
        ("activity.activity.replies.reciprocity", 0.35, 0.45),
        ("interviews.themes.lack_of_time.count", 18, 18),
        ("interviews.interviews.interviews.count", 23, 23),
        ("records: of them want it", 11, 11),
        ("attendance.conversion.guest_to_member.share", 0.15, 0.30),
    ],
)
def test_the_newest_year_shows_what_it_is_meant_to_show(quantity: str, low: float, high: float) -> None:
    assert low <= planted("2025", quantity) <= high
