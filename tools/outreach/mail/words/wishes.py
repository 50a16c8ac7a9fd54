"""Whether a few words ask for no more mail, and nothing else (docs/mail.md, "What an answer is").

Sentences that people always write the same are known as such; the others by the kinds of words that come together in
them, language by language (`wish_words`).
"""

import re
from functools import cache

from onelane.tools.outreach.mail.words.goodwill import shows_goodwill
from onelane.tools.outreach.mail.words.wish_words import SPACED, UNSPACED

_MOST_WORDS = 10
_MOST_NAMES = 2
_KINDS_OF_A_CLAUSE = 3
"""Many kinds of words meet by chance where somebody says two things."""
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
    "cease and desist", "fuck off", "piss off", "go away", "get lost", "spam remove", "stop spam", "no more", "拒收",
    "löschen", "adresse löschen", "daten löschen", "streichen", "retirer", "borrar de la lista", "exclua",
    "verwijderen",
    "remove from list", "take me off", "stop emails", "stop mails", "no more emails", "no more mail", "leave me be",
    "don't bother me", "basta email", "basta mail", "basta e-mail",
}  # fmt: skip
_COURTESIES = {
    "please", "pls", "thanks", "thank", "you", "thx", "bitte", "danke", "merci", "svp", "s'il", "vous", "plaît", "por",
    "favor", "gracias", "grazie", "per", "favore", "obrigado", "obrigada", "aub", "alstublieft", "bedankt", "tack",
    "tak", "takk", "kiitos", "proszę", "dziękuję", "prosím", "děkuji", "пожалуйста", "спасибо", "lütfen", "hi",
    "hello",
    "hallo", "regards", "sincerely", "now", "immediately", "sofort", "me", "ma", "me,", "graag", "gelieve", "venligst",
    "vennligst", "snälla", "kérem", "köszönöm", "rog", "vă", "molim", "prosim", "ďakujem", "hvala", "παρακαλώ", "моля",
    "будь", "ласка", "tolong", "teşekkürler",
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
    r"|(?:do not|don['’]?t|never) (?:e-?mail|contact|write(?: to)?|message)\b[^,;]{0,20}\b(?:me|us|again|any)"
    r"|(?:do not|don['’]?t|never) send (?:me|us)"
    r"(?: (?:any|more|this|these|your|spam|e-?mail|mail|messages|stuff)|[.!]|$)"
    r"|^(?:please |pls |kindly )?stop[.!,].{0,40}\b(?:another|competitor|someone else|not interested|spam)\b|(?:ask"
    r"|tell)ing you to stop[.!]*$"
    r"|stop (?:wasting|bothering|harassing|pestering|pub\b)|get (?:me|us) off (?:this|your|the)\b(?! (?:\w+"
    r" )?(?:call|cc)\b)"
    r"|(?:remove|delete|take) \S+@\S+ (?:from|off) (?:\w+ ){0,2}(?:list|database|records)"
    r"|object to (?:the |your )?(?:process|us)\w* of (?:my|our)|right to (?:be forgotten|erasure)"
    r"|widersprech\w* .{0,30}(?:daten|werbung)|m['’]oppose au traitement|me opongo al tratamiento"
    r"|(?:mi oppongo|oponho-me) a[lo] tratt?ament|rahat bırak"
    r"|no (?:more|further) (?:e-?mails|messages|mails)|no further (?:contact|communications?|correspondence)\b|opt"
    r" me out|leave me alone"
    r"|(?:bitte )?(?:melden|tragen|nehmen) sie mich .{0,30}\b(?:ab|aus|raus|heraus|verteiler)"
    r"|(?:meld|trag|nimm) mich .{0,30}\b(?:ab|aus|raus)"
    r"|keine (?:weiteren )?(?:e-?mails|mails|nachrichten|werbung)"
    r"|(?:schreiben|kontaktieren) sie (?:mir|mich) nicht"
    r"|nicht mehr (?:kontaktieren|anschreiben|schreiben)"
    r"|(?:löschen|streichen|entfernen) sie (?:mich|meine (?:daten|adresse|e-?mail\S*|kontaktdaten))"
    r"|(?:désinscri|désabonn)\w+[ -]moi|me (?:désinscrire|désabonner)|ne (?:me|m['’])\s?(?:contactez|écrivez) plus"
    r"|(?:retirez|supprimez|enlevez|effacez)[ -](?:moi|mon (?:adresse|e-?mail)|mes données)"
    r"|(?:retirez|supprimez)[ -]nous|^(?:svp |merci,? )?plus (?:de|aucun) (?:mails?|e-?mails?|messages?)"
    r"|ne plus (?:me |m['’])(?:contacter|écrire|envoyer|solliciter|déranger)|me (?:retirer|supprimer|enlever) de"
    r"|ne (?:veux|souhaite) plus (?:recevoir|être contacté)"
    r"|(?:darme|denme|dame) de baja|no me (?:escriba|contacte|env[ií]e)\w* m[aá]s"
    r"|no (?:me|nos) (?:contact(?:en?|es)|escrib(?:an?|as)|molest(?:en?|es)|env[ií](?:en?|es)|mand(?:en?|es))(?:[.!]"
    r"|$)"
    r"|deje\w* de enviar\w*"
    r"|(?:quíteme|elimíneme|bórreme) de|no (?:quiero|deseo) (?:recibir )?m[aá]s|no (?:quiero|deseo) recibir"
    r"|(?:elimin|borr|quit)\w+ mi (?:correo|e-?mail|dirección|nombre|datos?)"
    r"|(?:cancella|rimuov|toglie?)\w*mi|non (?:scrive|contatta|invia)\w*mi più|non (?:mi )?(?:scriva|contatti) più"
    r"|non (?:voglio|desidero) (?:più )?(?:ricevere|essere contattat)"
    r"|(?:me )?(?:remova|retire|descadastre)(?:[ -]me)?\b|não (?:me )?(?:envie|escreva|contate) mais"
    r"|me (?:tire|tira|tirem|removam|retirem|exclua|excluam) d[ae]|não (?:me |nos )?(?:mandem?|enviem?|escrevam) mais"
    r"|pare de (?:enviar|me)|não (?:quero|desejo) (?:mais )?receber|(?:apague|remova|exclua) (?:o )?meu e-?mail"
    r"|(?:schrijf|meld|haal) (?:me|mij) .{0,20}\b(?:uit|af)|(?:haal|verwijder) (?:me|mij) .{0,20}lijst"
    r"|geen (?:e-?)?mails? meer|stuur (?:me|mij) niets meer"
    r"|(?:avregistrera|ta bort|afmeld|fjern|avmeld|slett|stryk) (?:mig|meg)|ta mig (?:från|bort)|meld (?:mig"
    r"|meg) (?:fra|av|ud)"
    r"|(?:mij|me) (?:graag )?uit te schrijven|wil geen (?:e-?)?mails?|wens(?:en)? geen (?:e-?)?mails?"
    r"|(?:inga|ingen) (?:fler|flere) (?:mejl|mails?|e-post)"
    r"|(?:ønsker|vil) ikke (?:å |at )?(?:ha|få|modtage|motta)"
    r"|(?:poista|älkää|älä) .{0,20}(?:listalta|lähettä\w+)"
    r"|(?:proszę )?(?:wypis|usu[nń])\w+ mnie|nie (?:pisz|wysyłaj|kontaktuj)\w* (?:więcej|do mnie|się)"
    r"|mnie (?:wypis|usun)\w+|nie (?:chcę|życzę sobie) (?:więcej )?(?:otrzymywa|dostawa)\w+"
    r"|(?:odhlaste|odhláste|vyřaďte|vyraďte|odstraňte|odstráňte|vymažte) m[ěea]|(?:odjavite|odjavi|izbrišite) me"
    r"|(?:отпишете|махнете|премахнете) ме|(?:už )?mi ne(?:pište|posílejte)|nechci (?:už )?(?:dostáv|od vás)\w*"
    r"|(?:отпишите|удалите|уберите|исключите) (?:меня|мой адрес|мою почту)|не (?:хочу|желаю) (?:больше )?получать"
    r"|больше не (?:пишите|присылайте|беспокойте)"
    r"|не (?:пишите|присылайте|беспокойте)(?: (?:мне|нам|меня|нас|больше)\b|[.!]|$)"
    r"|διαγράψτε (?:με|μας)|μη (?:μου|με) (?:στέλνετε|ξαναστείλετε|ενοχλείτε)"
    r"|(?:töröljön|töröljenek|iratkoztasson|vegyenek) (?:le|a list\w+)|ne (?:írjon|küldjön)\w* (?:többet|több)"
    r"|(?:dezabona|ștergeți-m|scoateți-m)\w*|nu (?:mai )?doresc (?:să (?:mai )?primesc|mesaje|e-?mail\w*)"
    r"|(?:הסירו|תסירו|הסר|תורידו|מחקו|רשמו) אותי|(?:أزلني|احذفني|أزيلوني|احذفوني)|لا (?:ترسل|تراسل)\w*|مرا حذف"
    r"|(?:đừng|không) (?:gửi|liên hệ).{0,15}nữa|(?:hapus|keluarkan) saya|(?:jangan|tidak) (?:kirim|hubungi).{0,10}lagi"
    r"|(?:відпишіть|видаліть) мене|(?:більше )?не пишіть|(?:beni )?listeden çıkar\w*|bana (?:mail|e-posta) atma\w*)",
    re.IGNORECASE,
)
_SAYS_SO_WITHOUT_BLANKS = re.compile(
    r"退订|取消订阅|把我.{0,3}(?:删|刪|移)|(?:제|내|저희) (?:주소|이메일|정보|메일).{0,4}(?:삭제|제외)|(?:不要|别|別"
    r"|勿)再.{0,4}(?:发|發|联系|聯絡|打扰)|请勿再|退訂|取消訂閱|配信(?:を)?停止|(?:メール"
    r"|連絡).{0,6}(?:結構|不要|やめ|送らない|しないで)|送らないで|購読解除"
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
_LAST_WORD = re.compile(
    r"(?:[.!?,;–-] (?:so )?(?:please )?(?:stop|remove(?: me| us)?|unsubscribe(?: me| us)?|take me off)"
    r"|: (?:please )?(?:unsubscribe(?: me| us)?|remove (?:me|us)))(?: please)?[.!]*$",
    re.IGNORECASE,
)
_GREETING = re.compile(r"\s*\S+(?: \S+){0,4}[,:][ \t]*\n")
_NOT_MEANT = re.compile(
    r"\b(?:(?:do not|don['’]?t|did not|didn['’]?t|can['’]?t|cannot|won['’]?t|never|not|no need to|nicht|ne pas|no me"
    r"|no|non|não|niet|inte|ikke) (?:want to )?"
    r"(?:unsubscribe|remove|stop|opt|sluta|slutt|smett|pare\b|dejes?\b|arrêt)|before you (?:stop|remove)"
    r"|abmelden\s+(?:will|möchte) ich (?:mich )?nicht|hör\w* (?:bitte )?nicht auf|n['’](?:arrêt|hésit)\w+"
    r"|let['’]?s\b|(?:zöger|hésit|dude|esit|aarzel|tvek|hesitat)\w*|in (?:den|ihren|euren|die) (?:verteiler|liste)"
    r"|again (?:until|before)|(?:i|we)(?:['’]ve| have)? (?:already )?(?:deleted|removed|dropped|erased|wiped)\b"
    r"|i(?:['’]ll| will| can) (?:take|remove|delete|stop|unsubscribe)\b"
    r"|to (?:stop|unsubscribe|opt[ -]?out)\b.{0,40}\b(?:click|reply|visit|here|link|press))",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:(?:did not|didn['’]t|have not|haven['’]t|has not|hasn['’]t|never) (?:\w+ )?"
    r"(?:g[eo]t|receiv|s[ae][we]|read|he[a]?rd?|f[io]u?nd)|miss\b"
    r"|(?:ich|wir) (?:schreib|meld|schick|kontakt|hab|konnt|kann)|(?:schreibe|melde|kann|konnte|habe) (?:ich|mich)"
    r"|(?:n['’]ai|n['’]avons|no he|non ho|não recebi|niet ontvangen|har inte|har ikke|en ole)\b"
    r"|не (?:получ(?:ил|ал)|видел|наш[её]л|читал|могу)|nie (?:dosta|otrzyma)ł|nedosta)",
    re.IGNORECASE,
)
"""What somebody says of themselves: they did not get a mail, or write no more today."""
_GOES_ON = re.compile(
    r"(?<!not )(?<!n['’]t )(?<!or )(?<!never )\bcall me\b"
    r"|\bjust (?:e-?mail|call|text|message|ping|write(?: to)?) (?:me|us)\b"
    r"|\b(?:instead|(?<!['’]d )(?<!would )rather|use my|use this|the new|new (?:e-?mail|address)"
    r"|demo|rufen sie|ruf mich|stattdessen|lieber|neue (?:adresse|e-?mail|mail)|appelez-moi|plutôt|nouvelle adresse"
    r"|ll[aá]m[ea]me|mejor|nueva dirección|chiam(?:ami|atemi)|piuttosto|ligue|prefiro|bel me|liever|nieuwe? adres"
    r"|(?:use|using|now|nutz\w*|verwend\w*|benutz\w*|utilis\w+|usa\w*|use[mn]?|gebruik\w*|använd|brug|bruk|użyj"
    r"|používej\w*"
    r"|используйте|пишите на)\b:? [^\s@]+@"
    r"|hellre|heller|zadzwoń|lepiej|zavolejte|raději|позвон|лучше|новый адрес)|電話|代わりに|电话|電郵改|전화",
    re.IGNORECASE,
)
"""Who names another way to reach them has not turned away."""
_ENDS = frozenset(".!,;-–—")
_POLITE = re.compile(
    r"\b(?:(?:can|could|would|will) you|könn\w+ (?:sie|du|ihr)|würden sie|pouvez|pourriez|puede|podría|può|potre"
    r"|pode\b"
    r"|poderia|wilt u|kunt u|kan je|kan du|kan ni|kunne du|voitteko|czy m|mógł|můžete|můžeš|можете|можно|можете)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"n['’]t\b|\b(?:not|never|nicht|kein\w*|pas|plus|no|non|não|niet|geen|inte|ikke|nie|не)\b", re.IGNORECASE
)
_REPLIES = re.compile(r"^\s*(?:\w{1,4}|回复|回覆|返信)\s?(?:\[\d+\])?\s*[::]")


def unsubscribe_token(text: str) -> str | None:
    """The token of the word `unsubscribe TOKEN`, as a mail program writes it into the subject."""
    match = _TOKEN.search(text)
    return None if match is None else match[1].lower()


def asks_to_stop_in_subject(subject: str, text: str) -> bool:
    """Whether a mail with nothing but a name in its text asks for no more mail in its own subject."""
    return len(text.split()) <= _MOST_NAMES and _REPLIES.match(subject) is None and asks_to_stop(subject)


def asks_to_stop(text: str) -> bool:
    """Whether a text of at most ten words says nothing but that its writer wants no more mail.

    How they greet and sign, courtesies, and what their company writes below, are no words of theirs.
    """
    ends = _CLOSING.search(text)
    body = text if ends is None else text[: ends.start()]
    greeting = _GREETING.match(body)
    return _asks(body) or (greeting is not None and _asks(body[greeting.end() :]))


def _asks(text: str) -> bool:
    words = text.split()
    if not words or sum(word.strip(".,!").lower() not in _COURTESIES for word in words) > _MOST_WORDS:
        return False
    flat = " ".join(words)
    if _is_without_blanks(flat) and len(flat) > _MOST_CHARS_WITHOUT_BLANKS:
        return False
    if _GOES_ON.search(flat) or shows_goodwill(flat):
        return False
    if _is_alone(words):
        return True
    if _NOT_MEANT.search(flat) or ("?" in flat and not _is_polite_question(flat)):
        return False
    return any(each.search(flat) for each in (_SAYS_SO, _SAYS_SO_WITHOUT_BLANKS)) or _is_put_together(flat)


def _is_polite_question(flat: str) -> bool:
    return _POLITE.search(flat) is not None and _DENIES.search(flat) is None


def _is_alone(words: list[str]) -> bool:
    """Whether nothing but such a word stands there, with or without courtesies, before a name or at the end."""
    end = next((number for number, word in enumerate(words, start=1) if word[-1] in _ENDS), len(words))
    first = words[:end] if len(words) - end <= _MOST_NAMES + 1 else words
    cores = (
        " ".join(dict.fromkeys(each for each in _bare(part) if each not in _COURTESIES)) for part in (words, first)
    )
    return not _ALONE.isdisjoint(cores) or _LAST_WORD.search(" ".join(words)) is not None


def _bare(words: list[str]) -> list[str]:
    bare_words = (word.strip(".,;:!?\"'()*_…。！、-–—").lower() for word in words)
    return [word for word in bare_words if word]


def _is_put_together(flat: str) -> bool:
    """Whether the words of each kind that make a wish to stop in some language stand together in a clause."""
    sentences = re.split(r"(?<=[.!;?。！])", flat)
    clauses = [clause for each in sentences for clause in re.split("[,:，、]", each) if _TELLS.search(clause) is None]
    return any(
        all(kind.search(part) for kind in kinds)
        for kinds in _wishes()
        for part in (sentences if len(kinds) < _KINDS_OF_A_CLAUSE else clauses)
    )


@cache
def _wishes() -> tuple[tuple[re.Pattern[str], ...], ...]:
    """The kinds of words of each wish."""
    tables = ((SPACED, r"(?<![^\W_])"), (UNSPACED, ""))
    return tuple(
        tuple(re.compile(f"{begins}(?:{kind.strip()})", re.IGNORECASE) for kind in line.split("&"))
        for table, begins in tables
        for line in table.replace("\n    ", "").splitlines()
        if line
    )


def _is_without_blanks(text: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in text)
