"""A text that was explained, for people: what was read, what it means, and how we know."""

from __future__ import annotations

from mailwright import answers, texts
from mailwright.cli import causes
from mailwright.cli.screen import Screen, cut, width

COLUMNS = 300
"""Of the text at most; of a longer one its beginning and its end."""
_END = 100
LEVEL = 1.6
"""When the first cause is less than this many times as likely as the second, a question has to decide."""


def show(screen: Screen, one: answers.explaining.Explained) -> None:
    """All of it, to stdout."""
    words = screen.words
    screen.paragraph(causes.lead(words, "read"), brief(one.text))
    if one.fine:
        _remark(screen, "ok", (words.say("explain.fine"), words.say("explain.fine.why")), ("diagnose",))
        return
    if one.about:
        _message(screen, one)
        return
    if one.unknown:
        known = one.protocol is not None and bool(one.host or one.provider)
        steps = ("whole", "diagnose") if known else ("whole", "where", "diagnose")
        _remark(screen, "unknown", (words.say("explain.unknown"), words.say("explain.unknown.why")), steps)
        return
    _causes(screen, one)
    _beside(screen, one)


def brief(text: str) -> str:
    """`text` in at most COLUMNS columns: what went wrong stands at the beginning or at the end."""
    if len(text) <= COLUMNS and width(text) <= COLUMNS:
        return text
    end = text[-_END:]
    while width(end) > _END:
        end = end[1:]
    return f"{cut(text[:COLUMNS], COLUMNS - _END - 3)} … {end}"


def _remark(screen: Screen, sign: str, said: tuple[str, str], steps: tuple[str, ...]) -> None:
    """There is no cause to tell: say so and why, and what can be done."""
    words = screen.words
    screen.data("")
    screen.headline(sign, said[0])
    screen.paragraph(causes.lead(words, "why"), said[1])
    for number, step in enumerate(steps, start=1):
        screen.paragraph(f"       {number}. ", words.say(f"explain.try.{step}"))


def _message(screen: Screen, one: answers.explaining.Explained) -> None:
    """It is about one message: what that means, what to do, and how we know."""
    words, key = screen.words, f"explain.message.{one.about}"
    screen.data("")
    screen.headline("ok" if one.about == "greylist" else "warn", words.say(key))
    screen.paragraph(causes.lead(words, "why"), words.say(f"{key}.why"))
    screen.paragraph(causes.lead(words, "fix"), words.say(f"{key}.do"))
    screen.data("")
    screen.paragraph(causes.lead(words, "basis"), screen.paint(words.say("explain.message.basis"), "dim"))


def _causes(screen: Screen, one: answers.explaining.Explained) -> None:
    """The first in full, a few others in a line each, and the question that decides."""
    words = screen.words
    first, *others = one.causes
    causes.show(screen, answers.explaining.told(words, one, first))
    for cause in others[: answers.told.MOST_OTHERS]:
        percent = round(cause.confidence * 100)
        text = words.say("explain.other", cause=words.cause(cause.id), percent=percent, id=cause.id)
        screen.paragraph(causes.lead(words, "others"), text)
    question = _question(words, one)
    if question:
        screen.paragraph(causes.lead(words, "decide"), question)


def _question(words: texts.Words, one: answers.explaining.Explained) -> str:
    """What tells the first two apart, "" if they are not level or no question does."""
    first, *others = one.causes
    if not others or first.confidence >= LEVEL * others[0].confidence:
        return ""
    asked = (one.told(words, cause).ask for cause in (first, others[0]))
    return next((question for question in asked if question), "")


def _beside(screen: Screen, one: answers.explaining.Explained) -> None:
    """What was read out of the text, and how we know."""
    words, params = screen.words, dict(one.meaning.params)
    screen.data("")
    wait = params.get("wait")
    if isinstance(wait, int | float) and wait >= 1:
        screen.paragraph(causes.lead(words, "found"), words.say("explain.wait", span=words.span(wait)))
    for name in ("link", "address"):
        if params.get(name):
            screen.paragraph(causes.lead(words, "found"), str(params[name]))
    screen.paragraph(causes.lead(words, "basis"), screen.paint(_basis(words, one), "dim"))


def _basis(words: texts.Words, one: answers.explaining.Explained) -> str:
    meaning = one.meaning
    if meaning.row:
        said = words.say("explain.row", row=meaning.row, source=meaning.source)
    else:
        said = words.say(f"explain.by.{meaning.how}")
    if not one.named or one.provider is None:
        return said
    name = one.provider.name[words.language]
    return words.listed((said, words.say("explain.named", named=one.named, provider=name)))
