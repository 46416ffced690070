"""A person who answers as told, and everything the journey told and asked them, in order."""

from __future__ import annotations

from mailwright import book, discover, lab, setup, wire
from mailwright.core import (
    Candidate,
    Credentials,
    Discovery,
    EmailAddress,
    Probe,
    Protocol,
    Secret,
    Service,
    ServiceEvidence,
    SourceAnswer,
)

SHELF = book.Book()


class Script:
    """`yes`: the answer to confirm; `secret` None: gives none. `calls`: words like "probed imap ok"."""

    def __init__(self, address: str, secret: str | None, *, yes: bool = False) -> None:
        self._address = EmailAddress.parse(address)
        self._secret = secret
        self._yes = yes
        self.calls: list[str] = []
        self.doubted: list[str] = []

    def answered(self, answer: SourceAnswer) -> None:
        self.calls.append("answered")

    def settings(self, discovery: Discovery) -> None:
        self.calls.append("settings")

    def probed(self, service: Service, probe: Probe) -> None:
        self.calls.append(f"probed {service.protocol} {probe.outcome}")

    def seen(self, evidence: ServiceEvidence) -> None:
        self.calls.append(f"seen {evidence.service.protocol} {evidence.stage}")

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        self.calls.append("confirm")
        self.doubted += [service.endpoint.value.host for service in services]
        return self._yes

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        self.calls.append("credentials")
        return None if self._secret is None else Credentials(self._address, Secret(self._secret))

    def asked(self) -> list[str]:
        """The calls without those that come in no fixed order or number."""
        kept = [call for call in self.calls if not call.startswith(("answered", "probed", "seen"))]
        return list(dict.fromkeys(kept))


def settings(running: lab.Lab, proxy: wire.Proxy | None = None) -> wire.Settings:
    """How to reach a lab, through a proxy if one is given."""
    return wire.Settings(
        resolvers=(wire.Resolver.parse(running.resolver),),
        ca_file=running.ca,
        reroutes=tuple(wire.Reroute.parse(rule) for rule in running.connect_to),
        proxy=proxy,
    )


async def journey(
    running: lab.Lab, face: Script, address: str, *, proxy: wire.Proxy | None = None, incoming: str = "",
    login: bool = True, known: bool = False,
) -> setup.Result:  # fmt: skip
    """The whole journey against a lab."""
    request = setup.Request(
        EmailAddress.parse(address),
        Protocol(incoming) if incoming else None,
        login=login,
        known=known,
        discovery=discover.Options(isp_database=running.ispdb),
    )
    async with wire.World(settings(running, proxy)) as world:
        return await setup.run(request, world, SHELF, face)
