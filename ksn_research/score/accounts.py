"""Row conservation: every row read is used, or set aside for a reason that is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field

import pandas as pd

from ksn_research.errors import Origin
from ksn_research.prepared import blank


@dataclass(frozen=True)
class Account:
    """What became of the rows of one file. `aside` maps a reason to a number of rows.

    `used` is counted in the table that was made, not from the other two, so that `check` can hold them
    against each other.
    """

    origin: Origin
    read: int
    used: int
    aside: Mapping[str, int] = field(default_factory=dict)


def accounts_frame(accounts: Iterable[Account]) -> pd.DataFrame:
    """The `accounts` table of `prepared`: one row per file and reason, at least one per file."""
    rows = []
    for account in accounts:
        reasons = [(reason, n) for reason, n in account.aside.items() if n] or [("", 0)]
        for i, (reason, n) in enumerate(reasons):
            counted = (account.read, account.used) if i == 0 else (None, None)
            rows.append((*astuple(account.origin), *counted, n, reason))
    empty = blank("accounts")
    return pd.DataFrame(rows, columns=empty.columns).astype(empty.dtypes.to_dict())
