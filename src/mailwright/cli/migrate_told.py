"""What a move has to say: while it goes on, at its end, and to programs."""

from __future__ import annotations

import json as formats
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailwright import answers, migrate, texts, wire
from mailwright.cli.main import Exit
from mailwright.cli.screen import Screen
from mailwright.core import Json

if TYPE_CHECKING:
    from mailwright.cli.migrate_sides import Unproved

SCHEMA = 1
MOST_NAMED = 20
MOST_FAILURES = 10_000
HONEST_SECONDS = 5.0
HONEST_PART = 0.02
BAD = frozenset({migrate.mailbox.Fate.REFUSED, migrate.mailbox.Fate.FULL, migrate.mailbox.Fate.BROKEN})
SIGNS = {
    migrate.mailbox.Fate.UNCHANGED: "none",
    migrate.mailbox.Fate.DONE: "ok",
    migrate.mailbox.Fate.STOPPED: "unknown",
}
FOLDER_FIX = {
    migrate.mailbox.Fate.REFUSED: "fix.refused_folder",
    migrate.mailbox.Fate.FULL: "fix.full",
    migrate.mailbox.Fate.BROKEN: "fix.broken",
}
# What stands first in a failure, by what it is called here.
CLASSES = {
    "TOOBIG": "too_big",
    "LIMIT": "too_big",
    "UNREADABLE": "unreadable",
    "source": "broke",
    "destination": "broke",
}


@dataclass(frozen=True, slots=True)
class Job:
    """From where to where, both without secrets, and the command that goes on."""

    source: str
    destination: str
    command: str


@dataclass(slots=True)
class Result:
    """A pass, or what the journal knows of those before (no `rows`)."""

    job: Job
    journal: migrate.journal.Journal
    rows: Sequence[migrate.mailbox.Row] = ()
    plan: migrate.names.Plan = field(default_factory=lambda: migrate.names.Plan(()))
    losses: migrate.keeping.Losses = field(default_factory=migrate.keeping.Losses)
    stopped: bool = False

    @property
    def failed(self) -> int:
        """Messages that could not be copied."""
        return self.journal.counts().get(migrate.journal.State.FAILED, (0, 0))[0]

    @property
    def troubled(self) -> int:
        """Folders that did not come through."""
        return sum(row.fate in BAD for row in self.rows)

    @property
    def next(self) -> str:
        """The key of the next step."""
        waiting = self.journal.counts().get(migrate.journal.State.WAITING, (0, 0))[0]
        if self.stopped or waiting or self.troubled:
            return "again"
        return "failed" if self.failed else "compare"


class Live:
    """Progress on a terminal; elsewhere a line for each folder."""

    def __init__(self, screen: Screen, move: migrate.mailbox.Move, *, json: bool) -> None:
        self._screen, self._move, self._json = screen, move, json
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._all: tuple[int, int] | None = None
        self._last = ""

    def ready(self) -> None:
        """All folders have been looked at."""
        self._all = self._move.journal.counts().get(migrate.journal.State.WAITING, (0, 0))
        self._begun = time.monotonic()

    def through(self, row: migrate.mailbox.Row) -> None:
        """A folder has come to its end in this pass."""
        self._last = shown(row.source)
        if row.fate is migrate.mailbox.Fate.UNCHANGED or self._json:
            return
        with self._lock:
            self._screen.clear()
            self._screen.note("migrate.line", text=_row_text(self._screen.words, row))

    def tick(self, now: float) -> None:
        """Show how far it is."""
        if self._json:
            return
        words, progress, seconds = self._screen.words, self._move.progress, now - self._begun
        if self._all is None:
            text = words.move("live.looking", folder=self._last)
        else:
            count, total = self._all
            rate = progress.bytes / seconds if seconds > 0 else 0.0
            text = words.move(
                "live",
                done=progress.messages,
                all=count,
                bytes=size(progress.bytes),
                total=size(total),
                rate=size(rate),
            )
            if seconds >= HONEST_SECONDS and total and progress.bytes >= HONEST_PART * total:
                text += words.move("live.left", span=words.span(max(0.0, total - progress.bytes) / rate))
        with self._lock:
            self._screen.progress(text)


def shown(name: str) -> str:
    """A folder's name for people."""
    return migrate.mutf7.decode(name.encode("latin-1", "replace")).text


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def kind_of(why: str) -> str:
    """The class of a failure."""
    head, _, rest = why.partition(" ")
    low = rest.lower()
    if "too large" in low or "too big" in low or "maximum size" in low:
        return "too_big"
    return CLASSES.get(head, "refused")


def _row_text(words: texts.Words, row: migrate.mailbox.Row) -> str:
    return words.move(f"row.{row.fate.value}", source=shown(row.source), destination=shown(row.destination))


