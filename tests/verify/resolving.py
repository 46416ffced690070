"""A resolver of a test: a table of names, with whatever is to go wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from mailwright import wire

Table = Mapping[tuple[str, str], str | tuple[str, ...]]
"""Name and type → records, or "nxdomain", "servfail", "refused", "silent". What is not there is empty."""


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, table: Table, asked: list[tuple[str, str]]) -> None:
        self._table, self._asked = table, asked
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, rdtype = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self._asked.append((name, rdtype))
        found = self._table.get((name, rdtype), ())
        if found == "silent":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if isinstance(found, str):
            answer.set_rcode(dns.rcode.from_text(found.upper()))
        elif found:
            answer.answer = [dns.rrset.from_text(question.name, 60, "IN", rdtype, *found)]
        assert self._transport is not None
        self._transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def resolver(table: Table, asked: list[tuple[str, str]] | None = None) -> AsyncIterator[wire.Resolver]:
    """One that answers by `table`, and notes in `asked` what it was asked."""
    noted = asked if asked is not None else []
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Answers(table, noted), local_addr=("127.0.0.1", 0)
    )
    try:
        yield wire.Resolver("127.0.0.1", transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
