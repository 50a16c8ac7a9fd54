"""Contact details as exports write them: names, e-mail addresses, telephone numbers, and shared or automatic addresses.

What is rare is checked by the libraries that know it, which are loaded when needed.
"""

import re
from email.utils import getaddresses

from onelane.tools.platforms.formats.cells import without_entities, without_marks
from onelane.tools.platforms.formats.records import Email

_EAST_ASIAN = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
# Nearly every address: plain ASCII, dots between atoms, a domain of at least two labels. It answers in under a
# microsecond; what it does not know, email-validator decides.
_PLAIN = re.compile(
    r"[A-Za-z0-9_+%'&/=~-]+(?:\.[A-Za-z0-9_+%'&/=~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
# A spreadsheet's mark of a text before a number, and the point that a program makes of a number.
_SPREADSHEETS = re.compile(r"\A'|(?<=\d{6})\.0\Z")
_DESK = re.compile(
    r"(?<=\d)\s*(?:[;,]?\s*(?:ext(?:ension|n)?|poste|durchwahl|dw|int(?:erno)?|ramal|вн|доб|x)[.:=]?|,{1,3}|[pw])\s*"
    r"(?=\d{1,7}#?\Z)",
    re.IGNORECASE,
)
"""What programs and people write before the number of a desk, or have a telephone wait by."""
_PHONE_CONTEXT = re.compile(r"(?P<number>\d[\d.() -]*);phone-context=(?P<country>\+\d{1,4})(?:;.*)?")
"""A number that says apart in which country it is dialled (RFC 3966)."""
EXTENSION = " ext. "
"""What stands between a company's number and that of a desk there."""
_MAX_LOCAL_CHARS, _MAX_CHARS = 64, 254
_AROUND = re.compile(r"\A[\s<]+|[\s>.,;:]+\Z")
"""What is typed or copied along with an address and belongs to none."""

# RFC 2142 names some; the others are what companies' sites show.
_SHARED_NAMES = {
    "abuse", "accounting", "accounts", "admin", "administration", "administrator", "admissions", "ads",
    "advertising", "all", "billing", "booking", "bookings", "career", "careers", "central", "community", "contact",
    "contacto", "contacts", "contato", "customercare", "customerservice", "customersupport", "enquiries", "enquiry",
    "events", "everyone", "family", "feedback", "finance", "frontdesk", "general", "hello", "help", "helpdesk",
    "hostmaster", "hr", "info", "information", "inquiries", "inquiry", "invoice", "invoices", "it", "jobs",
    "kontakt", "legal", "mail", "marketing", "media", "news", "office", "order", "orders", "partners", "people",
    "post", "postmaster", "pr", "press", "presse", "privacy", "purchasing", "reception", "recruiting",
    "recruitment", "redaktion", "reservations", "root", "sales", "security", "service", "services", "shop", "staff",
    "studio", "subscribe", "support", "team", "tech", "vertrieb", "verwaltung", "webmaster", "welcome",
}  # fmt: skip
_AUTOMATIC_STARTS = (
    "noreply", "donotreply", "dontreply", "mailerdaemon", "notification", "autoconfirm", "autoreply", "autoresponder",
    "automailer", "noresponder", "naoresponda", "nepasrepondre", "nichtantworten", "keineantwort", "nonrispondere",
    "geenantwoord", "ingensvar", "svarainte", "svarikke", "notificacion", "notificacao", "notificacoes", "notifica",
    "notifiche", "benachrichtigung", "powiadomieni", "bildirim", "mailrobot", "mailbot", "noresponse", "svaraej",
    "nieodpowiadaj", "neotvech", "alertmanager",
)  # fmt: skip
_AUTOMATIC = (
    "bounce", "bounces", "invitation", "invitations", "newsletter", "newsletters", "notify", "unsubscribe", "no reply",
    "do not reply", "dont reply", "mailer daemon", "auto confirm", "auto reply", "auto responder", "non rispondere",
    "ne pas repondre", "nicht antworten", "keine antwort", "no responder", "no contestar", "nao responda",
    "nao responder", "niet beantwoorden", "geen antwoord", "inte svara", "svara inte", "ikke svar", "svar ikke",
    "nie odpowiadaj", "daemon", "mdaemon", "nobody", "listserv", "majordomo", "mailman", "hit reply", "msg reply",
    "ingen svar", "neodpovidat", "neodpovedat", "nie odpowiadac", "automated", "automatic", "mailer", "unmonitored",
    "confirmation", "confirmations", "verification", "tracking", "voicemail", "svara ej", "calendar server",
    "ne otvechaite", "ne otvechayte", "bestaetigung", "bestatigung", "versandbestaetigung", "no response",
)  # fmt: skip
"""Whole words; each may have a number behind it, and any joint between it and the next."""
_MACHINES = (
    "auto|bot|robot|root|cron|system|automation|wordpress|www-data|apache|nginx|jira|jenkins|gitlab|catch-?all|nagios|zabbix|"
    "grafana|sentry|monitoring|scanner|printer|copier|kopierer|drucker|verify|friendsuggestion|offers?|deals?|promos?|"
    "promotions?|mailings?|campaigns?|surveys?|statements?|e-?bill(?:ing)?|(?:e|store|shop)-?news"
)
"""The whole of an address, since people are called Bot or Deal."""
_MACHINES_HOSTS = re.compile(
    r"@(?:[^@]+\.)?(?:(?:no-?reply|do-?not-?reply|bounces?|unsubscribe)\..+|mandrillapp\.com|amazonses\.com|"
    r"docusign\.net|adobesign\.com|echosign\.com|facebookmail\.com|rsgsv\.net|mcsv\.net|mcdlv\.net)\Z"
    r"|@(?:notifications?|notify|alerts?|newsletters?)\.[^@.]+\.|\+acct_\w+@"
)
"""`1234+ada@users.noreply.github.com`, what servers send bounces to, and machines that write for somebody: who signs,
who has paid (`invoice+statements+acct_1a2b@stripe.com`)."""
_NEWS = "(?:alert|digest|receipt|update|invite)s?"
"""What machines write; behind a plus it is the mark that a person gave to an address: `ada+updates@`."""
_JOINT, _NUMBER = "[-_.+=]", "[0-9]*"
_WHOLE = "|".join(_AUTOMATIC).replace(" ", f"{_NUMBER}{_JOINT}+")
# One pattern and no loop: an import asks several times about each address.
_NOBODYS = re.compile(
    # `reply+a1b2c3@` is for the answer to one notification, `ops-request@` is a list's machine, and `prvs=1a=ada@` and
    # `srs0=1a=2b=example.org=ada@` are what servers make of an address while a letter is under way.
    rf"\Areply(?:\+|[-._=][a-z]*\d)|\A(?:{_MACHINES})\Z|\A(?:owner-|prvs=|srs[01][-+=])"
    rf"|-(?:owner|reply|request|bot|confirm)\Z|(?:\A|[-_.]){_NEWS}(?:{_JOINT}|\Z)"
    rf"|(?:\A|{_JOINT})(?:{'|'.join(_AUTOMATIC_STARTS)}|(?:{_WHOLE}){_NUMBER}(?:{_JOINT}|\Z))"
)


def full_name(first: str, last: str, *, prefix: str = "", middle: str = "", suffix: str = "") -> str:
    """The name as it is written: "Dr. Ada King Example", but 愛川翼 with the family first and no space."""
    if not (prefix or middle or suffix):
        if first.isascii() or last.isascii():
            return f"{first} {last}".strip()
        if _EAST_ASIAN.fullmatch(first) and _EAST_ASIAN.fullmatch(last):
            return last + first
    return " ".join(part for part in (prefix, first, middle, last, suffix) if part)


def parse_email(text: str, label: str | None = None) -> Email | None:
    """The address in `text`, or None when it is none by RFC 5321 and 6531. Nobody is asked over the network."""
    address = text.strip()
    if len(address) > _MAX_CHARS:
        return None
    # A domain of another script in the letters of the wire is the same one in its own.
    if _PLAIN.fullmatch(address) and address.index("@") <= _MAX_LOCAL_CHARS and "xn--" not in address.lower():
        return Email(address, address.lower(), label)
    return _unusual_email(_AROUND.sub("", without_marks(address)).removeprefix("mailto:"), label)


def parse_phone(text: str) -> str:
    """The number as E.164 when it says its country and could exist, with that of a desk (`ext. 12`) behind it; else as
    it was written."""
    written = _SPREADSHEETS.sub("", without_marks(text).strip()).removeprefix("tel:")
    if context := _PHONE_CONTEXT.fullmatch(written):
        written = context["country"] + context["number"]
    is_dialled_abroad = written.startswith("00")
    if not (written.startswith("+") or is_dialled_abroad):
        return written
    import phonenumbers

    number = _DESK.sub(EXTENSION, f"+{written[2:]}" if is_dialled_abroad else written)
    try:
        phone = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return written
    # Two zeros begin some numbers at home as well.
    exists = phonenumbers.is_valid_number if is_dialled_abroad else phonenumbers.is_possible_number
    if not exists(phone):
        return written
    whole = phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)
    return f"{whole}{EXTENSION}{phone.extension}" if phone.extension else whole