def show(screen: Screen, result: Result, *, json: bool) -> None:
    """The end of a pass, or where it stands."""
    if json:
        screen.document(_json(result))
        return
    words, counts = screen.words, result.journal.counts()
    there = [counts.get(state, (0, 0)) for state in (migrate.journal.State.COPIED, migrate.journal.State.ADOPTED)]
    for row in result.rows:
        if row.fate in BAD:
            screen.headline("bad", _row_text(words, row))
            screen.paragraph("  ", words.move("said", said=row.said))
            screen.paragraph("  ", words.move(FOLDER_FIX[row.fate]))
    _failures(screen, result)
    _lost(screen, result)
    waiting = counts.get(migrate.journal.State.WAITING, (0, 0))[0]
    bad = result.failed or result.troubled
    screen.headline(
        "bad" if bad else "unknown" if result.stopped or waiting else "ok",
        words.move(
            "total",
            messages=sum(count for count, _ in there),
            bytes=size(sum(total for _, total in there)),
            folders=len(result.journal.folders()),
        ),
    )
    for key, count in (("waiting", waiting), ("failed", result.failed), ("troubled", result.troubled)):
        if count:
            screen.data("  " + words.move(f"total.{key}", count=count))
    _next(screen, result.job, result.next)


def _next(screen: Screen, job: Job, key: str) -> None:
    head, _, rest = job.command.partition(" migrate ")
    check = f"{head} migrate compare {rest}"
    retry = f"{job.command} --retry-failed" if "--retry-failed" not in job.command else job.command
    screen.paragraph("", screen.words.move(f"next.{key}", again=job.command, compare=check, retry=retry))


def _failures(screen: Screen, result: Result) -> None:
    words, kinds = screen.words, Counter[str]()
    for folder, uid, why in result.journal.failures(MOST_FAILURES):
        kind = kind_of(why)
        kinds[kind] += 1
        if sum(kinds.values()) <= MOST_NAMED:
            screen.headline(
                "bad", words.move("message", folder=shown(folder), uid=uid, kind=words.move(f"kind.{kind}"))
            )
            screen.paragraph("  ", words.move("said", said=why))
    for kind in kinds:
        screen.paragraph("  ", words.move(f"fix.{kind}"))


def _lost(screen: Screen, result: Result) -> None:
    _lost_flags(screen, result.losses)
    for one in result.plan.folders:
        for note in one.notes:
            there = shown(one.destination or "")
            screen.paragraph("  ", screen.words.move(str(note), source=shown(one.source), destination=there))
        if one.destination is None and str(one.why) != "migrate.folder.container":
            screen.paragraph("  ", screen.words.move(str(one.why), source=shown(one.source), destination=""))
    for name in result.plan.unused:
        screen.paragraph("  ", screen.words.move("unused", folder=name))


def _lost_flags(screen: Screen, losses: migrate.keeping.Losses) -> None:
    for (reason, flag), count in losses.lost.most_common(MOST_NAMED):
        screen.paragraph("  ", screen.words.move(reason, flag=flag, count=count))


def planned(
    screen: Screen,
    job: Job,
    found: tuple[migrate.names.Plan, Mapping[str, tuple[int, int]], migrate.keeping.Losses],
    *,
    json: bool,
) -> None:
    """What would be done."""
    plan, sizes, losses = found
    messages, total = (sum(one[at] for one in sizes.values()) for at in (0, 1))
    if json:
        rows = [_folder_json(one, sizes.get(one.source, (0, 0))) for one in plan.folders]
        screen.document(_document(job, rows, _totals(messages=messages, bytes=total), losses))
        return
    for one in plan.folders:
        count, size_ = sizes.get(one.source, (0, 0))
        there = shown(one.destination) if one.destination is not None else "–"
        screen.row(
            "none" if one.destination is None else "ok",
            "",
            f"{shown(one.source)} → {there}",
            screen.words.move("plan.row", messages=count, bytes=size(size_)) if one.destination else "",
        )
    job_ = Result.__new__(Result)
    job_.plan, job_.losses = plan, losses
    _lost(screen, job_)
    screen.headline("ok", screen.words.move("plan.total", messages=messages, bytes=size(total), folders=len(sizes)))
    _next(screen, job, "start")


def compared(screen: Screen, one: migrate.compare.Compared) -> None:
    """A folder, held against the source."""
    words = screen.words
    names_ = {"source": shown(one.source), "destination": shown(one.destination)}
    screen.headline("ok" if one.good else "bad", words.move("compared", same=one.same, **names_))
    for what in ("missing", "altered", "flags", "dates", "order", "waiting"):
        if count := getattr(one, what):
            uids = ", ".join(map(str, one.named.get(what, [])))
            screen.paragraph("  ", words.move(f"compared.{what}", count=count, uids=uids))


