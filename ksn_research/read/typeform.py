"""Typeform's responses as its API gives them, and as a platform's database dump carries them.

A JSON text holds responses (`items`, or one after another by webhook), each with the answers given, and may
hold the form with its fields. A Django dump holds records of models, whose `response` and `survey` are such
texts themselves; the responses of several forms may stand in one file. One row is a response, one column a
field; what the tool recorded about a response stands before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ksn_research.errors import Finding, ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import sheet
from ksn_research.read.typeform_fields import Column, answer_text, as_dict, as_list, columns_of, text_of

STARTS = ('{"', "{}", "[{", "[]", "[[", '["')
MAX_BYTES = 64 * 2**20  # parsed JSON takes about fifteen times its size
MAX_COLUMNS, MAX_CELLS = 10_000, 25_000_000  # more than any form has
RESPONSES = ("items", "responses")
# Keys under which a record of a dump holds the response and the form.
RESPONSE_IN, FORM_IN = ("response", "form_response"), ("survey", "form", "definition")
RECORDED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "token": (("token",), "id"),
    "landed_at": (("landed_at",), "started"),
    "submitted_at": (("submitted_at",), "submitted"),
    "response_type": (("response_type",), "status"),
    "network_id": (("metadata", "network_id"), "device"),
    "landing_id": (("landing_id",), "meta"),
    "response_id": (("response_id",), "meta"),
    "user_agent": (("metadata", "user_agent"), "meta"),
    "platform": (("metadata", "platform"), "meta"),
    "referer": (("metadata", "referer"), "meta"),
    "browser": (("metadata", "browser"), "meta"),
    "score": (("calculated", "score"), "meta"),
}
TIMES = ("started", "submitted")
# A record's own numbering of responses and forms, and its copy of the time of submission.
COPIES = ("typeform_key", "form_id", "responded_at")


@dataclass(frozen=True)
class Response:
    """One response, the form it answers (empty where the file does not hold it), the model and the further
    texts of the record it came in."""

    response: Mapping[str, Any]
    form: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    record: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells forms apart: the form's id, else its title, else the model."""
        own = text_of(self.response.get("form_id"))
        return text_of(self.form.get("id")) or text_of(self.form.get("title")) or own or self.model

    @property
    def names(self) -> set[str]:
        """What the form may be called in study.toml, in small letters."""
        names = {self.key, text_of(self.form.get("title")), self.model, self.model.rpartition(".")[2]}
        return {name.strip().casefold() for name in names if name}


def looks_so(data: bytes) -> bool:
    """Whether the bytes are JSON, which `typeform` reads or refuses.

    >>> looks_so(b'{"items": []}'), looks_so(b"a,b"), looks_so(b"[Which?],b")
    (True, False, False)
    """
    start = data[:4096].removeprefix(b"\xef\xbb\xbf")
    return "".join(start.decode("utf-8", "replace").split())[:2] in STARTS


def typeform(data: bytes, file: str, form: str | None = None, source: str = "") -> Export:
    """One form's responses.

    form  id or title of the form, or the model of its records, where the file holds several

    Choices are their labels, several between "; ", an "other" text among them; numbers and dates as given,
    yes_no fields "Yes" or "No". A matrix has a column for each line, under the matrix's title. Values that
    were handed to the form (hidden fields) and a record's own values are columns of their own. Headings are
    without markup and without recalled answers. Times are UTC.

    Raises ReadError for JSON that holds no responses, and for several forms where `form` names none of them.
    """
    loaded = _loaded(data, file)
    held = list(_each(loaded))
    found = [one for one in held if one is not None]
    if not found:
        _refuse(loaded, file)
    chosen = _chosen(found, form, file)
    columns = _columns(chosen)
    _refuse_width(len(columns), len(chosen), file)
    records = [[column.heading for column in columns], *_rows(chosen, columns)]
    others = list(dict.fromkeys(one.key for one in found if one.key != chosen[0].key))
    return build(
        sheet(records, file=file, findings=_findings(held.count(None), columns, file, source)),
        1,
        format="typeform",
        columns={
            name: [getattr(column, name) for column in columns]
            for name in ("heading", "item", "name", "group", "role", "zone")
        },
        codes={at: {c: c for c in column.choices} for at, column in enumerate(columns) if column.choices},
        unread=tuple(others),
    )


