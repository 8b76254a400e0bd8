"""TOML files with messages an analyst can act on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError


def load(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises PlanError naming file and line when it is absent or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PlanError(
            "there is no such file",
            remedy="create it, or start a study with `ksn new`",
            file=path.name,
        ) from None
    except OSError as error:
        raise PlanError(
            f"the file cannot be opened ({error.strerror})",
            remedy="name the study's folder, and look who may read it",
            file=path.name,
        ) from None
    except UnicodeDecodeError:
        raise PlanError("the file is not UTF-8 text", remedy="save it as UTF-8", file=path.name) from None
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"not valid TOML ({error})", remedy="mend that line", file=path.name) from None


def table(value: Any, kinds: Mapping[str, type], *, file: str, where: str) -> dict[str, Any]:
    """The value, when it is a table whose keys are all known and whose values have the wanted types.

    A key that nothing reads is an error, so that a typing error is not silent. Raises PlanError.
    """
    if not isinstance(value, dict):
        raise PlanError(f"{where} must be a table", remedy="correct the value", file=file)
    for key in value:
        if key not in kinds:
            raise PlanError(
                f"{where} has the unknown key `{key}`",
                remedy=f"use one of {', '.join(sorted(kinds))}",
                file=file,
            )
        typed(value, key, kinds[key], file=file, where=where)
    return value


def words(value: Any, *, file: str, where: str) -> dict[str, str]:
    """The value, when it is a table of texts. Raises PlanError otherwise."""
    kinds = dict.fromkeys(value, str) if isinstance(value, dict) else {}
    return table(value, kinds, file=file, where=where)


def typed(
    table: Mapping[str, Any], key: str, kind: type, *, file: str, where: str, default: Any = None
) -> Any:
    """`table[key]` when it has the wanted type; the default when absent; PlanError otherwise."""
    value = table.get(key, default)
    right = isinstance(value, int | float if kind is float else kind)
    right = right and (kind is bool or not isinstance(value, bool))
    if key in table and not right:
        raise PlanError(
            f"{where}.{key} must be {_words(kind)}, not {type(value).__name__}",
            remedy="correct the value",
            file=file,
        )
    return value


def required(table: Mapping[str, Any], key: str, kind: type, *, file: str, where: str) -> Any:
    """`table[key]`, or PlanError when absent or of the wrong type."""
    if key not in table:
        raise PlanError(f"{where} lacks `{key}`", remedy=f"add a line `{key} = ...`", file=file)
    return typed(table, key, kind, file=file, where=where)


def _words(kind: type) -> str:
    return {
        str: "text",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "a table",
        bool: "true or false",
        date: "a date, such as 2026-03-31",
    }[kind]
