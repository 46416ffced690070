"""What we see is what testssl.sh sees: versions, ciphers and faults of the chain of the same server."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from mailwright import posture, wire
from mailwright.core import ChainFault, TlsLook, TlsTarget
from mailwright.lab import Lab
from tests.posture.servers import NAME, Chains, make, s_server, trusted

pytestmark = pytest.mark.skipif(shutil.which("testssl") is None, reason="testssl.sh is not installed")
VERSIONS = {
    "SSLv2": "SSLv2",
    "SSLv3": "SSLv3",
    "TLS1": "TLSv1",
    "TLS1_1": "TLSv1.1",
    "TLS1_2": "TLSv1.2",
    "TLS1_3": "TLSv1.3",
}
ALL = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"


def testssl(folder: Path, target: str, *options: str) -> dict[str, str]:
    """Its findings by id."""
    told = folder / "testssl.json"
    told.unlink(missing_ok=True)
    command = ["testssl", "--quiet", "--color", "0", "--warnings", "off", *options, "--jsonfile", str(told), target]
    subprocess.run(command, capture_output=True, timeout=170, check=False, stdin=subprocess.DEVNULL)
    rows = json.loads(told.read_text(encoding="utf-8"))
    return {row["id"]: row["finding"] for row in rows}


testssl.__test__ = False  # type: ignore[attr-defined]


def ours(chains: Chains, port: int) -> TlsLook:
    async def looked() -> TlsLook:
        async with wire.World(chains.settings(port)) as world:
            return await posture.look(TlsTarget(NAME, port), world)

    return asyncio.run(looked())


def their_versions(found: dict[str, str]) -> set[str]:
    return {name for id, name in VERSIONS.items() if found.get(id, "").startswith("offered")}


def their_ciphers(found: dict[str, str]) -> set[str]:
    return {text.split()[-1] for id, text in found.items() if id.startswith("cipher-")}


def test_versions_quickly(chains: Chains, tmp_path: Path) -> None:
    """The versions of an ordinary server."""
    with s_server(*chains.good()) as port:
        theirs = testssl(tmp_path, f"127.0.0.1:{port}", "-p")
        mine = ours(chains, port)
    assert {one.version.value for one in mine.versions if one.offered} == their_versions(theirs) != set()


SERVERS = {
    "default": (),
    "1.0 to 1.2": ("-no_tls1_3", "-cipher", ALL),
    "RSA key exchange": ("-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"),
    "anything": ("-cipher", ALL),
    "its own order": ("-tls1_2", "-serverpref", "-cipher", "ECDHE-RSA-AES128-SHA:AES128-SHA:DHE-RSA-AES256-GCM-SHA384"),
}


@pytest.mark.slow
@pytest.mark.parametrize("options", SERVERS.values(), ids=SERVERS)
def test_versions_and_ciphers(chains: Chains, tmp_path: Path, options: Sequence[str]) -> None:
    """Versions and every cipher of each, whatever the server offers, but for those that need a shared key."""
    with s_server(*chains.good(), *options) as port:
        theirs = testssl(tmp_path, f"127.0.0.1:{port}", "-p", "-E")
        mine = ours(chains, port)
    assert not mine.partial
    assert {one.version.value for one in mine.versions if one.offered} == their_versions(theirs) != set()
    names = {name for one in mine.versions for name in one.ciphers}
    assert names == {name for name in their_ciphers(theirs) if not re.search("PSK|SRP", name)} != set()


def _bad(chains: Chains, fault: str) -> list[str]:
    stranger = make("Stranger", ca=True)
    made: dict[str, Callable[[], list[str]]] = {
        "good": lambda: chains.files(chains.leaf(), chains.middle),
        "expired": lambda: chains.files(chains.leaf(days=(-50, -2)), chains.middle),
        "name": lambda: chains.files(chains.leaf(names=("other.example.org",)), chains.middle),
        "self_signed": lambda: chains.files(make(NAME, names=(NAME,))),
        "intermediate": lambda: chains.files(chains.leaf()),
        "unknown_ca": lambda: chains.files(make(NAME, stranger, names=(NAME,)), stranger),
        "weak_key": lambda: chains.files(chains.leaf(key=rsa.generate_private_key(65537, 1024)), chains.middle),
    }
    return made[fault]()


# What testssl.sh says about each, by the id of its finding.
THEIRS = {
    "good": {"cert_chain_of_trust": "passed", "cert_expirationStatus": "days", "cert_trust": "Ok via SAN"},
    "expired": {"cert_expirationStatus": "expired"},
    "name": {"cert_trust": "does not match"},
    "self_signed": {"cert_chain_of_trust": "self signed"},
    "intermediate": {"cert_chain_of_trust": "chain incomplete"},
    "unknown_ca": {"cert_chain_of_trust": "self signed CA in chain"},
    "weak_key": {"cert_keySize": "RSA 1024"},
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", THEIRS)
def test_chain(chains: Chains, tmp_path: Path, fault: str) -> None:
    """The same fault of the certificates, with the same root trusted and the same name wanted."""
    with s_server(*_bad(chains, fault), "-cipher", "ALL:@SECLEVEL=0") as port:
        options = ("-S", "--add-ca", str(chains.file), "--ip", "127.0.0.1")
        theirs = testssl(tmp_path, f"{NAME}:{port}", *options)
        mine = ours(chains, port)
    for id, said in THEIRS[fault].items():
        assert said in theirs[id], theirs[id]
    assert {p.fault for p in mine.chain_problems} == ({ChainFault(fault)} if fault != "good" else set())


@pytest.mark.slow
@pytest.mark.parametrize(("port", "starttls"), [(993, ""), (143, "imap"), (587, "smtp")])
def test_real_mail_servers(lab: Lab, tmp_path: Path, port: int, starttls: str) -> None:
    """Dovecot and Postfix, at once and after STARTTLS."""
    from mailwright.core import Protocol

    async def looked() -> tuple[TlsLook, Any]:
        resolver, routes = wire.Resolver.parse(lab.resolver), tuple(map(wire.Reroute.parse, lab.connect_to))
        settings = wire.Settings(resolvers=(resolver,), reroutes=routes, ca_file=Path(lab.ca))
        target = TlsTarget("in.provider.test", port, Protocol(starttls) if starttls else None)
        async with wire.World(settings) as world:
            return await posture.look(target, world), settings.route("in.provider.test", port)

    mine, (_, real) = asyncio.run(looked())
    more = ("-t", starttls) if starttls else ()
    theirs = testssl(tmp_path, f"{mine.address}:{real}", *more, "-p", "-E")
    assert {one.version.value for one in mine.versions if one.offered} == their_versions(theirs) != set()
    assert {name for one in mine.versions for name in one.ciphers} == their_ciphers(theirs) != set()
    assert trusted(mine)
    assert not mine.partial
