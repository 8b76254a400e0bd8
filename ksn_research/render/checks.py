"""The checks page: every finding, for the analyst who has to act on it.

The one page that is not publishable: it shows unrecognised answers, because somebody must write the
crosswalk from them. It stands in the internal part of an edition only.
"""

from __future__ import annotations

import jinja2
import pandas as pd

WORDS = {"block": "Must be mended", "warn": "Look at it", "note": "For information"}


def checks_page(findings: pd.DataFrame, title: str) -> str:
    """The findings table (columns of `errors.Finding`) as one self-contained internal page."""
    loader = jinja2.PackageLoader("ksn_research", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    shown = findings.astype(object).where(findings.notna(), "")
    groups = [
        (WORDS[severity], shown[shown["severity"] == severity].to_dict("records"))
        for severity in WORDS
        if (shown["severity"] == severity).any()
    ]
    return environment.get_template("checks.html").render(title=title, groups=groups)
