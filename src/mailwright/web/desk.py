"""The help desk's list: many addresses, the settings of each, no password anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import secrets
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailwright import setup, texts
from mailwright.core import BadInput, EmailAddress, Problem, registrable_domain, to_unicode
from mailwright.web import asking
from mailwright.web.jobs import LIFETIME
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from mailwright.web.jobs import Jobs
    from mailwright.web.options import Options

MOST_ROWS = 2000
MOST_BYTES = 1 << 20
MOST_LISTS = 20
MOST_AT_ONCE = 2
"""Lists of one client that are worked on at the same time."""
RETRY_SECONDS = 30.0
MOST_PARTS = 8
MOST_HEAD = 4096
JOBS = 16
SECONDS = 600.0
_PLAIN_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = re.compile(r'multipart/form-data\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAMED = re.compile(rb'^content-disposition:[^\r\n]*?;[ \t]*name="?([^";\r\n]*)', re.IGNORECASE | re.MULTILINE)
_NESTED = re.compile(rb"^content-type:[ \t]*multipart", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Listed:
    """One list and what has been found out of it."""

    rows: tuple[setup.rows.Row, ...]
    client: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    born: float = field(default_factory=time.monotonic)
    records: list[setup.saved.Record] = field(default_factory=list)
    # What each record looks like, by language: made once for everybody who looks.
    looks: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    over: bool = False
    problem: Problem | None = None
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Something is new."""
        self.bell.set()
        self.bell = asyncio.Event()


class Desk:
    """Lists in memory, a few at a time."""

    def __init__(self, options: Options, jobs: Jobs) -> None:
        self._options, self._jobs = options, jobs
        self._lists: OrderedDict[str, Listed] = OrderedDict()
        self._running: Counter[str] = Counter()

    def get(self, id: str) -> Listed | None:
        """The list of that id, while it is kept."""
        for old in [one.id for one in self._lists.values() if one.born < time.monotonic() - LIFETIME]:
            del self._lists[old]
        return self._lists.get(id)

    def admit(self, client: str) -> None:
        """Raises Refusal when it is busy, or when enough lists of this client are being worked on."""
        if self._running[client] >= MOST_AT_ONCE:
            raise Refusal(429, Problem("web.lists", most=MOST_AT_ONCE), retry=RETRY_SECONDS)
        self._jobs.admit(full=len(self._lists) >= MOST_LISTS and not any(one.over for one in self._lists.values()))

    def start(self, rows: tuple[setup.rows.Row, ...], client: str) -> Listed:
        """Begin. Raises Refusal as `admit` does."""
        self.admit(client)
        self._running[client] += 1
        while len(self._lists) >= MOST_LISTS:
            # One's own before anybody else's, and never one that is being worked on.
            over = [one for one in self._lists.values() if one.over]
            del self._lists[min(over, key=lambda one: one.client != client).id]
        listed = Listed(rows, client)
        self._lists[listed.id] = listed
        self._jobs.spawn(self._work(listed), lambda problem: self._ended(listed, client, problem))
        return listed

    def _ended(self, listed: Listed, client: str, problem: Problem | None) -> None:
        self._running -= Counter({client: 1})  # one that has come to nothing is forgotten
        listed.problem = listed.problem or problem
        listed.over = True
        listed.ring()

    async def _work(self, listed: Listed) -> None:
        options = self._options
        try:
            async with self._jobs.slots, asyncio.timeout(SECONDS), self._jobs.worlds.world() as world:
                bulk = setup.bulk.Bulk(options.shelf.providers, world, jobs=JOBS, options=options.discovery)
                async for record in bulk.records(listed.rows):
                    listed.records.append(record)
                    listed.ring()
        except Problem as problem:
            listed.problem = problem
        except TimeoutError:
            listed.problem = Problem("web.too_long")


def parsed(raw: bytes) -> tuple[setup.rows.Row, ...]:
    """The rows of a list. Raises BadInput."""
    if not raw.strip():
        raise BadInput("web.list_empty")
    with _held(raw) as path:
        rows = tuple(islice(setup.rows.read(path, texts.headers()), MOST_ROWS + 1))
    if not rows:
        raise BadInput("web.list_empty")
    if len(rows) > MOST_ROWS:
        raise BadInput("web.list_long", most=MOST_ROWS)
    return rows


def targets(rows: tuple[setup.rows.Row, ...], most: int) -> Counter[str]:
    """Whose servers will be asked, and for how many domains of theirs: each is looked for by itself.

    Raises BadInput("web.list_domains") where one has more than `most`.
    """
    made = Counter(registrable_domain(name) or name for name in dict.fromkeys(map(_domain, rows)) if name)
    for whose, count in made.most_common(1):
        if count > most:
            raise BadInput("web.list_domains", domain=to_unicode(whose), count=count, most=most)
    return made


def _domain(row: setup.rows.Row) -> str:
    try:
        return EmailAddress.parse(row.text).domain
    except BadInput:
        return ""


@contextlib.contextmanager
def _held(raw: bytes) -> Iterator[Path]:
    """The list as a file: in memory where the system can do that, else one that is gone at once."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("list"), "wb") as file:
            file.write(raw)
            file.flush()
            yield Path(f"/proc/self/fd/{file.fileno()}")
        return
    with TemporaryDirectory(prefix="mailwright-") as folder:
        path = Path(folder) / "list"
        path.write_bytes(raw)
        yield path


def uploaded(body: bytes, content_type: str) -> bytes:
    """The file or the text of a form (RFC 7578, WHATWG URL §5). Raises BadInput for what is none."""
    if content_type.partition(";")[0].strip().lower() == _PLAIN_FORM:
        return "\n".join(asking.form(body).get("text", ())).encode()  # of a file it has the name alone
    named = _BOUNDARY.match(content_type)
    if named is None:
        raise BadInput("web.list_form")
    cut = b"\r\n--" + (named[1] or named[2]).encode("latin-1", "replace")
    # Split here: the standard library's parser takes seconds over nothing but boundaries.
    _, *parts = (b"\r\n" + body).split(cut, MOST_PARTS + 1)
    if len(parts) > MOST_PARTS:
        raise BadInput("web.form")
    raw = dict(_part(part) for part in parts if not part.startswith(b"--"))
    return next((value for name in (b"file", b"text") if (value := raw.get(name, b"")).strip()), b"")


def _part(part: bytes) -> tuple[bytes, bytes]:
    """Its name and its content. Raises BadInput("web.form") for what has parts of its own."""
    head, _, value = part.partition(b"\r\n\r\n")
    if len(head) > MOST_HEAD or _NESTED.search(head):
        raise BadInput("web.form")
    named = _NAMED.search(head)
    return (named[1] if named is not None else b""), value


def as_csv(listed: Listed) -> bytes:
    """What was found so far, for a spreadsheet."""
    text = io.StringIO()
    saved = setup.saved.Saved(None, "csv", text)
    for record in listed.records:
        saved.add(record)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")
