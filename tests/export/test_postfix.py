"""Postfix takes the lines as they are meant, and relays by them."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright import export
from mailwright.core import BadInput, EmailAddress, Endpoint, Profile, Protocol, Secret, Security
from mailwright.lab import postfix as lab_postfix
from mailwright.texts import Words
from tests.export import letters
from tests.export.conftest import NASTY, Desk, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"
EN = export.Choice(Words("en").client)


@pytest.fixture
def folder(program: Program) -> Iterator[Path]:
    """Where a private Postfix lives; its users can walk there."""
    program("postfix")
    if not lab_postfix.possible():
        pytest.skip("Postfix runs as root only")
    with tempfile.TemporaryDirectory(prefix="mwp-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        for part in ("etc", "spool", "data", "log"):
            (path / part).mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(path / "data", owner.pw_uid, owner.pw_gid)
        (path / "etc" / "master.cf").write_text(lab_postfix.PARTS)
        yield path


def configured(folder: Path, profile: Profile, choice: export.Choice) -> Path:
    """A main.cf with our lines at its end, and the map of passwords where the person would put it."""
    made = export.render(export.get("postfix"), profile, choice)
    files = {file.name: file for file in made.files}
    etc, passwords = folder / "etc", folder / "etc" / "sasl_passwd"
    lines = files["main.cf"].data.decode().replace("/etc/postfix/sasl_passwd", str(passwords))
    more = "inet_interfaces = loopback-only\nmydestination =\nalias_maps =\nsmtp_host_lookup = native\n"
    (etc / "main.cf").write_text(lab_postfix.head(folder, folder / "log") + more + lines, encoding="utf-8")
    if "sasl_passwd" in files:
        assert files["sasl_passwd"].private
        passwords.write_bytes(files["sasl_passwd"].data)
    else:
        script = files["make-sasl_passwd.sh"].data
        subprocess.run(["sh", "-s", passwords], input=script, check=True, timeout=20)
        assert passwords.stat().st_mode & 0o777 == 0o600
    return etc


def asked(etc: Path, *names: str) -> dict[str, str]:
    """What Postfix says its parameters are; a warning about any of them fails."""
    ran = subprocess.run(["postconf", "-x", "-c", etc, *names], capture_output=True, text=True, check=True, timeout=20)
    assert ran.stderr == ""
    return {name: value.strip() for name, _, value in (line.partition(" =") for line in ran.stdout.splitlines())}


def looked_up(etc: Path, key: str) -> str:
    words = ["postmap", "-c", str(etc), "-q", key, f"texthash:{etc}/sasl_passwd"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    return ran.stdout.removesuffix("\n")


@contextmanager
def sending(desk: Desk, folder: Path, address: str, subject: str) -> Iterator[Path]:
    """A private Postfix that was given a message, and its log; it is ended afterwards."""
    etc, log = folder / "etc", folder / "log" / "mail.log"
    words = desk.inside("/bin/sh", "-c", lab_postfix.START, "postfix", str(etc))
    with (folder / "out").open("wb") as out:
        master = subprocess.Popen(words, env=desk.environment(), stdout=out, stderr=out, start_new_session=True)
    try:
        awaited((folder / "spool" / "public" / "pickup").exists, folder / "out")
        text = letters.letter(subject, address, "by Postfix").decode()
        sent = desk.run("sendmail", "-C", str(etc), "-i", "-f", address, "--", address, stdin=text)
        assert sent.returncode == 0, sent.stderr
        awaited(lambda: log.exists() and "status=" in log.read_text(), log)
        yield log
    finally:
        os.killpg(master.pid, signal.SIGTERM)
        master.wait(20)


def awaited(ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def relayed(desk: Desk, folder: Path, address: str, subject: str) -> str:
    """What arrived of a message given to the private Postfix."""
    with sending(desk, folder, address, subject) as log:
        assert "status=sent" in log.read_text(), log.read_text()
        return letters.arrived(desk.lab, address, subject)


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_relays_with_the_secret_from_a_command(desk: Desk, folder: Path, address: str) -> None:
    """Over TLS and over STARTTLS; the script puts the password where only root may read it."""
    choice = replace(EN, command=f"printf '%s\\n' {shlex.quote(password_of(address))}", ca_file=str(desk.lab.ca))
    configured(folder, profile_of(address), choice)
    assert "by Postfix" in relayed(desk, folder, address, f"postfix-{address[5:8]}")


def test_relays_with_the_secret_in_the_file(desk: Desk, folder: Path) -> None:
    """A secret with spaces and letters beyond ASCII."""
    configured(folder, profile_of(BERT), replace(EN, secret=Secret(password_of(BERT)), ca_file=str(desk.lab.ca)))
    assert "by Postfix" in relayed(desk, folder, BERT, "postfix-clear")


def test_nobody_vouches(desk: Desk, folder: Path) -> None:
    """With a certificate that nobody vouches for the mail stays in the queue, and no password is sent."""
    etc = configured(folder, profile_of(STARTTLS), replace(EN, secret=Secret(password_of(STARTTLS))))
    with sending(desk, folder, STARTTLS, "postfix-never") as log:
        assert "untrusted issuer /CN=Mailwright lab root" in log.read_text()
        assert "status=deferred" in log.read_text()
    assert asked(etc, "smtp_tls_security_level") == {"smtp_tls_security_level": "secure"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("security", Security)
def test_postfix_reads_the_lines(folder: Path, security: Security, language: str) -> None:
    """postconf finds each parameter with the value that was meant, and warns of none."""
    profile = profile_of(ANNA)
    assert profile.outgoing is not None
    endpoint = Endpoint(Protocol.SMTP, "2001:db8::25", 2525, security)
    user = profile.outgoing.username
    profile = replace(profile, outgoing=replace(profile.outgoing, endpoint=endpoint))
    choice = replace(EN, say=Words(language).client, ca_file="/tmp/$mail_owner #ca.pem", secret=Secret("x"))
    etc = configured(folder, profile, choice)
    found = asked(etc, "relayhost", "smtp_tls_security_level", "smtp_tls_wrappermode", "smtp_tls_CAfile")
    assert found["relayhost"] == "[2001:db8::25]:2525"
    assert found["smtp_tls_security_level"] == ("none" if security is Security.NONE else "secure")
    assert found["smtp_tls_wrappermode"] == ("yes" if security is Security.TLS else "no")
    assert security is Security.NONE or found["smtp_tls_CAfile"] == choice.ca_file
    assert looked_up(etc, found["relayhost"]) == f"{user}:x"


def test_every_sign_stays_what_it_is(folder: Path) -> None:
    """User name and password full of signs come out of the map as they went in, and the sender too."""
    profile = profile_of(ANNA)
    assert profile.outgoing is not None
    user = "an\"na\\%s$x`y'z;#{}@wellknown.test"
    profile = replace(profile, address=EmailAddress.parse("a$b#{c}|d@wellknown.test"),
                      outgoing=replace(profile.outgoing, username=user))  # fmt: skip
    secret = f" {NASTY}:: $(touch ran)`touch ran`"
    for choice in (replace(EN, secret=Secret(secret)), replace(EN, command=f"printf %s {shlex.quote(secret)}")):
        (folder / "etc" / "sasl_passwd").unlink(missing_ok=True)
        etc = configured(folder, profile, choice)
        assert looked_up(etc, "[box.wellknown.test]:20465") == f"{user}:{secret}"
    text = (etc / "main.cf").read_text().replace("# sender_canonical", "sender_canonical")
    (etc / "main.cf").write_text(text)
    assert asked(etc, "sender_canonical_maps")["sender_canonical_maps"] == "static:{ a$b#{c}|d@wellknown.test }"


def test_the_script_alone(tmp_path: Path) -> None:
    """A command may end in a comment; a file that others could read is replaced by one that they cannot."""
    passwords = tmp_path / "sasl passwd"
    passwords.write_text("old", encoding="utf-8")
    passwords.chmod(0o644)
    with passwords.open(encoding="utf-8") as held:
        files = export.render(export.get("postfix"), profile_of(ANNA), replace(EN, command="echo x # mine")).files
        script = next(file.data for file in files if file.name.endswith(".sh"))
        subprocess.run(["sh", "-s", passwords], input=script, check=True, timeout=20)
        assert held.read() == "old"
    assert passwords.read_text(encoding="utf-8").endswith(":x\n")
    assert passwords.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [passwords]


@pytest.mark.parametrize(
    ("username", "secret", "field"), [("a:b", "x", "username"), (" a", "x", "username"), ("a", "x ", "secret")]
)
def test_what_the_map_cannot_hold(username: str, secret: str, field: str) -> None:
    """A colon in a user name and blanks at an end would be read otherwise: nothing is made."""
    profile = profile_of(ANNA)
    assert profile.outgoing is not None
    profile = replace(profile, outgoing=replace(profile.outgoing, username=username))
    with pytest.raises(BadInput) as caught:
        export.render(export.get("postfix"), profile, replace(EN, secret=Secret(secret)))
    assert (caught.value.id, caught.value.params["field"]) == ("export.cannot_hold", field)
