"""The settings of mbsync (isync), which keeps a Maildir and an IMAP mailbox the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Security
from mailwright.export import placing
from mailwright.export.form import File, Note
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
IMAPAccount {label}
Host {host}
Port {port}
User {user}
{secret}
{tls}

IMAPStore {label}-remote
Account {label}

MaildirStore {label}-local
{store}
Path "~/Mail/{label}/"
Inbox "~/Mail/{label}/INBOX"
SubFolders Verbatim

Channel {label}
Far :{label}-remote:
Near :{label}-local:
Patterns *
Create Near
SyncState *
"""
# Since isync 1.5 this is TLSType, and SSLType is taken with a remark; 1.4 knows SSLType only.
_TLS = {Security.TLS: "SSLType IMAPS", Security.STARTTLS: "SSLType STARTTLS", Security.NONE: "SSLType None"}
# isync reads lines into 1024 octets.
MAX_LINE = 1000


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file mbsyncrc."""
    login = profile.incoming
    text = SKELETON.format(
        head=remark(choice, "file.mbsync.head", address=str(profile.address)),
        store=remark(choice, "file.mbsync.store", folder=f"~/Mail/{label(profile.address)}"),
        label=label(profile.address),
        host=login.endpoint.host,
        port=login.endpoint.port,
        user=quoted(login.username, "username"),
        secret="\n".join(_secret(login, profile, choice)),
        tls="\n".join(_tls(login, choice)),
    )
    return (File("mbsyncrc", text.encode(), private=choice.secret is not None),)


def notes(profile: Profile, choice: Choice) -> tuple[Note, ...]:
    """A token goes in through a part of SASL that is installed separately."""
    del choice
    return (Note("mbsync_oauth"),) if profile.incoming.auth is Auth.OAUTH2 else ()


def quoted(text: str, field: str) -> str:
    """mbsync(1), "CONFIGURATION": in double quotes; literal double quotes and backslashes are backslash-escaped."""
    made = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    if len(made.encode()) > MAX_LINE:
        raise BadInput("export.cannot_hold", format="mbsync", field=field)
    return made


def _secret(login: Login, profile: Profile, choice: Choice) -> list[str]:
    if login.auth is Auth.OAUTH2:
        command = _command(placing.token_command(profile, choice), "token_command")
        return [f"PassCmd {command}", "AuthMechs XOAUTH2"]
    # mbsync(1), "AuthMechs": without encryption a password goes only where the mechanism is named.
    mechanisms = ["AuthMechs LOGIN"] if login.endpoint.security is Security.NONE else []
    if choice.secret is not None:
        return [f"Pass {quoted(placing.secret(choice), 'secret')}", *mechanisms]
    return [f"PassCmd {_command(placing.secret_command(profile, choice), 'command')}", *mechanisms]


def _command(text: str, field: str) -> str:
    """mbsync(1), "UserCmd": a + before the command is not part of it."""
    return quoted(f" {text}" if text.startswith("+") else text, field)


def _tls(login: Login, choice: Choice) -> list[str]:
    lines = [_TLS[login.endpoint.security]]
    if choice.ca_file:
        lines.append(f"CertificateFile {quoted(choice.ca_file, 'ca')}")
    return lines
