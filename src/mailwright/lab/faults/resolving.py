"""Names that do not resolve, or resolve to a lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab.faults.play import Play
from mailwright.lab.faults.typed import ordinary

if TYPE_CHECKING:
    from mailwright.lab.faults.scene import Scene


def _fill_second(scene: Scene) -> None:
    """A second resolver that tells the truth; the first one is about to stop doing so."""
    second = scene.resolver()
    second.records.update({name: {kind: list(values) for kind, values in types.items()}
                           for name, types in scene.view.records.items()})  # fmt: skip
    scene.fills["second"] = f"{second.address}:{second.port}"


def gone(scene: Scene) -> None:
    """The whole domain does not exist (any more)."""
    scene.fills["second"] = f"{scene.view.address}:{scene.view.port}"


def _moody(scene: Scene, mood: str) -> None:
    ordinary(scene)
    scene.view.moods.update(dict.fromkeys((scene.domain, *scene.hosts().values()), mood))
    scene.view.moods.update({f"{label}._tcp.{scene.domain}": mood for label in ("_imaps", "_pop3s", "_submissions")})


def servfail(scene: Scene) -> None:
    """The name servers of the domain are broken."""
    _moody(scene, "servfail")


def refused(scene: Scene) -> None:
    """The resolver does not answer questions about this domain, another does."""
    ordinary(scene)
    _fill_second(scene)
    scene.view.moods["*"] = "refused"


def silent(scene: Scene) -> None:
    """The resolver answers nothing at all."""
    ordinary(scene)
    scene.view.moods["*"] = "timeout"


def no_address(scene: Scene) -> None:
    """The host's name exists, and has no address."""
    ordinary(scene)
    host = f"imap.{scene.domain}"
    scene.view.records[host] = {"TXT": ['"no address here"']}


def lying(scene: Scene) -> None:
    """The resolver sends the mail host to somebody else's server; a second one tells the truth."""
    ordinary(scene)
    _fill_second(scene)
    address = scene.address()
    scene.view.records[f"imap.{scene.domain}"] = {"A": [address]}
    other = scene.tls("mail.somebody-else.test")
    scene.listen(address, 993, Play("imap", banner="mail.somebody-else.test ready"), other, implicit=True)


def deaf_domain(scene: Scene) -> None:
    """A domain with a web site's name and nothing to receive mail: no MX, no address of its own."""
    address = scene.address()
    scene.record(f"www.{scene.domain}", "A", address)
    scene.record(scene.domain, "TXT", '"v=spf1 -all"')
    scene.web(address)


def wrong_domain(scene: Scene) -> None:
    """The host that was typed does not exist, the one that was meant does."""
    ordinary(scene)
