"""Open comments of circles: declared, coded in a sheet, read back as themes, printed where they may be."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksn_research.check import check
from ksn_research.cli.coding import write_coding_sheet
from ksn_research.disclose.comments import readable_comments, telling_themes
from ksn_research.errors import PlanError, ReadError
from ksn_research.intake import comments_of, prepare
from ksn_research.plan import load_study
from ksn_research.prepared import Prepared
from ksn_research.read.coding_sheet import HEAD, compared, guarded, load_sheet, sheet_bytes
from ksn_research.score.comments import matched
from tests.conftest import REPOSITORY, modest
from tests.editions import ksn

DECLARED = 'questions = ["comment"]\nallow = "may_read"\nsheet = "{year}/codes.csv"'
PLAN = """\
[study]
title = "Comments"
years = [2025]

[disclosure]
people = {people}

[sources.organisations]
kind = "organisations"
file = "organisations.csv"

[sources.people]
kind = "people"
file = "people.csv"
columns = {{ name = "name" }}

[sources.circles]
kind = "circles"
file = "circles.csv"

[sources.feedback]
kind = "survey"
file = "{{year}}/feedback.csv"
instrument = "feedback.md"
circle = "circle_code"

[sources.feedback.comments]
{declared}
"""
FORM = """\
| survey |  |  |  |
|  | type | name | label |
|  | text | circle_code | Which circle? |
|  | select_one agree | useful | Useful? |
|  | text | comment | What to keep? |
|  | text | wish | What do you wish? |
|  | select_one yes_no | may_read | May your facilitator read it? |

| choices |  |  |  |
|  | list_name | name | label |
|  | agree | 1 | Disagree |
|  | agree | 2 | Agree |
|  | yes_no | yes | By all means |
|  | yes_no | no | Rather not |

