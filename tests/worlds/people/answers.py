"""What comes back to a letter: mails as people, their programs and mail servers write them."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from random import Random

from tests.worlds.outside import LetterSeen

REPLIES = (
    "Thanks, that sounds interesting. Can we talk next week?",
    "Not now, but ask me again in spring.",
    "Who are you? I don't remember that we have met.",
    "Please send me more about what you do, and what it costs.",
)
STOPS = (
    "Please remove me from your list.",
    "unsubscribe",
    "Bitte keine weiteren E-Mails.",
    "Stop writing to me.",
    "Por favor, deme de baja. No me escriba más",
    "Désinscrivez-moi, merci",
    "take me off",
)
AWAY = (
    "I am out of the office until {day:%d %B %Y}.",
    "Ich bin bis {day:%d.%m.%Y} nicht im Büro.",
    "I am away and will read your mail when I am back.",
)
ELSEWHERE = "I have left the company. Please write to {name}, who has taken over."


def reply(letter: LetterSeen, at: datetime, chance: Random, *, sender: str | None = None) -> EmailMessage:
    """A person's own answer; `sender` where another one gives it."""
    return _answer(letter, at, chance.choice(REPLIES), sender=sender)


def stop(letter: LetterSeen, at: datetime, chance: Random) -> EmailMessage:
    """Somebody asks in words to be left alone."""
    return _answer(letter, at, chance.choice(STOPS))


def stop_by_header(letter: LetterSeen, at: datetime) -> EmailMessage | None:
    """A mail program unsubscribes by mail, as the letter's header says; None where the letter has none."""
    found = letter.headers.get("list-unsubscribe", "").partition("subject=")[2].partition(">")[0]
    if not found:
        return None
    message = _answer(letter, at, "")
    del message["Subject"], message["In-Reply-To"], message["References"]
    message["Subject"] = found.replace("%20", " ")
    return message


def away(letter: LetterSeen, at: datetime, chance: Random) -> EmailMessage:
    """A program says that somebody is away."""
    day = at + timedelta(days=chance.randrange(2, 20))
    message = _answer(letter, at, chance.choice(AWAY).format(day=day))
    message["Auto-Submitted"] = "auto-replied"
    return message


def left(letter: LetterSeen, at: datetime, chance: Random) -> EmailMessage:
    """A program says that somebody works elsewhere now."""
    message = _answer(letter, at, ELSEWHERE.format(name=chance.choice(("Kim", "the front desk"))))
    message["Auto-Submitted"] = "auto-replied"
    return message


def bounce(letter: LetterSeen, at: datetime, status: str, *, action: str = "failed") -> EmailMessage:
    """A mail server reports that a letter does not arrive."""
    report = MIMEMultipart("report", report_type="delivery-status", boundary=f"b{letter.action_id}")
    report.attach(MIMEText("Your message could not be delivered.", "plain", "us-ascii"))
    said = MIMENonMultipart("message", "delivery-status")
    said.set_payload(
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {letter.recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550 {status} it says\n"
    )
    report.attach(said)
    report.attach(_returned(letter))
    return _headed(report, letter, at, "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example.org")


def complaint(letter: LetterSeen, at: datetime) -> EmailMessage:
    """A provider reports that somebody has marked a letter as junk."""
    report = MIMEMultipart("report", report_type="feedback-report", boundary=f"b{letter.action_id}")
    report.attach(MIMEText("This is an abuse report.", "plain", "us-ascii"))
    said = MIMENonMultipart("message", "feedback-report")
    said.set_payload(f"Feedback-Type: abuse\nUser-Agent: World/1\nVersion: 1\nOriginal-Rcpt-To: {letter.recipient}\n")
    report.attach(said)
    report.attach(_returned(letter))
    return _headed(report, letter, at, "complaint about message", "feedback@provider.example")


def _answer(letter: LetterSeen, at: datetime, text: str, *, sender: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender or letter.recipient
    message["To"] = letter.sender
    message["Subject"] = f"Re: {letter.subject}".replace("Re: Re:", "Re:")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<re.{letter.action_id}.{int(at.timestamp())}@{letter.recipient.partition('@')[2]}>"
    message["In-Reply-To"] = letter.message_id
    message["References"] = letter.message_id
    quoted = "".join(f"> {line}\n" for line in letter.body.splitlines())
    message.set_content(f"{text}\n\nOn Monday, you wrote:\n{quoted}")
    return message


def _returned(letter: LetterSeen) -> MIMEMessage:
    original = EmailMessage()
    for name in ("Message-ID", "From", "To", "Subject", "X-Onelane-Action"):
        original[name] = letter.headers[name.lower()]
    original.set_content("")
    return MIMEMessage(original)


def _headed(report: MIMEMultipart, letter: LetterSeen, at: datetime, subject: str, sender: str) -> EmailMessage:
    for name, value in {
        "From": sender,
        "To": letter.sender,
        "Subject": subject,
        "Date": format_datetime(at),
        "Message-ID": f"<report.{letter.action_id}.{int(at.timestamp())}@mx.example.org>",
        "Return-Path": "<>",
        "Auto-Submitted": "auto-replied",
    }.items():
        report[name] = value
    return report  # type: ignore[return-value] - it is written the same way
