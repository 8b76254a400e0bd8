"""Circles: exact counts for disclosure, and what is said of all of them together."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import FIVE, KNOW, answers, pick, prepared, roster
from survey_study import instrument as pulse

from ksn_research.analyse.circles.answering import fieldings
from ksn_research.analyse.circles.counts import answers_table
from ksn_research.analyse.circles.frames import TABLES
from ksn_research.analyse.circles.section import analyse_circles, circle_tables
from ksn_research.analyse.circles.sides import sides
from ksn_research.pipeline import prepare
from ksn_research.plan import Choice, Instrument, Measure, Question, Scale, Wave, load_study
from ksn_research.plan.comments import Comments
from ksn_research.results import collect
from tests.conftest import REPOSITORY, modest

CARRIED = {"circle": "which"}


def wave(year, name="", change="", **options):
    return Wave(year, name, Path("x.csv"), pulse(change), options)


def feedback(scores, year=2025, anonymous=True, name=""):
    """Answers by circle: for each score one respondent; safe_2 is the other way round."""
    made = [
        [year, name, None if anonymous else f"{c}{i}", c, c, str(s), str(6 - s), "yes" if s > 3 else "no", s]
        for c, values in scores.items()
        for i, s in enumerate(values)
    ]
    return answers(made, ["year", "wave", "member", "circle", "which", "safe_1", "safe_2", "again", "safety"])


def study_of(frame, *waves, **more):
    used = waves or (wave(2025, **CARRIED),)
    return prepared(
        kinds={"feedback": "survey", "circles": "circles"},
        responses={"feedback": frame},
        waves={"feedback": used},
        **more,
    )


def seats_of(year=2025, **members):
    pairs = [(circle, member) for circle, who in members.items() for member in who]
    columns = {"year": [year] * len(pairs), "circle": [c for c, _ in pairs], "member": [m for _, m in pairs]}
    return roster("circles", columns)


def of(table, **wanted):
    """The one line of a table with these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1, f"{len(table)} lines with {wanted}"
    return table.iloc[0]


SCORES = {"c1": [5, 4, 5, 3, 4], "c2": [1, 2, 2, 3, 2, 1], "c3": [1, 1], "c4": [3, 4, 4, 3, 5, 2]}
MADE = circle_tables(study_of(feedback(SCORES)))


# --- what the tables look like ---------------------------------------------------------------------------


def typed(tables):
    return {name: {c: str(t) for c, t in table.dtypes.items()} for name, table in tables.items()}


def test_tables_keep_their_columns_and_types_whether_filled_or_empty():
    empty = circle_tables(prepared())
    assert typed(empty) == typed(MADE)
    assert {name: list(table) for name, table in empty.items()} == {n: list(c) for n, c in TABLES.items()}
    assert all(table.empty for table in empty.values())
    assert analyse_circles(prepared()) == []


def test_a_survey_without_circles_gives_no_line():
    made = study_of(feedback(SCORES).assign(circle=None))
    assert all(table.empty for name, table in circle_tables(made).items())
    assert analyse_circles(made) == []


# --- counting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circle", "measure", "n", "positive"),
    [
        ("c1", "safe_1", 5, 4),
        ("c1", "safe_2", 5, 4),  # an item that its scale turns round: 1 and 2 are favourable
        ("c2", "safe_1", 6, 0),
        ("c2", "safe_2", 6, 0),
        ("c1", "again", 5, 4),  # "yes"
        ("c3", "safe_1", 2, 0),
        ("c4", "safe_2", 6, 3),
    ],
)
def test_favourable_answers_are_counted(circle, measure, n, positive):
    line = of(MADE["circle_answers"], circle=circle, measure=measure)
    assert (line["n"], line["positive"], line["by_membership"]) == (n, positive, False)
    assert pd.isna(line["organisations"])


def test_a_line_says_which_answers_are_favourable_and_where_the_question_stands():
    labels = MADE["circle_answers"].drop_duplicates("measure").set_index("measure")
    assert labels["label_positive"].to_dict() == {
        "safe_1": "point 4;point 5", "safe_2": "point 1;point 2", "again": "Yes",
    }  # fmt: skip
    assert labels["order"].to_dict() == {"safe_1": 0, "safe_2": 1, "again": 3}
    assert set(labels["reworded"]) == {""}


