"""`mailwright book show|search|lint`."""

from __future__ import annotations

import json
from pathlib import Path

from mailwright import book
from mailwright.cli import reach
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen, pad
from mailwright.core import BadInput, plain, to_unicode


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    actions = {"show": _show, "search": _search, "lint": _lint}
    return actions[arguments.action](arguments, screen)


def _show(arguments: Arguments, screen: Screen) -> int:
    provider = book.Book(reach.own_book(arguments)).get(arguments.id)
    if provider is None:
        raise BadInput("book.unknown", id=arguments.id[:80])
    if arguments.json:
        screen.document(json.dumps(plain(provider), ensure_ascii=False, indent=2))
        return Exit.WORKS
    words, language = screen.words, screen.words.language
    screen.data(screen.paint(f"{provider.name[language]}  ({provider.id}, {provider.country})", "bold"))
    screen.data(words.say(f"book.status.{provider.status}") + (f"  {provider.web}" if provider.web else ""))
    _line(screen, "book.domains", ", ".join(to_unicode(d) for d in provider.domains))
    _line(screen, "book.mx", ", ".join(provider.mx))
    for entry in provider.endpoints:
        text = f"{entry.host}:{entry.port}  {words.say(f'security.{entry.security.value}')}  {entry.username}"
        _line(screen, f"fill.{entry.protocol.value}", f"{text}  {entry.note.get(language, '')}".rstrip())
        _origin(screen, entry.origin.sources, str(entry.origin.checked), entry.origin.confidence.value)
    _secret(screen, provider)
    for switch in (row.value for row in provider.switch_on):
        protocols = "/".join(p.value.upper() for p in switch.protocols)
        _line(screen, "book.enable", f"{protocols}: {words.say(f'book.default.{switch.default}')}  {switch.page}")
        _numbered(screen, switch.steps[language])
    if provider.needs_id is not None and provider.needs_id.value:
        screen.data(f"  {words.say('book.needs_id')}")
    if provider.oauth is not None:
        _line(screen, "book.oauth", f"{provider.oauth.value.issuer}  {' '.join(provider.oauth.value.scopes)}")
    for wrong in provider.wrong_hosts:
        _line(screen, "book.wrong", f"{', '.join(wrong.typed)} → {wrong.meant}")
    for note in provider.notes:
        _line(screen, "book.note", note[language])
    return Exit.WORKS


def _secret(screen: Screen, provider: book.Provider) -> None:
    if provider.secret is None:
        return
    help_, language = provider.secret.value, screen.words.language
    _line(screen, "book.secret", f"{help_.name[language]}  {help_.page}".rstrip())
    _numbered(screen, help_.steps[language])


def _line(screen: Screen, key: str, text: str) -> None:
    if text:
        screen.data(f"  {pad(screen.words.say(key), 18)}{text}")


def _origin(screen: Screen, sources: tuple[str, ...], checked: str, confidence: str) -> None:
    text = f"{screen.words.say('book.sources')}: {'; '.join(sources)} ({checked}, {confidence})"
    screen.data(f"  {' ' * 18}{screen.paint(text, 'dim')}")


def _numbered(screen: Screen, steps: tuple[str, ...]) -> None:
    for number, step in enumerate(steps, start=1):
        screen.data(f"  {' ' * 18}{number}. {step}")


def _search(arguments: Arguments, screen: Screen) -> int:
    found = book.Book(reach.own_book(arguments)).search(arguments.word)
    if arguments.json:
        rows = [{"id": p.id, "name": p.name, "country": p.country, "domains": list(p.domains)} for p in found]
        screen.document(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for provider in found:
            domains = ", ".join(to_unicode(d) for d in provider.domains[:4])
            more = " …" if len(provider.domains) > 4 else ""
            screen.data(f"{pad(provider.id, 26)}{pad(provider.name[screen.words.language], 34)}{domains}{more}")
        if not found:
            screen.note("book.none")
    return Exit.WORKS if found else Exit.BROKEN


def _lint(arguments: Arguments, screen: Screen) -> int:
    folder = Path(arguments.folder) if arguments.folder else None
    if folder is not None and not folder.is_dir():
        raise BadInput("book.no_folder", folder=str(folder))
    problems = book.problems(folder) if folder else book.problems()
    if arguments.json:
        rows = [{"id": p.id, "params": p.params, "say": screen.words.problem(p).say} for p in problems]
        screen.document(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            text = screen.words.problem(problem)
            screen.data(f"{text.say}\n  {screen.words.say('hint')}{text.next}")
        if problems:
            screen.note("book.lint.bad", problems=len(problems))
        else:
            files = len(list((folder or book.FOLDER).glob("*.toml")))
            screen.note("book.lint.ok", files=files)
    return Exit.BROKEN if problems else Exit.WORKS
