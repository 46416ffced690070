"""The settings of NeoMutt and Mutt, which share their syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export import placing
from mailwright.export.form import File, Note
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Endpoint, Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
{name}set from={address}
set use_from=yes

{reading}

{sending}

{tls}
"""
_SCHEMES = {Protocol.IMAP: "imap", Protocol.POP3: "pop", Protocol.SMTP: "smtp"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file neomuttrc."""
    return _made("neomutt", profile, choice)


def make_mutt(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file muttrc."""
    return _made("mutt", profile, choice)


def notes(profile: Profile, choice: Choice) -> tuple[Note, ...]:
    """NeoMutt says who it is from a certain version on."""
    del choice
    asked = profile.needs_id and profile.incoming.endpoint.protocol is Protocol.IMAP
    return (Note("neomutt_id"),) if asked else ()


def _made(form: str, profile: Profile, choice: Choice) -> tuple[File, ...]:
    text = SKELETON.format(
        head=remark(choice, "file.mutt.head", address=str(profile.address)),
        name=f"set realname={quoted(profile.name)}\n" if profile.name else "",
        address=quoted(profile.address.wire),
        reading="\n".join(_reading(form, profile, choice)),
        sending="\n".join(_sending(form, profile, choice)),
        tls="\n".join(_tls(form, profile, choice)),
    )
    return (File(f"{form}rc", text.encode(), private=choice.secret is not None),)


def quoted(text: str) -> str:
    """Mutt manual, "Syntax of Initialization Files": in double quotes a backslash makes " $ ` and itself plain."""
    return '"' + re.sub(r'(["\\$`])', r"\\\1", text) + '"'


def output(form: str, command: str) -> str:
    """What a shell command prints, as a value.

    Mutt manual, "Syntax of Initialization Files": backticks are evaluated inside of double quotes. In NeoMutt a
    backslash takes their sense from $ ` and itself there too. In Mutt the command goes to the shell as it is, up to
    the next backtick without a backslash before it; so a command with backticks is spelt otherwise.
    """
    if form == "neomutt":
        command = re.sub(r"([\\$`])", r"\\\1", command)
    elif "`" in command or command.endswith("\\"):
        # POSIX printf: %b reads \0ooo. Nothing in it is left for Mutt or the quotes of the shell.
        spelt = re.sub(r"[`\\']", lambda sign: f"\\0{ord(sign[0]):03o}", command)
        command = f"eval \"$(printf %b '{spelt}')\""
    return f'"`{command}`"'


def _reading(form: str, profile: Profile, choice: Choice) -> list[str]:
    login = profile.incoming
    kind = _SCHEMES[login.endpoint.protocol]
    lines = [f"set {kind}_user={quoted(login.username)}", *_secret(form, login, profile, choice)]
    place = quoted(url(login.endpoint))
    if kind == "pop":
        return [*lines, f"set spoolfile={place}"]
    if form == "neomutt" and profile.needs_id:
        # RFC 2971. NeoMutt manual, "ifdef": a version without the setting passes over the line.
        lines.append('ifdef imap_send_id "set imap_send_id=yes"')
    folders = ('# set record="+Sent"', '# set postponed="+Drafts"', '# set trash="+Trash"')
    inbox = 'set spoolfile="+INBOX"'
    return [*lines, f"set folder={place}", inbox, remark(choice, "file.mutt.folders"), *folders]


def _sending(form: str, profile: Profile, choice: Choice) -> list[str]:
    login = profile.outgoing
    assert login is not None  # rendering stops without one
    place = url(login.endpoint, login.username)
    return [f"set smtp_url={quoted(place)}", *_secret(form, login, profile, choice)]


def _secret(form: str, login: Login, profile: Profile, choice: Choice) -> list[str]:
    kind = _SCHEMES[login.endpoint.protocol]
    if login.auth is Auth.OAUTH2:
        command = quoted(placing.token_command(profile, choice))
        return [f'set {kind}_authenticators="oauthbearer:xoauth2"', f"set {kind}_oauth_refresh_command={command}"]
    if choice.secret is not None:
        return [f"set {kind}_pass={quoted(placing.secret(choice))}"]
    return [f"set {kind}_pass={output(form, placing.secret_command(profile, choice))}"]


def url(endpoint: Endpoint, username: str = "") -> str:
    """Mutt manual, "URL Syntax": the user percent-encoded; an IPv6 address in brackets."""
    scheme = _SCHEMES[endpoint.protocol] + ("s" if endpoint.security is Security.TLS else "")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    user = f"{quote(username, safe='')}@" if username else ""
    return f"{scheme}://{user}{host}:{endpoint.port}/"


def _tls(form: str, profile: Profile, choice: Choice) -> list[str]:
    """The settings are for both sides: what is open on one and STARTTLS on the other cannot be told."""
    used = {login.endpoint.security for login in (profile.incoming, profile.outgoing) if login is not None}
    if used == {Security.NONE, Security.STARTTLS}:
        raise BadInput("export.cannot_hold", format=form, field="security")
    must = "no" if Security.NONE in used else "yes"
    lines = [f"set ssl_starttls={must}", f"set ssl_force_tls={must}"]
    if choice.ca_file:
        # Known whether built with GnuTLS or OpenSSL; ssl_ca_certificates_file is known with GnuTLS only.
        lines.append(f"set certificate_file={quoted(choice.ca_file)}")
    return lines
