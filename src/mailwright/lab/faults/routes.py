"""Packets that do not arrive: lost, refused, held back, sent elsewhere; and proxies in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.lab import plan
from mailwright.lab.faults import ground
from mailwright.lab.faults.play import Listener, Play
from mailwright.lab.faults.scene import HOSTS, PORTS

if TYPE_CHECKING:
    from mailwright.lab.faults.scene import Scene

PORTAL = "http://login.portal.test/welcome"
_MAIL_PORTS = ", ".join(str(port + plan.OFFSET) for port in PORTS)


def _rule(scene: Scene, address: str, rest: str) -> None:
    scene.place.rules.append(f"ip daddr {address} tcp dport {{ {_MAIL_PORTS} }} {rest}")


def refused(scene: Scene) -> None:
    """Nothing listens on any mail port."""
    scene.named(scene.address())


def refused_by_rule(scene: Scene) -> None:
    """A packet filter answers for the server: connection refused."""
    _rule(scene, scene.mail(), "reject with tcp reset")


def dropped(scene: Scene) -> None:
    """A packet filter swallows everything."""
    _rule(scene, scene.mail(), "drop")


def forbidden(scene: Scene) -> None:
    """A packet filter says that it is forbidden (ICMP type 3 code 13)."""
    _rule(scene, scene.mail(), "reject with icmp admin-prohibited")


def reset(scene: Scene) -> None:
    """The connection opens, and is reset when a ClientHello passes."""
    _rule(scene, scene.mail(), "@ih,0,24 0x160301 reject with tcp reset")


def reset_by_server(scene: Scene) -> None:
    """The connection opens, and is reset at the first byte."""
    address = scene.address()
    scene.named(address)
    for port in PORTS:
        scene.listen(address, port, Play("reset"))


def closed(scene: Scene) -> None:
    """The server hangs up at once, whoever comes."""
    address = scene.address()
    scene.named(address)
    for port in PORTS:
        scene.listen(address, port, Play("close"))


def no_route(scene: Scene) -> None:
    """There is no way to that network."""
    scene.named("198.51.100.25")


def nobody(scene: Scene) -> None:
    """The way leads to the right network, but the host does not answer there."""
    scene.named(f"{ground.GONE_NETWORK}.9")


def portal(scene: Scene) -> None:
    """A network that wants a sign-in on a web page first: every name leads to it, every port is its."""
    address = scene.address()
    scene.named(address)
    scene.view.records.clear()
    moved = replace(scene.view, wildcard=address)
    scene.place.near.views[scene.place.near.views.index(scene.view)] = moved
    scene.view = moved
    for port in (*PORTS, 443):
        scene.listen(address, port, Play("portal", words=PORTAL))
    scene.web(address, Play("http", words=PORTAL))


def portal_between(scene: Scene) -> None:
    """The names are right, but the packets of mail and web end at the portal."""
    right = scene.address()
    scene.named(right)
    for name in (scene.domain, f"autoconfig.{scene.domain}"):
        scene.record(name, "A", right)
    for port in PORTS:
        scene.listen(right, port, Play("portal", words=PORTAL))
    scene.web(right, Play("http", words=PORTAL))


def _proxy(scene: Scene, play: Play) -> None:
    """Mail that works, and a proxy in front."""
    scene.mail()
    address = scene.address()
    scene.listen(address, 3128, play)
    scene.fills["proxy"] = f"{address}:{3128 + plan.OFFSET}"


def proxy_closed(scene: Scene) -> None:
    """Nothing listens where the proxy should be."""
    scene.mail()
    scene.fills["proxy"] = f"{scene.address()}:{3128 + plan.OFFSET}"


def proxy_password(scene: Scene) -> None:
    """An HTTP proxy that wants a password."""
    _proxy(scene, Play("connect", words="auth"))


def proxy_forbids(scene: Scene) -> None:
    """An HTTP proxy that lets nobody out to mail ports."""
    _proxy(scene, Play("connect", words="forbidden"))


def proxy_broken(scene: Scene) -> None:
    """An HTTP proxy that cannot reach anything."""
    _proxy(scene, Play("connect", words="bad"))


def socks_password(scene: Scene) -> None:
    """A SOCKS proxy that wants a password."""
    _proxy(scene, Play("socks5", words="auth"))


def socks_forbids(scene: Scene) -> None:
    """A SOCKS proxy whose rules forbid it."""
    _proxy(scene, Play("socks5", words="forbidden"))


def half_dark(scene: Scene) -> None:
    """The host has an IPv6 address that swallows everything; IPv4 works."""
    scene.mail()
    dead = f"fd77:dead::{len(scene.place.six) + 1:x}"
    scene.place.six.append(dead)
    scene.place.rules.append(f"ip6 daddr {dead} drop")
    for host in scene.hosts().values():
        scene.record(host, "AAAA", dead)


def black_hole(scene: Scene) -> None:
    """Large packets from the server get lost, and nobody is told (RFC 2923 §2.1)."""
    address = scene.mail()
    scene.place.rules.append(f"ip saddr {address} tcp sport {{ {_MAIL_PORTS} }} ip length > 900 drop")


def slow(scene: Scene) -> None:
    """The servers are far away: a packet takes most of a second."""
    hosts = scene.named(ground.FAR_ADDRESS)
    tls = scene.tls(*hosts.values())
    for port, (protocol, implicit) in PORTS.items():
        play = Play(protocol, users=scene.mailbox())
        scene.place.far.listeners.append(Listener(ground.FAR_ADDRESS, port + plan.OFFSET, play, tls, implicit=implicit))
    assert hosts.keys() == HOSTS.keys()
