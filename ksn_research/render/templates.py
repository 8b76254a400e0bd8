"""The package's page templates. Whatever a template prints is escaped and shown as text.

Imports text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ksn_research.render.text import shown


def template(name: str) -> jinja2.Template:
    """A template of the package, compiled once."""
    return _environment().get_template(name)


def source(name: str) -> str:
    """The text of a file that lies beside the templates."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def code(words: str) -> Markup:
    """What stands in backticks as code.

    >>> code("run `ksn check` & look")
    Markup('run <code>ksn check</code> &amp; look')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before


def _printed(value: Any) -> Any:
    return shown(value) if isinstance(value, str) else value


@cache
def _environment() -> jinja2.Environment:
    # Templates do not change under a run: looking whether they did would be done for every page.
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("ksn_research", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_printed,
    )
    made.filters["code"] = code
    return made
