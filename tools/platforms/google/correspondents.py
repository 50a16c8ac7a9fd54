"""Who stands in a From, To or Cc header."""

import base64
import quopri
import re
from functools import lru_cache
from typing import NamedTuple

from onelane.tools.platforms.formats.cells import without_entities, without_marks
from onelane.tools.platforms.formats.contact_details import named_addresses, parse_email

_MAX_PEOPLE = 500
_MAX_CHARS = 1 << 16
_WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)(?:\?=|\?$|$)")
_ENCODED_WORDS = re.compile(r"(?:=\?[^?\s]*\?[bBqQ]\?[^?]*(?:\?=|\?$|$))+")
_BETWEEN_WORDS = re.compile(r"\?=\s+=\?(?=[^?\s]*\?[bBqQ]\?)")
_ALIASES = {
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
    "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "x-sjis": "cp932", "x-euc-jp": "euc_jp", "x-mac-roman": "mac_roman", "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "ansi_x3.110-1983": "latin-1", "unknown-8bit": "utf-8",
    "x-unknown": "utf-8", "default": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
}  # fmt: skip
"""Charsets as mail programs name them, by the names that Python has for them."""
_WINDOWS = re.compile(r"(?:x-)?(?:win|windows|cp|ibm|ms)[-_ ]?(\d{3,4})")
_QUOTED_NAME = re.compile(r"""^(['"])(.*)\1$""")
_VIA = re.compile(r"""\S.* \(?via ["']?(\S.*?)["')]?""")
"""The name of a mailing list or a service behind that of whoever writes by it: `'Ada Example' via Team`. The address is
the list's, so that `Ada Example` is nobody's name there."""
_BRACKETED = re.compile(r"\[(?:mailto:)?([^\[\]\s<>@]+@[^\[\]\s<>@]+)\]", re.IGNORECASE)
_AT_IN_WORDS = re.compile(r"([\w.+-]+) at ((?:[\w-]+\.)+\w{2,63})(?![\w@])")
_NOTES_NAME = re.compile(r"([^/]+ [^/]+)(?:/[^/]{1,40}){2,5}")
"""A name of Lotus Notes, which has the places in the company behind it: `Ada Example/Sales/Acme`."""
_SIMPLE = re.compile(r'(?:"?([^"<>,;:@\\()=]*?)"?\s*)<([^<>\s",;:()]+@[^<>\s",;:()]+)>|([^<>\s",;:()]+@[^<>\s",;:()]+)')


class Correspondent(NamedTuple):
    """A name, if the header has one, and a valid address: as written, and in lower case."""

    name: str | None
    address: str
    normalized: str


@lru_cache(maxsize=1 << 14)
def correspondents(header: str) -> tuple[Correspondent, ...]:
    """The people in a header, each once. Invalid addresses, and what is in front of them, are left out."""
    if simple := _SIMPLE.fullmatch(header):
        pairs = [(simple[1] or "", simple[2] or simple[3])]
    else:
        pairs = named_addresses(_usual(without_entities(header[:_MAX_CHARS])))
    people: dict[str, Correspondent] = {}
    before = ""
    for name, address in pairs[:_MAX_PEOPLE]:
        if email := parse_email(address):
            whole = f"{before}, {name}" if before and name else name
            person_name = _name(whole, email.normalized) if whole else None
            people.setdefault(email.normalized, Correspondent(person_name, email.address, email.normalized))
        # A name with a comma that is not in quotation marks comes apart: `Example, Ada <ada@example.com>`.
        before = address if address and not name and "@" not in address else ""
    return tuple(people.values())


def _usual(header: str) -> str:
    """A header with its addresses as RFC 5322 writes them: not in square brackets, nor with ` at ` as in archives."""
    header = _BRACKETED.sub(r"<\1>", header)
    return header if "@" in header else _AT_IN_WORDS.sub(r"\1@\2", header)


def _name(header_name: str, address: str) -> str | None:
    """The name as a person would write it; None when there is none, or nothing of it can be read."""
    plain = " ".join(plain_text(header_name).split())
    if via := _VIA.fullmatch(plain):
        plain = via[1]
    plain = _QUOTED_NAME.sub(r"\2", plain).strip("\"' ")
    if notes_name := _NOTES_NAME.fullmatch(plain):
        plain = notes_name[1].removeprefix("CN=")
    return plain if plain and plain.lower() != address and "=?" not in plain else None


def plain_text(header: str) -> str:
    """A header with its encoded words decoded (RFC 2047), and without what can't be decoded."""
    if "=?" not in header:
        return header
    text = _BETWEEN_WORDS.sub("?==?", header)
    text = _ENCODED_WORDS.sub(lambda words: _decode_words(words[0]), text)
    return without_marks(text.replace("\0", "").replace("\ufffd", "")).encode(errors="ignore").decode()


def _decode_words(words: str) -> str:
    """Encoded words that follow on each other. Bytes of one charset are joined first: a character may be cut in two."""
    parts: list[tuple[str, bytes]] = []
    for charset, encoding, text in _WORD.findall(words):
        name, content = charset.partition("*")[0].lower(), _bytes_of(encoding, text)
        if parts and parts[-1][0] == name:
            parts[-1] = (name, parts[-1][1] + content)
        else:
            parts.append((name, content))
    return "".join(_as_text(content, name) for name, content in parts)


def _bytes_of(encoding: str, text: str) -> bytes:
    if encoding.lower() == "q":
        return quopri.decodestring(text.replace("_", " ").encode("ascii", "ignore"), header=True)
    # As much as there is: a cut or unpadded word still has most of its letters.
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text)
    whole = letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters + "=" * (-len(letters) % 4)
    return base64.b64decode(whole)


def _as_text(content: bytes, charset: str) -> str:
    windows = _WINDOWS.fullmatch(charset)
    name = f"cp{windows[1]}" if windows else _ALIASES.get(charset, charset)
    try:
        return content.decode(name)
    except LookupError:
        name = "utf-8"
    except ValueError:
        if name == charset:
            return content.decode(name, errors="ignore")
    # The charset says nothing.
    try:
        return content.decode(name)
    except ValueError:
        return content.decode("cp1252", errors="ignore")
