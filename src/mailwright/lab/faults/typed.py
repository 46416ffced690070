"""Mail that works, and typed data or settings that do not fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab.faults.dovecots import Mailstore
from mailwright.lab.faults.fault import PASSWORD
from mailwright.lab.faults.play import Play
from mailwright.lab.faults.postfixes import Door
from mailwright.lab.faults.scene import PORTS
from mailwright.lab.faults.vendors import HOSTS

if TYPE_CHECKING:
    from mailwright.lab.faults.scene import Scene

QQ, EXMAIL = HOSTS["qq"], HOSTS["exmail"]
VAGUE = ("NO Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or "
         "system is busy. More information at https://help.mail.qq.com/detail/108/1024")  # fmt: skip
_VAGUE = {"imap": {"login": VAGUE}, "pop3": {"login": VAGUE.replace("NO", "-ERR")},
          "smtp": {"login": VAGUE.replace("NO", "535")}}  # fmt: skip


def ordinary(scene: Scene) -> None:
    """Nothing is wrong here."""
    scene.mail(users=((scene.fault.address, PASSWORD),))


def app_password(scene: Scene) -> None:
    """Nothing is wrong here; the password has sixteen letters."""
    scene.mail(users=((scene.fault.address, "abcdefghijklmnop"),))


def at_sign(scene: Scene) -> None:
    """Nothing is wrong here; the password has a sign that web addresses must encode."""
    scene.mail(users=((scene.fault.address, "rain@7+right"),))


def web_site(scene: Scene) -> None:
    """Mail, and a web site under another name that has no mail."""
    ordinary(scene)
    address = scene.address()
    host = f"www.{scene.domain}"
    scene.record(host, "A", address)
    scene.web(address)
    scene.listen(address, 443, Play("http"), scene.tls(host), implicit=True)


def split_hosts(scene: Scene) -> None:
    """A host of its own for each protocol; none listens on another's port."""
    hosts, users = scene.hosts(), ((scene.fault.address, PASSWORD),)
    tls = scene.tls(*hosts.values())
    for port, label in ((993, "_imaps"), (995, "_pop3s"), (465, "_submissions")):
        protocol, address = PORTS[port][0], scene.address()
        scene.record(hosts[protocol], "A", address)
        scene.record(f"{label}._tcp.{scene.domain}", "SRV", f"0 1 {port} {hosts[protocol]}.")
        scene.listen(address, port, Play(protocol, users=users), tls, implicit=True)
    scene.record(scene.domain, "MX", f"10 {hosts['smtp']}.")


def real(scene: Scene, *, users: tuple[tuple[str, str, str], ...] | None = None, name: str = "", **more: object) -> str:
    """Real Dovecot for reading, a scripted server for sending; the address."""
    address = scene.address()
    hosts = scene.named(address)
    tls = scene.tls(*hosts.values())
    listens = tuple((address, port) for port in (993, 143, 995, 110))
    known = users if users is not None else ((scene.fault.address, PASSWORD, ""),)
    scene.place.stores.append(
        Mailstore(name or scene.domain, tls.certificate, listens, known, **more)  # type: ignore[arg-type]  # its own fields
    )
    for port in (465, 587):
        play = Play("smtp", users=tuple((user, password) for user, password, _ in known))
        scene.listen(address, port, play, tls, implicit=PORTS[port][1])
    return address


def wrong_password(scene: Scene) -> None:
    """The mailbox has another password."""
    real(scene, users=((scene.fault.address, "another-one-8", ""),))


def full_name(scene: Scene) -> None:
    """People sign in with the whole address."""
    real(scene)


def short_name(scene: Scene) -> None:
    """People sign in with the part before the @."""
    real(scene, users=((scene.fault.address.partition("@")[0], PASSWORD, ""),))


def encrypted(scene: Scene) -> None:
    """Real servers that take no password in the clear."""
    real(scene)


def public_port(scene: Scene) -> None:
    """Real Postfix on port 25 that takes mail from the world and nobody's password; sending is on 465."""
    address = scene.mail(ports=(993, 465))
    tls = scene.tls(f"smtp.{scene.domain}")
    scene.place.doors.append(Door(address, 25, tls.certificate, ("smtpd_sasl_auth_enable=no",)))


def _exmail_too(scene: Scene) -> None:
    """The company service of the same provider, where this mailbox is not."""
    address = scene.address()
    tls = scene.tls(*EXMAIL.values())
    for host in EXMAIL.values():
        scene.record(host, "A", address)
    for port, (protocol, implicit) in PORTS.items():
        play = Play(protocol, refusal=_VAGUE[protocol]["login"])
        scene.listen(address, port, play, tls, implicit=implicit)


def qq_at_exmail(scene: Scene) -> None:
    """A mailbox of QQ, whose owner types the hosts of the company service."""
    scene.vendor(QQ)
    _exmail_too(scene)


def exmail_at_qq(scene: Scene) -> None:
    """A company's mailbox at Tencent, whose owner types the hosts of QQ."""
    tls = scene.tls(*EXMAIL.values())
    address = scene.mail(hosts=EXMAIL, tls=tls)
    for number in ("1", "2"):
        scene.record(f"mxbiz{number}.qq.com", "A", address)
    scene.view.records[scene.domain]["MX"] = ["5 mxbiz1.qq.com.", "10 mxbiz2.qq.com."]
    other, wrong = scene.address(), scene.tls(*QQ.values())
    for host in QQ.values():
        scene.record(host, "A", other)
    for port, (protocol, implicit) in PORTS.items():
        scene.listen(other, port, Play(protocol, refusal=_VAGUE[protocol]["login"]), wrong, implicit=implicit)


def other_store(scene: Scene) -> None:
    """A Zimbra whose mailbox lives on another of its hosts."""
    banner = f"imap.{scene.domain} Zimbra IMAP4rev1 server ready"
    scene.mail(plays={"imap": {"login": "NO LOGIN failed (wrong host)", "banner": banner}})
