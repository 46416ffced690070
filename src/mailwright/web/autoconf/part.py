"""One table of the file, read key by key: what is not understood is refused with its line."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from mailwright.core import BadInput, check_host, to_ascii
from mailwright.web.autoconf import lines
from mailwright.web.autoconf.lines import Step

MAX_TEXT = 2000
_KINDS: dict[type, str] = {str: "string", int: "integer", dict: "table", list: "array"}


@dataclass(frozen=True, slots=True)
class Text:
    """The file: its path and what stands in it."""

    file: Path
    text: str


@dataclass(slots=True)
class Part:
    """A table. Every method raises BadInput("serve.…") with file, line and key."""

    whole: Text
    table: dict[str, Any]
    path: tuple[Step, ...] = ()
    _known: set[str] = field(default_factory=set)

    def place(self, key: str = "") -> tuple[int, str]:
        """The line of a key and the key in full."""
        path = (*self.path, key) if key else self.path
        return lines.line(self.whole.text, path), lines.shown(path)

    def has(self, key: str) -> bool:
        """True if the key is there; it is known from now on."""
        self._known.add(key)
        return key in self.table

    def text(self, key: str, default: str | None = None) -> str:
        """A text on one line. Without a default it has to be there, and not empty."""
        found: str = self._value(key, str, default)
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in found) or len(found) > MAX_TEXT:
            line, full = self.place(key)
            raise BadInput("serve.text", file=self._file, line=line, key=full)
        if not found.strip() and default is None:
            line, full = self.place(key)
            raise BadInput("serve.empty", file=self._file, line=line, key=full)
        return found.strip()

    def number(self, key: str, default: int | None, least: int, most: int) -> int:
        """A whole number within its bounds."""
        found: int = self._value(key, int, default)
        if not least <= found <= most:
            line, full = self.place(key)
            raise BadInput("serve.range", file=self._file, line=line, key=full, least=least, most=most)
        return found

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of some words."""
        return self._one_of(key, self.text(key, default), choices)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, not empty."""
        found: list[Any] = self._value(key, list, None)
        if not found:
            line, full = self.place(key)
            raise BadInput("serve.empty", file=self._file, line=line, key=full)
        if not all(isinstance(one, str) for one in found):
            self._kind(key, "array of strings")
        return tuple(found)

    def choices(self, key: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Some of some words, each once."""
        return tuple(dict.fromkeys(self._one_of(key, one, choices) for one in self.texts(key)))

    def host(self, key: str) -> str:
        """A host name."""
        return self.name(key, self.text(key), host=True)

    def name(self, key: str, value: str, *, host: bool = False) -> str:
        """A name as DNS knows it."""
        try:
            made = check_host(value) if host else to_ascii(value)
        except BadInput:
            made = ""
        if not made or (not host and "." not in made):
            line, full = self.place(key)
            raise BadInput("serve.name", file=self._file, line=line, key=full, value=value[:80])
        return made

    def url(self, key: str, schemes: tuple[str, ...] = ("https",), default: str | None = None) -> str:
        """An address on the web, or of a server."""
        found = self.text(key, default)
        if found == default:
            return found
        try:
            parts = urlsplit(found)
            good = parts.scheme in schemes and bool(parts.hostname or parts.scheme == "ldapi") and " " not in found
            _ = parts.port
        except ValueError:
            good = False
        if not good:
            line, full = self.place(key)
            raise BadInput("serve.url", file=self._file, line=line, key=full, schemes=" | ".join(schemes))
        return found

    def file(self, key: str) -> Path:
        """A file; beside this one, unless it says where."""
        return self.whole.file.parent / self.text(key)

    def part(self, key: str) -> Part:
        """A table within."""
        return Part(self.whole, self._value(key, dict, None), (*self.path, key))

    def parts(self, key: str) -> tuple[Part, ...]:
        """The tables of a list; none where the key is not there."""
        found: list[Any] = self._value(key, list, [])
        if not all(isinstance(one, dict) for one in found):
            self._kind(key, "array of tables")
        return tuple(Part(self.whole, one, (*self.path, key, at)) for at, one in enumerate(found))

    def done(self) -> None:
        """Nothing else may be there."""
        for key in self.table:
            if key not in self._known:
                self._unknown(key)

    def _unknown(self, key: str) -> NoReturn:
        import difflib

        line, full = self.place(key)
        near = difflib.get_close_matches(key, sorted(self._known), 1, 0.6)
        if near:
            raise BadInput("serve.unknown_key_near", file=self._file, line=line, key=full[:80], guess=near[0])
        known = " ".join(sorted(self._known))
        raise BadInput("serve.unknown_key", file=self._file, line=line, key=full[:80], known=known)

    def _one_of(self, key: str, value: str, choices: tuple[str, ...]) -> str:
        if value not in choices:
            line, full = self.place(key)
            raise BadInput(
                "serve.choice", file=self._file, line=line, key=full, value=value[:80], choices=" | ".join(choices)
            )
        return value

    def _value(self, key: str, kind: type, default: Any) -> Any:  # noqa: ANN401  # a value of that kind
        self._known.add(key)
        found = self.table.get(key, default)
        if found is None:
            line, full = self.place()
            raise BadInput("serve.missing", file=self._file, line=line, key=f"{full}.{key}" if full else key)
        # Python takes true for 1.
        if not isinstance(found, kind) or isinstance(found, bool):
            self._kind(key, _KINDS[kind])
        return found

    def _kind(self, key: str, kind: str) -> NoReturn:
        line, full = self.place(key)
        raise BadInput("serve.type", file=self._file, line=line, key=full, kind=kind)

    @property
    def _file(self) -> str:
        return str(self.whole.file)
