"""Every human sentence, in Chinese and English, keyed by id.

    words = texts.Words("zh")
    words.finding(finding, provider="QQ 邮箱")   # FindingText(title, why, fix, steps, minutes, wait, ask)
    words.problem(problem)                      # ProblemText(say, next)
    words.say("row.settings.book", …)           # a phrase of a face
    words.cause(id), words.sign(sign)           # a cause in a few words; what speaks for it
    words.decider(id), words.look(look)         # what would decide; what a further look showed

Findings, problems and phrases live in TOML files per language, one family per file; the file of a finding
is named like the beginning of its id (`findings/auth.toml`), so that a family is added by adding a file and
only what is needed is read. A sentence whose facts are not known is left out (`filling`). Both languages
have the same ids and mention the same facts. Neither is a translation of the other: each is written for
the people who read it. Pure: reads its own files only.
"""

from mailwright.texts.words import LANGUAGES, FindingText, ProblemText, Words, headers, language

__all__ = ["LANGUAGES", "FindingText", "ProblemText", "Words", "headers", "language"]
