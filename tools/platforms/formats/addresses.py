"""E-mail addresses and telephone numbers, checked by the libraries that know them, which are loaded when needed."""

import re
from email.utils import getaddresses

from onelane.tools.platforms.formats.records import Email

# Nearly every address: plain ASCII, dots between atoms, a domain of at least two labels. It answers in under a
# microsecond; what it does not know, email-validator decides.
_PLAIN = re.compile(
    r"[A-Za-z0-9_+%'&/=~-]+(?:\.[A-Za-z0-9_+%'&/=~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_MAX_LOCAL_CHARS, _MAX_CHARS = 64, 254


def parse_email(text: str, label: str | None = None) -> Email | None:
    """The address in `text`, or None when it is none by RFC 5321 and 6531. Nobody is asked over the network."""
    address = text.strip()
    if len(address) > _MAX_CHARS:
        return None
    if _PLAIN.fullmatch(address) and address.index("@") <= _MAX_LOCAL_CHARS:
        return Email(address, address.lower(), label)
    return _unusual_email(address.removeprefix("mailto:"), label)


def parse_phone(text: str) -> str:
    """The number as E.164 when it says its country and could exist, else as it was written."""
    number = text.strip().removeprefix("tel:")
    if not number.startswith("+"):
        return number
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _unusual_email(address: str, label: str | None) -> Email | None:
    if "@" not in address:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        # test_environment allows .test, as the quick way above does: an address book may hold what no resolver knows.
        found = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return None
    return Email(address, found.normalized.lower(), label)


def named_addresses(header: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, as they are written; nothing where it can't be read."""
    try:
        return getaddresses([header])
    except RecursionError:
        return []  # comments inside of comments, a thousand deep: nobody wrote that
