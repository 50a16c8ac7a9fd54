"""What somebody wrote themselves in a mail: without what they quote, at most 4 kB (docs/mail.md, "Own text")."""

import re
from collections.abc import Iterator
from email.message import Message

from onelane.tools.platforms.formats.markup import plain_text

MOST_BYTES = 4096
_MOST_LINES = 2000
_MOST_LINE_CHARS = 500
_WROTE = re.compile(
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|kirjoitti"
    r"|napisał(?:\(a\)|a)?|napsal(?:\(a\))?|пишет|написал(?:\(а\)|а)?|пише|yazdı|写道|寫道|のメール|작성)\b.{0,120}[::]\s*$"
    r"|^(?:on|am|le|el|il|em|op|den)\b.{5,300}[::]\s*$",
    re.IGNORECASE,
)
_BEGINS_ATTRIBUTION = re.compile(r"^(?:on|am|le|el|il|em|op|den|w dniu|dne)\b.{8,}", re.IGNORECASE)
_ORIGINAL = re.compile(r"^\s*[-_=*]{3,}\s*\w.{2,60}?\s*[-_=*]{3,}\s*$")
_RULE = re.compile(r"^\s*_{20,}\s*$")
_FROM = re.compile(
    r"^\s*\*?(?:from|von|de|da|van|från|fra|lähettäjä|od|от|від|gönderen|发件人|寄件者|差出人|보낸 사람)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_FORWARDED_FIELDS = re.compile(
    r"^\s*\*?(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|objet|à|enviado|para|asunto|assunto|fecha"
    r"|inviato|data|oggetto|a|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|lähetetty|vastaanottaja"
    r"|wysłano|do|temat|отправлено|кому|тема|дата|收件人|主题|日期|宛先|件名|送信日時|받는 사람|제목)\s*\*?\s*[::]",
    re.IGNORECASE,
)
_QUOTED_HTML = re.compile(r"<blockquote\b|<div[^<>]{0,200}(?:gmail_quote|divRplyFwdMsg|appendonsend)", re.IGNORECASE)
_SIGNED = re.compile(
    r"^\s*(?:sent from (?:my|outlook|mail|yahoo|proton)|get outlook for|von meinem .{2,30} gesendet"
    r"|gesendet von|envoyé de(?:puis)? mon|enviado desde mi|inviato da(?:l mio)? i|enviado do meu|verzonden vanaf mijn"
    r"|skickat från min|sendt fra min|lähetetty .{2,20}sta$|wysłan[eo] z|отправлено с )",
    re.IGNORECASE,
)


def own_text(message: Message) -> str:
    """What the sender of this mail wrote, without quotations, signature and the line of their telephone."""
    own_lines = "\n".join(_own_lines(_first_text(message).splitlines()[:_MOST_LINES]))
    text = re.sub(r"\n{3,}", "\n\n", own_lines).strip()
    return text.encode()[:MOST_BYTES].decode(errors="ignore")


def decode_part(part: Message) -> str:
    """The text of a part; what can't be decoded is left out."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), errors="replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", errors="replace")
    return text.replace("\0", "").encode(errors="ignore").decode()


def _first_text(message: Message) -> str:
    """The first text of a mail: plain where there is one, else that of its html."""
    html = None
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() == "text/plain":
            return decode_part(part)
        if html is None and part.get_content_type() == "text/html":
            html = part
    return "" if html is None else _plain(decode_part(html))


def _plain(html: str) -> str:
    """A page of html as text, as far as what programs mark as quoted."""
    quote = _QUOTED_HTML.search(html)
    own = plain_text(html if quote is None else html[: quote.start()])
    return own or plain_text(html)


def _own_lines(lines: list[str]) -> Iterator[str]:
    skip_until = -1
    for number, raw in enumerate(lines):
        line = raw.rstrip()[:_MOST_LINE_CHARS]
        following = next((each for each in lines[number + 1 : number + 3] if each.strip()), "")[:_MOST_LINE_CHARS]
        if _ends_own_text(raw, line, following):
            return
        if number <= skip_until or line.lstrip().startswith((">", "|")) or _SIGNED.match(line):
            continue
        if _WROTE.search(line):
            continue
        if _BEGINS_ATTRIBUTION.match(line) and _WROTE.search(following):
            skip_until = number + 2
            continue
        yield line


def _ends_own_text(raw: str, line: str, following: str) -> bool:
    """Whether a signature, or a letter that was answered with all its headers, begins here."""
    if raw.rstrip("\r\n") in ("-- ", "--") or _ORIGINAL.match(line):
        return True
    if _RULE.match(line):
        return _FROM.match(following) is not None
    return _FROM.match(line) is not None and _FORWARDED_FIELDS.match(following) is not None
