"""Counters in the text format of Prometheus. No label ever holds an address, a host or a path with an id."""

from __future__ import annotations

from bisect import bisect_left
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
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._seconds = [0] * (len(EDGES) + 1)
        self._sum = 0.0
        self._gauges: dict[str, Callable[[], float]] = {}

    def count(self, name: str, **labels: str) -> None:
        """One more of it."""
        self._counts[name, tuple(sorted(labels.items()))] += 1

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request, and how long it took: kept as it comes, as many come in a second."""
        self._answers[method, route, status] += 1
        self._sum += seconds
        self._seconds[bisect_left(EDGES, seconds)] += 1

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        """Something that goes up and down."""
        self._gauges[name] = read

    def text(self) -> str:
        """All of it."""
        lines: list[str] = []
        counts = {**self._counts, **self._requests()}
        for name in sorted({name for name, _ in counts}):
            lines.append(f"# TYPE {HEAD}{name}_total counter")
            rows = sorted((labels, value) for (of, labels), value in counts.items() if of == name)
            lines += [f"{HEAD}{name}_total{_labels(labels)} {value}" for labels, value in rows]
        for name, read in sorted(self._gauges.items()):
            lines += [f"# TYPE {HEAD}{name} gauge", f"{HEAD}{name} {read():g}"]
        return "\n".join([*lines, *self._histogram(), ""])

    def _requests(self) -> dict[tuple[str, Labels], int]:
        return {
            ("requests", (("method", method), ("route", route), ("status", str(status)))): value
            for (method, route, status), value in self._answers.items()
        }

    def _histogram(self) -> list[str]:
        name, below, lines = f"{HEAD}request_seconds", 0, [f"# TYPE {HEAD}request_seconds histogram"]
        for edge, count in zip(EDGES, self._seconds, strict=False):
            below += count
            lines.append(f'{name}_bucket{{le="{edge:g}"}} {below}')
        whole = sum(self._seconds)
        return [*lines, f'{name}_bucket{{le="+Inf"}} {whole}', f"{name}_sum {self._sum:.6f}", f"{name}_count {whole}"]


def _labels(labels: Labels) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels)
    return "{" + inside + "}" if labels else ""
