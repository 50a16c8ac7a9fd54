"""The lines of vCard files (versions 2.1, 3.0 and 4.0), unfolded as bytes and decoded afterwards.

A property that can't be read costs its own line only. Sources: versit vCard 2.1, RFC 2426, RFC 6350, RFC 6868.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.cells import without_entities
from onelane.tools.platforms.formats.decoding import Encoding, encoding_of, open_text, windows_for_strays
from onelane.tools.platforms.formats.records import excerpt

_CHUNK_BYTES = 1 << 16
_LINE_BYTES = 1 << 20
"""What is kept of one physical line; only pictures are longer, and they are passed over."""
_CARD_BYTES = 1 << 20
_KNOWN_HEAD_BYTES = 200
"""The longest head that is remembered."""

# Files that were put one behind the other keep the byte order mark of each.
_VCARD = b"VCARD"
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)*\s*BEGIN\s*:\s*VCARD\s*", re.IGNORECASE)
_BEGIN_IN_LINE = re.compile(rb":\s*BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
_END = re.compile(rb"\s*END\s*:\s*VCARD\s*", re.IGNORECASE)
_END_AND_BEGIN = re.compile(rb"(\s*END\s*:\s*VCARD)\s*(BEGIN\s*:\s*VCARD\s*)", re.IGNORECASE)
_START = re.compile(rb"(?:[\w-]+\.)*([\w-]+)\s*[;:]")
_NAME = re.compile(r"\s*(?:([\w.-]+)\.)?([\w-]+)\s*")
_UNTIL_COLON = re.compile(rb'[^":]*(?:"[^"]*"[^":]*)*:')
_ESCAPED_ENTITY = re.compile(r"(&#?\w{2,8})\\;")
_QUOTED_PRINTABLE = re.compile(rb";\s*(?:ENCODING\s*=\s*)?\"?QUOTED-PRINTABLE", re.IGNORECASE)
SPOKEN_NAME = "X-IRMC-N"
"""How a name is spoken, as telephones of Japan write it: `SOUND;X-IRMC-N:...`, which is no recording."""
_PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT", "X-MS-CARDPICTURE"})
# fmt: off
_KNOWN_NAMES = _PASSED_OVER | {
    "ADR", "ANNIVERSARY", "BDAY", "CALADRURI", "CALURI", "CATEGORIES", "CLASS", "CLIENTPIDMAP", "EMAIL", "FBURL", "FN",
    "GENDER", "GEO", "IMPP", "KIND", "LABEL", "LANG", "MAILER", "MEMBER", "N", "NAME", "NICKNAME", "NOTE", "ORG",
    "PRODID", "PROFILE", "RELATED", "REV", "ROLE", "SOCIALPROFILE", "SORT-STRING", "SOURCE", "TEL", "TITLE", "TZ",
    "UID", "URL", "VERSION", "XML",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a card.

    Args:
        line: the number of its first line
        group: what stands before the name, such as `item1`, in lower case
        name: in upper case
        params: parameters by name in upper case; a value without a name is under `TYPE`
        value: decoded, with its escapes
    """

    line: int
    group: str
    name: str
    params: dict[str, list[str]]
    value: str


@dataclass(slots=True)
class CardLines:
    """The properties of one card, and the lines that are none."""

    line: int
    properties: list[Property] = field(default_factory=list[Property])
    bad: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Number and reason of each line that was left out."""
    is_card: bool = True
    """False where properties stand outside of any card, as behind a damaged BEGIN."""


def is_begin(line: bytes) -> bool:
    """Whether a line begins a card."""
    return _is_bound(line) and _BEGIN.fullmatch(line) is not None


def _is_end(line: bytes) -> bool:
    return _is_bound(line) and _END.fullmatch(line) is not None


def _is_bound(line: bytes) -> bool:
    """Whether a line may begin or end a card. It is asked of every line, so it costs less than a pattern."""
    return line.rstrip()[-len(_VCARD) :].upper() == _VCARD


def read_cards(member: Member) -> Iterator[CardLines]:
    """Each card of a file. A card without an end is given with what it has."""
    encoding = encoding_of(member.head())
    if encoding is None:
        return
    card: _OpenCard | None = None
    strays = _Strays()
    for number, line in _lines_apart(member, encoding):
        if card is not None and card.takes(number, line):
            continue
        begins = is_begin(line)
        if card is not None:
            yield card.close(has_end=not begins)
            card = None
        elif not begins:
            strays.take(number, line)
        if begins:
            yield from strays.close()
            card = _OpenCard(number)
    yield from strays.close() if card is None else [card.close(has_end=False)]


@dataclass(slots=True)
class _Strays:
    """Lines outside of any card that seem to have belonged to one."""

    first: int = 0
    count: int = 0

    def take(self, number: int, line: bytes) -> None:
        if _name_at(line) in _KNOWN_NAMES:
            self.first, self.count = self.first or number, self.count + 1

    def close(self) -> Iterator[CardLines]:
        """What is to be said of them, if there are any."""
        if self.count:
            reason = f"lines outside of any card, whose BEGIN:VCARD is missing: {self.count}"
            yield CardLines(self.first, bad=[(self.first, reason)], is_card=False)
        self.first = self.count = 0


def _lines_apart(member: Member, encoding: Encoding) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers; some programs write no line end between two cards."""
    for number, line in enumerate(_physical_lines(_chunks(member, encoding)), 1):
        two_lines = _END_AND_BEGIN.fullmatch(line) if _is_bound(line) else None
        if two_lines is None:
            yield number, line
        else:
            yield from ((number, part) for part in two_lines.groups())


