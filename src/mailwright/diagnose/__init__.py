"""Evidence in, Findings out: what it means, how bad it is and who can fix it. Pure.

    found = diagnose.findings(discovery, evidence)     # best first, errors before warnings
    diagnose.verdict(found, evidence)                  # works | broken | unknown | found

Looks at what the servers did (stage, reason, response code, certificate) and at what the
provider of the book wants. It never matches the text of an exception, imports no I/O and
writes no sentences: a finding's id is the key of its texts.
"""

from mailwright.diagnose.judge import findings, needs_token
from mailwright.diagnose.verdict import Verdict, verdict

__all__ = ["Verdict", "findings", "needs_token", "verdict"]
