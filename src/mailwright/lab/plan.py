"""The literal table of the lab: its domains, the records of their zones, its hosts and accounts.

Everything else in the room is made from this file: zones and certificates from ZONES,
listeners from SITES, files of the web server from SETTINGS, mailboxes from ACCOUNTS.
A word in braces in a zone is the name of a site and stands for its address.
"""

from __future__ import annotations

from dataclasses import dataclass

PORTS = (25, 80, 110, 143, 443, 465, 587, 993, 995)
"""What clients ask for; the lab listens on OFFSET + port."""
IMAP_PORTS = (143, 993)
POP3_PORTS = (110, 995)
SUBMISSION_PORTS = (25, 465, 587)
OFFSET = 20000
DNS_PORT, LMTP_PORT, SASL_PORT, ISSUER_PORT = OFFSET + 53, OFFSET + 24, OFFSET + 345, OFFSET + 81

ISSUER = "https://issuer.oauth.test"
ISSUER_SCOPE = "mail"
ISPDB = "https://ispdb.lab.test/v1.1/"

IDN = "xn--fsqu00a.test"
"""例子.test"""


@dataclass(frozen=True, slots=True)
class Instance:
    """One Dovecot with its own users: what it offers to sign in with."""

    name: str
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One address with listeners. `octet` is the last of the address; 0: the IPv6 address."""

    name: str
    octet: int
    instance: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A service that must be found and must work: `security` is tls or starttls."""

    service: str
    host: str
    port: int
    security: str
    username: str


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox of the lab; `how` says by which source its settings can be found."""

    address: str
    password: str
    how: str
    instance: str = "main"
    expect: tuple[Expected, ...] = ()

    @property
    def domain(self) -> str:
        """The domain as A-labels."""
        domain = self.address.rpartition("@")[2]
        return domain if domain.isascii() else IDN

    @property
    def local(self) -> str:
        """The part before the last @."""
        return self.address.rpartition("@")[0]

    @property
    def username(self) -> str:
        """What to sign in with."""
        return self.expect[0].username if self.expect else self.address


INSTANCES = (
    Instance("main", ("plain", "login")),
    Instance("scram", ("scram-sha-256",)),
    Instance("cram", ("cram-md5",)),
    Instance("oauth", ("xoauth2", "oauthbearer")),
)

_MAIL = (25, 110, 143, 465, 587, 993, 995)
SITES = (
    Site("main", 10, "main", _MAIL),
    Site("upgrade", 11, "main", (110, 143, 587)),
    Site("six", 0, "main", _MAIL),
    Site("scram", 20, "scram", _MAIL),
    Site("cram", 21, "cram", _MAIL),
    Site("oauth", 22, "oauth", _MAIL),
)
WEB_OCTETS = {"web": 80, "plainweb": 81}
"""web: HTTPS, and HTTP that redirects to it. plainweb: HTTP only."""
RESOLVER_OCTET = 53
NAMESERVER_OCTET = 54
ISSUER_OCTET = 82
DEAD_OCTET = 99
"""Nothing listens there."""
ZONES: dict[str, str] = {
    "lab.test": "ispdb A {web}\n",
    "auto.test": """
@ MX 10 mx
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:postmaster@auto.test"
_mta-sts TXT "v=STSv1; id=1"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:postmaster@auto.test"
mta-sts A {web}
autoconfig A {web}
mx A {main}
imap A {main}
pop A {main}
smtp A {main}
""",
    "wellknown.test": "@ A {web}\nbox A {main}\n",
    "http.test": "autoconfig A {plainweb}\nbox A {main}\n",
    "srv.test": """
_imaps._tcp SRV 10 60 993 a
_imaps._tcp SRV 10 40 993 b
_imaps._tcp SRV 20 0 993 spare
_imap._tcp SRV 30 0 143 a
_pop3._tcp SRV 0 0 0 .
_pop3s._tcp SRV 0 0 0 .
_submissions._tcp SRV 0 1 465 out
_submission._tcp SRV 10 1 587 out
a A {main}
b A {main}
out A {main}
spare A {dead}
""",
    "srvout.test": """
_imaps._tcp SRV 0 1 993 in.outside.test.
_submissions._tcp SRV 0 1 465 out.outside.test.
""",
    "outside.test": "in A {main}\nout A {main}\n",
    "hosted.test": "@ MX 10 mx1.provider.test.\n",
    "provider.test": """
