"""Runs a conversation over a stream and writes its trace."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mailwright.core import Outcome, Reason, Stage, TlsFacts
from mailwright.wire.buffer import decode
from mailwright.wire.errors import WireError
from mailwright.wire.record import OpenStep, Recorder
from mailwright.wire.stream import Stream
from mailwright.wire.talk import Begin, Effect, End, ReadBytes, ReadLine, Send, StartTls, Talk

T = TypeVar("T")


@dataclass(slots=True)
class Driver:
    """One conversation's stream, trace and limits.

    `reply_seconds`: how long everything that answers one command may take (some servers delay
    a refused login for 20 s); `most_bytes`: what the other side may send in all.
    """

    stream: Stream
    recorder: Recorder
    context: ssl.SSLContext
    server_name: str
    reply_seconds: float = 30.0
    most_bytes: int = 8 * 1024 * 1024
    _until: float = 0.0

    async def run(self, talk: Talk[T]) -> T:
        """The conversation's result. Raises WireError with the stage it broke off at."""
        step: OpenStep | None = None
        self._wait_anew()
        try:
            effect = next(talk)
            while True:
                if isinstance(effect, Begin):
                    step = self.recorder.step(effect.stage)
                effect = (await self._done(talk, effect, step))()
        except StopIteration as done:
            result: T = done.value
            return result
        except WireError as error:
            _close(step, error)
            # What the frames below hold was sent or received: a traceback that shows locals would show a password.
            error.__cause__ = error.__context__ = None
            raise error.with_traceback(None) from None
        finally:
            talk.close()
            if step is not None:
                step.end(Outcome.CANCELLED)

    async def _done(self, talk: Talk[T], effect: Effect, step: OpenStep | None) -> Callable[[], Effect]:
        """How the conversation goes on; it hears of errors too, as it may know better what they mean."""
        try:
            return partial(talk.send, await self._do(effect, step))
        except WireError as error:
            return partial(talk.throw, error)

    async def _do(self, effect: Effect, step: OpenStep | None) -> bytes | None:
        match effect:
            case Send():
                self._note_sent(effect, step)
                self._wait_anew()
                await self._timed(self.stream.write(effect.data))
            case ReadLine(limit):
                return self._received(await self._timed(self.stream.read_line(limit)), step)
            case ReadBytes(count):
                return self._received(await self._timed(self.stream.read_bytes(count)), step)
            case StartTls():
                self._wait_anew()
                facts = await self._timed(self.stream.start_tls(self.context, self.server_name))
                note_tls(step, facts)
            case End(outcome, facts_seen) if step is not None:
                step.end(outcome, **dict(facts_seen))
        return None

    def _note_sent(self, effect: Send, step: OpenStep | None) -> None:
        text = "\r\n".join(map(decode, effect.data.rstrip(b"\r\n").split(b"\r\n")))
        if effect.shown is not None:
            self.recorder.hide_sent(text)
        if step is None:
            return
        for line in (effect.shown if effect.shown is not None else text).split("\r\n"):
            step.line("C", line)

    def _received(self, data: bytes, step: OpenStep | None) -> bytes:
        self.most_bytes -= len(data)
        if self.most_bytes < 0:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
        if step is not None:
            step.line("S", decode(data))
        return data

    def _wait_anew(self) -> None:
        # Counted from our last word, not from their last line: untagged responses could go on for days.
        self._until = asyncio.get_running_loop().time() + self.reply_seconds

    async def _timed(self, doing: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self._until):
                return await doing
        except TimeoutError as error:
            raise WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT) from error


def _close(step: OpenStep | None, error: WireError) -> None:
    if step is None:
        return
    if error.stage is None:
        error.stage = Stage(step.kind)
    step.end(error.outcome, reason=str(error.reason))


def note_tls(step: OpenStep | None, facts: TlsFacts) -> None:
    """Put what the handshake showed into the step."""
    if step is not None:
        step.note(tls=facts.version, cipher=facts.cipher, group=facts.group, verified=facts.verified)
