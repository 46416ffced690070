"""The index of the shipped book: domain, MX pattern and host to provider, so that a look-up reads one file.

`python -m mailwright.book.index` writes index.json anew; a test holds it against the files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.book import entry

FOLDER = Path(__file__).parent / "providers"
FILE = Path(__file__).parent / "index.json"


@dataclass(slots=True)
class Index:
    """`domains` and `mx` patterns → provider; `hosts` (endpoints) and OAuth `issuers` → all providers, likeliest first.

    `wrong`: mistyped host → provider → meant.
    """

    domains: dict[str, str] = field(default_factory=dict)
    mx: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    issuers: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, provider: entry.Provider) -> None:
        """Enter one provider; an earlier one of the same id is gone with all it had."""
        if provider.id in self.names:
            self._forget(provider.id)
        self.names[provider.id] = {**provider.name, "country": provider.country, "status": provider.status}
        self.domains.update(dict.fromkeys(provider.domains, provider.id))
        self.mx.update(dict.fromkeys(provider.mx, provider.id))
        for host in _own_hosts(provider):
            self.hosts.setdefault(host, []).insert(0, provider.id)
        if provider.oauth is not None:
            self.issuers.setdefault(provider.oauth.value.issuer, []).insert(0, provider.id)
        for row in provider.wrong_hosts:
            for typed in row.typed:
                self.wrong.setdefault(typed.lower(), {})[provider.id] = row.meant

    def _forget(self, id: str) -> None:
        for single in (self.domains, self.mx):
            for name in [name for name, owner in single.items() if owner == id]:
                del single[name]
        for several in (self.hosts, self.issuers):
            for name in [name for name, owners in several.items() if id in owners]:
                several[name].remove(id)
                if not several[name]:
                    del several[name]
        for meanings in self.wrong.values():
            meanings.pop(id, None)

    @classmethod
    def load(cls) -> Index:
        """The index that ships with the book."""
        return cls(**json.loads(FILE.read_text(encoding="utf-8")))


def _own_hosts(provider: entry.Provider) -> list[str]:
    """Hosts as written, and those that a placeholder makes of the provider's own domains."""
    written = [e.host for e in provider.endpoints]
    made = [host.replace("%EMAILDOMAIN%", domain) for host in written for domain in provider.domains]
    return [host for host in dict.fromkeys((*written, *made)) if "%" not in host]


def build(folder: Path = FOLDER) -> Index:
    """The index of all files in `folder`. Raises BadInput("book.file").

    Of several providers that name a host the first is one that is known by its MX hosts (a customer
    of Tencent's who has a domain of its own is not the owner of Tencent's host), then the one with
    the most domains.
    """
    index = Index()
    for provider in sorted(map(entry.read, folder.glob("*.toml")), key=lambda p: (bool(p.mx), len(p.domains), p.id)):
        index.add(provider)
    return index


def text(index: Index) -> str:
    """The index as it is written: sorted, one line per entry, so that a diff can be read."""
    return "{\n" + ",\n".join(_shelf(name, getattr(index, name)) for name in Index.__slots__) + "\n}\n"


def _shelf(name: str, entries: dict[str, object]) -> str:
    lines = (f"{_json(key)}: {_json(value)}" for key, value in sorted(entries.items()))
    return f"{_json(name)}: {{\n" + ",\n".join(lines) + "\n}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    FILE.write_text(text(build()), encoding="utf-8")
