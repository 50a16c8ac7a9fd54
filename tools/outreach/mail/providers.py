"""What is known of mail providers: their servers, and what they do with what they send (docs/mail.md, "Providers")."""

from dataclasses import dataclass

from onelane.tools.outreach.mail.mail_server import Security

CHECKED_ON = "2026-11-26"
"""When the table was last compared with the providers' pages."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of mailboxes.

    Args:
        name: what people call it
        domains: of which addresses; none where every customer has a domain of their own
        smtp_host: where it takes mail
        imap_host: where it shows mail
        source: the provider's page that says so
        smtp_port: its port for mail
        smtp_security: how the connection is protected
        imap_port: its port for IMAP
        files_sent: whether it files a copy of what it accepts into the Sent folder by itself
        per_day: so many messages in 24 hours it takes at most, where that is published
        advice: what a person has to know before they connect
    """

    name: str
    domains: tuple[str, ...]
    smtp_host: str
    imap_host: str
    source: str
    smtp_port: int = 465
    smtp_security: Security = Security.TLS
    imap_port: int = 993
    files_sent: bool = False
    per_day: int | None = None
    advice: str = "Use an app password where the provider has them; your usual one is for its own pages."


_GOOGLE_ADVICE = (
    "Google wants an app password, for which 2-step verification must be on: myaccount.google.com/apppasswords. It "
    "ends when the account's password changes."
)
_MICROSOFT_ADVICE = (
    "Microsoft's servers take hardly any password any more. Sign in with a browser: onelane accounts connect microsoft."
    " Where they refuse that too, the administrator switches on IMAP and authenticated SMTP for the mailbox."
)
MICROSOFT_365 = Provider(
    "Microsoft 365",
    (),
    "smtp.office365.com",
    "outlook.office365.com",
    "https://learn.microsoft.com/exchange/mail-flow-best-practices",
    smtp_port=587,
    smtp_security=Security.STARTTLS,
    files_sent=True,
    advice=_MICROSOFT_ADVICE,
)
"""Mailboxes at Microsoft with a domain of their own."""

PROVIDERS = (
    Provider(
        "Gmail",
        ("gmail.com", "googlemail.com"),
        "smtp.gmail.com",
        "imap.gmail.com",
        "https://support.google.com/mail/answer/22839",
        files_sent=True,
        per_day=500,
        advice=_GOOGLE_ADVICE,
    ),
    Provider(
        "Google Workspace",
        (),
        "smtp.gmail.com",
        "imap.gmail.com",
        "https://support.google.com/a/answer/166852",
        files_sent=True,
        per_day=2000,
        advice=_GOOGLE_ADVICE,
    ),
    Provider(
        "Outlook.com",
        ("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "outlook.fr", "hotmail.co.uk"),
        "smtp-mail.outlook.com",
        "outlook.office365.com",
        "https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040",
        smtp_port=587,
        smtp_security=Security.STARTTLS,
        files_sent=True,
        advice=_MICROSOFT_ADVICE,
    ),
    MICROSOFT_365,
    Provider(
        "iCloud",
        ("icloud.com", "me.com", "mac.com"),
        "smtp.mail.me.com",
        "imap.mail.me.com",
        "https://support.apple.com/102525",
        smtp_port=587,
        smtp_security=Security.STARTTLS,
        advice="Apple wants an app-specific password: account.apple.com, Sign-In and Security.",
    ),
    Provider(
        "Yahoo",
        ("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it"),
        "smtp.mail.yahoo.com",
        "imap.mail.yahoo.com",
        "https://help.yahoo.com/kb/SLN4075.html",
    ),
    Provider(
        "Fastmail",
        ("fastmail.com", "fastmail.fm"),
        "smtp.fastmail.com",
        "imap.fastmail.com",
        "https://www.fastmail.help/hc/en-us/articles/1500000278342",
    ),
    Provider(
        "GMX",
        ("gmx.net", "gmx.de", "gmx.at", "gmx.ch"),
        "mail.gmx.net",
        "imap.gmx.net",
        "https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html",
        advice="GMX wants IMAP switched on first: Settings, POP3 and IMAP.",
    ),
    Provider(
        "GMX",
        ("gmx.com", "gmx.us", "gmx.co.uk"),
        "mail.gmx.com",
        "imap.gmx.com",
        "https://support.gmx.com/pop-imap/imap/server.html",
        advice="GMX wants IMAP switched on first: Settings, POP3 and IMAP.",
    ),
    Provider(
        "WEB.DE",
        ("web.de",),
        "smtp.web.de",
        "imap.web.de",
        "https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html",
        smtp_port=587,
        smtp_security=Security.STARTTLS,
        advice="WEB.DE wants IMAP switched on first: Settings, POP3 and IMAP.",
    ),
    Provider(
        "mailbox.org",
        ("mailbox.org",),
        "smtp.mailbox.org",
        "imap.mailbox.org",
        "https://kb.mailbox.org/en/private/e-mail/use-of-the-mailbox-org-servers",
    ),
    Provider(
        "Posteo",
        ("posteo.de", "posteo.net", "posteo.org"),
        "posteo.de",
        "posteo.de",
        "https://posteo.de/en/help/how-do-i-set-up-posteo-in-an-email-client",
        advice="Posteo takes the usual password.",
    ),
    Provider(
        "Zoho",
        ("zohomail.com", "zoho.com"),
        "smtp.zoho.com",
        "imap.zoho.com",
        "https://www.zoho.com/mail/help/imap-access.html",
        files_sent=True,
    ),
)


def provider_of(address: str, smtp_host: str | None = None) -> Provider | None:
    """The provider of an address: by its domain, else by the server that it sends through; None when none is known."""
    domain = address.rpartition("@")[2].lower()
    by_domain = next((each for each in PROVIDERS if domain in each.domains), None)
    host = (smtp_host or "").lower()
    # Of those with one server for all, the one for domains of their own.
    by_host = next((each for each in PROVIDERS if host == each.smtp_host and not each.domains), None)
    return by_domain or by_host or next((each for each in PROVIDERS if host == each.smtp_host), None)
