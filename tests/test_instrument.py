"""Questionnaires: what an XLSForm says arrives, in every language, and comes back the same when written."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ksn_research.cli import cli
from ksn_research.errors import KsnError, PlanError, ReadError
from ksn_research.plan import Choice, Instrument, Question
from ksn_research.plan.advice import form_findings
from ksn_research.plan.form import read_form
from ksn_research.plan.instrument import load_instrument
from ksn_research.plan.xlsform import same_question, xlsform_csv, xlsform_markdown, xlsform_workbook
from ksn_research.read.draft import draft_instrument
from ksn_research.scaffold import export_instrument

SHARED = Path(os.environ.get("KSN_SHARED", "../shared"))
FORMS = SHARED / "data" / "exports" / "xlsform"
SURVEYS = Path(__file__).parent.parent / "surveys"
WRITERS = {".xlsx": xlsform_workbook, ".md": xlsform_markdown, ".csv": xlsform_csv}

YES_NO = "| choices | | | |\n| | list_name | name | label |\n| | yn | 1 | Yes |\n| | yn | 0 | No |\n"
HEAD = "| survey | | | | | | | |\n| | type | name | label | relevant | constraint | required | parameters |\n"


def load(
    folder: Path, text: str, sidecar: str = "", year: int | None = 2025, language: str = ""
) -> Instrument:
    (folder / "f.md").write_text(text, encoding="utf-8")
    (folder / "f.toml").write_text(sidecar, encoding="utf-8")
    return load_instrument(folder / "f.md", folder / "f.toml", year, language)


def one(folder: Path, line: str, choices: str = YES_NO) -> Instrument:
    return load(folder, HEAD + line + "\n" + choices)


def written(instrument: Instrument, folder: Path, kind: str) -> Instrument:
    """The instrument as it is read from what was written."""
    made = WRITERS[kind](instrument)
    path = folder / f"{instrument.name}{kind}"
    path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))
    return load_instrument(path, folder / f"{instrument.name}.toml", None)


@pytest.mark.parametrize(
    ("line", "kind", "constraint"),
    [
        ("| | text | q | Q |", "text", ""),
        ("| | string | q | Q |", "text", ""),
        ("| | barcode | q | Q |", "text", ""),
        ("| | integer | q | Q | | . < 9 |", "integer", ". < 9"),
        ("| | int | q | Q |", "integer", ""),
        ("| | decimal | q | Q |", "decimal", ""),
        ("| | percentage | q | Q |", "integer", "0 <= . and . <= 100"),
        ("| | date | q | Q |", "date", ""),
        ("| | time | q | Q |", "time", ""),
        ("| | datetime | q | Q |", "datetime", ""),
        ("| | dateTime | q | Q |", "datetime", ""),
        ("| | note | q | Q |", "note", ""),
        ("| | select_one yn | q | Q |", "select_one", ""),
        ("| | select_multiple yn | q | Q |", "select_multiple", ""),
        ("| | acknowledge | q | Q |", "select_one", ""),
        ("| | trigger | q | Q |", "select_one", ""),
        # A slider's ends bound its answers, wherever it starts.
        ("| | range | q | Q | | | | start=0 end=10 step=1 |", "decimal", ". >= 0 and . <= 10"),
        (
            "| | range | q | Q | | . != 3 | | start=5 end=-5 step=1 |",
            "decimal",
            "(. >= -5 and . <= 5) and (. != 3)",
        ),
    ],
)
def test_a_type_is_read_as_the_answer_it_gives(tmp_path, line, kind, constraint) -> None:
    question = one(tmp_path, line).questions["q"]
    assert (question.type, question.constraint) == (kind, constraint)


def test_choices_in_random_order_are_still_the_choices(tmp_path) -> None:
    # pyxform leaves them out of the question when parameters say randomize=true.
    question = one(tmp_path, "| | select_one yn | q | Q | | | | randomize=true |").questions["q"]
    assert [(c.name, c.label, c.value) for c in question.choices] == [("1", "Yes", 1.0), ("0", "No", 0.0)]


def test_a_tick_has_the_one_answer_OK(tmp_path) -> None:  # noqa: N802
    assert one(tmp_path, "| | acknowledge | q | Q |").questions["q"].choices == (Choice("OK", "OK"),)


@pytest.mark.parametrize(
    "kind",
    [
        "geopoint", "geoshape", "geotrace", "image", "audio", "video", "file", "rank yn", "start", "end",
        "today", "deviceid", "username", "email", "hidden",
    ],
)  # fmt: skip
def test_what_is_no_question_is_listed_and_not_lost(tmp_path, kind) -> None:
    made = one(tmp_path, f"| | {kind} | x | X |\n| | text | q | Q |")
    assert list(made.questions) == ["q"]
    assert list(made.recorded) == ["x"]


def test_what_is_calculated_keeps_its_expression_for_conditions_that_use_it(tmp_path) -> None:
    form = (
        "| survey | | | | |\n| | type | name | label | calculation | relevant |\n"
        "| | integer | a | A | | |\n| | calculate | twice | | ${a} * 2 | |\n"
        "| | text | q | Q | | ${twice} > 4 |\n"
    )
    made = load(tmp_path, form)
    assert (list(made.questions), made.calculations) == (["a", "q"], {"twice": "${a} * 2"})
    assert made.recorded == {"twice": "calculate"}
    assert written(replace(made, sheets={}), tmp_path, ".md") == made


def test_conditions_of_groups_and_repeats_hold_for_what_stands_in_them(tmp_path) -> None:
    lines = (
        "| | integer | a | A | | | | |\n"
        "| | begin_group | g | Stem | ${a} = 1 or ${a} = 2 | | | |\n"
        "| | begin_repeat | r | | ${a} != 3 | | | |\n"
        "| | text | q | Q | ${a} = 2 | | yes | |\n"
        "| | end_repeat | | | | | | |\n"
        "| | text | other | Other | | | | |\n"
        "| | end_group | | | | | | |"
    )
    made = one(tmp_path, lines)
    asked = made.questions["q"]
    assert asked.relevant == "(${a} = 1 or ${a} = 2) and (${a} != 3) and (${a} = 2)"
    assert made.questions["other"].relevant == "${a} = 1 or ${a} = 2"
    assert (asked.heading, asked.required, made.repeats) == ("Stem", True, {"r": ("q",)})


def test_the_field_for_another_answer_is_shown_by_the_question_it_belongs_to(tmp_path) -> None:
    made = one(tmp_path, "| | select_one yn or_other | q | Q |")
    assert [c.name for c in made.questions["q"].choices] == ["1", "0", "other"]
    assert made.questions["q_other"].relevant == "selected(${q}, 'other')"


def test_a_grids_row_of_headings_is_not_asked(tmp_path) -> None:
    form = (
        "| survey | | | | |\n| | type | name | label | appearance |\n"
        "| | begin_group | g | Stem | table-list |\n"
        "| | select_one yn | q | Q | |\n| | end_group | | | |\n| | select_one yn | heads | H | label |\n"
        + YES_NO
    )
    made = load(tmp_path, form)
    said = {name: (q.type, q.heading) for name, q in made.questions.items()}
    assert said == {"q": ("select_one", "Stem"), "heads": ("note", "")}


CASCADE = (
    "| choices | | | | |\n| | list_name | name | label | cf |\n| | yn | a | A | 1 |\n| | yn | a | {} | 2 |\n"
)
TWICE_ALLOWED = "| settings | |\n| | allow_choice_duplicates |\n| | yes |\n"


@pytest.mark.parametrize(
    ("line", "choices", "words"),
    [
        ("| | frobnicate | q | Q |", "", "pyxform refuses the form"),
        ("| | select_one_from_file a.csv | q | Q |", YES_NO, "`q` takes its choices from `a.csv`"),
        ("| | text | a | A |\n| | select_one ${a} | q | Q |", YES_NO, "from earlier answers"),
        (
            "| | begin loop over yn | q | |\n| | text | b | B |\n| | end loop | | |",
            YES_NO.replace("| 1", "| y").replace("| 0", "| n"),
            "is a loop",
        ),
        (
            "| | begin_group | g | |\n| | text | q | Q |\n| | end_group | | |\n"
            "| | begin_group | h | |\n| | text | q | Q |\n| | end_group | | |",
            "",
            "2 questions have the name `q`",
        ),
        ("| | select_one yn | q | Q |", CASCADE.format("B") + TWICE_ALLOWED, "offers `a` twice"),
        ("| | text | q | Q | | | | | too much |", "", "cannot be read as an XLSForm"),
        ("| | text | q | Q | ${nowhere} = 1 |", "", "pyxform refuses the form"),
        ("| | text | q | " + "x" * 40_000 + " |", "", "larger than a spreadsheet program allows"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(tmp_path, line, choices, words) -> None:
    with pytest.raises(PlanError) as error:
        one(tmp_path, line, choices)
    assert words in str(error.value)
    assert error.value.file == "f.md"
    assert error.value.remedy


def test_a_choice_listed_once_for_each_filter_is_one_choice(tmp_path) -> None:
    made = one(tmp_path, "| | select_one yn | q | Q |", CASCADE.format("A") + TWICE_ALLOWED)
    assert [c.name for c in made.questions["q"].choices] == ["a"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.md", "| survey | | | |\n| | type | name | label | label |\n| | text | q | Q | R |\n"),
        ("f.csv", "survey,,,,\n,type,name,label,label\n,text,q,Q,R\n"),
    ],
)
def test_a_column_that_stands_twice_is_an_error_in_text_as_in_workbooks(tmp_path, name, text) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=r"row 2, column label: the column stands twice"):
        load_instrument(tmp_path / name, tmp_path / "f.toml", None)


LANGUAGES = (
    "| survey | | | | |\n| | type | name | label::English (en) | label::Español (es) |\n"
    "| | begin_group | g | How much? | ¿Cuánto? |\n| | select_one yn | q | Agreed? | ¿De acuerdo? |\n"
    "| | text | r | Why? | |\n| | end_group | | | |\n"
    "| choices | | | | |\n| | list_name | name | label::English (en) | label::Español (es) |\n"
    "| | yn | 1 | Yes | Sí |\n| | yn | 0 | No | |\n"
)
SPANISH_FIRST = "| settings | |\n| | default_language |\n| | Español (es) |\n"


@pytest.mark.parametrize(
    ("settings_sheet", "language", "said"),
    [
        ("", "", ("English (en)", "Agreed?", "How much?", "Why?", ["Yes", "No"])),
        ("", "English (en)", ("English (en)", "Agreed?", "How much?", "Why?", ["Yes", "No"])),
        ("", "Español (es)", ("Español (es)", "¿De acuerdo?", "¿Cuánto?", "Why?", ["Sí", "No"])),
        (SPANISH_FIRST, "", ("Español (es)", "¿De acuerdo?", "¿Cuánto?", "Why?", ["Sí", "No"])),
    ],
    ids=["the first", "declared", "declared, with gaps", "the form's default"],
)
def test_the_report_has_one_language_and_the_instrument_all(tmp_path, settings_sheet, language, said) -> None:
    made = load(tmp_path, LANGUAGES + settings_sheet, language=language)
    q, r = made.questions["q"], made.questions["r"]
    assert (made.language, q.label, q.heading, r.label, [c.label for c in q.choices]) == said
    assert dict(q.labels) == {"English (en)": "Agreed?", "Español (es)": "¿De acuerdo?"}
    assert dict(q.headings) == {"English (en)": "How much?", "Español (es)": "¿Cuánto?"}
    assert dict(r.labels) == {"English (en)": "Why?"}
    assert dict(q.choices[0].labels) == {"English (en)": "Yes", "Español (es)": "Sí"}


def test_a_language_that_the_form_lacks_is_refused_with_those_it_has(tmp_path) -> None:
    with pytest.raises(PlanError) as error:
        load(tmp_path, LANGUAGES, language="French (fr)")
    assert "no language `French (fr)`" in str(error.value)
    assert "English (en), Español (es)" in error.value.remedy


def test_a_form_that_names_no_language_is_taken_as_it_is(tmp_path) -> None:
    made = load(tmp_path, HEAD + "| | text | q | Q |\n", language="French (fr)")
    assert (made.language, made.languages, made.questions["q"].labels) == ("", (), ())


def test_a_plain_label_beside_a_translated_one_is_the_default_language(tmp_path) -> None:
    form = "| survey | | | | |\n| | type | name | label | label::French (fr) |\n| | text | q | Q | Qf |\n"
    made = load(tmp_path, form)
    assert (made.languages, made.questions["q"].label) == (("default", "French (fr)"), "Q")
    assert written(replace(made, sheets={}), tmp_path, ".xlsx") == made


TWO = HEAD + "| | select_one yn | q | Q |\n| | integer | n | N |\n" + YES_NO


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ('[missing]\ndont_konw = ["1"]\n', "missing has the unknown kind `dont_konw`"),
        ('[missing]\ndont_know = ["dk"]\n', "missing.dont_know names `dk`, which no question offers"),
        ('[missing]\ndont_know = "1"\n', "missing.dont_know must be a list, not str"),
        ("[missing]\ndont_know = [1]\n", "missing.dont_know must list texts"),
        ('[missing.later]\ndont_know = ["1"]\n', "missing.later must be a list"),
        ('[versions]\nv1 = ["gone"]\n', "versions.v1 names `gone`"),
        ('[versions.2025]\nv1 = ["gone"]\n', "versions.v1 names `gone`"),
        ('[versions]\nv1 = "q"\n', "versions.v1 must be a list, not str"),
        ('[scales.s]\nitems = ["n"]\nlicense = "CC0"\n', "unknown key `license`"),
    ],
)
def test_a_sidecar_that_names_what_the_form_lacks_is_refused(tmp_path, sidecar, words) -> None:
    with pytest.raises(PlanError) as error:
        load(tmp_path, TWO, sidecar)
    assert words in str(error.value)
    assert error.value.file == "f.toml"


def test_a_sidecar_says_versions_kinds_of_missing_and_whose_words_a_scale_has(tmp_path) -> None:
    sidecar = (
        '[missing]\nrefused = ["0"]\n[missing.2024]\ndont_know = ["dk"]\n'
        '[versions]\nv1 = ["q"]\n[versions.2025]\nv1 = ["n"]\n[versions.2024]\nv0 = ["gone"]\n'
        '[scales.s]\nitems = ["n"]\nsource = "Own wording, 2025"\nlicence = "CC BY 4.0"\n'
    )
    made = load(tmp_path, TWO, sidecar)
    assert [c.missing for c in made.questions["q"].choices] == ["", "refused"]
    assert made.versions == {"v1": ("q", "n")}
    assert (made.scales["s"].source, made.scales["s"].licence) == ("Own wording, 2025", "CC BY 4.0")


# Files of github.com/XLSForm/pyxform, tests/example_xls and tests/bug_example_xls (BSD 2-Clause): questions,
# what is no question, and why a file is refused.
EXPECTED: list[tuple[str, int, int, str]] = [
    ("attribute_columns_test.xlsx", 36, 13, ""),
    ("bug_ODKValidateWarnings.xlsx", 3, 0, ""),
    ("bug_duplicate_columns.xlsx", 0, 0, "Duplicate column header: label"),
    ("bug_xl_date_ambiguous.xlsx", 4, 0, ""),
    ("case_insensitivity.csv", 2, 1, ""),
    ("case_insensitivity.xlsx", 2, 1, ""),
    ("choice_filter_test.xlsx", 3, 0, ""),
    ("fruits.csv", 0, 0, "cannot be read as an XLSForm"),
    ("group.csv", 3, 0, ""),
    ("loop.csv", 0, 0, "`loop_toilet_types` is a loop over choices"),
    ("or_other.xlsx", 3, 0, ""),
    ("pull_data.xlsx", 1, 1, ""),
    ("specify_other.csv", 2, 0, ""),
    ("specify_other.xlsx", 2, 0, ""),
    ("utf_csv.csv", 1, 0, ""),
    ("widgets.csv", 16, 5, ""),
    ("xlsform_spec_test.xlsx", 35, 12, ""),
    ("yes_or_no_question.csv", 1, 0, ""),
]


@pytest.mark.parametrize(("name", "questions", "recorded", "refused"), EXPECTED, ids=[e[0] for e in EXPECTED])
def test_each_stored_form_is_read_and_comes_back_or_is_refused(
    tmp_path, name, questions, recorded, refused
) -> None:
    if not FORMS.exists():
        pytest.skip("the stored exports are not here (KSN_SHARED)")
    if refused:
        with pytest.raises(PlanError, match=refused):
            load_instrument(FORMS / name, tmp_path / "none.toml", None)
        return
    made = load_instrument(FORMS / name, tmp_path / f"{Path(name).stem}.toml", None)
    assert (len(made.questions), len(made.recorded)) == (questions, recorded)
    for kind in WRITERS:
        assert written(made, tmp_path, kind) == made
        again = written(replace(made, sheets={}), tmp_path, kind)
        assert (again.questions, again.repeats, set(again.recorded)) == (
            made.questions,
            made.repeats,
            set(made.recorded),
        )


def test_the_table_of_stored_forms_is_whole() -> None:
    if not FORMS.exists():
        pytest.skip("the stored exports are not here (KSN_SHARED)")
    assert {path.name for path in FORMS.iterdir()} - {"README.md"} == {name for name, *_ in EXPECTED}


@pytest.mark.parametrize(
    "path", sorted(SURVEYS.glob("*/instruments/*.md")), ids=lambda p: f"{p.parent.parent.name}-{p.stem}"
)
def test_each_form_of_our_studies_comes_back_the_same(tmp_path, path) -> None:
    made = load_instrument(path, tmp_path / f"{path.stem}.toml", None)
    for kind in WRITERS:
        assert written(made, tmp_path, kind) == made
        assert written(replace(made, sheets={}), tmp_path, kind) == made


def test_hints_and_all_else_of_a_form_are_carried_over(tmp_path) -> None:
    form = (
        "| survey | | | | | | |\n| | type | name | label | hint | default | my_own |\n"
        "| | select_one yn | q | One<br>two | Think \\| speak | 1 | kept |\n"
        "| choices | | | | |\n| | list_name | name | label | image |\n| | yn | 1 | =1+1 | a.png |\n"
    )
    book = load_workbook(io.BytesIO(xlsform_workbook(load(tmp_path, form))))
    assert [[cell.value for cell in row] for row in book["survey"].rows] == [
        ["type", "name", "label", "hint", "default", "my_own"],
        ["select_one yn", "q", "One\ntwo", "Think | speak", "1", "kept"],
    ]
    assert book["choices"]["C2"].value == "=1+1"
    assert book["choices"]["C2"].data_type == "s"
    assert xlsform_markdown(load(tmp_path, form)).count("<br>") == 1


def test_the_same_instrument_gives_the_same_workbook(tmp_path) -> None:
    made = load(tmp_path, LANGUAGES)
    first, again = (hashlib.sha256(xlsform_workbook(made)).hexdigest() for _ in range(2))
    assert first == again
    with zipfile.ZipFile(io.BytesIO(xlsform_workbook(made))) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_equal_choices_share_a_list_and_headings_become_groups_of_one_page(tmp_path) -> None:
    five = tuple(Choice(str(i), f"point {i}", float(i)) for i in range(1, 6))
    questions = {
        name: Question(name, "select_one", name.upper(), five, heading="How far do you agree?")
        for name in ("a", "b", "a_group")
    }
    lines = xlsform_markdown(Instrument("f", "F", questions)).splitlines()
    assert sum("select_one a " in line for line in lines) == 3
    assert sum("point 3" in line for line in lines) == 1
    groups = [line for line in lines if "begin_group" in line]
    assert len(groups) == 1
    assert "How far do you agree?" in groups[0]
    assert "field-list" in groups[0]
    assert "a_group_" in groups[0]  # `a_group` is a question


# What a form can hold in words: pyxform turns curly quotes straight, collapses runs of spaces, and reads
# `${` as the start of a name, so these are no part of what comes back.
LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="‘’“”$")
WORDS = st.text(
    st.one_of(LETTERS, st.sampled_from(" \n|\\\"'#<>&=,;`-+@_x0041")), min_size=1, max_size=30
).map(lambda text: "\n".join(" ".join(line.split()) for line in text.split("\n")).strip())
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).map(lambda name: f"n{name}")
CHOICES = st.from_regex(r"[a-z0-9_]{1,5}", fullmatch=True)
TONGUES = [(), ("English (en)",), ("English (en)", "العربية (ar)"), ("default", "Română (ro)")]
CONDITIONS = ["", "${first} = 'a'", "${first} != \"b\" and ${first} != ''"]


@st.composite
def instruments(draw) -> Instrument:
    languages = draw(st.sampled_from(TONGUES))

    def words(needed: bool = True):
        said = draw(WORDS.filter(bool)) if needed else draw(WORDS)
        more = [draw(WORDS) for _ in languages[1:]]
        if not said or len(languages) < 2:
            return said, ()
        return said, tuple((k, v) for k, v in zip(languages, [said, *more], strict=True) if v)

    def offered() -> tuple[Choice, ...]:
        names = draw(st.lists(CHOICES, min_size=1, max_size=4, unique=True))
        return tuple(
            Choice(name, label, float(name) if name.isdigit() else None, labels=labels)
            for name, (label, labels) in ((name, words()) for name in names)
        )

    lists = [offered() for _ in range(2)]
    headings = [words(needed=False), words(needed=False)]
    questions = {}
    for name in ["first", *draw(st.lists(NAMES, max_size=5, unique=True))]:
        kind = draw(st.sampled_from(["text", "integer", "decimal", "date", "time", "datetime", "note"]))
        choices: tuple[Choice, ...] = ()
        if draw(st.booleans()):
            kind, choices = (
                draw(st.sampled_from(["select_one", "select_multiple"])),
                draw(st.sampled_from(lists)),
            )
        label, labels = words()
        heading, above = draw(st.sampled_from(headings))
        questions[name] = Question(
            name=name,
            type=kind,
            label=label,
            labels=labels,
            choices=choices,
            heading=heading,
            headings=above,
            relevant="" if name == "first" else draw(st.sampled_from(CONDITIONS)),
            required=draw(st.booleans()),
            constraint=draw(st.sampled_from(["", ". != 'x'"])),
        )
    return Instrument(
        "f",
        draw(WORDS.filter(bool)),
        questions,
        language=next(iter(languages), ""),
        languages=languages,
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(instrument=instruments(), kind=st.sampled_from(sorted(WRITERS)))
def test_an_instrument_written_as_a_form_is_read_back_equal(tmp_path, instrument, kind) -> None:
    assert written(instrument, tmp_path, kind) == instrument


@pytest.mark.parametrize(
    ("choices", "problem", "severity"),
    [
        ("| | yn | -9 | No |", "`-9` is a negative code", "warn"),
        ("| | yn | not sure | No |", "`not sure` has a space in its name", "block"),
        ("| | yn | a/b | No |", "`a/b` has a sign in its name", "warn"),
        ("| | yn | YES | No |\n| | yn | yes | Nay |", "`YES` and `yes` differ in capitals only", "warn"),
        ("| | yn | a | No |\n| | yn | b | no |", "a, b have the same words", "warn"),
        ("| | yn | 0 | No |\n| | yn | 9_a | Nay |", "", ""),
        ("| | yn | a | |", "pyxform warns: On the 'choices' sheet, the 'label' value is invalid", "warn"),
    ],
)
def test_a_choice_that_breaks_in_the_field_is_found(tmp_path, choices, problem, severity) -> None:
    form = "| choices | | | |\n| | list_name | name | label |\n" + choices + "\n"
    found = form_findings(one(tmp_path, "| | select_one yn | q | Q |", form))
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(problem in one.problem and one.remedy for one in found)


def test_labels_without_a_translation_and_what_no_analysis_reads_are_found(tmp_path) -> None:
    made = load(tmp_path, LANGUAGES.replace("| | text | r |", "| | rank yn | k | K | |\n| | text | r |"))
    problems = {one.severity: one.problem for one in form_findings(made)}
    assert problems["warn"] == "2 of 4 labels are not translated into Español (es)"
    assert problems["note"] == "`k` is asked as rank, which no analysis reads"


def test_the_command_checks_a_form_by_itself_and_fails_when_it_cannot_be_fielded(tmp_path) -> None:
    form = HEAD + "| | select_one yn | q | Q |\n" + YES_NO.replace("| 0 |", "| not yet |")
    (tmp_path / "form.md").write_text(form, encoding="utf-8")
    said = CliRunner().invoke(cli, ["instrument", "check", str(tmp_path / "form.md")])
    assert said.exit_code == 1
    assert "form: 1 questions" in said.output
    assert "[block] form.md, column q: the choice `not yet` has a space" in said.output


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_the_command_writes_a_form_that_reads_the_same(tmp_path, kind) -> None:
    target = tmp_path / f"member_survey{kind}"
    said = CliRunner().invoke(
        cli,
        [
            "instrument",
            "export",
            "member_survey",
            str(SURVEYS / "demo"),
            "--year",
            "2024",
            "--out",
            str(target),
        ],
    )
    assert said.exit_code == 0, said.output
    source = load_instrument(SURVEYS / "demo/instruments/member_survey-2024.md", tmp_path / "none.toml", None)
    again = read_form(target)
    assert all(same_question(source.questions[name], again.questions[name]) for name in source.questions)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["member_survey", "--out", "x.docx"], "cannot be written as `.docx`"),
        (["nothing"], "there is no source `nothing`"),
        (["organisations"], "`organisations` has no questionnaire"),
    ],
)
def test_the_command_says_what_it_cannot_write(arguments, words) -> None:
    source, *rest = arguments
    said = CliRunner().invoke(cli, ["instrument", "export", source, str(SURVEYS / "demo"), *rest])
    assert isinstance(said.exception, KsnError)
    assert words in str(said.exception)


DICTIONARY = (
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,branching_logic,required_field\n"
    "age,f,text,Age?,,,y\n"
    'ill,f,checkbox,Which?,"1, Flu | 2, Cold | none of these, None",[age] > 17,\n'
    "why,f,notes,Why?,,[ill(2)] = '1' and [age] <> 20,\n"
    "since,f,text,Since?,,\"datediff([age], 'today', 'y') > 1\",\n"
    "region,f,text,Where?,,,\n"
)


def test_a_draft_keeps_what_is_certain_and_says_what_is_not(tmp_path) -> None:
    (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
    made = draft_instrument(tmp_path / "d.csv")
    assert {name: q.type for name, q in made.questions.items()} == {
        "age": "text", "ill": "select_multiple", "why": "text", "since": "text", "region_2": "text",
    }  # fmt: skip
    assert made.questions["ill"].relevant == "${age} > 17"
    assert made.questions["why"].relevant == "selected(${ill}, '2') and ${age} != 20"
    assert [c.name for c in made.questions["ill"].choices] == ["1", "2", "none_of_these"]
    assert made.questions["age"].required
    assert made.columns == {"region_2": "region"}
    assert [line for line in made.warnings if line.startswith("since: the condition")]


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_the_command_drafts_a_form_that_pyxform_takes(tmp_path, kind) -> None:
    (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
    out = tmp_path / f"form{kind}"
    said = CliRunner().invoke(cli, ["instrument", "draft", str(tmp_path / "d.csv"), "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert 'region_2 = "region"' in said.output
    drafted = draft_instrument(tmp_path / "d.csv")
    again = read_form(out)
    assert all(same_question(drafted.questions[name], again.questions[name]) for name in drafted.questions)


# Questions by file (data/exports/limesurvey and redcap; sources in their READMEs).
DICTIONARIES = [
    ("limesurvey/answers.lss", 6),
    ("limesurvey/free_text.lsq", 1),
    ("limesurvey/group.lsg", 2),
    ("limesurvey/limesurvey_survey_432535.lss", 2),
    ("limesurvey/limonaid_testing-multilingual-export.txt", 1),
    ("limesurvey/survey.lss", 5),
]


@pytest.mark.parametrize(("name", "questions"), DICTIONARIES, ids=[name for name, _ in DICTIONARIES])
def test_each_stored_questionnaire_can_be_drafted_and_written(tmp_path, name, questions) -> None:
    if not FORMS.exists():
        pytest.skip("the stored exports are not here (KSN_SHARED)")
    made = draft_instrument(FORMS.parent / name)
    assert len(made.questions) == questions
    for kind in WRITERS:
        export_instrument(made, tmp_path / f"form{kind}")


def test_data_are_no_questionnaire(tmp_path) -> None:
    (tmp_path / "d.csv").write_text("record_id,age\n1,20\n", encoding="utf-8")
    with pytest.raises(ReadError, match="no data dictionary"):
        draft_instrument(tmp_path / "d.csv")


def workbook() -> bytes:
    book = Workbook()
    book.active.title = "survey"
    for row in (["type", "name", "label"], ["text", "q", "Q"]):
        book["survey"].append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


WHOLE = workbook()
TEXT = (HEAD + "| | select_one yn | q | Q |\n" + YES_NO).encode()


def packed(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.xlsx", packed("xl/workbook.xml", b" " * (40 << 20))),
        ("entities.xlsx", packed("xl/workbook.xml", ENTITIES)),
        ("climbs.xlsx", packed("../../out.xml", b"x")),
        ("nothing.xlsx", b""),
        ("nothing.md", b""),
        ("zeros.csv", b"\x00" * 100),
        ("quotes.csv", b'survey,,\n,type,"name\n' * 50),
        ("wide.md", b"| survey |\n| | type | name |\n| | text | q | " + b"| x " * 5000 + b"|\n"),
        ("deep.md", HEAD.encode() + b"".join(b"| | begin_group | g%d | |\n" % i for i in range(3000))),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("large.md", b"| survey |\n" * (1 << 20)),
        ("folder.md", None),
    ],
)
def test_a_hostile_form_is_refused_in_a_sentence(tmp_path, name, data) -> None:
    path = tmp_path / name
    path.mkdir() if data is None else path.write_bytes(data)
    with pytest.raises(PlanError) as error:
        read_form(path)
    assert error.value.file == name
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    whole=st.sampled_from([(".xlsx", WHOLE), (".md", TEXT), (".csv", b"survey,,\n,type,name\n,text,q\n")]),
    cut=st.integers(0, 6000),
    flips=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=6),
)
def test_a_damaged_form_is_read_or_refused_and_nothing_else(tmp_path, whole, cut, flips) -> None:
    kind, data = whole
    spoiled = bytearray(data[: cut or None])
    for place, byte in flips:
        if spoiled:
            spoiled[place % len(spoiled)] = byte
    path = tmp_path / f"form{kind}"
    path.write_bytes(bytes(spoiled))
    try:
        assert all(question.name for question in read_form(path).questions.values())
    except PlanError as error:
        assert error.remedy
