"""What an account is called within the settings of a program that knows several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwright.core import EmailAddress


def label(address: EmailAddress) -> str:
    """The address, with _ for whatever some syntax could take for its own."""
    return re.sub(r"[^A-Za-z0-9@._-]", "_", address.wire)
