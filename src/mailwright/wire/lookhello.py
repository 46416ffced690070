"""The first word of TLS, said by hand, and what comes back: no cryptography, so that anything can be offered.

Up to TLS 1.2 the whole first answer is in the clear: version, cipher, certificates, stapled OCSP, key exchange
(RFC 5246 §7.4). In TLS 1.3 a client that sends no key share is told cipher and group by HelloRetryRequest and
nothing more (RFC 8446 §4.1.4). SSL 2 has a hello of its own (RFC 6101 app. E).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from typing import Final

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
FALLBACK: Final = 0x5600  # TLS_FALLBACK_SCSV (RFC 7507)
SIGNATURES: Final = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x081A, 0x081B, 0x081C),
    *(0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202),
)
SHA1_SIGNATURES: Final = (0x0203, 0x0201, 0x0202)
SSL2_CIPHERS: Final = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0)
RETRY: Final = hashlib.sha256(b"HelloRetryRequest").digest()
MAX_FLIGHT = 128 * 1024
_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE, _REQUEST, _DONE, _STATUS = 2, 11, 12, 13, 14, 22
_STAPLE, _EXTENDED_MASTER, _VERSIONS, _KEY_SHARE, _RENEGOTIATION = 5, 23, 43, 51, 0xFF01


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client says it can. `version`: the highest one; `groups`, `signatures` as numbers of the registries.

    `lower`: what is good enough beside TLS 1.3, which alone would be refused by everything older (RFC 8446 §4.2.1).
    """

    version: int
    ciphers: tuple[int, ...]
    name: str = ""
    groups: tuple[int, ...] = ()
    signatures: tuple[int, ...] = SIGNATURES
    compression: bool = False
    lower: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Flight:
    """What came back. `kind`: hello | retry | alert | ssl2 | plain | closed | reset | silent.

    `alert`: its number; `version`, `cipher`, `group`, `signature`: numbers, 0 if not said; `dh_bits`: size of a
    finite-field group; `done`: nothing more comes by itself; `first`: the first bytes, whatever they are.
    """

    kind: str
    version: int = 0
    cipher: int = 0
    group: int = 0
    alert: int = -1
    compression: bool = False
    extensions: frozenset[int] = frozenset()
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    staple: bytes = field(default=b"", repr=False)
    signature: int = 0
    dh_bits: int = 0
    wants_certificate: bool = False
    done: bool = False
    first: bytes = b""

    @property
    def accepted(self) -> bool:
        """True when the server goes on with what was offered."""
        return self.kind in ("hello", "retry", "ssl2")

    @property
    def refused(self) -> bool:
        """True when it says no, in whatever way: some just hang up."""
        return self.kind in ("alert", "closed", "reset")

    @property
    def secure_renegotiation(self) -> bool:
        """RFC 5746 §3.2."""
        return _RENEGOTIATION in self.extensions

    @property
    def extended_master_secret(self) -> bool:
        """RFC 7627 §5.1."""
        return _EXTENDED_MASTER in self.extensions


def client_hello(offer: Offer) -> bytes:
    """The bytes of a ClientHello, record and all (RFC 8446 §4.1.2)."""
    if offer.version == SSL2:
        return _ssl2_hello()
    modern = offer.version >= TLS13
    session = os.urandom(32) if modern else b""
    ciphers = b"".join(number.to_bytes(2) for number in (*offer.ciphers, 0x00FF))
    methods = b"\x01\x00" if offer.compression and not modern else b"\x00"
    body = min(offer.version, TLS12).to_bytes(2) + os.urandom(32) + _vector(session, 1)
    body += _vector(ciphers, 2) + _vector(methods, 1) + _vector(_extensions(offer), 2)
    message = b"\x01" + _vector(body, 3)
    # RFC 8446 app. D.4: old servers want to see an old version on the record.
    return b"\x16" + min(offer.version, TLS10).to_bytes(2) + _vector(message, 2)


def _vector(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size) + data


def _extensions(offer: Offer) -> bytes:
    numbers = {
        0: _vector(b"\x00" + _vector(offer.name.encode(), 2), 2) if offer.name else None,
        10: _vector(_pairs(offer.groups), 2) if offer.groups else None,
        11: b"\x01\x00" if offer.groups else None,
        13: _vector(_pairs(offer.signatures), 2) if offer.version >= TLS12 else None,
        _STAPLE: b"\x01\x00\x00\x00\x00",
        _EXTENDED_MASTER: b"",
        _VERSIONS: _vector(_pairs((offer.version, *offer.lower)), 1) if offer.version >= TLS13 else None,
        _KEY_SHARE: b"\x00\x00" if offer.version >= TLS13 else None,
    }
    return b"".join(kind.to_bytes(2) + _vector(body, 2) for kind, body in numbers.items() if body is not None)


