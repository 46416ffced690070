"""From an address to a verified account, in the right order, asking only what must be asked."""

from __future__ import annotations

import json

import pytest

from mailwright import lab as room
from mailwright import setup, texts
from mailwright.core import EmailAddress, Fixer, Outcome, Protocol, Reason, Severity, Stage, plain
from mailwright.diagnose import Verdict
from mailwright.lab import plan
from tests.setup.face import SHELF, Script, journey
from tests.verify.at import quiet, settled


def ids(result: setup.Result) -> list[str]:
    """The findings' ids; each can be told in both languages."""
    for language in texts.LANGUAGES:
        assert all(texts.Words(language).finding(finding).title for finding in result.findings)
    return [finding.id for finding in result.findings]


WORKING = [a for a in plan.ACCOUNTS if a.expect and a.instance != "oauth"]


@pytest.mark.parametrize("account", WORKING, ids=lambda account: account.address)
async def test_every_account_of_the_lab(lab: room.Lab, account: plan.Account) -> None:
    """With the password and, where it is asked for, a yes, every mailbox is proved and becomes an account."""
    if account.domain == "v6.test" and "lab.note.no_ipv6" in lab.notes:
        pytest.skip("this machine has no IPv6")
    face = Script(account.address, account.password, yes=True)
    result = await journey(lab, face, account.address)
    assert (result.verdict, ids(result)) == (Verdict.WORKS, [])
    assert result.account is not None
    assert result.account.address == EmailAddress.parse(account.address)
    wanted = {entry.service: entry for entry in account.expect}
    for verified in (result.account.incoming, result.account.outgoing):
        expected, endpoint = wanted[verified.service.protocol], verified.service.endpoint.value
        assert (endpoint.port, endpoint.security, verified.username) == (
            expected.port, expected.security, expected.username,
        )  # fmt: skip
        assert endpoint.host in (expected.host, "b.srv.test")
    assert json.dumps(plain(result.account))
    assert account.password not in repr(result)


async def test_the_order(lab: room.Lab) -> None:
    """Settings first, then a look at the servers, then the secret, then the login; nobody is asked in vain."""
    face = Script("anna@auto.test", "correct-horse-7")
    await journey(lab, face, "anna@auto.test")
    assert face.calls[0] == "answered"
    assert face.asked() == ["settings", "credentials"]
    after = face.calls[face.calls.index("settings") :]
    assert sorted(after[1:3]) == ["probed imap ok", "probed smtp ok"]
    assert after[3] == "credentials"
    assert sorted(after[4:]) == ["seen imap capability", "seen imap done", "seen smtp capability", "seen smtp done"]


async def test_a_secret_at_hand(lab: room.Lab) -> None:
    """When the secret is there already, no server is looked at twice."""
    face = Script("anna@auto.test", "correct-horse-7")
    result = await journey(lab, face, "anna@auto.test", known=True)
    assert result.verdict is Verdict.WORKS
    assert not [call for call in face.calls if call.startswith("probed")]


@pytest.mark.parametrize(("wish", "protocol"), [("", "imap"), ("imap", "imap"), ("pop3", "pop3")])
async def test_which_protocol_reads(lab: room.Lab, wish: str, protocol: str) -> None:
    """IMAP where it is offered, unless POP3 is wanted."""
    face = Script("anna@auto.test", "correct-horse-7")
    result = await journey(lab, face, "anna@auto.test", incoming=wish)
    assert result.account is not None
    assert result.account.incoming.service.protocol == protocol


async def test_a_protocol_that_is_not_offered(lab: room.Lab) -> None:
    """Who wants POP3 where there is none is told so, and the rest is still looked at."""
    face = Script("anna@srv.test", "service-record-8")
    result = await journey(lab, face, "anna@srv.test", incoming="pop3")
    assert (result.verdict, ids(result), result.account) == (Verdict.BROKEN, ["settings.no_incoming"], None)


DOUBTFUL = [
    # address, hosts somebody must say yes to
    ("anna@srvout.test", {"in.outside.test", "out.outside.test"}),
    ("anna@hosted.test", {"in.provider.test", "out.provider.test"}),
    ("anna@http.test", {"box.http.test"}),
]


@pytest.mark.parametrize(("address", "hosts"), DOUBTFUL)
@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("known", [True, False])
async def test_hosts_that_need_a_yes(lab: room.Lab, address: str, hosts: set[str], *, yes: bool, known: bool) -> None:
    """Consent comes before the secret, names the very hosts, and a no keeps the secret from being asked or sent."""
    account = lab.account(address)
    face, log = Script(address, account.password, yes=yes), quiet(lab)
    result = await journey(lab, face, address, known=known)
    assert set(face.doubted) == hosts
    if yes:
        assert face.asked() == ["settings", "confirm", "credentials"]
        assert result.verdict is Verdict.WORKS
        return
    assert face.asked() == ["settings", "confirm", *(["credentials"] if known else [])]
    assert ids(result) == ["trust.not_confirmed", "trust.not_confirmed", "settings.not_verified"]
    assert (result.verdict, result.account) == (Verdict.UNKNOWN, None)
    assert [(finding.severity, finding.who) for finding in result.findings[:2]] == [(Severity.UNKNOWN, Fixer.YOU)] * 2
    assert result.evidence is not None
    assert {(seen.stage, seen.outcome, seen.reason, seen.logins) for seen in result.evidence.services} == {
        (Stage.RESOLVE, Outcome.STOPPED, Reason.NOT_CONFIRMED, ())
    }
    assert settled(log.begun, ["something"], 0.2) == []


