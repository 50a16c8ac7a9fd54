"""vCard files as address books: each card becomes a person or an organisation, whatever one line of it is like."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.cards import YEARS_FOR_NONE, Card, record_of
from onelane.tools.platforms.formats.decoding import encoding_of
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine
from onelane.tools.platforms.formats.vcard_lines import SPOKEN_NAME, CardLines, Property, is_begin, read_cards

_APPLE_LABEL = re.compile(r"_\$!<(.+)>!\$_")
_DATE = re.compile(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:[T ].*)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),(?=\S)")
_FIRST, _LAST = 0, 1000
_MOST_BEFORE = 20
_NO_PREAMBLE = re.compile(r"From |[\w-]+: ?\S|.*[,;\t].*[,;\t]|\s*[<{\[]")
_KINDS_OF_CARD = frozenset({"KIND", "X-ADDRESSBOOKSERVER-KIND"})
"""Version 4's, and the one that Apple writes into cards of version 3."""
_KINDS_OF_NOBODY = {
    "group": "a group", "location": "a place", "device": "a device", "application": "a program", "x-room": "a room",
}  # fmt: skip
"""RFC 6350, 6473 and 6869."""
_ANDROID = re.compile(r"vnd\.android\.cursor\.item/(\w+);([^;]+);.*", re.DOTALL)
"""What Android has no property for: a kind, the value and columns that mostly are empty."""
_PROFILES = {
    "twitter": "https://x.com/{}",
    "x": "https://x.com/{}",
    "linkedin": "https://www.linkedin.com/in/{}",
}


def is_vcard(member: Member) -> bool:
    """True for a file that begins with a card, or with a few words and then a card."""
    head = member.head(1 << 12)
    encoding = encoding_of(head)
    if encoding is None:
        return False
    lines = [
        line for line in head.decode(encoding.name, errors="replace").lstrip("\ufeff").splitlines() if line.strip()
    ]
    before = list(takewhile(lambda line: not is_begin(line.encode()), lines))
    # The heads of mails and the rows of tables are no preamble, whatever stands further down.
    return len(before) < min(len(lines), _MOST_BEFORE) and not any(map(_NO_PREAMBLE.match, before))


