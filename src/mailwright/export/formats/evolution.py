"""The key files of Evolution: an account, its identity and its way out, one file each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from mailwright.core import BadInput, Protocol, Security
from mailwright.export.form import File
from mailwright.export.formats.keyfile import value
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

# wiki.gnome.org, Apps/Evolution/ESourceFileFormat. The name of a file without its suffix is the id of the source.
ACCOUNT = """\
{head}
[Data Source]
DisplayName={address}
Enabled=true
Parent=

[Mail Account]
BackendName={backend}
IdentityUid={identity}
NeedsInitialSetup=true

[{group} Backend]
{options}

[Refresh]
Enabled=true
IntervalMinutes=10

{login}
"""
IDENTITY = """\
{head}
[Data Source]
DisplayName={address}
Enabled=true
Parent={account}

[Mail Identity]
Address={address}
Name={name}

[Mail Submission]
TransportUid={transport}
"""
TRANSPORT = """\
{head}
[Data Source]
DisplayName={address}
Enabled=true
Parent={account}

[Mail Transport]
BackendName=smtp

{login}
"""
LOGIN = """\
[Authentication]
Host={host}
Method={method}
Port={port}
RememberPassword=true
User={user}

[Security]
Method={security}"""
# Evolution says who it is to an IMAP server (RFC 2971) unless that is switched off.
_BACKENDS = {
    Protocol.IMAP: ("imapx", "Imapx", "SendClientId=true"),
    Protocol.POP3: ("pop", "Pop", "KeepOnServer=true"),
}
# IMAP and POP3 without a method: LOGIN, and USER with PASS. SMTP without one does not sign in at all, and LOGIN is
# what every server has.
_METHODS = {Protocol.IMAP: "", Protocol.POP3: "", Protocol.SMTP: "LOGIN"}
# camel-network-settings: each of these is a must.
_SECURITY = {
    Security.TLS: "ssl-on-alternate-port",
    Security.STARTTLS: "starttls-on-standard-port",
    Security.NONE: "none",
}
_NAMESPACE = uuid.UUID("7c3c0a52-9a55-5d06-8f5b-0f1c1d7b7a11")


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Three key files; made again they have the same names and take the place of the old ones."""
    account, identity, transport = (_id(profile, part) for part in ("account", "identity", "transport"))
    outgoing = profile.outgoing
    assert outgoing is not None  # rendering stops without one
    backend, group, options = _BACKENDS[profile.incoming.endpoint.protocol]
    same = {
        "head": remark(choice, "file.evolution.head", file="sources"),
        "address": value(str(profile.address)),
        "account": account,
    }
    texts = {
        account: ACCOUNT.format(
            **same,
            backend=backend,
            group=group,
            options=options,
            identity=identity,
            login=_login(profile.incoming),
        ),
        identity: IDENTITY.format(**same, name=value(profile.name), transport=transport),
        transport: TRANSPORT.format(**same, login=_login(outgoing)),
    }
    return tuple(File(f"sources/{name}.source", text.encode()) for name, text in texts.items())


def _id(profile: Profile, part: str) -> str:
    return uuid.uuid5(_NAMESPACE, f"{part} {profile.address}").hex


def _login(login: Login) -> str:
    endpoint = login.endpoint
    if login.username != login.username.strip():
        # Evolution itself takes the blanks around a user name away.
        raise BadInput("export.cannot_hold", format="evolution", field="username")
    return LOGIN.format(
        host=endpoint.host,
        method=_METHODS[endpoint.protocol],
        port=endpoint.port,
        user=value(login.username),
        security=_SECURITY[endpoint.security],
    )
