"""Where a number of an edition comes from, from the edition alone: `ksn explain`."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import ledger, provenance
from ksn_research.errors import EditionError
from ksn_research.render.formats import DIGITS
from ksn_research.render.view import readable
from ksn_research.results import slug

NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p", "p_adjusted")
NEAR = 3
WIDTH = 12
OPENINGS = ("<p", "<li", "<figcaption", "<dd", "<td")
CLOSINGS = ("</p>", "</li>", "</figcaption>", "</dd>", "</td>")
HERE = "\0"
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
Line = tuple[str, str]
Row = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """An edition as `explain` reads it: its folder, its ledger, its manifest."""

    folder: Path
    ledger: Mapping[str, Any]
    record: provenance.Record


def explain_result(folder: Path, result: str) -> str:
    """Where a result comes from, as lines of text: its numbers as published, files with their SHA-256, rows
    read, used and set aside, wording, weights, estimator, denominator, disclosure, seeds, programme, and
    where it is printed. Of a number that is not shown, everything but the number.

    Raises EditionError when the folder is no edition, or has no such result (with ids that are like it).
    """
    record = provenance.read_record(folder)
    rows = _rows(folder)
    if result not in rows:
        near = ", ".join(nearest(result, rows))
        raise EditionError(
            f"there is no result `{result}`", remedy=f"the nearest are {near}; all are in public/results.csv"
        )
    try:
        told = json.loads((folder / ledger.FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise EditionError(
            "the edition has no ledger that can be read", remedy="make it again", file=ledger.FILE.name
        ) from None
    lines = _lines(Told(folder, told, record), rows[result])
    return "\n".join(f"{name:>{WIDTH}}  {text}".rstrip() for name, text in lines)


def nearest(wanted: str, ids: Iterable[str], most: int = NEAR) -> list[str]:
    """The ids that are most like a mistyped one, the nearest first.

    >>> nearest("2025.survey.scales.trsut.mean", ["2025.survey.scales.trust.mean", "2025.people.count"], 1)
    ['2025.survey.scales.trust.mean']
    """
    words = set(re.split(r"[\W_]+", wanted))
    # Words in common are quick to count; of those that share most, spelling decides.
    sharing = sorted(ids, key=lambda one: (-len(words & set(re.split(r"[\W_]+", one))), one))[:500]
    return sorted(sharing, key=lambda one: (-SequenceMatcher(None, wanted, one).ratio(), one))[:most]


def _rows(folder: Path) -> dict[str, dict[str, str]]:
    """Every result by id, as it is printed in results.csv; single circles' too."""
    with (folder / "public" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    circles = pd.read_parquet(folder / "internal" / "data" / "circles.parquet")
    text = circles.to_csv(index=False, float_format=DIGITS, lineterminator="\n")
    return rows | {row["id"]: row for row in csv.DictReader(text.splitlines())}


def _lines(told: Told, row: Row) -> Iterator[Line]:
    source = told.ledger["sources"].get(row["source"], {})
    yield from _number(row)
    yield "about", _about(row, source)
    waves = _waves(source, row)
    if waves:
        yield from _wording(waves[-1]["form"], row)
    yield "method", row["method"] or "as counted"
    yield "denominator", _denominator(row)
    yield "weights", _weights(source, row)
    for wave in waves:
        yield from _records(wave)
    yield from _disclosure(told, row)
    yield from _seeds(told, row)
    yield from _printed(told.folder, row["id"])
    yield (
        "programme",
        f"ksn_research {told.record.packages.get('ksn-research', '')}  sha256 {told.record.code}",
    )
    for name, version in told.record.packages.items():
        if name != "ksn-research":
            yield "package", f"{name} {version}"


def _number(row: Row) -> Iterator[Line]:
    yield "result", row["id"]
    if row["status"] == "suppressed":
        yield "number", f"not shown: {row['note']}"
        return
    yield from ((name.replace("_", " "), row[name]) for name in NUMBERS if row[name])
    if row["status"] != "published":
        yield "status", row["status"]
    if row["note"]:
        yield "note", row["note"]


def _about(row: Row, source: Mapping[str, Any]) -> str:
    when = f"{row['year'] or 'no year'} {row['wave']}".strip()
    whom = f", {row['group'].replace('_', ' ')} {row['level']}" if row["group"] else ""
    what = " / ".join(filter(None, (row["measure"], row["category"])))
    of = f"{source.get('label') or readable(row['source'])} ({row['source']}), {when}"
    return f"{readable(row['statistic'])} of {what}{whom}; {readable(row['analysis'])}; {of}"


def _waves(source: Mapping[str, Any], row: Row) -> list[Mapping[str, Any]]:
    """The waves that a row rests on: its own, and, where two are compared, the one before; all of a source
    where the row is of no one of them."""
    every = source.get("waves", [])
    own = [i for i, w in enumerate(every) if str(w["year"] or "") == row["year"] and w["name"] == row["wave"]]
    if not own:
        return list(every)
    compared = re.search("change|panel|membership|coming_again", row["analysis"])
    return every[: own[-1] + 1] if compared else [every[i] for i in own]


def _wording(form: Mapping[str, Any], row: Row) -> Iterator[Line]:
    """The question behind a row, in the words of its year; of a scale all its items."""
    named = {
        slug(name): name
        for name in (*form.get("questions", ()), *form.get("scales", ()), *form.get("measures", ()))
    }
    name = named.get(slug(row["measure"]), "")
    if form.get("file") and name:
        yield "form", form["file"]
    if name in form.get("scales", {}):
        yield from _scale(form, form["scales"][name])
    elif name in form.get("measures", {}):
        yield from _measure(form, form["measures"][name])
    elif name in form.get("questions", {}):
        yield from _question(form["questions"][name], name)


def _scale(form: Mapping[str, Any], scale: Mapping[str, Any]) -> Iterator[Line]:
    share = f"{scale['min_answered']:.0%}"
    yield (
        "scale",
        f"{scale['label']}: mean of {len(scale['items'])} items, answered by at least {share} of them",
    )
    yield "", f"from {scale['low']:g} to {scale['high']:g}"
    for item in scale["items"]:
        turned = f" [reversed: {scale['low'] + scale['high']:g} - x]" if item in scale["reverse"] else ""
        yield from _question(form["questions"][item], item + turned)
    if scale["source"]:
        yield "wording of", scale["source"]


def _measure(form: Mapping[str, Any], measure: Mapping[str, Any]) -> Iterator[Line]:
    who = {"answered": "everyone who answered the question", "substantive": "those who gave an opinion"}
    chosen = ", ".join(measure["choices"])
    yield "share", f"{measure['label']}: who chose {chosen}, of {who[measure['denominator']]}"
    yield from _question(form["questions"][measure["question"]], measure["question"])


def _question(question: Mapping[str, Any], name: str) -> Iterator[Line]:
    stem = f"{question['heading']} - " if question["heading"] else ""
    yield "question", f"{name}: {stem}{question['label']}"
    if question["relevant"]:
        yield "", f"asked where {question['relevant']}"
    kinds = [
        f"{n} = {label}{f' [{missing}]' if missing else ''}" for n, label, missing in question["choices"]
    ]
    if kinds:
        yield "", "; ".join(kinds)


def _denominator(row: Row) -> str:
    if row["status"] == "suppressed" or not row["n"]:
        return row["unit"]
    return f"n = {row['n']} {row['unit']}" + (f" of {row['population']}" if row["population"] else "")


def _weights(source: Mapping[str, Any], row: Row) -> str:
    design = source.get("options", {}).get("design")
    if not design or row["analysis"] not in ("roster", "weights", "roster_change"):
        return "none: every answer counts the same"
    return "; ".join(f"{name} {_said(value)}" for name, value in sorted(design.items()))


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _records(wave: Mapping[str, Any]) -> Iterator[Line]:
    for name, digest in wave["files"].items():
        yield "file", f"{name}  sha256 {digest}"
    for one in wave["rows"]:
        aside = sum(one["set_aside"].values())
        yield "rows", f"{one['file']}: {one['read']} read, {one['used']} used, {aside} set aside"
        for reason, count in one["set_aside"].items():
            yield "", f"{count} set aside: {reason}"


def _disclosure(told: Told, row: Row) -> Iterator[Line]:
    limits = told.ledger["thresholds"]
    kind = "suppressed" if row["status"] == "suppressed" else "passed"
    yield (
        "disclosure",
        f"{kind}; at least {limits['people']} people and {limits['organisations']} organisations",
    )


def _seeds(told: Told, row: Row) -> Iterator[Line]:
    """Seeds that the plan declares for the row's source or analysis, then where all others stand."""
    for where, seed in told.ledger["seeds"].items():
        if set(where.split(".")) & {row["source"], row["measure"], row["category"]} - {""}:
            yield "seed", f"{seed} ({where})"
    yield "seeds", "all that the programme draws with are in internal/manifest.json"


def _printed(folder: Path, result: str) -> Iterator[Line]:
    found = dict.fromkeys((*_in_pages(folder, result), *_in_figures(folder, result), "public/results.csv"))
    yield from (("printed in", place) for place in found)


def _in_pages(folder: Path, result: str) -> Iterator[str]:
    """Tables and sentences of the report, and of circle pages, that show the result."""
    mark = f'data-id="{html.escape(result)}"'
    for path in (folder / "public" / "report.html", *sorted((folder / "circles").glob("*.html"))):
        if path.exists():
            page = path.read_text(encoding="utf-8")
            where = path.relative_to(folder).as_posix()
            for hit in re.finditer(re.escape(mark), page):
                yield f"{where}: {_place(page, hit.start())}"


def _place(page: str, at: int) -> str:
    """The table's caption, or the sentence, around a place in a page."""
    table = page.rfind("<table", 0, at)
    if table > page.rfind("</table>", 0, at):
        caption = re.search(r"<caption.*?>(.*?)</caption>", page[table:at], re.DOTALL)
        return _bare(caption[1]) if caption else "a table"
    here = page.rfind("<", 0, at)
    start = max(page.rfind(opening, 0, here) for opening in OPENINGS)
    end = min((place for closing in CLOSINGS if (place := page.find(closing, here)) > 0), default=here)
    text = _bare(page[start:here] + HERE + page[here:end])
    sentence = next(one for one in SENTENCE.split(text) if HERE in one)
    return f"\u201c{sentence.replace(HERE, '')}\u201d"


def _bare(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def _in_figures(folder: Path, result: str) -> Iterator[str]:
    for path in sorted((folder / "public" / "figures").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            if any(row.get("id") == result for row in csv.DictReader(file)):
                yield f"public/figures/{path.stem}"
