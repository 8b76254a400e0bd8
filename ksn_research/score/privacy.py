"""Open answers that seem to say who somebody is, or that a spreadsheet would run.

A pattern finds what looks like an address or a number and no more: it is a reason to look, and no proof that
the rest says nothing about anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ksn_research.errors import Finding, Origin

# All patterns are RE2's, whose time grows with the text and nothing else. It cannot look around, so that the
# edges of a number are part of its pattern.
BEFORE, AFTER = r"(?:^|[\s(\[\"':;,/])", r"(?:$|[\s,;!?)\]\"'/]|[.:](?:\s|$))"
EMAIL = (
    r"[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,}"
    r"|[\pL\pN._%+-]+ ?[\[({] ?at ?[\])}] ?[\pL\pN-]+ ?(?:\.|[\[({] ?(?:dot|\.) ?[\])}]) ?\pL{2,}"
)
PHONE = (
    BEFORE + r"(?:"
    r"(?:\+|00)[1-9](?:[ ().-]{0,3}\d){7,13}"  # international
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"  # North America
    r"|[2-9]\d{2}[2-9]\d{6}"
    r"|\(?0\d{2,4}\)?[ /-]{1,3}\d{3,4}[ -]?\d{3,5}"  # national, with the zero before the area
    r"|0[1-9]\d{8,9}"
    r"|0[1-9](?:[ .-]\d{2}){4}"
    r"|[6-9]\d{4}[ -]\d{5}"
    r")"
    + AFTER
    + r"|(?i)\b(?:tel|telephone|phone|mobile|cell|whatsapp|fax)\.?(?: ?(?:no|nr|number)\b)?\.?(?: is)?"
    r"[:.]? ?\+?\(?\d(?:[ ().-]{0,2}\d){6,13}" + AFTER
)
URL = r"(?i)\bhttps?://[^\s]|\bwww\.[\pL\pN-]+\.\pL|\b[\pL\pN-]+\.(?:com|org|net|edu|gov|io|info|eu|uk|de|fr|es)/\pL"
# "=" before what a spreadsheet evaluates; "+", "-" or "@" before a function, a cell or another program (DDE).
FORMULA = (
    r"^\s*(?:"
    r"=[+@-]?(?:\$?[A-Za-z_]{2}|[A-Za-z]?\$?\d+[\d.]*\s*[-+*/^&(:,]|[A-Za-z]\$?\d|[\"{#'$]|\([\w\"$])"
    r"|=\s+[A-Za-z_][\w.]*\("
    r"|[+@-](?:[+@-]*)(?:[A-Z][A-Z\d.]+\(|(?i:sum|if|cmd|hyperlink|webservice|concatenate)\(|"
    r"\$?[A-Za-z]{1,3}\$?\d+\s*(?:$|[-+*/^&:,;()]))"
    r"|[=+@-][^\n|]*\|[^\n!]*!"
    r")"
)
PATTERNS = {
    "an e-mail address": EMAIL,
    "a phone number": PHONE,
    "a web address": URL,
    "a spreadsheet formula": FORMULA,
}
LOOK = "look at the rows in the export and take it out there; the answers are quoted nowhere"
RUN = "nothing to do here: workbooks are written with it as text; open the export itself with care"
LETTERS, AT_ONCE = 4, 200  # letters of a name of one word; names in one pattern
LONGEST = 100  # letters; nothing longer is a name


def personal(texts: Mapping[str, pd.Series], known: Iterable[str], origin: Origin) -> list[Finding]:
    """A warning for each column and kind of thing that seems personal, or a formula; never the text itself.

    texts  open answers by question, by the record's row; "" or NA where there is none
    known  names of people and organisations, looked for as whole words, whatever their case. A single word
           of fewer than four letters is left out, since it would be found everywhere

    The row is the first one's; `count` how many answers it is about.
    """
    named = [_any_of(part) for part in _in_parts(_worth(known))]
    found = []
    for column, answers in texts.items():
        cells = pa.array(answers.astype("str").fillna(""), pa.string()).dictionary_encode()
        for what, hit in _kinds(cells.dictionary, named):
            rows = answers.index[pc.take(hit, cells.indices).to_numpy(zero_copy_only=False)]
            if len(rows):
                problem = f"{len(rows)} answers hold what looks like {what}"
                remedy = RUN if what == "a spreadsheet formula" else LOOK
                found.append(
                    origin.finding("warn", problem, remedy, row=rows[0], column=column, count=len(rows))
                )
    return found


def _kinds(texts: pa.Array, named: list[str]) -> Iterator[tuple[str, pa.Array]]:
    for what, pattern in PATTERNS.items():
        yield what, pc.match_substring_regex(texts, pattern)
    if named:
        folded, hit = _folded(texts), pa.array([False] * len(texts), pa.bool_())
        for pattern in named:
            hit = pc.or_(hit, pc.match_substring_regex(folded, pattern))
        yield "a name on the roster", hit


def _folded(texts: pa.Array) -> pa.Array:
    """Texts as names are compared: composed letters, straight apostrophes, small."""
    composed = pc.utf8_normalize(texts, form="NFKC")
    return pc.utf8_lower(pc.replace_substring(composed, "\u2019", "'"))


def _worth(known: Iterable[str]) -> list[str]:
    """Names worth looking for: two words that hold letters, or one of enough letters."""
    given = pa.array([str(name) for name in known], pa.string())
    kept = set()
    for name in _folded(given).to_pylist():
        words = name.split()
        lettered = [word for word in words if any(letter.isalpha() for letter in word)]
        enough = len(lettered) > 1 or sum(map(str.isalpha, name)) >= LETTERS
        if enough and len(name) <= LONGEST:
            kept.add(" ".join(words))
    return sorted(kept)


def _in_parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), AT_ONCE):
        yield names[start : start + AT_ONCE]


def _any_of(names: list[str]) -> str:
    either = "|".join(r"\s+".join(map(re.escape, name.split(" "))) for name in names)
    return rf"(?:^|[^\pL\pN_])(?:{either})(?:$|[^\pL\pN_])"
