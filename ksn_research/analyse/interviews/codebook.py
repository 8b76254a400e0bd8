"""What is odd about a codebook. Imports no sibling."""

from __future__ import annotations

import pandas as pd

from ksn_research.errors import Finding


def codebook_findings(
    codes: pd.DataFrame, segments: pd.DataFrame, *, source: str = "interviews", year: int | None = None
) -> list[Finding]:
    """What a reader of the codebook would ask about, as notes.

    codes     code, parent, description, codable
    segments  interview, code

    A code without description; a code that was never used (a category, not codable or with sub-codes, need
    not be); a code used in one interview only.
    """
    said = codes["description"].fillna("").str.strip() != ""
    used = segments.groupby("code")["interview"].nunique().reindex(codes["code"]).fillna(0).to_numpy()
    category = ~codes["codable"].astype(bool) | codes["code"].isin(codes["parent"])
    about = {
        "the code has no description": (~said, "describe it in the codebook"),
        "the code was never used": ((used == 0) & ~category, "remove it, or say why it stays"),
        "the code was used in one interview only": (used == 1, "consider merging it with a neighbour"),
    }
    return [
        Finding(severity="note", source=source, year=year, problem=problem, remedy=remedy, column=str(code))
        for problem, (mask, remedy) in about.items()
        for code in codes.loc[mask, "code"]
    ]
