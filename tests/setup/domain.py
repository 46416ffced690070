"""A domain that publishes everything as it should be, to be spoilt one thing at a time."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass, field, replace

from mailwright import diagnose, setup
from mailwright.core import DnsStatus, HttpAnswer, Mx, Outcome, Published, Reason, Srv
from tests.discover import scripted

DOMAIN = "example.org"
DATABASE = "https://ispdb.example/v1.1"
SEED = 1
STRANGER = f"{setup.check.NAME}-{random.Random(SEED).getrandbits(40):010x}@{DOMAIN}"
ASKED = f"?emailaddress={STRANGER.replace('@', '%40')}"
AUTOCONFIG = f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml"
WELL_KNOWN = f"https://{DOMAIN}/.well-known/autoconfig/mail/config-v1.1.xml"
HTTP = f"http://autoconfig.{DOMAIN}/mail/config-v1.1.xml"
ISPDB = f"{DATABASE}/{DOMAIN}"
MAILCONF = f"https://settings.{DOMAIN}/mail.xml"
PACC = f"https://ua-auto-config.{DOMAIN}/.well-known/user-agent-configuration.json"
POX = f"https://autodiscover.{DOMAIN}/autodiscover/autodiscover.xml"
POX_ROOT = f"https://{DOMAIN}/autodiscover/autodiscover.xml"
POX_CASE = f"https://autodiscover.{DOMAIN}/Autodiscover/Autodiscover.xml"
POX_HTTP = f"http://autodiscover.{DOMAIN}/autodiscover/autodiscover.xml"
MTA_STS = f"https://mta-sts.{DOMAIN}/.well-known/mta-sts.txt"
MOBILE = f"https://autoconfig.{DOMAIN}/mobileconfig/{ASKED}"
IMAP, SMTP = f"imap.{DOMAIN}", f"smtp.{DOMAIN}"
OPEN = (f"{IMAP}:993/tls", f"{SMTP}:465/tls", f"{IMAP}:143/starttls", f"{SMTP}:587/starttls")

SERVER = """<{side}Server type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>
<authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username></{side}Server>"""
INCOMING = SERVER.format(side="incoming", kind="imap", host=IMAP, port=993, socket="SSL")
OUTGOING = SERVER.format(side="outgoing", kind="smtp", host=SMTP, port=465, socket="SSL")
HEAD = f'<emailProvider id="{DOMAIN}"><domain>{DOMAIN}</domain>'
CONFIG = f'<clientConfig version="1.1">{HEAD}{INCOMING}{OUTGOING}</emailProvider></clientConfig>'
ENTRY = "<Protocol><Type>{kind}</Type><Server>{host}</Server><Port>{port}</Port><SPA>off</SPA><SSL>on</SSL></Protocol>"
ENTRIES = ENTRY.format(kind="IMAP", host=IMAP, port=993) + ENTRY.format(kind="SMTP", host=SMTP, port=465)
ANSWER = (
    f"<Autodiscover><Response><Account><AccountType>email</AccountType><Action>settings</Action>{ENTRIES}"
    "</Account></Response></Autodiscover>"
)
FILE = json.dumps({"protocols": {"imap": {"host": IMAP}, "smtp": {"host": SMTP}}, "authentication": {"password": True}})
POLICY = f"version: STSv1\r\nmode: enforce\r\nmx: mx.{DOMAIN}\r\nmax_age: 604800\r\n"
PROFILE = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.mail.managed</string>
<key>EmailAccountType</key><string>EmailTypeIMAP</string>
<key>IncomingMailServerHostName</key><string>{IMAP}</string>
<key>IncomingMailServerPortNumber</key><integer>993</integer><key>IncomingMailServerUseSSL</key><true/>
<key>IncomingMailServerUsername</key><string>{STRANGER}</string>
<key>OutgoingMailServerHostName</key><string>{SMTP}</string>
<key>OutgoingMailServerPortNumber</key><integer>465</integer><key>OutgoingMailServerUseSSL</key><true/>
</dict></array></dict></plist>"""
SRVS = {
    "_imaps": [Srv(0, 1, 993, IMAP)],
    "_imap": [Srv(10, 1, 143, IMAP)],
    "_pop3s": [Srv(0, 0, 0, ".")],
    "_pop3": [Srv(0, 0, 0, ".")],
    "_submissions": [Srv(0, 1, 465, SMTP)],
    "_submission": [Srv(10, 1, 587, SMTP)],
}


