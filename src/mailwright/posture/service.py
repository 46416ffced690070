"""One look: from the first connection to what was told put together, within one time limit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage, TlsLook, TlsTarget
from mailwright.posture import instead, questions
from mailwright.posture.gathered import Gathered, put_together
from mailwright.posture.pool import MOST_OPEN, Pool

# Called with the number of questions that have had their answer.
Progress = Callable[[int], None]
SECONDS = 30.0


def _silent(number: int) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Asked:
    progress: Progress
    number: int = 0

    def __call__(self) -> None:
        self.number += 1
        self.progress(self.number)


async def look(
    target: TlsTarget, world: wire.World, *, progress: Progress = _silent, seconds: float = SECONDS
) -> TlsLook:
    """A close look at `target`; never longer than `seconds`, and never raises for what the network does."""
    loop = asyncio.get_running_loop()
    began, recorder = loop.time(), wire.Recorder(str(target))
    step = wire.look.Doorstep(world, target, recorder)
    try:
        async with asyncio.timeout(seconds):
            pool = await _begun(step, progress, starttls=target.starttls is not None)
    except TimeoutError:
        late = wire.WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT, stage=Stage.CONNECT)
        return await _no_tls(target, step, late, loop.time() - began)
    except wire.WireError as error:
        return await _no_tls(target, step, error, loop.time() - began)
    found = Gathered()
    try:
        async with asyncio.timeout(seconds - (loop.time() - began)):
            await questions.every(pool, found)
            await questions.issuer(world, target, found, step.address)
    except (TimeoutError, wire.WireError):
        found.partial = True
    finally:
        await pool.close()
    if not found.spoken:
        silent = wire.WireError(Outcome.FAILED, Reason.TLS_NOT_SPOKEN, stage=Stage.TLS)
        return await _no_tls(target, step, silent, loop.time() - began)
    return put_together(
        target, found, address=step.address, took=loop.time() - began, connections=step.connections,
        ca_file=world.settings.ca_file,
    )  # fmt: skip


async def _begun(step: wire.look.Doorstep, progress: Progress, *, starttls: bool) -> Pool:
    """The first connection at where TLS begins, and others on their way. Raises WireError."""
    stream = await step.first()
    pool = Pool(step, _Asked(progress), starttls=starttls)
    pool.open_ahead(MOST_OPEN - 1)
    try:
        await step.greet(stream)
    except BaseException:
        await pool.close()
        raise
    pool.give(stream)
    return pool


async def _no_tls(target: TlsTarget, step: wire.look.Doorstep, error: wire.WireError, took: float) -> TlsLook:
    """Where it ended, and what the port speaks if it speaks at all."""
    speaks, banner, reason = "", "", error.reason
    if error.stage not in (Stage.RESOLVE, Stage.CONNECT, Stage.PROXY):
        if error.reply is not None and not error.reply.status:
            banner = error.reply.text
        with contextlib.suppress(wire.WireError, TimeoutError):
            flight = await step.what_instead()
            speaks, said = instead.spoken(flight)
            banner = banner or said
        if target.starttls is not None and speaks == "tls":
            reason = Reason.NOT_THE_PROTOCOL
    return TlsLook(
        target, error.outcome, error.stage or Stage.TLS, reason, speaks, banner[:200],
        address=step.address, took=took, connections=step.connections,
    )  # fmt: skip
