"""Prices of model calls, from the dated and tiered tables in the package genai-prices."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from onelane.server.agent.model import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

PROVIDER = "anthropic"
DEFAULT_WINDOW_TOKENS = 200_000
"""The context window of a model that nothing is known about; all that the provider offers today have at least this."""


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
        extracted = extract_usage({"model": model, "usage": dict(usage)}, provider_id=PROVIDER)
        price = calc_price(extracted.usage, model, provider_id=PROVIDER, price_context=_context(usage))
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
    found = _model_info(model)
    return (found.context_window if found else None) or DEFAULT_WINDOW_TOKENS


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
    written = _count(raw, "cache_creation_input_tokens")
    for_an_hour = _count(raw.get("cache_creation"), "ephemeral_1h_input_tokens")
    return Usage(
        input_tokens=_count(raw, "input_tokens"),
        output_tokens=_count(raw, "output_tokens"),
        cache_read_tokens=_count(raw, "cache_read_input_tokens"),
        cache_write_tokens=written - for_an_hour,
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
        _, found = get_snapshot().find_provider_model(model, None, PROVIDER, None)
    except LookupError:
        return None
    return found
