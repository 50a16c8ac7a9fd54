"""Client of the Messages API (Claude, gateways, local models): requests with only what the model accepts, and retries.

Manual: platform.claude.com/docs/en/api/messages and /build-with-claude/prompt-caching
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from typing import Any

import orjson
from pydantic import SecretStr

from onelane.server.agent.claude.failures import Failure, failure_of
from onelane.server.agent.claude.retry import RetryPolicy
from onelane.server.agent.claude.stream import Begun, Ended, Stream, Streams, answer_of
from onelane.server.agent.model import (
    PROVIDER,
    Ask,
    Delta,
    Json,
    ModelAnswer,
    Usage,
    always_on,
    no_loss,
    no_text,
    usage_of,
)
from onelane.server.agent.model_errors import ModelBusy
from onelane.tools.registry.ports.models import NoModel
from onelane.tools.registry.ports.telemetry import NoTelemetry, Telemetry

TICK_S = 0.25
"""How often a caller that waits is asked whether to go on."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Which parameters a model takes.

    Args:
        adaptive_thinking: it thinks where it sees fit
        budgeted_thinking: it thinks up to a number of tokens
        thinking_can_be_off: it can be told not to think
        effort: it can be told how much work to put in
        output_schema: its answer can be held to a schema
    """

    adaptive_thinking: bool = False
    budgeted_thinking: bool = False
    thinking_can_be_off: bool = False
    effort: bool = False
    output_schema: bool = False


_NAME = re.compile(
    r"claude-(?P<family>opus|sonnet|haiku|fable|mythos)-(?P<major>\d{1,2})(?:[-.](?P<minor>\d{1,2}))?(?!\d)"
)
_OLD_NAME = re.compile(r"claude-(?P<major>\d)(?:[-.](?P<minor>\d))?(?:-(?P<family>opus|sonnet|haiku)|$)")
_ALWAYS_THINKS = ("fable", "mythos")
_NOT_TAKEN = re.compile(
    r"not support|unsupported|not permitted|not available|not allowed|unknown|unrecognized", re.IGNORECASE
)
_THINKING = ("adaptive_thinking", "budgeted_thinking", "thinking_can_be_off")
_REFUSED = (
    (re.compile(r"effort", re.IGNORECASE), ("effort",)),
    (
        re.compile(r"output_config|output_format|json_schema|structured output", re.IGNORECASE),
        ("effort", "output_schema"),
    ),
    (re.compile(r"thinking", re.IGNORECASE), _THINKING),
)
"""The words of a refusal, and what is not asked for any more after it."""


def abilities_of(model: str) -> Abilities:
    """What a model of this name can be asked for; of a name that says nothing, nothing is asked but the answer.

    Source: platform.claude.com/docs/en/build-with-claude/thinking, /effort and /structured-outputs.
    """
    if "mythos-preview" in model:
        return Abilities(adaptive_thinking=True, effort=True, output_schema=True)
    name_parts = _NAME.search(model) or _OLD_NAME.search(model)
    if name_parts is None:
        return Abilities()
    version = int(name_parts["major"]), int(name_parts["minor"] or 0)
    if version >= (4, 6):
        can_be_off = name_parts["family"] not in _ALWAYS_THINKS
        return Abilities(adaptive_thinking=True, thinking_can_be_off=can_be_off, effort=True, output_schema=True)
    return Abilities(budgeted_thinking=version >= (3, 7), output_schema=version >= (4, 5))


def without_what_was_refused(abilities: Abilities, refusal: str) -> Abilities:
    """The same, without the parameter that a provider's refusal names; unchanged when it names none of them.

    Args:
        abilities: what was tried
        refusal: the provider's message, such as `adaptive thinking is not supported on this model`
    """
    if not _NOT_TAKEN.search(refusal):
        return abilities
    lost = next((names for words, names in _REFUSED if words.search(refusal)), ())
    return replace(abilities, **dict.fromkeys(lost, False))


SMALLEST_THINKING_TOKENS = 1024
"""The provider refuses a smaller budget."""
_MARK: Json = {"cache_control": {"type": "ephemeral"}}
_UNMARKABLE = ("thinking", "redacted_thinking")


def request_body(ask: Ask, abilities: Abilities) -> Json:
    """The request's body, as keyword arguments of the SDK. What was asked stays as it is."""
    body: Json = {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "messages": _marked_messages(ask.messages) if ask.caching else list(ask.messages),
    }
    if system := _system(ask, abilities):
        body["system"] = [{"type": "text", "text": system} | (_MARK if ask.caching else {})]
    if ask.tools:
        body["tools"] = _marked_last(ask.tools) if ask.caching else list(ask.tools)
    if thinking := _thinking(ask, abilities):
        body["thinking"] = thinking
    if output := dict(_output_config(ask, abilities)):
        body["output_config"] = output
    return body


