"""DNS: the zones of the plan, signed where the plan says so, for NSD; unbound in front of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

from mailwright.lab import plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mailwright.lab.network import Network

_LIFETIME_SECONDS = 30 * 86400


def texts(network: Network, digests: Mapping[str, str]) -> dict[str, str]:
    """Zone name → zone file text. `digests`: domain → text of its PACC TXT record."""
    names = {site.name: network.address(site.octet) for site in plan.SITES}
    names |= {name: network.address(octet) for name, octet in plan.WEB_OCTETS.items()}
    names |= {"dead": network.address(plan.DEAD_OCTET)} | {zone: f'"{text}"' for zone, text in digests.items()}
    return {zone: _text(zone, body, network, names) for zone, body in plan.ZONES.items()} | {
        "test": _text("test", "", network, names)
    }


def _text(zone: str, body: str, network: Network, names: Mapping[str, str]) -> str:
    lines = [
        f"$ORIGIN {zone}.",
        "$TTL 60",
        f"@ SOA ns hostmaster {int(time.time())} 3600 600 86400 5",
        "@ NS ns",
        f"ns A {network.address(plan.NAMESERVER_OCTET)}",
    ]
    for line in body.strip().splitlines():
        for name, value in names.items():
            line = line.replace(f"{{{name}}}", value)
        # A machine without IPv6 has no address to put there.
        if not line.endswith("AAAA "):
            lines.append(line)
    return "\n".join(lines) + "\n"


def write(folder: Path, network: Network, digests: Mapping[str, str]) -> None:
    """Write zone files, trust anchors, nsd.conf and unbound.conf."""
    folder.mkdir()
    anchors = []
    for zone, text in texts(network, digests).items():
        if zone in plan.SIGNED:
            text, anchor = _signed(zone, text, broken=zone == "bogus.test")
            anchors.append(anchor)
        (folder / f"{zone}.zone").write_text(text, encoding="utf-8")
    (folder / "anchors").write_text("".join(anchors), encoding="utf-8")
    (folder / "nsd.conf").write_text(_nsd(folder, network), encoding="utf-8")
    (folder / "unbound.conf").write_text(_unbound(folder, network), encoding="utf-8")


def _signed(name: str, text: str, *, broken: bool) -> tuple[str, str]:
    """The zone signed with a fresh key, and its trust anchor (RFC 4035)."""
    zone = dns.zone.from_text(text, origin=f"{name}.", relativize=False)
    key = ec.generate_private_key(ec.SECP256R1())
    public = dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags=257)
    with zone.writer() as writer:
        dns.dnssec.sign_zone(zone, txn=writer, keys=[(key, public)], lifetime=_LIFETIME_SECONDS, add_dnskey=True)
    anchor = f"{name}. 60 IN DNSKEY {public.to_text()}\n"
    signed = zone.to_text(sorted=True, relativize=False)
    if broken:
        # The records change after they were signed; every signature over them is wrong now.
        signed = signed.replace(" SRV 0 1 ", " SRV 0 2 ").replace(" A 1", " A 2")
    return signed, anchor


def _nsd(folder: Path, network: Network) -> str:
    zones = "".join(f'zone:\n  name: "{zone}"\n  zonefile: "{zone}.zone"\n' for zone in (*plan.ZONES, "test"))
    return f"""server:
  ip-address: {network.address(plan.NAMESERVER_OCTET)}@{plan.DNS_PORT}
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
  hide-version: yes
remote-control:
  control-enable: no
{zones}"""


def _unbound(folder: Path, network: Network) -> str:
    source = f"{network.address(plan.NAMESERVER_OCTET)}@{plan.DNS_PORT}"
    # Each zone is a stub of its own: else unbound would follow the NS records to port 53.
    stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {source}\n' for zone in (*plan.ZONES, "test"))
    # Everything outside .test does not exist: the lab asks nobody else.
    return f"""server:
  interface: {network.address(plan.RESOLVER_OCTET)}
  port: {plan.DNS_PORT}
  do-daemonize: no
  num-threads: 1
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  logfile: ""
  use-syslog: no
  access-control: 0.0.0.0/0 allow
  do-ip6: no
  do-not-query-localhost: no
  local-zone: "." static
  local-zone: "test." transparent
  trust-anchor-file: "{folder}/anchors"
  module-config: "validator iterator"
  qname-minimisation: no
  infra-host-ttl: 1
  cache-max-negative-ttl: 5
remote-control:
  control-enable: no
{stubs}"""
