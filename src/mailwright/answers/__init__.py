"""What a face shows of a result: documents for programs, sentences, steps and trees for people. Used by cli and web.

    document.document(result)          the JSON of `setup`            diagnosed.document(examined)   of `diagnose`
    explaining.understood(text, shelf) a pasted text and its causes   explaining.document(one)       of `explain`
    told.told(words, examined)         each cause: sentence, reasons, steps, whose it is
    branches.grown(words, examined)    what was seen, as a tree
    report.page(words, examined)       one self-contained page without secrets; kept.read() takes it back
    beside.write(path, data)           a file, whole or not at all
    remedy.text(words, finding, …)     the cure, completed by what the book knows of the provider
    profiles.of_result(result, …)      what `export` needs; profiles.saved() from a saved document
    using.steps(words, profile, …)     how what was exported is put to use

Takes the values of the journeys and `texts.Words`; never opens a socket, and nothing here is secret: what a
conversation showed was redacted as it was written.
"""

from mailwright.answers import (
    beside,
    branches,
    diagnosed,
    document,
    explaining,
    kept,
    profiles,
    remedy,
    report,
    said,
    told,
    using,
)

__all__ = [
    "beside",
    "branches",
    "diagnosed",
    "document",
    "explaining",
    "kept",
    "profiles",
    "remedy",
    "report",
    "said",
    "told",
    "using",
]
