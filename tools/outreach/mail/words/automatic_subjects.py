"""Subjects of mail that programs answer with, in many languages (docs/mail.md, "What an answer is")."""

import re

_AUTOMATIC_SUBJECTS = re.compile(
    r"^\W{0,3}(?:(?:i['’]?m|i am|ich bin|wir sind|je suis|estoy|sono|estou|ik ben|jag är|jeg er|olen|jestem|jsem|som|я"
    r"|sunt|我)\s?)?(?:(?:currently|derzeit|zurzeit|momentan|aktuell|actuellement"
    r"|正)\s?)?(?:automatic(?:ally generated)? reply|auto(?:matic)?[ -]?(?:reply|response|responder)|autoreply"
    r"|autosvar"
    r"|auto(?:mated)?:|automated (?:reply|response)|i['’]m (?:currently )?(?:out of|away|on (?:vacation|leave"
    r"|holiday))"
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
    r"|în afara biroului|automatick[áýé] odpoveď|automatski odgovor|samodejni odgovor|izvan ureda|automatinis"
    r" atsakymas"
    r"|automātiskā atbilde|automaatne vastus|αυτόματη απάντηση|εκτός γραφείου|автоматичен отговор|аутоматски одговор"
    r"|(?:מענה|תשובה) אוטומטית?|(?:الرد|رد) (?:ال)?تلقائي|پاسخ خودکار|การตอบกลับอัตโนมัติ|ตอบกลับอัตโนมัติ"
    r"|(?:thư )?trả lời tự động|balas(?:an)? (?:otomatis|automatik)"
    r"|автоматический ответ|автоответ|вне офиса|в отпуске|автоматична відповідь|otomatik (?:yanıt|cevap)|ofis dışında"
    r"|(?:maternity|parental|paternity|annual|sick) leave\b(?! [a-z]+s?\?)|urlaubs?(?:abwesenheit|notiz|meldung|info)"
    r"|ferien(?:info|abwesenheit|notiz|meldung)|je suis (?:en (?:vacances|congés?)|absent)|hors du bureau"
    r"|notification d['’]absence|risposta d['’]assenza|automaattivastaus|urlaubsvertretung"
    r"|de vacaciones\b(?! en)|im urlaub\b|in (?:elternzeit|mutterschutz)\b|nicht (?:im hause?\b|im dienst|erreichbar)"
    r"|derzeit nicht erreichbar|betriebs(?:urlaub|ferien)|autom(?:\.|atische[rs]?) (?:e-?mail-?|abwesenheits)"
    r"|autom\. (?:antwort|reply|svar)|limited (?:access to|availability)|absente? (?:du|jusqu)|hors de mon bureau"
    r"|en congé\b|(?:message|mensaje|mensagem|messaggio|besked|melding|viesti|wiadomość|zpráva|správa) autom\w+"
    r"|automatisk (?:besked|melding)|automatische (?:reactie|beantwoording|notiz|nachricht|e-?mail|abwesenheit)"
    r"|auto[ -]?respuesta|respuesta de fuera|fuera de la|no estoy disponible|de férias|na urlopie|nejsem v kancel"
    r"|ikke på kontoret|inte på kontoret|fraværsassistent|poissa toimisto|koulutuksessa|в отпуске|у відпустці"
    r"|в отпуск\b|нет на месте|автоматическое сообщение|yıllık izin|izinliyim|în concediu|na godišnjem odmoru"
    r"|na dopustu|szabadságon|外出中|出差中|(?:正在)?休假|不在办公室|.{0,8}休業のお知らせ|출장\s?중|خارج المكتب"
    r"|في إجازة"
    r"|מחוץ למשרד|בחופשה|ข้อความตอบกลับอัตโนมัติ|sedang cuti|vắng mặt|स्वचालित"
    r"|in ferie\b|met vakantie\b|på semester\b|på ferie\b|lomalla\b|em férias\b|na urlopie\b|na dovolené\b"
    r"|automatické odpověd|izindeyim|i̇zindeyim|tatildeyim|tự động trả lời"
    r"|(?:away|(?:on )?(?:pto|sabbatical)|krank|elternzeit|mutterschutz|mutterschaftsurlaub|congés(?: annuels)?"
    r"|absente?"
    r"|ausente|zwangerschapsverlof|ouderschapsverlof|föräldraledig|tjänstledig|barsel|permisjon|vanhempainvapaa|lomat"
    r"|mateřská dovolená|декретный отпуск|відпустка|odsut(?:an|na)|dopust|concediu|άδεια|إجازة|izin|cuti|tatil"
    r"|urlaub|ferien|vacation|holidays?|ferie|semester|loma|urlop|dovolená|dovolenka|отпуск|vacances|vacaciones"
    r"|vakantie"
    r"|férias|szabadság)(?:\s*$|\s*[:(–]|\s+(?:bis|vom|von|ab|until|till|t\.?o\.?m\b|t/m|til|do|od|до|с|tot|van|dal|al"
    r"|fino|hasta|έως"
    r"|jusqu|du|até)\b"
    r"|\s+\d|\s+\w+\s\d)|休假|休暇|假期|휴가"
    r"|thank(?:s| you) for (?:your (?:e-?mail|message|enquiry|inquiry|request)|contacting|getting in touch"
    r"|reaching out to)"
    r"|(?:we|i)(?: have|['’]ve)? (?:received|got) your|(?:vielen |herzlichen |besten )?dank für (?:ihre"
    r"|deine) (?:nachricht"
    r"|anfrage"
    r"|e-?mail|mitteilung)|wir haben ihre|ihre (?:anfrage|nachricht) (?:an|bei) |merci (?:pour|de) votre (?:message"
    r"|e-?mail"
    r"|demande)|gracias por (?:su (?:mensaje|correo)|contactar)|grazie per (?:il (?:suo|tuo|vostro) messaggio|aver)"
    r"|obrigad[oa] (?:pel[oa]|por) (?:su|entr|contat)|bedankt voor (?:uw|je) (?:bericht|e-?mail)|tack för ditt"
    r"|tak for din (?:mail|besked|henvendelse)|takk for din|kiitos viestist|dziękujemy za|děkujeme za"
    r"|спасибо за (?:ваше|обращение)"
    r"|your (?:request|case|ticket)\b.{0,20}\bhas been (?:received|created|opened)"
    r"|i (?:have left|no longer work)|(?:change of|new) e-?mail address|(?:this |e-?mail )?(?:address|mailbox|inbox)"
    r" (?:is )?(?:not monitored|no longer)|neue e-?mail-?adresse|nouvelle adresse (?:e-?)?mail|nueva dirección de"
    r"|your (?:e-?mail|message|request|enquiry|inquiry) (?:has been|was) received|eingangsbestätigung"
    r"|ihre (?:anfrage|nachricht|e-?mail) ist (?:bei uns )?eingegangen|accusé de réception|acuse de recibo"
    r"|conferma di ricezione"
    r"|ontvangstbevestiging|\[?(?:ticket|case|request)\b.{0,30}\d.{0,30}\b(?:created|received|opened|eröffnet"
    r"|eingegangen|créé|creado)\b"
    r"|(?:support )?ticket #?\d+ (?:received|created)|\[?#\d+\]? (?:ticket|request|case) (?:received|created)"
    r"|(?:(?:office|holiday|christmas|company) clos(?:ed|ure)|(?:büro|praxis|kanzlei) geschlossen|fermeture"
    r" (?:annuelle"
    r"|estivale|de fin)|chiusura (?:natalizia|estiva|per)|chiuso per|cerrado por|encerrad[oa]s? para|stängt för|lukket"
    r" (?:for|på)|ik ben (?:er niet|weg))\b"
    r"|\[?request received\]?|ticket received\b|(?:please )?(?:verify|confirm|authenticate) (?:your|that you|you are"
    r"|the)"
    r" (?:e-?mail|message|address|identity|sender|human|sent)|(?:sender|message) (?:verification|confirmation) "
    r"(?:required|needed|request)|action required: (?:verify|confirm) your"
    r"|no longer (?:with|at|works?)\b|自动(?:回复|答复)"
    r"|自動(?:回覆|答覆)|自動返信|自動応答|不在|외출"
    r"|자동 ?(?:회신|응답)|부재)",
    re.IGNORECASE,
)
_SAYS_AWAY = re.compile(
    r"(?:\s[-–—|]\s|[(\[]\s?)(?:boxbe\b.{0,20}|spam ?arrest\b.{0,20}|(?:sender |message )?(?:verification|challenge)"
    r"|out of (?:the )?office|ooo|away|abwesend|abwesenheit\w*|vacation|absente?|auto(?:matic"
    r"|mated)?"
    r"[ -]?(?:reply|response)|automatische antwort|réponse automatique|respuesta automática|risposta automatica"
    r"|resposta automática|automatisch antwoord|自动回复|自動返信|자동 ?응답)\s?[\])]?\s*$"
    r"|^(?!re:|aw:|sv:|antw:)[^:?]{3,60} (?:is (?:currently )?(?:out of (?:the )?office|on (?:vacation|leave"
    r"|holiday)|away)\b"
    r"|^(?!re:|aw:|sv:|antw:|fwd?:)[^:?]{3,60}: (?:out of (?:the )?office|ooo|abwesend)\s*$|has left (?:the company"
    r"|us\b|\w+\s*$)|(?:is|has) no longer (?:with|at|work\w*|employed|an employee|in the)\b"
    r"|ist (?:derzeit )?(?:nicht im büro"
    r"|im urlaub|abwesend|außer haus)|est (?:absente?|en congés?))",
    re.IGNORECASE,
)
"""Says so elsewhere than at its beginning."""

