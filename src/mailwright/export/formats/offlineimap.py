"""The settings of OfflineIMAP, which keeps a Maildir and an IMAP mailbox the same.

It uses STARTTLS only where the server offers it, and then looks at no certificate: no format for that.
"""

from __future__ import annotations

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
[general]
accounts = {label}

[Account {label}]
localrepository = {label}-local
remoterepository = {label}-remote

[Repository {label}-local]
type = Maildir
localfolders = ~/Mail/{label}

[Repository {label}-remote]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
{secret}
{tls}
"""


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file offlineimaprc."""
    login = profile.incoming
    text = SKELETON.format(
        head=remark(choice, "file.offlineimap.head", address=str(profile.address)),
        label=label(profile.address),
        host=login.endpoint.host,
        port=login.endpoint.port,
        user=value(login.username, "username"),
        secret="\n".join(_secret(login, profile, choice)),
        tls="\n".join(_tls(login, choice)),
    )
    return (File("offlineimaprc", text.encode(), private=choice.secret is not None),)


def value(text: str, field: str) -> str:
    """Python's ConfigParser: %% is a %, and blanks at both ends are lost."""
    if text != text.strip():
        raise BadInput("export.cannot_hold", format="offlineimap", field=field)
    return text.replace("%", "%%")


def output(command: str) -> str:
    """offlineimap.conf, "remotepasseval": Python, evaluated when it is needed; here for what a command prints."""
    made = f'__import__("subprocess").check_output({command!r}, shell=True).decode().rstrip("\\n")'
    return value(made, "command")


def _secret(login: Login, profile: Profile, choice: Choice) -> list[str]:
    if login.auth is Auth.OAUTH2:
        token = output(placing.token_command(profile, choice))
        return ["auth_mechanisms = XOAUTH2", f"oauth2_access_token_eval = {token}"]
    if choice.secret is not None:
        return [f"remotepass = {value(placing.secret(choice), 'secret')}"]
    return [f"remotepasseval = {output(placing.secret_command(profile, choice))}"]


def _tls(login: Login, choice: Choice) -> list[str]:
    if login.endpoint.security is Security.NONE:
        return ["ssl = no", "starttls = no"]
    if "$" in choice.ca_file:  # would stand for a variable
        raise BadInput("export.cannot_hold", format="offlineimap", field="ca")
    return ["ssl = yes", f"sslcacertfile = {value(choice.ca_file, 'ca') or 'OS-DEFAULT'}"]
