"""Sheets for people: the settings as the dialog of a mail program asks for them, to read, to copy, to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from mailwright.core import Auth, Proof, Protocol, SecretKind, Security
from mailwright.export.form import File
from mailwright.export.formats.sheet_page import CSS, PAGE, POLICY
from mailwright.export.formats.sheet_programs import (
    ANDROID,
    ANY,
    APPLE,
    FOXMAIL,
    GROUPWISE,
    NETEASE,
    OUTLOOK,
    Program,
    Side,
)
from mailwright.export.placing import secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailwright.core import Login, Param, Profile
    from mailwright.export.form import Choice

# With so many letters of steps (a Chinese one counts twice) the print is set smaller, so that it stays on one page.
DENSITIES = ((1100, "tight"), (600, "dense"), (0, "roomy"))
_LANGUAGES = {"zh": "zh-Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet while it is written; everything it gives is HTML already."""

    program: Program
    profile: Profile
    choice: Choice

    def say(self, key: str, **params: Param) -> str:
        """A text that all sheets share."""
        return escape(self.choice.say(f"file.sheet.{key}", **params))

    def own(self, key: str, **params: Param) -> str:
        """A text in the words of the program."""
        return escape(self.choice.say(f"file.{self.program.id}.{key}", **params))

    def told(self, texts: dict[str, str]) -> str:
        """What the book says in the person's language, in the other one if it must be."""
        return escape(texts.get(self.choice.language) or next(iter(texts.values()), ""))

    def login(self, side: Side) -> Login | None:
        """The service of a side."""
        return self.profile.incoming if side is Side.INCOMING else self.profile.outgoing

    def spoken(self, login: Login) -> str:
        """The protocol as the program calls it."""
        name = login.endpoint.protocol.value.upper()
        return self.program.imap if login.endpoint.protocol is Protocol.IMAP else name


