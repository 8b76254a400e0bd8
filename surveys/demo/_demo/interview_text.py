"""Codes, questions and sentences of the invented interviews and of the experts' notes."""

from __future__ import annotations

# parent -> code -> (definition, what operators say)
CODES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "mentoring": {
        "offers mentoring": (
            "The workspace runs mentoring of its own, in whatever form.",
            (
                "We pair every newcomer with somebody who knows the house, and they meet each month.",
                "There is a mentoring evening on the first Tuesday, and about a dozen people use it.",
                "Our mentors are former tenants; we train them for two afternoons and then let them get on.",
            ),
        ),
        "wants mentoring": (
            "The workspace has no mentoring and says that it would like to.",
            (
                "We do not offer mentoring today, but it is the first thing I would add.",
                "People ask me for a mentor every week and I have none to give, so yes, we want it.",
                "If somebody showed us how to start, we would begin mentoring next spring.",
            ),
        ),
        "informal mentoring": (
            "People advise one another without any scheme.",
            (
                "It happens at the coffee machine: one asks, another knows, and they sit down together.",
                "Nobody calls it mentoring, but the older tenants look after the younger ones.",
                "Half of what people learn here they learn over lunch, from whoever sits beside them.",
            ),
        ),
    },
    "obstacles": {
        "lack of time": (
            "Too little time, of staff or of mentors, stands in the way.",
            (
                "There are two of us for the whole house, and the day is gone before we get to it.",
                "Everybody likes the idea until they look at their calendar.",
                "A mentor gives an evening a month, and for most that is one evening too many.",
            ),
        ),
        "lack of money": (
            "Missing funds stand in the way.",
            (
                "The grant ended, and with it went the person who kept the scheme alive.",
                "Rent pays for the roof; there is nothing left over for a programme.",
                "We cannot even cover the train fare of somebody who comes from outside.",
            ),
        ),
        "hard to find mentors": (
            "Suitable mentors are hard to find or to keep.",
            (
                "The ones who would be good at it are asked by everybody.",
                "We have mentees on a list and nobody to put across the table from them.",
                "Out here there are simply not many people who have done it before.",
            ),
        ),
    },
    "gains": {
        "new contacts": (
            "People meet others whom they would not have met.",
            (
                "A baker met a programmer here, and now they run a delivery service for the valley.",
                "What they take away is an address book that they did not have before.",
                "Through us they know somebody in three other towns.",
            ),
        ),
        "confidence": (
            "People dare more than before.",
            (
                "At first they whisper their idea, a few months on they stand up and present it.",
                "She told me that without those talks she would not have applied.",
                "They stop asking whether they may and start asking how.",
            ),
        ),
        "better programmes": (
            "The workspace's own offer improved.",
            (
                "We threw out the lecture series and built workshops on what mentors told us.",
                "Our induction takes half as long now, and people stay.",
                "Because we listen to those pairs, we know what to offer next term.",
            ),
        ),
    },
    "sharing": {
        "trust among peers": (
            "Openness and trust between members or between operators.",
            (
                "They tell each other the numbers, the real ones, because nothing leaves the room.",
                "I can ring another operator and say that I got it wrong.",
                "It took a year before anybody spoke about a failure, and since then it has been easy.",
            ),
        ),
        "meeting in person": (
            "Being in one place matters for learning.",
            (
                "It works when they sit around one table; on a screen they are polite and that is all.",
                "The visit to the other house gave us more than two years of mails.",
                "We keep a big kitchen on purpose, because that is where it happens.",
            ),
        ),
        "online tools": (
            "Digital tools help people to share.",
            (
                "There is a channel where anybody can ask, and the answer comes within the hour.",
                "We put every handout into one shared folder, and it is used.",
                "Between the meetings the forum keeps the thread.",
            ),
        ),
    },
}
QUESTIONS = (
    "And how does that look in practice?",
    "What makes you say that?",
    "Can you give me an example?",
    "How do people here learn from one another?",
    "What stands in the way?",
    "What do people take away from it?",
    "And how is that with other workspaces?",
    "Has that changed in the last years?",
    "What would you tell somebody who starts now?",
)
OPENING = (
    "We opened in an old dye works, with twelve desks and a café on the ground floor.",
    "We have about forty members, most of them working alone or in pairs.",
    "The house belongs to the town; we run it with three part-time people.",
    "It began as a workshop in a barn and grew room by room.",
)
FILLERS = (
    "We are open from eight until late, and the door code changes every month.",
    "Membership is by the month — nobody signs for longer than that.",
    "The heating was the hardest part of the first winter.",
    "We have printers, a laser cutter and far too many chairs.",
    "Most people come on foot or by bicycle.",
    "In summer it is quiet, in autumn everybody is back.",
    "The neighbours were sceptical at first, and now they come to the open day.",
    "I used to do something quite different before this.",
    "We write a short letter to all members each Friday (laughs 🙂).",
)
EXPERT_CODES: dict[str, tuple[int, str]] = {
    "listening": (9, "said that a mentor listens first and answers later"),
    "patience": (7, "said that pairs need half a year before anything shows"),
    "knowing one's limits": (6, "said that a mentor must know when to bring in somebody else"),
    "a written agreement": (5, "recommended that each pair writes down what it wants"),
    "lack of time": (5, "named time as the reason why pairs stop"),
    "trust among peers": (8, "said that nothing works without confidentiality"),
    "hard to find mentors": (4, "spoke about how few mentors come forward"),
    "meeting in person": (6, "asked for a first meeting at one table"),
}
EXPERT_ROLES = ("programme lead", "mentor", "trainer", "researcher")
