"""E-mail addresses and the domain names in them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mailwright.core.problem import BadInput

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# RFC 5321 §4.5.3.1: local part 64 octets, domain 255 octets, path 256 with its brackets.
MAX_LOCAL = 64
MAX_DOMAIN = 253
MAX_TYPED = 320
# RFC 5890 §2.3.2.1: an A-label, with nothing before it that belongs to the same label.
_ENCODED = re.compile(r"(?<![A-Za-z0-9_-])xn--[A-Za-z0-9-]+(?![A-Za-z0-9_-])")
# RFC 5322 §3.2.3 atext and the dots between; RFC 6532 adds everything above ASCII.
_DOT_ATOM = frozenset(".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~")
# RFC 5321 §4.1.2 Quoted-string, not the empty one; RFC 6531 §3.3 adds everything above ASCII.
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])+"\Z')


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """A mailbox: `local` as typed (NFC), `domain` as lower-case A-labels.

    RFC 5321 §4.1.2, RFC 6531 §3.3 (non-ASCII local parts), RFC 5890 (IDN).
    """

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """Read what a person typed; raise BadInput saying what is wrong with it."""
        if len(text) > MAX_TYPED:
            raise BadInput("input.address.too_long", length=len(text), limit=MAX_TYPED)
        typed = unicodedata.normalize("NFC", text.strip())
        if not typed:
            raise BadInput("input.address.empty")
        # Full-width signs from a Chinese keyboard are read as what was meant.
        typed = typed.replace("\uff20", "@").replace("\uff0e", ".").replace("\u3002", ".")
        odd = "" if typed.isascii() and typed.isprintable() else typed  # long lists: no look at each letter
        bad = next((c for c in odd if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")), None)
        if bad is not None:
            raise BadInput("input.address.control", position=typed.index(bad) + 1, code=f"U+{ord(bad):04X}")
        typed = _bare(typed)
        local, at, domain = typed.rpartition("@")
        if not at:
            raise BadInput("input.address.no_at", text=typed)
        if "@" in local and not _QUOTED.match(local):
            raise BadInput("input.address.two_at", text=typed)
        _check_local(local, typed)
        return cls(local, _domain(domain, typed))

    @property
    def unicode_domain(self) -> str:
        """The domain as people read it (U-labels)."""
        return to_unicode(self.domain)

    @property
    def is_ascii(self) -> bool:
        """False when the local part needs SMTPUTF8 (RFC 6531)."""
        return self.local.isascii()

    @property
    def wire(self) -> str:
        """The form to send: A-labels, unless the local part is non-ASCII anyway."""
        return f"{self.local}@{self.domain}" if self.is_ascii else str(self)

    def __str__(self) -> str:
        return f"{self.local}@{self.unicode_domain}"


def _bare(text: str) -> str:
    """Without what mail programs and browsers copy along: "Li <li@example.org>", "mailto:li@example.org"."""
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
    return text[7:] if text[:7].lower() == "mailto:" else text


def _check_local(local: str, typed: str) -> None:
    if not local:
        raise BadInput("input.address.no_local", text=typed)
    if len(local.encode("utf-8", "surrogatepass")) > MAX_LOCAL:
        raise BadInput("input.address.local_too_long", text=typed, limit=MAX_LOCAL)
    if _QUOTED.match(local):
        return  # rare, legal, passed on as it is
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadInput("input.address.dots", text=typed)
    if _DOT_ATOM.issuperset(local):
        return
    bad = next((c for c in local if c.isascii() and c not in _DOT_ATOM), None)
    if bad is not None or any(c.isspace() for c in local):
        raise BadInput("input.address.character", text=typed, character=bad or " ")


def _domain(domain: str, typed: str) -> str:
    if not domain:
        raise BadInput("input.address.no_domain", text=typed)
    try:
        ascii_domain = to_ascii(domain)
    except BadInput as problem:
        raise BadInput("input.address.domain", text=typed, domain=domain) from problem
    if "." not in ascii_domain:
        raise BadInput("input.address.no_dot", text=typed, domain=domain)
    return ascii_domain


@lru_cache(maxsize=4096)
def to_ascii(domain: str) -> str:
    """A domain name as lower-case A-labels without a trailing dot (RFC 5891 §4).

    Raises BadInput("input.domain") for anything that is not a host name (RFC 1123 §2.1).
    """
    name = domain.strip().removesuffix(".").lower()
    if not name.isascii():
        import idna

        try:
            # The ideographic full stop at the end of a name is a dot only now.
            name = idna.encode(name, uts46=True).decode("ascii").lower().removesuffix(".")
        except (idna.IDNAError, UnicodeError) as error:
            raise BadInput("input.domain", domain=domain[:80]) from error
    labels = name.split(".")
    if len(name) > MAX_DOMAIN or not all(_is_label(label) for label in labels) or labels[-1].isdigit():
        raise BadInput("input.domain", domain=domain[:80])
    return name


def _is_label(label: str) -> bool:
    body = label.replace("-", "").replace("_", "")
    return 0 < len(label) <= 63 and body.isalnum() and label[0] != "-" and label[-1] != "-"


@lru_cache(maxsize=4096)
def to_unicode(domain: str) -> str:
    """Names as people read them, also within a sentence or a URL; a label that does not decode stays as it is."""
    return _ENCODED.sub(lambda found: _unicode_label(found[0]), domain) if "xn--" in domain else domain


def _unicode_label(label: str) -> str:
    import idna

    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=16384)
def registrable_domain(name: str) -> str | None:
    """The registrable domain of an ASCII name by the Public Suffix List; None for a suffix itself and an address."""
    bare = name.rstrip(".").lower()
    return None if bare.rpartition(".")[2].isdigit() else _suffixes().privatesuffix(bare)
