"""The options of the kinds `recognition`, `exchange` and `funnel`: who is thanked, who brings and takes, what
is used.

recognition  `source` is a log of thanks (edges of people, with `log = true`); `contributors` are sources
             whose people contribute: records with a member, attendance (who came), activity (who did one of
             `actions`); `nothing` is column -> the word that stands for no contribution
exchange     the records `source`, one sheet per person and session, with the columns `brought` and
             `took_away`; `nothing` lists the words of both that stand for nothing
funnel       `gathering` is a kind of event; `source` are records of views of what is put on line afterwards,
             with the columns `item`, `time` (a date) and `watched` (a number, the share that was watched);
             `half` and `finished` are the shares from which an item counts as half watched and as finished
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.specs import Source

FILE = "study.toml"
NOTHING = ("nothing", "no", "none")
HALF, FINISHED = 0.5, 1.0
OPTIONS: Mapping[str, Mapping[str, type]] = {
    "recognition": {"source": str, "contributors": list, "actions": list, "nothing": dict},
    "exchange": {"source": str, "brought": str, "took_away": str, "nothing": list},
    "funnel": {
        "gathering": str,
        "source": str,
        "item": str,
        "time": str,
        "watched": str,
        "half": float,
        "finished": float,
    },
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "recognition": ("source", "contributors"),
    "exchange": ("source", "brought", "took_away"),
    "funnel": ("gathering",),
}
CONTRIBUTING = ("records", "attendance", "activity")


def read_options(
    kind: str, options: Mapping[str, Any], sources: Mapping[str, Source], where: str
) -> dict[str, Any]:
    """The options with their defaults. Raises PlanError for what names nothing, or stands for nothing."""
    return _READERS[kind](dict(options), sources, where)


def _recognition(options: dict[str, Any], sources: Mapping[str, Source], where: str) -> dict[str, Any]:
    thanks = _source(options["source"], ("edges",), sources, f"{where}.source")
    if thanks.options.get("units") != "people" or not thanks.options.get("log"):
        raise _wrong(
            f"{where}.source is `{thanks.name}`, which is no log between people",
            'declare it with `units = "people"` and `log = true`, one row each time',
        )
    if thanks.options.get("directed") is False:
        raise _wrong(f"{where}.source is `{thanks.name}`, whose ties have no direction",
                     "declare it with `directed = true`: who thanked whom")  # fmt: skip
    if not options["contributors"]:
        raise _wrong(f"{where}.contributors is empty", "name at least one source of people who contribute")
    own = [_source(name, CONTRIBUTING, sources, f"{where}.contributors") for name in options["contributors"]]
    if len({source.name for source in own}) < len(own):
        raise _wrong(f"{where}.contributors names a source twice", "name each once")
    told = toml.words(options.setdefault("nothing", {}), file=FILE, where=f"{where}.nothing")
    records = [source for source in own if source.kind == "records"]
    for source in records:
        _known(["member"], source.options.get("columns", {}), f"{where}.contributors: `{source.name}`")
    _known(told, {c for source in records for c in source.options.get("columns", {})}, f"{where}.nothing")
    _texts(options.get("actions", []), f"{where}.actions")
    if any(source.kind == "activity" for source in own) != bool(options.get("actions")):
        raise _wrong(
            f"{where} has one of platform activity among `contributors` and `actions`",
            "name both: which actions make somebody a contributor",
        )
    return options


def _exchange(options: dict[str, Any], sources: Mapping[str, Source], where: str) -> dict[str, Any]:
    source = _source(options["source"], ("records",), sources, f"{where}.source")
    asked = ["member", options["brought"], options["took_away"]]
    _known(asked, source.options.get("columns", {}), f"{where}: `{source.name}`")
    _words(asked[1:], source, where)
    _texts(options.setdefault("nothing", list(NOTHING)), f"{where}.nothing")
    if options["brought"] == options["took_away"]:
        raise _wrong(f"{where} has one column for `brought` and `took_away`", "name two columns")
    return options


def _words(names: Iterable[str], source: Source, where: str) -> None:
    """Raise PlanError for a column of numbers or dates where words are wanted."""
    typed = {*source.options.get("numbers", ()), *source.options.get("dates", ())}
    for name in names:
        if name in typed:
            raise _wrong(f"{where} needs words in the column `{name}`, which is declared as a number or date",
                         "take it out of the source's `numbers` and `dates`")  # fmt: skip


def _funnel(options: dict[str, Any], sources: Mapping[str, Source], where: str) -> dict[str, Any]:
    if not any(source.kind == "attendance" for source in sources.values()):
        raise _wrong(f"{where} needs attendance, of which the study has none", "declare a source of it")
    viewing = [name for name in ("item", "time", "watched") if name in options]
    if "source" not in options and viewing:
        raise _wrong(f"{where} has `{viewing[0]}`, but no `source`", "name the records of views, too")
    if "source" in options:
        source = _source(options["source"], ("records",), sources, f"{where}.source")
        for option in ("item", "time"):
            toml.required(options, option, str, file=FILE, where=where)
        columns = source.options.get("columns", {})
        _known(["member", *(options[name] for name in viewing)], columns, f"{where}: `{source.name}`")
        _known([options["time"]], source.options.get("dates", ()), f"{where}.time")
        watched = [options["watched"]] if "watched" in options else []
        _known(watched, source.options.get("numbers", ()), f"{where}.watched")
    made = {"half": HALF, "finished": FINISHED, **options}
    if not 0 < made["half"] <= made["finished"] <= 1:
        raise _wrong(f"{where} has `half` {made['half']} and `finished` {made['finished']}",
                     "give shares above 0 and up to 1, `half` no larger than `finished`")  # fmt: skip
    return made


def _source(name: Any, kinds: tuple[str, ...], sources: Mapping[str, Source], where: str) -> Source:
    found = sources.get(name) if isinstance(name, str) else None
    if found is None or found.kind not in kinds:
        raise _wrong(
            f"{where} is `{name}`, which is no source of the kind `{'`, `'.join(kinds)}`",
            "name one of the study's sources of that kind",
        )
    return found


def _known(names: Iterable[str], there: Iterable[str], where: str) -> None:
    there = list(there)
    for name in names:
        if name not in there:
            raise _wrong(
                f"{where} needs the column `{name}`, which the source does not have so",
                "declare it under the source's `columns`, and under `numbers` or `dates` where it is one",
            )


def _texts(values: list[Any], where: str) -> None:
    if not all(isinstance(value, str) for value in values):
        raise _wrong(f"{where} must list texts", "put each in quotes")


def _wrong(said: str, remedy: str) -> PlanError:
    return PlanError(said, remedy=remedy, file=FILE)


_READERS: Mapping[str, Callable[[dict[str, Any], Mapping[str, Source], str], dict[str, Any]]] = {
    "recognition": _recognition,
    "exchange": _exchange,
    "funnel": _funnel,
}
