"""Converts a model's answer into steps; one answer is one commit (docs/agent.md, "Turns")."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from onelane.server.agent.conversation import GO_ON, SHORTER
from onelane.server.agent.model import Json, ModelAnswer
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.runs.record import NewStep, StepResult

_THINKING = ("thinking", "redacted_thinking")
_SEARCH = "web_search"


def turn_entries(number: int, answer: ModelAnswer, duration_ms: int) -> list[NewStep]:
    """The steps of a turn: its thoughts, what it decided, and the calls it asks for.

    Args:
        number: which turn of the run
        answer: what the model answered
        duration_ms: how long that took
    """
    key, blocks = f"turn:{number}", list(enumerate(answer.content))
    thoughts = [block for block in blocks if block[1]["type"] in _THINKING]
    calls = [block for block in blocks if block[1]["type"] == "tool_use"]
    if answer.stop_reason == "max_tokens" and calls and calls[-1] == blocks[-1]:
        # It may be cut off in the middle of an argument.
        calls.pop()
        blocks.pop()
    rest = [block for block in blocks if block not in thoughts and block not in calls]
    return [
        *(_thought(f"{key}:thinking:{at}", place, block) for at, (place, block) in enumerate(thoughts)),
        NewStep(key, StepType.DECISION, _decision(answer, calls, rest), duration_ms=duration_ms),
        *_searches(key, answer.content),
        *(_call(f"{key}:call:{at}", place, block) for at, (place, block) in enumerate(calls)),
    ]


def _thought(key: str, place: int, block: Json) -> NewStep:
    return NewStep(key, StepType.THINKING, StepResult(output={"place": place, **block}))


def _decision(answer: ModelAnswer, calls: Sequence[tuple[int, Json]], rest: Sequence[tuple[int, Json]]) -> StepResult:
    says = {str(place): block["text"] for place, block in rest if _is_plain(block) and block["text"].strip()}
    other = {str(place): block for place, block in rest if not _is_plain(block)}
    output: Json = {
        "chose": [block["name"] for _, block in calls],
        "says": says,
        "other": other,
        "stop_reason": answer.stop_reason,
        "then": _nudge(answer, calls),
        "model": answer.model,
        **({} if answer.asked in ("", answer.model) else {"asked": answer.asked}),
        "request_id": answer.request_id,
        "prompt_tokens": answer.usage.prompt_tokens,
        "cache_read_tokens": answer.usage.cache_read_tokens,
        "output_tokens": answer.usage.output_tokens,
        "cost_usd": answer.cost_usd,
    }
    refused = answer.stop_reason == "refusal"
    return StepResult(
        output=output,
        status=StepStatus.FAILED if refused else StepStatus.COMPLETED,
        error="The model declined to go on." if refused else None,
        run_changes={"model": answer.model},
    )


def _nudge(answer: ModelAnswer, calls: Sequence[tuple[int, Json]]) -> str | None:
    """What has to be said to an answer that was cut off, so that the next one goes on."""
    if answer.stop_reason != "max_tokens":
        return None
    return SHORTER if len(answer.tool_calls) > len(calls) else GO_ON


def _is_plain(block: Json) -> bool:
    return block["type"] == "text" and not (block.keys() - {"type", "text"})


def _call(key: str, place: int, block: Json) -> NewStep:
    done = StepResult(output={"id": block["id"], "place": place}, status=StepStatus.RUNNING)
    return NewStep(key, StepType.TOOL_CALL, done, tool=block["name"], input=block["input"])


def _searches(key: str, content: Sequence[Json]) -> Iterator[NewStep]:
    """The searches that the provider made by itself for the model."""
    results: dict[str, Any] = {block.get("tool_use_id", ""): block.get("content") for block in content}
    made = [block for block in content if block["type"] == "server_tool_use" and block["name"] == _SEARCH]
    for at, block in enumerate(made):
        found: Any = results.get(block["id"])
        listed = cast("list[Json]", found) if isinstance(found, list) else []
        hits = [{"title": hit.get("title"), "url": hit.get("url")} for hit in listed]
        done = StepResult(output={"data": hits, "engine": "model"})
        yield NewStep(f"{key}:search:{at}", StepType.WEB_SEARCH, done, tool=_SEARCH, input=block["input"])
