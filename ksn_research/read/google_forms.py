"""Google Forms: the responses as Forms downloads them and as Sheets shows them.

One header row of question texts, the first column the time of submission. A grid has a column for each line,
"Question [line]". Titles may repeat, and nothing but their place tells such columns apart.
"""

from __future__ import annotations

import re
from collections import defaultdict

from ksn_research.read.export import Export, build
from ksn_research.read.sheet import Sheet

# What Google calls the first column, in the languages of its forms.
TIMESTAMPS = frozenset({
    "Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Carimbo de data/hora",
    "Informazioni cronologiche", "Tijdstempel", "Sygnatura czasowa", "Tidsstämpel", "Tidsstempel",
    "Tidsstempling", "Aikaleima", "Časová značka", "Časová pečiatka", "Časovna oznaka", "Időbélyeg",
    "Marcaj de timp", "Marca de temps", "Отметка времени", "Позначка часу", "Клеймо за време",
    "Временска ознака", "Vremenska oznaka", "Zaman damgası", "Χρονική σήμανση", "Laiko žyma", "Laika zīmogs",
    "Ajatempel", "タイムスタンプ", "时间戳记", "時間戳記", "타임스탬프", "طابع زمني", "חותמת זמן",
    "Stempel waktu", "Cap masa", "Dấu thời gian", "ประทับเวลา", "टाइमस्टैम्प",
})  # fmt: skip
# The address that a form collects by itself stands in the second column.
ADDRESSES = frozenset({
    "email address", "email", "username", "e-mail-adresse", "nutzername", "adresse e-mail",
    "nom d'utilisateur", "dirección de correo electrónico", "nombre de usuario", "endereço de e-mail",
    "nome de usuário", "indirizzo email", "nome utente", "e-mailadres", "gebruikersnaam", "adres e-mail",
    "nazwa użytkownika", "e-postadress", "användarnamn", "e-mailadresse", "e-postadresse", "brukernavn",
    "brugernavn", "sähköpostiosoite", "e-mailová adresa", "e-mail cím", "adresă de e-mail",
    "адрес электронной почты", "имя пользователя", "електронна адреса", "e-posta adresi", "kullanıcı adı",
    "メールアドレス", "ユーザー名", "电子邮件地址", "電子郵件地址", "이메일 주소", "alamat email",
})  # fmt: skip
# A date as any locale writes it and a clock time behind it; ISO 8601 with its "T" is another tool's.
TIME = re.compile(r"\d{1,4}\D{1,3}\d{1,2}\D{1,3}\d{1,4}[\s,.]+\D{0,12}\d{1,2}[:.h]\d")
QUIZ = ("Score", "Feedback")


def looks_so(rows: list[list[str]]) -> bool:
    """Whether the first column is Google's time of submission, and a question follows.

    >>> looks_so([["Timestamp", "Do you?"], ["2026/09/27 3:00:00 PM GMT+3", "Yes"]])
    True
    >>> looks_so([["Timestamp", "Do you?"], ["2026-09-27T15:00:00Z", "Yes"]])
    False
    """
    if not rows or len(rows[0]) < 2 or rows[0][0] not in TIMESTAMPS:
        return False
    return all(not row or not row[0] or TIME.match(row[0]) is not None for row in rows[1:])


def google_forms(records: Sheet) -> Export:
    """Headings as they stand; a grid's lines under their question. Times keep their zone in the cell
    ("GMT+3"), where there is one."""
    row = records.head(1)[0] if len(records) else []
    headings, items = _grids(row)
    columns = {"heading": headings, "item": items, "role": _roles(row, headings, items)}
    return build(records, 1, format="google_forms", columns=columns)


def _grids(row: list[str]) -> tuple[list[str], list[str]]:
    """Stem and line of every heading. A bracket that no other column shares the stem of is part of the
    question.

    >>> _grids(["How far? [I belong]", "How far? [I give]", "Which? [all that apply]"])
    (['How far?', 'How far?', 'Which? [all that apply]'], ['I belong', 'I give', ''])
    """
    split = [_line(cell) for cell in row]
    lines = defaultdict(set)
    for stem, line in split:
        lines[stem].add(line)
    # A quiz's own columns stand beside the question, whose heading has no bracket.
    titles = set(row)
    kept = [
        bool(line) and (len(lines[stem] - {""}) > 1 or _of_quiz(stem, line, titles)) for stem, line in split
    ]
    headings = [stem if keep else cell for cell, keep, (stem, _) in zip(row, kept, split, strict=True)]
    return headings, [line if keep else "" for keep, (_, line) in zip(kept, split, strict=True)]


def _line(cell: str) -> tuple[str, str]:
    """What stands before the last bracket and in it, brackets within it included.

    >>> _line("Rate 1-5 [we [all] agree]"), _line("Rate it")
    (('Rate 1-5', 'we [all] agree'), ('Rate it', ''))
    """
    if not cell.endswith("]"):
        return cell, ""
    depth = 0
    for at in range(len(cell) - 1, 0, -1):
        depth += (cell[at] == "]") - (cell[at] == "[")
        if depth == 0:
            return cell[:at].rstrip(), cell[at + 1 : -1].strip()
    return cell, ""


def _of_quiz(stem: str, line: str, titles: set[str]) -> bool:
    return line in QUIZ and stem in titles


def _roles(row: list[str], headings: list[str], items: list[str]) -> list[str]:
    titles = set(row)
    return [
        "submitted"
        if at == 0
        else "meta"
        if (at == 1 and row[at].casefold() in ADDRESSES) or _of_quiz(heading, item, titles)
        else ""
        for at, (heading, item) in enumerate(zip(headings, items, strict=True))
    ]
