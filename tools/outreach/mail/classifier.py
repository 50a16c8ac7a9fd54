"""What an answer is: a pure function of a mail's facts, with a version (docs/mail.md, "What an answer is").

When the rules change, its version does, and what came in before can be judged again.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.tools.outreach.mail.absence_dates import absent_until
from onelane.tools.outreach.mail.answer_words import asks_to_stop, is_automatic_subject, unsubscribe_token
from onelane.tools.outreach.mail.mail_facts import MailFacts, Report, Reported

CLASSIFIER_VERSION = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is.

    Args:
        kind: what it is; what concerns nobody, such as a delivery that is late, counts as a receipt
        rule: by which rule
        failed: of a bounce, the recipients who can't be reached, in lower case
        is_address_gone: of a bounce, whether the address itself is wrong (5.1.x), so that it is suppressed
        absent_until: of an automatic reply, the day that it names
    """

    kind: MessageKind
    rule: str
    failed: tuple[str, ...] = ()
    is_address_gone: bool = False
    absent_until: date | None = None


def classify(facts: MailFacts) -> Verdict:
    """What a mail is. The first rule that fits decides; what no rule knows is a person's reply."""
    return (
        _delivery(facts)
        or _complaint(facts.report)
        or _receipt(facts)
        or _opt_out(facts)
        # A calendar's answer is a person's, though programs mark it as automatic.
        or _calendar(facts.report)
        or _automatic(facts)
        or Verdict(MessageKind.REPLY, "reply")
    )


def _delivery(facts: MailFacts) -> Verdict | None:
    """A report about a delivery: a bounce when somebody can't be reached for good."""
    report = facts.report
    hard = [each for each in report.recipients if _is_hard(each)]
    if hard:
        gone = any(_status(each).startswith("5.1") for each in hard)
        return Verdict(MessageKind.BOUNCE, "delivery_failed", tuple(each.address for each in hard), gone)
    if report.recipients:
        return Verdict(MessageKind.RECEIPT, _receipt_rule(report))
    if report.guessed_failed:
        return Verdict(MessageKind.BOUNCE, "bounce_text", report.guessed_failed)
    if report.guessed_delayed:
        return Verdict(MessageKind.RECEIPT, "delay_text")
    return None


def _receipt_rule(report: Report) -> str:
    """What a report says that tells of nobody who can't be reached for good."""
    is_late = any(each.action == "delayed" for each in report.recipients)
    is_failed = any(each.action == "failed" for each in report.recipients)
    return "delivery_delayed" if is_late else "delivery_soft" if is_failed else "delivery_done"


def _is_hard(reported: Reported) -> bool:
    return reported.action in ("failed", "error") and _status(reported).startswith("5")


def _status(reported: Reported) -> str:
    """The code of a failure; a server that gives none has failed for good, unless its answer begins with 4."""
    if reported.status[:2] in ("4.", "5."):
        return reported.status
    said = reported.diagnostic.partition(";")[2].strip() or reported.diagnostic
    return "4" if said.startswith("4") else "5"


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
    is_list = "list-id" in facts.headers or "list-unsubscribe" in facts.headers
    if is_list and facts.in_reply_to is None and not facts.references:
        return Verdict(MessageKind.RECEIPT, "mailing")
    return None


def _opt_out(facts: MailFacts) -> Verdict | None:
    if unsubscribe_token(facts.subject) is not None:
        return Verdict(MessageKind.OPT_OUT, "token")
    if facts.subject.strip().lower() == "unsubscribe":
        return Verdict(MessageKind.OPT_OUT, "subject")
    if asks_to_stop(facts.own_text):
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


def _automatic_rule(facts: MailFacts) -> str | None:
    headers = facts.headers
    if headers.get("auto-submitted", "no").partition(";")[0].partition("(")[0].strip().lower() not in ("no", ""):
        return "auto_submitted"
    for name in ("x-autoreply", "x-autorespond"):
        if headers.get(name, "no").strip().lower() not in ("no", "false", "0"):
            return name.replace("-", "_")
    if headers.get("precedence", "").strip().lower() == "auto_reply":
        return "precedence"
    return "subject" if is_automatic_subject(facts.subject) else None
