"""File formats and values that several platforms share."""

__all__ = ["addresses", "archive", "mailboxes", "markup", "mbox", "mbox_messages", "records", "vcard"]
