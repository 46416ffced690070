"""What the shape of a secret tells, without the secret."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import SecretKind, Shape, Sign
from mailwright.diagnose import wants
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.logins import refused
from mailwright.diagnose.signs.making import sign

# As Google, Apple, Yahoo, QQ (letters) and NetEase (letters and digits) make them; in groups as Google shows them.
_SPECIAL = frozenset({Shape.LETTERS_16, Shape.CODE_16, Shape.GROUPED})
_TOLD = (Shape.FULL_WIDTH, Shape.BLANKS, Shape.NEWLINE, Shape.QUOTES, Shape.BOM, Shape.INVISIBLE, Shape.PERCENT)
# Those whose own passwords look like no other: a shape that does not fit says something there.
_RECOGNISED = frozenset({
    "gmail", "google-workspace", "icloud", "yahoo", "aol", "qq", "netease-163", "netease-126", "netease-yeah",
    "netease-vip-163", "netease-vip-126", "netease-188", "yandex",
})  # fmt: skip


def read(case: Case) -> Iterator[Sign]:
    """Only a refused sign-in asks for it."""
    shapes = frozenset(case.examination.shapes)
    if case.seen is None or not refused(case.seen):
        return
    yield from (sign(case, f"shape.{shape.value}") for shape in _TOLD if shape in shapes)
    if Shape.EMPTY in shapes:
        yield sign(case, "shape.empty")
    secret = wants.of(case.candidate)
    if secret is None or secret.kind not in (SecretKind.APP_PASSWORD, SecretKind.AUTHORIZATION_CODE):
        return
    if Shape.LETTERS_16 in shapes and secret.kind is SecretKind.APP_PASSWORD:
        # Nobody thinks of such a password by himself.
        yield sign(case, "shape.exact")
    elif shapes & _SPECIAL:
        yield sign(case, "shape.special")
    elif shapes and case.provider in _RECOGNISED:
        yield sign(case, "shape.ordinary")
