"""Reports of mail servers that no standard describes: whom they couldn't reach, and whether for good."""

import re
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from onelane.tools.outreach.mail.own_text import decode_part
from onelane.tools.platforms.formats.markup import plain_text
from onelane.tools.registry.gate.vault import written_once

_MOST_ADDRESSES, _MOST_CHARS = 50, 20_000
_ADDRESS = re.compile(r"[^\s<>\"'(),:;\[\]]{1,64}@[^\s<>\"'(),:;\[\]]{1,255}\w")
_CODE = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REFUSAL = re.compile(r"(?<![\d.])55[0-4](?![\d.])")
_RETURNED = re.compile(
    r"^[>\s]*(?:message-id\s*:|received\s*:\s*(?:from|by|\()|-{2,}.{0,12}\b(?:original|copy|below|header|returned)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_SUBJECT = re.compile(
    r"^\W{0,3}(?:undeliver(?:able|ed)|mail delivery (?:failed|failure)"
    r"|delivery (?:status notification|failure|has failed)|returned mail|failure notice"
    r"|mail (?:could not be|not) delivered|mail system error"
    r"|message (?:undeliverable|not delivered|could not be delivered)|unzustellbar|nicht zustellbar|non remis"
    r"|[ée]chec de (?:la )?(?:remise|livraison|distribution)|no se pued[eo] entregar|(?:mensaje )?no entregado"
    r"|mancato recapito|non recapitabile|não entregue|falha na entrega|onbestelbaar|niet bezorgd|kan inte levereras"
    r"|ej levererat|kunne ikke leveres|ikke levert|toimittamaton|nie dostarczono|niedostarczon\w+|nedoručiteln\w+"
    r"|недоставлен\w*|не (?:доставлено|удается доставить)|teslim edileme|配信不能|未配信|无法(?:传递|送达)|退信|未傳遞"
    r"|배달되지"
    r"|não (?:é possível|foi possível) entregar|det g[åi]c?[kr] inte att leverera|niedostarczaln"
    r"|ei voi(?:tu)? toimittaa"
    r"|doručení se nezdařilo|doručenie zlyhalo"
    r"|kézbesíthetetlen|nelivrabil|δεν (?:είναι δυνατή|ήταν δυνατή) η παράδοση|تعذر التسليم|לא ניתן למסור"
    r"|zustellung fehlgeschlagen|rapport de non|avviso di mancat|mailbox (?:full|closed|unavailable)"
    r"|warning: (?:message .{0,40}delayed|could not send))",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"(?:could not|couldn['’]t|can ?not|can['’]t|was(?: not|n['’]t)|unable to|not able to) (?:be )?deliver|undeliver"
    r"|\bnot delivered\b"
    r"|delivery (?:has )?failed|(?:failed|did not) (?:permanently|to reach|reach)|permanent (?:error|failure|fatal)"
    r"|(?:user|recipient|mailbox|address) (?:is )?(?:unknown|disabled|not found|unavailable|does not exist)"
    r"|no user record|(?:no such|invalid) (?:user|mailbox|recipient|address)|not a valid (?:user|recipient|mailbox)"
    r"|nicht (?:zugestellt|ausgeliefert|übermittelt)|unzustellbar|fehlgeschlagen|existiert nicht"
    r"|n['’](?:a|ont) (?:pas )?pu être (?:remis|délivré|distribué)|non remis"
    r"|[ée]chec de (?:la )?(?:remise|distribution)|no (?:se )?(?:pudo|ha podido|puede|pueden) (?:ser )?entreg"
    r"|no entregado|(?:non|impossibile) (?:è stato possibile )?(?:consegna|recapita)|mancato recapito"
    r"|não (?:foi possível|pôde ser|pode ser) (?:entreg|entregar)|falha na entrega"
    r"|(?:kon|kan) niet (?:worden )?(?:bezorgd|afgeleverd|aflever)|onbestelbaar"
    r"|(?:kunde|kunne) (?:inte|ikke) lever|ej levererat|ikke levert|nie (?:mo\w+ )?(?:zosta\w+ )?dostarczon"
    r"|nelze doručit|ne(?:bylo|ní|bude) možné doručit"
    r"|nedoručiteln|не (?:может быть|было|удалось) доставл?|недоставлен|teslim edilemedi"
    r"|配信(?:できません|不能|に失敗)|届けできません|届きません|无法(?:投递|送达|传递)|投递失败|退信|無法(?:遞送|傳遞)"
    r"|(?:전송|배달)(?:하지 못|되지 못|되지 않|에 실패)"
    r"|fehler bei der (?:nachrichten)?zustellung|bezorging is mislukt|(?:gick|går) inte att leverera"
    r"|leveransen misslyckades"
    r"|dostarczanie .{0,20}nie powiod|nie można dostarczyć|doručen[íi]e? .{0,20}(?:nezda|zlyha)|nemožno doručiť"
    r"|toimitus .{0,20}(?:ei onnistu|epäonnistu)|ei voitu? toimittaa|levering .{0,60}mislyk"
    r"|kézbesít\w* .{0,20}nem sikerült"
    r"|nem sikerült .{0,20}kézbesít|kézbesíthetetlen|nu (?:s-a|a) putut .{0,20}(?:livra|trimi)|livrare\w* .{0,20}eșuat"
    r"|παράδοση .{0,30}(?:απέτυχε|δεν)|(?:فشل|تعذر|لم يتم) (?:ال)?تسليم|(?:המסירה|המשלוח) נכשל|לא ניתן (?:היה )?למסור"
    r"|无法(?:将邮件)?(?:发送|送达)|(?:傳送|传送)失敗|gửi .{0,20}(?:thất bại|không thành công)|tidak (?:dapat"
    r"|bisa) (?:di)?kirim"
    r"|(?:nie|не) (?:udało się|удалось|вдалося) (?:dostarczyć|доставить|доставити)|не доставено|nije (?:isporučen"
    r"|dostavljen)"
    r"|non (?:è stato|è stata) (?:consegnat|recapitat)|mancata consegna|(?:mailbox|postfach|boîte|casella"
    r"|buzón)\b.{0,20}"
    r"\b(?:full|voll|pleine|piena|lleno|over quota|closed|geschlossen)",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"^\W{0,3}warning\b|\(delay\)|warning message only|\bdeferred\b|still undelivered|not need to re-?send"
    r"|not yet been delivered|(?:has been|is|was|been) delayed|delayed (?:for )?\d+ hours?|delivery incomplete"
    r"|(?:will|shall) (?:be )?(?:retr(?:y|ied)|keep trying|continue)|still (?:trying|being retried)|retry for \d"
    r"|will be retried|will retry|will keep trying|delivery attempts will continue|temporary (?:problem|error|failure)"
    r"|noch nicht zugestellt|verzögert"
    r"|weiter(?:hin)? versucht|a été (?:retardé|différé)|retras(?:ad|o)|demorad|in ritardo|ritardat|atrasad|vertraagd"
    r"|försen(?:ad|at)|forsinket|opóźnion|zpožděn|задержан|отложен|gecik|遅延|遅れ|延迟|延遲|지연",
    re.IGNORECASE,
)
_VAGUE_SUBJECT = re.compile(r"status notification(?! \(fail)|warning|delay", re.IGNORECASE)
"""Subjects of reports on what did arrive, or still may, as well."""
_PASSES = re.compile(
    r"(?<![\d.])4(?:\d\d|\.\d{1,3}\.\d{1,3})(?![\d.])|timed? ?out|connect|temporar|try again|unreachable", re.IGNORECASE
)
"""Causes that pass by themselves."""
_FOR_GOOD = re.compile(
    r"permanent|given up|gave up|giving up|no further|will not (?:be )?retr|won['’]t (?:be )?retr|endgültig|définitif"
    r"|definitiv|bounced back",
    re.IGNORECASE,
)

