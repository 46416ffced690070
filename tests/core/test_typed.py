"""The host that was meant by what was typed."""

from __future__ import annotations

import pytest

from mailwright.core import BadInput, Secret, Shape, Typed, meant_place, shapes


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("imap.qq.com", "imap.qq.com", None),
        ("imaps://imap.qq.com:993/", "imap.qq.com", 993),
        (" imap.qq.com ,", "imap.qq.com", None),
        ("\uff49\uff4d\uff41\uff50.qq.com", "imap.qq.com", None),
        ('"imap.qq.com"', "imap.qq.com", None),
        ("imap.qq.com\u3002", "imap.qq.com", None),
        ("imap%2Eqq%2Ecom", "imap.qq.com", None),
        ("imap. qq.com", "imap.qq.com", None),
        ("li@imap.qq.com", "imap.qq.com", None),
        ("[::1]:993", "::1", 993),
        ("::1", "::1", None),
    ],
)
def test_what_surrounds_a_host_is_taken_off(typed: str, host: str, port: int | None) -> None:
    """Blanks, quotes, full-width letters, schemes, paths and ports do not belong to the name."""
    assert meant_place(typed) == (host, port)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("imaps://li:hunter2@imap.qq.com", "imaps://li:‹…›@imap.qq.com"),
        ("imaps:/li@qq.com:hun/ter2@imap.qq.com:993", "imaps:/li@qq.com:‹…›@imap.qq.com:993"),
        ("li:hunter2@imap.qq.com/INBOX", "li:‹…›@imap.qq.com/INBOX"),
        ("imaps\uff1a//li\uff1ahun@ter2\uff20imap.qq.com", "imaps\uff1a//li:‹…›\uff20imap.qq.com"),
        ("li:hun:ter2//x@imap.qq.com", "li:‹…›@imap.qq.com"),
        ("imaps://imap.qq.com:993/", "imaps://imap.qq.com:993/"),
        ("li@imap.qq.com:993", "li@imap.qq.com:993"),
        ("li@[::1]:993", "li@[::1]:993"),
    ],
)
def test_a_password_in_a_host_is_not_kept(typed: str, kept: str) -> None:
    """What is shown, saved and judged of a pasted URL has no password in it, and the same host is meant."""
    assert Typed(host=typed).host == kept
    assert meant_place(kept)[0] in ("imap.qq.com", "::1")


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_number_behind_a_host_that_is_no_port(port: int) -> None:
    """Nothing is guessed in its place."""
    with pytest.raises(BadInput, match=r"input\.port"):
        meant_place(f"imap.qq.com:{port}")


@pytest.mark.parametrize(
    "typed", ["", "  ", "imap?qq.com", "://", "a..b", "a" * 300, "a." * 20_000 + "com", "a" * 1_000_000]
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    """Nothing is guessed where no host is left."""
    with pytest.raises(BadInput) as caught:
        meant_place(typed)
    assert caught.value.id == "input.host"


@pytest.mark.parametrize(
    ("secret", "seen"),
    [
        ("abcdefghijklmnop", {Shape.LETTERS_16, Shape.CODE_16}),
        ("abcd efgh ijkl mnop", {Shape.LETTERS_16, Shape.CODE_16, Shape.GROUPED}),
        ("ABCDEFGHIJKLMNOP", {Shape.CODE_16}),
        ("", {Shape.EMPTY}),
        (" x\n", {Shape.BLANKS, Shape.NEWLINE}),
        ("\uff50ass", {Shape.FULL_WIDTH, Shape.NON_ASCII}),
        ('"secret"', {Shape.QUOTES}),
        ("a%40b", {Shape.PERCENT}),
        ("plain-password", set()),
    ],
)
def test_a_secret_has_a_shape(secret: str, seen: set[Shape]) -> None:
    """What is said of a secret is its shape, in a fixed vocabulary."""
    assert set(shapes(Secret(secret))) == seen
