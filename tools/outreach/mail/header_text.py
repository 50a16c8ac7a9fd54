"""Header lines that can't be broken: text, names, addresses and ids as RFC 5322 and 2047 want them."""

import re
from collections.abc import Iterable
from email.header import Header
from email.utils import quote

_LINE_CHARS = 76
_LONGEST_WORD_CHARS = 200
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def one_line(text: str) -> str:
    """A text as it may stand in a header: line breaks and everything else that controls become one space."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.encode(errors="ignore").decode().split())


def text_line(name: str, text: str) -> str:
    """A header of free text, such as the subject, folded."""
    return f"{name}: {_encode(one_line(text), name)}"


def address_line(name: str, address: str, person: str | None) -> str:
    """A header of one person's name and address.

    Args:
        name: the header's name
        address: as it goes on the wire
        person: their name, in any script, if it is known
    """
    person_name = one_line(person or "")
    if not person_name:
        return f"{name}: {address}"
    encoded_name = _written_name(name, person_name)
    # The longest name that fits stays on the line of its address.
    last = f"{name}: {encoded_name}".rsplit("\r\n", 1)[-1]
    joint = " " if len(last) + len(address) + 3 <= _LINE_CHARS else "\r\n "
    return f"{name}: {encoded_name}{joint}<{address}>"


def _written_name(header: str, person: str) -> str:
    if _PLAIN_NAME.fullmatch(person) and "=?" not in person:
        return person
    if person.isascii() and "=?" not in person:
        return f'"{quote(person)}"'
    return Header(person, "utf-8", _LINE_CHARS, header).encode(linesep="\r\n")


def words_line(name: str, words: Iterable[str]) -> str:
    """A header of words that must stay whole, such as ids: one line for each."""
    value = "\r\n ".join(words)
    return f"{name}: {value}"


def is_message_id(text: str) -> bool:
    """Whether this may stand in a header as a message's id: angle brackets, printable ASCII, no blanks."""
    return _MESSAGE_ID.fullmatch(text) is not None


def message_ids(header: str) -> list[str]:
    """The ids in a header such as References, in order and each once; what is none is left out."""
    return list(dict.fromkeys(_MESSAGE_ID.findall(header)))


def wire_address(address: str) -> str | None:
    """An address as it goes on the wire: the domain in its ASCII form, a local part quoted where it has to be.

    Returns:
        None where it is no address. The local part keeps its letters; if they are not ASCII, the server must know
        SMTPUTF8.
    """
    local, at, domain = address.strip().rpartition("@")
    local_part = _local_part(local)
    host = _ascii_domain(domain)
    return f"{local_part}@{host}" if at and local_part and host else None


def _local_part(local: str) -> str | None:
    is_quoted = len(local) > 2 and local.startswith('"') and local.endswith('"')
    inner = re.sub(r"\\(.)", r"\1", local[1:-1]) if is_quoted else local
    if not inner or len(inner.encode(errors="replace")) > 64 or not inner.isprintable():
        return None
    if _ATOMS.fullmatch("".join(char if char.isascii() else "a" for char in inner)):
        return inner
    # What is neither atoms nor written in quotes was never an address.
    return f'"{quote(inner)}"' if is_quoted else None


def _ascii_domain(domain: str) -> str | None:
    if re.fullmatch(r"(?i)[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", domain) and ".." not in domain:
        return domain.lower()
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None


def _encode(text: str, name: str) -> str:
    is_plain = text.isascii() and "=?" not in text and len(max(text.split(), key=len, default="")) < _LONGEST_WORD_CHARS
    charset = "us-ascii" if is_plain else "utf-8"
    return Header(text, charset, _LINE_CHARS, name).encode(linesep="\r\n")
