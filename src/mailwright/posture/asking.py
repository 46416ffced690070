"""The questions: what is offered, one accepted thing struck off after another until nothing is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage
from mailwright.posture import suites
from mailwright.posture.places import Places
from mailwright.posture.pool import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailwright.posture.pool import Pool


hello = wire.lookhello
EVERY_GROUP = (*suites.CURVES, *suites.OTHERS)
OLD_GROUPS = (*suites.CURVES, *suites.OTHERS, *suites.OLDER, *suites.WEAK)


@dataclass(slots=True)
class Found:
    """What one line of questions has found so far. `complete`: every one had its answer; `flights`: the answers."""

    ciphers: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    complete: bool = False
    ordered: bool | None = None
    flights: list[wire.lookhello.Flight] = field(default_factory=list)


async def ask(
    pool: Pool, offer: wire.lookhello.Offer, *, whole: bool = False, rank: int = FIRST
) -> wire.lookhello.Flight:
    """The answer. A server that hangs up or says nothing is asked again, until it is known to say no that way."""
    flight = await pool.ask(offer, whole=whole, rank=rank)
    if flight.kind == "plain" and not pool.spoken:
        raise wire.WireError(Outcome.FAILED, Reason.TLS_NOT_SPOKEN, stage=Stage.TLS)
    pool.spoken |= flight.accepted
    if flight.kind not in ("closed", "reset", "silent"):
        return flight
    # One asks again, and the others learn from it.
    async with pool.doubt:
        if flight.kind in pool.ways_to_refuse:
            return flight
        again = await pool.ask(offer, whole=whole, rank=rank)
        if again.kind == flight.kind != "silent":
            pool.ways_to_refuse.add(flight.kind)
    return again


async def ciphers(pool: Pool, version: int, offered: Sequence[int], found: Found, *, sure: bool = False) -> None:
    """What of `offered` is taken in exactly this version (up to TLS 1.2), the server's first choice first.

    Who answers the same offer backwards with the same cipher has an order of its own; to who has none it is one more
    place to ask from. `sure`: something is likely to be taken, so that both ways are asked at the same time.
    """
    backwards = offered[::-1]
    async with pool.line():
        ahead = asyncio.create_task(_taken(pool, version, backwards)) if sure else None
        try:
            first = await _taken(pool, version, offered)
            if not _noted(found, version, offered, first):
                return
            last = await (ahead or _taken(pool, version, backwards))
        finally:
            await _dropped([ahead] if ahead else [])
        if last.accepted:
            found.ordered = last.cipher == first.cipher
            if not _noted(found, version, offered, last):
                return
        if found.ordered is False:
            await _from_all_sides(pool, version, offered, found)
        else:
            await _one_by_one(pool, version, [number for number in offered if number != first.cipher], found)


async def _taken(pool: Pool, version: int, offered: Sequence[int]) -> wire.lookhello.Flight:
    return await ask(pool, hello.Offer(version, tuple(offered), groups=OLD_GROUPS, compression=True), whole=True)


def _noted(found: Found, version: int, offered: Sequence[int], flight: wire.lookhello.Flight) -> bool:
    """False when there is no use in asking on: nothing was taken, or what was not offered."""
    if not flight.accepted:
        found.complete = flight.refused
        return False
    found.flights.append(flight)
    if flight.version != version or flight.cipher not in offered:
        found.complete = True
        return False
    if flight.cipher not in found.ciphers:
        found.ciphers.append(flight.cipher)
    return True


async def _one_by_one(pool: Pool, version: int, left: list[int], found: Found) -> None:
    while left:
        if not _noted(found, version, left, await _taken(pool, version, left)):
            return
        left.remove(found.ciphers[-1])
    found.complete = True


async def _from_all_sides(pool: Pool, version: int, offered: Sequence[int], found: Found) -> None:
    asked: dict[asyncio.Task[wire.lookhello.Flight], tuple[int, ...]] = {}
    places = Places(offered, found.ciphers)

    async def answered() -> bool:
        """The next answers, with as many questions under way as there can be; False: no use in going on."""
        while len(asked) < pool.most and (offer := places.next()):
            asked[asyncio.create_task(_taken(pool, version, offer))] = offer
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in asked if task.done()]:
            offer, flight = asked.pop(task), task.result()
            if not _noted(found, version, offer, flight):
                return False
            places.told(offer, flight.cipher)
        return True

    try:
        while places.left and await answered():
            pass
        found.complete = found.complete or not places.left
    finally:
        found.ciphers.sort(key=offered.index)
        await _dropped(asked)


async def _dropped(tasks: Iterable[asyncio.Task[wire.lookhello.Flight]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def order(pool: Pool, version: int, found: Sequence[Found]) -> Found:
    """All of several lists as one, as the server would choose; nothing to be known if there are fewer than two."""
    lists = [list(one.ciphers) for one in found]
    every = [number for one in lists for number in one]
    complete = all(one.complete for one in found)
    flights = [flight for one in found for flight in one.flights]
    longest = max(found, key=lambda one: len(one.ciphers))
    ordered = longest.ordered if len(longest.ciphers) > 1 else None
    if ordered:
        async with pool.line():
            merged: list[int] = []
            for one in lists:
                merged = await _merged(pool, version, merged, one)
        every = merged
    return Found(every, complete=complete, ordered=ordered, flights=flights)


async def _merged(pool: Pool, version: int, first: list[int], second: list[int]) -> list[int]:
    """Two lists in the server's order as one: mostly all of one comes before the other, which one question tells."""
    made: list[int] = []
    while first and second:
        count = await _before(pool, version, first, second[0])
        made += first[:count]
        first, second = second, first[count:]
    return made + first + second


