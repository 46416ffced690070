"""Every fault of the table is really there: a raw client meets it, and nothing else is wrong beside it."""

from __future__ import annotations

import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room
from mailwright.core import BadInput
from tests.lab import fault_client as client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Fault, Lab

ROOT = os.geteuid() == 0
REFUSED = r"login: x NO \[AUTHENTICATIONFAILED\] Authentication failed"
EXPECTED = {
    "input.blank-host": "dns: NXDOMAIN",
    "input.blank-": REFUSED,
    "input.fullwidth-host": "",
    "input.fullwidth-": REFUSED,
    "input.percent-": REFUSED,
    "input.paste-quotes": "dns: NXDOMAIN",
    "input.paste-scheme": "dns: NXDOMAIN",
    "input.paste-comma": "dns: NXDOMAIN",
    "input.paste-": REFUSED,
    "host.typo-": "dns: NXDOMAIN",
    "proto.wrong_service-smtp": r"tls .* greeting: 220 ",
    "proto.wrong_service-pop": r"tls .* greeting: \+OK",
    "proto.wrong_service-host": "ECONNREFUSED",
    "proto.wrong_service-web": r"tls .* timeout",
    "host.wrong_cluster-zimbra": r"login: x NO LOGIN failed \(wrong host\)",
    "host.wrong_cluster-": "login: x NO Login fail. Account is abnormal",
    "auth.username_form-": REFUSED,
    "proto.tls_mode-tls-": "tls WRONG_VERSION_NUMBER",
    "proto.tls_mode-": r"^timeout",
    "proto.wrong_port-25": r"tls .* no sign-in offered",
    "proto.wrong_port-closed": "^ECONNREFUSED",
    "proto.tls_required-143": "^login disabled",
    "proto.tls_required-587": "^no sign-in offered",
    "auth.bad_credentials": REFUSED,
    "auth.app_password-gmail-vague": r"login: x NO \[AUTHENTICATIONFAILED\] Invalid credentials \(Failure\)",
    "auth.app_password-gmail": r"login: x NO \[ALERT\] Application-specific password required",
    "auth.app_password-yahoo": "login: .*LOGIN Invalid credentials",
    "auth.app_password-icloud": "login: .*Authentication Failed",
    "auth.app_password-mailru": "login: .*NEOBHODIM parol",
    "auth.app_password-fastmail": "login: .*password or access token",
    "auth.authcode-qq": "login: .*login frequency limited",
    "auth.authcode-163": "login: .*LOGIN Login error or password error",
    "auth.authcode-exmail": "login: .*using weixin token",
    "auth.oauth_only-outlook": r"login: x NO LOGIN failed\.",
    "auth.oauth_only-office": "login: x NO Basic authentication is disabled",
    "auth.oauth_expired": r"login: .*NO \[AUTHENTICATIONFAILED\]",
    "auth.wrong_mailbox": "after: x BAD User is authenticated but not connected",
    "auth.web_login-gmail": r"login: \* NO \[WEBALERT https.* / x NO \[ALERT\] Please log in",
    "auth.protocol_off_user-yandex": "login: .*or IMAP is disabled",
    "auth.protocol_off_user-yahoo": "login: -ERR pop not allowed",
    "auth.protocol_off_user-163": "works$",
    "auth.protocol_off_admin-zimbra": "login: .*does not have IMAP access",
    "auth.protocol_off_admin-tenant": "login: 535 5.7.139 .*disabled for the Tenant",
    "auth.protocol_off-zoho": "login: .*yet to enable IMAP",
    "auth.policy_admin-defaults": "login: 535 5.7.139 .*security defaults",
    "auth.policy_admin-criteria": "login: 535 5.7.139 .*did not meet the criteria",
    "auth.locked-dovecot": r"login: x NO \[CONTACTADMIN\]",
    "auth.locked-163": "login: .*ERR.LOGIN.USERSTATUS",
    "auth.too_many_attempts-hmail": "login: 535 .*Too many invalid",
    "auth.too_many_attempts-aliyun": "login: 526 ",
    "auth.too_many_attempts-stalwart": "login: 455 4.3.0",
    "auth.password_expired": r"login: x NO \[EXPIRED\]",
    "auth.password_policy": "login: 535 your password is too simple",
    "auth.client_id-163": "after: x NO EXAMINE Unsafe Login",
    "auth.mechanism": "login disabled",
    "auth.required-exchange": "sender: 530 5.7.57",
    "client.syntax": "login: x BAD Invalid characters",
    "limit.connections-dovecot": r"login: x NO \[LIMIT\] Maximum number of connections",
    "limit.connections-postfix": "greeting: 421 4.7.0 .*too many connections",
    "limit.connections-gmail": "login: .*Too many simultaneous",
    "limit.rate-office": "after: x BAD Request is throttled",
    "limit.rate-pop": r"login: -ERR \[LOGIN-DELAY\]",
    "limit.bandwidth-gmail": r"login: \* BYE Account exceeded",
    "limit.quota": r"after: x NO \[OVERQUOTA\]",
    "limit.locked_mailbox": r"login: -ERR \[IN-USE\]",
    "server.overload-frozen": r"tls .* timeout",
    "server.overload-gmail": "login: .*Temporary System Problem",
    "server.overload-icloud": r"login: .*\[UNAVAILABLE\] Unexpected",
    "server.maintenance": "login: .*undergoing maintenance",
    "server.misconfig-dovecot": r"login: x NO \[UNAVAILABLE\] Temporary authentication failure",
    "server.misconfig-postfix": "login: 454 4.7.0 Temporary authentication failure",
    "server.disk_full": r"after: x NO \[SERVERBUG\]",
    "policy.sender-postfix": "sender: 553 5.7.1 .*not owned by user",
    "policy.sender-qq": "works$",
    "policy.sending_banned": "sender: 550 5.1.8",
    "policy.ip_blocked-postfix": "greeting: 554 5.7.1 .*blocked using",
    "policy.ip_blocked-163": "works$",
    "policy.ip_blocked-rule": "login: .*IPDENY",
    "dns.nxdomain": "^dns: NXDOMAIN",
    "dns.servfail-refused": "^dns: REFUSED",
    "dns.servfail": "^dns: SERVFAIL",
    "dns.timeout": "^dns: timeout",
    "dns.nodata": "^dns: no data",
    "dns.hijack": "^verify 62",
    "dns.no_mx": "^dns: NXDOMAIN",
    "net.refused": "^ECONNREFUSED",
    "net.timeout": "^timeout",
    "net.reset": "^ECONNRESET",
    "net.closed": "^tls (UNEXPECTED_EOF|None)|^ECONNRESET",
    "net.unreachable-host": "^EHOSTUNREACH",
    "net.unreachable": "^ENETUNREACH",
    "net.firewall": "^EHOSTUNREACH",
    "net.portal": "tls WRONG_VERSION_NUMBER",
    "net.proxy-": "works$",
    "net.ipv6_broken": "works$",
    "net.mtu": "^timeout",
    "net.slow": "works$",
    "tls.version-": "tls TLSV1_ALERT_PROTOCOL_VERSION",
    "tls.cipher": "tls SSLV3_ALERT_HANDSHAKE_FAILURE",
    "tls.expired": "^verify 10",
    "tls.not_yet_valid": "^verify 9",
    "tls.clock-": "works$",
    "tls.name": "^verify 62",
    "tls.self_signed": "^verify 18",
    "tls.unknown_ca-sent": "^verify 19",
    "tls.unknown_ca": "^verify 20",
    "tls.intermediate": "^verify 20",
    "tls.interception-kaspersky": "^verify 20",
    "tls.interception-": "^verify 19",
    "tls.weak_key-group": "tls DH_KEY_TOO_SMALL",
    "tls.weak_key": "^verify 66",
    "tls.client_cert-12": "tls SSLV3_ALERT_HANDSHAKE_FAILURE",
    "tls.client_cert-13": "tls TLSv1.3 . tls TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "tls.sni": "tls TLSV1_UNRECOGNIZED_NAME",
    "tls.starttls_missing": "^no STARTTLS",
    "tls.starttls_injection": "in the clear after the go-ahead",
}
"""A fault's id, or its beginning → what a client sees; the first that fits counts."""
OUTGOING = {
    "auth.protocol_off_user-163": "login: 550 User has no permission",
    "policy.sender-qq": "sender: 501 Mail from address must be same",
    "policy.ip_blocked-163": "greeting: 421 HL:REP",
    "auth.authcode-qq": "login: 535 Login Fail. Please enter your authorization code",
    "auth.app_password-gmail": r"login: 534-5.7.9 Application-specific password required.* / 534 5.7.9 https://",
    "auth.oauth_only-outlook": "login: 535 5.7.139 .*basic authentication is disabled",
}
"""The same for sending, where the reason shows only there or shows better there."""


