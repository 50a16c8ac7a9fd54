"""What shows that somebody who wants no more mail about one thing has not turned away: they agree, name a time or a
thing, or are away (docs/mail.md, "What an answer is").

A person who is wrongly taken for one who turned away is never written to again; one who is wrongly taken for somebody
who answers is written to by nobody either, until a person has read the answer.
"""

import re

_NEVER = (
    r"(?<!not )(?<!n['’]t )(?<!never )(?<!\bno )(?<!nicht )(?<!nie )(?<!kein )(?<!keinen )(?<!jamais )(?<!pas )"
    r"(?<!nunca )(?<!\bnon )(?<!\bnão )(?<!niet )(?<!inte )(?<!ikke )(?<!\bне )"
)
_AGREES = re.compile(
    _NEVER
    + r"(?:\b(?:(?:contract|agreement|deal|offer|proposal|quote|order|invoice)s?\b.{0,15}\b(?:sign|clos|done|paid"
    r"|accept|confirm|plac)\w*|(?:sign|accept|pa[iy]|clos|approv)\w* (?:it|everything|the|your|our|off)\b"
    r"|(?:we|i)(?:['’]ve| have| just| already)* (?:signed\b(?! up)|bought|ordered|paid|booked|subscribed|decided for"
    r" you)"
    r"|(?:going|go|went|stay|moving|move) (?:ahead |forward )?with (?:you|your|it|this)\b"
    r"|(?:took|tak(?:e|ing)|accept\w*) (?:the|your) (?:deal|offer)|payment (?:was|has been|is) \w+|we['’]re in\b|you"
    r" (?:won|have) "
    r"(?:us|me|the deal)|tell (?:me|us) more|send (?:me|us) (?:more|details|the|a|your)|call me\b|approved\b"
    r"|convinced (?:me|us)|(?:happy|ready|glad|going) to (?:sign|buy|order|start|go)\b|(?:want|like|love)"
    r" to (?:hear|know|learn|see) more"
    r"|(?:vertrag|angebot|auftrag|rechnung)\w*\b.{0,25}(?:unterschr|unterzeich|angenomm|bezahlt|erteilt|nehm)\w*"
    r"|(?:nehmen|nehme|haben|habe) .{0,20}(?:angebot|vertrag|auftrag)\w*\b.{0,12}(?:\ban\b|unterschr|angenomm|unterz)"
    r"|(?:haben|habe|ist|sind) (?:schon |bereits |alles )?(?:unterschrieben|bestellt|gekauft|bezahlt|gebucht)"
    r"|(?:contrat|devis|offre|commande)\b.{0,20}(?:sign|accept|valid|pass|pay)\w*"
    r"|(?:avons|ai) (?:déjà |bien )?(?:signé|accepté|commandé|payé|acheté)|on (?:signe|a signé)"
    r"|firm(?:amos|é|ado|ada)\b|(?:contrato|oferta|propuesta)\b.{0,20}(?:firm|acept|cerrad)\w*|compr(?:amos|é)\b"
    r"|(?:abbiamo|ho) (?:già )?(?:firmato|accettato|ordinato|pagato|acquistato)|contratto\b.{0,15}firmat\w*"
    r"|fech(?:amos|ei|ado)\b|assin(?:amos|ei|ado)\b|contrato\b.{0,15}(?:assin|fech)\w*"
    r"|(?:contract|offerte)\b.{0,20}(?:getekend|ondertekend|akkoord)|(?:hebben|heb) .{0,15}(?:getekend|besteld"
    r"|betaald)"
    r"|skriv(?:it|et) (?:på|under)|(?:avtal|kontrakt)\w*\b.{0,20}(?:sign|under|påskriv|klar)\w*|har (?:signerat|köpt"
    r"|beställt|signert|kjøpt|underskrevet|købt)|allekirjoit\w+|sopimus (?:on )?tehty"
    r"|umow\w+\b.{0,15}podpis\w+|podpisa(?:liśmy|łem|łam|ne|na)|kupiliśmy|zamówiliśmy"
    r"|(?:smlouv|zmluv)\w+\b.{0,15}podeps\w+|podeps(?:ali|áno|aná)|objednali|koupili"
    r"|(?:договор|контракт|договір)\w*\b.{0,15}(?:подпис|підпис)\w*|(?:подписа|підписа|купи|оплати|заказа)(?:ли|ла"
    r"|лен)\w*"
    r"|(?:sözleşme|teklif)\w*\b.{0,15}(?:imza|kabul)\w*|imzala(?:dık|dım|ndı)|satın ald\w+"
    r"|szerződés\w*\b.{0,15}aláír\w*|aláírtuk|contract\w*\b.{0,10}semnat|am semnat|υπογρ[άα]ψαμε)"
    r"|\b(?:wir sind dabei|(?:bin|sind) überzeugt|^überzeugt|trato hecho|affare fatto|negócio fechado|marché conclu"
    r"|on est d['’]accord)"
    r"|\b(?:wir sind dabei|überzeugt[.!,]|trato hecho|affare fatto|negócio fechado|marché conclu|on est d['’]accord)"
    r"|契約(?:しました|しています|済み|済)|成約|注文しました|購入しました|签(?:了|约|好|署)|簽(?:了|約|好)|已(?:下单"
    r"|购买|付款)"
    r"|계약(?:했|하였|완료|을 체결|이 체결)|구매했|وقعنا|חתמנו)",
    re.IGNORECASE,
)
"""They have agreed, bought or want to hear more."""
_ELSEWHERE = re.compile(
    r"\b(?:competitor|nobody|no one|someone else|somebody else|another (?:company|vendor|provider|firm|supplier"
    r"|agency)|others?\b"
    r"|konkurren|anderen?\b|concurren|autre\b|competenc|otr[oa]\b|altr[oai]\b|outr[oa]\b|ander[es]?\b|annan\b|inn[yąe]"
    r"|jin(?:ou|ým)|друг(?:ой|им)|başka)|他社|其他|别家|다른",
    re.IGNORECASE,
)
"""With somebody else."""
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:january|february|march|april|june|july|august|september|october"
    r"|november|december)|easter|christmas|new year|noon|midnight|weekends?|nights?|holidays?|(?:next|the|this|end"
    r" of) "
    r"(?:week|month|quarter|year)|q[1-4]\b|\d"
)
_LIMITED = re.compile(
    rf"\b(?:before|until|till|during|over|on|at|after|this) (?:the |a |about |my )?(?:{_DAY})"
    r"|\b(?:am|vor|bis|übers?|nach|während) (?:dem |der |zum |nächsten? |kommenden? )?(?:wochenende|montag|dienstag"
    r"|mittwoch|donnerstag|freitag|samstag|sonntag|abend|ende|\d|januar|februar|märz|april|mai|juni|juli|august"
    r"|september|oktober|november|dezember|ostern|weihnachten|neujahr|ferien|urlaub)"
    r"|\b(?:avant|pendant|jusqu['’]\S+|le) (?:le |la |les |du )?(?:week-end|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche|\d|vacances|soir|fêtes)"
    r"|\b(?:antes de|hasta|durante|los?|el) (?:el |la |los |del )?(?:fin(?:es)? de semana|lunes|martes|miércoles"
    r"|jueves"
    r"|viernes|sábados?|domingos?|\d|vacaciones|noche)"
    r"|\b(?:prima di|fino a\w*|durante|nel|di) (?:il )?(?:week-?end|fine settimana|luned|marted|mercoled|gioved|venerd"
    r"|sabato|domenica|\d|ferie|notte)"
    r"|\b(?:antes de|até|durante|no|aos) (?:o |a )?(?:fi[mn](?:s|ais)? de semana|segunda|terça|quarta|quinta|sexta"
    r"|\d|férias)"
    r"|\b(?:voor|tot|in het|tijdens) (?:het )?(?:weekend|maandag|dinsdag|woensdag|donderdag|vrijdag|vakantie|\d)"
    r"|\b(?:före|innan|till|på|under|før|inden|i) (?:helg|måndag|mandag|tisdag|tirsdag|onsdag|torsdag|fredag|weekend"
    r"|semester|ferie|\d)\w*|週末|土日|来週|周末|下周|주말|다음 주",
    re.IGNORECASE,
)
"""They want none at a time."""
_THING = (
    r"(?:pdfs?|files?|documents?|contracts?|quotes?|invoices?|links?|attachments?|decks?|slides?|proposals?|copies"
    r"|copy"
    r"|brochures?|calendar|invites?|reports?|samples?|versions?|pièces?|fichiers?|devis|factures?|liens?|dateien"
    r"|anhänge\w*|rechnungen|angebote|archivos|adjuntos|facturas?|allegati|fatture|anexos|bijlagen|bilagor)\b"
)
_ABOUT_A_THING = re.compile(
    rf"\b(?:(?:e-?mail|send|writ|messag|mail)\w*|more|plus|keine?|más|más de|più|mais) (?:me |us )?(?:any |another "
    rf"|the |a |that "
    rf"|this |your |large |more |de |d['’]|des |weiteren? )?{_THING}"
    r"|\bunsubscribe (?:rates?|numbers?|flows?|figures?|pages?)\b|\bstopped (?:using|working|at)\b"
    r"|\b(?:from|off) (?:the |this |that |your |our )?(?:\w+ ){0,2}(?:cc|bcc|thread|copy|loop|invite|meeting|call|mute"
    r"|hold|calendar|chat|channel|slack|agenda)\b(?! (?:\w+ )?(?:list|spam))",
    re.IGNORECASE,
)
"""They want none of some things."""
_AWAY = re.compile(
    r"\b(?:out of (?:the )?office|on (?:annual |parental )?(?:leave|vacation|holiday)|abwesend|im urlaub|nicht im"
    r" (?:haus"
    r"|büro)|absente?\b|en congés?|fuera de la oficina|de vacaciones|fuori ufficio|in ferie|fora do escritório|de"
    r" férias"
    r"|afwezig|met vakantie|på semester|på ferie|lomalla|na urlopie|nieobecn|na dovolené|в отпуске|у відпустці"
    r"|izinde)",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\b(?:he|she|they)(?:['’]s| has| have)? (?:left|retired|gone)\b|\b(?:il|elle) est parti|\b(?:er|sie) ist (?:weg\b"
    r"|nicht mehr)|\bya no trabaja|\bnon lavora più|\bnão trabalha mais|\bwerkt hier niet meer",
    re.IGNORECASE,
)
"""They speak of a colleague."""
_NEW_ADDRESS = re.compile(
    r"\b(?:new|neue\w*|nouvel\w*|nuev\w|nuov\w|nov\w{1,2}|nieuwe?|nye?|nytt|now[aąey]\w*|нов\w+|yeni|uus\w*"
    r"|új)\b[^@]{0,25}\S@",
    re.IGNORECASE,
)


def shows_goodwill(text: str) -> bool:
    """Whether a short text that may ask for no more mail says that its writer goes on with whom they answer."""
    if _AGREES.search(text) is not None and _ELSEWHERE.search(text) is None:
        return True
    return any(each.search(text) is not None for each in (_LIMITED, _ABOUT_A_THING, _AWAY, _LEFT, _NEW_ADDRESS))
