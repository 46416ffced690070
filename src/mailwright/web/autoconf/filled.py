"""The answers for one domain, made once; what belongs to an address is filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from mailwright import export, texts
from mailwright.core import Auth, EmailAddress, Login, Profile, SecretHelp, SecretKind, expand
from mailwright.web.autoconf.values import RULES

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Config, Domain, MtaSts

# Stand in for what belongs to an address while the bytes are made.
_LOCAL, _USERNAME = "mw4local7stands1in", "mw4name7stands1in"
XML = b"text/xml; charset=utf-8"
JSON = b"application/json"
PLAIN = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Pieces:
    """Bytes with gaps: True is where the address goes, False where the user name goes."""

    parts: tuple[bytes | bool, ...]

    @classmethod
    def of(cls, data: bytes, address: str) -> Pieces:
        """Cut where something stands in."""
        found = re.split(f"({re.escape(address)}|{_USERNAME})".encode(), data)
        return cls(tuple(part == address.encode() if at % 2 else part for at, part in enumerate(found)))

    def filled(self, address: str, username: str) -> bytes:
        """The whole, escaped for XML."""
        inserted = (escape(username).encode(), escape(address).encode())
        return b"".join(inserted[part] if isinstance(part, bool) else part for part in self.parts)


@dataclass(frozen=True, slots=True)
class Answers:
    """What is answered for one name of a domain. None: that way has nothing to say of it.

    `autoconfig` leaves the user name to the reader, who fills it in; `autoconfig_for` names it.
    """

    autoconfig: bytes
    autoconfig_for: Pieces
    pox: Pieces | None
    pacc: bytes | None
    json: bytes
    mta_sts: bytes | None


def answers(domain: Domain, name: str) -> Answers:
    """All of it. Raises BadInput("export.…") for what a format cannot hold."""
    address = EmailAddress(_LOCAL, name)
    whole = profile(domain, address, _USERNAME)
    named = Pieces.of(export.autoconfig(whole, template=False, short=domain.short), address.wire)
    auths = by_password(domain)
    told = profile(domain, address, _USERNAME, auths[:1]) if auths else None
    return Answers(
        autoconfig=named.filled("", domain.username),
        autoconfig_for=named,
        pox=Pieces.of(export.pox(told), address.wire) if told is not None else None,
        pacc=pacc(domain, name),
        json=export.json_answer("AutodiscoverV1", url=export.autodiscover_url(name), message=""),
        mta_sts=policy(domain.mta_sts).encode() if domain.mta_sts is not None else None,
    )


def pacc(domain: Domain, name: str) -> bytes | None:
    """The file of PACC, which knows no user name but the address."""
    if domain.lookup is not None or domain.username != RULES["address"]:
        return None
    address = EmailAddress(_LOCAL, name)
    return export.pacc(profile(domain, address, address.wire), short=domain.short)


def profile(domain: Domain, address: EmailAddress, username: str, auths: tuple[Auth, ...] = ()) -> Profile:
    """The settings of a mailbox as the exporters take them. `auths`: () for all the domain has."""
    logins = [Login(at, username, auth) for at in domain.servers for auth in auths or domain.auths]
    incoming = next(login for login in logins if login.endpoint.protocol.incoming)
    outgoing = next(login for login in logins if not login.endpoint.protocol.incoming)
    title = domain.title or address.unicode_domain
    return Profile(
        address=address,
        incoming=incoming,
        outgoing=outgoing,
        others=tuple(login for login in logins if login not in (incoming, outgoing)),
        provider_name=dict.fromkeys(texts.LANGUAGES, title),
        secret=_help(domain),
        oauth=domain.oauth,
    )


def mobileconfig(config: Config, domain: Domain, mailbox: tuple[EmailAddress, str], language: str) -> bytes | None:
    """Apple's profile for an address and its user name, signed if there is a key; None without a way in by password."""
    auths = by_password(domain)
    if not auths:
        return None
    voices: dict[str, export.Say] = {code: texts.Words(code).client for code in texts.LANGUAGES}
    choice = export.Choice(say=voices[language], language=language, signing=config.signing, languages=voices)
    made = export.render(export.get("mobileconfig"), profile(domain, *mailbox, auths[:1]), choice)
    return made.files[0].data if made.files else None


def username(domain: Domain, address: EmailAddress) -> str:
    """The user name by the rule."""
    return expand(domain.username, address)


def policy(policy: MtaSts) -> str:
    """RFC 8461 §3.2: the lines of a policy end with CRLF, as in all examples, or LF."""
    hosts = (f"mx: {host}" for host in policy.mx)
    return "\r\n".join(("version: STSv1", f"mode: {policy.mode}", *hosts, f"max_age: {policy.max_age}", ""))


def by_password(domain: Domain) -> tuple[Auth, ...]:
    """The ways to sign in that take a password, the preferred first."""
    return tuple(auth for auth in domain.auths if auth in (Auth.PASSWORD, Auth.ENCRYPTED_PASSWORD))


def _help(domain: Domain) -> SecretHelp | None:
    if not domain.documentation:
        return None
    names = {code: texts.Words(code).say("serve.documentation") for code in texts.LANGUAGES}
    return SecretHelp(SecretKind.PASSWORD, names, page=domain.documentation)
