# ruff: noqa: E501 (a table of sentences reads better unbroken)
"""Quotes that expose somebody, and quotes that do not: what the quote gate is attacked with.

Everything is made up for this corpus. A leak is a harmless sentence with something planted in it, so that the
same sentence without it must pass; templates are filled by a seeded generator, hand-written cases follow.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

PEOPLE = pd.DataFrame(
    [
        ("M101", "Sarah Lindqvist", "Sally;Saz", "sarah.lindqvist@harrowgate.example", "coordinator", "charity", "Western Lakes"),
        ("M102", "José Núñez-Ortega", "Pepe", "", "mentor", "university", "River Valley"),
        ("M103", "Siobhán O'Dwyer", "Shiv", "", "mentor", "university", "River Valley"),
        ("M104", "Will Penderghast", "Billy", "", "mentor", "charity", "River Valley"),
        ("M105", "Grace Okonkwo", "", "", "mentor", "charity", "River Valley"),
        ("M106", "Jürgen Müller", "", "", "mentor", "company", "River Valley"),
        ("M107", "Li Wei", "", "", "mentor", "company", "River Valley"),
        ("M108", "Thaddeus Bramwell", "Thad;Teddy B", "", "librarian", "library", "Western Lakes"),
        ("M109", "Ngozi Adeyemi", "Zizi", "", "mentor", "charity", "Capital District"),
        ("M110", "Mark Youngblood", "", "", "mentor", "charity", "Capital District"),
        ("M111", "Anneliese van der Berg", "Anni", "", "mentor", "library", "Capital District"),
        ("M112", "Priya Raghunathan", "", "", "mentor", "library", "Capital District"),
        ("M113", "Hope Castellano", "", "", "mentor", "library", "Capital District"),
        *[(f"M{number}", "", "", "", "mentor", kind, region)
          for number, (kind, region) in enumerate(
              [(k, r) for k in ("charity", "university", "company", "library")
               for r in ("River Valley", "Capital District", "Western Lakes")] * 6, start=200)],
    ],
    columns=["member", "name", "aliases", "email", "role", "type", "region"],
)  # fmt: skip
ORGANISATIONS = pd.DataFrame(
    [
        ("O11", "Harrowgate Tool Works", "Harrowgate;HarrTW", "https://www.harrowgate-tools.example/about"),
        ("O12", "Arbor Bridge Centre for the Arts", "ABC;The Bridge", "arborbridge.org"),
        ("O13", "Quillmere University", "QU;Quilly", ""),
        ("O14", "Fenwick & Daughters, Inc.", "Fenwicks", "hello@fenwickdaughters.com"),
        ("O15", "Common Ground Collective", "CGC", ""),
        ("O16", "Maker's Yard 9", "MY9", ""),
    ],
    columns=["organisation", "name", "aliases", "website"],
)
CLEARED = frozenset(
    {"zoom", "google docs", "slack", "new york", "covid", "american", "excel", "wednesday circle"}
)

CARRIERS = (
    "we learned to ask for help before things went wrong {x} and that changed the group",
    "It took us about half a year {x} to find a rhythm that people could keep",
    "I would say that the best part was {x} the long talks after the sessions",
    "nobody had explained {x} what a mentor is meant to do in the first weeks",
    "In the beginning it was hard {x}, but then we trusted each other more",
    "What I took home {x} was that listening is most of the work",
    "They said {x} that there is never enough time for the pairs",
    "we stopped meeting {x} because the room was too small for all of us",
)


@dataclass(frozen=True)
class Case:
    """One quote with what stands round it.

    kind        what is planted, "" for nothing
    text        the quote; `said` is what the transcript has, the same where it is empty
    record      what the interview's consent record says otherwise than that everything is allowed
    attributes  of the speaker
    """

    kind: str
    text: str
    said: str = ""
    record: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)


FULL = ("Sarah Lindqvist", "Thaddeus Bramwell", "Ngozi Adeyemi", "Will Penderghast", "Grace Okonkwo", "Li Wei",
        "Jürgen Müller", "Priya Raghunathan", "Mark Youngblood", "Siobhán O'Dwyer", "José Núñez-Ortega")  # fmt: skip
SINGLE = ("Sarah", "Lindqvist", "Thaddeus", "Bramwell", "Ngozi", "Adeyemi", "Penderghast", "Okonkwo", "Siobhán",
          "Jürgen", "Müller", "Priya", "Raghunathan", "Youngblood", "Castellano", "Anneliese")  # fmt: skip
NICK = ("Sally", "Saz", "Pepe", "Shiv", "Thad", "Zizi", "Anni", "Teddy B", "Billy")
HOUSES = ("Harrowgate Tool Works", "Harrowgate", "Arbor Bridge Centre for the Arts", "Quillmere University",
          "Quilly", "Fenwick & Daughters", "Fenwick and Daughters", "Fenwicks", "Common Ground Collective",
          "HarrTW", "Maker's Yard 9", "MY9", "The Bridge")  # fmt: skip
FORMS = {
    "full name": [f"with {n}" for n in FULL],
    "full name in lower case": [f"with {n.lower()}" for n in FULL],
    "full name in capitals": [f"with {n.upper()}" for n in FULL],
    "family name first": [f"with {n.split()[-1]}, {n.split()[0]}" for n in FULL],
    "one name": [f"with {n}" for n in SINGLE],
    "one name in lower case": [f"with {n.lower()}" for n in SINGLE],
    "possessive": [f"thanks to {n}'s patience" for n in SINGLE],
    "possessive with a curly mark": [f"thanks to {n.lower()}’s patience" for n in SINGLE],
    "possessive without a mark": [f"thanks to {n.lower()}s patience" for n in SINGLE],
    "compound": [f"in the {n}'s-led sessions" for n in SINGLE] + [f"in a {n.lower()}-style session" for n in SINGLE],
    "nickname": [f"with {n}" for n in NICK] + [f"with {n.lower()}" for n in NICK if n != "Teddy B"],
    "initials": ["with S.L.", "with S. L.", "with S. Lindqvist", "with T.B.", "with t.b.", "with JNO", "with N.A.",
                 "with S.Lindqvist", "with s.l.", "with W. P.", "with G.O."],
    "organisation": [f"over at {n}" for n in HOUSES],
    "organisation in lower case": [f"over at {n.lower()}" for n in HOUSES if n not in ("The Bridge",)],
    "acronym": ["at ABC", "at A.B.C.", "at A. B. C.", "at abc", "at the HTW", "at htw", "at ABCFTA", "at CGC",
                "at c.g.c.", "at QU", "at A-B-C", "at the C.G.C", "with HTW's people", "at ABCA"],
    "e-mail": ["at sarah.lindqvist@harrowgate.example", "via info@arborbridge.org",
               "via sarah at harrowgate dot example", "via info (at) arbor (dot) org", "via info[at]arbor.org",
               "via info AT arbor DOT org", "via mentor at gmail", "via help @ arbor . org",
               "via j dot doe at yahoo dot com", "via office at centre dot nyc", "via team{at}group{dot}net",
               "via info＠arbor．org", "via contact at circle.org", "via hello_at_circle_dot_org"],
    "phone": ["on 212-555-0142", "on (212) 555-0142", "on 212.555.0142", "on +1 212 555 0142", "on 2125550142",
              "on 555-0142", "on 212 555 0142", "on +49 30 901820", "on +44 20 7946 0018", "on 1-800-555-0142",
              "on 212 - 555 - 0142", "on 2 1 2 5 5 5 0 1 4 2", "on two one two five five five oh one four two",
              "on five five five, zero one four two", "on ２１２-５５５-０１４２", "on 00 49 170 1234567",
              "on 212·555·0142", "on 212/555/0142", "on double five five oh one four two", "on 212–555–0142",
              "on two twelve five fifty five", "on 1 0 0 2 7 5 5"],
    "web": ["see https://circle.example/x", "see www.circle.example", "see arborbridge.org", "see circle.io/us",
            "see arborbridge dot org", "see http colon slash slash circle", "see bit.ly/abc", "see our.circle.nyc",
            "see hxxp://circle.example", "see harrowgate-tools.example"],
    "handle": ["as @sally_l", "as sally_l", "as #harrowgate", "as u/pepe", "under the handle is lakewriter",
               "as @ lakewriter", "as lake_writer"],
    "tax or social number": ["with 123-45-6789", "with 12-3456789", "with 123 45 6789", "with 123456789"],
    "address": ["at 14 Elm Street", "at 14 elm street", "on elm street", "at 221 Old Mill Road", "at 9 birch ave",
                "at 350 5th Avenue", "in 10027", "at NY 10027-1234", "P.O. Box 114", "po box 114", "at 7 birch place",
                "at fourteen Elm Street", "at 88 W. 120th St.", "at SW1A 1AA", "in the Hauptstraße 12",
                "on Bleecker St", "at 12 willow court", "at suite 400"],
    "date": ["on March 3", "on 3 March 2019", "on the 3rd of March", "on March the third", "on the third of march",
             "on 2019-03-14", "on 3/14/2019", "on 14.3.2019", "on 3/14", "on Mar. 3rd", "on march twenty-first",
             "on the twenty first of march", "in March 2019", "on 14th March", "on may the fourth", "on May 4th",
             "on june first", "since september nineteenth", "on 03-14-19", "on the 14th of this month",
             "on 2019/03/14", "on 14 Mar 2019", "on Sept 11", "on 14. März", "on the first of may", "in march of 2019"],
    "speaker label": ["INT: yes", "Interviewer: yes", "[Speaker 2]", "P12: well", "S2: well", "Moderator: go on",
                      "[00:14:22]", "Sarah: well", "Respondent 4: well"],
    "identifier": ["as M101", "as O11", "as m101", "as I-07", "as ID4471"],
    "unknown capital": ["with Ekaterina", "with Old Harry", "over at Brightwater", "in Poughkeepsie", "with the Duponts",
                        "at NASA", "with Dr. patel", "with mr ferreira", "with McGillicuddy", "with iCorps",
                        "with Amir's team", "in East Harlem", "with J.", "with K", "at St. Brendan", "with 王芳",
                        "with Ольга", "in the Bronx", "whose name is katya"],
    "zero width": ["with Sa\u200drah", "with sa\u200brah", "with lind\u2060qvist", "with Bram\ufeffwell"],
    "soft hyphen": ["with Sa\u00adrah", "with linde\u00adqvist and lind\u00adqvist", "with harrow\u00adgate"],
    "look-alike letters": ["with S\u0430rah", "with s\u0430r\u0430h", "with Pri\u0443\u0430", "with \u041egozi",
                           "with br\u0430mwell", "with harr\u043ewgate", "with \u0455arah", "with sar\u0251h"],
    "full width": ["with Ｓａｒａｈ", "with ｓａｒａｈ", "with 𝗦𝗮𝗿𝗮𝗵", "with 𝓈𝒶𝓇𝒶𝒽", "with ⓢⓐⓡⓐⓗ"],
    "accents put on": ["with s\u0336a\u0336r\u0336a\u0336h", "with šárāh", "with jose nunez", "with jurgen",
                       "with mueller", "with siobhan", "with o’dwyer", "with odwyer", "with ODwyer"],
    "split over lines": ["with Sa-\nrah", "with sa-\nrah", "with Sarah\nLindqvist", "with sar\nah", "with lind-\n qvist",
                         "at harrow-\ngate", "with Bram\nwell", "at Common\nGround\nCollective"],
    "written apart": ["with s-a-r-a-h", "with S A R A H", "with s a r a h", "with s.a.r.a.h", "with bram well",
                      "with sa_rah", "with s*rah", "with S***h", "with sa🙂rah", "with S4rah", "with sar4h", "with 0konkwo",
                      "with brām-well", "with harrow gate", "with lindqvist77", "with l.i.n.d.q.v.i.s.t"],
    "form of a name": ["with the bramwellian way", "with the Harrowgaters", "with the harrowgaters", "with lindqvisty jokes"],
    "everyday name": ["because grace said so", "and mark told everybody", "with Hope", "with Grace", "with Mark",
                      "while hope's team waited", "since Will left"],
    "unique role and region": ["as the librarian in western lakes", "as a coordinator", "as one of the librarians",
                               "with a company in western lakes as a coordinator"],
}  # fmt: skip
WITHDRAWN = (
    {"withdrawn": True}, {"withdrawn": True, "consent": "named"}, {"consent": "none"}, {"consent": ""},
    {"consent": "yes"}, {"consent": pd.NA}, {"embargo_until": "2027-01-01"}, {"embargo_until": "soon"},
    {"review_before_publication": "y"}, {"review_before_publication": ""}, {"withdrawn": pd.NA},
    {"review_before_publication": "y", "approved_quote_ids": "Q-other;Q-more"}, {"withdrawn": "2025-11-20"},
)  # fmt: skip
ALTERED = (
    ("we do trust the group", "we do not trust the group"),
    ("trust the group", "we do not trust the group"),
    ("we do ... trust the group", "we do not really trust the group"),
    ("we trust them", "we distrust them"),
    ("we can trust them now", "we can't trust them now"),
    ("the pairs met every week", "the pairs met every month"),
    ("It was good for them", "it was good for him"),
    ("I always [never] felt welcome", "I always felt welcome"),
    ("I [never] felt welcome here", "I always felt welcome here"),
    ("we ... trust ... them", "we cannot say that we trust any of them"),
    ("we met weekly and the talks were long", "the talks were long and we met weekly"),
    ("nobody was left out of it", "somebody was left out of it"),
    ("they gave us good advice", "they gave us good advise"),
    ("mentors help with the small things", "mentors do help with the small things"),
    ("the room was too small", ""),
    (
        "said that we were ready [..] to stop it",
        "said that we were ready " + "and so on it went " * 60 + "to stop it",
    ),
    ("THE ROOM WAS TOO SMALL", "the room was too small"),
    ("we learned, from failure", "we learned. from failure"),
)
HARMLESS = (
    "We met every other Wednesday and it worked.", "Mentors need time more than money.",
    "I may have been wrong about that in the first weeks.", "You may first want to listen.",
    "Will you come back next year, they asked.", "May I say something about the rooms?",
    "Young people want to be heard, that is all.", "We used Zoom and Google Docs for everything.",
    "I’d say it’s the trust that counts.", "Nothing happened for 3 months, then everything did.",
    "About 40 of 120 people came.", "In 2019 we began with nothing.", "Between 2015 and 2019 it doubled.",
    "We had 1,200 visitors in a good month.", "It was a 50/50 decision.", "The door was open 24/7.",
    "Half of the pairs, maybe 60%, went on.", "It cost us $2,500 a year.", "The third session was the turning point.",
    "I was in my first year then.", "“We can do this,” they told us, “if you stay.”",
    "She said that nobody is judged here.", "They asked: why do we stop?", "It's 5 people in a circle, no more.",
    "Two out of three stay on for a second round.", "My hope is that it goes on.", "We mark the end with a meal.",
    "There was a grace period of some weeks.", "Listening is a skill, and so is silence.",
    "I'll be frank, it was a rough road.", "Down the road there will be more of us.",
    "We found a place where we can fail.", "Everybody was tired after Covid.", "The American way is to talk first.",
    "And then ... And then it stopped.", "So we asked for help, e.g. with the books.",
    "We start at 10:30 and end at noon.", "One thing: we never have enough rooms.",
    "That was the best thing, i.e. the trust.", "It is not about money; it is about time.",
    "I learnt to say no.", "Without the group I would have given up.", "Not everyone wants a mentor.",
    "We were told to wait, so we waited.", "As a mentor you learn more than you give.",
    "Most of us had never done this before.", "You cannot plan trust.", "A good question helps more than advice.",
    "The 2nd year was easier than the first.", "We're 12 people and 3 of us are new.",
    "It takes 18 months, I think, to see a change.", "What worked was the quiet at the start.",
    "I liked that the talks stayed in the room.", "Sometimes a mentor has to step back.",
    "At first I was afraid of looking stupid.", "Our landlord raised the rent and we had to move.",
    "No one had time to prepare.", "Money was never the problem, time was.", "We NEVER said that it was easy.",
    "It was a long way to go, and a good one.", "The bank said no twice.", "In spring we began again.",
    "From January on it was better.", "Every Monday there was coffee.", "The pairs were matched by hand.",
    "Being new is hard, being alone is harder.", "Honestly, I would do it again.", "I was the youngest by far.",
    "We argued a lot, and that was good.", "They keep coming back, which says enough.",
    "Groups of 4 or 5 work best.", "Some left after 2 weeks; others stayed for 2 years.",
    "The lesson is simple (and old): listen.", "I think it's 80% listening and 20% talking.",
    "Feedback was given in person, never by mail.", "Our first try failed, the second one held.",
    "Sharing a kitchen makes friends.", "Learning takes a safe room.", "Trust grows slowly here.",
    "Working alone is cheaper but lonely.", "Looking back, we should have started sooner.",
)  # fmt: skip
EDITED = (
    (
        "we learned a lot [..] and that was enough",
        "we learned a lot, from each other mostly, and that was enough",
    ),
    ("The group was small … but it held", "the group was small, perhaps too small, but it held"),
    ("we asked [a colleague] for advice", "we asked Ekaterina for advice"),
    ("they came from [another city] by bus", "they came from Poughkeepsie by bus"),
    ("... it was the best year so far", "I think it was the best year so far"),
    ('"We can\'t stop now"', "well, we can’t   stop\nnow, can we"),
    ("we shared the costs (...) and the rooms", "we shared the costs of everything and the rooms"),
)


def leaks(seed: int = 6) -> Iterator[Case]:
    """Every planted form in a carrier sentence, then consent and altered words."""
    rng = random.Random(seed)
    for kind, forms in FORMS.items():
        for form in forms:
            for carrier in rng.sample(CARRIERS, 1 if kind != "speaker label" else 2):
                yield Case(kind, carrier.format(x=form))
    for record in WITHDRAWN:
        yield Case("consent", rng.choice(CARRIERS).format(x="in our group"), record=dict(record))
    for text, said in ALTERED:
        yield Case("altered", text, said or "something else was said by somebody")


def harmless(seed: int = 6) -> Iterator[Case]:
    """Sentences that expose nobody, carriers without a plant, and edited ones."""
    rng = random.Random(seed)
    for text in HARMLESS:
        yield Case("", text)
    for text, said in EDITED:
        yield Case("", text, said)
    for carrier in CARRIERS:
        for plain in rng.sample(("with all of them", "in our group", "over the years", "more or less"), 4):
            yield Case("", carrier.format(x=plain))


def tables(cases: list[Case]) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Quotes, interviews and transcripts: an interview for each case, its quote in the midst of other talk."""
    names = [f"T{number:04d}" for number in range(len(cases))]
    texts = {
        name: f"Well, thank you for having me here.\n\n{one.said or one.text}\n\nThat is about all I have."
        for name, one in zip(names, cases, strict=True)
    }
    allowed = {
        "consent": "anonymous", "withdrawn": False, "embargo_until": "", "review_before_publication": "n",
        "approved_quote_ids": "",
    }  # fmt: skip
    records = [
        {"interview": n, **allowed, **c.attributes, **c.record} for n, c in zip(names, cases, strict=True)
    ]
    quotes = pd.DataFrame(
        {"id": [f"Q{n}" for n in names], "interview": names, "code": "trust", "text": [c.text for c in cases]}
    )
    return quotes, pd.DataFrame(records, dtype=object), texts
