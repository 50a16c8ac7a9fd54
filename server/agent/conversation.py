"""The conversation of a run with its model: an answer becomes steps, and from the steps it is rebuilt.

Nothing of it is kept at the provider or in memory alone: thinking with its signature, what was chosen, each call and
each answer are steps. A run that goes on in another process says the same to the model, word for word. See
docs/agent.md, "Turns" and "Resuming".
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from onelane.server.agent.model import Json, ModelAnswer
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.runs.record import NewStep, RecordedStep, StepResult

GO_ON = "You reached the length that one answer may have. Go on exactly where you stopped."
SHORTER = (
    "Your last tool call was cut off at the length that one answer may have, so it was not made. Make it again, "
    "shorter, or in several calls."
)
UNSENT = ("refusal", "model_context_window_exceeded")
"""Turns that ended so are recorded, but are no part of the conversation: the model is asked again without them."""
_TRIMMED_CHARS = 600
"""Answers of tools that are no longer than this stay as they are."""
_BYTES_A_TOKEN = 3
_DATED = re.compile(r"[-@]20\d{6}")
"""What a provider adds to the name of a model that was asked for without its date."""
_THINKING = ("thinking", "redacted_thinking")
_SEARCH = "web_search"


@dataclass(slots=True)
class ToolUse:
    """A call that the model asked for.

    Args:
        key: the key of its step; what came of it is recorded beside it
        id: the provider's name for it
        name: the tool
        arguments: what the tool is given
    """

    key: str
    id: str
    name: str
    arguments: Json

    @property
    def result_key(self) -> str:
        """The key of the step that says what came of it."""
        return f"{self.key}:result"


@dataclass(slots=True)
class Turn:
    """An answer of the model and the message that follows it.

    Args:
        number: from 0
        blocks: the answer's blocks, exactly as they must be sent back
        stop_reason: why it ended
        prompt_tokens: what the model read for it
        output_tokens: what it wrote
        calls: the calls that are made; not one that was cut off
        then: what the person or Onelane said after it, besides the results of its calls
    """

    number: int
    blocks: list[Json]
    stop_reason: str
    prompt_tokens: int
    output_tokens: int
    calls: list[ToolUse] = field(default_factory=list[ToolUse])
    results: dict[str, Json] = field(default_factory=dict[str, Json])
    then: str | None = None

    @property
    def open_calls(self) -> list[ToolUse]:
        """The calls that nothing has come of yet."""
        return [call for call in self.calls if call.id not in self.results]

    def user_blocks(self, *, is_trimmed: bool) -> list[Json]:
        """What the model is told after it: results first, as the provider wants them."""
        results = [self.results[call.id] for call in self.calls if call.id in self.results]
        blocks = [_trim_result(each) for each in results] if is_trimmed else results
        return [*blocks, {"type": "text", "text": self.then}] if self.then else blocks


class Conversation:
    """All turns of a run.

    Args:
        opening: the first message
        model: who is asked
    """

    def __init__(self, opening: str, model: str) -> None:
        self.opening = opening
        self.model = model
        self.turns: list[Turn] = []
        self.trimmed_turns = 0
        """Long answers of tools in so many turns, from the first, are sent as a note that they were."""

    @property
    def last(self) -> Turn | None:
        """The latest turn."""
        return self.turns[-1] if self.turns else None

    def hear(self, text: str) -> None:
        """What the person says comes after the latest answer."""
        if self.last is None:
            self.opening = f"{self.opening}\n\n{text}".strip()
        else:
            self.last.then = text if self.last.then is None else f"{self.last.then}\n\n{text}"

    def messages(self) -> list[Json]:
        """The conversation as the Messages API has it."""
        messages: list[Json] = [{"role": "user", "content": [{"type": "text", "text": self.opening}]}]
        for turn in self.turns:
            _say(messages, "assistant", turn.blocks)
            _say(messages, "user", turn.user_blocks(is_trimmed=turn.number < self.trimmed_turns))
        return messages

    def prompt_tokens(self, fixed_chars: int) -> int:
        """About how many tokens the next request has.

        Args:
            fixed_chars: the length of what precedes the conversation
        """
        last = self.last
        if last is None or last.number < self.trimmed_turns or not last.prompt_tokens:
            return (fixed_chars + sum(_size(message) for message in self.messages())) // _BYTES_A_TOKEN
        news = sum(_block_size(block) for block in last.user_blocks(is_trimmed=False))
        return last.prompt_tokens + last.output_tokens + news // _BYTES_A_TOKEN

    def trim(self, keep_tokens: int, fixed_chars: int) -> bool:
        """Leave out long old answers of tools until no more than this is sent; whether anything was left out.

        What the latest turn brought always stays.
        """
        before = self.trimmed_turns
        self.trimmed_turns = max(before, min(before + 1, len(self.turns) - 1))
        while self.trimmed_turns < len(self.turns) - 1 and self._sent_tokens(fixed_chars) > keep_tokens:
            self.trimmed_turns += 1
        return self.trimmed_turns > before

    def _sent_tokens(self, fixed_chars: int) -> int:
        return (fixed_chars + sum(_size(message) for message in self.messages())) // _BYTES_A_TOKEN


def conversation_of(
    opening: str, records: Mapping[str, RecordedStep], text_of: Callable[[RecordedStep], str], *, model: str
) -> Conversation:
    """The conversation that a run's steps tell of.

    What is `UNSENT` is left out: nothing is to be gained from sending it back.

    Args:
        opening: the first message
        records: the steps
        text_of: what the model is told of a step that has what a tool returned
        model: who is asked from now on
    """
    conversation = Conversation(opening, model)
    for key, step in records.items():
        kind, _, number = key.partition(":")
        if kind == "turn" and number.isdecimal():
            turn = read_turn(int(number), records, model)
            if turn.stop_reason not in UNSENT:
                conversation.turns.append(turn)
        elif kind == "turn" and key.endswith(":result"):
            turn = conversation.turns[-1]
            result = read_result(step.output, records, text_of)
            turn.results[result["tool_use_id"]] = result
        elif kind == "trim":
            conversation.trimmed_turns = step.output["turns"]
        elif kind == "say":
            conversation.hear(step.output["text"])
    return conversation


def read_turn(number: int, records: Mapping[str, RecordedStep], model: str) -> Turn:
    """A turn from the steps that it was recorded as.

    Args:
        number: which
        records: the steps
        model: who is asked next; thoughts go only to the model that signed them, for any other one refuses them
    """
    output = records[f"turn:{number}"].output
    placed_blocks = [(int(place), {"type": "text", "text": text}) for place, text in output["says"].items()]
    placed_blocks += [(int(place), block) for place, block in output["other"].items()]
    thoughts = [_placed_block(step.output) for _, step in _parts(number, "thinking", records)]
    placed_blocks += [thought for thought in thoughts if _may_go_to(model, output, thought[1])]
    turn = Turn(number, [], output["stop_reason"], output["prompt_tokens"], output["output_tokens"])
    turn.then = output["then"]
    for key, step in _parts(number, "call", records):
        call = ToolUse(key, step.output["id"], step.tool or "", step.input)
        turn.calls.append(call)
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
        placed_blocks.append((step.output["place"], block))
    turn.blocks = [block for _, block in sorted(placed_blocks, key=lambda each: each[0])]
    return turn


def read_result(output: Json, records: Mapping[str, RecordedStep], text_of: Callable[[RecordedStep], str]) -> Json:
    """What the model is told of a call, from its step, or from the step of its own kind that this one refers to."""
    text = text_of(records[output["of"]]) if "of" in output else output["text"]
    block = {
        "type": "tool_result",
        "tool_use_id": output["tool_use_id"],
        "content": [{"type": "text", "text": text or "Done."}],
    }
    return {**block, "is_error": True} if output["is_error"] else block


def _parts(number: int, part: str, records: Mapping[str, RecordedStep]) -> Iterator[tuple[str, RecordedStep]]:
    """The steps of a turn that keep this part of it."""
    place = 0
    while (step := records.get(key := f"turn:{number}:{part}:{place}")) is not None:
        yield key, step
        place += 1


def _may_go_to(model: str, decision: Json, thought: Json) -> bool:
    """Whether a thought can be sent back to this model, which it must be that signed it."""
    is_signed = bool(thought.get("signature") or thought["type"] == "redacted_thinking")
    # Steps say by which name the model was asked where the provider calls it otherwise, as it does behind an alias.
    asked_model = decision.get("asked", decision["model"])
    return is_signed and (
        model in (asked_model, decision["model"]) or _DATED.fullmatch(asked_model.removeprefix(model)) is not None
    )


def _placed_block(output: Json) -> tuple[int, Json]:
    return output["place"], {name: value for name, value in output.items() if name not in ("place", "counted")}


def _say(messages: list[Json], role: str, blocks: list[Json]) -> None:
    """Add to the latest message where it is of the same role: a model that paused goes on in its own message."""
    if not blocks:
        return
    if messages[-1]["role"] == role:
        messages[-1] = {"role": role, "content": [*messages[-1]["content"], *blocks]}
    else:
        messages.append({"role": role, "content": blocks})


def _trim_result(result: Json) -> Json:
    text = result["content"][0]["text"]
    if len(text) <= _TRIMMED_CHARS:
        return result
    note = f"[{len(text):,} characters of this answer are left out to save room; call again if you need them.]"
    return {**result, "content": [{"type": "text", "text": f"{text[:200]}\n{note}"}]}


def _size(message: Json) -> int:
    return sum(_block_size(block) for block in cast("list[Json]", message["content"]))


def _block_size(block: Json) -> int:
    content = block.get("content")
    if isinstance(content, list):
        return sum(_block_size(each) for each in cast("list[Json]", content))
    values = (block.get("text"), block.get("thinking"), block.get("signature"), block.get("input"))
    return sum(len(value) if isinstance(value, str) else len(str(value)) for value in values if value is not None)


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
    other_blocks = [block for block in blocks if block not in thoughts and block not in calls]
    return [
        *(_thought(f"{key}:thinking:{at}", place, block) for at, (place, block) in enumerate(thoughts)),
        NewStep(key, StepType.DECISION, _decision(answer, calls, other_blocks), duration_ms=duration_ms),
        *_searches(key, answer.content),
        *(_call(f"{key}:call:{at}", place, block) for at, (place, block) in enumerate(calls)),
    ]


def _thought(key: str, place: int, block: Json) -> NewStep:
    return NewStep(key, StepType.THINKING, StepResult(output={"place": place, **block}))


def _decision(
    answer: ModelAnswer, calls: Sequence[tuple[int, Json]], other_blocks: Sequence[tuple[int, Json]]
) -> StepResult:
    says = {str(place): block["text"] for place, block in other_blocks if _is_plain(block) and block["text"].strip()}
    other = {str(place): block for place, block in other_blocks if not _is_plain(block)}
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
    is_refused = answer.stop_reason == "refusal"
    return StepResult(
        output=output,
        status=StepStatus.FAILED if is_refused else StepStatus.COMPLETED,
        error="The model declined to go on." if is_refused else None,
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
    outcome = StepResult(output={"id": block["id"], "place": place}, status=StepStatus.RUNNING)
    return NewStep(key, StepType.TOOL_CALL, outcome, tool=block["name"], input=block["input"])


def _searches(key: str, content: Sequence[Json]) -> Iterator[NewStep]:
    """The searches that the provider made by itself for the model."""
    results: dict[str, Any] = {block.get("tool_use_id", ""): block.get("content") for block in content}
    search_blocks = [block for block in content if block["type"] == "server_tool_use" and block["name"] == _SEARCH]
    for at, block in enumerate(search_blocks):
        content_of_result: Any = results.get(block["id"])
        raw_hits = cast("list[Json]", content_of_result) if isinstance(content_of_result, list) else []
        hits = [{"title": hit.get("title"), "url": hit.get("url")} for hit in raw_hits]
        outcome = StepResult(output={"data": hits, "engine": "model"})
        yield NewStep(f"{key}:search:{at}", StepType.WEB_SEARCH, outcome, tool=_SEARCH, input=block["input"])
