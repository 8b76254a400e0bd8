"""What the manuals show works: every example is loaded, and every name that an analyst may write is there."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import click
import pytest

from ksn_research.cli import cli
from ksn_research.disclose.circles.bands import HIGHEST, LOWEST, NATURAL
from ksn_research.plan import Study, load_study, toml
from ksn_research.plan.analyses import CORRECTIONS
from ksn_research.plan.analyses import OPTIONS as ANALYSES
from ksn_research.plan.crosswalk import COMPARABLE
from ksn_research.plan.design import DESIGN
from ksn_research.plan.explained import KINDS, MODELS
from ksn_research.plan.instrument import SIDECAR
from ksn_research.plan.quotes import OPTIONS as QUOTES
from ksn_research.plan.quotes import Rules, load_terms, terms_file
from ksn_research.plan.sources import COMMON, OPTIONS
from ksn_research.plan.specs import MISSING
from ksn_research.plan.suggestions import RULES, own_texts
from ksn_research.read import FORMATS
from ksn_research.read.coded import FORMATS as CODED
from ksn_research.score.quality import FLAGS
from ksn_research.score.talk import CONSENTS, LEDGER

DOCS = Path(__file__).parent.parent / "docs"
EXPORTS, INSTRUMENTS, STATISTICS, INTERVIEWS, CIRCLES = (
    (DOCS / name).read_text(encoding="utf-8")
    for name in ("exports.md", "instruments.md", "statistics.md", "interviews.md", "circles.md")
)
HEAD = '[study]\ntitle = "T"\nyears = [2025, 2026]\nlanguage = "Español (es)"\n\n'
PLAIN = '[sources.member_survey]\nkind = "survey"\nfile = "{year}.csv"\n' + (
    'instrument = "instruments/member_survey-{year}.md"\nrespondent = "member_code"\n'
)


def examples(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


BLOCKS = [block for text in (EXPORTS, INSTRUMENTS) for block in examples(text, "toml")]
FORM = examples(INSTRUMENTS, "md")[0]


def study(folder: Path, block: str) -> Study:
    """A study whose file that the block's first line names is the block, and that is plain otherwise."""
    named = re.fullmatch(r"# (\S+\.toml)", block.partition("\n")[0])
    assert named, "the first line of an example names its file"
    earlier = FORM.replace("speak openly", "speak freely")
    if named[1].startswith("crosswalks"):
        earlier = earlier.replace("| came |", "| attended |").replace("${came}", "${attended}")
        earlier = earlier.replace("| yesno | yes |", "| yesno | 1 |").replace(
            "| yesno | no |", "| yesno | 0 |"
        )
        earlier = earlier.replace("= 'yes'", "= '1'")
    files = {
        "study.toml": HEAD + PLAIN,
        "instruments/member_survey-2025.md": earlier,
        "instruments/member_survey-2026.md": FORM,
        "instruments/visits.md": FORM,
        named[1]: HEAD + block if named[1] == "study.toml" else block,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return load_study(folder)


@pytest.mark.parametrize("block", BLOCKS, ids=[str(i) for i in range(len(BLOCKS))])
def test_each_example_is_one(tmp_path, block) -> None:
    made = study(tmp_path, block)
    waves = [wave for source in made.sources.values() for wave in source.waves]
    forms = [wave.instrument for wave in waves if wave.instrument is not None]
    assert forms and all(form.language == "Español (es)" for form in forms)


@pytest.mark.parametrize(
    "block", examples(STATISTICS, "toml"), ids=["design", "analyses", "networks", "explained", "engaged"]
)
def test_each_example_of_statistics_is_one(tmp_path, block) -> None:
    (tmp_path / "instruments").mkdir()
    sidecar = '[scales.trust]\nitems = ["trust_1"]\n'
    (tmp_path / "instruments" / "member_survey.toml").write_text(sidecar, encoding="utf-8")
    made = study(tmp_path, block)
    survey = made.sources.get("member_survey")
    design = survey.options.get("design") if survey else None
    assert bool(design) != bool(made.analyses)
    if design:
        assert design == {"rake": ["region", "type"], "trim": 5.0}
    else:
        networks = {"two_mode", "spread", "informal", "expertise"}
        engaged = {"recognition", "exchange", "funnel"}
        others = set(ANALYSES) - networks - engaged - {"explained", "two_sources"}
        shown = (
            engaged
            if "recognition" in block
            else {"explained"}
            if survey is None
            else networks
            if "two_mode" in block
            else others
        )
        assert {a.kind for a in made.analyses.values()} == shown


def test_each_example_of_interviews_is_one(tmp_path) -> None:
    sources, quotes, terms, crosswalk, compared = examples(INTERVIEWS, "toml")
    here, crosswalks = tmp_path / "here", tmp_path / "here" / "crosswalks"
    crosswalks.mkdir(parents=True)
    (crosswalks / "interviews-codes.toml").write_text(crosswalk, encoding="utf-8")
    (crosswalks / "interviews-terms.toml").write_text(terms, encoding="utf-8")
    made = study(here, sources)
    own = made.sources["interviews"]
    assert [wave.file.suffix for wave in own.waves] == [".qda", ".qdpx"]
    assert {wave.options["codebook"].name for wave in own.waves} == {"codebook.qdc"}
    assert list(made.sources["double_coded"].waves[0].options["coders"]) == ["Ana", "Ben"]
    reviewed = own.options["code_changes"]
    assert reviewed.changes[2026]["time pressure"].was == ("lack of time", "too busy")
    assert reviewed.changes[2026]["trust among peers"].comparable == "no"
    assert reviewed.same_as == {"expert_notes": {"finding a mentor": "hard to find mentors"}}
    said = load_terms(terms_file(here, "interviews"))
    assert (said.cleared, said.identifying, said.drafts) == ({"zoom"}, {"dana"}, {"brooklyn"})
    assert [a.kind for a in study(here, compared).analyses.values()] == ["two_sources"]
    (tmp_path / "there").mkdir()
    printed = study(tmp_path / "there", quotes)
    rules = printed.sources["interviews"].waves[0].options["quotes"]
    assert rules == replace(Rules(), group="operator_type", dissent=frozenset({"bad experience"}))
    assert str(printed.dates[2025]) == "2026-03-15"


def test_the_examples_say_what_they_are_said_to_say(tmp_path) -> None:
    options, _, rules, sidecar, crosswalk = (
        study(tmp_path / str(i), block).sources for i, block in enumerate(map(str, _made(tmp_path)))
    )
    formats = [wave.options["format"] for wave in options["member_survey"].waves]
    assert formats == ["surveymonkey", "limesurvey"]
    assert len(rules["member_survey"].waves[0].options["exclude"]) == 3
    then, now = (wave.instrument for wave in sidecar["member_survey"].waves)
    assert then is not None and now is not None
    assert then.unanswered == {"-99": "skipped", "-98": "refused"} == now.unanswered
    assert (then.columns["trust_1"], now.columns) == ("QID7_1", {})
    assert (list(then.measures), list(now.measures)) == ([], ["came"])
    assert [name for name, q in then.questions.items() if not q.reported] == ["member_code", "came"]
    reviewed = crosswalk["member_survey"].waves[1].instrument
    assert reviewed is not None
    assert (reviewed.questions["trust_1"].mark, reviewed.questions["came"].change) == (
        '"openly" for "freely"',
        "",
    )


def _made(folder: Path) -> list[str]:
    for i in range(len(BLOCKS)):
        (folder / str(i)).mkdir()
    return BLOCKS


def test_the_manuals_name_all_that_may_be_written() -> None:
    commands = cli.commands["instrument"]
    assert isinstance(commands, click.Group)
    own = {**COMMON, **OPTIONS["survey"]}.keys() & {
        "format", "encoding", "sheet", "dictionary", "parent", "keep", "exclude", "date_format", "duplicates"
    }  # fmt: skip
    statistics = [options for kind, options in ANALYSES.items() if kind != "two_sources"]
    for text, names in (
        (EXPORTS, [*FORMATS, *FLAGS, *own]),
        (INSTRUMENTS, [*MISSING, *COMPARABLE, *SIDECAR]),
        (INSTRUMENTS, [f"ksn instrument {name}" for name in commands.commands]),
        (STATISTICS, [*DESIGN, *CORRECTIONS, *(name for kind in statistics for name in kind)]),
        (INTERVIEWS, [*ANALYSES["two_sources"], *CODED, *CONSENTS, *LEDGER, *COMPARABLE, *QUOTES]),
        (INTERVIEWS, [*OPTIONS["interviews"].keys() - {"member"}]),
        (STATISTICS, [*KINDS, *MODELS]),
    ):
        assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)] == []
    assert len(own) == 9


def test_manuals_link_to_what_there_is() -> None:
    for text in (EXPORTS, INSTRUMENTS, INTERVIEWS):
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (DOCS / target).exists(), target


def test_a_study_s_own_suggestions_are_written_as_shown() -> None:
    known = {rule["name"]: rule for rule in toml.load(RULES)["rule"]}
    shown = [tomllib.loads(one) for one in examples(CIRCLES, "toml")]
    own = [told for told in shown if set(told) <= set(known)]
    assert own and all(own_texts(told, known) for told in own)


def test_the_words_of_circle_pages_are_told() -> None:
    assert all(f"| {word} |" in CIRCLES for word in NATURAL)
    assert all(f'"{word}"' in CIRCLES for word in (LOWEST[1], HIGHEST[1]))
