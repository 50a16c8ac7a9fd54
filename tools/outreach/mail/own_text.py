"""What somebody wrote themselves in a mail: without what they quote, at most 4 kB (docs/mail.md, "Own text")."""

import re
from collections.abc import Iterator
from contextlib import suppress
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
_SIGNATURE_HTML = re.compile(
    r"<div\b[^<>]{0,300}\b(?:class=[\"'][^\"'<>]{0,80}(?:gmail_signature|moz-signature)|id=[\"']?(?:x_)*signature)",
    re.IGNORECASE,
)
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
}
"""Programs name a page and write its wider one."""
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
    return _decode(content, part.get_content_charset("utf-8")).replace("\0", "").encode(errors="ignore").decode()


def _decode(content: bytes, charset: str) -> str:
    """Bytes as text: in the charset that is named, or that which programs mean by it, else in what it can be."""
    for name in (charset, _MEANT.get(charset, charset), "utf-8"):
        with suppress(LookupError, ValueError):
            return content.decode(name)
    with suppress(LookupError, ValueError):
        # Where single characters are damaged it is what it says; where all are, an old Windows wrote it.
        if not content.decode(charset, errors="ignore").isascii():
            return content.decode(charset, errors="replace")
    return content.decode("cp1252", errors="replace")


def _first_text(message: Message) -> str:
    """The first text of a mail: plain where there is one that says something, else that of its html."""
    html = None
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        # A mail that announces parts and has none is one text.
        is_plain = part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart"
        if is_plain and (text := decode_part(part)).strip():
            return text
        if html is None and part.get_content_type() == "text/html":
            html = part
    return "" if html is None else _plain(decode_part(html))


def _plain(html: str) -> str:
    """A page of html as text, as far as what programs mark as a signature or as quoted."""
    ends = (match.start() for match in (_SIGNATURE_HTML.search(html), _QUOTED_HTML.search(html)) if match is not None)
    texts = (plain_text(html[:end]) for end in sorted(ends))
    return next((own for own in texts if own), "") or plain_text(html)


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
        if _BEGINS_ATTRIBUTION.match(line) and _WROTE.search(f"{line} {following}"):
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
