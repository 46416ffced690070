"""Takes out of a pasted text what must not be repeated: passwords, tokens, what AUTH sent.

It would rather hide too much than too little: the text is only shown again, never judged after this.
"""

from __future__ import annotations

import base64
import binascii
import re

HIDDEN = "‹…›"
_URL_PASSWORD = re.compile(r"(://[^\s:/@]{1,100}):[^\s@/]{1,200}@")
_BEARER = re.compile(r"(bearer\s+)[^\s\x01'\"]{6,}", re.IGNORECASE)
_NAMED = re.compile(
    r"""(\b(?:pass(?:word|wd|phrase|code)?|passwort|kennwort|pwd|secret|token|mot de passe|contrase\w+|senha|access_token|refresh_token)"""
    r"""["']?\s{0,3}[=:\uff1a]\s{0,3})("[^"\n]{1,200}"|'[^'\n]{1,200}'|[^\s,;&)}\]"']{3,200})""",
    re.IGNORECASE,
)
_NAMED_HAN = re.compile("([\u5bc6\u7801\u78bc\u6388\u6743\u6b0a]{2,3}\\s{0,3}[=:\uff1a]\\s{0,3})([!-~]{4,200})")
_COMMANDS = (
    re.compile(r"(^|\s)((?:[A-Za-z]{0,6}\.?\d{1,8})\s+LOGIN\s+(?:\"[^\"\n]{0,200}\"|\S{1,200})\s+)(\"[^\"\n]{0,200}\"|\S{1,200})", re.IGNORECASE),
    re.compile(r"(^|[\n\r]|[>:]\s)(\s{0,4}PASS\s+)(\S{1,200})"),
    re.compile(r"(^|\s)((?:AUTH|AUTHENTICATE)\s+[A-Z0-9-]{3,20}\s+)([A-Za-z0-9+/_=-]{4,})", re.IGNORECASE),
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=.:%?&-])[A-Za-z0-9+/_-]{7,8000}={0,2}(?![A-Za-z0-9+/_=.@-])")
_URL = re.compile(r"(https?://\S{1,2000})", re.IGNORECASE)
_LONG = 20
_ASKED = {"username:", "password:", "user name\x00", "password\x00", "user name:"}


def hidden(text: str) -> str:
    """`text` with everything that may be a secret replaced."""
    text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    for command in _COMMANDS:
        text = command.sub(rf"\1\2{HIDDEN}", text)
    for named in (_NAMED, _NAMED_HAN):
        text = named.sub(_of_named, text)
    # A link has to stay whole to be of use.
    parts = _URL.split(text)
    return "".join(part if at % 2 else _BASE64.sub(_of_base64, part) for at, part in enumerate(parts))


def _of_named(found: re.Match[str]) -> str:
    value = found[2]
    sentence = found[1].rstrip()[-1] in ":\uff1a" and value.isalpha() and value[0].isascii() and _is_word(value)
    return found[0] if sentence or value == HIDDEN else f"{found[1]}{HIDDEN}"


def _is_word(value: str) -> bool:
    """A plain word behind a colon: "password: incorrect". Anything else may be the password itself."""
    return value.lower() in _PLAIN


_PLAIN = frozenset(
    (
        "incorrect invalid wrong rejected refused expired failed authentication login bad error required missing empty not "
        "the your please application access password username user no"
    ).split()
)


def _of_base64(found: re.Match[str]) -> str:
    word = found[0]
    opened = _opened(word)
    if opened is not None and opened.lower() in _ASKED:
        return word
    if opened is not None and ("\0" in opened or "\1" in opened or _readable(opened, word)):
        return HIDDEN
    mixed = any(c.isdigit() for c in word) + any(c.islower() for c in word) + any(c.isupper() for c in word)
    return HIDDEN if len(word) >= _LONG and mixed == 3 else word


def _readable(opened: str, word: str) -> bool:
    """Base64 of plain text: that is how AUTH LOGIN sends names and passwords. Ordinary words hardly ever are."""
    cased = any(c.islower() for c in word) and any(c.isupper() for c in word[1:])
    return len(opened) >= 4 and opened.isascii() and opened.isprintable() and (word.endswith("=") or cased)


def _opened(word: str) -> str | None:
    bare = word.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return None
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
