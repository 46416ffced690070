"""The other face: pages for people, an HTTP API, and the answers that mail programs ask a domain for.

    asgi = web.app(web.Options(settings, shelf))     # an ASGI 3.0 application, for any server of such

Takes Options, what the operator chose. A page takes an address, shows row by row what is found, and says what
does not work, whose it is and how it is mended; then it offers the files of `export`. It works without scripts.
The API under /api/v1 gives the same documents as the command line.

Nothing is kept: a job lives in memory for half an hour, and a password only as long as the request that spends
it. Reports are kept where the operator allows it and the person says yes. Passwords are taken over TLS or loopback
only; servers that are looked at are public and on ports of mail, unless the operator says otherwise.
"""

from mailwright.web import autoconf, running
from mailwright.web.app import app
from mailwright.web.options import Options

__all__ = ["Options", "app", "autoconf", "running"]
