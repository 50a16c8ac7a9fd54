"""E-mail: letters, SMTP, IMAP, what an answer is, and what providers are known to do."""

__all__ = [
    "account_care",
    "account_limits",
    "account_standing",
    "connecting",
    "mail_accounts",
    "mail_facts",
    "mail_server",
    "sign_in",
]
