"""Members across years: the secret, keys, the panel table, its statistics, and sealed years."""

from __future__ import annotations

import os
import re
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from ksn_research import pipeline, secret
from ksn_research.analyse.panel import analyse_panel
from ksn_research.disclose import StudyInfo, publish
from ksn_research.errors import PlanError, ReadError
from ksn_research.plan import load_study
from ksn_research.plan.specs import Panel
from ksn_research.results import collect
from ksn_research.score.panel import link, member_key, names, panel, wave_keys
from ksn_research.seal import seal
from tests.editions import ksn
from tests.small_study import whole
from tests.survey_study import answers, pick, prepared, roster, wave

A, B = b"a" * 32, b"b" * 32
CODES = st.lists(st.sampled_from([f"M{i:02}" for i in range(12)]), unique=True)
YEARS = st.dictionaries(st.sampled_from([2022, 2023, 2024, 2025]), CODES, max_size=4)


@pytest.fixture
def secrets(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("KSN_SECRETS", str(tmp_path / "secrets"))
    return tmp_path / "secrets"


@pytest.fixture
def made(secrets) -> Panel:
    return Panel("member_survey", *secret.make("Our network"))


# --- the secret


def test_a_secret_is_for_its_user_alone_and_known_by_its_fingerprint(secrets, made) -> None:
    (path,) = secrets.iterdir()
    assert path == secret.path_of(made.secret) and path.name.startswith("our_network-")
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path, secrets)] == [0o600, 0o700]
    assert secret.fingerprint(secret.load(made)) == made.fingerprint
    assert len(secret.load(made)) == 32


def test_two_secrets_differ(made) -> None:
    assert secret.make("Our network") != (made.secret, made.fingerprint)


def _absent(path: Path) -> None:
    path.unlink()


def _readable(path: Path) -> None:
    path.chmod(0o640)


def _other(path: Path) -> None:
    path.write_text("ab" * 32 + "\n")


def _cut(path: Path) -> None:
    path.write_text(path.read_text()[:40])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _bytes(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 1000)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_absent, "the secret is not in the folder"),
        (_readable, "others may read the secret; .*chmod 600"),
        (_other, "another secret than the one"),
        (_cut, "no secret of ksn_research"),
        (_empty, "no secret of ksn_research"),
        (_bytes, "no secret of ksn_research"),
        (_folder, "no secret of ksn_research"),
        (_pipe, "no secret of ksn_research"),
    ],
)
def test_a_secret_that_is_not_the_studys_is_refused_and_none_is_made(secrets, made, spoil, words) -> None:
    path = secret.path_of(made.secret)
    spoil(path)
    before = sorted(p.name for p in secrets.iterdir())
    with pytest.raises(PlanError, match=words) as told:
        secret.load(made)
    assert sorted(p.name for p in secrets.iterdir()) == before
    assert str(secrets) not in str(told.value) and not re.search("[0-9a-f]{32}", str(told.value))


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KSN_SECRETS", str(tmp_path / "file" / "below"))
    with pytest.raises(PlanError, match="cannot be written"):
        secret.make("ours")


