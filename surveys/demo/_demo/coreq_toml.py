"""coreq.toml of the demo study: how its interviews are meant to have been held. All of it is invented."""

from __future__ import annotations

COREQ = """# How the demo study's interviews were held: invented, as the study is. Written by make_demo.py.

# Research team and reflexivity
interviewer = "Two researchers of the institute, who hold no post in the network, in turn."
credentials = "One holds a doctorate in sociology, one a master's degree in education."
occupation = "Research associates of the institute."
experience = "Both have held qualitative interviews for more than five years."
relationship = "None before the first year; about half had met one of the two at a gathering since."
known_of_interviewer = "Interviewees were told who pays for the study and what becomes of what they say."
interviewer_interests = "Both expect peer mentoring to be useful; a third person read the coding for this."

# Study design
theory = "Thematic analysis with a codebook."
sampling = "Chosen from the list of members so that every kind of workspace is in it."
approach = "By e-mail, with one reminder."
setting = "At the interviewee's workspace, or by video call."
others_present = "Nobody."
interview_guide = "A guide of six questions, tried out in two interviews that are not counted."
repeat_interviews = "None within a year."
recording = "Sound was recorded, transcribed and deleted."
duration = "30 to 50 minutes."

# Analysis and findings
derivation = "Four families were set beforehand, the codes below them found in the first year's interviews."
participant_checking = "No."
"""
