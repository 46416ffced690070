"""Settings, candidates and logs of the lab, for tests that really sign in."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mailwright import lab as room
from mailwright import verify, wire
from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    Credentials,
    EmailAddress,
    Endpoint,
    Evidence,
    Protocol,
    Provenance,
    Secret,
    Security,
    Service,
    ServiceEvidence,
    Source,
    Sourced,
    Trust,
)


def settings(lab: room.Lab) -> wire.Settings:
    """How to reach a lab."""
    return wire.Settings(
        resolvers=(wire.Resolver.parse(lab.resolver),),
        ca_file=lab.ca,
        reroutes=tuple(wire.Reroute.parse(rule) for rule in lab.connect_to),
    )


def service(
    protocol: str, host: str, port: int, security: str = "tls", *, username: str = "%EMAILADDRESS%",
    trust: Trust = Trust.TRUSTED, auth: tuple[Auth, ...] = (Auth.PASSWORD,), source: Source = Source.AUTOCONFIG,
) -> Service:  # fmt: skip
    """One service, said by somebody who is trusted that far."""
    origin = Provenance(source, "https://autoconfig.example", Channel.HTTPS, trust)
    endpoint = Endpoint(Protocol(protocol), host, port, Security(security))
    return Service(Sourced(endpoint, origin), Sourced(username, origin), Sourced(auth, origin))


def candidate(account: room.Account, **more: Trust | Source | tuple[Auth, ...] | str) -> Candidate:
    """What the table of the lab expects to be found for an account."""
    local = {} if "@" in account.username else {"username": "%EMAILLOCALPART%"}
    rows = [(e.service, e.host, e.port, e.security) for e in account.expect]
    return Candidate(tuple(service(*row, **{**local, **more}) for row in rows))  # type: ignore[arg-type]


def credentials(account: room.Account, password: str | None = None, username: str | None = None) -> Credentials:
    """The account's own password unless another is given."""
    secret = Secret(account.password if password is None else password)
    return Credentials(EmailAddress.parse(account.address), secret, username=username)


async def signed_in(
    lab: room.Lab, found: Candidate, who: Credentials, incoming: str = "imap", **changes: float
) -> Evidence:
    """verify, against this lab."""
    async with wire.World(replace(settings(lab), **changes)) as world:  # type: ignore[arg-type]
        return await verify.verify(found, who, world, incoming=Protocol(incoming))


def of(evidence: Evidence, protocol: str) -> ServiceEvidence:
    """The last of that protocol."""
    return [seen for seen in evidence.services if seen.service.protocol == protocol][-1]


class Log:
    """What Dovecot and Postfix write from now on."""

    def __init__(self, lab: room.Lab, instance: str = "main") -> None:
        self._files = {name: lab.dir / "log" / name for name in (f"dovecot-{instance}.log", "mail.log")}
        self._from = {name: _size(path) for name, path in self._files.items()}
        self._dovecot = f"dovecot-{instance}.log"

    def text(self, name: str) -> str:
        """What was added to a log; "" before there is one."""
        if not self._files[name].exists():
            return ""
        with self._files[name].open("rb") as file:
            file.seek(self._from[name])
            return file.read().decode("utf-8", "replace")

    def begun(self) -> list[str]:
        """What was written of all conversations but their ends: the test before may have begun those."""
        lines = (line for name in self._files for line in self.text(name).splitlines())
        return [line for line in lines if not re.search("disconnect|lost connection", line, re.IGNORECASE)]

    def refused(self) -> Counter[str]:
        """Failed passwords by user name: those of IMAP and POP3, and "smtp" for all of submission."""
        found = re.findall(r"passwd-file\((.*?),[\d.:a-f]+(,<\S+>)?\): (?:Password|unknown)", self.text(self._dovecot))
        return Counter(name if session else "smtp" for name, session in found)

    def handed_in(self) -> int:
        """Messages that Postfix took."""
        return len(re.findall(r"(?:cleanup|qmgr)\[\d+\]", self.text("mail.log")))


def settled(measure: Callable[[], object], expected: object, seconds: float = 3.0) -> object:
    """The measure once it is what is expected, or what it is after that time: logs are written late."""
    until = time.monotonic() + seconds
    while (found := measure()) != expected and time.monotonic() < until:
        time.sleep(0.05)
    return found


def quiet(lab: room.Lab, seconds: float = 5.0) -> Log:
    """A log from when the servers have nothing left to write of their start or of earlier conversations."""
    until, log = time.monotonic() + seconds, Log(lab)
    while settled(log.begun, None, 0.3) and time.monotonic() < until:
        log = Log(lab)
    return log


def mailbox(lab: room.Lab, account: room.Account) -> list[str]:
    """Every message file of an account: its folder, and its flags behind the name."""
    home = lab.dir / "mail" / account.domain / account.local / "Maildir"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.parent.name in ("cur", "new"))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
