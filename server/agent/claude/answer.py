"""An answer as the SDK put it together, in our words."""

from typing import TYPE_CHECKING, Any, cast

from onelane.server.agent.cost import cost_usd, usage_of
from onelane.server.agent.model import Json, ModelAnswer, StopReason

if TYPE_CHECKING:
    from anthropic.types import Message


def answer_of(message: "Message", *, asked: str, request_id: str | None) -> ModelAnswer:
    """The answer that a finished stream has become.

    Args:
        message: the SDK's
        asked: the model that was asked, whose price holds where the provider names none
        request_id: the provider's name for the request
    """
    whole: dict[str, Any] = message.to_dict(mode="json")
    model = whole.get("model") or asked
    raw_usage: Json = whole.get("usage") or {}
    return ModelAnswer(
        content=[block for block in whole["content"] if not _is_empty(block)],
        # A gateway may leave it out, and what is there is then all there is.
        stop_reason=cast("StopReason", whole.get("stop_reason") or "end_turn"),
        usage=usage_of(raw_usage),
        cost_usd=cost_usd(model, raw_usage),
        model=model,
        request_id=request_id,
        raw_usage=raw_usage,
    )


def _is_empty(block: Json) -> bool:
    # The provider gives such blocks now and then, but takes none back.
    return block["type"] == "text" and not block["text"]
