"""A connection to the source and one to the destination, which one thread works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mailwright import wire
from mailwright.migrate.pump import Broken, Keep
from mailwright.migrate.side import Opened, Side

T = TypeVar("T")
Keeping = Callable[[Opened], Keep]


@dataclass(slots=True)
class Pair:
    """Each is made when it is first needed, and anew after drop()."""

    source: Side
    destination: Side
    _source: wire.bulk.Line | None = None
    _destination: wire.bulk.Line | None = None

    def reading(self) -> wire.bulk.Line:
        """To the source. Raises Broken."""
        if self._source is None:
            self._source = _opened("source", self.source)
        return self._source

    def writing(self) -> wire.bulk.Line:
        """To the destination. Raises Broken."""
        if self._destination is None:
            self._destination = _opened("destination", self.destination)
        return self._destination

    def at_destination(self, what: Callable[[wire.bulk.Line], T]) -> T:
        """Something done there. Raises Broken."""
        try:
            return what(self.writing())
        except wire.WireError as error:
            raise Broken("destination", error) from error

    def drop(self) -> None:
        """Hang up: what was on its way is void."""
        for line in (self._source, self._destination):
            if line is not None:
                line.pipe.close()
        self._source = self._destination = None

    def abort(self) -> None:
        """Called by another thread: whoever waits for a server waits no longer."""
        for line in (self._source, self._destination):
            if line is not None:
                line.pipe.abort()

    def close(self) -> None:
        """Say good-bye."""
        for line in (self._source, self._destination):
            if line is not None:
                line.close()
        self._source = self._destination = None


def _opened(side: str, of: Side) -> wire.bulk.Line:
    try:
        return of.open()
    except wire.WireError as error:
        raise Broken(side, error, opening=True) from error
