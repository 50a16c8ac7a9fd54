"""A scripted turn as the events of a stream, with a usage that follows from the request alone."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.server.agent.messages_rules import all_blocks, blocks_of
from tests.server.agent.script import (
    Calls,
    Json,
    Paced,
    Part,
    Request,
    Says,
    Searches,
    Stops,
    Thinks,
    Waits,
    digest,
    signature_of,
    thought_of_by,
)

PIECE_LENGTH = 24
BYTES_PER_TOKEN = 4


@dataclass(frozen=True)
class Message:
    """An answer, before it is sent."""

    request: Request
    parts: Sequence[Part]

    @property
    def whole(self) -> Json:
        """The answer to a request that does not stream."""
        return self.opening | {
            "content": self.content,
            "stop_reason": self.stop_reason,
            "usage": self.usage,
        }

    @property
    def opening(self) -> Json:
        return {
            "id": f"msg_{self.request.hash}",
            "type": "message",
            "role": "assistant",
            "model": self.request.body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self.usage | {"output_tokens": 1},
        }

    @property
    def content(self) -> list[Json]:
        return [block for place, part in enumerate(self.parts) for block in self._blocks(place, part)]

    @property
    def stop_reason(self) -> str:
        said = [part.reason for part in self.parts if isinstance(part, Stops)]
        calls = any(isinstance(part, Calls) for part in self.parts)
        return said[0] if said else "tool_use" if calls else "end_turn"

    @property
    def usage(self) -> Json:
        searches = sum(isinstance(part, Searches) for part in self.parts)
        output = sum(tokens(block) for block in self.content)
        used = input_usage(self.request.body) | {"output_tokens": max(1, output), "service_tier": "standard"}
        return used | ({"server_tool_use": {"web_search_requests": searches}} if searches else {})

    def events(self) -> Iterator[Json | Waits | Paced]:
        """What is sent, and between it what is waited for."""
        yield {"type": "message_start", "message": self.opening}
        yield {"type": "ping"}
        index = 0
        for place, part in enumerate(self.parts):
            if isinstance(part, Waits | Paced):
                yield part
            for block in self._blocks(place, part):
                yield from _block_events(index, block, part)
                index += 1
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        counts = {name: self.usage[name] for name in ("output_tokens", "server_tool_use") if name in self.usage}
        yield {"type": "message_delta", "delta": delta, "usage": counts}
        yield {"type": "message_stop"}

    def _blocks(self, place: int, part: Part) -> list[Json]:
        match part:
            case Says(text):
                return [{"type": "text", "text": text}]
            case Thinks(text, is_redacted):
                if is_redacted:
                    return [{"type": "redacted_thinking", "data": self._signature(text)}]
                return [{"type": "thinking", "thinking": text, "signature": self._signature(text)}]
            case Calls(name, arguments):
                return [{"type": "tool_use", "id": self._call_id(place), "name": name, "input": arguments}]
            case Searches(query, results):
                return self._search(place, query, results)
            case _:
                return []

    def _signature(self, thought: str) -> str:
        return signature_of(thought, self.request.body["model"])

    def _search(self, place: int, query: str, results: tuple[tuple[str, str], ...]) -> list[Json]:
        search_id = f"srv{self._call_id(place)}"
        found = [
            {
                "type": "web_search_result",
                "title": title,
                "url": url,
                "encrypted_content": digest(url),
                "page_age": None,
            }
            for title, url in results
        ]
        return [
            {"type": "server_tool_use", "id": search_id, "name": "web_search", "input": {"query": query}},
            {"type": "web_search_tool_result", "tool_use_id": search_id, "content": found},
        ]

    def _call_id(self, place: int) -> str:
        # Its end keeps who thought of it, so that a thought that gets lost on the way back to them is noticed.
        was_thought_of = any(isinstance(each, Thinks) for each in self.parts)
        conversation = digest(self.request.goal)[:8]
        ending = thought_of_by(self.request.body["model"]) if was_thought_of else "N"
        return f"toolu_{conversation}{self.request.turn:03d}{place:02d}{ending}"


def input_usage(body: Json) -> Json:
    """What was read: from the cache what the request before it had marked, into it what is marked since."""
    so_far, marks = 0, list[tuple[int, bool, bool]]()
    new = {id(block) for block in _since_the_last_answer(body)}
    for block in all_blocks(body):
        so_far += tokens({name: value for name, value in block.items() if name != "cache_control"})
        if "cache_control" in block:
            marks.append((so_far, id(block) in new, block["cache_control"].get("ttl") == "1h"))
    marked = max((place for place, _, _ in marks), default=0)
    is_first = all(message["role"] == "user" for message in body["messages"])
    read = 0 if is_first else max((place for place, is_new, _ in marks if not is_new), default=0)
    for_an_hour = marked - read if any(hour for _, _, hour in marks) else 0
    return {
        "input_tokens": so_far - marked,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": marked - read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": marked - read - for_an_hour,
            "ephemeral_1h_input_tokens": for_an_hour,
        },
    }


def tokens(block: Json) -> int:
    """About as many as a model would count."""
    return max(1, len(json.dumps(block)) // BYTES_PER_TOKEN)


def _since_the_last_answer(body: Json) -> list[Json]:
    last = body["messages"][-1]
    return blocks_of(last["content"]) if last["role"] == "user" and isinstance(last["content"], list) else []


def _block_events(index: int, block: Json, part: Part) -> Iterator[Json]:
    start, deltas = _taken_apart(block, part)
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _taken_apart(block: Json, part: Part) -> tuple[Json, list[Json]]:
    """How a block begins, and what comes after that."""
    match block["type"]:
        case "text":
            return block | {"text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
        case "thinking":
            thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
            signature = {"type": "signature_delta", "signature": block["signature"]}
            return block | {"thinking": "", "signature": ""}, [*thoughts, signature]
        case "tool_use" | "server_tool_use":
            raw = part.raw if isinstance(part, Calls) and part.raw is not None else json.dumps(block["input"])
            pieces = ["", *_pieces(raw)]
            return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        case _:
            return block, []


def _pieces(text: str) -> list[str]:
    return [text[start : start + PIECE_LENGTH] for start in range(0, len(text), PIECE_LENGTH)]
