"""Words by which people ask to be left alone, and by which programs answer for them, in many languages."""

import re

_MOST_WORDS = 10
_MOST_CHARS_WITHOUT_BLANKS = 30
_TOKEN = re.compile(r"\bunsubscribe[\s:+]+([a-z2-7]{26,200})\b", re.IGNORECASE)

# Each of these alone, with or without courtesies, means it; inside a sentence it may mean anything.
_ALONE = {
    "stop", "unsubscribe", "remove", "remove me", "cancel", "opt out", "optout", "opt-out", "quit", "end", "stopp",
    "stop it", "stop this", "abmelden", "austragen", "abbestellen", "arrêt", "arrêtez", "arrêter", "désinscription",
    "désabonnement", "désinscrire", "baja", "parar", "basta", "alto", "cancelar", "darme de baja", "cancella",
    "cancellami", "disiscrivi", "rimuovi", "afmelden", "uitschrijven", "sair", "remover", "descadastrar",
    "avregistrera", "avsluta", "afmeld", "avmeld", "peruuta", "lopeta", "wypisz", "rezygnuję", "odhlásit",
    "odhlaste mě", "стоп", "отписаться", "отпишите", "отписка", "відписатися", "iptal", "çık", "退订", "取消订阅",
    "退訂", "配信停止", "解除",
    "購読解除", "구독취소", "수신거부",
}  # fmt: skip
_COURTESIES = {
    "please", "pls", "thanks", "thank", "you", "thx", "bitte", "danke", "merci", "svp", "s'il", "vous", "plaît", "por",
    "favor", "gracias", "grazie", "per", "favore", "obrigado", "obrigada", "aub", "alstublieft", "bedankt", "tack",
    "tak", "takk", "kiitos", "proszę", "dziękuję", "prosím", "děkuji", "пожалуйста", "спасибо", "lütfen", "hi", "hello",
    "hallo", "regards", "sincerely", "now", "immediately", "sofort",
}  # fmt: skip
_SAYS_SO = re.compile(
    r"\b(?:unsubscribe (?:me|us)|(?:please|pls|kindly) unsubscribe|(?:want|like|wish) to unsubscribe"
    r"|(?:remove|take|delete) (?:me|us|my (?:e-?mail|address|name)).{0,20}\b(?:list|mailing|database|off)?"
    r"|(?:stop|quit) (?:e-?mailing|contacting|messaging|writing(?: to)?|sending|spamming)"
    r"|(?:do not|don['’]?t|never) (?:e-?mail|contact|write(?: to)?|message|send)\b.{0,20}\b(?:me|us|again|any)"
    r"|no more (?:e-?mails|messages|mails)|opt me out|leave me alone"
    r"|(?:bitte )?(?:melden|tragen|nehmen) sie mich .{0,30}\b(?:ab|aus|raus|heraus|verteiler)"
    r"|(?:meld|trag|nimm) mich .{0,30}\b(?:ab|aus|raus)"
    r"|keine (?:weiteren )?(?:e-?mails|mails|nachrichten|werbung)"
    r"|(?:schreiben|kontaktieren) sie (?:mir|mich) nicht"
    r"|nicht mehr (?:kontaktieren|anschreiben|schreiben)"
    r"|(?:désinscri|désabonn)\w+[ -]moi|me (?:désinscrire|désabonner)|ne (?:me|m['’])\s?(?:contactez|écrivez) plus"
    r"|(?:retirez|supprimez|enlevez)[ -]moi|plus (?:de|aucun) (?:mails?|e-?mails?|messages?)"
    r"|(?:darme|denme|dame) de baja|no me (?:escriba|contacte|env[ií]e)\w* m[aá]s|deje\w* de enviar\w*"
    r"|(?:quíteme|elimíneme|bórreme) de"
    r"|(?:cancella|rimuov|toglie?)\w*mi|non (?:scriver|contattar|inviar)\w*mi più|non (?:mi )?(?:scriva|contatti) più"
    r"|(?:me )?(?:remova|retire|descadastre)(?:[ -]me)?\b|não (?:me )?(?:envie|escreva|contate) mais"
    r"|pare de (?:enviar|me)"
    r"|(?:schrijf|meld|haal) (?:me|mij) .{0,20}\b(?:uit|af)|geen (?:e-?)?mails? meer|stuur (?:me|mij) niets meer"
    r"|(?:avregistrera|ta bort|afmeld|fjern|avmeld|slett) (?:mig|meg)"
    r"|(?:inga|ingen) (?:fler|flere) (?:mejl|mails?|e-post)"
    r"|(?:poista|älkää|älä) .{0,20}(?:listalta|lähettä\w+)"
    r"|(?:proszę )?(?:wypis|usu[nń])\w+ mnie|nie (?:pisz|wysyłaj|kontaktuj)\w* (?:więcej|do mnie|się)"
    r"|(?:odhlaste|vyřaďte|odstraňte) m[ěe]|(?:už )?mi ne(?:pište|posílejte)"
    r"|(?:отпишите|удалите|уберите) меня|(?:больше )?не (?:пишите|присылайте|беспокойте)"
    r"|(?:відпишіть|видаліть) мене|(?:більше )?не пишіть|(?:beni )?listeden çıkar\w*|bana (?:mail|e-posta) atma\w*)",
    re.IGNORECASE,
)
_SAYS_SO_WITHOUT_BLANKS = re.compile(
    r"退订|取消订阅|不要再(?:发|联系)|请勿再|退訂|取消訂閱|配信(?:を)?停止|(?:メール|連絡).{0,6}(?:不要|やめ|送らない)|購読解除"
    r"|수신\s?거부|구독\s?취소|보내지\s?마"
)
_NOT_MEANT = re.compile(
    r"\b(?:(?:do not|don['’]?t|did not|didn['’]?t|never|not|no need to|nicht|ne pas|no me) (?:want to )?"
    r"(?:unsubscribe|remove|stop|opt)|before you (?:stop|remove)|abmelden\s+(?:will|möchte) ich (?:mich )?nicht)\b",
    re.IGNORECASE,
)
_AUTOMATIC_SUBJECTS = re.compile(
    r"^\W{0,3}(?:automatic(?:ally generated)? reply|auto(?:matic)?[ -]?(?:reply|response|responder)|autoreply|autosvar"
    r"|out[ -]of[ -](?:the[ -])?office|ooo\b|away from (?:the |my )?(?:office|mail|desk)"
    r"|on (?:vacation|leave|holiday)\b"
    r"|vacation (?:reply|response|notice)|i am (?:currently )?(?:out|away)"
    r"|automatische (?:antwort|rückantwort)|abwesen(?:d\b|heit)|nicht im büro|außer haus"
    r"|réponse automatique|absence\b|absent(?:e)? du bureau|message d['’]absence|en congés?\b"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausencia\b|ausente\b|mensaje autom[aá]tico"
    r"|risposta automatica|fuori (?:sede|ufficio)|assen(?:te|za)\b"
    r"|resposta autom[aá]tica|fora do escrit[óo]rio|ausência\b"
    r"|automatisch antwoord|afwezig|niet aanwezig|buiten kantoor"
    r"|autom(?:atiskt|atisk) svar|frånvaro|fraværende|fravær\b|ikke til stede|ute av kontoret"
    r"|automaattinen (?:vastaus|poissaolo)|poissa\b"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|nieobecno|poza biurem"
    r"|automatická odpověď|mimo kancelář|nepřítomno|automatikus válasz|răspuns automat"
    r"|автоматический ответ|автоответ|вне офиса|в отпуске|автоматична відповідь|otomatik (?:yanıt|cevap)|ofis dışında"
    r"|自动回复|自動回覆|自動返信|自動応答|不在|외출|자동 ?(?:회신|응답)|부재)",
    re.IGNORECASE,
)


