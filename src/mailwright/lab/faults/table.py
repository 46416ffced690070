"""The literal table of faults: what can be made to go wrong, and what the true cause is then.

A fault without an address of its own lives in the domain that its id spells: tls.expired at
tls-expired.test. "{d}" in its options is that domain. Words of the reply table are faults as
well: `reply:ROW`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mailwright.core import BadInput
from mailwright.lab import replay
from mailwright.lab.faults import handshakes, mailrooms, refusals, resolving, routes, typed
from mailwright.lab.faults.fault import PASSWORD, Fault
from mailwright.lab.faults.repeating import repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.lab.faults.scene import Scene

    Make = Callable[[Scene], None]

_REPLY = "reply:"


def _fault(id: str, cause: str, make: Make, *options: str, **more: str | tuple[str, ...] | bool) -> Fault:
    more["password"] = more.pop("given", more.get("password", PASSWORD))
    address = more.pop("at", f"anna@{id.replace('.', '-').replace('_', '-')}.test")
    return Fault(id, cause, address, make, options, **more)  # type: ignore[arg-type]  # its own fields


def _fields(protocol: str, host: str, port: int, security: str) -> tuple[str, ...]:
    """What a person typed into a mail program."""
    return ("--protocol", protocol, "--host", host, "--port", str(port), "--security", security)


def _imap(host: str = "imap.{d}", port: int = 993, security: str = "tls") -> tuple[str, ...]:
    return _fields("imap", host, port, security)


def _smtp(host: str = "smtp.{d}", port: int = 465, security: str = "tls") -> tuple[str, ...]:
    return _fields("smtp", host, port, security)


_POP = _fields("pop3", "pop.{d}", 995, "tls")
_TOKEN = ("--token-command", "printf expired-token-3")
_GOOD_TOKEN = ("--token-command", f"printf {PASSWORD}")
_SHORT = ("--timeout", "4")
_TYPED = (
    _fault("input.blank-host", "input.blank", typed.ordinary, *_imap(" imap.{d} ")),
    _fault("input.blank-user", "input.blank", typed.ordinary, *_imap(), "--user", " anna@{d}\u00a0"),
    _fault("input.blank-password", "input.blank", typed.ordinary, *_imap(), password=f"{PASSWORD} "),
    _fault("input.blank-groups", "input.blank", typed.app_password, *_imap(), given="abcd efgh ijkl mnop"),
    _fault("input.fullwidth-user", "input.fullwidth", typed.ordinary, *_imap(), "--user", "ａｎｎａ＠{d}"),
    _fault("input.fullwidth-host", "input.fullwidth", typed.ordinary, *_imap("ｉｍａｐ．{d}")),
    _fault("input.fullwidth-password", "input.fullwidth", typed.ordinary, *_imap(), given="right－as－rain－7"),
    _fault("input.percent-user", "input.percent", typed.ordinary, *_imap(), "--user", "anna%40{d}"),
    _fault("input.percent-password", "input.percent", typed.at_sign, *_imap(), given="rain%407%2Bright"),
    _fault("input.paste-quotes", "input.paste", typed.ordinary, *_imap('"imap.{d}"')),
    _fault("input.paste-scheme", "input.paste", typed.ordinary, *_imap("imaps://imap.{d}:993/")),
    _fault("input.paste-comma", "input.paste", typed.ordinary, *_imap("imap.{d},")),
    _fault("input.paste-bom", "input.paste", typed.ordinary, *_imap(), "--user", "\ufeffanna@{d}"),
    _fault("input.paste-newline", "input.paste", typed.ordinary, *_imap(), "--user", "anna@{d}\n"),
    _fault("input.paste-mailto", "input.paste", typed.ordinary, *_imap(), "--user", "mailto:anna@{d}"),
    _fault("input.paste-password", "input.paste", typed.ordinary, *_imap(), password=f'"{PASSWORD}"'),
    _fault("host.typo-label", "host.typo", resolving.wrong_domain, *_imap("imao.{d}")),
    _fault("host.typo-domain", "host.typo", resolving.wrong_domain, *_imap("imap.host-tpyo-domain.test")),
    _fault("host.typo-provider", "host.typo", refusals.working_gmail, *_imap("imap.gmial.com"),
           at="anna.lab@gmail.com"),
    _fault("proto.wrong_service-smtp", "proto.wrong_service", typed.split_hosts, *_imap("smtp.{d}", 465)),
    _fault("proto.wrong_service-pop", "proto.wrong_service", typed.split_hosts, *_imap("pop.{d}", 995)),
    _fault("proto.wrong_service-host", "proto.wrong_service", typed.split_hosts, *_imap("smtp.{d}")),
    _fault("proto.wrong_service-web", "proto.wrong_service", typed.web_site, *_imap("www.{d}", 443),
           also=("proto.wrong_port",)),
    _fault("host.wrong_cluster-qq", "host.wrong_cluster", typed.qq_at_exmail, *_imap("imap.exmail.qq.com"),
           at="104857600@qq.com"),
    _fault("host.wrong_cluster-exmail", "host.wrong_cluster", typed.exmail_at_qq, *_imap("imap.qq.com")),
    _fault("host.wrong_cluster-zimbra", "host.wrong_cluster", typed.other_store, *_imap()),
    _fault("auth.username_form-full", "auth.username_form", typed.full_name, *_imap(), "--user", "anna"),
    _fault("auth.username_form-short", "auth.username_form", typed.short_name, *_imap(), "--user", "anna@{d}"),
    _fault("proto.tls_mode-tls-143", "proto.tls_mode", typed.encrypted, *_imap(port=143)),
    _fault("proto.tls_mode-starttls-993", "proto.tls_mode", typed.encrypted, *_imap(security="starttls"), *_SHORT),
    _fault("proto.tls_mode-none-993", "proto.tls_mode", typed.ordinary, *_imap(security="none"), *_SHORT),
    _fault("proto.tls_mode-tls-587", "proto.tls_mode", typed.ordinary, *_smtp(port=587)),
    _fault("proto.tls_mode-starttls-465", "proto.tls_mode", typed.ordinary, *_smtp(security="starttls"), *_SHORT),
    _fault("proto.wrong_port-25", "proto.wrong_port", typed.public_port, *_smtp(port=25, security="starttls"),
           needs="root"),
    _fault("proto.wrong_port-closed", "proto.wrong_port", typed.ordinary, *_imap(port=1993)),
    _fault("proto.tls_required-143", "proto.tls_required", typed.encrypted, *_imap(port=143, security="none")),
    _fault("proto.tls_required-587", "proto.tls_required", typed.ordinary, *_smtp(port=587, security="none")),
)  # fmt: skip
_SIGNING_IN = (
    _fault("auth.bad_credentials", "auth.bad_credentials", typed.wrong_password, *_imap()),
    _fault("auth.bad_credentials-found", "auth.bad_credentials", typed.wrong_password),
    _fault("auth.app_password-gmail", "auth.app_password", refusals.app_password_gmail, at="anna.lab@gmail.com"),
    _fault("auth.app_password-gmail-vague", "auth.app_password", refusals.plain_gmail, at="anna.lab@gmail.com"),
    _fault("auth.app_password-yahoo", "auth.app_password", refusals.app_password_yahoo, at="anna.lab@yahoo.com"),
    _fault("auth.app_password-icloud", "auth.app_password", refusals.app_password_icloud, at="anna.lab@icloud.com"),
    _fault("auth.app_password-mailru", "auth.app_password", refusals.app_password_mailru, at="anna.lab@mail.ru"),
    _fault("auth.app_password-fastmail", "auth.app_password", refusals.app_password_fastmail, at="anna@fastmail.com"),
    _fault("auth.authcode-qq", "auth.authcode", refusals.authcode_qq, at="104857600@qq.com"),
    _fault("auth.authcode-163", "auth.authcode", refusals.authcode_163, at="anna_lab@163.com"),
    _fault("auth.authcode-exmail", "auth.authcode", refusals.authcode_exmail, *_imap("imap.exmail.qq.com")),
    _fault("auth.oauth_only-outlook", "auth.oauth_only", refusals.oauth_only_outlook, at="anna.lab@outlook.com"),
    _fault("auth.oauth_only-office", "auth.oauth_only", refusals.oauth_only_office, *_imap("outlook.office365.com")),
    _fault("auth.oauth_expired", "auth.oauth_expired", refusals.oauth_expired, *_TOKEN, at="anna.lab@gmail.com",
           password=""),
    _fault("auth.wrong_mailbox", "auth.wrong_mailbox", refusals.wrong_mailbox, *_imap("outlook.office365.com"),
           *_GOOD_TOKEN),
    _fault("auth.web_login-gmail", "auth.web_login", refusals.web_login_gmail, at="anna.lab@gmail.com"),
    _fault("auth.protocol_off_user-yandex", "auth.protocol_off_user", refusals.off_user_yandex,
           at="anna.lab@yandex.ru"),
    _fault("auth.protocol_off_user-yahoo", "auth.protocol_off_user", refusals.off_user_yahoo_pop,
           *_fields("pop3", "pop.mail.yahoo.com", 995, "tls"), at="anna.lab@yahoo.com"),
    _fault("auth.protocol_off_user-163", "auth.protocol_off_user", refusals.off_user_163_smtp, at="anna_lab@163.com"),
    _fault("auth.protocol_off_admin-zimbra", "auth.protocol_off_admin", refusals.off_admin_zimbra),
    _fault("auth.protocol_off_admin-tenant", "auth.protocol_off_admin", refusals.off_admin_tenant,
           *_smtp("smtp.office365.com", 587, "starttls"), *_GOOD_TOKEN),
    _fault("auth.protocol_off-zoho", "auth.protocol_off_user", refusals.off_admin_zoho, at="anna.lab@zoho.com",
           also=("auth.protocol_off_admin",)),
    _fault("auth.policy_admin-defaults", "auth.policy_admin", refusals.policy_admin,
           *_smtp("smtp.office365.com", 587, "starttls"), *_GOOD_TOKEN),
    _fault("auth.policy_admin-criteria", "auth.policy_admin", refusals.policy_admin_criteria,
           *_smtp("smtp.office365.com", 587, "starttls"), *_GOOD_TOKEN),
    _fault("auth.locked-dovecot", "auth.locked", mailrooms.locked, *_imap()),
    _fault("auth.locked-163", "auth.locked", refusals.locked_163, at="anna_lab@163.com"),
    _fault("auth.too_many_attempts-hmail", "auth.too_many_attempts", refusals.too_many_smtp, *_smtp()),
    _fault("auth.too_many_attempts-aliyun", "auth.too_many_attempts", refusals.too_many_aliyun, *_smtp()),
    _fault("auth.too_many_attempts-stalwart", "auth.too_many_attempts", refusals.too_many_stalwart, *_smtp()),
    _fault("auth.password_expired", "auth.password_expired", refusals.expired_password, *_imap()),
    _fault("auth.password_policy", "auth.password_policy", refusals.simple_password, *_smtp()),
    _fault("auth.client_id-163", "auth.client_id", refusals.unsafe_163, at="anna_lab@163.com"),
    _fault("auth.mechanism", "auth.mechanism", mailrooms.odd_mechanism, *_imap()),
    _fault("auth.required-exchange", "auth.required", refusals.not_signed_in, *_smtp()),
    _fault("client.syntax", "client.syntax", refusals.syntax, *_imap()),
)  # fmt: skip
_SERVING = (
    _fault("limit.connections-dovecot", "limit.connections", mailrooms.connections, *_imap()),
    _fault("limit.connections-postfix", "limit.connections", mailrooms.one_client, *_smtp(), needs="root"),
    _fault("limit.connections-gmail", "limit.connections", refusals.connections_gmail, at="anna.lab@gmail.com"),
    _fault("limit.rate-office", "limit.rate", refusals.rate_office, *_imap("outlook.office365.com"), *_GOOD_TOKEN),
    _fault("limit.rate-pop", "limit.rate", refusals.rate_pop, *_POP),
    _fault("limit.bandwidth-gmail", "limit.bandwidth", refusals.bandwidth_gmail, at="anna.lab@gmail.com"),
    _fault("limit.quota", "limit.quota", refusals.quota, *_imap()),
    _fault("limit.locked_mailbox", "limit.locked_mailbox", refusals.maildrop, *_POP),
    _fault("server.overload-frozen", "server.overload", mailrooms.frozen, *_imap(), "--timeout", "6"),
    _fault("server.overload-gmail", "server.overload", refusals.overload_gmail, at="anna.lab@gmail.com"),
    _fault("server.overload-icloud", "server.overload", refusals.overload_icloud, at="anna.lab@icloud.com"),
    _fault("server.maintenance", "server.maintenance", refusals.maintenance, *_imap()),
    _fault("server.misconfig-dovecot", "server.misconfig", mailrooms.broken_passwords, *_imap()),
    _fault("server.misconfig-postfix", "server.misconfig", mailrooms.dead_sasl, *_smtp(), needs="root"),
    _fault("server.disk_full", "server.disk_full", mailrooms.full_disk, *_imap(), needs="root"),
    _fault("policy.sender-postfix", "policy.sender", mailrooms.other_sender, *_smtp(), needs="root"),
    _fault("policy.sender-qq", "policy.sender", refusals.sender_qq, at="104857600@qq.com"),
    _fault("policy.sending_banned", "policy.sending_banned", refusals.banned,
           *_smtp("smtp.office365.com", 587, "starttls"), *_GOOD_TOKEN),
    _fault("policy.ip_blocked-postfix", "policy.ip_blocked", mailrooms.listed, *_smtp(), needs="root"),
    _fault("policy.ip_blocked-163", "policy.ip_blocked", refusals.blocked_163, at="anna_lab@163.com"),
    _fault("policy.ip_blocked-rule", "policy.ip_blocked", refusals.blocked_rule, *_imap()),
)  # fmt: skip
_SECOND = ("--second-resolver", "{second}")
_NET = (
    _fault("dns.nxdomain", "dns.nxdomain", resolving.gone, *_imap(), *_SECOND,
           also=("domain.nxdomain",)),
    _fault("dns.servfail", "dns.servfail", resolving.servfail, *_imap()),
    _fault("dns.servfail-refused", "dns.servfail", resolving.refused, *_imap(), *_SECOND),
    _fault("dns.timeout", "dns.timeout", resolving.silent, *_imap()),
    _fault("dns.nodata", "dns.nodata", resolving.no_address, *_imap()),
    _fault("dns.hijack", "dns.hijack", resolving.lying, *_imap(), *_SECOND),
    _fault("dns.no_mx", "dns.no_mx", resolving.deaf_domain),
    _fault("net.refused", "net.refused", routes.refused, *_imap()),
    _fault("net.refused-found", "net.refused", routes.refused),
    _fault("net.refused-filter", "net.refused", routes.refused_by_rule, *_imap(), needs="nft"),
    _fault("net.timeout", "net.timeout", routes.dropped, *_imap(), *_SHORT, needs="nft"),
    _fault("net.reset", "net.reset", routes.reset, *_imap(), needs="nft"),
    _fault("net.reset-server", "net.reset", routes.reset_by_server, *_imap()),
    _fault("net.closed", "net.reset", routes.closed, *_imap(), also=("net.closed",)),
    _fault("net.unreachable", "net.unreachable", routes.no_route, *_imap(), needs="nft"),
    _fault("net.unreachable-host", "net.unreachable", routes.nobody, *_imap(), needs="nft"),
    _fault("net.firewall", "net.firewall", routes.forbidden, *_imap(), needs="nft"),
    _fault("net.portal", "net.portal", routes.portal, *_imap()),
    _fault("net.portal-between", "net.portal", routes.portal_between, *_imap()),
    _fault("net.proxy-closed", "net.proxy", routes.proxy_closed, *_imap(), "--proxy", "http://{proxy}"),
    _fault("net.proxy-password", "net.proxy", routes.proxy_password, *_imap(), "--proxy", "http://{proxy}",
           also=("net.proxy_auth",)),
    _fault("net.proxy-forbidden", "net.proxy", routes.proxy_forbids, *_imap(), "--proxy", "http://{proxy}",
           also=("net.proxy_refused",)),
    _fault("net.proxy-broken", "net.proxy", routes.proxy_broken, *_imap(), "--proxy", "http://{proxy}",
           also=("net.proxy_refused",)),
    _fault("net.proxy-socks-password", "net.proxy", routes.socks_password, *_imap(), "--proxy", "socks5://{proxy}",
           also=("net.proxy_auth",)),
    _fault("net.proxy-socks-forbidden", "net.proxy", routes.socks_forbids, *_imap(), "--proxy", "socks5://{proxy}",
           also=("net.proxy_refused",)),
    _fault("net.ipv6_broken", "net.ipv6_broken", routes.half_dark, *_imap(), needs="nft"),
    _fault("net.mtu", "net.mtu", routes.black_hole, *_imap(), "--timeout", "6", needs="nft"),
    _fault("net.slow", "net.slow", routes.slow, *_imap(), needs="nft", far=True),
)  # fmt: skip
_TLS = (
    _fault("tls.version-10", "tls.version", handshakes.old_version, *_imap()),
    _fault("tls.version-11", "tls.version", handshakes.old_version_11, *_imap()),
    _fault("tls.cipher", "tls.cipher", handshakes.old_cipher, *_imap()),
    _fault("tls.expired", "tls.expired", handshakes.expired, *_imap()),
    _fault("tls.expired-found", "tls.expired", handshakes.expired),
    _fault("tls.expired-starttls", "tls.expired", handshakes.expired, *_smtp(port=587, security="starttls")),
    _fault("tls.expired-intermediate", "tls.expired", handshakes.expired_intermediate, *_imap()),
    _fault("tls.not_yet_valid", "tls.not_yet_valid", handshakes.not_yet, *_imap()),
    _fault("tls.clock-behind", "tls.clock", handshakes.clock, *_imap(), needs="faketime",
           prefix=("faketime", "-f", "-400d")),
    _fault("tls.clock-ahead", "tls.clock", handshakes.clock, *_imap(), needs="faketime",
           prefix=("faketime", "-f", "+400d")),
    _fault("tls.name", "tls.name", handshakes.name, *_imap()),
    _fault("tls.self_signed", "tls.self_signed", handshakes.self_signed, *_imap()),
    _fault("tls.unknown_ca", "tls.unknown_ca", handshakes.unknown_root, *_imap()),
    _fault("tls.unknown_ca-sent", "tls.unknown_ca", handshakes.unknown_root_sent, *_imap()),
    _fault("tls.intermediate", "tls.intermediate", handshakes.no_intermediate_aia, *_imap()),
    _fault("tls.intermediate-no-aia", "tls.intermediate", handshakes.no_intermediate, *_imap()),
    _fault("tls.interception-avast", "tls.interception", handshakes.avast, *_imap()),
    _fault("tls.interception-kaspersky", "tls.interception", handshakes.kaspersky, *_imap()),
    _fault("tls.interception-fortinet", "tls.interception", handshakes.fortinet, *_imap()),
    _fault("tls.interception-eset", "tls.interception", handshakes.eset, *_imap()),
    _fault("tls.weak_key", "tls.weak_key", handshakes.weak_key, *_imap()),
    _fault("tls.weak_key-group", "tls.weak_key", handshakes.weak_group, *_imap()),
    _fault("tls.client_cert-12", "tls.client_cert", handshakes.client_12, *_imap()),
    _fault("tls.client_cert-13", "tls.client_cert", handshakes.client_13, *_imap()),
    _fault("tls.sni", "tls.sni", handshakes.strict_name, *_imap()),
    _fault("tls.starttls_missing", "tls.starttls_missing", handshakes.stripped, *_imap(port=143, security="starttls")),
    _fault("tls.starttls_missing-server", "tls.starttls_missing", handshakes.no_starttls,
           *_imap(port=143, security="starttls")),
    _fault("tls.starttls_injection", "tls.starttls_injection", handshakes.injected,
           *_imap(port=143, security="starttls")),
)  # fmt: skip
FAULTS = (*_TYPED, *_SIGNING_IN, *_SERVING, *_NET, *_TLS)
"""Every fault, in the order of a session: what was typed, the sign-in, the server, the network, TLS."""


def find(id: str) -> Fault:
    """The fault of that id, `reply:ROW` for a row of the reply table. Raises BadInput: lab.no_fault, lab.no_reply."""
    if id.startswith(_REPLY):
        return _of_row(replay.row(id.removeprefix(_REPLY)))
    found = next((fault for fault in FAULTS if fault.id == id), None)
    if found is None:
        raise BadInput("lab.no_fault", fault=id)
    return found


def _of_row(row: replay.Row) -> Fault:
    protocol = row.protocols[0] if row.protocols else "imap"
    host, port = {"imap": ("imap", 993), "pop3": ("pop", 995), "smtp": ("smtp", 465)}[protocol]
    slug = "".join(letter if letter.isalnum() else "-" for letter in row.id.lower())
    made = _fault(f"{_REPLY}{row.id}", row.causes[0], partial(repeated, row=row),
                  *_fields(protocol, f"{host}.{{d}}", port, "tls"), at=f"anna@{slug}.test")  # fmt: skip
    return replace(made, also=row.causes[1:] if len(row.causes) > 1 else ())
