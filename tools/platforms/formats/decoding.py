"""What kind of bytes a file holds, and how to read them as text."""

import codecs
import io
from dataclasses import dataclass
from typing import BinaryIO

from onelane.tools.platforms.formats.code_pages.code_pages import USUAL, code_page_of
from onelane.tools.platforms.formats.code_pages.doubled_utf8 import is_doubled_utf8, know_doubled_utf8
from onelane.tools.platforms.formats.records import excerpt

SAMPLE_BYTES = 1 << 20

_SIGNATURES = (
    (b"PK\x03\x04", "a zip file"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (such as .xls or .msg)"),
    (b"!BDN", "an Outlook data file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"bplist00", "a binary property list"),
    (b"{\\rtf", "an RTF document"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio or video file"),
    (b"RIFF", "an audio, video or WebP file"),
)
# These two also begin ordinary text, and count only when the rest is no text.
_SHORT_SIGNATURES = {b"BM", b"MZ"}
# A stray one is a blemish of a text; one in twenty is no text.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_LABELS = {
    "cp1250": "Windows-1250", "cp1251": "Windows-1251", USUAL: "Windows-1252", "cp1253": "Windows-1253",
    "cp1254": "Windows-1254", "cp1255": "Windows-1255", "cp1256": "Windows-1256", "cp1257": "Windows-1257",
    "cp874": "Windows-874", "koi8-r": "KOI8-R", "cp850": "DOS 850", "mac_roman": "Mac Roman", "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP", "gb18030": "GB 18030 (GBK)", "cp950": "Big5", "cp949": "EUC-KR",
}  # fmt: skip
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes become text; `note` is for the person when it had to be guessed."""

    name: str
    errors: str = "strict"
    note: str | None = None


def encoding_of(head: bytes) -> Encoding | None:
    """How to read a file that begins with these bytes; None when they are no text."""
    if head.startswith(_UTF16_MARKS) and not head.startswith(codecs.BOM_UTF32_LE):
        return Encoding("utf-16", errors="replace")
    if utf16 := _unmarked_utf16(head):
        return utf16
    if binary_kind(head) is not None:
        return None
    if _is_utf8(head):
        if b"\xc3" in head and is_doubled_utf8(head):
            return Encoding(know_doubled_utf8(), note="read as UTF-8 that a program had saved as UTF-8 twice")
        return Encoding("utf-8-sig", errors=windows_for_strays())
    page = USUAL if _is_mostly_utf8(head) else code_page_of(head)
    note = f"read as {_LABELS[page]}, since it is not UTF-8"
    if page != USUAL:
        return Encoding(page, errors="replace", note=note)
    return Encoding("utf-8-sig", errors=windows_for_strays(), note=note)


def open_text(stream: BinaryIO, encoding: Encoding) -> io.TextIOWrapper:
    """The stream as text, line ends as they are in the file. Closing it closes the stream."""
    return io.TextIOWrapper(stream, encoding=encoding.name, errors=encoding.errors, newline="")


def binary_kind(head: bytes) -> str | None:
    """What the bytes are, in words ("a PNG image"), when they are a known kind or no text at all."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature) and (signature not in _SHORT_SIGNATURES or b"\x00" in head):
            return kind
    if head[4:8] == b"ftyp":
        return "a video or photo"
    if len(head.translate(None, _CONTROLS)) < 0.95 * len(head) and not head.startswith(_UTF16_MARKS):
        return None if _unmarked_utf16(head) else "a binary file of an unknown kind"
    return None


def text_kind(head: bytes) -> str:
    """What a text file seems to be, for a message about one that is not what was expected."""
    encoding = encoding_of(head)
    text = head.decode(encoding.name, errors="replace") if encoding else ""
    start = text.lstrip("\ufeff \t\r\n")[:2000]
    lower_start = start.lower()
    if not start:
        return "nothing but blank lines"
    if lower_start.startswith(("<!doctype html", "<html")):
        return "a web page (HTML)"
    if lower_start.startswith("<?xml"):
        return "an XML file"
    if start[0] in "[{":
        return "a JSON file"
    return f"a text file that begins with “{excerpt(start.splitlines()[0][:60])}”"


def _unmarked_utf16(head: bytes) -> Encoding | None:
    """UTF-16 that lost its mark has a zero in nearly every second byte; anything else with zeros is no text."""
    pairs = max(len(head) // 2, 1)
    odd, even = head[1::2].count(0) / pairs, head[::2].count(0) / pairs
    if odd > 0.4 and even < 0.05:
        return Encoding("utf-16-le", errors="replace", note="read as UTF-16")
    if even > 0.4 and odd < 0.05:
        return Encoding("utf-16-be", errors="replace", note="read as UTF-16")
    return None


def _is_utf8(head: bytes) -> bool:
    try:
        # Not final: a sample may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(head: bytes) -> bool:
    """Whether more letters beyond ASCII are UTF-8 than are not."""
    text = head.decode("utf-8", errors="surrogateescape")
    beyond = [letter for letter in text if not letter.isascii()]
    strays = sum("\udc80" <= letter <= "\udcff" for letter in beyond)
    return len(beyond) > 2 * strays


def windows_for_strays() -> str:
    """The name of the error handler that reads what is no UTF-8 as Windows-1252, byte by byte.

    It works wherever in a file the first such byte stands, and a single stray byte does not garble the rest.
    """
    codecs.register_error("onelane.windows-1252", _as_windows_1252)
    return "onelane.windows-1252"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end
