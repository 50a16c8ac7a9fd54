"""What people mean by a few words, and what programs answer for them, is told apart in many languages."""

import base64
from datetime import date

import pytest

from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.tools.outreach.mail.classifier import Verdict, classify
from onelane.tools.outreach.mail.mail_facts import read_mail
from tests.tools.outreach.mail.sample_mail import ME, Mail

TOKEN = "mfrggzdfmztwq2lknnwg23tpoi7a2b3c"


def judged(mail: bytes | Mail) -> Verdict:
    return classify(read_mail(bytes(mail)))


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
        "I'd like to be removed.",
        "We wish to be taken off your list.",
        "Kindly take my name off your records",
        "Please refrain from contacting me.",
        "Not interested. Do not follow up.",
        "Leave me out of this list please",
        "To whom it may concern: unsubscribe.",
        "Unsubscribe - wrong person",
        "Bitte keine weiteren Anfragen.",
        "Verschonen Sie mich damit.",
        "Por favor no me contacten.",
        "Bórrenme de su lista",
        "Skriv inte till mig igen",
        "I don't want any more emails from you",
        "I no longer wish to be contacted",
        "Please do not reach out again",
        "Dear Ada,\n\nI am not interested. Please remove me from your mailing list.\n\nBest,\nGrace Example\nDirector",
        "Could you please take me off your mailing list?",
        "Report as spam. Stop.",
        "Hören Sie auf, mir zu schreiben",
        "Kein Bedarf, bitte nicht mehr anschreiben",
        "Merci d'arrêter de m'écrire",
        "Deja de molestarme",
        "Smettetela di scrivermi",
        "Parem de me contatar",
        "Gelieve geen mails meer te sturen",
        "Sluta skicka mejl",
        "Send ikke flere mails",
        "Poistakaa minut listalta",
        "Proszę nie pisać więcej",
        "Přestaňte mi psát",
        "Прекратите рассылку",
        "Bir daha yazmayın",
        "Nem kérek több levelet",
        "Nu mă mai contactați",
        "Μη με ενοχλείτε ξανά",
        "请把我从名单中删除",
        "リストから削除してください",
        "명단에서 빼주세요",
        "توقفوا عن مراسلتي",
        "Xóa tôi khỏi danh sách",
        "Mohon berhenti mengirim email",
        "I'd rather you didn't email me again",
        "no further contact please",
        "Do not mail this address again",
        "No me interesa, no insista más",
        "Basta email, grazie",
        "Ik wil niet meer gemaild worden",
        "أرجو إزالتي من القائمة",
        "נא להסיר אותי מהרשימה",
        "Stop. We went with a competitor.",
        "Please stop, we already bought from another vendor",
        "remove jan@old.example from your list",
        "Stop wasting my time",
        "I object to the processing of my data",
        "Ich widerspreche der Nutzung meiner Daten",
        "STOP PUB",
        "I never ordered this, stop emailing me",
        "We are not going with you, stop emailing us",
        "We signed with nobody and will not. Stop emailing.",
        "No compramos nada, no escriban más",
        "Remove me from your calendar spam list",
        "Usuńcie mój adres",
        "Beni rahat bırakın",
        "把我删掉",
        "제 주소를 삭제해 주세요",
        "Never signed up for this. Remove.",
        "Unsubscribe\n\nLe lun. 2 nov. 2026 à 09:00, Ada Example <ada@example.com> a\nécrit :\n\n> Hello",
    ],
)
def test_a_few_words_that_ask_to_stop_are_a_way_out(text: str) -> None:
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
        "Don't send me the deck, just call me",
        "Don't contact me there, use my new address",
        "I can't open your email, send it again please",
        "We do not use email any more, only Slack",
        "Please remove the attachment and send again",
        "Please do not hesitate to contact me",
        "Didn't get any more emails from you",
        "Ihre Mail war nicht mehr lesbar",
        "Bitte nehmen Sie mich in den Verteiler auf",
        "Kein Problem, schicken Sie mir mehr",
        "Je ne m'occupe plus de ce sujet, contactez Anna",
        "No recibí su correo, mándelo otra vez",
        "Ik kan niet meer wachten op je mail",
        "Jag vill inte ha PDF, skicka Word",
        "Не пишите в телеграм, пишите сюда",
        "我没收到您的邮件，请再发一次",
        "Please stop sending to this address, use grace@new.example",
        "I'll take my name off the other list first.",
        "We deleted our old list last week.",
        "Would like to be removed from the waiting list and start now",
        "Stop calling, just email me",
        "Cancel - Tuesday instead",
        "No follow-up questions from me, we're in.",
        "No more follow-up emails needed, contract signed!",
        "You can stop following up, we're going with you!",
        "Please stop sending reminders, payment was made today",
        "Remove me from the Thursday invite, I'll join Friday",
        "Never email me the PDF, please use the portal",
        "Don't contact me before Monday, I'm travelling",
        "Stop sending me PDFs, paste the text",
        "Do not email Bob any more, he left",
        "Unsubscribe rates are exactly our problem, tell me more",
        "Keine weiteren E-Mails nötig, wir nehmen das Angebot an!",
        "Bitte keine Mails am Wochenende, Montag gern",
        "Ich bin bis zum 12.01.2027 abwesend und lese keine E-Mails.",
        "Ne m'envoyez plus de PDF, un lien suffit",
        "N'écrivez plus à Paul, il est parti",
        "Approved! No further mails necessary",
        "Happy to sign. No more emails, just the contract",
        "Überzeugt! Keine weiteren Mails nötig",
        "No hace falta que escriba más, ya firmamos",
        "Non scrivetemi nel weekend",
        "Não precisa mais enviar e-mails, fechamos negócio!",
        "Geen mails meer nodig, contract is getekend",
        "Inga fler mejl behövs, vi har skrivit på!",
        "Nie trzeba więcej pisać, umowa podpisana",
        "Prosím, už nepište na starou adresu, používám novou: jan@novy.example",
        "Больше писать не нужно, договор подписан!",
        "Artık mail atmanıza gerek yok, sözleşmeyi imzaladık",
        "もうメールは不要です、契約しました",
        "别再发邮件了,我们已经签约",
        "I'd love to.\n\nTo stop receiving these mails reply STOP",
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


