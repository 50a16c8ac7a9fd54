"""Words by which people ask to be left alone, and by which programs answer for them, in many languages."""

import re

_MOST_WORDS = 10
_MOST_NAMES = 2
_MOST_CHARS_WITHOUT_BLANKS = 30
_TOKEN = re.compile(r"\bunsubscribe(?:[\s:+]|%20)+([a-z2-7]{26,200})\b", re.IGNORECASE)

# Each of these alone, with or without courtesies, means it; inside a sentence it may mean anything.
_ALONE = {
    "stop", "unsubscribe", "remove", "remove me", "cancel", "opt out", "optout", "opt-out", "quit", "end", "stopp",
    "stop it", "stop this", "abmelden", "austragen", "abbestellen", "arrêt", "arrêtez", "arrêter", "désinscription",
    "désabonnement", "désinscrire", "baja", "parar", "basta", "alto", "cancelar", "darme de baja", "cancella",
    "cancellami", "disiscrivi", "rimuovi", "afmelden", "uitschrijven", "sair", "remover", "descadastrar",
    "avregistrera", "avsluta", "afmeld", "avmeld", "peruuta", "lopeta", "wypisz", "rezygnuję", "odhlásit",
    "odhlaste mě", "стоп", "отписаться", "отпишите", "отписка", "відписатися", "iptal", "çık", "退订", "取消订阅",
    "退訂", "配信停止", "解除", "取消", "unsub", "unsuscribe", "unsubcribe", "loobu", "loobun", "atsisakau",
    "atsisakyti", "atrakstīties", "frameld", "frabed", "désabonner", "désabonne", "se désinscrire", "borrarme",
    "dar de baja", "darse de baja", "cancelar suscripción", "cancelar inscrição", "eliminar de la lista",
    "zrušte odběr",
    "zrušit odběr", "odhlásiť", "odjavite", "отпиши", "отписване", "скасувати підписку", "скасувати",
    "إلغاء الاشتراك", "إلغاء", "الغاء الاشتراك", "توقف", "لغو اشتراک", "لغو", "הסר", "הסרה", "הסירו", "להסיר",
    "hủy đăng ký", "ngừng", "berhenti berlangganan", "berhenti", "ยกเลิก", "ยกเลิกการสมัคร", "सदस्यता समाप्त करें",
    "購読解除", "구독취소", "수신거부", "διαγραφή", "leiratkozás", "leiratkozom", "dezabonare", "odjava",
    "cease and desist",
}  # fmt: skip
_COURTESIES = {
    "please", "pls", "thanks", "thank", "you", "thx", "bitte", "danke", "merci", "svp", "s'il", "vous", "plaît", "por",
    "favor", "gracias", "grazie", "per", "favore", "obrigado", "obrigada", "aub", "alstublieft", "bedankt", "tack",
    "tak", "takk", "kiitos", "proszę", "dziękuję", "prosím", "děkuji", "пожалуйста", "спасибо", "lütfen", "hi", "hello",
    "hallo", "regards", "sincerely", "now", "immediately", "sofort", "me", "ma", "me,",
}  # fmt: skip
_SAYS_SO = re.compile(
    r"\b(?:unsubs?cribe (?:me|us)|(?:please|pls|kindly) unsubscribe|(?:want|like|wish) to unsubscribe"
    r"|(?:remove|delete|take) (?:me|us)\b(?! (?:from|off) (?:the |this )?(?:cc|bcc|thread|copy|loop|invite|meeting"
    r"|mute|hold))(?<!take me)(?<!take us)"
    r"|take (?:me|us) (?:off|out of|from)\b(?! (?:the |this )?(?:cc|bcc|thread|copy|loop|invite|meeting|mute|hold))"
    r"|(?:not interested|no thanks?|no thank you)[.,;!]? (?:please |pls )?stop\b[.!]*$"
    r"|(?:remove|take|delete) (?:this address |me )?(?:from|off) (?:the |this |your |all )?(?:mailing "
    r"|e-?mail )?lists?\b"
    r"|(?:remove|delete|erase|lose) my (?:e-?mail|address|name|data|details|info\w*|number)"
    r"|(?:stop|quit) (?:e-?mailing|contacting|messaging|writing(?: to)?|sending|spamming)"
    r"|(?:do not|don['’]?t|never) (?:e-?mail|contact|write(?: to)?|message|send)\b[^,;]{0,20}\b(?:me|us|again|any)"
    r"|no more (?:e-?mails|messages|mails)|opt me out|leave me alone"
    r"|(?:bitte )?(?:melden|tragen|nehmen) sie mich .{0,30}\b(?:ab|aus|raus|heraus|verteiler)"
    r"|(?:meld|trag|nimm) mich .{0,30}\b(?:ab|aus|raus)"
    r"|keine (?:weiteren )?(?:e-?mails|mails|nachrichten|werbung)"
    r"|(?:schreiben|kontaktieren) sie (?:mir|mich) nicht"
    r"|nicht mehr (?:kontaktieren|anschreiben|schreiben)"
    r"|(?:löschen|streichen|entfernen) sie (?:mich|meine (?:daten|adresse|e-?mail\S*|kontaktdaten))"
    r"|(?:désinscri|désabonn)\w+[ -]moi|me (?:désinscrire|désabonner)|ne (?:me|m['’])\s?(?:contactez|écrivez) plus"
    r"|(?:retirez|supprimez|enlevez|effacez)[ -](?:moi|mon (?:adresse|e-?mail)|mes données)"
    r"|(?:retirez|supprimez)[ -]nous|plus (?:de|aucun) (?:mails?|e-?mails?|messages?)"
    r"|ne plus (?:me |m['’])(?:contacter|écrire|envoyer|solliciter|déranger)|me (?:retirer|supprimer|enlever) de"
    r"|ne (?:veux|souhaite) plus (?:recevoir|être contacté)"
    r"|(?:darme|denme|dame) de baja|no me (?:escriba|contacte|env[ií]e)\w* m[aá]s|deje\w* de enviar\w*"
    r"|(?:quíteme|elimíneme|bórreme) de|no (?:quiero|deseo) (?:recibir )?m[aá]s|no (?:quiero|deseo) recibir"
    r"|(?:elimin|borr|quit)\w+ mi (?:correo|e-?mail|dirección|nombre|datos?)"
    r"|(?:cancella|rimuov|toglie?)\w*mi|non (?:scrive|contatta|invia)\w*mi più|non (?:mi )?(?:scriva|contatti) più"
    r"|non (?:voglio|desidero) (?:più )?(?:ricevere|essere contattat)"
    r"|(?:me )?(?:remova|retire|descadastre)(?:[ -]me)?\b|não (?:me )?(?:envie|escreva|contate) mais"
    r"|me (?:tire|tirem|removam|retirem|exclua|excluam) d[ae]|não (?:me |nos )?(?:mandem?|enviem?|escrevam) mais"
    r"|pare de (?:enviar|me)|não (?:quero|desejo) (?:mais )?receber|(?:apague|remova|exclua) (?:o )?meu e-?mail"
    r"|(?:schrijf|meld|haal) (?:me|mij) .{0,20}\b(?:uit|af)|(?:haal|verwijder) (?:me|mij) .{0,20}lijst"
    r"|geen (?:e-?)?mails? meer|stuur (?:me|mij) niets meer"
    r"|(?:avregistrera|ta bort|afmeld|fjern|avmeld|slett|stryk) (?:mig|meg)|ta mig (?:från|bort)|meld (?:mig"
    r"|meg) (?:fra|av|ud)"
    r"|(?:mij|me) (?:graag )?uit te schrijven|wil geen (?:e-?)?mails?|wens(?:en)? geen (?:e-?)?mails?"
    r"|(?:inga|ingen) (?:fler|flere) (?:mejl|mails?|e-post)|vill inte (?:ha|få)"
    r"|(?:ønsker|vil) ikke (?:å |at )?(?:ha|få|modtage|motta)"
    r"|(?:poista|älkää|älä) .{0,20}(?:listalta|lähettä\w+)"
    r"|(?:proszę )?(?:wypis|usu[nń])\w+ mnie|nie (?:pisz|wysyłaj|kontaktuj)\w* (?:więcej|do mnie|się)"
    r"|mnie (?:wypis|usun)\w+|nie (?:chcę|życzę sobie) (?:więcej )?(?:otrzymywa|dostawa)\w+"
    r"|(?:odhlaste|odhláste|vyřaďte|vyraďte|odstraňte|odstráňte|vymažte) m[ěea]|(?:odjavite|odjavi|izbrišite) me"
    r"|(?:отпишете|махнете|премахнете) ме|(?:už )?mi ne(?:pište|posílejte)|nechci (?:už )?(?:dostáv|od vás)\w*"
    r"|(?:отпишите|удалите|уберите|исключите) (?:меня|мой адрес|мою почту)|не (?:хочу|желаю) (?:больше )?получать"
    r"|(?:больше )?не (?:пишите|присылайте|беспокойте)"
    r"|διαγράψτε (?:με|μας)|μη (?:μου|με) (?:στέλνετε|ξαναστείλετε|ενοχλείτε)"
    r"|(?:töröljön|töröljenek|iratkoztasson|vegyenek) (?:le|a list\w+)|ne (?:írjon|küldjön)\w* (?:többet|több)"
    r"|(?:dezabona|ștergeți-m|scoateți-m)\w*|nu (?:mai )?doresc (?:să (?:mai )?primesc|mesaje|e-?mail\w*)"
    r"|(?:הסירו|תסירו|הסר|תורידו|מחקו|רשמו) אותי|(?:أزلني|احذفني|أزيلوني|احذفوني)|لا (?:ترسل|تراسل)\w*|مرا حذف"
    r"|(?:đừng|không) (?:gửi|liên hệ).{0,15}nữa|(?:hapus|keluarkan) saya|(?:jangan|tidak) (?:kirim|hubungi).{0,10}lagi"
    r"|(?:відпишіть|видаліть) мене|(?:більше )?не пишіть|(?:beni )?listeden çıkar\w*|bana (?:mail|e-posta) atma\w*)",
    re.IGNORECASE,
)
_SAYS_SO_WITHOUT_BLANKS = re.compile(
    r"退订|取消订阅|(?:不要|别|別|勿)再.{0,4}(?:发|發|联系|聯絡|打扰)|请勿再|退訂|取消訂閱|配信(?:を)?停止|(?:メール|連絡).{0,6}(?:不要|やめ|送らない|しないで)|送らないで|購読解除"
    r"|수신\s?거부|구독\s?취소|보내지\s?마|(?:그만|더\s?이상).{0,6}보내|연락하지\s?(?:마|말)|ยกเลิกการ(?:สมัคร|รับ)"
)
_CLOSING = re.compile(
    r"(?<=\n)[ \t*_]*(?:(?:(?:with )?(?:kind|best|warm)(?:est)? (?:regards|wishes)|(?:yours|many thanks|cheers"
    r"|regards|best)\b"
    r"|(?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|liebe[nr]?) (?:grü(?:ß|ss)en?|gru(?:ß|ss)|dank)|mfg\b"
    r"|gru(?:ß|ss)\b"
    r"|(?:bien )?cordialement|(?:bien )?à vous|salutations|(?:un )?(?:cordial )?saludos?|atentamente|atenciosamente"
    r"|(?:cordiali |distinti )?saluti|cumprimentos|met vriendelijke|vriendelijke|groet(?:en|jes)?\b"
    r"|(?:med )?v[eä]n(?:ne)?lig\w* h[iä]ls\w*|mvh\b|hälsningar|hilsen|ystävällisin|terveisin|pozdraw\w+|z poważaniem"
    r"|s pozdravem|s pozdravom|с уважением|з повагою|saygılar\w*|üdvözlettel|cu (?:stimă|respect)|敬具|此致|よろしく)"
    r"|(?:confidential|disclaimer|privileged|legal notice|please consider the environment|vertraulich|avis de)\w*\b"
    r"|(?:this|the information in this) (?:e-?mail|message)\b|diese (?:e-?mail|nachricht)\b|ce (?:message|courriel)\b"
    r"|este (?:mensaje|correo|e-?mail)\b|questo messaggio\b|esta mensagem\b|dit bericht\b)",
    re.IGNORECASE,
)
"""How a text ends that is signed, or has a notice below it, at the beginning of a line."""
_NOT_MEANT = re.compile(
    r"\b(?:(?:do not|don['’]?t|did not|didn['’]?t|never|not|no need to|nicht|ne pas|no me) (?:want to )?"
    r"(?:unsubscribe|remove|stop|opt)|before you (?:stop|remove)|abmelden\s+(?:will|möchte) ich (?:mich )?nicht"
    r"|let['’]?s (?:talk|call|meet|speak)|again (?:until|before))\b",
    re.IGNORECASE,
)
_AUTOMATIC_SUBJECTS = re.compile(
    r"^\W{0,3}(?:automatic(?:ally generated)? reply|auto(?:matic)?[ -]?(?:reply|response|responder)|autoreply|autosvar"
    r"|auto(?:mated)?:|automated (?:reply|response)|i['’]m (?:currently )?(?:out of|away|on (?:vacation|leave|holiday))"
    r"|out[ -]of[ -](?:the[ -])?office|ooo\b|away from (?:the |my )?(?:office|mail|desk)"
    r"|(?:currently )?on (?:annual |parental |maternity |sick )?(?:vacation|leave|holidays?)\b(?! [a-z]+s\b)"
    r"|vacation (?:reply|response|notice)|i am (?:currently )?(?:out|away)"
    r"|automatische (?:antwort|rückantwort)|abwesen(?:d\b|heit)|nicht im büro|außer haus"
    r"|réponse automatique|absence\b(?! of\b)|absent(?:e)? du bureau|message d['’]absence|en congés?\b"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausencia\b|ausente\b|mensaje autom[aá]tico"
    r"|risposta automatica|fuori (?:sede|ufficio)|assen(?:te|za)\b"
    r"|resposta autom[aá]tica|fora do escrit[óo]rio|ausência\b"
    r"|automatisch antwoord|afwezig|niet aanwezig|buiten kantoor"
    r"|autom(?:atiskt|atisk) svar|frånvar(?:o|ande)|fraværende|fravær\b|ikke til stede|ute av kontoret"
    r"|automaattinen (?:vastaus|poissaolo)|poissa(?:olo|\b)"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowied|nieobecno|poza biurem"
    r"|automatická odpověď|mimo kancelář|nepřítomno|automatikus válasz|házon kívül|szabadságon|răspuns automat"
    r"|în afara biroului|automatick[áýé] odpoveď|automatski odgovor|samodejni odgovor|izvan ureda|automatinis atsakymas"
    r"|automātiskā atbilde|automaatne vastus|αυτόματη απάντηση|εκτός γραφείου|автоматичен отговор|аутоматски одговор"
    r"|(?:מענה|תשובה) אוטומטית?|(?:الرد|رد) (?:ال)?تلقائي|پاسخ خودکار|การตอบกลับอัตโนมัติ|ตอบกลับอัตโนมัติ"
    r"|(?:thư )?trả lời tự động|balas(?:an)? (?:otomatis|automatik)"
    r"|автоматический ответ|автоответ|вне офиса|в отпуске|автоматична відповідь|otomatik (?:yanıt|cevap)|ofis dışında"
    r"|(?:maternity|parental|paternity|annual|sick) leave\b(?! [a-z]+s?\?)|urlaubs?(?:abwesenheit|notiz|meldung|info)"
    r"|ferien(?:info|abwesenheit|notiz|meldung)|je suis (?:en (?:vacances|congés?)|absent)|hors du bureau"
    r"|de vacaciones\b(?! en)"
    r"|in ferie\b|met vakantie\b|på semester\b|på ferie\b|lomalla\b|em férias\b|na urlopie\b|na dovolené\b"
    r"|automatické odpověd|izindeyim|i̇zindeyim|tatildeyim|tự động trả lời"
    r"|(?:urlaub|ferien|vacation|holidays?|ferie|semester|loma|urlop|dovolená|dovolenka|отпуск|vacances|vacaciones"
    r"|vakantie"
    r"|férias|szabadság)(?:\s*$|\s*[:(–]|\s+(?:bis|vom|von|ab|until|till|t\.?o\.?m|do|od|до|с|tot|van|dal|al|fino"
    r"|jusqu|du|até)\b"
    r"|\s+\d)|休假|休暇|假期|휴가"
    r"|thank you for (?:your (?:e-?mail|message|enquiry|inquiry)|contacting)|(?:we|i) have received your (?:e-?mail"
    r"|message)"
    r"|your (?:e-?mail|message|request|enquiry|inquiry) (?:has been|was) received|eingangsbestätigung"
    r"|ihre (?:anfrage|nachricht|e-?mail) ist (?:bei uns )?eingegangen|accusé de réception|acuse de recibo"
    r"|conferma di ricezione"
    r"|ontvangstbevestiging|\[?(?:ticket|case|request)\b.{0,30}\d.{0,30}\b(?:created|received|opened|eröffnet"
    r"|eingegangen|créé|creado)\b"
    r"|no longer (?:with|at|works?)\b|自动(?:回复|答复)|自動(?:回覆|答覆)|自動返信|自動応答|不在|외출"
    r"|자동 ?(?:회신|응답)|부재)",
    re.IGNORECASE,
)
_SAYS_AWAY = re.compile(
    r"\((?:out of (?:the )?office|ooo|away|abwesend|vacation|absent)\)\s*$"
    r"|^(?!re:|aw:|sv:|antw:)[^:?]{3,60} (?:is (?:currently )?(?:out of (?:the )?office|on (?:vacation|leave"
    r"|holiday)|away)\b"
    r"|(?:is|has) no longer (?:with|at|work\w*|employed|an employee|in the)\b|ist (?:derzeit )?(?:nicht im büro"
    r"|im urlaub|abwesend|außer haus)|est (?:absente?|en congés?))",
    re.IGNORECASE,
)
"""Says so elsewhere than at its beginning."""


