"""Contacts: their fields, search, saving, merging, and facts with sources."""
