"""What Evolution's own registry and GLib read in the files is what was meant."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, EmailAddress, Endpoint, Login, Profile, Protocol, Security
from mailwright.export.formats import keyfile
from mailwright.texts import Words
from tests.export.conftest import NASTY, nasty

REGISTRY = Path("/usr/libexec/evolution-source-registry")
ASK = (
    "gdbus call --session --timeout 20 --dest org.gnome.evolution.dataserver.Sources5"
    " --object-path /org/gnome/evolution/dataserver/SourceManager"
    " --method org.freedesktop.DBus.ObjectManager.GetManagedObjects"
)
PROFILE = Profile(
    EmailAddress.parse("o'li@example.org"),
    Login(Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), "li@example.org"),
    Login(Endpoint(Protocol.SMTP, "2001:db8::25", 587, Security.STARTTLS), "li@example.org"),
    name="李雷 “Lee”",
)


class KeyFile:
    """A key file as GLib reads it."""

    def __init__(self, text: bytes) -> None:
        name = ctypes.util.find_library("glib-2.0")
        if name is None:
            pytest.skip("GLib is not installed")
        self.glib = ctypes.CDLL(name)
        for function in ("g_key_file_new", "g_key_file_get_string"):
            getattr(self.glib, function).restype = ctypes.c_void_p
        self.file = ctypes.c_void_p(self.glib.g_key_file_new())
        assert self.glib.g_key_file_load_from_data(self.file, text, ctypes.c_size_t(len(text)), 0, None)

    def get(self, group: str, key: str) -> str:
        found = self.glib.g_key_file_get_string(self.file, group.encode(), key.encode(), None)
        text = ctypes.string_at(found).decode()
        self.glib.g_free(ctypes.c_void_p(found))
        return text

    def close(self) -> None:
        self.glib.g_key_file_free(self.file)


def made(profile: Profile) -> list[KeyFile]:
    files = export.render(export.get("evolution"), profile, export.Choice(Words("zh").client)).files
    return [KeyFile(file.data) for file in files]


def test_glib_reads_it() -> None:
    """GLib finds every value letter by letter, whatever stands in it."""
    profile = nasty(PROFILE)
    account, identity, transport = made(profile)
    assert account.get("Authentication", "User") == profile.incoming.username
    assert account.get("Authentication", "Host") == "imap.example.org"
    assert account.get("Authentication", "Port") == "993"
    assert account.get("Security", "Method") == "ssl-on-alternate-port"
    assert account.get("Mail Account", "BackendName") == "imapx"
    assert identity.get("Mail Identity", "Name") == NASTY
    assert identity.get("Mail Identity", "Address") == "o'li@example.org"
    assert transport.get("Authentication", "Host") == "2001:db8::25"
    assert transport.get("Authentication", "Method") == "LOGIN"
    assert transport.get("Security", "Method") == "starttls-on-standard-port"
    for file in (account, identity, transport):
        file.close()


@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60))
def test_quoting(text: str) -> None:
    """GLib reads back what was quoted."""
    file = KeyFile(f"[a]\nb={keyfile.value(text)}\nc=d\n".encode())
    assert (file.get("a", "b"), file.get("a", "c")) == (text, "d")
    file.close()


def test_pop3_keeps_the_mail() -> None:
    """By POP3 the mail stays on the server."""
    account, *_ = made(
        replace(PROFILE, incoming=Login(Endpoint(Protocol.POP3, "pop.example.org", 110, Security.STARTTLS), "li"))
    )
    assert account.get("Mail Account", "BackendName") == "pop"
    assert account.get("Pop Backend", "KeepOnServer") == "true"
    assert account.get("Security", "Method") == "starttls-on-standard-port"


def test_blanks_around_a_user_name() -> None:
    """Evolution would take them away, so such a file is not made."""
    with pytest.raises(BadInput) as caught:
        made(replace(PROFILE, incoming=replace(PROFILE.incoming, username=" li")))
    assert (caught.value.id, caught.value.params["field"]) == ("export.cannot_hold", "username")


def test_made_again() -> None:
    """The same account has the same names of files, another one has others."""
    names = [file.name for file in export.render(export.get("evolution"), PROFILE, export.Choice()).files]
    again = export.render(export.get("evolution"), replace(PROFILE, name="Li"), export.Choice()).files
    assert [file.name for file in again] == names
    other = replace(PROFILE, address=EmailAddress.parse("other@example.org"))
    assert not {file.name for file in export.render(export.get("evolution"), other, export.Choice()).files} & set(names)


def test_the_registry_takes_it(program: Callable[[str], str], tmp_path: Path) -> None:
    """Evolution's registry loads all three, and knows account, identity and transport by each other."""
    session = program("dbus-run-session")
    program("gdbus")
    if not REGISTRY.exists():
        pytest.skip("evolution-data-server is not installed")
    files = export.render(export.get("evolution"), nasty(PROFILE), export.Choice(Words("zh").client)).files
    for file in files:
        path = tmp_path / ".config" / "evolution" / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime),
    }
    environment["GSETTINGS_BACKEND"] = "memory"
    script = (
        f"{REGISTRY} >&2 & for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; {ASK} 2>/dev/null && break; done; kill $!; wait"
    )
    ran = subprocess.run(
        [session, "--", "sh", "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    uids = re.findall(r"'UID': <'([0-9a-f]{32})'>", ran.stdout)
    assert sorted(uids) == sorted(Path(file.name).stem for file in files), ran.stderr
    assert "ssl-on-alternate-port" in ran.stdout
    assert "Parent=" + Path(files[0].name).stem in ran.stdout
