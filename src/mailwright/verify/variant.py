"""What is typed at the login: as given first, then at most one repaired form."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core import (
    Confidence,
    Credentials,
    Repair,
    Reply,
    Secret,
    Service,
    Source,
    Trust,
    expand,
    repaired_secret,
    repaired_username,
)

# Sources that name the user name's form, so far as they are the domain's or its provider's own.
_SAYS_IT = frozenset(
    {Source.PACC, Source.AUTOCONFIG, Source.MAILCONF, Source.ISPDB, Source.MX_AUTOCONFIG, Source.MX_ISPDB}
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One user name and secret to try, and what was repaired in them."""

    username: str
    secret: Secret
    repairs: tuple[Repair, ...] = ()


def as_typed(service: Service, credentials: Credentials) -> Variant:
    """The user name the settings ask for (or the person insists on), the secret as it is."""
    name = credentials.username if credentials.username is not None else _name(service, credentials)
    return Variant(name, credentials.secret)


def repaired(service: Service, credentials: Credentials) -> Variant | None:
    """The one other form worth a second login; None when nothing looks wrong."""
    first = as_typed(service, credentials)
    secret, secret_repairs = (credentials.secret, ()) if credentials.token else repaired_secret(credentials.secret)
    toggle = not secret_repairs and not credentials.token and not _form_is_certain(service, credentials)
    address = credentials.address
    name, name_repairs = repaired_username(first.username, address.local, address.domain, toggle=toggle)
    repairs = (*name_repairs, *(r for r in secret_repairs if r not in name_repairs))
    return Variant(name, secret, repairs) if repairs else None


def with_repairs(service: Service, credentials: Credentials, repairs: tuple[Repair, ...]) -> Variant | None:
    """The repaired form, if it is the one that `repairs` proved right elsewhere."""
    other = repaired(service, credentials)
    return other if other is not None and other.repairs == repairs else None


def is_refusal(reply: Reply | None) -> bool:
    """True when the server said "authentication failed" and nothing more specific.

    RFC 5530 §3, RFC 3206 §4, RFC 4954 §6: any other code (UNAVAILABLE, LIMIT, SYS/TEMP, 454,
    534 …) will not change with another spelling of the name.
    """
    if reply is None or reply.status not in ("NO", "-ERR", "535"):
        return False
    if reply.status == "535":
        return reply.code in ("", "5.7.8", "5.7.0", "5.7.3", "5.7.1")
    return reply.code in ("", "AUTHENTICATIONFAILED", "AUTH")


def _name(service: Service, credentials: Credentials) -> str:
    return expand(service.username.value, credentials.address)


def _form_is_certain(service: Service, credentials: Credentials) -> bool:
    """Who runs the servers says how the user name is written: another form would only cost a refusal."""
    origin = service.username.provenance
    said = origin.source in _SAYS_IT and origin.trust is Trust.TRUSTED
    in_book = origin.source is Source.BOOK and origin.confidence is Confidence.HIGH
    return (said or in_book) and credentials.username is None