def _chunks(member: Member, encoding: Encoding) -> Iterator[bytes]:
    """The file's bytes; as UTF-8 where they are UTF-16, in which no lines are found, or in a page without a name."""
    if encoding.name.startswith("utf-16") or (encoding.name != "utf-8-sig" and not _names_charset(member.head())):
        with open_text(member.open(), encoding) as text:
            while piece := text.read(_CHUNK_BYTES):
                yield piece.encode("utf-8", "replace")
        return
    with member.open() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _names_charset(head: bytes) -> bool:
    return b"CHARSET=" in head.upper()


def _physical_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, which are CR LF, LF or CR. Of a very long line only the beginning is kept."""
    pending, carriage_return = bytearray(), b""
    for chunk in chunks:
        data = carriage_return + chunk
        # An LF that belongs to this CR may begin the next chunk.
        carriage_return = b"\r" if data.endswith(b"\r") else b""
        for piece in (data[:-1] if carriage_return else data).splitlines(keepends=True):
            text = piece.rstrip(b"\r\n")
            if not pending and len(text) < len(piece) and len(text) <= _LINE_BYTES:
                yield text  # nearly every line
                continue
            pending += text[: max(0, _LINE_BYTES - len(pending))]
            if len(text) < len(piece):
                yield bytes(pending)
                pending.clear()
    if pending or carriage_return:
        yield bytes(pending)


@dataclass(slots=True)
class _OpenProperty:
    """A property whose lines are being collected."""

    line: int
    name: str
    is_quoted_printable: bool
    pieces: list[bytes]
    soft: list[bytes] = field(default_factory=list[bytes])
    """What stands behind soft line breaks of quoted-printable."""
    ends_softly: bool = False
    """Whether its last line, kept or not, ends as one that goes on."""

    @property
    def is_kept(self) -> bool:
        return self.name not in _PASSED_OVER

    @property
    def breaks_softly(self) -> bool:
        return self.is_quoted_printable and self.ends_softly

    def join(self) -> bytes:
        """All of it on one line. Some programs indent what follows a soft break, as if it were folded."""
        if not self.soft:
            return b"".join(self.pieces)
        indented = all(piece[:1] in b" \t" for piece in self.soft)
        soft = [piece[1:] if indented else piece for piece in self.soft]
        pieces = [b"".join(self.pieces), *soft]
        return b"".join([piece.removesuffix(b"=") for piece in pieces[:-1]] + pieces[-1:])


class _OpenCard:
    """A card whose lines are being read.

    Args:
        line: the number of its first line
    """

    def __init__(self, line: int) -> None:
        self._card = CardLines(line)
        self._last: _OpenProperty | None = None
        self._depth = 0
        self._bytes = 0
        self._is_too_long = False

    def takes(self, number: int, line: bytes) -> bool:
        """Whether the line is one of this card; else the card is over."""
        if not (self._depth or _is_bound(line)):
            self._take(number, line.replace(b"\0", b""))
            return True
        if self._depth or (is_begin(line) and self._last is not None and self._last.name == "AGENT"):
            self._depth += is_begin(line) - _is_end(line)
            return True
        if is_begin(line) or _is_end(line):
            return False
        self._take(number, line.replace(b"\0", b""))
        return True

    def close(self, *, has_end: bool) -> CardLines:
        """The card, complete."""
        self._close_property()
        if not has_end:
            self._card.bad.append((self._card.line, "the card has no end (END:VCARD); what it holds was read"))
        return self._card

    def _take(self, number: int, line: bytes) -> None:
        last = self._last
        if last is not None and last.breaks_softly:
            self._grow(number, last, line, last.soft)
        elif not line.strip():
            return
        elif line[:1] in b" \t" and last is not None:
            self._grow(number, last, line[1:], last.pieces)
        elif (name := _name_at(line)) is not None and not self._is_prose(name):
            self._close_property()
            self._last = _OpenProperty(number, name, _QUOTED_PRINTABLE.search(line) is not None, [])
            self._depth = int(name == "AGENT" and _BEGIN_IN_LINE.search(line) is not None)
            self._grow(number, self._last, line, self._last.pieces)
        elif last is not None and last.name == "NOTE":
            self._grow(number, last, (b"=0A" if last.is_quoted_printable else b"\\n") + line, last.pieces)
        elif last is None or last.is_kept:
            self._card.bad.append((number, f"a line that is no property: {_excerpt_of(line)}"))

    def _grow(self, number: int, last: _OpenProperty, piece: bytes, pieces: list[bytes]) -> None:
        last.ends_softly = piece.endswith(b"=")
        if not last.is_kept:
            return
        self._bytes += len(piece)
        if self._bytes <= _CARD_BYTES:
            pieces.append(piece)
        elif not self._is_too_long:
            self._is_too_long = True
            self._card.bad.append((number, "the card is longer than 1 MB; the rest of it was left out"))

    def _is_prose(self, name: str) -> bool:
        """Whether a word with a colon goes on with a note rather than begin a property."""
        goes_on = self._last is not None and self._last.name == "NOTE"
        return goes_on and name not in _KNOWN_NAMES and not name.startswith("X-")

    def _close_property(self) -> None:
        last, self._last = self._last, None
        if last is None or not last.is_kept or not last.pieces:
            return
        whole = last.join()
        entry = _parse(last.line, whole)
        if entry is None:
            self._card.bad.append((last.line, f"a line that can't be read: {_excerpt_of(whole)}"))
        else:
            self._card.properties.append(entry)


def _name_at(line: bytes) -> str | None:
    """The name of the property that begins in this line; None when none does."""
    match = _START.match(line.lstrip())
    if match is None:
        return None
    name = match[1].decode("ascii", "replace").upper()
    return SPOKEN_NAME if name == "SOUND" and SPOKEN_NAME.encode() in line.upper() else name


def _excerpt_of(line: bytes) -> str:
    return excerpt(_text(line, "utf-8"))


def _parse(line: int, whole: bytes) -> Property | None:
    colon = _colon_of(whole)
    if colon < 0:
        return None
    head = (_known_head if colon <= _KNOWN_HEAD_BYTES else _head_of)(whole[:colon])
    value = None if head is None else _value_of(whole[colon + 1 :], head)
    if head is None or value is None:
        return None
    return Property(line, head.group, head.name, head.params, value.strip())


def _colon_of(whole: bytes) -> int:
    """Where the value begins: at the first colon outside quotation marks, or else the first one; -1 without any."""
    colon = whole.find(b":")
    if whole.find(b'"', 0, colon) < 0:
        return colon
    match = _UNTIL_COLON.match(whole)
    return colon if match is None else match.end() - 1


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before a value: names and parameters as in `Property`, and how the value is written."""

    group: str
    name: str
    params: dict[str, list[str]]
    encodings: frozenset[str]
    charset: str


