"""The real Thunderbird sets itself up by the autoconfig file, reads a message and sends one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mailwright import export
from tests.export import letters
from tests.export.conftest import Desk, password_of, profile_of

SECONDS = 90
# Thunderbird stays on this machine, says nothing to its makers, and asks nothing when it starts.
SETTINGS: dict[str, str | int | bool] = {
    "app.donation.eoy.version.viewed": 999,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.auto_config.addons_url": "",
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "network.trr.mode": 5,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}
# Its own modules for a new account. They are no stable interface: that is why they are used in this file only.
PRELUDE = """
const args = [...arguments]; const resolve = args.pop();
const from = (path) => ChromeUtils.importESModule("resource:///modules/" + path + ".sys.mjs");
const {FindConfig} = from("accountcreation/FindConfig");
const {ConfigVerifier} = from("accountcreation/ConfigVerifier");
const {CreateInBackend} = from("accountcreation/CreateInBackend");
const {AccountConfig} = from("accountcreation/AccountConfig");
const {MailServices} = from("MailServices");
const pause = (time) => new Promise((done) => setTimeout(done, time));
"""
SET_UP = """
const [address, name, secret] = args;
const found = await FindConfig.parallelAutoDiscovery(
  address.split("@")[1], address, new AbortController().signal, "").next();
const config = found.value;
if (!config) { return {found: null}; }
AccountConfig.replaceVariables(config, name, address, secret);
config.rememberPassword = true;
await new ConfigVerifier(null, new AbortController().signal).verifyConfig(config);
const account = await CreateInBackend.createAccountInBackend(config);
const seen = (side) => [side.hostname, side.port, side.socketType, side.username];
return {found: config.displayName, incoming: seen(config.incoming), outgoing: seen(config.outgoing)};
"""
READ = """
const [subject] = args;
const server = MailServices.accounts.accounts.map((a) => a.incomingServer).find((s) => s.type == "imap");
let inbox = null;
for (let round = 0; round < 80 && !inbox; round++) {
  server.performExpand(null);
  await pause(250);
  inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
}
for (let round = 0; round < 80; round++) {
  inbox.updateFolder(null);
  await pause(250);
  const header = [...inbox.msgDatabase.enumerateMessages()].find((h) => h.mime2DecodedSubject == subject);
  if (!header) { continue; }
  const stream = Cc["@mozilla.org/network/sync-stream-listener;1"].createInstance(Ci.nsISyncStreamListener);
  const service = MailServices.messageServiceFromURI(inbox.getUriForMsg(header));
  service.streamMessage(inbox.getUriForMsg(header), stream, null, null, false, "", false);
  const text = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
  text.init(stream.inputStream);
  return text.read(text.available());
}
return null;
"""
SEND = """
const [to, subject] = args;
const account = MailServices.accounts.accounts.find((a) => a.incomingServer.type == "imap");
const identity = account.defaultIdentity;
identity.doFcc = false;
const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
Object.assign(fields, {to, subject, from: identity.email, body: "sent by it\\n"});
const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
Object.assign(params, {composeFields: fields, identity,
  format: Ci.nsIMsgCompFormat.PlainText, type: Ci.nsIMsgCompType.New});
const compose = MailServices.compose.initCompose(params);
const ended = new Promise((done) => compose.addMsgSendListener({
  onStartSending() {}, onSendProgress() {}, onProgress() {}, onStatus() {}, onGetDraftFolderURI() {},
  onSendNotPerformed() { done("not performed"); },
  onTransportSecurityError() { done("TLS"); },
  onStopSending(id, status) { done("status " + status); },
}));
compose.sendMsg(Ci.nsIMsgCompDeliverMode.Now, identity, account.key, null, null);
return await Promise.race([ended, pause(30000).then(() => "nothing")]);
"""
TRUST = "Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).addCertFromBase64(arguments[0],'CT,,')"


@dataclass
class Site:
    """A web server of one file for each domain, and what it was asked for."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def up(self) -> Iterator[Site]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                body = site.files.get(self.path, b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> None:
    """Wait until somebody does."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.fail("Thunderbird did not start")


@contextmanager
def thunderbird(desk: Desk, lookup: str) -> Iterator[Callable[..., Any]]:
    """A running Thunderbird with a new profile: a function that runs a script in it."""
    driver = pytest.importorskip("marionette_driver.marionette")
    port = free_port()
    profile = desk.home / "thunderbird"
    profile.mkdir()
    chosen = SETTINGS | {"mailnews.auto_config_url": lookup, "marionette.port": port}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in chosen.items())
    (profile / "user.js").write_text("".join(lines))
    flags = ("--headless", "--marionette", "-remote-allow-system-access", "--no-remote", "--profile", str(profile))
    with (desk.home / "thunderbird.log").open("wb") as log:
        process = subprocess.Popen(
            desk.inside("thunderbird", *flags),
            env=desk.environment(MOZ_HEADLESS="1"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        client = driver.Marionette(host="127.0.0.1", port=port, socket_timeout=SECONDS)
        try:
            listens(port)
            client.start_session({"acceptInsecureCerts": False})
            client.set_context("chrome")
            client.timeout.script = SECONDS
            certificate = "".join(line for line in desk.lab.ca.read_text().splitlines() if "---" not in line)
            client.execute_script(TRUST, script_args=[certificate])

            def run(script: str, *args: str) -> Any:
                whole = f"{PRELUDE}(async () => {{{script}}})().then(resolve, (error) => resolve('failed: ' + error));"
                return client.execute_async_script(whole, script_args=list(args), sandbox="system")

            yield run
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if client.client is not None:
                client.client.close()


# The driver leaves a socket open when it looks whether somebody listens.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("address", ["anna@wellknown.test", "anna@starttls.test"])
@pytest.mark.parametrize("form", ["autoconfig", "autoconfig-1.2"])
def test_set_up(desk: Desk, program: Callable[[str], str], form: str, address: str) -> None:
    """Found by the file, the account signs in by TLS and by STARTTLS, reads a message and sends one."""
    program("thunderbird")
    profile = profile_of(address)
    assert profile.outgoing is not None
    (file,) = export.render(export.get(form), profile, export.Choice()).files
    domain, subject = profile.address.domain, f"thunderbird-{form}-{int(time.time())}"
    letters.put(desk.lab, address, subject, "only for Thunderbird")
    with Site({f"/{domain}": file.data}).up() as site, thunderbird(desk, f"http://127.0.0.1:{site.port}/") as run:
        done = run(SET_UP, address, profile.name, password_of(address))
        kinds = {"tls": 3, "starttls": 2}
        sides = [
            [login.endpoint.host, login.endpoint.port, kinds[login.endpoint.security.value], address]
            for login in (profile.incoming, profile.outgoing)
        ]
        assert done == {"found": domain, "incoming": sides[0], "outgoing": sides[1]}
        assert f"/{domain}" in site.asked
        assert "only for Thunderbird" in run(READ, subject)
        assert run(SEND, address, f"{subject}-sent") == "status 0"
    assert "sent by it" in letters.arrived(desk.lab, address, f"{subject}-sent")
