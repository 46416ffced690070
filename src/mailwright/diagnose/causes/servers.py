"""Causes on the server: limits, faults and policies."""

from __future__ import annotations

from mailwright.core import Fixer, Severity
from mailwright.diagnose.causes.entry import Entry

_YOU, _PROVIDER, _NETWORK, _ADMIN = Fixer.YOU, Fixer.PROVIDER, Fixer.NETWORK, Fixer.ADMIN
_ERROR, _UNKNOWN = Severity.ERROR, Severity.UNKNOWN

LIMITS: tuple[Entry, ...] = (
    Entry(
        "limit.connections",
        _YOU,
        _UNKNOWN,
        supports={"reason.limit": 20, "code.LIMIT": 22},
        sister=4,
    ),
    Entry("limit.rate", _YOU, _UNKNOWN, supports={"code.LOGIN-DELAY": 26}, params=("wait",), sister=8),
    Entry("limit.bandwidth", _YOU, _UNKNOWN, sister=6),
    Entry("limit.quota", _YOU, _ERROR, supports={"code.OVERQUOTA": 26, "enhanced.2.2": 24}),
    Entry("limit.locked_mailbox", _YOU, _UNKNOWN, supports={"code.INUSE": 26, "code.IN-USE": 26}),
)

SERVERS: tuple[Entry, ...] = (
    Entry(
        "server.overload",
        _PROVIDER,
        _UNKNOWN,
        supports={
            "code.UNAVAILABLE": 24,
            "code.SERVERBUG": 22,
            "code.SYS/TEMP": 24,
            "login.temporary": 24,
            "login.silent": 28,
            "greeting.silent_over_tls": 22,
            "greeting.refused": 12,
            "look.refused": 12,
            "ladder.all": 24,
            "sender.temporary": 24,
        },
        decided_by=("ask.later",),
    ),
    Entry("server.maintenance", _PROVIDER, _UNKNOWN),
    Entry(
        "server.misconfig",
        _ADMIN,
        _ERROR,
        supports={"select.refused": 12, "code.SERVERBUG": 8, "code.UNAVAILABLE": 6, "handshake.internal": 12},
        needs=("select.refused", "code.SERVERBUG", "handshake.internal"),
        decided_by=("ask.later",),
    ),
    Entry("server.disk_full", _ADMIN, _ERROR, supports={"select.refused": 12}, needs=("reply.server.disk_full",)),
)

POLICIES: tuple[Entry, ...] = (
    Entry("policy.sender", _YOU, _ERROR, supports={"sender.refused": 20}, against={"sender.temporary": 20}),
    Entry("policy.sending_banned", _PROVIDER, _ERROR),
    Entry(
        "policy.ip_blocked",
        _NETWORK,
        _ERROR,
        supports={"blocklist.listed": 20, "reply.address": 1, "owner.known": 1},
        needs=("blocklist.listed",),
        against={"blocklist.clean": 4},
        decided_by=("blocklist", "owner"),
        params=("address", "list", "owner"),
        sister=14,
    ),
    Entry(
        "policy.geo_blocked",
        _PROVIDER,
        _ERROR,
        supports={"reply.address": 1, "owner.known": 1},
        needs=("reply.policy.geo_blocked",),
        decided_by=("owner",),
        params=("address", "owner"),
        sister=14,
    ),
    Entry("policy.client_refused", _PROVIDER, _ERROR, supports={"greeting.refused_for_good": 20}),
    Entry("policy.smtputf8", _PROVIDER, _ERROR, supports={"reason.smtputf8_missing": 25}),
)
