"""One look: all questions in their order, within one time limit, and what was told put together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage, TlsLook, TlsTarget
from mailwright.posture import asking, instead, suites
from mailwright.posture.asking import OLD_GROUPS as OLD
from mailwright.posture.asking import Found, hello
from mailwright.posture.gathered import Gathered, put_together
from mailwright.posture.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Coroutine


# Called with the number of questions that have had their answer.
Progress = Callable[[int], None]
SECONDS = 30.0
AIA_SECONDS = 4.0
# Alerts of RFC 8446 §6.2 and RFC 7507 §3.
PROTOCOL_VERSION, INAPPROPRIATE_FALLBACK = 70, 86


def _silent(number: int) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Asked:
    progress: Progress
    number: int = 0

    def __call__(self) -> None:
        self.number += 1
        self.progress(self.number)


async def look(
    target: TlsTarget, world: wire.World, *, progress: Progress = _silent, seconds: float = SECONDS
) -> TlsLook:
    """A close look at `target`; never longer than `seconds`, and never raises for what the network does."""
    loop = asyncio.get_running_loop()
    began, recorder = loop.time(), wire.Recorder(str(target))
    step = wire.look.Doorstep(world, target, recorder)
    try:
        async with asyncio.timeout(seconds):
            stream = await step.first()
    except TimeoutError:
        late = wire.WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT, stage=Stage.CONNECT)
        return await _no_tls(target, step, late, loop.time() - began)
    except wire.WireError as error:
        return await _no_tls(target, step, error, loop.time() - began)
    found = Gathered()
    pool = Pool(step, stream, _Asked(progress))
    try:
        async with asyncio.timeout(seconds - (loop.time() - began)):
            await _questions(pool, found)
            await _issuer(world, target, found)
    except (TimeoutError, wire.WireError):
        found.partial = True
    finally:
        await pool.close()
    if not found.spoken:
        silent = wire.WireError(Outcome.FAILED, Reason.TLS_NOT_SPOKEN, stage=Stage.TLS)
        return await _no_tls(target, step, silent, loop.time() - began)
    return put_together(
        target, found, address=step.address, took=loop.time() - began, connections=step.connections,
        ca_file=world.settings.ca_file,
    )  # fmt: skip


async def _no_tls(target: TlsTarget, step: wire.look.Doorstep, error: wire.WireError, took: float) -> TlsLook:
    """Where it ended, and what the port speaks if it speaks at all."""
    speaks, banner, reason = "", "", error.reason
    if error.stage not in (Stage.RESOLVE, Stage.CONNECT, Stage.PROXY):
        if error.reply is not None and not error.reply.status:
            banner = error.reply.text
        with contextlib.suppress(wire.WireError, TimeoutError):
            flight = await step.what_instead()
            speaks, said = instead.spoken(flight)
            banner = banner or said
        if target.starttls is not None and speaks == "tls":
            reason = Reason.NOT_THE_PROTOCOL
    return TlsLook(
        target, error.outcome, error.stage or Stage.TLS, reason, speaks, banner[:200],
        address=step.address, took=took, connections=step.connections,
    )  # fmt: skip


async def _questions(pool: Pool, found: Gathered) -> None:
    """Those that need nothing else first, side by side; then those that build on them."""
    await _all(
        _handshake(pool, found),
        _modern(pool, found),
        _version(pool, found, hello.TLS12),
        _older(pool, found),
        _ssl2(pool, found),
        _sha1(pool, found),
        _weak_groups(pool, found),
        _fallback(pool, found, hello.TLS12),
    )
    await _all(_key_exchange(pool, found), _older_fallback(pool, found))


async def _all(*doing: Coroutine[None, None, None]) -> None:
    """Side by side; the first WireError is raised when all have ended, so that what the others found is kept.

    But for one: where no TLS is spoken there is no use in going on.
    """
    tasks = [asyncio.create_task(one) for one in doing]
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


async def _modern(pool: Pool, found: Gathered) -> None:
    modern = found.versions[hello.TLS13] = Found()
    await asking.modern(pool, modern)
    if modern.ciphers:
        offer = hello.Offer(hello.TLS13, suites.TLS13_CIPHERS, groups=tuple(suites.OTHERS))
        more = await asking.groups(pool, offer, some=True)
        modern.groups += more.groups
        found.groups_complete &= more.complete


async def _version(pool: Pool, found: Gathered, version: int) -> None:
    """All of one version up to TLS 1.2, and the order of it."""
    lists = suites.lists(newer=version >= hello.TLS12)
    parts = [Found() for _ in lists]
    try:
        await _all(*(asking.ciphers(pool, version, *pair) for pair in zip(lists, parts, strict=True)))
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
            flight = await asking.ask(
                pool, hello.Offer(version, offered, groups=asking.OLD_GROUPS, compression=True), whole=True
            )
            if not flight.accepted and not flight.refused:
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
    flight = await pool.ask(hello.Offer(hello.SSL2, ()))
    found.ssl2 = flight.kind == "ssl2"
    found.first_bytes = found.first_bytes or flight.first


async def _key_exchange(pool: Pool, found: Gathered) -> None:
    """The groups of TLS 1.2 and below, where there is no TLS 1.3 to show them."""
    version = found.best_old()
    ephemeral = found.ephemeral(version, "ECDHE")
    if found.offered(hello.TLS13) or not version or not ephemeral:
        return
    offered = (*(n for n in suites.CURVES if n < 0x100), *suites.OLDER)
    more = await asking.groups(pool, hello.Offer(version, ephemeral, groups=offered))
    found.old_groups, found.groups_complete = more.groups, more.complete


async def _weak_groups(pool: Pool, found: Gathered) -> None:
    more = await asking.groups(pool, hello.Offer(hello.TLS12, suites.ephemeral("ECDHE"), groups=tuple(suites.WEAK)))
    found.weak_groups = more.groups


async def _sha1(pool: Pool, found: Gathered) -> None:
    offer = hello.Offer(hello.TLS12, suites.ephemeral("DHE"), groups=OLD, signatures=hello.SHA1_SIGNATURES)
    flight = await asking.ask(pool, offer, whole=True)
    if flight.refused or flight.version == hello.TLS12:
        found.sha1 = flight.signature in hello.SHA1_SIGNATURES


async def _fallback(pool: Pool, found: Gathered, version: int) -> None:
    """A client that says it stepped down must be turned away by a server that could do better (RFC 7507 §3)."""
    ciphers = suites.lists(newer=version >= hello.TLS12)[0]
    flight = await asking.ask(pool, hello.Offer(version, (*ciphers[:60], hello.FALLBACK), groups=OLD))
    hung_up = flight.kind in ("closed", "reset")
    if flight.accepted or hung_up or flight.alert == INAPPROPRIATE_FALLBACK:
        found.fallbacks[version] = not flight.accepted


async def _older_fallback(pool: Pool, found: Gathered) -> None:
    """The same one version lower, where TLS 1.2 is the best there is."""
    offered = [version for version in (hello.TLS13, hello.TLS12, hello.TLS11, hello.TLS10) if found.offered(version)]
    if len(offered) > 1 and offered[1] not in found.fallbacks:
        await _fallback(pool, found, offered[1])
    found.fallback_refused = found.fallbacks.get(offered[1]) if len(offered) > 1 else None


async def _issuer(world: wire.World, target: TlsTarget, found: Gathered) -> None:
    """If a certificate is missing and says where its issuer's can be had: does that close the gap?"""
    chain = wire.lookchain.Chain(found.chain, world.settings.ca_file, wire.lookchain.today())
    address = chain.issuers_address()
    if not address.startswith("http://") or not any(p.code in (20, 21) for p in chain.problems(target.name)):
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AIA_SECONDS):
            answer = await world.http.get(address, wire.Recorder(str(target)))
            if answer.status == 200:
                found.fetched = answer.body
