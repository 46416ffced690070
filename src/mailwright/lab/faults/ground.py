"""A network namespace for faults of the network: packets in it can be lost, refused and held back.

One namespace holds servers and client; a second one, far away behind the relay, is there for
what has to be slow. The rules of nft and the short packets on the loopback device end with it.
"""

from __future__ import annotations

import array
import fcntl
import os
import socket
import struct
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import namespace, packages, relay
from mailwright.lab.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FAR_ADDRESS = "10.77.0.10"
FAR_DELAY_MS = 700.0
GONE_NETWORK = "10.79.0"
"""A network with nobody in it but us: who is dialled there does not answer ARP."""
_FAR_PREFIX = "10.77.0"
_SIOCETHTOOL = 0x8946
# linux/ethtool.h: ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO
_BUNDLING = (0x1F, 0x24, 0x2C)
_MTU = 1500


@contextmanager
def made(*, far: bool) -> Iterator[Network]:
    """Fresh namespaces; removed again if the block fails, else by namespace.remove().

    Raises Problem("lab.namespace_impossible") with the reason.
    """
    if os.geteuid() != 0 or packages.find("ip") is None or packages.find("nft") is None:
        raise Problem("lab.namespace_impossible", reason="root, iproute2, nftables")
    near, distant = _named(far=far)
    network = Network("127.77.1", "", server_namespace=distant or near, client_namespace=near,
                      delay_ms=FAR_DELAY_MS if far else 0)  # fmt: skip
    try:
        _ip(near, "link", "set", "lo", "up", "mtu", str(_MTU))
        inside(near, _unbundled)
        _ip(near, "link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
        _ip(near, "link", "set", "gone1", "up")
        _ip(near, "link", "set", "gone0", "up")
        _ip(near, "addr", "add", f"{GONE_NETWORK}.1/24", "dev", "gone0")
        if far:
            _ip(distant, "link", "set", "lo", "up")
            _ip(distant, "addr", "add", f"{FAR_ADDRESS}/32", "dev", "lo")
        yield network
    except BaseException:
        namespace.remove(network)
        raise


def _named(*, far: bool) -> tuple[str, str]:
    for number in range(1, 255):
        near, distant = f"mwfault{number}", f"mwfault{number}f" if far else ""
        if _try("netns", "add", near):
            if not far or _try("netns", "add", distant):
                return near, distant
            _try("netns", "del", near)
    raise Problem("lab.namespace_impossible", reason="ip netns add")


def _unbundled() -> None:
    """Packets on lo as they are on a wire: one segment each, or no rule could see their size."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number in _BUNDLING:
            value = array.array("B", struct.pack("II", number, 0))
            request = struct.pack("16sP", b"lo", value.buffer_info()[0])
            fcntl.ioctl(sock, _SIOCETHTOOL, request)


def inside(name: str, work: Callable[[], None]) -> None:
    """Do something in a namespace, in a thread that enters it. Raises what it raises."""
    failed: list[OSError] = []

    def run() -> None:
        try:
            relay.enter(name)
            work()
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise Problem("lab.namespace_impossible", reason=str(failed[0])) from failed[0]


def prepare(network: Network, addresses: Sequence[str]) -> None:
    """IPv6 addresses that are there, in the near namespace."""
    for address in addresses:
        _ip(network.client_namespace, "addr", "add", f"{address}/128", "dev", "lo", "nodad")


def join(network: Network) -> None:
    """The wire between the two namespaces, as soon as the relay made its ends."""
    if network.server_namespace != network.client_namespace:
        namespace.join(Network(_FAR_PREFIX, "", network.six_offset, network.server_namespace, network.client_namespace))


def enforce(network: Network, rules: Sequence[str]) -> None:
    """Load the rules, each a line for the chain that sees what arrives. Raises Problem("lab.namespace_impossible")."""
    body = "\n".join(f"    {rule}" for rule in rules)
    hook = "type filter hook input priority 0; policy accept;"
    text = f"table inet lab {{\n  chain arriving {{\n    {hook}\n{body}\n  }}\n}}\n"
    done = subprocess.run(
        ["ip", "netns", "exec", network.client_namespace, packages.find("nft") or "nft", "-f", "-"],
        input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Problem("lab.namespace_impossible", reason=done.stderr.strip()[:300])


def _try(*arguments: str) -> bool:
    return subprocess.run([packages.find("ip") or "ip", *arguments], capture_output=True, check=False).returncode == 0


def _ip(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [packages.find("ip") or "ip", "-n", name, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Problem("lab.namespace_impossible", reason=f"ip {' '.join(arguments)}: {done.stderr.strip()}")
