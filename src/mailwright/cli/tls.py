"""`mailwright tls`: a close look at the encryption of one server."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import TYPE_CHECKING

from mailwright import diagnose, posture
from mailwright.cli import found, reach, tls_rows
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Finding, Json, Outcome, Protocol, Severity, TlsLook, TlsTarget, meant_place, plain

if TYPE_CHECKING:
    from mailwright import wire

SCHEMA = 1
# RFC 8314 §7 and the services registry: where TLS begins after STARTTLS.
STARTTLS = {143: Protocol.IMAP, 110: Protocol.POP3, 587: Protocol.SMTP, 25: Protocol.SMTP}
_SCHEMES = {
    "imaps": 993,
    "pop3s": 995,
    "pops": 995,
    "smtps": 465,
    "submissions": 465,
    "https": 443,
    "imap": 143,
    "pop3": 110,
    "pop": 110,
    "smtp": 587,
    "submission": 587,
}
_PORTS = {str(port) for port in _SCHEMES.values()} | {"25"}
_PLACE = re.compile(r"\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\]:(\d+)|([^\s:/@\[\]]+):(\d+)")


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    host, port = place(arguments.endpoint)
    starttls = Protocol(arguments.starttls) if arguments.starttls else STARTTLS.get(port)
    target = TlsTarget(host, port, starttls, arguments.name or "")
    if starttls is not None and not arguments.starttls:
        screen.note("tls.implied", port=port, starttls=starttls.value)
    look = _look(arguments, screen, target)
    told = diagnose.tls_findings(look)
    if arguments.json:
        screen.document(json.dumps(document(look, told), ensure_ascii=False, indent=2))
    else:
        tls_rows.show(screen, look, told)
    if any(finding.severity is Severity.ERROR for finding in told):
        return Exit.BROKEN
    return Exit.WORKS if look.outcome is Outcome.OK and look.chain else Exit.UNKNOWN


def place(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT. Raises BadInput with what was probably meant."""
    found = _PLACE.fullmatch(text)
    if found is not None:
        host, port = (found[1], found[2]) if found[1] else (found[3], found[4])
        number = int(port) if len(port) <= 5 else 0
        if not 1 <= number <= 65535:
            raise BadInput("input.port", port=port[:20])
        return host, number
    try:
        host, glued = meant_place(text)
    except BadInput:
        raise BadInput("input.endpoint", text=text[:80]) from None
    scheme = text.strip().lower().partition("://")[0]
    shown = f"[{host}]" if ":" in host else host
    front, _, behind = text.strip().rpartition(":")
    if glued is None and behind in _PORTS and _is_v6(front):
        raise BadInput("input.endpoint_meant", text=text[:80], guess=f"[{front}]:{behind}")
    if glued is None and text.strip().strip("[]") in (host, shown.strip("[]")):
        raise BadInput("input.endpoint_port", host=shown)
    raise BadInput("input.endpoint_meant", text=text[:80], guess=f"{shown}:{glued or _SCHEMES.get(scheme, 993)}")


def _is_v6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _look(arguments: Arguments, screen: Screen, target: TlsTarget) -> TlsLook:
    import asyncio

    settings: wire.Settings = reach.settings(arguments)

    def progress(number: int) -> None:
        screen.progress(screen.words.say("tls.progress", target=str(target), number=number))

    async def looked() -> TlsLook:
        from mailwright import wire

        async with wire.World(settings) as world:
            return await posture.look(target, world, progress=progress)

    screen.progress(screen.words.say("tls.progress", target=str(target), number=0))
    try:
        return asyncio.run(looked())
    finally:
        screen.clear()


def document(look: TlsLook, told: tuple[Finding, ...]) -> dict[str, Json]:
    """The document of tls.schema.json."""
    facts = plain(look)
    assert isinstance(facts, dict)
    target = facts.pop("target")
    negotiated = facts.pop("negotiated")
    assert isinstance(negotiated, dict)
    spoken = look.outcome is Outcome.OK
    return {
        "schema": SCHEMA,
        "target": target,
        "grade": diagnose.tls_grade(look).value if spoken else None,
        "profile": diagnose.tls_profile(look).value if spoken else None,
        "negotiated": {key: negotiated[key] for key in ("version", "cipher", "group")},
        **facts,
        "findings": [found.document(finding) for finding in told],
    }