def test_answers_that_stand_for_none_and_gaps_are_no_opinion_and_the_line_stays():
    frame = feedback({"c1": [5, 4, 2], "c2": [1]})
    frame["safe_1"] = ["dont_know", "4", "2", None]
    frame["valuable"] = ["dont_know", "5", "3", "dont_know"]
    made = circle_tables(study_of(frame))["circle_answers"]
    assert of(made, circle="c1", measure="valuable")[["n", "positive"]].tolist() == [2, 1]
    # Whoever reads what is shown must not see nobody apart from hardly anybody.
    assert of(made, circle="c2", measure="valuable")[["n", "positive"]].tolist() == [0, 0]
    assert of(made, circle="c2", measure="safe_1")["n"] == 0


@pytest.mark.parametrize(("people", "up"), [(3, 2), (4, 1), (5, 0)])
def test_only_options_that_enough_people_of_the_network_chose_hide_anybody(people, up):
    # safe_1 over all circles: 1, 2, 3 and 4 four times each, 5 three times.
    table = circle_tables(replace_people(study_of(feedback(SCORES)), people))["circle_answers"]
    line = of(table, circle="c1", measure="safe_1")
    assert line["options_up"] == up


def replace_people(made, people):
    return replace(made, study=replace(made.study, people=people))


def test_somebody_who_answers_for_no_circle_counts_among_the_network_only():
    frame = feedback({**SCORES, "none": [5, 5]})
    frame["circle"] = frame["circle"].where(frame["circle"] != "none")
    made = circle_tables(study_of(frame))
    assert set(made["circle_response"]["circle"]) == set(SCORES)
    assert of(made["circle_answers"], circle="c1", measure="safe_1")["options_up"] == 1  # 5 was given 5 times


def test_response_counts_sheets_without_a_code_and_people_with_one():
    assert MADE["circle_response"].set_index("circle")["answered"].to_dict() == {
        name: len(values) for name, values in SCORES.items()
    }
    twice = feedback({"c1": [5, 4, 3]}, anonymous=False).assign(member=["a", "a", "b"])
    assert circle_tables(study_of(twice))["circle_response"]["answered"].tolist() == [2]


def test_scales_name_their_items():
    table = MADE["circle_scales"]
    assert table[["source", "year", "scale", "item"]].to_numpy().tolist() == [
        ["feedback", 2025, "safety", "safe_1"],
        ["feedback", 2025, "safety", "safe_2"],
    ]


# --- which answers are favourable ------------------------------------------------------------------------


def points(count, first=1):
    return tuple(Choice(str(i), f"point {i}", float(i)) for i in range(first, first + count))


def named(*names):
    return tuple(Choice(name, name.replace("_", " ")) for name in names)


def of_question(choices, kind="select_one", measures=(), scales=()):
    asked = Question("q", kind, "Q", choices)
    made = {m.name: m for m in measures}
    return sides(asked, Instrument("i", "I", {"q": asked}, {s.name: s for s in scales}, made))


PACE = named("too_slow", "right", "too_fast")
ABSURD = (Measure("all", "All", "q", ("too_slow", "right", "too_fast")),)
RIGHT = (Measure("pace", "About right", "q", ("right",)),)
TURNED, KEPT = Scale("s", "S", ("q",), ("q",)), Scale("s", "S", ("q",))


@pytest.mark.parametrize(
    ("choices", "more", "positive"),
    [
        (points(5), {}, "4 5"),
        (points(4), {}, "3 4"),
        (points(7), {}, "5 6 7"),
        (points(3), {}, "3"),
        (points(11, 0), {}, "6 7 8 9 10"),
        ((*points(5), KNOW), {}, "4 5"),
        ((*points(5), Choice("na", "Does not apply")), {}, "4 5"),
        (points(5), {"scales": (TURNED,)}, "1 2"),
        (points(4), {"scales": (TURNED,)}, "1 2"),
        (points(2, 0), {"scales": (KEPT,)}, "1"),
        (points(5)[::-1], {}, "4 5"),  # as they are numbered, not as they are listed
        (named("yes", "no", "unsure"), {}, "yes"),
        (named("no", "yes"), {}, "yes"),
        ((Choice("1", "Yes", 1.0), Choice("2", "No", 2.0)), {}, "1"),
        (PACE, {"measures": RIGHT}, "right"),
        (PACE, {"measures": ABSURD + RIGHT}, "right"),
        (PACE, {}, None),
        (PACE, {"measures": ABSURD}, None),
        (named("yes"), {}, None),
        (points(3, 2019), {}, None),  # years are no rating
        (points(2), {}, None),
        (points(5), {"kind": "select_multiple"}, None),
        ((), {"kind": "integer"}, None),
        ((), {"kind": "text"}, None),
    ],
)
def test_which_answers_are_favourable(choices, more, positive):
    found = of_question(choices, **more)
    assert (found and " ".join(c.name for c in found.positive)) == positive


