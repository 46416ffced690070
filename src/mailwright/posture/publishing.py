"""Asks in all the ways by which a domain can say its mail settings, and keeps what was answered as it came."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from mailwright import wire
from mailwright.core import Asked, BadInput, DnsAnswer, EmailAddress, HttpAnswer, Way, check_host, registrable_domain

AUTOCONFIG_PATH = "/mail/config-v1.1.xml"
WELL_KNOWN_PATH = f"/.well-known/autoconfig{AUTOCONFIG_PATH}"
POX_PATH, POX_CASE_PATH = "/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"
V2_PATH = "/autodiscover/autodiscover.json"
PACC_PATH = "/.well-known/user-agent-configuration.json"
MTA_STS_PATH = "/.well-known/mta-sts.txt"
# Where automx2 and others of its kind offer a profile; Apple's programs look for none by themselves.
MOBILE_PATH = "/mobileconfig/"
# RFC 6186 §3, RFC 8314 §5.1
SRV_LABELS = ("_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission")
MAILCONF = "mailconf="
MAX_TARGETS = 16
# RFC 5321 §4.5.1: an address that every domain has, so that asking for it gives nobody away.
KNOWN = "postmaster"


@dataclass(frozen=True, slots=True)
class Posing:
    """For whom to ask. `stranger`: an address that nobody has; `request`: the POX body for an address and its type."""

    stranger: EmailAddress
    isp_database: str
    request: Callable[[EmailAddress], tuple[bytes, str]]

    @property
    def domain(self) -> str:
        """The domain that is looked at."""
        return self.stranger.domain


OnAsked = Callable[[Asked], None]


async def published(posing: Posing, world: wire.World, on_asked: OnAsked) -> tuple[tuple[Asked, ...], DnsAnswer]:
    """All ways in their order, asked at once, and the MX records.

    `on_asked` hears of each as it comes. Raises BadInput("input.suffix") for a domain under which strangers live.
    """
    if registrable_domain(posing.domain) is None:
        raise BadInput("input.suffix", domain=posing.domain)
    asker = _Asker(posing, world, wire.Recorder(posing.domain))

    async def one(asking: Awaitable[Asked]) -> Asked:
        asked = await asking
        on_asked(asked)
        return asked

    ways = [asyncio.create_task(one(asking)) for asking in asker.ways()]
    mx = asyncio.create_task(asker.dns(posing.domain, "MX"))
    try:
        return tuple(await asyncio.gather(*ways)), await mx
    finally:
        for task in (*ways, mx):
            task.cancel()


@dataclass(frozen=True, slots=True)
class _Asker:
    posing: Posing
    world: wire.World
    recorder: wire.Recorder

    def ways(self) -> list[Awaitable[Asked]]:
        """Each way once, in the order of core.Way."""
        domain = self.posing.domain
        return [
            self._file(Way.AUTOCONFIG, f"https://autoconfig.{domain}{AUTOCONFIG_PATH}"),
            self._file(Way.WELL_KNOWN, f"https://{domain}{WELL_KNOWN_PATH}"),
            # The address is never sent in the clear.
            self._page(Way.AUTOCONFIG_HTTP, f"http://autoconfig.{domain}{AUTOCONFIG_PATH}"),
            self._page(Way.ISPDB, f"{self.posing.isp_database.rstrip('/')}/{domain}"),
            self._mailconf(),
            self._pacc(),
            self._srv(),
            self._pox(Way.AUTODISCOVER, f"https://autodiscover.{domain}{POX_PATH}"),
            self._pox(Way.AUTODISCOVER_ROOT, f"https://{domain}{POX_PATH}"),
            self._pox(Way.AUTODISCOVER_CASE, f"https://autodiscover.{domain}{POX_CASE_PATH}"),
            self._pox_redirect(f"http://autodiscover.{domain}{POX_PATH}"),
            self._pox_srv(),
            self._page(Way.AUTODISCOVER_V2, self._v2()),
            self._page(Way.MOBILECONFIG, f"https://autoconfig.{domain}{MOBILE_PATH}{self._query()}"),
            self._mta_sts(),
        ]

    async def dns(self, name: str, rdtype: str) -> DnsAnswer:
        return await self.world.dns.ask(name, rdtype)

    async def _get(self, url: str) -> HttpAnswer:
        return await self.world.http.get(url, self.recorder)

    async def _post(self, url: str, address: EmailAddress) -> HttpAnswer:
        body, kind = self.posing.request(address)
        return await self.world.http.post(url, self.recorder, body=body, headers={"Content-Type": kind})

    def _query(self) -> str:
        return f"?emailaddress={quote(self.posing.stranger.wire, safe='.')}"

    def _v2(self) -> str:
        address = quote(self.posing.stranger.wire, safe="@.")
        host = f"autodiscover.{self.posing.domain}"
        return f"https://{host}{V2_PATH}?Email={address}&Protocol=AutodiscoverV1&RedirectCount=1"

    async def _page(self, way: Way, url: str) -> Asked:
        return Asked(way, url, await self._get(url))

    async def _file(self, way: Way, url: str) -> Asked:
        """For an address, as Thunderbird on the desktop asks, and without one, as on a phone."""
        page, again = await asyncio.gather(self._get(url + self._query()), self._get(url))
        return Asked(way, url, page, again)

    async def _mailconf(self) -> Asked:
        name = self.posing.domain
        answer = await self.dns(name, "TXT")
        texts = (text.strip() for text in answer.text())
        url = next((text[len(MAILCONF) :].strip() for text in texts if text.lower().startswith(MAILCONF)), "")
        scheme, mark, rest = url.partition("://")  # capital letters are the same scheme
        page = await self._get(f"https://{rest}") if mark and scheme.lower() == "https" else None
        return Asked(Way.MAILCONF, f"TXT {name}", page, records=(answer,))

    async def _pacc(self) -> Asked:
        domain = self.posing.domain
        url = f"https://ua-auto-config.{domain}{PACC_PATH}"
        page, record = await asyncio.gather(self._get(url), self.dns(f"_ua-auto-config.{domain}", "TXT"))
        return Asked(Way.PACC, url, page, records=(record,))

    async def _srv(self) -> Asked:
        """The six names, and the addresses of what they lead to: an alias shows there (RFC 2782, "Target")."""
        names = [f"{label}._tcp.{self.posing.domain}" for label in SRV_LABELS]
        answers = await asyncio.gather(*(self.dns(name, "SRV") for name in names))
        targets = dict.fromkeys(r.target for answer in answers for r in answer.srv() if r.target not in ("", "."))
        hosts = await asyncio.gather(*(self.dns(name, "A") for name in [*targets][:MAX_TARGETS]))
        return Asked(Way.SRV, f"SRV _*._tcp.{self.posing.domain}", records=(*answers, *hosts))

    async def _pox(self, way: Way, url: str) -> Asked:
        known = EmailAddress(KNOWN, self.posing.domain)
        page, again = await asyncio.gather(self._post(url, self.posing.stranger), self._post(url, known))
        return Asked(way, url, page, again, other=known)

    async def _pox_redirect(self, url: str) -> Asked:
        """Over HTTP nothing is said, only a redirect to HTTPS is asked for."""
        led = await self._get(url)
        if not led.url.startswith("https://"):
            return Asked(Way.AUTODISCOVER_HTTP, url, led)
        return Asked(Way.AUTODISCOVER_HTTP, url, await self._post(led.url, self.posing.stranger))

    async def _pox_srv(self) -> Asked:
        name = f"_autodiscover._tcp.{self.posing.domain}"
        answer = await self.dns(name, "SRV")
        offers = sorted(
            (r.priority, -r.weight, r.target, r.port) for r in answer.srv() if _is_host(r.target) and r.port
        )
        where = f"SRV {name}"
        if not offers:
            return Asked(Way.AUTODISCOVER_SRV, where, records=(answer,))
        _, _, host, port = offers[0]
        url = f"https://{host}{'' if port == 443 else f':{port}'}{POX_PATH}"
        return Asked(Way.AUTODISCOVER_SRV, where, await self._post(url, self.posing.stranger), records=(answer,))

    async def _mta_sts(self) -> Asked:
        domain = self.posing.domain
        url = f"https://mta-sts.{domain}{MTA_STS_PATH}"
        page, record, mx = await asyncio.gather(
            self._get(url), self.dns(f"_mta-sts.{domain}", "TXT"), self.dns(domain, "MX")
        )
        return Asked(Way.MTA_STS, url, page, records=(record, mx))


def _is_host(name: str) -> bool:
    try:
        check_host(name)
    except BadInput:
        return False
    return urlsplit(f"//{name}").hostname == name.lower()