_CONDITION = re.compile(r"\b(?:if|until|falls|wenn)\b[^.]{0,80}")
"""What is only said for the case that it comes to that."""


_NOBODY = "nobody@invalid"


class Guess(StrEnum):
    """What a text seems to report."""

    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class BounceText:
    """What a mail server's own words report.

    Args:
        guess: what became of the letter; None where nothing is said of it
        addresses: whose mail it is about, as far as it names them
        status: the code that it gives, such as 5.1.1
    """

    guess: Guess | None = None
    addresses: tuple[str, ...] = ()
    status: str = ""


def is_failure_subject(subject: str) -> bool:
    """Whether a subject begins as reports of mail servers do; what begins with `Re:` is a person's."""
    return _SUBJECT.match(subject) is not None


def read_bounce_text(message: Message, *, is_from_server: bool, own: Collection[str], subject: str) -> BounceText:
    """What a text reports that no standard describes.

    Args:
        message: the mail
        is_from_server: whether its sender or subject says that a mail server wrote it, so that words count too
        own: addresses that are not the recipient's: to whom the report goes, and who sends it
        subject: its subject, where a mail server certainly wrote it; else empty
    """
    text = _words_of(message)
    failed_addresses, late = (_others(texts, own) for texts in _known_texts(message))
    codes = [match[0] for match in _CODE.finditer(text)]
    status = next((code for code in codes if code.startswith("5")), next(iter(codes), ""))
    says_failure = is_from_server and bool(_FAILED.search(text) or _REFUSAL.search(text) or status.startswith("5"))
    says_failure = says_failure or _is_told_by_subject(subject, text)
    addresses = (*failed_addresses, *late) or (_others(_ADDRESS.findall(text), own)[:1] if is_from_server else ())
    is_failure = bool(failed_addresses) or says_failure
    if (late and not failed_addresses) or (is_failure and _is_late(f"{subject}\n{text}", status)):
        return BounceText(Guess.DELAYED, addresses, status)
    return BounceText(Guess.FAILED, addresses, status) if is_failure else BounceText()


