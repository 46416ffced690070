"""Where a fault is put together: names, certificates and servers of its own, beside those of other faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mailwright.lab import plan
from mailwright.lab.faults.certificates import Office, Paper
from mailwright.lab.faults.play import Holder, Listener, Play, Programme, Tls, View
from mailwright.lab.state import Staged

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab.faults.dovecots import Mailstore
    from mailwright.lab.faults.fault import Fault
    from mailwright.lab.faults.postfixes import Door

PORTS = {
    993: ("imap", True),
    143: ("imap", False),
    995: ("pop3", True),
    110: ("pop3", False),
    465: ("smtp", True),
    587: ("smtp", False),
}
"""Port → protocol, and whether TLS comes first."""
HOSTS = {"imap": "imap", "pop3": "pop", "smtp": "smtp"}
_RECORDS = {993: "_imaps", 143: "_imap", 995: "_pop3s", 110: "_pop3", 465: "_submissions", 587: "_submission"}
_FIRST, _LAST = 10, 250


@dataclass(slots=True)
class Place:
    """What all faults of one lab share. `second`: the third octet of its addresses; `rules`: for nft."""

    dir: Path
    second: int
    office: Office
    near: Programme = field(default_factory=Programme)
    far: Programme = field(default_factory=Programme)
    stores: list[Mailstore] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    six: list[str] = field(default_factory=list)
    used: int = 0

    def address(self) -> str:
        """One that nobody has yet; each 127.X.N.y of the lab's own N, beginning at X = 78."""
        block, octet = divmod(self.used, _LAST - _FIRST)
        self.used += 1
        return f"127.{78 + block}.{self.second}.{_FIRST + octet}"


class Scene:
    """One fault being made. `fills`: what stands for the words in braces of its options."""

    def __init__(self, fault: Fault, place: Place) -> None:
        self.fault, self.place, self.domain = fault, place, fault.domain
        self.office = place.office
        self.fills = {"d": self.domain}
        self.routes: list[str] = []
        self.view = self.resolver()

    def resolver(self) -> View:
        """One more resolver, which knows no name yet."""
        view = View(self.place.address(), plan.DNS_PORT)
        self.place.near.views.append(view)
        return view

    def address(self) -> str:
        """One more address."""
        return self.place.address()

    def record(self, name: str, kind: str, *values: str, view: View | None = None) -> None:
        """Records of a name (whole, without the last dot), added to those it has."""
        (view or self.view).records.setdefault(name.lower(), {}).setdefault(kind, []).extend(values)

    def tls(self, *hosts: str, **how: Any) -> Tls:  # noqa: ANN401  # the fields of Paper
        """A certificate for those hosts; a good one unless `how` says else."""
        if not how.keys() & {"signer", "sent"}:
            how |= {"signer": self.office.middle, "sent": (self.office.middle,)}
        return Tls(self.office.write(Paper(hosts, **how)))

    def listen(self, address: str, port: int, play: Play, tls: Tls | None = None, *, implicit: bool = False) -> None:
        """A server at the place that clients reach as `port`."""
        self.place.near.listeners.append(Listener(address, port + plan.OFFSET, play, tls, implicit))

    def mailbox(self) -> tuple[tuple[str, str], ...]:
        """The user names that open the mailbox of the fault's address, with the password."""
        return ((self.fault.address, self.fault.password),)

    def hosts(self, prefix: dict[str, str] | None = None) -> dict[str, str]:
        """Protocol → host name."""
        return {protocol: f"{label}.{self.domain}" for protocol, label in (prefix or HOSTS).items()}

    def named(
        self, address: str, ports: tuple[int, ...] = tuple(PORTS), hosts: dict[str, str] | None = None
    ) -> dict[str, str]:
        """The records of an ordinary mail domain whose servers are at `address`; the hosts."""
        hosts = hosts or self.hosts()
        self.record(self.domain, "MX", f"10 mx.{self.domain}.")
        self.record(f"mx.{self.domain}", "A", address)
        for host in hosts.values():
            self.record(host, "A", address)
        for port in ports:
            if port in (993, 995, 465) or not {993, 995, 465} & set(ports):
                self.record(f"{_RECORDS[port]}._tcp.{self.domain}", "SRV", f"0 1 {port} {hosts[PORTS[port][0]]}.")
        return hosts

    def mail(
        self,
        *,
        tls: Tls | None = None,
        ports: tuple[int, ...] = tuple(PORTS),
        hosts: dict[str, str] | None = None,
        address: str = "",
        plays: dict[str, dict[str, Any]] | None = None,
        **every: Any,  # noqa: ANN401  # the fields of Play
    ) -> str:
        """An ordinary mail domain with working servers, but for what `plays` (by protocol) and `every` change."""
        address = address or self.address()
        hosts = self.named(address, ports, hosts)
        tls = tls or self.tls(*hosts.values())
        for port in ports:
            protocol, implicit = PORTS[port]
            play = Play(protocol, **{"users": self.mailbox(), **every, **(plays or {}).get(protocol, {})})
            self.listen(address, port, play, tls, implicit=implicit)
        return address

    def vendor(self, provider: dict[str, str], **more: Any) -> str:  # noqa: ANN401  # as of mail()
        """The same under a real provider's host names (protocol → host), led here by the lab's DNS."""
        for name in {self.domain, *provider.values()}:
            self.record(name, "TXT", '"v=spf1 -all"')
        return self.mail(hosts=provider, **more)

    def hold(self, address: str, port: int, *lines: str, implicit: bool) -> None:
        """A client that is there already and stays."""
        self.place.near.holders.append(Holder(address, port + plan.OFFSET, lines, implicit))

    def web(self, address: str, play: Play | None = None) -> None:
        """A plain web server."""
        self.listen(address, 80, play or Play("http"))

    def staged(self, ca: Path) -> Staged:
        """What is said of the finished fault."""
        fault = self.fault
        routes = [*self.routes, *(f":{port}::{port + plan.OFFSET}" for port in plan.PORTS)]
        environment = {
            "MAILWRIGHT_RESOLVER": f"{self.view.address}:{self.view.port}",
            "MAILWRIGHT_CA": str(ca),
            "MAILWRIGHT_CONNECT_TO": " ".join(routes),
            "MAILWRIGHT_ISPDB": plan.ISPDB,
            "MAILWRIGHT_LAB_DIR": str(self.place.dir),
        }
        options = tuple(self._filled(option) for option in fault.options)
        return Staged(fault.id, fault.cause, fault.address, fault.password, options, fault.prefix,
                      tuple(environment.items()))  # fmt: skip

    def _filled(self, option: str) -> str:
        for word, value in self.fills.items():
            option = option.replace(f"{{{word}}}", value)
        return option


def changed(tls: Tls, **how: Any) -> Tls:  # noqa: ANN401  # the fields of Tls
    """The same certificate on a server that is stricter, older or odder."""
    return replace(tls, **how)
