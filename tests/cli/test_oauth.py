"""Signing in with OAuth 2.0: a token from a command, a code on another device, the browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright.lab import issuer
from tests.cli.program import HAN, Program, answered, ids, refused, valid
from tests.cli.terminal import CTRL_C, Terminal

if TYPE_CHECKING:
    from mailwright.lab import Lab

ANNA = "anna@oauth.test"
CLIENT = "lab-client"
BROWSER = '''#!{python}
"""A browser: follows the issuer's redirect to the program, and notes what it was given."""
import os, ssl, sys, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args): return None
trust = ssl.create_default_context(cafile={ca!r})
trust.check_hostname = False  # it goes by the address
lab = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), Stay)
open({seen!r}, "a").write(" ".join(sys.argv) + "\\n" + "\\n".join(f"{{k}}={{v}}" for k, v in os.environ.items()))
url = sys.argv[1].replace("https://issuer.oauth.test/", "https://{web}/")
print("a browser talks on stdout")
try:
    lab.open(urllib.request.Request(url, headers={{"Host": "issuer.oauth.test"}}))
except urllib.error.HTTPError as answer:
    back = answer.headers["Location"]
open({page!r}, "wb").write(urllib.request.urlopen(back).read())
'''


@pytest.fixture
def without_keyring() -> dict[str, str]:
    """No keyring, so that no test finds what another one kept."""
    return {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}


def token(lab: Lab, *, seconds: int = 600) -> str:
    return issuer.token(issuer.read_key(lab.dir / "pki" / "issuer.key"), ANNA, seconds=seconds)


def command(tmp_path: Path, text: str) -> str:
    """A command that prints a token, which is too secret for a command line."""
    file = tmp_path / "token"
    file.write_text(f"{text}\n")
    return f"cat {file}"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_token_from_a_command(inside: Program, lab: Lab, tmp_path: Path, protocol: str) -> None:
    """--token-command signs in by a token, and neither answer nor trace shows it."""
    text = token(lab)
    arguments = (ANNA, "--protocol", protocol, "--token-command", command(tmp_path, text), "--trace")
    code, document = inside.json(*arguments, hidden=[text, text.rpartition(".")[2]])
    assert (code, document["verdict"]) == (0, "works")
    assert document["account"]["incoming"]["mechanism"] in ("OAUTHBEARER", "XOAUTH2")


def test_a_token_that_has_expired(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """An expired token is a finding: exit 1."""
    text = token(lab, seconds=-60)
    code, document = inside.json(ANNA, "--token-command", command(tmp_path, text), "--trace", hidden=[text])
    assert (code, document["verdict"]) == (1, "broken")
    assert any(name.startswith("auth.") for name in ids(document))


def test_a_password_where_a_token_is_wanted(inside: Program, lab: Lab) -> None:
    """A password at a server that takes tokens only is not sent; the finding says so."""
    ran = inside("setup", ANNA, "--password-stdin", "--trace", stdin=lab.account(ANNA).password)
    answered(ran, 1, "id: auth.")
    assert "AUTHENTICATE PLAIN" not in ran.out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_code_on_another_device(inside: Program, without_keyring: dict[str, str], language: str) -> None:
    """The device flow shows page and code on stderr, waits, signs in, and says that nothing is kept."""
    arguments = ("setup", ANNA, "--oauth", CLIENT, "--oauth-flow", "device", "--lang", language)
    ran = inside(*arguments, env=without_keyring)
    answered(ran, 0, "box.oauth.test")
    assert "https://issuer.oauth.test/device?user_code=" in ran.err
    assert bool(HAN.search(ran.err)) == (language == "zh")


def test_a_code_is_shown_even_with_quiet(inside: Program, without_keyring: dict[str, str]) -> None:
    """--quiet leaves nothing on stderr but what a person must do; the document is alone on stdout."""
    arguments = ("setup", ANNA, "--oauth", CLIENT, "--oauth-flow", "device", "--quiet", "--json")
    ran = inside(*arguments, env=without_keyring)
    assert ran.code == 0
    assert valid(ran.out)["verdict"] == "works"
    assert len(ran.err.splitlines()) == 1


def test_by_the_browser(inside: Program, lab: Lab, tmp_path: Path, without_keyring: dict[str, str]) -> None:
    """$BROWSER is opened once; what it prints stays out of the answer; its page is in the person's language."""
    env = browser(lab, tmp_path) | without_keyring
    arguments = ("setup", ANNA, "--oauth", CLIENT, "--lang", "zh", "--json", "--trace")
    ran = inside(*arguments, env=env)
    assert ran.code == 0
    assert ran.out.startswith("{")
    assert "a browser talks" not in ran.both
    assert "登录成功" in (tmp_path / "page").read_text()
    assert (tmp_path / "seen").read_text().count("/authorize?") == 1


def browser(lab: Lab, folder: Path) -> dict[str, str]:
    """The variables that make a script the person's browser."""
    script = folder / "browser"
    rule = next(rule for rule in lab.connect_to if rule.startswith(":443:")).split(":")
    web = f"{lab.network.prefix}.80:{rule[-1]}"
    seen, page = str(folder / "seen"), str(folder / "page")
    script.write_text(BROWSER.format(python=sys.executable, ca=str(lab.ca), web=web, seen=seen, page=page))
    script.chmod(0o755)
    return {"BROWSER": str(script)}


def test_a_browser_that_never_comes_back(inside: Program, without_keyring: dict[str, str]) -> None:
    """While the browser is open, ^C ends the wait at once."""
    env = inside.variables | without_keyring | {"BROWSER": "true"}
    with Terminal(env, "setup", ANNA, "--oauth", CLIENT) as terminal:
        terminal.wait_for("redirect_uri=")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_client(inside: Program, language: str) -> None:
    """Without a client id for the issuer: exit 2, and the file is named where one can be written."""
    ran = inside("setup", "--oauth", ANNA, "--json", "--lang", language)
    refused(ran, language, "https://issuer.oauth.test", "config.toml")


def test_a_client_from_the_configuration(inside: Program, tmp_path: Path, without_keyring: dict[str, str]) -> None:
    """The client id of an issuer comes from config.toml."""
    text = f'[oauth."https://issuer.oauth.test"]\nclient_id = "{CLIENT}"\n'
    (tmp_path / "config.toml").write_text(text)
    env = without_keyring | {"MAILWRIGHT_CONFIG": str(tmp_path)}
    answered(inside("setup", ANNA, "--oauth", "--oauth-flow", "device", env=env), 0, "Your mailbox works.")


@pytest.mark.parametrize("text", ["[oauth", "oauth = 3", 'oauth = { "https://issuer.oauth.test" = 3 }', "\udcff"])
def test_a_broken_configuration(inside: Program, tmp_path: Path, text: str) -> None:
    """A config.toml that is none matters only to those who need it: exit 2 there, no difference elsewhere."""
    (tmp_path / "config.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    env = {"MAILWRIGHT_CONFIG": str(tmp_path)}
    refused(inside("setup", ANNA, "--oauth", "--json", env=env), "en", "config.toml")
    assert inside("setup", "li@qq.com", "--offline", env=env).code == 0


def test_a_domain_without_oauth(inside: Program) -> None:
    """--oauth for a domain that names no issuer: exit 2, and the option that names one."""
    refused(inside("setup", "anna@auto.test", "--oauth", CLIENT, "--json"), "en", "--oauth-issuer")