def _is_told_by_subject(subject: str, text: str) -> bool:
    """Whether the subject alone says that a letter did not arrive, above words that no list knows."""
    is_clear = is_failure_subject(subject) and _VAGUE_SUBJECT.search(subject) is None
    return is_clear and _PASSES.search(text) is None


def _is_late(text: str, status: str) -> bool:
    """Whether a letter that did not arrive may still arrive, or failed for a reason that passes."""
    if _FOR_GOOD.search(_CONDITION.sub("", text)) or status.startswith("5"):
        return False
    return status.startswith("4") or _LATE.search(text) is not None


def _known_texts(message: Message) -> tuple[list[str], list[str]]:
    """Whom a text that the heuristics know reports as failed, and as late."""
    from flufl.bounce import all_failures  # pyright: ignore[reportUnknownVariableType] - its argument has no type

    try:
        late, failures = all_failures(_with_plain_heads(message))
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        late, failures = frozenset[bytes](), frozenset[bytes]()  # a mail that is damaged so that the heuristics stumble
    named_addresses = _ADDRESS.findall(str(message.get("x-failed-recipients", "")))
    return [*_as_text(failures), *named_addresses], _as_text(late)


def _with_plain_heads(message: Message) -> Message:
    """The mail with headers that are text, and a sender: the heuristics stumble over others, and log that at length."""
    values = (value for part in message.walk() for _, value in part.raw_items())
    has_sender = "@" in str(message.get("from", ""))
    if has_sender and all(str(value).isascii() for value in values):
        return message
    plain = deepcopy(message)
    if not has_sender:
        del plain["from"]
        plain["From"] = _NOBODY
    for part in plain.walk():
        for name, value in part.items():
            part.replace_header(name, str(value))
    return plain


def _as_text(addresses: frozenset[bytes]) -> list[str]:
    return sorted(address.decode(errors="replace") for address in addresses)


def _others(addresses: Collection[str], own: Collection[str]) -> tuple[str, ...]:
    """Addresses in lower case without those that can't be meant, each once."""
    lower_addresses = (written_once(" ".join(address.split()).strip("<> ."))[:320] for address in addresses)
    return tuple(dict.fromkeys(each for each in lower_addresses if each and each not in own))[:_MOST_ADDRESSES]


def _words_of(message: Message) -> str:
    """What the server says itself, up to the mail that comes back with it."""
    text = "\n".join(_texts(message))[:_MOST_CHARS]
    match = _RETURNED.search(text)
    return text if match is None else text[: match.start()]


def _texts(message: Message) -> Iterator[str]:
    html = ""
    for part in message.walk():
        if part is not message and part.get_content_maintype() == "message":
            break
        if part.get_content_type() == "text/plain":
            yield decode_part(part)
            return
        if part.get_content_type() == "text/html":
            html = html or plain_text(decode_part(part))
    yield html
