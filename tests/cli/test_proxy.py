"""Through a proxy with user and password, and what is said when it does not let us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli import proxy as proxies
from tests.cli.program import Program, answered, refused

if TYPE_CHECKING:
    from mailwright.lab import Lab

PASSWORD = "canary-pr0xy-5d2e"
KINDS = ["socks5", "http"]


@pytest.mark.parametrize("kind", KINDS)
def test_through_a_proxy(inside: Program, lab: Lab, kind: str) -> None:
    """The proxy gets the names of the mail servers, and its password comes from a command."""
    with proxies.running(kind, lab, PASSWORD) as proxy:
        options = ("--proxy", proxy.url, "--proxy-password-command", f"echo {PASSWORD}", "--trace", "--password-stdin")
        password = lab.account("anna@auto.test").password
        ran = inside("setup", "anna@auto.test", *options, stdin=password, hidden=[PASSWORD])
    answered(ran, 0, "Your mailbox works.", "proxy ok")
    assert {"imap.auto.test", "smtp.auto.test", "autoconfig.auto.test"} <= set(proxy.asked)


@pytest.mark.parametrize("kind", KINDS)
def test_by_the_environment(inside: Program, lab: Lab, kind: str) -> None:
    """MAILWRIGHT_PROXY may hold the password, and nothing shows it."""
    with proxies.running(kind, lab, PASSWORD) as proxy:
        url = proxy.url.replace("@", f":{PASSWORD}@")
        env = {"MAILWRIGHT_PROXY": url}
        ran = inside("setup", "anna@auto.test", "--no-login", "--json", "--trace", env=env, hidden=[PASSWORD])
    assert ran.code == 0
    assert "autoconfig.auto.test" in proxy.asked


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_proxy_password(inside: Program, lab: Lab, kind: str) -> None:
    """A proxy that wants another password is told apart from a mail server that does; nothing gets past it."""
    wrong = "canary-wr0ng-77aa"
    with proxies.running(kind, lab, PASSWORD) as proxy:
        arguments = ("anna@auto.test", "--proxy", proxy.url, "--proxy-password-command", f"echo {wrong}", "--trace")
        code, document = inside.json(*arguments, "--password-stdin", stdin="never-sent-1", hidden=[wrong])
    assert code == 3
    assert document["verdict"] == "unknown"
    assert proxy.refused
    assert not proxy.asked


def test_a_dead_proxy(inside: Program) -> None:
    """No proxy there: could not tell."""
    arguments = ("anna@auto.test", "--proxy", "socks5://127.0.0.1:9", "--timeout", "2")
    code, document = inside.json(*arguments, "--no-login")
    assert (code, document["verdict"]) == (3, "unknown")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_password_on_the_command_line(program: Program, language: str) -> None:
    """A proxy's password as an argument is refused and not repeated."""
    url = f"socks5://{proxies.USER}:{PASSWORD}@127.0.0.1:1080"
    ran = program("setup", "anna@auto.test", "--proxy", url, "--lang", language, hidden=[PASSWORD])
    refused(ran, language, "--proxy-password-command")
