"""The script that puts a secret into a store, run with the real stores."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright import export
from mailwright.core import Auth, EmailAddress, Endpoint, Login, Profile, Protocol, Security
from mailwright.texts import LANGUAGES, Words

ADDRESS = "o'li$x`y`#%@example.org"
PROFILE = Profile(
    EmailAddress.parse(ADDRESS), Login(Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), ADDRESS), None
)
SECRET = 'p\'w "$(id)" \\ %s 春天'


def script(language: str = "en", profile: Profile = PROFILE) -> str:
    (file,) = export.render(export.get("secrets"), profile, export.Choice(Words(language).client, language)).files
    assert not file.private
    return file.data.decode()


def command(store: str) -> str:
    return export.secret_command(PROFILE, export.Choice(command=store))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with a path short enough for the sockets of gpg-agent, which is ended with it."""
    folder = Path(
        subprocess.run(["mktemp", "-d", "/tmp/mwXXXXXX"], capture_output=True, text=True, check=True).stdout.strip()
    )
    yield folder
    if shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", folder / ".gnupg", "--kill", "all"], check=False, timeout=20)
    shutil.rmtree(folder)


def sh(home: Path, *words: str, stdin: str = "", path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": path + os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run(
        ["sh", *words], cwd="/", env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_every_shell_can_read_it(program: Callable[[str], str], shell: str, language: str) -> None:
    """The script is correct for every shell, and without a store it says which there are."""
    words = [program(shell), *(["sh"] if shell == "busybox" else [])]
    assert subprocess.run([*words, "-n"], input=script(language), text=True, check=False, timeout=10).returncode == 0
    asked = subprocess.run(
        [*words, "-s"], input=script(language), capture_output=True, text=True, check=False, timeout=10
    )
    assert asked.returncode == 2
    assert "pass | secret-tool | security | systemd-creds" in asked.stderr


def test_pass(program: Callable[[str], str], home: Path) -> None:
    """What pass is given by the script, the command in the other formats prints."""
    program("pass")
    (home / ".gnupg").mkdir(mode=0o700)
    (home / "s.sh").write_text(script(), encoding="utf-8")
    key = "gpg --batch --quiet --passphrase '' --quick-generate-key 'Test <test@example.org>' rsa2048 encr never"
    assert sh(home, "-c", f"{key} && pass init test@example.org").returncode == 0
    put = sh(home, str(home / "s.sh"), "pass", stdin=f"{SECRET}\n{SECRET}\n")
    assert put.returncode == 0, put.stderr
    assert (home / ".password-store" / "mail" / f"{ADDRESS}.gpg").exists()
    assert sh(home, "-c", command("pass")).stdout == f"{SECRET}\n"


def test_systemd_creds(program: Callable[[str], str], home: Path) -> None:
    """What systemd-creds is given by the script, the command in the other formats prints, wherever it runs."""
    real = program("systemd-creds")
    # The key of the user, and before systemd 256 --user itself, are not there: a key that hides nothing stands in.
    shim = home / "bin" / "systemd-creds"
    shim.parent.mkdir()
    version = subprocess.run(
        [real, "--version"], capture_output=True, text=True, check=True, timeout=10
    ).stdout.split()[1]
    key = "null" if int(version) >= 256 else "tpm2-absent"
    lines = ("#!/bin/sh", '[ "$1" = --user ] || exit 3', "shift", f'exec {real} --with-key={key} "$@"', "")
    shim.write_text("\n".join(lines), encoding="utf-8")
    shim.chmod(0o755)
    path = f"{shim.parent}:"
    (home / "s.sh").write_text(script(), encoding="utf-8")
    put = sh(home, str(home / "s.sh"), "systemd-creds", stdin=f"{SECRET}\n", path=path)
    assert put.returncode == 0, put.stderr
    assert SECRET not in put.stdout + put.stderr
    got = sh(home, "-c", command("systemd-creds"), path=path)
    assert got.stdout == SECRET, got.stderr


@pytest.mark.parametrize(
    ("store", "program", "words"),
    [
        (
            "secret-tool",
            "secret-tool",
            ["store", f"--label=Mail {ADDRESS}", "--", "service", "mail", "address", ADDRESS],
        ),
        ("security", "security", ["add-generic-password", "-U", "-s", "mail", "-a", ADDRESS, "-w"]),
        ("pass", "pass", ["insert", "--", f"mail/{ADDRESS}"]),
    ],
)
def test_what_a_store_is_told(home: Path, store: str, program: str, words: list[str]) -> None:
    """Each store gets the words it wants, whatever stands in the address."""
    told = home / "bin" / program
    told.parent.mkdir()
    told.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n", encoding="utf-8")
    told.chmod(0o755)
    (home / "s.sh").write_text(script(), encoding="utf-8")
    run = sh(home, str(home / "s.sh"), store, path=f"{told.parent}:")
    assert run.stdout.splitlines() == words
    assert run.returncode == 0


def test_an_address_with_a_dash(program: Callable[[str], str], home: Path) -> None:
    """The real secret-tool takes an address that begins with a dash for none of its options."""
    program("secret-tool")
    profile = replace(PROFILE, address=EmailAddress.parse("-anna@example.org"))
    (home / "s.sh").write_text(script(profile=profile), encoding="utf-8")
    put = sh(home, str(home / "s.sh"), "secret-tool", stdin=f"{SECRET}\n")
    got = sh(home, "-c", export.secret_command(profile, export.Choice(command="secret-tool")))
    # Without a session bus it gets no further.
    for ran in (put, got):
        assert "usage" not in ran.stderr
        assert "D-Bus" in ran.stderr


def test_only_where_there_is_a_password() -> None:
    """An account that takes no password has none to store."""
    tokens = replace(PROFILE, incoming=replace(PROFILE.incoming, auth=Auth.OAUTH2))
    made = export.render(export.get("secrets"), tokens, export.Choice())
    assert [note.id for note in made.notes if note.stops] == ["oauth"]
