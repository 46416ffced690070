"""The journeys from an address: to a verified Account, and, when it does not work, to the cause.

    result = await setup.run(request, world, shelf, face)             # discover → verify → diagnose
    examined = await setup.examine(request, world, shelf, examiner)   # and looks further until the cause is clear
    examined = setup.judged(examination, shelf)                       # what somebody else saw
    found = await setup.published(check, world, shelf)                # all that a domain says of its settings

A Face is whoever speaks to the person: it is told what is found and done while it happens,
and asked for the secret and for a yes to hosts nobody vouches for. The journey keeps the
order: settings first, then consent, then the secret; nothing secret is asked for before it
can be used. Further looks send no secret. `setup.bulk` does the same for thousands of
addresses, discovery only unless a source of secrets is given, and goes on where it stopped.
"""

from mailwright.setup import bulk, rows, saved
from mailwright.setup.check import Check, published
from mailwright.setup.examine import Examined, Examiner, Shelf, examine, judged
from mailwright.setup.journey import Face, Request, Result, offline, run
from mailwright.setup.typed import protocol_of, typed_endpoint

__all__ = [
    "Check",
    "Examined",
    "Examiner",
    "Face",
    "Request",
    "Result",
    "Shelf",
    "bulk",
    "examine",
    "judged",
    "offline",
    "protocol_of",
    "published",
    "rows",
    "run",
    "saved",
    "typed_endpoint",
]
