"""Gmail's labels: as a Takeout has them, in the language of the account, and as the API has them, which are ids."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.google.correspondents import plain_text

_SENT_LABELS = {
    "sent", "sent mail", "sent messages", "gesendet", "envoyés", "messages envoyés", "enviados", "enviado",
    "inviati", "posta inviata", "e-mails enviados", "enviadas", "verzonden", "verzonden berichten", "wysłane",
    "skickat", "sendt", "sendte", "sendt e-post", "lähetetyt", "odeslané", "odeslaná pošta", "gönderilenler",
    "gönderilmiş postalar", "gönderildi", "отправленные", "надіслані", "送信済み", "送信済みメール", "已发送",
    "已发邮件", "寄件備份", "보낸편지함", "elküldött", "trimise", "σταλμένα", "נשלח", "דואר יוצא", "ส่งแล้ว",
    "จดหมายที่ส่งแล้ว", "đã gửi", "thư đã gửi", "المرسل", "البريد المرسل", "الرسائل المرسلة", "enviats",
    "correu enviat", "poslano", "poslane", "изпратени", "terkirim", "odoslané", "odoslaná pošta", "išsiųsti",
    "išsiųsti laiškai", "nosūtītās", "saadetud", "послато", "послате", "ارسال‌شده", "ارسال شده", "भेजा गया",
    "भेजे गए", "naipadala", "dihantar", "bidalita", "sendt post",
    "gestuur", "ուղարկված", "გაგზავნილი", "পাঠানো", "প্রেরিত", "அனுப்பியவை", "పంపినవి", "ಕಳುಹಿಸಲಾಗಿದೆ",
    "അയച്ചവ", "पाठवलेले", "पाठवले", "મોકલેલા", "بھیجا گیا", "zilizotumwa", "okuthunyelwe", "የተላኩ", "göndərilmiş",
    "göndərilənlər", "жіберілген", "испратени", "dërguar", "илгээсэн", "sendir", "odoslaná", "upućeno",
    "poslana pošta", "skickade", "lähetetty", "изпратена поща", "išsiųsta", "nosūtīts", "απεσταλμένα", "gönderilmiş",
    "મોકલેલ", "bidalitakoak", "bidalitako mezuak", "correo enviado", "mensajes enviados", "elementos enviados",
    "elementi inviati", "itens enviados", "éléments envoyés", "courrier envoyé", "gesendete elemente",
    "gesendete objekte", "sent items", "sent-mail", "verzonden items", "skickade objekt", "sendte elementer",
    "lähetetyt viestit", "elementy wysłane", "wysłana poczta", "надіслана пошта", "исходящие", "已傳送", "已寄出",
    "보낸 편지함", "보낸 메일함", "送信済みトレイ", "送信済みアイテム",
}  # fmt: skip
_DRAFTS = {
    "draft", "drafts", "entwurf", "entwürfe", "brouillons", "borradores", "bozze", "rascunhos", "concepten",
    "concept", "wersje robocze", "utkast", "kladder", "luonnokset", "koncepty", "taslaklar", "черновики",
    "чернетки", "下書き", "草稿", "임시보관함", "piszkozatok", "mesaje nefinalizate", "πρόχειρα", "טיוטות",
    "טיוטה", "ร่างจดหมาย", "ฉบับร่าง", "thư nháp", "bản nháp", "المسودات", "مسودة", "مسودات", "esborranys",
    "esborrany", "skice", "skica", "nacrti", "чернови", "чернова", "draf", "koncept", "juodraščiai",
    "melnraksti", "mustandid", "недовршене", "нацрти", "پیش‌نویس‌ها", "پیش نویس", "ड्राफ़्ट", "ड्राफ्ट",
    "mga draft", "osnutki", "zirriborroak", "drög", "bozza", "borrador", "brouillon", "rascunho",
    "unsent messages", "templates", "outbox", "vorlagen", "postausgang", "modèles", "plantillas", "modelli",
    "konsepte", "սևագրեր", "მონახაზები", "დრაფტები", "খসড়া", "খসড়াগুলি", "வரைவுகள்", "చిత్తుప్రతులు",
    "ಡ್ರಾಫ್ಟ್‌ಗಳು", "ഡ്രാഫ്റ്റുകൾ", "मसुदे", "ड्राफ्ट्स", "ડ્રાફ્ટ", "ડ્રાફ્ટ્સ", "ڈرافٹس", "rasimu",
    "okusalungiswa", "ረቂቆች", "qaralamalar", "жобалар", "нобайлар", "drafte", "ноорог", "bản thảo", "drafti",
}  # fmt: skip
_SPAM = {
    "spam", "junk", "courrier indésirable", "correo no deseado", "posta indesiderata", "ongewenst", "skräppost",
    "søppelpost", "roskaposti", "спам", "迷惑メール", "垃圾邮件", "垃圾郵件", "스팸함", "스팸", "levélszemét",
    "ספאם", "דואר זבל", "จดหมายขยะ", "สแปม", "thư rác", "البريد غير المرغوب فيه", "الرسائل غير المرغوب فيها",
    "غير مرغوب فيه", "correu brossa", "neželjena pošta", "нежелана пошта", "нежелани", "šlamštas", "brukalas",
    "mēstules", "surogātpasts", "rämpspost", "هرزنامه", "स्पैम", "vsiljena pošta", "indésirables", "ruslpóstur",
    "zabor-posta", "nevyžádaná pošta", "nevyžiadaná pošta",
    "strooipos", "gemorspos", "սպամ", "სპამი", "স্প্যাম", "ஸ்பேம்", "స్పామ్", "ಸ್ಪ್ಯಾಮ್", "സ്‌പാം", "സ്പാം", "स्पॅम",
    "સ્પામ", "سپام", "اسپیم", "barua taka", "ugaxekile", "አይፈለጌ መልዕክት", "correo lixo", "spama",
    "ανεπιθύμητα", "ανεπιθύμητη αλληλογραφία", "istenmeyen posta", "önemsiz", "niechciane", "lixo eletrônico",
    "нежелательная почта", "небажана пошта", "nezaželena pošta", "mesaje nedorite",
    "спам хат", "स्प्याम", "ongewenste e-mail", "непожељно", "непожељна пошта",
}  # fmt: skip
# "Category Promotions", "Kategorie: Werbung", "Catégorie : Promotions": the word is inside.
_PROMOTION_WORDS = (
    "promotion", "werbung", "promocion", "promoç", "promozion", "reclame", "promocj", "kampanjer", "reklam", "tarjouk",
    "промоакци", "プロモーション", "推广", "促銷", "프로모션",
)  # fmt: skip

_CATEGORY_STARTS = ("category", "kateg", "categ", "catég", "luokka", "катег", "カテゴリ", "类别", "類別", "분류")

_WORDS = {
    "INBOX": "Inbox", "SENT": "Sent", "DRAFT": "Drafts", "SPAM": "Spam", "TRASH": "Trash", "CHAT": "Chat",
    "IMPORTANT": "Important", "STARRED": "Starred", "CATEGORY_PERSONAL": "Category Personal",
    "CATEGORY_SOCIAL": "Category Social", "CATEGORY_PROMOTIONS": "Category Promotions",
    "CATEGORY_UPDATES": "Category Updates", "CATEGORY_FORUMS": "Category Forums", "UNREAD": "Unread",
}  # fmt: skip
"""An English Takeout's words for the API's labels, in Takeout's order."""
_PLACES = frozenset({"INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "CHAT"})


@dataclass(frozen=True, slots=True)
class GmailLabels:
    """A message's labels and what they say about it."""

    names: tuple[str, ...]
    lower_names: frozenset[str]
    """The same in lower case."""
    is_sent: bool
    is_draft: bool
    is_unwanted: bool
    """In spam or among the promotions."""


def labels_of(mailbox: Member, header: str) -> GmailLabels:
    """The labels of a message; one that has none has that of its mailbox, as in `Sent.mbox` or `Drafts.mbox/mbox`."""
    return gmail_labels(header) if header else _labels_of_place(mailbox.name)


@lru_cache(maxsize=1 << 8)
def _labels_of_place(name: str) -> GmailLabels:
    for part in reversed(name.split("/")):
        labels = gmail_labels(re.sub(r"(?:[-_ ]?\(?\d{1,3}\)?)?(?:\.(?:mbox|mbx|sbd))*$", "", part).replace(",", " "))
        if labels.is_sent or labels.is_draft or labels.is_unwanted:
            return labels
    return gmail_labels("")


@lru_cache(maxsize=1 << 12)
def gmail_labels(header: str) -> GmailLabels:
    """The labels of an `X-Gmail-Labels` header: separated by commas, in quotes where they hold one."""
    line = " ".join(plain_text(header).split())
    try:
        cells = next(csv.reader([line], skipinitialspace=True)) if line else []
    except csv.Error:  # longer than any list of labels
        cells = []
    names = tuple(name for cell in cells if (name := cell.strip()))
    lower_names = frozenset(name.lower() for name in names)
    return GmailLabels(
        names,
        lower_names,
        is_sent=not lower_names.isdisjoint(_SENT_LABELS),
        is_draft=not lower_names.isdisjoint(_DRAFTS),
        is_unwanted=not lower_names.isdisjoint(_SPAM) or any(_is_promotion(name) for name in lower_names),
    )


@lru_cache(maxsize=1 << 8)
def labels_of_ids(ids: frozenset[str]) -> GmailLabels:
    """The labels that the API names by ids, as an English Takeout has them; a person's own have no words there."""
    names = [_WORDS[each] for each in _WORDS if each in ids]
    if ids.isdisjoint(_PLACES):
        names.insert(0, "Archived")
    if ids.isdisjoint({"UNREAD", "SENT", "DRAFT"}):
        names.insert(next((at for at, name in enumerate(names) if name.startswith("Category")), len(names)), "Opened")
    return GmailLabels(
        tuple(names),
        frozenset(name.lower() for name in names),
        is_sent="SENT" in ids,
        is_draft="DRAFT" in ids,
        is_unwanted=not ids.isdisjoint({"SPAM", "CATEGORY_PROMOTIONS"}),
    )


def _is_promotion(label: str) -> bool:
    return label.startswith(_CATEGORY_STARTS) and any(word in label for word in _PROMOTION_WORDS)
