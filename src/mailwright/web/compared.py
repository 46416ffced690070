"""What was typed into a mail program beside what belongs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import answers, setup
from mailwright.core import Endpoint, Security

if TYPE_CHECKING:
    from mailwright import texts


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of a mail program: what was typed there, and what belongs there. `mended`: that as a form has it."""

    name: str
    label: str
    typed: str
    right: str
    mended: str

    @property
    def same(self) -> bool:
        """It was typed right."""
        return self.typed.strip().lower() == self.right.lower()


def compared(words: texts.Words, examined: setup.Examined) -> tuple[Compared, ...]:
    """Field by field, if a server was typed and something else belongs there: as the cure says, else as was found."""
    typed, result = examined.examination.typed, examined.result
    protocol = setup.protocol_of(typed)
    right = next((one for one in answers.said.services(result) if one.protocol is protocol), None)
    if right is None or typed.host is None:
        return ()
    place, user = _cured(examined, right.endpoint.value), answers.said.username(result, right)
    rows = (
        ("host", typed.host, place.host),
        ("port", typed.port, place.port),
        ("security", typed.security, place.security),
        ("username", typed.username, user),
    )
    made = tuple(
        Compared(name, words.page(f"form.{name}"), _worded(words, was), _worded(words, is_), str(is_))
        for name, was, is_ in rows
        if was is not None
    )
    return made if not all(one.same for one in made) else ()


def _cured(examined: setup.Examined, found: Endpoint) -> Endpoint:
    """What the first cure that names a server says to type."""
    for finding in examined.result.findings:
        host, port, security = (finding.param(f"right_{name}") for name in ("host", "port", "security"))
        if finding.protocol is found.protocol and host and port and security:
            return Endpoint(found.protocol, str(host), int(port), Security(str(security)))
    return found


def _worded(words: texts.Words, value: str | int) -> str:
    return words.say(f"security.{value.value}") if isinstance(value, Security) else str(value)
