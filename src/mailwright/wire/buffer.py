"""Bytes in, lines out: the only place that splits what a server sends."""

from __future__ import annotations

from mailwright.core import Outcome, Reason
from mailwright.wire.errors import WireError

MAX_LINE = 64 * 1024
# Left as they are, they could move the cursor of a reader's terminal or turn its text around.
_CONTROL = (*range(9), *range(10, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = dict.fromkeys(_CONTROL, "\N{REPLACEMENT CHARACTER}")


class Buffer:
    """Holds what has arrived and not been read. Bounded by the limits of each read."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """Add bytes that arrived."""
        self._data += data

    def __len__(self) -> int:
        return len(self._data)

    def line(self, limit: int = MAX_LINE) -> bytes | None:
        """The next line without its CRLF (or LF), or None until one is complete.

        Raises WireError(TOO_MUCH) when the line is longer than `limit` bytes.
        """
        end = self._data.find(b"\n", self._searched)
        if end > limit or (end < 0 and len(self._data) > limit):
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
        if end < 0:
            self._searched = len(self._data)
            return None
        self._searched = 0
        line = bytes(self._data[:end])
        del self._data[: end + 1]
        return line.removesuffix(b"\r")

    def take(self, count: int) -> bytes | None:
        """Exactly `count` bytes, or None until they are there."""
        if len(self._data) < count:
            return None
        self._searched = 0
        data = bytes(self._data[:count])
        del self._data[:count]
        return data

    def some(self, most: int) -> bytes:
        """Whatever is there, up to `most` bytes (b"" when empty)."""
        return self.take(min(most, len(self._data))) or b""


def decode(data: bytes) -> str:
    """Server text as people should read it: UTF-8, else GB18030 (older Chinese servers), no control characters."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding).translate(_UNSEEN)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace").translate(_UNSEEN)