def digest(text: str) -> str:
    """The record that vouches for a file."""
    return f"v=UAAC1; a=sha256; d={base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def answer(
    url: str,
    body: str = "",
    *,
    kind: str = "text/xml",
    status: int = 200,
    final: str = "",
    reason: Reason = Reason.NONE,
) -> HttpAnswer:
    """What a web server did."""
    outcome = Outcome.OK if reason is Reason.NONE else Outcome.TIMEOUT if "timeout" in reason else Outcome.STOPPED
    status = status if outcome is Outcome.OK else 0
    return HttpAnswer(url, final or url, outcome, reason, status, kind, body.encode(), secure=url.startswith("https:"))


@dataclass
class Domain:
    """What is published; `files` are put at their URL, with and without an address."""

    pages: dict[str, HttpAnswer] = field(default_factory=dict)
    dns: dict[str, list[Mx | Srv | str]] = field(default_factory=dict)
    open: tuple[str, ...] = OPEN
    silent: dict[str, DnsStatus] = field(default_factory=dict)

    def file(self, url: str, body: str, kind: str = "text/xml") -> Domain:
        """The same for everybody."""
        for asked in (url, url + ASKED):
            self.pages[asked] = answer(asked, body, kind=kind)
        return self

    def gone(self, *urls: str) -> Domain:
        """No such host."""
        for url in urls:
            for asked in (url, url + ASKED):
                self.pages.pop(asked, None)
        return self

    def srv(self, label: str, *records: Srv) -> Domain:
        """Other records for one service."""
        self.dns[f"SRV {label}._tcp.{DOMAIN}"] = list(records)
        return self

    def world(self) -> scripted.World:
        """The world it lies in."""
        made = scripted.world(self.dns, self.pages, self.open)
        for key, status in self.silent.items():
            scripted.broken(made, key, status)
        return made


def good() -> Domain:
    """All ways, all alike."""
    made = Domain()
    for url in (AUTOCONFIG, WELL_KNOWN, ISPDB, MAILCONF):
        made.file(url, CONFIG)
    made.pages[HTTP] = replace(answer(HTTP, CONFIG, final=AUTOCONFIG), secure=False)
    for url in (POX, POX_ROOT, POX_CASE):
        made.pages[url] = answer(url, ANSWER)
    made.pages[POX_HTTP] = answer(POX_HTTP, ANSWER, final=POX)
    made.pages[PACC] = answer(PACC, FILE, kind="application/json")
    made.pages[MTA_STS] = answer(MTA_STS, POLICY, kind="text/plain")
    made.pages[MOBILE] = answer(MOBILE, PROFILE, kind="application/x-apple-aspen-config")
    made.dns = {
        f"MX {DOMAIN}": [Mx(10, f"mx.{DOMAIN}")],
        f"TXT {DOMAIN}": ["v=spf1 mx -all", f"mailconf={MAILCONF}"],
        f"TXT _ua-auto-config.{DOMAIN}": [digest(FILE)],
        f"TXT _mta-sts.{DOMAIN}": ["v=STSv1; id=20260101"],
        f"SRV _autodiscover._tcp.{DOMAIN}": [Srv(0, 0, 443, f"autodiscover.{DOMAIN}")],
        f"A {IMAP}": ["192.0.2.1"],
        f"A {SMTP}": ["192.0.2.2"],
    }
    for label, records in SRVS.items():
        made.srv(label, *records)
    return made


async def seen(domain: Domain, name: str = DOMAIN) -> Published:
    """The domain, checked."""
    check = setup.Check(name, random.Random(SEED), DATABASE)
    return await setup.published(check, domain.world().wire, scripted.SHELF)


async def ids(domain: Domain) -> set[str]:
    """What is said about it, without the name of the family."""
    return {one.id.removeprefix("autoconfig.") for one in diagnose.published_findings(await seen(domain))}
