"""Takes out of a pasted text what must not be repeated: passwords, tokens, what AUTH sent.

It would rather hide too much than too little: the text is only shown again, never judged after this.
"""

from __future__ import annotations

import base64
import binascii
import re

HIDDEN = "‹…›"
# The password of a URL ends at the last @: people do not encode it.
_URL_PASSWORD = re.compile(r"(://[^\s:/\[]{0,100}):\S{1,1000}@")
_BEARER = re.compile(r"(bearer\s+)[^\s\x01'\"]{6,}", re.IGNORECASE)
_NAMES = r"pass(?:word|wd|phrase|code)?|passwort|kennwort|pwd|secret|token|mot de passe|contrase\w+|senha"
# EMAIL_HOST_PASSWORD, smtpPassword; no compass.
_NAME = rf"(?:(?<![A-Za-z])(?i:{_NAMES})|(?<=[a-z])(?=[A-Z])(?i:{_NAMES}))"
# What a server says behind a question: "password: incorrect". Anything else may be the password itself.
_PLAIN = (
    r"(?i:incorrect|invalid|wrong|rejected|refused|expired|failed|authentication|login|bad|error|required|missing|"
    r"empty|not|the|your|please|application|access|password|username|user|no)\b"
)
_REPLY = r"(?:[45]\d\d[ -]{1,3}(?:[45]\.\d|[A-Za-z#])|(?:NO|BAD|BYE) {1,3}\[?[A-Z]|-ERR\b|\+OK\b)"
# What is not quoted goes on to the end of the line, or to where a server answers.
_LINE = rf"[^\r\n]*?(?=[\s,;|/(]{{1,8}}{_REPLY}|[\r\n]|\Z)"
_CLOSED = r"(?=[\s,;:)}\]]|\Z)"
_NAMED = re.compile(
    rf"""({_NAME}["']?\s{{0,3}}(?:=\s{{0,40}}|[:\uff1a]\s{{0,40}}(?!\s|{_PLAIN})))(?!\s|{_REPLY}|{HIDDEN})"""
    rf"""(?:"[^\n]*?"{_CLOSED}|'[^\n]*?'{_CLOSED}|[^\r\n]{_LINE})"""
)
# curl and swaks: --password hunter2.
_OPTION = re.compile(rf"((?<!\S)--?(?:[\w-]{{0,40}}-)?(?i:{_NAMES})\s{{1,8}})(?:\"[^\"\n]*\"|'[^'\n]*'|\S+)")
_CODE_HAN = "[\u5bc6\u7801\u78bc\u6388\u6743\u6b0a]{2,3}"
# What is typed there has no Chinese in it, so that the sentence goes on where Chinese does.
_NAMED_HAN = re.compile(
    rf"({_CODE_HAN}\s{{0,3}}[=:\uff1a]\s{{0,3}}(?!\s|{_REPLY}))[!-~][^\r\n]*?"
    rf"(?=[\s,;|/(]{{1,8}}{_REPLY}|\s{{0,8}}[\u3001-\u9fff\uff00-\uffef]|[\r\n]|\Z)"
)
# How a sentence goes on behind LOGIN or PASS: "535 Login fail. Please …" is a reply and no command.
_SENTENCE = (
    r"(?!(?:fail|auth|err|invalid|denied|incorrect|disabled|not|is|to|has|was|re[jqf]|abort|attempt|limit|freq|cred|"
    r"command|or|and|via|by|with|in|user|pass|first)[a-z]{0,12}\b)"
)
_ARGUMENT = r"(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^\s\"']{1,200})"
_MECHANISM = r"(?:PLAIN|LOGIN|NTLM|GSSAPI|EXTERNAL|MSN|OAUTHBEARER|(?:CRAM|DIGEST|SCRAM|X)[A-Z0-9-]{1,20})"
_COMMANDS = (
    # RFC 9051 §6.2.3; a tag of letters alone only where the line holds nothing else.
    re.compile(
        rf"(^|\s)((?:[A-Za-z]{{0,6}}\.?\d{{1,8}})\s{{1,8}}LOGIN\s{{1,8}}{_SENTENCE}{_ARGUMENT}\s{{1,8}})({_ARGUMENT})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^([ \t]{{0,8}})((?:(?!NO\b|BAD\b|BYE\b|OK\b|-ERR\b)\S{{1,20}}[ \t]{{1,8}}){{0,2}}(?:LOGIN|login)[ \t]{{1,8}}"
        rf"{_SENTENCE}{_ARGUMENT}[ \t]{{1,8}})({_ARGUMENT})[ \t]{{0,8}}\r?$",
        re.MULTILINE,
    ),
    re.compile(rf"(\blogin\s{{0,3}}\(\s{{0,3}})({_ARGUMENT}\s{{0,3}},\s{{0,3}})({_ARGUMENT})", re.IGNORECASE),
    # RFC 1939 §7: the password of POP3 is the rest of the line.
    re.compile(
        rf"(^|[>:]\s|[\"'])([ \t]{{0,4}}(?i:PASS)[ \t]{{1,8}}){_SENTENCE}"
        r"([^\r\n]{1,300}?)(?=\\[rn]|[\"'\r]|\s{1,8}(?:-ERR|\+OK|S:|<)|[ \t]{0,8}$)",
        re.MULTILINE,
    ),
    re.compile(
        rf"(^|\s)((?:AUTH|AUTHENTICATE)\s{{1,8}}{_MECHANISM}\s{{1,8}}){_SENTENCE}([A-Za-z0-9+/_=-]{{4,}})",
        re.IGNORECASE,
    ),
    # What answers the server's question (RFC 4954 §4), and what follows a literal (RFC 9051 §4.3).
    re.compile(
        r"(334 [A-Za-z0-9+/=]{0,60}[ \t]{0,8}[\r\n]{1,4})([ \t]{0,8}(?:C: ?|>{1,3} ?|[-~=]{1,2}> ?)?)"
        r"(?![2-5]\d\d[ -])([A-Za-z0-9+/=]{2,4000})(?=\s|\Z)"
    ),
    re.compile(
        r"(\{\d{1,4}\+?\}[ \t]{0,8}[\r\n]{1,4})((?:(?:S: ?)?\+[^\r\n]{0,100}[\r\n]{1,4})?"
        r"(?:C: ?|>{1,3} ?|[-~=]{1,2}> ?)?)([^\r\n{]{1,400})"
    ),
    re.compile(r"(^|\s)((?:-u|--user)[ =]{0,2}[\"']?[^\s:\"']{1,100}:)([^\s\"']{1,200})"),
)
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_=.:%?&-])(?:[A-Za-z0-9+/_-]{7,8000}={0,2}|[A-Za-z0-9+/]{6}==)(?![A-Za-z0-9+/_=.@-])"
)
_TOLD = re.compile(
    "(\\b(?:password|passwd|passphrase|pwd)\\s{1,3}(?:is|was)\\s{1,3}|"
    f"{_CODE_HAN}\\s{{0,3}}[\u662f\u4e3a\u70ba]\\s{{0,3}})([!-~]{{4,200}})",
    re.IGNORECASE,
)
# With nothing between the two: only what looks like a password, sixteen small letters being what QQ and NetEase give.
_PUT_HAN = re.compile(
    rf"({_CODE_HAN}\s{{1,3}})(?!{_REPLY}|(?i:0x|https?:|x?oauth|aadsts|imap|pop3|smtp|tls|ssl))"
    r"(?:(?=[!-~]{0,200}\d)(?=[!-~]{0,200}[A-Za-z])[!-~]{6,200}|[a-z]{16}(?![a-z])|\d{6,20}(?!\d))"
)
# The other way round: "hunter2 is my password".
_TOLD_AFTER = re.compile(
    r"(?<!\S)(?!(?:this|that|it|what|which|here|below|above|where|there)\b)[!-~]{4,200}"
    rf"(?=\s{{1,3}}(?:is|was)\s{{1,3}}(?:my|our)\s{{1,3}}(?:[\w-]{{1,20}}\s){{0,2}}(?:{_NAMES})\b)|"
    rf"(?<![!-~])[!-~]{{4,200}}(?=\s{{0,3}}\u662f\u6211?\u7684?[\u4e00-\u9fff]{{0,4}}{_CODE_HAN})",
    re.IGNORECASE,
)
_URL = re.compile(r"(https?://\S{1,2000})", re.IGNORECASE)
_LONG = 20
_ASKED = {"username:", "password:", "user name\x00", "password\x00", "user name:"}


