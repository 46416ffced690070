"""The account of aerc."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

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
[{label}]
from = {sender}
{reading}
{sending}
{folders}
# copy-to = Sent
"""
# aerc-imap(5): imap is IMAP with STARTTLS, without which nothing is sent.
_READING = {Security.TLS: "imaps", Security.STARTTLS: "imap", Security.NONE: "imap+insecure"}
# aerc-smtp(5): since 0.15 smtp is STARTTLS and smtp+insecure goes without; before, STARTTLS was smtp-starttls,
# which newer versions pass over, and smtp+insecure is refused there.
_SENDING = {Security.TLS: "smtps", Security.STARTTLS: "smtp", Security.NONE: "smtp+insecure"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """accounts.conf, which aerc reads only if nobody else may."""
    text = SKELETON.format(
        head=remark(choice, "file.aerc.head", address=str(profile.address)),
        label=label(profile.address),
        sender=raw(_mailbox(profile), "name"),
        reading="\n".join(_reading(profile, choice)),
        sending="\n".join(_sending(profile, choice)),
        folders=remark(choice, "file.aerc.folders"),
    )
    return (File("accounts.conf", text.encode(), private=True),)


def raw(text: str, field: str) -> str:
    """aerc-accounts(5): the INI format; go-ini takes all between the first and the last backtick of a line as it is.

    %(key)s stands for another value even there.
    """
    if re.search(r"%\([^)]+\)s", text):
        raise BadInput("export.cannot_hold", format="aerc", field=field)
    return f"`{text}`"


def _mailbox(profile: Profile) -> str:
    """RFC 5322 §3.4; what stands for another value in aerc's file loses its sense by a backslash (§3.2.4).

    aerc writes what it read into the headers, with ' for " and with no backslash before a backslash: one would
    end up as a part of the syntax there.
    """
    if "\\" in profile.name:
        raise BadInput("export.cannot_hold", format="aerc", field="name")
    if not profile.name:
        return profile.address.wire
    name = re.sub(r'(["(])', r"\\\1", profile.name)
    return f'"{name}" <{profile.address.wire}>'


def _reading(profile: Profile, choice: Choice) -> list[str]:
    login = profile.incoming
    scheme = _READING[login.endpoint.security]
    if login.auth is Auth.OAUTH2:
        scheme += "+xoauth2"
    return [f"source = {_place(scheme, login, choice)}", *_command("source", login, profile, choice)]


def _sending(profile: Profile, choice: Choice) -> list[str]:
    login = profile.outgoing
    assert login is not None  # rendering stops without one
    scheme = _SENDING[login.endpoint.security]
    if login.auth is Auth.OAUTH2:
        # A token does not last as long as the program runs.
        more = ["outgoing-cred-cmd-cache = false"]
        scheme += "+xoauth2"
    else:
        more = []
        scheme += "+plain"
    if login.endpoint.security is Security.STARTTLS:
        more.append("smtp-starttls = yes")  # true, as the manual has it, is not understood by 0.14
    place = f"outgoing = {_place(scheme, login, choice)}"
    return [place, *_command("outgoing", login, profile, choice), *more]


def _place(scheme: str, login: Login, choice: Choice) -> str:
    """aerc-imap(5), aerc-smtp(5): all fields are URL-encoded."""
    host = f"[{login.endpoint.host}]" if ":" in login.endpoint.host else login.endpoint.host
    user = quote(login.username, safe="")
    if choice.secret is not None and login.auth is not Auth.OAUTH2:
        user += f":{quote(placing.secret(choice), safe='')}"
    return f"{scheme}://{user}@{host}:{login.endpoint.port}"


def _command(key: str, login: Login, profile: Profile, choice: Choice) -> list[str]:
    if login.auth is Auth.OAUTH2:
        return [f"{key}-cred-cmd = {raw(placing.token_command(profile, choice), 'token_command')}"]
    if choice.secret is not None:
        return []
    return [f"{key}-cred-cmd = {raw(placing.secret_command(profile, choice), 'command')}"]
