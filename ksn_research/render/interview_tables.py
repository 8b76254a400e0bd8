"""The tables of coded interviews, the parts of their section, and what of them is for the workbook.

Imports specs.
"""

from __future__ import annotations

from typing import Any

from ksn_research.render.specs import Column, TableSpec

THEMES = "What interviewees say"
QUOTES = "In their words"  # for passages that have passed the quote gate; no table of this module is in it
KINDS = "By kind of interviewee"
BESIDE = "Two sources beside each other"
CHANGE = "What changed since the year before"
AGREEMENT = "How far coders agree"
ENOUGH = "Have we heard enough?"
TOGETHER = "What goes together"
PARTS = (THEMES, QUOTES, KINDS, BESIDE, CHANGE, AGREEMENT, ENOUGH, TOGETHER)

FIVE, NONE = "5 % new information", "0 % new information"
PAIRS = 10  # pairs of codes in the report; the workbook has all
_PLAIN = {"group": ""}
_NO_LOT = (
    "The interval is that of a share of interviews drawn by lot; where interviewees were chosen, read it as "
    "a warning of how little so few of them can say."
)
_TOGETHER_NOTE = (
    "By chance: if each theme came up in as many interviews, independent of the other. Jaccard: interviews "
    "that hold both, of those that hold either. Explorative: pairs were not declared, and none is tested."
)
_PAIR = (
    Column("Interviews with both", "count", "count of n", once=True),
    Column("By chance", "expected", once=True),
    Column("Jaccard", "jaccard", once=True),
)
_EXACT = (
    "hybrid score interval (Newcombe 1998, method 10); p by Fisher's exact test, two-sided, adjusted by Holm "
    "over the themes"
)
_TESTED = (Column("p", "difference", "p"), Column("p, adjusted", "difference", "p_adjusted"))


def _table(
    name: str, part: str, title: str, where: dict[str, Any], *columns: Column, **more: Any
) -> TableSpec:
    return TableSpec(name, "interviews", title, where, columns, part=part, **more)


