"""What a journal says of each folder, in numbers."""

from __future__ import annotations

from mailwright.migrate.journal import Journal, State


def tally(journal: Journal) -> dict[int, dict[State, tuple[int, int]]]:
    """Messages and bytes by state, for each folder by its id."""
    found: dict[int, dict[State, tuple[int, int]]] = {}
    for folder, state, count, size in journal.read(
        "SELECT folder, state, count(*), sum(size) FROM message GROUP BY folder, state"
    ):
        found.setdefault(folder, {})[State(state)] = (count, size or 0)
    return found
