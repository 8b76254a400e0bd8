"""study.toml, forms, sidecars and crosswalks: what is refused, and what becomes of what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksn_research.check import check
from ksn_research.errors import PlanError
from ksn_research.plan import Source, Wave, load_study, waves_for
from ksn_research.plan.instrument import load_instrument
from ksn_research.prepared import Prepared

HEAD = '[study]\ntitle = "T"\nyears = [2025]\n'
LOG = '[sources.log]\nkind = "records"\nfile = "{year}/log.csv"\n'
FORM = "instruments/pulse-{year}.md"
SURVEY = f'[sources.pulse]\nkind = "survey"\nfile = "x.csv"\ninstrument = "{FORM}"\n'.replace(
    "x.csv", "{year}/pulse.csv"
)
SIDECAR = '[scales.safe]\nitems = ["safe_1", "safe_2"]\nreverse = ["safe_2"]\n'


def form(label: str = "I can speak", top: str = "Always", extra: str = "") -> str:
    choices = "".join(f"| | five | {i} | point {i} |\n" for i in range(1, 5))
    return (
        "| survey | | | |\n| | type | name | label |\n| | text | code | Your code |\n"
        f"| | select_one five | safe_1 | {label} |\n| | select_one five | safe_2 | I hold back |\n{extra}"
        "| choices | | | |\n| | list_name | name | label |\n"
        f"{choices}| | five | 5 | {top} |\n| | five | dont_know | Don't know |\n"
    )


def study(folder: Path, toml: str, sidecar: str = SIDECAR, crosswalk: str = "", **forms: str) -> Path:
    """A study's folder; forms by year (y2025=...), the plain one where none is given."""
    for place in ("instruments", "crosswalks"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (folder / "instruments" / "pulse.toml").write_text(sidecar, encoding="utf-8")
    if crosswalk:
        (folder / "crosswalks" / "pulse.toml").write_text(crosswalk, encoding="utf-8")
    for year in (2023, 2024, 2025):
        text = forms.get(f"y{year}", form())
        (folder / "instruments" / f"pulse-{year}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[study\n", "not valid TOML"),
        ("[stduy]\n", "unknown key `stduy`"),
        ("", "lacks `study`"),
        ("study = 3\n", "study.toml.study must be a table, not int"),
        ('[study]\ntitle = "T"\n', "[study] lacks `years`"),
        ('[study]\ntitle = "T"\nyears = []\n', "must list years as whole numbers"),
        ('[study]\ntitle = "T"\nyears = ["2025"]\n', "must list years as whole numbers"),
        ('[study]\ntitle = "T"\nyears = [true]\n', "must list years as whole numbers"),
        ("[study]\ntitle = 3\nyears = [2025]\n", "[study].title must be text, not int"),
        ("[study]\nyears = [2025]\n", "[study] lacks `title`"),
        (HEAD + "[disclosure]\npeople = 1\n", "[disclosure].people is 1"),
        (HEAD + "[disclosure]\npeople = true\n", "must be a whole number, not bool"),
        (HEAD + "[disclosure]\npeopel = 5\n", "unknown key `peopel`"),
        (HEAD + '[report]\nheadline = ["nobody.trust"]\n', "belongs to no source"),
        (HEAD + '[report]\nheadline = "log.x"\n', "must be a list, not str"),
        (HEAD + "[paths]\nhere = 3\n", "[paths].here is neither text nor"),
        (HEAD + "[paths]\nhere = { env = 3, default = 'x' }\n", "[paths].here.env must be text"),
        (HEAD + SURVEY + "not_a_circle = [3]\n", ".not_a_circle must list texts"),
        (HEAD + "[sources]\nlog = 3\n", "[sources].log must be a table, not int"),
        (HEAD + "[sources.log]\n", "[sources.log] lacks `kind`"),
        (HEAD + '[sources.log]\nkind = "diary"\n', "unknown kind `diary`"),
        (HEAD + '[sources.log]\nkind = "records"\n', "[sources.log] lacks `file`"),
        (HEAD + LOG + "respondent = 'x'\n", "unknown key `respondent`"),
        (HEAD + LOG + "encoding = 5\n", "[sources.log].encoding must be text, not int"),
        (HEAD + LOG + "columns = 'x'\n", "[sources.log].columns must be a table, not str"),
        (HEAD + LOG + "columns = { a = 3 }\n", "[sources.log].columns.a must be text, not int"),
        (HEAD + LOG + 'years = ["x"]\n', "[sources.log].years must list years"),
        (HEAD + LOG + 'date_format = "%Q"\n', "date_format is not understood"),
        (HEAD + LOG + "[sources.log.year.2025]\nfiel = 'x'\n", "unknown key `fiel`"),
        (HEAD + LOG.replace("{year}", "{place}"), "has a name in braces that [paths] does not declare"),
        (HEAD + LOG.replace("{year}", "{"), "has a name in braces"),
        (HEAD + LOG.replace('file = "{year}/log.csv"', "waves = { a = 3 }"), ".waves.a must be text"),
        (HEAD + '[sources.s]\nkind = "survey"\nfile = "x.csv"\n', "[sources.s] lacks `instrument`"),
        (HEAD + '[sources.n]\nkind = "nominations"\nfile = "x.csv"\nego = "e"\n', "lacks `relations`"),
        (HEAD + '[sources.n]\nkind = "edges"\nfile = "x.csv"\nunits = "peple"\n', ".units is `peple`"),
        (HEAD + SURVEY + 'duplicates = "frist"\n', ".duplicates is `frist`"),
        (HEAD + SURVEY + 'respondent = "cod"\n', "respondent is `cod`, which is no question"),
        (HEAD + SURVEY + 'circle = "cirlce"\n', "circle is `cirlce`, which is no question"),
        (HEAD + SURVEY.replace("pulse-{year}.md", "none.md"), "there is no such instrument"),
    ],
)
def test_a_plan_that_would_be_misread_is_refused_with_its_place(tmp_path, toml, words) -> None:
    with pytest.raises(PlanError) as error:
        load_study(study(tmp_path, toml))
    assert words in str(error.value)
    assert error.value.file in ("study.toml", "none.md")
    assert error.value.remedy


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ("scale = 3\n", "unknown key `scale`"),
        ("scales = 3\n", "scales must be a table, not int"),
        ("[scales]\nsafe = 3\n", "scales.safe must be a table"),
        ("[scales.safe]\n", "lacks `items`"),
        ('[scales.safe]\nitems = ["safe_9"]\n', "names `safe_9`, which is no question"),
        ('[scales.safe]\nitems = ["safe_1"]\nreverse = ["safe_2"]\n', "reversed and not among its items"),
        ('[scales.safe]\nitems = ["safe_1", "safe_1"]\n', "each once"),
        ('[scales.safe]\nitems = ["code"]\n', "`code` has no numbered answers"),
        ('[scales.safe]\nitems = ["safe_1"]\nhigh = 4\n', "`safe_1` has answers outside 1 to 4"),
        ('[scales.safe]\nitems = ["safe_1"]\nlow = "1"\n', "low must be a number, not str"),
        ('[scales.safe]\nitems = ["safe_1"]\nmin_answered = 80\n', "between 0 and 1"),
        ('[scales.safe_1]\nitems = ["safe_2"]\n', "has the name of a question"),
        ('[scales.region]\nitems = ["safe_2"]\n', "has the name of a question or column"),
        ('[measures.m]\nquestion = "safe_1"\nchoices = ["6"]\n', "counts `6`, which `safe_1` does not offer"),
        ('[measures.m]\nquestion = "safe_1"\nchoices = ["5"]\ndenominator = "all"\n', "denominator is `all`"),
        ('[columns.2025]\nsafe_9 = "Q"\n', "columns.2025 names `safe_9`"),
        ('[columns]\n2025 = "Q"\n', "columns.2025 must be a table"),
        ('[answers.2025.safe_1]\n"Sometimes" = "6"\n', "maps to `6`, which the question does not offer"),
        ('[answers.2025]\nsafe_1 = "5"\n', "answers.2025.safe_1 must be a table"),
    ],
)
def test_a_sidecar_that_does_not_fit_the_form_is_refused(tmp_path, sidecar, words) -> None:
    with pytest.raises(PlanError) as error:
        load_study(study(tmp_path, HEAD + SURVEY, sidecar))
    assert words in str(error.value)
    assert error.value.file == "pulse.toml"


