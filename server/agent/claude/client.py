"""Client of the Messages API (Claude, gateways, local models), with retries."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

from pydantic import SecretStr

from onelane.server.agent.claude.failures import Failure, failure_of
from onelane.server.agent.claude.request import Abilities, abilities_of, request_body, without_what_was_refused
from onelane.server.agent.claude.retry import RetryPolicy
from onelane.server.agent.claude.stream import Begun, Ended, Stream, Streams, answer_of
from onelane.server.agent.cost import usage_of
from onelane.server.agent.model import Ask, Delta, ModelAnswer, Usage, always_on, no_loss, no_text
from onelane.server.agent.model_errors import ModelBusy
from onelane.tools.registry.ports.models import NoModel

TICK_S = 0.25
"""How often a caller that waits is asked whether to go on."""


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
    """

    def __init__(
        self,
        api_key: SecretStr | None,
        *,
        base_url: str | None = None,
        patience: RetryPolicy | None = None,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._api_key = api_key
        self._patience = patience or RetryPolicy()
        self._chance = chance
        self._now = now
        self._abilities: dict[str, Abilities] = {}
        self._streams = None if api_key is None else Streams(api_key, base_url)

    def check(self) -> None:
        """See whether there is a key. NoModel when not."""
        self._checked()

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
        streams, waited_s, attempt = self._checked(), 0.0, 0
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

    def _checked(self) -> Streams:
        if self._streams is None:
            raise NoModel
        return self._streams

    def _has_learned(self, model: str, tried: Abilities, failure: Failure) -> bool:
        """Whether the failure shows that the model lacks something; it is not asked for that again."""
        if failure.refusal is None:
            return False
        left = without_what_was_refused(tried, failure.refusal)
        self._abilities[model] = left
        return left != tried

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
            match event:
                case Ended(message, request_id, has_usage):
                    return answer_of(message, asked=ask.model, request_id=request_id, has_usage=has_usage)
                case Begun(raw_usage):
                    self._used = usage_of(raw_usage)
                case Delta():
                    self._on_text(event)
                case None:
                    pass

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
