"""Words as they are compared: one spelling for all cases, accents, scripts and ways of writing a name.

    words("535 5.7.8 Username and Password not accepted")  →  " 535 5.7.8 username and password not accepted "

What changes from reply to reply (addresses, names of servers, queue and session ids, times) is left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
HAN_KANA = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z]{3})")
_WHOLE = re.compile(r"\b(?:OAuth|StartTLS|iCloud|WebAlert|GmbH|NetEase|McAfee|XOAuth)\w*")
_URL = re.compile(r"(https?://)([^\s<>\"'\u3000-\uffef]{1,2000})", re.IGNORECASE)
# QQ puts one page under all it refuses; only the page's number differs.
_ONE_FOR_ALL = re.compile(r"service\.mail\.qq\.com/cgi-bin/help\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+=%-]{1,64}@[\w.-]{1,255}")
_IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w.])|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])"
)
_HOST = re.compile(
    r"(?<![\w.@-])(?:[a-z0-9_-]{1,63}\.){1,6}(?:com|net|org|cn|de|ru|eu|jp|kr|fr|uk|io|in|local|test|example|tld|cz|pl|it|es|br|tw|hk|at|ch|us|info)(?::\d{1,5})?(?![\w-])",
    re.IGNORECASE,
)
_STAMP = re.compile(r"\d{4}[-/]\d\d[-/]\d\d[t ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?z?|\b\d\d:\d\d:\d\d\b")
# RFC 8446 §6: programs often give the number of a TLS alert, and nothing else; "alert112" is kept as a word.
_ALERT = re.compile(
    r"\balert(?:\s{0,2}(?:number|code|no\.?|fatal|description|is|[:#=(])){0,4}\s{0,2}(\d{1,3})\b", re.IGNORECASE
)
# What Python could not send: the full-width letters and the blanks that a keyboard or a page left there.
_UNENCODED = re.compile("encode characters? '([^'\n]{0,2})'")
_FULL = re.compile("[\u3000-\u3002\uff01-\uff5e]")
_PASTED = re.compile("[ \xa0\u2000-\u202f\ufeff]?\\Z")
# Latin letters that have no accent to lose.
_LATIN = str.maketrans(
    {"\u0142": "l", "\u0111": "d", "\u0131": "i", "\xf8": "o", "\xe6": "ae", "\u0153": "oe", "\xfe": "th"}
)
_APART = re.compile(f"(?<=[{HAN_KANA}])(?=[^\\s{HAN_KANA}])|(?<=[^\\s{HAN_KANA}])(?=[{HAN_KANA}])")
_TOKEN = re.compile(f"[{HAN_KANA}]+|(?:0x)[0-9a-f]{{2,8}}|[245]\\.\\d{{1,3}}\\.\\d{{1,3}}(?![.\\d])|[^\\W_]+")
_KNOWN_MIXED = re.compile(
    r"0x[0-9a-f]{2,8}|imap4(?:rev1|rev2)?|pop3s?|smtp8|ssl[v23]{0,3}\d*|tlsv?1\w{0,2}|sha\d*|md5|x509\w*|oauth2?|xoauth2?|utf\d*|"
    r"base64|ipv[46]|o365|m365|aadsts\d+|ntlmv?\d?|p12|rc4\w*|3des|h323|log4j|win32|w?sa?e\d+|auth\d+|alert\d{1,3}|gb\d+|iso\d+|http2?|2fa|2sv|126|163|139|189|365|getaddrinfo\w*|eai\w*|inv\d\w*|nt2|ssl3\w*|tls1\w*|80090\w+|800c\w+|8004\w+"
)


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional characters and the simplified ones in their place, as far as our phrases need them."""
    table = tomllib.loads((TABLES / "letters.toml").read_text(encoding="utf-8"))
    return dict(zip(map(ord, table["traditional"]), table["simplified"], strict=True))


def words(text: str, *, whole: bool = False) -> str:
    """The words of `text` between single blanks. `whole`: a phrase of ours, in which nothing is volatile."""
    if not whole:
        text = _without_volatile(text)
    spaced = _CAMEL.sub(" ", text) if _WHOLE.search(text) is None else _camel_but(text)
    return " " + " ".join(_kept(_folded(spaced), whole=whole)) + " "


def _camel_but(text: str) -> str:
    parts, at = [], 0
    for found in _WHOLE.finditer(text):
        parts += [_CAMEL.sub(" ", text[at : found.start()]), found[0].lower()]
        at = found.end()
    return "".join([*parts, _CAMEL.sub(" ", text[at:])])


def _folded(text: str) -> str:
    """Lower case without accents, simplified characters, scripts apart."""
    text = (
        unicodedata.normalize("NFKC", text).lower().replace("\u00df", "ss").translate(_simplified()).translate(_LATIN)
    )
    if not text.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = unicodedata.normalize("NFC", bare)
    text = text.replace("n't", "nt").replace("'s ", "s ").replace("\u2019", "'").replace("'", "")
    return _APART.sub(" ", text)


def _kept(text: str, *, whole: bool) -> list[str]:
    return [token for token in _TOKEN.findall(text) if whole or _stays(token)]


def _stays(token: str) -> bool:
    """False for what is different each time: numbers that are no codes, ids of letters and digits."""
    if token.isdigit():
        return len(token) == 3 and token[0] in "2345"
    if token.isalpha():
        return len(token) <= 40
    if "." in token or not any(map(str.isdigit, token)):
        return True
    return len(token) <= 4 or _KNOWN_MIXED.fullmatch(token) is not None


def _without_volatile(text: str) -> str:
    text = _URL.sub(lambda found: " " + _of_link(found[2]) + " ", text)
    text = _UNENCODED.sub(_of_letter, _ALERT.sub(r"alert\1", text))
    low = _ADDRESS.sub(" ", text)
    low = _IP.sub(" ", _STAMP.sub(" ", low))
    return _HOST.sub(" ", low)


def _of_letter(found: re.Match[str]) -> str:
    """A letter that cannot be sent, named."""
    if _FULL.search(found[1]):
        return "encode fullwidth character "
    return "encode pasted character " if _PASTED.match(found[1]) else found[0]


def _of_link(link: str) -> str:
    """The telling words of a link: its host without endings, then names made of letters."""
    if _ONE_FOR_ALL.match(link):
        return ""
    host, _, path = link.partition("/")
    parts = re.split(r"[/?&=._#+-]", path)
    named = [part for part in parts if part.isalpha() and len(part) <= 30]
    return " ".join([*(p for p in host.split(".") if p not in {"com", "www", "net", "org", "cn"}), *named[:12]])