def test_other_answers_without_a_number_among_points_are_no_opinion():
    found = of_question((*points(5), Choice("na", "Does not apply")))
    assert [c.name for c in found.others] == ["1", "2", "3"]


def test_a_label_keeps_its_own_semicolon_from_splitting_it():
    assert of_question((Choice("yes", "Yes; always"), Choice("no", "No"))).label == "Yes, always"


def test_a_permission_is_no_result():
    plan = pulse()
    questions = {**plan.questions, "again": replace(plan.questions["again"], reported=False)}
    hidden = Wave(2025, "", Path(), replace(plan, questions=questions), CARRIED)
    assert "again" not in set(circle_tables(study_of(feedback(SCORES), hidden))["circle_answers"]["measure"])
    asked = wave(2025, **CARRIED, comments=Comments(("note",), "again"))
    assert "again" not in set(circle_tables(study_of(feedback(SCORES), asked))["circle_answers"]["measure"])


# --- whose answer is whose circle's ----------------------------------------------------------------------


def test_who_sits_in_two_circles_counts_in_both_where_the_survey_does_not_ask():
    frame = feedback({"c1": [5, 4], "c2": [3]}, anonymous=False).drop(columns="which")
    # Scoring gives everybody the first circle of the list; here the list itself counts.
    frame["circle"] = "x"
    seats = seats_of(x=["c10", "c11"], y=["c10", "nobody"], z=["c20"])
    tables = circle_tables(study_of(frame, wave(2025), circles=seats))
    assert tables["circle_response"].set_index("circle")["answered"].to_dict() == {"x": 2, "y": 1, "z": 1}
    counted = tables["circle_answers"][tables["circle_answers"]["measure"] == "safe_1"].set_index("circle")
    assert counted[["n", "positive"]].T.to_dict("list") == {"x": [2, 2], "y": [1, 1], "z": [1, 0]}
    assert counted["by_membership"].all()


def test_the_circle_that_an_answer_names_counts_and_not_the_list():
    frame = feedback({"c1": [5, 4]}, anonymous=False)
    tables = circle_tables(study_of(frame, circles=seats_of(other=["c10", "c11"])))
    assert set(tables["circle_response"]["circle"]) == {"c1"}
    assert not tables["circle_answers"]["by_membership"].any()


def test_organisations_are_counted_among_those_with_an_opinion():
    frame = feedback({"c1": [5, 4, 3], "c2": [2]}, anonymous=False)
    frame["organisation"] = ["o1", "o1", "o2", None]
    frame.loc[2, "safe_1"] = None
    tables = circle_tables(study_of(frame))
    assert tables["circle_response"].set_index("circle")["organisations"].to_dict() == {"c1": 2, "c2": 0}
    assert of(tables["circle_answers"], circle="c1", measure="safe_1")["organisations"] == 1
    assert of(tables["circle_answers"], circle="c1", measure="safe_2")["organisations"] == 2


def test_an_event_without_list_or_attendance_has_its_answers():
    rows = analyse_circles(study_of(feedback(SCORES)))
    assert pick(rows, measure="answers", statistic="enough_answers").estimate == 3
    assert {row.analysis for row in rows} == {"circles", "circle_spread"}
    assert len(MADE["circle_answers"]) == 4 * 3
    assert MADE["circle_people"].empty
    assert MADE["circle_sessions"].empty


# --- the wave before -------------------------------------------------------------------------------------


