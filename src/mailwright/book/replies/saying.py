"""What a server or a program said, found in what was pasted: joined lines, status, codes, links."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass

from mailwright.core import Protocol

_STAMP = re.compile(
    r"""\s*(?:
      \[?\d{4}[-/.]\d\d[-/.]\d\d[T\ ]\d\d?:\d\d(?::\d\d)?(?:[.,]\d{1,9})?\ ?(?:Z|[+-]\d\d:?\d\d)?\]?
    | \[?\d\d?[./-]\d\d?[./-]\d{2,4},?\ \d\d?:\d\d(?::\d\d)?(?:\ [AP]M)?\]?
    | \[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?
    | [A-Z][a-z]{2}\ [\ \d]\d\ \d\d:\d\d:\d\d(?:\ [\w.-]{1,60}(?=\ \S+:))?
    | \[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|TRACE|SEVERE)\]?(?=[:\s])
    )[\s:|-]{0,4}""",
    re.VERBOSE,
)
_FROM_SERVER = re.compile(
    r"\s*(?:(?:S|R|RECV|SERVER|Server|server|RX|IN): ?|<{1,3}[-~=]?\*{0,2} +|<-{1,2}\s|&lt; |\+{3} )"
)
_FROM_CLIENT = re.compile(r"\s*(?:(?:C|SEND|CLIENT|Client|client|TX|OUT): ?|>>> ?|[-~=]{1,2}> )")
_COMMAND = re.compile(
    r"""\s*(?:>\ ?)?(?:
      (?!(?:NO|BAD|BYE|OK)\b)[A-Za-z]{1,6}\.?\d{0,8}\ LOGIN\ (?:"[^"]*"|\S+)\ (?:"[^"]*"|\S+)
    | [A-Za-z]{1,6}\.?\d{0,8}\ AUTHENTICATE\ [A-Z0-9-]+.{0,4000}
    | AUTH\ (?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|SCRAM-\S{1,20})(?:\ \S{1,4000})?
    | (?:EHLO|HELO|USER|PASS)\ \S{1,300}
    )\s*\Z""",
    re.VERBOSE,
)
# Letters and digits mixed: a single word, or a code like 0x800CCC0E, is none.
_BASE64_LINE = re.compile(
    r"\s*(?:334 )?(?=[A-Za-z0-9+/]*[0-9+/])(?=[A-Za-z0-9+/]*[a-z])(?!0x)[A-Za-z0-9+/]{16,8000}={0,2}\s*\Z"
)
_ASKED_FOR = re.compile(r"\s*334 (?:VXNlcm5hbWU6|UGFzc3dvcmQ6|dXNlcm5hbWU6|cGFzc3dvcmQ6)?\s*\Z")
# RFC 7628 §3.2.2: why a token was refused comes as JSON in base64.
_TOKEN_REFUSED = re.compile(r"\s*(?:334|\+) (eyJ[A-Za-z0-9+/]{8,4000}={0,2})\s*\Z")
# The same where a program repeats it: base64 of {"status and of {"error.
_TOKEN_TOLD = re.compile(r"(?<![A-Za-z0-9+/])(eyJ(?:zdGF0dXMi|lcnJvc)[A-Za-z0-9+/]{4,4000}={0,2})")
_TAG = re.compile(r"\s*(?!(?:OK|NO|BAD|BYE)\b)[A-Za-z]{0,6}[._]?\d{1,10} (?=(?:OK|NO|BAD)\b)")
_LINE_CODE = re.compile(r"\s*([2-5]\d\d)(-| |\Z)(?:([245]\.\d{1,3}\.\d{1,3})(?= |\Z))?")
_CODE = re.compile(r"(?<![\w.:/#-])([45]\d\d)(?:[- #]{1,3}([45]\.\d{1,3}\.\d{1,3})\b|(?=[ :-]\s?[^\W\d]))")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_RESPONSE_CODE = re.compile(r"\[([A-Za-z][A-Za-z/-]{2,24})(?: [^\]]{0,2000})?\]")
_FAILING = re.compile(r"(?:\* )?(?:NO|BAD|BYE)\b|-ERR\b|[45]\d\d(?:[- ]|\Z)")
_FINE = re.compile(r"(?:\* )?(?:OK|PREAUTH|CAPABILITY|FLAGS|LIST|STATUS|ID)\b|\+OK\b|\+ |[23]\d\d(?:[- ]|\Z)")
_SUCCESS = re.compile(r"\s*(?:\S{1,12} )?(?:OK\b|PREAUTH\b)|\s*\+OK\b|\s*[23]\d\d(?:[- ]|\Z)")
_IMAP = re.compile(r"(?:\A|\s|: |['\"])(?:\* )?(?:NO|BAD|BYE)(?= \[?[A-Z])")
_LINK = re.compile(r"https?://[^\s<>\"'\u3000-\uffef]{3,2000}", re.IGNORECASE)
_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00b4": "'", "`": "'", "\u2013": "-", "\u2014": "-"}
)
# "failure [0]" and "failure[0]".
_NUMBER = re.compile(r" (?=\[\d{1,2}\])")
_OLD_DASH = re.compile(r"(?<![\w.])([2-5]\d\d)-(?=\S)")


@dataclass(frozen=True, slots=True)
class Said:
    """`text`: one line, as written; `plain`: lower case, blanks squeezed, for the rows' fragments.

    `status`: NO BAD BYE OK, +OK -ERR or three digits; `code`: the response code (RFC 9051 §7.1, RFC
    2449 §8); `enhanced`: RFC 3463's. `protocol`: which one it looks like. `fine`: it reports success.
    """

    text: str
    plain: str
    status: str = ""
    code: str = ""
    enhanced: str = ""
    protocol: Protocol | None = None
    links: tuple[str, ...] = ()
    fine: bool = False


def said(text: str) -> Said:
    """What was said in an unwrapped text."""
    lines = _chosen([cleaned for line in text.splitlines() if (cleaned := _cleaned(line))])
    whole = _joined(lines)
    status, enhanced = _status(whole)
    found = _RESPONSE_CODE.search(whole)
    code = found[1].upper() if found is not None and not status[:1].isdigit() else ""
    links = tuple(dict.fromkeys(link.rstrip(".,;:)]}'") for link in _LINK.findall(whole)))
    return Said(
        whole,
        plain(whole),
        status,
        code,
        enhanced,
        _protocol(whole, status),
        links,
        fine=_SUCCESS.match(whole) is not None and not status.startswith(("4", "5", "NO", "BAD", "BYE", "-")),
    )


def plain(text: str) -> str:
    """The form in which fragments are looked for: NFKC, lower case, simple quotes, single blanks."""
    simple = unicodedata.normalize("NFKC", _OLD_DASH.sub(r"\1 ", text)).translate(_QUOTES).lower()
    return _NUMBER.sub("", " ".join(simple.split()))


def _cleaned(line: str) -> str:
    """A line without what a log put before it; "" for one that the client sent."""
    line = line.strip()
    for _ in range(4):
        if _FROM_CLIENT.match(line):
            return ""
        shorter = _without(_FROM_SERVER, _without(_STAMP, line))
        if shorter == line:
            break
        line = shorter
    refused = _TOKEN_REFUSED.match(line)
    if refused is not None:
        return _opened(refused[1])
    line = _TOKEN_TOLD.sub(lambda found: _opened(found[1]), line)
    if _COMMAND.match(line) or _BASE64_LINE.match(line) or _ASKED_FOR.match(line):
        return ""
    return _without(_TAG, line).strip()


def _without(pattern: re.Pattern[str], line: str) -> str:
    """The line without what stands at its beginning."""
    found = pattern.match(line)
    return line[found.end() :] if found is not None else line


def _opened(challenge: str) -> str:
    try:
        return f"oauth error {base64.b64decode(challenge + '=' * (-len(challenge) % 4)).decode()}"
    except (binascii.Error, ValueError):
        return ""


def _chosen(lines: list[str]) -> list[str]:
    """In a conversation only what failed counts, and what has to be shown before it."""
    if not any(_FAILING.match(line) for line in lines):
        return lines
    return [line for line in lines if not _FINE.match(line)]


def _joined(lines: list[str]) -> str:
    """One line. RFC 5321 §4.2.1: each line of a reply repeats its code; a link may go on over several."""
    whole, last = "", ""
    for line in lines:
        found = _LINE_CODE.match(line)
        again = found is not None and found[1] == last
        rest = line[found.end() :].strip() if found is not None and again else line
        whole += ("" if _open_link(whole) and (again or " " not in rest) else " ") + rest if whole else rest
        last = found[1] if found is not None else ("" if not again else last)
    return _once(" ".join(whole.split()))


def _open_link(text: str) -> bool:
    """True inside `<https://…`: Gmail breaks its links wherever a line is full."""
    at = text.rfind("<http")
    return at >= 0 and ">" not in text[at:] and len(text) - at < 2000


def _once(text: str) -> str:
    """A reply whose lines were joined by somebody else: the code stays where it stands first."""
    found = _CODE.search(text)
    if found is None:
        return text
    code = found[1]
    again = re.compile(rf"([\s,;|/])(?:{code}[- ]|{code}\Z)(?:[245]\.\d{{1,3}}\.\d{{1,3}}(?: |\Z))?")
    head, tail = text[: found.end()], text[found.end() :]
    parts, at = [], 0
    for repeat in again.finditer(tail):
        parts.append(tail[at : repeat.start()])
        at = repeat.end()
        parts.append("" if _open_link(head + "".join(parts)) else " ")
    return " ".join((head + "".join(parts) + tail[at:]).split())


def _status(text: str) -> tuple[str, str]:
    """Status and enhanced code."""
    found = _CODE.search(text) or _LINE_CODE.match(text)
    imap = _IMAP.search(text)
    enhanced = _ENHANCED.search(text)
    if "-ERR" in text[:200]:
        return "-ERR", enhanced[1] if enhanced else ""
    if imap is not None and (found is None or imap.start() < found.start()):
        return imap[0].strip(" :'\"*"), ""
    if found is not None:
        return found[1], enhanced[1] if enhanced else ""
    start = re.match(r"\s*(?:\S{1,12} )?(\+?OK|BYE|NO|BAD)\b", text)
    return (start[1] if start else ""), enhanced[1] if enhanced else ""


def _protocol(text: str, status: str) -> Protocol | None:
    if status in ("-ERR", "+OK"):
        return Protocol.POP3
    if status in ("NO", "BAD", "BYE", "OK"):
        return Protocol.IMAP
    if status.isdigit():
        return Protocol.SMTP
    low = text[:2000].lower()
    named = [p for p in Protocol if p.value in low or p.value.rstrip("3") in low.split()]
    return named[0] if len(named) == 1 else None
