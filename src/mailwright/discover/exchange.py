"""Microsoft's clouds, known by the names their Autodiscover lives under."""

from __future__ import annotations

from mailwright import book
from mailwright.core import registrable_domain

_CLOUDS = {
    "outlook.com": "microsoft365",
    "office365.com": "microsoft365",
    "office.com": "microsoft365",
    "cloud.microsoft": "microsoft365",
    "outlook.cn": "m365-cn",
    "office365.us": "microsoft365-us-gov",
}


def provider(host: str, shelf: book.Book) -> book.Provider | None:
    """The provider in the book that runs this Exchange host, if it is one of the clouds."""
    id = _CLOUDS.get(registrable_domain(host) or "")
    return shelf.get(id) if id else None
