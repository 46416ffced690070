"""Each rule of the house finds what it is for, and lets its near miss pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.checks import doors, imports, names, quirks, secrets, standards, words

if TYPE_CHECKING:
    from tests.house.conftest import House

HOUSE = "src/mailwright"
QUIRKS = "| name | what happens | seen | evidence | handled in |\n|---|---|---|---|---|\n"
STANDARDS = "| standard | title | followed | rooms |\n|---|---|---|---|\n"


@pytest.mark.parametrize("name", ["utils", "helper", "common", "manager", "mail_utils", "session_manager"])
def test_names_that_say_nothing(house: House, name: str) -> None:
    """Neither a file nor a folder is named so."""
    assert len(names.faults(house({f"src/{name}.py": "", f"src/{name}/a.py": ""}))) == 2


def test_names_that_say_something(house: House) -> None:
    """Words that only contain such a name are free."""
    assert names.faults(house({"src/utility_bill.py": "", "src/commonwealth.py": ""})) == []


@pytest.mark.parametrize(("lines", "wrong"), [(1, 1), (7, 1), (8, 0), (40, 0), (41, 1)])
def test_front_doors(house: House, lines: int, wrong: int) -> None:
    """A door says enough, and not too much; files inside say what they like."""
    docstring = '"""' + "\n".join("line" for _ in range(lines)) + '"""\n'
    root = house({f"{HOUSE}/wire/__init__.py": docstring, f"{HOUSE}/wire/imap.py": "", f"{HOUSE}/__init__.py": ""})
    assert len(doors.faults(root)) == wrong


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("from mailwright import wire", 0),
        ("from mailwright.core import Endpoint", 0),
        ("from mailwright.discover.srv import records", 0),
        ("import dns.resolver", 0),
        ("from mailwright.wire import imap", 1),
        ("import mailwright.wire", 1),
        ("from mailwright.core.secret import Secret", 1),
        ("def f():\n    from mailwright.verify.order import order", 1),
    ],
)
def test_imports_between_rooms(house: House, code: str, wrong: int) -> None:
    """Another room comes by its door, core's nouns by name, one's own files freely."""
    assert len(imports.faults(house({f"{HOUSE}/discover/a.py": code}))) == wrong


@pytest.mark.parametrize(
    ("path", "wrong"), [("wire/sasl.py", 0), ("core/secret.py", 0), ("cli/ask.py", 1), ("core/plain.py", 1)]
)
def test_secrets_stay_closed(house: House, path: str, wrong: int) -> None:
    """Only wire, and the type itself, open a secret; not even by a reference kept for later."""
    assert len(secrets.faults(house({f"{HOUSE}/{path}": "show = secret.reveal"}))) == wrong


@pytest.mark.parametrize(
    ("path", "code", "wrong"),
    [
        ("cli/a.py", "print('密码')", 1),
        ("cli/a.py", "print(f'{n} 密码')", 1),
        ("texts/a.py", "print('密码')", 0),
        ("lab/a.py", "print('密码')", 0),
        ("cli/a.py", '"""授权码."""\n# 授权码\ndef f():\n    """授权码."""', 0),
        ("cli/a.py", "HAN = '\\u4e00-\\u9fff'", 0),
    ],
)
def test_chinese_lives_in_texts(house: House, path: str, code: str, wrong: int) -> None:
    """Strings elsewhere have none; docstrings, comments and escapes are no sentences."""
    assert len(words.faults(house({f"{HOUSE}/{path}": code}))) == wrong


@pytest.mark.parametrize(
    ("code", "row", "wrong"),
    [
        ("# RFC 3501 §7.1", "| RFC 3501 | IMAP | Yes | wire |", 0),
        ("# RFC 3501 §7.1", "", 1),
        ("", "| RFC 3501 | IMAP | Yes | wire |", 1),
        ("", "| RFC 3501 | IMAP | No | wire |", 0),
        ("", "| RFC 3501 | IMAP | Maybe | wire |", 1),
        ("", "| RFC 3501 | IMAP | No | wire |\n| RFC 3501 | IMAP | No | wire |", 1),
        ("# RFC3501", "", 1),
        ("# rfc 3501", "", 1),
        ("# RFC822.SIZE is a word of IMAP", "", 0),
        ("# RFC822", "", 1),
        ("", "| Autodiscover | Microsoft | Yes | discover |", 0),
    ],
)
def test_standards(house: House, code: str, row: str, wrong: int) -> None:
    """The table and the citations agree, and are spelt so that a search finds them."""
    root = house({f"{HOUSE}/wire/imap.py": code, "docs/standards.md": STANDARDS + row})
    assert len(standards.faults(root)) == wrong


QUIRK = "| ids | says BAD to ID | 2026-11-24 | seen | `src/mailwright/wire/imap.py`: ignored |"


@pytest.mark.parametrize(
    ("row", "code", "wrong"),
    [
        (QUIRK, '# docs/quirks.md "ids"', 0),
        (QUIRK, "", 1),
        ("", '# docs/quirks.md "ids"', 1),
        (QUIRK.replace("2026-11-24", "yesterday"), '# docs/quirks.md "ids"', 1),
        (QUIRK.replace("seen", ""), '# docs/quirks.md "ids"', 1),
        (QUIRK.replace("imap.py", "pop3.py"), '# docs/quirks.md "ids"', 1),
    ],
)
def test_quirks(house: House, row: str, code: str, wrong: int) -> None:
    """A quirk has a day, evidence, and the code that names it."""
    root = house({f"{HOUSE}/wire/imap.py": code, "docs/quirks.md": QUIRKS + row})
    assert len(quirks.faults(root)) == wrong
