"""study.toml of the demo study."""

from __future__ import annotations

STUDY = """# The demo study: wholly synthetic, written by make_demo.py. Do not edit by hand.

[study]
title = "Commonwealth Mentoring Network (synthetic demonstration)"
publisher = "Institute for Learning Networks (invented)"
years = [2023, 2024, 2025]

[disclosure]
people = 5
organisations = 3

[report]
headline = [
  "member_survey.trust",
  "member_survey.donating",
  "member_survey.outcomes",
  "member_survey.valuable",
  "network_survey.advice",
  "attendance.people",
]
dates = { 2023 = 2024-03-31, 2024 = 2025-03-31, 2025 = 2026-03-31 }

[sources.organisations]
kind = "organisations"
label = "List of member organisations"
file = "{year}/organisations.csv"

[sources.organisations.columns]
organisation = "Organisation ID"
name = "Organisation"
region = "Region"
type = "Type"
sector = "Sector"
joined = "Joined"
left = "Left"
aliases = "Also known as"
map_consent = "Map consent"

[sources.people]
kind = "people"
label = "List of members"
file = "{year}/people.csv"

[sources.people.columns]
member = "Member ID"
organisation = "Organisation ID"
role = "Role"
joined = "Joined"
left = "Left"
guest_code = "Guest code"

[sources.circles]
kind = "circles"
label = "Learning circles"
file = "{year}/circles.csv"
columns = { circle = "Circle ID", circle_name = "Circle", member = "Member ID", role = "Role" }

[sources.member_survey]
kind = "survey"
label = "Member survey"
file = "{year}/member_survey.csv"
format = "surveymonkey"
instrument = "instruments/member_survey-{year}.md"
respondent = "member_code"
circle = "circle_code"

[sources.member_survey.design]
rake = ["region", "type"]

[sources.network_survey]
kind = "nominations"
label = "Network survey of organisations"
file = "{year}/network_survey.csv"
ego = "Your organisation"
units = "organisations"
directed = true

[sources.network_survey.relations]
advice = "Advice *"
referral = "Referral *"
joint = "Joint programme *"
knowledge = "Knowledge *"

[sources.interviews]
kind = "interviews"
label = "Interviews with workspace operators"
file = "{year}/interviews.qdpx"
consent = "{year}/consent.csv"
groups = ["operator_type"]

[sources.interviews.quotes]
attribution = ["operator_type"]
group = "operator_type"

[sources.expert_notes]
kind = "interviews"
label = "Notes of the experts' gathering"
file = "{year}/expert_notes.csv"
format = "segments"

[sources.expert_notes.columns]
interview = "Note"
coder = "Coder"
code = "Code"
text = "Text"
expert_role = "Expert role"

[sources.cycle]
kind = "survey"
label = "Mentoring cycle checks"
format = "qualtrics"
instrument = "instruments/cycle-{year}.md"
respondent = "member_code"
exclude = [{ flag = "preview", reason = "preview by which the form was tried out" }]

[sources.cycle.waves]
"kick-off" = "{year}/cycle_kickoff.csv"
"midpoint" = "{year}/cycle_midpoint.csv"
"closing" = "{year}/cycle_closing.csv"

[sources.circle_feedback]
kind = "survey"
label = "Circle feedback sheets"
file = "{year}/circle_feedback.csv"
format = "google_forms"
instrument = "instruments/circle_feedback-{year}.md"
circle = "circle_code"

[sources.circle_feedback.comments]
questions = ["comment"]
allow = "facilitator_may_read"
sheet = "{year}/comment_codes.csv"

[sources.attendance]
kind = "attendance"
label = "Attendance sheets"
file = "{year}/attendance.csv"

[sources.attendance.columns]
event = "Event ID"
kind = "Kind"
circle = "Circle"
date = "Date"
member = "Member ID"
came_as = "Came as"

[sources.activity]
kind = "activity"
label = "Platform log"
file = "{year}/activity.parquet"

[sources.activity.columns]
member = "member"
time = "time"
action = "action"
object = "object"
target = "target"

[sources.activity.year.2023]
file = "2023/activity.csv"

[sources.sessions]
kind = "records"
label = "Session sheets: brought, took away, rating"
file = "{year}/sessions.csv"
numbers = ["rating"]
member = "member"

[sources.sessions.columns]
event = "Event ID"
member = "Member ID"
brought = "Brought"
took_away = "Took away"
rating = "Rating"

[sources.thanks]
kind = "edges"
label = "Thanks given on the platform"
file = "{year}/thanks.csv"
relation = "thanks"
units = "people"
directed = true
log = true
columns = { ego = "From", alter = "To", date = "Date", topic = "Reason" }

[sources.mentor_pairs]
kind = "edges"
label = "Official mentor scheme"
file = "{year}/mentor_pairs.csv"
relation = "mentors"
units = "people"
directed = true
log = true
columns = { ego = "Mentor", alter = "Mentee", date = "Started" }

[sources.help]
kind = "edges"
label = "Who helps whom, kept by the hosts of communities"
file = "{year}/help.csv"
relation = "help"
units = "people"
directed = true
columns = { ego = "From", alter = "To", topic = "Community" }

[sources.asks]
kind = "edges"
label = "Who asked whom, by topic"
file = "{year}/asks.csv"
relation = "asks"
units = "people"
directed = true
log = true
columns = { ego = "From", alter = "To", topic = "Topic", date = "Date" }

[sources.expertise]
kind = "records"
label = "Offers and needs by topic"
file = "{year}/expertise.csv"
columns = { member = "Member ID", topic = "Topic", kind = "Kind" }
member = "member"

[sources.communities]
kind = "records"
label = "Communities and their members"
file = "{year}/communities.csv"
columns = { community = "Community", formality = "Formality", member = "Member ID" }
member = "member"

[sources.mentoring_groups]
kind = "records"
label = "Mentoring groups, before and after"
file = "{year}/mentoring_groups.csv"
numbers = ["before", "after", "guidance_expected", "guidance_received"]
member = "member"

[sources.mentoring_groups.columns]
group = "Group"
member = "Member ID"
role = "Role"
before = "Before"
after = "After"
guidance_expected = "Guidance expected"
guidance_received = "Guidance received"

[sources.peer_support]
kind = "records"
label = "Peer support groups"
file = "{year}/peer_support.csv"
columns = { member = "Member ID", group = "Group", sessions = "Sessions" }
numbers = ["sessions"]
member = "member"

[sources.ideas]
kind = "records"
label = "Ideas adopted by circles"
file = "{year}/ideas.csv"
columns = { idea = "Idea", circle = "Circle ID", date = "Date", carried_by = "Carried by" }
dates = ["date"]
member = "carried_by"

[sources.video_views]
kind = "records"
label = "Views of the mentoring day's videos"
file = "{year}/video_views.csv"
columns = { member = "Member ID", video = "Video", time = "Time", watched_share = "Watched share" }
numbers = ["watched_share"]
dates = ["time"]
member = "member"

[analyses.regions]
kind = "groups"
label = "Regions compared"
of = ["member_survey.trust", "member_survey.valuable"]
by = "region"
correction = "holm"

[analyses.peer_support]
kind = "adjusted"
label = "Members of peer support groups and others"
of = ["member_survey.outcomes"]
members = "peer_support"
dose = "sessions"
covariates = ["region", "type"]

[analyses.on_line]
kind = "adjusted"
label = "Members active on the platform and others"
of = ["member_survey.outcomes"]
members = "activity"
dose = "months"
covariates = ["region", "type"]

[analyses.group_mentoring]
kind = "nested"
label = "Mentees of group mentoring, before and after"
source = "mentoring_groups"
group = "group"
before = "before"
after = "after"
where = { role = "mentee" }
expected = "guidance_expected"
received = "guidance_received"

[analyses.bridges]
kind = "two_mode"
label = "People who sit in several circles"
circles = "circles"

[analyses.ideas_between_circles]
kind = "spread"
label = "Ideas that travel between circles"
source = "ideas"
idea = "idea"
circle = "circle"
date = "date"
carried_by = "carried_by"
circles = "circles"
gatherings = ["conference"]
days = 42

[analyses.beside_the_scheme]
kind = "informal"
label = "Help beside the official mentor scheme"
help = "help"
official = "mentor_pairs"
communities = "communities"
community = "community"
formality = "formality"

[analyses.who_is_thanked]
kind = "recognition"
label = "Who is thanked, and which contributors never are"
source = "thanks"
contributors = ["sessions", "attendance", "activity"]
nothing = { brought = "nothing" }
actions = ["post", "reply", "share"]

[analyses.give_and_take]
kind = "exchange"
label = "What people bring to sessions and take away"
source = "sessions"
brought = "brought"
took_away = "took_away"

[analyses.mentoring_day]
kind = "funnel"
label = "The mentoring day: its sessions, and its videos afterwards"
gathering = "mentoring day"
source = "video_views"
item = "video"
time = "time"
watched = "watched_share"

[analyses.who_knows_what]
kind = "expertise"
label = "Offers, needs and who is asked, by topic"
source = "expertise"
topic = "topic"
says = "kind"
offer = "offer"
need = "need"
asks = "asks"
over = ["asks", "help"]

[analyses.why_advice]
kind = "explained"
label = "What goes with advice: region, type, meeting at a social"
outcome = "network_survey.advice"
predictors = "same(region) + same(type) + co_attended(social)"
models = ["linear", "logistic", "formation", "persistence"]
draws = 500

[analyses.operators_and_experts]
kind = "two_sources"
label = "What operators and experts say"
sources = ["interviews", "expert_notes"]

[analyses.trust_talk]
kind = "joint"
label = "Trust: what is said and what is scored"
by = "type"
theme = "interviews.trust among peers"
score = "member_survey.trust"
position = "network_survey.advice.in_degree_share"
expects = "same"

[analyses.trust_years]
kind = "joint"
label = "Trust: what is said and what is scored, year on year"
by = ""
theme = "interviews.trust among peers"
score = "member_survey.trust"
expects = "same"
"""