def unsubscribe_token(text: str) -> str | None:
    """The token of the word `unsubscribe TOKEN`, as a mail program writes it into the subject."""
    match = _TOKEN.search(text)
    return None if match is None else match[1].lower()


def asks_to_stop(text: str) -> bool:
    """Whether a text of at most ten words says nothing but that its writer wants no more mail.

    How they sign, and what their company writes below, are no words of theirs.
    """
    ends = _CLOSING.search(text)
    words = (text if ends is None else text[: ends.start()]).split()
    if not words or len(words) > _MOST_WORDS:
        return False
    flat = " ".join(words)
    if _is_without_blanks(flat) and len(flat) > _MOST_CHARS_WITHOUT_BLANKS:
        return False
    if _is_alone(words) or _SAYS_SO_WITHOUT_BLANKS.search(flat):
        return True
    return _SAYS_SO.search(flat) is not None and "?" not in flat and _NOT_MEANT.search(flat) is None


def is_automatic_subject(subject: str) -> bool:
    """Whether a subject begins as automatic replies do; what begins with `Re:` is a person's."""
    return _AUTOMATIC_SUBJECTS.match(subject) is not None or _SAYS_AWAY.search(subject) is not None


def _is_alone(words: list[str]) -> bool:
    """Whether nothing but such a word stands there, with or without courtesies, or before a name that signs."""
    end = next((number for number, word in enumerate(words, start=1) if word[-1] in ".!,;"), len(words))
    first = words[:end] if len(words) - end <= _MOST_NAMES + 1 else words
    cores = (" ".join(word for word in _bare(part) if word not in _COURTESIES) for part in (words, first))
    return not _ALONE.isdisjoint(cores)


def _bare(words: list[str]) -> list[str]:
    bare_words = (word.strip(".,;:!?\"'()*_…。！、").lower() for word in words)
    return [word for word in bare_words if word]


def _is_without_blanks(text: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in text)
