"""The port to a language model: request, answer, usage, and what usage costs (tables of the package genai-prices).

See docs/agent.md, "The loop".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from onelane.storage.database.engine import Session

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

Json = dict[str, Any]

NO_OBJECT = "no_object"
"""The only argument of a call whose arguments are no object: what they are instead."""

DeltaKind = Literal["thinking", "text", "tool", "again"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
StopReason = Literal[
    "end_turn",
    "tool_use",
    "pause_turn",
    "refusal",
    "max_tokens",
    "model_context_window_exceeded",
    "stop_sequence",
]
PROVIDER = "anthropic"
"""Whose prices count, and in whose words a usage is written."""
DEFAULT_WINDOW_TOKENS = 200_000
"""The context window of a model that nothing is known about; all that the provider offers today have at least this."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Args:
        model: which model is asked
        system: what it is told before all else; empty for nothing
        tools: name, description and input_schema of each, or a server tool; always in the same order
        messages: the conversation, as the Messages API has it
        max_tokens: the most that may be written
        effort: how much work it should put in; None leaves that to the model
        output_schema: the answer's text must be JSON of this schema
        thinking: let the model think where it sees fit
        caching: keep the beginning of the request at the provider for some minutes, so that the next one costs less
    """

    model: str
    system: str
    messages: Sequence[Json]
    max_tokens: int
    tools: Sequence[Json] = ()
    effort: Effort | None = None
    output_schema: Json | None = None
    thinking: bool = True
    caching: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of calls; each token is counted in one field only.

    Args:
        input_tokens: read anew, neither from the cache nor into it
        output_tokens: written, thinking included
        cache_read_tokens: read from the cache
        cache_write_tokens: written into the cache for five minutes
        cache_write_1h_tokens: written into the cache for an hour
        web_searches: made by the provider
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    web_searches: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(count + other_count for count, other_count in zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        return any(astuple(self))

    @property
    def prompt_tokens(self) -> int:
        """All that was read, cached or not: what counts against the window."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_1h_tokens

    @property
    def total_tokens(self) -> int:
        """All that was read and written."""
        return self.prompt_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a streamed answer.

    Args:
        kind: `thinking`, `text` and the name of a `tool` come in the order of the answer; `again` says that what came
            so far is void, because the request has to be made once more
        text: the piece; with `again`, the reason, as a sentence
    """

    kind: DeltaKind
    text: str


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A complete answer.

    Args:
        content: its blocks, exactly as they must be sent back
        stop_reason: why it ended there. After `max_tokens` the last tool call may be cut off: do not make it
        usage: what this call used
        cost_usd: None when the price is not known
        model: as the provider named it
        asked: the model that was asked for
        request_id: the provider's name for the request, for asking its support
        raw_usage: the usage as the provider put it
    """

    content: list[Json]
    stop_reason: StopReason
    usage: Usage
    cost_usd: float | None
    model: str
    request_id: str | None
    asked: str = ""
    raw_usage: Json = field(default_factory=dict[str, Any])

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def tool_calls(self) -> list[Json]:
        """The calls that it asks for."""
        return [block for block in self.content if block["type"] == "tool_use"]


def no_text(delta: Delta, /) -> None:
    """Nobody watches."""


def always_on() -> None:
    """Nothing stops the call."""


def no_loss(usage: Usage, /) -> None:
    """Nobody counts what was lost."""


class Model(Protocol):
    """A language model. It is asked from several threads at once."""

    def check(self) -> None:
        """See whether there is one to ask. NoModel when not."""
        ...

    def ask(
        self,
        ask: Ask,
        *,
        on_text: Callable[[Delta], None] = no_text,
        go_on: Callable[[], None] = always_on,
        on_lost: Callable[[Usage], None] = no_loss,
    ) -> ModelAnswer:
        """Ask, and wait for the whole answer. Failures that pass are tried again.

        All callbacks come in the caller's thread.

        Args:
            ask: the request
            on_text: gets the pieces as they come
            go_on: called at least twice a second; what it raises abandons the call and comes out of it
            on_lost: gets what an answer had used that broke off, or was abandoned, and is not counted elsewhere

        Raises:
            ToolError: there is no model, it refuses the request, or it could not be reached for some minutes
        """
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...


