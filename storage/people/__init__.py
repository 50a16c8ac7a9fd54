"""Contacts, their e-mail addresses, identities, sources and engagements."""

__all__ = [
    "account_relations",
    "contact_counts",
    "contact_field",
    "contact_sources",
    "contacts",
    "emails",
    "engagements",
    "identities",
    "workplaces",
]
