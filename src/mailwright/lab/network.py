"""Where the lab lives: its addresses and ports, chosen so that several labs fit on one machine."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import plan

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESERVED_PORT = plan.OFFSET + 1
_SIX_PORTS = next(site.ports for site in plan.SITES if site.octet == 0)


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses of one lab.

    `prefix` holds the first three octets; `six` is the IPv6 address ("" where the machine
    has none) and `six_offset` what is added to a port there. The namespaces are named when
    servers and client have one each; `delay_ms` (one way) and `loss_percent` are between them.
    """

    prefix: str
    six: str = ""
    six_offset: int = plan.OFFSET
    server_namespace: str = ""
    client_namespace: str = ""
    delay_ms: float = 0
    loss_percent: float = 0

    def address(self, octet: int) -> str:
        """The address that ends in `octet`; 0 is the IPv6 one."""
        return f"{self.prefix}.{octet}" if octet else self.six

    def port(self, site: plan.Site, port: int) -> int:
        """Where the site really listens for `port`."""
        return port + (plan.OFFSET if site.octet else self.six_offset)

    def sites(self) -> tuple[plan.Site, ...]:
        """The sites this machine can have."""
        return tuple(site for site in plan.SITES if site.octet or self.six)

    @property
    def resolver(self) -> str:
        """Address and port of the validating resolver."""
        return f"{self.address(plan.RESOLVER_OCTET)}:{plan.DNS_PORT}"

    def connect_to(self) -> tuple[str, ...]:
        """Rules HOST1:PORT1:HOST2:PORT2 that lead a client here; the first that fits wins."""
        special: tuple[str, ...] = ()
        if self.six and self.six_offset != plan.OFFSET:
            special = tuple(f"{plan.V6_HOST}:{port}::{port + self.six_offset}" for port in _SIX_PORTS)
        return (*special, *(f":{port}::{port + plan.OFFSET}" for port in plan.PORTS))


@contextmanager
def reserved_loopback() -> Iterator[Network]:
    """A free 127.77.N.x, held until the block ends so that two labs never choose the same.

    Raises Problem("lab.no_free_address") when every N is taken.
    """
    for number in range(1, 255):
        prefix = f"127.77.{number}"
        holder = _hold_all(prefix)
        if holder is None:
            continue
        with holder, _reserved_six() as offset:
            yield Network(prefix, "::1" if offset else "", offset or plan.OFFSET)
            return
    raise Problem("lab.no_free_address")


# What some server of a lab that is up, or was not taken down whole, would hold.
_PROBES = ((plan.RESOLVER_OCTET, plan.DNS_PORT), (10, plan.OFFSET + 993), (10, plan.OFFSET + 465))


def _hold_all(prefix: str) -> socket.socket | None:
    holder = _hold(f"{prefix}.1", _RESERVED_PORT)
    if holder is None or all(_free(f"{prefix}.{octet}", port) for octet, port in _PROBES):
        return holder
    holder.close()
    return None


@contextmanager
def _reserved_six() -> Iterator[int]:
    """What to add to ports on ::1, where all labs share one address; 0: no IPv6 here."""
    for offset in range(plan.OFFSET, plan.OFFSET + 10000, 1000):
        holder = _hold("::1", offset + 1)
        if holder is None:
            continue
        with holder:
            if all(_free("::1", port + offset) for port in _SIX_PORTS):
                yield offset
                return
    yield 0


def _hold(address: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        holder = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, port))
        holder.listen(1)
    except OSError:
        holder.close()
        return None
    return holder


def _free(address: str, port: int) -> bool:
    holder = _hold(address, port)
    if holder is None:
        return False
    holder.close()
    return True
