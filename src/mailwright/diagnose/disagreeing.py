"""Where the ways contradict each other, field by field. A way that says less than another contradicts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mailwright.core import Auth, Finding, Fixer, Param, Protocol, Publication, Published, Service, Severity

Values = frozenset[str]
_ENOUGH = 4


def findings(seen: Published) -> Iterator[Finding]:
    """One for each protocol and field, naming who says what."""
    for protocol in Protocol:
        yield from _protocol(seen, protocol)


def _protocol(seen: Published, protocol: Protocol) -> Iterator[Finding]:
    naming = [(one, _services(one, protocol)) for one in seen.found]
    told = [(one, services) for one, services in naming if services]
    if not told:
        return
    denying = [one for one in seen.publications if protocol in one.denied]
    if denying:
        groups = {"–": denying, ", ".join(_places(told[0][1])): [one for one, _ in told]}
        yield _finding(seen, protocol, "offered", groups)
    field = _where(told)
    if field is not None:
        yield _finding(seen, protocol, *field)
    for name, read in (("username", _users), ("auth", _ways)):
        saying = [(one, read(services)) for one, services in told if read(services)]
        groups = _apart(saying)
        if groups:
            yield _finding(seen, protocol, name, groups)


def _services(one: Publication, protocol: Protocol) -> list[Service]:
    return [s for s in one.candidate.services if s.protocol is protocol] if one.candidate is not None else []


def _where(told: list[tuple[Publication, list[Service]]]) -> tuple[str, dict[str, list[Publication]]] | None:
    """The first of host, port and encryption that differs; who has a server in common with the first agrees."""
    if not _apart([(one, _places(services)) for one, services in told]):
        return None
    readers: tuple[tuple[str, Callable[[list[Service]], Values]], ...] = (
        ("host", _hosts),
        ("port", _ports),
        ("security", _securities),
    )
    for name, read in readers:
        groups = _apart([(one, read(services)) for one, services in told])
        if groups:
            return name, groups
    return "server", _apart([(one, _places(services)) for one, services in told])


def _apart(saying: list[tuple[Publication, Values]]) -> dict[str, list[Publication]]:
    """Who says what, if somebody has nothing in common with the first; empty when all agree."""
    if not saying or all(values & saying[0][1] for _, values in saying):
        return {}
    groups: dict[str, list[Publication]] = {}
    for one, values in saying:
        groups.setdefault(", ".join(sorted(values)), []).append(one)
    return groups


def _places(services: list[Service]) -> Values:
    return frozenset(f"{s.endpoint.value} {s.endpoint.value.security.value}" for s in services)


def _hosts(services: list[Service]) -> Values:
    return frozenset(s.endpoint.value.host for s in services)


def _ports(services: list[Service]) -> Values:
    return frozenset(str(s.endpoint.value.port) for s in services)


def _securities(services: list[Service]) -> Values:
    return frozenset(s.endpoint.value.security.value for s in services)


def _users(services: list[Service]) -> Values:
    return frozenset(s.username.value for s in services if s.username.value)


def _ways(services: list[Service]) -> Values:
    """How one signs in. That a password is better not sent as it is changes nothing for the person who types it."""
    kinds = {Auth.ENCRYPTED_PASSWORD: Auth.PASSWORD}
    return frozenset(kinds.get(way, way).value for s in services for way in s.auth.value if way is not Auth.OTHER)


def _finding(seen: Published, protocol: Protocol, field: str, groups: dict[str, list[Publication]]) -> Finding:
    said = "; ".join(f"{value} ({_names(ways)})" for value, ways in groups.items())
    ways = " ".join(one.way.value for group in groups.values() for one in group)
    about: dict[str, Param] = {"domain": seen.domain, "differs": field, "said": said, "ways": ways}
    return Finding("autoconfig.disagree", Severity.ERROR, Fixer.ADMIN, tuple(about.items()), protocol)


def _names(ways: list[Publication]) -> str:
    shown = ", ".join(one.way.value for one in ways[:_ENOUGH])
    return f"{shown}, …" if len(ways) > _ENOUGH else shown
