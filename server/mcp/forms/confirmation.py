"""Asking the person before what needs them: in the client's own form, or at a door of their own.

See docs/protocol.md, "Confirmation". Whatever a model can say decides nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from mcp.server.elicitation import AcceptedElicitation, CancelledElicitation
from mcp.server.mcpserver import Context, Elicit
from mcp.server.mcpserver.exceptions import ToolError as ProtocolToolError
from mcp.server.mcpserver.resolve import Resolve, build_resolver_plans, resolve_arguments
from mcp.shared.exceptions import MCPError
from mcp_types import ClientCapabilities, InputRequiredResult
from pydantic import BaseModel, Field

from onelane.server.backend import Backend
from onelane.storage.database.engine import Session
from onelane.storage.workflows.approvals import Approval, Door
from onelane.tools.registry.context import Caller
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.gate import answers
from onelane.tools.registry.gate.question import PersonNeeded, Question, is_of_chat
from onelane.tools.registry.gate.run_questions import verdict_of
from onelane.tools.registry.tool import Tool
from onelane.tools.workflows.approvals import ask_unless_refused

CONFIRM = "confirm"
CONFIRM_SCHEMA = {"type": "string", "description": "the code that the person read out"}
_ARGUMENTS = "arguments"


class Confirm(BaseModel):
    """The form that the person sees."""

    confirm: bool = Field(title="Yes, do it", description="It can't be taken back.")


class NoQuestion(BaseModel):
    """Nobody has to be asked now."""


class NotShown(BaseModel):
    """The client did not show the form, although it says that it shows forms: nobody said anything."""


class CallQuestion:
    """Asks what must be asked before one call; a resolver in the SDK's sense.

    Args:
        onelane: where the call goes
        tool: what is called
        caller: who calls
        arguments: the tool's own arguments
        code: what the model brings as the code that the person has read
    """

    def __init__(
        self, onelane: Backend, tool: Tool, caller: Caller, arguments: Mapping[str, Any], code: object = None
    ) -> None:
        self._onelane = onelane
        self._tool = tool
        self._caller = caller
        self._arguments = arguments
        self._code = code
        self._approval: Approval | None = None

    def __call__(self, context: Context) -> NoQuestion | Elicit[Confirm]:
        """The question, or that none is needed.

        Its text ends with the id of its row, so that an answer counts for this call and no later one.

        Raises:
            PersonNeeded: the client can't ask; it says where the person can answer
            Forbidden: the person said no
        """
        services = self._onelane.toolbox.services
        question = self._onelane.toolbox.question(self._tool.name, self._arguments, self._caller)
        if question is None:
            return NoQuestion()
        with services.database.write() as session:
            verdict = verdict_of(session, services, question)
            if verdict is not None and verdict.allowed:
                return NoQuestion()
            if can_ask(context.client_capabilities):
                self._approval = answers.ask(session, services.person_key, question)
                return Elicit(form_text(self._approval.shown, self._approval.id), Confirm)
            refusal = self._without_form(session, question)
        if refusal is not None:
            raise refusal
        return NoQuestion()

    async def ask(self, context: Context) -> InputRequiredResult | None:
        """What the client must still ask; None once the call may be made.

        Raises:
            Forbidden: the person said no, or nothing, or was shown no form
        """
        outcome = await outcome_of(self, context)
        if isinstance(outcome, InputRequiredResult):
            return outcome
        approval = self._approval
        if approval is None:
            return None
        if isinstance(outcome, NotShown):
            raise self._not_shown(approval)
        allow = isinstance(outcome, AcceptedElicitation) and _is_yes(cast("AcceptedElicitation[Any]", outcome).data)
        services = self._onelane.toolbox.services
        with services.database.write() as session:
            answers.answer(session, services, approval.id, allow=allow, via=Door.ELICITATION)
        if not allow:
            raise Forbidden("The person did not agree, so nothing was changed. Leave it at that unless they ask again.")
        return None

    def _not_shown(self, approval: Approval) -> Forbidden:
        where = where_person_is(self._onelane, f"onelane approvals {approval.id}")
        is_kept_back = is_of_chat(approval.call_key) and self._tool.spec.reveals
        what = f"{self._tool.spec.title}? They read there whom it is about." if is_kept_back else approval.shown
        return Forbidden(
            "Nothing was done: this needs the person, and their client did not show them the form with the question. "
            f"Tell them: {what}\nThey answer {where}. Then call {self._tool.name} again with the same arguments."
        )

    def _without_form(self, session: Session, question: Question) -> PersonNeeded | None:
        """Take the code for the person's yes, where a code may be one; else who can answer what is asked now."""
        services = self._onelane.toolbox.services
        approval = ask_unless_refused(session, services, question)
        door = answers.door_of_code(services.person_key, approval, self._code) if isinstance(self._code, str) else None
        if door is None:
            return PersonNeeded(question, where_to_answer(self._onelane, self._tool, question, approval))
        answers.answer(session, services, approval.id, allow=True, via=door)
        return None


