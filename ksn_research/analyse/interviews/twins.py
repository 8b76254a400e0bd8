"""Codes that are nearly one: by name, and by definition. Imports nothing of the package but `plan.drift`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import numpy as np

from ksn_research.plan.drift import plain

ALIKE = 0.85  # of two names, by difflib's ratio
ALIKE_WORDS = 0.8  # of two definitions: words they share / words of either
SHORTEST = 4  # words; a shorter definition says too little to be compared
NEGATION = re.compile(r"(un|in|im|ir|dis|non|not|no|anti)[- ]?")
WORD = re.compile(r"\w+")
PATH = re.compile(r"\s*(?:::|/)\s*")


def near_names(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of codes with nearly the same name, in the codebook's order.

    Compared is the last part of a path, in any order of its words. Numbered codes ("stage 1", "stage 2") and
    opposites ("formal", "informal") are no twins.

    >>> near_names(["lack of time", "lack of times", "time, lack of", "formal help", "informal help"])
    [('lack of time', 'lack of times'), ('lack of time', 'time, lack of'), ('lack of times', 'time, lack of')]
    """
    words = [tuple(WORD.findall(plain(PATH.split(code)[-1]))) for code in codes]
    said = [" ".join(sorted(one)) for one in words]
    found = []
    for i, j in _candidates(said):
        both = (words[i], words[j])
        if not _numbered(*both) and not _opposite(*both) and _ratio(said[i], said[j]) >= ALIKE:
            found.append((codes[i], codes[j]))
    return found


def near_definitions(definitions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of codes whose definitions share nearly all their words.

    >>> near_definitions({"time": "Has too little time left.", "hours": "has too little time left"})
    [('time', 'hours')]
    """
    words = {code: set(WORD.findall(plain(text))) for code, text in definitions.items()}
    codes = [code for code, own in words.items() if len(own) >= SHORTEST]
    vocabulary = {word: at for at, word in enumerate(sorted(set().union(*(words[c] for c in codes))))}
    table = np.zeros((len(codes), len(vocabulary)))
    for row, code in enumerate(codes):
        table[row, [vocabulary[word] for word in words[code]]] = 1
    both, sizes = table @ table.T, table.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - both
    near = np.triu(both >= ALIKE_WORDS * either - 1e-9, 1) if codes else np.zeros((0, 0), dtype=bool)
    return [(codes[i], codes[j]) for i, j in zip(*np.nonzero(near), strict=True)]


def _candidates(said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs whose letters alone would allow the ratio: the ratio itself is slow."""
    letters = {letter: at for at, letter in enumerate(sorted(set("".join(said))))}
    counts = np.zeros((len(said), len(letters)), dtype=np.int16)
    for row, text in enumerate(said):
        np.add.at(counts[row], [letters[letter] for letter in text], 1)
    sizes = counts.sum(axis=1)
    for i in range(len(said) - 1):
        shared = np.minimum(counts[i], counts[i + 1 :]).sum(axis=1)
        near = 2 * shared >= ALIKE * (sizes[i] + sizes[i + 1 :])
        yield from ((i, i + 1 + int(j)) for j in np.flatnonzero(near))


def _ratio(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio() if first or second else 0.0


def _numbered(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two names differ in their numbers only."""
    bare = [[re.sub(r"\d+", "#", word) for word in words] for words in (first, second)]
    return first != second and bare[0] == bare[1]


def _opposite(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether one name denies a word of the other: "formal" and "informal", "trust" and "no trust"."""
    short, long = sorted((" ".join(first), " ".join(second)), key=len)
    return short != long and any(
        long[: match.start()] + long[match.end() :] == short
        for match in re.finditer(rf"\b{NEGATION.pattern}", long)
    )
