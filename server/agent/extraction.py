"""Extraction by a model: one request with the form's schema, and one request to correct an answer that does not fit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pydantic import BaseModel, ValidationError

from onelane.prompts.library import load
from onelane.server.agent.bill import Bill
from onelane.server.agent.model import Ask, BudgetKeeper, Effort, Json, Model, ModelAnswer
from onelane.server.agent.model_errors import ModelRefused, NoUsableAnswer
from onelane.tools.registry.arguments.errors import reason_of
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.ports.models import Extraction, Form

LONGEST_TEXT = 200_000
"""In characters: some 50,000 tokens, below the length at which the smallest model becomes dearer."""
MOST_OUTPUT_TOKENS = 8_000
EFFORT: Effort = "low"
CHARACTERS_PER_TOKEN = 3
"""Fewer than it is for most languages, because the estimate is for setting money aside."""


def never_stop(run_id: str | None, /) -> None:
    """Nothing stops an extraction."""


def none_chosen(run_id: str | None, /) -> None:
    """Every run is content with the usual model."""


class AnthropicModels:
    """`onelane.tools.registry.ports.models.Models` over a model that speaks the Messages API.

    Args:
        model: what is asked
        budget_keeper: the budgets that pay
        model_name: which of its models reads
        choose_model: which one a run or its template names instead, if any
        go_on: called with the run twice a second while it is waited for; what it raises abandons the extraction
    """

    def __init__(
        self,
        model: Model,
        budget_keeper: BudgetKeeper,
        *,
        model_name: str,
        choose_model: Callable[[str | None], str | None] = none_chosen,
        go_on: Callable[[str | None], None] = never_stop,
    ) -> None:
        self._model = model
        self._budget_keeper = budget_keeper
        self._model_name = model_name
        self._chosen = choose_model
        self._go_on = go_on

    def check(self) -> None:
        """See whether there is a model to ask. NoModel when not."""
        self._model.check()

    def extract(
        self, form: type[Form], text: str, *, instructions: str, key: str, run_id: str | None
    ) -> Extraction[Form]:
        """Fill in a form from a text (see `Models.extract`)."""
        self.check()
        if len(text) > LONGEST_TEXT:
            raise BadRequest(
                f"The text has {len(text)} characters. At most {LONGEST_TEXT} can be read at once: give a part."
            )
        model_name = self._chosen(run_id) or self._model_name
        bill = Bill(model_name)
        try:
            value, answer = self._filled_in(
                form, _ask(form, text, instructions, model_name), bill, key=key, run_id=run_id
            )
        except BaseException:
            self._budget_keeper.release(run_id, key, bill.usage, bill.cost_usd)
            raise
        usage, cost_usd = bill.usage, bill.cost_usd
        settle = partial(self._budget_keeper.settle, run_id=run_id, key=key, usage=usage, cost_usd=cost_usd)
        return Extraction(value, answer.model, usage.prompt_tokens, usage.output_tokens, cost_usd, settle)

    def _filled_in(
        self, form: type[Form], ask: Ask, bill: Bill, *, key: str, run_id: str | None
    ) -> tuple[Form, ModelAnswer]:
        answer = self._answer(ask, ask.messages, bill, key=key, run_id=run_id)
        try:
            return form.model_validate_json(_json_of(answer.text)), answer
        except ValidationError as error:
            messages = [*ask.messages, *_correction(answer, error)]
        answer = self._answer(ask, messages, bill, key=key, run_id=run_id)
        try:
            return form.model_validate_json(_json_of(answer.text)), answer
        except ValidationError:
            raise NoUsableAnswer("The model's answer did not fit the form, twice. Try another model.") from None

    def _answer(self, ask: Ask, messages: Sequence[Json], bill: Bill, *, key: str, run_id: str | None) -> ModelAnswer:
        ask = replace(ask, messages=messages)
        spent, reads = bill.usage, _estimated_tokens(ask)
        # What the first attempt has cost is still held under this key, and is held again with the second one.
        input_tokens, output_tokens = spent.prompt_tokens + reads, spent.output_tokens + ask.max_tokens
        token_room = self._budget_keeper.hold(run_id, key, input_tokens, output_tokens, ask.model) - spent.output_tokens
        ask = replace(ask, max_tokens=max(1, token_room))
        answer = self._model.ask(ask, go_on=partial(self._go_on, run_id), on_lost=bill.add_lost)
        bill.add(answer)
        _check_end(answer)
        return answer


def _ask(form: type[BaseModel], text: str, instructions: str, model_name: str) -> Ask:
    from anthropic import transform_schema

    return Ask(
        model=model_name,
        system=load("extract").filled(instructions=instructions),
        messages=[{"role": "user", "content": _in_frame(text)}],
        max_tokens=MOST_OUTPUT_TOKENS,
        effort=EFFORT,
        output_schema=transform_schema(form.model_json_schema()),
        thinking=False,
        # Nobody reads this text a second time, and to write it into the cache costs more.
        caching=False,
    )


def _in_frame(text: str) -> str:
    # A text that holds the frame's own end would step out of it.
    inside = re.sub(r"<(?=\s*/?\s*text\b)", "&lt;", text, flags=re.IGNORECASE)
    return f"<text>\n{inside}\n</text>"


def _json_of(text: str) -> str:
    # A model that can't be held to a schema may put the object between fences or words.
    return text[text.find("{") : text.rfind("}") + 1]


def _correction(answer: ModelAnswer, error: ValidationError) -> list[Json]:
    problems = "\n".join(
        f"- {'.'.join(map(str, each['loc'])) or 'the whole'}: {reason_of(each)}"
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
    blocks = answer.content or [{"type": "text", "text": "(nothing)"}]
    request = f"That does not fit the form:\n{problems}\nAnswer again with the whole form, from the same text."
    return [{"role": "assistant", "content": blocks}, {"role": "user", "content": request}]


def _estimated_tokens(ask: Ask) -> int:
    return (len(ask.system) + len(str(ask.messages)) + len(str(ask.output_schema))) // CHARACTERS_PER_TOKEN


def _check_end(answer: ModelAnswer) -> None:
    if answer.stop_reason == "refusal":
        raise ModelRefused
    if answer.stop_reason == "max_tokens":
        raise NoUsableAnswer("The model's answer became too long for the form. Look for less, or give a shorter text.")
    if answer.stop_reason == "model_context_window_exceeded":
        raise NoUsableAnswer("The text is longer than the model can read. Give a part of it.")
