"""UTF-8 that a program took for Windows-1252 and saved as UTF-8 once more: `JÃ¶rg` for Jörg.

A spreadsheet does that to a table that it opens without being told what it is in.
"""

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CODEC = "onelane_doubled_utf8"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufeff]+")
_RUNS_TO_ASK = 100
_LONGEST_HELD = 256


def is_doubled_utf8(head: bytes) -> bool:
    """Whether nearly all letters beyond ASCII come out of UTF-8 as others do when they are taken for Windows-1252.

    No language has such words, so that a few are enough; a letter without its second half was lost on the way.
    """
    text = head.decode("utf-8", errors="ignore")
    runs = [match[0] for match, _ in zip(_BEYOND_ASCII.finditer(text), range(_RUNS_TO_ASK), strict=False)]
    read = sum(_once_more(run) != run for run in runs)
    return bool(runs) and 10 * read >= 9 * len(runs)


def know_doubled_utf8() -> str:
    """The name of the codec, which is registered by this."""
    codecs.register(_codec)
    return CODEC


class _Decoder(codecs.IncrementalDecoder):
    """Decodes piece by piece; letters at the end of a piece wait for the rest of their word."""

    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._held = ""

    def decode(self, input: "ReadableBuffer", final: bool = False) -> str:  # noqa: A002 - the name is that of the class it extends
        text = self._held + self._utf8.decode(bytes(input), final)
        match = None if final else re.search(rf"[^\x00-\x7f]{{1,{_LONGEST_HELD}}}\Z", text)
        self._held = match[0] if match else ""
        return _read(text[: len(text) - len(self._held)])


def _codec(name: str) -> codecs.CodecInfo | None:
    if name != CODEC:
        return None
    return codecs.CodecInfo(name=CODEC, encode=_encode, decode=_decode, incrementaldecoder=_Decoder)


def _decode(content: "ReadableBuffer", errors: str = "strict") -> tuple[str, int]:
    whole = bytes(content)
    return _read(whole.decode("utf-8-sig", errors="replace")), len(whole)


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    return text.encode("utf-8"), len(text)


def _read(text: str) -> str:
    return text if text.isascii() else _BEYOND_ASCII.sub(lambda run: _once_more(run[0]), text)


def _once_more(run: str) -> str:
    """The letters that these stand for; themselves where they stand for none."""
    try:
        return b"".join(map(_byte_of, run)).decode("utf-8")
    except ValueError:
        return run


def _byte_of(letter: str) -> bytes:
    # Windows-1252 leaves five bytes free, which programs keep as they are.
    return letter.encode("latin-1") if letter <= "\xff" else letter.encode("cp1252")
