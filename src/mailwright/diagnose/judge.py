"""From what was found and what was seen to findings, most serious first."""

from __future__ import annotations

from collections.abc import Mapping

from mailwright.core import (
    Candidate,
    Discovery,
    Evidence,
    Finding,
    Fixer,
    Param,
    Protocol,
    Reason,
    Reply,
    SecretKind,
    ServiceEvidence,
    Severity,
    Stage,
    TlsFacts,
    Told,
)
from mailwright.diagnose import rules
from mailwright.diagnose.rules import Rule

_ORDER = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)


def findings(discovery: Discovery, evidence: Evidence | None) -> tuple[Finding, ...]:
    """Everything worth telling. `evidence` None: nobody signed in."""
    found = _about_settings(discovery)
    if evidence is not None and discovery.candidate is not None:
        found += _about_services(discovery.candidate, evidence)
    elif discovery.candidate is not None and discovery.candidate.services:
        found.append(_finding(Rule("settings.not_verified", Severity.INFO, Fixer.YOU), {}))
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.severity)))


def _about_settings(discovery: Discovery) -> list[Finding]:
    domain = discovery.address.unicode_domain
    if discovery.candidate is not None:
        return _about_provider(discovery.candidate)
    if discovery.domain.exists is False:
        return [_finding(Rule("domain.nxdomain", Severity.ERROR, Fixer.YOU), {"domain": domain})]
    if discovery.domain.null_mx:
        return [_finding(Rule("domain.null_mx", Severity.ERROR, Fixer.YOU), {"domain": domain})]
    if not discovery.online:
        return [_finding(Rule("settings.offline", Severity.UNKNOWN, Fixer.YOU), {"domain": domain})]
    if any(answer.told is Told.UNKNOWN for answer in discovery.answers):
        return [_finding(Rule("settings.unknown", Severity.UNKNOWN, Fixer.NETWORK), {"domain": domain})]
    return [_finding(Rule("settings.not_found", Severity.ERROR, Fixer.PROVIDER), {"domain": domain})]


def _about_provider(candidate: Candidate) -> list[Finding]:
    if candidate.services:
        return []
    params = {"provider": candidate.provider or ""}
    return [_finding(Rule("provider.closed", Severity.ERROR, Fixer.PROVIDER), params)]


def _about_services(candidate: Candidate, evidence: Evidence) -> list[Finding]:
    """The endpoint of each protocol that let us come farthest decides; of equals the preferred one."""
    decisive: dict[Protocol, ServiceEvidence] = {}
    for seen in evidence.services:
        before = decisive.get(seen.service.protocol)
        if before is None or _progress(seen) > _progress(before):
            decisive[seen.service.protocol] = seen
    found: list[Finding] = []
    for seen in decisive.values():
        found += [_failure(candidate, seen, decisive)] if not seen.works else _repairs(seen)
    if not any(protocol.incoming for protocol in decisive):
        found.append(_finding(Rule("settings.no_incoming", Severity.ERROR, Fixer.PROVIDER), {}))
    if Protocol.SMTP not in decisive:
        found.append(_finding(Rule("settings.no_outgoing", Severity.ERROR, Fixer.PROVIDER), {}))
    return found


def _progress(seen: ServiceEvidence) -> tuple[bool, bool, int]:
    return seen.works, bool(seen.logins), list(Stage).index(seen.stage)


def _failure(candidate: Candidate, seen: ServiceEvidence, others: dict[Protocol, ServiceEvidence]) -> Finding:
    if seen.reason is Reason.TLS_CERTIFICATE:
        return _finding(_certificate(seen.tls or TlsFacts()), _tls_params(seen), seen)
    if seen.reason is Reason.NO_MECHANISM and seen.stage is Stage.MAIL_FROM:
        return _finding(Rule("policy.smtputf8", Severity.ERROR, Fixer.PROVIDER), {}, seen)
    if _only_tokens(seen):
        offered = {**_secret_params(candidate), "reply": f"AUTH {' '.join(seen.mechanisms)}"}
        return _finding(Rule("auth.oauth_only", Severity.ERROR, Fixer.YOU), offered, seen)
    if seen.reason is Reason.LOGIN_DISABLED and seen.tls is not None:
        return _finding(rules.REASONS[Reason.NO_MECHANISM], {}, seen)  # it cannot be for want of TLS
    if seen.reason is not Reason.REFUSED:
        return _finding(rules.REASONS.get(seen.reason, rules.REASONS[Reason.READ_TIMEOUT]), {}, seen)
    at_stage = {
        Stage.LOGIN: lambda: _login(candidate, seen, others),
        Stage.SELECT: lambda: _select(candidate, seen.reply),
        Stage.MAIL_FROM: lambda: _temporary(seen.reply) or Rule("policy.sender", Severity.ERROR, Fixer.YOU),
    }
    rule = at_stage.get(seen.stage, lambda: rules.OVERLOAD)()
    return _finding(rule, _secret_params(candidate), seen)


