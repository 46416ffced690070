"""Messages arrive in their order, in whatever order the source sends them."""

from __future__ import annotations

import random
from contextlib import closing
from itertools import chain

import pytest

from mailwright.migrate import pump
from mailwright.migrate.fetch import Body, Meta


def body(uid: int) -> Body:
    return Body(uid, 2, iter([memoryview(b"%02d" % uid)]))


@pytest.mark.parametrize("seed", range(20))
def test_answers_that_mix(seed: int) -> None:
    """Two questions answered side by side, one message gone: the rest goes out by UID."""
    chance = random.Random(seed)
    first, second = ([Meta(uid, 2, (), "") for uid in uids] for uids in (range(1, 20), range(20, 40)))
    out: list[int] = []

    def send(one: Body) -> None:
        assert b"".join(one.pieces) == b"%02d" % one.uid
        out.append(one.uid)

    with closing(pump._Turns()) as turns:
        turns.expect(first)
        turns.expect(second)
        waiting = [[meta.uid for meta in first if meta.uid != 7], [meta.uid for meta in second]]
        while any(waiting):
            uid = chance.choice([part for part in waiting if part]).pop(0)
            meta = turns.came(uid)
            assert meta is not None
            assert turns.came(uid) is None
            if not turns.is_next(meta):
                turns.hold(meta, body(uid))
                continue
            for one in chain([body(uid)], (held for _, held in turns.due())):
                send(one)
        assert turns.end(second) == set()
        assert turns.end(first) == {7}
        for _, held in turns.due():
            send(held)
    assert out == [uid for uid in range(1, 40) if uid != 7]