@pytest.mark.parametrize("subject", ["Unsubscribe me", "STOP", "Remove me from your list", "Abmelden"])
def test_a_subject_that_asks_to_stop_counts_where_the_text_says_nothing_else(subject: str) -> None:
    assert judged(Mail("Grace", subject=subject)).kind is MessageKind.OPT_OUT
    assert judged(Mail("Tell me more of it", subject=subject)).kind is MessageKind.REPLY
    # What stands behind `Re:` are our own words.
    assert judged(Mail("Yes", subject=f"Re: {subject}")).kind is MessageKind.REPLY


@pytest.mark.parametrize(
    ("mail", "charset"),
    [
        ("Bitte löschen Sie mich".encode("cp1252"), "utf-8"),
        ("Bitte löschen Sie mich".encode("cp1252"), "unknown-8bit"),
        ("Bitte löschen Sie mich".encode("cp1252"), "us-ascii"),
        ("請勿再發郵件，謝謝".encode("gb18030"), "gb2312"),
        ("Please remove me".encode("utf-16"), "utf-16"),
    ],
)
def test_words_in_another_charset_than_the_mail_names_are_read(mail: bytes, charset: str) -> None:
    encoded = base64.encodebytes(mail).decode()
    written = bytes(Mail(encoded, content_type=f"text/plain; charset={charset}")).replace(b"8bit", b"base64")
    assert judged(written).kind is MessageKind.OPT_OUT


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("--q\nContent-Type: text/plain\n\n\n--q\nContent-Type: text/html\n\n<p>Please remove me</p>\n--q--", None),
        ("Unsubscribe\n", None),
        (
            '<p>Remove me</p><div class="gmail_signature">Grace, Director of many things at a place in London</div>',
            "html",
        ),
        ('<p>Remove me</p><div id="Signature"><p>Grace, Director of many things at a place in town</p></div>', "html"),
    ],
    ids=["an empty plain text", "no parts", "a signature of Gmail", "a signature of Outlook"],
)
def test_own_words_are_found_in_mail_of_odd_make(body: str, content_type: str | None) -> None:
    kind = f"text/{content_type}" if content_type else 'multipart/alternative; boundary="q"'
    assert judged(Mail(body, content_type=kind)).kind is MessageKind.OPT_OUT


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
        "X-Cpanel-Autoresponder: yes",
        "X-Sieve-Vacation: yes",
        "X-Amazon-Auto-Reply: true",
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
        "Re: Compilers - Automatic reply",
        "Re: Compilers [Auto-Reply]",
        "PTO until Nov 16",
        "Ich bin im Urlaub",
        "Betriebsferien vom 1.11. bis 16.11.",
        "Absent jusqu'au 16 novembre",
        "Estoy de vacaciones",
        "Messaggio automatico",
        "Automatische reactie: Compilers",
        "Föräldraledig",
        "Jestem na urlopie",
        "Я в отпуске до 16 ноября",
        "În concediu",
        "不在办公室",
        "年末年始休業のお知らせ",
        "출장 중",
        "Vielen Dank für Ihre Nachricht",
        "Grace has left the company",
        "[Request received] Hello",
        "Please verify your email address",
        "Re: Hello (Spam Arrest verification)",
        "Office closed until January 4",
        "Fermeture annuelle",
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
        "Away days for your team",
        "Thanks for the call",
        "Vacation rentals and compilers",
        "Re: Thanks for your message",
        "Krankenhaus-Compiler",
        "Read this: our new compiler",
    ],
)
def test_a_person_who_writes_about_such_things_is_a_person(subject: str) -> None:
    assert judged(Mail("Tell me more", subject=subject)).kind is MessageKind.REPLY


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I am out of the office until November 12, 2026.", date(2026, 11, 12)),
        ("I'm away from 3 to 12 November and back on the 13th.", date(2026, 11, 13)),
        ("I will be back on Monday, 16th of November.", date(2026, 11, 16)),
        ("Away until 2026-11-20. Our fair begins on 3 December 2026.", date(2026, 11, 20)),
        ("Ich bin bis zum 12.11. nicht im Büro.", date(2026, 11, 12)),
        ("Vom 30.10.2026 bis einschließlich 12. November bin ich im Urlaub.", date(2026, 11, 13)),
        ("Je suis absent jusqu'au 12 novembre inclus.", date(2026, 11, 13)),
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
        ("I am out of office through Thursday, November 12.", date(2026, 11, 13)),
        ("Holiday: 3.11. - 12.11.", date(2026, 11, 13)),
        ("Ik ben afwezig t/m 12 november.", date(2026, 11, 13)),
        ("Ich bin vom 03.11.2026 bis zum 12.11.2026 im Urlaub.", date(2026, 11, 13)),
        ("Away from 3 November, returning to work on 12 November.", date(2026, 11, 12)),
        ("Out through 12 November and back on 16 November.", date(2026, 11, 16)),
    ],
)
def test_the_day_until_which_somebody_is_away_is_read(text: str, until: date | None) -> None:
    assert judged(Mail(text, headers="Auto-Submitted: auto-replied")).absent_until == until