def _system(ask: Ask, abilities: Abilities) -> str:
    if ask.output_schema is None or abilities.output_schema:
        return ask.system
    # A model that can't be held to a schema is told of it, and the answer is checked as any other.
    schema = orjson.dumps(ask.output_schema).decode()
    return f"{ask.system}\n\nAnswer with nothing but one JSON object of this JSON schema:\n{schema}".strip()


def _thinking(ask: Ask, abilities: Abilities) -> Json | None:
    if abilities.adaptive_thinking and ask.thinking:
        # Said outright, because models differ in whether they show their thinking when nothing is said.
        return {"type": "adaptive", "display": "summarized"}
    if abilities.budgeted_thinking and ask.thinking and ask.max_tokens >= 2 * SMALLEST_THINKING_TOKENS:
        return {"type": "enabled", "budget_tokens": ask.max_tokens // 2}
    if abilities.thinking_can_be_off and not ask.thinking:
        return {"type": "disabled"}
    return None


def _output_config(ask: Ask, abilities: Abilities) -> Iterator[tuple[str, Any]]:
    if ask.effort is not None and abilities.effort:
        yield "effort", ask.effort
    if ask.output_schema is not None and abilities.output_schema:
        yield "format", {"type": "json_schema", "schema": ask.output_schema}


def _marked_messages(messages: Sequence[Json]) -> list[Json]:
    """The messages with marks at the end of the last two of the user's.

    The last mark writes what is new; the one before it is where the previous request wrote, which a long answer with
    many calls would otherwise push out of the provider's reach.
    """
    messages_with_marks = list(messages)
    user_places = [place for place, message in enumerate(messages) if message["role"] == "user"]
    for place in user_places[-2:]:
        messages_with_marks[place] = messages_with_marks[place] | {
            "content": _marked_content(messages_with_marks[place]["content"])
        }
    return messages_with_marks


def _marked_content(content: str | list[Json]) -> list[Json]:
    blocks: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    last = blocks[-1]
    if last["type"] in _UNMARKABLE or last.get("text") == "":
        return blocks
    return _marked_last(blocks)


def _marked_last(blocks: Sequence[Json]) -> list[Json]:
    return [*blocks[:-1], blocks[-1] | _MARK]


def _now() -> datetime:
    return datetime.now(UTC)


class Claude:
    """The provider's models, over the Messages API. The SDK is imported with the first call.

    Args:
        api_key: None when there is none, and then each call says so
        base_url: another place that speaks the Messages API; None for the provider's own
        patience: how often and how long to try
        chance: gives numbers between 0 and 1, which spread the times of trying again
        now: the time, for servers that say until when to wait
        telemetry: watches each call
    """

    def __init__(
        self,
        api_key: SecretStr | None,
        *,
        base_url: str | None = None,
        patience: RetryPolicy | None = None,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = _now,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._api_key = api_key
        self._telemetry = telemetry or NoTelemetry()
        self._patience = patience or RetryPolicy()
        self._chance = chance
        self._now = now
        self._abilities: dict[str, Abilities] = {}
        self._streams = None if api_key is None else Streams(api_key, base_url)

    def check(self) -> None:
        """See whether there is a key. NoModel when not."""
        self._open_streams()

    def ask(
        self,
        ask: Ask,
        *,
        on_text: Callable[[Delta], None] = no_text,
        go_on: Callable[[], None] = always_on,
        on_lost: Callable[[Usage], None] = no_loss,
    ) -> ModelAnswer:
        """Ask, and wait for the whole answer (see `Model.ask`).

        Raises:
            NoModel: there is no key
            ToolError: one of `model_errors`, for the person
        """
        streams = self._open_streams()
        with self._telemetry.model_call(provider=PROVIDER, model=ask.model, max_tokens=ask.max_tokens) as watch:
            answer = self._answer(streams, ask, on_text, go_on, on_lost)
            usage = answer.usage
            watch.answered(
                stop_reason=answer.stop_reason,
                input_tokens=usage.prompt_tokens,
                output_tokens=usage.output_tokens,
                cached_tokens=usage.cache_read_tokens,
            )
        return answer

    def _answer(
        self,
        streams: Streams,
        ask: Ask,
        on_text: Callable[[Delta], None],
        go_on: Callable[[], None],
        on_lost: Callable[[Usage], None],
    ) -> ModelAnswer:
        waited_s, attempt = 0.0, 0
        while True:
            abilities = self._abilities.get(ask.model) or abilities_of(ask.model)
            stream = streams.begin(request_body(ask, abilities))
            got = _Reading(stream, on_text, go_on, on_lost).answer(ask)
            if isinstance(got, ModelAnswer):
                return got
            failure = failure_of(got, model=ask.model, key=self._api_key, now=self._now)
            if self._has_learned(ask.model, abilities, failure):
                continue
            attempt += 1
            delay_s = self._delay_s(failure, attempt, waited_s)
            waited_s += delay_s
            on_text(Delta("again", f"{failure.summary} Trying again in {delay_s:.0f} s."))
            _wait(delay_s, go_on)

    def close(self) -> None:
        """Abandon what is under way and end the thread that reads."""
        if self._streams is not None:
            self._streams.close()

    def _open_streams(self) -> Streams:
        if self._streams is None:
            raise NoModel
        return self._streams

    def _has_learned(self, model: str, abilities: Abilities, failure: Failure) -> bool:
        """Whether the failure shows that the model lacks something; it is not asked for that again."""
        if failure.refusal is None:
            return False
        fewer = without_what_was_refused(abilities, failure.refusal)
        self._abilities[model] = fewer
        return fewer != abilities

    def _delay_s(self, failure: Failure, attempt: int, waited_s: float) -> float:
        """Seconds to wait before the next attempt; raises what the person must know when there is none."""
        if not failure.passes:
            raise failure.error
        delay_s = failure.delay_s if failure.delay_s is not None else self._patience.delay_s(attempt, self._chance())
        if delay_s > self._patience.longest_s:
            until = self._now() + timedelta(seconds=delay_s)
            raise ModelBusy(
                f"The model's provider asks to wait until {until:%Y-%m-%d %H:%M} UTC. Resume the run after that."
            )
        if attempt >= self._patience.attempts or waited_s + delay_s > self._patience.total_s:
            raise failure.error
        return delay_s


class _Reading:
    """One attempt, from the caller's side."""

    def __init__(
        self,
        stream: Stream,
        on_text: Callable[[Delta], None],
        go_on: Callable[[], None],
        on_lost: Callable[[Usage], None],
    ) -> None:
        self._stream = stream
        self._on_text = on_text
        self._go_on = go_on
        self._on_lost = on_lost
        self._used = Usage()
        self._next_tick = time.monotonic()

    def answer(self, ask: Ask) -> ModelAnswer | Exception:
        """The answer, or why there is none. What a callback raises comes out, after the connection was let go."""
        try:
            return self._answer(ask)
        except BaseException:
            self._stream.abandon()
            self._tell_loss()
            raise

    def _answer(self, ask: Ask) -> ModelAnswer | Exception:
        while True:
            self._keep_going()
            try:
                event = self._stream.next(TICK_S)
            except Exception as error:  # noqa: BLE001 - the caller tells failures that pass from those that don't
                self._tell_loss()
                return error
            if isinstance(event, Ended):
                value = event.message
                return answer_of(value, asked=ask.model, request_id=event.request_id, has_usage=event.has_usage)
            self._take(event)

    def _take(self, event: Begun | Delta | None) -> None:
        """Note what is used so far, or pass a piece of the answer on; None is a moment without anything new."""
        if isinstance(event, Begun):
            self._used = usage_of(event.raw_usage)
        elif event is not None:
            self._on_text(event)

    def _keep_going(self) -> None:
        # Between two pieces as well as in a silence, but not once for each of a thousand pieces.
        if (instant := time.monotonic()) >= self._next_tick:
            self._next_tick = instant + TICK_S
            self._go_on()

    def _tell_loss(self) -> None:
        if self._used:
            self._on_lost(self._used)
            self._used = Usage()


def _wait(delay_s: float, go_on: Callable[[], None]) -> None:
    until, never = time.monotonic() + delay_s, Flag()
    go_on()
    while (left_s := until - time.monotonic()) > 0:
        never.wait(min(left_s, TICK_S))
        go_on()