@pytest.mark.parametrize("address", ["anna@auto.test", "anna@signed.test", "anna@srv.test", "anna@guess.test"])
async def test_hosts_that_need_none(lab: room.Lab, address: str) -> None:
    """Nobody is bothered about hosts that are vouched for."""
    face = Script(address, lab.account(address).password)
    await journey(lab, face, address)
    assert "confirm" not in face.calls


@pytest.mark.parametrize("known", [True, False])
async def test_no_secret(lab: room.Lab, *, known: bool) -> None:
    """Who gives no secret has the settings, unproved."""
    face = Script("anna@auto.test", None)
    result = await journey(lab, face, "anna@auto.test", known=known)
    assert (result.verdict, ids(result)) == (Verdict.FOUND, ["settings.not_verified"])
    assert (result.evidence, result.account) == (None, None)
    assert not [call for call in face.calls if call.startswith("seen")]


async def test_settings_only(lab: room.Lab) -> None:
    """Who wants only the settings is asked nothing, and no server is looked at."""
    face = Script("anna@srvout.test", "x", yes=True)
    result = await journey(lab, face, "anna@srvout.test", login=False)
    assert (result.verdict, ids(result)) == (Verdict.FOUND, ["settings.not_verified"])
    assert set(face.calls) == {"answered", "settings"}


NOTHING = [
    # address, verdict, finding
    ("anna@nothing.test", Verdict.BROKEN, "settings.not_found"),
    ("anna@nullmx.test", Verdict.BROKEN, "domain.null_mx"),
    ("anna@no-such-domain.test", Verdict.BROKEN, "domain.nxdomain"),
    ("anna@bogus.test", Verdict.UNKNOWN, "settings.unknown"),
]


@pytest.mark.parametrize(("address", "verdict", "id"), NOTHING)
async def test_domains_without_mail(lab: room.Lab, address: str, verdict: Verdict, id: str) -> None:
    """Where there are no settings it is said why, and nobody is asked for anything."""
    face = Script(address, "x", yes=True)
    result = await journey(lab, face, address)
    assert (result.verdict, ids(result)) == (verdict, [id])
    assert set(face.calls) == {"answered", "settings"}
    assert result.account is None


async def test_a_wrong_password(lab: room.Lab) -> None:
    """A refused password is broken, not unknown, and no account comes of it."""
    face = Script("anna@auto.test", "canary-wrong-2")
    result = await journey(lab, face, "anna@auto.test")
    assert (result.verdict, result.account) == (Verdict.BROKEN, None)
    assert ids(result) == ["auth.bad_credentials", "auth.bad_credentials"]
    assert [finding.protocol for finding in result.findings] == [Protocol.IMAP, Protocol.SMTP]
    assert "canary-wrong-2" not in repr(result) + json.dumps(plain(result.discovery)) + json.dumps(
        plain(result.evidence)
    )


async def test_two_refusals(lab: room.Lab) -> None:
    """Where nobody says how the user name is written both forms are tried to read, and sending is left alone."""
    face = Script("anna@guess.test", "canary-wrong-3")
    result = await journey(lab, face, "anna@guess.test")
    assert (result.verdict, ids(result)) == (Verdict.BROKEN, ["auth.bad_credentials"])
    assert result.findings[0].param("username") == "anna@guess.test, anna"
    assert result.evidence is not None
    assert [seen.reason for seen in result.evidence.services] == [Reason.REFUSED, Reason.NOT_TRIED]


async def test_a_typing_mistake(lab: room.Lab) -> None:
    """What had to be repaired works, with a warning for next time."""
    face = Script("anna@auto.test", "correct-horse-7 ")
    result = await journey(lab, face, "anna@auto.test")
    assert (result.verdict, ids(result)) == (Verdict.WORKS, ["input.blank", "input.blank"])
    assert result.account is not None


async def test_the_face_may_stop_it(lab: room.Lab) -> None:
    """What the face raises (a person's ^C) ends the journey and comes through as it is."""

    class Stopping(Script):
        async def credentials(self, candidate: object) -> None:
            raise KeyboardInterrupt

    face = Stopping("anna@auto.test", None)
    with pytest.raises(KeyboardInterrupt):
        await journey(lab, face, "anna@auto.test")


OFFLINE = [
    ("li@qq.com", Verdict.FOUND, "settings.not_verified"),
    ("li@tuta.com", Verdict.BROKEN, "provider.closed"),
    ("li@auto.test", Verdict.UNKNOWN, "settings.offline"),
    ("li@例子.中国", Verdict.UNKNOWN, "settings.offline"),
]


@pytest.mark.parametrize(("address", "verdict", "id"), OFFLINE)
def test_offline(address: str, verdict: Verdict, id: str) -> None:
    """Without the network the book answers, and not to be in it is not a no."""
    result = setup.offline(EmailAddress.parse(address), SHELF)
    assert (result.verdict, ids(result), result.evidence) == (verdict, [id], None)
    assert not result.discovery.online
