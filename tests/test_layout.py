"""The direction of imports and who may open files, as CONTRIBUTING.md says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ksn_research"
ORDER = (
    "errors", "resources", "forked", "executors", "plan", "results", "prepared", "secret", "read", "score",
    "check", "analyse", "disclose", "labels", "intake", "pipeline", "render", "lock", "edition", "audited",
    "crate", "provenance", "journal", "memory", "unchanged", "ledger", "kernel", "parameters", "notebook",
    "documents", "publication", "circle_edition", "report", "review", "explain", "scaffold", "seal", "cli",
)  # fmt: skip
# `prepared` names a Finding and a Study in its types; `score` builds its tables; `read` knows only the plan.
OPENING = {
    "resources", "plan", "secret", "read", "lock", "edition", "audited", "provenance", "journal", "memory",
    "notebook", "documents", "publication", "circle_edition", "report", "review", "explain", "scaffold",
    "seal", "cli",
}  # fmt: skip
FILE_CALLS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "read_parquet", "read_excel",
    "to_parquet", "mkdir", "unlink", "rmtree", "mkdtemp", "savefig",
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Modules of the package that a file imports, with their names below it ("plan.study")."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ksn_research"):
            below = (node.module or "").split(".")[1:]
            found |= {module_of([*below, alias.name]) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".", 1)[1] for a in node.names if a.name.startswith("ksn_research.")}
    return found - {""}


def module_of(parts: list[str]) -> str:
    """The module that a dotted name stands for: itself, or the one that defines it."""
    place = PACKAGE.joinpath(*parts)
    return ".".join(parts if place.is_dir() or place.with_suffix(".py").exists() else parts[:-1])


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_rooms_above_it(path: Path) -> None:
    if room(path) == "__init__":
        return
    place = ORDER.index(room(path))
    for other in imported(path):
        assert ORDER.index(other.split(".")[0]) <= place, f"{name_of(path)} imports {other}"


def test_modules_of_one_room_do_not_import_each_other_in_a_circle() -> None:
    graph = {name_of(path): imported(path) for path in MODULES}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join([*above, name])
        if name not in done:
            for other in graph.get(name, ()):
                # A package's __init__ re-exports its modules; they do not look back through it.
                if other != name:
                    visit(other, (*above, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_edge_opens_files(path: Path) -> None:
    if room(path) in OPENING or room(path) == "__init__":
        return
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    named = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
    # Drawing into memory is no file.
    allowed = {"savefig"} if room(path) == "render" else set()
    assert not (named & FILE_CALLS - allowed)


def test_every_room_of_the_package_has_its_place_in_the_order() -> None:
    rooms = {room(path) for path in MODULES} - {"__init__"}
    assert rooms == set(ORDER)
