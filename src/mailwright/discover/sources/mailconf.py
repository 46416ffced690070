"""A TXT record `mailconf=URL` at the domain, an old convention of Mozilla's."""

from __future__ import annotations

from urllib.parse import urlsplit

from mailwright.core import Reason, Source, SourceAnswer, Told
from mailwright.discover import fetch, verdict
from mailwright.discover.query import Query

SOURCE = Source.MAILCONF
PREFIX = "mailconf="


async def ask(query: Query) -> SourceAnswer:
    """The file the record points to, HTTPS only."""
    answer = await query.dns(query.domain, "TXT")
    texts = (text.strip() for text in answer.text())
    url = next((text[len(PREFIX) :].strip() for text in texts if text.lower().startswith(PREFIX)), "")
    if not url:
        return verdict.dns(SOURCE, answer)
    scheme, mark, rest = url.partition("://")
    if scheme.lower() != "https" or not mark:
        return SourceAnswer(SOURCE, Told.STOPPED, f"TXT {query.domain}", reason=Reason.REDIRECT)
    url = f"https://{rest}"  # capital letters are the same scheme
    # Whoever can write the DNS answer chooses the URL: HTTPS proves nothing about a host elsewhere.
    return await fetch.one(query, SOURCE, url, own=answer.signed or query.inside(_host(url)))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
