"""TLS that fails: certificates, versions, ciphers, and whoever stands in between."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mailwright.lab import plan
from mailwright.lab.faults.play import Play
from mailwright.lab.faults.scene import PORTS, changed

if TYPE_CHECKING:
    from mailwright.lab.faults.certificates import Authority
    from mailwright.lab.faults.scene import Scene


def _paper(scene: Scene, **how: Any) -> None:  # noqa: ANN401  # the fields of Paper
    hosts = tuple(scene.hosts().values())
    scene.mail(tls=scene.tls(*hosts, **how))


def expired(scene: Scene) -> None:
    """The certificate ended three days ago."""
    middle = scene.office.middle
    _paper(scene, days=(-90, -3), signer=middle, sent=(middle,))


def expired_intermediate(scene: Scene) -> None:
    """The certificate is good, the one above it is past its time."""
    _paper(scene, signer=scene.office.old_middle, sent=(scene.office.old_middle,))


def not_yet(scene: Scene) -> None:
    """The certificate begins next month."""
    middle = scene.office.middle
    _paper(scene, days=(30, 90), signer=middle, sent=(middle,))


def clock(scene: Scene) -> None:
    """All is well here; the client's clock is wrong. A web server and the mail servers tell the time."""
    scene.mail()
    address = scene.address()
    for name in (scene.domain, f"www.{scene.domain}", f"autoconfig.{scene.domain}"):
        scene.record(name, "A", address)
    scene.web(address)
    tls = scene.tls(scene.domain, f"www.{scene.domain}", f"autoconfig.{scene.domain}")
    scene.listen(address, 443, Play("http"), tls, implicit=True)


def name(scene: Scene) -> None:
    """The certificate is for the provider's own host."""
    scene.mail(tls=scene.tls("server7.hosting-company.test", "www.hosting-company.test"))


def self_signed(scene: Scene) -> None:
    """Nobody vouches for the certificate but itself."""
    _paper(scene, signer=None, sent=())


def unknown_root(scene: Scene) -> None:
    """An authority nobody knows signed it, and is not sent."""
    _paper(scene, signer=scene.office.unknown, sent=())


def unknown_root_sent(scene: Scene) -> None:
    """An authority nobody knows signed it, and is sent along."""
    _paper(scene, signer=scene.office.unknown, sent=(scene.office.unknown,))


def no_intermediate(scene: Scene) -> None:
    """The certificate in the middle is not sent, and nothing says where to get it; the POP3 server sends it."""
    hosts, middle = tuple(scene.hosts().values()), scene.office.middle
    address = scene.mail(tls=scene.tls(*hosts, signer=middle, sent=()), ports=(993, 465))
    scene.listen(address, 995, Play("pop3", users=scene.mailbox()), scene.tls(*hosts), implicit=True)
    scene.record(f"_pop3s._tcp.{scene.domain}", "SRV", f"0 1 995 {scene.hosts()['pop3']}.")


def no_intermediate_aia(scene: Scene) -> None:
    """The certificate in the middle is not sent, but the server's own says where it can be fetched."""
    address = scene.address()
    host = f"pki.{scene.domain}"
    scene.record(host, "A", address)
    scene.web(address)
    place = f"http://{host}/{scene.office.publish(scene.office.middle)}"
    _paper(scene, signer=scene.office.middle, sent=(), aia=place)


def _between(scene: Scene, common: str, owner: str, *, sent: bool) -> None:
    """Somebody in between opens the connection and signs for every host himself."""
    stranger: Authority = scene.office.stranger(common, owner)
    hosts = tuple(scene.hosts().values())
    scene.mail(tls=scene.tls(*hosts, signer=stranger, sent=(stranger,) if sent else ()))


avast = partial(_between, common="Avast Web/Mail Shield Root", owner="Avast Web/Mail Shield", sent=True)
kaspersky = partial(
    _between, common="Kaspersky Anti-Virus Personal Root Certificate", owner="AO Kaspersky Lab", sent=False
)
fortinet = partial(_between, common="FGT60F0000000000", owner="Fortinet", sent=True)
eset = partial(_between, common="ESET SSL Filter CA", owner="ESET, spol. s r. o.", sent=True)


def weak_key(scene: Scene) -> None:
    """An RSA key of 1024 bits."""
    hosts = tuple(scene.hosts().values())
    middle = scene.office.middle
    weak = scene.tls(*hosts, key="rsa1024", signer=middle, sent=(middle,))
    scene.mail(tls=changed(weak, ciphers="ALL:@SECLEVEL=0"))


def weak_group(scene: Scene) -> None:
    """Diffie-Hellman in a group of 1024 bits, and nothing else."""
    hosts = tuple(scene.hosts().values())
    middle = scene.office.middle
    if not (scene.office.folder / "small.dh").exists():
        scene.office.small_group()
    tls = scene.tls(*hosts, key="rsa2048", signer=middle, sent=(middle,))
    ciphers = "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"
    scene.mail(tls=changed(tls, ciphers=ciphers, highest="TLSv1_2", small_dh=True))


def _server(scene: Scene, key: str = "ec", **how: Any) -> None:  # noqa: ANN401  # the fields of Tls
    hosts = tuple(scene.hosts().values())
    middle = scene.office.middle
    scene.mail(tls=changed(scene.tls(*hosts, key=key, signer=middle, sent=(middle,)), **how))


old_version = partial(_server, lowest="TLSv1", highest="TLSv1", ciphers="ALL:@SECLEVEL=0")
old_version_11 = partial(_server, lowest="TLSv1_1", highest="TLSv1_1", ciphers="ALL:@SECLEVEL=0")
old_cipher = partial(_server, key="rsa2048", highest="TLSv1_2", ciphers="AES256-SHA256:AES128-SHA256:@SECLEVEL=0")
client_12 = partial(_server, highest="TLSv1_2", asks_client=True)
client_13 = partial(_server, lowest="TLSv1_3", asks_client=True)


def strict_name(scene: Scene) -> None:
    """The server does not want to be called by that name (alert 112)."""
    _server(scene, refuses=tuple(scene.hosts().values()))


def stripped(scene: Scene) -> None:
    """Somebody in between blanks STARTTLS; the servers behind are well."""
    real, front = scene.mail(hosts={key: f"inner-{key}.{scene.domain}" for key in PORTS_BY}), scene.address()
    hosts = scene.hosts()
    for host in hosts.values():
        scene.record(host, "A", front)
    for port in (143, 110, 587):
        scene.listen(front, port, Play("strip", to=(real, port + plan.OFFSET)))


PORTS_BY = tuple(dict.fromkeys(protocol for protocol, _ in PORTS.values()))


def injected(scene: Scene) -> None:
    """An answer in the clear hangs on the go-ahead for TLS."""
    scene.mail(starttls="injected")


def no_starttls(scene: Scene) -> None:
    """The server itself offers no STARTTLS on any port, and has no port with TLS."""
    scene.mail(ports=(143, 110, 587), starttls="missing", tls_first=False)