def _unusual_email(address: str, label: str | None) -> Email | None:
    if "@" not in address:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        # test_environment allows .test, as the quick way above does: an address book may hold what no resolver knows.
        email = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return None
    return Email(address, email.normalized.lower(), label)


def named_addresses(header: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, as they are written; nothing where it can't be read."""
    try:
        return getaddresses([header])
    except RecursionError:
        return []  # comments inside of comments, a thousand deep: nobody wrote that


def addresses_in(text: str) -> list[str]:
    """The addresses in a value, which should be one and may be a list, a link, or stand behind a name."""
    text = without_marks(without_entities(text)).strip().removeprefix("mailto:")
    if text.count("@") < 2 and "<" not in text:
        return [text] if text else []
    addresses = [address for _, address in named_addresses(text.replace(";", ",")) if "@" in address]
    return addresses or [text]


def is_shared(address: str) -> bool:
    """Whether an address is by its name a role's (`info@`, `sales@`) or nobody's, and so proves no identity."""
    local = address.partition("@")[0].partition("+")[0]
    return local in _SHARED_NAMES or is_nobodys(address)


def is_nobodys(address: str) -> bool:
    """Whether no person reads what is sent to an address.

    The words are looked for anywhere between the joints of the local part: `comments-noreply@`, `list+bounces-12@`.
    """
    address = address.lower()
    return _NOBODYS.search(address.partition("@")[0]) is not None or _MACHINES_HOSTS.search(address) is not None
