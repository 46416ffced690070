"""The texts of findings laid flat, and what they may be filled with."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Param
from mailwright.diagnose import causes
from mailwright.texts import filling, words

ALTERNATIVES = ("title", "fix", "wait", "ask")
"""Parts that are one piece, whose list holds alternatives; in the others each element is a piece."""
ALWAYS = {"protocol"}
BESIDE = {
    "settings.better_source_silent": {"sources", "domain"},
    "settings.other_name": {"typed", "meant", "right_host", "right_port", "right_security"},
}
"""Findings that no cause leads to, and what they are told with."""
FULL: dict[str, Param] = {
    "host": "imap.example.org",
    "port": 993,
    "domain": "example.org",
    "provider": "QQ 邮箱",
    "until": "2026-01-01",
    "since": "2026-01-01",
    "username": "li@example.org",
    "typed": "imap.exmaple.org",
    "meant": "imap.example.org",
    "names": "mail.example.org",
    "issuer": "Example Root",
    "subject": "mail.example.org",
    "right_host": "imap.example.org",
    "right_port": 993,
    "right_security": "tls",
    "deaf": "imap.example.org",
    "address": "192.0.2.1",
    "list": "list.example.org",
    "owner": "Example Net",
    "via": "Avast / AVG",
    "ahead": -86_400.0,
    "wait": 300,
    "link": "https://example.org/continue",
    "reply": "NO no",
    "protocol": "IMAP",
    "sources": "pacc, srv",
}


def own() -> tuple[str, ...]:
    """Findings of a setup or a diagnosis; those about servers and domains have tests of their own."""
    return tuple(id for id in words.finding_ids() if not id.startswith(("tls.look.", "autoconfig.")))


def texts_of(part: object) -> Iterator[str]:
    """Every text of a part, alternatives and all."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for piece in part:
            yield from texts_of(piece)


def of(language: str, id: str) -> dict[str, tuple[str, ...]]:
    """The texts of a finding by part."""
    return {part: tuple(texts_of(value)) for part, value in words.entry(language, id).items() if part != "minutes"}


def mentioned(texts: tuple[str, ...]) -> set[str]:
    """The names in braces."""
    return {name for text in texts for name in filling.mentioned(text)}


def given(id: str) -> set[str]:
    """What a finding is told with."""
    return ALWAYS | (set(causes.entry(id).all_params) if causes.known(id) else BESIDE.get(id, set()))
