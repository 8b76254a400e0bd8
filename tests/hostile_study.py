"""A small study on disk whose records, names and labels are hostile, as exports could hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pandas as pd
import small_study
from hostile_corpus import FAMILIES, STRINGS, whole

# What a text file in UTF-8 can hold; records end at line breaks only where a cell is not quoted.
WORDS = tuple(dict.fromkeys(whole(text).replace("\x00", "") for text in STRINGS))


def hostile_study(folder: Path, turn: int = 0) -> Path:
    """`small_study.whole` with other words in every field that a member or an analyst fills."""
    small_study.whole(folder)
    words = WORDS[turn * 61 :] + WORDS[: turn * 61]
    formulas = tuple(map(whole, FAMILIES["formulas"][turn:]))
    for year in small_study.YEARS:
        place = folder / str(year)
        _change(place / "organisations.csv", words, name=12)
        _change(place / "organisations.csv", formulas, region=2, type=2)
        _change(place / "member_survey.csv", words[40:], comment=60)
        _change(place / "coding_sheet.csv", words[100:], text=60, operator_type=2, code=3)
    _instruments(folder, words[150:])
    plan = folder / "study.toml"
    text = plan.read_text(encoding="utf-8")
    for field in ("title", "publisher"):
        said = json.dumps(" ".join((*FAMILIES["html"][:8], *words[200:208])), ensure_ascii=True)
        text = re.sub(rf"(?m)^{field} = .*$", lambda _, f=field, s=said: f"{f} = {s}", text)
    plan.write_text(text, encoding="utf-8")
    return folder


def _change(file: Path, words: tuple[str, ...], **columns: int) -> None:
    """Every value of a column by another; so many different ones."""
    frame = pd.read_csv(file, dtype="str", keep_default_na=False)
    for place, (name, many) in enumerate(columns.items()):
        told = [one for one in words[20 * place :] if one.strip()][:many]
        known = [one for one in dict.fromkeys(frame[name]) if one]
        other = {one: told[i % many] for i, one in enumerate(known)}
        frame[name] = [other.get(one, "") for one in frame[name]]
    frame.to_csv(file, index=False)


def _instruments(folder: Path, words: tuple[str, ...]) -> None:
    """Words of questions and choices, as an instrument's tables hold them: on one line, without a bar."""
    fitting = [one for one in words if one == " ".join(one.split()) and one.isprintable() and "|" not in one]
    told = cycle(fitting)
    for file in sorted((folder / "instruments").glob("*.md")):
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(_line(line, told) for line in lines) + "\n", encoding="utf-8")


def _line(line: str, told: Iterator[str]) -> str:
    """A line of a form with another label, the last of its cells, where it has one."""
    cells = line.split(" | ")
    if len(cells) < 4 or "label" in line or not cells[-1].strip(" |"):
        return line
    return " | ".join([*cells[:-1], f"{next(told)} |"])
