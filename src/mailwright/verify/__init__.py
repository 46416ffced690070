"""Candidate and secret in, Evidence out: what the servers do when one really signs in.

    evidence = await verify.verify(candidate, credentials, world, incoming=Protocol.IMAP)

IMAP or POP3, and SMTP, at the same time, past the login: ID, SELECT and LIST; STAT; MAIL
FROM and RSET. Nothing is sent, nothing is changed. Endpoints are tried in the order of the
candidate until one lets us come as far as a login. The secret goes only over verified TLS,
to hosts that are trusted or were confirmed. At most two logins per protocol, the second
only when the first was refused as such and something in what was typed can be repaired;
SMTP repeats only what IMAP or POP3 has shown to be right, so that an account is never
brought near a lock-out. It judges nothing.
"""

from mailwright.verify.run import MAX_ENDPOINTS, forbidden, verify

__all__ = ["MAX_ENDPOINTS", "forbidden", "verify"]
