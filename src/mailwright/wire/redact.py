"""Hides secrets in text, in every form a server could write them back."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

from mailwright.core import Secret
from mailwright.wire.buffer import decode

HIDDEN = "‹secret›"
# Shorter ones would be found everywhere: the holes they leave in a text would spell them out.
SHORTEST = 4
SHORTEST_SENT = 8


class Redactor:
    """Knows the secrets of one run, and takes them out of text."""

    def __init__(self) -> None:
        self._forms: list[str] = []

    def __repr__(self) -> str:
        return "Redactor(…)"

    def hide(self, secret: Secret) -> None:
        """From now on no form of `secret` stays in a text."""
        self._add(_forms(secret.reveal()))

    def hide_sent(self, line: str) -> None:
        """Hide the credentials of a line we sent (its last word), should they be echoed."""
        words = line.split()
        if words and len(words[-1]) >= SHORTEST_SENT:
            self._add({words[-1]})

    def redact(self, text: str) -> str:
        """`text` without any hidden secret, in clear, escaped, percent, hex or base64 form."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def _add(self, forms: set[str]) -> None:
        # Longest first: a form inside another must not leave the rest of it behind.
        self._forms = sorted({f for f in forms if len(f) >= SHORTEST} | set(self._forms), key=lambda f: (-len(f), f))


def _forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    percent = (quote(raw, safe=""), quote(raw), quote_plus(raw))
    return {
        value,
        decode(raw),
        value.replace("\\", "\\\\").replace('"', '\\"'),
        *percent,
        *map(str.lower, percent),
        raw.hex(),
        raw.hex().upper(),
        *_in_base64(raw),
    }


def _in_base64(raw: bytes) -> set[str]:
    """The secret alone, and what of it shows inside any longer base64, wherever it begins there."""
    whole = base64.b64encode(raw).decode()
    found = {whole, whole.rstrip("=")}
    if len(raw) > SHORTEST:
        for before in range(3):
            # The outer characters hold bits of the neighbours as well: only what lies between is always the same.
            bits = (before + len(raw)) * 8
            encoded = base64.b64encode(bytes(before) + raw).decode()
            found.add(encoded[-(-before * 8 // 6) : bits // 6])
    return found | {form.replace("+", "-").replace("/", "_") for form in found}
