"""How a message is kept at the destination: the flags it can store and a date it can take; what is lost is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mailwright.migrate import dates
from mailwright.migrate.fetch import Meta
from mailwright.migrate.flags import Storable
from mailwright.migrate.pump import Keep
from mailwright.migrate.side import Opened


@dataclass(slots=True)
class Losses:
    """`lost`: reason and, for flags, which; how often. The reasons are those of `flags` and `dates`."""

    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def keeping(self, opened: Opened) -> Keep:
        """For a folder of the destination."""
        storable = Storable(opened.flags)

        def keep(meta: Meta) -> tuple[tuple[str, ...], str]:
            kept = storable.keep(meta.flags)
            self.lost.update((str(reason), flag) for flag, reason in kept.dropped)
            date = dates.read(meta.date) if meta.date else None
            if date is not None:
                self.lost.update((str(reason), "") for reason in date.odd)
            return kept.flags, date.text if date is not None else ""

        return keep