@ MX 10 mx1
mx1 A {main}
autoconfig A {web}
in A {main}
out A {main}
""",
    "mxispdb.test": "@ MX 10 mx1.bigmail.test.\n@ MX 20 mx2.bigmail.test.\n",
    "bigmail.test": "mx1 A {main}\nmx2 A {main}\nin A {main}\nout A {main}\n",
    "ispdb.test": "box A {main}\n",
    "pacc.test": "ua-auto-config A {web}\n_ua-auto-config TXT {pacc.test}\nbox A {main}\n",
    "paccbad.test": "ua-auto-config A {web}\n_ua-auto-config TXT {paccbad.test}\nbox A {main}\n",
    "mailconf.test": """
@ TXT "v=spf1 -all"
@ TXT "mailconf=https://settings.mailconf.test/mail.xml"
settings A {web}
box A {main}
""",
    "discover.test": "autodiscover A {web}\nbox A {main}\n",
    "discoversrv.test": "_autodiscover._tcp SRV 0 0 443 finder\nfinder A {web}\nbox A {main}\n",
    "signed.test": """
@ MX 10 box
_imaps._tcp SRV 0 1 993 box
_pop3s._tcp SRV 0 1 995 box
_submissions._tcp SRV 0 1 465 box
box A {main}
""",
    "bogus.test": "_imaps._tcp SRV 0 1 993 box\n_submissions._tcp SRV 0 1 465 box\nbox A {main}\n",
    "guess.test": "imap A {main}\nsmtp A {main}\nmail A {main}\n",
    "nothing.test": "@ A {web}\nwww A {web}\n",
    "nullmx.test": "@ MX 0 .\n",
    "v6.test": """
_imaps._tcp SRV 0 1 993 box
_pop3s._tcp SRV 0 1 995 box
_submissions._tcp SRV 0 1 465 box
box AAAA {six}
""",
    "scram.test": "autoconfig A {web}\nbox A {scram}\n",
    "cram.test": "autoconfig A {web}\nbox A {cram}\n",
    "oauth.test": """
