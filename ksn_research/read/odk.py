"""ODK Central's tables (and those of ODK's older tools), one per form and one per repeat.

Groups are prefixed with "-", columns of choices follow their question after "/". Central fills 0 into every
column of a choice, also where the question was not shown; codes that the form does not have stand in the
question's own cell only. A repeat's rows name their parent under PARENT_KEY.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ksn_research.errors import Finding
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import Sheet
from ksn_research.read.xforms import metadata_role, short_names, summarised

# Columns that Central adds behind KEY; a question may have the same name before it.
ADDED = {
    "SubmitterID": "meta",
    "SubmitterName": "meta",
    "AttachmentsPresent": "meta",
    "AttachmentsExpected": "meta",
    "Status": "meta",
    "ReviewState": "status",
    "DeviceID": "device",
    "Edits": "meta",
    "FormVersion": "version",
}
ENCRYPTED = ("missing encrypted form data", "not decrypted")
INSTANCE = re.compile(r"(meta-)?(instanceID|instanceName)|meta-entity.*|SET-OF-.*")
POINT = re.compile(r"(.+)-(Latitude|Longitude|Altitude|Accuracy)")


def looks_so(rows: list[list[str]]) -> bool:
    """Whether a header has ODK's KEY, and the submission's time or a parent's key.

    >>> looks_so([["name", "PARENT_KEY", "KEY"]]), looks_so([["KEY", "VALUE"]])
    (True, False)
    """
    return "KEY" in rows[0] and bool({"PARENT_KEY", "SubmissionDate"} & set(rows[0]))


def odk(records: Sheet) -> Export:
    """One header row; names without their groups' prefix unless two questions would share it.

    The parts of a place ("where-Latitude") are columns of one question. A finding counts submissions that
    arrived encrypted.
    """
    headers = records.head(1)[0]
    body = records.frame.iloc[1:]
    added = _added(headers)
    roles = [
        role or _role(header, body[i]) for i, (header, role) in enumerate(zip(headers, added, strict=True))
    ]
    stems = summarised(headers)
    points = [POINT.fullmatch(header) for header in headers]
    short = short_names(
        [h for h, role, stem, p in zip(headers, roles, stems, points, strict=True) if not (role or stem or p)]
        + [point[1] for point in points if point],
        "-",
    )
    groups = [stem or (point[1] if point else "") for stem, point in zip(stems, points, strict=True)]
    choices = [h[len(stem) + 1 :] if stem else "" for h, stem in zip(headers, stems, strict=True)]
    columns = {
        "item": [point[2] if point else "" for point in points],
        "name": [_name(h, stem, short) for h, stem in zip(headers, stems, strict=True)],
        "group": [short.get(group, group) for group in groups],
        "choice": choices,
        "role": roles,
        "zone": ["UTC" if header == "SubmissionDate" else "" for header in headers],
    }
    export = build(records, 1, format="odk", columns=columns)
    found = _encrypted(headers, added, body, records.file)
    return replace(export, findings=(*export.findings, *found))


def _added(headers: Sequence[str]) -> list[str]:
    """Roles of the columns that are ODK's own by their place: SubmissionDate, the keys, and what follows."""
    roles, behind, has_id = [], False, False
    for header in headers:
        behind = header == "KEY" or (behind and header in ADDED)
        if header == "KEY":
            # A parent's key, joined to its children, is not the row's own.
            roles.append("meta" if has_id else "id")
            has_id = True
        elif header == "SubmissionDate":
            roles.append("submitted")
        elif header in ("PARENT_KEY", "CompletionDate"):
            roles.append("meta")
        else:
            roles.append(ADDED[header] if behind else "")
    return roles


def _role(header: str, column: pd.Series) -> str:
    return "meta" if INSTANCE.fullmatch(header) else metadata_role(header, column)


def _name(header: str, stem: str, short: dict[str, str]) -> str:
    return f"{short.get(stem, stem)}{header[len(stem) :]}" if stem else short.get(header, header)


def _encrypted(headers: Sequence[str], added: Sequence[str], body: pd.DataFrame, file: str) -> list[Finding]:
    places = [
        i for i, (header, role) in enumerate(zip(headers, added, strict=True)) if header == "Status" and role
    ]
    found = [(i, body.index[body[i].isin(ENCRYPTED)]) for i in places]
    return [
        Finding(
            severity="warn",
            source="",
            file=file,
            row=int(rows[0]),
            column="Status",
            problem="submissions that arrived encrypted hold no answers here",
            remedy="export them again with the project's passphrase",
            count=len(rows),
        )
        for _, rows in found
        if len(rows)
    ]
