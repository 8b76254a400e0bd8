"""Declared recognition, give and take, and funnels: what is read, and what is refused with a remedy."""

from pathlib import Path

import pytest

from ksn_research.errors import PlanError
from ksn_research.plan import load_study

HEAD = """[study]
title = "T"
publisher = "P"
years = [2025]
[sources.came]
kind = "attendance"
file = "came.csv"
[sources.log]
kind = "activity"
file = "log.csv"
[sources.sheets]
kind = "records"
file = "sheets.csv"
columns = { member = "M", gave = "G", took = "T", score = "S", when = "W" }
numbers = ["score"]
dates = ["when"]
[sources.nameless]
kind = "records"
file = "nameless.csv"
columns = { gave = "G", took = "T" }
[sources.thanks]
kind = "edges"
file = "thanks.csv"
units = "people"
log = true
columns = { ego = "A", alter = "B" }
[sources.once]
kind = "edges"
file = "once.csv"
units = "people"
columns = { ego = "A", alter = "B" }
[sources.meetings]
kind = "edges"
file = "meetings.csv"
units = "people"
log = true
directed = false
columns = { ego = "A", alter = "B" }
"""


def load(folder: Path, kind: str, body: str):
    (folder / "study.toml").write_text(f'{HEAD}[analyses.one]\nkind = "{kind}"\n{body}', encoding="utf-8")
    return load_study(folder).analyses["one"]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (
            "recognition",
            'source = "thanks"\ncontributors = ["sheets", "log"]\nactions = ["post"]\n'
            'nothing = { gave = "no" }',
            {"nothing": {"gave": "no"}, "actions": ["post"]},
        ),
        ("recognition", 'source = "thanks"\ncontributors = ["came"]', {"nothing": {}}),
        (
            "exchange",
            'source = "sheets"\nbrought = "gave"\ntook_away = "took"',
            {"nothing": ["nothing", "no", "none"]},
        ),
        ("funnel", 'gathering = "day"', {"half": 0.5, "finished": 1.0}),
        (
            "funnel",
            'gathering = "day"\nsource = "sheets"\nitem = "gave"\ntime = "when"\n'
            'watched = "score"\nfinished = 0.9',
            {"half": 0.5, "finished": 0.9},
        ),
    ],
)
def test_options_are_read_with_their_defaults(tmp_path, kind, body, expected):
    made = load(tmp_path, kind, body)
    assert made.kind == kind and {key: made.options[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("recognition", 'source = "sheets"\ncontributors = ["came"]', "source is `sheets`"),
        ("recognition", 'source = "once"\ncontributors = ["came"]', "no log between people"),
        ("recognition", 'source = "meetings"\ncontributors = ["came"]', "no direction"),
        ("recognition", 'source = "thanks"\ncontributors = []', "contributors is empty"),
        ("recognition", 'source = "thanks"\ncontributors = ["thanks"]', "contributors is `thanks`"),
        ("recognition", 'source = "thanks"\ncontributors = [3]', "contributors is `3`"),
        ("recognition", 'source = "thanks"\ncontributors = ["came", "came"]', "twice"),
        ("recognition", 'source = "thanks"\ncontributors = ["nameless"]', "the column `member`"),
        ("recognition", 'source = "thanks"\ncontributors = ["log"]', "among `contributors` and `actions`"),
        ("recognition", 'source = "thanks"\ncontributors = ["came"]\nactions = ["post"]', "and `actions`"),
        (
            "recognition",
            'source = "thanks"\ncontributors = ["sheets"]\nnothing = { given = "no" }',
            "the column `given`",
        ),
        ("recognition", 'source = "thanks"', "lacks `contributors`"),
        ("exchange", 'source = "came"\nbrought = "gave"\ntook_away = "took"', "source is `came`"),
        ("exchange", 'source = "nameless"\nbrought = "gave"\ntook_away = "took"', "the column `member`"),
        ("exchange", 'source = "sheets"\nbrought = "given"\ntook_away = "took"', "the column `given`"),
        ("exchange", 'source = "sheets"\nbrought = "score"\ntook_away = "took"', "a number or date"),
        ("exchange", 'source = "sheets"\nbrought = "gave"\ntook_away = "gave"', "one column"),
        (
            "exchange",
            'source = "sheets"\nbrought = "gave"\ntook_away = "took"\nnothing = [1]',
            "must list texts",
        ),
        ("funnel", 'gathering = "day"\nitem = "gave"', "but no `source`"),
        ("funnel", 'gathering = "day"\nsource = "sheets"\nitem = "gave"', "lacks `time`"),
        ("funnel", 'gathering = "day"\nsource = "sheets"\nitem = "gave"\ntime = "took"', "the column `took`"),
        (
            "funnel",
            'gathering = "day"\nsource = "sheets"\nitem = "gave"\ntime = "when"\nwatched = "gave"',
            "watched needs the column `gave`",
        ),
        ("funnel", 'gathering = "day"\nhalf = 0.9\nfinished = 0.5', "`half` 0.9"),
        ("funnel", 'gathering = "day"\nhalf = 0', "`half` 0"),
        ("funnel", 'gathering = "day"\nviews = "sheets"', "unknown key `views`"),
    ],
)
def test_what_names_nothing_is_refused_with_a_remedy(tmp_path, kind, body, said):
    with pytest.raises(PlanError) as raised:
        load(tmp_path, kind, body)
    assert said in str(raised.value) and raised.value.remedy


def test_a_funnel_needs_attendance(tmp_path):
    head = HEAD.split("[sources.came]")[0] + '[sources.sheets]\nkind = "records"\nfile = "s.csv"\n'
    (tmp_path / "study.toml").write_text(f'{head}[analyses.one]\nkind = "funnel"\ngathering = "day"\n')
    with pytest.raises(PlanError, match="needs attendance"):
        load_study(tmp_path)
