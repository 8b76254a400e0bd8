"""What leads to a person without being a name: addresses, numbers, dates, marks of the transcript.

Each rule is a regular expression over `folding.latin` text. They are wide on purpose: what they hold back
wrongly costs a quote, what they let through costs somebody's confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ksn_research.disclose.quotes.words import COMMON, FUNCTION, MONTHS, bag, stems

TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|io|co|ai|app|dev|nyc|ny|us|uk|eu|de|fr|es|it|nl|ch|at|be|ca|au|nz|"
    "ie|in|jp|cn|ru|br|mx|pl|se|no|dk|fi|pt|cz|gr|tv|me|ly|gl|xyz|online|site|tech|coop|ngo|foundation|"
    "community|school|academy|email|cloud|network|page|blog|club|studio|space"
)
OPEN, CLOSE = r"\s*[(\[{<*_-]*\s*", r"\s*[)\]}>*_-]*\s*"
DOT = rf"(?:\.|{OPEN}\b(?:dot|point|period|punkt|punto)\b{CLOSE})"
MARK = r"(?:slash|underscore|hyphen|dash)"
MONTH = (
    "(?:"
    + "|".join(MONTHS)
    + "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|januar|februar|märz|mai|juni|juli|"
    "oktober|dezember|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|"
    "décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
UNIT = "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
TEENTH = (
    "(?:tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|"
    "twentieth|thirtieth)"
)
ORDINAL = rf"(?:(?:twenty|thirty)[\s-]+{UNIT}|{TEENTH}|{UNIT})"
CARDINAL = (
    "(?:(?:twenty|thirty)(?:[\\s-]+(?:one|two|three|four|five|six|seven|eight|nine))?|ten|eleven|twelve|"
    "thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|one|two|three|four|five|six|seven|eight|nine)"
)
SPOKEN = (
    "(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
DAY = rf"(?:\d{{1,2}}\s*(?:st|nd|rd|th|\.)?|{ORDINAL})"
YEAR = r"(?:(?:1[89]|20)\d\d|'\d\d|(?:nineteen|twenty|two thousand)(?:[\s-]+(?:and[\s-]+)?[a-z]+){1,2})"
STREET = (
    "street|str|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|highway|hwy|parkway|pkwy|terrace|turnpike|"
    "plaza|esplanade|expressway|crescent|alley"
)
PLACE = "place|pl|drive|dr|court|ct|square|sq|row|way|circle|loop|close|mews|walk|broadway"
NOT_STREET = (
    "(?:the|a|an|this|that|our|my|your|their|his|her|its|each|every|same|down|cross|any|no|of|one|in|up|long|"
    "rough|rocky|right|wrong|busy|quiet|side|back|fast|slow|bike|bus|dark|empty|narrow|wide|open|dead|hard|"
    "bumpy|winding|easy|whole|different|next|new|old|own|memory|another|which|what|and|or|by|to|on)"
)
STREET_BEGINS = rf"\b(?!{NOT_STREET}\b)"
FOREIGN = r"\b(?:rue|calle|avenida|platz|\w+(?:straße|strasse|gasse))\b"
TITLE = (
    r"\b(?:mr|mrs|ms|mx|miss|dr|prof|professor|rev|reverend|sir|dame|señora?|sra?|herr|frau|madame|"
    r"monsieur)\b"
)
ROLE = (
    "interviewer|interviewee|moderator|speaker|participant|respondent|facilitator|informant|int|res|mod|"
    "transcriber|researcher|narrator|host|guest|mentor|mentee|operator|expert"
)
DIGITS = bag("zero one two three four five six seven eight nine oh nought")
SAID_DIGITS = re.compile(
    rf"\b(?:(?:{'|'.join(sorted(DIGITS))}|double|triple|\d+)\b[\s,.-]*(?:and\s+)?){{4,}}", re.IGNORECASE
)
NEVER_EXACT = re.compile(r"(?:24/7|50/50|1/2|1/3|2/3|1/4|3/4|9-5|9/5)")
COUNTED = "st|nd|rd|th|am|pm|hrs?|mins?|secs?|kg|km|mi|ft|yrs?|bn|mn|mph|ish|plus|something"
CODES = frozenset({"b2b", "k12", "p2p", "covid19", "mp3", "pre2020"})

EMAIL, LINK, HANDLE, NUMBER, DATE, ADDRESS = (
    "e-mail address", "web address", "account name", "number", "date", "address",
)  # fmt: skip
TIME, LABEL, SPELLED, TITLED, CODE, MASKED = (
    "time mark", "speaker label", "spelled out", "title with a name", "identifier", "odd characters",
)  # fmt: skip
MAILERS = r"g\s?mail|googlemail|outlook|hotmail|yahoo|icloud|proton(?:mail)?|aol|gmx"
NOT_A_NAME = r"(?:who|and|is|was|said|in|at|of|to|or|on|with|the|a|you|it|that)\b"
# In any case of letters.
ANY: tuple[tuple[str, str], ...] = (
    (EMAIL, r"\w\s*@|@\s*\w+\s*" + DOT),
    (EMAIL, r"[(\[{<*_]\s*(?:at|@|a-t)\s*[)\]}>*_]|\w-at-\w+[-. ]+(?:dot|com|org)\b"),
    (EMAIL, rf"\bat\b{CLOSE}[\w-]+(?:{OPEN}\b(?:dot|point|period)\b{CLOSE}[\w-]+)+"),
    (EMAIL, rf"\bat\b{CLOSE}(?:[\w-]+\s*\.\s*){{1,3}}(?:com|org|net|edu|gov|io|us|nyc)\b"),
    (EMAIL, rf"\bat\s+(?:{MAILERS})\b|\b(?:my|his|her|their|our) e-?mail(?: address)?(?: is|:)\s*\S"),
    (LINK, r"\bh(?:tt|xx)ps?\b|\bwww\b|\w://|\bslash slash\b|\bdouble-?\s?u,? double-?\s?u\b"),
    (LINK, rf"\b[\w-]{{2,}}\s*\.(?:{TLD})\b"),
    (LINK, rf"\b[\w-]{{2,}}(?:{OPEN}\b(?:dot|punkt|punto)\b{CLOSE})(?:{TLD}|\w{{2,3}})\b"),
    (LINK, rf"[(\[{{<]\s*(?:dot|\.)\s*[)\]}}>]|\b\w+\s+{MARK}\s+\w+\s+(?:{MARK}|dot|at)\b"),
    (HANDLE, r"@|#\s?\w*[^\W\d]|\b[ur]/\w|[^\W\d]\w*_\w|\w_[^\W\d]|\bunderscore\b"),
    (HANDLE, r"\b(?:user ?name|handle|screen name|slack name)(?: is|:| was)\s+\S"),
    (NUMBER, r"(?:(?<!\w)\+\s*\d|\d)(?:[\s().\-/_·,x]{0,3}\d){6,}"),
    (NUMBER, r"(?<![$€£\d,.])\b\d{5,}\b|\b\d{3}[-. ]\d{4}\b|\b\d{3}[-. ]\d\d[-. ]\d{4}\b"),
    (NUMBER, r"\b\d{1,3}\.\d{3,}\b|\bext(?:ension)?\.?\s*\d+|\b\d+\.\d+\.\d+"),
    (NUMBER, rf"(?:\b{SPOKEN}\b[\s,.-]+){{4,}}\b{SPOKEN}\b|(?:\b\d[\s.-]+){{4,}}\d\b"),
    (DATE, r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}\s*/\s*\d{1,2}\b"),
    (DATE, rf"\b{MONTH}\b\.?,?\s+(?:the\s+)?{DAY}(?!\w|\s+(?:of\s+)?(?:us|them|people|miles)\b)"),
    (DATE, rf"\b{DAY}\s*(?:day\s+)?(?:of\s+|de\s+)?{MONTH}\b"),
    (DATE, rf"\b{MONTH}\b\.?,?\s+(?:of\s+|de\s+)?{YEAR}\b|\b{MONTH}\s+(?:the\s+)?{CARDINAL}(?:th)?\b"),
    (DATE, rf"\bon (?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL})(?=\s*(?:[.,;!?]|of\b|$))"),
    (DATE, r"\bborn (?:in|on)\b|\bmy birthday\b|\bdate of birth\b"),
    (ADDRESS, rf"\b(?!{NOT_STREET}\b)[\w'-]+\s+(?:{STREET})\b(?!\s+(?:food|smart|art|level)\b)\.?"),
    (ADDRESS, r"\bp\.?\s*o\.?\s*box\b|\bpost (?:office )?box \d|\b(?:suite|apt|apartment|unit) #?\d"),
    (ADDRESS, r"\bzip(?:\s?code)?(?: is|:)?\s+\d|\b\d{5}-\d{4}\b|" + FOREIGN),
    (ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b"),
    (TIME, r"\b\d{1,2}:\d\d:\d\d\b|[\[(#<]\s*\d{1,2}:\d\d\s*[\])#>]|\bt?\d+m\d+s\b"),
    (LABEL, rf"(?:^|[\n.!?\])]\s*|\s)[\[(<]?\s*(?:{ROLE})\s*(?:\d+|[A-Z])?\s*[\])>]?\s*:"),
    (LABEL, rf"[\[(<]\s*(?:{ROLE})\s*(?:\d+|[A-Z])?\s*[\])>]|\b(?:{ROLE}|interview)\s+#?\d+\b"),
    (SPELLED, r"(?<![\w'])(?:[^\W\d_](?:\s*[.\-,·|/~*]\s*|\s+)){2,}[^\W\d_](?![\w'])"),
    (TITLED, TITLE + rf"\.?\s+(?!{NOT_A_NAME})\w"),
    (TITLED, r"\b(?:my|his|her|their|whose|the) (?:(?:first|last|family|full) )?name(?:'s| is| was|:)\s+\w"),
    (MASKED, r"[^\W_][^\w\s.,;:!?'\"()\[\]/&%$€£+=-]+[^\W_]|\*{2,}|\b_{2,}\b|\w\*|\*\w"),
)
# With capitals as they stand.
CASED: tuple[tuple[str, str], ...] = (
    (LABEL, r"(?:^|[\s\[(<])(?:[A-Z]{1,4}\s?-?\d{0,4}|[a-z]\d{1,4})\s*[\])>]?:(?!\d)"),
    (CODE, r"(?<!\w)(?:[A-Za-z]{1,2}\d{2,}|[A-Z]{1,6}-\d{2,}|[A-Za-z]{3,}\d+|\d+[A-Za-z]+\d\w*)(?!\w)"),
    (CODE, rf"(?<!\w)(?:[A-Za-z]+\d+[A-Za-z]\w*|\d+(?!(?:{COUNTED})\b)[A-Za-z]{{2,}})(?!\w)"),
)
# What a text must hold for a pattern to be worth trying: most quotes have neither figures nor months.
A_DIGIT, A_STREET = re.compile(r"\d"), re.compile(rf"\s(?:{STREET})\b", re.IGNORECASE)
# A month stands behind no letter, those of "3rd" apart.
A_MONTH = re.compile(rf"(?:(?<![^\W\d_])|(?<=st)|(?<=nd)|(?<=rd)|(?<=th)){MONTH}", re.IGNORECASE)
# A figure, or a sign that plain sentences do not have.
A_MARK = re.compile(r"[^\w\s.,;!?'\"-]|[\d_]|underscore", re.IGNORECASE)


def _hint(rule: str, pattern: str) -> re.Pattern[str] | None:
    if MONTH in pattern:
        return A_MONTH
    if pattern.startswith(STREET_BEGINS):
        return A_STREET
    if rule in (LABEL, MASKED) or pattern.startswith(("@", r"\w\s*@")):
        return A_MARK
    return A_DIGIT if rule in (TIME, CODE) or (rule == NUMBER and SPOKEN not in pattern) else None


PATTERNS = (
    *((rule, re.compile(pattern, re.IGNORECASE), _hint(rule, pattern)) for rule, pattern in ANY),
    *((rule, re.compile(pattern), _hint(rule, pattern)) for rule, pattern in CASED),
)
ABBREVIATED = frozenset({"a.k.a", "a k a", "b to b", "p.h.d"})
HARMLESS_MONTH = re.compile(
    r"(?:^|[^\w])(?:(?:you|we|they|it|he|she|that|this|who|which|i|people|mentors?|mentees?|there|one|some)\s+may"
    r"\s+(?:first|second|third|one)|march\s+(?:first|second|third))$"
)
NUMBERED_PLACE = re.compile(
    rf"\b(\d+|{CARDINAL}(?:[\s-]{CARDINAL})?)\s+((?:[nsew]\.?\s+)?(?:[\w']+\s+){{1,3}})(?:{PLACE})\b",
    re.IGNORECASE,
)


def identifiers(text: str) -> Iterator[str]:
    """The rules that `latin` text offends, each once, in the order of `PATTERNS`.

    >>> list(identifiers("write to anna at example dot org")), list(identifiers("we met on a rainy day"))
    (['e-mail address', 'web address'], [])
    >>> list(identifiers("call five five five, one two one two")), list(identifiers("the third of march"))
    (['number'], ['date'])
    """
    hinted = {hint: hint.search(text) is not None for hint in (A_DIGIT, A_MONTH, A_STREET, A_MARK)}
    found = [
        rule
        for rule, pattern, hint in PATTERNS
        if (hint is None or hinted[hint]) and any(_meant(rule, hit, text) for hit in pattern.finditer(text))
    ]
    found += [NUMBER] if _said_number(text) else []
    found += [ADDRESS] if any(_place(hit) for hit in NUMBERED_PLACE.finditer(text)) else []
    yield from dict.fromkeys(found)


def _meant(rule: str, hit: re.Match[str], text: str) -> bool:
    """Whether a hit is what its rule is about, not one of the known harmless forms."""
    said = hit[0].strip().casefold()
    if rule == DATE:
        before = text[max(0, hit.start() - 20) : hit.end()].casefold()
        return not (NEVER_EXACT.fullmatch(said) or _modal_may(hit, text) or HARMLESS_MONTH.search(before))
    if rule == SPELLED:
        return said not in ABBREVIATED and not _articles(said)
    if rule == NUMBER:
        return not _years(said)
    return rule != CODE or said not in CODES


def _modal_may(hit: re.Match[str], text: str) -> bool:
    """A lower-case "may" that is no month, with a number in words: "you may first want"."""
    letters = re.sub(r"\W", "", hit[0])
    if not letters.isalpha() or not re.search(r"^may\b|(?<!\bof )\bmay$", hit[0]):
        return False
    before, after = text[: hit.start()], text[hit.end() : hit.end() + 12]
    dated = re.search(r"\b(?:on|by|since|until|of|last|before|after|this|the)\s+$", before, re.IGNORECASE)
    return dated is None and re.match(r"\s+[a-z]+", after) is not None


def _articles(said: str) -> bool:
    """Single letters that are words, one after the other by chance: "I, a ..."."""
    return set(re.findall(r"\w", said)) <= {"a", "i"}


def _years(said: str) -> bool:
    """A span of years, such as 2015-2019, or thousands set off by commas."""
    years = re.fullmatch(r"(?:1[89]|20)\d\d(?:\s*[-/,]?\s*(?:1[89]|20)\d\d)+", said)
    return bool(years or re.fullmatch(r"\d{1,3}(?:,\d{3})+", said))


def _said_number(text: str) -> bool:
    """Whether at least five digits are said one after the other, in words or in figures."""
    for hit in SAID_DIGITS.finditer(text):
        parts = re.findall(r"\w+", hit[0].casefold())
        if any(part in DIGITS for part in parts) and _digits(parts) >= 5:
            return True
    return False


def _digits(parts: list[str]) -> int:
    several = {"double": 1, "triple": 2}
    return sum(len(p) if p.isdigit() else several.get(p, 1) for p in parts if p != "and")


def _place(hit: re.Match[str]) -> bool:
    """A house number before a name and "place" or "court"; not "5 people in a circle"."""
    middle = re.findall(r"[\w']+", hit[2])
    if any(word.casefold() in FUNCTION for word in middle):
        return False
    return any(word[0].isupper() or stems(word.casefold()).isdisjoint(COMMON) for word in middle)
