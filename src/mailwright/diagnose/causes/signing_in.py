"""Causes that lie in user name, password, account or the way to sign in."""

from __future__ import annotations

from mailwright.core import Fixer, Severity
from mailwright.diagnose.causes.entry import Entry

_YOU, _PROVIDER, _ADMIN, _ERROR = Fixer.YOU, Fixer.PROVIDER, Fixer.ADMIN, Severity.ERROR
# The same name and secret were let in by the other protocol, or a token was refused: no password is wrong.
_NOT_THE_PASSWORD = ("login.same_elsewhere", "login.token")

SECRETS: tuple[Entry, ...] = (
    Entry(
        "auth.bad_credentials",
        _YOU,
        _ERROR,
        supports={
            "login.refused": 10,
            "typed.user.near_domain": 12,
            "typed.user.other_domain": 5,
            "shape.special": 3,
            "shape.exact": 9,
        },
        against={"login.temporary": 25},
        excludes=_NOT_THE_PASSWORD,
        needs=("login.refused",),
        decided_by=("ask.web_login",),
        reply=5,  # such words say hardly more than the refusal itself
        sister=4,
        usual=True,
    ),
    Entry(
        "auth.username_form",
        _YOU,
        _ERROR,
        supports={
            "typed.user.no_domain": 18,
            "typed.user.surplus_domain": 16,
            "typed.user.cut": 18,
            "typed.user.other_domain": 9,
            "login.bare_name": 9,
            "helped.domain_added": 30,
            "helped.domain_removed": 30,
        },
        against={"tried.domain_added": 14, "tried.domain_removed": 14},
        excludes=_NOT_THE_PASSWORD,
        decided_by=("ask.username",),
        reply=14,
        sister=7,
    ),
    Entry(
        "auth.app_password",
        _YOU,
        _ERROR,
        supports={"provider.wants.app_password": 16, "shape.ordinary": 4},
        against={"shape.special": 13, "shape.exact": 22, "login.temporary": 25},
        excludes=_NOT_THE_PASSWORD,
        needs=("provider.wants.app_password",),
        decided_by=("ask.app_password",),
        sister=20,
    ),
    Entry(
        "auth.authcode",
        _YOU,
        _ERROR,
        supports={"provider.wants.authcode": 16, "shape.ordinary": 4},
        against={"shape.special": 7, "login.temporary": 25},
        excludes=_NOT_THE_PASSWORD,
        needs=("provider.wants.authcode",),
        decided_by=("ask.app_password",),
        sister=20,
    ),
    Entry(
        "auth.oauth_only",
        _YOU,
        _ERROR,
        supports={"provider.wants.oauth": 18, "provider.only_token": 30, "cap.only_tokens": 30},
        against={"login.temporary": 25},
        excludes=("login.password_worked", "login.token"),
        sister=20,
    ),
    Entry(
        "auth.oauth_expired",
        _YOU,
        _ERROR,
        supports={"login.token": 22},
        # The other protocol took it, or the server says clearly that it is something else.
        against={"login.same_elsewhere": 8, "login.explicit": 8},
        reply=36,  # its own words make up for "login.explicit"
        sister=6,
    ),
    Entry(
        "auth.password_expired",
        _YOU,
        _ERROR,
        supports={"code.EXPIRED": 26, "status.432": 26},
        sister=20,
    ),
    Entry("auth.password_policy", _YOU, _ERROR, sister=20),
)

ACCOUNTS: tuple[Entry, ...] = (
    Entry("auth.wrong_mailbox", _YOU, _ERROR, supports={"code.AUTHORIZATIONFAILED": 26}),
    Entry(
        "auth.protocol_off_user",
        _YOU,
        _ERROR,
        supports={
            "login.same_elsewhere": 22,
            "code.SYS/PERM": 22,
            "provider.off": 9,
            "shape.special": 5,
            "shape.exact": 5,
        },
        against={
            "login.temporary": 25,
            "login.explicit": 8,
            "reply.known": 7,
            "typed.host.known_mistake": 16,
            "typed.host.other_provider": 16,
        },
        needs=("login.same_elsewhere", "code.SYS/PERM", "provider.off"),
        decided_by=("ask.switched_on",),
        # Its own words make up for "reply.known".
        reply=40,
        sister=8,
    ),
    Entry(
        "auth.protocol_off_admin",
        _ADMIN,
        _ERROR,
        supports={"provider.off_admin": 8, "login.same_elsewhere": 12},
        against={"login.temporary": 25, "login.explicit": 8, "reply.known": 7},
        needs=("provider.off_admin",),
        decided_by=("ask.switched_on",),
        # Its own words make up for "reply.known".
        reply=40,
        sister=8,
    ),
    Entry("auth.policy_admin", _ADMIN, _ERROR, supports={"code.CONTACTADMIN": 12}, sister=20),
    Entry(
        "auth.web_login",
        _YOU,
        _ERROR,
        supports={"code.WEBALERT": 28},
        decided_by=("ask.web_login",),
        params=("link",),
        sister=20,
    ),
    Entry("auth.locked", _ADMIN, _ERROR, supports={"code.CONTACTADMIN": 24}, decided_by=("ask.web_login",), sister=20),
    Entry(
        "auth.too_many_attempts",
        _YOU,
        _ERROR,
        supports={"time.penalty": 5},
        needs=("time.penalty",),
        params=("wait",),
        sister=16,
    ),
)

CLIENTS: tuple[Entry, ...] = (
    Entry(
        "auth.client_id",
        _YOU,
        _ERROR,
        supports={"select.needs_id": 22},
        excludes=("login.refused",),
        published=_PROVIDER,
    ),
    Entry(
        "auth.mechanism",
        _YOU,
        _ERROR,
        supports={"reason.no_mechanism": 20, "cap.disabled_over_tls": 20, "status.503": 22, "status.504": 22},
        against={"typed.user.invisible": 14},
        published=_PROVIDER,
    ),
    Entry("auth.required", _YOU, _ERROR, supports={"status.530": 12}, against={"login.worked": 4}),
    Entry("auth.server_signature", Fixer.NETWORK, _ERROR, supports={"reason.server_signature": 25}),
    Entry(
        "client.syntax",
        _YOU,
        _ERROR,
        supports={"status.BAD": 9, "status.501": 9, "typed.user.empty": 20, "shape.empty": 20},
    ),
)
