"""vCard files (3.0 and 4.0, RFC 2426 and 6350), one card at a time."""

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Protocol, cast

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.decoding import encoding_of, open_text
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine, excerpt

_LINE_CHARS, _CARD_CHARS = 1 << 20, 1 << 20
_QUOTED, _QUOTED_CARD_CHARS = "QUOTED-PRINTABLE", 1 << 15  # vobject copies such a card once for each of its lines
_PICTURE = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
_APPLE_LABEL = re.compile(r"_\$!<(.+)>!\$_")
# A property up to its value. vobject's own expression for it means the same; where it does not fit, that one tries all
# ways to cut it up, which takes two seconds for a line of 140 characters and for ever for one of 200.
_VALUE = r'(?:"[^"]*"|[^";:,]*)'
_PROPERTY = re.compile(rf"(?:[\w-]+\.)?[\w-]+;?(?:;[\w-]+(?:={_VALUE})?(?:,{_VALUE})*)*:", re.ASCII)
_DATE = re.compile(r"(\d{4}|--)(\d\d)-?(\d\d)(?:T.*)?")


class _Property(Protocol):
    """A property as vobject gives it; it ships no types."""

    name: str
    value: object
    params: dict[str, list[str]]
    group: str | None


class _ParsedCard(Protocol):
    def getChildren(self) -> Iterable[_Property]: ...  # noqa: N802 - vobject's own name


def is_vcard(member: Member) -> bool:
    """True for a file that begins with a card."""
    head = member.head(1 << 12)
    encoding = encoding_of(head)
    if encoding is None:
        return False
    return head.decode(encoding.name, errors="replace").lstrip("\ufeff\r\n \t").upper().startswith("BEGIN:VCARD")


def read_vcards(member: Member) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per card. A card that can't be parsed is a BadLine, and the next one is read."""
    vobject = import_module("vobject")
    parse = cast("Callable[..., _ParsedCard]", vobject.readOne)
    for line, lines in _cards(member):
        if isinstance(lines, str):
            yield BadLine(line, f"{member.basename}: {lines}")
            continue
        text = "\n".join(lines)
        is_quoted = _QUOTED in text.upper()
        if (is_quoted and len(text) > _QUOTED_CARD_CHARS) or not all(map(_PROPERTY.match, _unfolded(lines))):
            yield BadLine(line, f"{member.basename}: a card that can't be parsed: {excerpt(lines[1])}")
            continue
        try:
            card = _card(list(parse(text, allowQP=is_quoted).getChildren()))
        # Beside its own errors vobject lets out whatever a malformed value brings about inside it.
        except (vobject.base.VObjectError, ValueError, LookupError, TypeError, AttributeError):
            yield BadLine(line, f"{member.basename}: a card that can't be parsed: {excerpt(lines[1])}")
            continue
        yield SkippedLine(line, "a group, not a person") if card is None else record_of(card, line)


def _cards(member: Member) -> Iterator[tuple[int, list[str] | str]]:
    """Each card's first line number and its lines, pictures left out; or what is wrong with it, in words."""
    start, lines, size, in_picture = 0, list[str](), 0, False
    for number, line in enumerate(_lines(member), 1):
        keyword = line.strip().upper() if line[:1] in "BbEe \t" else ""
        if keyword == "BEGIN:VCARD":
            if lines:
                yield start, "a card that is cut off"
            start, lines, size, in_picture = number, [line], 0, False
        elif not lines:
            continue
        elif keyword == "END:VCARD":
            yield start, "a card of more than 1 MB" if size > _CARD_CHARS else [*lines, line]
            lines = []
        else:
            in_picture = bool(_PICTURE.match(line)) or (in_picture and line[:1] in " \t")
            size += 0 if in_picture else len(line)
            if not in_picture and size <= _CARD_CHARS:
                lines.append(line)
    if lines:
        yield start, "a card that is cut off"


def _lines(member: Member) -> Iterator[str]:
    encoding = encoding_of(member.head())
    if encoding is None:
        return
    with open_text(member.open(), encoding) as text:
        while line := text.readline(_LINE_CHARS):
            yield line.rstrip("\r\n").replace("\0", "")


def _unfolded(lines: list[str]) -> Iterator[str]:
    """The properties of a card, each on one line: in quoted-printable a line goes on behind an equals sign too."""
    parts: list[str] = []
    is_quoted = False
    for line in filter(str.strip, lines):
        goes_on = bool(parts) and is_quoted and parts[-1].endswith("=")
        if goes_on or (parts and line[0] in " \t"):
            parts.append(line if goes_on else line[1:])
            continue
        if parts:
            yield "".join(parts)
        parts, is_quoted = [line], _QUOTED in line.upper()
    if parts:
        yield "".join(parts)


