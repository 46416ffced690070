"""What a close look at a server's encryption means: findings, the most serious first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from mailwright.core import (
    ChainFault,
    ChainLink,
    ChainProblem,
    Finding,
    Fixer,
    Outcome,
    Param,
    Protocol,
    Reason,
    Severity,
    StapleState,
    TlsLook,
    TlsVersion,
)
from mailwright.diagnose import tlslevels
from mailwright.diagnose.tlslevels import Grade

# OpenSSL, Firefox and the stores of phones want more days than this to notice a renewal that failed.
FEW_DAYS = 14
MOST_NAMED = 8
_ORDER = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)
# OpenSSL 3.0 at its default level and Firefox refuse less than the first, internet.nl calls less than the second bad.
DH_REFUSED, DH_SHORT = 1024, 2048
_FAULTS = {
    ChainFault.EXPIRED: ("tls.expired", "tls.look.chain_expired", Severity.ERROR),
    ChainFault.NOT_YET_VALID: ("tls.not_yet_valid", "tls.look.chain_not_yet", Severity.ERROR),
    ChainFault.NAME: ("tls.name", "tls.name", Severity.ERROR),
    ChainFault.NO_NAME: ("tls.look.no_san", "tls.look.no_san", Severity.WARNING),
    ChainFault.SELF_SIGNED: ("tls.self_signed", "tls.self_signed", Severity.ERROR),
    ChainFault.UNKNOWN_CA: ("tls.unknown_ca", "tls.unknown_ca", Severity.ERROR),
    ChainFault.INTERMEDIATE: ("tls.intermediate", "tls.intermediate", Severity.ERROR),
    ChainFault.WEAK_KEY: ("tls.weak_key", "tls.look.chain_weak_key", Severity.ERROR),
    ChainFault.WEAK_SIGNATURE: ("tls.look.weak_signature", "tls.look.weak_signature", Severity.ERROR),
    ChainFault.ORDER: ("tls.look.chain_order", "tls.look.chain_order", Severity.INFO),
    ChainFault.OTHER: ("tls.certificate", "tls.certificate", Severity.ERROR),
}
_NOT_REACHED = {
    Reason.DNS_NXDOMAIN: ("dns.nxdomain", Fixer.YOU),
    Reason.DNS_NODATA: ("dns.nodata", Fixer.PROVIDER),
    Reason.DNS_SERVFAIL: ("dns.servfail", Fixer.PROVIDER),
    Reason.DNS_TIMEOUT: ("dns.timeout", Fixer.NETWORK),
    Reason.CONNECT_REFUSED: ("net.refused", Fixer.PROVIDER),
    Reason.CONNECT_TIMEOUT: ("net.timeout", Fixer.NETWORK),
    Reason.CONNECT_RESET: ("net.reset", Fixer.NETWORK),
    Reason.PRIVATE_ADDRESS: ("net.private_address", Fixer.YOU),
    Reason.PORT_NOT_ALLOWED: ("net.port_not_allowed", Fixer.YOU),
    Reason.NO_SOCKETS: ("net.no_sockets", Fixer.YOU),
    Reason.PROXY_UNREACHABLE: ("net.proxy", Fixer.YOU),
    Reason.PROXY_AUTH: ("net.proxy_auth", Fixer.YOU),
    Reason.PROXY_REFUSED: ("net.proxy_refused", Fixer.NETWORK),
    Reason.READ_TIMEOUT: ("net.slow", Fixer.PROVIDER),
    Reason.TOO_MUCH: ("proto.too_much", Fixer.PROVIDER),
    Reason.CLOSED: ("net.closed", Fixer.PROVIDER),
}
_STARTTLS = {
    Reason.STARTTLS_MISSING: "tls.starttls_missing",
    Reason.STARTTLS_REFUSED: "tls.starttls_refused",
    Reason.STARTTLS_INJECTION: "tls.starttls_injection",
}


def tls_findings(look: TlsLook) -> tuple[Finding, ...]:
    """Everything worth telling about `look`."""
    found = list(_no_tls(look)) if look.outcome is not Outcome.OK else [*_chain(look), *_spoken(look)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def _finding(
    look: TlsLook,
    id: str,
    severity: Severity,
    who: Fixer = Fixer.ADMIN,
    *,
    params: Mapping[str, Param] = MappingProxyType({}),
    **more: Param,
) -> Finding:
    target = look.target
    about: dict[str, Param] = {"host": target.host, "port": target.port, **params, **more}
    return Finding(id, severity, who, tuple(about.items()), target.starttls)


def _no_tls(look: TlsLook) -> Iterator[Finding]:
    """No TLS was spoken. Whatever answered, it was not what was asked for: that is told apart from silence."""
    mail = {*Protocol}
    if look.reason in _STARTTLS:
        yield _finding(look, _STARTTLS[look.reason], Severity.ERROR)
    elif look.speaks == "tls":
        yield _finding(look, "tls.look.begins_with_tls", Severity.UNKNOWN, Fixer.YOU)
    elif look.speaks in mail and look.target.starttls != look.speaks:
        yield _finding(
            look, "tls.look.starttls_wanted", Severity.UNKNOWN, Fixer.YOU, speaks=look.speaks, banner=look.banner
        )
    elif look.speaks:
        yield _finding(
            look, "tls.look.other_service", Severity.UNKNOWN, Fixer.YOU, speaks=look.speaks, banner=look.banner
        )
    else:
        id, who = _NOT_REACHED.get(look.reason, ("tls.look.silent", Fixer.PROVIDER))
        yield _finding(look, id, Severity.UNKNOWN, who)


def _chain(look: TlsLook) -> Iterator[Finding]:
    told: set[str] = set()
    unknown = any(p.fault in (ChainFault.SELF_SIGNED, ChainFault.UNKNOWN_CA) for p in look.chain_problems)
    for problem in look.chain_problems:
        own, above, severity = _FAULTS[problem.fault]
        id = own if problem.at == 0 else above
        if not problem.needed:
            id, severity = "tls.look.chain_superfluous", Severity.WARNING
        if id not in told and not (unknown and problem.fault is ChainFault.ORDER):
            told.add(id)
            yield _finding(look, id, severity, params=_certificate(look, problem))
    leaf = look.chain[0] if look.chain else ChainLink()
    if leaf.certificate is None:
        return
    if 0 <= leaf.days_left < FEW_DAYS and "tls.expired" not in told:
        until = leaf.certificate.not_after.date().isoformat()
        yield _finding(look, "tls.look.expires_soon", Severity.WARNING, days=leaf.days_left, until=until)
    yield from _staple(look, must=leaf.must_staple)


def _certificate(look: TlsLook, problem: ChainProblem) -> dict[str, Param]:
    """What the texts may mention of the certificate that is at fault."""
    link = look.chain[min(problem.at, len(look.chain) - 1)] if look.chain else ChainLink()
    shown = link.certificate
    if shown is None:
        return {}
    if problem.at >= len(look.chain):
        return {"issuer": shown.issuer}
    return {
        "names": ", ".join(shown.names[:5]),
        "issuer": shown.issuer,
        "subject": shown.subject,
        "until": shown.not_after.date().isoformat(),
        "since": shown.not_before.date().isoformat(),
        "key": shown.key,
        "signature": link.signature,
        "name": look.target.name,
    }


def _staple(look: TlsLook, *, must: bool) -> Iterator[Finding]:
    state = look.staple.state
    if state is StapleState.REVOKED:
        yield _finding(look, "tls.look.revoked", Severity.ERROR)
    elif must and state in (StapleState.NONE, StapleState.STALE, StapleState.UNREADABLE):
        yield _finding(look, "tls.look.must_staple", Severity.ERROR)
    elif state in (StapleState.STALE, StapleState.UNREADABLE, StapleState.UNKNOWN):
        yield _finding(look, "tls.look.staple", Severity.WARNING, state=state.value)


def _spoken(look: TlsLook) -> Iterator[Finding]:
    yield from _versions(look)
    yield from _ciphers(look)
    yield from _exchange(look)
    yield from _habits(look)


def _versions(look: TlsLook) -> Iterator[Finding]:
    offered = [one.version for one in look.versions if one.offered]
    broken = [v for v in offered if tlslevels.VERSIONS[v] is Grade.INSUFFICIENT]
    old = [v for v in offered if tlslevels.VERSIONS[v] is Grade.PHASE_OUT]
    none_of_today = all(look.version(version).offered is False for version in (TlsVersion.TLS12, TlsVersion.TLS13))
    if offered and none_of_today:
        yield _finding(look, "tls.look.only_old", Severity.ERROR, versions=_spelt(offered))
    elif old:
        yield _finding(look, "tls.look.old_version", Severity.WARNING, versions=_spelt(old))
    if broken:
        yield _finding(look, "tls.look.broken_version", Severity.ERROR, versions=_spelt(broken))
    if look.version(TlsVersion.TLS13).offered is False and TlsVersion.TLS12 in offered:
        yield _finding(look, "tls.look.no_tls13", Severity.INFO)


def _spelt(versions: Iterable[TlsVersion]) -> str:
    return ", ".join(spelt(version) for version in versions)


def spelt(version: str) -> str:
    """A version as people write it."""
    text = version.replace("SSLv", "SSL ").replace("TLSv", "TLS ")
    return f"{text}.0" if text == "TLS 1" else text


def _ciphers(look: TlsLook) -> Iterator[Finding]:
    every = list(dict.fromkeys(name for one in look.versions if one.offered for name in one.ciphers))
    modern = [one for one in look.versions if one.version in (TlsVersion.TLS12, TlsVersion.TLS13)]
    # A client of today (OpenSSL 3, Python 3.10, every browser) has nothing else in common with such a server.
    fitting = any("DHE" in name or "_WITH_" not in name for one in modern for name in one.ciphers)
    if every and any(one.offered for one in modern) and not fitting:
        yield _finding(look, "tls.look.only_static", Severity.ERROR, ciphers=_named(every), count=len(every))
    for grade, id, severity in (
        (Grade.INSUFFICIENT, "tls.look.broken_cipher", Severity.ERROR),
        (Grade.PHASE_OUT, "tls.look.weak_cipher", Severity.WARNING),
    ):
        some = [name for name in every if tlslevels.cipher(name) is grade]
        if some:
            yield _finding(look, id, severity, ciphers=_named(some), count=len(some))
    older = look.version(TlsVersion.TLS12)
    if tlslevels.worst(older.ciphers) in (Grade.PHASE_OUT, Grade.INSUFFICIENT) and len(older.ciphers) > 1:
        if older.ordered is False:
            yield _finding(look, "tls.look.no_order", Severity.INFO)
        elif older.ordered and not tlslevels.rising(older.ciphers):
            yield _finding(look, "tls.look.bad_order", Severity.WARNING, cipher=older.ciphers[0])


def _named(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _exchange(look: TlsLook) -> Iterator[Finding]:
    exchange = look.exchange
    if 0 < exchange.dh_bits < DH_SHORT:
        severity = Severity.ERROR if exchange.dh_bits <= DH_REFUSED else Severity.WARNING
        yield _finding(look, "tls.look.short_dh", severity, bits=exchange.dh_bits)
    if exchange.weak_groups:
        yield _finding(look, "tls.look.weak_groups", Severity.WARNING, groups=", ".join(exchange.weak_groups))
    if exchange.sha1:
        yield _finding(look, "tls.look.sha1", Severity.WARNING)
    if look.version(TlsVersion.TLS13).offered and exchange.complete and not any("MLKEM" in g for g in exchange.groups):
        yield _finding(look, "tls.look.no_pqc", Severity.INFO, groups=", ".join(exchange.groups[:4]))


def _habits(look: TlsLook) -> Iterator[Finding]:
    habits, modern = look.habits, bool(look.version(TlsVersion.TLS13).offered)
    if habits.compression:
        yield _finding(look, "tls.look.compression", Severity.WARNING)
    if habits.secure_renegotiation is False:
        # OpenSSL 3 refuses to speak to such a server, unless TLS 1.3 makes it needless.
        yield _finding(look, "tls.look.renegotiation", Severity.WARNING if modern else Severity.ERROR)
    if habits.fallback_refused is False:
        yield _finding(look, "tls.look.fallback", Severity.INFO)
    if habits.extended_master_secret is False:
        yield _finding(look, "tls.look.master_secret", Severity.INFO)
    if habits.client_certificate:
        yield _finding(look, "tls.look.client_certificate", Severity.INFO)