def possible(fault: Fault) -> bool:
    return ROOT or fault.needs not in ("root", "nft")


@pytest.fixture(scope="module")
def faulty() -> Iterator[Lab]:
    """One lab with every fault that this user may make."""
    ids = tuple(
        fault.id for fault in room.FAULTS if possible(fault) and (fault.needs != "faketime" or shutil.which("faketime"))
    )
    folder = Path(os.path.realpath("/tmp")) / f"mw-faults-{os.getpid()}"
    with room.running(folder, options=room.Options(faults=ids)) as made:
        yield made
    assert not folder.exists()


@pytest.fixture(scope="module")
def saw(faulty: Lab) -> dict[str, str]:
    """What a raw client saw of each, side by side: some of them take their time to fail."""
    ids = [fault.id for fault in faulty.faults]
    with ThreadPoolExecutor(16) as pool:
        return dict(zip(ids, pool.map(lambda one: client.seen(faulty, one), ids), strict=True))


def expected(id: str) -> str:
    return next(pattern for key, pattern in EXPECTED.items() if id.startswith(key))


@pytest.mark.parametrize("fault", room.FAULTS, ids=lambda fault: fault.id)
def test_the_fault_is_there(fault: Fault, saw: dict[str, str]) -> None:
    """A client that does what the person typed meets just this."""
    if fault.id not in saw:
        pytest.skip(f"needs {fault.needs}")
    assert re.search(expected(fault.id), saw[fault.id])