class BudgetKeeper(Protocol):
    """The port to a run's budgets."""

    def hold(self, run_id: str | None, key: str, input_tokens: int, output_tokens: int, model: str) -> int:
        """Set aside what a call may cost, before it is made. Holding again under the same key replaces what was held.

        Args:
            run_id: the run that pays
            key: which call of the run this is
            input_tokens: an estimate of what will be read
            output_tokens: the most that may be written
            model: which model will be asked

        Returns:
            How many tokens may be written: fewer than asked for where a budget leaves no more.

        Raises:
            ToolError: a budget is reached; nothing was set aside
        """
        ...

    def settle(self, session: Session, run_id: str | None, key: str, usage: Usage, cost_usd: float | None) -> None:
        """Take what the call has really cost instead, in the transaction that records its outcome."""
        ...

    def release(self, run_id: str | None, key: str, usage: Usage, cost_usd: float | None) -> None:
        """Give back what was held for a call that came to nothing, but for what it used until then.

        Args:
            run_id: the run that pays
            key: which call of the run this was
            usage: what it used all the same, often nothing
            cost_usd: what that cost; None when the price is not known
        """
        ...


def cost_usd(model: str, usage: Mapping[str, Any]) -> float | None:
    """What a call cost.

    Args:
        model: as the provider named it
        usage: the usage as the provider put it

    Returns:
        US dollars; None, and never 0, when the price is not known
    """
    from genai_prices import calc_price, extract_usage

    try:
        # A model without a price still has its usage read: only the price is asked for under its name.
        extraction = extract_usage({"model": model, "usage": dict(usage)}, provider_id=PROVIDER)
        price = calc_price(extraction.usage, model, provider_id=PROVIDER, price_context=_context(usage))
    except (LookupError, ValueError, TypeError, AttributeError):
        return None
    return float(price.total_price)


def cost_of(model: str, usage: Usage) -> float | None:
    """What calls cost that used this much together.

    A price that depends on the length of the prompt is taken for one prompt of that length, so for several calls the
    sum of their own costs is the better number.

    Returns:
        US dollars; None, and never 0, when the price is not known
    """
    return cost_usd(model, as_json(usage))


def estimate_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """The most that a call of this size may cost, for setting it aside: as if all that it reads went into the cache.

    Returns:
        US dollars; None, and never 0, when the price is not known
    """
    return cost_of(model, Usage(cache_write_tokens=input_tokens, output_tokens=output_tokens))


def window_tokens(model: str) -> int:
    """How much a model can read and write in one call, in tokens."""
    info = _model_info(model)
    return (info.context_window if info else None) or DEFAULT_WINDOW_TOKENS


def as_json(usage: Usage) -> dict[str, Any]:
    """The usage in the provider's words."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens + usage.cache_write_1h_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "server_tool_use": {"web_search_requests": usage.web_searches},
    }


def usage_of(raw: Mapping[str, Any]) -> Usage:
    """The usage that a provider put into an answer; what it left out is none."""
    cache_write_tokens = _count(raw, "cache_creation_input_tokens")
    for_an_hour = _count(raw.get("cache_creation"), "ephemeral_1h_input_tokens")
    return Usage(
        input_tokens=_count(raw, "input_tokens"),
        output_tokens=_count(raw, "output_tokens"),
        cache_read_tokens=_count(raw, "cache_read_input_tokens"),
        cache_write_tokens=cache_write_tokens - for_an_hour,
        cache_write_1h_tokens=for_an_hour,
        web_searches=_count(raw.get("server_tool_use"), "web_search_requests"),
    )


def _count(raw: object, name: str) -> int:
    """A number of tokens; what is none counts as nothing."""
    value = cast("Mapping[str, Any]", raw).get(name) if isinstance(raw, Mapping) else None
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _context(usage: Mapping[str, Any]) -> dict[str, str]:
    # Fast mode costs more; an answer says which speed it was given.
    return {"speed": "fast"} if usage.get("speed") == "fast" else {}


def _model_info(model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, info = get_snapshot().find_provider_model(model, None, PROVIDER, None)
    except LookupError:
        return None
    return info
