"""What the fuzzer calls, one function for each kind of input.

Started by run.py in a process of its own: `python target.py NAME SEEDS …`. A target lets
through what its parser may raise; anything else stops the fuzzer with the input that did it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # absent on some systems

sys.path[:0] = [str(Path(__file__).parents[2] / "src")]

with atheris.instrument_imports(include=["mailwright"]):
    from mailwright.core import Auth, BadInput, Channel, EmailAddress, Endpoint, Protocol, Secret, Security, Source
    from mailwright.discover import clientconfig, markup, pox, saying
    from mailwright.wire import TALKS, Session, WireError
    from mailwright.wire.buffer import Buffer
    from mailwright.wire.talk import Effect, ReadBytes, ReadLine, Talk

ADDRESS = EmailAddress.parse("me@example.org")


def conversation(protocol: Protocol) -> Callable[[bytes], None]:
    """Greets, signs in by whatever is offered, looks and leaves, on what the fuzzer says."""
    talks = TALKS[protocol]
    more = (ADDRESS,) if protocol is Protocol.SMTP else ()

    def one(data: bytes) -> None:
        # The first byte chooses how we sign in.
        choice, buffer = data[:1], Buffer()
        buffer.feed(data[1:])
        auth = (Auth.ENCRYPTED_PASSWORD if choice > b"\x7f" else Auth.PASSWORD,)
        session = Session(Endpoint(protocol, "mail.example.org", 993, Security.TLS))
        try:
            spoken(talks.greet(session), buffer)
            spoken(talks.sign_in(session, "mé", Secret("wörd"), auth, token=choice == b"t"), buffer)
            spoken(talks.look(session, *more), buffer)
        except (WireError, EOFError):
            pass

    return one


def spoken(talk: Talk[object], buffer: Buffer) -> None:
    """Run one conversation; EOFError when the input is over."""
    answer: bytes | None = None
    try:
        while True:
            answer = heard(talk.send(answer), buffer)
    except StopIteration:
        return
    finally:
        talk.close()


def heard(effect: Effect, buffer: Buffer) -> bytes | None:
    """What an effect is answered with."""
    if not isinstance(effect, ReadLine | ReadBytes):
        return None
    found = buffer.line(effect.limit) if isinstance(effect, ReadLine) else buffer.take(effect.count)
    if found is None:
        raise EOFError
    return found


def autoconfig(data: bytes) -> None:
    """The two formats of XML that servers give settings in."""
    query = SimpleNamespace(address=ADDRESS, vouched=lambda host: False)
    said = saying.Saying(cast("Any", query), Source.AUTOCONFIG, "https://autoconfig.example.org", Channel.HTTPS)
    for parse in (clientconfig.parse, lambda body, said: pox.parse(body, said, pox.Asked(ADDRESS, ADDRESS.wire))):
        with contextlib.suppress(markup.HostileError, markup.NotMarkupError):
            parse(data, said)


def address(data: bytes) -> None:
    """Whatever is typed as an address is read or refused, and what was read can be read again."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(64)
    for typed in (text, f"{text}@example.org", f"li@{text}"):
        with contextlib.suppress(BadInput):
            read = EmailAddress.parse(typed)
            assert EmailAddress.parse(str(read)) == read, read


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{str(protocol): conversation(protocol) for protocol in Protocol},
    "autoconfig": autoconfig,
    "address": address,
}


def main() -> None:
    """Fuzz the target named first; the rest is for libFuzzer."""
    program, name, *rest = sys.argv
    atheris.Setup([program, *rest], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
