"""All sources of settings, in one table. The order here means nothing: ranks are in ranking.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mailwright.core import Source, SourceAnswer
from mailwright.discover.query import Query
from mailwright.discover.sources import (
    autoconfig,
    autoconfig_http,
    autodiscover,
    book,
    guess,
    hint,
    ispdb,
    mailconf,
    mx_autoconfig,
    mx_book,
    mx_ispdb,
    pacc,
    srv,
)

Ask = Callable[[Query], Awaitable[SourceAnswer]]

SOURCES: dict[Source, Ask] = {
    book.SOURCE: book.ask,
    pacc.SOURCE: pacc.ask,
    autoconfig.SOURCE: autoconfig.ask,
    mailconf.SOURCE: mailconf.ask,
    ispdb.SOURCE: ispdb.ask,
    srv.SOURCE: srv.ask,
    mx_book.SOURCE: mx_book.ask,
    mx_autoconfig.SOURCE: mx_autoconfig.ask,
    mx_ispdb.SOURCE: mx_ispdb.ask,
    autodiscover.SOURCE: autodiscover.ask,
    autoconfig_http.SOURCE: autoconfig_http.ask,
    hint.SOURCE: hint.ask,
    guess.SOURCE: guess.ask,
}
