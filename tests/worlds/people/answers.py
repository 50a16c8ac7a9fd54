"""What comes back to a letter: mails as people, their programs and mail servers write them."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from random import Random

from tests.worlds.outside import LetterSeen
from tests.worlds.people.addresses import wire

REPLIES = (
    "Thanks, that sounds interesting. Can we talk next week?",
    "Not now, but ask me again in spring.",
    "Who are you? I don't remember that we have met.",
    "Please send me more about what you do, and what it costs.",
    "Klingt gut, ich melde mich nächste Woche.",
    "Merci, mais qui êtes-vous ?",
    "Dziękuję, proszę o więcej informacji.",
    "ありがとうございます。来週お話しできますか。",
)
STOPS = (
    "Please remove me from your list.",
    "unsubscribe",
    "Bitte keine weiteren E-Mails.",
    "Stop writing to me.",
    "Por favor, deme de baja. No me escriba más",
    "Désinscrivez-moi, merci",
    "take me off",
    "Non scrivetemi più, grazie.",
    "Por favor, remova-me da sua lista.",
    "Verwijder mij uit uw lijst a.u.b.",
    "Proszę mnie usunąć z listy.",
    "Прошу больше мне не писать.",
    "配信を停止してください。",
    "请不要再给我发邮件。",
)
AWAY = (
    "I am out of the office until {day:%d %B %Y}.",
    "Ich bin bis {day:%d.%m.%Y} nicht im Büro.",
    "I am away and will read your mail when I am back.",
    "Je suis absent jusqu'au {day:%d/%m/%Y}.",
    "Estoy fuera de la oficina hasta el {day:%d/%m/%Y}.",
    "Sono fuori ufficio fino al {day:%d/%m/%Y}.",
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
    said = (
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {wire(letter.recipient)}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550 {status} it says\n"
    )
    subject, sender = "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example.org"
    return _report("delivery-status", said, letter, at, subject, sender)


def complaint(letter: LetterSeen, at: datetime) -> EmailMessage:
    """A provider reports that somebody has marked a letter as junk."""
    said = f"Feedback-Type: abuse\nUser-Agent: World/1\nVersion: 1\nOriginal-Rcpt-To: {wire(letter.recipient)}\n"
    return _report("feedback-report", said, letter, at, "complaint about message", "feedback@provider.example")


def _report(kind: str, said: str, letter: LetterSeen, at: datetime, subject: str, sender: str) -> EmailMessage:
    """A report as RFC 3464 and RFC 5965 want it, with the head of the letter that it is about."""
    names = ("Message-ID", "From", "To", "Subject", "X-Onelane-Action")
    returned = "\n".join(f"{name}: {letter.headers[name.lower()]}" for name in names)
    head = "\n".join(
        [
            f"From: {sender}",
            f"To: {letter.sender}",
            f"Subject: {subject}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: <report.{letter.action_id}.{int(at.timestamp())}@mx.example.org>",
            "Return-Path: <>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type={kind}; boundary="b1"',
        ]
    )
    parts = [
        "Content-Type: text/plain; charset=utf-8\n\nYour message could not be delivered.\n",
        f"Content-Type: message/{kind}\n\n{said}",
        f"Content-Type: text/rfc822-headers\n\n{returned}\n",
    ]
    text = f"{head}\n\n" + "".join(f"--b1\n{part}\n" for part in parts) + "--b1--\n"
    return message_from_bytes(text.encode(), policy=default)


def _answer(letter: LetterSeen, at: datetime, text: str, *, sender: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = wire(sender or letter.recipient)
    message["To"] = letter.sender
    message["Subject"] = f"Re: {letter.subject}".replace("Re: Re:", "Re:")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<re.{letter.action_id}.{int(at.timestamp())}@{wire(letter.recipient).partition('@')[2]}>"
    message["In-Reply-To"] = letter.message_id
    message["References"] = letter.message_id
    quoted = "".join(f"> {line}\n" for line in letter.body.splitlines())
    message.set_content(f"{text}\n\nOn Monday, you wrote:\n{quoted}")
    return message
