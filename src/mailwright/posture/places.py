"""One list of ciphers, asked for from several places at once: for a server that takes the client's first.

A question that begins in the middle of the list is answered with what is accepted next. So each place finds others, and
what was passed over needs no question of its own until the last one, which offers all that is left.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from mailwright.posture import suites

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Places:
    """What is left of `offered` when `found` is known. Where it expects something only decides what is asked first."""

    def __init__(self, offered: Sequence[int], found: Collection[int]) -> None:
        self._at = {number: at for at, number in enumerate(offered)}
        self.left = [number for number in offered if number not in found]
        self._likely: set[int] = set()
        self._under_way: list[int] = []
        for number in found:
            self._expect(number)

    def next(self) -> tuple[int, ...]:
        """What to offer: all that is left, from a place on where nobody asks; () while an answer has to come first."""
        likely = [number for number in self.left if number in self._likely]
        if not likely and self._under_way:
            return ()
        begin = self._apart(likely) if likely else self.left[0]
        if begin is None:
            return ()
        self._under_way.append(begin)
        at = likely.index(begin) if likely else 0
        return (*likely[at:], *likely[:at], *(number for number in self.left if number not in self._likely))

    def told(self, offered: Sequence[int], cipher: int) -> bool:
        """`cipher` of `offered` was accepted; False if that was known."""
        self._under_way.remove(offered[0])
        new = cipher in self.left
        if new:
            self.left.remove(cipher)
            if cipher not in self._likely:
                self._expect(cipher)
        self._likely.difference_update(offered[: offered.index(cipher) + 1])
        return new

    def _expect(self, found: int) -> None:
        """A server with one cipher of a kind has others of it."""
        kind = suites.kind(found)
        self._likely.update(number for number in self.left if suites.kind(number) == kind)

    def _apart(self, likely: Sequence[int]) -> int | None:
        """The middle of the longest stretch between the places where questions under way begin."""
        begins = sorted(self._at[number] for number in self._under_way)
        stretches: list[list[int]] = [[] for _ in range(len(begins) + 1)]
        for number in likely:
            stretches[bisect_right(begins, self._at[number])].append(number)
        free = [stretches[0], *(stretch[(len(stretch) + 1) // 2 :] for stretch in stretches[1:])]
        longest = max(free, key=len)
        return longest[0] if longest else None
