"""What one look by one client cannot show of a fault: the second resolver, the other path, the clock, the size."""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from mailwright import lab as room
from mailwright.lab import plan
from tests.lab import fault_client as client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

ROOT = os.geteuid() == 0
ANYWHERE = (
    "dns.servfail-refused", "dns.hijack", "net.proxy-password", "net.proxy-forbidden", "net.proxy-broken",
    "net.proxy-socks-password", "net.proxy-socks-forbidden", "net.proxy-closed", "net.portal", "net.portal-between",
    "tls.expired", "tls.expired-intermediate", "tls.intermediate", "tls.intermediate-no-aia", "tls.interception-avast",
    "tls.interception-kaspersky", "tls.interception-fortinet", "tls.unknown_ca", "tls.starttls_missing", "tls.sni",
    "tls.clock-behind", "tls.clock-ahead", "auth.client_id-163", "limit.connections-dovecot",
)  # fmt: skip
NETWORK = ("net.mtu", "net.reset", "net.slow", "net.ipv6_broken", "net.unreachable-host", "policy.ip_blocked-postfix")
rooted = pytest.mark.skipif(not ROOT, reason="packets are dropped in a network namespace, which takes root")


@pytest.fixture(scope="module")
def faulty() -> Iterator[Lab]:
    """The faults that this file is about."""
    ids = ANYWHERE + (NETWORK if ROOT else ())
    folder = Path(os.path.realpath("/tmp")) / f"mw-proofs-{os.getpid()}"
    with room.running(folder, options=room.Options(faults=ids)) as made:
        yield made


def address(faulty: Lab, id: str, kind: str = "A", host: str = "") -> str:
    """Where the fault's host is."""
    staged = faulty.fault(id)
    return client.within(faulty, lambda: client.ask(staged, host or client.option(staged, "--host"), kind)[0])


def chain(faulty: Lab, id: str) -> list[x509.Certificate]:
    """The certificates as sent."""

    def look() -> str:
        staged = faulty.fault(id)
        host = client.option(staged, "--host")
        where = f"{client.ask(staged, host, 'A')[0]}:{993 + plan.OFFSET}"
        return subprocess.run(
            ["openssl", "s_client", "-connect", where, "-servername", host, "-showcerts"],
            input="", capture_output=True, text=True, check=False, timeout=10,
        ).stdout  # fmt: skip

    return x509.load_pem_x509_certificates(client.within(faulty, look).encode())


def talked(faulty: Lab, where: tuple[str, int], said: bytes, *, segment: int = 0) -> bytes:
    """What a server answers to some bytes."""
    found: list[bytes] = []

    def talk() -> str:
        sock = socket.socket()
        with sock:
            sock.settimeout(3)
            if segment:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            sock.connect(where)
            sock.sendall(said)
            found.append(sock.recv(4096))
        return ""

    client.within(faulty, talk)
    return found[0]


@pytest.mark.parametrize(("id", "name"), [("dns.servfail-refused", ""), ("dns.hijack", "")])
def test_the_second_resolver_tells_the_truth(id: str, name: str, faulty: Lab) -> None:
    """The same question elsewhere has the answer with which mail works."""
    staged = faulty.fault(id)
    host, second = client.option(staged, "--host"), client.option(staged, "--second-resolver")
    true = client.within(faulty, lambda: client.ask(staged, host, "A", second)[0])
    assert true.startswith("127.78.")
    if id == "dns.hijack":
        assert true != address(faulty, id)


PROXIES = {
    "net.proxy-password": b"HTTP/1.1 407 ",
    "net.proxy-forbidden": b"HTTP/1.1 403 ",
    "net.proxy-broken": b"HTTP/1.1 502 ",
}


def proxy(faulty: Lab, id: str) -> tuple[str, int]:
    host, _, port = client.option(faulty.fault(id), "--proxy").partition("://")[2].partition(":")
    return host, int(port)


@pytest.mark.parametrize("id", PROXIES)
def test_http_proxies(id: str, faulty: Lab) -> None:
    """CONNECT is answered with the status that the fault is about (RFC 9110 §9.3.6)."""
    said = b"CONNECT imap.x.test:993 HTTP/1.1\r\nHost: imap.x.test:993\r\n\r\n"
    assert talked(faulty, proxy(faulty, id), said).startswith(PROXIES[id])


