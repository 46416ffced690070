"""The code for Thunderbird on Android: read by a scanner, and accepted by the rules of its reader."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Auth, BadInput, EmailAddress, Endpoint, Login, Profile, Protocol, Secret, Security
from mailwright.export.formats import qr
from tests.export import reading
from tests.export.conftest import NASTY, nasty, profile_of

FORMS = ("qr", "qr-png", "qr-text")
Program = Callable[[str], str]


def made(form: str, profile: Profile, choice: export.Choice | None = None) -> export.File:
    (file,) = export.render(export.get(form), profile, choice or export.Choice()).files
    return file


def scanned(program: Program, path: Path) -> str:
    """What a scanner reads."""
    command = [program("zbarimg"), "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", str(path)]
    ran = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().removesuffix("\n")


def picture(program: Program, file: export.File, form: str, folder: Path) -> Path:
    """A picture of the file, drawn by a program of its own where it is none."""
    path = folder / f"code.{file.name.rpartition('.')[2]}"
    path.write_bytes(file.data)
    if form == "qr-png":
        return path
    drawn = folder / "drawn.ppm"
    if form == "qr-text":
        drawn.write_bytes(screen(file.data.decode()))
        return drawn
    drawn = drawn.with_suffix(".png")
    side = re.search(rb'width="(\d+)" height="\1"', file.data)
    assert side is not None
    command = [program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    where = [f"--user-data-dir={folder / 'browser'}", f"--screenshot={drawn}"]
    # The window is larger than the picture and dark: only the border of the code itself is white.
    look = [f"--window-size={int(side[1]) + 80},{int(side[1]) + 80}", "--default-background-color=202020ff"]
    subprocess.run([*command, *where, *look, path.as_uri()], capture_output=True, timeout=90, check=True)
    return drawn


def screen(text: str) -> bytes:
    """What a dark terminal shows: the letters in the colours they ask for, as a portable pixmap with a dark margin."""
    lines = []
    for line in text.splitlines():
        found = re.fullmatch(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m", line)
        assert found is not None
        lines += ["".join("01"[letter in half] for letter in found[1]) for half in ("▀█", "▄█")]
    width = len(lines[0]) + 8
    dark = "1" * width
    rows = [dark] * 4 + [f"1111{line}1111" for line in lines] + [dark] * 4
    squares = [[b"\xff\xff\xff" if square == "0" else b"\0\0\0" for square in row for _ in range(6)] for row in rows]
    pixels = b"".join(b"".join(row) * 6 for row in squares)
    return b"P6 %d %d 255\n%b" % (width * 6, len(rows) * 6, pixels)


def accepted(text: str) -> bool:
    """The rules of the reader, as the facts have them. Raises nothing for what is no JSON of that shape."""
    try:
        version, (part, parts), *accounts = json.loads(text)
        pairs = list(zip(accounts[::2], accounts[1::2], strict=True))
        good = version == 1 and 1 <= part <= parts and 1 <= len(pairs) <= 3 and len(text) <= 800
        return good and all(_incoming(*first) and all(map(_group, second)) and second for first, second in pairs)
    except (ValueError, TypeError):
        return False


def _line(*texts: Any) -> bool:
    return all(isinstance(text, str) and not re.search(r"[\r\n]", text) for text in texts)


def _server(kinds: tuple[int, ...], row: Any) -> bool:
    kind, host, port, security, auth = row
    known = kind in kinds and security in {0, 1, 2, 3} and auth in {0, 1, 2, 5, 6}
    return known and _line(host) and host != "" and type(port) is int and 1 <= port <= 65535


def _incoming(*row: Any) -> bool:
    return 6 <= len(row) <= 8 and _server((0, 1), row[:5]) and _line(*row[5:])


def _group(group: Any) -> bool:
    server, *identities = group
    good = 6 <= len(server) <= 7 and _server((0,), server[:5]) and _line(*server[5:])
    return good and bool(identities) and all(map(_identity, identities))


def _identity(identity: Any) -> bool:
    address, name = identity
    return _line(address, name) and address.isascii() and re.fullmatch(r"[^@\s]+@[^@\s]+", address) is not None


SAMPLE = (
    '[1,[1,1],[0,"imap.domain.example",993,3,2,"username"],[[[0,"smtp.domain.example",587,2,1,"username"],'
    '["user@domain.example","Firstname Lastname"]]]]'
)


def test_the_rules_tell_good_from_bad() -> None:
    """The rules used below accept the sample of the reader's own tests, and reject what it rejects."""
    assert accepted(SAMPLE)
    for old, new in (
        ('"username"]', "null]"),
        ("[1,[1,1]", "[2,[1,1]"),
        (",993,", ',"993",'),
        (",3,2,", ",3,3,"),
        ("user@", "üser@"),
        ("Firstname", "\\n"),
        ("[1,1],", ""),
    ):
        assert not accepted(SAMPLE.replace(old, new, 1)), new


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("which", ["plain", "starttls", "oauth", "nasty"])
def test_scanned(program: Program, tmp_path: Path, form: str, which: str) -> None:
    """A scanner reads the code off a dark screen, the reader accepts it, and every value is what it was."""
    profiles = {
        "plain": reading.plain(),
        "starttls": profile_of("anna@starttls.test"),
        "oauth": reading.full(),
        "nasty": nasty(profile_of("anna@wellknown.test")),
    }
    profile = profiles[which]
    text = scanned(program, picture(program, made(form, profile), form, tmp_path))
    assert accepted(text)
    assert profile.outgoing is not None
    security = {Security.TLS: 3, Security.STARTTLS: 2}
    logins = [
        [0, at.endpoint.host, at.endpoint.port, security[at.endpoint.security], way, at.username]
        for at, way in ((profile.incoming, 6 if which == "oauth" else 1), (profile.outgoing, 1))
    ]
    identity = [str(profile.address), profile.name]
    assert json.loads(text) == [1, [1, 1], logins[0], [[logins[1], identity]]]


