"""What servers and mail programs say when it does not work, and what it means.

One TOML file for each family of servers, services or programs; each row is a reply as it really came, with
its source and its causes, ranked. `vendors.toml` says whose words they are, `tables/` what single words,
codes and letters mean. A text is unwrapped (`unwrapping`), read (`saying`) and asked about (`table`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.book.replies.row import Row
from mailwright.book.replies.table import Replies

if TYPE_CHECKING:
    from mailwright.book.replies.saying import Said

__all__ = ["Replies", "Row", "hidden", "places", "said", "unwrapped"]


def unwrapped(text: str | bytes) -> str:
    """The text that was meant by what was pasted: bytes, reprs, escapes and markup undone; bounded."""
    from mailwright.book.replies import unwrapping

    return unwrapping.unwrapped(text)


def said(text: str) -> Said:
    """What was said in an unwrapped text: one line, its status, codes and links."""
    from mailwright.book.replies import saying

    return saying.said(text)


def hidden(text: str) -> str:
    """`text` with everything that may be a secret replaced."""
    from mailwright.book.replies import hiding

    return hiding.hidden(text)


def places(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of servers, and the domains of addresses, in an unwrapped text; links left out."""
    from mailwright.book.replies import reading

    return reading.places(text)
