"""The DNS of the made-up domains: one UDP socket, one loop, every answer ready. A process of its own (main).

Even domains (d0000000, d0000002 …) have SRV records, odd ones an autoconfig host. What it takes to
answer is small beside what it takes to ask, so that the figures are the clients'.
"""

from __future__ import annotations

import socket
import struct
import sys

ZONE = "bench.test"
ISPDB = f"ispdb.{ZONE}"
SRV, A = 33, 1
IDLE_SECONDS = 900
_PORTS = {b"_imaps": 993, b"_pop3s": 995, b"_submissions": 465}
_SOA = b"\0" + struct.pack("!HHIH", 6, 1, 60, 22) + b"\0\0" + struct.pack("!5I", 1, 3600, 600, 86400, 60)


def domain(number: int) -> str:
    """The name of a made-up domain."""
    return f"d{number:07}.{ZONE}"


def reply(question: bytes) -> bytes:
    """The answer to a question of one name, with the OPT record it came with left out."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].lower())
        at += question[at] + 1
    kind = struct.unpack("!H", question[at + 1 : at + 3])[0]
    exists, data = _known(labels, kind)
    flags = 0x8180 if exists else 0x8183
    counts = struct.pack("!4H", 1, 1, 0, 0) if data else struct.pack("!4H", 1, 0, 1, 0)
    head = question[:2] + struct.pack("!H", flags) + counts + question[12 : at + 5]
    if data:
        return head + b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return head + _SOA


def _known(labels: list[bytes], kind: int) -> tuple[bool, bytes]:
    """Whether the name exists, and the data of its record of that kind."""
    first, count = labels[0], len(labels)
    if labels[-2:] != [b"bench", b"test"]:
        return False, b""
    if first == b"ispdb" and count == 3:
        return True, b"\x7f\0\0\1" if kind == A else b""
    if count == 3:
        return True, b""
    even = labels[-3][-1] % 2 == 0
    if first == b"autoconfig" and not even:
        return True, b"\x7f\0\0\1" if kind == A else b""
    port = _PORTS.get(first)
    if port is None or not even or kind != SRV:
        return False, b""
    host = b"".join(bytes([len(label)]) + label for label in (b"mail", *labels[-3:])) + b"\0"
    return True, struct.pack("!3H", 0, 1, port) + host


def main(port: int) -> None:
    """Answer on a loopback port until ended, or until nobody has asked for a while."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", port))
        sock.settimeout(IDLE_SECONDS)
        print("up", flush=True)
        while True:
            question, who = sock.recvfrom(4096)
            sock.sendto(reply(question), who)


if __name__ == "__main__":
    main(int(sys.argv[1]))
