"""Shared and automatic addresses, which prove nobody's identity. The one list of them."""

import re

# RFC 2142 names some; the others are what companies' sites show.
_SHARED = {
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
)  # fmt: skip
_AUTOMATIC = (
    "bounce", "bounces", "invitation", "invitations", "newsletter", "newsletters", "notify", "unsubscribe", "no reply",
    "do not reply", "dont reply", "mailer daemon", "auto confirm", "auto reply", "auto responder", "non rispondere",
    "ne pas repondre", "nicht antworten",
)  # fmt: skip
"""Whole words; each may have a number behind it, and any joint between it and the next."""
_JOINT, _NUMBER = "[-_.+=]", "[0-9]*"
_WHOLE = "|".join(_AUTOMATIC).replace(" ", f"{_NUMBER}{_JOINT}+")
# One pattern and no loop: an import asks several times about each address.
_NOBODYS = re.compile(
    # Such as `reply+a1b2c3@`: an address for the answer to one notification.
    rf"\Areply\+|(?:\A|{_JOINT})(?:{'|'.join(_AUTOMATIC_STARTS)}|(?:{_WHOLE}){_NUMBER}(?:{_JOINT}|\Z))"
)


def is_shared(address: str) -> bool:
    """Whether an address is by its name a role's (`info@`, `sales@`) or nobody's, and so proves no identity."""
    local = address.partition("@")[0].partition("+")[0]
    return local in _SHARED or is_nobodys(address)


def is_nobodys(address: str) -> bool:
    """Whether no person reads what is sent to an address.

    The words are looked for anywhere between the joints of the local part: `comments-noreply@`, `list+bounces-12@`.
    """
    return _NOBODYS.search(address.partition("@")[0].lower()) is not None
