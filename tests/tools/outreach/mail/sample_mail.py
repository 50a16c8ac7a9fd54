"""Mail as servers and programs write it, made here: everybody in it is invented."""

from dataclasses import dataclass
from textwrap import dedent, indent

OURS = "<out_0d1e2f.k7qf@example.com>"
"""The Message-ID of the letter that all these answer."""
ACTION = "out_0d1e2f"
ME = "ada@example.com"
THEM = "grace@example.org"


@dataclass(frozen=True)
class Mail:
    """A mail that somebody sends back.

    Args:
        text: its text
        headers: more headers, such as `Auto-Submitted`
        subject: its subject
        sender: who it is from
        answers: whether it names our letter
        message_id: its own id
    """

    text: str = ""
    headers: str = ""
    subject: str = "Re: Compilers"
    sender: str = f"Grace Example <{THEM}>"
    answers: bool = True
    message_id: str = "<their.1@mail.example.org>"
    content_type: str = "text/plain; charset=utf-8"

    def __bytes__(self) -> bytes:
        thread_lines = f"In-Reply-To: {OURS}\nReferences: {OURS}\n" if self.answers else ""
        more = f"{self.headers.strip()}\n" if self.headers.strip() else ""
        head = (
            f"From: {self.sender}\nTo: Ada Example <{ME}>\nSubject: {self.subject}\n"
            f"Date: Mon, 02 Nov 2026 10:00:00 +0100\nMessage-ID: {self.message_id}\n{thread_lines}{more}"
            f"MIME-Version: 1.0\nContent-Type: {self.content_type}\nContent-Transfer-Encoding: 8bit\n"
        )
        return f"{head}\n{self.text}".encode()


RETURNED = dedent(f"""\
    Message-ID: {OURS}
    Date: Mon, 02 Nov 2026 09:00:00 +0000
    From: Ada Example <{ME}>
    To: {THEM}
    Subject: Compilers
    X-Onelane-Action: {ACTION}
    """)


def report(
    status: str, *, text: str, sender: str, subject: str, headers: str = "", returned_head: str = RETURNED
) -> bytes:
    """A delivery report as RFC 3464 wants it.

    Args:
        status: the fields of the recipient
        text: what people read
        sender: which server reports
        subject: its subject, in its language
        headers: more headers
        returned_head: the head of the mail that comes back
    """
    body = (
        f"--b1\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n"
        f"--b1\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example.org\nArrival-Date: Mon, 02 Nov 2026 09:00:01 +0000\n\n{status.strip()}\n\n"
        f"--b1\nContent-Type: text/rfc822-headers\n\n{returned_head}\n--b1--\n"
    )
    mail = Mail(
        body,
        headers=f"Return-Path: <>\n{headers}",
        subject=subject,
        sender=sender,
        answers=False,
        message_id="<report.1@mx.example.org>",
        content_type='multipart/report; report-type=delivery-status; boundary="b1"',
    )
    return bytes(mail)


def recipient(*, action: str = "failed", status: str = "5.1.1", says: str = "550 5.1.1 User unknown") -> str:
    """The fields of a recipient in a delivery report."""
    return f"Final-Recipient: rfc822; {THEM}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {says}"


