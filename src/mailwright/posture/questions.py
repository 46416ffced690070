"""Which questions there are: the decisive ones in their order, and beside them what a look can do without."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Iterable

from mailwright import wire
from mailwright.core import Reason, TlsTarget
from mailwright.posture import asking, suites
from mailwright.posture.asking import OLD_GROUPS as OLD
from mailwright.posture.asking import Found, hello
from mailwright.posture.gathered import Gathered
from mailwright.posture.pool import FIRST, LATER, THEN, Pool

AIA_SECONDS = 4.0
# Alerts of RFC 8446 §6.2 and RFC 7507 §3.
PROTOCOL_VERSION, INAPPROPRIATE_FALLBACK = 70, 86


async def every(pool: Pool, found: Gathered) -> None:
    """All of them; over a long way what a look can do without is given up when it takes too long."""
    today = asyncio.create_task(_today(pool, found))
    older = asyncio.create_task(_all(_version(pool, found, hello.TLS12), _older(pool, found), _ssl2(pool, found)))
    aside = asyncio.create_task(_aside(pool, found, today, older))
    try:
        await _all(today, older)
        async with asyncio.timeout(pool.leisure()):
            await aside
    except TimeoutError:
        found.partial = True
    finally:
        aside.cancel()
        await asyncio.gather(aside, return_exceptions=True)


async def _aside(pool: Pool, found: Gathered, today: asyncio.Task[None], older: asyncio.Task[None]) -> None:
    """What a look can do without; some of it builds on the rest."""

    async def groups() -> None:
        await asyncio.wait([today])
        await _rarer_groups(pool, found)

    async def behind() -> None:
        await asyncio.wait([today, older])
        await _all(_key_exchange(pool, found), _older_fallback(pool, found))

    single = (_weak_groups(pool, found), _sha1(pool, found), _fallback(pool, found, hello.TLS12))
    await _all(*single, groups(), behind())


async def _all(*doing: Awaitable[None]) -> None:
    """Side by side; the first WireError is raised when all have ended, so that what the others found is kept.

    But for one: where no TLS is spoken there is no use in going on.
    """
    tasks = [asyncio.ensure_future(one) for one in doing]
    try:
        waiting = set(tasks)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
            errors = [error for error in (task.exception() for task in done) if isinstance(error, wire.WireError)]
            if any(error.reason is Reason.TLS_NOT_SPOKEN for error in errors):
                break
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _handshake(pool: Pool, found: Gathered) -> None:
    with contextlib.suppress(wire.WireError):  # an old server: the hellos tell what it is
        found.shake = await pool.handshake()


async def _today(pool: Pool, found: Gathered) -> None:
    """What a client of today gets, and all of TLS 1.3 but for the rarer groups."""
    await _handshake(pool, found)
    modern = found.versions[hello.TLS13] = Found()
    if found.shake is not None:
        modern.ciphers += suites.numbers13(found.shake.cipher)
        modern.groups += suites.groups(found.shake.group) if modern.ciphers else ()
    await asking.modern(pool, modern)
    if modern.ciphers:
        found.groups_open = 3
        await _groups(pool, found, suites.POST_QUANTUM, modern.groups)


async def _rarer_groups(pool: Pool, found: Gathered) -> None:
    if not found.offered(hello.TLS13):
        return
    curves = [number for number in suites.CURVES if number not in suites.POST_QUANTUM]
    await _all(
        _groups(pool, found, curves, found.versions[hello.TLS13].groups, rank=LATER),
        _groups(pool, found, suites.OTHERS, found.rarer_groups, some=True, rank=LATER),
    )


async def _groups(
    pool: Pool, found: Gathered, wanted: Iterable[int], taken: list[int], *, some: bool = False, rank: int = FIRST
) -> None:
    """Which of `wanted` TLS 1.3 takes, beside those that are known."""
    left = tuple(number for number in wanted if number not in taken)
    offer = hello.Offer(hello.TLS13, tuple(found.versions[hello.TLS13].ciphers), groups=left)
    if await asking.groups(pool, offer, taken, some=some, rank=rank):
        found.groups_open -= 1


async def _version(pool: Pool, found: Gathered, version: int) -> None:
    """All of one version up to TLS 1.2, and the order of it."""
    lists = suites.lists(newer=version >= hello.TLS12)
    parts = [Found() for _ in lists]
    try:
        usual = lists[0]
        await _all(
            *(
                asking.ciphers(pool, version, one, part, sure=one is usual)
                for one, part in zip(lists, parts, strict=True)
            )
        )
        whole = await asking.order(pool, version, parts)
    except BaseException:
        found.versions[version] = Found(
            [number for part in parts for number in part.ciphers], complete=False,
            flights=[flight for part in parts for flight in part.flights],
        )  # fmt: skip
        raise
    found.versions[version] = whole


async def _older(pool: Pool, found: Gathered) -> None:
    """From TLS 1.1 downwards: a server takes the highest version it may, so a no to one is a no to all below."""
    version = hello.TLS11
    while version >= hello.SSL3:
        lists = suites.lists(newer=False)
        taken = 0
        for offered in lists:
            offer = hello.Offer(version, offered, groups=OLD, compression=True)
            flight = await asking.ask(pool, offer, whole=True, rank=THEN)
            # RFC 5246 §7.4.1.3: the highest version that both have. What takes another answers no question.
            odd = flight.accepted and not hello.SSL3 <= flight.version <= version
            if odd or not (flight.accepted or flight.refused):
                found.partial = True
                return
            if flight.accepted:
                taken = flight.version
                found.older.append(flight)
            if flight.accepted or flight.alert == PROTOCOL_VERSION:
                break
        for below in range(version, hello.SSL3 - 1, -1):
            if below > taken:
                found.versions.setdefault(below, Found(complete=True))
        if not taken:
            return
        await _version(pool, found, taken)
        version = taken - 1


async def _ssl2(pool: Pool, found: Gathered) -> None:
    """Silence is no answer, anything else but SSL 2 is a no."""
    flight = await pool.ask(hello.Offer(hello.SSL2, ()), rank=THEN)
    found.ssl2 = flight.kind == "ssl2" if flight.kind != "silent" else None


async def _key_exchange(pool: Pool, found: Gathered) -> None:
    """The groups of TLS 1.2 and below, where there is no TLS 1.3 to show them."""
    version = found.best_old()
    ephemeral = found.ephemeral(version, "ECDHE")
    if found.offered(hello.TLS13) or not version or not ephemeral:
        return
    offered = (*(n for n in suites.CURVES if n < 0x100), *suites.OLDER)
    offer = hello.Offer(version, ephemeral, groups=offered)
    found.groups_open += 1
    if await asking.groups(pool, offer, found.old_groups, rank=LATER):
        found.groups_open -= 1


async def _weak_groups(pool: Pool, found: Gathered) -> None:
    offer = hello.Offer(hello.TLS12, suites.ephemeral("ECDHE"), groups=tuple(suites.WEAK))
    await asking.groups(pool, offer, found.weak_groups, rank=LATER)


async def _sha1(pool: Pool, found: Gathered) -> None:
    offer = hello.Offer(hello.TLS12, suites.ephemeral("DHE"), groups=OLD, signatures=hello.SHA1_SIGNATURES)
    flight = await asking.ask(pool, offer, whole=True, rank=LATER)
    if flight.refused or flight.version == hello.TLS12:
        found.sha1 = flight.signature in hello.SHA1_SIGNATURES


async def _fallback(pool: Pool, found: Gathered, version: int) -> None:
    """A client that says it stepped down must be turned away by a server that could do better (RFC 7507 §3)."""
    ciphers = suites.lists(newer=version >= hello.TLS12)[0]
    flight = await asking.ask(pool, hello.Offer(version, (*ciphers[:60], hello.FALLBACK), groups=OLD), rank=LATER)
    hung_up = flight.kind in ("closed", "reset")
    if flight.accepted or hung_up or flight.alert == INAPPROPRIATE_FALLBACK:
        found.fallbacks[version] = not flight.accepted


async def _older_fallback(pool: Pool, found: Gathered) -> None:
    """The same one version lower, where TLS 1.2 is the best there is."""
    version = found.below_best()
    if version and version != hello.TLS12:
        await _fallback(pool, found, version)


async def issuer(world: wire.World, target: TlsTarget, found: Gathered, server: str) -> None:
    """If a certificate is missing and says where its issuer's can be had: does that close the gap?"""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AIA_SECONDS):
            found.fetched = (await wire.issuers.completed(world, found.chain, target.name, server=server)).fetched
