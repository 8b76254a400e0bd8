"""Leaks put into a safe edition on purpose: each is found, with the file and the result that it is about."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from staged_edition import sound, staged

from ksn_research.audited import audit_files, refuse_leaks
from ksn_research.disclose import Publishable
from ksn_research.disclose.audit import audit
from ksn_research.disclose.cells import suppress
from ksn_research.errors import DisclosureError
from ksn_research.results import Evidence, Row, collect

T, T_ORGANISATIONS = 5, 3
RESPONSE = "2024.member_survey.response.response@region=cape_and_islands.rate"  # suppressed
TRUST = "2025.member_survey.scales.trust.mean"


@pytest.fixture(scope="module")
def edition() -> Publishable:
    return sound()


@pytest.fixture(scope="module")
def safe(edition: Publishable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staged(tmp_path_factory.mktemp("safe") / "edition", edition)


# -- files -------------------------------------------------------------------------------------------------


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def in_a_sentence(folder: Path) -> None:
    rewritten(folder / "public" / "report.html", "</data></strong>", "</data></strong> and 3 people")


def as_a_result_in_a_sentence(folder: Path) -> None:
    said = f'<li class="finding"><data class="r" value="0.75" data-id="{RESPONSE}">75\u00a0%</data></li>'
    rewritten(folder / "public" / "report.html", "</ul>", f"{said}</ul>")


def in_the_place_of_a_mark(folder: Path) -> None:
    page = folder / "public" / "report.html"
    mark = re.search(
        f'<span class="mark" data-id="{RESPONSE}"[^>]*>s</span>', page.read_text(encoding="utf-8")
    )
    assert mark
    rewritten(page, mark[0], mark[0].replace(">s<", ">75\u00a0%<"))


def in_a_cell(folder: Path) -> None:
    rewritten(folder / "public" / "report.html", "</td>", " 3 of 4</td>")


def other_words_than_the_value(folder: Path) -> None:
    page = folder / "public" / "report.html"
    shown = re.search(f'data-id="{TRUST}">[^<]*', page.read_text(encoding="utf-8"))
    assert shown
    rewritten(page, shown[0], f'data-id="{TRUST}">4.99')


def by_one_person_in_the_results(folder: Path) -> None:
    path = folder / "public" / "results.csv"
    frame = pd.read_csv(path, dtype={"id": "str"})
    frame.loc[frame["id"] == TRUST, "n"] += 1
    frame.to_csv(path, index=False)


def in_the_results(folder: Path) -> None:
    path = folder / "public" / "results.csv"
    frame = pd.read_csv(path, dtype={"id": "str"})
    frame.loc[frame["id"] == RESPONSE, "n"] = 3
    frame.to_csv(path, index=False)


def a_circle_in_the_results(folder: Path) -> None:
    path = folder / "public" / "results.csv"
    frame = pd.read_csv(path, dtype={"id": "str", "group": "str"})
    frame.loc[frame["id"] == TRUST, "group"] = "circle"
    frame.to_csv(path, index=False)


def in_the_data_of_a_figure(folder: Path) -> None:
    path = folder / "public" / "figures" / "response.csv"
    frame = pd.read_csv(path, dtype={"id": "str"})
    frame.loc[frame["id"] == RESPONSE, "estimate"] = 0.75
    frame.to_csv(path, index=False)


def in_the_words_of_a_figure(folder: Path) -> None:
    path = folder / "public" / "figures" / "response.csv"
    frame = pd.read_csv(path, dtype={"id": "str", "text": "str"})
    frame.loc[frame["id"] == RESPONSE, "text"] = "75\u00a0%"
    frame.to_csv(path, index=False)


def in_the_workbook(folder: Path) -> None:
    path = folder / "public" / "tables.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book if str(s["A1"].value or "").startswith("Table") and "s" in marks(s))
    cell = next(c for row in sheet.iter_rows(min_row=4) for c in row if c.value == "s")
    cell.value = 0.75
    book.save(path)


def marks(sheet: object) -> list[object]:
    return [c.value for row in sheet.iter_rows(min_row=4) for c in row]  # type: ignore[attr-defined]


def on_a_circle_page(folder: Path) -> None:
    page = folder / "circles" / "c01.html"
    said = re.search(r"\d+ to \d+ of (\d+) answers were", page.read_text(encoding="utf-8"))
    assert said
    rewritten(page, said[0], f"2 of {said[1]} answers were")


def beside_a_circle_s_word(folder: Path) -> None:
    rewritten(folder / "circles" / "c01.html", "the middle of its questions", "the mean is 3.4")


@pytest.mark.parametrize(
    ("leak", "file", "result", "kind"),
    [
        (in_a_sentence, "public/report.html", TRUST, "unmarked number"),
        (as_a_result_in_a_sentence, "public/report.html", RESPONSE, "suppressed"),
        (in_the_place_of_a_mark, "public/report.html", RESPONSE, "suppressed"),
        (in_a_cell, "public/report.html", "", "unmarked number"),
        (other_words_than_the_value, "public/report.html", TRUST, "another number"),
        (by_one_person_in_the_results, "public/results.csv", TRUST, "another number"),
        (in_the_results, "public/results.csv", RESPONSE, "suppressed"),
        (a_circle_in_the_results, "public/results.csv", TRUST, "of a circle"),
        (in_the_data_of_a_figure, "public/figures/response.csv", RESPONSE, "suppressed"),
        (in_the_words_of_a_figure, "public/figures/response.csv", RESPONSE, "unmarked number"),
        (in_the_workbook, "public/tables.xlsx", RESPONSE, "suppressed"),
        (on_a_circle_page, "circles/c01.html", "", "another number"),
        (beside_a_circle_s_word, "circles/c01.html", "trust", "unmarked number"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_leak_in_a_file_is_found(
    leak: Callable[[Path], None], file: str, result: str, kind: str,
    edition: Publishable, safe: Path, tmp_path: Path,
) -> None:  # fmt: skip
    folder = shutil.copytree(safe, tmp_path / "edition")
    leak(folder)
    found = audit_files(folder, edition)
    assert {one.file for one in found} == {file}
    assert kind in {one.kind for one in found} and (not result or result in {one.id for one in found})
    with pytest.raises(DisclosureError, match=re.escape(result or file)) as refused:
        refuse_leaks(found)
    assert file in str(refused.value) and "75" not in str(refused.value)


def test_a_point_of_a_curve_that_rests_on_too_few_is_found(edition: Publishable, safe: Path) -> None:
    points = pd.DataFrame({"year": [2025, 2025], "share": [0.5, 0.05], "n": [40, 40], "suppressed": False})
    curves = {**edition.curves, "lasting": points}
    found = audit_files(safe, replace(edition, curves=curves))
    assert [(one.file, one.kind) for one in found] == [("internal/data/curve_lasting.parquet", "suppressed")]


def test_a_safe_edition_passes(edition: Publishable, safe: Path) -> None:
    found = audit_files(safe, edition)
    refuse_leaks(found)
    assert found == []


def test_the_audit_reads_every_kind_of_file(edition: Publishable, safe: Path) -> None:
    """Nothing passes by not being looked at: against an edition that published nothing, every file leaks."""
    nothing = edition.results.assign(status="suppressed")
    shown = {one.file for one in audit_files(safe, replace(edition, results=nothing))}
    assert {"public/results.csv", "public/report.html", "public/tables.xlsx"} <= shown
    assert "public/figures/response.csv" in shown
    empty = replace(edition.reviews, items=edition.reviews.items.iloc[:0])
    pages = {one.file for one in audit_files(safe, replace(edition, reviews=empty))}
    assert pages == {f"circles/c{k:02}.html" for k in range(1, 10) if k != 4}  # of the fourth only its pool


def test_a_workbook_is_read_with_shared_strings_too(edition: Publishable, safe: Path, tmp_path: Path) -> None:
    """Other programs write words into a table of their own."""
    folder = shutil.copytree(safe, tmp_path / "edition")
    path = folder / "public" / "tables.xlsx"
    raw = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(raw, "w") as after:
        words: list[str] = []
        for name in before.namelist():
            text = before.read(name).decode()
            if name.startswith("xl/worksheets/sheet"):
                for one in re.findall(r't="inlineStr"><is><t[^>]*>[^<]*</t></is>', text):
                    words.append(re.sub("<[^>]*>", "", one.partition(">")[2]))
                    text = text.replace(one, f't="s"><v>{len(words) - 1}</v>', 1)
            after.writestr(name, text)
        listed = "".join(f"<si><t>{word}</t></si>" for word in words)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        after.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{listed}</sst>')
    assert words
    path.write_bytes(raw.getvalue())
    assert audit_files(folder, edition) == []


# -- results -----------------------------------------------------------------------------------------------


def counts(year: int, **regions: int) -> Evidence:
    """How many people there are in each region, and in all."""
    place = {"year": year, "source": "people", "analysis": "population", "measure": "people",
             "statistic": "count", "unit": "people", "method": "counted"}  # fmt: skip
    total = sum(regions.values())
    whole = Row(**place, estimate=float(total), n=total, people=total, count=total)  # type: ignore[arg-type]
    parts = [
        Row(**place, estimate=float(n), n=n, people=n, count=n, group="region", level=name,  # type: ignore[arg-type]
            parents=(whole.id,))
        for name, n in regions.items()
    ]  # fmt: skip
    return collect([whole, *parts])


BEFORE = counts(2024, North=2, South=9, East=14, West=30)
LATER = counts(2024, North=2, South=9, East=14, West=31)
NONE = pd.DataFrame()


def published(evidence: Evidence, earlier: pd.DataFrame | None = None) -> pd.DataFrame:
    held = (T, T_ORGANISATIONS, earlier)
    return suppress(evidence.results, evidence.support, evidence.totals, *held)[0]


def shown(frame: pd.DataFrame, evidence: Evidence, level: str) -> pd.DataFrame:
    """The frame with a suppressed region as it was found."""
    at = (frame["level"] == level).to_numpy()
    made = frame.copy()
    truth = evidence.results.set_index("id").loc[frame.loc[at, "id"]]
    for column in ("estimate", "n", "status", "note"):
        made.loc[at, column] = truth[column].to_numpy()
    return made


def test_a_margin_that_is_not_suppressed_is_found() -> None:
    safe = published(BEFORE)
    hidden = set(safe.loc[safe["status"] == "suppressed", "level"])
    assert "North" in hidden and len(hidden) == 2
    (other,) = hidden - {"North"}
    leaks = audit(shown(safe, BEFORE, other), BEFORE, NONE, T, T_ORGANISATIONS)
    assert [leak.id for leak in leaks] == ["2024.people.population.people@region=north.count"]
    assert audit(safe, BEFORE, NONE, T, T_ORGANISATIONS) == []


def test_a_small_cell_that_is_shown_is_found() -> None:
    leaks = audit(shown(published(BEFORE), BEFORE, "North"), BEFORE, NONE, T, T_ORGANISATIONS)
    assert "2024.people.population.people@region=north.count" in {leak.id for leak in leaks}


def test_a_difference_of_one_person_from_an_earlier_edition_is_found() -> None:
    earlier = published(BEFORE).assign(edition="2024")
    now = published(LATER, earlier)
    assert audit(now, LATER, earlier, T, T_ORGANISATIONS) == []
    leaks = audit(published(LATER), LATER, earlier, T, T_ORGANISATIONS)
    assert "2024.people.population.people@region=west.count" in {leak.id for leak in leaks}
