"""The real Thunderbird sets itself up from a running `mailwright serve`, by nothing but its own window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from mailwright.core import Login, Profile
from tests.cli.program import Program, environment
from tests.cli.test_serve import Served, serving
from tests.export import letters
from tests.export.conftest import Desk, password_of, profile_of
from tests.export.thunderbird import READ, SEND, thunderbird

NAME = "李雷 “Lee”"
# No server of the lab has it.
OCTET = 90
KINDS = {"tls": 3, "starttls": 2}
PASSWORD = 3  # nsMsgAuthMethod.passwordCleartext
WATCH = """
window.answered = [];
Services.obs.addObserver((channel) => {
  channel.QueryInterface(Ci.nsIHttpChannel);
  window.answered.push(channel.requestMethod + " " + channel.URI.spec + " " + channel.responseStatus);
}, "http-on-examine-response");
"""
ANSWERED = "return window.answered;"
# What a person does: name and address, Continue; the settings that were found, Continue; the password, Continue.
HUB = """
const [name, address, secret] = args;
await window.openAccountHub("MAIL");
const hub = document.querySelector("account-hub-container").shadowRoot.querySelector("account-hub-email");
const until = async (what, look) => {
  for (let round = 0; round < 160; round++) {
    const found = look();
    if (found) { return found; }
    await pause(250);
  }
  const at = [...hub.querySelectorAll(".account-hub-step")].find((step) => !step.hidden);
  throw new Error("no " + what + " at " + at?.id + ": " + at?.shadowRoot.textContent.replace(/\\s+/g, " "));
};
const shown = (id) => until(id, () => {
  const step = hub.querySelector("#" + id);
  return step && !step.hidden && !hub.classList.contains("busy") ? step : null;
});
const type = (step, id, text) => {
  const field = step.querySelector("#" + id);
  field.focus();
  field.value = text;
  field.dispatchEvent(new window.Event("input", {bubbles: true}));
};
const forward = async () => {
  const button = hub.querySelector("account-hub-footer #forward");
  await until("Continue", () => !button.disabled && !button.hidden);
  button.click();
};
const first = await shown("emailAutoConfigSubview");
type(first, "realName", name);
type(first, "email", address);
await forward();
const found = await shown("emailConfigFoundSubview");
const text = (id) => found.querySelector("#" + id).textContent;
const settings = [text("incomingHost"), text("incomingPort"), text("outgoingHost"), text("outgoingPort")];
await forward();
type(await shown("emailPasswordSubview"), "password", secret);
await forward();
await shown("emailAddedSuccessSubview");
return settings;
"""
ACCOUNT = """
const account = MailServices.accounts.accounts.find((a) => a.incomingServer.type == "imap");
const identity = account.defaultIdentity, incoming = account.incomingServer;
const outgoing = MailServices.outgoingServer.getServerByIdentity(identity);
return {
  identity: [identity.fullName, identity.email],
  incoming: [incoming.hostname, incoming.port, incoming.socketType, incoming.username, incoming.authMethod],
  outgoing: [outgoing.serverURI.host, outgoing.serverURI.port, outgoing.socketType, outgoing.username,
    outgoing.authMethod],
};
"""
# Which of its names leads to us: by it alone Thunderbird can find anything.
WAYS = {
    "autoconfig": "GET https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={address} 200",
    "autodiscover": "POST https://autodiscover.{domain}/autodiscover/autodiscover.xml 200",
}


def toml(profile: Profile) -> str:
    """The file of `serve` for the domain of an account."""
    assert profile.outgoing is not None

    def servers(login: Login) -> str:
        at = login.endpoint
        return f'{at.protocol} = [{{ host = "{at.host}", port = {at.port}, security = "{at.security}" }}]'

    head = f'[[domain]]\nnames = ["{profile.address.domain}"]'
    return "\n".join((head, servers(profile.incoming), servers(profile.outgoing), ""))


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    """Who vouches for the web server, and the file for those who trust it."""
    made, file = trustme.CA(), tmp_path / "web-ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, file


@contextmanager
def served(desk: Desk, authority: trustme.CA, profile: Profile, name: str) -> Iterator[Served]:
    """`serve` at the usual port of HTTPS, under one name that only this desk knows."""
    folder, address = desk.home.parent, f"{desk.lab.resolver.rpartition('.')[0]}.{OCTET}"
    made = authority.issue_cert(name)
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    (folder / "key.pem").write_bytes(made.private_key_pem.bytes())
    (folder / "serve.toml").write_text(toml(profile), encoding="utf-8")
    with desk.hosts.open("a") as hosts:
        hosts.write(f"{address} {name}\n")
    files = ("--config", str(folder / "serve.toml"))
    secured = ("--tls-cert", str(folder / "chain.pem"), "--tls-key", str(folder / "key.pem"))
    with serving(Program(environment(desk.home)), *files, *secured, "--listen", f"{address}:443") as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("way", "address"),
    [
        ("autoconfig", "anna@wellknown.test"),
        ("autoconfig", "anna@starttls.test"),
        # No STARTTLS: in Autodiscover it takes that for TLS at any port but the usual ones, which the lab has not.
        ("autodiscover", "anna@wellknown.test"),
    ],
)
def test_it_sets_itself_up(
    desk: Desk, program: Callable[[str], str], authority: tuple[trustme.CA, Path], way: str, address: str
) -> None:
    """Name, address and password are all a person types: the account is as served, reads a message and sends one."""
    program("thunderbird")
    profile = profile_of(address)
    assert profile.outgoing is not None
    domain, subject = profile.address.domain, f"served-{way}-{int(time.time())}"
    letters.put(desk.lab, address, subject, "only for Thunderbird")
    sides = {
        name: [at.endpoint.host, at.endpoint.port, KINDS[at.endpoint.security], address, PASSWORD]
        for name, at in (("incoming", profile.incoming), ("outgoing", profile.outgoing))
    }
    with (
        served(desk, authority[0], profile, f"{way}.{domain}") as running,
        thunderbird(desk, "http://127.0.0.1:9/", authority[1]) as run,
    ):
        run(WATCH)
        found = run(HUB, NAME, address, password_of(address))
        assert found == [str(part) for side in sides.values() for part in side[:2]]
        answered = run(ANSWERED)
        assert WAYS[way].format(domain=domain, address=quote(address)) in answered
        running.hears(rf'"route": "{way}", "status": 200')
        assert run(ACCOUNT) == {"identity": [NAME, address], **sides}
        assert "only for Thunderbird" in run(READ, subject)
        assert run(SEND, address, f"{subject}-sent") == "status 0"
    assert "sent by it" in letters.arrived(desk.lab, address, f"{subject}-sent")
