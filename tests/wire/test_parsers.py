"""Whatever a server sends: parsers give a value or a WireError, soon, and never more than fits."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright.core import Endpoint, Protocol, Reason, Secret, Security
from mailwright.wire import Session, WireError, imap, imap_parse, pop3, sasl, smtp, tls
from mailwright.wire.buffer import MAX_LINE, Buffer, decode
from mailwright.wire.talk import Effect, ReadBytes, ReadLine, Talk

# Bytes that mean something to one of the parsers come more often than chance would have it.
WORDS = [
    b"* OK ",
    b"a1 NO ",
    b"[",
    b"]",
    b"(",
    b")",
    b'"',
    b"\\",
    b"{3}",
    b"{3+}",
    b"~{1}",
    b"\r\n",
    b"+ ",
    b"+OK ",
    b"-ERR ",
]
WORDS += [
    b"250-",
    b"334 ",
    b"5.7.8 ",
    b"\xc7\xeb",
    b"\xff",
    b"\x00",
    b"=",
    b"AUTH=PLAIN ",
    b"CAPABILITY ",
    b"99999999999",
]
NOISE = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8))).map(b"".join)
# Of our own time: the machine may be busy with other things.
SOON = 5.0


def fed(talk: Talk[object], data: bytes) -> None:
    """Run a conversation on `data`; more than that never comes."""
    buffer = Buffer()
    buffer.feed(data)
    try:
        answer = None
        while True:
            answer = heard(talk.send(answer), buffer)
    except (StopIteration, EOFError, WireError):
        return
    finally:
        talk.close()


def heard(effect: Effect, buffer: Buffer) -> bytes | None:
    """What an effect is answered with."""
    if not isinstance(effect, ReadLine | ReadBytes):
        return None
    found = buffer.line(effect.limit) if isinstance(effect, ReadLine) else buffer.take(effect.count)
    if found is None:
        raise EOFError
    return found


def session(protocol: Protocol) -> Session:
    return Session(Endpoint(protocol, "h.example", 1, Security.STARTTLS))


@given(NOISE, st.integers(1, 7))
def test_buffer_gives_the_same_lines_however_they_arrive(data: bytes, size: int) -> None:
    """Cutting the bytes differently does not change the lines."""
    whole, pieces = Buffer(), Buffer()
    whole.feed(data)
    expected = lines_of(whole)
    found = []
    for at in range(0, len(data), size):
        pieces.feed(data[at : at + size])
        found += lines_of(pieces)
    assert found == expected
    assert len(pieces) == len(whole)


def lines_of(buffer: Buffer) -> list[bytes]:
    return list(iter(buffer.line, None))


def test_buffer_bounds_a_line() -> None:
    """A line is refused as soon as it is longer than allowed, complete or not."""
    for data in (b"x" * (MAX_LINE + 1), b"x" * (MAX_LINE + 1) + b"\n"):
        buffer = Buffer()
        buffer.feed(data)
        with pytest.raises(WireError) as caught:
            buffer.line()
        assert caught.value.reason is Reason.TOO_MUCH


def test_buffer_takes_and_lines_mix() -> None:
    """Literals and lines may alternate on one buffer."""
    buffer = Buffer()
    buffer.feed(b"ab")
    assert buffer.line() is None
    buffer.feed(b"c\r\ndef\nrest")
    assert [buffer.line(), buffer.take(1), buffer.line(), buffer.take(9), buffer.some(2)] == [
        b"abc",
        b"d",
        b"ef",
        None,
        b"re",
    ]


@given(st.binary(max_size=64))
def test_decoded_text_has_no_control_characters(data: bytes) -> None:
    """No byte of a server becomes a control character or a direction override."""
    assert all(c == "\t" or c.isprintable() or ord(c) > 127 for c in decode(data))
    assert not set(decode(data)) & set("\x1b\x9b\u202e\u2066\x00")


@given(NOISE)
def test_imap_parse_takes_anything(data: bytes) -> None:
    """Every response becomes a value, its tokens no larger than itself."""
    answer = imap_parse.parse(data)
    assert size_of(list(answer.tokens)) <= len(data)
    answer.reply()
    imap_parse.literal_size(data)


def size_of(tokens: list[imap_parse.Token]) -> int:
    return sum(size_of(token) if isinstance(token, list) else len(token) for token in tokens)


@pytest.mark.parametrize("piece", [b"(", b"()", b'"', b'"\\', b'\\"', b"{0}\r\n", b" ", b"{", b"a ", b'"a" ', b'"\\"'])
def test_imap_tokens_of_a_hostile_megabyte_come_soon(piece: bytes) -> None:
    """A megabyte made to be slow is read in no time."""
    start = time.process_time()
    imap_parse.parse(b'* LIST "' + piece * (1024 * 1024 // len(piece)))
    assert time.process_time() - start < SOON


def test_imap_many_empty_literals_come_soon() -> None:
    """A response of nothing but empty literals is cut off soon."""
    start = time.process_time()
    talk = imap.response()
    talk.send(None)
    answers = itertools.cycle((b"{0}", b""))
    with pytest.raises(WireError) as caught:
        list(map(talk.send, answers))
    assert caught.value.reason is Reason.TOO_MUCH
    assert time.process_time() - start < SOON


@given(st.text())
def test_imap_quoted_is_read_back(text: str) -> None:
    """What we quote is what a parser reads, or we say that it needs a literal."""
    quoted = imap_parse.quoted(text)
    if quoted is not None:
        assert imap_parse.tokenize(quoted.encode()) == [text.encode()]


@given(NOISE)
def test_pop3_reply_takes_anything(data: bytes) -> None:
    """Every line becomes a reply; what is neither yes nor no has no status."""
    assert pop3.parse_reply(data).status in ("+OK", "-ERR", "")


@given(NOISE)
def test_smtp_line_takes_anything(data: bytes) -> None:
    """Every line becomes a code of three ASCII digits, or none."""
    line = smtp.parse_line(data)
    assert line[0] == "" or (len(line[0]) == 3 and line[0].isascii() and line[0].isdigit())
    smtp.join_lines([line] * 3)


def test_smtp_full_width_digits_are_no_code() -> None:
    """Digits of another script are not a reply code."""
    assert smtp.parse_line("２５０ ok".encode())[0] == ""
    assert smtp.parse_line(b"2500 ok")[0] == ""


@settings(max_examples=200)
@given(st.sampled_from([(imap, Protocol.IMAP), (pop3, Protocol.POP3), (smtp, Protocol.SMTP)]), NOISE)
def test_greetings_take_anything(room: tuple[object, Protocol], data: bytes) -> None:
    """A conversation on noise ends in a WireError or waits, and raises nothing else."""
    module, protocol = room
    fed(module.greet(session(protocol)), data)  # type: ignore[attr-defined]


@settings(max_examples=300)
@given(st.sampled_from(sorted(sasl.MECHANISMS)), st.lists(NOISE, max_size=12), st.text(), st.text())
def test_mechanisms_take_any_challenge(name: str, challenges: list[bytes], user: str, password: str) -> None:
    """A mechanism answers any challenge, cancels, or raises a WireError."""
    if not sasl.sendable(user, Secret(password), token=False):
        return
    client = sasl.Client(name, sasl.MECHANISMS[name], user, Secret(password))
    try:
        for challenge in challenges:
            client.answer(decode(challenge))
        client.accepted()
    except WireError:
        pass


def test_scram_numbers_of_any_length() -> None:
    """An iteration count of thousands of digits is refused, not converted."""
    exchange = sasl.scram_sha_256("u", Secret("p"), nonce="n")
    next(exchange)
    with pytest.raises(WireError):
        exchange.send(b"r=nx,s=AAAA,i=" + b"9" * 5000)


def hello(version: bytes, extensions: bytes) -> bytes:
    body = version + bytes(32) + b"\x20" + bytes(32) + b"\x13\x01\x00" + len(extensions).to_bytes(2) + extensions
    return handshake(2, body)


def handshake(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def records(message: bytes, size: int = 1 << 14) -> bytes:
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x03" + len(piece).to_bytes(2) + piece for piece in pieces)


def key_share(group: int) -> bytes:
    share = group.to_bytes(2) + b"\x00\x04abcd"
    versions = b"\x00\x2b\x00\x02\x03\x04"
    return versions + b"\x00\x33" + len(share).to_bytes(2) + share


TLS12 = hello(b"\x03\x03", b"\xff\x01\x00\x01\x00") + handshake(11, bytes(300)) + handshake(12, b"\x03\x00\x17\x41abc")


@pytest.mark.parametrize(
    ("seen", "group"),
    [
        (hello(b"\x03\x03", key_share(0x11EC)), "X25519MLKEM768"),
        (hello(b"\x03\x03", key_share(0x001D)), "x25519"),
        (hello(b"\x03\x03", key_share(0x9999)), "0x9999"),
        (TLS12, "secp256r1"),
        (hello(b"\x03\x03", b""), ""),
    ],
)
def test_group_is_read_from_the_handshake(seen: bytes, group: str) -> None:
    """The key-exchange group is found, however the messages are cut into records."""
    for size in (1 << 14, 100, 7):
        assert tls.group(records(seen, size) + b"\x14\x03\x03\x00\x01\x01") == group


@given(st.binary(max_size=200), st.integers(0, 400))
def test_group_takes_anything(noise: bytes, cut: int) -> None:
    """A broken handshake has no group, and raises nothing."""
    for seen in (noise, records(noise), records(TLS12)[:cut], records(hello(noise[:2], noise))):
        assert isinstance(tls.group(seen), str)


@given(st.binary(max_size=100))
def test_certificates_take_anything(noise: bytes) -> None:
    """What is no certificate is left out of the chain."""
    assert tls.certificates([noise, b"\x30" + noise]) == ()
