"""What a mail server's refusal means for what comes next (docs/mail.md, "Refusals")."""

import re
from dataclasses import dataclass
from enum import StrEnum

from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.tools.outreach.mail.header_text import one_line

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MOST_CHARS = 300
_SIGNED_OUT = (530, 534, 535)
_LIMIT_TEXTS = re.compile(
    # Gmail: "Daily user sending limit exceeded"; Exchange Online: "exceeded ... recipient rate limit",
    # "5.1.90 ... you've reached your daily limit for message recipients", "submission quota exceeded"; iCloud, Fastmail
    # and Yahoo: "daily limit", "sending limit", "too many messages". Read in the providers' pages, 2026-11-25.
    r"(?:sending|daily|hourly|rate|message|recipient|user|account|submission|outgoing) (?:\w+ ){0,3}(?:limit|quota)"
    r"|(?:limit|quota) (?:\w+ ){0,3}exceeded|exceeded (?:\w+ ){0,4}(?:limit|quota)|too many (?:messages|e-?mails)"
    r"|limit for sending",
    re.IGNORECASE,
)
_OWN_LIMIT_TEXTS = re.compile(
    # What only the sender's own provider says. Gmail, in a report: "You have reached a limit for sending mail. Your
    # message was not sent.", and in its user's language. Read in senders' reports of it, 2026-11-26.
    r"you(?:['’]ve| have) (?:reached|exceeded) (?:a|the|your) (?:\w+ ){0,4}(?:limit|quota)"
    r"|limit für (?:das|den) (?:senden|versand)|limite d['’]envoi|límite de envío|limite di invio|limite de envio",
    re.IGNORECASE,
)
_BLOCKED_TEXTS = re.compile(
    # Exchange Online: "5.1.8 Access denied, bad outbound sender", "suspected of sending spam", "5.7.501 Access denied,
    # banned sender", "5.7.705 tenant has exceeded threshold"; Gmail: "Message rejected. See .../answer/69585", where it
    # takes a letter that it was to send for spam. Read in the providers' pages, 2026-11-26.
    r"bad outbound sender|banned send(?:er|ing)|tenant has (?:exceeded|sent too many)"
    r"|support\.google\.com/mail/answer/69585"
    r"|your (?:\w+ )?account (?:has been|is|was) (?:\w+ )?(?:blocked|suspended|disabled|restricted|locked)",
    re.IGNORECASE,
)
_BAD_SENDER = "bad outbound sender"
"""Exchange Online calls its own servers remote ones."""
_SENDERS_STATUS = re.compile(r"5\.1\.[78]|5\.7\.[57]\d\d")
"""Codes that are about the sender: RFC 3463 for 5.1.7 and 5.1.8, Exchange Online for the others."""
_RECIPIENTS_LIMIT = re.compile(r"mailbox|recipient'?s? (?:\w+ )?(?:inbox|quota)|over ?quota|storage", re.IGNORECASE)

_TOO_LARGE = re.compile(
    r"\b(?:too (?:large|big)|size limits?|exceed\w* (?:\S+ ){0,4}size|maximum (?:\w+ )?size|size exceeds)\b",
    re.IGNORECASE,
)
_COMMAND_ERRORS = (500, 502, 503, 504)
"""A server that does not understand says nothing of the recipient (RFC 5321, 4.2.4)."""


