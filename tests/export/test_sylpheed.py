"""Sylpheed and Claws Mail, on a screen that nobody sees, fetch and send by what was made for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailwright import export
from mailwright.core import BadInput, Profile, Protocol, Secret
from mailwright.texts import Words
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"
HOMES = {"sylpheed": ".sylpheed-2.0", "claws": ".claws-mail"}
FOLDERS = """\
<?xml version="1.0" encoding="UTF-8"?>
<folderlist>
  <folder type="mh" name="Mailbox" path="Mail">
    <folderitem type="inbox" name="inbox" path="inbox"/>
    <folderitem type="outbox" name="sent" path="sent"/>
    <folderitem type="queue" name="queue" path="queue"/>
    <folderitem type="trash" name="trash" path="trash"/>
  </folder>
</folderlist>
"""
END = "n=0; kill $!; while kill -0 $! && [ $n -lt 20 ]; do sleep 0.25; n=$((n+1)); done 2>/dev/null; kill -9 $!; wait"
# What waits in the queue folder: for whom, from whom, and by which account.
QUEUED = "AF:\nNF:0\nPS:10\nSRH:1\nSFN:\nDSR:\nMID:\nCFG:\nPT:0\nS:{0}\nRQ:\nSSV:{1}\nNAID:\nR:<{0}>\nAID:1\n\n"


def settled(desk: Desk, format: str, profile: Profile, choice: export.Choice) -> None:
    """A home in which the program has been started once before."""
    home = desk.home / HOMES[format]
    home.mkdir()
    desk.put(export.render(export.get(format), profile, replace(choice, say=Words("zh").client)), home.name)
    (home / "folderlist.xml").write_text(FOLDERS)
    for folder in ("inbox", "sent", "queue", "trash"):
        (desk.home / "Mail" / folder).mkdir(parents=True)


def on_screen(desk: Desk, script: str) -> None:
    """Run a shell script on a screen of its own, without a program before the one that is tested."""
    # Neither program can be told of a certificate: the lab's stand where those of the system are.
    trusted = f"mount --bind {desk.lab.ca} /etc/ssl/certs/ca-certificates.crt; {script}"
    desk.run("xvfb-run", "-a", "sh", "-c", trusted, seconds=90, TMPDIR=str(desk.home))


def until(desk: Desk, command: str, test: str) -> None:
    """Run the program until something is there, and then end it."""
    on_screen(
        desk, f"{command} >out 2>&1 & n=0; until {test} || [ $n = 120 ]; do sleep 0.25; n=$((n+1)); done; kill $!; wait"
    )


def inbox(desk: Desk) -> str:
    return "\n".join(path.read_text(errors="replace") for path in sorted((desk.home / "Mail" / "inbox").glob("[0-9]*")))


def queue(desk: Desk, profile: Profile, subject: str) -> None:
    address = str(profile.address)
    assert profile.outgoing is not None
    head = QUEUED.format(address, profile.outgoing.endpoint.host)
    message = head.encode() + letters.letter(subject, address, "by Sylpheed")
    (desk.home / "Mail" / "queue" / "1").write_bytes(message)


@pytest.mark.parametrize("address", [ANNA, STARTTLS, BERT])
def test_sylpheed_fetches_and_sends(desk: Desk, program: Program, address: str) -> None:
    """By POP3 and SMTP, over TLS and over STARTTLS, with the password in its file."""
    program("sylpheed")
    program("xvfb-run")
    profile = profile_of(address, incoming=Protocol.POP3)
    settled(desk, "sylpheed", profile, export.Choice(secret=Secret(password_of(address))))
    assert (desk.home / ".sylpheed-2.0" / "accountrc").stat().st_mode & 0o777 == 0o600
    subject = f"syl-{address[5:8]}"
    letters.put(desk.lab, address, f"{subject}-in")
    queue(desk, profile, f"{subject}-out")
    until(desk, "sylpheed --receive-all", f"grep -qrs '{subject}-in' Mail/inbox")
    assert f"Subject: {subject}-in" in inbox(desk), (desk.home / "out").read_text()
    until(desk, "sylpheed --send", "[ ! -e Mail/queue/1 ]")
    letters.arrived(desk.lab, address, f"{subject}-out")


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_sylpheed_opens_the_mailbox(desk: Desk, program: Program, address: str) -> None:
    """By IMAP it sees the folders of the account."""
    program("sylpheed")
    program("xvfb-run")
    settled(desk, "sylpheed", profile_of(address), export.Choice(secret=Secret(password_of(address))))
    seen = "new folder 'INBOX' found"
    until(desk, "sylpheed --debug", f'grep -qs "{seen}" out')
    assert seen in (desk.home / "out").read_text()


def test_sylpheed_keeps_every_sign(desk: Desk, program: Program) -> None:
    """What Sylpheed writes again is what it was given."""
    program("sylpheed")
    program("xvfb-run")
    profile = replace(nasty(profile_of(ANNA)), name=f" {NASTY}= ")
    settled(desk, "sylpheed", profile, export.Choice(secret=Secret(f"{NASTY}=x ")))
    before = (desk.home / ".sylpheed-2.0" / "accountrc").read_text().splitlines()
    # Asked to end before it has come up, it does not hear: so it is asked until it has written its file.
    written = "grep -qs nntp_server= .sylpheed-2.0/accountrc"
    asked = f"n=0; until {written} || [ $n = 60 ]; do sleep 0.5; timeout 10 sylpheed --exit; n=$((n+1)); done"
    on_screen(desk, f"sylpheed >out 2>&1 & {asked}; {END}")
    after = (desk.home / ".sylpheed-2.0" / "accountrc").read_text().splitlines()
    assert "nntp_server=" in after
    assert [line for line in before if line not in after and not line.startswith("#")] == []


def test_claws_fetches_once_the_password_is_typed(desk: Desk, program: Program) -> None:
    """Claws Mail asks for the password of the account, and fetches by POP3 over TLS."""
    program("claws-mail")
    program("xvfb-run")
    program("xdotool")
    settled(desk, "claws", profile_of(ANNA, incoming=Protocol.POP3), export.Choice())
    letters.put(desk.lab, ANNA, "claws-in")
    window = "xdotool search --sync --onlyvisible --name assword"
    typed = f"({window} windowfocus --sync type '{password_of(ANNA)}'; xdotool key Return) &"
    until(desk, f"{typed} claws-mail --receive-all", "grep -qrs claws-in Mail/inbox")
    assert "Subject: claws-in" in inbox(desk), (desk.home / "out").read_text()


@pytest.mark.parametrize("format", HOMES)
def test_a_line_has_an_end(format: str) -> None:
    """What would not fit into a line that the programs read is refused."""
    profile = replace(profile_of(ANNA), name="李" * 340)
    with pytest.raises(BadInput) as caught:
        export.render(export.get(format), profile, export.Choice())
    assert (caught.value.id, caught.value.params["field"]) == ("export.cannot_hold", "name")
