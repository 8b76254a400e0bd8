"""What happens to files on their way: a seed's bytes changed by one accident or one malice.

A mutation takes a generator of random numbers and a seed, and gives the seed changed. Those in `INTACT` write
the same records in another way: whoever reads them must count the same, or say what differs.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from fuzz.corpus import SENTINEL, Seed

ESCAPED = Path(tempfile.gettempdir()) / "ksn-fuzz-escaped"  # what `climbing` would write outside

Random = random.Random
Mutation = Callable[[Random, Seed], bytes]
MEGABYTE = 1 << 20
# What comes of mutating what another mutation broke.
BROKEN = (csv.Error, zipfile.BadZipFile, zlib.error, struct.error, EOFError)
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# What people and tools write into cells, and what libraries stumble over.
ODD = (
    "", " ", "\u00a0", "None", "N/A", "null", "NaN", "inf", "-inf", "1e999", "1e-999", "-0", "+1", "--1",
    "1_000", "1,5", "1.000,5", "0x10", "٣", "１２", "²", "½", "Ⅷ", "9" * 5000, "-99", "-9", "2,5", "1 2",
    "0001", "#REF!", "=1+1", "@x", "-", "'", '"', '""', "\t", "\r", "a\rb", "\u2028", "\u0085", "\ufeff",
    "\u200b", "\u202e" + SENTINEL, "\x1b[31m", "\x0b", "\x1c", "\ud7ff", "\uffff", "\U0010ffff", "é" * 300,
    "0000-00-00", "9999-99-99", "31/02/2025", "2025-03-01T25:61:61Z", "10000-01-01", "-0001-01-01", "1/2/3",
    "2026/09/27 3:00:00 PM GMT+99", "12:00:00 PM", "Other: " + SENTINEL, SENTINEL, f"Data; {SENTINEL}",
    f"{SENTINEL}@example.org", f"https://{SENTINEL}.org/?a", "{{", "${q1}", "%s", "{0}", "\\", "\\N", "$(id)",
    "<b>", "&amp;", "&#0;", "&#xD800;", "<![CDATA[", "]]>", "{" * 3000, "[" * 3000, "(" * 3000,
    '{"ImportId": 1}', "a/b/c", "q3/data", "Data", "data", "DATA ", "Trust", "y", "TRUE", "0", "1", "7",
    "1.0", "1900-01-00", "a" * 32_768,
)  # fmt: skip


# --- tables of text ------------------------------------------------------------------------------------


def _rows(seed: Seed) -> list[list[str]]:
    text = seed.data.decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=seed.mark) if row]


def _written(
    rows: list[list[str]],
    mark: str,
    encoding: str = "utf-8",
    end: str = "\r\n",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding, "surrogatepass")


def rows_shuffled(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    body = rows[seed.headers :]
    draw.shuffle(body)
    return _written([*rows[: seed.headers], *body], seed.mark)


def all_rows_shuffled(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    draw.shuffle(rows)
    return _written(rows, seed.mark)


def columns_shuffled(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    width = max(map(len, rows))
    order = draw.sample(range(width), width)
    filled = (row + [""] * (width - len(row)) for row in rows)
    return _written([[row[i] for i in order] for row in filled], seed.mark)


def columns_dropped(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    gone = set(draw.sample(range(len(rows[0])), draw.randint(1, max(1, len(rows[0]) // 2))))
    return _written([[cell for i, cell in enumerate(row) if i not in gone] for row in rows], seed.mark)


def headers_dropped(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed)[draw.randint(1, seed.headers) :], seed.mark)


def headers_twice(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    at = draw.randint(seed.headers, len(rows))
    return _written([*rows[:at], *rows[: seed.headers], *rows[at:]], seed.mark)


def headings_twice(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    for _ in range(draw.randint(1, 4)):
        row = rows[draw.randrange(seed.headers)]
        row[draw.randrange(len(row))] = draw.choice(row)
    return _written(rows, seed.mark)


def headings_odd(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    for _ in range(draw.randint(1, 4)):
        row = rows[draw.randrange(seed.headers)]
        row[draw.randrange(len(row))] = _nobodys(draw.choice(ODD))
    return _written(rows, seed.mark)


def _nobodys(text: str) -> str:
    """Words of a questionnaire, which messages may show."""
    return text.replace(SENTINEL, "heading")


def cells_odd(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    for _ in range(draw.choice((1, 3, 30))):
        row = rows[draw.randrange(seed.headers, len(rows))]
        row[draw.randrange(len(row))] = draw.choice(ODD)
    return _written(rows, seed.mark, quoting=draw.choice((csv.QUOTE_ALL, csv.QUOTE_MINIMAL)))


def column_odd(draw: Random, seed: Seed) -> bytes:
    """A whole column holds one thing, or anything."""
    rows = _rows(seed)
    at, same = draw.randrange(len(rows[0])), draw.choice((None, *ODD))
    for row in rows[seed.headers :]:
        if at < len(row):
            row[at] = draw.choice(ODD) if same is None else same
    return _written(rows, seed.mark)


def ragged(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    for _ in range(draw.randint(1, 5)):
        row = draw.choice(rows)
        row += [draw.choice(("", SENTINEL if row in rows[seed.headers :] else "x"))] * draw.randint(1, 40)
        if draw.random() < 0.5:
            del row[draw.randrange(len(row)) :]
    return _written(rows, seed.mark)


def cell_huge(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    row = draw.choice(rows)
    row[draw.randrange(len(row))] = (
        draw.choice(("x", "1", "a, ", "é", '"', "\n", "[", "a/", "-", "_", " ")) * MEGABYTE
    )
    return _written(rows, seed.mark)


def columns_many(draw: Random, seed: Seed) -> bytes:
    width = draw.choice((300, 300, 300, 300, 1_000_000, 1_000_000, 9_900))
    rows = _rows(seed)
    rows[0] = rows[0] + draw.choice(([""], ["x"], ["a/b"], ["Q_1"])) * width
    if draw.random() < 0.3:
        rows[-1] = rows[-1] + [""] * width
    return _written(rows, seed.mark)


def row_wide(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    rows[draw.randrange(seed.headers, len(rows))] += [""] * draw.choice((1, 300, 1_000_000))
    return _written(rows, seed.mark)


def separator_other(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), draw.choice([mark for mark in ",;\t|" if mark != seed.mark]))


def all_quoted(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), seed.mark, quoting=csv.QUOTE_ALL)


def line_ends_other(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), seed.mark, end=draw.choice(("\n", "\r\n", "\r")))


def line_ends_mixed(draw: Random, seed: Seed) -> bytes:
    lines = (_written([row], seed.mark, end=draw.choice(("\n", "\r\n", "\r"))) for row in _rows(seed))
    return b"".join(lines)


def mark_before(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), seed.mark, "utf-8-sig")


def in_utf_16(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), seed.mark, "utf-16")


def lines_blank_at_end(draw: Random, seed: Seed) -> bytes:
    return _written(_rows(seed), seed.mark) + draw.choice((b"\r\n", b"\n\n\n", b" \n", b"\r"))


def lines_blank(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    for _ in range(draw.randint(1, 5)):
        rows.insert(draw.randrange(len(rows) + 1), draw.choice(([], [""], [" "], [""] * len(rows[0]))))
    return _written(rows, seed.mark)


def encoded_otherwise(draw: Random, seed: Seed) -> bytes:
    text = seed.data.decode("utf-8-sig").replace("a", draw.choice("aé€ß"))
    return text.encode(
        draw.choice(("cp1252", "mac_roman", "utf-16-le", "utf-32", "utf-7", "cp500")), "replace"
    )


def separators_mixed(draw: Random, seed: Seed) -> bytes:
    rows = _rows(seed)
    return b"".join(_written([row], draw.choice((seed.mark, ";", "\t"))) for row in rows)


def quotes(draw: Random, seed: Seed) -> bytes:
    """Quotation marks where none belong: nested, unclosed, many."""
    text = seed.data
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(text))
        text = (
            text[:at]
            + draw.choice((b'"', b'""', b'"""', b'",', b',"', b'"\n', b"'", b'"' * 2001))
            + text[at:]
        )
    return text


