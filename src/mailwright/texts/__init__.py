"""Every human sentence, in Chinese and English, keyed by id.

    words = texts.Words("zh")
    words.finding(finding, provider="QQ 邮箱")   # FindingText(title, why, fix)
    words.problem(problem)                      # ProblemText(say, next)
    words.say("row.settings.book", …)           # a phrase of a face

Findings, problems and phrases live in TOML files per language, one family per file; both
languages have the same ids and the same placeholders. Neither is a translation of the
other: each is written for the people who read it. Pure: reads its own files only.
"""

from mailwright.texts.words import LANGUAGES, FindingText, ProblemText, Words, language

__all__ = ["LANGUAGES", "FindingText", "ProblemText", "Words", "language"]