def two_years(then, now, change=""):
    frame = pd.concat([feedback(then, 2024), feedback(now)], ignore_index=True)
    return study_of(frame, wave(2024, **CARRIED), wave(2025, change=change, **CARRIED))


def test_what_was_reworded_says_so_in_the_later_year_only():
    table = circle_tables(two_years({"c1": [5, 4]}, {"c1": [3, 4]}, "other words"))["circle_answers"]
    said = table.set_index(["year", "measure"])["reworded"].to_dict()
    assert said == {
        (2024, "safe_1"): "", (2024, "safe_2"): "", (2024, "again"): "",
        (2025, "safe_1"): "other words", (2025, "safe_2"): "", (2025, "again"): "",
    }  # fmt: skip


def test_a_question_whose_favourable_answers_changed_is_not_compared():
    older = pulse()
    before = {**older.questions, "safe_1": replace(older.questions["safe_1"], choices=FIVE[:4])}
    then = Wave(2024, "", Path(), replace(older, questions=before), CARRIED)
    frame = pd.concat([feedback({"c1": [4, 3]}, 2024), feedback({"c1": [5, 4]})], ignore_index=True)
    table = circle_tables(study_of(frame, then, wave(2025, **CARRIED)))["circle_answers"]
    assert of(table, year=2025, measure="safe_1")["reworded"]
    assert of(table, year=2025, measure="safe_2")["reworded"] == ""


def test_of_waves_within_a_year_the_last_two_are_taken_and_have_one_form():
    names = ["start", "middle", "end"]
    parts = [feedback({"c1": [5, 4]}, 2024, name="end")]
    parts += [feedback({"c1": [5, 4]}, name=name) for name in names]
    used = [wave(2024, "end", **CARRIED), *(wave(2025, name, change="other", **CARRIED) for name in names)]
    table = circle_tables(study_of(pd.concat(parts, ignore_index=True), *used))["circle_answers"]
    assert table.groupby(["year", "wave"]).ngroups == 2
    assert set(table["wave"]) == {"middle", "end"}
    assert set(table["reworded"]) == {""}


def test_a_wave_without_answers_leaves_its_place_to_the_one_before():
    frame = feedback({"c1": [5, 4]}, 2024)
    made = circle_tables(study_of(frame, wave(2024, **CARRIED), wave(2025, **CARRIED)))
    assert made["circle_response"]["year"].tolist() == [2024]


# --- one pass against a plain loop -----------------------------------------------------------------------

OPTIONS = [*(c.name for c in FIVE), "dont_know", None]
SHEETS = st.lists(
    st.tuples(
        st.sampled_from([None, *"abcdef"]),
        st.sampled_from([None, "x", "y", "z"]),
        st.sampled_from([None, "o1", "o2"]),
        st.sampled_from(OPTIONS),
        st.sampled_from(OPTIONS),
        st.sampled_from(["yes", "no", "dont_know", None]),
    ),
    max_size=25,
)
SEATS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abcdef")), min_size=1, max_size=12)
GOOD = {"safe_1": ("4", "5"), "safe_2": ("1", "2"), "again": ("yes",)}
OFFERED = {"safe_1": tuple("12345"), "safe_2": tuple("12345"), "again": ("yes", "no")}


@settings(max_examples=modest(20, 50), deadline=None)
@given(SHEETS, SEATS, st.booleans())
def test_the_counts_are_those_of_a_loop_over_people(sheets, seats, looked_up):
    columns = ["member", "circle", "organisation", "safe_1", "safe_2", "again"]
    frame = answers([(2025, *sheet) for sheet in sheets], ["year", *columns])
    frame = frame if looked_up else frame.assign(which=frame["circle"])
    members = roster("circles", {"year": [2025] * len(seats), "circle": [c for c, _ in seats],
                                 "member": [m for _, m in seats]})  # fmt: skip
    used = wave(2025) if looked_up else wave(2025, **CARRIED)
    made = study_of(frame, used, circles=members)
    found = {
        (line.circle, line.measure): (
            line.n, line.positive, line.options_up, line.everyone, orgs(line.organisations)
        )
        for line in answers_table(fieldings(made), made.study.people).itertuples()
    }  # fmt: skip
    assert found == by_loop(sheets, set(seats), looked_up, made.study.people)


