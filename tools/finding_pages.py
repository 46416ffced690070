"""docs/findings: one page for each finding, made from texts, causes, replies and the book.

    ./mw pages           # write them
    ./mw pages --check   # say which are not what they would be; 1 if any

Both languages stand on one page. The same inputs give the same bytes.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mailwright import book, texts
from mailwright.core import Finding, Fixer, SecretKind, Severity, Sign
from mailwright.diagnose import causes
from mailwright.texts import filling, words

ROOT = Path(__file__).parent.parent
FOLDER = "docs/findings"
REPLIES = "src/mailwright/book/replies"
HEADINGS = {"zh": "中文", "en": "English"}
MOST_REPLIES, MOST_SIGNS, MOST_RELATED, LONGEST = 10, 5, 6, 160
LEAST_WEIGHT = 9.0
RANKS = "LSABC"
"""Confidence of a reply, the best first."""
SECRETS = {
    "auth.app_password": {SecretKind.APP_PASSWORD, SecretKind.SEPARATE_PASSWORD, SecretKind.BRIDGE_PASSWORD},
    "auth.authcode": {SecretKind.AUTHORIZATION_CODE},
    "auth.oauth_only": {SecretKind.OAUTH2},
}
SWITCHES = {"auth.protocol_off_user": "off", "auth.protocol_off_admin": "admin"}


@dataclass(frozen=True, slots=True)
class Said:
    """A reply of the table. `vendor`: whose words they are; `causes`: ranked; `rank`: 0 is the best attested.

    `client`: a mail program said it, not a server.
    """

    vendor: str
    protocols: tuple[str, ...]
    text: str
    causes: tuple[str, ...]
    rank: int
    client: bool


def pages() -> dict[str, str]:
    """Every page by its name."""
    made = {f"{id}.md": page(id) for id in words.finding_ids()}
    return {"README.md": index(), **made}


def page(id: str) -> str:
    """One page."""
    parts = [f"# {id}", " · ".join(f"[{name}](#{name.lower()})" for name in HEADINGS.values())]
    for language in HEADINGS:
        parts += told(language, id)
    parts += replies(id)
    parts += at_providers(id)
    parts += related(id)
    return "\n\n".join(parts) + "\n"


def told(language: str, id: str) -> Iterator[str]:
    """What, why, how to recognise it, who and how, in one language."""
    said = texts.Words(language)
    text = said.finding(example(language, id))
    yield f"## {HEADINGS[language]}"
    yield f"**{plain(text.title)}**"
    yield plain(text.why)
    signs = recognised(said, id)
    if signs:
        yield f"### {said.phrase('page.recognise')}"
        yield "\n".join(f"- {plain(sign)}" for sign in signs)
    who = fixer(id)
    if who is not None:
        yield f"### {said.phrase('page.who')}"
        yield plain(said.phrase("who.minutes", who=said.say(f"who.{who.value}"), minutes=text.minutes))
    yield from (plain(more) for more in (text.wait, text.ask) if more)
    yield f"### {said.phrase('page.steps')}"
    yield plain(text.fix)
    if len(text.steps) > 1:
        yield "\n".join(f"{number}. {plain(step)}" for number, step in enumerate(text.steps, start=1))


def example(language: str, id: str) -> Finding:
    """A finding of which nothing is known; what its texts cannot do without stands in angle quotation marks."""
    row = words.entry(language, id)
    bare = Finding(id, Severity.ERROR, Fixer.YOU)
    if filling.said(row["title"], {}) and filling.said(row["fix"], {}):
        return bare
    names = sorted({name for part in row.values() for name in named(part)})
    return Finding(id, Severity.ERROR, Fixer.YOU, tuple((name, f"‹{name}›") for name in names))


def named(part: object) -> Iterator[str]:
    """The placeholders of a part."""
    if isinstance(part, str):
        yield from filling.mentioned(part)
    elif isinstance(part, list):
        for below in part:
            yield from named(below)


def recognised(said: texts.Words, id: str) -> list[str]:
    """What speaks for it most, beside the server's words."""
    if not causes.known(id):
        return []
    supports = causes.entry(id).supports
    best = sorted(supports, key=lambda sign: (-supports[sign], sign))
    telling = [said.sign(Sign(sign)) for sign in best if supports[sign] >= LEAST_WEIGHT]
    return list(dict.fromkeys(telling))[:MOST_SIGNS]


def fixer(id: str) -> Fixer | None:
    """Who can mend it, None where that depends."""
    return causes.entry(id).who if causes.known(id) else None


def replies(id: str) -> Iterator[str]:
    """The words of servers and programs that mean it, the surest first, one of each vendor before a second."""
    meaning = [said for said in table() if id in said.causes]
    if not meaning:
        return
    seen: Counter[str] = Counter()
    ranked: list[tuple[bool, bool, int, int, str, Said]] = []
    for said in sorted(meaning, key=lambda said: (said.causes.index(id), said.rank, said.vendor, said.text)):
        place = (said.causes.index(id) > 0, said.client, seen[said.vendor], said.rank, said.vendor)
        ranked.append((*place, said))
        seen[said.vendor] += 1
    shown = [row[-1] for row in sorted(ranked, key=lambda row: row[:-1])[:MOST_REPLIES]]
    yield both("page.replies", level=2)
    yield "\n".join([*head(("product", "protocol", "words", "else")), *(_reply(id, said) for said in shown)])


