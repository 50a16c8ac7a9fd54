"""Assembles a model's answer from the events of its stream, and lets through only what can be recorded and sent back.

Gateways and local models speak the Messages API nearly: halves of characters, arguments that are no object, a usage
that is missing. What is a little off is put right here; what can't be understood is the provider's fault.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from onelane.server.agent.model import NO_OBJECT, Json

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "function_call": "tool_use"}
"""How gateways to other models call why an answer ended."""
_CALLS = ("tool_use", "server_tool_use")
_CUT = "max_tokens"
_USAGE = "usage"


class StrangeAnswer(Exception):
    """What came is no answer of the Messages API."""


class Assembly:
    """The answer that the events so far add up to."""

    def __init__(self) -> None:
        self._message: Json | None = None
        self._blocks: dict[int, Json] = {}
        self._inputs: dict[int, list[str]] = {}
        self.is_complete = False
        self.has_usage = False
        """Whether the answer's end has said what it used."""

    def add(self, event: Mapping[str, Any]) -> None:
        """Take the next event.

        Raises:
            StrangeAnswer: it does not fit what came before
        """
        match event.get("type"):
            case "message_start":
                self._message = dict(_as_mapping(event.get("message")))
            case "content_block_start":
                self._begin(_place(event), _as_mapping(event.get("content_block")))
            case "content_block_delta":
                self._extend(_place(event), _as_mapping(event.get("delta")))
            case "message_delta":
                self._end(event)
            case "message_stop":
                self.is_complete = True
            case _:
                pass

    def whole_answer(self) -> Json:
        """The answer.

        Raises:
            StrangeAnswer: it never began, or a part of it has no form
            ValueError: the arguments of a call are no JSON
        """
        if self._message is None:
            raise StrangeAnswer("It has no beginning.")
        is_cut = self._message.get("stop_reason") == _CUT
        for place, pieces in self._inputs.items():
            text = "".join(pieces)
            if text.strip():
                self._blocks[place]["input"] = _arguments(text, is_cut=is_cut)
        blocks = [self._blocks[place] for place in sorted(self._blocks)]
        return clean_message({**self._message, "content": blocks})

    def _begin(self, place: int, block: Mapping[str, Any]) -> None:
        self._blocks[place] = dict(block)

    def _extend(self, place: int, delta: Mapping[str, Any]) -> None:
        block = self._blocks.get(place)
        if block is None:
            raise StrangeAnswer("A piece comes before what it is a piece of.")
        match delta.get("type"):
            case "text_delta":
                block["text"] = _text(block, "text") + _text(delta, "text")
            case "thinking_delta":
                block["thinking"] = _text(block, "thinking") + _text(delta, "thinking")
            case "signature_delta":
                block["signature"] = _text(delta, "signature")
            case "input_json_delta":
                self._inputs.setdefault(place, []).append(_text(delta, "partial_json"))
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta.get("citation")]
            case _:
                pass

    def _end(self, event: Mapping[str, Any]) -> None:
        if self._message is None:
            raise StrangeAnswer("It ends before it begins.")
        changes = {name: value for name, value in _as_mapping(event.get("delta")).items() if value is not None}
        reported_usage = event.get(_USAGE)
        self.has_usage = self.has_usage or bool(_counts_of(cast("object", reported_usage)))
        usage = {**_counts_of(self._message.get(_USAGE)), **_counts_of(cast("object", reported_usage))}
        self._message = {**self._message, **changes, _USAGE: usage}


def clean_message(message: Mapping[str, Any]) -> Json:
    """A whole answer with whole characters, in which each block has its form.

    Raises:
        StrangeAnswer: it has no blocks at all
    """
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise StrangeAnswer("It has no content.")
    blocks = list(_blocks_of(cast("list[object]", content)))
    reason = message.get("stop_reason")
    answer = {**message, "content": blocks, "stop_reason": _STOP_REASONS.get(str(reason), reason)}
    return cast("Json", _with_whole_characters(answer))


def whole_text(text: str) -> str:
    """Text whose halves of characters are joined; U+FFFD for those that stand alone."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _blocks_of(content: list[object]) -> Iterator[Json]:
    ids: set[str] = set()
    for place, each in enumerate(content):
        block = dict(_as_mapping(each))
        kind = block.get("type")
        if not isinstance(kind, str):
            raise StrangeAnswer("A block has no type.")
        if kind == "text":
            block["text"] = _text(block, "text")
        elif kind == "thinking":
            block["thinking"] = _text(block, "thinking")
        elif kind in _CALLS:
            block["id"] = _own_id(_text(block, "id"), place, ids)
            block["name"] = _text(block, "name") or "unnamed"
            block["input"] = _object(block.get("input"))
        yield block


def _own_id(call_id: str, place: int, ids: set[str]) -> str:
    """The id of a call, by which its result is sent back: each call of an answer has one of its own."""
    unique_id = call_id if call_id and call_id not in ids else f"{call_id or 'toolu'}_{place}"
    ids.add(unique_id)
    return unique_id


def _object(value: object) -> Json:
    """The arguments of a call. What is no object can't be sent back as it is; the call is answered with an error."""
    parsed = _parse(value) if isinstance(value, str) else value
    if parsed is None or parsed == "":
        return {}
    return cast("Json", parsed) if isinstance(parsed, dict) else {NO_OBJECT: parsed}


def _arguments(text: str, *, is_cut: bool) -> object:
    """What is written as a call's arguments; nothing of those that were cut off, for such a call is not made.

    Raises:
        ValueError: they are no JSON
    """
    try:
        return json.loads(text)
    except ValueError:
        if is_cut:
            return {}
        raise


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _with_whole_characters(value: object) -> object:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return {whole_text(name): _with_whole_characters(each) for name, each in pairs}
    return [_with_whole_characters(each) for each in cast("list[object]", value)] if isinstance(value, list) else value


def _counts_of(usage: object) -> Json:
    """What a usage says; null is nothing."""
    counts = cast("Json", usage) if isinstance(usage, dict) else {}
    return {name: value for name, value in counts.items() if value is not None}


def _as_mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise StrangeAnswer("A part of it is no object.")
    return cast("dict[str, Any]", value)


def _place(event: Mapping[str, Any]) -> int:
    place = event.get("index", 0)
    if not isinstance(place, int):
        raise StrangeAnswer("A block has no place.")
    return place


def _text(block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    if value is not None and not isinstance(value, str):
        raise StrangeAnswer(f"{name} is no text.")
    return value or ""
