"""Answers as they come in, and the look that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mailwright import wire
from mailwright.core import (
    ChainFault,
    ChainProblem,
    KeyExchange,
    Outcome,
    TlsFacts,
    TlsHabits,
    TlsLook,
    TlsTarget,
    TlsVersion,
    VersionLook,
)
from mailwright.posture import suites
from mailwright.posture.asking import Found, hello

_VERSIONS = {
    hello.SSL3: TlsVersion.SSL3,
    hello.TLS10: TlsVersion.TLS10,
    hello.TLS11: TlsVersion.TLS11,
    hello.TLS12: TlsVersion.TLS12,
    hello.TLS13: TlsVersion.TLS13,
}


@dataclass(slots=True)
class Gathered:
    """What has been told so far, by number of the version."""

    shake: wire.lookshake.Shake | None = None
    versions: dict[int, Found] = field(default_factory=dict)
    older: list[wire.lookhello.Flight] = field(default_factory=list)
    ssl2: bool | None = None
    old_groups: list[int] = field(default_factory=list)
    rarer_groups: list[int] = field(default_factory=list)
    groups_open: int = 0
    weak_groups: list[int] = field(default_factory=list)
    sha1: bool | None = None
    fallbacks: dict[int, bool] = field(default_factory=dict)
    fetched: tuple[bytes, ...] = ()
    partial: bool = False

    @property
    def spoken(self) -> bool:
        """True when anything was TLS."""
        return self.shake is not None or bool(self.ssl2) or any(found.flights for found in self.versions.values())

    @property
    def flights(self) -> list[wire.lookhello.Flight]:
        """The answers up to TLS 1.2, newest version first."""
        told = [f for v in sorted(self.versions, reverse=True) for f in self.versions[v].flights]
        return [flight for flight in (*told, *self.older) if flight.version < hello.TLS13]

    @property
    def chain(self) -> tuple[bytes, ...]:
        """What a client of today is shown; else what an old one is."""
        if self.shake is not None and self.shake.chain:
            return self.shake.chain
        return next((flight.chain for flight in self.flights if flight.chain), ())

    @property
    def bare(self) -> bool:
        """True for a server that shows no certificate at all, to nobody."""
        return not self.chain and any(flight.done for flight in self.flights)

    @property
    def staple(self) -> bytes:
        """The stapled response, from the same answer as the chain."""
        if self.shake is not None and self.shake.chain:
            return self.shake.staple
        return next((flight.staple for flight in self.flights if flight.chain), b"")

    def offered(self, version: int) -> bool:
        """True when something was accepted in this version."""
        return version in self.versions and bool(self.versions[version].ciphers)

    def below_best(self) -> int:
        """The version that a client is forced down to by whoever spoils the best one, 0 if there is none."""
        offered = [
            version for version in sorted(_VERSIONS, reverse=True) if version > hello.SSL3 and self.offered(version)
        ]
        return offered[1] if len(offered) > 1 else 0

    def best_old(self) -> int:
        """The highest version below TLS 1.3 that is offered, 0 if none."""
        return max((version for version in self.versions if version < hello.TLS13 and self.offered(version)), default=0)

    def ephemeral(self, version: int, kind: str) -> tuple[int, ...]:
        """Of the accepted ciphers those with a key exchange of that kind ("DHE" is in "ECDHE" too)."""
        accepted = self.versions[version].ciphers if version in self.versions else []
        return tuple(number for number in accepted if f"{kind}_" in suites.name(number))


def put_together(
    target: TlsTarget, found: Gathered, *, address: str, took: float, connections: int, ca_file: Path | None
) -> TlsLook:
    """The look."""
    now = wire.lookchain.today()
    chain = wire.lookchain.Chain(found.chain, ca_file, now)
    versions = _versions(found)
    return TlsLook(
        target,
        Outcome.OK,
        address=address,
        versions=versions,
        negotiated=_negotiated(found),
        chain=chain.links(),
        chain_problems=_problems(chain, target, found),
        staple=wire.lookstaple.read(found.staple, (*found.chain, *found.fetched), now),
        exchange=_exchange(found),
        habits=_habits(found),
        library=found.shake.library if found.shake else "",
        took=took,
        connections=connections,
        partial=found.partial or any(one.offered is None or not one.complete for one in versions),
    )


def _problems(chain: wire.lookchain.Chain, target: TlsTarget, found: Gathered) -> tuple[ChainProblem, ...]:
    """If what was fetched closes the gap, an intermediate is missing and nothing is unknown."""
    if found.bare:
        return (ChainProblem(ChainFault.OTHER, 0),)
    problems = chain.problems(target.name)
    if not found.fetched:
        return problems
    fault = ChainFault.INTERMEDIATE
    return tuple(replace(p, fault=fault) if p.code in (20, 21) else p for p in problems)


def _versions(found: Gathered) -> tuple[VersionLook, ...]:
    made = [VersionLook(TlsVersion.SSL2, found.ssl2)]
    for number, version in _VERSIONS.items():
        one = found.versions.get(number)
        if one is None:
            made.append(VersionLook(version, None, complete=False))
            continue
        known = True if one.ciphers else False if one.complete else None
        names = tuple(map(suites.name, one.ciphers))
        made.append(VersionLook(version, known, names, one.ordered, one.complete))
    return tuple(made)


def _negotiated(found: Gathered) -> TlsFacts:
    """By a client of today; of a server too old for that what it answered to the best offer."""
    shake = found.shake
    if shake is not None:
        chain = wire.tls.certificates(list(shake.chain))
        return TlsFacts(shake.version, suites.iana_name(shake.cipher), suites.group_name(shake.group), chain=chain)
    best = next(iter(found.flights), None)
    if best is None:
        return TlsFacts()
    version = _VERSIONS[best.version].value if best.version in _VERSIONS else ""
    return TlsFacts(version, suites.name(best.cipher), suites.group(best.group) if best.group else "")


def _exchange(found: Gathered) -> KeyExchange:
    modern = found.versions.get(hello.TLS13, Found(complete=True))
    groups = [*modern.groups, *found.rarer_groups] or found.old_groups
    if not groups:
        groups = list(dict.fromkeys(flight.group for flight in found.flights if flight.group))
    weak = dict.fromkeys([*found.weak_groups, *(f.group for f in found.flights if f.group in suites.WEAK)])
    sizes = [flight.dh_bits for flight in found.flights if flight.dh_bits]
    signature = next((flight.signature for flight in found.flights if flight.signature), 0)
    return KeyExchange(
        groups=tuple(suites.group(number) for number in groups if number not in suites.WEAK),
        weak_groups=tuple(map(suites.group, weak)),
        complete=modern.complete and not found.groups_open,
        dh_bits=min(sizes, default=0),
        signature=suites.SIGNATURES.get(signature, f"0x{signature:04x}") if signature else "",
        sha1=found.sha1,
    )


def _habits(found: Gathered) -> TlsHabits:
    first = next(iter(found.flights), None)
    wants = [flight.wants_certificate for flight in found.flights if flight.chain]
    if found.shake is not None:
        wants.append(found.shake.wants_certificate)
    return TlsHabits(
        compression=any(flight.compression for flight in found.flights) if first else None,
        secure_renegotiation=first.secure_renegotiation if first else None,
        extended_master_secret=first.extended_master_secret if first else None,
        fallback_refused=found.fallbacks.get(found.below_best()),
        client_certificate=any(wants) if wants else None,
    )