def twice_over(draw: Random, seed: Seed) -> bytes:
    return seed.data + seed.data


# --- any bytes -----------------------------------------------------------------------------------------


def truncated(draw: Random, seed: Seed) -> bytes:
    return seed.data[: draw.randrange(len(seed.data))]


def flipped(draw: Random, seed: Seed) -> bytes:
    held = bytearray(seed.data)
    for _ in range(draw.choice((1, 4, 40))):
        held[draw.randrange(len(held))] ^= 1 << draw.randrange(8)
    return bytes(held)


def bytes_random(draw: Random, seed: Seed) -> bytes:
    held = bytearray(seed.data)
    for _ in range(draw.choice((1, 4, 40))):
        held[draw.randrange(len(held))] = draw.choice((0, 0x0A, 0x22, 0x2C, 0x80, 0xFF, draw.randrange(256)))
    return bytes(held)


def bytes_removed(draw: Random, seed: Seed) -> bytes:
    at = draw.randrange(len(seed.data))
    return seed.data[:at] + seed.data[at + draw.choice((1, 7, 200)) :]


def bytes_moved(draw: Random, seed: Seed) -> bytes:
    a, b, c = sorted(draw.randrange(len(seed.data)) for _ in range(3))
    return seed.data[:a] + seed.data[b:c] + seed.data[a:b] + seed.data[c:]


