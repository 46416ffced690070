"""A machine of its own (run by `unshare --net`): servers, a packet filter, and looks at them. Prints what was seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from mailwright import verify, wire
from mailwright.core import LookKind, Wanted, plain
from tests.verify import papers, seeing
from tests.wire.peers import NAME, imap_greeting, serving

OPEN, DROP, RESET, FORBID, HOLE, PICKY = range(10001, 10007)
# Large enough that a server's first flight does not go into one small packet.
_MANY = 4
RULES = f"""
table inet t {{
  chain i {{
    type filter hook input priority 0; policy accept;
    tcp dport {DROP} drop
    tcp dport {RESET} reject with tcp reset
    tcp dport {FORBID} reject with icmp admin-prohibited
    tcp sport {HOLE} meta length > 1000 drop
    tcp dport {PICKY} @ih,0,24 0x160301 reject with tcp reset
  }}
}}
"""


def prepare() -> None:
    """Loopback, and the rules."""
    # Segments as they would be on a wire: the filter judges each.
    for command in (["link", "set", "lo", "up"], ["link", "set", "dev", "lo", "gso_max_segs", "1"]):
        subprocess.run(["ip", *command], check=True)
    subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)


async def look() -> dict[str, object]:
    """Every port, and an address to which no way leads."""
    with tempfile.TemporaryDirectory() as folder:
        root = papers.paper("Root", ca=True)
        leaf = papers.paper(NAME, root)
        context = papers.context(
            Path(folder), leaf, *[papers.paper(f"{n} {'x' * 50}", root, ca=True) for n in range(_MANY)]
        )
        async with contextlib.AsyncExitStack() as servers:
            for port in (OPEN, HOLE, PICKY):
                await servers.enter_async_context(serving(imap_greeting, tls=context, port=port))
            return {str(port): await _looks(port, host) for port, host in _targets()}


def _targets() -> list[tuple[int, str]]:
    here = [(port, "127.0.0.1") for port in (OPEN, DROP, RESET, FORBID, HOLE, PICKY)]
    return [*here, (1, "198.51.100.1")]


async def _looks(port: int, host: str) -> object:
    here = seeing.endpoint(port, host=host)
    kinds = (LookKind.ADDRESS, LookKind.BYTES, LookKind.CHAIN, LookKind.SMALL)
    async with wire.World(wire.Settings(resolvers=(wire.Resolver("127.0.0.1", 9),))) as world:
        looks = await verify.looks([Wanted(kind, here) for kind in kinds], world, seconds=12.0)
    return {look.kind.value: {"outcome": look.outcome.value, "took": look.took, **dict(look.facts)} for look in looks}


if __name__ == "__main__":
    prepare()
    json.dump(plain(asyncio.run(look())), sys.stdout)
