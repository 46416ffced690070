"""What was meant by a server name that was typed, pasted or dictated."""

from __future__ import annotations

import re
from urllib.parse import unquote

from mailwright.core.endpoint import Protocol, check_host
from mailwright.core.problem import BadInput
from mailwright.core.secret import AROUND, NARROW

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+", re.ASCII)
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.%]+)\](?::(\d{1,5}))?\Z")
_GLUED = re.compile(r"([^:]+):(\d{1,5})\Z")
QUOTES = "\"'`<>()“”‘’«»「」《》"
KIND = re.compile(r"(?:^|[.-])(imaps?|pop3?s?|pop-3|smtps?|submission|mx|www)\d*(?=[.-])")
_PROTOCOLS = {"imap": Protocol.IMAP, "pop": Protocol.POP3, "smtp": Protocol.SMTP, "submission": Protocol.SMTP}
_BEHIND = ",;.、，；/"
MOST_TYPED = 2000
"""Letters; what is longer is no host with something around it."""


def meant_place(text: str) -> tuple[str, int | None]:
    """The host that was probably meant, in canonical form, and a port glued to it (None: none was).

    Undone are blanks, quotation marks, full-width letters, percent-encoding, a scheme in front, a path,
    and punctuation behind. Raises BadInput: "input.host", with the text as it was, when no host is left;
    "input.port" for a number behind it that is no port.
    """
    if len(text) > MOST_TYPED:
        raise BadInput("input.host", host=text.strip()[:80])
    rest = text.translate(NARROW).strip(AROUND + QUOTES)
    rest = _SCHEME.sub("", unquote(rest).lower(), count=1)
    rest = rest.split("/", 1)[0].strip(AROUND + QUOTES + _BEHIND)
    rest = rest.rpartition("@")[2]
    found = _BRACKETED.match(rest) or _GLUED.match(rest)
    host, port = (found[1], found[2]) if found else (rest, None)
    host = "".join(c for c in host if c not in AROUND)
    number = int(port) if port else None
    try:
        checked = check_host(host)
    except BadInput as problem:
        raise BadInput("input.host", host=text.strip()[:80]) from problem
    if number is not None and not 1 <= number <= 65535:
        raise BadInput("input.port", port=number)
    return checked, number


def meant_port(text: str) -> tuple[int, str | None]:
    """The port that was meant, and the text itself where it is not just those digits. Raises BadInput("input.port")."""
    digits = text.translate(NARROW).strip(AROUND + QUOTES)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6 and 1 <= int(digits) <= 65535):
        raise BadInput("input.port", port=text.strip()[:20])
    return int(digits), text if text.strip() != digits else None


def named_protocol(host: str) -> Protocol | None:
    """The protocol a host name says it serves: smtp.example.org, None if it says none."""
    found = KIND.search(host.lower())
    if found is None:
        return None
    return _PROTOCOLS.get(found[1].rstrip("s").rstrip("3").rstrip("-"))