def test_socks_proxies(faulty: Lab) -> None:
    """One likes no method without a password, the other's rules forbid it (RFC 1928 §3, §6)."""
    assert talked(faulty, proxy(faulty, "net.proxy-socks-password"), b"\x05\x01\x00") == b"\x05\xff"
    where = proxy(faulty, "net.proxy-socks-forbidden")
    said = b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x03\xe1"
    assert talked(faulty, where, said).startswith(b"\x05\x00")


def test_no_proxy(faulty: Lab) -> None:
    """Nothing listens where the proxy should be."""

    def connect() -> str:
        with socket.socket() as sock:
            return errno.errorcode[sock.connect_ex(proxy(faulty, "net.proxy-closed"))]

    assert client.within(faulty, connect) == "ECONNREFUSED"


@pytest.mark.parametrize(("id", "host"), [("net.portal", "any.name.example"), ("net.portal-between", "")])
def test_portals_redirect_the_web_too(id: str, host: str, faulty: Lab) -> None:
    """A plain web page leads to the portal's."""
    where = address(faulty, id, host=host)
    answer = talked(faulty, (where, plan.OFFSET + 80), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 302 ")
    assert b"Location: http://login.portal.test/welcome" in answer


def test_which_certificate_has_expired(faulty: Lab) -> None:
    """OpenSSL says the same of both; the dates do not."""
    now = time.time()
    leaf, middle = chain(faulty, "tls.expired")
    assert leaf.not_valid_after_utc.timestamp() < now < middle.not_valid_after_utc.timestamp()
    leaf, middle = chain(faulty, "tls.expired-intermediate")
    assert middle.not_valid_after_utc.timestamp() < now < leaf.not_valid_after_utc.timestamp()


def test_the_missing_issuer_can_be_fetched(faulty: Lab) -> None:
    """The certificate says where, and what is there is its issuer (RFC 5280 §4.2.2.1)."""
    (leaf,) = chain(faulty, "tls.intermediate")
    places = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    url = places[0].access_location.value
    host, _, path = url.removeprefix("http://").partition("/")
    where = address(faulty, "tls.intermediate", host=host)
    found: list[bytes] = []

    def fetch() -> str:
        connection = http.client.HTTPConnection(where, plan.OFFSET + 80, timeout=3)
        connection.request("GET", f"/{path}")
        found.append(connection.getresponse().read())
        connection.close()
        return ""

    client.within(faulty, fetch)
    leaf.verify_directly_issued_by(x509.load_der_x509_certificate(found[0]))
    (bare,) = chain(faulty, "tls.intermediate-no-aia")
    assert not [one for one in bare.extensions if isinstance(one.value, x509.AuthorityInformationAccess)]


ISSUERS = {
    "tls.interception-avast": "Avast Web/Mail Shield Root",
    "tls.interception-kaspersky": "Kaspersky Anti-Virus Personal Root Certificate",
    "tls.interception-fortinet": "Fortinet",
    "tls.unknown_ca": "Unheard-of Root CA",
}


@pytest.mark.parametrize("id", ISSUERS)
def test_who_signs_in_between(id: str, faulty: Lab) -> None:
    """The issuer is the one who reads along."""
    assert ISSUERS[id] in chain(faulty, id)[0].issuer.rfc4514_string()


def test_starttls_is_there_behind(faulty: Lab) -> None:
    """What the device in between removes, the server itself offers."""
    id = "tls.starttls_missing"
    inner = address(faulty, id, host=f"inner-imap.{faulty.fault(id).address.rpartition('@')[2]}")
    assert b" STARTTLS " in talked(faulty, (inner, plan.OFFSET + 143), b"")
    assert b" XXXXXXXX " in talked(faulty, (address(faulty, id), plan.OFFSET + 143), b"")


def test_without_the_name_it_works(faulty: Lab) -> None:
    """The server refuses one name, not TLS."""

    def nameless() -> str:
        context = ssl.create_default_context(cafile=str(faulty.ca))
        context.check_hostname = False
        staged = faulty.fault("tls.sni")
        where = (client.ask(staged, client.option(staged, "--host"), "A")[0], plan.OFFSET + 993)
        with socket.create_connection(where, timeout=3) as sock, context.wrap_socket(sock) as secured:
            return secured.version() or ""

    assert client.within(faulty, nameless) == "TLSv1.3"


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
@pytest.mark.parametrize(("id", "code"), [("tls.clock-behind", "9"), ("tls.clock-ahead", "10")])
def test_clocks(id: str, code: str, faulty: Lab) -> None:
    """With the client's clock as the fault has it, a good certificate is none."""
    staged = faulty.fault(id)
    host = client.option(staged, "--host")
    where = f"{address(faulty, id)}:{993 + plan.OFFSET}"
    asked = ("openssl", "s_client", "-connect", where, "-servername", host, "-CAfile", str(faulty.ca))
    done = subprocess.run(
        room.command(faulty, (*staged.prefix, *asked)),
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    assert f"Verify return code: {code} " in done.stdout


@rooted
def test_small_segments_pass(faulty: Lab) -> None:
    """A black hole swallows what is large: with small segments the handshake works."""
    where = (address(faulty, "net.mtu"), plan.OFFSET + 993)

    def shake() -> str:
        context = ssl.create_default_context(cafile=str(faulty.ca))
        sock = socket.socket()
        sock.settimeout(3)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        sock.connect(where)
        with context.wrap_socket(sock, server_hostname="imap.net-mtu.test") as secured:
            return secured.version() or ""

    assert client.within(faulty, shake) == "TLSv1.3"
    assert client.seen(faulty, "net.mtu") == "timeout"


@rooted
def test_only_a_clienthello_is_reset(faulty: Lab) -> None:
    """The banner comes through; it is TLS that is not liked."""
    where = (address(faulty, "net.reset"), plan.OFFSET + 143)
    assert talked(faulty, where, b"").startswith(b"* OK")
    assert client.seen(faulty, "net.reset") == "ECONNRESET"


@rooted
def test_far_away_is_slow(faulty: Lab) -> None:
    """It is the packets that take so long, not the server."""
    where = (address(faulty, "net.slow"), plan.OFFSET + 993)

    def connect() -> str:
        began = time.monotonic()
        socket.create_connection(where, timeout=10).close()
        return str(time.monotonic() - began)

    assert 1.3 < float(client.within(faulty, connect)) < 3


@rooted
def test_only_ipv6_is_dark(faulty: Lab) -> None:
    """The second address of the same host swallows everything."""
    where = address(faulty, "net.ipv6_broken", "AAAA")

    def connect() -> str:
        with socket.socket(socket.AF_INET6) as sock:
            sock.settimeout(1)
            try:
                sock.connect((where, plan.OFFSET + 993))
            except TimeoutError:
                return "dark"
        return "light"

    assert client.within(faulty, connect) == "dark"


@rooted
def test_a_host_that_is_down_takes_three_seconds(faulty: Lab) -> None:
    """A firewall says so at once, ARP gives up after a while."""
    began = time.monotonic()
    assert client.seen(faulty, "net.unreachable-host") == "EHOSTUNREACH"
    assert time.monotonic() - began > 2


@rooted
def test_the_block_list_says_it_too(faulty: Lab) -> None:
    """The list that the server names has the address in the lab's DNS (RFC 5782 §2.1)."""
    assert address(faulty, "policy.ip_blocked-postfix", host="9.113.0.203.zen.spamhaus.org") == "127.0.0.2"


def test_the_connection_limit_lets_other_users_in(faulty: Lab) -> None:
    """It is the limit for one user, not a server that is full."""
    assert "[LIMIT]" in client.seen(faulty, "limit.connections-dovecot")
    assert "[AUTHENTICATIONFAILED]" in client.seen(faulty, "limit.connections-dovecot", user="somebody-else")


def test_nothing_is_left() -> None:
    """With the lab its namespaces, rules and servers are gone."""
    folder = Path(os.path.realpath("/tmp")) / f"mw-left-{os.getpid()}"
    ids = ("net.slow", "server.overload-frozen", "server.disk_full") if ROOT else ("server.overload-frozen",)
    with room.running(folder, options=room.Options(faults=ids)) as made:
        pids = [server.pid for server in made.servers]
        names = {made.network.client_namespace, made.network.server_namespace} - {""}
        assert all(Path(f"/run/netns/{name}").exists() for name in names)
    assert not folder.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not any(Path(f"/run/netns/{name}").exists() for name in names)