def test_a_scale_may_say_in_which_years_it_is_asked(tmp_path) -> None:
    later = SIDECAR + '[scales.new]\nitems = ["extra"]\nyears = [2025]\n'
    extra = form(extra="| | select_one five | extra | New here |\n")
    made = load_study(study(tmp_path, HEAD.replace("[2025]", "[2024, 2025]") + SURVEY, later, y2025=extra))
    before, now = made.sources["pulse"].waves
    assert (set(before.instrument.scales), set(now.instrument.scales)) == ({"safe"}, {"safe", "new"})


@pytest.mark.parametrize("name", ["region", "circle", "member", "year"])
def test_a_question_may_not_take_the_name_of_a_column_of_the_results(tmp_path, name) -> None:
    taken = form(extra=f"| | text | {name} | Where? |\n")
    with pytest.raises(PlanError, match=f"the question `{name}` has the name of a column"):
        load_study(study(tmp_path, HEAD + SURVEY, y2025=taken))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("f.xlsx", b"no workbook"),
        ("f.md", b"no table"),
        ("f.md", b"| \xff\xfe"),
        ("f.md", form().replace("five |", "six |", 1).encode()),
    ],
)
def test_a_form_that_is_none_is_named_and_nothing_else_happens(tmp_path, name, data) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PlanError) as error:
        load_instrument(tmp_path / name, tmp_path / "f.toml", 2025)
    assert error.value.file == name


