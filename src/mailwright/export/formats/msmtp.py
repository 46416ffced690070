"""The settings of msmtp, which sends for programs that cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
account {label}
host {host}
port {port}
from {address}
{tls}
{auth}
user {user}
{secret}

account default : {label}
"""
_TLS = {
    Security.TLS: ("tls on", "tls_starttls off"),
    # msmtp(1), tls_starttls: without STARTTLS in the server's answer nothing is sent.
    Security.STARTTLS: ("tls on", "tls_starttls on"),
    Security.NONE: ("tls off",),
}
# A longer line is refused by msmtp 1.8; the line's end counts too.
MAX_LINE = 499


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file msmtprc."""
    login = profile.outgoing
    assert login is not None  # rendering stops without one
    sender = profile.address.wire
    if re.search(r"%[UHCM]|[*?[]", sender):
        # msmtp(1), "from": these are patterns, and nothing takes that from them.
        raise BadInput("export.cannot_hold", format="msmtp", field="address")
    text = SKELETON.format(
        head=remark(choice, "file.msmtp.head", address=str(profile.address)),
        label=label(profile.address),
        host=quoted(login.endpoint.host, "host"),
        port=login.endpoint.port,
        address=quoted(sender, "address"),
        tls="\n".join(_tls(login, choice)),
        auth=_auth(login),
        user=quoted(login.username, "username"),
        secret=_secret(login, profile, choice),
    )
    return (File("msmtprc", text.encode(), private=choice.secret is not None),)


def quoted(text: str, field: str) -> str:
    """msmtp(1), "CONFIGURATION FILES": the argument may be enclosed in double quotes; within, every sign is itself."""
    if len(text.encode()) > MAX_LINE - len('passwordeval ""'):
        raise BadInput("export.cannot_hold", format="msmtp", field=field)
    return f'"{text}"'


def _tls(login: Login, choice: Choice) -> list[str]:
    lines = list(_TLS[login.endpoint.security])
    if choice.ca_file:
        lines.append(f"tls_trust_file {quoted(choice.ca_file, 'ca')}")
    return lines


def _auth(login: Login) -> str:
    if login.auth is Auth.OAUTH2:
        return "auth xoauth2"
    # msmtp(1), "auth": by itself it sends no password in the clear.
    return "auth plain" if login.endpoint.security is Security.NONE else "auth on"


def _secret(login: Login, profile: Profile, choice: Choice) -> str:
    if login.auth is Auth.OAUTH2:
        return f"passwordeval {quoted(placing.token_command(profile, choice), 'token_command')}"
    if choice.secret is not None:
        return f"password {quoted(placing.secret(choice), 'secret')}"
    return f"passwordeval {quoted(placing.secret_command(profile, choice), 'command')}"
