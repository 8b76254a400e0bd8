"""Declared analyses of people and circles: what is read, and what is refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksn_research.errors import PlanError
from ksn_research.plan import load_study

HEAD = """[study]
title = "T"
publisher = "P"
years = [2025]
[sources.circles]
kind = "circles"
file = "circles.csv"
[sources.ideas]
kind = "records"
file = "ideas.csv"
columns = { idea = "I", circle = "C", date = "D", carried_by = "B" }
dates = ["date"]
[sources.groups]
kind = "records"
file = "groups.csv"
columns = { community = "C", formality = "F", member = "M" }
[sources.words]
kind = "records"
file = "words.csv"
columns = { member = "M", topic = "T", kind = "K" }
[sources.help]
kind = "edges"
file = "help.csv"
units = "people"
columns = { ego = "A", alter = "B", topic = "T" }
[sources.pairs]
kind = "edges"
file = "pairs.csv"
units = "people"
columns = { ego = "A", alter = "B" }
[sources.houses]
kind = "edges"
file = "houses.csv"
"""
BLOCKS = {
    "two_mode": 'circles = "circles"\nseed = 3\n',
    "spread": 'source = "ideas"\nidea = "idea"\ncircle = "circle"\ndate = "date"\ncarried_by = "carried_by"\n'
    'circles = "circles"\ngatherings = ["conference"]\ndays = 30\n',
    "informal": 'help = "help"\nofficial = "pairs"\ncommunities = "groups"\ncommunity = "community"\n'
    'formality = "formality"\n',
    "expertise": 'source = "words"\ntopic = "topic"\nsays = "kind"\noffer = "offer"\nneed = "need"\n'
    'asks = "help"\nover = ["help", "pairs"]\n',
}  # fmt: skip


def load(folder: Path, kind: str, body: str):
    (folder / "study.toml").write_text(f'{HEAD}[analyses.one]\nkind = "{kind}"\n{body}', encoding="utf-8")
    return load_study(folder).analyses["one"]


@pytest.mark.parametrize("kind", BLOCKS)
def test_each_kind_is_read_with_its_options(tmp_path: Path, kind: str) -> None:
    made = load(tmp_path, kind, BLOCKS[kind] + 'label = "One"\n')
    assert (made.kind, made.label) == (kind, "One")
    assert set(made.options) == {line.split(" =")[0] for line in BLOCKS[kind].splitlines()}


@pytest.mark.parametrize(
    ("kind", "old", "new", "words"),
    [
        ("two_mode", '"circles"', '"ideas"', "no source of the kind `circles`"),
        ("two_mode", "seed = 3", 'seed = "a"', "seed must be a whole number"),
        ("two_mode", 'circles = "circles"', "", "lacks `circles`"),
        ("spread", 'source = "ideas"', 'source = "nothing"', "no source of the kind `records`"),
        ("spread", 'idea = "idea"', 'idea = "thought"', "needs the column `thought`"),
        ("spread", 'date = "date"', 'date = "idea"', "needs the column `idea`"),
        ("spread", 'carried_by = "carried_by"', 'carried_by = "by"', "needs the column `by`"),
        ("spread", "days = 30", "days = 0", ".days is 0"),
        ("spread", '["conference"]', "[3]", "must list texts"),
        ("spread", 'circles = "circles"', "", "lacks `circles`"),
        ("informal", '"pairs"', '"houses"', 'edges` with `units = "people"`'),
        ("informal", 'help = "help"', 'help = "pairs"', "needs the column `topic`"),
        ("informal", 'communities = "groups"\n', "", "no `communities`"),
        ("informal", 'formality = "formality"', "", "lacks `formality`"),
        ("informal", '"formality"', '"rank"', "needs the column `rank`"),
        ("expertise", 'says = "kind"', 'says = "word"', "needs the column `word`"),
        ("expertise", '"words"', '"ideas"', "needs the column `topic`"),
        ("expertise", 'asks = "help"', 'asks = "pairs"', "needs the column `topic`"),
        ("expertise", 'asks = "help"\n', "", "`over` but no `asks`"),
        ("expertise", '["help", "pairs"]', '["help", 3]', "no source of the kind"),
        ("expertise", 'need = "need"', 'wish = "need"', "unknown key `wish`"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path: Path, kind: str, old: str, new: str, words: str) -> None:
    assert old in BLOCKS[kind]
    with pytest.raises(PlanError) as error:
        load(tmp_path, kind, BLOCKS[kind].replace(old, new))
    assert words in str(error.value)
    assert error.value.remedy


def test_help_needs_no_topic_where_no_communities_are_named(tmp_path: Path) -> None:
    made = load(tmp_path, "informal", 'help = "pairs"\nofficial = "help"\n')
    assert made.options == {"help": "pairs", "official": "help"}


def test_the_records_of_words_need_a_member(tmp_path: Path) -> None:
    body = HEAD.replace('{ member = "M", topic = "T", kind = "K" }', '{ topic = "T", kind = "K" }')
    (tmp_path / "study.toml").write_text(
        f'{body}[analyses.one]\nkind = "expertise"\n{BLOCKS["expertise"]}', encoding="utf-8"
    )
    with pytest.raises(PlanError) as error:
        load_study(tmp_path)
    assert "needs the column `member`" in str(error.value)
