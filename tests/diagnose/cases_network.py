"""Causes on the way and in TLS: what yields each, and one much like it that must not."""

from __future__ import annotations

from dataclasses import replace

from mailwright.core import (
    Endpoint,
    LookKind,
    Outcome,
    Reason,
    Stage,
)
from tests.diagnose.examined import (
    IMAP,
    STARTTLS,
    beside,
    look,
)
from tests.diagnose.situations import (
    AVAST,
    CLOCK,
    FORTI,
    HERE,
    LEAF,
    V4_TOO,
    V6_BROKEN,
    Pair,
    bad,
    dialled,
    names,
    paper,
    shaken,
    speaking,
    stopped,
)

NETWORK: dict[str, Pair] = {
    "dns.nxdomain": (
        stopped(Reason.DNS_NXDOMAIN, Stage.RESOLVE, looks=names()),
        stopped(Reason.DNS_NXDOMAIN, Stage.RESOLVE, looks=names("192.0.2.8")),
    ),
    "dns.nodata": (stopped(Reason.DNS_NODATA, Stage.RESOLVE), stopped(Reason.DNS_NXDOMAIN, Stage.RESOLVE)),
    "dns.servfail": (
        stopped(Reason.DNS_SERVFAIL, Stage.RESOLVE, looks=names(status="servfail")),
        stopped(Reason.DNS_TIMEOUT, Stage.RESOLVE),
    ),
    "dns.timeout": (
        stopped(Reason.DNS_TIMEOUT, Stage.RESOLVE, looks=names("192.0.2.8")),
        stopped(Reason.READ_TIMEOUT, Stage.GREETING),
    ),
    "dns.hijack": (
        replace(bad(18, paper(own=True)), looks=names("8.8.4.4", "10.10.10.10")),
        replace(bad(18, paper(own=True)), looks=names("8.8.4.4", "8.8.4.4")),
    ),
    "net.refused": (
        stopped(Reason.CONNECT_REFUSED),
        stopped(
            Reason.CONNECT_REFUSED,
            looks=(
                look(
                    LookKind.PORT,
                    "imap.example.org:143",
                    endpoint=Endpoint(IMAP, "imap.example.org", 143, STARTTLS),
                    security="starttls",
                    speaks="imap",
                ),
            ),
        ),
    ),
    "net.timeout": (stopped(Reason.CONNECT_TIMEOUT), stopped(Reason.CONNECT_REFUSED)),
    "net.unreachable": (
        stopped(Reason.CONNECT_UNREACHABLE, steps=(dialled("EHOSTUNREACH", 3.07),)),
        stopped(Reason.CONNECT_UNREACHABLE, steps=(dialled("EHOSTUNREACH", 0.001),)),
    ),
    "net.firewall": (
        stopped(Reason.CONNECT_UNREACHABLE, steps=(dialled("EHOSTUNREACH", 0.001),)),
        stopped(Reason.CONNECT_UNREACHABLE, steps=(dialled("ENETUNREACH", 0.0001),)),
    ),
    "net.reset": (stopped(Reason.CONNECT_RESET, Stage.TLS), stopped(Reason.CLOSED, Stage.GREETING)),
    "net.ipv6_broken": (
        stopped(Reason.CONNECT_TIMEOUT, steps=V6_BROKEN),
        stopped(Reason.CONNECT_TIMEOUT, steps=V4_TOO),
    ),
    "net.private_address": (stopped(Reason.PRIVATE_ADDRESS), stopped(Reason.CONNECT_REFUSED)),
    "net.port_not_allowed": (stopped(Reason.PORT_NOT_ALLOWED), stopped(Reason.PRIVATE_ADDRESS)),
    "net.no_sockets": (stopped(Reason.NO_SOCKETS), stopped(Reason.CONNECT_FAILED)),
    "net.closed": (stopped(Reason.CLOSED, Stage.GREETING), stopped(Reason.CONNECT_RESET, Stage.GREETING)),
    "net.slow": (stopped(Reason.READ_TIMEOUT, Stage.CAPABILITY), speaking("imap", Reason.READ_TIMEOUT)),
    "net.mtu": (
        stopped(Reason.READ_TIMEOUT, Stage.TLS, looks=(beside(HERE, LookKind.SMALL, mss=536),)),
        stopped(Reason.READ_TIMEOUT, Stage.TLS, looks=(beside(HERE, LookKind.SMALL, Outcome.TIMEOUT, mss=536),)),
    ),
    "net.portal": (
        stopped(
            Reason.TLS_NOT_SPOKEN,
            Stage.TLS,
            looks=(
                beside(HERE, LookKind.BYTES, speaks="http", banner="HTTP/1.1 302 Found"),
                look(LookKind.PORTAL, "http://plain.test/", status=302, location="http://login.wifi.test/"),
            ),
        ),
        stopped(
            Reason.TLS_NOT_SPOKEN,
            Stage.TLS,
            looks=(
                beside(HERE, LookKind.BYTES, speaks="http", banner="HTTP/1.1 400 Bad Request"),
                look(LookKind.PORTAL, "http://plain.test/", status=204),
            ),
        ),
    ),
    "net.proxy": (stopped(Reason.PROXY_UNREACHABLE, Stage.PROXY), stopped(Reason.PROXY_REFUSED, Stage.PROXY)),
    "net.proxy_auth": (stopped(Reason.PROXY_AUTH, Stage.PROXY), stopped(Reason.PROXY_UNREACHABLE, Stage.PROXY)),
    "net.proxy_refused": (stopped(Reason.PROXY_REFUSED, Stage.PROXY), stopped(Reason.PROXY_AUTH, Stage.PROXY)),
}

