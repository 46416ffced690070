"""What words alone can mean, as causes with everything their texts need."""

from __future__ import annotations

import pytest

from mailwright import book, diagnose
from mailwright.answers import remedy
from mailwright.core import Finding, Meaning, Protocol
from mailwright.diagnose import causes
from mailwright.texts import LANGUAGES, Words
from tests.diagnose.examined import SHELF

READ = (("wait", 900), ("link", "https://mail.example.org/unlock"), ("address", "192.0.2.7"))


def test_nothing_means_nothing() -> None:
    """A text without a meaning has no causes, and neither has a success."""
    assert diagnose.explain(Meaning()) == ()
    assert diagnose.explain(Meaning(how="fine")) == ()


def test_causes_keep_their_order_and_share() -> None:
    """Best first as the table has them; who can mend it and how bad it is come from the model."""
    meaning = Meaning((("auth.authcode", 0.7), ("server.overload", 0.2)), "row")
    first, second = diagnose.explain(meaning, protocol=Protocol.SMTP)
    assert [(c.id, c.confidence) for c in (first, second)] == [("auth.authcode", 0.7), ("server.overload", 0.2)]
    for cause in (first, second):
        entry = causes.entry(cause.id)
        assert (cause.who, cause.severity, cause.protocol) == (entry.who, entry.severity, Protocol.SMTP)


def test_what_is_no_cause_is_left_out() -> None:
    """A row of somebody's own table cannot name what the model does not know."""
    assert [c.id for c in diagnose.explain(Meaning((("no.such", 0.5), ("auth.locked", 0.4)), "row"))] == ["auth.locked"]


@pytest.mark.parametrize("entry", causes.TABLE, ids=lambda entry: entry.id)
def test_every_cause_can_be_told(entry: causes.Entry) -> None:
    """All parameters are there, "" where nothing is known, and no sentence has a hole, whatever was read out."""
    for params in ((), READ):
        (cause,) = diagnose.explain(Meaning(((entry.id, 0.9),), "row", params=params))
        known = dict(cause.params)
        assert set(entry.all_params) <= set(known)
        assert {name: value for name, value in known.items() if value != ""} == dict(params)
        for language in LANGUAGES:
            text = Words(language).finding(Finding(cause.id, cause.severity, cause.who, cause.params))
            assert text.title
            assert text.why
            assert text.fix
            assert "{" not in "".join((text.title, text.why, text.fix, *text.steps))


def test_what_is_known_is_told() -> None:
    """The server, the provider, the words themselves, and what was read out of them."""
    provider = SHELF.get("qq")
    meaning = Meaning((("auth.web_login", 0.9),), "row", params=READ)
    (cause,) = diagnose.explain(meaning, provider=provider, host="imap.qq.com", text="NO no")
    known = dict(cause.params)
    assert (known["provider"], known["host"], known["reply"]) == ("qq", "imap.qq.com", "NO no")
    assert (known["link"], known["wait"]) == ("https://mail.example.org/unlock", 900)
    assert known["username"] == ""


@pytest.mark.parametrize(
    ("provider", "cause"),
    [("qq", "auth.authcode"), ("netease-163", "auth.authcode"), ("outlook", "auth.oauth_only")],
)
def test_what_a_bare_refusal_mostly_is(provider: str, cause: str) -> None:
    """Where the book says that the password of the web page never works, that is the likeliest reason."""
    found = SHELF.get(provider)
    assert found is not None
    assert diagnose.bare_refusal(remedy.of_provider(found)) == cause


def test_where_the_password_itself_works() -> None:
    """Nothing is concluded where the book knows nothing, and where the secret is the password at times."""
    assert diagnose.bare_refusal(None) == ""
    plain = [p for id in SHELF.ids() if (p := SHELF.get(id)) is not None and p.secret is None]
    assert plain
    assert {diagnose.bare_refusal(remedy.of_provider(provider)) for provider in plain} == {""}


def test_with_the_shipped_table() -> None:
    """All causes of all rows are causes of the model: none is lost on the way."""
    for row in book.Replies.load().rows:
        assert all(causes.known(id) for id in row.causes), row.id
