"""The wire between two network namespaces: every packet passes here, late or never.

Run as a process of its own (main) by root. The kernel's own delay (netem) is missing on many
machines; a TUN device in each namespace and this loop need nothing but /dev/net/tun.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import time
from dataclasses import dataclass, field

DEVICE = "lab0"
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x0001 | 0x1000
_CLONE_NEWNET = 0x40000000
_MAX_PACKET = 65535


def enter(namespace: str) -> None:
    """Move this thread into a named network namespace; OSError when that is not possible."""
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _set(handle)
    finally:
        os.close(handle)


def _set(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _tun(namespace: str) -> int:
    """A TUN device made in that namespace; its packets are read and written here."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    enter(namespace)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", DEVICE.encode(), _IFF_TUN_NO_PI))
    _set(home)
    os.close(home)
    return device


@dataclass(slots=True)
class _Wire:
    """Packets under way: (when due, counter, where to, packet), earliest first."""

    delay: float
    loss: float
    under_way: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    count: int = 0

    def take(self, source: int, target: int) -> None:
        """Read what waits at one end; lose some of it."""
        while True:
            try:
                packet = os.read(source, _MAX_PACKET)
            except OSError:
                return
            if random.random() >= self.loss:  # noqa: S311  # loss on a wire is no secret
                self.count += 1
                heapq.heappush(self.under_way, (time.monotonic() + self.delay, self.count, target, packet))

    def give(self) -> float | None:
        """Deliver what is due; seconds until the next packet is, None when there is none."""
        while self.under_way:
            rest = self.under_way[0][0] - time.monotonic()
            if rest > 0:
                return rest
            _, _, target, packet = heapq.heappop(self.under_way)
            try:
                os.write(target, packet)
            except OSError:
                # The device is down or full: a lost packet, as on any wire.
                continue
        return None


def main(server: str, client: str, delay_ms: str, loss_percent: str) -> None:
    """Carry packets between the two namespaces until ended."""
    ends = (_tun(server), _tun(client))
    wire = _Wire(float(delay_ms) / 1000, float(loss_percent) / 100)
    while True:
        ready, _, _ = select.select(ends, [], [], wire.give())
        for end in ready:
            wire.take(end, ends[1] if end == ends[0] else ends[0])
