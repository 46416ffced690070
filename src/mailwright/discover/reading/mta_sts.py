"""The policy of MTA-STS, its record, and whether it fits the mail exchangers (RFC 8461). It tells no settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailwright.core import Asked, Flaw, FlawKind, Publication, Told
from mailwright.discover.query import Query
from mailwright.discover.reading.page import described, flaw

MAX_BYTES = 64 * 1024
MODES = ("enforce", "testing", "none")
MAX_ID = 32
# RFC 8461 §3.1: in these very letters; another version is not for us.
_VERSION = re.compile(r"v=STSv1[ \t]*(;|$)")


@dataclass(frozen=True, slots=True)
class _Policy:
    mode: str
    hosts: tuple[str, ...]
    wrong: str


def read(asked: Asked, query: Query) -> Publication:
    """Found if there is a policy and its record; one without the other is a flaw."""
    assert asked.page is not None
    found, record = described(asked, asked.page), asked.records[0]
    texts = [text for text in record.text() if _VERSION.match(text)]
    # RFC 8461 §3.3: redirects are not followed.
    policy = _policy(asked.page.body) if asked.page.ok and asked.page.url == asked.page.asked else None
    if not texts and (policy is None or policy.wrong):
        return replace(
            found, told=Told.NOTHING if record.status.told and found.told is not Told.UNKNOWN else Told.UNKNOWN
        )
    if not record.status.told or (found.told is Told.UNKNOWN and policy is None):
        return replace(found, told=Told.UNKNOWN)
    flaws = tuple(_flaws(texts, policy, asked, query))
    broken = any(one.kind in (FlawKind.MTA_STS_RECORD, FlawKind.MTA_STS_POLICY) for one in flaws)
    return replace(found, told=Told.STOPPED if broken else Told.FOUND, flaws=flaws)


def _flaws(texts: list[str], policy: _Policy | None, asked: Asked, query: Query) -> Iterator[Flaw]:
    assert asked.page is not None
    if len(texts) != 1 or not _id(texts[0]):
        yield flaw(FlawKind.MTA_STS_RECORD, record=f'_mta-sts.{query.domain}. TXT "v=STSv1; id=1"')
    if policy is None:
        yield flaw(FlawKind.MTA_STS_POLICY, url=asked.where, found=asked.page.status or str(asked.page.reason))
        return
    if policy.wrong:
        yield flaw(FlawKind.MTA_STS_POLICY, url=asked.where, found=policy.wrong)
        return
    if asked.page.content_type != "text/plain":
        yield flaw(FlawKind.CONTENT_TYPE, found=asked.page.content_type or "?", wanted="text/plain")
    if policy.mode != "enforce":
        yield flaw(FlawKind.MTA_STS_MODE, mode=policy.mode)
    missing = [one.host for one in asked.records[1].mx() if one.host != "." and not _covered(one.host, policy.hosts)]
    if missing and policy.mode != "none":
        yield flaw(FlawKind.MTA_STS_MX, host=missing[0], mode=policy.mode)


def _id(text: str) -> bool:
    """RFC 8461 §3.1: letters and digits, at most 32."""
    fields = dict(field.strip().partition("=")[::2] for field in text.split(";"))
    id = fields.get("id", "").strip()
    return id.isascii() and id.isalnum() and len(id) <= MAX_ID


def _policy(body: bytes) -> _Policy:
    """RFC 8461 §3.2: one key and value a line; unknown keys are passed over, "mx" may stand more than once."""
    if len(body) > MAX_BYTES:
        return _Policy("", (), "64 KiB")
    lines = body.decode("utf-8", "replace").splitlines()
    pairs = [(key.strip(), value.strip()) for key, colon, value in (line.partition(":") for line in lines) if colon]
    fields = dict(reversed(pairs))
    hosts = tuple(value.lower().rstrip(".") for key, value in pairs if key == "mx")
    mode, age = fields.get("mode", ""), fields.get("max_age", "")
    checks = (
        ("version", fields.get("version") == "STSv1"),
        ("mode", mode in MODES),
        ("max_age", age.isascii() and age.isdigit() and int(age[:12]) <= 31_557_600),
        ("mx", bool(hosts) or mode == "none"),
    )
    return _Policy(mode, hosts, next((name for name, good in checks if not good), ""))


def _covered(host: str, patterns: tuple[str, ...]) -> bool:
    """RFC 8461 §4.1: a star stands for exactly one label, the first."""
    return host in patterns or f"*.{host.partition('.')[2]}" in patterns
