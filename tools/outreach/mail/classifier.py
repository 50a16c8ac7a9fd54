"""What an answer is: a pure function of a mail's facts, with a version (docs/mail.md, "What an answer is").

When the rules change, its version does, and what came in before can be judged again.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.tools.outreach.mail.mail_facts import MailFacts, RecipientReport, Report, is_automatic_mark
from onelane.tools.outreach.mail.smtp_answers import sender_refusal, sender_words
from onelane.tools.outreach.mail.words.absence_dates import absent_until
from onelane.tools.outreach.mail.words.automatic_subjects import is_automatic_subject, is_receipt
from onelane.tools.outreach.mail.words.wishes import asks_to_stop, asks_to_stop_in_subject, unsubscribe_token

CLASSIFIER_VERSION = 8
_FAILURES = ("failed", "failure", "error")
_REFUSED = re.compile(r"\b55\d[ -](5\.\d{1,3}\.\d{1,3})\b")
_ANSWERED_ELSEWHERE = ("", "calendar", "delivery-status", "feedback-report")
"""Kinds of reports that other rules know."""
_AUTOMATIC_PRECEDENCE = ("auto_reply", "auto-reply", "autoreply")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is.

    Args:
        kind: what it is; what concerns nobody, such as a delivery that is late, counts as a receipt
        rule: by which rule
        failed: of a bounce, the recipients who can't be reached, in lower case
        is_address_gone: of a bounce, whether the address itself is wrong (5.1.x), so that it is suppressed
        absent_until: of an automatic reply, the day that it names
        sender_refusal: why the sender's own provider gave a letter back: `quota` or `blocked`; nothing is wrong with
            its recipient
    """

    kind: MessageKind
    rule: str
    failed_addresses: tuple[str, ...] = ()
    is_address_gone: bool = False
    absent_until: date | None = None
    sender_refusal: ErrorClass | None = None


def classify(facts: MailFacts) -> Verdict:
    """What a mail is. The first rule that fits decides; what no rule knows is a person's reply."""
    return (
        _about_sender(facts)
        or _delivery(facts)
        or _complaint(facts.report)
        or _receipt(facts)
        or _opt_out(facts)
        # A calendar's answer is a person's, though programs mark it as automatic.
        or _calendar(facts.report)
        or _automatic(facts)
        or _from_server(facts)
        or Verdict(MessageKind.REPLY, "reply")
    )


def _about_sender(facts: MailFacts) -> Verdict | None:
    """A letter that the sender's own provider gave back, for a limit or because it blocks the account."""
    failures = [each for each in facts.report.recipients if each.action in _FAILURES]
    if not failures and (facts.report.recipients or not facts.is_from_daemon):
        return None
    causes = [sender_refusal(_status(each), each.diagnostic, is_own_provider=each.remote == "") for each in failures]
    if not any(each.remote for each in failures):
        causes.append(sender_words(facts.own_text))
    cause = next(filter(None, causes), None)
    return None if cause is None else Verdict(MessageKind.RECEIPT, f"sender_{cause}", sender_refusal=cause)


def _delivery(facts: MailFacts) -> Verdict | None:
    """A report about a delivery: a bounce when somebody can't be reached for good."""
    report = facts.report
    hard = [each for each in report.recipients if _is_hard(each)]
    if hard:
        is_address_gone = any(_status(each).startswith("5.1") for each in hard)
        return Verdict(MessageKind.BOUNCE, "delivery_failed", tuple(each.address for each in hard), is_address_gone)
    if report.recipients:
        return Verdict(MessageKind.RECEIPT, _receipt_rule(report))
    if report.guessed_failed or report.guess == "failed":
        is_gone = report.guessed_status.startswith("5.1")
        return Verdict(MessageKind.BOUNCE, "bounce_text", report.guessed_failed, is_gone)
    if report.guessed_delayed or report.guess == "delayed":
        return Verdict(MessageKind.RECEIPT, "delay_text")
    return None


def _receipt_rule(report: Report) -> str:
    """What a report says that tells of nobody who can't be reached for good."""
    is_late = any(each.action == "delayed" for each in report.recipients)
    is_failed = any(each.action in _FAILURES for each in report.recipients)
    return "delivery_delayed" if is_late else "delivery_soft" if is_failed else "delivery_done"


