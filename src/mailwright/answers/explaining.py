"""A pasted error text: what it means, as values and as the document of explain.schema.json."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailwright import book, diagnose, texts
from mailwright.answers import document as base
from mailwright.answers import remedy
from mailwright.answers import told as telling
from mailwright.core import Candidate, Cause, Finding, Json, Meaning, Protocol, Severity

SCHEMA = 1
SHOWN = 2000
"""Characters of the text that are repeated."""
FINE = "fine"
MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Explained:
    """A text and what was understood of it. `text` and all of `meaning`: with nothing secret left in them.

    `named`: the server or domain in the text by which the provider is known; "" where it was said, or is not known.
    """

    text: str
    meaning: Meaning
    protocol: Protocol | None = None
    host: str = ""
    provider: book.Provider | None = None
    causes: tuple[Cause, ...] = ()
    named: str = ""

    @property
    def fine(self) -> bool:
        """True for what is no error at all."""
        return self.meaning.how == FINE

    @property
    def about(self) -> str:
        """What it is about ("size", "spam", "sent", "file", …) where the account has no part in it; else ""."""
        return self.meaning.about if self.meaning.how == MESSAGE else ""

    @property
    def unknown(self) -> bool:
        """True when no cause is known, and it is no success either."""
        return not self.causes and not self.fine

    @property
    def candidate(self) -> Candidate | None:
        """What the book knows of the provider."""
        return remedy.of_provider(self.provider) if self.provider is not None else None

    def told(self, words: texts.Words, cause: Cause) -> texts.FindingText:
        """What there is to say about a cause."""
        finding = Finding(cause.id, cause.severity, cause.who, cause.params, cause.protocol)
        return remedy.text(words, finding, self.candidate)


def understood(
    pasted: str | bytes,
    shelf: book.Book,
    *,
    protocol: Protocol | None = None,
    host: str = "",
    provider: book.Provider | None = None,
) -> Explained:
    """Ask the table of replies. Whose words they are may also be told by the words themselves."""
    replies = book.Replies.load()
    read = book.unwrapped(pasted)
    named = ""
    if provider is None and not host:
        named, host, provider = _named(read, shelf)
    vendor = replies.vendor_of(host=host, provider=provider.id if provider is not None else "")
    wants = diagnose.bare_refusal(remedy.of_provider(provider)) if provider is not None else ""
    meaning = _safe(replies.meaning(pasted, protocol=protocol, vendor=vendor, wants=wants))
    if meaning.about and meaning.how != FINE:
        meaning = replace(meaning, how=MESSAGE, causes=(), row="", source="")
    if provider is None and meaning.vendor:
        provider = _of_vendor(replies, shelf, meaning.vendor)
    shown = _shown(read)
    protocol = protocol or book.said(read).protocol
    causes = diagnose.explain(meaning, protocol=protocol, provider=provider, host=host, text=shown)
    return Explained(shown, meaning, protocol, host, provider, causes, named)


def _named(text: str, shelf: book.Book) -> tuple[str, str, book.Provider | None]:
    """By what name a text names a provider, its server if it is one, and the provider; only if it is the only one."""
    servers, domains = book.places(text)
    for names, known in ((servers, shelf.by_host), (domains, shelf.by_domain)):
        found = {name: provider for name in names if (provider := known(name)) is not None}
        if len({provider.id for provider in found.values()}) == 1:
            name, provider = next(iter(found.items()))
            return name, name if names is servers else "", provider
        if found:
            break
    return "", "", None


def _safe(meaning: Meaning) -> Meaning:
    """A link may hold a password, too."""
    params = ((name, book.hidden(value) if isinstance(value, str) else value) for name, value in meaning.params)
    return replace(meaning, params=tuple(params))


def _shown(read: str) -> str:
    """The text on one line, as it may be repeated: hidden before the lines are joined, and once more after that."""
    safe = book.hidden(read)
    return (book.hidden(book.said(safe).text) or " ".join(safe.split()))[:SHOWN]


def _of_vendor(replies: book.Replies, shelf: book.Book, vendor: str) -> book.Provider | None:
    """The provider behind a vendor, if there is but one, or one that gave it its name."""
    ids = [id for id in shelf.ids() if replies.vendor_of(provider=id) == vendor]
    found = ids[0] if len(ids) == 1 else vendor
    return shelf.get(found) if found in ids else None


def told(words: texts.Words, one: Explained, cause: Cause) -> telling.Told:
    """A cause in full, with how likely it is."""
    text, sure = one.told(words, cause), telling.sureness(cause.confidence)
    share = words.say("explain.share", sure=words.say(f"sure.{sure}"), percent=round(cause.confidence * 100))
    lines = (("odds", share), ("why", text.why), ("wait", text.wait), ("fix", text.fix))
    who = words.say(f"who.{cause.who.value}")
    return telling.Told(
        cause.id,
        _sign(cause, sure),
        text.title,
        tuple((label, line) for label, line in lines if line),
        text.steps,
        words.say("explain.minutes", who=who, minutes=text.minutes) if text.minutes else who,
    )


def _sign(cause: Cause, sure: str) -> str:
    """What is only possible is not told like a fact, and what is likely not like a question."""
    if sure == "possible":
        return "unknown"
    return "warn" if cause.severity is Severity.UNKNOWN else telling.SIGNS[cause.severity]


def document(one: Explained) -> dict[str, Json]:
    """The document of explain.schema.json."""
    meaning = one.meaning
    return {
        "schema": SCHEMA,
        "text": one.text,
        "protocol": one.protocol.value if one.protocol is not None else None,
        "vendor": meaning.vendor,
        "provider": one.provider.id if one.provider is not None else None,
        "how": meaning.how,
        "row": meaning.row,
        "source": meaning.source,
        "params": dict(meaning.params),
        **({"about": one.about} if one.about else {}),
        **({"named": one.named} if one.named else {}),
        "unknown": one.unknown and not one.about,
        "causes": [_cause(one, cause) for cause in one.causes],
    }


def _cause(one: Explained, cause: Cause) -> Json:
    return {
        "id": cause.id,
        "confidence": round(cause.confidence, 3),
        "who": cause.who.value,
        "severity": cause.severity.value,
        "params": dict(cause.params),
        "text": {code: base.finding_text(one.told(texts.Words(code), cause)) for code in texts.LANGUAGES},
    }