def test_what_the_form_says_arrives(tmp_path) -> None:
    sidecar = SIDECAR + '[missing]\ndont_know = ["dont_know"]\n[answers.2025.safe_1]\n"Very often" = "5"\n'
    wave = load_study(study(tmp_path, HEAD + SURVEY, sidecar)).sources["pulse"].waves[0]
    safe = wave.instrument.questions["safe_1"]
    assert (safe.type, safe.label, [c.value for c in safe.choices]) == (
        "select_one", "I can speak", [1, 2, 3, 4, 5, None],
    )  # fmt: skip
    assert safe.choices[5].missing == "dont_know"
    assert wave.instrument.scales["safe"].reverse == ("safe_2",)
    assert wave.instrument.answers["safe_1"] == {"Very often": "5"}
    assert wave.file == tmp_path / "2025/pulse.csv"


@pytest.mark.parametrize(
    ("place", "words"),
    [("study.toml/", "cannot be opened"), ("nowhere", "there is no such file")],
)
def test_a_folder_that_is_no_study_is_said_so(tmp_path, place, words) -> None:
    (tmp_path / "study.toml").write_text(HEAD)
    with pytest.raises(PlanError, match=words):
        load_study(tmp_path / place)


TWO = HEAD.replace("[2025]", "[2024, 2025]") + SURVEY
DECLARED = '[[change]]\nyear = {year}\nquestion = "safe_1"\ncomparable = "{how}"\nreason = "reworded"\n'


@pytest.mark.parametrize(
    ("crosswalk", "new", "reason", "severity"),
    [
        ("", form("I may speak"), "wording or choices changed and the crosswalk pulse.toml", "warn"),
        ("", form(top="Every time"), "wording or choices changed and the crosswalk pulse.toml", "warn"),
        (DECLARED.format(year=2025, how="no"), form("I may speak"), "reworded", "note"),
        (DECLARED.format(year=2025, how="yes"), form("I may speak"), "", None),
        (DECLARED.format(year=2025, how="label-change"), form("I may speak"), "", "note"),
        (DECLARED.format(year=2024, how="no"), form(), "", None),
        ("", form(), "", None),
    ],
    ids=["reworded", "a choice reworded", "declared no", "declared yes", "label", "of another year", "same"],
)
def test_what_changed_is_compared_only_where_somebody_said_it_may_be(
    tmp_path, crosswalk, new, reason, severity
) -> None:
    made = load_study(study(tmp_path, TWO, crosswalk=crosswalk, y2025=new))
    now = made.sources["pulse"].waves[1].instrument
    assert now.questions["safe_1"].change.startswith(reason)
    assert bool(now.questions["safe_1"].change) == bool(reason)
    assert bool(now.scales["safe"].change) == bool(reason)
    prepared = Prepared(made, 2025, {"pulse": waves_for(made.sources["pulse"], 2025)})
    findings = check(prepared)
    of_one = findings[findings["column"] == "safe_1"]
    assert of_one["severity"].tolist() == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("crosswalk", "words"),
    [
        ('[[change]]\nyear = 2025\nquestion = "safe_1"\n', "does not say whether it is comparable"),
        (DECLARED.format(year=2025, how="maybe"), "does not say whether it is comparable"),
        (DECLARED.format(year=2025, how="no").replace("safe_1", "safe_9"), "names `safe_9`"),
        ('[[change]]\nyear = 2025\ncomparable = "no"\n', "lacks `question`"),
        ("[[chnage]]\n", "unknown key `chnage`"),
        ("change = 3\n", "must be a list"),
        ("change = [3]\n", "a change must be a table"),
    ],
)
def test_a_crosswalk_must_be_whole(tmp_path, crosswalk, words) -> None:
    with pytest.raises(PlanError) as error:
        load_study(study(tmp_path, TWO, crosswalk=crosswalk))
    assert words in str(error.value)


