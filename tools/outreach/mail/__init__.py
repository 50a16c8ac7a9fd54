"""E-mail: letters, SMTP, IMAP, what an answer is, and what providers are known to do."""

__all__ = ["connecting", "mail_accounts", "mail_facts", "mail_server"]