def orgs(count):
    return None if pd.isna(count) else count


def by_loop(sheets, seats, looked_up, people):
    placed = []  # circle, sheet
    for sheet in sheets:
        if looked_up:
            placed += [(circle, sheet) for circle, member in seats if member == sheet[0]]
        elif sheet[1] is not None:
            placed.append((sheet[1], sheet))
    known = any(sheet[2] for _, sheet in placed)
    found = {}
    for circle in {circle for circle, _ in placed}:
        for place, name in enumerate(OFFERED, start=3):
            ours = [sheet for at, sheet in placed if at == circle and sheet[place] in OFFERED[name]]
            chosen = {
                option: len({s[0] or i for i, s in enumerate(sheets) if s[place] == option})
                for option in OFFERED[name]
            }
            used = [option for option, count in chosen.items() if count >= people]
            found[circle, name] = (
                len(ours),
                sum(sheet[place] in GOOD[name] for sheet in ours),
                sum(option in GOOD[name] for option in used),
                len({s[0] or i for i, s in enumerate(sheets) if s[place] in OFFERED[name]}),
                len({sheet[2] for sheet in ours} - {None}) if known else None,
            )
    return found


# --- comments and their themes ---------------------------------------------------------------------------

ASKED = {**CARRIED, "comments": Comments(("note", "more"))}


def commented(**more):
    frame = feedback({"c1": [5, 4, 3], "c2": [2, 1]}).assign(note=["good", " ", None, "x", "y"], more="")
    return study_of(frame, wave(2025, **ASKED), **more)


def test_who_wrote_into_any_comment_question_is_counted_once():
    made = commented()
    assert circle_tables(made)["circle_response"]["commented"].tolist() == [1, 2]
    both = made.responses["feedback"].assign(more=["again", "now", None, None, None])
    table = circle_tables(replace(made, responses={"feedback": both}))["circle_response"]
    assert table["commented"].tolist() == [2, 2]
    plain = study_of(both)  # the plan says of no question that it is a comment
    assert circle_tables(plain)["circle_response"]["commented"].tolist() == [0, 0]


def sheet(lines):
    coded = pd.DataFrame(lines, columns=["year", "row", "circle", "theme"]).assign(wave="")
    return coded.astype({"year": "Int64", "row": "Int64", "circle": "str", "theme": "str"})


def test_themes_count_people_and_take_the_circle_of_the_answer_where_the_sheet_has_none():
    lines = [
        (2025, 0, "c1", "time"),
        (2025, 0, "c1", "time"),  # two passages of one comment
        (2025, 0, "c1", "pace"),
        (2025, 1, None, "time"),
        (2025, 3, "", "time"),
        (2025, 4, "c2", None),  # read, and about none of the themes
        (2025, 77, None, "time"),  # a comment that is not there
        (2023, 0, "c1", "time"),  # a year that is not shown
    ]
    table = circle_tables(commented(records={"feedback.comments": sheet(lines)}))["circle_themes"]
    columns = ["source", "year", "wave", "circle", "theme", "people", "commented"]
    assert table[columns].to_numpy().tolist() == [
        ["feedback", 2025, "", "c1", "pace", 1, 2],
        ["feedback", 2025, "", "c1", "time", 2, 2],
        ["feedback", 2025, "", "c2", "time", 1, 2],
    ]
    assert circle_tables(commented())["circle_themes"].empty


# --- members and meetings --------------------------------------------------------------------------------


def test_who_leads_a_circle_is_a_member_of_it_and_two_may():
    rows = [
        (2023, "c1", "Old", "a", "member"),
        (2024, "c1", "First", "a", "member"),
        (2025, "c1", "First", "b", "facilitator"),
        (2025, "c1", "First", "a", "Co-facilitator"),
        (2025, "c1", "First", "c", "member"),
        (2025, "c1", "First", "c", "member"),
        (2025, "c2", None, "d", None),
        (2025, "c3", None, None, None),
    ]
    columns = ["year", "circle", "circle_name", "member", "role"]
    seats = roster("circles", dict(zip(columns, zip(*rows, strict=True), strict=True)))
    table = circle_tables(prepared(circles=seats))["circle_people"]
    assert table.to_numpy().tolist() == [
        [2024, "c1", "First", 1, 0, ""],
        [2025, "c1", "First", 3, 2, "a;b"],
        [2025, "c2", "c2", 1, 0, ""],
    ]
    rows = analyse_circles(prepared(circles=seats))
    found = pick(rows, year=2025, statistic="count")
    assert (found.estimate, found.people, found.organisations) == (2, 4, None)