def _head_of(written: bytes) -> _Head | None:
    text = _text(written, "utf-8")
    match = _NAME.match(text)
    if match is None:
        return None
    params = _params_of(text[match.end() :])
    name = SPOKEN_NAME if SPOKEN_NAME in params.get("TYPE", ()) else match[2].upper()
    encodings = frozenset(each.upper() for each in params.get("ENCODING", []))
    return _Head((match[1] or "").lower(), name, params, encodings, next(iter(params.get("CHARSET", [])), "utf-8"))


_known_head = lru_cache(maxsize=512)(_head_of)
"""The cards of one program have the same few heads."""


def _params_of(text: str) -> dict[str, list[str]]:
    params: dict[str, list[str]] = {}
    for part in re.findall(r';((?:"[^"]*"?|[^;"])*)', text):
        name, equals, value = part.partition("=")
        if not equals:
            name, value = _bare_name(part), part
        values = [_unquote(each) for each in re.findall(r'"[^"]*"?|[^,"]+', value)]
        params.setdefault(name.strip().upper(), []).extend(
            piece.strip() for each in values for piece in each.split(",") if piece.strip()
        )
    return params


def _bare_name(value: str) -> str:
    """What a parameter without a name says (vCard 2.1)."""
    return "ENCODING" if value.strip().upper() in {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"} else "TYPE"


def _unquote(value: str) -> str:
    escapes = {"n": "\n", "'": '"', "^": "^"}
    return re.sub(r"\^([n'^])", lambda found: escapes[found[1]], value.strip().strip('"'))


def _value_of(value: bytes, head: _Head) -> str | None:
    """The value as text; None when its encoding can't be undone."""
    if "QUOTED-PRINTABLE" in head.encodings:
        value = quopri.decodestring(value)
    elif head.encodings & {"BASE64", "B"}:
        try:
            value = base64.b64decode(b"".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            return None
    text = _text(value, head.charset).replace("\0", "")
    # The semicolon of `&amp;` parts nothing, whether the program escaped it or not.
    return without_entities(_ESCAPED_ENTITY.sub(r"\1;", text)) if "&" in text else text


def _text(value: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return value.decode(name)
        # A charset that nobody knows, or that the bytes are not in.
        except (LookupError, ValueError):
            continue
    return value.decode("utf-8", errors=windows_for_strays())