def _only_tokens(seen: ServiceEvidence) -> bool:
    """True when no password could be tried because the server takes only OAuth 2.0 tokens."""
    nothing_fits = seen.reason in (Reason.NO_MECHANISM, Reason.LOGIN_DISABLED) and not seen.logins
    return nothing_fits and bool(rules.TOKEN_MECHANISMS & set(seen.mechanisms))


def _certificate(tls: TlsFacts) -> Rule:
    leaf_alone = len(tls.chain) == 1 and not tls.chain[0].self_signed
    no_issuer = tls.verify_code in (20, 21)
    if leaf_alone and no_issuer:
        return rules.MISSING_INTERMEDIATE
    return rules.CERTIFICATE.get(tls.verify_code, rules.OTHER_CERTIFICATE)


def _login(candidate: Candidate, seen: ServiceEvidence, others: dict[Protocol, ServiceEvidence]) -> Rule:
    status = seen.reply.status if seen.reply else ""
    coded = _coded(seen.reply) or rules.LOGIN_STATUS.get(status) or _temporary(seen.reply)
    if coded is not None:
        return coded
    if any(other.logins and other.logins[-1].outcome == "ok" for other in others.values()):
        # The same name and secret are right elsewhere: this protocol is not switched on.
        return Rule("auth.protocol_off_user", Severity.ERROR, Fixer.YOU)
    if seen.logins and seen.logins[-1].mechanism in rules.TOKEN_MECHANISMS:
        return Rule("auth.oauth_expired", Severity.ERROR, Fixer.YOU)
    return Rule(_wanted(candidate), Severity.ERROR, Fixer.YOU)


def _wanted(candidate: Candidate) -> str:
    """What the provider probably misses in the secret that was refused."""
    if candidate.secret is None or candidate.secret.value.when != "always":
        return "auth.bad_credentials"
    return {
        SecretKind.AUTHORIZATION_CODE: "auth.authcode",
        SecretKind.APP_PASSWORD: "auth.app_password",
        SecretKind.SEPARATE_PASSWORD: "auth.app_password",
        SecretKind.BRIDGE_PASSWORD: "auth.app_password",
        SecretKind.OAUTH2: "auth.oauth_only",
    }.get(candidate.secret.value.kind, "auth.bad_credentials")


def _coded(reply: Reply | None) -> Rule | None:
    return rules.LOGIN_CODES.get(reply.code) if reply else None


def _temporary(reply: Reply | None) -> Rule | None:
    # RFC 4954 §6: 4yz may go well later, whatever the text.
    return rules.OVERLOAD if reply and len(reply.status) == 3 and reply.status[0] == "4" else None


def _select(candidate: Candidate, reply: Reply | None) -> Rule:
    coded = _coded(reply)
    if coded is not None:
        return coded
    if candidate.needs_id is not None and candidate.needs_id.value:
        return Rule("auth.client_id", Severity.ERROR, Fixer.PROVIDER)
    return Rule("server.misconfig", Severity.ERROR, Fixer.ADMIN)


def _repairs(seen: ServiceEvidence) -> list[Finding]:
    """What had to be repaired before the login worked: the person should type it so next time."""
    used = seen.logins[-1].repairs if seen.logins else ()
    ids = dict.fromkeys(rules.REPAIRS[repair] for repair in used)
    name = seen.logins[-1].username if seen.logins else ""
    return [_finding(Rule(id, Severity.WARNING, Fixer.YOU), {"username": name}, seen) for id in ids]


def _secret_params(candidate: Candidate) -> dict[str, Param]:
    return {"provider": candidate.provider or ""}


def _tls_params(seen: ServiceEvidence) -> dict[str, Param]:
    chain = seen.tls.chain if seen.tls else ()
    if not chain:
        return {"names": "", "issuer": "", "until": "", "since": ""}
    leaf = chain[0]
    return {
        "names": ", ".join(leaf.names[:5]),
        "issuer": leaf.issuer,
        "until": leaf.not_after.date().isoformat(),
        "since": leaf.not_before.date().isoformat(),
    }


def _finding(rule: Rule, params: Mapping[str, Param], seen: ServiceEvidence | None = None) -> Finding:
    if seen is None:
        return Finding(rule.id, rule.severity, rule.who, tuple(params.items()))
    endpoint = seen.service.endpoint.value
    about: dict[str, Param] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "reply": str(seen.reply) if seen.reply else "",
        "username": ", ".join(dict.fromkeys(login.username for login in seen.logins)),
        **params,
    }
    return Finding(rule.id, rule.severity, rule.who, tuple(about.items()), endpoint.protocol, (seen.stage.value,))
