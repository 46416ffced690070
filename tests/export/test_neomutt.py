"""NeoMutt and Mutt read and send mail by what was made for them, and take nothing in it for a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, EmailAddress, Endpoint, Profile, Protocol, Secret, Security
from mailwright.export.formats import neomutt
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
FORMS = ("neomutt", "mutt")
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
OAUTH = "anna@oauth.test"


def ready(desk: Desk, form: str, profile: Profile, choice: export.Choice) -> str:
    """The settings in the person's home."""
    choice = replace(choice, ca_file=str(desk.lab.ca))
    (path,) = desk.put(export.render(export.get(form), profile, choice))
    return str(path)


def read(desk: Desk, form: str, rc: str, subject: str) -> str:
    """Open the inbox on a screen, find the message, write it to a file, quit."""
    (desk.home / "Mail").mkdir(exist_ok=True)  # both ask whether to make it
    (desk.home / "show.rc").write_text(
        f"source {rc}\nset pipe_decode\nunset wait_key\nset sort=reverse-date-received\nset quit=yes\n"
        f'push "<search>~s {subject}<enter><pipe-message>cat > read.txt<enter><quit>"\n'
    )
    desk.run("script", "-qec", shlex.join([form, "-n", "-F", "show.rc"]), "/dev/null")
    return (desk.home / "read.txt").read_text()


def send(desk: Desk, form: str, rc: str, *, subject: str, to: str) -> None:
    """Send a message by the program itself, without a screen."""
    ran = desk.run(form, "-n", "-F", rc, "-e", 'set record=""', "-s", subject, "--", to, stdin="sent by it\n")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def asked(desk: Desk, form: str, rc: str, *names: str) -> dict[str, str]:
    """What the program itself says its settings are."""
    said = desk.run(form, "-n", "-F", rc, *(f"-Q{name}" for name in names))
    assert said.returncode == 0, said.stdout + said.stderr
    found = dict(re.findall(r'^(?:set )?(\w+) ?= ?"?(.*?)"?$', said.stdout, re.MULTILINE))
    # NeoMutt has a newer name for "realname".
    return {name.replace("real_name", "realname"): re.sub(r"\\(.)", r"\1", text) for name, text in found.items()}


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
@pytest.mark.parametrize("form", FORMS)
def test_reads_and_sends(desk: Desk, program: Program, form: str, address: str) -> None:
    """With the secret from a command, the inbox is read and a message is sent, over TLS and over STARTTLS."""
    program(form)
    command = f"printf %s {shlex.quote(password_of(address))}"
    rc = ready(desk, form, profile_of(address), export.Choice(command=command))
    letters.put(desk.lab, address, f"by-{form}-read", "only for the reader")
    assert "only for the reader" in read(desk, form, rc, f"by-{form}-read")
    send(desk, form, rc, subject=f"by-{form}-sent", to=address)
    got = letters.arrived(desk.lab, address, f"by-{form}-sent")
    assert "sent by it" in got
    assert f"<{address}>" in got


@pytest.mark.parametrize("form", FORMS)
def test_pop3_with_the_secret_in_the_file(desk: Desk, program: Program, form: str) -> None:
    """A POP3 account is read and sends with the secret in the clear, in a file nobody else may read."""
    program(form)
    profile = profile_of("bert@auto.test", incoming=Protocol.POP3)
    rc = ready(desk, form, profile, export.Choice(secret=Secret(password_of("bert@auto.test"))))
    assert (desk.home / f"{form}rc").stat().st_mode & 0o777 == 0o600
    letters.put(desk.lab, "bert@auto.test", f"by-{form}-pop", "by the other way")
    assert "by the other way" in read(desk, form, rc, f"by-{form}-pop")
    send(desk, form, rc, subject=f"by-{form}-pop-sent", to="bert@auto.test")
    letters.arrived(desk.lab, "bert@auto.test", f"by-{form}-pop-sent")


@pytest.mark.parametrize("form", FORMS)
def test_tokens(desk: Desk, program: Program, form: str) -> None:
    """An account without a password is opened, and sends, by a token from a command."""
    program(form)
    (desk.home / "token").write_text(letters.token(desk.lab))
    rc = ready(desk, form, profile_of(OAUTH), export.Choice(token_command="cat token"))
    letters.put(desk.lab, OAUTH, f"by-{form}-token", "opened by a token")
    assert "opened by a token" in read(desk, form, rc, f"by-{form}-token")
    send(desk, form, rc, subject=f"by-{form}-token-sent", to=OAUTH)
    letters.arrived(desk.lab, OAUTH, f"by-{form}-token-sent")


