"""The real Thunderbird, driven: started with a new profile, and scripts that run inside it.

For `./mw test --slow`, as root, with Debian's package `thunderbird` and `marionette_driver` in the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.export.conftest import Desk

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
def thunderbird(desk: Desk, lookup: str, *authorities: Path) -> Iterator[Callable[..., Any]]:
    """A running Thunderbird with a new profile: a function that runs a script in it.

    `lookup`: where it asks instead of Mozilla's database; `authorities`: whom it trusts besides the lab's.
    """
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
            for file in (desk.lab.ca, *authorities):
                certificate = "".join(line for line in file.read_text().splitlines() if "---" not in line)
                client.execute_script(TRUST, script_args=[certificate])

            def run(script: str, *args: str) -> Any:
                whole = f"{PRELUDE}(async () => {{{script}}})().then(resolve, (error) => resolve('failed: ' + error));"
                return client.execute_async_script(whole, script_args=list(args), sandbox="system")

            yield run
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            # Else it would look for Thunderbird once more, to say farewell.
            client.delete_session(send_request=False)
