"""A table of figures: the same text on the terminal and in RESULTS.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "RESULTS.md"


@dataclass(slots=True)
class Table:
    """`bars`: what has to be reached, each with what was and whether that is enough; `notes` go below."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    bars: list[tuple[str, str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def row(self, *cells: str | float) -> None:
        """One more row; numbers are written with as many digits as they deserve."""
        self.rows.append(tuple(cell if isinstance(cell, str) else shown(cell) for cell in cells))

    def bar(self, what: str, seen: str, *, reached: bool) -> None:
        """One bar and how it was met."""
        self.bars.append((what, seen, reached))

    def text(self) -> str:
        """Markdown that can be read as it is."""
        widths = [max(len(row[at]) for row in (self.head, *self.rows)) for at in range(len(self.head))]
        rule = [f"{'-' * (width - 1)}:" if at else "-" * width for at, width in enumerate(widths)]
        lines = [self._line(row, widths) for row in (self.head, tuple(rule), *self.rows)] if self.rows else []
        bars = [f"- {'reached' if good else 'MISSED'}: {what}: {seen}" for what, seen, good in self.bars]
        below = [*bars, *(f"- {note}" for note in self.notes)]
        return "\n".join([f"### {self.title}", "", *lines, "", *below, ""])

    def _line(self, row: tuple[str, ...], widths: list[int]) -> str:
        cells = (
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"


def shown(value: float) -> str:
    """A number for people: 12345 → 12,345; 1.2345 → 1.23."""
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def record(day: str, machine: str, name: str, tables: list[Table]) -> None:
    """Append a run to RESULTS.md."""
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"\n## {day}, {name}\n\n{machine}\n\n")
        file.write("\n".join(table.text() for table in tables))
