"""How well a server encrypts: takes a target, gives a TlsLook. Facts only; `diagnose` says what they mean.

    look = await posture.look(TlsTarget("imap.example.org", 993), world)

Which versions, which ciphers of each and in whose order, which key exchange (post-quantum too),
what is wrong with the certificates, what is stapled, and a few habits. Most questions are a
ClientHello by hand and the server's first answer, so nothing but the person's own choice of
library limits what can be seen; one handshake is whole, for what a client of today gets.

    asked, mx = await posture.published(posing, world, …)       # all that a domain publishes of its settings
    probes = await posture.probed(endpoints, world)             # and whether those servers are there

A look has at most four connections open at once, and no password is ever sent. A question without an
answer stays open (None, `partial`): it is never taken for a "no". The network goes through
`wire` alone; errors of the network end here, in the `outcome`, `stage` and `reason` of the look.
"""

from mailwright.posture.ports import probed
from mailwright.posture.publishing import OnAsked, Posing, published
from mailwright.posture.service import SECONDS, Progress, look
from mailwright.posture.suites import openssl_name

__all__ = ["SECONDS", "OnAsked", "Posing", "Progress", "look", "openssl_name", "probed", "published"]
