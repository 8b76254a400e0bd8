"""The interviews that count. Imports no sibling."""

from __future__ import annotations

from typing import Any

import pandas as pd


def counted(segments: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """The interviews that count: coded (a coder is named or a passage exists) and not withdrawn."""
    withdrawn = column(interviews, "withdrawn", False).fillna(False).astype(bool)
    coded = interviews["interview"].isin(set(segments["interview"]))
    coded |= column(interviews, "coders", "").fillna("") != ""
    return interviews[coded & ~withdrawn].drop_duplicates("interview")


def column(frame: pd.DataFrame, name: str, default: Any) -> pd.Series:
    return frame[name] if name in frame else pd.Series(default, index=frame.index)