def _pairs(numbers: tuple[int, ...]) -> bytes:
    return b"".join(number.to_bytes(2) for number in numbers)


def _ssl2_hello() -> bytes:
    ciphers = b"".join(number.to_bytes(3) for number in SSL2_CIPHERS)
    body = b"\x01\x00\x02" + len(ciphers).to_bytes(2) + b"\x00\x00\x00\x10" + ciphers + os.urandom(16)
    return (0x8000 | len(body)).to_bytes(2) + body


def parse(data: bytes) -> Flight:
    """What has come so far. Anything that is cut off or makes no sense is left out."""
    first = data[:64]
    if not data:
        return Flight("silent")
    if data[0] & 0x80 and len(data) > 2 and data[2] == 4:
        return Flight("ssl2", version=SSL2, done=True, first=first)
    if data[0] not in (_ALERT, _HANDSHAKE) or (len(data) > 1 and data[1] != 3):
        return Flight("plain", done=True, first=first)
    messages, alert = _messages(data)
    flight = Flight("silent", alert=alert, first=first)
    for kind, body in messages:
        flight = _told(flight, kind, body)
    if flight.kind == "silent" and alert >= 0:
        return replace(flight, kind="alert", done=True)
    return replace(flight, done=flight.done or (flight.accepted and alert >= 0))


def _messages(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The whole handshake messages, and the number of a fatal alert (-1: none)."""
    stream, alert, at = b"", -1, 0
    while at + 5 <= len(data) and data[at] in (_ALERT, _HANDSHAKE):
        size = int.from_bytes(data[at + 3 : at + 5])
        fragment = data[at + 5 : at + 5 + size]
        at += 5 + size
        if data[at - 5 - size] == _HANDSHAKE:
            stream += fragment
        elif len(fragment) == 2 and fragment[0] == 2:  # a warning (unrecognized_name) does not end anything
            alert = fragment[1]
    found, at = [], 0
    while at + 4 <= len(stream):
        size = int.from_bytes(stream[at + 1 : at + 4])
        if at + 4 + size > len(stream):
            break
        found.append((stream[at], stream[at + 4 : at + 4 + size]))
        at += 4 + size
    return found, alert


def _told(flight: Flight, kind: int, body: bytes) -> Flight:
    """`flight` with one message more."""
    try:
        if kind == _SERVER_HELLO:
            return _hello(flight, body)
        if kind == _CERTIFICATE:
            return replace(flight, chain=_certificates(body))
        if kind == _STATUS and body[0] == 1:
            return replace(flight, staple=body[4 : 4 + int.from_bytes(body[1:4])])
        if kind == _KEY_EXCHANGE:
            return _exchange(flight, body)
    except IndexError:
        return flight
    if kind == _REQUEST:
        return replace(flight, wants_certificate=True)
    return replace(flight, done=True) if kind == _DONE else flight


def _hello(flight: Flight, body: bytes) -> Flight:
    at = 35 + body[34]
    cipher, compression = int.from_bytes(body[at : at + 2]), body[at + 2] != 0
    extensions: dict[int, bytes] = {}
    at += 5
    while at + 4 <= len(body):
        size = int.from_bytes(body[at + 2 : at + 4])
        extensions[int.from_bytes(body[at : at + 2])] = body[at + 4 : at + 4 + size]
        at += 4 + size
    retry = body[2:34] == RETRY
    version = int.from_bytes(extensions.get(_VERSIONS) or body[:2])
    return replace(
        flight,
        kind="retry" if retry else "hello",
        version=version,
        cipher=cipher,
        compression=compression,
        group=int.from_bytes(extensions.get(_KEY_SHARE, b"")[:2]),
        extensions=frozenset(extensions),
        done=version >= TLS13,
    )


def _certificates(body: bytes) -> tuple[bytes, ...]:
    found, at = [], 3
    while at + 3 <= len(body):
        size = int.from_bytes(body[at : at + 3])
        found.append(body[at + 3 : at + 3 + size])
        at += 3 + size
    return tuple(found[:12])


def _exchange(flight: Flight, body: bytes) -> Flight:
    """RFC 8422 §5.4: a named curve; RFC 5246 §7.4.3: p, g and the public value. Then the signature, if any."""
    # A prime of 6144 bits begins with 03 00 too, and goes on with ones (RFC 7919 app. A).
    if body[0] == 3 and body[1:4] != b"\x00\xff\xff":
        at = 4 + body[3]
        flight = replace(flight, group=int.from_bytes(body[1:3]))
    else:
        size = int.from_bytes(body[:2])
        flight = replace(flight, dh_bits=int.from_bytes(body[2 : 2 + size]).bit_length())
        at = 0
        for _ in range(3):
            at += 2 + int.from_bytes(body[at : at + 2])
    signed = flight.version == TLS12 and len(body) > at + 4
    return replace(flight, signature=int.from_bytes(body[at : at + 2])) if signed else flight
