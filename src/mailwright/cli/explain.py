"""`mailwright explain`: what a pasted error text means, who can fix it and how. It uses no network."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Sequence

from mailwright import answers, book
from mailwright.cli import reach
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Protocol, meant_place

MOST_BYTES = 4 * 1024 * 1024
"""More is not read: whoever pipes a whole log in gets an answer all the same."""
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    shelf = book.Book(reach.own_book(arguments))
    host = _host(arguments.host) if arguments.host is not None else ""
    provider = _provider(shelf, arguments.provider, host)
    protocol = Protocol(arguments.protocol) if arguments.protocol else None
    pasted = _pasted(arguments.text, screen)
    one = answers.explaining.understood(pasted, shelf, protocol=protocol, host=host, provider=provider)
    if arguments.json:
        screen.document(json.dumps(answers.explaining.document(one), ensure_ascii=False, indent=2))
    else:
        from mailwright.cli import explained

        explained.show(screen, one)
    return Exit.UNKNOWN if one.unknown and not one.about else Exit.WORKS


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
