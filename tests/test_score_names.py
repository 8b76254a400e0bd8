"""Names as respondents write them: found on the roster for a stated reason, proposed, or nobody's."""

from __future__ import annotations

import tomllib

import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.errors import Origin, PlanError
from ksn_research.plan import load_study
from ksn_research.plan.aliases import Proposal, Reviewed, draft_lines, load_names, names_file, with_drafts
from ksn_research.plan.drift import plain
from ksn_research.score.lists import listed
from ksn_research.score.names import conflicts, nearest, propose, reduced, roster_names
from ksn_research.score.ties import read_ties

CALLED = {
    "O1": ("Alder House", "AH; The Alders"),
    "O2": ("Birch & Sons, Inc.", None),
    "O3": ("Café Zürich", "Mill; Cedar"),
    "O4": ("School 12", "Mill"),
    "O5": ("School 21", ""),
    "O6": ("Harbor House", "Harbor House"),
}
ORGANISATIONS = roster(
    "organisations",
    {
        "organisation": list(CALLED),
        "name": [name for name, _ in CALLED.values()],
        "aliases": [aliases for _, aliases in CALLED.values()],
    },
)
PEOPLE = roster("people", {"member": ["M1", "M2", "M3"]}).assign(name=["Ana Díaz", "Bo Li", "Bo Li"])
REVIEWED = Reviewed(
    {"the red barn": "O1", "mill": "O4", "gone away": "O99"},
    frozenset({"sunrise partners", "harbor house ltd"}),
    frozenset({"cedr"}),
    "net-names.toml",
)
NAMES = roster_names(ORGANISATIONS, PEOPLE, "organisations", REVIEWED)
ORIGIN = Origin("net", 2025, "", "x.csv")


@pytest.mark.parametrize(
    ("written", "node", "how"),
    [
        ("o1", "O1", "exact"), ("ALDER  house ", "O1", "exact"), ("Birch & sons, inc.", "O2", "exact"),
        ("ah", "O1", "alias"), ("the alders", "O1", "alias"), ("harbor house", "O6", "exact"),
        ("The Red Barn", "O1", "reviewed"), ("mill", "O4", "reviewed"),
        ("Alder-House", "O1", "spelling"), ("Alder House LLC", "O1", "spelling"),
        ("Birch and Sons", "O2", "spelling"), ("birch and sons incorporated", "O2", "spelling"),
        ("Cafe Zurich", "O3", "spelling"), ("CAFE\u0301 ZU\u0308RICH", "O3", "exact"),
        ("Alders", "O1", "spelling"), ("\u201cAlder House\u201d", "O1", "spelling"),
        ("Sunrise Partners", None, "unknown"), ("Harbor House Ltd", None, "unknown"),
        ("Gone away", None, ""), ("Cedr", None, ""), ("Havrbor House", None, ""), ("School 1 2", None, ""),
        ("Inc.", None, ""), ("", None, ""), ("Alderhouse", None, ""), ("Café", None, ""),
    ],
)  # fmt: skip
def test_a_name_is_found_for_a_stated_reason_or_not_at_all(written, node, how) -> None:
    assert NAMES.find(written) == (node, how)


def test_a_name_that_two_share_is_nobodys_in_any_spelling() -> None:
    bare = roster_names(ORGANISATIONS, PEOPLE, "organisations")
    assert [bare.find(text)[0] for text in ("Mill", "The Mill", "MILL, LLC")] == [None] * 3


def test_people_are_found_by_code_and_by_a_name_that_is_theirs_alone() -> None:
    people = roster_names(ORGANISATIONS, PEOPLE, "people")
    found = [people.find(text)[0] for text in ("m1", "ana diaz", "Bo Li", "Alder House")]
    assert found == ["M1", "M1", None, None]


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("Havrbor House", ["O6"]), ("House Harbor", ["O6"]), ("Alder Huose", ["O1"]), ("Cedr", ["O3"]),
        ("School 22", []), ("Schol 12", ["O4"]), ("Somebody else", []), ("", []), ("Inc.", []),
    ],
)  # fmt: skip
def test_near_misses_are_proposed_and_never_taken(written, near) -> None:
    assert [node for node, _, _ in nearest(written, NAMES)] == near
    assert NAMES.find(written)[0] is None


