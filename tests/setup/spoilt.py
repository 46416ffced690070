"""One thing after the other that can be wrong with what a domain publishes, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

from mailwright.core import DnsStatus, Mx, Reason, Srv
from tests.setup import domain as made
from tests.setup.domain import Domain, answer

Spoil = Callable[[Domain], object]


def config(old: str, new: str, *, everywhere: bool = True) -> Spoil:
    """The file, changed at all its places or at the first only."""
    urls = (made.AUTOCONFIG, made.WELL_KNOWN, made.ISPDB, made.MAILCONF)
    assert old in made.CONFIG
    text = made.CONFIG.replace(old, new)

    def spoil(domain: Domain) -> None:
        for url in urls if everywhere else urls[:1]:
            domain.file(url, text)
        if everywhere:
            domain.pages[made.HTTP] = answer(made.HTTP, text, final=made.AUTOCONFIG)

    return spoil


def pox(old: str, new: str) -> Spoil:
    assert old in made.ANSWER
    text = made.ANSWER.replace(old, new)

    def spoil(domain: Domain) -> None:
        for url in (made.POX, made.POX_ROOT, made.POX_CASE):
            domain.pages[url] = answer(url, text)
        domain.pages[made.POX_HTTP] = answer(made.POX_HTTP, text, final=made.POX)

    return spoil


def page(url: str, **how: object) -> Spoil:
    """Another answer at one URL, with and without an address."""

    def spoil(domain: Domain) -> None:
        for asked in (url, url + made.ASKED):
            if asked in domain.pages:
                body = domain.pages[asked].body.decode()
                domain.pages[asked] = answer(asked, **{"body": body, "kind": domain.pages[asked].content_type, **how})  # type: ignore[arg-type]  # as answer() takes them

    return spoil


def record(key: str, *records: Mx | Srv | str) -> Spoil:
    def spoil(domain: Domain) -> None:
        domain.dns[key] = list(records)

    return spoil


def drop(*keys: str) -> Spoil:
    def spoil(domain: Domain) -> None:
        for key in keys:
            domain.dns.pop(key)

    return spoil


def shut(*endpoints: str) -> Spoil:
    def spoil(domain: Domain) -> None:
        domain.open = tuple(one for one in domain.open if one not in endpoints)

    return spoil


UNLIKE = made.CONFIG.replace(made.IMAP, f"other.{made.DOMAIN}")
TXT_PACC, TXT_STS = f"TXT _ua-auto-config.{made.DOMAIN}", f"TXT _mta-sts.{made.DOMAIN}"
SRV = f"_tcp.{made.DOMAIN}"
SPOILT: dict[str, tuple[Spoil, set[str]]] = {
    "open placeholder": (config("%EMAILADDRESS%", "%EMAILADDRESS"), {"placeholder"}),
    "unknown placeholder": (config("%EMAILADDRESS%", "%USER%"), {"placeholder"}),
    "small placeholder": (config("%EMAILADDRESS%", "%emailaddress%"), {"placeholder"}),
    "port without end": (
        config("<port>993</port>", "<port>99999</port>", everywhere=False),
        {"unusable", "incomplete"},
    ),
    "unknown socket": (config("SSL", "SSLv3", everywhere=False), {"unusable"}),
    "no provider id": (config(f' id="{made.DOMAIN}"', ""), {"incomplete"}),
    "no domain": (config(f"<domain>{made.DOMAIN}</domain>", ""), {"incomplete"}),
    "no way to send": (config(made.OUTGOING, "", everywhere=False), {"incomplete"}),
    "a password": (config("<port>", "<password>hunter2</password><port>"), {"password"}),
    "another host": (config(made.IMAP, f"other.{made.DOMAIN}", everywhere=False), {"disagree", "host_refused"}),
    "another port": (
        config("<port>993</port>", "<port>1993</port>", everywhere=False),
        {"disagree", "host_refused"},
    ),
    "another user": (config("%EMAILADDRESS%", "%EMAILLOCALPART%", everywhere=False), {"disagree"}),
    "another way to sign in": (config("password-cleartext", "OAuth2", everywhere=False), {"disagree"}),
    "encrypted password": (config("password-cleartext", "password-encrypted", everywhere=False), set()),
    "plain text": (config("SSL", "plain"), {"plain_only", "disagree"}),
    "port of the other encryption": (
        config("SSL", "STARTTLS"),
        {"port_security", "disagree", "host_refused"},
    ),
    "no settings": (page(made.AUTOCONFIG, body="<html/>"), {"not_settings"}),
    "a web shop at the domain": (page(made.WELL_KNOWN, body="<html/>", kind="text/html"), set()),
    "a DTD": (page(made.AUTOCONFIG, body="<!DOCTYPE a><clientConfig/>"), {"unsafe"}),
    "sent as HTML": (page(made.AUTOCONFIG, kind="text/html"), {"content_type"}),
    "sent as application/xml": (page(made.AUTOCONFIG, kind="application/xml"), set()),
    "asks for a login": (page(made.AUTOCONFIG, status=401), {"status"}),
    "broken web server": (page(made.AUTOCONFIG, status=500), {"status"}),
    "broken web server at the domain": (page(made.WELL_KNOWN, status=500), {"unknown"}),
    "bad certificate": (page(made.AUTOCONFIG, reason=Reason.TLS_CERTIFICATE), {"certificate"}),
    "led in circles": (page(made.AUTOCONFIG, reason=Reason.REDIRECT), {"redirect"}),
    "endless": (page(made.AUTOCONFIG, reason=Reason.TOO_MUCH), {"unsafe"}),
    "silent": (page(made.AUTOCONFIG, reason=Reason.READ_TIMEOUT), {"unknown"}),
    "plain HTTP": (page(made.HTTP, final=""), {"plain_http"}),
    "no answer for strangers": (
        lambda d: d.pages.update({made.AUTOCONFIG + made.ASKED: answer(made.AUTOCONFIG, status=404)}),
        {"unlike_user"},
    ),
    "no answer for nobody": (
        lambda d: d.pages.update({made.AUTOCONFIG: answer(made.AUTOCONFIG, status=400)}),
        {"needs_address"},
    ),
    "another answer for strangers": (
        lambda d: d.pages.update({made.AUTOCONFIG + made.ASKED: answer(made.AUTOCONFIG, UNLIKE)}),
        {"unlike_user", "disagree", "host_refused"},
    ),
    "its own name echoed": (
        lambda d: d.pages.update(
            {made.AUTOCONFIG + made.ASKED: answer("", made.CONFIG.replace("%EMAILADDRESS%", made.STRANGER))}
        ),
        set(),
    ),
    "POP": (pox("<Type>IMAP</Type>", "<Type>POP</Type>"), {"pop_type", "disagree"}),
    "SPA": (pox("<SPA>off</SPA>", "<SPA>on</SPA>"), {"spa"}),
    "led on": (
        pox(
            f"<Action>settings</Action>{made.ENTRIES}",
            "<Action>redirectUrl</Action><RedirectUrl>https://x.example/</RedirectUrl>",
        ),
        {"leads_on"},
    ),
    "one spelling": (page(made.POX_CASE, status=404), {"path_case"}),
    "Exchange": (page(made.POX, status=401), {"sign_in"}),
    "changed PACC file": (page(made.PACC, body=made.FILE + " "), {"pacc_digest"}),
    "no PACC record": (drop(TXT_PACC), {"pacc_record"}),
    "no PACC file": (lambda d: d.gone(made.PACC), {"pacc_file"}),
    "PACC record unknown": (lambda d: d.silent.update({TXT_PACC: DnsStatus.TIMEOUT}), {"unknown"}),
    "465 with STARTTLS": (lambda d: d.srv("_submission", Srv(10, 1, 465, made.SMTP)), {"srv_465"}),
    "a dot beside a host": (lambda d: d.srv("_imaps", *made.SRVS["_imaps"], Srv(0, 0, 0, ".")), {"srv_target"}),
    "STARTTLS first": (
        lambda d: (d.srv("_imaps", Srv(20, 1, 993, made.IMAP)), d.srv("_imap", Srv(10, 1, 143, made.IMAP))),
        {"srv_priority"},
    ),
    "nothing to send with": (
        lambda d: (d.srv("_submissions", Srv(0, 0, 0, ".")), d.srv("_submission", Srv(0, 0, 0, "."))),
        {"srv_partial", "disagree"},
    ),
    "POP3 denied but named": (
        lambda d: d.file(
            made.AUTOCONFIG,
            made.CONFIG.replace(
                made.INCOMING,
                made.INCOMING + made.INCOMING.replace('"imap"', '"pop3"').replace("993", "995"),
            ),
        ),
        {"disagree", "host_refused"},
    ),
    "mailconf without TLS": (record(f"TXT {made.DOMAIN}", "mailconf=http://example.org/x"), {"mailconf_http"}),
    "MTA-STS without record": (drop(TXT_STS), {"mta_sts_record"}),
    "MTA-STS with two records": (record(TXT_STS, "v=STSv1; id=1", "v=STSv1; id=2"), {"mta_sts_record"}),
    "MTA-STS without policy": (lambda d: d.gone(made.MTA_STS), {"mta_sts_policy"}),
    "MTA-STS that redirects": (page(made.MTA_STS, final="https://x.example/"), {"mta_sts_policy"}),
    "MTA-STS without mode": (page(made.MTA_STS, body=made.POLICY.replace("mode", "mood")), {"mta_sts_policy"}),
    "MTA-STS for another": (record(f"MX {made.DOMAIN}", Mx(1, "mx.example.net")), {"mta_sts_mx"}),
    "MTA-STS with a star": (page(made.MTA_STS, body=made.POLICY.replace("mx.example", "*.example")), set()),
    "MTA-STS testing": (page(made.MTA_STS, body=made.POLICY.replace("enforce", "testing")), {"mta_sts_mode"}),
    "MTA-STS as HTML": (page(made.MTA_STS, kind="text/html"), {"content_type"}),
    "a server that is down": (shut(f"{made.IMAP}:993/tls"), {"host_refused"}),
    "no profile for Apple": (lambda d: d.gone(made.MOBILE.removesuffix(made.ASKED)), set()),
    "no SRV": (drop(*(f"SRV {label}.{SRV}" for label in made.SRVS)), {"no_srv"}),
    "nothing of Autodiscover": (
        lambda d: (
            d.gone(made.POX, made.POX_ROOT, made.POX_CASE, made.POX_HTTP),
            d.dns.pop(f"SRV _autodiscover.{SRV}"),
        ),
        {"no_autodiscover"},
    ),
    "no autoconfig": (lambda d: d.gone(made.AUTOCONFIG, made.WELL_KNOWN, made.HTTP), {"no_autoconfig"}),
}