async def _before(pool: Pool, version: int, row: list[int], other: int) -> int:
    """How many of `row` the server prefers to `other`."""
    low, high = 0, len(row)
    at = high - 1
    while low < high:
        if await _chosen(pool, version, [other, row[at]]) == row[at]:
            low = at + 1
        else:
            high = at
        at = (low + high) // 2
    return low


async def _chosen(pool: Pool, version: int, offered: list[int]) -> int:
    flight = await ask(pool, hello.Offer(version, tuple(offered), groups=OLD_GROUPS))
    return flight.cipher


async def modern(pool: Pool, found: Found) -> None:
    """TLS 1.3: its ciphers; each answer names a group too, and what `found` holds already is not asked again."""
    left = [number for number in suites.TLS13_CIPHERS if number not in found.ciphers]
    groups = [number for number in suites.CURVES if number not in found.groups]
    async with pool.line():
        if not found.ciphers and not await _spoken(pool, found, left, groups):
            return
        # Both struck off at once, while something of both is likely to be taken.
        while groups and any(number in left for number in suites.TLS13_USUAL):
            if not _strike(found, await _next(pool, found, left, groups), left, groups):
                break
        while left:
            unsure = found.ordered is None
            flight = await _next(pool, found, left, found.groups or EVERY_GROUP)
            if not _strike(found, flight, left, []) and not (unsure and flight.accepted):
                found.complete = flight.refused or flight.accepted
                break
        else:
            found.complete = True
    if len(found.ciphers) < 2:
        found.ordered = None
    if not found.ordered:
        found.ciphers.sort()


async def _spoken(pool: Pool, found: Found, left: list[int], groups: list[int]) -> bool:
    """Is there any TLS 1.3?"""
    flight = await _modern(pool, left, groups)
    if not flight.accepted:
        flight = await _modern(pool, left, EVERY_GROUP)
    if _strike(found, flight, left, groups):
        return True
    found.complete = flight.refused or flight.accepted
    return False


async def _next(pool: Pool, found: Found, left: Sequence[int], groups: Sequence[int]) -> wire.lookhello.Flight:
    """At first with the known cipher behind the others: who takes it all the same has an order of its own."""
    known = found.ciphers[:1] if found.ordered is None else []
    flight = await _modern(pool, [*left, *known], groups)
    if known and flight.accepted:
        found.ordered = flight.cipher == known[0]
    return flight


async def _modern(pool: Pool, ciphers: Sequence[int], groups: Sequence[int]) -> wire.lookhello.Flight:
    return await ask(pool, hello.Offer(hello.TLS13, tuple(ciphers), groups=tuple(groups)))


def _strike(found: Found, flight: wire.lookhello.Flight, left: list[int], groups: list[int]) -> bool:
    """False when nothing was taken, or only what is known or was not asked: no use going on."""
    if not flight.accepted or flight.version != hello.TLS13:
        return False
    found.flights.append(flight)
    before = len(found.ciphers) + len(found.groups)
    for number, have, open_ in ((flight.cipher, found.ciphers, left), (flight.group, found.groups, groups)):
        if number in open_:
            open_.remove(number)
        if number and number not in have:
            have.append(number)
    return len(found.ciphers) + len(found.groups) > before


async def groups(
    pool: Pool, offer: wire.lookhello.Offer, taken: list[int], *, some: bool = False, rank: int = FIRST
) -> bool:
    """Into `taken` the groups of the offer, one by one; True if all. `some`: over a long way only the first of them."""
    left = list(offer.groups)
    async with pool.line():
        while left:
            flight = await ask(pool, replace(offer, groups=tuple(left)), whole=True, rank=rank)
            if not flight.accepted:
                return flight.refused
            if flight.group not in left:
                break
            taken.append(flight.group)
            left.remove(flight.group)
            if some and left and pool.far:
                return False
    return True
