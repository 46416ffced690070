"""A thousand domains over DNS and HTTP: ours beside the bare libraries asking the very same.

A first run of ours notes every question that really goes out. The peer then asks these with
dnspython and httpcore2 alone, with the same number of domains, questions and connections open at once.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.asyncquery
import dns.message
import httpcore2
from figures import pairs
from figures.table import Table

from journey import domains, responder
from journey.domains import Served
from mailwright import book, discover, wire
from mailwright.core import DnsAnswer, HttpAnswer
from mailwright.setup import bulk, rows

DOMAINS, JOBS, LEAST = 1000, 32, 0.60
RUN_SECONDS = 300


@dataclass(slots=True)
class Asked:
    """What was asked for one domain: names with types, and pages."""

    names: list[tuple[str, str]] = field(default_factory=list)
    pages: list[tuple[str, str, bytes]] = field(default_factory=list)


def measured(rounds: int) -> list[Table]:
    """The table; empty where there is no nginx."""
    title = f"3c. {DOMAINS:,} domains over DNS and HTTPS on loopback, {JOBS} at once"
    table = Table(title, ("", "domains/s", "share of the libraries"))
    try:
        with tempfile.TemporaryDirectory() as scratch, domains.served(Path(scratch), DOMAINS) as place:
            noted: dict[str, Asked] = defaultdict(Asked)
            _timed(_ours(place, noted))
            taken, peer = pairs.alternated(
                rounds, [lambda: DOMAINS / _timed(_ours(place)), lambda: DOMAINS / _timed(_bare(place, noted))]
            )
    except LookupError:
        table.notes.append("not possible here: no nginx")
        return [table]
    share = pairs.ratio(taken, peer)
    table.row("dnspython + httpcore2", statistics.median(peer), 1.0)
    table.row("mailwright", statistics.median(taken), share)
    table.bar(f"at least {LEAST:.0%} of the libraries", f"{share:.0%}", reached=share >= LEAST)
    names, pages = (sum(len(getattr(one, kind)) for one in noted.values()) for kind in ("names", "pages"))
    table.notes.append(f"a run: {names:,} DNS questions, {pages:,} pages; half the domains have SRV, half autoconfig")
    return [table]


def _timed(doing: Any) -> float:  # noqa: ANN401  # any coroutine
    async def bounded() -> float:
        begun = time.perf_counter()
        async with asyncio.timeout(RUN_SECONDS):
            await doing
        return time.perf_counter() - begun

    return asyncio.run(bounded())


async def _ours(place: Served, noted: dict[str, Asked] | None = None) -> None:
    """One run over all domains; `noted` is filled in with what goes out."""
    settings = wire.Settings(
        resolvers=(wire.Resolver("127.0.0.1", place.dns),),
        ca_file=place.ca,
        reroutes=(wire.Reroute.parse(f":443::{place.web}"),),
    )
    listed = [rows.Row(number + 1, f"anna@{responder.domain(number)}") for number in range(DOMAINS)]
    options = discover.Options(isp_database=f"https://{responder.ISPDB}/v1.1/")
    async with wire.World(settings) as world:
        if noted is not None:
            _listen(world, noted)
        job = bulk.Bulk(book.Book(), world, jobs=JOBS, options=options)
        found = [record.source async for record in job.records(listed)]
    expected = ["srv" if number % 2 == 0 else "autoconfig" for number in range(DOMAINS)]
    assert found == expected, "a domain was not found as it should be"


def _listen(world: wire.World, noted: dict[str, Asked]) -> None:
    """Note each question that is new to the world, and each page that answers."""
    ask, get, post = world.dns.ask, world.http.get, world.http.post
    known: set[tuple[str, str]] = set()

    async def asking(name: str, rdtype: str) -> DnsAnswer:
        if (name.lower(), rdtype) not in known:  # later ones are answered from memory
            known.add((name.lower(), rdtype))
            noted[_domain(name)].names.append((name, rdtype))
        return await ask(name, rdtype)

    async def getting(url: str, recorder: wire.Recorder, **more: Any) -> HttpAnswer:  # noqa: ANN401  # passed on
        answer = await get(url, recorder, **more)
        if answer.status:
            noted[_domain(url)].pages.append(("GET", url, b""))
        return answer

    async def posting(url: str, recorder: wire.Recorder, *, body: bytes, **more: Any) -> HttpAnswer:  # noqa: ANN401  # passed on
        answer = await post(url, recorder, body=body, **more)
        if answer.status:
            noted[_domain(url)].pages.append(("POST", url, body))
        return answer

    world.dns.ask = asking  # type: ignore[method-assign]  # only in this one run, which is not timed
    world.http.get, world.http.post = getting, posting  # type: ignore[method-assign]  # as above


def _domain(text: str) -> str:
    """The made-up domain that a name or URL is about; "" for none."""
    return next((word for word in text.replace("/", ".").split(".") if word[:1] == "d" and word[1:].isdigit()), "")


class _Loopback(httpcore2.AnyIOBackend):
    """httpcore2's own backend, led to the web server here."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> Any:  # noqa: ANN401  # passed on
        return await super().connect_tcp("127.0.0.1", self.port, *rest, **more)


async def _bare(place: Served, noted: dict[str, Asked]) -> None:
    """The same questions and pages, with the libraries alone."""
    context = httpcore2.default_ssl_context()
    context.load_verify_locations(str(place.ca))
    limits = wire.Settings()
    at_once, questions = asyncio.Semaphore(JOBS), asyncio.Semaphore(limits.most_open)
    most, backend = limits.most_open, _Loopback(place.web)
    async with httpcore2.AsyncConnectionPool(
        context,
        max_connections=most,
        max_keepalive_connections=most,
        keepalive_expiry=5.0,
        network_backend=backend,
    ) as pool:

        async def name(one: tuple[str, str]) -> None:
            async with questions:
                query = dns.message.make_query(*one, use_edns=0, payload=1232)
                await dns.asyncquery.udp_with_fallback(
                    query, "127.0.0.1", timeout=2.0, port=place.dns, ignore_unexpected=True, ignore_errors=True
                )

        async def domain(asked: Asked) -> None:
            async with at_once:
                await asyncio.gather(*map(name, asked.names))
                await _pages(pool, asked.pages)

        await asyncio.gather(*map(domain, noted.values()))


async def _pages(pool: httpcore2.AsyncConnectionPool, pages: Iterable[tuple[str, str, bytes]]) -> None:
    answers = await asyncio.gather(*(pool.request(method, url, content=body) for method, url, body in pages))
    assert all(answer.status in (200, 404) for answer in answers)
