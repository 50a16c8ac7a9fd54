"""Reads what a platform answers: only so much, only so long, and only as JSON.

Import it where it is used: it brings httpx2.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, cast

import httpx2

from onelane.tools.platforms.formats.instants import header_instant
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failures import AgainNow, UnreadableAnswer
from onelane.tools.registry.json_depth import TooDeep, check_depth, with_whole_characters

MOST_BYTES = 10_000_000
"""Of a body, unpacked."""
RAW_BYTES = 4096
"""So much is kept of an answer that can't be read."""
_CREDENTIAL = re.compile(
    r'("?(?:access_token|refresh_token|id_token|client_secret|code_verifier|authorization)"?\s*[:=]\s*"?(?:Bearer\s+)?)'
    r'[^"&\s,}]+',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came.

    Args:
        status: the HTTP status
        headers: their names in lower case, without cookies
        content: the body, unpacked
    """

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def date(self) -> datetime | None:
        """When the platform answered, by its own clock; None where it does not say."""
        return header_instant(self.headers.get("date", ""))


def hear(response: httpx2.Response, *, ends_at: float, timer: Callable[[], float], secret: str) -> RawAnswer:
    """Read an answer to its end.

    Args:
        response: as it begins
        ends_at: when it must be there, by the timer
        timer: a clock that only goes forward, in seconds
        secret: the token that was sent; it is cut out of what is kept of an answer that can't be read

    Raises:
        UnreadableAnswer: it is too large, breaks off, or is packed in a way that nobody asked for
        AgainNow: it takes too long
    """
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}
    body = bytearray()
    try:
        for piece in _unpack(response, headers):
            body += piece
            if len(body) > MOST_BYTES:
                raise _unreadable(f"is larger than {MOST_BYTES // 1_000_000} MB", bytes(body), secret)
            if timer() > ends_at:
                raise AgainNow
    except httpx2.TimeoutException as error:
        raise AgainNow from error
    except (httpx2.TransportError, zlib.error, EOFError) as error:
        raise _unreadable("breaks off in the middle", bytes(body), secret) from error
    return RawAnswer(response.status_code, headers, bytes(body))


def json_of(answer: RawAnswer, secret: str) -> Json:
    """What an answer says; None where it says nothing.

    Raises:
        UnreadableAnswer: it is no JSON, or nests too deep
    """
    if not answer.content.strip():
        return None
    try:
        # All platforms write UTF-8; what stands between may turn it into UTF-16, which shows by its zero bytes.
        text = answer.content.decode(json.detect_encoding(answer.content), errors="replace")
        check_depth(text)
        return cast(Json, json.loads(with_whole_characters(text), parse_constant=_refuse))
    except TooDeep as error:
        raise _unreadable(str(error).removeprefix("it "), answer.content, secret) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable("is no JSON", answer.content, secret) from error


def unreadable(fault: str, body: Json, secret: str = "") -> UnreadableAnswer:
    """The failure of an answer that is JSON and yet not what was asked for.

    Args:
        fault: what is wrong with it, as the rest of a sentence
        body: the answer
        secret: the token that was sent
    """
    return _unreadable(fault, json.dumps(body).encode(), secret)


def _unpack(response: httpx2.Response, headers: Mapping[str, str]) -> Iterator[bytes]:
    if response.is_stream_consumed:  # a transport that had the whole body at once has unpacked it as well
        yield response.content
        return
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in {"", "identity"}:
        yield from response.iter_raw()
        return
    if coding not in {"gzip", "x-gzip"}:
        raise _unreadable("is packed in a way that nobody asked for", b"", "")
    yield from _gunzip(response.iter_raw())


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack in small portions: a few bytes can stand for gigabytes."""
    unpacker = zlib.decompressobj(wbits=31)
    is_begun = False
    for piece in pieces:
        is_begun, packed = True, piece
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, MOST_BYTES // 8)
            packed = unpacker.unconsumed_tail
        if unpacker.eof:
            return
    if is_begun:
        raise EOFError


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _unreadable(fault: str, content: bytes, secret: str) -> UnreadableAnswer:
    raw = content[: RAW_BYTES * 2].decode(errors="replace")
    if secret:
        raw = raw.replace(secret, "…")
    raw = _CREDENTIAL.sub(r"\1…", raw).replace("\0", "")
    while len(raw.encode()) > RAW_BYTES:
        raw = raw[: min(RAW_BYTES, len(raw) - max(1, (len(raw.encode()) - RAW_BYTES) // 4))]
    return UnreadableAnswer(
        f"The platform's answer can't be read: it {fault}. Nothing of it was taken. Start again in a while; it goes on "
        "where it stopped.",
        raw=raw,
    )
