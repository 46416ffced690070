"""Services from what strangers write: hosts and user names are checked, placeholders understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import (
    DEFAULT_PORTS,
    Auth,
    BadInput,
    EmailAddress,
    Endpoint,
    Protocol,
    Security,
    Service,
    Sourced,
    expand,
)

if TYPE_CHECKING:
    from mailwright.discover.saying import Saying

MAX_USERNAME = 320
MAX_NAME = 60
# Also without one of its percent signs, and in small letters: both stand in published files.
_NAMES = "(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)"
_PLACEHOLDER = re.compile(f"%{_NAMES}%?|{_NAMES}%", re.IGNORECASE)
_UNKNOWN = re.compile(r"%[A-Za-z]{4,}%?")
_IMPLICIT = {993, 995, 465}
_UPGRADED = {143, 110, 587, 25}


def endpoint(protocol: Protocol, host: str, port: str, security: Security, *, address: EmailAddress) -> Endpoint | None:
    """An endpoint as it was written, or None when it cannot be one. No port: the usual one."""
    name = expand(template(host.strip()), address)
    if not _is_name(name):
        return None
    try:
        number = int(port.strip()) if port.strip() else DEFAULT_PORTS[protocol, security]
        return Endpoint(protocol, name, number, security)
    except (BadInput, ValueError):
        return None


def _is_name(name: str) -> bool:
    """No blanks, line ends or unknown placeholders; a single label would be a host of this network."""
    return "." in name.strip(".") and name.isprintable() and not re.search(r"[\s%@/:\\\[\]]", name)


def template(text: str) -> str:
    """The text with its placeholders as core.expand() knows them."""
    return _PLACEHOLDER.sub(lambda match: f"%{(match[1] or match[2]).upper()}%", text)


def username(text: str) -> str | None:
    """A user-name template; "" when nothing usable is said, None for what nobody may be called."""
    name = template(text.strip())
    if len(name) > MAX_USERNAME or not name.isprintable():
        return None
    return "" if _UNKNOWN.search(_PLACEHOLDER.sub("", name)) else name


def usual(port: int) -> Security | None:
    """The protection that a well-known port always has (RFC 8314 §7.3); None for other ports."""
    if port in _IMPLICIT:
        return Security.TLS
    return Security.STARTTLS if port in _UPGRADED else None


def service(where: Endpoint, saying: Saying, user: str = "", auth: tuple[Auth, ...] = ()) -> Service:
    """A service; an empty user name or no ways to sign in mean that the source does not say."""
    provenance = saying.of(where.host)
    return Service(Sourced(where, provenance), Sourced(user, provenance), Sourced(auth, provenance))


def name(text: str, address: EmailAddress) -> dict[str, str]:
    """What a provider calls itself, safe to show; the same in both languages."""
    shown = "".join(c for c in expand(template(text.strip()), address) if c.isprintable())[:MAX_NAME]
    return {"zh": shown, "en": shown} if shown else {}
