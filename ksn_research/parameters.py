"""What an edition may be told beside its study: checked before anything else, since papermill alone would
only warn of an unknown name and render the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ksn_research.errors import ParameterError

FORMATS = ("html", "pdf", "docx")


@dataclass(frozen=True)
class Parameters:
    """What an edition is told. Anything else is an error.

    year     the edition's year
    title    the report's title; empty: the study's
    formats  comma-separated, of `FORMATS`
    """

    year: int = 0
    title: str = ""
    formats: str = ",".join(FORMATS)

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Parameters:
        """Check names and types; a whole number may come as text.

        >>> Parameters.parse({"year": "2025", "formats": "pdf, html"})
        Parameters(year=2025, title='', formats='html,pdf')
        >>> Parameters.parse({"yaer": 2025})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ksn_research.errors.ParameterError: the report has no parameter `yaer`; use one of ...
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        values = {}
        for name, value in given.items():
            if name not in known:
                raise ParameterError(
                    f"the report has no parameter `{name}`", remedy=f"use one of {', '.join(known)}"
                )
            values[name] = _as(known[name], name, value)
        values["formats"] = _formats(values.get("formats", cls.formats))
        return cls(**values)

    @classmethod
    def parse_pairs(cls, pairs: Sequence[str]) -> dict[str, Any]:
        """NAME=VALUE texts of the command line, checked as `parse` does.

        >>> Parameters.parse_pairs(["title=The network in 2025"])
        {'title': 'The network in 2025'}
        """
        for pair in pairs:
            if "=" not in pair:
                raise ParameterError(f"`{pair}` is no parameter", remedy="write NAME=VALUE")
        given = dict(pair.split("=", 1) for pair in pairs)
        return {name: getattr(cls.parse(given), name) for name in given}

    @property
    def recorded(self) -> dict[str, Any]:
        """What the manifest keeps, so that the edition can be made again."""
        return {"title": self.title, "formats": self.formats}

    @property
    def wanted(self) -> tuple[str, ...]:
        """The formats as a tuple."""
        return tuple(self.formats.split(","))


def _as(kind: type, name: str, value: Any) -> Any:
    if kind is int and isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        words = {str: "text", int: "a whole number"}[kind]
        raise ParameterError(f"the parameter `{name}` must be {words}", remedy="correct it")
    return value


def _formats(given: str) -> str:
    """The formats in the order of `FORMATS`, each once."""
    named = {name.strip() for name in given.split(",")}
    for name in sorted(named):
        if name not in FORMATS:
            raise ParameterError(f"the format `{name}` is not made", remedy=f"use {', '.join(FORMATS)}")
    return ",".join(name for name in FORMATS if name in named)