@pytest.mark.parametrize("id", OUTGOING)
def test_it_shows_in_sending(id: str, faulty: Lab) -> None:
    """Some reasons are told by the sending server only."""
    assert re.search(OUTGOING[id], client.seen(faulty, id, "smtp"))


MEANT = {
    "input.blank-host": {"host": "imap.input-blank-host.test"},
    "input.blank-user": {"user": "anna@input-blank-user.test"},
    "input.blank-password": {"password": "right-as-rain-7"},
    "input.blank-groups": {"password": "abcdefghijklmnop"},
    "input.fullwidth-user": {"user": "anna@input-fullwidth-user.test"},
    "input.fullwidth-host": {"host": "imap.input-fullwidth-host.test"},
    "input.percent-password": {"password": "rain@7+right"},
    "input.paste-mailto": {"user": "anna@input-paste-mailto.test"},
    "input.paste-password": {"password": "right-as-rain-7"},
    "host.typo-label": {"host": "imap.host-typo-label.test"},
    "host.typo-provider": {"host": "imap.gmail.com"},
    "host.wrong_cluster-qq": {"host": "imap.qq.com"},
    "host.wrong_cluster-exmail": {"host": "imap.exmail.qq.com"},
    "auth.username_form-full": {"user": "anna@auth-username-form-full.test"},
    "auth.username_form-short": {"user": "anna"},
    "auth.bad_credentials": {"password": "another-one-8"},
    "proto.tls_mode-tls-143": {"security": "starttls"},
    "proto.tls_mode-tls-587": {"security": "starttls"},
    "proto.tls_mode-starttls-993": {"security": "tls"},
    "proto.tls_required-143": {"security": "starttls"},
    "proto.wrong_service-host": {"host": "imap.proto-wrong-service-host.test"},
}


@pytest.mark.parametrize("id", MEANT)
def test_what_was_meant_works(id: str, faulty: Lab) -> None:
    """Nothing else is wrong: with the one mistake put right, mail works."""
    assert client.seen(faulty, id, **MEANT[id]).endswith("works")


def test_every_fault_is_its_own() -> None:
    """Ids, and the places where a domain stands for a fault, are there once."""
    ids = [fault.id for fault in room.FAULTS]
    own = [fault.domain for fault in room.FAULTS if fault.domain.endswith(".test")]
    assert len(ids) == len(set(ids)) >= 70
    assert len(own) == len(set(own))


def test_every_fault_can_be_described() -> None:
    """The list shows each in both languages."""
    from mailwright import texts

    for language in texts.LANGUAGES:
        assert all(texts.Words(language).fault(fault.id) for fault in room.FAULTS)


def test_one_fault_is_up_at_once(tmp_path: Path) -> None:
    """A single fault takes no longer than a person notices (a second where nothing else runs)."""
    folder = Path(os.path.realpath("/tmp")) / f"mw-fault-{os.getpid()}"
    began = time.monotonic()
    with room.running(folder, options=room.Options(faults=("tls.expired",))) as made:
        took = time.monotonic() - began
        assert client.seen(made, "tls.expired") == "verify 10"
        assert room.environment(made) == dict(made.faults[0].environment)
    assert took < 5


def test_what_there_is_not(tmp_path: Path) -> None:
    """An unknown fault or reply is said to be one, and leaves nothing behind."""
    for id, problem in (("tls.nonsense", "lab.no_fault"), ("reply:nonsense", "lab.no_reply")):
        folder = Path(os.path.realpath("/tmp")) / f"mw-none-{os.getpid()}"
        with pytest.raises(BadInput, match=problem):
            room.up(folder, options=room.Options(faults=(id,)))
        assert not folder.exists()