# --- JSON ----------------------------------------------------------------------------------------------


def _loaded(data: bytes, file: str) -> Any:
    if len(data) > MAX_BYTES:
        raise ReadError(
            f"the file is larger than {MAX_BYTES // 2**20} MB",
            remedy="export fewer responses at once, or as CSV",
            file=file,
        )
    try:
        return _parsed(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ReadError("the file is not UTF-8", remedy="export it again", file=file) from None
    except (ValueError, RecursionError):
        raise ReadError("the file is no proper JSON", remedy="export it again", file=file) from None


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=str)


def _inner(value: object) -> Mapping[str, Any]:
    """A record's own JSON: an object, or a text that holds one."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = _parsed(value)
        except (ValueError, RecursionError):
            return {}
    return as_dict(value)


def _each(loaded: Any) -> Iterator[Response | None]:
    """Every response of the file, whichever of the shapes it stands in; None for what is none."""
    for one in loaded if isinstance(loaded, list) else [loaded]:
        payload = as_dict(one)
        held = next((payload[name] for name in RESPONSES if isinstance(payload.get(name), list)), None)
        if held is None:
            yield _single(payload)
            continue
        form = as_dict(payload.get("form")) or payload
        for response in map(as_dict, held):
            yield Response(response, form if "fields" in form else {}) if _is_response(response) else None


def _single(one: Mapping[str, Any]) -> Response | None:
    if isinstance(one.get("model"), str) and isinstance(one.get("fields"), dict):
        return _record(one["model"], one["fields"])
    response = as_dict(one.get("form_response")) or one
    return Response(response, as_dict(response.get("definition"))) if _is_response(response) else None


def _record(model: str, fields: Mapping[str, Any]) -> Response | None:
    response = next((_inner(fields[name]) for name in RESPONSE_IN if name in fields), {})
    if not _is_response(response):
        return None
    form = next((_inner(fields[name]) for name in FORM_IN if name in fields), {})
    rest = {
        name: text_of(value)
        for name, value in fields.items()
        if name not in (*RESPONSE_IN, *FORM_IN) and not isinstance(value, dict | list)
    }
    return Response(response, form or as_dict(response.get("definition")), model, rest)


def _is_response(one: Mapping[str, Any]) -> bool:
    """Whether an object is a response: one without answers (`null`) is, if it was submitted or landed on."""
    return isinstance(one.get("answers"), list) or ("landed_at" in one and "token" in one)


def _refuse(loaded: Any, file: str) -> None:
    first = as_dict(loaded[0] if isinstance(loaded, list) and loaded else loaded)
    content = as_dict(first.get("content")) or first
    if isinstance(content.get("survey"), list):
        problem = "this is a form definition, which holds no responses"
        remedy = (
            "name the export of the responses as the source's file (from KoboToolbox: CSV with XML values)"
        )
    elif isinstance(first.get("fields"), list):
        problem = "this is a form definition, which holds no responses"
        remedy = 'put the form and its responses into one file: {"form": .., "items": [..]}'
    else:
        problem = "this JSON holds no Typeform responses"
        remedy = "export the responses from the survey tool as CSV or .xlsx"
    raise ReadError(problem, remedy=remedy, file=file)


# --- forms ---------------------------------------------------------------------------------------------


def _chosen(found: Sequence[Response], form: str | None, file: str) -> list[Response]:
    keys = dict.fromkeys(one.key for one in found)
    wanted = form.strip().casefold() if form is not None else None
    named = {one.key for one in found if wanted is not None and wanted in one.names}
    if wanted is None and len(keys) == 1:
        named = set(keys)
    if len(named) == 1:
        return [one for one in found if one.key in named]
    titles = {one.key: text_of(one.form.get("title")) or one.key for one in found}
    clear = len(set(titles.values())) == len(titles)
    listed = ", ".join((titles[key] if clear else key)[:80] for key in list(keys)[:20])
    problem = f"the file holds {len(keys)} forms" if wanted is None else f"{len(named)} forms are called so"
    raise ReadError(f"{problem} ({listed})", remedy=_option(titles, keys, clear), file=file)


def _option(titles: Mapping[str, str], keys: Mapping[str, None], clear: bool) -> str:
    first = next(iter(keys))
    return f'name one in study.toml: sheet = "{titles[first] if clear else first}"'


def _refuse_width(columns: int, rows: int, file: str) -> None:
    if columns > MAX_COLUMNS or columns * rows > MAX_CELLS:
        raise ReadError(
            f"its {rows} responses have {columns} fields between them",
            remedy="export fewer responses at once, or as CSV",
            file=file,
        )


def _columns(chosen: Sequence[Response]) -> list[Column]:
    """What was recorded, what was handed over, then the fields of every version of the form, and at last
    what was answered without standing in any."""
    recorded = [
        Column(name, name, path, role=role, zone="UTC" if role in TIMES else "")
        for name, (path, role) in RECORDED.items()
        if any(_at(one.response, path) for one in chosen)
    ]
    beside = [
        Column(name, name, ("record", name), role="meta" if name in COPIES else "")
        for name in dict.fromkeys(name for one in chosen for name in one.record)
    ]
    handed = [
        Column(name, f"hidden:{name}", ("hidden", name))
        for name in dict.fromkeys(n for one in chosen for n in as_dict(one.response.get("hidden")))
    ]
    fields: dict[str, Column] = {}
    for version in _versions(chosen):
        for column in columns_of(version):
            fields.setdefault(column.path[-1], column)
    places = _places(fields.values())
    for one in chosen:
        for answer in as_list(one.response.get("answers")):
            key, ref = _answered(answer, places)
            if key not in fields:
                fields[key] = Column(ref or key, ref or key, ("answers", key))
    return [*recorded, *beside, *handed, *fields.values()]


def _versions(chosen: Sequence[Response]) -> Iterator[Mapping[str, Any]]:
    """The distinct forms that came with the responses, in their order."""
    same = {id(one.form): one.form for one in chosen if one.form}
    yield from {json.dumps(form, sort_keys=True): form for form in same.values()}.values()


def _places(columns: Iterable[Column]) -> dict[str, str]:
    """Fields by their ref and by their id."""
    keys = [(column.name, column.path[-1]) for column in columns if column.path[0] == "answers"]
    return dict(keys) | {key: key for _, key in keys}


def _answered(answer: object, places: Mapping[str, str]) -> tuple[str, str]:
    """The field that was answered, and its ref."""
    about = as_dict(as_dict(answer).get("field"))
    own, ref = text_of(about.get("id")), text_of(about.get("ref"))
    return places.get(own) or places.get(ref) or own or ref, ref


def _rows(chosen: Sequence[Response], columns: Sequence[Column]) -> Iterator[list[str]]:
    places = _places(columns)
    for one in chosen:
        given: dict[str, list[str]] = {}
        for answer in as_list(one.response.get("answers")):
            key, _ = _answered(answer, places)
            given.setdefault(key, []).append(answer_text(as_dict(answer)))
        yield [_cell(one, column, given) for column in columns]


def _cell(one: Response, column: Column, given: Mapping[str, list[str]]) -> str:
    kind, key = column.path[0], column.path[-1]
    if kind == "answers":
        return "; ".join(filter(None, given.get(key, ())))
    return one.record.get(key, "") if kind == "record" else _at(one.response, column.path)


def _at(value: Any, path: Sequence[str]) -> str:
    for key in path:
        value = as_dict(value).get(key)
    return text_of(value)


# --- findings ------------------------------------------------------------------------------------------


def _findings(unread: int, columns: Sequence[Column], file: str, source: str) -> list[Finding]:
    unknown = sum(column.path[0] == "answers" and not column.known for column in columns)
    said = {
        f"{unread} records of the file are no responses and are not read": (
            unread,
            "look whether any was meant",
        ),
        f"{unknown} of the answered questions stand in no form of the file: their words are unknown": (
            unknown,
            'put the form beside the responses: {"form": .., "items": [..]}',
        ),
    }
    return [
        Finding(severity="note", source=source, file=file, problem=problem, remedy=remedy, count=count)
        for problem, (count, remedy) in said.items()
        if count
    ]