def test_two_that_are_equally_near_are_both_proposed() -> None:
    two = roster("organisations", {"organisation": ["A", "B"], "name": ["North Hall", "South Hall"]})
    near = nearest("Nouth Hall", roster_names(two, PEOPLE, "organisations"))
    assert {node for node, _, _ in near} == {"A", "B"}
    (line,) = draft_lines([Proposal("Nouth Hall", near)], Reviewed())
    assert tomllib.loads(line)["Nouth Hall"].startswith("? ") and " or " in line


def test_proposals_say_how_often_and_leave_out_what_was_reviewed() -> None:
    texts = ["Havrbor House", "havrbor  house", "Sunrise Partners", "Cedr", "nothing like it", "Gone away"]
    made = {one.said: one.times for one in propose(texts, NAMES)}
    assert made == {"Havrbor House": 2, "Cedr": 1}
    # What a draft already asks about is not drafted again.
    assert [line.split('"')[1] for line in draft_lines(propose(texts, NAMES), REVIEWED)] == ["Havrbor House"]


def test_a_review_that_the_roster_contradicts_blocks() -> None:
    wrong = Reviewed({"alder house": "O2", "ah": "O1"}, frozenset({"cedar"}), file="net-names.toml")
    found = conflicts(roster_names(ORGANISATIONS, PEOPLE, "organisations", wrong), ORIGIN)
    assert [f.answer for f in found] == ["alder house", "cedar"]
    assert len(said(found)) == 2 and "net-names.toml" in found[0].remedy


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('"A" = 3\n', "must be text"),
        ('"A" = " "\n', "stands for nothing"),
        ('"A B" = "O1"\n"a  b" = "O2"\n', "stands twice"),
        ("A B = 1\n", "not valid TOML"),
    ],
)
def test_a_list_of_names_that_is_no_review_is_refused(tmp_path, toml, words) -> None:
    path = names_file(tmp_path, "net")
    path.parent.mkdir()
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(PlanError, match=words):
        load_names(path)


def test_a_draft_counts_only_when_its_question_mark_is_gone_and_nothing_is_overwritten(tmp_path) -> None:
    path = names_file(tmp_path, "net")
    assert load_names(path) == Reviewed(file="net-names.toml")
    path.parent.mkdir()
    assert with_drafts(path, [Proposal("Nobody near", ())])[1] == 0
    text, new = with_drafts(path, propose(["Havrbor House", 'Cedr "x"'], NAMES))
    path.write_text(text, encoding="utf-8")
    assert new == 1 and with_drafts(path, propose(["Havrbor House"], NAMES)) == (text, 0)
    drafted = load_names(path)
    assert (drafted.drafts, dict(drafted.nodes)) == ({"havrbor house"}, {})
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"? ', '"') + '"Sunrise" = "unknown"  # mine\n', encoding="utf-8")
    text, new = with_drafts(path, propose(["Schol 12"], NAMES))
    path.write_text(text, encoding="utf-8")
    assert new == 1
    confirmed = load_names(path)
    assert dict(confirmed.nodes) == {"havrbor house": "O6"} and confirmed.unknown == {"sunrise"}
    assert confirmed.drafts == {"schol 12"} and "# mine" in path.read_text(encoding="utf-8")


def test_a_near_miss_is_set_aside_with_its_proposal_until_it_is_confirmed() -> None:
    sheet = export(["We are", "Advice"], ["Alder House", "Havrbor House; Sunrise Partners; sentinel"])
    asked = wave(ego="We are", relations={"advice": "Advice"})
    made = read_ties(sheet, asked, "net", NAMES)
    assert len(made.ties) == 0 and [one.said for one in made.proposals] == ["Havrbor House"]
    near, other = (f for f in made.findings if f.severity == "warn")
    assert "O6" in near.remedy and "net-names.toml" in near.remedy and near.answer == "Havrbor House"
    assert other.answer == "sentinel" and "sentinel" not in str(other) and "Havrbor" not in str(near)
    counts = made.audit.iloc[0]
    assert counts[["named", "outside", "near", "reviewed_unknown", "ties"]].tolist() == [3, 3, 1, 1, 0]
    confirmed = Reviewed({"havrbor house": "O6"}, REVIEWED.unknown, file="net-names.toml")
    names = roster_names(ORGANISATIONS, PEOPLE, "organisations", confirmed)
    made = read_ties(sheet, asked, "net", names)
    assert made.ties["alter"].tolist() == ["O6"] and made.audit["reviewed"].tolist() == [1]
    assert made.proposals == []


