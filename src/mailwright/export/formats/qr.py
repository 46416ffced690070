"""The code that Thunderbird for Android scans: its settings as a JSON array, as a picture and for a terminal.

The layout is what both ends read: Thunderbird's QRExport.sys.mjs, Thunderbird for Android's QrCodePayloadAdapter.kt
and QrCodePayloadValidator.kt.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats import naming

if TYPE_CHECKING:
    from segno import QRCode

    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

# The skeleton: [version, [part, parts], incoming, [[outgoing, identity]]]
VERSION = 1
# Above that, cameras have trouble with the code.
MAX_LETTERS = 800
BORDER = 4
_PROTOCOLS = {Protocol.IMAP: 0, Protocol.POP3: 1, Protocol.SMTP: 0}
_SECURITY = {Security.NONE: 0, Security.STARTTLS: 2, Security.TLS: 3}
_WAYS = {Auth.PASSWORD: 1, Auth.ENCRYPTED_PASSWORD: 2, Auth.OAUTH2: 6}
_MEDIA = {"svg": "image/svg+xml", "png": "image/png", "txt": "text/plain; charset=utf-8"}
# ECMA-48 SGR, from the 256 colours: black on white whatever the colours of the terminal are.
_INK, _END = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """SVG."""
    out = io.BytesIO()
    _code("qr", profile, choice).save(out, kind="svg", scale=8, border=BORDER, dark="#000", light="#fff", nl=True)
    return (_file(profile, choice, "svg", out.getvalue()),)


def make_png(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """PNG."""
    out = io.BytesIO()
    _code("qr-png", profile, choice).save(out, kind="png", scale=8, border=BORDER, dark="#000", light="#fff")
    return (_file(profile, choice, "png", out.getvalue()),)


def make_text(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Letters for a terminal, each two squares high."""
    rows = [list(row) for row in _code("qr-text", profile, choice).matrix_iter(border=BORDER)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ("".join(_HALVES[squares] for squares in zip(*pair, strict=True)) for pair in pairs)
    text = "".join(f"{_INK}{line}{_END}\n" for line in lines)
    return (_file(profile, choice, "txt", text.encode()),)


def _file(profile: Profile, choice: Choice, suffix: str, data: bytes) -> File:
    name = f"{naming.stem(profile.address)}.qr.{suffix}"
    return File(name, data, _MEDIA[suffix], private=choice.secret is not None)


def _code(form: str, profile: Profile, choice: Choice) -> QRCode:
    import segno

    text = payload(form, profile, choice)
    return segno.make_qr(text, error="L", mode="byte", boost_error=False)


def payload(form: str, profile: Profile, choice: Choice) -> str:
    """What the code says. ASCII only, so that no reader has to guess an encoding.

    Raises BadInput("export.cannot_hold") for what the reader would reject.
    """
    outgoing = profile.outgoing
    assert outgoing is not None  # rendering stops without one
    address = profile.address.wire
    if not address.isascii():
        raise BadInput("export.cannot_hold", format=form, field="address")
    written = placing.secret(choice)
    # An empty name of the account stands for its address.
    incoming = [*_server(form, profile.incoming), *(["", written] if written else [])]
    sending = [*_server(form, outgoing), *([written] if written else [])]
    text = _json([VERSION, [1, 1], incoming, [[sending, [address, profile.name]]]])
    if len(text) > MAX_LETTERS:
        fields = {"name": profile.name, "username": profile.incoming.username, "secret": written}
        raise BadInput(
            "export.cannot_hold", format=form, field=max(fields, key=lambda field: len(_json(fields[field])))
        )
    return text


def _server(form: str, login: Login) -> list[int | str]:
    if login.auth not in _WAYS:
        raise BadInput("export.cannot_hold", format=form, field="auth")
    endpoint = login.endpoint
    kind, protection = _PROTOCOLS[endpoint.protocol], _SECURITY[endpoint.security]
    return [kind, endpoint.host, endpoint.port, protection, _WAYS[login.auth], login.username]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
