"""Quotes from the ledger to the edition: printed where the gate let them through, and nowhere else."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pandas as pd
import pytest

from ksn_research import pipeline, report, review
from ksn_research.disclose.quotes import Printed, judged, quote_id
from ksn_research.errors import BlockedError, DisclosureError, PlanError
from ksn_research.plan import load_study
from ksn_research.render.pages import show_section
from ksn_research.render.workbook import as_workbook

PACKAGE = Path(__file__).parent.parent / "ksn_research"
DEMO = Path(__file__).parent.parent / "surveys" / "demo"
# One interview each, with a word that no other text of an edition has.
SAID = {
    "I1": "we kept the kettle warm for whoever came late that winter",
    "I2": "the lantern in the hall was all that we had to go by",
    "I3": "there was gravel in the yard and no money for anything else",
    "I4": "nobody sat below the willow with a mentor before we did",
    "I5": "a copper pot and two chairs were enough to begin with",
    "I6": "it was Dana who carried the marble table up the stairs",
    "I7": "the velvet curtain stayed shut until people trusted each other",
    "I8": "somebody brought pepper and we cooked while we talked it over",
}
WORDS = {
    name: text.split()[at] for (name, text), at in zip(SAID.items(), (3, 1, 2, 4, 1, 6, 1, 2), strict=True)
}
HEAD = ["interview", "quote_consent", "review_before_publication", "withdrawn_on", "embargo_until"]
LEDGER = [
    ["I1", "anonymous", "n", "", "", ""],
    ["I2", "named", "n", "2025-11-20", "", ""],
    ["I3", "anonymous", "n", "", "2026-06-30", ""],
    ["I4", "role", "y", "", "", ""],
    ["I5", "none", "n", "", "", ""],
    ["I6", "role", "n", "", "", ""],
    ["I8", "role+type", "n", "", "", ""],
]
WILLOW = quote_id("I4", "talk", SAID["I4"])
PLAN = """\
[study]
title = "Quotes"
years = [2025]

[report]
dates = {{ 2025 = {day} }}

[sources.interviews]
kind = "interviews"
file = "interviews.qdpx"
consent = "ledger.csv"

[sources.interviews.quotes]
attribution = ["operator_type"]
per_code = 0
"""


def study(folder: Path, rows=LEDGER, day: str = "2026-03-31", head=(*HEAD, "approved_quote_ids")):
    """A study of eight interviews, one coded passage each."""
    (folder / "study.toml").write_text(PLAN.format(day=day), encoding="utf-8")
    with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row[: len(head)] for row in rows)])
    _project(folder / "interviews.qdpx")
    return load_study(folder)


def _project(path: Path) -> None:
    def guid(*parts: str) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join(parts)))

    sources, texts = "", {}
    for name, said in SAID.items():
        text = f"INT: how was it?\nP: {said}."
        start = text.index(said)
        texts[f"sources/{guid(name)}.txt"] = text
        sources += (
            f'<TextSource guid="{guid(name, "s")}" name="{name}" plainTextPath="internal://{guid(name)}.txt">'
            f'<PlainTextSelection guid="{guid(name, "p")}" name="{said}" startPosition="{start}" '
            f'endPosition="{start + len(said)}"><Coding guid="{guid(name, "c")}" creatingUser="{guid("u")}">'
            f'<CodeRef targetGUID="{guid("talk")}"/></Coding></PlainTextSelection></TextSource>'
        )
    xml = (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="p" origin="t">'
        f'<Users><User guid="{guid("u")}" name="A"/></Users><CodeBook><Codes>'
        f'<Code guid="{guid("talk")}" name="talk" isCodable="true"/></Codes></CodeBook>'
        f"<Sources>{sources}</Sources></Project>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"project.qde": xml, **texts}.items():
            archive.writestr(name, text)


def changed(name: str, **cells: str) -> list[list[str]]:
    head = [*HEAD, "approved_quote_ids"]
    return [
        [cells.get(column, old) for column, old in zip(head, row, strict=True)] if row[0] == name else row
        for row in LEDGER
    ]


def shown(one) -> set[str]:
    """The interviews whose words stand in the report's section."""
    html = str(show_section(report.compute(one, 2025)[1], "interviews")._repr_html_())
    return {name for name, word in WORDS.items() if word in html}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quotes")
    return report.make_edition(study(folder), 2025, folder / "edition", {})