STUDY = '[study]\ntitle = "T"\nyears = [2025]\n[sources.net]\nfile = "net.csv"\n'
NOMINATIONS = 'kind = "nominations"\nego = "Us"\nrelations = { advice = "Advice *" }\n'


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('shape = "grid"\n', ".shape is `grid`"),
        ('empty = "no"\n', ".empty is `no`"),
        ("separators = [3]\n", "must list texts"),
        ('strength = { referral = "x" }\n', "which is no relation"),
        ('answers = { Yes = "tie" }\n', "neither a number"),
        ("answers = { Yes = true }\n", "neither a number"),
        ("answers = { No = -1 }\n", "neither a number"),
        ('least = "2"\n', "must be a number"),
    ],
)
def test_what_a_network_source_declares_is_checked(tmp_path, toml, words) -> None:
    (tmp_path / "study.toml").write_text(STUDY + NOMINATIONS + toml, encoding="utf-8")
    with pytest.raises(PlanError, match=words):
        load_study(tmp_path)


def test_a_network_source_knows_its_reviewed_names(tmp_path) -> None:
    extra = 'shape = "matrix"\nleast = 2\nanswers = { Yes = 1, "No say" = "refused" }\nnone = ["-"]\n'
    (tmp_path / "study.toml").write_text(STUDY + NOMINATIONS + extra, encoding="utf-8")
    path = names_file(tmp_path, "net")
    path.parent.mkdir()
    path.write_text('"Red Barn" = "O1"\n', encoding="utf-8")
    (only_wave,) = load_study(tmp_path).sources["net"].waves
    assert dict(only_wave.options["reviewed"].nodes) == {"red barn": "O1"}
    assert only_wave.options["least"] == 2


@pytest.mark.parametrize(
    ("cell", "separators", "parts"),
    [
        ("Alder House", (), ["Alder House"]),
        ("AH;o2 ; Harbor House;", (), ["AH", "o2", "Harbor House"]),
        ("1. AH\n2) Cedar\n- Mill", (), ["AH", "Cedar", "Mill"]),
        ("Birch & Sons, Inc.", (), ["Birch & Sons, Inc."]),
        ("Birch & Sons, Inc.; AH", (), ["Birch & Sons, Inc.", "AH"]),
        ("AH, Cedar and Harbor House", (), ["AH", "Cedar", "Harbor House"]),
        ("AH, the one in Dover", (), ["?AH, the one in Dover"]),
        ("Smith and Wesson", (), ["Smith and Wesson"]),
        ("AH, Birch & Sons, Inc., Fox, Inc., Mill", (",",), ["AH", "Birch & Sons, Inc.", "Fox", "Mill"]),
        ("AH and Cedar AND Alexander", (" and ",), ["AH", "Cedar", "Alexander"]),
        ("o1 o2  o3", (" ",), ["o1", "o2", "o3"]),
        ("Sunrise Partners; AH", (), ["Sunrise Partners", "AH"]),
        (";", (), [";"]),
    ],
)  # fmt: skip
def test_several_names_in_a_cell_are_told_apart_only_where_that_is_sure(cell, separators, parts) -> None:
    found = listed(cell, NAMES, separators)
    assert [part if sure else f"?{part}" for part, sure in found] == parts


@pytest.mark.parametrize(
    ("cell", "parts"),
    [("North; Hall", ["North", "Hall"]), ("North, Hall", ["?North, Hall"]), ("North-Hall", ["North-Hall"])],
)
def test_two_names_are_not_taken_for_a_third_that_is_spelled_like_both(cell, parts) -> None:
    three = roster(
        "organisations", {"organisation": ["A", "B", "C"], "name": ["North", "Hall", "North Hall"]}
    )
    found = listed(cell, roster_names(three, PEOPLE, "organisations"))
    assert [part if sure else f"?{part}" for part, sure in found] == parts


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_reducing_a_name_twice_changes_nothing_and_case_never_matters(text) -> None:
    once = reduced(text)
    assert reduced(plain(text)) == once
    assert NAMES.find(text) == NAMES.find(f"  {text}\t")


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=20).filter(lambda text: plain(text)))
def test_any_name_survives_its_draft(text) -> None:
    (line,) = draft_lines([Proposal(text, (("O1", 'A "b"\n\x07', 0.9),))], Reviewed())
    ((name, value),) = tomllib.loads(line).items()
    assert (plain(name), value) == (plain(text), "? O1")
