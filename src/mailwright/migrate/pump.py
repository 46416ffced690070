"""The pump: one folder from one connection into another, through one buffer.

Several questions and several transactions are on their way at once. What the destination acknowledges is written down;
a transaction that it refuses is halved until the message is found that it does not take.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, NoReturn, TypeVar

from mailwright import wire
from mailwright.core import Outcome, Reason
from mailwright.migrate.append import Message, Sent, Writer
from mailwright.migrate.fetch import Body, Meta, Reader
from mailwright.migrate.journal import Folder, Journal, Placed
from mailwright.migrate.side import sequence_set

BATCH_BYTES = 4 * 1024 * 1024
BATCH_MESSAGES = 256
AHEAD = 3  # questions on their way beside the one that is being answered
PAGE = 2000
HELD = 64 * 1024
# A refusal that has nothing to do with the message (RFC 5530).
_OF_THE_FOLDER = frozenset({"TRYCREATE", "NONEXISTENT", "NOPERM", "UNAVAILABLE", "INUSE", "THROTTLED"})
OVER_ALL = 2**33
T = TypeVar("T")
Keep = Callable[[Meta], tuple[tuple[str, ...], str]]


class Broken(Exception):
    """A connection is of no use any more: "source" or "destination", and how. `opening`: it never came about."""

    def __init__(self, side: str, error: wire.WireError, *, opening: bool = False) -> None:
        self.side = side
        self.opening = opening
        self.error = error
        super().__init__(f"{side}: {error}")


class Stopped(Exception):
    """Somebody asked for a stop; everything that was sent is settled."""


class Refused(Exception):
    """The server does not let us do what the folder needs; it is of no use to ask again."""

    def __init__(self, side: str, error: wire.WireError) -> None:
        self.side = side
        self.error = error
        super().__init__(f"{side}: {error}")


class Full(Exception):
    """The destination takes nothing more of this mailbox: what it said."""

    def __init__(self, answer: wire.imap_parse.Response) -> None:
        self.answer = answer
        super().__init__(answer.text)


@dataclass(slots=True)
class Progress:
    """What has happened so far: messages and bytes that are there, bytes that went through, and the rest."""

    messages: int = 0
    bytes: int = 0
    through: int = 0
    failed: int = 0
    adopted: int = 0


@dataclass(slots=True)
class Job:
    """One folder to be copied.

    `keep`: flags and date as the destination stores them; `too_big`: bytes, 0 for any; `most`: messages, 0 for all.
    """

    journal: Journal
    folder: Folder
    keep: Keep
    too_big: int = 0
    newest: bool = False
    most: int = 0
    batch_messages: int = BATCH_MESSAGES
    batch_bytes: int = BATCH_BYTES
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = field(default_factory=Progress)


class Pump:
    """Run it once. `reader` has the folder open; `line` may write to it, under the name `mailbox` as IMAP spells it."""

    def __init__(self, reader: Reader, line: wire.bulk.Line, mailbox: str, job: Job) -> None:
        self._reader = reader
        self._writer = Writer(line, mailbox, self._answered, (job.batch_messages, job.batch_bytes))
        self._job = job
        self._flying: dict[int, Meta] = {}
        self._again: list[list[Meta]] = []
        self._missing: set[int] = set()
        self._tight = False
        self._full: wire.imap_parse.Response | None = None

    def run(self) -> None:
        """Copy whatever waits. Raises Broken, Stopped or Full; what was acknowledged is written down in any case."""
        batches = self._batches()
        while True:
            self._tight = False
            self._carry(batches, new=True)
            tight = self._tight
            while self._again:
                again, self._again = self._again, []
                self._carry(iter(again), new=False)
            if not tight:
                break
        self._account()

    def _batches(self) -> Iterator[list[Meta]]:
        """What waits, in the order in which it arrived, cut into questions."""
        job, batch, size = self._job, list[Meta](), 0
        for meta in self._waiting():
            if job.too_big and meta.size > job.too_big:
                self._fail(meta.uid, f"TOOBIG {meta.size} > {job.too_big}")
                continue
            if batch and (size + meta.size > job.batch_bytes or len(batch) >= job.batch_messages):
                yield batch
                batch, size = [], 0
            batch.append(meta)
            size += meta.size
        if batch:
            yield batch

    def _waiting(self) -> Iterator[Meta]:
        job = self._job
        after = OVER_ALL if job.newest else 0
        while page := job.journal.waiting(job.folder, after, job.most or PAGE, newest=job.newest):
            after = page[-1].uid
            yield from page
            if job.most:
                return

    def _account(self) -> None:
        """What the source was asked for and did not send: gone meanwhile, or it cannot be read."""
        missing, journal, folder = self._missing, self._job.journal, self._job.folder
        if not missing:
            return
        with _at("source"):
            still = {uid for uid, _ in self._reader.flags(sequence_set(missing))}
        journal.gone(folder, missing - still)
        for uid in sorted(missing & still):
            self._fail(uid, "UNREADABLE")

    def _carry(self, batches: Iterator[list[Meta]], *, new: bool) -> None:
        """Ask for batch after batch, the next ones before one is through, and send what comes.

        Not `new`: what was refused, each batch asked for alone and a transaction of its own.
        """
        with closing(_Turns()) as turns:
            self._ask(batches, turns, new=new)
        with _at("destination"):
            self._writer.settle()
        if self._full is not None:
            raise Full(self._full)
        if self._job.stop.is_set():
            raise Stopped

    def _ask(self, batches: Iterator[list[Meta]], turns: _Turns, *, new: bool) -> None:
        ahead = AHEAD if new else 0
        asked: dict[bytes, list[Meta]] = {}
        answers = _from_source(self._reader.answers())
        while True:
            while len(asked) <= ahead and not self._ending(new=new) and (batch := next(batches, None)):
                with _at("source"):
                    asked[self._reader.ask(sequence_set(meta.uid for meta in batch))] = batch
                turns.expect(batch)
            if not asked:
                break
            tag = self._next(answers, turns)
            if tag is None:
                continue
            self._missing |= turns.end(asked.pop(tag, []))
            self._put_all(turns)
            if not new:
                with _at("destination"):
                    self._writer.finish()

    def _next(self, answers: Iterator[Body | bytes], turns: _Turns) -> bytes | None:
        """Send the next message that comes; or the tag of a question that is through."""
        try:
            answer = next(answers)
            if not isinstance(answer, Body):
                return answer
            meta = turns.came(answer.uid)
            if meta is None:
                return None
            if turns.is_next(meta):
                self._put(meta, answer)
                self._put_all(turns)
            else:
                turns.hold(meta, replace(answer, pieces=_from_source(answer.pieces)))
        except Broken as broken:
            if broken.side == "source":
                # What has been sent whole is answered yet: it need not be in doubt.
                with suppress(wire.WireError):
                    self._writer.abandon()
            raise
        return None

    def _put_all(self, turns: _Turns) -> None:
        """Send what was held back and has its turn now."""
        for meta, body in turns.due():
            self._put(meta, body)

    def _ending(self, *, new: bool) -> bool:
        return self._full is not None or self._job.stop.is_set() or (new and self._tight)

    def _put(self, meta: Meta, body: Body) -> None:
        if not body.size:
            # A literal of nothing takes back the whole APPEND (RFC 3502), and Dovecot waits for more behind it.
            self._fail(meta.uid, "EMPTY")
            return
        flags, date = self._job.keep(meta)
        message = Message(flags, date, hashlib.sha256(), binary=body.binary)
        self._flying[meta.uid] = meta
        with _at("destination"):
            stopped = self._writer.put(meta.uid, body.size, self._through(body), message)
            if stopped is None:
                return
            self._writer.finish()
        del self._flying[meta.uid]
        if stopped.answer is not None and stopped.answer.code in _OF_THE_FOLDER:
            self._unwilling(stopped.answer)
        if stopped.letters:
            # It may be this message or another one that is not wanted: it is tried alone, and the others without it.
            self._again.append([meta])
        else:
            self._refused(meta, stopped.answer)

    def _through(self, body: Body) -> Iterator[memoryview]:
        progress = self._job.progress
        for piece in _from_source(body.pieces):
            progress.through += len(piece)
            yield piece

    def _answered(self, sent: Sent) -> None:
        """The destination has decided about a transaction."""
        metas = [self._flying.pop(letter.uid) for letter in sent.letters]
        if sent.good:
            told = sent.uids()
            uids: list[int] | list[None] = told[1] if told else [None] * len(metas)
            letters = zip(sent.letters, uids, strict=True)
            self._job.journal.placed(self._job.folder, [Placed(one.uid, uid, one.digest) for one, uid in letters])
            self._job.progress.messages += len(metas)
            self._job.progress.bytes += sum(letter.size for letter in sent.letters)
        elif sent.answer is not None and sent.answer.code in _OF_THE_FOLDER:
            self._unwilling(sent.answer)
        elif len(metas) > 1:
            # Whatever comes next would be refused as well: first it is seen what fits.
            self._tight = self._tight or _is_full(sent.answer)
            half = len(metas) // 2
            self._again += [metas[:half], metas[half:]]
        elif metas:
            self._refused(metas[0], sent.answer)

    def _unwilling(self, answer: wire.imap_parse.Response) -> NoReturn:
        said = self._writer.line.session.said(answer.reply())
        raise Refused("destination", wire.WireError(Outcome.NO, Reason.REFUSED, reply=said))

    def _refused(self, meta: Meta, answer: wire.imap_parse.Response | None) -> None:
        assert answer is not None
        if _is_full(answer):
            self._full = answer
        else:
            self._fail(meta.uid, f"{answer.code or answer.kind} {answer.text}")

    def _fail(self, uid: int, why: str) -> None:
        self._job.journal.failed(self._job.folder, uid, why)
        self._job.progress.failed += 1


class _Turns:
    """The order in which messages are to arrive.

    A server may answer several questions side by side (Dovecot does when it cannot get rid of what it has): what comes
    before its turn is held back in a file.
    """

    def __init__(self) -> None:
        self._order: deque[int] = deque()
        self._wanted: dict[int, Meta] = {}
        self._held: dict[int, tuple[Meta, Body, IO[bytes]]] = {}

    def expect(self, batch: list[Meta]) -> None:
        """They are asked for; a server sends them by their UIDs."""
        self._order += sorted(meta.uid for meta in batch)
        self._wanted |= {meta.uid: meta for meta in batch}

    def came(self, uid: int) -> Meta | None:
        """The message, if it was asked for and has not come yet."""
        return self._wanted.pop(uid, None)

    def is_next(self, meta: Meta) -> bool:
        """True when nothing has to be sent before it; its turn is over then."""
        good = self._order[0] == meta.uid
        if good:
            self._order.popleft()
        return good

    def hold(self, meta: Meta, body: Body) -> None:
        """Keep it until it is its turn."""
        file: IO[bytes] = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115  # closed when its turn is over
        file.writelines(body.pieces)
        file.seek(0)
        pieces = (memoryview(piece) for piece in iter(partial(file.read, HELD), b""))
        self._held[meta.uid] = meta, replace(body, pieces=pieces), file

    def end(self, batch: list[Meta]) -> set[int]:
        """A question is through: those of its messages that did not come."""
        missing = {meta.uid for meta in batch if self._wanted.pop(meta.uid, None)}
        if missing:
            self._order = deque(uid for uid in self._order if uid not in missing)
        return missing

    def due(self) -> Iterator[tuple[Meta, Body]]:
        """What was held back, as long as it is its turn."""
        while self._order and self._order[0] in self._held:
            meta, body, file = self._held.pop(self._order.popleft())
            with file:
                yield meta, body

    def close(self) -> None:
        """Nothing more is sent."""
        for _, _, file in self._held.values():
            file.close()


def _is_full(answer: wire.imap_parse.Response | None) -> bool:
    """True when there is no room; Cyrus and Courier have no code for it."""
    return answer is not None and (answer.code == "OVERQUOTA" or "quota" in answer.text.lower())


@contextmanager
def _at(side: str) -> Iterator[None]:
    try:
        yield
    except wire.WireError as error:
        raise Broken(side, error) from error


def _from_source(items: Iterable[T]) -> Iterator[T]:
    iterator = iter(items)
    while True:
        with _at("source"):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item