def hidden(text: str) -> str:
    """`text` with everything that may be a secret replaced."""
    text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    for named in (_BEARER, _OPTION, _NAMED, _NAMED_HAN):
        text = named.sub(rf"\1{HIDDEN}", text)
    for command in _COMMANDS:
        text = command.sub(rf"\1\2{HIDDEN}", text)
    text = _PUT_HAN.sub(rf"\1{HIDDEN}", _TOLD_AFTER.sub(HIDDEN, _TOLD.sub(_of_told, text)))
    # A link has to stay whole to be of use.
    parts = _URL.split(text)
    return "".join(part if at % 2 else _BASE64.sub(_of_base64, part) for at, part in enumerate(parts))


def _of_told(found: re.Match[str]) -> str:
    """A plain word ("is incorrect") cannot be told from a remark, so it stays."""
    bare = found[2].strip("\"'.,;:!?()")
    return found[0] if bare.replace("-", "").isalpha() else f"{found[1]}{HIDDEN}"


def _of_base64(found: re.Match[str]) -> str:
    word = found[0]
    if word.isalpha() and word in (word.upper(), word.lower()):
        return word
    opened = _opened(word)
    if opened is not None and opened.lower() in _ASKED:
        return word
    if opened is not None and ("\0" in opened or "\1" in opened or _readable(opened, word)):
        return HIDDEN
    mixed = any(c.isdigit() for c in word) + any(c.islower() for c in word) + any(c.isupper() for c in word)
    return HIDDEN if len(word) >= _LONG and mixed == 3 else word


def _readable(opened: str, word: str) -> bool:
    """Base64 of plain text: that is how AUTH LOGIN sends names and passwords. Ordinary words hardly ever are."""
    cased = any(c.islower() for c in word) and any(c.isupper() for c in word[1:])
    return len(opened) >= 4 and opened.isascii() and opened.isprintable() and (word.endswith("=") or cased)


def _opened(word: str) -> str | None:
    bare = word.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return None
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
