"""What `serve` answers and `serve --print-dns` prints, looked at by `check autoconfig`: it finds no fault in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest
import trustme

from mailwright.lab import Lab, packages, plan
from tests.cli.program import Program
from tests.cli.test_check import valid
from tests.cli.test_serve import serving
from tests.web.autoconf.databases import until
from tests.web.autoconf.test_documents import nginx

DOMAIN = "auto.test"
WEB = f"settings.{DOMAIN}"
HOSTS = (DOMAIN, WEB, *(f"{label}.{DOMAIN}" for label in ("autoconfig", "autodiscover", "ua-auto-config", "mta-sts")))
SERVERS = f"""
imap = [{{ host = "imap.{DOMAIN}" }}, {{ host = "imap.{DOMAIN}", security = "starttls" }}]
pop3 = [{{ host = "pop.{DOMAIN}" }}]
smtp = [{{ host = "smtp.{DOMAIN}" }}, {{ host = "smtp.{DOMAIN}", security = "starttls" }}]
"""
WHOLE = f"""
web = "{WEB}"

[[domain]]
names = ["{DOMAIN}"]
name = "Lab & Söhne"
short_name = "Lab"
documentation = "https://{DOMAIN}/mail"
{SERVERS}
mta_sts = {{ mode = "enforce", mx = ["mx.{DOMAIN}"] }}
"""
BARE = f"""
[[domain]]
names = ["{DOMAIN}"]
imap = [{{ host = "imap.{DOMAIN}" }}]
smtp = [{{ host = "smtp.{DOMAIN}" }}]
"""
LOOKUP = '[domain.lookup]\ntable = { "NAME@auto.test" = "u1001" }\n'
OAUTH = 'auth = ["oauth2", "password"]\n[domain.oauth]\nissuer = "https://issuer.oauth.test"\nscopes = ["mail"]\n'
NSD = """server:
  ip-address: {place}
  username: ""
  chroot: ""
  server-count: 1
  pidfile: "{folder}/nsd.pid"
  zonesdir: "{folder}"
  database: ""
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  cookie-secret-file: "{folder}/cookie"
remote-control:
  control-enable: no
zone:
  name: "test"
  zonefile: "test.zone"
