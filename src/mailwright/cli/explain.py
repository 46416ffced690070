"""`mailwright explain`: what a pasted error text means, who can fix it and how. It uses no network."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailwright import book, diagnose, texts
from mailwright.cli import document, reach, remedy
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Candidate, Cause, Finding, Json, Meaning, Protocol, meant_place

SCHEMA = 1
MOST_BYTES = 4 * 1024 * 1024
"""More is not read: whoever pipes a whole log in gets an answer all the same."""
SHOWN = 2000
"""Characters of the text that are repeated."""
FINE = "fine"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class Explained:
    """A text and what was understood of it. `text` and all of `meaning`: with nothing secret left in them."""

    text: str
    meaning: Meaning
    protocol: Protocol | None = None
    host: str = ""
    provider: book.Provider | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def fine(self) -> bool:
        """True for what is no error at all."""
        return self.meaning.how == FINE

    @property
    def unknown(self) -> bool:
        """True when nothing was understood."""
        return not self.causes and not self.fine

    @property
    def candidate(self) -> Candidate | None:
        """What the book knows of the provider."""
        return remedy.of_provider(self.provider) if self.provider is not None else None

    def told(self, words: texts.Words, cause: Cause) -> texts.FindingText:
        """What there is to say about a cause."""
        finding = Finding(cause.id, cause.severity, cause.who, cause.params, cause.protocol)
        return remedy.text(words, finding, self.candidate)


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    shelf = book.Book(reach.own_book(arguments))
    host = _host(arguments.host) if arguments.host is not None else ""
    provider = _provider(shelf, arguments.provider, host)
    protocol = Protocol(arguments.protocol) if arguments.protocol else None
    pasted = _pasted(arguments.text, screen)
    one = understood(pasted, shelf, protocol=protocol, host=host, provider=provider)
    if arguments.json:
        screen.document(json.dumps(as_document(one), ensure_ascii=False, indent=2))
    else:
        from mailwright.cli import explained

        explained.show(screen, one)
    return Exit.UNKNOWN if one.unknown else Exit.WORKS


def understood(
    pasted: str | bytes,
    shelf: book.Book,
    *,
    protocol: Protocol | None = None,
    host: str = "",
    provider: book.Provider | None = None,
) -> Explained:
    """Ask the table of replies. Whose words they are may also be told by the words themselves."""
    replies = book.Replies.load()
    read = book.unwrapped(pasted)
    vendor = replies.vendor_of(host=host, provider=provider.id if provider is not None else "")
    wants = diagnose.bare_refusal(remedy.of_provider(provider)) if provider is not None else ""
    meaning = _safe(replies.meaning(pasted, protocol=protocol, vendor=vendor, wants=wants))
    if provider is None and meaning.vendor:
        provider = _of_vendor(replies, shelf, meaning.vendor)
    shown = _shown(read)
    protocol = protocol or book.said(read).protocol
    causes = diagnose.explain(meaning, protocol=protocol, provider=provider, host=host, text=shown)
    return Explained(shown, meaning, protocol, host, provider, causes)


def _safe(meaning: Meaning) -> Meaning:
    """A link may hold a password, too."""
    params = ((name, book.hidden(value) if isinstance(value, str) else value) for name, value in meaning.params)
    return replace(meaning, params=tuple(params))


def _shown(read: str) -> str:
    """The text on one line, as it may be repeated: hidden before the lines are joined, and once more after that."""
    safe = book.hidden(read)
    return (book.hidden(book.said(safe).text) or " ".join(safe.split()))[:SHOWN]


def _of_vendor(replies: book.Replies, shelf: book.Book, vendor: str) -> book.Provider | None:
    """The provider behind a vendor, if there is but one, or one that gave it its name."""
    ids = [id for id in shelf.ids() if replies.vendor_of(provider=id) == vendor]
    found = ids[0] if len(ids) == 1 else vendor
    return shelf.get(found) if found in ids else None


def _host(typed: str) -> str:
    """The server that was meant. Raises BadInput("input.host"), which repeats nothing before an @."""
    return meant_place(typed.rpartition("@")[2])[0]


def _provider(shelf: book.Book, typed: str | None, host: str) -> book.Provider | None:
    """By id or domain, else by the host. Raises BadInput when a named one is unknown."""
    if typed is None:
        return shelf.by_host(host) if host else None
    name = typed.strip().lower().rpartition("@")[2]
    found = shelf.get(name) or shelf.by_domain(name)
    if found is not None:
        return found
    import difflib

    close = difflib.get_close_matches(name, shelf.ids(), 1, 0.7) or [p.id for p in shelf.search(name)[:1] if name]
    if close:
        raise BadInput("book.unknown_near", id=typed[:80], guess=close[0])
    raise BadInput("book.unknown", id=typed[:80])


def _pasted(words: Sequence[str], screen: Screen) -> str | bytes:
    """What is to be explained. Raises BadInput when it is nothing."""
    text = " ".join(words) if words and list(words) != ["-"] else _from_stdin(screen, named=bool(words))
    if not book.unwrapped(text).strip():
        raise BadInput("explain.blank")
    return text


def _from_stdin(screen: Screen, *, named: bool) -> str | bytes:
    if sys.stdin.isatty():
        if not named:
            raise BadInput("explain.nothing")
        screen.note("explain.paste")
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES)
    except OSError as error:
        raise BadInput("input.file", file="stdin") from error
    return _opened(raw)


def _opened(raw: bytes) -> str | bytes:
    """Bytes as text where all of them count: UTF-16 as Windows writes it, and what was cut at MOST_BYTES."""
    for encoding in filter(None, (_MARKS.get(raw[:2]), "utf-8", "gb18030")):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(raw)
        except UnicodeDecodeError:
            continue
    return raw


def as_document(one: Explained) -> dict[str, Json]:
    """The document of explain.schema.json."""
    meaning = one.meaning
    return {
        "schema": SCHEMA,
        "text": one.text,
        "protocol": one.protocol.value if one.protocol is not None else None,
        "vendor": meaning.vendor,
        "provider": one.provider.id if one.provider is not None else None,
        "how": meaning.how,
        "row": meaning.row,
        "source": meaning.source,
        "params": dict(meaning.params),
        "unknown": one.unknown,
        "causes": [_cause(one, cause) for cause in one.causes],
    }


def _cause(one: Explained, cause: Cause) -> Json:
    return {
        "id": cause.id,
        "confidence": round(cause.confidence, 3),
        "who": cause.who.value,
        "severity": cause.severity.value,
        "params": dict(cause.params),
        "text": {code: document.finding_text(one.told(texts.Words(code), cause)) for code in texts.LANGUAGES},
    }
