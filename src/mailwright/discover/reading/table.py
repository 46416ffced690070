"""Which reader reads which way."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from mailwright import book, wire
from mailwright.core import Asked, EmailAddress, FlawKind, Publication, Source, Told, Way
from mailwright.discover import markup, objects, verdict
from mailwright.discover.options import Options
from mailwright.discover.query import Query
from mailwright.discover.reading import client_config, mobile_profile, mta_sts, pacc_file, page, pox_answer, srv_records
from mailwright.discover.sources import mailconf

Read = Callable[[Asked, Query], Publication]


def read(asked: Asked, address: EmailAddress, world: wire.World, shelf: book.Book) -> Publication:
    """One way. `address`: who asked."""
    chance = random.Random(0)  # noqa: S311  # nothing is drawn here
    return READERS[asked.way](asked, Query(address, world, shelf, Options(), wire.Recorder(str(address)), chance))


def _files(source: Source) -> Read:
    form = page.Form(source, client_config.parse, client_config.KINDS)
    return lambda asked, query: page.publication(asked, query, form)


def _pox(asked: Asked, query: Query) -> Publication:
    return page.publication(asked, query, page.Form(Source.AUTODISCOVER, pox_answer.parse, pox_answer.KINDS))


def _pox_over_http(asked: Asked, query: Query) -> Publication:
    """What is answered over HTTP itself is used by nobody; only a redirect counts."""
    assert asked.page is not None
    if asked.page.url.startswith("https://"):
        return _pox(asked, query)
    bare = page.described(asked, asked.page)
    return replace(bare, told=Told.NOTHING) if asked.page.told else bare


def _pox_by_record(asked: Asked, query: Query) -> Publication:
    if asked.page is not None:
        return _pox(asked, query)
    said = verdict.dns(Source.AUTODISCOVER, asked.records[0])
    return Publication(asked.way, asked.where, said.told, said.reason)


def _v2(asked: Asked, query: Query) -> Publication:
    """It names addresses of services only, so there are no settings in it."""
    assert asked.page is not None
    bare = page.described(asked, asked.page)
    if not asked.page.ok:
        return bare
    try:
        told = objects.parse(asked.page.body)
    except markup.HostileError:
        told = None
    return replace(bare, told=Told.FOUND if told and objects.text(told, "Url") else Told.NOTHING)


def _mailconf(asked: Asked, query: Query) -> Publication:
    if asked.page is not None:
        return _files(Source.MAILCONF)(asked, query)
    record = asked.records[0]
    said = verdict.dns(Source.MAILCONF, record)
    bare = Publication(asked.way, asked.where, said.told, said.reason)
    named = next((text for text in record.text() if text.strip().lower().startswith(mailconf.PREFIX)), "")
    if not named:
        return bare
    return replace(bare, told=Told.STOPPED, flaws=(page.flaw(FlawKind.MAILCONF_HTTP, found=named.strip()),))


def _mobile(asked: Asked, query: Query) -> Publication:
    return page.publication(asked, query, page.Form(Source.AUTOCONFIG, mobile_profile.parse, mobile_profile.KINDS))


READERS: dict[Way, Read] = {
    Way.AUTOCONFIG: _files(Source.AUTOCONFIG),
    Way.WELL_KNOWN: _files(Source.AUTOCONFIG),
    Way.AUTOCONFIG_HTTP: _files(Source.AUTOCONFIG_HTTP),
    Way.ISPDB: _files(Source.ISPDB),
    Way.MAILCONF: _mailconf,
    Way.PACC: pacc_file.read,
    Way.SRV: srv_records.read,
    Way.AUTODISCOVER: _pox,
    Way.AUTODISCOVER_ROOT: _pox,
    Way.AUTODISCOVER_CASE: _pox,
    Way.AUTODISCOVER_HTTP: _pox_over_http,
    Way.AUTODISCOVER_SRV: _pox_by_record,
    Way.AUTODISCOVER_V2: _v2,
    Way.MOBILECONFIG: _mobile,
    Way.MTA_STS: mta_sts.read,
}
