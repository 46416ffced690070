"""The file of PACC and the record that vouches for it (draft-ietf-mailmaint-pacc-02)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from mailwright.core import Asked, Candidate, FlawKind, HttpAnswer, Publication, Source, Told
from mailwright.discover import markup
from mailwright.discover.query import Query
from mailwright.discover.reading import page
from mailwright.discover.saying import Saying
from mailwright.discover.sources import pacc

KINDS = ("application/json",)


def read(asked: Asked, query: Query) -> Publication:
    """Found only if file and record agree; a record whose status is not known leaves it open."""
    found = page.publication(asked, query, page.Form(Source.PACC, _parse, KINDS))
    record, domain = asked.records[0], query.domain
    vouching = [text for text in record.text() if text.lower().replace(" ", "").startswith("v=uaac1")]
    if found.told is Told.NOTHING and vouching:
        return replace(found, told=Told.STOPPED, flaws=(*found.flaws, page.flaw(FlawKind.PACC_FILE, url=asked.where)))
    if found.told is not Told.FOUND or asked.page is None:
        return found
    if not record.status.told:
        return replace(found, told=Told.UNKNOWN, candidate=None)
    if pacc.agrees(asked.page.body, record):
        return found
    digest = base64.b64encode(hashlib.sha256(asked.page.body).digest()).decode()
    kind = FlawKind.PACC_DIGEST if vouching else FlawKind.PACC_RECORD
    # Not through page.flaw(): a record that is cut is none.
    line = f'_ua-auto-config.{domain}. TXT "v=UAAC1; a=sha256; d={digest}"'
    wrong = replace(page.flaw(kind), params=(("record", line),))
    return replace(found, told=Told.STOPPED, candidate=None, flaws=(*found.flaws, wrong))


def _parse(answer: HttpAnswer, saying: Saying) -> page.Read:
    candidate: Candidate | None = pacc.parse(answer.body, saying)
    if candidate is None:
        raise markup.NotMarkupError
    return page.Read(candidate)
