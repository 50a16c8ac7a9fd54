"""Addresses that are not one person's: they prove nobody's identity."""

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
_NOBODY = (
    "noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "do.not.reply",
    "mailer-daemon", "mailerdaemon", "unsubscribe", "notification", "bounce", "auto-confirm", "autoreply",
    "auto-reply",
)  # fmt: skip


def is_shared(address: str) -> bool:
    """Whether an address is by its name a role's (`info@`, `sales@`) or nobody's, and so proves no identity."""
    local = address.partition("@")[0].partition("+")[0]
    return local in _SHARED or is_nobodys(address)


def is_nobodys(address: str) -> bool:
    """Whether no person reads what is sent to an address."""
    return address.startswith(_NOBODY)
