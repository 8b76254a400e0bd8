"""One table of every sample file: how it is taken, how many responses or questions it holds, or why not.

The counts are those of the files themselves, told without the readers: records by the `csv` module less
headers and blank lines, rows of worksheets by openpyxl, cases by pyreadstat's metadata, responses in the
JSON, `type` rows of XLSForms, rows of LimeSurvey's tables. What the files are: their folders' README.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ksn_research.errors import KsnError, PlanError, ReadError
from ksn_research.plan.instrument import load_instrument
from ksn_research.read import read_dictionary, read_export

FOLDERS = ("exports", "circle-survey")
STUDYGROUPS = "../circle-survey/studygroups_fixtures_test_survey_responses.json"
SURVEYS = "../circle-survey/surveys_fixtures_test_survey_responses.json"


@dataclass(frozen=True)
class Sample:
    """A file below `exports`, how it is taken, and what comes of it.

    taken    "export", "dictionary", "instrument" or "refused"
    rows     responses
    columns  exported columns; of a dictionary its fields, of an instrument its questions
    answers  columns that are answers, and not what the tool recorded about a response
    reason   of a refusal, a piece of it
    options  of `read_export`; `dictionary` and `parent` name files beside the sample
    """

    path: str
    taken: str
    format: str = ""
    rows: int = 0
    columns: int = 0
    answers: int = 0
    reason: str = ""
    options: dict[str, str] = field(default_factory=dict)


def export(path: str, format: str, rows: int, columns: int, answers: int, **options: str) -> Sample:
    return Sample(path, "export", format, rows, columns, answers, options=options)


def dictionary(path: str, format: str, fields: int) -> Sample:
    return Sample(path, "dictionary", format, columns=fields)


def instrument(path: str, questions: int) -> Sample:
    return Sample(path, "instrument", "xlsform", columns=questions)


def refused(path: str, reason: str, **options: str) -> Sample:
    return Sample(path, "refused", reason=reason, options=options)


DEFINITION, TWO_FORMS = "a form definition, which holds no responses", "name one in study.toml: sheet ="
FIRST, SECOND = "Facilitator Feedback", "Learner Feedback"

SAMPLES = [
    refused(STUDYGROUPS, TWO_FORMS),
    export(STUDYGROUPS, "typeform", 1, 41, 28, sheet=FIRST),
    export(STUDYGROUPS, "typeform", 2, 46, 33, sheet=SECOND),
    refused(SURVEYS, TWO_FORMS),
    export(SURVEYS, "typeform", 1, 40, 28, sheet=FIRST),
    export(SURVEYS, "typeform", 2, 45, 33, sheet=SECOND),
    export("google-forms/SYNTHETIC_forms_download.csv", "google_forms", 3, 8, 6),
    export("google-forms/SYNTHETIC_sheets_download.csv", "google_forms", 2, 8, 6),
    # A summary of a select-multiple question says nothing of the tool: it is read as a plain table.
    export("kobo/dietary_needs__label_both.csv", "kobo", 3, 6, 6),
    export("kobo/dietary_needs__xml_both.csv", "kobo", 3, 6, 6),
    export("kobo/dietary_needs__xml_details.csv", "kobo", 3, 5, 5),
    export("kobo/dietary_needs__xml_summary.csv", "csv", 3, 2, 2),
    export("kobo/favorite_coffee__all_versions_label.csv", "kobo", 5, 6, 6),
    export("kobo/favorite_coffee__all_versions_xml.csv", "kobo", 5, 6, 6),
    export("kobo/grouped_repeatable.xlsx", "kobo", 6, 4, 1),
    export("kobo/grouped_repeatable.xlsx", "kobo", 13, 7, 2, sheet="houshold_member_repeat"),
    export("kobo/grouped_translated__all_versions_label.csv", "kobo", 3, 9, 7),
    export("kobo/grouped_translated__all_versions_xml.csv", "kobo", 3, 9, 7),
    export("kobo/nested_grouped_repeatable.xlsx", "kobo", 4, 3, 0),
    export("kobo/nested_grouped_repeatable.xlsx", "kobo", 6, 7, 1, sheet="group_tree"),
    export("kobo/nested_grouped_repeatable.xlsx", "kobo", 8, 12, 3, sheet="group_nest"),
    export("kobo/nested_grouped_repeatable.xlsx", "kobo", 14, 15, 4, sheet="group_egg"),
    export("kobo/or_other__label_both.csv", "kobo", 3, 9, 9),
    export("kobo/or_other__xml_both.csv", "kobo", 3, 9, 9),
    export("kobo/or_other__xml_details.csv", "kobo", 3, 8, 8),
    export("kobo/or_other__xml_summary.csv", "csv", 3, 4, 4),
    export("kobo/restaurant_profile.xlsx", "kobo", 8, 9, 5),
    export("kobo/restaurant_profile__all_versions_label.csv", "kobo", 8, 9, 5),
    export("kobo/restaurant_profile__all_versions_xml.csv", "kobo", 8, 9, 5),
    refused("kobo/dietary_needs__schemas.json", DEFINITION),
    refused("kobo/grouped_repeatable__schemas.json", DEFINITION),
    refused("kobo/grouped_translated__schemas.json", DEFINITION),
    refused("kobo/or_other__schemas.json", DEFINITION),
    refused("kobo/restaurant_profile__schemas.json", DEFINITION),
    refused("kobo/v1_normal.json", DEFINITION),
    refused("kobo/v2_selectone.json", DEFINITION),
    refused("kobo/v3_selectmultiple.json", DEFINITION),
    refused("kobo/submissions.json", "holds no Typeform responses"),
    export("limesurvey/limonaid_survey_100001_R_data_file.csv", "limesurvey", 3, 646, 303),
    dictionary("limesurvey/answers.lss", "limesurvey", 6),
    dictionary("limesurvey/free_text.lsq", "limesurvey", 1),
    dictionary("limesurvey/group.lsg", "limesurvey", 2),
    dictionary("limesurvey/limesurvey_survey_432535.lss", "limesurvey", 2),
    dictionary("limesurvey/survey.lss", "limesurvey", 5),  # a question of four has a file and a count
    dictionary(
        "limesurvey/limonaid_export-of-survey-with-one-multi-choice-question-as-tsv.txt", "limesurvey", 1
    ),
    dictionary("limesurvey/limonaid_testing-multilingual-export.txt", "limesurvey", 1),
    refused("limesurvey/survey.lss", "the file is XML, no table of responses"),
    refused("limesurvey/limonaid_testing-multilingual-export.txt", "this is a questionnaire"),
    export("odk-central/all-data-types_0.csv", "odk", 1, 25, 13),
    export("odk-central/ambiguous_0.csv", "odk", 3, 13, 1),
    export("odk-central/ambiguous-entry~1_0.csv", "odk", 3, 3, 1),
    export("odk-central/ambiguous-entry~1_0.csv", "odk", 3, 16, 2, parent="ambiguous_0.csv"),
    export("odk-central/ambiguous-entry~2_0.csv", "odk", 3, 3, 1),
    export("odk-central/ambiguous-entry~2_0.csv", "odk", 3, 16, 2, parent="ambiguous_0.csv"),
    export("odk-central/multirepeat_0.csv", "odk", 3, 14, 2),
    export("odk-central/multirepeat-child_0.csv", "odk", 4, 4, 2),
    export("odk-central/multirepeat-child_0.csv", "odk", 4, 18, 4, parent="multirepeat_0.csv"),
    export("odk-central/multirepeat-toy_0.csv", "odk", 6, 3, 1),
    export("odk-central/multirepeat-toy_0.csv", "odk", 6, 7, 3, parent="multirepeat-child_0.csv"),
    *(export(f"odk-central/mytestform_{i}.csv", "odk", 3, 14, 3) for i in range(3)),
    export("odk-central/mytestform_3.csv", "odk", 2, 14, 3),
    export("odk-central/mytestform_4.csv", "odk", 1, 14, 3),
    export("odk-central/mytestform_5.csv", "odk", 1, 14, 3),
    export("odk-central/mytestform_6.csv", "odk", 2, 14, 3),
    export("odk-central/mytestform_7.csv", "odk", 1, 14, 3),
    export("odk-central/mytestform_8.csv", "odk", 3, 17, 6),
    export("odk-central/pathprefix_0.csv", "odk", 1, 13, 2),
    export("odk-central/pathprefix-children_0.csv", "odk", 2, 3, 1),
    export("odk-central/pathprefix-children_0.csv", "odk", 2, 16, 3, parent="pathprefix_0.csv"),
    export("odk-central/selectMultiple_0.csv", "odk", 2, 19, 7),
    export("odk-central/selectMultiple_1.csv", "odk", 2, 19, 7),
    export("odk-central/singlerepeat_0.csv", "odk", 3, 14, 2),
    export("odk-central/singlerepeat-child_0.csv", "odk", 3, 4, 2),
    export("odk-central/singlerepeat-child_0.csv", "odk", 3, 18, 4, parent="singlerepeat_0.csv"),
    export("odk-central/structuredform_0.csv", "odk", 3, 16, 4),
    export("odk-central/structuredform_1.csv", "odk", 3, 16, 4),
    refused(
        "odk-central/singlerepeat-child_0.csv", "no column `KEY`", parent="../spss/sample_missing_user.csv"
    ),
    # Simulated respondents with nothing but what the tool records about them.
    export("qualtrics/excluder_qualtrics_numeric.csv", "qualtrics", 100, 16, 0),
    export("qualtrics/excluder_qualtrics_raw.csv", "qualtrics", 100, 16, 0),
    export("qualtrics/sample.csv", "qualtrics", 1, 20, 2),
    export("qualtrics/sample_legacy.csv", "qualtrics", 1, 15, 2),  # and an empty sixteenth
    export("redcap/checkboxes-1/data.csv", "redcap", 4, 13, 10, dictionary="dictionary.csv"),
    export("redcap/decimal-comma/data.csv", "redcap", 4, 6, 4, dictionary="dictionay.csv"),
    export("redcap/decimal-comma-and-dot/data.csv", "redcap", 4, 9, 7, dictionary="dictionary.csv"),
    export("redcap/decimal-comma-and-dot/data.csv", "redcap", 4, 9, 7, dictionary="metadata.csv"),
    export("redcap/longitudinal/data.csv", "redcap", 18, 125, 114, dictionary="dictionary.csv"),
    export("redcap/multilevel-model-1/data.csv", "redcap", 220, 19, 14, dictionary="dictionary.csv"),
    export("redcap/potentially-problematic-values/data.csv", "redcap", 2, 5, 3, dictionary="dictionary.csv"),
    export("redcap/simple/data.csv", "redcap", 5, 24, 20, dictionary="dictionary.csv"),
    export("redcap/simple/data.csv", "redcap", 5, 24, 20, dictionary="metadata.csv"),
    export("redcap/survey/data.csv", "redcap", 2, 33, 24, dictionary="dictionary.csv"),
    refused("redcap/potentially-problematic-dictionary/data.csv", "the file is empty"),
    dictionary("redcap/checkboxes-1/dictionary.csv", "redcap", 4),
    dictionary("redcap/decimal-comma/dictionay.csv", "redcap", 5),
    dictionary("redcap/decimal-comma-and-dot/dictionary.csv", "redcap", 8),
    dictionary("redcap/decimal-comma-and-dot/metadata.csv", "redcap", 8),
    dictionary("redcap/longitudinal/dictionary.csv", "redcap", 95),
    dictionary("redcap/multilevel-model-1/dictionary.csv", "redcap", 15),
    dictionary("redcap/potentially-problematic-dictionary/dictionary.csv", "redcap", 6),
    dictionary("redcap/potentially-problematic-values/dictionary.csv", "redcap", 4),
    dictionary("redcap/simple/dictionary.csv", "redcap", 16),
    dictionary("redcap/simple/metadata.csv", "redcap", 16),
    dictionary("redcap/survey/dictionary.csv", "redcap", 25),
    refused("redcap/simple/dictionary.csv", "this is a questionnaire, it holds no responses"),
    refused("redcap/longitudinal/arm.csv", "the project's arms or events"),
    refused("redcap/longitudinal/event.csv", "the project's arms or events"),
    export("spss/missing_char.sav", "spss", 2, 1, 1),
    export("spss/missing_sav_labeled.csv", "csv", 2, 1, 1),
    export("spss/missing_test.sav", "spss", 2, 1, 1),
    export("spss/ordered_category.sav", "spss", 4, 1, 1),
    export("spss/sample.sav", "spss", 5, 7, 7),
    export("spss/sample_missing.sav", "spss", 7, 7, 7),
    export("spss/sample_missing_user.csv", "csv", 7, 7, 7),
    export("spss/simple_alltypes.sav", "spss", 6, 12, 12),
    export("spss/test_width.sav", "spss", 5, 4, 0),  # four of Qualtrics' own columns
    export("surveymonkey/comma-survey_comma-survey.csv", "surveymonkey", 1129, 13, 12),
    export("surveymonkey/steak-survey_steak-risk-survey.csv", "surveymonkey", 550, 15, 14),
    export("surveymonkey/thanksgiving-2015_thanksgiving-2015-poll-data.csv", "surveymonkey", 1058, 65, 64),
    refused("surveymonkey/nfl-fandom_NFL_fandom_data-surveymonkey.csv", "a table of results"),
    instrument("xlsform/attribute_columns_test.xlsx", 36),
    instrument("xlsform/bug_ODKValidateWarnings.xlsx", 3),
    instrument("xlsform/bug_xl_date_ambiguous.xlsx", 4),
    instrument("xlsform/case_insensitivity.csv", 2),
    instrument("xlsform/case_insensitivity.xlsx", 2),
    instrument("xlsform/choice_filter_test.xlsx", 3),
    instrument("xlsform/group.csv", 3),
    instrument("xlsform/or_other.xlsx", 3),
    instrument("xlsform/pull_data.xlsx", 1),
    instrument("xlsform/specify_other.csv", 2),
    instrument("xlsform/specify_other.xlsx", 2),
    instrument("xlsform/utf_csv.csv", 1),
    instrument("xlsform/widgets.csv", 16),
    instrument("xlsform/xlsform_spec_test.xlsx", 35),
    instrument("xlsform/yes_or_no_question.csv", 1),
    refused("xlsform/bug_duplicate_columns.xlsx", "Duplicate column header: label"),
    refused("xlsform/loop.csv", "is a loop over choices"),
    refused("xlsform/fruits.csv", "a form's list of choices"),
    refused("xlsform/group.csv", "this is an XLSForm"),
    refused("xlsform/or_other.xlsx", "this is an XLSForm"),
]  # fmt: skip
FORMS = ("bug_duplicate_columns.xlsx", "loop.csv")  # refused as the instruments that they would be


def _id(sample: Sample) -> str:
    told = ", ".join(sample.options.values())
    return f"{sample.taken} {sample.path}{f' ({told})' if told else ''}"


def _options(sample: Sample, path: Path) -> dict:
    return {k: path.parent / v if k != "sheet" else v for k, v in sample.options.items()}


@pytest.mark.parametrize("sample", SAMPLES, ids=_id)
def test_a_sample_is_taken_for_what_it_is_and_nothing_of_it_is_lost(shared, sample) -> None:
    path = shared / "data" / "exports" / sample.path
    if sample.taken == "refused":
        with pytest.raises(PlanError if path.name in FORMS else ReadError) as refusal:
            _taken(path) if path.name in FORMS else read_export(path, "s", **_options(sample, path))
        assert sample.reason in str(refusal.value) and len(refusal.value.remedy) > 10
    elif sample.taken == "instrument":
        assert len(_taken(path).questions) == sample.columns
    elif sample.taken == "dictionary":
        read = read_dictionary(path)
        assert (read.format, len(read.fields)) == (sample.format, sample.columns)
    else:
        read = read_export(path, "s", **_options(sample, path))
        answers = int((read.columns["role"] == "").sum())
        assert (read.format, *read.frame.shape) == (sample.format, sample.rows, sample.columns)
        assert answers == sample.answers
        assert read.blank == 0


def _taken(path: Path):
    return load_instrument(path, path.parent / "absent.toml", None)


def _told(sample: Sample) -> str:
    """The path of a sample as `_present` gives it."""
    return sample.path.removeprefix("../") if sample.path.startswith("../") else f"exports/{sample.path}"


def _present(shared: Path) -> list[str]:
    folders = (shared / "data" / name for name in FOLDERS)
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(
        p.relative_to(shared / "data").as_posix() for p in files if not p.name.endswith("README.md")
    )


def test_every_sample_stands_in_the_table(shared) -> None:
    """A sample that is not there yet is at least read, or refused with a reason and a remedy."""
    told = {_told(sample) for sample in SAMPLES}
    present = _present(shared)
    assert told <= set(present)
    for name in set(present) - told:
        _read_or_refused(shared / "data" / name)


@pytest.mark.parametrize("as_what", ["export", "dictionary", "instrument"])
def test_no_sample_is_more_than_refused_whatever_it_is_named_as(shared, as_what) -> None:
    """A file named in the wrong place of study.toml is refused, and what is in it is not shown."""
    takers = {"export": lambda p: read_export(p, "s"), "dictionary": read_dictionary, "instrument": _taken}
    for name in _present(shared):
        path = shared / "data" / name
        try:
            takers[as_what](path)
        except KsnError as error:
            assert error.remedy and error.file == path.name and len(str(error)) < 500
            # What is read as responses holds answers, whose words no refusal as something else may show.
            responses = {_told(sample) for sample in SAMPLES if sample.taken == "export"}
            assert not (name in responses and error.column), str(error)


def _read_or_refused(path: Path) -> None:
    for take in (lambda p: read_export(p, "s"), read_dictionary, _taken):
        try:
            take(path)
        except KsnError as error:
            assert error.remedy
        else:
            return