ENCRYPTION: dict[str, Pair] = {
    "tls.expired": (
        bad(10, looks=(look(CLOCK, "http date", ahead=1.0),)),
        bad(10, looks=(look(CLOCK, "http date", ahead=90 * 86400.0),)),
    ),
    "tls.not_yet_valid": (
        bad(9, looks=(look(CLOCK, "http date", ahead=0.5),)),
        bad(9, looks=(look(CLOCK, "http date", ahead=-2e8),)),
    ),
    "tls.clock": (
        bad(9, looks=(look(CLOCK, "http date", ahead=-2e8),)),
        bad(9, looks=(look(CLOCK, "http date", ahead=0.5),)),
    ),
    "tls.name": (bad(62), bad(18, paper(own=True))),
    "tls.self_signed": (bad(18, paper("CN=imap.example.org", own=True)), bad(18, paper(FORTI, own=True))),
    "tls.unknown_ca": (bad(19, LEAF, paper("CN=Firm Root", own=True)), bad(19, LEAF, paper(AVAST))),
    "tls.intermediate": (
        bad(20, LEAF, looks=(beside(HERE, LookKind.CHAIN, completed=True, aia="http://r11.example/"),)),
        bad(20, LEAF, looks=(beside(HERE, LookKind.CHAIN, completed=False, aia=""),)),
    ),
    "tls.interception": (bad(20, paper(AVAST)), bad(20, paper("CN=Avalanche CA"))),
    "tls.weak_key": (bad(66), bad(62)),
    "tls.certificate": (bad(23), bad(10)),
    "tls.version": (shaken("TLSV1_ALERT_PROTOCOL_VERSION"), shaken("SSLV3_ALERT_HANDSHAKE_FAILURE", "seclevel0")),
    "tls.cipher": (
        shaken("SSLV3_ALERT_HANDSHAKE_FAILURE", "seclevel0"),
        shaken("SSLV3_ALERT_HANDSHAKE_FAILURE", "tls1.0"),
    ),
    "tls.client_cert": (shaken("TLSV13_ALERT_CERTIFICATE_REQUIRED"), shaken("SSLV3_ALERT_HANDSHAKE_FAILURE", "legacy")),
    "tls.sni": (shaken("TLSV1_UNRECOGNIZED_NAME"), shaken("TLSV1_ALERT_PROTOCOL_VERSION")),
}
