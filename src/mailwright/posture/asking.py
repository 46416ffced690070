"""The questions: what is offered, one accepted thing struck off after another until nothing is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage
from mailwright.posture import suites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailwright.posture.pool import Pool


hello = wire.lookhello
OLD_GROUPS = (*suites.CURVES, *suites.OTHERS, *suites.OLDER, *suites.WEAK)


@dataclass(slots=True)
class Found:
    """What one line of questions has found so far. `complete`: every one had its answer; `flights`: the answers."""

    ciphers: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    complete: bool = False
    ordered: bool | None = None
    flights: list[wire.lookhello.Flight] = field(default_factory=list)


async def ask(pool: Pool, offer: wire.lookhello.Offer, *, whole: bool = False) -> wire.lookhello.Flight:
    """The answer. A server that hangs up or says nothing is asked again, until it is known to say no that way."""
    flight = await pool.ask(offer, whole=whole)
    if flight.kind == "plain" and not pool.spoken:
        raise wire.WireError(Outcome.FAILED, Reason.TLS_NOT_SPOKEN, stage=Stage.TLS)
    pool.spoken |= flight.accepted
    if flight.kind not in ("closed", "reset", "silent"):
        return flight
    # One asks again, and the others learn from it.
    async with pool.doubt:
        if flight.kind in pool.ways_to_refuse:
            return flight
        again = await pool.ask(offer, whole=whole)
        if again.kind == flight.kind != "silent":
            pool.ways_to_refuse.add(flight.kind)
    return again


async def ciphers(pool: Pool, version: int, offered: Sequence[int], found: Found) -> None:
    """What of `offered` is taken in exactly this version (up to TLS 1.2), the server's first choice first."""
    left = list(offered)
    async with pool.line():
        while left:
            offer = hello.Offer(version, tuple(left), groups=OLD_GROUPS, compression=True)
            flight = await ask(pool, offer, whole=True)
            if not flight.accepted:
                found.complete = flight.refused
                return
            found.flights.append(flight)
            if flight.version != version or flight.cipher not in left:
                break
            found.ciphers.append(flight.cipher)
            left.remove(flight.cipher)
    found.complete = True


async def order(pool: Pool, version: int, found: Sequence[Found]) -> Found:
    """All of several lists as one, as the server would choose; nothing to be known if there are fewer than two."""
    lists = [list(one.ciphers) for one in found]
    every = [number for one in lists for number in one]
    complete = all(one.complete for one in found)
    flights = [flight for one in found for flight in one.flights]
    if len(every) < 2:
        return Found(every, complete=complete, flights=flights)
    longest = max(lists, key=len)
    chosen = await _chosen(pool, version, longest[::-1])
    ordered = None if not chosen or len(longest) < 2 else chosen == longest[0]
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
    """TLS 1.3: each answer names a cipher and a group, so both are struck off at once."""
    left, groups = list(suites.TLS13_CIPHERS), list(suites.CURVES)
    every = (*suites.CURVES, *suites.OTHERS)
    async with pool.line():
        while left or groups:
            # The known ciphers backwards: who takes the first one found all the same has an order of its own.
            flight = await _modern(pool, left or found.ciphers[::-1], groups or found.groups or every)
            if not flight.accepted and not found.ciphers:
                flight = await _modern(pool, left, every)
            if flight.accepted and flight.version == hello.TLS13:
                _strike(found, flight, left, groups)
            elif not found.ciphers or not flight.refused:
                found.complete = flight.refused or flight.accepted
                return
            elif left and groups and found.groups:
                # Which of the two was refused?
                alone = await _modern(pool, left, found.groups)
                _strike(found, alone, left, []) if alone.accepted else left.clear()
            else:
                (left or groups).clear()
    found.complete = True


async def _modern(pool: Pool, ciphers: Sequence[int], groups: Sequence[int]) -> wire.lookhello.Flight:
    return await ask(pool, hello.Offer(hello.TLS13, tuple(ciphers), groups=tuple(groups)))


def _strike(found: Found, flight: wire.lookhello.Flight, left: list[int], groups: list[int]) -> None:
    before = len(left) + len(groups)
    if not left and len(found.ciphers) > 1:
        found.ordered = flight.cipher == found.ciphers[0]
    found.flights.append(flight)
    for number, have, open_ in ((flight.cipher, found.ciphers, left), (flight.group, found.groups, groups)):
        if number in open_:
            open_.remove(number)
            have.append(number)
        elif number and number not in have:
            have.append(number)
    if len(left) + len(groups) == before:  # it answers what was not asked: no use going on
        (groups or left).clear()


async def groups(pool: Pool, offer: wire.lookhello.Offer, *, some: bool = False) -> Found:
    """The groups of the offer that are taken, one by one; `some`: over a long way only the first of them."""
    found, left = Found(complete=True), list(offer.groups)
    async with pool.line():
        while left:
            flight = await ask(pool, hello.Offer(offer.version, offer.ciphers, groups=tuple(left)), whole=True)
            if not flight.accepted:
                found.complete = flight.refused
                break
            if flight.group not in left:
                break
            found.groups.append(flight.group)
            left.remove(flight.group)
            if some and left and pool.slow:
                found.complete = False
                break
    return found
