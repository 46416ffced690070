"""Two network namespaces, servers in one and the client in the other, joined by our relay."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import plan, relay
from mailwright.lab.network import Network
from mailwright.lab.packages import find

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "10.77.0"
_SIX = "fd77::"
_SECONDS = 10.0


@contextmanager
def made(delay_ms: float, loss_percent: float) -> Iterator[Network]:
    """Two fresh namespaces; removed again if the block fails, else by remove().

    Raises Problem("lab.namespace_impossible") with the reason: not root, no `ip`, no TUN.
    """
    _check()
    network = _named(delay_ms, loss_percent)
    try:
        yield _addressed(network)
    except BaseException:
        remove(network)
        raise


def _check() -> None:
    reason = ""
    if os.geteuid() != 0:
        reason = "root"
    elif find("ip") is None:
        reason = "iproute2"
    elif not Path("/dev/net/tun").exists():
        reason = "/dev/net/tun"
    if reason:
        raise Problem("lab.namespace_impossible", reason=reason)


def _named(delay_ms: float, loss_percent: float) -> Network:
    for number in range(1, 255):
        server, client = f"mwlab{number}s", f"mwlab{number}c"
        # Fails when the name is taken, which makes it a lock as well.
        if _try("netns", "add", server):
            if _try("netns", "add", client):
                return Network(_PREFIX, f"{_SIX}10", plan.OFFSET, server, client, delay_ms, loss_percent)
            _try("netns", "del", server)
    raise Problem("lab.namespace_impossible", reason="ip netns add")


def _addressed(network: Network) -> Network:
    """Give the server namespace its addresses; without IPv6 the network has no `six`."""
    octets = {site.octet for site in plan.SITES if site.octet} | {*plan.WEB_OCTETS.values()}
    octets |= {plan.RESOLVER_OCTET, plan.NAMESERVER_OCTET, plan.ISSUER_OCTET}
    for namespace in (network.server_namespace, network.client_namespace):
        _ip(namespace, "link", "set", "lo", "up")
    for octet in sorted(octets):
        _ip(network.server_namespace, "addr", "add", f"{_PREFIX}.{octet}/32", "dev", "lo")
    six = _try("-n", network.server_namespace, "addr", "add", f"{_SIX}10/128", "dev", "lo", "nodad")
    return network if six else Network(_PREFIX, "", plan.OFFSET, network.server_namespace, network.client_namespace,
                                       network.delay_ms, network.loss_percent)  # fmt: skip


def join(network: Network) -> None:
    """Addresses and routes on the relay's two devices, as soon as it made them."""
    server, client = network.server_namespace, network.client_namespace
    deadline = time.monotonic() + _SECONDS
    while not all(_try("-n", name, "link", "set", relay.DEVICE, "up") for name in (server, client)):
        if time.monotonic() > deadline:
            raise Problem("lab.namespace_impossible", reason="/dev/net/tun")
        time.sleep(0.02)
    for name, own, other in ((server, 1, 2), (client, 2, 1)):
        _ip(name, "addr", "add", f"{_PREFIX}.{own}", "peer", f"{_PREFIX}.{other}", "dev", relay.DEVICE)
    _ip(client, "route", "add", f"{_PREFIX}.0/24", "dev", relay.DEVICE)
    if network.six:
        for name, own in ((server, 1), (client, 2)):
            _ip(name, "addr", "add", f"{_SIX}{own}/128", "dev", relay.DEVICE, "nodad")
        _ip(server, "route", "add", f"{_SIX}2/128", "dev", relay.DEVICE)
        _ip(client, "route", "add", f"{_SIX}/64", "dev", relay.DEVICE)


def remove(network: Network) -> None:
    """Delete the namespaces, if the network has any."""
    for name in (network.server_namespace, network.client_namespace):
        if name:
            _try("netns", "del", name)


def _try(*arguments: str) -> bool:
    return subprocess.run([find("ip") or "ip", *arguments], capture_output=True, check=False).returncode == 0


def _ip(namespace: str, *arguments: str) -> None:
    done = subprocess.run(
        [find("ip") or "ip", "-n", namespace, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Problem("lab.namespace_impossible", reason=f"ip {' '.join(arguments)}: {done.stderr.strip()}")
