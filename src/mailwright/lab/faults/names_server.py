"""The resolvers of a fault lab: each at an address of its own, each with its own truth."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from mailwright.lab.faults.play import View

_TTL = 60
_MOODS = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED}


def reply(view: View, message: bytes, *, udp: bool) -> bytes | None:
    """The answer to one message; None: none at all."""
    try:
        question = dns.message.from_wire(message)
        response = dns.message.make_response(question, recursion_available=True)
    except (dns.exception.DNSException, struct.error):
        return None
    if not question.question:
        return None
    name = question.question[0].name.to_text(omit_final_dot=True).lower()
    mood = view.moods.get(name) or view.moods.get("*", "")
    if mood == "timeout":
        return None
    if mood in _MOODS:
        response.set_rcode(_MOODS[mood])
    elif mood != "nodata":
        _fill(view, question, response)
    try:
        return response.to_wire(max_size=1232 if udp else 65535)
    except dns.exception.TooBig:
        response.answer.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()


def _fill(view: View, question: dns.message.Message, response: dns.message.Message) -> None:
    """Follow aliases (RFC 1034 §3.6.2) and answer, or say that the name or the type is not there."""
    asked, kind = question.question[0].name, question.question[0].rdtype
    name = asked.to_text(omit_final_dot=True).lower()
    for _ in range(4):
        types = view.records.get(name)
        if types is None:
            break
        values = types.get(kind.name)
        if values:
            response.answer.append(dns.rrset.from_text(_dotted(name), _TTL, "IN", kind, *values))
            return
        if "CNAME" not in types:
            return
        response.answer.append(dns.rrset.from_text(_dotted(name), _TTL, "IN", "CNAME", *types["CNAME"]))
        name = types["CNAME"][0].rstrip(".").lower()
    if view.wildcard:
        if kind == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(_dotted(name), _TTL, "IN", "A", view.wildcard))
        return
    # A name that others stand below exists, and has nothing (RFC 8020).
    if not any(other == name or other.endswith(f".{name}") for other in view.records):
        response.set_rcode(dns.rcode.NXDOMAIN)


def _dotted(name: str) -> dns.name.Name:
    return dns.name.from_text(name)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, view: View) -> None:
        self.view = view

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer on."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question, one answer."""
        answer = reply(self.view, data, udp=True)
        if answer is not None:
            self.transport.sendto(answer, addr)


async def start(view: View) -> asyncio.Server:
    """Serve it over UDP and TCP."""

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readexactly(2):
                answer = reply(view, await reader.readexactly(int.from_bytes(head, "big")), udp=False)
                if answer is None:
                    continue
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(view), local_addr=(view.address, view.port))
    return await asyncio.start_server(stream, view.address, view.port)
