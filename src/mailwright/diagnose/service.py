"""What it means that one service did not work, or only after a repair."""

from __future__ import annotations

import ipaddress

from mailwright.core import (
    Candidate,
    Finding,
    Fixer,
    LoginTry,
    Outcome,
    Param,
    Protocol,
    Reason,
    Reply,
    SecretKind,
    ServiceEvidence,
    Severity,
    Stage,
    TlsFacts,
)
from mailwright.diagnose import rules
from mailwright.diagnose.making import finding
from mailwright.diagnose.rules import Rule

Others = dict[Protocol, ServiceEvidence]


def failure(candidate: Candidate, seen: ServiceEvidence, others: Others) -> Finding:
    """Why it did not work. `others`: what was seen of the other protocols."""
    at_home = _at_home(seen)
    if at_home is not None:
        return finding(at_home, _secret_params(candidate), seen)
    if seen.reason is Reason.TLS_CERTIFICATE:
        return finding(_certificate(seen.tls or TlsFacts()), _tls_params(seen), seen)
    if _only_tokens(seen):
        offered = {**_secret_params(candidate), "reply": f"AUTH {' '.join(seen.mechanisms)}"}
        return finding(Rule("auth.oauth_only", Severity.ERROR, Fixer.YOU), offered, seen)
    if seen.reason is Reason.LOGIN_DISABLED and seen.tls is not None:
        return finding(rules.REASONS[Reason.NO_MECHANISM], {}, seen)  # it cannot be for want of TLS
    if seen.reason is not Reason.REFUSED:
        return finding(rules.REASONS[seen.reason], {}, seen)
    at_stage = {
        Stage.LOGIN: lambda: _login(candidate, seen, others),
        Stage.SELECT: lambda: _select(candidate, seen.reply),
        Stage.MAIL_FROM: lambda: _temporary(seen.reply) or Rule("policy.sender", Severity.ERROR, Fixer.YOU),
    }
    rule = at_stage.get(seen.stage, lambda: _turned_away(seen.reply))()
    return finding(rule, _secret_params(candidate), seen)


def _at_home(seen: ServiceEvidence) -> Rule | None:
    """A program on this machine that should be there (a bridge): nobody else can mend it."""
    host = seen.service.endpoint.value.host
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    by_reason = {Reason.CONNECT_REFUSED: rules.NO_BRIDGE, Reason.TLS_CERTIFICATE: rules.BRIDGE_CERTIFICATE}
    return by_reason.get(seen.reason) if local else None


def _turned_away(reply: Reply | None) -> Rule:
    """A no before anyone signed in, or to looking around: for now, or for good (RFC 5321 §4.2.1)."""
    for_good = reply is not None and reply.status[:1] == "5" and len(reply.status) == 3
    return _coded(reply) or (rules.TURNED_AWAY if for_good else rules.OVERLOAD)


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


def _login(candidate: Candidate, seen: ServiceEvidence, others: Others) -> Rule:
    status = seen.reply.status if seen.reply else ""
    coded = _coded(seen.reply) or rules.LOGIN_STATUS.get(status) or _temporary(seen.reply)
    if coded is not None:
        return coded
    if any(_same_accepted(other, login) for other in others.values() for login in seen.logins):
        # The same name and secret are right elsewhere: this protocol is not switched on.
        return Rule("auth.protocol_off_user", Severity.ERROR, Fixer.YOU)
    if seen.logins and seen.logins[-1].mechanism in rules.TOKEN_MECHANISMS:
        return Rule("auth.oauth_expired", Severity.ERROR, Fixer.YOU)
    return Rule(_wanted(candidate), Severity.ERROR, Fixer.YOU)


def _same_accepted(other: ServiceEvidence, refused: LoginTry) -> bool:
    """True when the other service let in the same user name with the same secret."""
    accepted = other.logins[-1] if other.logins and other.logins[-1].outcome is Outcome.OK else None
    return accepted is not None and (accepted.username, accepted.repairs) == (refused.username, refused.repairs)


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


def repairs(seen: ServiceEvidence) -> list[Finding]:
    """What had to be repaired before the login worked: the person should type it so next time."""
    used = seen.logins[-1].repairs if seen.logins else ()
    ids = dict.fromkeys(rules.REPAIRS[repair] for repair in used)
    name = seen.logins[-1].username if seen.logins else ""
    return [finding(Rule(id, Severity.WARNING, Fixer.YOU), {"username": name}, seen) for id in ids]


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
