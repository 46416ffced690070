"""Candidate and secret in, Evidence out: what the servers do when one really signs in.

    evidence = await verify.verify(candidate, credentials, world, incoming=Protocol.IMAP)
    seen = await verify.looks(wanted, world, second=resolvers, endpoints=failing)   # no secret is sent

IMAP or POP3, and SMTP, at the same time, past the login: ID, SELECT and LIST; STAT; MAIL
FROM and RSET. Nothing is sent, nothing is changed. Endpoints are tried in the order of the
candidate until one lets us come as far as a login. The secret goes only over verified TLS,
to hosts that are trusted or were confirmed. At most two logins per protocol, the second
only when the first was refused as such and something in what was typed can be repaired.
SMTP connects and greets meanwhile, but signs in only when the incoming side is through, with
what that has proved: two refusals are the most one run can cost, and servers lock after
three. A login whose answer never came counts. It judges nothing.
"""

from mailwright.verify.looks import looks
from mailwright.verify.run import MAX_ENDPOINTS, forbidden, verify

__all__ = ["MAX_ENDPOINTS", "forbidden", "looks", "verify"]
