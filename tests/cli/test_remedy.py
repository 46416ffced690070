"""The steps of a finding at a provider: from the texts, from the book, or from both."""

from __future__ import annotations

import pytest

from mailwright import book
from mailwright.answers import remedy
from mailwright.core import Candidate, EmailAddress, Finding, Fixer, Param, Protocol, SecretKind, Severity, Source
from mailwright.texts import LANGUAGES, FindingText, Words
from tests.texts import pieces

SHELF = book.Book(None)


def candidate(id: str, address: str) -> Candidate:
    provider = SHELF.get(id)
    assert provider is not None
    return provider.candidate(EmailAddress.parse(address), Source.BOOK)


def told(
    id: str, provider: str, address: str, protocol: Protocol | None = None, *, language: str = "en", **params: Param
) -> FindingText:
    finding = Finding(id, Severity.ERROR, Fixer.YOU, tuple(params.items()), protocol)
    return remedy.text(Words(language), finding, candidate(provider, address), EmailAddress.parse(address))


def test_nothing_is_known() -> None:
    """Without a provider the steps are those of the texts."""
    finding = Finding("auth.authcode", Severity.ERROR, Fixer.YOU)
    assert remedy.text(Words("zh"), finding, None) == Words("zh").finding(finding)


@pytest.mark.parametrize("id", ["auth.authcode", "auth.app_password"])
def test_the_secret_of_the_provider(id: str) -> None:
    """How to get code or app password is told with the provider's own menus and page, in place of the general steps."""
    text = told(id, "qq", "li@qq.com", language="zh")
    secret = candidate("qq", "li@qq.com").secret
    assert secret is not None
    assert text.steps[:-1] == secret.value.steps["zh"]
    assert text.steps[-1] == "网页：https://mail.qq.com"
    assert "QQ 邮箱" in text.title


def test_an_ordinary_password() -> None:
    """Where the provider takes the ordinary password there is nothing to replace."""
    providers = filter(None, map(SHELF.get, SHELF.ids()))
    plain = next(p for p in providers if p.secret is not None and p.secret.value.kind is SecretKind.PASSWORD)
    finding = Finding("auth.app_password", Severity.ERROR, Fixer.YOU)
    text = remedy.text(Words("en"), finding, remedy.of_provider(plain))
    assert text.steps == Words("en").finding(finding).steps


def test_a_bare_refusal() -> None:
    """Where the password may simply be wrong, the steps end with what this provider wants in its place."""
    text = told("auth.bad_credentials", "gmail", "li@gmail.com")
    assert text.steps[-1] == ("This provider wants: app password. Get one at https://myaccount.google.com/apppasswords")
    assert len(text.steps) == len(pieces.of("en", "auth.bad_credentials")["steps"]) + 1


def test_sign_in_through_the_browser() -> None:
    """Where no password is accepted the provider's way is told, and that Mailwright can go it."""
    text = told("auth.oauth_only", "outlook", "li@outlook.com")
    assert text.steps[0].startswith("There is no password to type")
    assert text.steps[-1] == "Mailwright can do this sign-in, too: add --oauth CLIENT_ID"


def test_switching_on() -> None:
    """The switch of the protocol in question is told, not that of another."""
    pop = told("auth.protocol_off_user", "gmail", "li@gmail.com", Protocol.POP3)
    assert any("Enable POP for all mail" in step for step in pop.steps)
    imap = told("auth.protocol_off_user", "gmail", "li@gmail.com", Protocol.IMAP)
    assert not any("POP download" in step for step in imap.steps)


def test_switching_on_by_oneself_or_by_an_administrator() -> None:
    """What the person can do comes first; then what only the administrator can, and that it is so."""
    text = told("auth.protocol_off_user", "tencent-exmail", "li@firm.test", Protocol.IMAP)
    between = text.steps.index("If you find no such switch, your administrator has to allow it:")
    assert text.steps[0].startswith("Yourself:")
    assert text.steps[between + 1].startswith("For the company's administrator")
    by_admin = told("auth.protocol_off_admin", "tencent-exmail", "li@firm.test", Protocol.IMAP)
    assert by_admin.steps[0].startswith("For the company's administrator")
    assert not any(step.startswith("Yourself") for step in by_admin.steps)


