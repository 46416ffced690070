"""One format made for one account: what cannot be is said, what can is checked and written."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export.form import Exported, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice, Format

MAX_FIELD = 512
# Cc: what ends a line; Zl, Zp: what some programs take for the end of one; Cs: what no file can hold.
_REFUSED = ("Cc", "Zl", "Zp", "Cs")
# XML 1.0, 2.2 Characters: no Char. The address stands in every file; other fields a format in XML refuses itself.
_NO_CHAR = ("\ufffe", "\uffff")


def render(form: Format, profile: Profile, choice: Choice) -> Exported:
    """The files of a format and what to know about them.

    Raises BadInput: export.control (a field holds a line break or the like), export.long, export.no_secret_place
    (`choice.secret` for a format without a place for it).
    """
    _check(profile, choice)
    if choice.secret is not None and not form.secret:
        raise BadInput("export.no_secret_place", format=form.id)
    suited = _suited(form, profile)
    stops = tuple(_stops(form, suited))
    if stops:
        return Exported(form.id, notes=stops)
    return Exported(form.id, form.make(suited, choice), tuple(_notes(form, suited, choice)))


def _check(profile: Profile, choice: Choice) -> None:
    fields = [("name", profile.name), ("address", str(profile.address)), ("command", choice.command)]
    fields += [("token_command", choice.token_command), ("ca", choice.ca_file)]
    fields += [("username", login.username) for login in profile.logins]
    fields += [("provider", name) for name in profile.provider_name.values()]
    for name, text in fields:
        if len(text) > MAX_FIELD:
            raise BadInput("export.long", field=name, most=MAX_FIELD)
        if any(unicodedata.category(letter) in _REFUSED for letter in text):
            raise BadInput("export.control", field=name)
    if any(letter in _NO_CHAR for letter in str(profile.address)):
        raise BadInput("export.control", field="address")


def _suited(form: Format, profile: Profile) -> Profile:
    """With a way in that the format can express, if there is one."""
    fits = [login for login in profile.logins if _fits(form, login)]
    incoming = _first(fits, profile.incoming, incoming=True)
    outgoing = _first(fits, profile.outgoing, incoming=False)
    rest = tuple(login for login in profile.logins if login not in (incoming, outgoing))
    return replace(profile, incoming=incoming or profile.incoming, outgoing=outgoing, others=rest)


def _fits(form: Format, login: Login) -> bool:
    return login.endpoint.protocol in form.protocols and login.endpoint.security in form.securities


def _first(fits: list[Login], preferred: Login | None, *, incoming: bool) -> Login | None:
    if preferred in fits:
        return preferred
    return next((login for login in fits if login.endpoint.protocol.incoming is incoming), None)


def _stops(form: Format, profile: Profile) -> Iterator[Note]:
    """Why nothing can be made."""
    name = ("format", form.id)
    if form.reads and profile.incoming.endpoint.protocol not in form.protocols:
        spoken = profile.incoming.endpoint.protocol.value.upper()
        yield Note("protocol", (name, ("protocol", spoken)), stops=True)
    elif form.reads and profile.incoming.endpoint.security not in form.securities:
        yield Note("security", (name,), stops=True)
    if form.sends and Protocol.SMTP in form.protocols and profile.outgoing is None:
        yield Note("no_sending", (name,), stops=True)
    if profile.only_oauth and not form.oauth:
        yield Note("oauth", (name,), stops=True)
    elif form.sends and not form.oauth and profile.outgoing is not None and profile.outgoing.auth is Auth.OAUTH2:
        yield Note("oauth_sending", (name,), stops=True)


def _notes(form: Format, profile: Profile, choice: Choice) -> Iterator[Note]:
    """What to know about what was made."""
    if profile.needs_id and form.reads and not form.sends_id and profile.incoming.endpoint.protocol is Protocol.IMAP:
        yield Note("id", (("format", form.id),))
    used = [login for login in (profile.incoming, profile.outgoing) if login is not None]
    if any(login.endpoint.security is Security.NONE for login in used):
        yield Note("plain")
    if choice.secret is not None:
        yield Note("secret")
    if form.notes is not None:
        yield from form.notes(profile, choice)
