"""An entry of an address book, whichever format it was written in, and the record that comes of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from onelane.tools.platforms.formats.cells import ROUNDED_NUMBER, is_no_name, is_rounded
from onelane.tools.platforms.formats.contact_details import (
    addresses_in,
    full_name,
    is_nobodys,
    parse_email,
    parse_phone,
)
from onelane.tools.platforms.formats.instants import iso_instant, written_instant
from onelane.tools.platforms.formats.records import BadLine, Email, Json, PersonRecord, SkippedLine, Unread, excerpt

YEARS_FOR_NONE = frozenset({"0000", "0001", "1604"})
"""Years that stand for a birthday without one; 1604 is Apple's."""
_NUMBER_FOR_NAME = re.compile(r"'?[+(\d][\d\s()./-]*")
"""A number where a telephone keeps the name of whom it knows by nothing else; nobody is greeted by it."""
_TURNED_NAME = re.compile(
    r"([^\W\d_][\w'’ .-]*), ?((?!(?:Jr|Sr|Inc|Ltd|LLC|Co|MD|PhD|MBA|CPA|Esq)\b)[^\W\d_][\w'’ .-]*)"
)
"""A family name before a given one, in the place of the latter."""
_PLAIN_BIRTHDAY = re.compile(r"(?:\d{4}|-)-\d\d-\d\d")


@dataclass(slots=True)
class Card:
    """What an entry says, each value stripped; empty where it says nothing."""

    full: str = ""
    """The name as the entry itself puts it together."""
    prefix: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    emails: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Addresses and their labels."""
    phones: list[str] = field(default_factory=list[str])
    company: str = ""
    title: str = ""
    location: str = ""
    websites: list[str] = field(default_factory=list[str])
    birthday: str = ""
    notes: str = ""
    tags: list[str] = field(default_factory=list[str])
    is_organisation: bool = False
    wants_no_letters: bool = False
    more: dict[str, Json] = field(default_factory=dict[str, Json])
    """What has no place of its own, such as a department or how a name is spoken."""


def record_of(card: Card, line: int, unread_values: Sequence[Unread] = ()) -> PersonRecord | BadLine | SkippedLine:
    """The person or organisation on a card. Without a name, an address, a number or a company it is nobody.

    Args:
        card: the entry
        line: where it stands
        unread_values: what was not understood of it before
    """
    emails, invalid = _emails(card.emails)
    _settle_names(card)
    phones = [phone for phone in card.phones if not is_rounded(phone)]
    birthday, is_certain = _birthday(card.birthday)
    company = " ".join(card.company.split())
    name = _name_of(card)
    if any(name.lower() == email.normalized for email in emails):
        name = ""  # a program that knows no name shows the address
    if not (name or emails or card.company) and phones:
        # What has only a number is known by its number, as a telephone shows it.
        name = phones[0]
    unread_values = [
        *unread_values,
        *(Unread("e-mail: not an address", excerpt(address)) for address in invalid),
        *(Unread(f"phone: {ROUNDED_NUMBER}", excerpt(phone)) for phone in card.phones if is_rounded(phone)),
        *([] if is_certain else [Unread("birthday: not one certain day", excerpt(card.birthday))]),
    ]
    if not (name or emails or card.company):
        if unread_values:
            return BadLine(
                line,
                f"nothing is left to tell an entry by: {unread_values[0].what}: {unread_values[0].value}",
                unread_values[0].what,
            )
        return SkippedLine(line, "an entry without name, address, number or company")
    if emails and not _says_more(card) and all(is_nobodys(email.normalized) for email in emails):
        return SkippedLine(line, "an address that programs write from, and nobody's")
    is_organisation = card.is_organisation or _is_only_company(card, name)
    extra: dict[str, Json] = {key: value for key, value in card.more.items() if value}
    if invalid:
        extra["invalid_emails"] = invalid
    if len(card.websites) > 1:
        extra["websites"] = card.websites
    return PersonRecord(
        line=line,
        platform="gmail",
        name=name or (company if is_organisation else "") or None,
        first_name=None if _NUMBER_FOR_NAME.fullmatch(card.first) else card.first or None,
        last_name=card.last or None,
        emails=emails,
        phones=tuple(_once(map(parse_phone, phones))),
        company=company or (name if is_organisation else "") or None,
        title=card.title or None,
        location=card.location or None,
        website=card.websites[0] if card.websites else None,
        birthday=birthday or None,
        notes=card.notes.replace("\r\n", "\n") or None,
        tags=tuple(_once(card.tags)),
        relations=("email_disabled",) if card.wants_no_letters else (),
        is_organisation=is_organisation,
        extra=extra,
        unread=tuple(unread_values),
    )


def _birthday(text: str) -> tuple[str, bool]:
    """A birthday as ISO has it, and whether it is certain; else as it is written."""
    if not text:
        return "", True
    if _PLAIN_BIRTHDAY.fullmatch(text):
        without_year = text[:1] == "-" or text[:4] in YEARS_FOR_NONE
        # 29 February is a day without a year.
        whole_day = f"2000{text[-6:]}" if without_year else text
        return (f"-{text[-6:]}" if without_year else text), iso_instant(whole_day) is not None
    day = written_instant(text)
    return (text, False) if day is None else (day.date().isoformat(), True)


def _settle_names(card: Card) -> None:
    """Take out of a card's names what greets nobody, and put those right that stand the other way round."""
    for part in ("full", "first", "middle", "last"):
        name: str = getattr(card, part)
        if is_no_name(name) or (part != "full" and "@" in name and parse_email(name)):
            setattr(card, part, "")
    if not card.last and (turned := _TURNED_NAME.fullmatch(card.first)):
        card.full = "" if card.full == card.first else card.full
        card.last, card.first = turned[1].strip(), turned[2].strip()


def _says_more(card: Card) -> bool:
    """Whether an entry says more than a name and addresses, as one does that a person made."""
    return bool(card.phones or card.company or card.title or card.notes or card.birthday or card.websites)


def _name_of(card: Card) -> str:
    """The name as the entry puts it together, or from its parts, or else what the person is called by."""
    parts = full_name(card.first, card.last, prefix=card.prefix, middle=card.middle, suffix=card.suffix)
    # A line break in a name would be one in a letter's head.
    return " ".join((card.full or parts or str(card.more.get("nickname") or "")).split())


def _is_only_company(card: Card, name: str) -> bool:
    return bool(card.company) and not (card.first or card.last) and name in {"", card.company}


def _emails(values: list[tuple[str, str]]) -> tuple[tuple[Email, ...], list[str]]:
    valid: dict[str, Email] = {}
    invalid: list[str] = []
    for address, label in ((address_text, label) for value, label in values for address_text in addresses_in(value)):
        if email := parse_email(address, label or None):
            valid.setdefault(email.normalized, email)
        else:
            invalid.append(address[:254])
    return tuple(valid.values()), invalid


def _once(values: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(value for value in values if value)