"""
HEAD = "$ORIGIN test.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n"


@dataclass(frozen=True)
class Town:
    """Where everything is: the folder of files, the lab, and the program."""

    folder: Path
    lab: Lab
    program: Program

    def address(self, octet: int) -> str:
        """Of the loopback addresses that this lab alone has."""
        return f"{self.lab.resolver.rpartition('.')[0]}.{octet}"

    @contextmanager
    def up(self, toml: str, *, proxied: bool) -> Iterator[Program]:
        """`serve` with that file and the DNS with its records; the program that is led there."""
        file = self.folder / "serve.toml"
        file.write_text(toml, encoding="utf-8")
        self._certify()
        printed = self.program("serve", "--config", str(file), "--print-dns").out
        with self._nsd(printed) as resolver, self._served(file, proxied=proxied) as ports:
            own = (f"{host}:{usual}::{port}" for host in HOSTS for usual, port in ports.items())
            led = {"RESOLVER": resolver, "CA": str(self.folder / "ca.pem"), "ISPDB": self.lab.ispdb}
            led["CONNECT_TO"] = " ".join((*own, *self.lab.connect_to))
            yield Program(self.program.variables | {f"MAILWRIGHT_{key}": value for key, value in led.items()})

    def _certify(self) -> None:
        authority = trustme.CA()
        made = authority.issue_cert(*HOSTS)
        (self.folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        (self.folder / "key.pem").write_bytes(made.private_key_pem.bytes())
        (self.folder / "ca.pem").write_bytes(self.lab.ca.read_bytes() + authority.cert_pem.bytes())

    @contextmanager
    def _served(self, file: Path, *, proxied: bool) -> Iterator[dict[int, int]]:
        """Usual ports and real ones: with a certificate of its own, or behind nginx as it is documented."""
        secured = ("--tls-cert", str(self.folder / "chain.pem"), "--tls-key", str(self.folder / "key.pem"))
        behind = ("--behind-https", "--trusted-proxy", "127.0.0.1/32")
        with serving(self.program, "--config", str(file), *(behind if proxied else secured)) as served:
            if not proxied:
                yield {443: served.port}
                return
            with nginx(self.folder, served.port) as (plain, tls):
                yield {80: plain, 443: tls}

    @contextmanager
    def _nsd(self, printed: str) -> Iterator[str]:
        """A name server for all below .test: what every domain with mail has, and what was printed, as it is."""
        command = packages.find("nsd")
        if command is None:
            pytest.skip("no nsd")
        main, place = self.address(10), f"{self.address(55)}:{plan.DNS_PORT}"
        hosts = "".join(f"{name}.{DOMAIN}. A {main}\n" for name in ("mx", "imap", "pop", "smtp"))
        web = f"{DOMAIN}. A 127.0.0.1\n{WEB}. A 127.0.0.1\n{DOMAIN}. MX 10 mx.{DOMAIN}.\n"
        (self.folder / "test.zone").write_text(f"{HEAD}{hosts}{web}{printed}", encoding="utf-8")
        config = NSD.format(folder=self.folder, place=place.replace(":", "@"))
        (self.folder / "nsd.conf").write_text(config, encoding="utf-8")
        with (
            (self.folder / "nsd.log").open("wb") as log,
            subprocess.Popen(
                [command, "-d", "-c", str(self.folder / "nsd.conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            ) as process,
        ):
            try:
                until(lambda: _answers(self.address(55)), "nsd")
                yield place
            finally:
                process.terminate()


def _answers(address: str) -> bool:
    question = dns.message.make_query(DOMAIN, "MX")
    try:
        return bool(dns.query.udp(question, address, port=plan.DNS_PORT, timeout=0.5).answer)
    except (dns.exception.DNSException, OSError):
        return False


@pytest.fixture
def town(tmp_path: Path, lab: Lab, program: Program) -> Town:
    return Town(tmp_path, lab, program)


CLEAN = {
    "whole, behind nginx": WHOLE,
    "whole": WHOLE,
    "bare": BARE,
    "local parts": f'{BARE}username = "localpart"\n',
    "a rule of its own": f'{BARE}username = "%EMAILLOCALPART%.%EMAILDOMAIN%"\n',
    "the address as a rule": f'{BARE}username = "%EMAILLOCALPART%@%EMAILDOMAIN%"\n',
    "looked up": BARE + LOOKUP.replace("NAME", "anna"),
    "OAuth 2.0 and passwords": BARE + OAUTH,
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_to_find(town: Town, name: str) -> None:
    """Whatever the file says: all ways agree, strangers are answered as others are, and there is nothing to tell."""
    with town.up(CLEAN[name], proxied="nginx" in name) as program:
        ran = program("check", "autoconfig", DOMAIN, "--json")
    document = valid(ran.out)
    assert document["findings"] == []
    assert ran.code == 0
    found = {way["way"]: way["alike"] for way in document["ways"] if way["told"] == "found"}
    assert found.items() >= dict.fromkeys(("autoconfig", "autodiscover", "autodiscover-case"), True).items()
    assert {"srv", "autodiscover-srv", "autodiscover-v2", "mobileconfig"} <= found.keys()
    assert ("pacc" in found) is (name in ("whole, behind nginx", "whole", "bare", "OAuth 2.0 and passwords"))
    assert ("mta-sts" in found) is ("whole" in name)
    assert {"autoconfig-http", "autodiscover-http"} & found.keys() == (
        {"autoconfig-http", "autodiscover-http"} if "nginx" in name else set()
    )


def test_who_has_a_mailbox_shows(town: Town) -> None:
    """A look-up that gives the postmaster a name of its own tells strangers apart from those who are there."""
    with town.up(BARE + LOOKUP.replace("NAME", "postmaster"), proxied=False) as program:
        ran = program("check", "autoconfig", DOMAIN, "--json")
    assert [finding["id"] for finding in valid(ran.out)["findings"]] == ["autoconfig.unlike_user"]
