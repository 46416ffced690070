"""`mailwright check`: what a domain publishes for mail programs, and what is wrong with it."""

from __future__ import annotations

import ipaddress
import json
import random
from typing import TYPE_CHECKING

from mailwright import diagnose
from mailwright.cli import check_rows, found, reach
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import (
    Asked,
    BadInput,
    EmailAddress,
    Endpoint,
    Finding,
    Json,
    Probe,
    Publication,
    Published,
    Severity,
    Way,
    meant_place,
    plain,
    registrable_domain,
    to_ascii,
    to_unicode,
)

if TYPE_CHECKING:
    from mailwright import wire

SCHEMA = 1


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb; `autoconfig` is its only action. Raises BadInput."""
    seen = _looked(arguments, screen, domain(arguments.domain))
    told = diagnose.published_findings(seen)
    if arguments.json:
        screen.document(json.dumps(document(seen, told), ensure_ascii=False, indent=2))
    else:
        check_rows.show(screen, seen, told)
    return verdict(told)


def verdict(told: tuple[Finding, ...]) -> Exit:
    """Broken if something is wrong, unknown if something could not be told."""
    severities = {finding.severity for finding in told}
    if Severity.ERROR in severities:
        return Exit.BROKEN
    return Exit.UNKNOWN if Severity.UNKNOWN in severities else Exit.WORKS


def domain(text: str) -> str:
    """A domain as A-labels; of an address what stands behind the @. Raises BadInput with what was probably meant."""
    if "@" in text and "/" not in text:
        return _owned(EmailAddress.parse(text).domain)
    try:
        return _owned(to_ascii(text))
    except BadInput as problem:
        if problem.id != "input.domain":
            raise
    try:
        guess, _ = meant_place(text)
    except BadInput:
        raise BadInput("input.domain", domain=text[:80]) from None
    if _is_ip(guess):
        raise BadInput("input.domain_ip", ip=guess)
    if len(text.split()) > 1:  # two words, not one with a blank around it
        raise BadInput("input.domain", domain=text[:80])
    raise BadInput("input.domain_meant", domain=text[:80], guess=guess)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _owned(name: str) -> str:
    """What lies below a public suffix is strangers'."""
    if "." not in name:
        raise BadInput("input.domain_no_dot", domain=name)
    if registrable_domain(name) is None:
        raise BadInput("input.suffix", domain=name)
    return name


def _looked(arguments: Arguments, screen: Screen, name: str) -> Published:
    import asyncio

    from mailwright import book, setup

    settings: wire.Settings = reach.settings(arguments)
    options = reach.database(arguments)
    number = 0

    def progress(asked: Asked) -> None:
        nonlocal number
        number += 1
        screen.progress(screen.words.say("check.progress", domain=to_unicode(name), number=number, of=len(Way)))

    async def looked() -> Published:
        from mailwright import wire

        check = setup.Check(name, random.SystemRandom(), options, progress)
        async with wire.World(settings) as world:
            return await setup.published(check, world, book.Book())

    try:
        return asyncio.run(looked())
    finally:
        screen.clear()


def document(seen: Published, told: tuple[Finding, ...]) -> dict[str, Json]:
    """The document of check.schema.json."""
    facts = plain(seen.facts)
    return {
        "schema": SCHEMA,
        "check": "autoconfig",
        "domain": seen.domain,
        "ways": [_way(one) for one in seen.publications],
        "servers": [_server(probe) for probe in seen.probes],
        "unseen": seen.unseen,
        "facts": facts,
        "took": round(seen.took, 3),
        "findings": [found.document(one) for one in told],
    }


def _way(one: Publication) -> Json:
    services = one.candidate.services if one.candidate is not None else ()
    return {
        "way": one.way.value,
        "where": one.where,
        "told": one.told.value,
        "reason": one.reason.value,
        "url": one.url,
        "status": one.status,
        "content_type": one.content_type,
        "size": one.size,
        "alike": one.alike,
        "settings": [
            {
                **_place(service.endpoint.value),
                "username": service.username.value,
                "auth": [way.value for way in service.auth.value],
            }
            for service in services
        ],
        "denied": [protocol.value for protocol in one.denied],
        "flaws": [
            {"kind": f.kind.value, "protocol": f.protocol.value if f.protocol else None, "params": dict(f.params)}
            for f in one.flaws
        ],
    }


def _server(probe: Probe) -> Json:
    tls = probe.tls
    return {
        **_place(probe.endpoint),
        "outcome": probe.outcome.value,
        "stage": probe.stage.value,
        "reason": probe.reason.value,
        "version": tls.version if tls is not None else "",
        "verified": tls.verified if tls is not None else False,
    }


def _place(endpoint: Endpoint) -> dict[str, Json]:
    return {
        "protocol": endpoint.protocol.value,
        "host": endpoint.host,
        "port": endpoint.port,
        "security": endpoint.security.value,
    }
