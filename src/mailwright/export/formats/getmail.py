"""The settings of getmail, which fetches mail into a Maildir. It knows no STARTTLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
[retriever]
type = {type}
server = {host}
port = {port}
username = {user}
{lines}

[destination]
{store}
type = Maildir
path = ~/Mail/{label}/

[options]
{options}
read_all = false
delete = false
"""
_TYPES = {
    (Protocol.IMAP, Security.TLS): "SimpleIMAPSSLRetriever",
    (Protocol.IMAP, Security.NONE): "SimpleIMAPRetriever",
    (Protocol.POP3, Security.TLS): "SimplePOP3SSLRetriever",
    (Protocol.POP3, Security.NONE): "SimplePOP3Retriever",
}
# Without any, getmail takes every certificate; with them it looks at the name in it too.
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file getmailrc."""
    endpoint = profile.incoming.endpoint
    text = SKELETON.format(
        head=remark(choice, "file.getmail.head", address=str(profile.address)),
        type=_TYPES[endpoint.protocol, endpoint.security],
        host=endpoint.host,
        port=endpoint.port,
        user=_user(profile),
        lines="\n".join([*_secret(profile, choice), *_tls(profile, choice)]),
        store=remark(choice, "file.getmail.store", folder=f"~/Mail/{label(profile.address)}"),
        label=label(profile.address),
        options=remark(choice, "file.getmail.options"),
    )
    return (File("getmailrc", text.encode(), private=choice.secret is not None),)


def raw(text: str, field: str) -> str:
    """Python's RawConfigParser: everything behind "= " is itself, but for blanks at both ends."""
    if text != text.strip():
        raise BadInput("export.cannot_hold", format="getmail", field=field)
    return text


def literal(text: str) -> str:
    """A "tuple of quoted strings" of getmail's configuration documentation: as Python writes it."""
    return repr(text)


def _user(profile: Profile) -> str:
    login = profile.incoming
    if login.endpoint.protocol is Protocol.POP3 or login.auth is Auth.OAUTH2:
        return raw(login.username, "username")
    if not login.username.isascii():
        raise BadInput("export.cannot_hold", format="getmail", field="username")
    if re.search(r"[^A-Za-z0-9@._+-]", login.username) is None:
        return login.username
    # RFC 9051 §9 quoted: getmail sends the user name as it is, the password quoted.
    return '"' + re.sub(r'(["\\])', r"\\\1", login.username) + '"'


def _secret(profile: Profile, choice: Choice) -> list[str]:
    login = profile.incoming
    if login.auth is Auth.OAUTH2:
        if login.endpoint.protocol is Protocol.POP3:
            raise BadInput("export.cannot_hold", format="getmail", field="auth")
        return ["use_xoauth2 = true", _command(placing.token_command(profile, choice))]
    if choice.secret is None:
        return [_command(placing.secret_command(profile, choice))]
    secret = raw(placing.secret(choice), "secret")
    if login.endpoint.protocol is Protocol.IMAP and not secret.isascii():
        # Python's imaplib, by which getmail speaks, sends ASCII only.
        raise BadInput("export.cannot_hold", format="getmail", field="secret")
    return [f"password = {secret}"]


def _command(command: str) -> str:
    return f"password_command = ('sh', '-c', {literal(command)})"


def _tls(profile: Profile, choice: Choice) -> list[str]:
    if profile.incoming.endpoint.security is not Security.TLS:
        return []
    path = choice.ca_file or SYSTEM_CA
    if "$" in path:  # would stand for a variable
        raise BadInput("export.cannot_hold", format="getmail", field="ca")
    return [remark(choice, "file.getmail.ca"), f"ca_certs = {raw(path, 'ca')}"]
