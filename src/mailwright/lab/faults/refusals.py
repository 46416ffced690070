"""Servers that refuse in the words of real providers, under the providers' own host names.

The replies were seen in public logs and in the servers' sources; the table of replies in the
book says where. What is volatile in them (addresses, times, queue names) is made up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailwright.lab.faults.typed import VAGUE
from mailwright.lab.faults.vendors import BANNERS, HOSTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.lab.faults.scene import Scene

Says = dict[str, Any]


def _voice(
    vendor: str, every: dict[str, Says] | None = None, *, users: tuple[tuple[str, str], ...] = (), **says: Says
) -> Callable[[Scene], None]:
    """A provider's servers ("" for somebody's own), with the words of `every` and `says`, by protocol."""
    words = {**(every or {}), **says}

    def make(scene: Scene) -> None:
        known = users or scene.mailbox()
        if not vendor:
            scene.mail(plays=words, users=known)
            return
        banners = BANNERS.get(vendor, {})
        plays = {protocol: {**banners.get(protocol, {}), **words.get(protocol, {})} for protocol in HOSTS[vendor]}
        scene.vendor(HOSTS[vendor], plays=plays, users=known)

    return make


def _login(imap: str, smtp: str, pop3: str = "") -> dict[str, Says]:
    """The same refusal to every sign-in."""
    return {"imap": {"login": imap}, "smtp": {"login": smtp}, "pop3": {"login": pop3 or imap.replace("NO", "-ERR", 1)}}


working_gmail = _voice("gmail")
_TOKENS: Says = {"tokens": True}
_HELP = "https://support.google.com/mail/"
_APP_PASSWORD = "Application-specific password required: https://support.google.com/accounts/answer/185833"
_BROWSER = "Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754"
app_password_gmail = _voice(
    "gmail",
    _login(
        f"NO [ALERT] {_APP_PASSWORD} (Failure)",
        f"534-5.7.9 Application-specific password required. Learn more at 5.7.9 {_HELP}?p=InvalidSecondFactor",
        f"-ERR [AUTH] {_APP_PASSWORD}",
    ),
)
plain_gmail = _voice(
    "gmail",
    _login(
        "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        f"535-5.7.8 Username and Password not accepted. Learn more at 535 5.7.8 {_HELP}?p=BadCredentials",
        "-ERR [AUTH] Username and password not accepted.",
    ),
)
app_password_yahoo = _voice(
    "yahoo",
    _login(
        "NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials",
        "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
        "-ERR [AUTH] (#MBR1212) Incorrect username or password.",
    ),
)
app_password_icloud = _voice(
    "icloud",
    _login(
        "NO [AUTHENTICATIONFAILED] Authentication Failed",
        "535 5.7.8 Error: authentication failed: authentication failure",
    ),
)
app_password_mailru = _voice(
    "mailru",
    _login(
        "NO NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password "
        "is REQUIRED",
        "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application "
        "password is REQUIRED",
    ),
)
app_password_fastmail = _voice(
    "fastmail",
    _login(
        "NO Incorrect username, password or access token.", "535 5.7.0 Incorrect username, password or access token."
    ),
)
authcode_qq = _voice(
    "qq",
    _login(
        VAGUE,
        "535 Login Fail. Please enter your authorization code to login. More information in "
        "http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256",
        "-ERR Please using authorized code to login.",
    ),
)
authcode_163 = _voice(
    "163",
    _login("NO LOGIN Login error or password error", "535 Error: authentication failed", "-ERR Unable to log on"),
)
authcode_exmail = _voice(
    "exmail",
    _login(
        "NO Login fail. Please using weixin token", "535 Login Fail. Please enter your authorization code to login."
    ),
)
oauth_only_outlook = _voice(
    "outlook",
    _login(
        "NO LOGIN failed.",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "-ERR Logon failure: unknown user name or bad password.",
    ),
)
oauth_only_office = _voice(
    "microsoft",
    _login(
        "NO Basic authentication is disabled.\n* BYE Microsoft Exchange Server IMAP4 server signing off.",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "-ERR Basic authentication is disabled.",
    ),
)
oauth_expired = _voice(
    "gmail",
    users=(("nobody", ""),),
    imap={"tokens": True, "refusal": "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"},
    pop3={"tokens": True, "refusal": "-ERR [AUTH] Invalid credentials"},
    smtp={
        "tokens": True,
        "refusal": f"535-5.7.8 Username and Password not accepted. Learn more at 535 5.7.8 {_HELP}?p=BadCredentials",
    },
)
web_login_gmail = _voice(
    "gmail",
    _login(
        "* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbs] Web login required.\n"
        f"NO [ALERT] {_BROWSER} (Failure)",
        "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbs> Please log in via your web "
        "browser and then try again. Learn more at 534 5.7.14 https://support.google.com/mail/answer/78754",
        f"-ERR [SYS/PERM] {_BROWSER}",
    ),
)
off_user_yandex = _voice(
    "yandex",
    _login(
        "NO [AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=cYXlpv732Cg1_010534_2-1e59ad28a72c",
        "535 5.7.8 Error: authentication failed: This user does not have access rights to this service",
    ),
)
off_user_yahoo_pop = _voice("yahoo", pop3={"login": "-ERR pop not allowed for user."})
off_user_163_smtp = _voice("163", smtp={"login": "550 User has no permission"})
off_admin_zimbra = _voice(
    "",
    imap={
        "login": "NO account does not have IMAP access enabled",
        "banner": "mail.example.test Zimbra IMAP4rev1 server ready",
    },
)
off_admin_tenant = _voice(
    "microsoft",
    imap=_TOKENS,
    pop3=_TOKENS,
    smtp=_TOKENS
    | {
        "login": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
        "https://aka.ms/smtp_auth_disabled for more information."
    },
)
off_admin_zoho = _voice(
    "zoho",
    imap={
        "login": "NO [ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)"
    },
)
policy_admin = _voice(
    "microsoft",
    imap=_TOKENS,
    pop3=_TOKENS,
    smtp=_TOKENS
    | {
        "login": "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults "
        "policy. Contact your administrator."
    },
)
policy_admin_criteria = _voice(
    "microsoft",
    imap=_TOKENS,
    pop3=_TOKENS,
    smtp=_TOKENS
    | {
        "login": "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated "
        "successfully. Contact your administrator."
    },
)
locked_163 = _voice(
    "163",
    _login("NO ERR.LOGIN.USERSTATUS", "535 5.7.0 ERR.LOGIN.USERSTATUS", "-ERR ERR.LOGIN.USERSTATUS"),
)
too_many_smtp = _voice("", smtp={"login": "535 Authentication failed. Too many invalid logon attempts."})
too_many_aliyun = _voice("", smtp={"login": "526 Authentication failure[1]"})
too_many_stalwart = _voice("", smtp={"login": "455 4.3.0 Too many authentication errors, disconnecting."})
expired_password = _voice(
    "",
    _login(
        "NO [EXPIRED] Password expired", "432 4.7.12 A password transition is needed", "-ERR [AUTH] Password expired"
    ),
)
simple_password = _voice("", smtp={"login": "535 your password is too simple"})
unsafe_163 = _voice("163", imap={"after": "NO {command} Unsafe Login. Please contact kefu@188.com for help"})
wrong_mailbox = _voice(
    "microsoft",
    imap={"tokens": True, "after": "BAD User is authenticated but not connected."},
    smtp={"tokens": True},
    pop3={"tokens": True},
)
not_signed_in = _voice("", smtp={"sender": "530 5.7.57 Client not authenticated to send mail."})
syntax = _voice("", imap={"login": "BAD Invalid characters in atom"})
connections_gmail = _voice("gmail", imap={"login": "NO [ALERT] Too many simultaneous connections. (Failure)"})
rate_office = _voice(
    "microsoft",
    imap=_TOKENS | {"after": "BAD Request is throttled. Suggested Backoff Time: 178755 milliseconds"},
    pop3=_TOKENS,
    smtp=_TOKENS,
)
rate_pop = _voice("", pop3={"login": "-ERR [LOGIN-DELAY] Logins must be at least 5 minutes apart"})
bandwidth_gmail = _voice("gmail", imap={"login": "* BYE Account exceeded command or bandwidth limits."})
quota = _voice("", imap={"after": "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"})
maildrop = _voice("", pop3={"login": "-ERR [IN-USE] Unable to lock maildrop: Mailbox is locked by POP server"})
overload_gmail = _voice("gmail", imap={"login": "NO Temporary System Problem. Try again later. (Failure)"})
overload_icloud = _voice("icloud", imap={"login": "NO [UNAVAILABLE] Unexpected exception"})
maintenance = _voice(
    "",
    imap={
        "login": "NO [ALERT] account undergoing maintenance; please try again later",
        "banner": "mail.example.test Zimbra IMAP4rev1 server ready",
    },
)
sender_qq = _voice("qq", smtp={"sender": "501 Mail from address must be same as authorization user."})
banned = _voice(
    "microsoft",
    imap=_TOKENS,
    pop3=_TOKENS,
    smtp=_TOKENS
    | {"sender": "550 5.1.8 Access denied, bad outbound sender AS(42003) [AS4P250CA0012.EURP250.PROD.OUTLOOK.COM]"},
)
blocked_163 = _voice("163", smtp={"greeting": "421 HL:REP 163 smtp10,RMCowADn7_Hr, 203.0.113.9"})
blocked_rule = _voice("", _login("NO ERR.LOGINRULE.IPDENY", "535 ERR.LOGINRULE.IPDENY"))
