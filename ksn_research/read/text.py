"""Bytes into cells of text: encodings and separators, nothing interpreted."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from ksn_research.errors import Finding, ReadError
from ksn_research.read.sheet import Sheet, sheet

SEPARATORS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LOOKED_AT = 200  # records by which the separator is found
PIECE = 1 << 20  # letters taken at a time
# A cell that undecodable bytes were put into by the `surrogateescape` handler.
UNDECODED = re.compile("[\udc80-\udcff]")


def text_sheet(data: bytes, file: str, source: str, encoding: str | None = None) -> Sheet:
    """All records of a separated-values file, and what was odd about its encoding.

    Encodings: as declared, else by byte-order mark, else UTF-8; where that fails Windows-1252 is used and
    a finding names the first place where it mattered. Cells keep their line breaks; spaces around them are
    dropped, since every tool pads differently. Raises ReadError for an empty or a binary file.
    """
    text, findings = decoded(data, file, source, encoding)
    return sheet(_parsed(text, file), file=file, findings=findings)


def decoded(data: bytes, file: str, source: str, encoding: str | None = None) -> tuple[str, list[Finding]]:
    """The file's text without a byte-order mark, and what was odd about its encoding; see `text_sheet`."""
    known = encoding or next((name for bom, name in BOMS if data.startswith(bom)), "utf-8")
    if known == "utf-8":
        _refuse_zeros(data.find(b"\x00"), file)
    text, findings = _decode(data, known, file, source, encoding)
    _refuse_zeros(text.find("\x00"), file)
    # A mark that a declared encoding left standing would become part of the first heading.
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise ReadError("the file is empty", remedy="export it again", file=file)
    return text, findings


def _refuse_zeros(found: int, file: str) -> None:
    if found >= 0:
        raise ReadError(
            "the file is not text (it holds zero bytes)",
            remedy="export it as CSV, or declare its encoding in study.toml",
            file=file,
        )


def _decode(
    data: bytes, known: str, file: str, source: str, encoding: str | None
) -> tuple[str, list[Finding]]:
    try:
        return data.decode(known), []
    except LookupError:
        raise ReadError(
            f"the encoding `{encoding}` is unknown", remedy='use e.g. "utf-8" or "cp1252"', file=file
        ) from None
    except UnicodeError:  # also the codec `undefined`
        if encoding is None and known == "utf-8-sig":
            # The mark says UTF-8, so the rest is; what is broken was broken before it was written.
            return data.decode(known, errors="replace"), [_odd(data, file, source, BROKEN)]
        if encoding is not None or known != "utf-8":
            raise ReadError(
                f"the file is not {known}", remedy="declare the right encoding in study.toml", file=file
            ) from None
    return data.decode("cp1252", errors="replace"), [_odd(data, file, source, NOT_UTF8)]


BROKEN = (
    "the file says that it is UTF-8, and holds bytes that are not; they became the sign \ufffd",
    "correct these letters where the file was made, and export it again",
)
NOT_UTF8 = (
    "the file is not UTF-8; it was read as Windows-1252",
    "export it as UTF-8, or declare its encoding in study.toml "
    '("cp1252" if the letters look right, "mac_roman" if it was saved on an old Mac)',
)


def _odd(data: bytes, file: str, source: str, words: tuple[str, str]) -> Finding:
    """Where the first cell stands that is not UTF-8."""
    rows = list(_parsed(data.removeprefix(BOMS[0][0]).decode("utf-8", errors="surrogateescape"), file))
    bad = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if UNDECODED.search(cell)]
    row, column = bad[0]
    heading = rows[0][column] if row > 0 and column < len(rows[0]) else ""
    return Finding(
        severity="warn",
        source=source,
        file=file,
        row=row + 1,
        column=UNDECODED.sub("?", heading) or str(column + 1),
        problem=words[0],
        remedy=words[1],
        count=len(bad),
    )


def _parsed(text: str, file: str) -> Iterator[list[str]]:
    records = _records(text, separator(text))
    done = 0
    try:
        for record in records:
            done += 1
            yield record
    except csv.Error as error:
        raise ReadError(
            f"not a proper separated-values file ({error})",
            remedy="look for an unclosed quotation mark, or export it again",
            file=file,
            row=done + 1,
        ) from None


def _records(text: str, mark: str) -> Iterator[list[str]]:
    return csv.reader(_lines(text), delimiter=mark, strict=True)


def _lines(text: str) -> Iterator[str]:
    """The text's lines as they are, a piece at a time: a buffer of it all would take four bytes a letter."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + PIECE) + 1 or len(text)
        yield from io.StringIO(text[start:end], newline="")
        start = end


def separator(text: str) -> str:
    """The candidate that splits most of the first records into no more cells than the header has.

    The header alone would not do: a question may hold a comma where semicolons separate.

    >>> separator("a;b;c\\n1,5;2;3")
    ';'
    >>> separator("Tea, coffee, or milk?;Why?\\nTea;It is hot")
    ';'
    """
    return max(SEPARATORS, key=lambda mark: _fit(text, mark))


def _fit(text: str, mark: str) -> tuple[int, int, int, int]:
    widths: list[int] = []
    # Records up to a broken one speak as well: the break itself is reported when the file is parsed.
    with suppress(csv.Error):
        widths.extend(len(row) for row in islice(_records(text[:PIECE], mark), LOOKED_AT) if row)
    header = next(iter(widths), 0)
    split = sum(1 < width <= header for width in widths)
    return split, -sum(width > header for width in widths), widths.count(header), header
