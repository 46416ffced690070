"""The embedded DNS responder that stands in for NSD and unbound, run as a process (main).

It answers from the same zone files. Nothing is validated: the AD bit and SERVFAIL are put
where a validating resolver would put them.
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.zone

from mailwright.lab import plan
from mailwright.lab.state import load

_GOOD, _BROKEN = plan.SIGNED


class Zones:
    """The zones of a lab, and the answer to a question about them."""

    def __init__(self, folder: Path) -> None:
        self.zones = {}
        for path in sorted(folder.glob("*.zone")):
            name = dns.name.from_text(path.name.removesuffix(".zone"))
            self.zones[name] = dns.zone.from_file(str(path), origin=name, relativize=False)

    def reply(self, wire: bytes, *, udp: bool) -> bytes | None:
        """The answer to one message; None: it was none we can read."""
        try:
            question = dns.message.from_wire(wire)
            response = dns.message.make_response(question, recursion_available=True)
        except (dns.exception.DNSException, struct.error):
            return None
        if question.question:
            self._fill(question, response)
        size = max(512, min(question.payload, 1232)) if udp else 65535
        try:
            return response.to_wire(max_size=size)
        except dns.exception.TooBig:
            response.answer.clear()
            response.authority.clear()
            response.flags |= dns.flags.TC
            return response.to_wire()

    def _fill(self, question: dns.message.Message, response: dns.message.Message) -> None:
        name, kind = question.question[0].name, question.question[0].rdtype
        zone = next((self.zones[up] for up in _upwards(name) if up in self.zones), None)
        if zone is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return
        origin = zone.origin or dns.name.root
        if origin == dns.name.from_text(_BROKEN) and not question.flags & dns.flags.CD:
            response.set_rcode(dns.rcode.SERVFAIL)
            return
        wants_proof = bool(question.ednsflags & dns.flags.DO)
        if origin == dns.name.from_text(_GOOD) and (wants_proof or question.flags & dns.flags.AD):
            response.flags |= dns.flags.AD
        found = zone.get_rrset(name, kind)
        if found is None:
            exists = any(owner.is_subdomain(name) for owner in zone)
            response.set_rcode(dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN)
            soa = zone.get_rrset(origin, dns.rdatatype.SOA)
            response.authority.extend([soa] if soa else [])
            return
        response.answer.append(found)
        proof = zone.get_rrset(name, dns.rdatatype.RRSIG, kind) if wants_proof else None
        response.answer.extend([proof] if proof else [])


def _upwards(name: dns.name.Name) -> list[dns.name.Name]:
    return [dns.name.Name(name.labels[start:]) for start in range(len(name.labels))]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zones: Zones) -> None:
        self.zones = zones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer on."""
        # Python 3.11's transport for datagrams is none by its class.
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question, one answer."""
        answer = self.zones.reply(data, udp=True)
        if answer is not None:
            self.transport.sendto(answer, addr)


async def _serve(zones: Zones, address: str) -> None:
    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Over TCP each message has its length before it.
        try:
            while (head := await reader.readexactly(2)) and (
                answer := zones.reply(await reader.readexactly(int.from_bytes(head, "big")), udp=False)
            ):
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(zones), local_addr=(address, plan.DNS_PORT))
    server = await asyncio.start_server(stream, address, plan.DNS_PORT)
    await server.serve_forever()


def main(dir: str) -> None:
    """Serve the lab of that folder until ended."""
    lab = load(Path(dir))
    if lab is not None:
        asyncio.run(_serve(Zones(lab.dir / "dns"), lab.network.address(plan.RESOLVER_OCTET)))
