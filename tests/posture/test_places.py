"""Asked from several places at once: all is found, hardly anything twice, and one question refuses what is left."""

from __future__ import annotations

import random

import pytest

from mailwright.posture import suites
from mailwright.posture.places import Places

USUAL, ODD = suites.lists(newer=True)


def _asked(offered: tuple[int, ...], accepted: set[int], at_once: int) -> tuple[set[int], int]:
    """What is found on a server that takes the client's first, and by how many questions."""
    ends = {next(n for n in offered if n in accepted), next(n for n in offered[::-1] if n in accepted)}
    places, found, count = Places(offered, ends), set(ends), 0
    under_way: list[tuple[int, ...]] = []
    while places.left:
        while len(under_way) < at_once and (offer := places.next()):
            under_way.append(offer)
            count += 1
        offer = under_way.pop(0)
        answer = next((n for n in offer if n in accepted), None)
        if answer is None:
            assert set(offer) >= set(places.left)
            return found, count
        assert places.told(offer, answer) is (answer not in found)
        found.add(answer)
    return found, count


@pytest.mark.parametrize("at_once", [1, 3, 4])
@pytest.mark.parametrize("offered", [USUAL, ODD], ids=["usual", "odd"])
def test_everything_is_found(offered: tuple[int, ...], at_once: int) -> None:
    """Whatever is accepted is found, before all that is left is refused in one question."""
    dice = random.Random(7)
    for count in (1, 2, 3, 10, 40, len(offered)):
        accepted = set(dice.sample(offered, count))
        assert _asked(offered, accepted, at_once)[0] == accepted


def test_few_questions_are_for_nothing() -> None:
    """An ordinary server with one kind of key costs a question for each cipher and hardly more."""
    accepted = {n for n in USUAL if suites.kind(n) == "TLS_ECDHE_RSA" and "RC4" not in suites.name(n)}
    found, count = _asked(USUAL, accepted, 4)
    assert found == accepted
    assert count <= len(accepted) + 2


def test_one_question_at_a_time_where_nothing_is_expected() -> None:
    """Where nothing else is expected all that is left is one question, and no other is asked before its answer."""
    offered = (0xC02F, 0x009C, 0x0033)
    places = Places(offered, {0xC02F})
    assert places.next() == (0x009C, 0x0033)
    assert places.next() == ()
