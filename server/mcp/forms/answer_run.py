"""`answer_run`: opens the form with what a run asks. Its arguments say which run, and nothing else.

See docs/protocol.md, "Confirmation".
"""

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context, Elicit
from mcp_types import CallToolResult, InputRequiredResult

from onelane.server.backend import Backend
from onelane.server.mcp.call_results import answer
from onelane.server.mcp.forms.confirmation import NoQuestion, can_ask, form_text, outcome_of, where_person_is
from onelane.server.mcp.forms.person_form import AnswerForm, FormTool, decision_in
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.arguments.reading import read_arguments
from onelane.tools.registry.arguments.slots import slots_of
from onelane.tools.registry.context import Face
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden
from onelane.tools.registry.short_ids import full_id
from onelane.tools.registry.tool_schemas import JsonSchema
from onelane.tools.workflows.approvals import OpenQuestion, answer_question, first_question

SCHEMA: JsonSchema = {
    "type": "object",
    "properties": {"run_id": {"type": "string", "description": "the run that waits"}},
    "required": ["run_id"],
}


class RunQuestionForm:
    """Shows one run's first question; a resolver in the SDK's sense.

    Args:
        onelane: where the run is
        run_id: the run
    """

    def __init__(self, onelane: Backend, run_id: str) -> None:
        self._onelane = onelane
        self._run_id = run_id
        self._question: OpenQuestion | None = None

    def __call__(self, context: Context) -> NoQuestion | Elicit[AnswerForm]:
        """The question.

        Raises:
            ToolError: there is no such run, or it asks nothing
            Forbidden: the client shows no forms; it says where the person can answer
        """
        with self._onelane.toolbox.database.read() as session:
            question = first_question(session, self._run_id)
        if not can_ask(context.client_capabilities):
            where = where_person_is(self._onelane, f"onelane runs allow {self._run_id}")
            raise Forbidden(
                f"Only the person can answer, and this client shows no forms. They answer {where}. It asks: "
                f"{question.question}"
            )
        self._question = question
        return Elicit(form_text(question.question, question.id), AnswerForm)

    async def ask(self, context: Context) -> CallToolResult | InputRequiredResult:
        """What came of it."""
        outcome = await outcome_of(self, context)
        if isinstance(outcome, InputRequiredResult):
            return outcome
        question = self._question
        if question is None:
            raise Conflict("Nothing was asked. get_run shows what the run does.")
        return await anyio.to_thread.run_sync(self._take, question, outcome)

    def _take(self, question: OpenQuestion, outcome: object) -> CallToolResult:
        decision = decision_in(outcome)
        if decision is None:
            raise Forbidden("The person left the question open, so nothing was done. The run goes on waiting.")
        return answer(
            self._onelane.toolbox.services,
            answer_question(
                self._onelane.toolbox.services,
                question.id,
                allow=decision.allow,
                via=Door.ELICITATION,
                reason=decision.reason,
                run_id=self._run_id,
                content_hash=question.hash,
            ),
        )


def run_id_in(arguments: dict[str, Any]) -> str:
    """Which run is meant.

    Raises:
        BadRequest: something else is said, or not that
    """
    words = read_arguments(slots_of(SCHEMA), arguments, Face.MCP).values
    run_id = words.get("run_id")
    if not isinstance(run_id, str) or words.keys() != {"run_id"}:
        raise BadRequest("answer_run takes run_id and nothing else: the person answers in the form, not you.")
    return run_id


async def _call(onelane: Backend, arguments: dict[str, Any], context: Context) -> CallToolResult | InputRequiredResult:
    run_id = await anyio.to_thread.run_sync(full_id, onelane.toolbox.database, run_id_in(arguments))
    return await RunQuestionForm(onelane, run_id).ask(context)


TOOL = FormTool(
    name="answer_run",
    title="Ask the person what a run asks",
    toolset="runs",
    description="Show the person, in a form of this client, what a paused run asks them. They answer it, not you.",
    schema=SCHEMA,
    call=_call,
)
