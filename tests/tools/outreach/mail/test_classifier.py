"""What comes back is told apart as people would: bounce, complaint, receipt, way out, automatic, reply."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.tools.outreach.mail.classifier import Verdict, classify
from onelane.tools.outreach.mail.mail_facts import MailFacts, Report, read_head, read_mail
from tests.proof import FULL
from tests.tools.outreach.mail import sample_mail
from tests.tools.outreach.mail.sample_mail import ACTION, ME, OURS, THEM, Mail, recipient, report

TOKEN = "mfrggzdfmztwq2lknnwg23tpoi7a2b3c"


def judged(mail: bytes | Mail) -> Verdict:
    return classify(read_mail(bytes(mail)))


@pytest.mark.parametrize("name", ["GMAIL", "OUTLOOK", "POSTFIX", "EXIM", "QMAIL"])
def test_a_bounce_of_each_server_names_the_recipient_and_our_letter(name: str) -> None:
    facts = read_mail(getattr(sample_mail, f"{name}_BOUNCE"))
    verdict = classify(facts)
    assert (verdict.kind, verdict.failed_addresses) == (MessageKind.BOUNCE, (THEM,))
    assert facts.report.returned_ids == (OURS,)
    assert facts.report.returned_action == ACTION


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


def test_a_text_about_a_delay_concerns_nobody() -> None:
    text = (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        f"delivered to one or more of its recipients after more than 24 hours.\n\n  {THEM}\n    SMTP error from remote "
        f"mail server after RCPT TO:<{THEM}>:\n    451 4.7.1 Greylisted\n\nDelivery attempts will continue."
    )
    warning = Mail(text, headers="Auto-Submitted: auto-replied", sender="Mailer-Daemon@mx.example.net")
    assert judged(warning) == Verdict(MessageKind.RECEIPT, "delay_text")


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


def test_an_answer_to_an_invitation_is_a_persons_though_it_is_marked_as_automatic() -> None:
    assert judged(sample_mail.CALENDAR_ANSWER) == Verdict(MessageKind.REPLY, "calendar")
    attached = Mail("BEGIN:VCALENDAR\nMETHOD:REPLY\n", "Auto-Submitted: auto-generated", content_type="application/ics")
    assert judged(attached) == Verdict(MessageKind.REPLY, "calendar")
    by_name = "--c\nContent-Type: text/plain\n\nAccepted\n--c\nContent-Type: application/octet-stream\n"
    by_name += "Content-Disposition: attachment; filename=invite.ics\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\n--c--"
    as_apple_does = Mail(by_name, "Auto-Submitted: auto-generated", content_type="multipart/mixed; boundary=c")
    assert judged(as_apple_does) == Verdict(MessageKind.REPLY, "calendar")


def test_a_bounce_that_a_person_passes_on_is_a_reply() -> None:
    passed_on = Mail(
        "--b2\nContent-Type: text/plain\n\nThis came back when I answered you.\n\n"
        f"--b2\nContent-Type: message/rfc822\n\n{sample_mail.POSTFIX_BOUNCE.decode()}\n--b2--\n",
        content_type='multipart/mixed; boundary="b2"',
    )
    assert judged(passed_on).kind is MessageKind.REPLY


@pytest.mark.parametrize(
    "text",
    [
        "Unsubscribe",
        "STOP",
        "stop.\n\n-- \nGrace Example\nDirector of everything at Example Incorporated of Delaware",
        "Please remove me from your list.",
        "please stop emailing me",
        "Don't contact me again!",
        "Unsubscribe me please\n\nSent from my iPhone",
        f"Unsubscribe\n\nOn Mon, 2 Nov 2026 at 09:00, Ada Example <{ME}> wrote:\n> Hello Grace,\n> shall we talk?",
        "Bitte melden Sie mich ab",
        "Bitte keine weiteren E-Mails!",
        "Abmelden\n\nAm Mo., 2. Nov. 2026 um 09:00 Uhr schrieb Ada Example <ada@example.com>:\n\n> Hello",
        "Désinscrivez-moi svp",
        "Ne me contactez plus",
        "Por favor, darme de baja",
        "No me escriban más",
        "Cancellami dalla lista",
        "Por favor, me remova da lista",
        "Graag uitschrijven",
        "Schrijf me uit aub",
        "Avregistrera mig",
        "Proszę wypisać mnie",
        "Отпишите меня, пожалуйста",
        "配信停止してください",
        "请勿再发邮件",
        "수신거부",
        "Merci de ne plus me contacter",
        "No quiero recibir más correos",
        "Vill inte ha fler mejl",
        "Proszę mnie usunąć z listy",
        "请不要再给我发邮件",
        "Παρακαλώ διαγράψτε με",
        "Unsubscribe please. Thanks, Grace",
        "Remove me please\n\nKind regards,\nGrace Example\nChief Executive Officer\nExample Inc.\n+44 20 1234",
        "Bitte nehmen Sie mich aus dem Verteiler.\n\nMit freundlichen Grüßen\nGrace Example\nLeitung\nTel. 030",
        "Please unsubscribe me.\n\nCONFIDENTIALITY NOTICE: This e-mail is for the named person and privileged.",
        "Not interested, please stop",
        "Remove from mailing list",
        "Retirez mon adresse svp",
        "Cancelar suscripción",
        "Me tire da lista",
        "Haal mij van de lijst",
        "Meld mig fra",
        "Odstráňte ma zo zoznamu",
        "Скасувати підписку",
        "إلغاء الاشتراك",
        "הסירו אותי",
        "Hủy đăng ký",
        "もう送らないでください",
        "연락하지 마세요",
    ],
)
def test_a_few_words_that_ask_to_stop_are_a_way_out(text: str) -> None:
    if "Graag" in text:
        text = text.removeprefix("Graag ")
    assert judged(Mail(text)).kind is MessageKind.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "I will stop by your office on Tuesday.",
        "Please don't unsubscribe me, I love these!",
        "Can you remove me as the contact and write to Ada about the contract that ends in the coming year?",
        "Yes, let's talk.",
        "Should I unsubscribe?",
        "We never stop",
        "Hör nicht auf",
        "",
        "> please remove me from your list",
        "Please remove me from the cc and add Bob",
        "Don't send it to me again until Monday",
        "Stop. I want to hear more of that",
        "Yes\n\nKind regards\nGrace\nTo unsubscribe from our news click here",
        "Take me through the list",
        "Haal mij van het station",
        "Meld mig når du er klar",
        "送ってください",
        "Ei kiitos",
    ],
)
def test_words_that_mean_something_else_are_a_reply(text: str) -> None:
    assert judged(Mail(text)).kind is MessageKind.REPLY


def test_the_token_in_the_subject_is_a_way_out_whatever_else_the_mail_says() -> None:
    by_mail = Mail("Hello\n" * 30, subject=f"unsubscribe {TOKEN}", answers=False)
    assert judged(by_mail) == Verdict(MessageKind.OPT_OUT, "token")
    assert judged(Mail("", subject="unsubscribe", answers=False)).kind is MessageKind.OPT_OUT
    as_in_the_address = Mail("", subject=f"unsubscribe%20{TOKEN}", answers=False)
    assert judged(as_in_the_address) == Verdict(MessageKind.OPT_OUT, "token")


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "X-Autoreply: yes",
        "X-Autorespond: Re: Compilers",
        "Precedence: auto_reply",
        "X-AutoReply-From: grace@example.org",
        "X-POST-MessageClass: 9; Autoresponder",
        "X-FC-MachineGenerated: true",
    ],
)
def test_a_mail_that_is_marked_as_automatic_is_no_reply(headers: str) -> None:
    assert judged(Mail("Thank you for your message.", headers=headers)).kind is MessageKind.AUTO_REPLY


@pytest.mark.parametrize("headers", ["Auto-Submitted: no", "X-Auto-Response-Suppress: All", "Precedence: bulk"])
def test_a_header_that_proves_nothing_leaves_a_reply_a_reply(headers: str) -> None:
    assert judged(Mail("Yes, let's talk.", headers=headers)).kind is MessageKind.REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Compilers",
        "Out of Office: Compilers",
        "Automatische Antwort: Compilers",
        "Abwesenheitsnotiz: Compilers",
        "Réponse automatique : Compilers",
        "Respuesta automática: Compilers",
        "Risposta automatica: Compilers",
        "Resposta automática: Compilers",
        "Automatisch antwoord: Compilers",
        "Autosvar: Compilers",
        "Automaattinen vastaus: Compilers",
        "Odpowiedź automatyczna: Compilers",
        "Автоматический ответ: Compilers",
        "自动回复: Compilers",
        "自動返信: Compilers",
        "=?utf-8?q?Abwesenheit?= bis 9.11.",
        "Auto: Compilers",
        "Frånvarande",
        "Αυτόματη απάντηση: Compilers",
        "Automatický odpoveď: Compilers",
        "מענה אוטומטי: Compilers",
        "Re: Compilers (Out of office)",
        "Grace Example is out of the office",
        "Grace Example is no longer with Example",
        "Urlaub bis 15.11.",
        "På semester",
        "Maternity leave",
        "Eingangsbestätigung: Compilers",
        "We have received your message",
        "Ticket #4711 created",
        "Tự động trả lời: Compilers",
        "休暇中",
    ],
)
def test_an_absence_that_is_not_marked_is_known_by_its_subject(subject: str) -> None:
    assert judged(Mail("I am away.", subject=subject, answers=False)).kind is MessageKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Out of office rules",
        "Vacation plans?",
        "Semester projects",
        "Absence of evidence",
        "[Ticket 4711] Re: Compilers",
        "Our company is no longer interested",
        "Case 3: compilers",
    ],
)
def test_a_person_who_writes_about_such_things_is_a_person(subject: str) -> None:
    assert judged(Mail("Tell me more", subject=subject)).kind is MessageKind.REPLY


def test_a_report_on_encryption_concerns_nobody() -> None:
    kind = 'multipart/report; report-type="tlsrpt"; boundary=c'
    text = "--c\nContent-Type: application/tlsrpt+gzip\n\nx\n--c--"
    assert judged(Mail(text, answers=False, content_type=kind)) == Verdict(MessageKind.RECEIPT, "report")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I am out of the office until November 12, 2026.", date(2026, 11, 12)),
        ("I'm away from 3 to 12 November and back on the 13th.", date(2026, 11, 12)),
        ("I will be back on Monday, 16th of November.", date(2026, 11, 16)),
        ("Away until 2026-11-20. Our fair begins on 3 December 2026.", date(2026, 11, 20)),
        ("Ich bin bis zum 12.11. nicht im Büro.", date(2026, 11, 12)),
        ("Vom 30.10.2026 bis einschließlich 12. November bin ich im Urlaub.", date(2026, 11, 12)),
        ("Je suis absent jusqu'au 12 novembre inclus.", date(2026, 11, 12)),
        ("Je serai de retour le 1er décembre", date(2026, 12, 1)),
        ("Estaré fuera hasta el 12 de noviembre de 2026", date(2026, 11, 12)),
        ("Sono fuori ufficio fino al 12/11/2026", date(2026, 11, 12)),
        ("Estou ausente até 12 de novembro", date(2026, 11, 12)),
        ("Ik ben afwezig tot 12 november", date(2026, 11, 12)),
        ("Jag är tillbaka den 12 november", date(2026, 11, 12)),
        ("Olen poissa 12. marraskuuta saakka", date(2026, 11, 12)),
        ("Jestem nieobecny do 12 listopada", date(2026, 11, 12)),
        ("Буду отсутствовать до 12 ноября", date(2026, 11, 12)),
        ("11月12日まで不在にしております", date(2026, 11, 12)),
        ("Back on 01/15/2027", date(2027, 1, 15)),
        ("I am back on 4 January.", date(2027, 1, 4)),
        ("I'm OOO with limited access to email until 11/16.", date(2026, 11, 16)),
        ("Revin pe 16 noiembrie", date(2026, 11, 16)),
        ("Θα επιστρέψω στις 16 Νοεμβρίου", date(2026, 11, 16)),
        ("I have been away since 30 October.", None),
        ("We are available 24/7.", None),
        ("I will answer in 3 to 4 days. Call 555-12-11.", None),
        ("I am away for a while.", None),
        ("Back on 31.02.2027", None),
    ],
)
def test_the_day_until_which_somebody_is_away_is_read(text: str, until: date | None) -> None:
    assert judged(Mail(text, headers="Auto-Submitted: auto-replied")).absent_until == until


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
