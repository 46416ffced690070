"""Signs made from a case."""

from __future__ import annotations

from mailwright.core import Endpoint, Param, Sign
from mailwright.diagnose.case import Case


def sign(case: Case, id: str, strength: float = 1.0, /, **params: Param) -> Sign:
    """A sign of this case's protocol."""
    return Sign(id, case.protocol, tuple(params.items()), strength)


def pair(right: Endpoint) -> dict[str, Param]:
    """The parameters that say what should stand in the fields."""
    return {"right_host": right.host, "right_port": right.port, "right_security": right.security.value}