ua-auto-config A {web}
_ua-auto-config TXT {oauth.test}
issuer A {web}
box A {oauth}
""",
    "starttls.test": "autoconfig A {web}\nbox A {upgrade}\n",
    IDN: "autoconfig A {web}\nbox A {main}\n",
    "localpart.test": "autoconfig A {web}\nbox A {main}\n",
}
SIGNED = ("signed.test", "bogus.test")
"""Zones with a trust anchor in the resolver; the signatures of the second are broken."""
PACC = {"pacc.test": True, "paccbad.test": False, "oauth.test": True}
"""Domains with PACC, and whether the digest in the TXT record is right."""
V6_HOST = "box.v6.test"


def _tls(username: str, host: str, *, out: str = "", pop: bool = True) -> tuple[Expected, ...]:
    found = [Expected("imap", host, 993, "tls", username)]
    if pop:
        found.append(Expected("pop3", host, 995, "tls", username))
    return (*found, Expected("smtp", out or host, 465, "tls", username))


def _starttls(username: str, host: str) -> tuple[Expected, ...]:
    return tuple(
        Expected(service, host, port, "starttls", username)
        for service, port in (("imap", 143), ("pop3", 110), ("smtp", 587))
    )


_AUTO = (("imap", "imap.auto.test", 993), ("pop3", "pop.auto.test", 995), ("smtp", "smtp.auto.test", 465))


def _auto(address: str) -> tuple[Expected, ...]:
    return tuple(Expected(service, host, port, "tls", address) for service, host, port in _AUTO)


def _account(address: str, password: str, how: str, expect: tuple[Expected, ...], *, instance: str = "main") -> Account:
    return Account(address, password, how, instance, expect)


# These passwords guard nothing: they open mailboxes of the lab on this machine's loopback only.
ACCOUNTS = (
    _account("anna@auto.test", "correct-horse-7", "autoconfig", _auto("anna@auto.test")),
    _account("bert@auto.test", "pässwort 春天 9", "autoconfig", _auto("bert@auto.test")),
    _account("李@auto.test", "li-spring-rain-3", "autoconfig", _auto("李@auto.test")),
    _account("anna@wellknown.test", "well-known-4", "wellknown", _tls("anna@wellknown.test", "box.wellknown.test")),
    _account("anna@http.test", "plain-http-2", "autoconfig-http", _tls("anna@http.test", "box.http.test")),
    _account("anna@srv.test", "service-record-8", "srv",
             _tls("anna@srv.test", "a.srv.test", out="out.srv.test", pop=False)),
    _account("anna@srvout.test", "far-away-host-1", "srv",
             _tls("anna@srvout.test", "in.outside.test", out="out.outside.test", pop=False)),
    _account("anna@hosted.test", "my-own-domain-6", "mx-autoconfig",
             _tls("anna@hosted.test", "in.provider.test", out="out.provider.test")),
    _account("anna@mxispdb.test", "big-mail-host-5", "mx-ispdb",
             _tls("anna@mxispdb.test", "in.bigmail.test", out="out.bigmail.test")),
    _account("anna@ispdb.test", "data-base-entry-3", "ispdb", _tls("anna@ispdb.test", "box.ispdb.test")),
    _account("anna@pacc.test", "digest-agrees-2", "pacc", _tls("anna@pacc.test", "box.pacc.test")),
    _account("anna@paccbad.test", "digest-differs-2", "pacc", ()),
    _account("anna@mailconf.test", "text-record-9", "mailconf", _tls("anna@mailconf.test", "box.mailconf.test")),
    _account("anna@discover.test", "posted-request-4", "autodiscover",
             _tls("anna@discover.test", "box.discover.test")),
    _account("anna@discoversrv.test", "record-then-post-7", "autodiscover",
             _tls("anna@discoversrv.test", "box.discoversrv.test")),
    _account("anna@signed.test", "signed-zone-5", "srv", _tls("anna@signed.test", "box.signed.test")),
    _account("anna@bogus.test", "broken-zone-5", "srv", ()),
    _account("anna@guess.test", "lucky-guess-6", "guess",
             _tls("anna@guess.test", "imap.guess.test", out="smtp.guess.test", pop=False)),
    _account("anna@nothing.test", "no-mail-here-1", "nothing", ()),
    _account("anna@nullmx.test", "takes-no-mail-1", "nothing", ()),
    _account("anna@v6.test", "six-only-66", "srv", _tls("anna@v6.test", "box.v6.test")),
    _account("anna@scram.test", "challenge-256", "autoconfig", _tls("anna@scram.test", "box.scram.test"),
             instance="scram"),
    _account("anna@cram.test", "challenge-md5", "autoconfig", _tls("anna@cram.test", "box.cram.test"),
             instance="cram"),
    _account("anna@oauth.test", "only-for-the-issuer-2", "pacc", _tls("anna@oauth.test", "box.oauth.test"),
             instance="oauth"),
    _account("anna@starttls.test", "upgrade-first-8", "autoconfig",
             _starttls("anna@starttls.test", "box.starttls.test")),
    _account("anna@例子.test", "example-liZi-4", "autoconfig", _tls(f"anna@{IDN}", f"box.{IDN}")),
    _account("anna@localpart.test", "short-name-3", "autoconfig", _tls("anna", "box.localpart.test")),
)  # fmt: skip

SETTINGS: dict[str, tuple[str, ...]] = {
    "auto.test": ("https://autoconfig.auto.test/mail/config-v1.1.xml",),
    "wellknown.test": ("https://wellknown.test/.well-known/autoconfig/mail/config-v1.1.xml",),
    "http.test": ("http://autoconfig.http.test/mail/config-v1.1.xml",),
    "hosted.test": ("https://autoconfig.provider.test/mail/config-v1.1.xml",),
    "mxispdb.test": (f"{ISPDB}bigmail.test",),
    "ispdb.test": (f"{ISPDB}ispdb.test",),
    "mailconf.test": ("https://settings.mailconf.test/mail.xml",),
    "scram.test": ("https://autoconfig.scram.test/mail/config-v1.1.xml",),
    "cram.test": ("https://autoconfig.cram.test/mail/config-v1.1.xml",),
    "starttls.test": ("https://autoconfig.starttls.test/mail/config-v1.1.xml",),
    IDN: (f"https://autoconfig.{IDN}/mail/config-v1.1.xml",),
    "localpart.test": ("https://autoconfig.localpart.test/mail/config-v1.1.xml",),
}
"""Where the autoconfig file of a domain can be fetched."""
AUTODISCOVER = {"discover.test": "autodiscover.discover.test", "discoversrv.test": "finder.discoversrv.test"}
"""Which host answers Autodiscover for a domain."""


def instance_accounts(instance: str) -> tuple[Account, ...]:
    """The accounts with a mailbox on that Dovecot."""
    return tuple(account for account in ACCOUNTS if account.instance == instance and account.expect)


def hosts(site: str) -> tuple[str, ...]:
    """The names whose address record points to that site, in the order of ZONES."""
    return tuple(
        zone if name == "@" else f"{name}.{zone}"
        for zone, text in ZONES.items()
        for name, kind, *value in (line.split(None, 2) for line in text.strip().splitlines())
        if kind in ("A", "AAAA") and value == [f"{{{site}}}"]
    )
