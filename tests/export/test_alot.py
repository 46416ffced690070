"""alot and notmuch read what was made for them, and alot sends by it."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, EmailAddress
from mailwright.export.formats import alot
from mailwright.export.formats.label import label
from mailwright.texts import Words
from tests.export import letters
from tests.export.conftest import NASTY, Desk, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
# alot itself needs a terminal; its own reader of the settings and its own way of sending do not.
ALOT = """
import asyncio, json, sys
sys.path.insert(0, "/usr/share/alot")
from alot.settings.const import settings
settings.read_config(sys.argv[1])
account, = settings.get_accounts()
if len(sys.argv) > 2:
    asyncio.new_event_loop().run_until_complete(account.send_mail(sys.stdin.read()))
print(json.dumps([account.realname, str(account.address), account.cmd, account.sent_box._path]))
"""


def python(program: Program, package: str) -> str:
    """Debian's Python, with the packages of Debian."""
    found = program("/usr/bin/python3")
    if not Path("/usr/share/alot" if package == "alot" else f"/usr/lib/python3/dist-packages/{package}").exists():
        pytest.skip(f"{package} is not installed")
    return found


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_alot_sends(desk: Desk, program: Program, address: str) -> None:
    """alot hands its mail to msmtp, which knows the account by the same name."""
    program("msmtp")
    choice = export.Choice(
        Words("zh").client, command=f"printf %s {shlex.quote(password_of(address))}", ca_file=str(desk.lab.ca)
    )
    (rc,) = desk.put(export.render(export.get("msmtp"), profile_of(address), choice))
    rc.rename(desk.home / ".msmtprc").chmod(0o600)
    (desk.home / "Mail" / address).mkdir(parents=True)
    config, _ = desk.put(export.render(export.get("alot"), profile_of(address), choice), ".config")
    subject = f"alot-{address[5:8]}"
    text = letters.letter(subject, address, "by alot").decode()
    ran = desk.run(python(program, "alot"), "-c", ALOT, str(config), "send", stdin=text)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [
        "李雷 “Lee”", address, f"msmtp --account={address} -t", str(desk.home / "Mail" / address / "Sent"),
    ]  # fmt: skip
    letters.arrived(desk.lab, address, subject)


def test_notmuch_finds_the_mail(desk: Desk, program: Program) -> None:
    """notmuch indexes what lies below ~/Mail, and knows whose it is."""
    program("notmuch")
    _, config = desk.put(export.render(export.get("alot"), profile_of(ANNA), export.Choice(Words("en").client)))
    box = desk.home / "Mail" / ANNA / "INBOX"
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    (box / "cur" / "1:2,").write_bytes(letters.letter("notmuch-in", ANNA, "read me"))
    made = desk.run("notmuch", f"--config={config}", "new", NOTMUCH_CONFIG=str(config))
    assert made.returncode == 0, made.stderr
    found = desk.run("notmuch", f"--config={config}", "search", "tag:unread", "and", "subject:notmuch-in")
    assert "notmuch-in (inbox unread)" in found.stdout
    assert desk.run("notmuch", f"--config={config}", "config", "get", "user.primary_email").stdout == f"{ANNA}\n"


def test_every_sign_stays_what_it_is(tmp_path: Path, program: Program) -> None:
    """alot and notmuch find name and address letter by letter."""
    name = f" {NASTY}, x # y = z "
    profile = replace(profile_of(ANNA), name=name, address=EmailAddress.parse("a#'{|}`$b@wellknown.test"))
    alots, notmuch = export.render(export.get("alot"), profile, export.Choice(Words("zh").client)).files
    for file in (alots, notmuch):
        (tmp_path / Path(file.name).name).write_bytes(file.data)
    (tmp_path / "Mail" / label(profile.address)).mkdir(parents=True)
    words = [python(program, "alot"), "-c", ALOT, str(tmp_path / "config")]
    environment = {"HOME": str(tmp_path), "LANG": "C.UTF-8"}
    ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30, env=environment)
    assert json.loads(ran.stdout)[:2] == [name, str(profile.address)]
    # "config get" takes every value for a list; "config list" shows the value as it is.
    words = [program("notmuch"), f"--config={tmp_path / 'notmuch-config'}", "config", "list"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30, env=environment)
    assert f"user.name={name}" in ran.stdout.splitlines()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.sampled_from("\"'%(x)s,# =\\$李😀"), max_size=12), min_size=1, max_size=60))
def test_quoting(program: Program, texts: list[str]) -> None:
    """ConfigObj reads back what was quoted, and what is refused has both quotes or a %(x)s."""
    lines = []
    for text in texts:
        try:
            lines.append((text, alot.quoted(text, "name")))
        except BadInput:
            assert {"'", '"'} <= set(text) or "%(" in text
    script = (
        "import json, sys\nfrom configobj import ConfigObj\n"
        "print(json.dumps([ConfigObj([f'a = {line}'])['a'] for line in json.load(sys.stdin)]))"
    )
    words = [python(program, "configobj"), "-c", script]
    ran = subprocess.run(
        words, input=json.dumps([line for _, line in lines]), capture_output=True, text=True, check=True, timeout=30
    )
    assert json.loads(ran.stdout) == [text for text, _ in lines]
