"""What comes back: whom it is from, what it is, and what stops because of it."""

__all__ = ["inbound", "inbox", "mail_poll", "mailbox_file", "rejudging"]