def test_a_change_of_another_year_may_name_a_question_no_longer_asked(tmp_path) -> None:
    old = form(extra="| | text | gone | What else? |\n")
    crosswalk = DECLARED.format(year=2024, how="no").replace("safe_1", "gone")
    made = load_study(study(tmp_path, TWO, crosswalk=crosswalk, y2024=old))
    assert "gone" not in made.sources["pulse"].waves[1].instrument.questions


def test_paths_come_from_the_environment_or_their_default(tmp_path, monkeypatch) -> None:
    toml = HEAD + '[paths]\nreal = { env = "KSN_TEST_PLACE", default = "../elsewhere" }\n'
    folder = study(tmp_path / "s", toml + LOG.replace("{year}", "{real}/{year}"))
    monkeypatch.delenv("KSN_TEST_PLACE", raising=False)
    default = load_study(folder).sources["log"].waves[0].file
    assert default.resolve() == (tmp_path / "elsewhere/2025/log.csv").resolve()
    monkeypatch.setenv("KSN_TEST_PLACE", str(tmp_path / "told"))
    assert load_study(folder).sources["log"].waves[0].file == tmp_path / "told/2025/log.csv"


def test_a_year_may_have_its_own_file_and_options(tmp_path) -> None:
    toml = TWO + LOG + '[sources.log.year.2024]\nfile = "old.csv"\nencoding = "cp1252"\n'
    old, new = load_study(study(tmp_path, toml)).sources["log"].waves
    assert (old.file.name, old.options["encoding"]) == ("old.csv", "cp1252")
    assert (new.file.name, "encoding" in new.options) == ("log.csv", False)


def test_several_waves_of_a_year_keep_their_order(tmp_path) -> None:
    toml = TWO.split("[sources")[0] + LOG.replace(
        'file = "{year}/log.csv"', 'waves = { kick-off = "{year}/a.csv", closing = "{year}/b.csv" }'
    )
    waves = load_study(study(tmp_path, toml)).sources["log"].waves
    assert [(w.year, w.name) for w in waves] == [
        (2024, "kick-off"), (2024, "closing"), (2025, "kick-off"), (2025, "closing"),
    ]  # fmt: skip


def test_years_of_a_source_are_put_in_order(tmp_path) -> None:
    made = load_study(study(tmp_path, TWO + LOG + "years = [2025, 2023, 2025]\n"))
    assert [wave.year for wave in made.sources["log"].waves] == [2023, 2025]


def dated(*years: int | None) -> Source:
    return Source("s", "records", "s", tuple(Wave(year, "", Path("x.csv")) for year in years))


@pytest.mark.parametrize(
    ("years", "edition", "taken"),
    [
        ((2022, 2023, 2024, 2025), 2025, [2024, 2025]),
        ((2022, 2023, 2024, 2025), 2024, [2023, 2024]),
        ((2020, 2023), 2025, [2020, 2023]),
        ((2024, 2024, 2025), 2025, [2024, 2024, 2025]),
        ((2025,), 2024, []),
        ((None,), 2024, [None]),
    ],
)
def test_an_edition_takes_each_sources_newest_two_waves_not_after_it(years, edition, taken) -> None:
    assert [wave.year for wave in waves_for(dated(*years), edition)] == taken


