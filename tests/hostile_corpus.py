"""Words that somebody might write into any field, and that some program would obey instead of showing.

`STRINGS` by family. `hostile` puts them through every field of a publishable edition that a study, a member
or an analyst fills; another `turn` gives every field another string. Whatever tries to run in a page sets
`window.__ksn` or asks for a page of example.invalid, which no test may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import count
from typing import Any

import pandas as pd

from ksn_research.disclose import Publishable
from ksn_research.disclose.circles import CircleReviews
from ksn_research.disclose.quotes import reopened

FAMILIES: dict[str, tuple[str, ...]] = {
    "html": (
        "<script>window.__ksn=1</script>",
        "<SCRIPT SRC=http://example.invalid/x.js></SCRIPT>",
        "</script><script>window.__ksn=1</script>",
        "<img src=x onerror=window.__ksn=1>",
        "<img src=http://example.invalid/a.png>",
        "<svg onload=window.__ksn=1>",
        "<svg><script>window.__ksn=1</script></svg>",
        "<svg><animate onbegin=window.__ksn=1 attributeName=x dur=1s>",
        "<iframe src=http://example.invalid/></iframe>",
        "<iframe srcdoc='<script>parent.__ksn=1</script>'></iframe>",
        "<object data=http://example.invalid/></object>",
        "<embed src=http://example.invalid/>",
        "<link rel=stylesheet href=http://example.invalid/x.css>",
        "<meta http-equiv=refresh content='0;url=http://example.invalid/'>",
        "<base href=http://example.invalid/>",
        "<form action=http://example.invalid/><button>go</button></form>",
        "<input autofocus onfocus=window.__ksn=1>",
        "<details open ontoggle=window.__ksn=1>",
        "<video src=http://example.invalid/v onerror=window.__ksn=1>",
        "<audio src=http://example.invalid/a autoplay>",
        "<body onload=window.__ksn=1>",
        "<a href=javascript:window.__ksn=1>x</a>",
        "<a href='data:text/html,<script>window.__ksn=1</script>'>x</a>",
        "<marquee onstart=window.__ksn=1>x</marquee>",
        "<template><script>window.__ksn=1</script></template>",
        "<noscript><img src=http://example.invalid/n></noscript>",
        "<math><mtext></mtext><mglyph><style><img src=x onerror=window.__ksn=1></style></mglyph></math>",
        "\" onmouseover=\"window.__ksn=1",
        "' onfocus='window.__ksn=1' autofocus='",
        "\"><script>window.__ksn=1</script>",
        "'><img src=x onerror=window.__ksn=1>",
        "--><script>window.__ksn=1</script><!--",
        "<!-- comment",
        "<!--[if IE]><script>window.__ksn=1</script><![endif]-->",
        "</td></tr></table><h1>broken out</h1>",
        "</title><script>window.__ksn=1</script>",
        "</style><script>window.__ksn=1</script>",
        "</textarea><script>window.__ksn=1</script>",
        "</caption><caption>second",
        "<b>bold</b> & <i>italic</i>",
        "&lt;script&gt; &amp;lt;",
        "&#60;script&#62;window.__ksn=1&#60;/script&#62;",
        "&NotEqualTilde; &copy &#x41;",
        "javascript:window.__ksn=1",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "http://example.invalid/?q=<x>",
        "<data value=9 data-id=x>9</data>",
        "<plaintext>",
        "<xmp><script>window.__ksn=1</script></xmp>",
        "a < b > c",
    ),
    "css": (
        "</style><style>body{display:none}</style>",
        "expression(window.__ksn=1)",
        "@import url(http://example.invalid/x.css);",
        "x;background:url(http://example.invalid/b.png)",
        "} * { visibility: hidden } {",
        "\\3c script\\3e",
    ),
    "markdown": (
        "[a link](http://example.invalid/)",
        "![a picture](http://example.invalid/p.png)",
        "[run](javascript:window.__ksn=1)",
        "<http://example.invalid/>",
        "[ref][1]\n\n[1]: http://example.invalid/",
        "# A heading",
        "Setext\n======",
        "---",
        "***bold*** __bold__ ~~gone~~",
        "`code` and ``more``",
        "```\nfence\n```",
        "``````\n\n![out](http://example.invalid/out.png)\n\n``````{=html}",
        "~~~~~~\n<script>window.__ksn=1</script>\n~~~~~~",
        "* item\n* item",
        "1. first",
        "> quoted",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "A note[^1]\n\n[^1]: below",
        "$x^2$ and $$\\int$$",
        "\\*not emphasis\\*",
        "line  \nbreak",
        "Term\n:   definition",
        "&nbsp;&#8203;entity",
        "^up^ ~down~",
    ),
    "pandoc": (
        "`<script>window.__ksn=1</script>`{=html}",
        "```{=html}\n<script>window.__ksn=1</script>\n```",
        "```{=latex}\n\\input{/etc/passwd}\n```",
        "`#read(\"/etc/passwd\")`{=typst}",
        "::: {.class onclick=\"window.__ksn=1\"}\ninside\n:::",
        "[span]{style=\"display:none\"}",
        "---\ntitle: replaced\nheader-includes: <script>window.__ksn=1</script>\n---",
        "% A title block\n% Author",
        "@doe2020 says [@roe2021, p. 3]",
        "{{< include /etc/passwd >}}",
        "!include /etc/passwd",
        "(@example) numbered",
        "$title$ ${body} $if(x)$",
        "{#id .class key=value}",
        "::: {custom-style=\"Title\"}",
        "\\newpage\\pagebreak",
    ),
    "latex": (
        "\\input{/etc/passwd}",
        "\\write18{id}",
        "\\immediate\\write18{id}",
        "\\end{document}",
        "\\def\\x{\\x}\\x",
        "$\\frac{1}{2}$",
        "$\\frac{",
        "$unbalanced",
        "100% of A & B_2 # ~ ^ \\",
        "\\href{http://example.invalid/}{x}",
        "{\\catcode`\\@=11}",
        "\\verb|x|",
    ),
    "typst": (
        "#import \"@preview/x:0.1.0\": *",
        "#eval(\"1+1\")",
        "#read(\"/etc/passwd\")",
        "#image(\"/etc/passwd\")",
        "#link(\"http://example.invalid/\")[x]",
        "#panic(\"stop\")",
        "#let x = 1; #x",
        "$sum_(i=1)^n$",
        "$ unbalanced",
        "@label <label>",
        "`raw` ```typ #x```",
        "= Heading",
        "#[unclosed",
        "*bold _nested",
        "\\u{41} \\#",
        "#while true {}",
        "/ Term: description",
        "// comment",
        "/* open comment",
        "#set page(width: 1pt)",
    ),
    "templates": (
        "{{ 7*7 }}",
        "{% for x in y %}",
        "{{ config.__class__.__mro__ }}",
        "{# comment #}",
        "{{ 2025.members.trust }}",
        "{{ id | interval }}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "<?php echo 1 ?>",
        "{0.__class__}",
        "{}",
        "{missing}",
        "%(name)s",
        "%s%n%x %d",
        "{{{{",
        "}}",
    ),
    "formulas": (
        "=1+1",
        "=HYPERLINK(\"http://example.invalid/\",\"x\")",
        "=cmd|' /C calc'!A0",
        "=IMPORTXML(\"http://example.invalid/\",\"//a\")",
        "+1+1",
        "+cmd|' /C calc'!A0",
        "-1+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1,1)",
        "@1",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        " =1+1",
        "\u00a0=1+1",
        "\"=1+1\"",
        "'=1+1",
        "\uff1d1+1",
        "\uff0b1+1",
        "\uff0d1+1",
        "\uff20SUM(1)",
        "x;=1+1",
        "x\t=1+1",
        "x\n=1+1",
        "x\",=1+1,\"",
        "x\",\"=1+1",
        "a;b;\"c\";=d",
        "DDE(\"cmd\",\"/C calc\",\"x\")",
        "=DDE(\"cmd\";\"/C calc\";\"x\")",
        "#REF!",
        "#N/A",
        "#DIV/0!",
        "TRUE",
        "1E5",
        "2025-01-02",
        "=-+@",
    ),
    "xml": (
        "<![CDATA[ x ]]>",
        "]]>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
        "&e; &unknown;",
        "<?xml version=\"1.0\"?>",
        "<w:t>x</w:t>",
        "</w:t></w:r></w:p>",
        "<x:include href=\"http://example.invalid/\"/>",
        "xmlns=\"urn:x\"",
        "{\"@context\":\"http://example.invalid/\"}</script><script>window.__ksn=1</script>",
        "\\u003cscript\\u003e",
        "\"}];window.__ksn=1;//",
    ),
    "fields of documents": (
        "{ HYPERLINK \"http://example.invalid/\" }",
        "{ INCLUDETEXT \"/etc/passwd\" }",
        "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe",
        "\u0013 HYPERLINK \u0015",
        "{\\rtf1 x}",
        "%PDF-1.7 (x) Tj ET",
    ),
    "directions": (
        "\u202eevil\u202c",
        "abc\u202e123",
        "\u2067isolated",
        "\u2066never ended",
        "\u202bembedded\u202a",
        "\u2069\u2069\u2069ended",
        "\u200fmark\u200e",
        "\u05e9\u05dc\u05d5\u05dd 41 %",
        "\u0645\u0631\u062d\u0628\u0627 (12)",
        "exe.\u202etxt",
    ),
    "unseen": (
        "zero\u200bwidth",
        "join\u200ded \u200cnot",
        "\ufeffmark of order",
        "soft\u00adhyphen",
        "word\u2060joiner",
        "\U000e0041\U000e0042 tags",
        "\u3164filler",
        "\u00a0",
        "\u2028line\u2029paragraph",
        "\u0085next",
    ),
    "control": (
        "nul\x00byte",
        "\x1b[31mred\x1b[0m",
        "bell\x07",
        "back\x08space",
        "\x7fdelete",
        "form\x0cfeed",
        "vertical\x0btab",
        "\x01\x02\x03",
        "unit\x1fseparator",
        "c1\x9b31m",
        "\ud800half",
        "half\udfff",
        "\udc80byte",
        "none\ufffe\uffff",
    ),
    "shape": (
        "x" * 400,
        "long " * 120,
        "W" * 90 + " " + "i" * 90,
        "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324 a\u0334\u0320\u0347 l",
        "e\u0301\u0301\u0301\u0301\u0301\u0301",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
        "\U0001f1e9\U0001f1ea \U0001f44d\U0001f3ff",
        "\u041f\u0440\u0438\u0432\u0435\u0442",
        "p\u0430ypal",
        "\u65e5\u672c\u8a9e",
        "\ufdfd",
        "\u0130stanbul \u0131",
        "\ufb01ne",
        "_hidden",
        "   ",
        ".",
    ),
    "paths": (
        "../../etc/passwd",
        "..\\..\\windows",
        "/etc/passwd",
        "C:\\con\\con",
        "CON",
        "nul.txt",
        "a/b\\c:d*e?f\"g<h>i|j",
        "file:///etc/passwd",
        "~/.ssh/id",
        "[Sheet]:/\\?*'",
        "x" * 300 + ".html",
        "\\\\example.invalid\\share",
    ),
    "shell and sql": (
        "$(id)",
        "`id`",
        "; rm -rf x",
        "| id",
        "&& id",
        "'; DROP TABLE results; --",
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "--option",
        "NULL",
        "None",
        "nan",
        "<NA>",
    ),
}  # fmt: skip
STRINGS: tuple[str, ...] = tuple(dict.fromkeys(text for own in FAMILIES.values() for text in own))
ALL = " \u00a6 ".join(STRINGS)  # every one of them where a study has one field only
OF_REVIEWS = {
    "circles": ("name", "led_by"),
    "items": ("remark", "label_positive"),
    "themes": ("theme",),
    "comments": ("text",),
    "sessions": ("note",),
}


def hostile(harmless: Publishable, turn: int = 0) -> Publishable:
    """An edition like another, every text field of it hostile."""
    say = _speaker(turn)
    labels = {name: say(words) for name, words in harmless.labels.items()}
    levels = harmless.results["group"].isin(["region", "type", "operator_type"])
    levels &= (harmless.results["level"] != "") & ~harmless.results["level"].isin(list(labels))
    told = {name: whole(say(name)) for name in harmless.results.loc[levels, "level"].unique()}
    results = harmless.results.assign(
        level=harmless.results["level"].astype(object).map(lambda name: told.get(name, name)),
        note=[whole(say(note)) if note else "" for note in harmless.results["note"]],
    )
    quotes = harmless.quotes.frame
    quotes = quotes.assign(**{name: _said(quotes[name], say) for name in ("text", "attribution")})
    return replace(
        harmless,
        results=results,
        labels=labels,
        study=replace(harmless.study, title=ALL, publisher=ALL),
        waves=harmless.waves.assign(label=_said(harmless.waves["label"], say)),
        findings=harmless.findings.assign(problem=_said(harmless.findings["problem"], say)),
        quotes=reopened(quotes),
        reviews=_reviews(harmless.reviews, say),
    )


def whole(text: str) -> str:
    """A string as a column of text can hold it: without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _reviews(reviews: CircleReviews, say: Callable[[str], str]) -> CircleReviews:
    made: dict[str, Any] = {one.name: getattr(reviews, one.name) for one in fields(reviews)}
    for name, columns in OF_REVIEWS.items():
        frame: pd.DataFrame = made[name]
        made[name] = frame.assign(**{c: _said(frame[c], say) for c in columns if c in frame})
    return CircleReviews(**made)


def _said(column: pd.Series, say: Callable[[str], str]) -> pd.Series:
    """Every text of a column replaced; what is missing or empty stays so."""
    new = [whole(say(one)) if isinstance(one, str) and one else one for one in column]
    return pd.Series(new, index=column.index, dtype=object)


def _speaker(turn: int) -> Callable[[str], str]:
    """Says one string of the corpus after the other, beginning elsewhere each turn."""
    at = count(turn * 37)

    def say(_words: str) -> str:
        return STRINGS[next(at) % len(STRINGS)]

    return say
