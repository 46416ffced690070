"""A mistake of ours, for the log: its kind and place. What it was about is not logged: it may hold what was typed."""

from __future__ import annotations

import logging
import traceback

LOG = logging.getLogger("mailwright.web")
MOST_FRAMES = 6


def noted(error: Exception) -> None:
    """Write it down."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    LOG.error("%s at %s", type(error).__name__, places)