def test_a_source_of_no_year_is_loaded_once(tmp_path) -> None:
    made = load_study(study(tmp_path, TWO + LOG.replace("{year}/", "") + "undated = true\n"))
    assert [wave.year for wave in made.sources["log"].waves] == [None]


RECORDS = (
    '[sources.groups]\nkind = "records"\nfile = "{year}/groups.csv"\n'
    'numbers = ["before", "after", "sessions"]\n'
    '[sources.groups.columns]\nmember = "Member"\ngroup = "Group"\nrole = "Role"\n'
    'before = "Before"\nafter = "After"\nsessions = "Sessions"\n'
)
BLOCK = HEAD + SURVEY + RECORDS + "[analyses.one]\n"
GROUPS = 'kind = "groups"\nof = ["pulse.safe"]\nby = "region"\n'
ADJUSTED = 'kind = "adjusted"\nof = ["pulse.safe"]\nmembers = "groups"\n'
NESTED = 'kind = "nested"\nsource = "groups"\ngroup = "group"\nbefore = "before"\nafter = "after"\n'


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("", "[analyses.one] lacks `kind`"),
        ('kind = "magic"\n', "[analyses.one].kind is `magic`"),
        ('kind = "groups"\nby = "region"\n', "lacks `of`"),
        (GROUPS + 'dose = "x"\n', "unknown key `dose`"),
        (GROUPS + 'correction = "none"\n', ".correction is `none`"),
        (GROUPS.replace("pulse.safe", "pulse.danger"), "no scale and no declared share"),
        (GROUPS.replace("pulse.safe", "groups.after"), "no scale and no declared share"),
        (ADJUSTED + 'covariates = ["height"]\n', ".covariates is `height`"),
        (ADJUSTED.replace('members = "groups"', 'members = "pulse"'), "no source of the kind `records`"),
        (ADJUSTED + 'dose = "role"\n', "needs the column `role`"),
        (NESTED.replace('after = "after"', 'after = "later"'), "needs the column `later`"),
        (NESTED + 'where = { rank = "mentee" }\n', "needs the column `rank`"),
        (NESTED + "where = { role = 3 }\n", ".where.role must be text"),
        (NESTED + 'expected = "before"\n', "has one of `expected` and `received`"),
    ],
)
def test_an_analysis_that_cannot_be_done_is_refused(tmp_path: Path, block: str, words: str) -> None:
    with pytest.raises(PlanError) as error:
        load_study(study(tmp_path, BLOCK + block))
    assert words in str(error.value)
    assert error.value.remedy


def test_analyses_of_every_kind_are_read(tmp_path: Path) -> None:
    blocks = BLOCK + GROUPS + 'label = "Regions"\n' + "[analyses.two]\n" + ADJUSTED + "[analyses.three_x]\n"
    told = load_study(study(tmp_path, blocks + NESTED + 'where = { role = "mentee" }\n')).analyses
    assert [(a.name, a.kind, a.label) for a in told.values()] == [
        ("one", "groups", "Regions"),
        ("two", "adjusted", "two"),
        ("three_x", "nested", "three x"),
    ]
    assert told["one"].options == {"of": ["pulse.safe"], "by": "region", "correction": "holm"}
    assert told["three_x"].options["where"] == {"role": "mentee"}


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ("rake = ['region']\nstrat = 'region'\n", "unknown key `strat`"),
        ("rake = ['height']\n", ".design.rake names `height`"),
        ("strata = 'organisation'\n", ".design.strata names `organisation`"),
        ("rake = ['region']\npoststratify = ['type']\n", "has both `rake` and `poststratify`"),
        ("rake = ['region']\ntrim = 0.5\n", ".design.trim must be over 1"),
    ],
)
def test_a_design_that_the_roster_cannot_serve_is_refused(tmp_path: Path, design: str, words: str) -> None:
    toml = HEAD + SURVEY + 'respondent = "code"\n[sources.pulse.design]\n' + design
    with pytest.raises(PlanError) as error:
        load_study(study(tmp_path, toml))
    assert words in str(error.value)


def test_a_design_needs_the_member_code(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="has a design but no `respondent`"):
        load_study(study(tmp_path, HEAD + SURVEY + '[sources.pulse.design]\nrake = ["region"]\n'))
