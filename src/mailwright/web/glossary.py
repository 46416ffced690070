"""Terms explained where they stand: the first of each in a text becomes a button that opens its explanation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from mailwright import texts

TERMS = ("imap", "pop3", "smtp", "starttls", "tls", "authcode", "app_password", "port", "oauth", "dns", "certificate")
"""Keys of the texts "term.…"; how a term is written in running text is said by "term.….written"."""


def marked(words: texts.Words, text: object) -> Markup:
    """The text, escaped, with its terms as buttons. Only for text that is not inside a button or a summary."""
    written = {form: term for term in TERMS for form in words.page(f"term.{term}.written").split("|")}
    written |= {form.capitalize(): term for form, term in written.items() if form.islower()}
    longest = "|".join(map(re.escape, sorted(written, key=len, reverse=True)))
    # Neither inside a longer word nor inside a host name.
    pattern = re.compile(rf"(?<![A-Za-z0-9.@/-])(?:{longest})(?![A-Za-z0-9@-]|\.[a-z0-9])")
    used: set[str] = set()
    made: list[Markup] = []
    at = 0
    for found in pattern.finditer(str(text)):
        term = written[found[0]]
        if term in used:
            continue
        used.add(term)
        button = Markup('<button type="button" class="term" popovertarget="term-{}">{}</button>')
        made += [escape(str(text)[at : found.start()]), button.format(term, found[0])]
        at = found.end()
    return Markup("").join([*made, escape(str(text)[at:])])