def where_to_answer(onelane: Backend, tool: Tool, question: Question, approval: Approval) -> str:
    """What a model tells its person, where the client has no forms.

    A chat that was given no strangers' words is given none by this either, for it could not use the code then.
    """
    where = where_person_is(onelane, f"onelane approvals {approval.id}")
    if is_of_chat(approval.call_key):
        what = f"{tool.spec.title}? They read there whom it is about." if tool.spec.reveals else question.short
        return (
            f"Nothing was done yet. Tell the person: {what}\nIf they want it, they find a one-time code "
            f"{where}. Call {question.tool} again with the same arguments and {CONFIRM} set to that code, within ten "
            "minutes."
        )
    return (
        f"Nothing was done yet: this needs the person themselves, and nothing that you say can stand for them. Tell "
        f"them: {question.short}\nThey answer {where}. Then call {question.tool} again with the same arguments."
    )


def where_person_is(onelane: Backend, command: str) -> str:
    """Where the person decides without a form of the client."""
    settings = onelane.settings
    return f"on Onelane's page ({settings.page_url}; {settings.dashboard_command} opens it) or at a terminal: {command}"


async def outcome_of(resolver: Any, context: Context) -> object:
    """What became of a resolver's question: a yes, a no, or what the client must still ask.

    An answer that is not what the form asks for is a no.
    """
    outcomes = await outcomes_of([resolver], context)
    return outcomes if isinstance(outcomes, InputRequiredResult) else outcomes[0]


async def outcomes_of(resolvers: Sequence[Any], context: Context) -> list[object] | InputRequiredResult:
    """What became of several questions, each with a form of its own; or what the client must still ask.

    An answer that is not what its form asks for is a no to that one, and none to the others.
    """
    params = {f"{CONFIRM}{number}": (Resolve(each), True) for number, each in enumerate(resolvers)}
    plans = build_resolver_plans(params, {_ARGUMENTS})
    # One by one, for a form that came back wrong ends the resolving of whatever is resolved with it. In the older era
    # each asks by itself; in the newer one nothing is sent here, and what is still open is asked at once below.
    alone = [await _resolution({name: params[name]}, plans, context) for name in params]
    if not any(isinstance(each, InputRequiredResult) for each in alone):
        return alone
    together = await _resolution(params, plans, context)
    if isinstance(together, InputRequiredResult):
        return together
    return [CancelledElicitation() if isinstance(each, InputRequiredResult) else each for each in alone]


async def _resolution(params: Mapping[str, tuple[Resolve, bool]], plans: Any, context: Context) -> object:
    try:
        outcomes = await resolve_arguments(params, plans, {}, context)
    except ProtocolToolError:
        return CancelledElicitation()
    except MCPError:
        return NotShown()
    return outcomes if isinstance(outcomes, InputRequiredResult) else next(iter(outcomes.values()))


def form_text(question: str, approval_id: str) -> str:
    """What a form says: the question, and which row it is."""
    return f"{question}\n\n(Question {approval_id})"


def can_ask(capabilities: ClientCapabilities | None) -> bool:
    """Whether the client shows forms: a bare `elicitation: {}` says yes, one with `url` alone no."""
    elicitation = None if capabilities is None else capabilities.elicitation
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _is_yes(data: object) -> bool:
    return isinstance(data, Confirm) and data.confirm
