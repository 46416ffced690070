"""DNS questions, asked directly so that "no" and "could not tell" stay apart."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright.core import DnsAnswer, DnsStatus, Mx, Srv, registrable_domain
from mailwright.wire.dns_exchange import Question, exchange
from mailwright.wire.settings import Resolver, Settings

if TYPE_CHECKING:
    import dns.message

TRY_SECONDS = 2.0
SILENT_AFTER = 8  # domains of different owners, one after the other
REMEMBERED = 4096
MAX_RECORDS = 64
MAX_TXT = 4096


class Dns:
    """Asks the resolvers of the settings, or the system's. Answers are remembered for the run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answers: OrderedDict[tuple[str, str], asyncio.Task[DnsAnswer]] = OrderedDict()
        self._open = asyncio.Semaphore(settings.most_open)
        self._unanswered: set[str] = set()

    @property
    def silent(self) -> bool:
        """True when nothing at all has been answered for a while, whatever the domain: it is the resolver."""
        return len(self._unanswered) >= SILENT_AFTER

    async def ask(self, name: str, rdtype: str) -> DnsAnswer:
        """The answer to one question; never raises for what the network does."""
        key = (name.rstrip(".").lower(), rdtype)
        task = self._answers.get(key)
        if task is None:
            # With a context of its own: whoever asks first would otherwise be kept alive by the answer.
            task = self._answers[key] = asyncio.create_task(self._bounded(*key), context=contextvars.Context())
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        # Shielded: whoever stops waiting must not take the answer from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up on what is still being asked."""
        for task in self._answers.values():
            task.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        self._answers.clear()

    async def _bounded(self, name: str, rdtype: str) -> DnsAnswer:
        async with self._open:
            try:
                async with asyncio.timeout(self._settings.dns_seconds):
                    answer = await self._ask(name, rdtype)
            except TimeoutError:
                answer = DnsAnswer(name, rdtype, DnsStatus.TIMEOUT)
        if answer.status in (DnsStatus.TIMEOUT, DnsStatus.FAILED):
            self._unanswered.add(registrable_domain(name) or name)
        else:
            self._unanswered.clear()
        return answer

    async def _ask(self, name: str, rdtype: str) -> DnsAnswer:
        """Each resolver in turn, twice around, until one says yes or no."""
        import dns.exception

        try:
            question = Question.of(name, rdtype)
        except (dns.exception.DNSException, UnicodeError):
            return DnsAnswer(name, rdtype, DnsStatus.NXDOMAIN)  # a name DNS cannot hold does not exist
        worst = DnsAnswer(name, rdtype, DnsStatus.TIMEOUT)
        servers, trusted = self._servers()
        for server in servers * 2:
            answer = await _one_try(question, server, signed_counts=trusted)
            if answer.status.told:
                return answer
            worst = answer
        return worst

    def _servers(self) -> tuple[tuple[Resolver, ...], bool]:
        """The resolvers, and whether their AD bit counts: the person says so, or resolv.conf of its own."""
        # RFC 4035 §4.9.3, RFC 6840 §5.8: anyone on an open path can set it, and a local forwarder passes it on.
        if self._settings.resolvers:
            return self._settings.resolvers, self._settings.trust_ad
        servers, vouched = system_resolvers()
        return servers, vouched or self._settings.trust_ad


async def _one_try(question: Question, server: Resolver, *, signed_counts: bool) -> DnsAnswer:
    import dns.exception

    name, rdtype = question.name, question.rdtype
    try:
        response = await _exchanged(question, server)
        if _rcode_name(response) in ("FORMERR", "NOTIMP"):
            response = await _exchanged(replace(question, edns=False), server)  # of before EDNS (RFC 6891 §6.2.2)
    except TimeoutError:
        return DnsAnswer(name, rdtype, DnsStatus.TIMEOUT, server=server.address)
    except (OSError, EOFError, dns.exception.DNSException):
        return DnsAnswer(name, rdtype, DnsStatus.FAILED, server=server.address)
    return replace(_read(response, name, rdtype, signed_counts=signed_counts), server=server.address)


async def _exchanged(question: Question, server: Resolver) -> dns.message.Message:
    async with asyncio.timeout(TRY_SECONDS):
        return await exchange(question, server)


def _read(response: dns.message.Message, name: str, rdtype: str, *, signed_counts: bool) -> DnsAnswer:
    import dns.exception
    import dns.message

    rcode = _rcode_name(response)
    status = {"NOERROR": DnsStatus.OK, "NXDOMAIN": DnsStatus.NXDOMAIN, "SERVFAIL": DnsStatus.SERVFAIL}.get(
        rcode, DnsStatus.REFUSED
    )
    signed = signed_counts and bool(response.flags & 0x0020)
    if status is not DnsStatus.OK:
        return DnsAnswer(name, rdtype, status, signed=signed)
    try:
        assert isinstance(response, dns.message.QueryMessage)
        chain = response.resolve_chaining()
    except (dns.exception.DNSException, AssertionError):
        return DnsAnswer(name, rdtype, DnsStatus.SERVFAIL)  # a CNAME loop
    rdatas = list(chain.answer or [])[:MAX_RECORDS]
    records = tuple(r for r in (_record(rdata) for rdata in rdatas) if r is not None)
    canonical = chain.canonical_name.to_text(omit_final_dot=True).lower()
    return DnsAnswer(name, rdtype, DnsStatus.OK if records else DnsStatus.NODATA, records, canonical, signed=signed)


def _record(rdata: Any) -> Mx | Srv | str | None:  # noqa: ANN401  # dnspython builds rdata classes at run time
    match rdata.rdtype.name:
        case "A" | "AAAA":
            return str(rdata.address)
        case "MX":
            return Mx(int(rdata.preference), _name(rdata.exchange))
        case "SRV":
            return Srv(int(rdata.priority), int(rdata.weight), int(rdata.port), _name(rdata.target))
        case "TXT":
            # RFC 7208 §3.3: the strings of one record are joined without a blank.
            return b"".join(rdata.strings)[:MAX_TXT].decode("utf-8", "replace")
        case "CNAME" | "NS" | "PTR":
            return _name(rdata.target)
        case _:
            return None


def _name(name: Any) -> str:  # noqa: ANN401  # as above
    text: str = name.to_text(omit_final_dot=True).lower()
    return text or "."


def _rcode_name(response: dns.message.Message) -> str:
    return str(response.rcode().name)


@functools.lru_cache(maxsize=1)
def system_resolvers() -> tuple[tuple[Resolver, ...], bool]:
    """The resolvers this machine uses, and whether it says their AD bit can be trusted."""
    import dns.resolver

    try:
        system = dns.resolver.Resolver(configure=True)
    except (dns.resolver.NoResolverConfiguration, OSError):
        return (Resolver("127.0.0.1"),), False
    servers = tuple(Resolver(str(server), system.port) for server in system.nameservers if isinstance(server, str))
    trust_ad: Callable[[], bool] = _trust_ad
    return servers or (Resolver("127.0.0.1"),), trust_ad()


def _trust_ad() -> bool:
    # resolv.conf(5): without "trust-ad" nobody vouches for the path to the resolver.
    try:
        with Path("/etc/resolv.conf").open(encoding="utf-8", errors="replace") as file:
            return any(line.startswith("options") and "trust-ad" in line.split() for line in file)
    except OSError:
        return False
