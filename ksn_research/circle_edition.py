"""The circle pages of an edition on disk: every page that can be made, the index, and which could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ksn_research.disclose import Publishable
from ksn_research.errors import EditionError
from ksn_research.executors import ALONE, Crew
from ksn_research.render.circle_data import PageInput, pages_of
from ksn_research.render.circle_index import circle_index
from ksn_research.render.circle_pages import PageError, render_pages
from ksn_research.results import slug

Tell = Callable[[int, int], None]


def untold(done: int, total: int) -> None:
    """Says nothing of how far it is."""


@dataclass(frozen=True)
class Failed:
    """A page that could not be made: of which circle, and why in one line without data."""

    circle: str
    name: str
    why: str


@dataclass(frozen=True)
class Made:
    """Of which circles a page was written, and which pages could not be made."""

    written: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages were written."""
        return len(self.written)


def write_circles(
    folder: Path, publishable: Publishable, circle: str | None = None, crew: Crew = ALONE, tell: Tell = untold
) -> Made:
    """Write one page per circle and the index into `folder`; one that fails does not stop the others.

    circle  only this circle's page (its id, its name or its file's name) is written; the index lists all
    crew    makes the pages; only here are they written
    tell    is told after each page how many are done, and of how many

    Pages that stood there before are taken away first, so that none is left of a circle that has none now.
    Without circles nothing is written. Raises EditionError when there is no such circle.
    """
    every = pages_of(publishable).pages
    if not every:
        _clear(folder, None)
        return Made()
    wanted = _wanted(every, circle)
    _clear(folder, None if circle is None else [page.file for page in wanted])
    errors: dict[str, PageError] = {}
    for done, (file, page) in enumerate(render_pages(wanted, crew), start=1):
        if isinstance(page, PageError):
            errors[file] = page
        else:
            (folder / file).write_text(page, encoding="utf-8")
        tell(done, len(wanted))
    (folder / "index.html").write_text(circle_index(publishable, errors), encoding="utf-8")
    failed = tuple(
        Failed(page.circle, str(page.head["name"] or page.circle), str(errors[page.file]))
        for page in wanted
        if page.file in errors
    )
    return Made(tuple(page.circle for page in wanted if page.file not in errors), failed)


def _wanted(every: Mapping[str, PageInput], circle: str | None) -> list[PageInput]:
    if circle is None:
        return list(every.values())
    for same in (
        lambda page: circle in (page.circle, page.head["name"]),
        lambda page: slug(circle) == page.file.removesuffix(".html"),
    ):
        found = [page for page in every.values() if same(page)]
        if found:
            return found
    raise EditionError(f"there is no page for the circle `{circle}`", remedy="see circles/index.html")


def _clear(folder: Path, files: list[str] | None) -> None:
    for path in sorted(folder.glob("*.html")):
        if files is None or path.name in files:
            path.unlink()
