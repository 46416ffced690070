"""The account file of Sylpheed, and of Claws Mail, which grew out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import BadInput, Protocol, Security
from mailwright.export.form import File
from mailwright.export.formats.remark import remark
from mailwright.export.placing import secret

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
[Account: 1]
{lines}
"""
# recv.h, RecvProtocol; ssl.h, SSLType: 1 from the first byte, 2 a STARTTLS that must be.
_PROTOCOLS = {Protocol.IMAP: "3", Protocol.POP3: "0"}
_SECURITY = {Security.NONE: "0", Security.TLS: "1", Security.STARTTLS: "2"}
_SHORT = {Protocol.IMAP: "imap", Protocol.POP3: "pop", Protocol.SMTP: "smtp"}
# prefs.c reads lines into 1024 octets.
MAX_LINE = 1000


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Sylpheed: it keeps the password here, in the clear, or asks for it."""
    lines = _account("sylpheed", profile)
    written = secret(choice)
    if written:
        lines += [line("sylpheed", "password", written), line("sylpheed", "smtp_password", written)]
    return (_file("sylpheed", lines, profile, choice),)


def make_claws(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Claws Mail: it keeps the password in a file of its own and asks for it."""
    # Else it asks about every certificate it has not seen yet, valid or not.
    lines = [*_account("claws", profile), "ssl_certs_auto_accept=1"]
    return (_file("claws", lines, profile, choice),)


def line(form: str, key: str, value: str) -> str:
    """prefs.c, prefs_config_parse_one_line: all between the first = and the end of the line is the value."""
    made = f"{key}={value}"
    if len(made.encode()) > MAX_LINE:
        raise BadInput("export.cannot_hold", format=form, field=key)
    return made


def _file(form: str, lines: list[str], profile: Profile, choice: Choice) -> File:
    head = remark(choice, f"file.{form}.head", address=str(profile.address))
    text = SKELETON.format(head=head, lines="\n".join(lines))
    return File("accountrc", text.encode(), private=choice.secret is not None)


def _account(form: str, profile: Profile) -> list[str]:
    incoming, outgoing = profile.incoming, profile.outgoing
    assert outgoing is not None  # rendering stops without one
    values = {
        "account_name": str(profile.address),
        "is_default": "1",
        "name": profile.name,
        "address": profile.address.wire,
        "protocol": _PROTOCOLS[incoming.endpoint.protocol],
        "receive_server": incoming.endpoint.host,
        "smtp_server": outgoing.endpoint.host,
        "user_id": incoming.username,
        "use_smtp_auth": "1",
        "smtp_auth_method": "0",
        "smtp_user_id": outgoing.username,
        "remove_mail": "0",
    }
    for login in (incoming, outgoing):
        short = _SHORT[login.endpoint.protocol]
        values |= {
            f"ssl_{short}": _SECURITY[login.endpoint.security],
            f"set_{short}port": "1",
            f"{short}_port": str(login.endpoint.port),
        }
    return [line(form, key, value) for key, value in values.items()]