def unsubscribe_token(text: str) -> str | None:
    """The token of the word `unsubscribe TOKEN`, as a mail program writes it into the subject."""
    found = _TOKEN.search(text)
    return None if found is None else found[1].lower()


def asks_to_stop(text: str) -> bool:
    """Whether a text of at most ten words says nothing but that its writer wants no more mail."""
    words = text.split()
    if not words or len(words) > _MOST_WORDS:
        return False
    flat = " ".join(words)
    if _is_without_blanks(flat) and len(flat) > _MOST_CHARS_WITHOUT_BLANKS:
        return False
    core = " ".join(word for word in _bare(words) if word not in _COURTESIES)
    if core in _ALONE or _SAYS_SO_WITHOUT_BLANKS.search(flat):
        return True
    return _SAYS_SO.search(flat) is not None and "?" not in flat and _NOT_MEANT.search(flat) is None


def is_automatic_subject(subject: str) -> bool:
    """Whether a subject begins as automatic replies do; what begins with `Re:` is a person's."""
    return _AUTOMATIC_SUBJECTS.match(subject) is not None


def _bare(words: list[str]) -> list[str]:
    stripped = (word.strip(".,;:!?\"'()*_…。！、").lower() for word in words)
    return [word for word in stripped if word]


def _is_without_blanks(text: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in text)