SHEET = roster(
    "attendance",
    {
        "year": [2025] * 7,
        "event": ["s1", "s1", "s1", "s2", "s2", "x", "both"],
        "kind": ["session"] * 5 + ["social", "session"],
        "circle": ["c1"] * 5 + [None, "elsewhere"],
        "date": pd.to_datetime(["2025-01-10"] * 3 + ["2025-02-10"] * 2 + ["2025-01-01"] * 2),
        "member": ["a", "b", "guest", "a", "a", "b", "a"],
    },
)
FOUR = seats_of(c1=["a", "b", "c", "d"])
MEETINGS = ["event", "came", "members", "share", "n"]


def test_a_session_counts_its_own_members_once():
    table = circle_tables(prepared(attendance=SHEET, circles=FOUR))["circle_sessions"]
    assert table[MEETINGS].to_numpy().tolist() == [["s1", 2, 4, 0.5, 4], ["s2", 1, 4, 0.25, 4]]


def test_circles_that_meet_together_have_a_session_each():
    shared = SHEET.iloc[[0, 1, 1]].assign(circle=["c1", "c1", "c2"])
    seats = seats_of(c1=["a", "b", "c"], c2=["b", "e"])
    table = circle_tables(prepared(attendance=shared, circles=seats))["circle_sessions"]
    assert table[["circle", "came", "members"]].to_numpy().tolist() == [["c1", 2, 3], ["c2", 1, 2]]


def many_circles(count):
    """Circle c<i> of ten people has one session to which i of them came."""
    who = {f"c{i}": [f"m{i}-{k}" for k in range(10)] for i in range(1, count + 1)}
    lines = [(f"s{i}", f"c{i}", f"m{i}-{k}") for i in range(1, count + 1) for k in range(i)]
    columns = dict(zip(("event", "circle", "member"), zip(*lines, strict=True), strict=True))
    came = roster("attendance", {"year": [2025] * len(lines), **columns, "date": pd.Timestamp("2025-01-10")})
    return prepared(attendance=came, circles=seats_of(**who))


def test_attendance_is_told_as_a_mean_and_the_middle_half_never_as_one_circle_of_few():
    rows = analyse_circles(many_circles(5))
    shown = {row.statistic: row.estimate for row in rows if row.analysis == "circle_attendance"}
    # Of 0.1, 0.2, ..., 0.5: mean 0.3; a quarter of the way between the first and last is the second.
    assert shown == pytest.approx({"mean_share": 0.3, "quarter_below": 0.2, "quarter_above": 0.4})
    assert pick(rows, statistic="mean_share").people == 50
    few = pick(analyse_circles(many_circles(4)), statistic="quarter_below")
    assert (few.estimate, few.status) == (None, "undefined")


# --- all circles together --------------------------------------------------------------------------------


def test_no_row_is_of_a_single_circle():
    rows = analyse_circles(study_of(feedback(SCORES), circles=FOUR, attendance=SHEET))
    evidence = collect(rows)
    assert set(evidence.results["group"]) == {""}
    assert evidence.support["people"].notna().all()


def test_low_circles_are_counted_among_those_with_enough_answers():
    rows = analyse_circles(study_of(feedback(SCORES)))
    row = pick(rows, statistic="low_circles")
    assert (row.estimate, row.n, row.unit, row.people, row.measure) == (1, 3, "circles", 17, "safety")
    assert pick(rows, statistic="answered").estimate == 4
    six = analyse_circles(replace_people(study_of(feedback(SCORES)), 6))
    assert pick(six, statistic="enough_answers").estimate == 2


def test_low_circles_among_fewer_than_three_would_point_at_them():
    two = feedback({name: SCORES[name] for name in ("c2", "c3", "c4")})
    assert pick(analyse_circles(study_of(two)), statistic="low_circles").status == "undefined"


# --- the demo study --------------------------------------------------------------------------------------