def test_secrets_lie_in_the_users_configuration(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("KSN_SECRETS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert secret.folder() == tmp_path / "ksn_research"


# --- keys and the panel table


def test_a_key_is_hmac_sha_256() -> None:
    # RFC 4231, test case 2 (key "Jefe").
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert member_key("what do ya want for nothing?", b"Jefe") == expected


@pytest.mark.parametrize("form", ["m001", " M001\t", "Ｍ００１"], ids=["case", "blanks", "full width"])
def test_the_form_of_a_code_does_not_matter(form) -> None:
    assert member_key(form, A) == member_key("M001", A)


def test_leading_zeros_matter() -> None:
    assert member_key("00712", A) != member_key("712", A)


def _keys(codes, with_: bytes) -> list[str]:
    return sorted(member_key(code, with_) for code in codes)


@given(YEARS, YEARS, st.sets(st.sampled_from([2022, 2023])))
def test_the_panel_table_is_the_same_under_any_secret_and_sealed_or_not(waves, past, sealed) -> None:
    tables = []
    for with_ in (A, B):
        memory = {year: _keys(codes, with_) for year, codes in past.items()}
        hidden = {y: [member_key(c, with_) for c in own] if y in sealed else own for y, own in waves.items()}
        tables += [panel(waves, memory, with_), panel(hidden, memory, with_, sealed)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(
            tables[0].drop(columns="member"), table.drop(columns="member"), check_exact=True
        )


@given(YEARS, YEARS)
def test_the_panel_table_counts_what_sets_of_codes_count(waves, past) -> None:
    table = panel(waves, {year: _keys(codes, A) for year, codes in past.items()}, A)
    held = {year: set(codes) for year, codes in {**past, **waves}.items()}
    found = {int(year): set(table.loc[table["year"] == year, "person"]) for year in table["year"].unique()}
    for one in held:
        for other in held:
            assert len(found.get(one, set()) & found.get(other, set())) == len(held[one] & held[other])


@given(YEARS, st.sets(st.sampled_from([2022, 2023])))
def test_every_person_has_one_name_whatever_the_secret(waves, sealed) -> None:
    called = []
    for with_ in (A, B):
        files = {y: [member_key(c, with_) if y in sealed else c for c in own] for y, own in waves.items()}
        found, twice = names(files, with_, sealed)
        assert not twice
        called.append(
            {(y, c): found[y][f] for y, own in waves.items() for c, f in zip(own, files[y], strict=True)}
        )
    assert called[0] == called[1]
    persons: dict[str, set[str]] = {}
    for (_, code), name in called[0].items():
        persons.setdefault(name, set()).add(code)
    assert all(len(codes) == 1 for codes in persons.values())
    assert len(persons) == len({code for _, code in called[0]})


def test_codes_that_differ_only_in_form_within_a_year_stay_apart_and_are_said() -> None:
    called, twice = names({2024: ["M1"], 2025: ["M1", "m1"]}, A)
    assert called[2025] == {"M1": "M1", "m1": "m1"} and dict(twice) == {2025: 1}


def test_a_year_of_which_only_keys_are_kept_tells_returners() -> None:
    table = panel({2024: ["x"], 2025: ["x", "y"]}, {2023: [member_key("y", A), member_key("z", A)]}, A)
    assert [tuple(row) for row in table[["year", "person"]].to_numpy()] == [
        (2023, 1), (2023, 2), (2024, 0), (2025, 0), (2025, 1),
    ]  # fmt: skip


# --- statistics


def _study(before: list[str], now: list[str], safe: list[int] | None = None, **more):
    """Two waves of the small survey: who answered, and the earlier wave's first item."""
    rows = [(2024, c, str(s), "3") for c, s in zip(before, safe or [3] * len(before), strict=True)]
    rows += [(2025, c, "3", "3") for c in now]
    frame = answers(rows, ["year", "member", "safe_1", "safe_2"])
    frame["organisation"] = frame["member"].str[-1].radd("O").where(frame["member"].notna())
    frame["safety"] = frame["safe_1"].astype(float)
    waves = {"pulse": (wave(2024), wave(2025))}
    return prepared(kinds={"pulse": "survey"}, waves=waves, responses={"pulse": frame}, **more)


def _rows(study, memory=None, secret_=None):
    linked, table, _ = link(study, secret_, memory or {})
    return analyse_panel(linked, table)


BEFORE = [f"M{i:02}" for i in range(40)]
NOW = [f"M{i:02}" for i in range(10, 35)] + [f"N{i:02}" for i in range(15)]


@pytest.mark.parametrize(
    ("category", "statistic", "expected"),
    [
        ("", "count", 40), ("wave before", "count", 40), ("stayed", "count", 25), ("newcomers", "count", 15),
        ("losses", "count", 15), ("stayed", "retention", 25 / 40), ("stayed", "share", 25 / 40),
    ],
)  # fmt: skip
def test_who_stayed_came_and_was_lost(category, statistic, expected) -> None:
    row = pick(
        _rows(_study(BEFORE, NOW)), measure="linkage", category=category, statistic=statistic, year=2025
    )
    assert row.estimate == expected


def test_retention_has_the_wilson_interval() -> None:
    row = pick(_rows(_study(BEFORE, NOW)), statistic="retention", group="")
    # Wilson (1927) for 25 of 40, by statsmodels.stats.proportion.proportion_confint(25, 40, method="wilson").
    assert (row.ci_low, row.ci_high) == pytest.approx((0.470324, 0.757770), abs=1e-6)
    assert (row.n, row.count, row.binary) == (40, 25, True)


def test_without_an_earlier_year_returners_are_undefined_and_newcomers_say_so() -> None:
    rows = _rows(_study(BEFORE, NOW))
    returners = pick(rows, category="returners")
    assert (returners.estimate, returners.status) == (None, "undefined") and returners.note
    assert "returners among them" in pick(rows, category="newcomers").note


def test_returners_are_known_from_keys_alone() -> None:
    study = _study(BEFORE, NOW)
    declared = replace(study, study=replace(study.study, panel=Panel("pulse", "x", "0" * 16)))
    memory = {2023: frozenset(_keys(["N00", "N01", "N02", "M00", "gone"], A))}
    rows = _rows(declared, memory, A)
    counts = {r.category: r.estimate for r in rows if r.statistic == "count"}
    assert counts == {
        "": 40, "wave before": 40, "stayed": 25, "newcomers": 12, "returners": 3, "losses": 15,
    }  # fmt: skip


def test_losses_are_split_by_the_roster() -> None:
    on = [f"M{i:02}" for i in range(5, 40)] + NOW[25:]
    people = roster("people", {"year": [2025] * len(on), "member": on})
    rows = _rows(_study(BEFORE, NOW, people=people))
    assert pick(rows, category="still on the roster").estimate == 10
    left = pick(rows, category="left the roster")
    assert left.estimate == 5 and left.parents == (pick(rows, category="losses").id,)


@pytest.mark.parametrize("listed", [True, False], ids=["a roster", "no roster"])
def test_the_linkage_rate_counts_those_without_a_code(listed) -> None:
    people = {"people": roster("people", {"year": [2025] * len(NOW), "member": NOW})} if listed else {}
    rows = _rows(_study(BEFORE, [*NOW[:36], None, None, None, None], **people))
    rate = pick(rows, statistic="rate" if listed else "share", category="", year=2025)
    assert (rate.estimate, rate.n, rate.population) == (0.9, 36, 40)


def test_a_survey_without_codes_has_no_panel() -> None:
    assert _rows(_study([None] * 8, [None] * 8)) == []


def test_attrition_is_welchs_test_of_the_earlier_score() -> None:
    rng = np.random.default_rng(5)
    score = list(rng.integers(1, 6, 40))
    rows = _rows(_study(BEFORE, NOW, score))
    row = pick(rows, measure="safety", statistic="difference")
    stayed, lost = score[10:35], score[:10] + score[35:]
    expected = ttest_ind(stayed, lost, equal_var=False)  # scipy
    interval = expected.confidence_interval()
    assert row.estimate == pytest.approx(np.mean(stayed) - np.mean(lost))
    assert (row.p, row.ci_low, row.ci_high) == pytest.approx((expected.pvalue, interval.low, interval.high))
    assert (row.n, row.people, row.year) == (40, 15, 2025)


def test_a_planted_attrition_is_recovered_and_none_is_not_invented() -> None:
    """Those lost had scored one point lower: the interval holds it; in 40 studies without, few reject."""
    rng = np.random.default_rng(11)
    before = [f"M{i:03}" for i in range(400)]
    now, rejected = before[:250], 0
    for planted in (1, *[0] * 40):
        base = rng.integers(2, 6, 400)
        score = list(np.where(np.arange(400) < 250, base, base - planted))
        row = pick(_rows(_study(before, now, score)), measure="safety", statistic="difference")
        if planted:
            assert row.ci_low < 1 < row.ci_high and row.ci_high - row.ci_low < 0.5
        else:
            rejected += row.p < 0.05
    assert rejected <= 6  # of 40 at the 5 % level


def test_headline_scales_are_adjusted_by_holm() -> None:
    score = [1, 5] * 20
    rows = _rows(_study(BEFORE, NOW, score, headline=("pulse.safety",)))
    row = pick(rows, measure="safety", statistic="difference")
    assert row.p_adjusted == row.p and "Holm over 1 declared" in row.method
    assert (
        pick(_rows(_study(BEFORE, NOW, score)), measure="safety", statistic="difference").p_adjusted is None
    )


def test_a_few_losses_can_not_be_worked_out_from_what_is_published() -> None:
    study = _study(BEFORE, [*BEFORE[3:], *(f"N{i:02}" for i in range(20))])
    evidence = collect(_rows(study))
    empty = pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"])
    shown = publish(
        evidence, StudyInfo("t", "T", "P", 2025), labels={}, waves=empty, findings=empty, earlier=empty
    ).results
    status = shown[shown["measure"] == "linkage"].set_index(["category", "statistic"])["status"]
    assert status["losses", "count"] == "suppressed"
    assert set(status["stayed"]) == {"suppressed"}
    assert status["wave before", "count"] == "published"


def test_another_secret_or_none_gives_no_panel_but_the_same_tables() -> None:
    study = _study(BEFORE, NOW)
    declared = replace(study, study=replace(study.study, panel=Panel("pulse", "x", "0" * 16)))
    linked, table, findings = link(declared, None, {2023: frozenset(_keys(BEFORE, A))})
    assert table.empty and not findings and analyse_panel(linked, table) == []
    pd.testing.assert_frame_equal(linked.responses["pulse"], declared.responses["pulse"])


# --- a study on disk


@pytest.fixture
def study(tmp_path, secrets) -> Path:
    return whole(tmp_path / "ours")


def linked(folder: Path, year: int = 2025):
    """A study's tables, linked, its panel table and what was found."""
    plan = load_study(folder)
    tables = pipeline.prepare(plan, year)
    if hasattr(tables, "panel"):
        return tables, tables.panel, list(tables.findings)
    at_hand, found = secret.at_hand(plan)
    tables, table, more = link(tables, at_hand, secret.recall(plan, year))
    return tables, table, [*tables.findings, *found, *more]


def computed(folder: Path) -> pd.DataFrame:
    """Every statistic, the panel's among them."""
    tables, table, _ = linked(folder)
    own = collect(analyse_panel(tables, table)).results
    rest = pipeline.analyse(tables).results
    return pd.concat([rest[rest["analysis"] != "panel"], own], ignore_index=True)


def test_a_new_study_has_a_secret_outside_it_and_its_fingerprint_inside(study, secrets) -> None:
    declared = load_study(study).panel
    (path,) = secrets.iterdir()
    assert path.name == f"{declared.secret}.secret" and secret.load(declared)
    held = path.read_text().strip()
    assert not [p for p in study.rglob("*") if p.is_file() and held in p.read_text(errors="replace")]


def test_keys_are_remembered_sorted_and_read_for_later_years_only(study) -> None:
    plan = load_study(study)
    tables, _, _ = linked(study)
    keys = wave_keys(tables, secret.load(plan.panel))
    secret.remember(plan, 2025, reversed(keys))
    lines = (study / "panel/member_survey-2025.csv").read_text().splitlines()
    assert lines == ["member_key", *sorted(keys)] and len(keys) == 60
    assert secret.recall(plan, 2025) == {}
    # An edition of 2026 takes 2025 from its export; one that does not load 2025 takes it from here.
    assert secret.recall(plan, 2026) == {}
    later = (study / "study.toml").read_text().replace("years = [2024, 2025]", "years = [2026, 2027]")
    (study / "study.toml").write_text(later)
    for year in (2026, 2027):
        for form in sorted((study / "instruments").glob("*-2025.*")):
            shutil.copyfile(form, form.with_name(form.name.replace("2025", str(year))))
    assert secret.recall(load_study(study), 2027) == {2025: frozenset(keys)}


@pytest.mark.parametrize(
    "content", [b"", b"member_key\nM001\n", b"code\n", b"\xff\xfe", b"member_key\n" + b"0" * 63]
)
def test_a_memory_that_holds_something_else_is_refused_without_its_words(study, content) -> None:
    (study / "panel").mkdir(exist_ok=True)
    (study / "panel" / "member_survey-2023.csv").write_bytes(content)
    with pytest.raises(ReadError, match="no list of keys") as told:
        secret.recall(load_study(study), 2025)
    assert "M001" not in str(told.value)


def test_without_the_secret_it_is_said_and_nothing_is_linked_or_made(study, secrets) -> None:
    shutil.rmtree(secrets)
    _, table, findings = linked(study)
    said = [f for f in findings if "not linked across years" in f.problem]
    assert [f.severity for f in said] == ["warn"] and said[0].file.endswith(".secret")
    assert str(secrets) not in str(said[0])
    assert table.empty and not secrets.exists()


def test_a_sealed_year_gives_the_same_numbers_and_holds_no_code(study) -> None:
    before = computed(study)
    told = seal(load_study(study), 2024, secret.load(load_study(study).panel))
    assert load_study(study).panel.sealed == (2024,) and len(told) == 4
    for path in (study / "2024").iterdir():
        assert not re.search(r"\bM\d\d\b", path.read_text()), path.name
    pd.testing.assert_frame_equal(before, computed(study), check_exact=True)
    assert not list(study.rglob(".seal*"))


def test_numbers_do_not_depend_on_the_secret(study, secrets, tmp_path) -> None:
    other = tmp_path / "again" / "ours"
    shutil.copytree(study, other)
    name, mark = secret.make("ours")
    declared = load_study(study).panel
    plan = (other / "study.toml").read_text()
    plan = plan.replace(declared.secret, name).replace(declared.fingerprint, mark)
    (other / "study.toml").write_text(plan)
    for folder in (study, other):
        seal(load_study(folder), 2024, secret.load(load_study(folder).panel))
    assert (study / "2024/people.csv").read_bytes() != (other / "2024/people.csv").read_bytes()
    pd.testing.assert_frame_equal(computed(study), computed(other), check_exact=True)


def test_a_sealed_year_beside_an_open_one_needs_the_secret(study, secrets) -> None:
    seal(load_study(study), 2024, secret.load(load_study(study).panel))
    shutil.rmtree(secrets)
    blocking = [f for f in linked(study)[2] if f.severity == "block"]
    assert len(blocking) == 1 and "codes of 2024 are sealed" in blocking[0].problem


def test_an_interrupted_sealing_is_gone_on_with_and_keys_nothing_twice(study, monkeypatch) -> None:
    plan, before = load_study(study), computed(study)
    key = secret.load(plan.panel)
    real, done = Path.replace, []

    def fails(self, target):
        if self.name.startswith(".sealed-") and len(done) == 1:
            raise KeyboardInterrupt
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(
            Path, "replace", lambda self, t: fails(self, t) if ".sealed-" in self.name else real(self, t)
        )
        with pytest.raises(KeyboardInterrupt):
            seal(plan, 2024, key)
    assert [f.severity for f in secret.at_hand(plan)[1]] == ["block"]
    seal(load_study(study), 2024, key)
    assert not secret.at_hand(load_study(study))[1]
    pd.testing.assert_frame_equal(before, computed(study), check_exact=True)


def test_names_on_the_list_of_members_are_emptied(study) -> None:
    path = study / "2024" / "people.csv"
    people = pd.read_csv(path)
    people.assign(name="Ada Lovelace", mail="ada@example.org").to_csv(path, index=False)
    told = seal(load_study(study), 2024, secret.load(load_study(study).panel))
    assert "Ada" not in path.read_text() and "ada@" not in path.read_text()
    assert any("emptied" in line and "name, mail" in line for line in told)


def _undeclared(study: Path) -> None:
    path = study / "2024" / "attendance.csv"
    sheet = pd.read_csv(path)
    sheet.assign(circle=sheet["member"]).to_csv(path, index=False)


def _spreadsheet(study: Path) -> None:
    plan = study / "study.toml"
    plan.write_text(plan.read_text().replace("people.csv", "people.xlsx"))


def _undated(study: Path) -> None:
    plan = study / "study.toml"
    plan.write_text(plan.read_text().replace('"{year}/people.csv"', '"2025/people.csv"\nundated = true'))


def _people_network(study: Path, *cells: str) -> None:
    """A network of people whose cells hold no single code."""
    plan = study / "study.toml"
    people = pd.read_csv(study / "2024" / "people.csv", dtype=str)
    said = {"who": people["member"][:4], "help 1": list(cells)}
    pd.DataFrame(said).to_csv(study / "2024" / "help.csv", index=False)
    source = '[sources.help]\nkind = "nominations"\nfile = "{year}/help.csv"\nyears = [2024]\n'
    more = 'units = "people"\nego = "who"\nrelations = { help = "help *" }\n'
    plan.write_text(f"{plan.read_text()}\n{source}{more}")


def _several_in_a_cell(study: Path) -> None:
    _people_network(study, *(["M001; M002"] * 4))


def _ratings(study: Path) -> None:
    _people_network(study, "Yes", "No", "Yes", "No")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_several_in_a_cell, "has no single member code in most of its cells"),
        (_ratings, "has no single member code in most of its cells"),
        (_undeclared, "column circle: the column would still hold member codes"),
        (_spreadsheet, "cannot be sealed"),
        (_undated, "is not of one year"),
    ],
)
def test_what_can_not_be_sealed_is_refused_and_nothing_is_changed(study, spoil, words) -> None:
    spoil(study)
    held = {p: p.read_bytes() for p in study.rglob("*") if p.is_file()}
    with pytest.raises(PlanError, match=words):
        seal(load_study(study), 2024, secret.load(load_study(study).panel))
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == held