@pytest.mark.parametrize("form", FORMS)
def test_secret_in_the_code(form: str) -> None:
    """The secret stands behind both servers, in a file nobody else may read; without it nothing stands there."""
    choice = export.Choice(secret=Secret(NASTY))
    assert made(form, reading.plain(), choice).private
    assert not made(form, reading.plain()).private
    text = qr.payload(form, reading.plain(), choice)
    assert accepted(text)
    incoming, ((outgoing, _),) = json.loads(text)[2:]
    assert incoming[6:] == ["", NASTY]
    assert outgoing[6:] == [NASTY]


def test_ways_in() -> None:
    """POP3, an address instead of a name, no protection and hashed passwords have their numbers."""
    login = Login(Endpoint(Protocol.POP3, "2001:db8::1", 110, Security.NONE), "u", Auth.ENCRYPTED_PASSWORD)
    text = qr.payload("qr", replace(reading.plain(), incoming=login, name=""), export.Choice())
    assert accepted(text)
    assert json.loads(text)[2] == [1, "2001:db8::1", 110, 0, 2, "u"]
    assert json.loads(text)[3][0][1] == ["anna@example.org", ""]


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (replace(reading.plain(), address=EmailAddress.parse("安娜@example.org")), "address"),
        (replace(reading.plain(), name="李" * 120), "name"),
        (replace(reading.plain(), incoming=replace(reading.plain().incoming, auth=Auth.OTHER)), "auth"),
    ],
)
def test_refused(profile: Profile, field: str) -> None:
    """What the reader rejects, or what makes a code too dense to be read, is refused by the name of its field."""
    for form in FORMS:
        with pytest.raises(BadInput) as caught:
            made(form, profile)
        assert (caught.value.id, caught.value.params) == ("export.cannot_hold", {"format": form, "field": field})


def test_just_small_enough() -> None:
    """A code of as many letters as a camera can read is made; one more is refused."""
    bare = replace(reading.plain(), name="")
    room = qr.MAX_LETTERS - len(qr.payload("qr", bare, export.Choice()))
    assert accepted(qr.payload("qr", replace(bare, name="x" * room), export.Choice()))
    with pytest.raises(BadInput, match="export.cannot_hold"):
        qr.payload("qr", replace(bare, name="x" * (room + 1)), export.Choice())


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=15),
)
def test_any_name(name: str, user: str) -> None:
    """Any name and user name are accepted and arrive as they are, in ASCII."""
    profile = replace(reading.plain(), name=name, incoming=replace(reading.plain().incoming, username=user))
    text = qr.payload("qr", profile, export.Choice())
    assert text.isascii()
    assert accepted(text)
    assert json.loads(text)[2][5] == user
    assert json.loads(text)[3][0][1][1] == name


@pytest.mark.parametrize("form", FORMS)
def test_the_same_each_time(form: str) -> None:
    """The same account is the same file."""
    assert made(form, reading.plain()) == made(form, reading.plain())
