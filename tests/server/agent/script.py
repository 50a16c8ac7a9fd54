"""What a scripted model answers, written as it would be told:

    Script(
        [thinks("They want Ada."), calls("search_contacts", search="ada"), calls("list_templates")],
        [fails(529, times=2), says("Ada is in your contacts.")],
    )

Which turn it is follows from the messages alone, so that a request that is made again gets the same answer. Troubles
count how often the same request came; whoever makes it once more gets past them.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

Json = dict[str, Any]


@dataclass(frozen=True)
class Says:
    text: str


@dataclass(frozen=True)
class Thinks:
    text: str
    is_redacted: bool = False


@dataclass(frozen=True)
class Calls:
    name: str
    arguments: Json
    raw: str | None = None
    """What is written instead of the arguments' JSON, such as half of it."""


@dataclass(frozen=True)
class Searches:
    """A search that the provider makes itself."""

    query: str
    results: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stops:
    reason: str


@dataclass(frozen=True)
class Fails:
    """An HTTP error instead of an answer."""

    status: int
    kind: str
    message: str
    times: float
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Breaks:
    """The stream ends after so many events: without a word, in good order, or with an error event."""

    after_events: int
    times: float
    error: str | None = None
    is_tidy: bool = False


@dataclass(frozen=True)
class Waits:
    """Nothing but pings until the test says so."""

    until: threading.Event
    is_silent: bool = False


@dataclass(frozen=True)
class Paced:
    """One event of the stream for each permit."""

    permits: threading.Semaphore


@dataclass(frozen=True)
class Raw:
    """What a gateway answers in its own way.

    Args:
        events: of a stream, in JSON
        body: instead of a stream
        kind: its media type
    """

    events: tuple[object, ...] = ()
    body: str | None = None
    kind: str = "text/event-stream"


Part = Raw | Says | Thinks | Calls | Searches | Stops | Fails | Breaks | Waits | Paced


def says(text: str) -> Says:
    return Says(text)


def thinks(text: str) -> Thinks:
    return Thinks(text)


def thinks_in_secret() -> Thinks:
    """A thought that only the provider can read."""
    return Thinks("secret", is_redacted=True)


def calls(name: str, /, **arguments: Any) -> Calls:
    return Calls(name, arguments)


def searches(query: str, **results: str) -> Searches:
    """A search of the provider's own, with the results' titles and addresses."""
    return Searches(query, tuple(results.items()))


def pauses() -> Stops:
    return Stops("pause_turn")


def refuses() -> Stops:
    return Stops("refusal")


def runs_out() -> Stops:
    """The answer reaches max_tokens."""
    return Stops("max_tokens")


def fills_window() -> Stops:
    return Stops("model_context_window_exceeded")


KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def fails(status: int, message: str = "", *, times: float = 1, **headers: str | float) -> Fails:
    """Answer with this status; a header's name has `_` for `-`. `times=math.inf` never ends."""
    kind = KINDS.get(status, "api_error")
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Fails(status, kind, message or kind, times, named)


def cuts(after_events: int, *, times: float = 1, tidily: bool = False) -> Breaks:
    """Hang up in the middle; tidily, so that it looks like the end."""
    return Breaks(after_events, times, is_tidy=tidily)


def breaks_with(error: str, after_events: int, *, times: float = 1) -> Breaks:
    """Send an error event in the middle, such as overloaded_error."""
    return Breaks(after_events, times, error)


def waits(until: threading.Event, *, silently: bool = False) -> Waits:
    return Waits(until, silently)


def paced(permits: threading.Semaphore) -> Paced:
    return Paced(permits)


class NoSuchTurn(Exception):
    """The script is over."""


@dataclass(frozen=True)
class Request:
    """A request, as a script sees it."""

    body: Json

    @property
    def messages(self) -> list[Json]:
        return self.body["messages"]

    @property
    def turn(self) -> int:
        """How many answers there were before."""
        return sum(message["role"] == "assistant" for message in self.messages)

    @property
    def system(self) -> str:
        return text_of(self.body.get("system", ""))

    @property
    def goal(self) -> str:
        """What the user said first."""
        return text_of(self.messages[0]["content"])

    @property
    def said(self) -> str:
        """What the user said last."""
        return text_of(self.messages[-1]["content"])

    @property
    def results(self) -> list[str]:
        """What came of the last calls."""
        content = self.messages[-1]["content"]
        blocks = cast("list[Json]", content) if isinstance(content, list) else []
        return [text_of(block.get("content", "")) for block in blocks if block["type"] == "tool_result"]

    @property
    def is_extraction(self) -> bool:
        """Whether the answer is held to a schema."""
        return "format" in self.body.get("output_config", {})

    @cached_property
    def hash(self) -> str:
        """The same for the same request."""
        return digest(json.dumps(self.body, sort_keys=True))


Turn = Part | Sequence[Part] | Callable[[Request], "Turn"]
Answering = Callable[[Request], Sequence[Part]]


class Script:
    """The turns of a conversation, in their order.

    Args:
        turns: each a part, several parts, or a function of the request that gives them
    """

    def __init__(self, *turns: Turn) -> None:
        self._turns = turns

    def __call__(self, request: Request) -> Sequence[Part]:
        if request.turn >= len(self._turns):
            raise NoSuchTurn(f"The script has {len(self._turns)} turns, and this would be number {request.turn + 1}.")
        return parts_of(self._turns[request.turn], request)


def always(turn: Turn) -> Answering:
    """The same at every turn."""
    return lambda request: parts_of(turn, request)


def by_goal(scripts: Mapping[str, Answering], *, extraction: Answering | None = None) -> Answering:
    """Several conversations at once: the script is the one whose name stands in what the user said first.

    Args:
        scripts: by words of the goal; the first that fits is taken
        extraction: answers the requests that are held to a schema
    """

    def chosen(request: Request) -> Sequence[Part]:
        if extraction is not None and request.is_extraction:
            return extraction(request)
        for name, script in scripts.items():
            if name in request.goal:
                return script(request)
        raise NoSuchTurn(f"No script is for: {request.goal[:80]}")

    return chosen


def parts_of(turn: Turn, request: Request) -> Sequence[Part]:
    if callable(turn):
        return parts_of(turn(request), request)
    return turn if isinstance(turn, Sequence) else [turn]


def text_of(content: str | list[Json]) -> str:
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def signature_of(thought: str, model: str) -> str:
    """Only the model that thought it can sign it."""
    return base64.b64encode(f"signed:{digest(f'{model} {thought}')}".encode()).decode()


def thought_of_by(model: str) -> str:
    """How the id of a call ends that this model has thought of."""
    return f"{digest(model)[:4]}T"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
