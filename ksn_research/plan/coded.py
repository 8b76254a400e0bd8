"""Codes of interviews across years and sources, as reviewed: `crosswalks/<source>-codes.toml`; and the
options of the kind `two_sources`.

    [[change]]
    year = 2026                          # the year whose codebook has it so
    code = "time pressure"               # its name in that year
    was = ["lack of time", "too busy"]   # its earlier name, when renamed; several when they were merged
    comparable = "label-change"          # "yes", "label-change" (compared, marked), "no", "review" (a draft)
    reason = "two codes became one"

    [[same_as]]
    code = "finding a mentor"            # a code of this source
    source = "expert_notes"              # another source of coded interviews
    is = "hard to find mentors"          # what the same is called there

A code that was split is the `was` of several codes. Case and punctuation do not matter in a code's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.crosswalk import COMPARABLE
from ksn_research.plan.drift import plain
from ksn_research.plan.specs import Source

CHANGE = {"year": int, "code": str, "was": object, "comparable": str, "reason": str}
SAME = {"code": str, "source": str, "is": str}


@dataclass(frozen=True)
class CodeChange:
    """What was reviewed about one code of a year: `was` its earlier names (empty where it kept its name),
    `comparable` and `reason` as in `specs.Change`."""

    code: str
    comparable: str
    was: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class CodeCrosswalk:
    """What was reviewed about the codes of one source; code names as keys are `plain`.

    changes  by year and code
    same_as  by other source: this source's code -> that source's code
    file     the file's name, for findings
    """

    changes: Mapping[int, Mapping[str, CodeChange]] = field(default_factory=dict)
    same_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: str = ""


def codes_file(folder: Path, source: str) -> Path:
    """Where a study keeps what was reviewed about the codes of a source."""
    return folder / "crosswalks" / f"{source}-codes.toml"


def load_codes(path: Path, source: str = "", sources: Mapping[str, str] | None = None) -> CodeCrosswalk:
    """The crosswalk of a source's codes; empty where there is no such file.

    sources  the study's sources and their kinds, against which `same_as` is checked; None: not checked

    Raises PlanError for an unknown key, a value of the wrong type, a code that stands twice in a year or for
    one source, a change that does not say whether it is comparable, and a source that is not one of coded
    interviews. Whether the codes exist is known when the codebooks are read: `unmatched_codes`.
    """
    if not path.exists():
        return CodeCrosswalk(file=path.name)
    top = toml.table(
        toml.load(path), {"change": list, "same_as": list}, file=path.name, where="the crosswalk"
    )
    changes: dict[int, dict[str, CodeChange]] = {}
    for one in top.get("change", []):
        year, change = _change(one, path.name)
        _once(changes.setdefault(year, {}), plain(change.code), change, f"for {year}", path.name)
    same: dict[str, dict[str, str]] = {}
    for one in top.get("same_as", []):
        told = _same(one, path.name)
        if sources is not None and (sources.get(told["source"]) != "interviews" or told["source"] == source):
            raise PlanError(
                f"`{told['code']}` is the same as a code of `{told['source']}`, which is no other source of "
                "coded interviews",
                remedy="name another source of the kind `interviews`",
                file=path.name,
            )
        of = same.setdefault(told["source"], {})
        _once(of, plain(told["code"]), told["is"], f"for `{told['source']}`", path.name)
    return CodeCrosswalk(changes, same, path.name)


def _once(held: dict[str, Any], key: str, value: Any, where: str, file: str) -> None:
    if key in held:
        raise PlanError(f"the code `{key}` stands twice {where}", remedy="keep one of them", file=file)
    held[key] = value


def _change(one: Any, file: str) -> tuple[int, CodeChange]:
    toml.table(one, CHANGE, file=file, where="a change")
    code = _text(one, "code", file, "a change")
    where = f"the change of `{code}`"
    year = toml.required(one, "year", int, file=file, where=where)
    if one.get("comparable") not in COMPARABLE:
        raise PlanError(
            f"{where} does not say whether it is comparable",
            remedy='add comparable = "yes", "label-change" or "no"',
            file=file,
        )
    reason = one.get("reason", "")
    if one["comparable"] == "label-change" and not reason:
        raise PlanError(
            f"{where} has no reason", remedy="say what the report should print beside it", file=file
        )
    return year, CodeChange(code, one["comparable"], _earlier(one.get("was", []), code, file, where), reason)


def _earlier(value: Any, code: str, file: str, where: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise PlanError(f"{where}: `was` must be a text or a list of texts", remedy="correct it", file=file)
    if [plain(name) for name in names] == [plain(code)]:
        raise PlanError(f"{where} says that it was what it is", remedy="remove `was`", file=file)
    return tuple(names)


def _same(one: Any, file: str) -> dict[str, str]:
    toml.table(one, SAME, file=file, where="a same_as")
    return {name: _text(one, name, file, "a same_as") for name in SAME}


def _text(one: Mapping[str, Any], key: str, file: str, where: str) -> str:
    value = toml.required(one, key, str, file=file, where=where)
    if not value.strip():
        raise PlanError(f"{where} has an empty `{key}`", remedy="fill it in", file=file)
    return str(value)


def unmatched_codes(
    crosswalk: CodeCrosswalk,
    codes: Mapping[int, Iterable[str]],
    others: Mapping[str, Iterable[str]] | None = None,
) -> list[tuple[str, str]]:
    """What of a crosswalk matches nothing: problem and remedy, one pair each.

    codes   this source's codes by year, oldest first; a change of a year that is not among them is of no
            concern, and `was` is looked for in the year before it
    others  by other source, its codes; with them `same_as` is checked on both sides

    A change that matches nothing would stand for a review that never took place.
    """
    held = {year: {plain(code) for code in own} for year, own in codes.items()}
    years, found = sorted(held), []
    for at, year in enumerate(years):
        for change in crosswalk.changes.get(year, {}).values():
            if plain(change.code) not in held[year]:
                found.append((f"a change of {year} is of `{change.code}`, which is no code of that year",
                              "correct the code or the year"))  # fmt: skip
            before = held[years[at - 1]] if at else None
            found += [
                (
                    f"`{change.code}` of {year} was `{was}`, which is no code of {years[at - 1]}",
                    "correct `was`",
                )
                for was in change.was
                if before is not None and plain(was) not in before
            ]
    everywhere = set().union(*held.values()) if held else set()
    for source, known in (others or {}).items():
        there = {plain(code) for code in known}
        for here, is_ in crosswalk.same_as.get(source, {}).items():
            lost = [] if here in everywhere else [f"`{here}`, which is no code of this source"]
            lost += [] if plain(is_) in there else [f"`{is_}`, which is no code of `{source}`"]
            found += [(f"a same_as names {what}", "correct the name, or remove it") for what in lost]
    return found


def check_two_sources(options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> None:
    """Raise PlanError unless `sources` of a declared `two_sources` are two sources of coded interviews."""
    named = options.get("sources")
    right = isinstance(named, list) and len(named) == 2 and all(isinstance(name, str) for name in named)
    if not right or named[0] == named[1]:  # type: ignore[index]
        raise PlanError(
            f"{where}.sources must name two different sources",
            remedy='write sources = ["interviews", "expert_notes"]',
            file="study.toml",
        )
    for name in named or ():
        if name not in sources or sources[name].kind != "interviews":
            raise PlanError(
                f"{where}.sources names `{name}`, which is no source of the kind `interviews`",
                remedy="name one of the study's sources of coded interviews",
                file="study.toml",
            )
