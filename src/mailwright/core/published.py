"""What a domain publishes of its mail settings, in each of the ways there are: facts, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.discovery import DomainFacts, Told
from mailwright.core.evidence import Reason

if TYPE_CHECKING:
    from mailwright.core.address import EmailAddress
    from mailwright.core.answers import DnsAnswer, HttpAnswer, Probe
    from mailwright.core.candidate import Candidate
    from mailwright.core.endpoint import Protocol
    from mailwright.core.problem import Param


class Way(StrEnum):
    """The ways, in the order they are shown."""

    AUTOCONFIG = "autoconfig"
    WELL_KNOWN = "well-known"
    AUTOCONFIG_HTTP = "autoconfig-http"
    ISPDB = "ispdb"
    MAILCONF = "mailconf"
    PACC = "pacc"
    SRV = "srv"
    AUTODISCOVER = "autodiscover"
    AUTODISCOVER_ROOT = "autodiscover-root"
    AUTODISCOVER_CASE = "autodiscover-case"
    """The spelling with capitals, which Outlook for Windows uses."""
    AUTODISCOVER_HTTP = "autodiscover-http"
    AUTODISCOVER_SRV = "autodiscover-srv"
    AUTODISCOVER_V2 = "autodiscover-v2"
    MOBILECONFIG = "mobileconfig"
    MTA_STS = "mta-sts"

    @property
    def tells_settings(self) -> bool:
        """False for what only stands beside the settings."""
        return self not in (Way.AUTODISCOVER_V2, Way.MTA_STS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the network answered on one way. `where`: URL or record.

    `again`: the same question for somebody else, `other` (None: for nobody in particular). None: not asked.
    """

    way: Way
    where: str
    page: HttpAnswer | None = None
    again: HttpAnswer | None = None
    records: tuple[DnsAnswer, ...] = ()
    other: EmailAddress | None = None


class FlawKind(StrEnum):
    """What can be wrong with what is published."""

    NOT_SETTINGS = "not_settings"
    CONTENT_TYPE = "content_type"
    UNLIKE_USER = "unlike_user"
    NEEDS_ADDRESS = "needs_address"
    PLACEHOLDER = "placeholder"
    UNUSABLE = "unusable"
    INCOMPLETE = "incomplete"
    PASSWORD = "password"
    POP_TYPE = "pop_type"
    SPA = "spa"
    LEADS_ON = "leads_on"
    PACC_DIGEST = "pacc_digest"
    PACC_RECORD = "pacc_record"
    PACC_FILE = "pacc_file"
    SRV_465 = "srv_465"
    SRV_TARGET = "srv_target"
    SRV_PRIORITY = "srv_priority"
    SRV_PARTIAL = "srv_partial"
    MAILCONF_HTTP = "mailconf_http"
    MTA_STS_RECORD = "mta_sts_record"
    MTA_STS_POLICY = "mta_sts_policy"
    MTA_STS_MX = "mta_sts_mx"
    MTA_STS_MODE = "mta_sts_mode"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One of them, with what was read there; at the services of `protocol` if at any."""

    kind: FlawKind
    params: tuple[tuple[str, Param], ...] = ()
    protocol: Protocol | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One way, read. `told` NOTHING: nothing is published there; STOPPED: there is something that must not be used.

    `url`: where it was in the end; `status` 0: no HTTP answer. `alike`: others get the same answer, None if that could
    not be told or was not asked. `denied`: protocols that are said not to be offered.
    """

    way: Way
    where: str
    told: Told
    reason: Reason = Reason.NONE
    url: str = ""
    status: int = 0
    content_type: str = ""
    size: int = 0
    candidate: Candidate | None = None
    flaws: tuple[Flaw, ...] = ()
    alike: bool | None = None
    denied: tuple[Protocol, ...] = ()

    def has(self, kind: FlawKind) -> bool:
        """True when that is wrong with it."""
        return any(flaw.kind is kind for flaw in self.flaws)


@dataclass(frozen=True, slots=True)
class Published:
    """Everything about one domain. `probes`: a look at each server that is named, nobody signed in.

    `unseen`: how many servers were named beyond those that were looked at.
    """

    domain: str
    publications: tuple[Publication, ...]
    probes: tuple[Probe, ...] = ()
    facts: DomainFacts = field(default_factory=DomainFacts)
    unseen: int = 0
    took: float = 0.0

    def on(self, way: Way) -> Publication:
        """What was found on one way."""
        return next((p for p in self.publications if p.way is way), Publication(way, "", Told.SKIPPED))

    @property
    def found(self) -> tuple[Publication, ...]:
        """The publications that tell settings."""
        return tuple(p for p in self.publications if p.told is Told.FOUND and p.candidate is not None)