def bytes_inserted(draw: Random, seed: Seed) -> bytes:
    at = draw.randrange(len(seed.data) + 1)
    piece = draw.choice(
        (b"\x00", b"\x00" * 999, *BOMS, b"\xed\xa0\x80", b"\x1a", b"\xff" * 9, draw.randbytes(40))
    )
    return seed.data[:at] + piece + seed.data[at:]


def nothing(draw: Random, seed: Seed) -> bytes:
    return draw.choice((
        b"", b" ", b"\n", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"PK\x05\x06", b"$FL2", b"{}",
        b"[]", b"<", b"<?xml", b'"', b",", b",,,\n,,,\n", b"\r\n\r\n", b"{\x22", b"null",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ))  # fmt: skip


def noise(draw: Random, seed: Seed) -> bytes:
    return draw.choice((seed.data[:8], b"")) + draw.randbytes(draw.choice((1, 100, 20_000)))


def only_marks(draw: Random, seed: Seed) -> bytes:
    return draw.choice(
        (b",", b'"', b";\n", b"\n", b"|", b"[", b'{"', b"<a>", b"-", b"0", b"a/")
    ) * draw.choice((9, 100_000))


# --- archives ------------------------------------------------------------------------------------------


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(held: Mapping[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items() if isinstance(held, Mapping) else held:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def member_changed(draw: Random, seed: Seed) -> bytes:
    """One member's bytes by a mutation of bytes or of XML."""
    held = members(seed.data)
    name = draw.choice(sorted(held))
    kinds = [truncated, flipped, bytes_random, bytes_removed, bytes_moved, bytes_inserted, nothing]
    if name.endswith((".xml", ".rels", ".qde")):
        kinds += [entities, xml_deep, xml_values, xml_elements, xml_encoding, xml_values, xml_elements]
    held[name] = draw.choice(kinds)(draw, replace(seed, data=held[name] or b" "))
    return packed(held)


def member_gone(draw: Random, seed: Seed) -> bytes:
    held = members(seed.data)
    del held[draw.choice(sorted(held))]
    return packed(held)


def members_twice(draw: Random, seed: Seed) -> bytes:
    held = list(members(seed.data).items())
    name, data = draw.choice(held)
    again = draw.choice((data, b"", data[: len(data) // 2], b"<a/>"))
    return packed([*held, (name, again)] if draw.random() < 0.5 else [(name, again), *held])


def climbing(draw: Random, seed: Seed) -> bytes:
    """Members that would be written outside, by their own name or instead of another."""
    held = list(members(seed.data).items())
    outside = draw.choice((
        "../../escaped", "../" * 12 + str(ESCAPED).lstrip("/"), str(ESCAPED), "C:\\escaped",
        "..\\..\\escaped", "a/../../x", "//host/share/x", "escaped\x00.xml", "CON", "./" * 40 + "x",
        "x" * 60_000, "~/escaped", "xl/../../../escaped.xml", "\\\\?\\C:\\x",
    ))  # fmt: skip
    if draw.random() < 0.5:
        return packed([*held, (outside + PurePosixPath(held[0][0]).suffix, b"<a/>")])
    at = draw.randrange(len(held))
    held[at] = (outside, held[at][1])
    return packed(held)


def paths_climb(draw: Random, seed: Seed) -> bytes:
    """References inside the archive's XML that point outside."""
    held = members(seed.data)
    outside = draw.choice(
        (
            b"../../../../etc/passwd",
            b"file:///etc/passwd",
            b"/etc/passwd",
            b"http://127.0.0.1:9/x",
            b"C:\\x",
            b"",
        )
    )
    for name, data in held.items():
        changed = re.sub(
            rb'(Target|plainTextPath|PartName|r:id)="[^"]*"',
            rb'\1="' + outside.replace(b"\\", b"\\\\") + b'"',
            data,
        )
        if changed != data and draw.random() < 0.6:
            held[name] = changed
    return packed(held)


@cache
def _zeros(size: int) -> bytes:
    return packed({"x": b" " * size})


def zip_bomb(draw: Random, seed: Seed) -> bytes:
    """A member that unpacks to far more than it takes."""
    held = members(seed.data)
    name = draw.choice(sorted(held))
    size = draw.choice((9, 40, 260)) * MEGABYTE
    around = held[name].partition(b">")
    held[name] = draw.choice(
        (around[0] + around[1] + b" " * size + around[2], b" " * size, b"<a>" * (size // 3))
    )
    return packed(held)


def zip_lies(draw: Random, seed: Seed) -> bytes:
    """Sizes, flags, methods and offsets of the central directory that are not true."""
    data = bytearray(seed.data)
    places = [m.start() for m in re.finditer(rb"PK\x01\x02", seed.data)]
    at = draw.choice(places)
    offset, form, value = draw.choice((
        (8, "<H", 1), (8, "<H", 0x800), (10, "<H", draw.choice((0, 9, 12, 14, 99))), (16, "<I", 7),
        (20, "<I", 0xFFFFFFFF), (20, "<I", 3), (24, "<I", 0xFFFFFFFE), (24, "<I", 1), (28, "<H", 60_000),
        (42, "<I", draw.choice((0, 0xFFFFFFF0, 40))), (38, "<I", 0xA1FF0000),
    ))  # fmt: skip
    struct.pack_into(form, data, at + offset, value)
    return bytes(data)


def zip_of_zip(draw: Random, seed: Seed) -> bytes:
    return packed({draw.choice(("x.xlsx", "project.qde", "xl/workbook.xml")): seed.data})


def members_many(draw: Random, seed: Seed) -> bytes:
    held = members(seed.data)
    return packed(held | {f"xl/worksheets/s{i}.xml": b"<a/>" for i in range(draw.choice((50, 12_000)))})


# --- XML -----------------------------------------------------------------------------------------------

LAUGHS = b"<!DOCTYPE d [" + b'<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12)
) + b"]>"  # fmt: skip
DOCTYPES = (
    LAUGHS,
    b'<!DOCTYPE d [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE d [<!ENTITY a11 SYSTEM "http://127.0.0.1:9/x">]>',
    b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">',
    b'<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>',
    b'<!DOCTYPE d [<!ENTITY a11 "' + b"x" * 200_000 + b'">]>',
    b"<!doctype d>",
    b"<!DOCTYPE d>",
)


def entities(draw: Random, seed: Seed) -> bytes:
    """Bombs of entities, and files that are to be fetched."""
    head, mark, rest = seed.data.partition(b"?>")
    if not mark:
        head, mark, rest = b'<?xml version="1.0"', b"?>", seed.data
    at = rest.find(b">", rest.find(b"><")) + 1 or len(rest)
    made = head + mark + draw.choice(DOCTYPES) + rest[:at] + b"&a11;" * draw.choice((1, 1, 40)) + rest[at:]
    if draw.random() < 0.2:
        return b"\xff\xfe" + made.decode("utf-8", "replace").replace("utf-8", "utf-16").encode("utf-16-le")
    return made


def xml_deep(draw: Random, seed: Seed) -> bytes:
    depth = draw.choice((30, 190, 2000, 200_000))
    at = seed.data.rfind(b"</")
    end = b"</a>" * depth if draw.random() < 0.7 else b""
    return seed.data[:at] + b"<a>" * depth + end + seed.data[at:]


def xml_values(draw: Random, seed: Seed) -> bytes:
    """Attributes and texts replaced by odd ones."""
    text = seed.data.decode("utf-8", "replace")
    for _ in range(draw.choice((1, 3, 20))):
        places = list(re.finditer(r'="([^"]*)"|>([^<]+)<|\[CDATA\[([^\]]*)\]', text))
        if not places:
            break
        start, end = next(m.span(i) for m in [draw.choice(places)] for i in (1, 2, 3) if m.start(i) >= 0)
        odd = draw.choice(
            (*ODD, "-1", "4294967296", "99999999999999999999", "A0", "XFD1048576", "B", "s", "d", "inlineStr")
        )
        odd = _nobodys(odd).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        text = text[:start] + odd + text[end:]
    return text.encode("utf-8", "surrogatepass")


def xml_elements(draw: Random, seed: Seed) -> bytes:
    """An element left out, doubled, put elsewhere, or many times over."""
    places = list(re.finditer(rb"<([A-Za-z]\w*)[^<>]*(?:/>|>[^<]*</\1>)", seed.data))
    if not places:
        return seed.data[:-1]
    found = draw.choice(places)
    own, at = found.group(0), draw.choice(places).start()
    times = draw.choice((0, 2, 2, 5000))
    without = seed.data[: found.start()] + own * times + seed.data[found.end() :]
    return without if draw.random() < 0.7 else without[:at] + own + without[at:]


def xml_encoding(draw: Random, seed: Seed) -> bytes:
    named = draw.choice((b"utf-16", b"ascii", b"cp037", b"no-such", b"utf-7", b"UTF-32", b"idna"))
    return re.sub(rb'(encoding=)"[^"]*"', rb'\1"' + named + b'"', seed.data, count=1)


# --- JSON ----------------------------------------------------------------------------------------------


def json_values(draw: Random, seed: Seed) -> bytes:
    """Values replaced by values of other types."""
    loaded = json.loads(seed.data)
    for _ in range(draw.choice((1, 3, 20))):
        places = list(_places(loaded))
        within, key = draw.choice(places)
        odd: Any = draw.choice(
            (None, True, 0, -1, 1.5, 10**400, [], {}, [[]], {"a": 1}, [None], "\ud800", *ODD)
        )
        if draw.random() < 0.2 and isinstance(within, dict):
            within[str(odd)[:50]] = within.pop(key)
        else:
            within[key] = odd
    return json.dumps(loaded).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def json_deep(draw: Random, seed: Seed) -> bytes:
    depth = draw.choice((50, 900, 100_000))
    left, right = draw.choice((("[", "]"), ('{"a":', "}"), ('{"items":[', "]}"), ('{"fields":[', "]}")))
    end = right * depth if draw.random() < 0.8 else ""
    deep = left * depth + "1" + end
    loaded = json.loads(seed.data)
    within, key = draw.choice(list(_places(loaded)))
    within[key] = "@@"
    return (deep if draw.random() < 0.3 else json.dumps(loaded).replace('"@@"', deep)).encode()


def json_numbers(draw: Random, seed: Seed) -> bytes:
    odd = draw.choice(
        ("NaN", "Infinity", "-Infinity", "1e999", "-0", "9" * 9000, "1" + "0" * 400, "0.1e-999")
    )
    return re.sub(rb": (\d[\d.]*)", b": " + odd.encode(), seed.data, count=draw.choice((1, 0)))


def json_wide(draw: Random, seed: Seed) -> bytes:
    """Many fields in many responses, which a table would multiply."""
    wide = draw.choice((60, 600))
    items = [{"token": str(i), "answers": [{"field": {"id": f"f{i}_{j}"}, "type": "text", "text": "x"}
             for j in range(wide // 30)]} for i in range(wide)]  # fmt: skip
    return json.dumps({"items": items}).encode()


# --- which for what ------------------------------------------------------------------------------------

BYTES: tuple[Mutation, ...] = (
    truncated, flipped, bytes_random, bytes_removed, bytes_moved, bytes_inserted, nothing, noise, only_marks,
)  # fmt: skip
INTACT: tuple[Mutation, ...] = (
    rows_shuffled, columns_shuffled, separator_other, all_quoted, line_ends_other, line_ends_mixed,
    mark_before, in_utf_16, lines_blank_at_end,
)  # fmt: skip
TABLES: tuple[Mutation, ...] = (
    *INTACT, all_rows_shuffled, columns_dropped, headers_dropped, headers_twice, headings_twice, headings_odd,
    cells_odd, cells_odd, column_odd, ragged, cell_huge, columns_many, row_wide, lines_blank,
    encoded_otherwise, separators_mixed, quotes, twice_over,
)  # fmt: skip
XML: tuple[Mutation, ...] = (
    entities,
    xml_deep,
    xml_values,
    xml_values,
    xml_elements,
    xml_elements,
    xml_encoding,
)
ZIP: tuple[Mutation, ...] = (
    member_changed, member_changed, member_changed, member_changed, member_gone, members_twice, climbing,
    paths_climb, zip_bomb, zip_lies, zip_of_zip, members_many,
)  # fmt: skip
JSON: tuple[Mutation, ...] = (json_values, json_values, json_values, json_deep, json_numbers, json_wide)
KINDS: Mapping[str, tuple[Mutation, ...]] = {
    "text": (*TABLES, *BYTES),
    "zip": (*ZIP, *BYTES),
    "xml": (*XML, *BYTES),
    "json": (*JSON, *BYTES),
    "binary": BYTES,
    "database": BYTES,
}


def mutations(seed: Seed) -> tuple[Mutation, ...]:
    """Those that make sense for a seed; columns of two header rows belong together."""
    fitting = KINDS[seed.kind]
    return tuple(m for m in fitting if m is not columns_shuffled or seed.headers == 1)
