"""What links members across years: a secret outside the study, and keys of past respondents inside it.

The secret is one small file in the user's own folder for configuration (`KSN_SECRETS` names another). It
is made once, by `make`, and only there; nothing else in the package writes it, and nothing prints it. The
memory is `panel/<source>-<year>.csv` beside `study.toml`: keys only, from which nobody can be found again
without the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ksn_research.errors import Finding, PlanError, ReadError
from ksn_research.plan import Study, waves_for
from ksn_research.plan.specs import Panel
from ksn_research.results import slug

BYTES = 32
LONGEST = 4096  # a secret's file is far smaller; more is not read
MARK = b"ksn_research fingerprint"
HEADER = "member_key"
KEY = re.compile(r"[0-9a-f]{64}")
HANDOVER = "put it there as docs/handover.md tells"
UNFINISHED = ".sealing-*.json"


def folder() -> Path:
    """Where secrets lie: `KSN_SECRETS`, else `ksn_research` in the user's folder for configuration."""
    told = os.environ.get("KSN_SECRETS")
    if told:
        return Path(told).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path("~/.config").expanduser()) / "ksn_research"


def path_of(name: str) -> Path:
    """The file of a secret by its name in study.toml."""
    return folder() / f"{name}.secret"


def fingerprint(secret: bytes) -> str:
    """Sixteen hex digits by which a secret is recognised and from which it cannot be found.

    >>> fingerprint(bytes(32))
    '5bf18b7f770ce9b3'
    """
    return hmac.new(secret, MARK, hashlib.sha256).hexdigest()[:16]


def make(study: str) -> tuple[str, str]:
    """Make a new secret for a study of this name; returns the secret's name and its fingerprint.

    Only the user may read the file (0600, in a folder of 0700). Raises PlanError when it cannot be written.
    """
    secret = secrets.token_bytes(BYTES)
    mark = fingerprint(secret)
    name = f"{slug(study)}-{mark[:8]}"
    path = path_of(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
    except OSError as error:
        raise PlanError(
            f"the secret that links members across years cannot be written ({error.strerror})",
            remedy="let KSN_SECRETS name a folder that you may write to",
            file=path.name,
        ) from None
    return name, mark


def load(panel: Panel) -> bytes:
    """The secret that study.toml declares. Raises PlanError saying what is missing when it is not there,
    others may read it, it is none, or it is another one; it is never made anew."""
    path = path_of(panel.secret)
    held = _held(path)
    text = held.decode("ascii", errors="replace").strip()
    if not KEY.fullmatch(text):
        raise PlanError("the file is no secret of ksn_research", remedy=HANDOVER, file=path.name)
    secret = bytes.fromhex(text)
    if not hmac.compare_digest(fingerprint(secret), panel.fingerprint):
        raise PlanError(
            "this is another secret than the one whose fingerprint study.toml records",
            remedy="put the study's own there; with another one nobody would be found again",
            file=path.name,
        )
    return secret


def at_hand(study: Study) -> tuple[bytes | None, list[Finding]]:
    """The study's secret, None when it is not at hand or none is declared, and what to say of it."""
    if study.panel is None:
        return None, []
    findings = list(_unfinished(study))
    try:
        return load(study.panel), findings
    except PlanError as error:
        problem = f"members are not linked across years, and no panel is reported: {error.problem}"
        finding = Finding(
            severity="warn",
            source=study.panel.source,
            file=error.file,
            problem=problem,
            remedy=error.remedy,
        )
        return None, [*findings, finding]


def recall(study: Study, year: int) -> dict[int, frozenset[str]]:
    """Keys of those who answered the panel's source, for each year in `memory`.

    Raises ReadError (file, row) for a file that holds something else.
    """
    return {_year(path): _keys(path) for path in memory(study, year)}


def remember(study: Study, year: int, keys: Iterable[str]) -> None:
    """Keep the keys of a year's respondents beside the study; none without a panel."""
    for name, content in as_memory(study, year, keys).items():
        path = study.folder / name
        path.parent.mkdir(exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)


def as_memory(study: Study, year: int, keys: Iterable[str]) -> dict[str, bytes]:
    """The file, by its name below the study, that keeps the keys of a year's respondents; none without a
    panel. They are sorted, so that their order tells nothing."""
    if study.panel is None:
        return {}
    text = "\n".join([HEADER, *sorted(set(keys))]) + "\n"
    return {f"panel/{study.panel.source}-{year}.csv": text.encode("ascii")}


def remembered(study: Study) -> list[Path]:
    """The files of all remembered years, oldest first."""
    if study.panel is None:
        return []
    kept = sorted((study.folder / "panel").glob("*.csv"))
    return [path for path in kept if re.fullmatch(rf"{re.escape(study.panel.source)}-\d{{4}}", path.stem)]


def memory(study: Study, year: int) -> list[Path]:
    """Of the remembered years, those before `year` whose answers an edition of `year` does not load."""
    if study.panel is None:
        return []
    loaded = {wave.year for wave in waves_for(study.sources[study.panel.source], year)}
    return [path for path in remembered(study) if _year(path) < year and _year(path) not in loaded]


def _year(path: Path) -> int:
    return int(path.stem[-4:])


def _held(path: Path) -> bytes:
    try:
        # Without O_NONBLOCK a pipe of that name would be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise PlanError(
            "the secret is not in the folder for secrets", remedy=HANDOVER, file=path.name
        ) from None
    except OSError as error:
        raise PlanError(
            f"the secret cannot be opened ({error.strerror})", remedy="look who may read it", file=path.name
        ) from None
    try:
        mode = os.fstat(handle).st_mode
        regular = stat.S_ISREG(mode)
        held = os.read(handle, LONGEST) if regular else b""
    finally:
        os.close(handle)
    if regular and mode & 0o077:
        raise PlanError("others may read the secret", remedy="take that from them: chmod 600", file=path.name)
    return held


def _keys(path: Path) -> frozenset[str]:
    with suppress(OSError, UnicodeDecodeError):
        lines = path.read_text(encoding="ascii").splitlines()
        odd = [i for i, line in enumerate(lines, 1) if not KEY.fullmatch(line) and (i > 1 or line != HEADER)]
        if lines[:1] == [HEADER] and not odd:
            return frozenset(lines[1:])
        raise _no_memory(path, odd[0] if odd else 1)
    raise _no_memory(path, None)


def _no_memory(path: Path, row: int | None) -> ReadError:
    remedy = "take the file from the study's history: only `ksn report` and `ksn panel seal` write it"
    return ReadError("this is no list of keys of members", remedy=remedy, file=path.name, row=row)


def _unfinished(study: Study) -> Iterator[Finding]:
    for path in sorted(study.folder.glob(UNFINISHED)):
        yield Finding(
            severity="block",
            source="",
            file=path.name,
            problem="sealing a year was interrupted: some of its files hold codes and some keys",
            remedy="run the same `ksn panel seal` again; it goes on where it stopped",
        )