LOW = {("C05", 2024), ("C14", 2024), ("C05", 2025), ("C14", 2025)}


@pytest.fixture(scope="module")
def demo():
    study = load_study(REPOSITORY / "surveys" / "demo")
    kinds = ("survey", "circles", "people", "organisations", "attendance")
    only = {name: source for name, source in study.sources.items() if source.kind in kinds}
    return prepare(replace(study, sources=only, analyses={}), 2025)


@pytest.fixture(scope="module")
def tables(demo):
    return circle_tables(demo)


def test_the_planted_circles_of_low_trust_are_those_with_the_fewest_favourable_answers(demo, tables):
    made = tables["circle_answers"].merge(
        tables["circle_scales"].query("scale == 'trust'"),
        left_on=["source", "year", "wave", "measure"],
        right_on=["source", "year", "wave", "item"],
    )
    sums = made.groupby(["year", "circle"])[["n", "positive"]].sum()
    enough = sums[sums["n"] >= 30]  # five people, six items
    share = (enough["positive"] / enough["n"]).astype(float)
    lowest = share.groupby("year", group_keys=False).nsmallest(2)
    assert {(circle, year) for year, circle in lowest.index} == LOW
    # TRUTH.md, P8: circles of 5 or more answers with trust below 3
    rows = [row for row in analyse_circles(demo) if row.source == "member_survey"]
    low = [pick(rows, year=year, measure="trust", statistic="low_circles") for year in (2024, 2025)]
    assert [row.estimate for row in low] == [2, 2]


def test_answers_to_turned_items_are_favourable_when_the_score_is_high(demo, tables):
    frame = demo.responses["member_survey"].query("year == 2025 and circle == 'C05'")
    for item, good in (("trust_03", ("1", "2")), ("trust_01", ("4", "5"))):
        line = of(tables["circle_answers"], source="member_survey", year=2025, circle="C05", measure=item)
        assert line["positive"] == sum(answer in good for answer in frame[item])
        assert line["n"] == frame[item].notna().sum()


def test_the_planted_numbers_of_sheets_and_members_come_back(tables):
    # TRUTH.md, P8: 136 and 124 sheets, three circles with fewer than 5
    sheets = tables["circle_response"].query("source == 'circle_feedback'")
    assert sheets.groupby("year")["answered"].sum().to_dict() == {2024: 124, 2025: 136}
    assert (sheets["answered"] < 5).groupby(sheets["year"]).sum().to_dict() == {2024: 3, 2025: 3}
    assert sheets["organisations"].isna().all()
    people = tables["circle_people"].query("year == 2025")
    assert (len(people), people["facilitators"].sum(), people["members"].sum()) == (18, 18, 173)


def test_the_demo_study_says_what_was_reworded_and_whose_circle_was_looked_up(tables):
    table = tables["circle_answers"]
    reworded = table[table["reworded"] != ""]
    assert set(zip(reworded["measure"], reworded["year"], strict=True)) == {("belonging_02", 2025)}
    looked_up = table.groupby("source")["by_membership"].unique().map(list).to_dict()
    assert looked_up == {"circle_feedback": [False], "cycle": [True], "member_survey": [False]}
    assert not {"facilitator_may_read", "circle_code"} & set(table["measure"])
    assert of(table.drop_duplicates("measure"), measure="pace")["label_positive"] == "About right"


SAID = re.compile(
    r"^\| P8 \| (\d+) \| `records: circle comments that speak of ([^`]+)` \| (\d+) \|", re.MULTILINE
)


def test_the_planted_themes_come_back_circle_by_circle(tables):
    truth = (REPOSITORY / "surveys" / "demo" / "TRUTH.md").read_text(encoding="utf-8")
    planted = {(int(year), theme): int(count) for year, theme, count in SAID.findall(truth)}
    found = tables["circle_themes"].groupby(["year", "theme"])["people"].sum().to_dict()
    assert found == {key: count for key, count in planted.items() if key[0] > 2023}
    both = tables["circle_themes"].merge(tables["circle_response"], on=["source", "year", "wave", "circle"])
    # Late answers are not coded yet: never more coded than commented.
    assert (both["people"] <= both["commented_x"]).all()
    assert (both["commented_x"] <= both["commented_y"]).all()