INTERVIEWS: tuple[TableSpec, ...] = (
    _table(
        "themes",
        THEMES,
        "Themes, by interview",
        {"analysis": ["themes", "agreement"], **_PLAIN},
        Column("Interviews", "count", analysis=("themes",)),
        Column("of", "count", "n", analysis=("themes",)),
        Column("Share", "share", "with interval", analysis=("themes",)),
        Column("Alpha of coders", "alpha", once=True, analysis=("agreement",)),
        ranked=True,
        needs="themes",
        stub_heading="Theme",
        method="Method: interviews with at least one passage of the code, by any coder, of the interviews "
        "coded and not withdrawn; Wilson interval; Krippendorff's alpha, nominal.",
        note=f"{_NO_LOT} Alpha of coders: whether a second coder would have marked the same; what it allows "
        "is said below, and more in the part on coders.",
    ),
    _table(
        "theme_families",
        THEMES,
        "Families of themes: an upper theme or any below it, by interview",
        {"analysis": "theme_families", **_PLAIN},
        Column("Interviews", "count"),
        Column("of", "count", "n"),
        Column("Share", "share", "with interval"),
        ranked=True,
        stub_heading="Upper theme",
        method="Method: interviews with at least one passage of the code or of a code below it, by any "
        "coder, of the interviews coded and not withdrawn; Wilson interval.",
    ),
    _table(
        "themes_by_group",
        KINDS,
        "Themes by kind of interviewee",
        {"analysis": "themes"},
        Column("Interviews", "count", "count of n"),
        heads=("source", "group"),
        stub=("measure", "level"),
        stub_heading="Theme",
        grouped=True,
        layout="across",
    ),
    _table(
        "theme_differences",
        KINDS,
        "Whether kinds of interviewee differ",
        {"analysis": "theme_differences"},
        Column("Cram\u00e9r's V", "cramers_v"),
        Column("Difference of shares", "difference", "with interval"),
        Column("p", ("cramers_v", "difference"), "p"),
        Column("p, adjusted", ("cramers_v", "difference"), "p_adjusted"),
        Column("n", ("cramers_v", "difference"), "n"),
        heads=("source", "group"),
        stub_heading="Theme",
        layout="newest",
        note="Cram\u00e9r's V: 0 where all kinds hold a theme equally often, 1 where the kind decides. With "
        "so few interviews only very large differences can be found: no clear difference is no sign of none.",
    ),
    _table(
        "two_sources",
        BESIDE,
        "In how many interviews of each source a theme comes up",
        {"analysis": "two_sources", "statistic": "count", "group": "source"},
        Column("Interviews", "count", "count of n"),
        heads=("category",),
        stub=("measure", "level"),
        stub_heading="Theme",
        layout="across",
        note="A dash: the source has no such code.",
    ),
    _table(
        "two_sources_differences",
        BESIDE,
        "Difference between the sources, for the themes that both have",
        {"analysis": "two_sources", "status": ["published", "suppressed"], **_PLAIN},
        Column("Difference of shares", "difference", "with interval"),
        *_TESTED,
        Column("Interviews", "difference", "n"),
        heads=("category",),
        stub_heading="Theme",
        layout="newest",
        method=f"Method: share of interviews of the source that the analysis names first minus that of the "
        f"other, of the interviews coded and not withdrawn; {_EXACT}.",
        note="Above zero: more often in the source that the analysis names first, and the source line with "
        "it. Who was interviewed, and what was asked, differ too; a difference does not show why.",
    ),
    _table(
        "theme_change",
        CHANGE,
        "Share of interviews with a theme, this year minus the year before",
        {"analysis": "theme_change", **_PLAIN},
        Column("Difference of shares", "difference", "with interval"),
        *_TESTED,
        Column("Interviews of both years", "difference", "n"),
        stub_heading="Theme",
        layout="newest",
        method=f"Method: of the interviews coded and not withdrawn; {_EXACT}.",
        note="A theme is compared where its code means the same in both years; the codebook's changes stand "
        "in the appendix. The years are taken as samples of their own.",
    ),
    _table(
        "agreement",
        AGREEMENT,
        "Agreement between coders",
        {"analysis": "agreement", **_PLAIN},
        Column("Alpha", "alpha", "with interval"),
        Column("AC1", "ac1", once=True),
        Column("Kappa", ("cohen_kappa", "fleiss_kappa"), once=True),
        Column("Positive agreement", "positive_agreement", once=True),
        Column("Negative agreement", "negative_agreement", once=True),
        Column("Prevalence", "prevalence", once=True),
        Column("Judgements", "alpha", "n", once=True),
        stub_heading="Code",
        method="Method: code present or not, by each coder, per unit of the interviews that two or more "
        "coders coded; Krippendorff's alpha, nominal, its interval by a bootstrap over interviews, where "
        "they are few over units; Gwet's AC1. Each number's own words stand in results.csv.",
        note="Alpha: 1 where coders agree wholly, 0 where they agree no more than by chance (Krippendorff "
        "2004: at least .8 to rely on a code, below .667 not at all). Positive agreement: of what one coder "
        "marked, how much another marked too; for a rare code read it, and AC1, beside alpha. Kappa: Cohen's "
        "for two coders, Fleiss' for more. Per cent agreement, high for every rare code, stands in the "
        "workbook.",
    ),
    _table(
        "saturation",
        ENOUGH,
        "After how many interviews little new was heard",
        {"analysis": "saturation", "measure": [FIVE, NONE], **_PLAIN},
        Column("Interviews", "interviews"),
        Column("Mean over random orders", "interviews_over_orders"),
        Column("Orders that reach it", "orders_reaching"),
        Column("of interviews", "orders_reaching", "n"),
        stub_heading="Threshold",
        layout="newest",
        method="Method: Guest, Namey & Chen (2020), a base of four interviews, then runs of two that "
        "overlap, in the order of the interviews' dates or of the file; a thousand random orders beside it.",
        note="Interviews: those before the run of two that brought no more new codes than the threshold; the "
        "run confirms it. It says that the codes of this codebook were heard, of the people who were chosen; "
        "it does not say that others would add none.",
    ),
    _table(
        "saturation_codes",
        ENOUGH,
        "Codes heard in the first interviews and in all",
        {"analysis": "saturation", "measure": "codes", **_PLAIN},
        Column("Codes in the first four interviews", "in_base"),
        Column("Codes in all", "in_all"),
        Column("New in the last two, of those of the first", "new_in_last_run"),
        Column("Interviews", "in_all", "n"),
        heads=(),
        stub=("source",),
        layout="newest",
    ),
    _table(
        "co_occurrence",
        TOGETHER,
        "Themes that come up in the same interviews most often",
        {"analysis": "co_occurrence", "status": "published", **_PLAIN},
        *_PAIR,
        stub=("pair",),
        stub_heading="Themes",
        ranked=True,
        most=PAIRS,
        note=_TOGETHER_NOTE,
    ),
    _table(
        "co_occurrence_in_paragraphs",
        TOGETHER,
        "Themes that come up in the same paragraph",
        {"analysis": "co_occurrence_in_paragraphs", **_PLAIN},
        Column("Interviews", "count", "count of n", once=True),
        Column("Paragraphs with both", "paragraphs", once=True),
        Column("By chance", "expected", once=True),
        Column("Jaccard", "jaccard", once=True),
        stub=("pair",),
        stub_heading="Themes",
        ranked=True,
        most=PAIRS,
        note="Pairs that share a paragraph in too few interviews to be told have no line. By chance: "
        "paragraphs, if the themes were independent within each interview. Explorative; none is tested.",
    ),
)

ANNEX: tuple[TableSpec, ...] = (
    TableSpec(
        "agreement_percent",
        "annex",
        "Per cent agreement between coders",
        {"analysis": "agreement", **_PLAIN},
        (
            Column("Per cent agreement", "percent_agreement"),
            Column("Judgements", "percent_agreement", "n"),
        ),
        stub_heading="Code",
        annex=True,
    ),
    TableSpec(
        "co_occurrence_all",
        "annex",
        "Themes that come up in the same interviews, every pair",
        {"analysis": "co_occurrence", **_PLAIN},
        (
            Column("Interviews with both", "count", "count of n"),
            Column("By chance", "expected"),
            Column("Jaccard", "jaccard"),
        ),
        stub=("pair",),
        stub_heading="Themes",
        ranked=True,
        annex=True,
        note=_TOGETHER_NOTE,
    ),
    TableSpec(
        "theme_shares_by_group",
        "annex",
        "Themes by kind of interviewee, shares",
        {"analysis": "themes"},
        (Column("Share", "share", "with interval"), Column("Interviews", "share", "n")),
        heads=("source", "group", "level"),
        stub_heading="Theme",
        grouped=True,
        annex=True,
        layout="newest",
    ),
)
