"""Looks at an address that a server does not like: block lists, and who runs its network."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence

from mailwright import wire
from mailwright.core import DnsStatus, Fact, Look, LookKind, Outcome, Wanted
from mailwright.verify.look_round import Job, Round

_MOST_ENTITIES = 50


async def blocklists(want: Wanted, around: Round) -> Sequence[Job]:
    """Whether lists of senders nobody wants mail from have this address (RFC 5782 §2.1)."""
    address = _address(want.about)
    # A server may name any address: what is private is asked about at home only.
    if not address or not (_is_global(address) or _at_home(around.world.settings)):
        return ()
    turned = ipaddress.ip_address(address).reverse_pointer.rsplit(".", 2)[0]
    return [_listed(address, turned, zone, around) for zone in around.world.settings.blocklists]


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]").partition("%")[0]))
    except ValueError:
        return ""


def _is_global(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _at_home(settings: wire.Settings) -> bool:
    """True when only resolvers of a private network are asked."""
    return bool(settings.resolvers) and not any(_is_global(one.address) for one in settings.resolvers)


async def _listed(address: str, turned: str, zone: str, around: Round) -> Look:
    name, dns = f"{turned}.{zone}", around.world.dns
    answer = await dns.ask(name, "A")
    codes, told = sorted(answer.text()), answer.status in (DnsStatus.NXDOMAIN, DnsStatus.NODATA)
    # 127.255.255.x: the list does not answer this resolver; anything outside 127 was put there by somebody in between.
    listed = bool(codes) and all(code.startswith("127.") and not code.startswith("127.255.255.") for code in codes)
    if listed:
        outcome = Outcome.OK
    elif told:
        outcome = Outcome.NO
    else:
        outcome = Outcome.TIMEOUT if answer.status is DnsStatus.TIMEOUT else Outcome.FAILED
    said = (await dns.ask(name, "TXT")).text() if codes else ()
    facts: tuple[tuple[str, Fact], ...] = (
        ("list", zone),
        ("codes", " ".join(codes[:4])),
        ("text", _shown(" ".join(said))[:200]),
    )
    return Look(LookKind.BLOCKLIST, address, outcome, facts=facts)


async def owner(want: Wanted, around: Round) -> Sequence[Job]:
    """Who runs the network an address belongs to (RDAP, RFC 9082 §3.1.1)."""
    address = _address(want.about)
    return [_owner(address, around)] if address and _is_global(address) else ()


async def _owner(address: str, around: Round) -> Look:
    answer = await around.world.http.get(f"{around.world.settings.rdap}ip/{address}", wire.Recorder(address))
    found = _read(answer.body) if answer.ok else None
    if found is None:
        missing = answer.outcome if answer.outcome is Outcome.TIMEOUT else Outcome.FAILED
        return Look(LookKind.OWNER, address, missing)
    facts: tuple[tuple[str, Fact], ...] = (
        ("name", _text(found.get("name"))[:100]),
        ("country", _text(found.get("country"))[:8]),
        ("abuse", _abuse(found)[:100]),
    )
    return Look(LookKind.OWNER, address, Outcome.OK, facts=facts)


def _read(body: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("objectClassName") == "ip network" else None


def _text(value: object) -> str:
    return _shown(value) if isinstance(value, str) else ""


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _abuse(found: dict[str, object]) -> str:
    """The address for complaints (RFC 9083 §5.1), "" if none is told."""
    waiting, seen = _list(found.get("entities")), 0
    while waiting and seen < _MOST_ENTITIES:
        entity, seen = waiting.pop(0), seen + 1
        if not isinstance(entity, dict):
            continue
        waiting += _list(entity.get("entities"))
        if "abuse" in _list(entity.get("roles")):
            card = [*_list(entity.get("vcardArray")), None, None]
            rows = [row for row in _list(card[1]) if isinstance(row, list) and len(row) > 3 and row[0] == "email"]
            return next((_text(row[3]) for row in rows), "")
    return ""


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
