"""A server that hung up once and takes the same handshake a moment later: too busy, and nothing else is wrong with it."""

from __future__ import annotations

import pytest

from mailwright.core import LookKind, Reason, Severity, Stage
from tests.diagnose.examined import beside, judged
from tests.diagnose.situations import HERE, stopped

HELD = ("seclevel0", "legacy", "tls1.2_max", "no_sni")


def first(reason: Reason, *rungs: str) -> tuple[str, Severity]:
    looks = tuple(beside(HERE, LookKind.LADDER, with_=rung) for rung in rungs)
    cause = judged(stopped(reason, Stage.TLS, looks=looks)).causes[0]
    return cause.id, cause.severity


@pytest.mark.parametrize("reason", [Reason.CLOSED, Reason.CONNECT_RESET])
def test_everything_holds(reason: Reason) -> None:
    """Where each loosening helps, none was needed."""
    assert first(reason, *HELD) == ("server.overload", Severity.UNKNOWN)


def test_only_the_name_hurts() -> None:
    """Where it holds only without the name, the name is the cause."""
    assert first(Reason.CLOSED, "no_sni")[0] == "tls.sni"
