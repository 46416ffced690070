"""How far apart two names are, and what kind of server a name says it is."""

from __future__ import annotations

from mailwright.core import KIND

# Endings that are no top-level domains, or of another country, and what is meant by them.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com", "cpm": "com", "coom": "com",
    "dom": "com", "como": "com", "cim": "com", "con.cn": "com.cn", "nte": "net", "ner": "net", "nett": "net",
    "rog": "org", "ogr": "org", "orgg": "org", "cnn": "cn", "cm": "com", "om": "com",
}  # fmt: skip


def without_kind(host: str) -> str:
    """The name without the words that say what it serves."""
    return KIND.sub("*", host.lower())


def ending(host: str) -> str | None:
    """The name with the top-level domain that was meant, None if its own is one."""
    for wrong, meant in _ENDINGS.items():
        if host.endswith(f".{wrong}"):
            return f"{host.removesuffix(wrong)}{meant}"
    return None


def distance(one: str, other: str, most: int = 2) -> int:
    """Letters changed, added, left out or swapped with their neighbour; `most` + 1 when it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