def _reply(id: str, said: Said) -> str:
    text = " ".join(said.text.split())
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    also = ", ".join(f"[{other}]({other}.md)" for other in said.causes if other != id)
    return f"| {said.vendor} | {' '.join(said.protocols).upper()} | {code(short)} | {also} |"


def head(columns: tuple[str, ...]) -> list[str]:
    """The head of a table, in both languages."""
    names = [
        " / ".join(texts.Words(language).phrase(f"page.column.{column}") for language in HEADINGS) for column in columns
    ]
    return [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]


def at_providers(id: str) -> Iterator[str]:
    """The providers where it is done in their own way, with their page and their facts."""
    rows = [row for provider in providers() for row in _at(id, provider)]
    if rows:
        yield both("page.providers", level=2)
        yield "\n".join([*head(("provider", "what", "page")), *rows])


def _at(id: str, provider: book.Provider) -> Iterator[str]:
    help_ = provider.secret.value if provider.secret is not None else None
    if help_ is not None and help_.kind in SECRETS.get(id, ()):
        yield _row(provider, " / ".join(dict.fromkeys((help_.name["zh"], help_.name["en"]))), help_.page)
    for switch in (row.value for row in provider.switch_on):
        if switch.default == SWITCHES.get(id):
            yield _row(provider, " ".join(p.value.upper() for p in switch.protocols), switch.page)
    if id == "auth.client_id" and provider.needs_id is not None and provider.needs_id.value:
        yield _row(provider, "IMAP ID", provider.web)
    if id == "host.wrong_cluster":
        wrong = [
            f"{code(host)} → {code(row.meant)}"
            for row in provider.wrong_hosts
            for host in row.typed
            if others(host, provider.id)
        ]
        if wrong:
            yield _row(provider, ", ".join(wrong), "")


def _row(provider: book.Provider, what: str, where: str) -> str:
    name = " / ".join(dict.fromkeys((provider.name["zh"], provider.name["en"])))
    facts = f"[{provider.id}](../../src/mailwright/book/providers/{provider.id}.toml)"
    return f"| {plain(name)} ({facts}) | {what.replace('|', chr(92) + '|')} | {f'<{where}>' if where else ''} |"


def related(id: str) -> Iterator[str]:
    """What is taken for it, or may be meant in its place."""
    near: Counter[str] = Counter()
    for said in table():
        if id in said.causes and not said.client:
            near.update(other for other in said.causes if other != id)
    if causes.known(id):
        own = causes.entry(id).supports
        near.update({e.id: len(set(own) & set(e.supports)) for e in causes.TABLE if e.id != id})
    best = sorted((-count, other) for other, count in near.items() if count > 0)[:MOST_RELATED]
    if best:
        yield both("page.related", level=2)
        yield "\n".join(f"- [{other}]({other}.md) {plain(titles(other))}" for _, other in best)


def index() -> str:
    """All pages, family by family."""
    lines = ["# Findings", *(texts.Words(language).phrase("page.index") for language in HEADINGS)]
    for name in words.families("en"):
        rows = [
            f"| [{id}]({id}.md) | {plain(title('zh', id))} | {plain(title('en', id))} |"
            for id in words.family("en", f"findings/{name}")
        ]
        lines += [f"## {name}", "\n".join(["| id | 中文 | English |", "|---|---|---|", *rows])]
    return "\n\n".join(lines) + "\n"


def titles(id: str) -> str:
    """The title in both languages."""
    return f"{title('zh', id)} / {title('en', id)}"


def title(language: str, id: str) -> str:
    """The title where nothing is known."""
    return texts.Words(language).finding(example(language, id)).title


def both(key: str, *, level: int) -> str:
    """A heading in both languages."""
    return f"{'#' * level} {' / '.join(texts.Words(language).phrase(key) for language in HEADINGS)}"


def plain(text: str) -> str:
    """Text that Markdown leaves as it is, but for code between backquotes."""
    pieces = text.split("`")
    for at in range(0, len(pieces), 2):
        for sign in "\\*_<|":
            pieces[at] = pieces[at].replace(sign, f"\\{sign}")
    return "`".join(pieces)


def code(text: str) -> str:
    """Text as code in a cell of a table."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}"


@lru_cache(maxsize=1)
def table() -> tuple[Said, ...]:
    """All replies, file by file."""
    found = []
    for path in sorted((ROOT / REPLIES).glob("*.toml")):
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in rows.get("reply", ()):
            vendor = row.get("vendor", rows.get("vendor", ""))
            rank = RANKS.index(row["confidence"])
            client = row.get("stage") == "client"
            found.append(Said(vendor, tuple(row["protocols"]), row["say"], tuple(row["causes"]), rank, client))
    return tuple(found)


@lru_cache(maxsize=1)
def providers() -> tuple[book.Provider, ...]:
    """The shipped book, by id."""
    return tuple(p for id in shelf().ids() if (p := shelf().get(id)) is not None)


@lru_cache(maxsize=1)
def shelf() -> book.Book:
    """The shipped book."""
    return book.Book()


def others(host: str, id: str) -> bool:
    """True when the host is a real server of another provider."""
    return any(provider.id != id for provider in shelf().naming(host))


def stale(folder: Path) -> list[str]:
    """Pages that are missing, changed or too many."""
    there = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    made = pages()
    return sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))


def write(folder: Path) -> None:
    """All pages, and none that is no longer one."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write or check."""
    folder = ROOT / FOLDER
    if "--check" not in arguments:
        write(folder)
        return 0
    old = stale(folder)
    print("".join(f"{FOLDER}/{name}: not what `./mw pages` makes\n" for name in old), end="")
    return bool(old)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
