"""What an examination came to, as the faces are given it."""

from __future__ import annotations

from typing import Any, cast

from mailwright.core import Cause, Diagnosis, Examination, Fixer, Protocol, Severity
from mailwright.setup import Examined


def cause(id: str, confidence: float) -> Cause:
    return Cause(id, Fixer.YOU, Severity.ERROR, confidence)


def test_causes_in_their_order() -> None:
    """The likeliest of each protocol first, then the rest by likelihood; what two share stands where it leads."""
    incoming = Diagnosis(Protocol.IMAP, (cause("a", 0.6), cause("b", 0.3), cause("c", 0.1)))
    outgoing = Diagnosis(Protocol.SMTP, (cause("d", 0.5), cause("a", 0.4), cause("c", 0.2)))
    causes = Examined(cast("Any", None), Examination(), (incoming, outgoing)).causes
    assert [(one.id, one.confidence) for one in causes] == [("a", 0.6), ("d", 0.5), ("b", 0.3), ("c", 0.2)]
