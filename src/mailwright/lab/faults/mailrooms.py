"""Real Dovecot and Postfix with something wrong in the mail room: limits, full disks, dead back ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab import plan
from mailwright.lab.faults.dovecots import Mailstore
from mailwright.lab.faults.fault import PASSWORD
from mailwright.lab.faults.play import Listener, Play
from mailwright.lab.faults.postfixes import Door
from mailwright.lab.faults.typed import real

if TYPE_CHECKING:
    from mailwright.lab.faults.scene import Scene

_LIMIT = (
    "protocol imap {\n  mail_max_userip_connections = 1\n}\nprotocol pop3 {\n  mail_max_userip_connections = 1\n}\n"
)
# A checker that says "try later" (111), as one does whose own data base is away.
_BROKEN_23 = 'passdb {\n  driver = checkpassword\n  args = /bin/sh -c "exit 111"\n}\n'


def connections(scene: Scene) -> None:
    """One session for each user and address, and that one is taken."""
    address = real(scene, extra=(("2.", _LIMIT),))
    scene.hold(address, 993, f"a LOGIN {scene.fault.address} {PASSWORD}", "b NOOP", implicit=True)


def locked(scene: Scene) -> None:
    """The account is there, and may not sign in; the server says why."""
    real(scene, users=((scene.fault.address, PASSWORD, "nologin=y reason=Locked-by-the-postmaster"),))


def full_disk(scene: Scene) -> None:
    """The mail lies on a disk that is full."""
    real(scene, full=True)


def broken_passwords(scene: Scene) -> None:
    """What checks the passwords fails, and says so."""
    real(scene, passdb=(("2.3", _BROKEN_23),))


def frozen(scene: Scene) -> None:
    """What checks the passwords stands still (SIGSTOP)."""
    real(scene)
    scene.place.frozen.append(f"dovecot-{scene.domain}")


def odd_mechanism(scene: Scene) -> None:
    """The only way to sign in is one that few programs have."""
    real(scene, mechanisms=("digest-md5",))


def _sending(scene: Scene, *settings: str, sasl: str = "") -> str:
    """Real Postfix for sending with real Dovecot behind, scripted reading; the address."""
    address = scene.mail(ports=(993,))
    hosts = scene.hosts()
    tls = scene.tls(*hosts.values())
    for port, label in ((465, "_submissions"), (587, "_submission")):
        scene.record(f"{label}._tcp.{scene.domain}", "SRV", f"0 1 {port} {hosts['smtp']}.")
        asked = sasl or f"inet:{address}:{plan.SASL_PORT}"
        own = ("smtpd_sasl_auth_enable=yes", f"smtpd_sasl_path={asked}", "smtpd_tls_auth_only=yes", *settings)
        scene.place.doors.append(Door(address, port, tls.certificate, own))
    if not sasl:
        users = ((scene.fault.address, PASSWORD, ""),)
        scene.place.stores.append(Mailstore(scene.domain, tls.certificate, (), users, sasl=address))
    return address


def other_sender(scene: Scene) -> None:
    """The address may be read, but mail from it belongs to another login."""
    _sending(
        scene, "smtpd_sender_login_maps=static:somebody-else", "smtpd_sender_restrictions=reject_sender_login_mismatch"
    )


def listed(scene: Scene) -> None:
    """The server asks a block list about its clients, and this one is on it; so says the lab's DNS as well."""
    address, page = "203.0.113.9", "https://www.spamhaus.org/query/ip/203.0.113.9"
    said = f"554 5.7.1 Service unavailable; Client host [{address}] blocked using zen.spamhaus.org; {page}"
    _sending(scene, f"smtpd_client_restrictions=check_client_access static:{{{said}}}")
    name = "9.113.0.203.zen.spamhaus.org"
    scene.record(name, "A", "127.0.0.2")
    scene.record(name, "TXT", f'"{page}"')


def one_client(scene: Scene) -> None:
    """One connection for each address, and that one is taken."""
    address = _sending(scene, "smtpd_client_connection_count_limit=1")
    for port in (465, 587):
        scene.hold(address, port, "EHLO holder", implicit=port == 465)


def dead_sasl(scene: Scene) -> None:
    """What checks the passwords for Postfix dies at each sign-in."""
    address = scene.address()
    scene.place.near.listeners.insert(0, Listener(address, plan.SASL_PORT, Play("sasl")))
    _sending(scene, sasl=f"inet:{address}:{plan.SASL_PORT}")
