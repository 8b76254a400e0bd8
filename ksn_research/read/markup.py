"""Words out of headings that carry HTML: survey tools export what their editors typed."""

from __future__ import annotations

import html
import re

# Only what an editor produces is a tag, so that "< 20 hours and > 5" stays.
TAGS = (
    "a|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|label|li|ol|p|pre|q|s|small|span|strike"
    "|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul"
)
TAG = re.compile(rf"</?(?:{TAGS})(?:\s[^<>]*|/)?>", re.IGNORECASE)
UNSEEN = re.compile(
    r"<(style|script)\b[^<>]*>[^<]*</\1\s*>|<!--(?:(?!-->|<!--).)*-->", re.IGNORECASE | re.DOTALL
)
# With its semicolon only: "R&D" and "Q&notes" are words.
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain_words(text: str) -> str:
    """A heading without tags, entities decoded, runs of white space as one space.

    >>> plain_words("Lottery A: <br>a 50&nbsp;% chance, <b>R&amp;D</b>")
    'Lottery A: a 50 % chance, R&D'
    >>> plain_words("Income < 20k or > 40k?")
    'Income < 20k or > 40k?'
    """
    if "<" in text:
        text = TAG.sub(" ", UNSEEN.sub(" ", text))
    if "&" in text:
        text = ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return " ".join(text.split())