def test_the_form_of_the_user_name() -> None:
    """The form for reading and that for sending are told, filled in for the address."""
    text = told("auth.username_form", "icloud", "li@icloud.com", Protocol.IMAP)
    assert text.title == "The user name must be li"
    assert text.steps[-2:] == (
        "Incoming (IMAP): user name li",
        "Outgoing (SMTP): user name li@icloud.com",
    )


def test_the_form_that_was_let_in() -> None:
    """Where the server took another form than the settings name, only that one is told."""
    text = told("auth.username_form", "gmail", "li@gmail.com", Protocol.IMAP, typed="li@gmail.com", meant="li")
    assert text.title == "The user name must be li"
    assert "it should be “li”" in text.why
    assert not any("user name li@gmail.com" in step for step in text.steps)


def test_the_form_without_an_address() -> None:
    """Without an address the form is described."""
    provider = SHELF.get("icloud")
    assert provider is not None
    finding = Finding("auth.username_form", Severity.ERROR, Fixer.YOU, (), Protocol.IMAP)
    text = remedy.text(Words("zh"), finding, remedy.of_provider(provider))
    assert text.steps[-2:] == ("收信（IMAP）：用户名 只写 @ 前面的部分", "发信（SMTP）：用户名 完整的邮箱地址")


def test_type_this() -> None:
    """A wrong server is answered with the right one: name, port, encryption and user name."""
    text = told("host.wrong_cluster", "qq", "li@qq.com", Protocol.IMAP, host="imap.exmail.qq.com", port=993)
    assert text.fix == "Type imap.qq.com as the server name."
    assert "Type: server imap.qq.com, port 993, encryption SSL/TLS" in text.steps
    assert text.steps[-1] == "Incoming (IMAP): user name li@qq.com"


def test_what_failed_is_not_recommended() -> None:
    """The very place that failed is not told as the cure."""
    text = told("proto.wrong_service", "qq", "li@qq.com", Protocol.IMAP, host="imap.qq.com", port=993)
    assert not any("imap.qq.com" in step for step in text.steps)


def test_what_the_finding_says_counts_more() -> None:
    """Where the finding knows what should stand there, the book does not talk over it."""
    text = told(
        "proto.wrong_port", "qq", "li@qq.com", Protocol.SMTP,
        host="smtp.qq.com", port=25, right_host="smtp.qq.com", right_port=587, right_security="starttls",
    )  # fmt: skip
    assert text.fix == "Use port 587 with STARTTLS."


def test_what_is_known_of_the_client_id() -> None:
    """Notes of the provider that are about IMAP ID follow the steps."""
    text = told("auth.client_id", "netease-163", "li@163.com", Protocol.IMAP)
    assert text.steps[-1].startswith("Good to know: An accepted login followed by Unsafe Login")
    assert told("auth.client_id", "qq", "li@qq.com").steps == tuple(pieces.of("en", "auth.client_id")["steps"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_providers(language: str) -> None:
    """For every provider of the book, with an address and without, each finding has steps without holes."""
    address, said = EmailAddress.parse("li@example.org"), Words(language)
    for provider in filter(None, map(SHELF.get, SHELF.ids())):
        for id in (*remedy.CURED_BY_SECRET, *remedy.CURED_BY_SWITCH, "auth.username_form", "host.typo"):
            finding = Finding(id, Severity.ERROR, Fixer.YOU, (), Protocol.IMAP)
            bare = remedy.text(said, finding, remedy.of_provider(provider))
            whole = remedy.text(said, finding, provider.candidate(address, Source.BOOK), address)
            for text in (bare, whole):
                assert all((text.title, text.why, text.fix, text.steps))
                assert all(step.strip() and "%EMAIL" not in step for step in text.steps), (provider.id, text.steps)


def test_hosts_that_depend_on_an_address() -> None:
    """Without an address no host is made up."""
    for provider in filter(None, map(SHELF.get, SHELF.ids())):
        for service in remedy.of_provider(provider).services:
            assert "example" not in service.endpoint.value.host
