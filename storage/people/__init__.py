"""Contacts, their e-mail addresses, identities, sources and engagements."""
