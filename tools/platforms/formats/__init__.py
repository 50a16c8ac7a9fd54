"""File formats and values that several platforms share."""

__all__ = ["archive", "contact_details", "records", "vcard"]
