"""The first journey: an address becomes a verified Account. discover → verify → diagnose.

    result = await setup.run(request, world, shelf, face)

A Face is whoever speaks to the person: it is told what is found and done while it happens,
and asked for the secret and for a yes to hosts nobody vouches for. The journey keeps the
order: settings first, then consent, then the secret; nothing secret is asked for before it
can be used. `setup.bulk` does the same for thousands of addresses, discovery only unless a
source of secrets is given, and goes on where it stopped.
"""

from mailwright.setup import bulk, rows, saved
from mailwright.setup.journey import Face, Request, Result, offline, run

__all__ = ["Face", "Request", "Result", "bulk", "offline", "rows", "run", "saved"]