_READ = re.compile(
    r"(?:not |un)?read|(?:un)?gelesen|(?:non )?lu|(?:no )?leído|(?:non )?letto|(?:não )?lid[ao]|(?:on|niet )?gelezen"
    r"|oläst"
    r"|läst|(?:ul)?[lt]?[æe]st|luettu|przeczytan[eoy]|přečteno|prečítané|прочтено|прочитано|okundu|已读|已讀|開封済み"
    r"|읽음"
    r"|olvasva|citit|διαβάστηκε",
    re.IGNORECASE,
)
_READ_NOTICE = re.compile(
    r"\bwas (?:read|displayed|deleted)|\bgelesen\b|\bété lu\b|\bleído\b|\bè stato letto\b|\bfoi lida\b|\bgelezen\b"
    r"|\blästes\b"
)
"""How programs tell that a letter was read, where they keep to no standard."""


def is_automatic_subject(subject: str) -> bool:
    """Whether a subject begins as automatic replies do; what begins with `Re:` is a person's."""
    return _AUTOMATIC_SUBJECTS.match(subject) is not None or _SAYS_AWAY.search(subject) is not None


def is_receipt(subject: str, text: str) -> bool:
    """Whether a mail tells by its subject, and by nothing else but a notice, that a letter was read or deleted."""
    prefix, colon, about = subject.partition(":")
    if not colon or _READ.fullmatch(prefix.strip()) is None:
        return False
    notice = " ".join(text.lower().split())
    return not notice or about.strip().lower() in notice or _READ_NOTICE.search(notice) is not None