def _card(properties: list[_Property]) -> Card | None:
    """The card's values; None for a group of people."""
    labels = {each.group: _text(each.value) for each in properties if each.name == "X-ABLABEL"}
    card = Card()
    for each in properties:
        if each.name == "KIND" and _text(each.value).lower() == "group":
            return None
        if fill := _FILL.get(each.name):
            label = labels.get(each.group) if each.group else None
            fill(card, each, _plain_label(label) if label else _kind(each))
    return card


def _fill_name(card: Card, each: _Property, label: str) -> None:
    if not (card.first or card.last):
        card.prefix, card.first, card.middle, card.last, card.suffix = (
            _text(getattr(each.value, part, "")) for part in ("prefix", "given", "additional", "family", "suffix")
        )


def _fill_full_name(card: Card, each: _Property, label: str) -> None:
    card.full = card.full or _text(each.value)


def _fill_email(card: Card, each: _Property, label: str) -> None:
    if address := _text(each.value):
        card.emails.append((address, label))


def _fill_phone(card: Card, each: _Property, label: str) -> None:
    if number := _text(each.value):
        card.phones.append(number)


def _fill_organisation(card: Card, each: _Property, label: str) -> None:
    if not card.company:
        units = [_text(unit) for unit in _parts(each.value)]
        card.company, card.more["department"] = units[0] if units else "", ", ".join(filter(None, units[1:]))


def _fill_title(card: Card, each: _Property, label: str) -> None:
    card.title = card.title or _text(each.value)


def _fill_location(card: Card, each: _Property, label: str) -> None:
    places = (_text(getattr(each.value, part, "")) for part in ("city", "region", "country"))
    card.location = card.location or ", ".join(filter(None, places))


def _fill_website(card: Card, each: _Property, label: str) -> None:
    if website := _text(each.value):
        card.websites.append(website)


def _fill_birthday(card: Card, each: _Property, label: str) -> None:
    text = _text(each.value)
    date = _DATE.fullmatch(text)
    card.birthday = f"{date[1].removesuffix('-')}-{date[2]}-{date[3]}" if date else text


def _fill_notes(card: Card, each: _Property, label: str) -> None:
    card.notes = "\n".join(filter(None, (card.notes, _text(each.value))))


def _fill_tags(card: Card, each: _Property, label: str) -> None:
    card.tags.extend(_text(part) for part in _parts(each.value))


def _fill_organisation_mark(card: Card, each: _Property, label: str) -> None:
    card.is_organisation |= _text(each.value).lower() in {"org", "company"}


def _filler_of(key: str) -> Callable[[Card, _Property, str], None]:
    def fill(card: Card, each: _Property, label: str) -> None:
        card.more[key] = _text(each.value)

    return fill


_FILL: dict[str, Callable[[Card, _Property, str], None]] = {
    "N": _fill_name,
    "FN": _fill_full_name,
    "EMAIL": _fill_email,
    "TEL": _fill_phone,
    "ORG": _fill_organisation,
    "TITLE": _fill_title,
    "ADR": _fill_location,
    "URL": _fill_website,
    "BDAY": _fill_birthday,
    "NOTE": _fill_notes,
    "CATEGORIES": _fill_tags,
    "KIND": _fill_organisation_mark,
    "X-ABSHOWAS": _fill_organisation_mark,
    "NICKNAME": _filler_of("nickname"),
    "UID": _filler_of("uid"),
    "X-PHONETIC-FIRST-NAME": _filler_of("phonetic_first_name"),
    "X-PHONETIC-MIDDLE-NAME": _filler_of("phonetic_middle_name"),
    "X-PHONETIC-LAST-NAME": _filler_of("phonetic_last_name"),
}


def _parts(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _text(value: object) -> str:
    parts = (str(part).replace("\0", "").strip() for part in _parts(value))
    return " ".join(filter(None, parts)) if value else ""


def _kind(each: _Property) -> str:
    """The TYPE that says something: work or home, not the transport and not what is preferred."""
    kinds = (kind for value in each.params.get("TYPE", []) for kind in value.split(","))
    return next((kind.capitalize() for kind in kinds if kind.upper() not in {"INTERNET", "PREF", "VOICE"}), "")


def _plain_label(label: str) -> str:
    apple = _APPLE_LABEL.fullmatch(label)
    return apple[1] if apple else label
