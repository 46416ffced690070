"""What was typed, found and seen in, causes and findings out: what it is, how bad, who can mend it. Pure.

    found = diagnose.findings(discovery, evidence)           # setup: best first, errors before warnings
    diagnose.verdict(found, evidence, has_settings=True)     # works | broken | unknown | found
    causes = diagnose.judge(examination, replies, shelf)     # one Diagnosis for each protocol that fails
    diagnose.wanted(examination, causes)                     # looks that could still tell causes apart
    diagnose.findings_of(examination, causes)                # the first cause of each, and what is beside
    diagnose.explain(meaning)                                # what words alone can mean
    diagnose.tls_findings(look)                              # what a close look at TLS means
    diagnose.published_findings(published)                   # what all a domain publishes means

One model judges everything. `signs` reads an examination into a fixed vocabulary, `causes` is a table of
what speaks for and against each cause in decibans, `weighing` adds it up: causes that a sign excludes are
out, the rest gets confidence by softmax. It never matches the text of an exception, imports no I/O and
writes no sentences: a cause's id is the key of its texts.
"""

from mailwright.diagnose.case import Replies
from mailwright.diagnose.causes import entry
from mailwright.diagnose.explain import bare_refusal, explain
from mailwright.diagnose.judging import judge
from mailwright.diagnose.looking import wanted
from mailwright.diagnose.published import published_findings
from mailwright.diagnose.telling import findings, findings_of
from mailwright.diagnose.tlslevels import VERSIONS as TLS_VERSIONS
from mailwright.diagnose.tlslevels import Grade, Profile
from mailwright.diagnose.tlslevels import cipher as tls_cipher
from mailwright.diagnose.tlslevels import grade as tls_grade
from mailwright.diagnose.tlslevels import profile as tls_profile
from mailwright.diagnose.tlslevels import worst as tls_worst
from mailwright.diagnose.tlslook import spelt as tls_version
from mailwright.diagnose.tlslook import tls_findings
from mailwright.diagnose.verdict import Verdict, verdict
from mailwright.diagnose.wants import token as needs_token

__all__ = [
    "TLS_VERSIONS",
    "Grade",
    "Profile",
    "Replies",
    "Verdict",
    "bare_refusal",
    "entry",
    "explain",
    "findings",
    "findings_of",
    "judge",
    "needs_token",
    "published_findings",
    "tls_cipher",
    "tls_findings",
    "tls_grade",
    "tls_profile",
    "tls_version",
    "tls_worst",
    "verdict",
    "wanted",
]
