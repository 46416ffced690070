"""What a person can choose about a lab, and the way progress is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How to build the lab.

    `network`: on loopback, or servers and client in two network namespaces (root only) with
    `delay_ms` one way and `loss_percent` between them. `servers`: "auto" takes what is
    installed and unpacks the rest, "unpacked" ignores what is installed, "embedded" uses
    Python stand-ins only. `dovecot`: "" takes what there is, "2.4" brings Debian 13's.
    `cache`: where packages are unpacked (None: the user's cache folder). `faults`: ids; with
    any, it is a lab in which these things are wrong, each in a domain of its own.
    """

    network: Literal["loopback", "namespace"] = "loopback"
    delay_ms: float = 0
    loss_percent: float = 0
    servers: Literal["auto", "unpacked", "embedded"] = "auto"
    dovecot: Literal["", "2.3", "2.4"] = ""
    cache: Path | None = None
    faults: tuple[str, ...] = ()


class Progress(Protocol):
    """Called with an event's name ("fetch", "starting", "ready", …) and its facts."""

    def __call__(self, event: str, **facts: str | float) -> None:
        """Take note of it."""


def silent(event: str, **facts: str | float) -> None:
    """A Progress that tells nobody."""
