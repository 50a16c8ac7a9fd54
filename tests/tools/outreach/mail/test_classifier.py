"""What comes back is told apart as people would: bounce, complaint, receipt, way out, automatic, reply."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.tools.outreach.mail.classifier import Verdict, classify
from onelane.tools.outreach.mail.mail_facts import MailFacts, Report, read_head, read_mail
from tests.proof import FULL
from tests.tools.outreach.mail import sample_mail
from tests.tools.outreach.mail.sample_mail import ACTION, ME, OURS, THEM, Mail, recipient, report

MUNICH = "grace@münchen.example"


def judged(mail: bytes | Mail) -> Verdict:
    return classify(read_mail(bytes(mail)))


@pytest.mark.parametrize("name", ["GMAIL", "OUTLOOK", "POSTFIX", "EXIM", "QMAIL"])
def test_a_bounce_of_each_server_names_the_recipient_and_our_letter(name: str) -> None:
    facts = read_mail(getattr(sample_mail, f"{name}_BOUNCE"))
    verdict = classify(facts)
    assert (verdict.kind, verdict.failed_addresses) == (MessageKind.BOUNCE, (THEM,))
    assert facts.report.returned_ids == (OURS,)
    assert facts.report.returned_action == ACTION


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Undelivered Mail Returned to Sender", "user lookup success but no user record found", MessageKind.BOUNCE),
        ("Delivery Status Notification (Failure)", "An error occurred: code XJ-9", MessageKind.BOUNCE),
        ("Doručení se nezdařilo: Compilers", "Kód XJ-9", MessageKind.BOUNCE),
        ("Undelivered Mail Returned to Sender", "host mx refused to talk to me: 421 too busy", MessageKind.RECEIPT),
        ("Delivery Status Notification", "relayed to a system that gives no receipts", MessageKind.RECEIPT),
        (
            "Warning: could not send message for past 4 hours",
            "WARNING MESSAGE ONLY\nDeferred: Connection timed out\nmessage still undelivered after 4 hours",
            MessageKind.RECEIPT,
        ),
    ],
)
def test_what_a_server_says_in_the_subject_alone_counts_where_the_cause_does_not_pass(
    subject: str, text: str, kind: MessageKind
) -> None:
    mail = Mail(
        f"<{THEM}>: {text}",
        subject=subject,
        sender="MAILER-DAEMON@mx.example.net",
        headers="Return-Path: <>",
        answers=False,
    )
    assert judged(mail).kind is kind


def test_an_unknown_address_is_gone_and_a_full_mailbox_is_not() -> None:
    assert judged(sample_mail.POSTFIX_BOUNCE).is_address_gone
    full = judged(sample_mail.FULL_MAILBOX)
    assert (full.kind, full.is_address_gone) == (MessageKind.BOUNCE, False)


@pytest.mark.parametrize(
    ("mail", "rule"),
    [
        (sample_mail.POSTFIX_DELAY, "delivery_delayed"),
        (sample_mail.POSTFIX_EXPIRED, "delivery_soft"),
        (sample_mail.DELIVERED, "delivery_done"),
        (sample_mail.READ_RECEIPT, "disposition_notification"),
    ],
)
def test_a_delay_a_soft_failure_and_a_receipt_concern_nobody(mail: bytes, rule: str) -> None:
    verdict = judged(mail)
    assert (verdict.kind, verdict.rule, verdict.failed_addresses) == (MessageKind.RECEIPT, rule, ())


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("mailer-daemon@mail.zoho.com", f"{THEM} Invalid Address, ERROR_CODE :550\n\nMessage-ID:{OURS}\nFrom: <{ME}>"),
        ("MAILER-DAEMON@web.de", f"Die Nachricht konnte nicht zugestellt werden:\n\n{THEM}: 550 5.1.1 unbekannt"),
        ("Mailer-Daemon@smtp.example.fr", f"Votre message n'a pu être remis au destinataire suivant :\n<{THEM}>"),
        ("noreply@mail.example.net", f"Your message could not be delivered to {THEM}: mailbox does not exist."),
    ],
)
def test_a_bounce_that_no_list_knows_names_the_recipient_and_nobody_else(sender: str, text: str) -> None:
    verdict = judged(Mail(text, sender=sender, subject="Undelivered mail returned to sender"))
    assert (verdict.kind, verdict.failed_addresses) == (MessageKind.BOUNCE, (THEM,))
    assert verdict.is_address_gone is ("5.1.1" in text)


@pytest.mark.parametrize(
    "text",
    [
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:",
        "Dostarczanie nie powiodło się do następujących adresatów lub grup:",
        "Det gick inte att leverera till följande mottagare eller grupper:",
        "Doručení se nezdařilo následujícím příjemcům:",
        "无法将邮件发送给以下收件人或组:",
        "Η παράδοση απέτυχε στους εξής παραλήπτες:",
        "فشل التسليم إلى هؤلاء المستلمين:",
        "Recipient mailbox is full:",
    ],
)
def test_a_mail_server_says_in_its_own_language_that_it_could_not_deliver(text: str) -> None:
    verdict = judged(Mail(f"{text}\n\n{THEM}", sender="postmaster@example.org", subject="Compilers"))
    assert (verdict.kind, verdict.failed_addresses) == (MessageKind.BOUNCE, (THEM,))


def test_what_a_mail_server_writes_in_words_that_nobody_knows_is_no_answer() -> None:
    assert judged(Mail("Qapla'", sender="MAILER-DAEMON@mx.example.org")) == Verdict(MessageKind.RECEIPT, "server")
    assert judged(Mail("Yes, let's talk", sender="postmaster@example.org")).kind is MessageKind.REPLY


def test_a_delay_that_may_end_in_a_failure_is_none_yet() -> None:
    text = f"There was a temporary problem delivering to {THEM}. You'll be notified if the delivery fails permanently."
    assert judged(Mail(text, sender="mailer-daemon@googlemail.com")).kind is MessageKind.RECEIPT


def test_a_report_names_the_address_on_the_internet_and_the_code_of_the_refusal() -> None:
    about = {"text": "", "sender": "MAILER-DAEMON@mx.example.org", "subject": "failure"}
    elsewhere = f"Original-Recipient: rfc822; {THEM}\nFinal-Recipient: x400; /S=grace\nAction: failed\nStatus: 5.1.1"
    assert judged(report(elsewhere, **about)).failed_addresses == (THEM,)
    vague = judged(report(recipient(status="4.0.0", says="550 5.1.1 user unknown"), **about))
    assert (vague.kind, vague.is_address_gone) == (MessageKind.BOUNCE, True)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: Compilers", "Your message\n\n   To: Grace\n   Subject: Compilers\n\nwas read on Monday."),
        ("Gelesen: Compilers", "Ihre Nachricht\n\n  An: Grace\n  Betreff: Compilers\n\nwurde am Montag gelesen."),
        ("Not read: Compilers", "Your message was deleted without being read"),
        ("Lu : Compilers", ""),
    ],
)
def test_a_read_receipt_that_keeps_to_no_standard_concerns_nobody(subject: str, text: str) -> None:
    assert judged(Mail(text, subject=subject)).kind is MessageKind.RECEIPT


def test_a_read_receipt_whose_head_does_not_say_so_concerns_nobody() -> None:
    part = "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed"
    body = f"--r\nContent-Type: text/plain\n\nread\n--r\n{part}\n--r--"
    assert judged(Mail(body, content_type="multipart/mixed; boundary=r")).kind is MessageKind.RECEIPT


def test_a_text_about_a_delay_concerns_nobody() -> None:
    text = (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        f"delivered to one or more of its recipients after more than 24 hours.\n\n  {THEM}\n    SMTP error from remote "
        f"mail server after RCPT TO:<{THEM}>:\n    451 4.7.1 Greylisted\n\nDelivery attempts will continue."
    )
    warning = Mail(text, headers="Auto-Submitted: auto-replied", sender="Mailer-Daemon@mx.example.net")
    assert judged(warning) == Verdict(MessageKind.RECEIPT, "delay_text")


def test_an_address_is_read_in_its_own_letters_however_it_came() -> None:
    assert read_mail(bytes(Mail("Yes", sender='"Grace" <grace@xn--mnchen-3ya.example>'))).from_address == MUNICH
    at_home = sample_mail.POSTFIX_BOUNCE.replace(b"grace@example.org", b"grace@xn--mnchen-3ya.example")
    assert judged(at_home).failed_addresses == (MUNICH,)
    in_words = Mail(
        "Not delivered:\n<grace@xn--mnchen-3ya.example>", sender="MAILER-DAEMON@x.example", subject="Returned mail"
    )
    assert judged(in_words).failed_addresses == (MUNICH,)


def test_a_bounce_whose_head_is_not_ascii_names_its_recipient() -> None:
    text = f"Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver.\n\n<{THEM}>:\nNo."
    report = Mail(text, sender="Zustelldienst für alle <x@x.example>", subject="Zurück", headers="Return-Path: <>")
    assert judged(report) == Verdict(MessageKind.BOUNCE, "bounce_text", (THEM,))


def test_an_absence_without_a_return_path_is_no_bounce_whatever_it_says() -> None:
    away = Mail(
        "Your mail could not be delivered to me by hand.", headers="Return-Path: <>\nAuto-Submitted: auto-replied"
    )
    assert judged(away).kind is MessageKind.AUTO_REPLY


def test_a_report_about_an_address_in_another_script_is_read() -> None:
    written = sample_mail.POSTFIX_BOUNCE.replace(b"message/delivery-status", b"message/global-delivery-status")
    written = written.replace(b"rfc822; grace@example.org", b"utf-8; gr\\x{F8}ce@example.org")
    assert judged(written).failed_addresses == ("grøce@example.org",)


def test_a_failure_without_a_code_is_judged_by_what_the_server_said() -> None:
    about = {"text": "", "sender": "MAILER-DAEMON@mx.example.org", "subject": "failure"}
    assert judged(report(recipient(status="", says="550 no such user"), **about)).kind is MessageKind.BOUNCE
    assert judged(report(recipient(status="", says="451 try later"), **about)).kind is MessageKind.RECEIPT


def test_a_complaint_is_one_and_a_report_of_a_failed_check_is_none() -> None:
    facts = read_mail(sample_mail.COMPLAINT)
    assert classify(facts).kind is MessageKind.COMPLAINT
    assert facts.report.returned_ids == (OURS,)
    failed_check = sample_mail.COMPLAINT.replace(b"Feedback-Type: abuse", b"Feedback-Type: auth-failure")
    assert judged(failed_check).kind is MessageKind.RECEIPT


def test_a_bounce_that_a_person_passes_on_is_a_reply() -> None:
    passed_on = Mail(
        "--b2\nContent-Type: text/plain\n\nThis came back when I answered you.\n\n"
        f"--b2\nContent-Type: message/rfc822\n\n{sample_mail.POSTFIX_BOUNCE.decode()}\n--b2--\n",
        content_type='multipart/mixed; boundary="b2"',
    )
    assert judged(passed_on).kind is MessageKind.REPLY


def test_an_answer_to_an_invitation_is_a_persons_though_it_is_marked_as_automatic() -> None:
    assert judged(sample_mail.CALENDAR_ANSWER) == Verdict(MessageKind.REPLY, "calendar")
    attached = Mail("BEGIN:VCALENDAR\nMETHOD:REPLY\n", "Auto-Submitted: auto-generated", content_type="application/ics")
    assert judged(attached) == Verdict(MessageKind.REPLY, "calendar")
    by_name = "--c\nContent-Type: text/plain\n\nAccepted\n--c\nContent-Type: application/octet-stream\n"
    by_name += "Content-Disposition: attachment; filename=invite.ics\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\n--c--"
    as_apple_does = Mail(by_name, "Auto-Submitted: auto-generated", content_type="multipart/mixed; boundary=c")
    assert judged(as_apple_does) == Verdict(MessageKind.REPLY, "calendar")


def test_a_report_on_encryption_concerns_nobody() -> None:
    kind = 'multipart/report; report-type="tlsrpt"; boundary=c'
    text = "--c\nContent-Type: application/tlsrpt+gzip\n\nx\n--c--"
    assert judged(Mail(text, answers=False, content_type=kind)) == Verdict(MessageKind.RECEIPT, "report")


def test_a_newsletter_of_a_company_that_was_written_to_is_no_answer() -> None:
    newsletter = Mail("Our news", headers="List-Unsubscribe: <https://n.example>", answers=False, subject="News")
    assert judged(newsletter) == Verdict(MessageKind.RECEIPT, "mailing")
    through_a_list = Mail("Yes, let's talk", headers="List-Id: <team.example.org>")
    assert judged(through_a_list).kind is MessageKind.REPLY


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"Yes.\n\nOn Mon, 2 Nov 2026 at 09:00, Ada Example\n<{ME}> wrote:\n\n> Hello\n> there", "Yes."),
        ("Ja.\n\nVon: Ada Example <ada@example.com>\nGesendet: Montag, 2. November 2026\nAn: Grace\n\nHello", "Ja."),
        ("Oui.\n\n________________________________\nDe : Ada\nEnvoyé : lundi\nÀ : Grace\n\nHello", "Oui."),
        ("No.\n-----Original Message-----\nFrom: Ada\n\nHello", "No."),
        ("> Hello\n> there\n\nBelow what I quote.", "Below what I quote."),
        ("Fine\n\n-- \nGrace Example", "Fine"),
        ("Gut\n\nVon meinem iPhone gesendet", "Gut"),
    ],
)
def test_own_text_is_what_the_sender_wrote(text: str, own: str) -> None:
    assert read_mail(bytes(Mail(text))).own_text == own


def test_own_text_of_a_mail_that_is_html_leaves_out_what_is_quoted() -> None:
    html = '<p>Yes, <b>gladly</b>.</p><div class="gmail_quote">On Monday Ada wrote:<blockquote>Hello</blockquote></div>'
    assert read_mail(bytes(Mail(html, content_type="text/html; charset=utf-8"))).own_text == "Yes, gladly."


def test_own_text_is_at_most_four_kilobytes() -> None:
    assert len(read_mail(bytes(Mail("é" * 10_000))).own_text.encode()) <= 4096


def test_the_head_alone_tells_who_wrote_and_what_is_answered() -> None:
    facts = read_head(bytes(Mail("Hello")))
    assert (facts.from_address, facts.earlier_ids, facts.own_text) == (THEM, (OURS,), "")
    assert ME in facts.to_addresses


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("GMAIL_LIMIT", "sender_quota"),
        ("GMAIL_LIMIT_IN_WORDS", "sender_quota"),
        ("EXCHANGE_LIMIT", "sender_quota"),
        ("GMAIL_SPAM_POLICY", "sender_blocked"),
        ("EXCHANGE_BLOCKED_SENDER", "sender_blocked"),
    ],
)
def test_a_letter_that_its_senders_provider_gave_back_says_nothing_of_the_recipient(name: str, rule: str) -> None:
    verdict = classify(read_mail(getattr(sample_mail, name)))
    assert (verdict.kind, verdict.rule, verdict.failed_addresses) == (MessageKind.RECEIPT, rule, ())


def test_what_the_recipients_server_says_of_the_sender_is_a_bounce() -> None:
    verdict = classify(read_mail(sample_mail.REFUSED_BY_THEIRS))
    assert (verdict.kind, verdict.sender_refusal, verdict.is_address_gone) == (MessageKind.BOUNCE, None, False)


@pytest.mark.parametrize("name", ["GMAIL_BOUNCE", "EXIM_BOUNCE", "COMPLAINT", "CALENDAR_ANSWER"])
def test_a_report_that_was_kept_is_judged_as_before(name: str) -> None:
    found = read_mail(getattr(sample_mail, name)).report
    assert Report.from_json(found.as_json()) == found


SAMPLES = [value for value in vars(sample_mail).values() if isinstance(value, bytes)]


@settings(max_examples=200 if FULL else 40, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_mail_is_judged_without_a_crash(mail: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(mail)))
    end = data.draw(st.integers(start, min(len(mail), start + 40)))
    damaged = mail[:start] + data.draw(st.binary(max_size=40)) + mail[end:]
    assert isinstance(judged(damaged), Verdict)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2000))
def test_noise_is_judged_without_a_crash(noise: bytes) -> None:
    assert isinstance(classify(read_mail(noise)), Verdict)


def test_parts_in_parts_without_end_are_read_as_far_as_their_head() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n" for depth in range(3000))
    facts = read_mail(f"From: {THEM}\nIn-Reply-To: {OURS}\n{nested}".encode())
    assert (facts.from_address, facts.in_reply_to) == (THEM, OURS)
    assert isinstance(facts, MailFacts)
