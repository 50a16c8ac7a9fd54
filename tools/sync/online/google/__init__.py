"""The lists of a Google account: its address book, and its mails."""
