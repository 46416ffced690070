"""A server that hung up once and takes the same handshake a moment later: too busy, nothing else is wrong."""

from __future__ import annotations

import pytest

from mailwright.core import LookKind, Reason, Severity, Stage
from tests.diagnose.examined import beside, judged
from tests.diagnose.situations import HERE, stopped

HELD = ("seclevel0", "legacy", "tls1.2_max", "no_sni")


def first(reason: Reason, *rungs: str) -> tuple[str, Severity]:
    looks = tuple(beside(HERE, LookKind.LADDER, with_=rung) for rung in rungs)
    cause = judged(stopped(reason, Stage.TLS, looks=looks))[0].causes[0]
    return cause.id, cause.severity


@pytest.mark.parametrize(("reason", "cause"), [(Reason.CLOSED, "server.overload"), (Reason.CONNECT_RESET, "net.reset")])
def test_everything_holds(reason: Reason, cause: str) -> None:
    """Where each loosening helps, none was needed."""
    assert first(reason, *HELD) == (cause, Severity.UNKNOWN)


def test_only_the_name_hurts() -> None:
    """Where it holds only without the name, the name is the cause."""
    assert first(Reason.CLOSED, "no_sni")[0] == "tls.sni"