def test_a_year_is_sealed_once(study) -> None:
    key = secret.load(load_study(study).panel)
    seal(load_study(study), 2024, key)
    with pytest.raises(PlanError, match="2024 is sealed already"):
        seal(load_study(study), 2024, key)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('source = "member_survey"', 'source = "people"', "which is no survey with a `respondent`"),
        ('fingerprint = "', 'fingerprint = "x', "no secret, or not its fingerprint"),
        ('secret = "', 'secret = "../', "no secret, or not its fingerprint"),
        ('secret = "', 'secert = "', "unknown key `secert`"),
    ],
)
def test_a_panel_that_can_not_be_meant_is_refused(study, old, new, words) -> None:
    plan = study / "study.toml"
    plan.write_text(plan.read_text().replace(old, new, 1))
    with pytest.raises(PlanError, match=words):
        load_study(study)


def test_the_command_checks_and_seals_and_never_shows_the_secret(study, secrets, capsys) -> None:
    held = next(secrets.iterdir()).read_text().strip()
    assert ksn("panel", "check", study) == 0
    assert ksn("panel", "seal", study, "2024") == 2  # not without --yes
    assert load_study(study).panel.sealed == ()
    assert ksn("panel", "seal", study, "2024", "--yes") == 0
    assert ksn("panel", "check", study) == 0
    shutil.rmtree(secrets)
    assert ksn("panel", "check", study) == 1
    told = "".join(capsys.readouterr())
    assert "fits the fingerprint" in told and "years sealed:     2024" in told
    assert "the secret is not in the folder" in told and held not in told


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_lies_where_the_secret_should_is_refused_in_words(content) -> None:
    declared = Panel("s", "fuzz", "0" * 16)
    path = secret.path_of("fuzz")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(PlanError):
        secret.load(declared)
