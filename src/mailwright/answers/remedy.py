"""The cure as it is told: the steps of the texts, completed or replaced by what the book knows of the provider.

Pure: a finding, what is known of the provider and the words in, a FindingText out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailwright.core import Candidate, EmailAddress, Protocol, SecretHelp, SecretKind, Source, SwitchOn, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailwright import book, texts
    from mailwright.core import Endpoint, Finding, Param, Service

CURED_BY_SECRET = ("auth.authcode", "auth.app_password", "auth.oauth_only")
"""Findings whose steps tell how to get what has to be typed as the password."""
CURED_BY_SWITCH = ("auth.protocol_off_user", "auth.protocol_off_admin")
"""Findings whose steps tell how to switch a protocol on."""
_TYPE_THIS = (
    "host.wrong_cluster",
    "host.typo",
    "proto.wrong_service",
    "proto.wrong_port",
    "proto.tls_mode",
    "proto.tls_required",
    "tls.starttls_missing",
)
_NO_PROOF = (Source.USER, Source.GUESS)
_FORMS = {"%EMAILADDRESS%": "whole", "%EMAILLOCALPART%": "local"}
_ID = re.compile(r"\bID\b")
_EXAMPLE = EmailAddress("name", "example.org")
_NOBODY = EmailAddress("somebody", "example.invalid")


@dataclass(frozen=True, slots=True)
class _Case:
    """What the steps are made from. `generic`: those of the texts."""

    words: texts.Words
    finding: Finding
    candidate: Candidate
    address: EmailAddress | None
    generic: tuple[str, ...] = ()

    @property
    def secret(self) -> SecretHelp | None:
        """The help to what is typed in place of the password, None if that is the password itself."""
        help_ = self.candidate.secret.value if self.candidate.secret is not None else None
        return None if help_ is None or help_.kind is SecretKind.PASSWORD else help_

    def username(self, service: Service) -> str:
        """What to type as the user name; without an address its form is described."""
        template = service.username.value
        if self.address is not None:
            return expand(template, self.address)
        if template in _FORMS:
            return self.words.phrase(f"remedy.form.{_FORMS[template]}")
        return self.words.phrase("remedy.form.other", example=expand(template, _EXAMPLE), address=str(_EXAMPLE))


def text(
    words: texts.Words, finding: Finding, candidate: Candidate | None, address: EmailAddress | None = None
) -> texts.FindingText:
    """The texts of a finding with all that is known. `candidate` None: nothing is known of the provider."""
    if candidate is None:
        return words.finding(finding)
    case = _Case(words, finding, candidate, address)
    told = words.finding(finding, **_known(case))
    maker = _BY_BOOK.get(finding.id)
    return replace(told, steps=maker(replace(case, generic=told.steps))) if maker is not None else told


def of_provider(provider: book.Provider) -> Candidate:
    """What is known of a provider without an address: hosts that depend on one are left out."""
    made = provider.candidate(_NOBODY, Source.BOOK)
    return replace(made, services=tuple(s for s in made.services if _NOBODY.domain not in s.endpoint.value.host))


def _known(case: _Case) -> dict[str, Param]:
    """Parameters that the finding lacks and the book has."""
    name = case.candidate.name.get(case.words.language, case.candidate.provider or "")
    more: dict[str, Param] = {"provider": name} if name else {}
    service = _right(case)
    if service is None:
        return more
    endpoint = service.endpoint.value
    if case.finding.id in _TYPE_THIS and not case.finding.param("right_host"):
        more |= _place(endpoint)
    if case.finding.id == "auth.username_form" and not case.finding.param("meant") and case.address is not None:
        more["meant"] = case.username(service)
    return more


def _place(endpoint: Endpoint) -> dict[str, Param]:
    return {"right_host": endpoint.host, "right_port": endpoint.port, "right_security": endpoint.security.value}


def _right(case: _Case) -> Service | None:
    """What should have been used: vouched for by somebody, and not the very place that failed."""
    failed = (case.finding.param("host"), case.finding.param("port"))
    about_name = case.finding.id == "auth.username_form"
    for service in case.candidate.services:
        endpoint = service.endpoint.value
        fits = case.finding.protocol in (None, endpoint.protocol)
        elsewhere = about_name or (endpoint.host, endpoint.port) != failed
        if fits and elsewhere and service.endpoint.provenance.source not in _NO_PROOF:
            return service
    return None


def _secret(case: _Case) -> tuple[str, ...]:
    """How to get the secret of this provider."""
    if case.secret is None:
        return case.generic
    return (*case.secret.steps.get(case.words.language, ()), *_page(case, case.secret.page))


def _oauth(case: _Case) -> tuple[str, ...]:
    if case.secret is None or case.secret.kind is not SecretKind.OAUTH2:
        return case.generic
    own = (case.words.phrase("remedy.oauth"),) if case.candidate.oauth is not None else ()
    return (*_secret(case), *own)


def _which_secret(case: _Case) -> tuple[str, ...]:
    """Besides the steps of the texts: what this provider calls the thing it wants."""
    if case.secret is None or case.secret.when != "always":
        return case.generic
    name = case.secret.name.get(case.words.language, "")
    key = "remedy.secret" if case.secret.page else "remedy.secret_no_page"
    return (*case.generic, case.words.phrase(key, name=name, page=case.secret.page))


def _switch(case: _Case) -> tuple[str, ...]:
    """Oneself first, then what only an administrator can do."""
    own = [row for row in _switches(case) if row.default != "admin"]
    admin = [row for row in _switches(case) if row.default == "admin"]
    if not own and not admin:
        return case.generic
    between = (case.words.phrase("remedy.admin"),) if own and admin else ()
    return (*_lines(case, own), *between, *_lines(case, admin))


def _switch_by_admin(case: _Case) -> tuple[str, ...]:
    admin = [row for row in _switches(case) if row.default == "admin"]
    return tuple(_lines(case, admin)) or case.generic


def _switches(case: _Case) -> Iterator[SwitchOn]:
    for row in case.candidate.switch_on:
        if case.finding.protocol is None or case.finding.protocol in row.value.protocols:
            yield row.value


def _lines(case: _Case, rows: list[SwitchOn]) -> Iterator[str]:
    for row in rows:
        yield from row.steps.get(case.words.language, ())
        yield from _page(case, row.page)


def _page(case: _Case, page: str) -> tuple[str, ...]:
    return (case.words.say("steps.page", page=page),) if page else ()


def _usernames(case: _Case) -> tuple[str, ...]:
    """The form for reading and that for sending, which may differ; not where the server took another one."""
    incoming = case.finding.protocol if case.finding.protocol in (Protocol.IMAP, Protocol.POP3) else Protocol.IMAP
    both = (case.candidate.best(protocol) for protocol in (incoming, Protocol.SMTP))
    services = [service for service in both if service is not None]
    meant = case.finding.param("meant")
    if meant and meant not in [case.username(service) for service in services]:
        return case.generic
    return (*case.generic, *(_username(case, service) for service in services))


def _username(case: _Case, service: Service) -> str:
    kind = case.words.say(f"fill.{service.protocol.value}")
    return case.words.phrase("remedy.username", kind=kind, username=case.username(service))


def _type_this(case: _Case) -> tuple[str, ...]:
    service = _right(case)
    return (*case.generic, _username(case, service)) if service is not None else case.generic


def _notes_on_id(case: _Case) -> tuple[str, ...]:
    notes = (note.get(case.words.language, "") for note in case.candidate.notes)
    told = (case.words.phrase("remedy.note", note=note) for note in notes if _ID.search(note))
    return (*case.generic, *told)


_BY_BOOK: dict[str, Callable[[_Case], tuple[str, ...]]] = {
    "auth.app_password": _secret,
    "auth.authcode": _secret,
    "auth.oauth_only": _oauth,
    "auth.bad_credentials": _which_secret,
    "auth.protocol_off_user": _switch,
    "auth.protocol_off_admin": _switch_by_admin,
    "auth.username_form": _usernames,
    "auth.client_id": _notes_on_id,
    **dict.fromkeys(_TYPE_THIS, _type_this),
}
