"""What the lab's DNS and web servers answer, source of settings by source."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import dns.flags
import dns.rcode
import pytest

from mailwright.lab import plan
from tests.lab import clients

if TYPE_CHECKING:
    from mailwright.lab import Lab


@pytest.mark.parametrize("tcp", [False, True])
def test_answers_from_the_signed_zone_are_authentic(lab: Lab, *, tcp: bool) -> None:
    answer = clients.ask(lab, "_imaps._tcp.signed.test", "SRV", tcp=tcp)
    assert answer.flags & dns.flags.AD
    assert answer.answer


def test_answers_from_unsigned_zones_are_not(lab: Lab) -> None:
    assert not clients.ask(lab, "_imaps._tcp.srv.test", "SRV").flags & dns.flags.AD


@pytest.mark.parametrize(("name", "kind"), [("_imaps._tcp.bogus.test", "SRV"), ("box.bogus.test", "A")])
def test_broken_signatures_fail(lab: Lab, name: str, kind: str) -> None:
    assert clients.ask(lab, name, kind).rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize("name", ["example.com", "autoconfig.qq.com", "no.such.test", "imap.srv.test"])
def test_nothing_else_exists(lab: Lab, name: str) -> None:
    assert clients.ask(lab, name, "A").rcode() == dns.rcode.NXDOMAIN


def test_service_records(lab: Lab) -> None:
    assert clients.records(lab, "_pop3._tcp.srv.test", "SRV") == ["0 0 0 ."]
    found = clients.records(lab, "_imaps._tcp.srv.test", "SRV")
    assert sorted(found) == ["10 40 993 b.srv.test.", "10 60 993 a.srv.test.", "20 0 993 spare.srv.test."]
    assert clients.records(lab, "nullmx.test", "MX") == ["0 ."]


@pytest.mark.parametrize(("domain", "url"), [(d, url) for d, urls in plan.SETTINGS.items() for url in urls])
def test_autoconfig_files(lab: Lab, domain: str, url: str) -> None:
    status, text, headers = clients.fetch(lab, url)
    assert status == 200
    assert headers["content-type"].startswith("text/xml")
    account = next(account for account in lab.accounts if account.domain == domain)
    assert all(f"<hostname>{entry.host}</hostname>" in text for entry in account.expect)


def test_plain_http_leads_to_https_except_where_it_is_all_there_is(lab: Lab) -> None:
    status, _, headers = clients.fetch(lab, "http://autoconfig.auto.test/mail/config-v1.1.xml?emailaddress=a")
    assert (status, headers["location"]) == (
        301, "https://autoconfig.auto.test/mail/config-v1.1.xml?emailaddress=a")  # fmt: skip
    with pytest.raises(ConnectionRefusedError):
        clients.connect(lab, "autoconfig.http.test", 443)


def test_what_is_not_there_is_404(lab: Lab) -> None:
    assert clients.fetch(lab, "https://nothing.test/.well-known/autoconfig/mail/config-v1.1.xml")[0] == 404
    assert clients.fetch(lab, f"{plan.ISPDB}auto.test")[0] == 404
    assert clients.fetch(lab, "https://nothing.test/")[0] == 200


@pytest.mark.parametrize(("domain", "right"), plan.PACC.items())
def test_pacc_and_its_digest(lab: Lab, domain: str, *, right: bool) -> None:
    status, text, headers = clients.fetch(
        lab, f"https://ua-auto-config.{domain}/.well-known/user-agent-configuration.json"
    )
    assert (status, headers["content-type"]) == (200, "application/json")
    record = clients.records(lab, f"_ua-auto-config.{domain}", "TXT")[0].strip('"')
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert (f"d={digest}" in record) is right


def test_mailconf_record(lab: Lab) -> None:
    assert any(
        "mailconf=https://settings.mailconf.test/mail.xml" in t for t in clients.records(lab, "mailconf.test", "TXT")
    )


@pytest.mark.parametrize(("domain", "host"), plan.AUTODISCOVER.items())
def test_autodiscover_answers_a_post(lab: Lab, domain: str, host: str) -> None:
    status, text, headers = clients.fetch(lab, f"https://{host}/autodiscover/autodiscover.xml", body="<Autodiscover/>")
    assert (status, headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert f"<Server>box.{domain}</Server>" in text


def test_issuer_code_flow_checks_the_proof_key(lab: Lab) -> None:
    verifier = "a" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = "http://127.0.0.1:9/back"
    for said, expected in ((verifier, 200), ("b" * 43, 400)):
        query = urlencode({"response_type": "code", "client_id": "c", "redirect_uri": back, "state": "s",
                           "code_challenge": challenge, "code_challenge_method": "S256"})  # fmt: skip
        status, _, headers = clients.fetch(lab, f"{plan.ISSUER}/authorize?{query}")
        assert status == 302
        answer = parse_qs(urlsplit(headers["location"]).query)
        assert answer["state"] == ["s"]
        form = urlencode({"grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": back,
                          "code_verifier": said, "client_id": "c"})  # fmt: skip
        assert clients.fetch(lab, f"{plan.ISSUER}/token", body=form)[0] == expected


def test_issuer_device_flow_and_refresh(lab: Lab) -> None:
    _, text, _ = clients.fetch(lab, f"{plan.ISSUER}/.well-known/oauth-authorization-server")
    metadata = json.loads(text)
    _, text, _ = clients.fetch(lab, metadata["device_authorization_endpoint"], body="client_id=c&scope=mail")
    form = urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": "c",
                      "device_code": json.loads(text)["device_code"]})  # fmt: skip
    status, text, _ = clients.fetch(lab, metadata["token_endpoint"], body=form)
    assert (status, json.loads(text)["error"]) == (400, "authorization_pending")
    status, text, _ = clients.fetch(lab, metadata["token_endpoint"], body=form)
    assert status == 200
    assert opens_the_mailbox(lab, json.loads(text)["access_token"])
    form = urlencode({"grant_type": "refresh_token", "refresh_token": json.loads(text)["refresh_token"]})
    assert clients.fetch(lab, metadata["token_endpoint"], body=form)[0] == 200


def opens_the_mailbox(lab: Lab, token: str) -> bool:
    """Whether the mail server takes what the issuer gave."""
    account = lab.account("anna@oauth.test")
    session = clients.imap(lab, account.expect[0])
    session.authenticate("XOAUTH2", lambda _: f"user={account.address}\x01auth=Bearer {token}\x01\x01".encode())
    return session.select()[0] == "OK"
