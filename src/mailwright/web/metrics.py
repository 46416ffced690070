"""Counters in the text format of Prometheus. No label ever holds an address, a host or a path with an id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

HEAD = "mailwright_"
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
# Seconds.
EDGES = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0)
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """What was counted, and gauges that are read when they are asked for."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Labels]] = Counter()
        self._seconds: Counter[float] = Counter()
        self._sum = 0.0
        self._gauges: dict[str, Callable[[], float]] = {}

    def count(self, name: str, **labels: str) -> None:
        """One more of it."""
        self._counts[name, tuple(sorted(labels.items()))] += 1

    def took(self, seconds: float) -> None:
        """A request took that long."""
        self._sum += seconds
        self._seconds[next((edge for edge in EDGES if seconds <= edge), float("inf"))] += 1

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        """Something that goes up and down."""
        self._gauges[name] = read

    def text(self) -> str:
        """All of it."""
        lines: list[str] = []
        for name in sorted({name for name, _ in self._counts}):
            lines.append(f"# TYPE {HEAD}{name}_total counter")
            rows = sorted((labels, value) for (of, labels), value in self._counts.items() if of == name)
            lines += [f"{HEAD}{name}_total{_labels(labels)} {value}" for labels, value in rows]
        for name, read in sorted(self._gauges.items()):
            lines += [f"# TYPE {HEAD}{name} gauge", f"{HEAD}{name} {read():g}"]
        return "\n".join([*lines, *self._histogram(), ""])

    def _histogram(self) -> list[str]:
        name, below, lines = f"{HEAD}request_seconds", 0, [f"# TYPE {HEAD}request_seconds histogram"]
        for edge in EDGES:
            below += self._seconds[edge]
            lines.append(f'{name}_bucket{{le="{edge:g}"}} {below}')
        whole = sum(self._seconds.values())
        return [*lines, f'{name}_bucket{{le="+Inf"}} {whole}', f"{name}_sum {self._sum:.6f}", f"{name}_count {whole}"]


def _labels(labels: Labels) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels)
    return "{" + inside + "}" if labels else ""
