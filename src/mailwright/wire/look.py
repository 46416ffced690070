"""One server, over and over: each connection is brought to where TLS begins, and used for one question."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.core import Endpoint, Outcome, Reason, Security, Stage, TlsTarget
from mailwright.wire import lookshake, tls
from mailwright.wire.dial import dial
from mailwright.wire.driver import Driver
from mailwright.wire.errors import WireError
from mailwright.wire.lookgreet import quick, whole
from mailwright.wire.lookhello import MAX_FLIGHT, TLS12, Flight, Offer, client_hello, parse
from mailwright.wire.peek import sni
from mailwright.wire.record import Recorder
from mailwright.wire.stream import Stream

if TYPE_CHECKING:
    from mailwright.wire.settings import Settings
    from mailwright.wire.world import World

# A server that waits for us says nothing; its greeting is seldom later than this.
GREETING_SECONDS = 4.0
ANSWER_SECONDS = 8.0
# What any server that speaks TLS answers, if only with an alert.
_COMMON = (0x1301, 0x1302, 0xC02F, 0xC02B, 0xC030, 0xC013, 0xC014, 0x009C, 0x002F, 0x0035)
_GROUPS = (0x001D, 0x0017, 0x0018)


class Doorstep:
    """Makes connections to one target. `address`: where they all lead, after first().

    `quickest`: seconds that a connection took at best, 0 before the first.
    """

    def __init__(self, world: World, target: TlsTarget, recorder: Recorder) -> None:
        self._world = world
        self._target = target
        self._recorder = recorder
        self._context: ssl.SSLContext = tls.looking()
        self._settings: Settings = world.settings
        self._where = (target.host, target.port)
        self._offered = asyncio.Event()
        self._quick = True
        self.connections = 0
        self.quickest = 0.0
        self.address = ""

    async def first(self) -> Stream:
        """The first connection, before anything is said. Raises WireError with its stage."""
        stream = await self._dialled(self._recorder)
        self._settle()
        return stream

    async def greet(self, stream: Stream) -> None:
        """The first one up to where TLS begins. Raises WireError with its stage; the stream is closed then."""
        if self._target.starttls is None:
            return
        try:
            await self._asked_for_tls(stream, self._recorder, self._greeting_seconds)
        except BaseException:
            stream.close()
            raise

    async def open(self) -> Stream:
        """One more, the short way where the server goes along with that. Raises WireError."""
        quiet = Recorder(self._recorder.subject)
        stream = await self._dialled(quiet)
        starttls = self._target.starttls
        if starttls is None:
            return stream
        short = self._quick
        try:
            await self._offered.wait()
            if short:
                driver = Driver(stream, quiet, self._context, self._target.host, self._settings.reply_seconds)
                await driver.run(quick(starttls))
            else:
                await self._asked_for_tls(stream, quiet, self._settings.reply_seconds)
        except WireError as error:
            stream.close()
            if not short or error.outcome is Outcome.TIMEOUT:
                raise
        except BaseException:
            stream.close()
            raise
        else:
            return stream
        self._quick = False
        return await self.open()

    async def _asked_for_tls(self, stream: Stream, recorder: Recorder, seconds: float) -> None:
        """STARTTLS with all the manners of the protocol."""
        assert self._target.starttls is not None
        endpoint = Endpoint(self._target.starttls, self._target.host, self._target.port, Security.STARTTLS)
        driver = Driver(stream, recorder, self._context, self._target.host, seconds)
        await driver.run(whole(endpoint, self._offered.set))
        if not stream.idle():
            # Before the handshake nothing may come (RFC 3207 §5).
            injected = bool(await stream.read_some())
            reason = Reason.STARTTLS_INJECTION if injected else Reason.CLOSED
            raise WireError(Outcome.STOPPED if injected else Outcome.FAILED, reason, stage=Stage.TLS)

    async def ask(self, stream: Stream, offer: Offer, *, whole: bool = False) -> Flight:
        """The answer to a ClientHello; `whole`: up to where the server waits for us. Closes the stream."""
        got = bytearray()
        try:
            async with asyncio.timeout(min(ANSWER_SECONDS, self._settings.reply_seconds)):
                await stream.write(client_hello(replace(offer, name=sni(self._target.name))))
                return await _flight(stream, got, whole=whole)
        except TimeoutError:
            pass
        except WireError as error:
            return _ended(bytes(got), "reset" if error.reason is Reason.CONNECT_RESET else "closed")
        finally:
            stream.close()
        return parse(bytes(got))

    async def handshake(self, stream: Stream) -> lookshake.Shake:
        """A whole handshake as a client of today does it. Closes the stream. Raises WireError."""
        try:
            async with asyncio.timeout(min(ANSWER_SECONDS, self._settings.reply_seconds)):
                return await lookshake.shake(stream, sni(self._target.name))
        except TimeoutError as error:
            raise WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT, stage=Stage.TLS) from error
        finally:
            stream.close()

    async def what_instead(self) -> Flight:
        """What a port does on a ClientHello from the first byte on; what it says by itself counts too."""
        stream = await self._dialled(Recorder(self._recorder.subject))
        return await self.ask(stream, Offer(TLS12, _COMMON, groups=_GROUPS))

    @property
    def _greeting_seconds(self) -> float:
        return min(GREETING_SECONDS, self._settings.reply_seconds)

    async def _dialled(self, recorder: Recorder) -> Stream:
        self.connections += 1
        clock = asyncio.get_running_loop().time
        began = clock()
        stream = await dial(self._settings, self._world.dns, self._where, recorder)
        self.quickest = min(self.quickest or 3600.0, clock() - began)
        return stream

    def _settle(self) -> None:
        """From now on the same address: behind one name there may be servers that differ."""
        done = [s for s in self._recorder.trace().steps if s.kind == Stage.CONNECT and s.outcome is Outcome.OK]
        if self._settings.proxy is not None or not done:
            return
        self.address = str(done[-1].fact("address"))
        self._where = self.address, int(done[-1].fact("port") or 0)
        self._settings = replace(self._settings, reroutes=())


async def _flight(stream: Stream, got: bytearray, *, whole: bool) -> Flight:
    """Read into `got` until it is enough, or the server hangs up."""
    while len(got) < MAX_FLIGHT:
        data = await stream.read_some()
        if not data:
            return _ended(bytes(got), "closed")
        got += data
        flight = parse(bytes(got))
        if flight.done or (flight.accepted and not whole):
            return flight
    return parse(bytes(got))


def _ended(got: bytes, how: str) -> Flight:
    flight = parse(got)
    return replace(flight, kind=how, done=True) if flight.kind == "silent" else replace(flight, done=True)