def verdict(screen: Screen, job: Job, found: Sequence[migrate.compare.Compared], *, json: bool) -> None:
    """All of them."""
    good = bool(found) and all(one.good for one in found)
    same = sum(one.same for one in found)
    if json:
        fields = ("same", "missing", "altered", "flags", "dates", "order", "waiting")
        rows: list[Json] = [
            {
                "source": shown(one.source),
                "destination": shown(one.destination),
                "good": one.good,
                **{name: getattr(one, name) for name in fields},
                "named": {key: list(uids) for key, uids in one.named.items()},
            }
            for one in found
        ]
        _put(screen, job, {"good": good, "compared": rows})
        return
    screen.headline("ok" if good else "bad", screen.words.move("verdict.good" if good else "verdict.bad", same=same))
    _next(screen, job, "switch" if good else "again")


def unreached(screen: Screen, job: Job, side: str, error: wire.WireError, *, json: bool) -> int:
    """A side does not let us in, or cannot be reached; the exit code."""
    words = screen.words
    said = str(error.reply) if error.reply is not None else words.say(f"reason.{error.reason.value}")
    if json:
        _put(screen, job, {"unreached": {"side": side, "reason": error.reason.value, "said": said}})
    else:
        key = "migrate.refused" if error.reply is not None else "migrate.unreached"
        screen.clear()
        screen.say(key, side=words.move(f"side.{side or 'one'}"), said=said, command=job.command)
    return Exit.BROKEN if error.reply is not None else Exit.UNKNOWN


def unproved(job: Job, why: Unproved) -> str:
    """The document when a side's settings were not found or do not work."""
    made = formats.loads(answers.document.as_json(why.result, trace=False))
    return _text(job, {"unproved": {"side": why.side, "setup": made}})


def _json(result: Result) -> str:
    counts, tally = result.journal.counts(), migrate.counting.tally(result.journal)
    fates = {row.source: row for row in result.rows}
    mapped = {one.source: one for one in result.plan.folders}
    failures: dict[str, list[Json]] = {}
    for name, uid, why in result.journal.failures(MOST_FAILURES):
        failures.setdefault(name, []).append({"uid": uid, "class": kind_of(why), "said": why})
    rows: list[Json] = []
    for folder in result.journal.folders():
        states, row, one = tally.get(folder.id, {}), fates.get(folder.source), mapped.get(folder.source)
        there = [states.get(state, (0, 0)) for state in (migrate.journal.State.COPIED, migrate.journal.State.ADOPTED)]
        rows.append(
            {
                "source": shown(folder.source),
                "destination": shown(folder.destination),
                "why": str(one.why) if one else "migrate.folder.earlier",
                "notes": [str(note) for note in one.notes] if one else [],
                "fate": row.fate.value if row else None,
                "said": row.said if row else "",
                "messages": sum(count for count, _ in there),
                "bytes": sum(total for _, total in there),
                "waiting": states.get(migrate.journal.State.WAITING, (0, 0))[0],
                "failed": failures.get(folder.source, []),
            }
        )
    known = {folder.source for folder in result.journal.folders()}
    rows += [_folder_json(one, (0, 0)) for one in result.plan.folders if one.source not in known]
    there = [counts.get(state, (0, 0)) for state in (migrate.journal.State.COPIED, migrate.journal.State.ADOPTED)]
    totals = _totals(
        messages=sum(count for count, _ in there),
        bytes=sum(total for _, total in there),
        waiting=counts.get(migrate.journal.State.WAITING, (0, 0))[0],
        failed=result.failed,
    )
    return _document(result.job, rows, totals, result.losses, step=result.next)


def _totals(*, messages: int, bytes: int, waiting: int = 0, failed: int = 0) -> Json:
    return {"messages": messages, "bytes": bytes, "waiting": waiting, "failed": failed}


def _folder_json(one: migrate.names.Mapped, count: tuple[int, int]) -> Json:
    return {
        "source": shown(one.source),
        "destination": None if one.destination is None else shown(one.destination),
        "why": str(one.why),
        "notes": [str(note) for note in one.notes],
        "fate": None,
        "said": "",
        "messages": count[0],
        "bytes": count[1],
        "waiting": 0,
        "failed": [],
    }


def _document(job: Job, rows: list[Json], totals: Json, losses: migrate.keeping.Losses, *, step: str = "start") -> str:
    lost: list[Json] = [{"reason": reason, "flag": flag, "count": n} for (reason, flag), n in losses.lost.most_common()]
    return _text(job, {"folders": rows, "totals": totals, "losses": lost, "next": step})


def _text(job: Job, more: dict[str, Json]) -> str:
    made = {"schema": SCHEMA, "source": job.source, "destination": job.destination, **more}
    return formats.dumps(made, ensure_ascii=False, indent=2)


def _put(screen: Screen, job: Job, more: dict[str, Json]) -> None:
    screen.document(_text(job, more))
