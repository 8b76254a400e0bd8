"""Words for what analyses of networks name: positions, roles, predictors of ties.

Imports no sibling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

CATEGORIES: Mapping[str, Mapping[str, str]] = {
    "positions": {
        "in_degree_share": "Named by",
        "betweenness": "Betweenness",
        "harmonic_closeness": "Harmonic closeness",
        "constraint": "Constraint",
        "effective_size": "Effective size",
        "efficiency": "Efficiency",
    },
    "robustness": {"in_degree": "In-degree", "betweenness": "Betweenness"},
    "brokerage": {
        "coordinator": "Coordinator: all three in one group",
        "consultant": "Consultant: between two of another group",
        "representative": "Representative: from the own group outwards",
        "gatekeeper": "Gatekeeper: from outside into the own group",
        "representative or gatekeeper": "Representative or gatekeeper: between the own group and another",
        "liaison": "Liaison: between three groups",
        "total": "All roles together",
    },
    "network_change": {
        "joiners": "Of those who joined",
        "leavers": "Of those who left",
        "seen once": "Of pairs seen once",
    },
    "spread": {
        "carried": "Carried",
        "linked": "Circles that share a member with one that has it",
        "others": "Other circles",
    },
    "two_mode": {"most bridging first": "Most bridging people first", "at random": "Anybody, by lot"},
}
# What a predictor of ties says of a pair, by its kind; {} is what it is made of.
PREDICTORS: Mapping[str, str] = {
    "same": "same {}",
    "both": "both {}",
    "absdiff": "difference in {}, either way",
    "difference": "{} of the sender above the receiver's",
    "sum": "{}, both together",
    "sender": "{} of the sender",
    "receiver": "{} of the receiver",
    "distance": "distance by {}",
    "relation": "tie of {}",
    "returned": "tie of {} the other way",
    "strength": "{}, strength",
    "co_attendance": "came to the same {}, number of times",
    "co_attended": "came to the same {}",
}
OWN = {"intercept": "intercept", "all": "gathering"}
_TERM = re.compile(r"(\w+)\(([^()]*)\)")


def predictor(name: str, label: Callable[[str], str] = str) -> str:
    """A predictor in words; what is none stays.

    label  words for a relation or an attribute

    >>> predictor("same(region)"), predictor("same(region):sender(size)")
    ('same region', 'same region \u00d7 size of the sender')
    """
    parts = [_TERM.fullmatch(part.strip()) for part in name.split(":")]
    if not all(part and part[1] in PREDICTORS for part in parts):
        return OWN.get(name, name)
    return " \u00d7 ".join(
        PREDICTORS[part[1]].format(" and ".join(_of(one.strip(), label) for one in part[2].split(",")))
        for part in parts
        if part
    )


def _of(name: str, label: Callable[[str], str]) -> str:
    """A relation or attribute inside other words: an initial capital goes, an abbreviation stays."""
    words = OWN[name] if name in OWN else label(name)
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
