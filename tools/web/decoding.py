"""Decodes the bytes of a page: declared character set, else detected."""

import codecs
import re
from contextlib import suppress

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_PAGE = re.compile(r"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_IN_XML = re.compile(r"^<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_SEARCHED_BYTES = 4096
_GUESSED_BYTES = 65_536

# What browsers take these labels for (WHATWG, Encoding): pages that say the one are written in the other.
_REALLY = {
    "ascii": "cp1252",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "utf-16": "utf-16-le",
}
_NOT_ON_PAGES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
_TEXTS = frozenset({"xml", "json", "javascript", "x-javascript", "x-ndjson", "yaml", "x-yaml", "vcard", "x-vcard"})


def is_text(content_type: str, start: bytes = b"") -> bool:
    """Whether what comes is text that can be read.

    Args:
        content_type: the header; when it says nothing, the start decides
        start: the first bytes
    """
    kind = bare(content_type)
    main_type, _, subtype = kind.partition("/")
    if kind:
        return main_type == "text" or (
            main_type == "application" and (subtype in _TEXTS or subtype.endswith(("+xml", "+json")))
        )
    return b"\0" not in start or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def bare(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def decode(body: bytes, content_type: str) -> str:
    """The text of a body. What can't be read becomes U+FFFD; nothing is an error.

    Args:
        body: as it came
        content_type: the header, with its parameters
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, errors="replace")
    codec_name = _codec_name(_IN_HEADER.search(content_type)) or _codec_name_in(body)
    if codec_name is not None:
        return body.decode(codec_name, errors="replace")
    with suppress(UnicodeDecodeError):
        return body.decode()
    return body.decode(_guess_codec(body), errors="replace")


def _codec_name_in(body: bytes) -> str | None:
    start = body[:_SEARCHED_BYTES].decode("ascii", errors="replace")
    codec_name = _codec_name(_IN_XML.search(start.lstrip())) or _codec_name(_IN_PAGE.search(start))
    # Who can read the declaration as ASCII sees that the page is not in UTF-16.
    return "utf-8" if codec_name is not None and codec_name.startswith("utf-16") else codec_name


def _codec_name(match: re.Match[str] | None) -> str | None:
    """The codec of that name; None for names that nobody knows, and for codecs that are not of text."""
    if match is None:
        return None
    try:
        codec = codecs.lookup(match[1])
        "".encode(codec.name)  # rot13, zip and their like are codecs too, and refuse this
    except (LookupError, ValueError):
        return None
    name = codec.name
    return _REALLY.get(name, name) if name not in _NOT_ON_PAGES else None


def _guess_codec(body: bytes) -> str:
    from charset_normalizer import from_bytes  # it is slow to load, and most pages say what they are

    best = from_bytes(body[:_GUESSED_BYTES]).best()
    return "cp1252" if best is None else best.encoding
