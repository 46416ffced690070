"""An account as data: what is read back is what was written."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import (
    Auth,
    BadInput,
    EmailAddress,
    Endpoint,
    Login,
    OAuth,
    Profile,
    Proof,
    Protocol,
    Secret,
    SecretHelp,
    SecretKind,
    Security,
    SwitchOn,
    fields,
)
from mailwright.export.formats import data
from tests.export.conftest import NASTY, nasty

SCHEMA = json.loads((Path(export.__file__).parent / "profile.schema.json").read_text(encoding="utf-8"))
PLAIN = Profile(
    EmailAddress.parse("李@example.org"),
    Login(Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), "li"),
    Login(Endpoint(Protocol.SMTP, "2001:db8::25", 587, Security.STARTTLS), "li"),
    name="李雷",
)
FULL = replace(
    nasty(PLAIN),
    others=(Login(Endpoint(Protocol.POP3, "pop.example.org", 995, Security.TLS), "li", Auth.OAUTH2),),
    proof=Proof.VERIFIED,
    provider="example",
    provider_name={"zh": "例子邮箱", "en": "Example Mail"},
    secret=SecretHelp(
        SecretKind.AUTHORIZATION_CODE, {"en": "code"}, "always", "https://example.org", {"en": ("a", "b")}
    ),
    oauth=OAuth("https://issuer.example.org", scopes=("mail", "offline_access"), device=False),
    needs_id=True,
    switch_on=(SwitchOn((Protocol.IMAP, Protocol.SMTP), "off", "https://example.org/on", {"en": ("tick",)}),),
)
# What the rendering lets through: no control characters, no line ends, no surrogates.
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)


def made(id: str, profile: Profile, choice: export.Choice | None = None) -> str:
    (file,) = export.render(export.get(id), profile, choice or export.Choice()).files
    return file.data.decode()


@pytest.mark.parametrize("profile", [PLAIN, FULL, replace(FULL, outgoing=None)])
def test_json_is_as_its_schema_and_comes_back(profile: Profile) -> None:
    """The document keeps to the published schema, and reading it gives the profile it was made of."""
    text = made("json", profile)
    jsonschema.validate(json.loads(text), SCHEMA)
    assert data.read(text.encode()) == profile
    assert made("json", profile) == text


@given(name=TEXTS, username=TEXTS, provider=TEXTS)
def test_json_keeps_every_letter(name: str, username: str, provider: str) -> None:
    """Whatever a field may hold comes back."""
    incoming = replace(PLAIN.incoming, username=username)
    profile = replace(PLAIN, name=name, incoming=incoming, provider_name={"zh": provider})
    assert data.read(made("json", profile).encode()) == profile


def test_json_ignores_what_is_new() -> None:
    """A document that says more than we know is read all the same."""
    document = json.loads(made("json", PLAIN))
    document["later"] = document["incoming"]["later"] = {"x": 1}
    assert data.read(json.dumps(document).encode()) == PLAIN


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": True}, "schema"),
        ({"schema": "1"}, "schema"),
        ({"address": 7}, "address"),
        ({"address": "nobody"}, "address"),
        ({"name": ["x"]}, "name"),
        ({"incoming": None}, "incoming.protocol"),
        ({"incoming": {"protocol": "imap", "security": "tls", "port": 993, "host": None}}, "incoming.host"),
        ({"outgoing": {"protocol": "smtp", "security": "tls", "port": 465.5, "host": "a.test"}}, "outgoing.port"),
        ({"others": {}}, "others"),
        ({"others": 5}, "others"),
        ({"others": [{"protocol": "imap", "security": "tls", "port": True, "host": "a.test"}]}, "others[0].port"),
        ({"needs_id": 1}, "needs_id"),
        ({"provider": {"id": "", "name": {"zh": 1}}}, "provider.name.zh"),
        ({"provider": {"id": "", "name": [["zh", "x"]]}}, "provider.name"),
        ({"proof": "sure"}, "proof"),
        ({"secret": {}}, "secret"),
        ({"switch_on": [1]}, "switch_on[0]"),
    ],
)
def test_what_cannot_be_is_named(change: dict[str, object], field: str) -> None:
    """A value that does not belong there is named by its place, and nothing else is raised."""
    document = json.loads(made("json", PLAIN))
    with pytest.raises(fields.WrongField) as caught:
        data.read(json.dumps({**document, **change}).encode())
    assert caught.value.field == field


def test_a_later_version() -> None:
    """A document of a later version is said to be one."""
    with pytest.raises(BadInput) as caught:
        data.read(json.dumps({**json.loads(made("json", PLAIN)), "schema": 2}).encode())
    assert caught.value.id == "export.newer"


@pytest.mark.parametrize("key", list(json.loads(json.dumps(SCHEMA["required"]))))
def test_nothing_may_be_missing(key: str) -> None:
    """A document without one of the fields that must be there is refused, and the field is named."""
    document = json.loads(made("json", PLAIN))
    del document[key]
    with pytest.raises(fields.WrongField) as caught:
        data.read(json.dumps(document).encode())
    assert caught.value.field == key


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b"null", b"7", b"[" * 100_000, b'{"schema": 1'])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    """Bytes that are no document at all are refused the same way."""
    with pytest.raises(BadInput) as caught:
        data.read(text)
    assert caught.value.id == "export.not_a_profile"


def test_csv_row() -> None:
    """One line of names and one row, in which a spreadsheet finds no formula."""
    profile = replace(FULL, name="=HYPERLINK(1)", provider="")
    head, row = csv.reader(io.StringIO(made("csv", profile), newline=""), strict=True)
    found = dict(zip(head, row, strict=True))
    assert tuple(head) == data.COLUMNS
    assert found["name"] == "'=HYPERLINK(1)"
    assert found["imap_username"] == profile.incoming.username
    assert (found["imap_host"], found["imap_port"], found["imap_security"]) == ("imap.example.org", "993", "tls")
    assert (found["smtp_host"], found["smtp_port"], found["smtp_security"]) == ("2001:db8::25", "587", "starttls")
    assert (found["pop3_auth"], found["secret"], found["proof"]) == ("oauth2", "authorization_code", "verified")
    assert made("csv", replace(PLAIN, outgoing=None)).endswith(",,,,,,,,,,,\r\n")


@given(name=TEXTS)
def test_csv_keeps_every_letter(name: str) -> None:
    """A name comes back from any reader of CSV, with at most the mark that makes it text."""
    _, row = csv.reader(io.StringIO(made("csv", replace(PLAIN, name=name)), newline=""), strict=True)
    assert row[1].removeprefix("'") == name.removeprefix("'")
    assert row[1][:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20") - {""}


def sourced(tmp_path: Path, text: str, *names: str) -> list[str]:
    """What a shell has in the variables after it read the file."""
    (tmp_path / "mail.env").write_text(text, encoding="utf-8")
    script = ". ./mail.env; " + "; ".join(f"printf '%s\\0' \"${name}\"" for name in names)
    run = subprocess.run(["sh", "-euc", script], cwd=tmp_path, capture_output=True, check=True, timeout=10)
    assert run.stderr == b""
    return run.stdout.decode().split("\0")[:-1]


def test_env_in_a_shell(tmp_path: Path) -> None:
    """A shell that reads the file has every field letter by letter, and runs nothing that stands in one."""
    profile = replace(FULL, name=f"{NASTY}$(touch ran)`touch ran`")
    choice = export.Choice(secret=Secret("p'w $(touch ran) \\"), ca_file="/tmp/c a'.pem")
    names = (
        "MAIL_NAME",
        "MAIL_INCOMING_USERNAME",
        "MAIL_INCOMING_PORT",
        "MAIL_OUTGOING_HOST",
        "MAIL_OUTGOING_SECURITY",
    )
    found = sourced(tmp_path, made("env", profile, choice), *names, "MAIL_SECRET", "MAIL_CA_FILE")
    assert found[:2] == [profile.name, profile.incoming.username]
    assert found[2:5] == ["993", "2001:db8::25", "starttls"]
    assert found[5:] == ["p'w $(touch ran) \\", "/tmp/c a'.pem"]
    assert not (tmp_path / "ran").exists()


def test_env_names_the_command(tmp_path: Path) -> None:
    """Without the secret the file says which command prints it, or which prints a token."""
    choice = export.Choice(command="printf %s 'it''s \"me\"'")
    (command,) = sourced(tmp_path, made("env", PLAIN, choice), "MAIL_SECRET_COMMAND")
    assert command == choice.command
    tokens = replace(PLAIN, incoming=replace(PLAIN.incoming, auth=Auth.OAUTH2))
    assert "\nMAIL_TOKEN_COMMAND='give token'\n" in made("env", tokens, export.Choice(token_command="give token"))
    (file,) = export.render(export.get("env"), PLAIN, export.Choice(secret=Secret("x"))).files
    assert file.private


@given(name=TEXTS)
def test_env_keeps_every_letter(name: str) -> None:
    """Python's reader of shell words finds the same name."""
    text = made("env", replace(PLAIN, name=name))
    (line,) = (line for line in text.split("\n") if line.startswith("MAIL_NAME="))
    assert shlex.split(line) == [f"MAIL_NAME={name}"]


def test_no_secret_without_a_place() -> None:
    """JSON and CSV never take a secret."""
    for id in ("json", "csv"):
        with pytest.raises(BadInput, match=r"export\.no_secret_place"):
            export.render(export.get(id), PLAIN, export.Choice(secret=Secret("x")))
