"""From whatever was pasted (bytes, reprs, escapes, markup, mojibake) to the text that was meant.

Every pattern here is linear in the length of the text, and the text is bounded.
"""

from __future__ import annotations

import binascii
import html
import re

LIMIT = 16 * 1024
"""Longer texts lose their middle: what went wrong stands at the beginning or at the end."""

_BYTES_REPR = re.compile(r"""\b[bB](?:'((?:[^'\\\n]|\\.){0,4000})'|"((?:[^"\\\n]|\\.){0,4000})")""")
_TUPLE = re.compile(r"\((\d{3}), ?(?=\S)")
_ENCODED_WORD = re.compile(r"=\?([\w-]{2,30})\?([bBqQ])\?([^?\s]{0,2000})\?=(?:\s+(?==\?))?")
_HEX = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2}){2,}")
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){3,}")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){3,}")
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|a|div|span|code|pre|font|strong|em|td|tr|li|h\d)(?:\s[^<>]{0,300})?/?>", re.IGNORECASE
)
# int() refuses more than 4300 digits, and no character has more than seven.
_ENDLESS = re.compile(r"&#\d{20,};?")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# What Latin-1 text looks like that was never Latin-1 (0x80 to 0xFF, and cp1252's own letters there).
_HIGH = re.compile(
    "[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}"
)
_SHORT_ESCAPES = {r"\r": "\r", r"\n": "\n", r"\t": "\t", r"\"": '"', r"\'": "'", r"\/": "/"}
_SHORT = re.compile(r"\\[rnt\"'/](?![a-z]{2,}\\)")


def unwrapped(said: str | bytes) -> str:
    """The text inside, at most LIMIT characters; never raises."""
    text = bounded(said if isinstance(said, str) else decoded(said[: 4 * LIMIT]))
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        text = decoded(text.encode("utf-8", "surrogateescape" if _escaped(text) else "surrogatepass"))
    text = _ANSI.sub("", text)
    if "&" in text or "<" in text:
        text = html.unescape(_ENDLESS.sub("\N{REPLACEMENT CHARACTER}", _TAG.sub("\n", text)))
    text = _TUPLE.sub(r"\1 ", _BYTES_REPR.sub(_of_repr, text))
    text = _ENCODED_WORD.sub(_of_word, text)
    if "\\" in text:
        text = _UNICODE.sub(_of_unicode, _OCTAL.sub(_of_octal, _HEX.sub(_of_hex, text)))
        text = _SHORT.sub(lambda found: _SHORT_ESCAPES[found[0]], text)
    text = _PERCENT.sub(_of_percent, _QUOTED.sub(_of_quoted, text))
    return bounded(_UNSEEN.sub(_blank, _HIGH.sub(_of_mojibake, text)))


def decoded(raw: bytes) -> str:
    """UTF-8, else GB18030 (as QQ sends), else Latin-1."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def bounded(text: str) -> str:
    """`text` without its middle where it is too long."""
    return text if len(text) <= LIMIT else f"{text[: LIMIT // 2 - 1]}\n{text[-LIMIT // 2 :]}"


def _escaped(text: str) -> bool:
    return all("\udc80" <= letter <= "\udcff" for letter in text if "\ud800" <= letter <= "\udfff")


def _blank(found: re.Match[str]) -> str:
    return " " if found[0] < " " else ""


def _of_repr(found: re.Match[str]) -> str:
    inside = found[1] if found[1] is not None else found[2]
    if "\\x" not in inside:
        return str(inside)
    try:
        return decoded(inside.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace"))
    except UnicodeDecodeError:
        return str(inside)


def _of_word(found: re.Match[str]) -> str:
    # RFC 2047 §4.1, §4.2: base64, or quoted-printable with _ for blanks.
    charset, encoding, body = found[1], found[2].lower(), found[3]
    try:
        raw = binascii.a2b_base64(body) if encoding == "b" else binascii.a2b_qp(body, header=True)
    except (binascii.Error, ValueError):
        return found[0]
    # Some codecs (undefined, idna) have errors of their own.
    try:
        return raw.decode(charset)
    except (LookupError, ValueError):
        return decoded(raw)


def _of_hex(found: re.Match[str]) -> str:
    return decoded(bytes.fromhex(found[0].replace("\\x", "")))


def _of_octal(found: re.Match[str]) -> str:
    return decoded(bytes(int(part, 8) for part in found[0].split("\\")[1:]))


def _of_unicode(found: re.Match[str]) -> str:
    raw = bytes.fromhex(found[0].replace("\\u", ""))
    return raw.decode("utf-16-be", "replace")


def _of_percent(found: re.Match[str]) -> str:
    return _if_text(found[0], bytes.fromhex(found[0].replace("%", "")))


def _of_quoted(found: re.Match[str]) -> str:
    return _if_text(found[0], bytes.fromhex(found[0].replace("=", "")))


def _if_text(written: str, raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return written
    return text if text.isprintable() else written


def _of_mojibake(found: re.Match[str]) -> str:
    """UTF-8 or GBK that was read as Latin-1: put right only where the outcome is sure to be text."""
    raw = b"".join(_western(letter) for letter in found[0])
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    # GB 2312 level 1, the common characters: 0xB0 to 0xD7, then 0xA1 to 0xFE.
    pairs = [raw[at : at + 2] for at in range(0, len(raw), 2)]
    common = sum(len(pair) == 2 and 0xB0 <= pair[0] <= 0xD7 and 0xA1 <= pair[1] <= 0xFE for pair in pairs)
    if len(pairs) < 3 or common < 0.8 * len(pairs):
        return found[0]
    return raw.decode("gb18030", "replace")


def _western(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1", "replace")