GMAIL_BOUNCE = report(
    recipient(says="550-5.1.1 The email account that you tried to reach does not exist."),
    text="** Address not found **\n\nYour message wasn't delivered to grace@example.org because the address couldn't "
    "be found.",
    sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    subject="Delivery Status Notification (Failure)",
    headers=f"Auto-Submitted: auto-replied\nX-Failed-Recipients: {THEM}\nIn-Reply-To: {OURS}\nReferences: {OURS}",
)
GMAIL_LIMIT = report(
    recipient(status="5.0.0", says="Message rejected."),
    text="Message not delivered\n\nYou have reached a limit for sending mail. Your message was not sent.",
    sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    subject="Delivery Status Notification (Failure)",
    headers=f"Auto-Submitted: auto-replied\nX-Failed-Recipients: {THEM}\nIn-Reply-To: {OURS}\nReferences: {OURS}",
)
GMAIL_LIMIT_IN_WORDS = bytes(
    Mail(
        "You have reached a limit for sending mail. Your message was not sent.",
        headers=f"Return-Path: <>\nX-Failed-Recipients: {THEM}",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject="Delivery Status Notification (Failure)",
        message_id="<report.3@mx.google.example>",
    )
)
GMAIL_SPAM_POLICY = report(
    recipient(status="5.0.0", says="Message rejected. See https://support.google.com/mail/answer/69585 for more."),
    text="Message blocked\n\nYour message to grace@example.org has been blocked.",
    sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    subject="Delivery Status Notification (Failure)",
)
EXCHANGE_BLOCKED_SENDER = report(
    recipient(status="5.1.8", says="550 5.1.8 Access denied, bad outbound sender AS(42004)"),
    text="Your message couldn't be delivered because you weren't recognized as a valid sender.",
    sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>",
    subject="Undeliverable: Compilers",
)
EXCHANGE_LIMIT = report(
    recipient(status="5.1.90", says="550 5.1.90 You've reached your daily limit for message recipients"),
    text="Your message can't be sent because you've reached your daily limit for message recipients.",
    sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>",
    subject="Undeliverable: Compilers",
)
REFUSED_BY_THEIRS = report(
    f"{recipient(status='5.7.1', says='550 5.7.1 Daily sending limit of your account exceeded, blocked')}\n"
    "Remote-MTA: dns; mx.example.org",
    text="Your message wasn't delivered. The response from the remote server was: 550 5.7.1 Your account is blocked",
    sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    subject="Delivery Status Notification (Failure)",
)
OUTLOOK_BOUNCE = report(
    recipient(status="5.1.10", says="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP lookup"),
    text="Ihre Nachricht an grace@example.org konnte nicht übermittelt werden.",
    sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>",
    subject="Unzustellbar: Compilers",
    headers="Auto-Submitted: auto-replied\nX-MS-Exchange-Message-Is-Ndr:",
)
POSTFIX_BOUNCE = report(
    recipient(),
    text="This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message could "
    "not be delivered to one or more recipients.\n\n<grace@example.org>: host mail.example.org said: 550 5.1.1 User "
    "unknown (in reply to RCPT TO command)",
    sender="MAILER-DAEMON@mx.example.org (Mail Delivery System)",
    subject="Undelivered Mail Returned to Sender",
    headers="Auto-Submitted: auto-replied",
)
POSTFIX_DELAY = report(
    recipient(action="delayed", status="4.4.1", says="connect to mail.example.org: Connection timed out"),
    text="THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
    sender="MAILER-DAEMON@mx.example.org (Mail Delivery System)",
    subject="Delayed Mail (still being retried)",
    headers="Auto-Submitted: auto-replied",
)
POSTFIX_EXPIRED = report(
    recipient(status="4.4.1", says="connect to mail.example.org: Connection timed out"),
    text="I'm sorry to have to inform you that your message could not be delivered.",
    sender="MAILER-DAEMON@mx.example.org (Mail Delivery System)",
    subject="Undelivered Mail Returned to Sender",
)
FULL_MAILBOX = report(
    recipient(status="5.2.2", says="552 5.2.2 Mailbox full"),
    text="La boîte de réception du destinataire est pleine.",
    sender="postmaster@outlook.example",
    subject="Non remis : Compilers",
)
DELIVERED = report(
    recipient(action="delivered", status="2.0.0", says="250 ok"),
    text="Your message was delivered.",
    sender="postmaster@mx.example.org",
    subject="Delivered: Compilers",
)
EXIM_BOUNCE = bytes(
    Mail(
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. "
        "The following address(es) failed:\n\n"
        f"  {THEM}\n    SMTP error from remote mail server after RCPT TO:<{THEM}>:\n    550 5.1.1 No such user\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{RETURNED}\nHello Grace,\n",
        headers=f"Return-Path: <>\nX-Failed-Recipients: {THEM}\nAuto-Submitted: auto-replied",
        subject="Mail delivery failed: returning message to sender",
        sender="Mail Delivery System <Mailer-Daemon@mx.example.org>",
        answers=False,
        message_id="<E1abc@mx.example.org>",
    )
)
QMAIL_BOUNCE = bytes(
    Mail(
        "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver your message to the"
        " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{THEM}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\n{RETURNED}\nHello Grace,\n",
        headers="Return-Path: <>",
        subject="failure notice",
        sender="MAILER-DAEMON@mx.example.org",
        answers=False,
        message_id="<20261102.qmail@mx.example.org>",
    )
)
COMPLAINT = bytes(
    Mail(
        "--b1\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
        "--b1\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\n"
        f"Original-Rcpt-To: {THEM}\n\n"
        f"--b1\nContent-Type: message/rfc822\n\n{RETURNED}\nHello\n--b1--\n",
        sender="feedback@loop.example",
        subject="FW: Compilers",
        answers=False,
        message_id="<loop.1@loop.example>",
        content_type='multipart/report; report-type=feedback-report; boundary="b1"',
    )
)
READ_RECEIPT = bytes(
    Mail(
        "--b1\nContent-Type: text/plain\n\nYour message was read on Monday.\n\n"
        "--b1\nContent-Type: message/disposition-notification\n\nReporting-UA: mail.example.org; Outlook\n"
        f"Final-Recipient: rfc822;{THEM}\nOriginal-Message-ID: {OURS}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n\n--b1--\n",
        subject="Lu : Compilers",
        content_type='multipart/report; report-type=disposition-notification; boundary="b1"',
    )
)
CALENDAR_ANSWER = bytes(
    Mail(
        "--b1\nContent-Type: text/plain; charset=utf-8\n\nGrace Example has accepted this invitation.\n\n"
        "--b1\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\n"
        + indent("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "")
        + "\n--b1--\n",
        headers="Auto-Submitted: auto-generated",
        subject="Accepted: Compilers @ Tue Nov 3, 2026",
        answers=False,
        content_type='multipart/mixed; boundary="b1"',
    )
)
