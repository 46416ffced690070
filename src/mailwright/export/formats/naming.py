"""Names of files that are called after an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwright.core import EmailAddress

# A local part may hold / and other signs that mean something to a file system or a shell.
_ODD = re.compile(r"[^\w.+@-]", re.ASCII)


def stem(address: EmailAddress) -> str:
    """The address as the name of a file without its suffix."""
    return _ODD.sub("_", f"{address.local}@{address.domain}").lstrip("-.")