class Stage(StrEnum):
    """Which command a server answered."""

    CONNECT = "connect"
    SIGN_IN = "sign_in"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    FINAL_DOT = "final_dot"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A server's refusal, or a connection that broke before anything was accepted.

    Args:
        error_class: what comes next
        message: what happened, for the person
        code: the answer's code, if there was one
        status: its enhanced code, if it had one
        is_address_gone: whether the address itself is wrong, so that it is suppressed
    """

    error_class: ErrorClass
    message: str
    code: int | None = None
    status: str | None = None
    is_address_gone: bool = False


def refusal(stage: Stage, code: int, text: str) -> Refusal:
    """What an answer that is no yes means.

    Args:
        stage: the command that it answers
        code: such as 550
        text: what else it says
    """
    match = _ENHANCED.search(text)
    status = None if match is None else match[1]
    answer = one_line(text)[:_MOST_CHARS]
    error_class = _class_of(stage, code, status or "", answer)
    return Refusal(
        error_class=error_class,
        message=f"{stage.value.replace('_', ' ')}: {code} {answer}".strip(),
        code=code,
        status=status,
        is_address_gone=error_class is ErrorClass.REFUSED and (status or "").startswith("5.1."),
    )


def sender_refusal(status: str, text: str, *, is_own_provider: bool) -> ErrorClass | None:
    """What a report says of the sender whose letter comes back: `quota` or `blocked`; None where it says nothing.

    Args:
        status: the report's code, such as 5.4.5
        text: what the server says
        is_own_provider: whether the sender's own provider refused the letter, and not the recipient's
    """
    if not is_own_provider:
        return ErrorClass.BLOCKED if _BAD_SENDER in text.lower() else None
    if _is_quota(550, status, text):
        return ErrorClass.QUOTA
    return ErrorClass.BLOCKED if _is_sender_blocked(status, text) else sender_words(text)


def sender_words(text: str) -> ErrorClass | None:
    """The same of what a report says to people, in sentences that only a sender's own provider writes."""
    if _OWN_LIMIT_TEXTS.search(text):
        return ErrorClass.QUOTA
    return ErrorClass.BLOCKED if _BLOCKED_TEXTS.search(text) else None


class SmtpRefused(Exception):
    """No session with the server came about, or none any more; nothing was accepted."""

    def __init__(self, cause: Refusal) -> None:
        self.refusal = cause
        super().__init__(cause.message)


def text_of(answer: bytes | str) -> str:
    """What a server said."""
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def broken_connection(message: str) -> Refusal:
    """What a connection that could not be made, or broke before the final dot, means."""
    return Refusal(ErrorClass.RETRY_LATER, one_line(message)[:_MOST_CHARS])


def unusable(message: str) -> Refusal:
    """What a server that can't be used as it is means: a person has to look."""
    return Refusal(ErrorClass.BLOCKED, one_line(message)[:_MOST_CHARS])


def signed_out(message: str) -> Refusal:
    """What it means that an account's provider lets it in no more."""
    return Refusal(ErrorClass.SIGNED_OUT, one_line(message)[:_MOST_CHARS])


def _class_of(stage: Stage, code: int, status: str, text: str) -> ErrorClass:
    if code in _SIGNED_OUT:
        return ErrorClass.SIGNED_OUT
    if code >= 500 and (status in ("5.3.4", "5.2.3") or _TOO_LARGE.search(text)):
        return ErrorClass.REFUSED  # this letter, and none of the account's others
    if _is_quota(code, status, text):
        return ErrorClass.QUOTA
    if code < 500:
        return ErrorClass.RETRY_LATER
    # What is refused before a recipient was named is not their fault.
    is_not_understood = code in _COMMAND_ERRORS and not status.startswith("5.1.")
    is_before_recipient = is_not_understood or stage in (Stage.CONNECT, Stage.SIGN_IN, Stage.MAIL)
    if is_before_recipient or status.startswith("5.7.") or _is_sender_blocked(status, text):
        return ErrorClass.BLOCKED
    return ErrorClass.REFUSED


def _is_quota(code: int, status: str, text: str) -> bool:
    if status in ("5.4.5", "5.1.90") or (status == "4.5.3" and 400 <= code < 500):
        return True
    # A full mailbox is the recipient's limit and not ours.
    is_ours = not status.endswith((".2.2", ".2.1")) and _RECIPIENTS_LIMIT.search(text) is None
    return is_ours and _LIMIT_TEXTS.search(text) is not None


def _is_sender_blocked(status: str, text: str) -> bool:
    return _SENDERS_STATUS.fullmatch(status) is not None or _BLOCKED_TEXTS.search(text) is not None