def read_vcards(member: Member) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per card, then the lines of the card that could not be read."""
    for lines in read_cards(member):
        kind = _kind_of_nobody(lines)
        record = SkippedLine(lines.line, f"{kind}, not a person") if kind else record_of(_card_of(lines), lines.line)
        if lines.is_card:
            yield record
        name = record.name if isinstance(record, PersonRecord) else None
        owner = f" (card of {name})" if name else ""
        for number, reason in lines.bad:
            yield BadLine(number, f"{member.basename}{owner}: {reason}", reason.partition(": ")[0])


@dataclass(slots=True)
class _Filling:
    """A card that is being filled from its properties."""

    card: Card = field(default_factory=Card)
    emails: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    """Rank, address and label."""
    phones: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    birthday_text: str = ""
    role: str = ""


def _kind_of_nobody(lines: CardLines) -> str | None:
    """What a card is of, where that is nobody."""
    kinds = (_text(entry.value).lower() for entry in lines.properties if entry.name in _KINDS_OF_CARD)
    return next((_KINDS_OF_NOBODY[kind] for kind in kinds if kind in _KINDS_OF_NOBODY), None)


def _card_of(lines: CardLines) -> Card:
    labels = {each.group: _text(each.value) for each in lines.properties if each.name == "X-ABLABEL"}
    filling = _Filling()
    for entry in lines.properties:
        if fill := _FILL.get(entry.name):
            label = labels.get(entry.group) if entry.group else None
            fill(filling, entry, _plain_label(label) if label else _kind(entry))
    card = filling.card
    card.emails = [(address, label) for _, address, label in sorted(filling.emails, key=lambda email: email[0])]
    card.phones = [number for _, number in sorted(filling.phones, key=lambda phone: phone[0])]
    card.birthday = card.birthday or filling.birthday_text
    if filling.role and card.title:
        _keep_custom(filling, "role", "", filling.role)
    card.title = card.title or filling.role
    return card


def _fill_name(filling: _Filling, entry: Property, label: str) -> None:
    card = filling.card
    if not (card.first or card.last):
        # Several names in one place stand apart by commas; one with a space behind it is part of a name.
        parts = [_text(_COMMA.sub(r"\1 ", part)) for part in _split(entry.value, ";")]
        last, first, middle, prefix, suffix, *_ = [*parts, "", "", "", "", ""]
        middle = " ".join(part.strip() for part in middle.split(","))
        card.prefix, card.first, card.middle, card.last, card.suffix = prefix, first, middle, last, suffix


def _fill_full_name(filling: _Filling, entry: Property, label: str) -> None:
    """The first is the name; what else version 4 calls somebody, as in another script, finds them too."""
    text = _text(entry.value)
    if filling.card.full and text and text != filling.card.full:
        _fill_nickname(filling, entry, label)
    filling.card.full = filling.card.full or text


def _fill_email(filling: _Filling, entry: Property, label: str) -> None:
    if address := _text(entry.value):
        filling.emails.append((_rank(entry), address, label))


def _fill_phone(filling: _Filling, entry: Property, label: str) -> None:
    if number := _text(entry.value):
        is_fax = "FAX" in _kinds(entry) and _rank(entry) > _FIRST
        filling.phones.append((_LAST if is_fax else _rank(entry), number))


def _fill_organisation(filling: _Filling, entry: Property, label: str) -> None:
    if not filling.card.company:
        company, *units = map(_text, _split(entry.value, ";"))
        filling.card.company = company
        filling.card.more["department"] = ", ".join(filter(None, units))


def _fill_title(filling: _Filling, entry: Property, label: str) -> None:
    filling.card.title = filling.card.title or _text(entry.value)


def _fill_location(filling: _Filling, entry: Property, label: str) -> None:
    parts = [*map(_text, _split(entry.value, ";")), *[""] * 7][:7]
    *streets, city, region, code, country = parts
    if any(streets) or code or filling.card.location:
        _keep_custom(filling, "address", label, ", ".join(filter(None, parts)))
    filling.card.location = filling.card.location or ", ".join(filter(None, (city, region, country)))


def _fill_website(filling: _Filling, entry: Property, label: str) -> None:
    if website := _text(entry.value):
        filling.card.websites.append(website)


def _fill_profile(filling: _Filling, entry: Property, label: str) -> None:
    """A profile on a network: its address, or the name that somebody has there."""
    service = next(iter(entry.params.get("SERVICE-TYPE") or entry.params.get("TYPE") or []), "")
    _keep_profile(filling, entry, service.lower())


def _profile_filler(service: str) -> Callable[[_Filling, Property, str], None]:
    def fill(filling: _Filling, entry: Property, label: str) -> None:
        _keep_profile(filling, entry, service)

    return fill


def _keep_profile(filling: _Filling, entry: Property, service: str) -> None:
    value = _text(entry.value)
    user = next(iter(entry.params.get("X-USER", [])), "") or ("" if "/" in value else value.rpartition(":")[2])
    address_pattern = _PROFILES.get(service)
    address = value if value.lower().startswith(("http://", "https://")) else None
    if address is None and address_pattern is not None and user:
        address = address_pattern.format(user.lstrip("@"))
    if address is not None:
        profiles = filling.card.more.setdefault("profiles", [])
        if isinstance(profiles, list) and address not in profiles:
            profiles.append(address)


def _fill_birthday(filling: _Filling, entry: Property, label: str) -> None:
    text = _text(entry.value)
    date = _DATE.fullmatch(text)
    if date is None:
        filling.birthday_text = filling.birthday_text or text
    elif not filling.card.birthday:
        omitted = date[1] in YEARS_FOR_NONE | {"--"} or date[1] in entry.params.get("X-APPLE-OMIT-YEAR", [])
        filling.card.birthday = f"{'-' if omitted else date[1]}-{date[2]}-{date[3]}"


def _fill_notes(filling: _Filling, entry: Property, label: str) -> None:
    filling.card.notes = "\n".join(filter(None, (filling.card.notes, _text(entry.value))))


def _fill_tags(filling: _Filling, entry: Property, label: str) -> None:
    filling.card.tags.extend(filter(None, map(_text, _split(entry.value, ",;"))))


def _fill_nickname(filling: _Filling, entry: Property, label: str) -> None:
    nicknames = filling.card.more.get("nickname")
    new_names = (_text(name).strip('"“”') for name in _split(entry.value, ","))
    names = [*([str(nicknames)] if nicknames else []), *filter(None, new_names)]
    filling.card.more["nickname"] = ", ".join(names)


def _fill_of_android(filling: _Filling, entry: Property, label: str) -> None:
    match = _ANDROID.fullmatch(entry.value)
    if match is not None and match[1] == "nickname":
        _fill_nickname(filling, replace(entry, value=match[2]), label)


def _fill_organisation_mark(filling: _Filling, entry: Property, label: str) -> None:
    filling.card.is_organisation |= _text(entry.value).lower() in {"org", "company"}


def _fill_spoken_name(filling: _Filling, entry: Property, label: str) -> None:
    last, first, *_ = [*map(_text, _split(entry.value, ";")), ""]
    filling.card.more |= {"phonetic_last_name": last, "phonetic_first_name": first}


def _fill_role(filling: _Filling, entry: Property, label: str) -> None:
    """What somebody does; beside a title it is another thing."""
    filling.role = filling.role or _text(entry.value)


def _fill_labelled(filling: _Filling, entry: Property, label: str) -> None:
    """What Apple has under a label of its own, such as `Spouse` or `First meeting`."""
    _keep_custom(filling, label.lower() or _CUSTOM_NAMES[entry.name], "", _text(entry.value))


def _custom_filler(name: str) -> Callable[[_Filling, Property, str], None]:
    def fill(filling: _Filling, entry: Property, label: str) -> None:
        _keep_custom(filling, name, label, _text(entry.value))

    return fill


def _keep_custom(filling: _Filling, name: str, label: str, text: str) -> None:
    """Keep what has no place of its own under its name, such as `address (home)`; further ones are numbered."""
    fields = filling.card.more.setdefault("custom_fields", {})
    name = f"{name} ({label.lower()})" if label else name
    if text and isinstance(fields, dict) and text not in fields.values():
        number = sum(each == name or each.startswith(f"{name} #") for each in fields) + 1
        fields[name if number == 1 else f"{name} #{number}"] = text


def _filler_of(key: str) -> Callable[[_Filling, Property, str], None]:
    def fill(filling: _Filling, entry: Property, label: str) -> None:
        filling.card.more[key] = _text(entry.value)

    return fill


_CUSTOM_NAMES = {
    "ANNIVERSARY": "anniversary", "X-ANNIVERSARY": "anniversary", "X-EVOLUTION-ANNIVERSARY": "anniversary",
    "X-KADDRESSBOOK-X-ANNIVERSARY": "anniversary", "IMPP": "im", "X-AIM": "aim", "X-ICQ": "icq", "X-JABBER": "jabber",
    "X-MSN": "msn", "X-YAHOO": "yahoo", "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-GOOGLE-TALK": "google talk",
    "X-GTALK": "google talk", "X-QQ": "qq", "X-GADUGADU": "gadu-gadu", "X-TELEGRAM": "telegram",
    "X-WHATSAPP": "whatsapp", "X-SIGNAL": "signal", "X-MATRIX": "matrix", "RELATED": "related", "X-SPOUSE": "spouse",
    "X-EVOLUTION-SPOUSE": "spouse", "X-KADDRESSBOOK-X-SPOUSESNAME": "spouse", "X-MANAGER": "manager",
    "X-EVOLUTION-MANAGER": "manager", "X-ASSISTANT": "assistant", "X-EVOLUTION-ASSISTANT": "assistant",
    "HOBBY": "hobby", "INTEREST": "interest", "EXPERTISE": "expertise", "LANG": "language", "TZ": "time zone",
    "BIRTHPLACE": "birthplace", "X-ABDATE": "date", "X-ABRELATEDNAMES": "related",
}  # fmt: skip
"""What contacts have no field for, and what it is kept as."""
_FILL: dict[str, Callable[[_Filling, Property, str], None]] = {
    "N": _fill_name,
    "FN": _fill_full_name,
    "EMAIL": _fill_email,
    "TEL": _fill_phone,
    "ORG": _fill_organisation,
    "TITLE": _fill_title,
    "ADR": _fill_location,
    "URL": _fill_website,
    "X-SOCIALPROFILE": _fill_profile,
    "SOCIALPROFILE": _fill_profile,
    "X-TWITTER": _profile_filler("twitter"),
    "X-LINKEDIN": _profile_filler("linkedin"),
    "X-LINKEDIN-URL": _profile_filler("linkedin"),
    "X-ANDROID-CUSTOM": _fill_of_android,
    **{name: _custom_filler(custom) for name, custom in _CUSTOM_NAMES.items()},
    "X-ABDATE": _fill_labelled,
    "X-ABRELATEDNAMES": _fill_labelled,
    "ROLE": _fill_role,
    "BDAY": _fill_birthday,
    "NOTE": _fill_notes,
    "CATEGORIES": _fill_tags,
    "KIND": _fill_organisation_mark,
    "X-ABSHOWAS": _fill_organisation_mark,
    "NICKNAME": _fill_nickname,
    "X-EPOCSECONDNAME": _fill_nickname,
    SPOKEN_NAME: _fill_spoken_name,
    "UID": _filler_of("uid"),
    "X-MAIDENNAME": _filler_of("maiden_name"),
    "X-PHONETIC-FIRST-NAME": _filler_of("phonetic_first_name"),
    "X-PHONETIC-MIDDLE-NAME": _filler_of("phonetic_middle_name"),
    "X-PHONETIC-LAST-NAME": _filler_of("phonetic_last_name"),
}


def _split(value: str, separators: str) -> Iterable[str]:
    """The parts of a value that has several, each with its escapes."""
    if "\\" not in value and len(separators) == 1:
        return value.split(separators)
    return re.findall(rf"((?:\\.|[^{separators}\\]|\\$)*)(?:[{separators}]|$)", value, re.DOTALL)[:-1] or [value]


def _text(value: str) -> str:
    """A value or part of one, its escapes undone."""
    text = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value) if "\\" in value else value
    return text.replace("\r\n", "\n").strip()


def _kinds(entry: Property) -> list[str]:
    return [kind.upper() for kind in entry.params["TYPE"]] if "TYPE" in entry.params else []


def _kind(entry: Property) -> str:
    """The TYPE that says something: work or home, not the transport and not what is preferred."""
    return next((kind.capitalize() for kind in _kinds(entry) if kind not in {"INTERNET", "PREF", "VOICE"}), "")


def _rank(entry: Property) -> int:
    """Which of several values comes first: the preferred one, marked as version 3 or as version 4 does it."""
    if "PREF" in _kinds(entry) or "PREF" in entry.params.get("PREF", []):
        return _FIRST
    preference = next(iter(entry.params.get("PREF", [])), "")
    return int(preference) if preference.isascii() and preference.isdigit() and len(preference) < 4 else _LAST - 1


def _plain_label(label: str) -> str:
    apple = _APPLE_LABEL.fullmatch(label)
    return apple[1] if apple else label
