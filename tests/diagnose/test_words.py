"""Words that are known say more than the code they came with and the point where they came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import book, diagnose
from mailwright.core import Stage
from tests.diagnose.examined import IMAP, SHELF, SMTP, at, examined, first, let_in, of_provider, refused
from tests.diagnose.situations import login

CODES = [
    # a code that says one thing beside words that say another: words are looked at before codes
    ("NO [SERVERBUG] Request is throttled", "limit.rate"),
    ("NO [ALERT] Application-specific password required", "auth.app_password"),
    ("NO [AUTHENTICATIONFAILED] undergoing maintenance", "server.maintenance"),
    ("454 4.7.0 Temporary authentication failure", "server.misconfig"),
    ("454 4.7.0 try again", "server.overload"),
]


@pytest.mark.parametrize(("text", "id"), CODES)
def test_words_before_codes(text: str, id: str) -> None:
    """Providers reuse codes; words that are known from them say more."""
    assert first(login(text)) == [id]


SAID = [
    # stage, words, cause: what is known of the words outweighs code and stage
    (Stage.MAIL_FROM, "450 4.7.1 Mail from address must be same as authorization user.", "policy.sender"),
    (Stage.MAIL_FROM, "554 5.7.1 Client not authenticated", "auth.required"),
    (Stage.GREETING, "554 5.7.1 Client blocked using zen.example", "policy.ip_blocked"),
    (Stage.GREETING, "421 Too many simultaneous connections", "limit.connections"),
    (Stage.LOGIN, "503 5.5.1 must issue a STARTTLS command first", "proto.tls_required"),
    (Stage.LOGIN, "NO [UNAVAILABLE] Temporary authentication failure.", "server.misconfig"),
    (Stage.SELECT, "NO [SERVERBUG] Quota exceeded", "limit.quota"),
    # unknown words: code and stage are all there is
    (Stage.MAIL_FROM, "450 4.7.1 nonsense", "server.overload"),
    (Stage.MAIL_FROM, "554 5.7.1 nonsense", "policy.sender"),
    (Stage.GREETING, "554 5.7.1 nonsense", "policy.client_refused"),
    (Stage.LOGIN, "503 5.5.1 nonsense", "auth.mechanism"),
    (Stage.LOGIN, "NO [UNAVAILABLE] nonsense", "server.overload"),
    (Stage.SELECT, "NO nonsense", "server.misconfig"),
]


@pytest.mark.parametrize(("stage", "text", "id"), SAID)
def test_known_words_explain_code_and_stage(stage: Stage, text: str, id: str) -> None:
    """Words that are known are believed before the code they came with and the point where they came."""
    plain = replace(refused(at(IMAP, "mail.strange.test"), text, stage=stage), tls=None)
    assert first(examined(plain)) == [id]


def test_clear_words_beside_a_token() -> None:
    """A token that the other protocol took has not expired, and what is known of a provider is less than its words."""
    address, found = of_provider("outlook.com")
    here, out = (found.best(protocol) for protocol in (IMAP, SMTP))
    assert here is not None
    assert out is not None
    words = "535 5.7.139 the request did not meet the criteria to be authenticated successfully. Contact your admin."
    token = replace(let_in(here), logins=(replace(let_in(here).logins[0], mechanism="XOAUTH2"),))
    both = examined(token, refused(out, words, mechanism="XOAUTH2"), found=found, address=address)
    causes = [cause.id for cause in diagnose.judge(both, book.Replies.load(), SHELF)[0].causes]
    assert causes[0] == "auth.policy_admin"
    assert "auth.oauth_expired" not in causes[:2]
