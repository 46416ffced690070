"""Hellos by hand: what is written is a ClientHello, and what comes back is read whole, cut and mangled."""

from __future__ import annotations

import random
import ssl

import pytest

from mailwright.wire import lookhello as hello
from tests.posture.servers import make


def record(kind: int, body: bytes, version: int = 0x303) -> bytes:
    return bytes((kind,)) + version.to_bytes(2) + len(body).to_bytes(2) + body


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def server_hello(version: int = 0x303, cipher: int = 0xC02F, more: bytes = b"", random_: bytes = bytes(32)) -> bytes:
    extensions = len(more).to_bytes(2) + more
    return message(2, version.to_bytes(2) + random_ + b"\x00" + cipher.to_bytes(2) + b"\x00" + extensions)


DER = make("mail.example.org").der
CHAIN = message(11, (len(DER) + 3).to_bytes(3) + len(DER).to_bytes(3) + DER)
CURVE = message(12, b"\x03\x00\x1d\x20" + bytes(32) + b"\x08\x04\x00\x04sign")
FLIGHT = server_hello(more=b"\xff\x01\x00\x01\x00\x00\x17\x00\x00") + CHAIN + CURVE
WHOLE = record(22, FLIGHT + message(13, b"\x01\x01\x00\x00\x00\x00") + message(14, b""))


@pytest.mark.parametrize("version", [hello.SSL3, hello.TLS10, hello.TLS12, hello.TLS13])
def test_a_server_understands_it(version: int) -> None:
    """OpenSSL reads our hello: it gets as far as looking for a version or a cipher they share."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    offer = hello.Offer(version, (0x1301, 0xC02F), "mail.example.org", groups=(0x1D, 0x17))
    incoming.write(hello.client_hello(offer))
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    with pytest.raises(ssl.SSLError) as error:
        server.do_handshake()
    assert error.value.reason in ("NO_SHARED_CIPHER", "UNSUPPORTED_PROTOCOL", "NO_SUITABLE_SIGNATURE_ALGORITHM",
                                  "VERSION_TOO_LOW", "INTERNAL_ERROR")  # fmt: skip


def test_a_whole_flight() -> None:
    """Version, cipher, group, signature, chain, extensions and the wish for a certificate."""
    flight = hello.parse(WHOLE)
    assert (flight.kind, flight.version, flight.cipher, flight.group) == ("hello", 0x303, 0xC02F, 0x1D)
    assert (flight.signature, flight.chain, flight.wants_certificate, flight.done) == (0x804, (DER,), True, True)
    assert flight.secure_renegotiation
    assert flight.extended_master_secret
    assert not flight.compression


@pytest.mark.parametrize("at", range(0, len(WHOLE), 7))
def test_byte_by_byte(at: int) -> None:
    """However much has come, nothing wrong is read, and it is not done before the end."""
    flight = hello.parse(WHOLE[:at])
    assert not flight.done
    assert flight.kind in ("silent", "hello")
    assert flight.cipher in (0, 0xC02F)
    assert flight.chain in ((), (DER,))


def test_records_may_cut_messages() -> None:
    """A message that goes over several records is put together."""
    whole = FLIGHT + message(14, b"")
    pieces = b"".join(record(22, whole[at : at + 50]) for at in range(0, len(whole), 50))
    assert hello.parse(pieces).chain == (DER,)
    assert hello.parse(pieces).done


def test_retry_names_cipher_and_group() -> None:
    """A HelloRetryRequest of TLS 1.3 is one, and no ServerHello."""
    more = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x02\x11\xec"
    flight = hello.parse(record(22, server_hello(cipher=0x1302, more=more, random_=hello.RETRY)))
    assert (flight.kind, flight.version, flight.cipher, flight.group) == ("retry", 0x304, 0x1302, 0x11EC)
    assert flight.done
    assert flight.accepted


@pytest.mark.parametrize(("size", "bits"), [(128, 1024), (256, 2048), (768, 6144), (1024, 8192)])
def test_size_of_a_finite_field_group(size: int, bits: int) -> None:
    """Its bits are counted, also of the one that begins like a named curve."""
    body = b"".join(len(x).to_bytes(2) + x for x in (b"\xff" * size, b"\x02", b"\x01" * size))
    flight = hello.parse(record(22, server_hello(cipher=0x9E) + message(12, body + b"\x08\x04\x00\x04sign")))
    assert (flight.dh_bits, flight.group, flight.signature) == (bits, 0, 0x804)


def test_alerts() -> None:
    """A fatal one is a no with its number; a warning before the hello (unrecognized_name) is nothing."""
    assert (hello.parse(record(21, b"\x02\x46")).alert, hello.parse(record(21, b"\x02\x46")).kind) == (70, "alert")
    assert hello.parse(record(21, b"\x01\x70")).kind == "silent"
    assert hello.parse(record(21, b"\x01\x70") + WHOLE).kind == "hello"


def test_ssl2() -> None:
    """The two-byte header and kind 4 are SSL 2; our own hello of it has the right length."""
    assert hello.parse(b"\x80\x0b\x04\x00\x01\x00\x02").kind == "ssl2"
    sent = hello.client_hello(hello.Offer(hello.SSL2, ()))
    assert int.from_bytes(sent[:2]) & 0x7FFF == len(sent) - 2


@pytest.mark.parametrize(
    "text", [b"* OK ready\r\n", b"220 mx ESMTP\r\n", b"HTTP/1.1 400 Bad\r\n", b"\x00", b"\x16\x09"]
)
def test_plain_text(text: bytes) -> None:
    """What is no record is plain, with its first bytes."""
    flight = hello.parse(text)
    assert (flight.kind, flight.first) == ("plain", text)


def test_nonsense_does_no_harm() -> None:
    """Mangled flights are read without an error, and in no time."""
    dice = random.Random(7)
    for _ in range(3000):
        mangled = bytearray(WHOLE)
        for _ in range(dice.randrange(1, 12)):
            mangled[dice.randrange(len(mangled))] = dice.randrange(256)
        hello.parse(bytes(mangled[: dice.randrange(len(mangled))]))
        hello.parse(b"\x16\x03\x03" + dice.randbytes(dice.randrange(200)))
