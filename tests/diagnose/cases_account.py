"""Causes in account and server: what yields each, and one much like it that must not."""

from __future__ import annotations

from dataclasses import replace

from mailwright.core import (
    LookKind,
    Reason,
    SecretKind,
    Stage,
    Typed,
)
from tests.diagnose import made
from tests.diagnose.examined import (
    GOOD,
    IMAP,
    examined,
    let_in,
    look,
    refused,
    seen,
)
from tests.diagnose.situations import (
    EXMAIL,
    FOUND,
    HERE,
    NETEASE,
    NETEASE_FOUND,
    OUT,
    QQ,
    QQ_FOUND,
    QUALIFIED,
    Pair,
    login,
    sending,
    stopped,
    typed,
    wanting,
)

TOKEN_MECHANISMS = ("XOAUTH2",)
SIGNING_IN: dict[str, Pair] = {
    "auth.bad_credentials": (login(), login(found=wanting(SecretKind.APP_PASSWORD))),
    "auth.username_form": (
        login(typed=Typed(IMAP, username="li"), name="li"),
        login(typed=Typed(IMAP, username="li@example.org")),
    ),
    "auth.app_password": (
        login("NO [ALERT] Application-specific password required: https://support.google.com/a"),
        login("NO [ALERT] Please log in via your web browser: https://support.google.com/a"),
    ),
    "auth.authcode": (
        login(QUALIFIED, found=QQ_FOUND, address=QQ, where=QQ_FOUND.services[0], name="li@qq.com"),
        login(QUALIFIED, found=QQ_FOUND, address=QQ, where=EXMAIL, name="li@qq.com", typed=typed("imap.exmail.qq.com")),
    ),
    "auth.oauth_only": (
        login("535 5.7.139 Authentication unsuccessful, basic authentication is disabled."),
        login(
            "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy."
        ),
    ),
    "auth.oauth_expired": (login("NO AUTHENTICATE failed", mechanism="XOAUTH2"), login("NO AUTHENTICATE failed")),
    "auth.password_expired": (login("NO [EXPIRED] Sorry"), login("NO [UNAVAILABLE] Sorry")),
    "auth.password_policy": (login("535 your password is too simple"), login("535 your password is wrong")),
    "auth.wrong_mailbox": (
        login("BAD User is authenticated but not connected.", stage=Stage.SELECT),
        login("NO [SERVERBUG] Internal", stage=Stage.SELECT),
    ),
    "auth.protocol_off_user": (
        examined(refused(HERE), let_in(OUT), found=FOUND),
        examined(refused(HERE), let_in(OUT, name="another"), found=FOUND),
    ),
    "auth.protocol_off_admin": (
        examined(
            let_in(HERE), refused(OUT, "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant."), found=FOUND
        ),
        examined(let_in(HERE), refused(OUT, "535 5.7.8 Error"), found=FOUND),
    ),
    "auth.policy_admin": (
        login("535 5.7.139 user is locked by your organization's security defaults policy."),
        login("NO [CONTACTADMIN] Call us"),
    ),
    "auth.web_login": (
        login("NO [WEBALERT https://x.test/] Web login required."),
        login("NO [ALERT] Invalid credentials (Failure)"),
    ),
    "auth.locked": (login("NO [CONTACTADMIN] Call us"), login("NO [UNAVAILABLE] Call us")),
    "auth.too_many_attempts": (login("535 5.7.0 (#AUTH005) Too many bad auth attempts."), login("535 5.7.0 Bad auth")),
    "auth.client_id": (
        login(
            "NO SELECT Unsafe Login. Please contact kefu@188.com",
            stage=Stage.SELECT,
            found=NETEASE_FOUND,
            address=NETEASE,
        ),
        login("NO SELECT no such mailbox", stage=Stage.SELECT),
    ),
    "auth.mechanism": (
        stopped(Reason.NO_MECHANISM, Stage.LOGIN, tls=GOOD),
        stopped(Reason.NO_MECHANISM, Stage.LOGIN, tls=GOOD).__class__(
            evidence=made.evidence(replace(seen(HERE, Reason.NO_MECHANISM, Stage.LOGIN), mechanisms=TOKEN_MECHANISMS)),
        ),
    ),
    "auth.required": (
        sending("530 5.7.57 Client not authenticated to send mail.", Stage.MAIL_FROM),
        sending("550 5.7.1 not yours", Stage.MAIL_FROM),
    ),
    "auth.server_signature": (stopped(Reason.SERVER_SIGNATURE, Stage.LOGIN), login()),
    "client.syntax": (login("523 cipher text is invalid base64 format"), login("535 5.7.8 authentication failed")),
}

LISTED = look(LookKind.BLOCKLIST, "198.51.100.7", list="zen.example", codes="127.0.0.2")
SERVERS: dict[str, Pair] = {
    "limit.connections": (
        login("NO [LIMIT] Maximum number of connections from user+IP exceeded"),
        login("NO [UNAVAILABLE] x"),
    ),
    "limit.rate": (login("-ERR [LOGIN-DELAY] Logins must be at least 5 minutes apart"), login("-ERR [AUTH] no")),
    "limit.bandwidth": (login("BYE Account exceeded command or bandwidth limits."), login("BYE Autologout")),
    "limit.quota": (login("NO [OVERQUOTA] full", stage=Stage.SELECT), login("NO full", stage=Stage.SELECT)),
    "limit.locked_mailbox": (login("-ERR [IN-USE] Unable to lock maildrop:"), login("-ERR [SYS/TEMP] later")),
    "server.overload": (login("NO [UNAVAILABLE] busy"), login("NO [AUTHENTICATIONFAILED] busy")),
    "server.maintenance": (
        login("NO [ALERT] account undergoing maintenance; please try again later"),
        login("NO [UNAVAILABLE] busy"),
    ),
    "server.misconfig": (
        login("NO no such mailbox", stage=Stage.SELECT),
        login("NO [INUSE] locked", stage=Stage.SELECT),
    ),
    "server.disk_full": (
        login("NO [X] Internal error occurred. Refer to server log for more information.", stage=Stage.SELECT),
        login("NO [X] Something", stage=Stage.SELECT),
    ),
    "policy.sender": (
        sending("501 Mail from address must be same as authorization user.", Stage.MAIL_FROM),
        sending("451 4.7.1 later", Stage.MAIL_FROM),
    ),
    "policy.sending_banned": (
        sending("550 User has been banned from sending", Stage.MAIL_FROM),
        sending("550 Not your address", Stage.MAIL_FROM),
    ),
    "policy.ip_blocked": (
        examined(
            let_in(HERE),
            refused(OUT, "554 5.7.1 Client 198.51.100.7 blocked using zen.example", stage=Stage.GREETING),
            found=FOUND,
            looks=(LISTED,),
        ),
        examined(let_in(HERE), refused(OUT, "554 5.7.1 No SMTP service here", stage=Stage.GREETING), found=FOUND),
    ),
    "policy.geo_blocked": (
        examined(refused(HERE, "NO Login is not allowed from your country"), found=FOUND),
        examined(refused(HERE, "NO Login is not allowed"), found=FOUND),
    ),
    "policy.client_refused": (
        examined(let_in(HERE), refused(OUT, "554 5.7.1 No service", stage=Stage.GREETING), found=FOUND),
        examined(let_in(HERE), refused(OUT, "421 4.3.2 No service now", stage=Stage.GREETING), found=FOUND),
    ),
    "policy.smtputf8": (stopped(Reason.SMTPUTF8_MISSING, Stage.MAIL_FROM), stopped(Reason.NO_MECHANISM, Stage.LOGIN)),
}