def contents(folder: Path) -> dict[str, str]:
    """Every file's text, those inside of archives included; pictures have none, a PDF's is read where a
    reader is at hand."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".png"):
        if path.suffix in (".xlsx", ".docx"):
            with zipfile.ZipFile(path) as book:
                names = [name for name in book.namelist() if not name.endswith(".png")]
                found |= {name: book.read(name).decode("utf-8", "replace") for name in names}
        elif path.suffix == ".parquet":
            found[path.name] = pd.read_parquet(path).to_csv()
        elif path.suffix == ".pdf":
            found[path.name] = text_of_pdf(path)
        else:
            found[path.name] = path.read_bytes().decode("utf-8", "replace")
    return found


def text_of_pdf(path: Path) -> str:
    if not shutil.which("pdftotext"):
        return ""
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def test_only_quotes_that_passed_stand_in_the_public_part(edition: Path) -> None:
    public = contents(edition / "public")
    assert WORDS["I1"] in public["report.html"] and WORDS["I8"] in public["report.html"]
    assert any(WORDS["I1"] in text for name, text in public.items() if name.endswith(".xml"))
    for name in ("I2", "I3", "I4", "I5", "I6", "I7"):
        assert [file for file, text in public.items() if WORDS[name] in text] == [], name


def test_no_public_file_has_the_id_of_a_quote(edition: Path) -> None:
    assert [name for name, text in contents(edition / "public").items() if "Q-" in text] == []


def test_words_that_were_withdrawn_stand_nowhere_in_an_edition(edition: Path) -> None:
    assert [name for name, text in contents(edition).items() if WORDS["I2"] in text] == []


def test_the_internal_page_shows_every_quote_with_its_id(edition: Path) -> None:
    page = (edition / "internal" / "quotes.html").read_text(encoding="utf-8")
    assert all(WORDS[name] in page for name in SAID if name != "I2")
    assert WILLOW in page and "Internal: do not publish" in page and "Dana" in page


@pytest.mark.parametrize("name", ["public/results.csv", "internal/checks.csv", "internal/checks.html"])
def test_tables_of_results_and_checks_hold_no_words(edition: Path, name: str) -> None:
    text = (edition / name).read_text(encoding="utf-8")
    assert [word for word in WORDS.values() if word in text] == []


def test_what_may_be_shown_is_read_back_as_it_was_written(edition: Path, tmp_path: Path) -> None:
    loaded = report.load_publishable(str(edition / report.DATA))
    again = report.compute(study(tmp_path), 2025)[1]
    pd.testing.assert_frame_equal(loaded.quotes.frame, again.quotes.frame)
    assert as_workbook(loaded) == as_workbook(again) == (edition / "public" / "tables.xlsx").read_bytes()


def test_an_approved_quote_is_let_in_and_only_that_one(tmp_path: Path) -> None:
    assert shown(study(tmp_path)) == {"I1", "I8"}
    assert shown(study(tmp_path, changed("I4", approved_quote_ids=f"Q-0; {WILLOW}"))) == {"I1", "I4", "I8"}
    assert shown(study(tmp_path, changed("I4", approved_quote_ids="Q-0"))) == {"I1", "I8"}


def test_an_embargo_ends_on_its_day_and_never_without_a_date(tmp_path: Path) -> None:
    assert shown(study(tmp_path, day="2026-06-29")) == {"I1", "I8"}
    assert shown(study(tmp_path, day="2026-06-30")) == {"I1", "I3", "I8"}
    assert shown(replace(study(tmp_path), dates={})) == {"I1", "I8"}


def test_a_ledger_without_the_columns_on_review_opens_nothing(tmp_path: Path) -> None:
    head = ("interview", "quote_consent")
    assert shown(study(tmp_path, [row[:2] for row in LEDGER], head=head)) == set()
    one = pipeline.prepare(study(tmp_path, [row[:2] for row in LEDGER], head=head), 2025).interviews
    assert set(one["review_before_publication"]) == {"y"} and set(one["embargo_until"]) == {""}


@pytest.mark.parametrize("until", ["next summer", "13/13/2026", "2026"])
def test_an_embargo_that_is_no_date_blocks_with_row_and_column(tmp_path: Path, until: str) -> None:
    one = study(tmp_path, changed("I3", embargo_until=until))
    with pytest.raises(BlockedError) as caught:
        report.compute(one, 2025)
    said = str(caught.value)
    assert "row 4" in said and "embargo_until" in said and "ledger.csv" in said and "YYYY-MM-DD" in said
    assert not any(word in said for word in WORDS.values())
    assert until == "2026" or until not in said


def test_an_embargo_in_another_form_of_date_is_read(tmp_path: Path) -> None:
    prepared = pipeline.prepare(study(tmp_path, changed("I3", embargo_until="30.06.2026")), 2025)
    assert (
        dict(zip(prepared.interviews["interview"], prepared.interviews["embargo_until"], strict=True))["I3"]
        == "2026-06-30"
    )


def test_a_doubtful_review_is_said_and_taken_for_yes(tmp_path: Path) -> None:
    one = study(tmp_path, changed("I1", review_before_publication="perhaps"))
    found = [f for f in pipeline.prepare(one, 2025).findings if f.column == "review_before_publication"]
    assert [(f.severity, f.row, f.file) for f in found] == [("warn", 2, "ledger.csv")]
    assert shown(one) == {"I8"}


def test_terms_are_drafted_and_let_their_quote_in_once_cleared(tmp_path: Path) -> None:
    one = study(tmp_path)
    findings = review.check_study(one, 2025, tmp_path / "checks")
    path = tmp_path / "crosswalks" / "interviews-terms.toml"
    assert '"Dana" = "?"' in path.read_text(encoding="utf-8")
    told = findings[findings["problem"].str.contains("drafted")]
    assert told["count"].tolist() == [1] and not findings.to_csv().count("Dana")
    path.write_text(path.read_text(encoding="utf-8").replace('"?"', '"cleared"'), encoding="utf-8")
    assert shown(load_study(tmp_path)) == {"I1", "I6", "I8"}
    before = path.read_bytes()
    review.check_study(load_study(tmp_path), 2025, tmp_path / "checks")
    assert path.read_bytes() == before


def test_nobody_but_the_gate_fills_what_an_edition_prints() -> None:
    row = {"source": ["s"], "year": [2025], "code": ["c"], "text": ["t"], "attribution": [""], "id": ["q"]}
    with pytest.raises(DisclosureError, match="did not pass the gate"):
        Printed(pd.DataFrame(row))
    using = [p.name for p in PACKAGE.rglob("*.py") if "reopened(" in p.read_text(encoding="utf-8")]
    assert sorted(using) == ["printed.py", "report.py", "text.py"]


def test_interviews_without_their_record_are_never_quoted(tmp_path: Path) -> None:
    prepared = pipeline.prepare(study(tmp_path), 2025)
    for column in ("consent", "review_before_publication", "withdrawn"):
        bare = replace(prepared, interviews=prepared.interviews.drop(columns=column))
        if column == "withdrawn":
            bare = replace(
                prepared, interviews=prepared.interviews.astype({column: "object"}).assign(withdrawn=None)
            )
        assert judged(bare)["interviews"].gated.passed.quotes == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_code = 0", "k = 3", "fewer than 5"),
        ("per_code = 0", "colour = 3", "unknown key"),
        ("2025 = 2026-03-31", '2025 = "soon"', "a date, such as"),
        ("2025 = 2026-03-31", "2031 = 2026-03-31", "unknown key"),
    ],
)
def test_a_plan_that_is_wrong_about_quotes_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    study(tmp_path)
    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanError, match=said):
        load_study(tmp_path)


def test_the_demo_prints_the_quotes_that_its_rules_let_pass() -> None:
    demo = load_study(DEMO)
    kept = {name: one for name, one in demo.sources.items() if one.kind == "interviews"}
    small = replace(demo, sources=kept, panel=None, analyses={})
    one = judged(pipeline.prepare(small, 2025))["interviews"]
    assert (len(one.quotes), len(one.gated.passed.quotes), one.gated.review) == (150, 22, ())
    assert demo.dates[2025] == date(2026, 3, 31)
    told = {refusal.rule for refusal in one.gated.refused}
    assert {"embargo", "wants to see it first", "no consent to quote"} <= told
