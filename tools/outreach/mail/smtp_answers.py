"""What a mail server's refusal means for what comes next (docs/mail.md, "Refusals")."""

import re
from dataclasses import dataclass
from enum import StrEnum

from onelane.storage.outreach.outbound_actions import ErrorClass
from onelane.tools.outreach.mail.header_text import one_line

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MOST_CHARS = 300
_SIGNED_OUT = (530, 534, 535)
_LIMIT_TEXTS = re.compile(
    # Gmail: "Daily user sending limit exceeded"; Exchange Online: "exceeded ... recipient rate limit",
    # "5.1.90 ... you've reached your daily limit for message recipients", "submission quota exceeded"; iCloud, Fastmail
    # and Yahoo: "daily limit", "sending limit", "too many messages". Read in the providers' pages, 2026-11-25.
    r"(?:sending|daily|hourly|rate|message|recipient|user|account|submission|outgoing) (?:\w+ ){0,3}(?:limit|quota)"
    r"|(?:limit|quota) (?:\w+ ){0,3}exceeded|exceeded (?:\w+ ){0,4}(?:limit|quota)|too many (?:messages|e-?mails)",
    re.IGNORECASE,
)
_RECIPIENTS_LIMIT = re.compile(r"mailbox|recipient'?s? (?:\w+ )?(?:inbox|quota)|over ?quota|storage", re.IGNORECASE)


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
    found = _ENHANCED.search(text)
    status = None if found is None else found[1]
    said = one_line(text)[:_MOST_CHARS]
    error_class = _class_of(stage, code, status or "", said)
    return Refusal(
        error_class=error_class,
        message=f"{stage.value.replace('_', ' ')}: {code} {said}".strip(),
        code=code,
        status=status,
        is_address_gone=error_class is ErrorClass.REFUSED and (status or "").startswith("5.1."),
    )


class SmtpRefused(Exception):
    """No session with the server came about, or none any more; nothing was accepted."""

    def __init__(self, refused: Refusal) -> None:
        self.refusal = refused
        super().__init__(refused.message)


def text_of(said: bytes | str) -> str:
    """What a server said."""
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def broken(message: str) -> Refusal:
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
    if _is_quota(code, status, text):
        return ErrorClass.QUOTA
    if code < 500:
        return ErrorClass.RETRY_LATER
    if status.startswith("5.7.") or stage in (Stage.CONNECT, Stage.SIGN_IN, Stage.MAIL):
        # What is refused before a recipient was named is not their fault.
        return ErrorClass.BLOCKED
    return ErrorClass.REFUSED


def _is_quota(code: int, status: str, text: str) -> bool:
    if status == "5.4.5" or (status == "4.5.3" and 400 <= code < 500):
        return True
    # A full mailbox is the recipient's limit and not ours.
    is_ours = not status.endswith((".2.2", ".2.1")) and _RECIPIENTS_LIMIT.search(text) is None
    return is_ours and _LIMIT_TEXTS.search(text) is not None
