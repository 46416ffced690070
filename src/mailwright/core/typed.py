"""What was meant by a server name that was typed, pasted or dictated."""

from __future__ import annotations

import re
from urllib.parse import unquote

from mailwright.core.endpoint import check_host
from mailwright.core.secret import AROUND, NARROW

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+", re.ASCII)
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.%]+)\](?::(\d{1,5}))?\Z")
_GLUED = re.compile(r"([^:]+):(\d{1,5})\Z")
_QUOTES = "\"'`<>()“”‘’«»「」《》"
_BEHIND = ",;.、，；/"


def meant_place(text: str) -> tuple[str, int | None]:
    """The host that was probably meant, in canonical form, and a port glued to it (None: none was).

    Undone are blanks, quotation marks, full-width letters, percent-encoding, a scheme in front, a path,
    and punctuation behind. Raises BadInput("input.host") when no host is left.
    """
    rest = text.translate(NARROW).strip(AROUND + _QUOTES)
    rest = _SCHEME.sub("", unquote(rest).lower(), count=1)
    rest = rest.split("/", 1)[0].strip(AROUND + _QUOTES + _BEHIND)
    rest = rest.rpartition("@")[2]
    found = _BRACKETED.match(rest) or _GLUED.match(rest)
    host, port = (found[1], found[2]) if found else (rest, None)
    host = "".join(c for c in host if c not in AROUND)
    number = int(port) if port else None
    return check_host(host), number if number is not None and 1 <= number <= 65535 else None