def page(program: Program, profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The sheet of one program as an HTML page."""
    sheet = Sheet(program, profile, choice)
    steps = tuple(_preparing(sheet))
    text = PAGE.format(
        lang=_LANGUAGES.get(choice.language, "en"),
        policy=POLICY,
        title=sheet.own("title"),
        css=CSS,
        density=next(name for least, name in DENSITIES if _weight(steps) >= least),
        address=escape(str(profile.address)),
        who=_who(sheet),
        parts="\n".join((*_warnings(sheet), _pair(steps), _menu(sheet), _tables(sheet), _copy(sheet))),
        foot="\n".join(f"<p>{line}</p>" for line in _foot(sheet)),
    )
    return (File(f"{program.id}.html", text.encode(), "text/html; charset=utf-8", private=choice.secret is not None),)


def _weight(steps: Iterable[str]) -> int:
    bare = (re.sub("<[^>]*>", "", step) for step in steps)
    return sum(1 if letter.isascii() else 2 for step in bare for letter in step)


def _who(sheet: Sheet) -> str:
    names = [escape(sheet.profile.name), sheet.told(sheet.profile.provider_name)]
    shown = " · ".join(name for name in names if name)
    return f'<p class="who">{shown}</p>\n' if shown else ""


def _warnings(sheet: Sheet) -> Iterator[str]:
    """What is not sure, not safe or not whole."""
    profile = sheet.profile
    used = [login for login in (profile.incoming, profile.outgoing) if login is not None]
    lines = []
    if profile.proof is Proof.FOUND:
        lines.append(sheet.say("found"))
    if profile.outgoing is None:
        lines.append(sheet.say("no_sending"))
    if any(login.endpoint.security is Security.NONE for login in used):
        lines.append(sheet.say("plain"))
    if sheet.program.tries and any(login.endpoint.security is Security.STARTTLS for login in used):
        lines.append(sheet.own("tries"))
    if lines:
        yield f'<div class="warn" role="note">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def _preparing(sheet: Sheet) -> Iterator[str]:
    """What has to be done before the dialog is opened."""
    yield from _switching(sheet)
    yield _part(sheet.say("password_head"), "".join(_password(sheet)))
    extra = []
    if sheet.choice.proxy is not None:
        proxy = sheet.choice.proxy
        host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
        extra.append(sheet.say("proxy", kind=proxy.kind.upper(), host=host, port=str(proxy.port)))
    if sheet.choice.ca_file:
        extra.append(sheet.say("ca", file=sheet.choice.ca_file))
    if extra:
        yield _part(sheet.say("network_head"), "".join(f"<p>{line}</p>" for line in extra))


def _switching(sheet: Sheet) -> Iterator[str]:
    used = {login.endpoint.protocol for login in (sheet.profile.incoming, sheet.profile.outgoing) if login is not None}
    for row in sheet.profile.switch_on:
        named = [protocol.value.upper() for protocol in dict.fromkeys(row.protocols) if protocol in used]
        if row.default == "on" or not named:
            continue
        head = "admin_head" if row.default == "admin" else "switch_head"
        # At most two are in use: one to read, one to send.
        protocols = named[0]
        if len(named) > 1:
            protocols = sheet.choice.say("file.sheet.both", first=named[0], second=named[1])
        yield _part(sheet.say(head, protocols=protocols), _steps(sheet, row.steps) + _link(sheet, row.page))


def _password(sheet: Sheet) -> Iterator[str]:
    """What the password is there and how to get it."""
    help = sheet.profile.secret
    kind = SecretKind.OAUTH2 if sheet.profile.only_oauth else help.kind if help is not None else SecretKind.PASSWORD
    name = sheet.told(help.name) if help is not None else ""
    yield f"<p>{sheet.say(f'kind.{kind.value}')}</p>"
    if name:
        yield f"<p><strong>{name}</strong></p>"
    if help is None:
        return
    if help.when != "always":
        yield f"<p>{sheet.say(f'when.{help.when}')}</p>"
    yield _steps(sheet, help.steps) + _link(sheet, help.page)


def _steps(sheet: Sheet, steps: dict[str, tuple[str, ...]]) -> str:
    lines = steps.get(sheet.choice.language) or next(iter(steps.values()), ())
    return f"<ol>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ol>" if lines else ""


def _link(sheet: Sheet, page: str) -> str:
    """A page of the provider: on paper its address has to be readable."""
    if not page:
        return ""
    shown = escape(page.removeprefix("https://"))
    if page.startswith(("https://", "http://")):
        shown = f'<a href="{escape(page)}" rel="noopener noreferrer">{shown}</a>'
    return f"<p>{sheet.say('page')} {shown}</p>"


def _pair(parts: tuple[str, ...]) -> str:
    return f'<div class="pair">\n{"".join(parts)}</div>' if len(parts) > 1 else "".join(parts)


def _part(head: str, body: str, kind: str = "part step") -> str:
    return f'<section class="{kind}">\n<h2>{head}</h2>\n{body}\n</section>\n'


def _menu(sheet: Sheet) -> str:
    """The way to the dialog."""
    lines = sheet.own("menu", protocol=sheet.spoken(sheet.profile.incoming)).splitlines()
    return _part(sheet.own("menu_head"), f"<ol>{''.join(f'<li>{line}</li>' for line in lines)}</ol>")


def _tables(sheet: Sheet) -> str:
    tables = [_table(sheet, part.key, login, part.fields) for part in sheet.program.parts
              if (login := sheet.login(part.side)) is not None]  # fmt: skip
    return _part(sheet.say("fields_head"), f'<div class="tables">\n{"".join(tables)}</div>')


def _table(sheet: Sheet, key: str, login: Login, fields: tuple[str, ...]) -> str:
    spoken = sheet.spoken(login)
    shown = ((field, _value(sheet, field.partition("_")[0], login)) for field in fields)
    rows = "".join(
        f'<tr><th scope="row">{sheet.own(field, protocol=spoken)}</th><td>{value}</td></tr>\n'
        for field, value in shown
        if value
    )
    return (
        f"<table>\n<caption>{sheet.own(f'part.{key}', protocol=spoken)}</caption>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )


def _value(sheet: Sheet, field: str, login: Login) -> str:
    """What is to be typed, chosen or ticked."""
    security = login.endpoint.security
    typed = {
        "host": login.endpoint.host,
        "port": str(login.endpoint.port),
        "username": login.username,
        "address": str(sheet.profile.address),
        "description": str(sheet.profile.address),
        "name": sheet.profile.name,
    }
    if field in typed:
        return f"<code>{escape(typed[field])}</code>" if typed[field] else ""
    ticks = {
        "ssl": security is Security.TLS,
        "starttls": security is Security.STARTTLS,
        "secure": security is not Security.NONE,
        "signin": True,
        "spa": False,
    }
    if field in ticks:
        return sheet.own("yes" if ticks[field] else "no")
    if field == "type":
        return sheet.spoken(login)
    if field == "auth":
        return sheet.say("oauth2" if login.auth is Auth.OAUTH2 else "normal_password")
    return sheet.own(f"security.{security.value}") if field == "security" else _typed_password(sheet)


def _typed_password(sheet: Sheet) -> str:
    written = secret(sheet.choice)
    if written:
        return f"<code>{escape(written)}</code>"
    if sheet.profile.only_oauth:
        return sheet.say("in_browser")
    help = sheet.profile.secret
    name = sheet.told(help.name) if help is not None else ""
    return name or sheet.say("mailbox_password")


def _copy(sheet: Sheet) -> str:
    """Lines to copy: host and port in one, as many programs take them."""
    lines = []
    for login in (sheet.profile.incoming, sheet.profile.outgoing):
        if login is not None:
            spoken = login.endpoint.protocol.value.upper()
            lines.append(f"<li><span>{spoken}</span><code>{escape(str(login.endpoint))}</code></li>")
    return _part(sheet.say("copy_head"), f'<ul class="copy">{"".join(lines)}</ul>', "part")


def _foot(sheet: Sheet) -> Iterator[str]:
    if sheet.choice.secret is not None:
        yield f"<strong>{sheet.say('has_secret')}</strong>"
    if sheet.program.id != "sheet":
        yield sheet.say("versions")
    yield sheet.say("made")


make = partial(page, ANY)
make_outlook = partial(page, OUTLOOK)
make_groupwise = partial(page, GROUPWISE)
make_apple = partial(page, APPLE)
make_android = partial(page, ANDROID)
make_foxmail = partial(page, FOXMAIL)
make_netease = partial(page, NETEASE)
