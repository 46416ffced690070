"""What servers may answer to FETCH, in any order and in any pieces."""

from __future__ import annotations

import random

import pytest

from mailwright.migrate.fetch import Body, Reader
from mailwright.wire import WireError
from tests.migrate import scripted

BODIES = {
    "UID first": (b"* 1 FETCH (UID 7 BODY[] {5}\r\nab\r\nc)\r\n", [(7, b"ab\r\nc")]),
    "UID last": (b"* 1 FETCH (BODY[] {5}\r\nab\r\nc UID 7)\r\n", [(7, b"ab\r\nc")]),
    "flags between": (b"* 1 FETCH (FLAGS (\\Seen x) UID 7 BODY[] {3}\r\nabc FLAGS (\\Seen))\r\n", [(7, b"abc")]),
    "flags and UID last": (b"* 1 FETCH (BODY[] {3}\r\nabc FLAGS (\\Seen \\Answered $Label1) UID 7)\r\n", [(7, b"abc")]),
    "literal8": (b"* 1 FETCH (UID 7 BINARY[] ~{3}\r\na\0b)\r\n", [(7, b"a\0b")]),
    "small letters": (b"* 1 fetch (uid 7 body[] {3}\r\nabc)\r\n", [(7, b"abc")]),
    "quoted": (b'* 1 FETCH (UID 7 BODY[] "a\\"b")\r\n', [(7, b'a"b')]),
    "empty string": (b'* 1 FETCH (UID 7 BODY[] "")\r\n', [(7, b"")]),
    "empty literal": (b"* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n", [(7, b"")]),
    "empty literal, UID last": (b"* 1 FETCH (BODY[] {0}\r\n UID 7)\r\n", [(7, b"")]),
    "nothing": (b"* 1 FETCH (UID 7 BODY[] NIL)\r\n", []),
    "other literals": (
        b"* 1 FETCH (INTERNALDATE {8}\r\n UID 9 ( UID 7 BODY[] {3}\r\nabc X {2}\r\n) )\r\n",
        [(7, b"abc")],
    ),
    "text that looks like it": (b"* OK say {5}\r\n* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n", [(7, b"abc")]),
    "unasked": (b"* 9 EXISTS\r\n* 2 EXPUNGE\r\n* 3 FETCH (FLAGS (\\Seen))\r\n", []),
    "bytes that look like it": (
        b"* 1 FETCH (BODY[] {17}\r\n UID 9)\r\na1 OK \r\n UID 7)\r\n",
        [(7, b" UID 9)\r\na1 OK \r\n")],
    ),
    "no UID": (b"* 1 FETCH (BODY[] {3}\r\nabc)\r\n", []),
    "two": (b"* 1 FETCH (UID 7 BODY[] {1}\r\na)\r\n* 2 FETCH (BODY[] {1}\r\nb UID 8)\r\n", [(7, b"a"), (8, b"b")]),
}  # fmt: skip


def read(pieces: list[bytes]) -> list[tuple[int, bytes]]:
    with scripted.line(pieces) as (line, _):
        return [(one.uid, b"".join(map(bytes, one.pieces))) for one in Reader(line).bodies("1:*")]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_comes_in_any_order(name: str) -> None:
    """The same bytes whole, byte by byte, and cut at each place."""
    said, wanted = BODIES[name]
    whole = said + b"a1 OK done\r\n"
    assert read([whole]) == wanted
    assert read([whole[at : at + 1] for at in range(len(whole))]) == wanted


def test_any_pieces_give_the_same() -> None:
    """All of it in one go, cut at random; what is skipped by the caller is no harm."""
    whole = b"".join(said for said, _ in BODIES.values()) + b"a1 OK done\r\n"
    wanted = [one for _, all_ in BODIES.values() for one in all_]
    for seed in range(40):
        chance = random.Random(seed)
        cuts = sorted(chance.sample(range(1, len(whole)), chance.randrange(1, 30)))
        pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        assert read(pieces) == wanted
        with scripted.line(pieces) as (line, _):
            assert [one.uid for one in Reader(line).bodies("1:*")] == [uid for uid, _ in wanted]


def test_questions_are_answered_side_by_side() -> None:
    """A message is known by its UID, whichever question it belongs to; each tag is told when it comes."""
    said = b"* 1 FETCH (UID 7 BODY[] {1}\r\na)\r\n* 9 FETCH (UID 9 BODY[] {1}\r\nc)\r\na2 OK x\r\na1 OK y\r\n"
    with scripted.line([said]) as (line, _):
        reader = Reader(line)
        tags = {reader.ask("7:8"), reader.ask("9")}
        answers = reader.answers()
        found = [next(answers) for _ in range(4)]
        assert [one.uid for one in found if isinstance(one, Body)] == [7, 9]
        assert {one for one in found if isinstance(one, bytes)} == tags


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"* 1 FETCH (UID 7 BODY[] {10}\r\nabc", id="cut in a literal"),
        pytest.param(b"* 1 FETCH (UID 7 BODY[] {3}\r\nabc", id="cut behind it"),
        pytest.param(b"* BYE shutting down\r\n", id="BYE"),
        pytest.param(b"a1 NO [SERVERBUG] no\r\n", id="NO"),
        pytest.param(b"a1 BAD what\r\n", id="BAD"),
        pytest.param(b"* 1 FETCH (X {999999999}\r\n", id="a literal that is no body"),
        pytest.param(b"* 1 FETCH (X {99999999999999999999}\r\n", id="64 bits"),
        pytest.param(b"* 1 FETCH " + b"(" * 200_000 + b"\r\n", id="a line without end"),
        pytest.param(b"* 1 FETCH " + b"(" * 60_000 + b"\r\n", id="nested"),
    ],
)
def test_what_is_no_answer_ends_it(said: bytes) -> None:
    """An error of ours, no other, and nothing is waited for."""
    with pytest.raises(WireError):
        read([said])
