"""Contacts: their fields, search, saving, merging, and facts with sources."""

__all__ = [
    "archiving",
    "contact_facts",
    "contact_fields",
    "contact_files",
    "contact_filter",
    "contact_saving",
    "contact_views",
    "evidence",
    "extraction",
    "extraction_forms",
    "fact_fields",
    "found_people",
    "intake",
    "name_parts",
    "outcomes",
]
