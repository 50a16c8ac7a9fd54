"""Classifies failed requests: the error for the person, and whether a retry can help.

Manual: platform.claude.com/docs/en/api/errors
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from onelane.server.agent.claude.assembly import StrangeAnswer
from onelane.server.agent.claude.retry import passes, server_delay_s
from onelane.server.agent.claude.stream import StreamCut, StreamError
from onelane.server.agent.model_errors import (
    AnswerCut,
    KeyRefused,
    ModelBusy,
    ModelUnreachable,
    NoCredit,
    RequestRefused,
    StrangeProvider,
    TooLong,
    UnknownModel,
)
from onelane.tools.registry.errors import ToolError

if TYPE_CHECKING:
    from anthropic import APIStatusError

LONGEST_MESSAGE = 300
_WITHIN_STREAM = 200
"""The status of an answer in whose middle something went wrong."""
_TOO_LONG = re.compile(
    r"prompt is too long|exceeds? (?:the )?(?:context|maximum.{0,30}token)|context (?:window|limit)|too many tokens",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance|billing|spend(?:ing)? limit|usage limits?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt.

    Args:
        error: for the person, when it is not tried again
        summary: what happened, in a sentence
        passes: asking again may help
        delay_s: how long the server says to wait before that
        refusal: the provider's words, when it refuses the request as such
    """

    error: ToolError
    summary: str
    passes: bool = False
    delay_s: float | None = None
    refusal: str | None = None


def failure_of(error: Exception, *, model: str, key: SecretStr | None, now: Callable[[], datetime]) -> Failure:
    """What an attempt's exception means. One that is no failure of the request is raised again.

    Args:
        error: what the stream raised
        model: which model was asked
        key: what must not be in any message, should the provider repeat it
        now: the time, for servers that say until when to wait
    """
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APIStatusError):
        message = _without(key, _said_by(error))
        return _of_status(error.status_code, error.type, error.response.headers, model, message, now)
    if isinstance(error, StreamError):
        return _of_status(_WITHIN_STREAM, error.kind, {}, model, _without(key, _short(error.said)), now)
    if isinstance(error, StrangeAnswer):
        return Failure(StrangeProvider(f"{StrangeProvider().message} What is odd: {error}"), str(error))
    if isinstance(error, anthropic.APIConnectionError):
        return Failure(ModelUnreachable(), "The connection to the model's provider failed.", passes=True)
    # The SDK lets what happens within a stream through as it is.
    if isinstance(error, StreamCut | httpx2.TransportError):
        reason = str(error) or type(error).__name__
        return Failure(AnswerCut(f"{AnswerCut().message} What is odd: {reason}"), "The answer broke off.", passes=True)
    raise error


def _of_status(
    status: int, kind: str | None, headers: Mapping[str, str], model: str, message: str, now: Callable[[], datetime]
) -> Failure:
    if refusal := _refusal_of(status, kind, message, model):
        return Failure(refusal, message, refusal=message if isinstance(refusal, RequestRefused) else None)
    if status == _WITHIN_STREAM or passes(status, kind, headers):
        reason = _reason(status, kind or (message if status == _WITHIN_STREAM else None))
        busy = ModelBusy(f"{reason} Trying again several times did not help. Resume the run in some minutes.")
        return Failure(busy, reason, passes=True, delay_s=server_delay_s(headers, now))
    return Failure(RequestRefused(f"The model's provider answered {status}: {message}"), message)


def _refusal_of(status: int, kind: str | None, message: str, model: str) -> ToolError | None:
    """What the person must know of a request that would be refused again, if it is one."""
    if status == 401 or kind == "authentication_error":
        return KeyRefused()
    if status == 402 or kind == "billing_error" or (status in (400, 403, 429) and _NO_CREDIT.search(message)):
        return NoCredit()
    if status == 403 or kind == "permission_error":
        return KeyRefused(f"The key may not do this at the model's provider, which says: {message}")
    if status == 404 or kind == "not_found_error":
        return UnknownModel(
            f"The provider does not know the model {model}, or the key may not use it. "
            "Name another one: in the template, in the run, or with ONELANE_MODEL."
        )
    if status == 413 or (status in (400, 200) and _TOO_LONG.search(message)):
        return TooLong()
    if status == 400 or kind == "invalid_request_error":
        return RequestRefused(f"The model's provider refuses the request: {message}")
    return None


def _reason(status: int, kind: str | None) -> str:
    if status == 429 or kind == "rate_limit_error":
        return "The rate limit at the model's provider is reached."
    if status == 529 or kind == "overloaded_error":
        return "The model's provider is overloaded."
    return f"The model's provider has trouble of its own ({kind or status})."


def _said_by(error: "APIStatusError") -> str:
    return _short(error.api_message or error.message)


def _short(message: str) -> str:
    return " ".join(message.split())[:LONGEST_MESSAGE]


def _without(key: SecretStr | None, message: str) -> str:
    return (
        message.replace(key.get_secret_value(), "(the key)") if key is not None and key.get_secret_value() else message
    )