| settings |  |
|  | form_title | form_id |
|  | Feedback | feedback |
"""
FIRST = "Timestamp"
Answer = tuple[str, str, str, str]  # time, circle, comment, may it be read
PLAIN = [
    "Keep the opening round",
    "Start on time",
    "More cases of our own",
    "I liked that everybody spoke",
    "A longer break would do us good",
    "We could visit each other",
    "Keep the rhythm",
]


def at(minute: int) -> str:
    return f"2025/12/11 10:{minute:02}:00 AM GMT-5"


def answers(
    texts: Sequence[str], circle: str = "C1", may: str = "By all means", start: int = 0
) -> list[Answer]:
    return [(at(start + i), circle, text, may) for i, text in enumerate(texts)]


def write_answers(folder: Path, given_: Iterable[Answer]) -> None:
    heads = [
        FIRST, "Which circle?", "Useful?", "What to keep?", "What do you wish?",
        "May your facilitator read it?",
    ]  # fmt: skip
    with (folder / "2025" / "feedback.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [[time, circle, "Agree", text, "", may] for time, circle, text, may in given_]
        csv.writer(file).writerows([heads, *rows])


def study(folder: Path, given_: Iterable[Answer], declared: str = DECLARED, people: int = 5) -> Path:
    """A study on disk: twelve members of two houses, two circles, and these answers."""
    (folder / "2025").mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(PLAN.format(declared=declared, people=people), encoding="utf-8")
    (folder / "feedback.md").write_text(FORM, encoding="utf-8")
    houses = pd.DataFrame({"organisation": ["O1", "O2", "O3"], "region": ["North", "South", "Far Isles"]})
    houses["name"] = ["Bramblethwaite Youth Trust", "Hazelholt Foods", "Larkmoor Press"]
    houses.assign(type="nonprofit").to_csv(folder / "organisations.csv", index=False)
    members = pd.DataFrame({"member": [f"M{i:02}" for i in range(12)]})
    members["organisation"] = ["O1"] * 6 + ["O2"] * 4 + ["O3"] * 2
    members["name"] = ["Sally Okonjo", "Hope Marsh", *[f"Zed Quill{i}" for i in range(10)]]
    members["role"] = ["librarian"] * 5 + ["shepherd"] * 2 + ["weaver"] * 5
    members.to_csv(folder / "people.csv", index=False)
    seats = members.assign(circle=["C1"] * 8 + ["C2"] * 4, circle_name="Alder", role="member")
    seats[["circle", "circle_name", "member", "role"]].to_csv(folder / "circles.csv", index=False)
    write_answers(folder, given_)
    return folder


def prepared(folder: Path) -> Prepared:
    return prepare(load_study(folder), 2025)


def code(folder: Path, themes: dict[str, Sequence[str]], file: str = "codes.csv") -> None:
    """Fill the sheet in as a coder would: themes by comment."""
    path = folder / "2025" / file
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        page = book["comments"]
        heads = {str(cell.value): cell.column for cell in page[1]}
        for row in range(2, page.max_row + 1):
            for i, theme in enumerate(themes.get(str(page.cell(row, heads["comment"]).value), ()), start=1):
                page.cell(row, heads[f"theme_{i}"], theme)
        book.save(path)
        return
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    for row in rows:
        row |= {f"theme_{i}": theme for i, theme in enumerate(themes.get(row["comment"], ()), start=1)}
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def themes_of(prepared_: Prepared) -> list[tuple[int, str, str]]:
    table = prepared_.records["feedback.comments"]
    assert list(table.columns) == ["year", "wave", "row", "circle", "theme"]
    told = table.fillna({"theme": ""})
    return [(int(r.row), str(r.circle), str(r.theme)) for r in told.itertuples()]


def problems(prepared_: Prepared) -> list[str]:
    return [f"{f.severity}: {f.problem}" for f in prepared_.findings if f.file.startswith("codes")]


def printed(folder: Path, circle: str = "C1") -> list[str]:
    comments = readable_comments(prepared(folder)).comments
    assert list(comments.columns) == ["source", "year", "wave", "circle", "text"]
    return list(comments.loc[comments["circle"] == circle, "text"])


def rules(folder: Path) -> set[str]:
    return set(readable_comments(prepared(folder)).refused["rule"])


# --- the plan -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('questions = ["comment"]\nquestion = "x"', "unknown key `question`"),
        ('allow = "may_read"', "lacks `questions`"),
        ("questions = []", "questions is empty"),
        ("questions = [1]", "must list texts"),
        ('questions = "comment"', "must be a list"),
        ('questions = ["remark"]', "no question of feedback"),
        ('questions = ["useful"]', "no open question"),
        ('questions = ["circle_code"]', "no open question"),
        ('questions = ["comment"]\nallow = "permission"', "no closed question"),
        ('questions = ["comment"]\nallow = "wish"', "no closed question"),
        ('questions = ["comment"]\nallow = "useful"', "no answer named `yes`"),
        ('questions = ["comment"]\nsheet = "{year}/codes.ods"', "neither .csv nor .xlsx"),
        ('questions = ["comment"]\nsheet = "{place}/codes.csv"', "name in braces"),
        ('questions = ["comment"]\nthemes = [""]', "must list texts"),
    ],
)
def test_what_is_declared_wrongly_is_said_with_a_remedy(tmp_path: Path, declared: str, said: str) -> None:
    with pytest.raises(PlanError, match=re.escape(said)) as error:
        load_study(study(tmp_path, [], declared))
    assert error.value.file == "study.toml"
    assert error.value.remedy


def test_only_surveys_have_comments(tmp_path: Path) -> None:
    folder = study(tmp_path, [])
    text = (
        (folder / "study.toml")
        .read_text()
        .replace("[sources.feedback.comments]", "[sources.people.comments]")
    )
    (folder / "study.toml").write_text(text)
    with pytest.raises(PlanError, match="unknown key `comments`"):
        load_study(folder)


# --- from the sheet to themes and back ------------------------------------------------------------------


@pytest.mark.parametrize("file", ["codes.csv", "codes.xlsx"])
def test_what_is_coded_comes_back_as_one_row_a_comment_and_theme(tmp_path: Path, file: str) -> None:
    folder = study(tmp_path, answers(PLAIN[:3]), DECLARED.replace("codes.csv", file))
    path, new, before = write_coding_sheet(load_study(folder), "feedback")
    assert (path.name, new, before) == (file, 3, 0)
    code(folder, {PLAIN[0]: ["opening", "pace"], PLAIN[1]: ["time; pace "], PLAIN[2]: ["own cases"]}, file)
    made = prepared(folder)
    assert themes_of(made) == [
        (2, "C1", "opening"),
        (2, "C1", "pace"),
        (3, "C1", "pace"),
        (3, "C1", "time"),
        (4, "C1", "own cases"),
    ]
    assert problems(made) == []


@pytest.mark.parametrize("file", ["codes.csv", "codes.xlsx"])
def test_late_answers_keep_codes_on_their_comments(tmp_path: Path, file: str) -> None:
    first = answers(PLAIN[:3])
    folder = study(tmp_path, first, DECLARED.replace("codes.csv", file))
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {text: [f"theme of {text}"] for text in PLAIN[:3]}, file)
    late = answers(["Before all others", PLAIN[1]], start=30)
    write_answers(folder, [late[0], first[2], late[1], first[0], first[1]])  # newest first, and shuffled
    assert set(themes_of(prepared(folder))) == {
        (3, "C1", f"theme of {PLAIN[2]}"),
        (5, "C1", f"theme of {PLAIN[0]}"),
        (6, "C1", f"theme of {PLAIN[1]}"),
    }
    assert problems(prepared(folder)) == ["note: 2 of 5 comments are not coded"]
    assert write_coding_sheet(load_study(folder), "feedback")[1:] == (2, 3)
    again = load_sheet(folder / "2025" / file, "feedback").lines
    assert list(again["comment"]) == [*PLAIN[:3], "Before all others", PLAIN[1]]
    assert list(again["theme_1"]) == [*(f"theme of {text}" for text in PLAIN[:3]), "", ""]
    assert write_coding_sheet(load_study(folder), "feedback")[1:] == (0, 5)


def test_a_tools_own_id_is_the_key_so_that_a_mended_comment_is_seen(tmp_path: Path) -> None:
    folder = study(tmp_path, [])
    head = "id,submitdate,circle_code,useful,comment,wish,may_read\n"
    export = folder / "2025" / "feedback.csv"
    export.write_text(
        head + "7,2025-12-11 10:00:00,C1,2,Ask Sally,,yes\n8,2025-12-11 10:01:00,C1,2,Well,,yes\n"
    )
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {"Ask Sally": ["help"], "Well": ["praise"]})
    export.write_text(
        head + "8,2025-12-11 10:01:00,C1,2,Well,,yes\n7,2025-12-11 10:00:00,C1,2,Ask [..],,yes\n"
    )
    made = prepared(folder)
    assert themes_of(made) == [(2, "C1", "praise"), (3, "C1", "help")]
    assert problems(made) == ["warn: 1 comments are no longer what they were when they were coded"]


def test_equal_words_of_two_people_are_two_comments(tmp_path: Path) -> None:
    said = [
        (at(0), "C1", "Fine", "Rather not"),
        (at(0), "C1", "Fine", "Rather not"),
        (at(0), "C2", "Fine", ""),
    ]
    folder = study(tmp_path, said)
    assert comments_of(load_study(folder), load_study(folder).sources["feedback"], 2025)["key"].is_unique
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {"Fine": ["praise"]})
    assert themes_of(prepared(folder)) == [(2, "C1", "praise"), (3, "C1", "praise"), (4, "C2", "praise")]


def test_codes_are_found_by_circle_and_words_when_the_times_are_written_otherwise(tmp_path: Path) -> None:
    folder = study(tmp_path, [*answers(PLAIN[:1]), *answers(PLAIN[:1], "C2", start=9)])
    write_coding_sheet(load_study(folder), "feedback")
    path = folder / "2025" / "codes.csv"
    path.write_text(path.read_text("utf-8-sig").replace(",,,,,", ",first,,,,", 1), encoding="utf-8")
    other = "2025/12/11 15:00:00 PM GMT"
    write_answers(folder, [(other, "C2", PLAIN[0], ""), (other, "C1", PLAIN[0], "")])
    assert themes_of(prepared(folder)) == [(3, "C1", "first")]


@given(
    base=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["C1", "C2"]), st.sampled_from(PLAIN)), max_size=8
    ),
    late=st.lists(
        st.tuples(st.integers(4, 9), st.sampled_from(["C1", "C2"]), st.sampled_from(PLAIN)), max_size=4
    ),
    seed=st.randoms(use_true_random=False),
)
@settings(
    max_examples=modest(8, 12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_code_ever_moves_to_other_words(
    tmp_path_factory: pytest.TempPathFactory, base: list, late: list, seed: object
) -> None:
    first = [(at(minute), circle, text, "") for minute, circle, text in base]
    folder = study(tmp_path_factory.mktemp("s"), first)
    if not first:
        return
    write_coding_sheet(load_study(folder), "feedback")
    lines = load_sheet(folder / "2025" / "codes.csv", "feedback").lines
    everything = [*first, *((at(minute), circle, text, "") for minute, circle, text in late)]
    seed.shuffle(everything)  # type: ignore[attr-defined]
    write_answers(folder, everything)
    plan = load_study(folder)
    said = comments_of(plan, plan.sources["feedback"], 2025)
    place = matched(lines, said)
    assert (place >= 0).all()
    assert place.is_unique
    assert list(said["text"].loc[place]) == list(lines["comment"])
    assert list(said["circle"].loc[place]) == list(lines["circle"])


# --- what is odd about a sheet --------------------------------------------------------------------------


def test_comments_without_a_sheet_are_a_note_and_have_no_themes(tmp_path: Path) -> None:
    made = prepared(study(tmp_path, answers(PLAIN[:2])))
    assert themes_of(made) == []
    assert problems(made) == ["note: there is no coding sheet for 2 comments: no themes are counted"]
    folder = study(tmp_path / "b", answers(PLAIN[:2]), 'questions = ["comment"]')
    assert themes_of(prepared(folder)) == []


def test_lines_whose_comment_was_withdrawn_are_said_and_set_aside(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:4]))
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {text: ["x"] for text in PLAIN[:3]})
    write_answers(folder, answers(PLAIN[:4])[1:])
    made = prepared(folder)
    assert [row for row, _, _ in themes_of(made)] == [2, 3]
    assert problems(made) == [
        "warn: 1 lines are of comments that are not in the responses that are used",
        "note: 1 of 3 comments are not coded",
    ]
    account = made.accounts[made.accounts["file"] == "codes.csv"]
    assert (account["read"].sum(), account["used"].sum(), account["set_aside"].sum()) == (4, 2, 2)
    assert set(account["reason"]) == {"not coded", "comment not in the responses"}
    assert not check(made)["problem"].str.contains("rows read, but").any()


def test_a_comment_that_was_looked_at_and_has_no_theme_is_coded(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]))
    write_coding_sheet(load_study(folder), "feedback")
    path = folder / "2025" / "codes.csv"
    lines = path.read_text("utf-8-sig").replace(f"{PLAIN[0]},,,,,", f"{PLAIN[0]},,,,Kay,")
    path.write_text(lines, encoding="utf-8")
    made = prepared(folder)
    assert themes_of(made) == [(2, "C1", "")]
    assert problems(made) == ["note: 1 of 2 comments are not coded"]


@pytest.mark.parametrize(
    ("file", "declared"),
    [
        ("codes.csv", '\nthemes = ["Own cases", "time"]'),
        ("codes.xlsx", ""),
        ("codes.xlsx", '\nthemes = ["time"]'),
    ],
)
def test_a_theme_that_is_not_on_the_list_is_found_and_not_counted(
    tmp_path: Path, file: str, declared: str
) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]), DECLARED.replace("codes.csv", file) + declared)
    write_coding_sheet(load_study(folder), "feedback")
    if not declared:
        book = openpyxl.load_workbook(folder / "2025" / file)
        book["themes"]["A2"], book["themes"]["A3"] = "time", "Own cases"
        book.save(folder / "2025" / file)
    code(folder, {PLAIN[0]: ["Tmie", "TIME"], PLAIN[1]: ["Tmie"]}, file)
    made = prepared(folder)
    # The second comment was coded, with nothing that counts.
    assert themes_of(made) == [(2, "C1", "time"), (3, "C1", "")]
    (finding,) = [f for f in made.findings if f.file == file]
    assert (finding.severity, finding.row, finding.column, finding.count) == ("warn", 2, "theme_1", 2)
    assert (finding.answer, "Tmie" in str(finding)) == ("Tmie", False)


def test_themes_differ_by_more_than_capitals_and_blanks(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:3]))
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {PLAIN[0]: ["Own cases"], PLAIN[1]: ["own  CASES"], PLAIN[2]: ["own case"]})
    assert [theme for _, _, theme in themes_of(prepared(folder))] == ["Own cases", "Own cases", "own case"]


def test_a_sheet_without_its_columns_blocks_and_says_which(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]))
    (folder / "2025" / "codes.csv").write_text("key,circle,question,theme_1\nabc,C1,comment,time\n")
    assert problems(prepared(folder)) == ["block: the coding sheet lacks the column `comment`"]
    with pytest.raises(ReadError, match="comment"):
        write_coding_sheet(load_study(folder), "feedback")
    assert (folder / "2025" / "codes.csv").read_text().startswith("key,circle,question,theme_1\nabc")


def test_no_finding_holds_a_respondents_words(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(["Zanzibar was fine", "Quokka"]))
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {"Zanzibar was fine": ["x"], "Quokka": ["x"]})
    write_answers(folder, answers(["Zanzibar was grand"]))
    said = " ".join(f"{f} {f.answer}" for f in prepared(folder).findings if f.file.startswith("codes"))
    assert said
    assert not re.search("Zanzibar|Quokka", said)


# --- writing it -----------------------------------------------------------------------------------------


def test_what_coders_add_to_a_workbook_stays(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]), DECLARED.replace("codes.csv", "codes.xlsx"))
    path, _, _ = write_coding_sheet(load_study(folder), "feedback")
    book = openpyxl.load_workbook(path)
    page = book["comments"]
    page.cell(1, 11, "theme_4"), page.cell(2, 11, "a fourth"), page.cell(3, 10, "look again")
    book["themes"]["A2"] = "a fourth"
    book.create_sheet("my notes")["A1"] = "mine"
    book.save(path)
    write_answers(folder, [*answers(PLAIN[2:3], start=20), *answers(PLAIN[:2])])
    assert write_coding_sheet(load_study(folder), "feedback")[1:] == (1, 2)
    page = openpyxl.load_workbook(path)["comments"]
    assert [page.cell(row, 2).value for row in (2, 3, 4)] == ["3", "4", "2"]  # where the comment stands now
    assert (page.cell(2, 11).value, page.cell(3, 10).value) == ("a fourth", "look again")
    assert openpyxl.load_workbook(path).sheetnames == ["comments", "themes", "my notes"]
    assert themes_of(prepared(folder)) == [(3, "C1", "a fourth")]


def test_a_new_workbook_offers_the_themes_and_holds_text_only(tmp_path: Path) -> None:
    texts = ["=1+1", "@SUM(A1)", "00712", "2025-01-01", "x\x07y"]
    declared = DECLARED.replace("codes.csv", "codes.xlsx") + '\nthemes = ["time", "-odd"]'
    path, _, _ = write_coding_sheet(load_study(study(tmp_path, answers(texts), declared)), "feedback")
    page = openpyxl.load_workbook(path)["comments"]
    cells = [page.cell(row, 5) for row in range(2, 7)]
    assert [cell.value for cell in cells] == ["=1+1", "@SUM(A1)", "00712", "2025-01-01", "xy"]
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    (offered,) = page.data_validations.dataValidation
    assert (offered.formula1, offered.errorStyle) == ("themes!$A$2:$A$200", "warning")
    assert [row[0].value for row in openpyxl.load_workbook(path)["themes"]] == ["theme", "time", "-odd"]


HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [*"=+-@;,|\t\n\"' ", "\r\n", "＝", "cmd|' /C calc'!A0", "=1+1", "\x00", "\u202e", "é", "a"]
        ),
        st.text(max_size=3),
    ),
    min_size=1,
    max_size=12,
).map("".join)
RUNS = re.compile(r"\s*[=+\-@＝＋－＠]")


@given(text=HOSTILE)
@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_hostile_comments_come_back_the_same(
    kind: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if kind == "xlsx" and len(text) > 6:  # a workbook takes a while
        return
    line = pd.DataFrame([["k", "2", "C1", "comment", text]], columns=list(HEAD[:2] + HEAD[3:6]))
    path = tmp_path_factory.mktemp("h") / f"sheet.{kind}"
    path.write_bytes(sheet_bytes(path.name, None, line, {}))
    read = load_sheet(path, "feedback").lines
    assert len(read) == 1
    assert compared(read["comment"].iloc[0]) == compared(text).strip()


@given(text=HOSTILE)
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_runs_whatever_separator_the_spreadsheet_expects(separator: str, text: str) -> None:
    line = pd.DataFrame([["k", "2", "C1", "comment", text]], columns=list(HEAD[:2] + HEAD[3:6]))
    data = sheet_bytes("sheet.csv", None, line, {}).decode("utf-8-sig")
    cells = [c for row in csv.reader(io.StringIO(data, newline=""), delimiter=separator) for c in row]
    assert not [cell for cell in cells if RUNS.match(cell)]


@pytest.mark.parametrize("text", ["a - b", "well-meant", "2+2 is 4", "me@home", "it's = fine"])
def test_harmless_signs_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("place", ["public", "circles", "internal", "internal/data"])
def test_no_sheet_is_written_into_an_edition(tmp_path: Path, place: str) -> None:
    folder = study(tmp_path / "s", answers(PLAIN[:2]))
    edition = tmp_path / "reports" / "s-2025"
    (edition / "internal").mkdir(parents=True)
    (edition / "internal" / "manifest.json").write_text("{}")
    target = edition / place / "codes.csv"
    assert ksn("instrument", "coding-sheet", folder, "--source", "feedback", "--out", target) == 1
    assert not target.exists()


@pytest.mark.parametrize("place", ["public", "published/x"])
def test_no_sheet_is_written_where_a_study_publishes(tmp_path: Path, place: str) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]))
    with pytest.raises(PlanError, match="respondents' words"):
        write_coding_sheet(load_study(folder), "feedback", None, folder / place / "codes.xlsx")


def test_the_command_says_that_the_sheet_is_internal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]))
    assert ksn("instrument", "coding-sheet", folder, "--source", "feedback", "--year", "2025") == 0
    told = capsys.readouterr().out
    assert "2 comments added, 0 were there" in told
    assert "it holds what people wrote" in told
    assert ksn("instrument", "coding-sheet", folder, "--source", "people") == 1
    assert ksn("instrument", "coding-sheet", folder, "--source", "feedback", "--out", tmp_path / "x.ods") == 1


# --- word for word --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "wrote", "shown"), [(5, 4, 0), (5, 5, 5), (5, 6, 6), (4, 4, 4), (6, 5, 0)]
)
def test_so_many_of_the_circle_must_have_commented(
    tmp_path: Path, people: int, wrote: int, shown: int
) -> None:
    folder = study(tmp_path, [*answers(PLAIN[:wrote]), *answers(PLAIN, "C2", start=20)], people=people)
    assert len(printed(folder)) == shown
    assert len(printed(folder, "C2")) == 7  # of each circle for itself


def test_five_commented_and_two_allowed_it(tmp_path: Path) -> None:
    said = [*answers(PLAIN[:3], may="Rather not"), *answers(PLAIN[3:4], may="", start=5)]
    folder = study(tmp_path, [*said, *answers([PLAIN[6], PLAIN[4]], start=9)])
    assert printed(folder) == [PLAIN[4], PLAIN[6]]  # by their words, not by their time
    assert rules(folder) == {"not allowed by the respondent"}


def test_without_a_question_that_allows_nothing_is_printed(tmp_path: Path) -> None:
    assert printed(study(tmp_path, answers(PLAIN), 'questions = ["comment"]')) == []
    assert printed(study(tmp_path / "b", answers(PLAIN), 'questions = ["wish"]\nallow = "may_read"')) == []
    plan = study(tmp_path / "c", answers(PLAIN)) / "study.toml"
    plan.write_text(plan.read_text().split("[sources.feedback.comments]")[0])
    assert printed(plan.parent) == []


def test_comments_of_nobody_knows_which_circle_are_never_printed(tmp_path: Path) -> None:
    folder = study(tmp_path, [*answers(PLAIN, circle=""), *answers(PLAIN[:1], "C2", start=20)])
    assert readable_comments(prepared(folder)).comments.empty


def test_one_person_who_answers_two_questions_is_one(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:4]), 'questions = ["comment", "wish"]\nallow = "may_read"')
    export = folder / "2025" / "feedback.csv"
    export.write_text(export.read_text().replace(",,By all means", ",More visits,By all means"))
    assert printed(folder) == []
    assert rules(folder) == {"too few of the circle commented"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I would like Priya to open the next round", "capitalised term nobody has cleared"),
        ("sally should open the next round", "name of a person"),
        ("okonjo talks too much", "name of a person"),
        ("Could Hope begin?", "name of a person"),
        ("M01 could begin", "name of a person"),
        ("the people from bramblethwaite talk too much", "name of an organisation"),
        ("BYT always speaks first", "acronym"),
        ("call me on 555-0142-77", "number"),
        ("write to me at dana@example.org", "e-mail address"),
        ("our talk on 3 May was too long", "date"),
        ("as a shepherd I found it hard to follow", "unique combination"),
        ("nobody comes to us in the far isles", "unique combination"),
        ("S\u0430lly should speak less", "name of a person"),
        ("Sal\u200bly should speak less", "name of a person"),
        (" ".join(["we talk and talk"] * 16), "too long"),
        (PLAIN[0].upper().lower(), "printed already"),
    ],
)
def test_what_leads_to_somebody_is_held_back(tmp_path: Path, text: str, rule: str) -> None:
    folder = study(tmp_path, answers([*PLAIN, text]))
    assert set(printed(folder)) == (
        {*PLAIN} if rule != "printed already" else {*PLAIN[1:], min(PLAIN[0], text)}
    )
    assert rule in rules(folder)


@pytest.mark.parametrize("text", ["as a librarian I found it useful", "the north is far for some of us"])
def test_what_is_true_of_five_of_the_circle_may_be_said(tmp_path: Path, text: str) -> None:
    assert text in printed(study(tmp_path, answers([*PLAIN, text])))
    # In the other circle nobody is: what is said of the writer there is told of too few.
    assert text not in printed(study(tmp_path / "b", answers([*PLAIN, text], "C2")), "C2")


def test_a_term_passes_once_somebody_has_cleared_it(tmp_path: Path) -> None:
    text = "We used Zoom and it was fine"
    folder = study(tmp_path, answers([*PLAIN, text]))
    (term,) = readable_comments(prepared(folder)).terms["feedback"]
    assert (term.term, term.quotes) == ("Zoom", 1)
    (folder / "crosswalks").mkdir()
    (folder / "crosswalks" / "feedback-terms.toml").write_text(
        '"Zoom" = "cleared"\n"rhythm" = "identifying"\n'
    )
    assert text in printed(folder)
    assert PLAIN[6] not in printed(folder)


def test_what_is_printed_is_what_a_reader_would_see(tmp_path: Path) -> None:
    text = "  We  should\n\u200btalk more \u202eabout it  "
    assert "We should talk more about it" in printed(study(tmp_path, answers([*PLAIN, text])))


def test_a_question_that_was_called_otherwise_the_year_before_is_still_allowed_or_not(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN))
    plan = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(
        plan.replace("[2025]", "[2024, 2025]").replace('"feedback.md"', '"feedback-{year}.md"')
        + '\n[sources.feedback.year.2024.comments]\nquestions = ["remark"]\nallow = "open"\n'
    )
    (folder / "feedback.md").rename(folder / "feedback-2025.md")
    older = FORM.replace("| comment |", "| remark |").replace("| may_read |", "| open |")
    (folder / "feedback-2024.md").write_text(older)
    (folder / "crosswalks").mkdir()
    (folder / "crosswalks" / "feedback.toml").write_text(
        '[[change]]\nyear = 2025\nquestion = "comment"\nwas = "remark"\ncomparable = "yes"\nreason = "x"\n'
        '[[change]]\nyear = 2025\nquestion = "may_read"\nwas = "open"\ncomparable = "yes"\nreason = "x"\n'
    )
    (folder / "2024").mkdir()
    text = (folder / "2025" / "feedback.csv").read_text()
    (folder / "2024" / "feedback.csv").write_text(text.replace("By all means", "Rather not", 1))
    comments = readable_comments(prepared(folder)).comments
    assert comments.groupby("year").size().to_dict() == {2024: 6, 2025: 7}


def test_a_theme_that_names_somebody_is_told(tmp_path: Path) -> None:
    folder = study(tmp_path, answers(PLAIN[:2]))
    write_coding_sheet(load_study(folder), "feedback")
    code(folder, {PLAIN[0]: ["trouble with Sally", "time"], PLAIN[1]: ["Larkmoor"]})
    assert telling_themes(prepared(folder)) == {"trouble with Sally", "Larkmoor"}


# --- the demo study -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> Prepared:
    from dataclasses import replace

    whole = load_study(REPOSITORY / "surveys" / "demo")
    named = ("organisations", "people", "circles", "circle_feedback")
    only = {name: whole.sources[name] for name in named}
    return prepare(replace(whole, sources=only, analyses={}, headline=()), 2025)


def truth() -> dict[str, float]:
    line = re.compile(r"^\| P8 \| (\d+) \| `records: (circle[^`]+)` \| ([\d.]+) \|", re.MULTILINE)
    text = (REPOSITORY / "surveys" / "demo" / "TRUTH.md").read_text(encoding="utf-8")
    return {f"{year}: {what}": float(value) for year, what, value in line.findall(text)}


@pytest.mark.parametrize("year", [2024, 2025])
def test_what_is_planted_in_the_demo_study_comes_back(demo: Prepared, year: int) -> None:
    planted, of = truth(), f"{year}: circle comments"
    table = demo.records["circle_feedback.comments"]
    own = table[table["year"] == year]
    for theme in ("opening round", "openness", "own cases", "pace", "time", "visits"):
        assert own.loc[own["theme"] == theme, "row"].nunique() == planted[f"{of} that speak of {theme}"]
    assert own["row"].nunique() == planted[of] - planted[f"{of} not coded"]
    readable = readable_comments(demo)
    comments = readable.comments[readable.comments["year"] == year]
    assert len(comments) == planted[f"{of} that may be read"]
    assert comments["circle"].nunique() == planted[f"{year}: circles of which five commented"]
    assert not comments["text"].str.contains("Priya|Hazelholt|555|Thistlewick|dana").any()
