"""Looking things up: by domain, by MX host, by id; a person's own folder comes first."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from mailwright.book import entry
from mailwright.book.entry import Provider
from mailwright.book.index import FOLDER, Index


class Book:
    """The shipped book with the files of `own` laid over it. Raises BadInput("book.file") for a bad own file."""

    def __init__(self, own: Path | None = None) -> None:
        self._index = Index.load()
        self._own: dict[str, Provider] = {}
        for path in sorted(own.glob("*.toml")) if own is not None and own.is_dir() else ():
            provider = entry.read(path)
            self._own[provider.id] = provider
            self._index.add(provider)
        self._with_domains = frozenset(self._index.domains.values())
        self._patterns = sorted(self._index.mx, key=lambda p: (-len(p.replace("*", "")), p))
        self._of_mx = lru_cache(maxsize=4096)(self._find_mx)

    def ids(self) -> list[str]:
        """All providers."""
        return sorted(self._index.names)

    def get(self, id: str) -> Provider | None:
        """One provider by its id."""
        if id in self._own:
            return self._own[id]
        return _shipped(id) if id in self._index.names else None

    def by_domain(self, domain: str) -> Provider | None:
        """The provider that gives out addresses in `domain` (A-labels)."""
        id = self._index.domains.get(domain)
        return self.get(id) if id else None

    def by_mx(self, host: str) -> Provider | None:
        """The provider whose mail servers `host` is one of; the most specific pattern wins."""
        id = self._of_mx(host.lower().rstrip("."))
        return self.get(id) if id else None

    def by_host(self, host: str, domain: str | None = None) -> Provider | None:
        """The provider one of whose endpoints is `host`: the book vouches for it.

        With the `domain` of an address: of several the one that gives out addresses there, else one
        that gives out none of its own, for a domain of someone else's is what it hosts.
        """
        ids = self._index.hosts.get(host, [])
        owner = self._index.domains.get(domain) if domain is not None else None
        if domain is not None and owner not in ids:
            owner = next((id for id in ids if id not in self._with_domains), None)
        id = owner or next(iter(ids), None)
        return self.get(id) if id else None

    def naming(self, host: str) -> list[Provider]:
        """All providers one of whose endpoints is `host`, the likeliest first."""
        return [p for id in self._index.hosts.get(host, []) if (p := self.get(id)) is not None]

    def issuers(self) -> list[str]:
        """The OAuth 2.0 issuers of all providers."""
        return sorted(self._index.issuers)

    def near(self, domain: str) -> str | None:
        """The domain of the book that `domain` is probably a typing mistake of, None if it looks like none."""
        import difflib

        close = difflib.get_close_matches(domain, self._index.domains, n=3, cutoff=0.8)
        best = [d for d in close if _distance_one(d, domain)] or close
        return next((d for d in best if d != domain), None)

    def meant_host(self, typed: str, provider: str | None = None) -> str | None:
        """The host a person means who typed this one, if it is a known mistake.

        With `provider` only its own list counts: imap.qq.com is wrong for Exmail and right for QQ.
        """
        meanings = self._index.wrong.get(typed.lower().strip(), {})
        if provider is not None:
            return meanings.get(provider)
        known_good = typed.lower().strip() in self._index.hosts
        return next(iter(meanings.values()), None) if not known_good else None

    def search(self, words: str) -> list[Provider]:
        """Providers whose id, names, domains or hosts hold `words`, in the order of their ids."""
        wanted = words.lower().strip()
        found = {id for id, names in self._index.names.items() if wanted in " ".join([id, *names.values()]).lower()}
        found |= {id for name, id in self._index.domains.items() if wanted in name}
        found |= {id for name, ids in self._index.hosts.items() if wanted in name for id in ids}
        return [p for id in sorted(found) if (p := self.get(id)) is not None]

    def _find_mx(self, host: str) -> str:
        return next((self._index.mx[p] for p in self._patterns if _regex(p).match(host)), "")


def _distance_one(one: str, other: str) -> bool:
    """One letter changed, added, left out, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    tails = ((1, 1), (0, 1), (1, 0))
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or any(one[at + i :] == other[at + j :] for i, j in tails)


@lru_cache(maxsize=512)
def _shipped(id: str) -> Provider:
    return entry.read(FOLDER / f"{id}.toml")


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*") + r"\Z", re.IGNORECASE)