def _is_hard(recipient: RecipientReport) -> bool:
    return recipient.action in _FAILURES and _status(recipient).startswith("5")


def _status(recipient: RecipientReport) -> str:
    """The code of a failure; a server that gives none has failed for good, unless its answer begins with 4."""
    refusal = _REFUSED.search(recipient.diagnostic)
    if recipient.status == "4.0.0" and refusal is not None:
        return refusal[1]  # some programs pass a refusal on as something vague
    if recipient.status[:2] in ("4.", "5."):
        return recipient.status
    answer = recipient.diagnostic.partition(";")[2].strip() or recipient.diagnostic
    return "4" if answer.startswith("4") else "5"


def _complaint(report: Report) -> Verdict | None:
    if report.kind != "feedback-report":
        return None
    # Reports of "not spam" and of failed checks are no complaints.
    if report.feedback_type in ("not-spam", "auth-failure"):
        return Verdict(MessageKind.RECEIPT, "feedback_report")
    return Verdict(MessageKind.COMPLAINT, "feedback_report")


def _receipt(facts: MailFacts) -> Verdict | None:
    if facts.report.kind == "disposition-notification":
        return Verdict(MessageKind.RECEIPT, "disposition_notification")
    if facts.report.kind == "delivery-status":
        return Verdict(MessageKind.RECEIPT, "delivery_unread")
    if is_receipt(facts.subject, facts.own_text):
        return Verdict(MessageKind.RECEIPT, "receipt_text")
    if facts.report.kind not in _ANSWERED_ELSEWHERE:
        return Verdict(MessageKind.RECEIPT, "report")  # of a mail server to its operator, such as on encryption
    is_list = "list-id" in facts.headers or "list-unsubscribe" in facts.headers
    if is_list and facts.in_reply_to is None and not facts.references:
        return Verdict(MessageKind.RECEIPT, "mailing")
    return None


def _opt_out(facts: MailFacts) -> Verdict | None:
    if unsubscribe_token(facts.subject) is not None:
        return Verdict(MessageKind.OPT_OUT, "token")
    if facts.subject.strip().lower() == "unsubscribe":
        return Verdict(MessageKind.OPT_OUT, "subject")
    if asks_to_stop(facts.own_text) or asks_to_stop_in_subject(facts.subject, facts.own_text):
        return Verdict(MessageKind.OPT_OUT, "words")
    return None


def _calendar(report: Report) -> Verdict | None:
    return Verdict(MessageKind.REPLY, "calendar") if report.kind == "calendar" else None


def _automatic(facts: MailFacts) -> Verdict | None:
    rule = _automatic_rule(facts)
    if rule is None:
        return None
    written_at = facts.sent_at or datetime(1971, 1, 1, tzinfo=UTC)
    until = None if facts.sent_at is None else absent_until(f"{facts.subject}\n{facts.own_text}", written_at.date())
    return Verdict(MessageKind.AUTO_REPLY, rule, absent_until=until)


def _from_server(facts: MailFacts) -> Verdict | None:
    """What a mail server wrote in words that nobody knows: no person's answer."""
    return Verdict(MessageKind.RECEIPT, "server") if facts.is_from_mailer else None


def _automatic_rule(facts: MailFacts) -> str | None:
    headers = facts.headers
    if headers.get("auto-submitted", "no").partition(";")[0].partition("(")[0].strip().lower() not in ("no", ""):
        return "auto_submitted"
    for name, value in headers.items():
        if is_automatic_mark(name) and value.strip().lower() not in ("no", "false", "0"):
            return name.replace("-", "_")
    # Some programs write one for the other.
    precedences = ("precedence", "preference", "x-precedence")
    if any(headers.get(name, "").strip().lower() in _AUTOMATIC_PRECEDENCE for name in precedences):
        return "precedence"
    if "autoresponder" in headers.get("x-post-messageclass", "").lower():
        return "x_post_messageclass"
    return "subject" if is_automatic_subject(facts.subject) else None
