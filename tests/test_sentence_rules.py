"""The rules that make findings: on constructed results, and on 1,000 random ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_publishable import publishable

from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.render import sentences, wording
from ksn_research.render.claims import Claim, judged
from ksn_research.render.sentences import Found, Sentence
from ksn_research.render.view import view
from ksn_research.results import Row, collect

STUDY = StudyInfo("s", "S", "P", 2025, ("survey.trust",))
CAUSAL = re.compile(
    r"\b(because|due to|led to|leads? to|caus\w+|effects?|impact\w*|result(s|ed)? in|thanks to|owing to|"
    r"improv\w+|increas\w+ by|decreas\w+ by|driven|drove|therefore|hence|contribut\w+)\b", re.IGNORECASE
)  # fmt: skip


def row(statistic: str, estimate: float | None, year: int = 2025, **more: Any) -> Row:
    base: dict[str, Any] = {"analysis": "scales", "source": "survey", "measure": "trust", "n": 100,
                            "unit": "people", "method": "m"}  # fmt: skip
    return Row(**{**base, "statistic": statistic, "estimate": estimate, "year": year, **more})


def value(estimate: float | None, year: int = 2025, **more: Any) -> Row:
    return row("mean", estimate, year, **more)


def share(estimate: float, year: int = 2025) -> Row:
    return row("share", estimate, year, analysis="shares")


def change(estimate: float | None, half: float | None = 0.1, **more: Any) -> Row:
    bounds = (
        {} if half is None or estimate is None else {"ci_low": estimate - half, "ci_high": estimate + half}
    )
    return row("difference", estimate, analysis="change", **{**bounds, **more})


def region(level: str, estimate: float | None, p_adjusted: float | None, **more: Any) -> Row:
    bounds = {} if estimate is None else {"ci_low": estimate - 0.1, "ci_high": estimate + 0.1}
    more = {"p": p_adjusted, "p_adjusted": p_adjusted, **bounds, **more}
    return row(
        "difference", estimate, analysis="groups", category="regions", group="region", level=level, **more
    )


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def text(one: Sentence) -> str:
    return plain(str(one.html))


BARE = publishable(rows=[], circles=[], curves={}, labels={}, study=STUDY)


def edition(rows: list[Row], study: StudyInfo = STUDY) -> Publishable:
    return replace(BARE, results=collect(rows).results, study=study)


def finding(*rows: Row, study: StudyInfo = STUDY) -> Sentence:
    return sentences.findings(edition(list(rows), study))[0]


def said(*rows: Row) -> str:
    return text(finding(*rows))


BEFORE, NOW = value(3.2, 2024), value(3.5)
CLEAR = {"p": 0.01, "p_adjusted": 0.03}


SITUATIONS = [
    pytest.param([BEFORE, NOW, change(0.3, **CLEAR)],
                 "It was higher than in 2024, when it was 3.20 (difference +0.30; +0.20 to +0.40; "
                 "adjusted p = .030).", id="rise"),
    pytest.param([value(3.5, 2024), value(3.2), change(-0.3, **CLEAR)],
                 "It was lower than in 2024, when it was 3.50 (difference \u22120.30;", id="fall"),
    pytest.param([BEFORE, value(3.25), change(0.05, p=0.4, p_adjusted=0.8)],
                 "There was no clear change from 2024, when it was 3.20 (difference +0.05; "
                 "\u22120.05 to +0.15; adjusted p = .800).", id="no change"),
    pytest.param([BEFORE, NOW, change(0.3, p=0.01, p_adjusted=0.06)], "There was no clear change",
                 id="the interval excludes no change, the adjusted p does not"),
    pytest.param([BEFORE, NOW, change(0.3, 0.3, **CLEAR)], "There was no clear change",
                 id="the p says so, the interval touches no change"),
    pytest.param([BEFORE, NOW, change(0.3, p=0.01)],
                 "It was higher than in 2024, when it was 3.20 (difference +0.30; +0.20 to +0.40; "
                 "unadjusted p = .010).", id="one test in its family"),
    pytest.param([BEFORE, NOW, change(0.3)],
                 "In 2024 it was 3.20. Whether it changed is not confirmed (difference +0.30; +0.20 to "
                 "+0.40): the interval excludes no difference, but no test was made.", id="interval alone"),
    pytest.param([BEFORE, NOW, change(0.3, None, **CLEAR)],
                 "the test speaks for a difference, but there is no interval", id="test alone"),
    pytest.param([BEFORE, NOW, change(0.3, None)], "In 2024 it was 3.20.", id="neither: no word about it"),
    pytest.param([BEFORE, NOW], "In 2024 it was 3.20.", id="nothing compares the two"),
    pytest.param([NOW], "There is no earlier wave to compare it with.", id="missing earlier wave"),
    pytest.param([value(None, status="suppressed", note="fewer than 5 people", n=None), BEFORE],
                 "The mean score of trust in 2025 is suppressed: fewer than 5 people. In 2024 it was 3.20.",
                 id="too few now"),
    pytest.param([value(None, 2024, status="suppressed", note="fewer than 5 people", n=None), NOW],
                 "The value of 2024 is not shown: fewer than 5 people.", id="too few before"),
    pytest.param([BEFORE, NOW, change(None, status="suppressed", note="fewer than 5 people")],
                 "The difference is not shown: fewer than 5 people.", id="suppressed difference"),
    pytest.param([BEFORE, NOW, change(None, status="not comparable", note="question reworded in 2025")],
                 "It is not comparable with 2024: question reworded in 2025.", id="reworded"),
    pytest.param([BEFORE, value(None, status="undefined", note="nobody answered")],
                 "in 2025 is not defined: nobody answered.", id="undefined"),
    pytest.param([BEFORE, NOW, change(0.3, note="one item worded more plainly", **CLEAR)],
                 "Note: one item worded more plainly.", id="marked"),
    pytest.param([share(0.41, 2024),
                  share(0.43), change(0.02, 0.01, **CLEAR)],
                 "(difference +2 percentage points; +1 to +3; adjusted p = .030)", id="percent"),
    pytest.param([share(0.406, 2024),
                  share(0.434), change(0.028, 0.01, **CLEAR)],
                 "when it was 41 % (difference +3 percentage points, before rounding; +2 to +4;",
                 id="41 and 43 with a difference of 3: said to be rounded"),
    pytest.param([share(0.41, 2024),
                  share(0.42), change(0.01, 0.001, **CLEAR)],
                 "(difference +1 percentage point;", id="one point"),
    pytest.param([BEFORE, value(3.3), change(0.3, **CLEAR)],
                 "difference +0.30, not by subtraction of the two values;", id="another base"),
    pytest.param([BEFORE, value(3.202), change(0.002, 0.001, **CLEAR)], "not zero before rounding",
                 id="clear, and printed as none"),
    pytest.param([BEFORE, NOW, change(0.3, p=0.01, p_adjusted=0.0499)], "adjusted p < .050",
                 id="just below the level"),
    pytest.param([BEFORE, NOW, change(0.3, p=0.01, p_adjusted=0.0001)], "adjusted p < .001", id="tiny p"),
    pytest.param([value(3.2, 2025, wave="midpoint"), value(3.5, wave="closing"),
                  row("difference_same_members", -0.2, analysis="change", wave="closing", ci_low=-0.3,
                      ci_high=-0.1, **CLEAR)],
                 "In 2025 midpoint it was 3.20. Among those who answered both times, it was lower than in "
                 "2025 midpoint (difference \u22120.20;", id="waves within a year: the same people"),
    pytest.param([row("density", 0.04, 2024, analysis="network", unit="organisations", n=1),
                  row("density", 0.05, analysis="network", unit="organisations", n=1),
                  row("density_difference", 0.006, analysis="network_change", ci_low=0.002, ci_high=0.01,
                      **CLEAR)],
                 "0.050 (n = 1 organisation) in 2025. In 2024 it was 0.040. Over the pairs seen in both "
                 "waves, it was higher than in 2024 (difference +0.006; +0.002 to +0.010;", id="density"),
    pytest.param([row("count", 1, analysis="population", n=1)], "was 1 (n = 1) in 2025.", id="count"),
    pytest.param([NOW, region("North", None, None, status="undefined", note="no variation")],
                 "By region, nothing can be compared: no variation.", id="groups undefined"),
    pytest.param([NOW, row("kruskal_h", None, analysis="groups", category="regions", group="region",
                           status="undefined", note="fewer than 2 levels with enough answers")],
                 "By region, nothing can be compared: fewer than 2 levels with enough answers.",
                 id="one group only"),
    pytest.param([NOW, region("North", 0.3, 0.2), region("South", -0.3, 0.06)],
                 "By region, none stood clearly apart from the others.", id="no group apart"),
    pytest.param([NOW, region("North", 0.3, 0.2), region("South", None, None, status="suppressed")],
                 "By region, none that is shown stood clearly apart from the others.", id="one hidden"),
    pytest.param([NOW, region("North", 0.3, 0.01), region("South", -0.5, 0.06), region("West", 0.2, 0.01)],
                 "By region, North was higher than the others (difference +0.30; +0.20 to +0.40; adjusted "
                 "p = .010); one more stood clearly apart, less far.", id="the farthest clear group"),
    pytest.param([NOW, region("North", 0.301, 0.01), region("South", -0.299, 0.01), region("West", 0, 0.9)],
                 "By region, North was higher than the others (difference +0.30; +0.20 to +0.40; adjusted "
                 "p = .010) and South was lower than the others (difference \u22120.30; \u22120.40 to "
                 "\u22120.20; adjusted p = .010), equally far; no other stood clearly apart.",
                 id="ties between groups: both are named"),
    pytest.param([NOW, row("difference_adjusted", 0.2, analysis="adjusted", category="peers", ci_low=0.1,
                           ci_high=0.3, note="not drawn by lot: a difference, not an effect", **CLEAR)],
                 "Peers: membership goes with a higher value (covariate-adjusted difference +0.20;",
                 id="association"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "words"), SITUATIONS)
def test_each_situation_has_its_words(rows: list[Row], words: str) -> None:
    told = said(*rows)
    assert words in told
    assert not CAUSAL.search(told)


def test_a_headline_measure_without_results_is_said_not_to_be_collected() -> None:
    one = finding(replace(NOW, measure="other"))
    assert (text(one), one.ids, one.claims) == ("Trust: not collected.", (), (Claim("", "not collected"),))


def test_two_unadjusted_tests_in_a_family_confirm_nothing() -> None:
    both = replace(STUDY, headline=("survey.trust", "survey.other"))
    rows = [BEFORE, NOW, change(0.3, p=0.01), change(0.2, p=0.01, measure="other")]
    told = text(finding(*rows, study=both))
    assert "not confirmed" in told and "one of several that are not adjusted" in told
    assert "It was higher" in text(finding(*rows))  # the other measure is not declared: one test


@pytest.mark.parametrize(
    ("given", "direction", "certainty"),
    [
        ({"p_adjusted": 0.049}, "higher", "interval and adjusted p"),
        ({"p_adjusted": 0.05}, "no clear change", "adjusted p"),
        ({"p": 0.01}, "higher", "interval and p"),
        ({"p": 0.01, "p_adjusted": 0.2}, "no clear change", "adjusted p"),
        ({"p": 0.2}, "no clear change", "p"),
        ({"ci_low": 0.0, "p_adjusted": 0.01}, "no clear change", "interval"),
        ({"ci_low": -0.1}, "no clear change", "interval"),
        ({}, "not confirmed", "no test"),
        ({"ci_low": None, "p": 0.01}, "not confirmed", "no interval"),
        ({"estimate": -0.2, "p": 0.01}, "not confirmed", "interval beside the estimate"),
        ({"ci_low": None}, "not tested", ""),
        ({"estimate": -0.2, "ci_low": -0.3, "ci_high": -0.1, "p": 0.01}, "lower", "interval and p"),
        ({"estimate": None, "status": "suppressed", "p": 0.01}, "suppressed", ""),
        ({"estimate": None, "status": "not comparable", "note": "x"}, "not comparable", ""),
    ],
)
def test_interval_and_adjusted_p_have_to_agree(given: dict[str, Any], direction: str, certainty: str) -> None:
    base = {"statistic": "difference", "estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3, "analysis": "change"}
    made = collect([row(**{**base, **given})]).results.to_dict("records")[0]
    assert judged(made) == Claim(made["id"], direction, certainty)


SIZES = {"mean": 3.0, "share": 0.5, "density": 0.05}
KINDS = (("scales", "mean"), ("shares", "share"), ("network", "density"))


def drawn(
    rng: np.random.Generator, statistic: str, estimate: float, tested: bool = False, **more: Any
) -> Row:
    """A row of any status, with or without interval, p and adjusted p, which need not agree."""
    status = str(rng.choice(["published"] * 7 + ["suppressed", "undefined", "not comparable"]))
    if status != "published":
        return row(statistic, None, status=status, note="the reason", **{**more, "n": None})
    half = abs(estimate) * float(rng.choice([0.2, 0.9, 1.0, 1.5])) + 1e-6
    p = float(rng.choice([1e-5, 0.01, 0.0496, 0.05, 0.0504, 0.4]))
    bounds = {"ci_low": estimate - half, "ci_high": estimate + half} if rng.random() < 0.9 else {}
    tests = {"p": p / 2} if tested and rng.random() < 0.9 else {}
    tests |= {"p_adjusted": p} if tests and rng.random() < 0.8 else {}
    return row(statistic, estimate, **{**more, **bounds, **tests})


def random_frame(rng: np.random.Generator) -> list[Row]:
    """Two waves of one measure (a mean, a share or a density), their change, and up to three groups; the
    change need not be what the two values say."""
    analysis, statistic = KINDS[rng.integers(len(KINDS))]
    size, network = SIZES[statistic], statistic == "density"
    about = {
        "analysis": analysis,
        "n": int(rng.integers(1, 400)),
        "unit": "organisations" if network else "people",
    }
    values = [min(abs(float(rng.normal(size, size / 3))), 1.0 if size < 1 else 1e6) for _ in range(2)]
    rows = [drawn(rng, statistic, v, year=y, **about) for v, y in zip(values, (2025, 2024), strict=True)]
    rows = rows[:1] if rng.random() < 0.1 else rows
    named = ("network_change", "density_difference") if network else ("change", "difference")
    apart = values[0] - values[1] if rng.random() < 0.5 else float(rng.normal(0, size / 4))
    rows += [drawn(rng, named[1], apart, tested=True, analysis=named[0])] if rng.random() < 0.9 else []
    where = {"analysis": "groups", "category": "regions", "group": "region"}
    return rows + [
        drawn(rng, "difference", float(rng.choice([-0.2, 0.1, 0.2])), tested=True, level=level, **where)
        for level in ("North", "South", "West")[: rng.integers(0, 4)]
    ]


def clear(one: Row, tests: int = 1) -> int:
    """What the issue allows to be claimed, written anew: 1 a rise, -1 a fall, 0 nothing."""
    p = one.p_adjusted if one.p_adjusted is not None else one.p if tests == 1 else None
    if one.status != "published" or one.ci_low is None or one.ci_high is None or p is None or p >= 0.05:
        return 0
    return 1 if one.ci_low > 0 else -1 if one.ci_high < 0 else 0


DATA = re.compile(
    r'<data class="r" value="([^"]+)" data-id="([^"]+)"(?: data-part="([^"]+)")?>([^<]+)</data>'
)


def as_number(shown: str) -> tuple[Decimal, bool]:
    """A printed number, and whether it is only a bound."""
    plain = re.sub(r"[^\d.\-]", "", shown.replace("\u2212", "-"))
    return Decimal(plain.rstrip(".")), bool(re.search("under|over|<", shown))


def check_size(html: str, rows: dict[str, Row]) -> int:
    """Every number printed is that of its row, no further off than half of its last digit."""
    found = DATA.findall(html)
    for value_, name, part, shown in found:
        exact = getattr(rows[name], part or "estimate")
        assert exact is not None and float(value_) == float(f"{exact:.6g}")
        printed, bound = as_number(unescape(shown))
        share = rows[name].statistic == "share" or any(r.statistic == "share" for r in rows.values())
        scale = 100 if share and part not in ("n", "p", "p_adjusted") else 1
        step = 10.0 ** int(printed.as_tuple().exponent)
        assert bound or abs(float(printed) - exact * scale) <= step / 2 + 1e-9, (shown, exact)
        assert bound or float(printed) * exact >= 0
    return len(found)


def check_change(told: str, rows: list[Row]) -> bool:
    """The change is claimed where interval and p agree and both values stand, and nowhere else."""
    one = next((r for r in rows if r.analysis in ("change", "network_change")), None)
    values = [r for r in rows if r.statistic in SIZES]
    found = re.search(r"it was (higher|lower) than in 2024", told, re.IGNORECASE)
    says = {"higher": 1, "lower": -1}[found[1]] if found else 0
    stand = len(values) == 2 and all(r.status == "published" for r in values)
    assert says == (clear(one) if one is not None and stand else 0), told
    if "no clear change" in told.lower():
        assert one is not None and not clear(one)
    if one is not None and says:
        assert (one.estimate or 0) * says > 0
    return bool(says)


def check_groups(told: str, rows: list[Row]) -> bool:
    groups = [r for r in rows if r.analysis == "groups"]
    tests = sum(r.p is not None and r.p_adjusted is None for r in groups)
    found = {r.level: clear(r, tests if r.p_adjusted is None else 1) for r in groups}
    named = re.findall(r"(North|South|West) was (higher|lower) than the others", told)
    assert all(found[level] == {"higher": 1, "lower": -1}[way] for level, way in named)
    assert bool(named) == any(found.values())
    sizes = {r.level: abs(r.estimate or 0) for r in groups if found[r.level]}
    assert {level for level, _ in named} == {level for level in sizes if sizes[level] == max(sizes.values())}
    assert not ("none" in told and any(found.values()))
    return bool(named)


def found_in(frames: list[list[Row]]) -> Iterator[tuple[list[Row], Found]]:
    """The finding of each frame; each is a source of its own, so that one edition holds them all."""
    apart = [[replace(r, source=f"survey_{i}") for r in frame] for i, frame in enumerate(frames)]
    study = replace(STUDY, headline=tuple(f"survey_{i}.trust" for i in range(len(frames))))
    seen = view(edition([r for frame in apart for r in frame], study))
    yield from zip(apart, sentences.found(seen), strict=True)


def test_no_sentence_of_a_thousand_random_results_contradicts_its_row() -> None:
    rng = np.random.default_rng(8)
    claimed = grouped = numbers = 0
    for _ in range(10):
        for rows, one in found_in([random_frame(rng) for _ in range(100)]):
            by_id, html = {r.id: r for r in rows}, str(wording.html(one.pieces))
            told = plain(html)
            assert not CAUSAL.search(told), told
            assert set(one.ids) <= set(by_id)
            numbers += check_size(html, by_id)
            claimed += check_change(told, rows)
            grouped += check_groups(told, rows)
            for claim in (part.claim for part in one.parts):
                if claim.direction in ("higher", "lower"):
                    assert clear(by_id[claim.id]) == {"higher": 1, "lower": -1}[claim.direction]
    assert claimed > 50 and grouped > 50 and numbers > 3000  # the rules were at work


def test_the_rules_find_words_of_cause_where_they_stand() -> None:
    assert CAUSAL.search("trust rose because of the circles") and not CAUSAL.search(
        "trust goes with belonging"
    )


def test_no_module_of_sentences_says_what_caused_what() -> None:
    """Also the rules' words that no result here brings out."""
    for name in ("sentences", "finding_words"):
        tree = ast.parse(Path(sentences.__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree)
                if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef)}  # fmt: skip
        words = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        assert not [one for one in words if one not in docs and CAUSAL.search(one)]
