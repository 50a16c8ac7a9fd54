"""The lists of Google that syncs read: the address book, and heads of mails."""

__all__: list[str] = []
