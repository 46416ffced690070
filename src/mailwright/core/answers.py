"""What the network answered to a question: DNS, HTTP and a look at one endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.evidence import Reason, Stage
from mailwright.core.trace import Outcome, Trace

if TYPE_CHECKING:
    from mailwright.core.endpoint import Endpoint
    from mailwright.core.evidence import TlsFacts


class DnsStatus(StrEnum):
    """How a question ended. NXDOMAIN and NODATA are answers; the others are not."""

    OK = "ok"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    FAILED = "failed"

    @property
    def told(self) -> bool:
        """True when the DNS said yes or no; False when we could not tell."""
        return self in (DnsStatus.OK, DnsStatus.NXDOMAIN, DnsStatus.NODATA)


@dataclass(frozen=True, slots=True)
class Mx:
    """RFC 5321 §5.1. `host` "." means the domain takes no mail (RFC 7505)."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class Srv:
    """RFC 2782. `target` "." means the service is not offered."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """One answered question. `signed`: the AD bit, from a resolver whose word counts (RFC 6840 §5.8).

    `records` are Mx, Srv, or text (addresses, names without the last dot, joined TXT strings).
    """

    name: str
    rdtype: str
    status: DnsStatus
    records: tuple[Mx | Srv | str, ...] = ()
    canonical: str = ""
    signed: bool = False
    server: str = ""

    def mx(self) -> tuple[Mx, ...]:
        """The MX records, best preference first."""
        return tuple(sorted((r for r in self.records if isinstance(r, Mx)), key=lambda r: (r.preference, r.host)))

    def srv(self) -> tuple[Srv, ...]:
        """The SRV records in the order they came."""
        return tuple(r for r in self.records if isinstance(r, Srv))

    def text(self) -> tuple[str, ...]:
        """Address, name or TXT records."""
        return tuple(r for r in self.records if isinstance(r, str))


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a URL gave. `status` 0: no HTTP answer, see `outcome` and `reason`.

    `url` is the last one of the redirects; `secure`: every hop was HTTPS with a good certificate.
    """

    asked: str
    url: str
    outcome: Outcome
    reason: Reason = Reason.NONE
    status: int = 0
    content_type: str = ""
    body: bytes = b""
    secure: bool = False

    @property
    def ok(self) -> bool:
        """True for a complete answer with status 200."""
        return self.status == 200 and self.outcome is Outcome.OK

    @property
    def told(self) -> bool:
        """True when the server itself said yes or no (2xx to 4xx)."""
        return 200 <= self.status < 500


@dataclass(frozen=True, slots=True)
class Probe:
    """A look at one endpoint without signing in: does it speak the protocol, over good TLS?

    `stage`: how far it came.
    """

    endpoint: Endpoint
    outcome: Outcome
    reason: Reason = Reason.NONE
    tls: TlsFacts | None = None
    capabilities: tuple[str, ...] = ()
    stage: Stage = Stage.CAPABILITY
    trace: Trace = field(default_factory=lambda: Trace(""))