@pytest.mark.parametrize("form", FORMS)
def test_every_sign_stays_what_it_is(desk: Desk, program: Program, form: str) -> None:
    """Names, user names and secrets full of signs arrive unchanged; none of them is run."""
    program(form)
    profile = nasty(profile_of(ANNA))
    profile = replace(profile, name=NASTY + "`touch ran`$(touch ran)'; set from=x")
    rc = ready(desk, form, profile, export.Choice(secret=Secret(NASTY + "`touch ran`")))
    found = asked(desk, form, rc, "realname", "from", "imap_user", "imap_pass", "smtp_pass", "smtp_url")
    assert found["realname"] == profile.name
    assert found["from"] == ANNA
    assert found["imap_user"] == profile.incoming.username
    secrets = {found["imap_pass"], found["smtp_pass"]}
    # NeoMutt shows stars instead.
    assert secrets in ({NASTY + "`touch ran`"}, {"***"})
    assert not (desk.home / "ran").exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "command",
    [
        r"printf %s 'a`b\c'\''d'",
        "printf %s 'x\"$y #;'",
        r"printf '%s\n' \a\\",
        "printf %s `printf back`\\",
        "x=1; printf '$x$HOME'; echo $x ${x}",
    ],
)
def test_the_command_is_the_one_chosen(desk: Desk, program: Program, form: str, command: str) -> None:
    """The shell gets the command as it was chosen, whatever signs it has."""
    program(form)
    plain = desk.run("sh", "-c", command).stdout.removesuffix("\n")
    (desk.home / "rc").write_text(f"set realname={neomutt.output(form, command)}\n")
    assert asked(desk, form, "rc", "realname")["realname"] == plain


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf")), min_size=1, max_size=40),
    form=st.sampled_from(FORMS),
)
def test_quoting(desk: Desk, program: Program, text: str, form: str) -> None:
    """The program reads back what was quoted."""
    program(form)
    (desk.home / "rc").write_text(f"set realname={neomutt.quoted(text)}\n", encoding="utf-8")
    assert asked(desk, form, "rc", "realname")["realname"] == text


def test_a_newer_version_says_who_it_is() -> None:
    """Where the provider wants to know the program, NeoMutt is told to say it, and the person what version can."""
    made = export.render(export.get("neomutt"), replace(profile_of(ANNA), needs_id=True), export.Choice())
    assert b'\nifdef imap_send_id "set imap_send_id=yes"\n' in made.files[0].data
    assert [note.id for note in made.notes] == ["neomutt_id"]
    made = export.render(export.get("mutt"), replace(profile_of(ANNA), needs_id=True), export.Choice())
    assert [note.id for note in made.notes] == ["id"]


@pytest.mark.parametrize("form", FORMS)
def test_the_program_knows_every_line(desk: Desk, program: Program, form: str) -> None:
    """No line is unknown to the program, also not those that only a newer version follows."""
    program(form)
    rc = ready(desk, form, replace(profile_of(ANNA), needs_id=True), export.Choice(command="echo x"))
    said = desk.run(form, "-n", "-F", rc, "-Q", "ssl_force_tls", "-Q", "folder")
    assert (said.returncode, said.stderr) == (0, "")
    assert "imaps://box.wellknown.test:20993/" in said.stdout


def test_open_and_starttls_at_once_is_refused() -> None:
    """STARTTLS would be a wish only if the other side is open: nothing is made."""
    profile = profile_of(STARTTLS)
    assert profile.outgoing is not None
    bare = replace(profile.outgoing.endpoint, security=Security.NONE)
    profile = replace(profile, outgoing=replace(profile.outgoing, endpoint=bare))
    with pytest.raises(BadInput) as caught:
        export.render(export.get("mutt"), profile, export.Choice())
    assert (caught.value.id, caught.value.params["field"]) == ("export.cannot_hold", "security")


def test_an_address_instead_of_a_name() -> None:
    """An IPv6 address is in brackets."""
    profile = profile_of(ANNA)
    endpoint = Endpoint(Protocol.IMAP, "2001:db8::1", 1993, Security.TLS)
    profile = replace(
        profile,
        address=EmailAddress.parse("o'neil@wellknown.test"),
        incoming=replace(profile.incoming, endpoint=endpoint),
    )
    text = export.render(export.get("mutt"), profile, export.Choice()).files[0].data.decode()
    assert '\nset folder="imaps://[2001:db8::1]:1993/"\n' in text
