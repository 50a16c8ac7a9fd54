"""Tools and a prompt that ask the client before they answer: elicitation, sampling, roots.

Most ask the way the product does, through a resolver, which serves both eras of the protocol. Where the suite fixes the
question's key or sends answers without a state, the question is written out by hand.
"""

from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, Elicit, ListRoots, Resolve, Sample
from mcp_types import (
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field

from tests.conformance.choices import Choices, Defaults


class Person(BaseModel):
    """Who someone is."""

    name: str


class Colour(BaseModel):
    """What someone likes."""

    color: str


class Agreement(BaseModel):
    """Whether someone agrees."""

    ok: bool


class User(BaseModel):
    """How someone is reached."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


def add_questions(server: MCPServer) -> None:
    """Add the tools that ask, and the prompt that does."""
    for tool in (
        test_sampling,
        test_missing_capability,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_streaming_elicitation,
        test_input_required_result_elicitation,
        test_input_required_result_sampling,
        test_input_required_result_list_roots,
        test_input_required_result_request_state,
        test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round,
        test_input_required_result_tampered_state,
        test_input_required_result_capabilities,
    ):
        server.add_tool(tool, structured_output=False)
    server.prompt()(test_input_required_result_prompt)


def ask_model(prompt: str) -> Sample:
    return sample(prompt)


async def test_sampling(prompt: str, reply: Annotated[CreateMessageResult, Resolve(ask_model)]) -> str:
    """Hands the prompt to the client's model."""
    return f"LLM response: {text_of(reply)}"


def ask_capital() -> Sample:
    return sample("What is the capital of France?")


async def test_input_required_result_sampling(reply: Annotated[CreateMessageResult, Resolve(ask_capital)]) -> str:
    """Asks the client's model one question."""
    return text_of(reply)


async def test_missing_capability(reply: Annotated[CreateMessageResult, Resolve(ask_capital)]) -> str:
    """Needs a client that offers its model."""
    return text_of(reply)


def ask_user(message: str) -> Elicit[User]:
    return Elicit(message, User)


async def test_elicitation(message: str, reply: Annotated[ElicitationResult[User], Resolve(ask_user)]) -> str:
    """Shows the message to the user and asks who they are."""
    return f"User response: {reply_text(reply)}"


def ask_defaults() -> Elicit[Defaults]:
    return Elicit("Please look at the suggestions.", Defaults)


async def test_elicitation_sep1034_defaults(
    reply: Annotated[ElicitationResult[Defaults], Resolve(ask_defaults)],
) -> str:
    """Asks with a suggested value of each primitive type."""
    return f"Elicitation completed: {reply_text(reply)}"


def ask_choices() -> Elicit[Choices]:
    return Elicit("Please choose.", Choices)


async def test_elicitation_sep1330_enums(reply: Annotated[ElicitationResult[Choices], Resolve(ask_choices)]) -> str:
    """Asks with each way to offer a choice."""
    return f"Elicitation completed: {reply_text(reply)}"


def ask_name() -> Elicit[Person]:
    return Elicit("What is your name?", Person)


async def report_and_ask(ctx: Context) -> Elicit[Person]:
    await ctx.report_progress(1, 2)
    return Elicit("What is your name?", Person)


async def test_streaming_elicitation(reply: Annotated[ElicitationResult[Person], Resolve(report_and_ask)]) -> str:
    """Reports progress, then asks on the same stream."""
    return reply_text(reply)


def ask_roots() -> ListRoots:
    return ListRoots()


async def test_input_required_result_list_roots(roots: Annotated[ListRootsResult, Resolve(ask_roots)]) -> str:
    """Asks the client which folders it works in."""
    return ", ".join(str(root.uri) for root in roots.roots)


def ask_agreement() -> Elicit[Agreement]:
    return Elicit("Please confirm", Agreement)


async def test_input_required_result_request_state(
    reply: Annotated[ElicitationResult[Agreement], Resolve(ask_agreement)],
) -> str:
    """Asks, and gets its sealed state back with the answer."""
    return f"state-ok: {reply_text(reply)}"


async def test_input_required_result_tampered_state(
    reply: Annotated[ElicitationResult[Agreement], Resolve(ask_agreement)],
) -> str:
    """Asks, and must refuse an answer whose sealed state was changed."""
    return f"state-ok: {reply_text(reply)}"


async def test_input_required_result_multiple_inputs(
    person: Annotated[ElicitationResult[Person], Resolve(ask_name)],
    greeting: Annotated[CreateMessageResult, Resolve(ask_capital)],
    roots: Annotated[ListRootsResult, Resolve(ask_roots)],
) -> str:
    """Asks user, model and roots in one round."""
    return f"{reply_text(person)}; {text_of(greeting)}; {len(roots.roots)} roots"


def ask_colour(person: Annotated[Person, Resolve(ask_name)]) -> Elicit[Colour]:
    return Elicit(f"What is your favorite color, {person.name}?", Colour)


async def test_input_required_result_multi_round(
    person: Annotated[Person, Resolve(ask_name)], colour: Annotated[Colour, Resolve(ask_colour)]
) -> str:
    """Asks a second question that depends on the first answer."""
    return f"{person.name} likes {colour.color}."


def ask_name_where_possible(ctx: Context) -> Person | Elicit[Person]:
    capabilities = ctx.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return Person(name="nobody")
    return ask_name()


async def test_input_required_result_capabilities(
    person: Annotated[ElicitationResult[Person], Resolve(ask_name_where_possible)],
    reply: Annotated[CreateMessageResult, Resolve(ask_capital)],
) -> str:
    """Asks the user only through a client that can ask, and the model in any case."""
    return f"{reply_text(person)}; {text_of(reply)}"


async def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    """Asks for a name under the key that the suite expects."""
    reply = (ctx.input_responses or {}).get("user_name")
    if not isinstance(reply, ElicitResult):
        return question("user_name", "What is your name?", field="name")
    return f"Hello, {(reply.content or {}).get('name', 'stranger')}!"


async def test_input_required_result_prompt(ctx: Context) -> str | InputRequiredResult:
    """A prompt that asks for its context first."""
    reply = (ctx.input_responses or {}).get("user_context")
    if not isinstance(reply, ElicitResult):
        return question("user_context", "What context should the prompt use?", field="context")
    return f"Use this context: {(reply.content or {}).get('context', 'none')}"


def question(key: str, message: str, *, field: str) -> InputRequiredResult:
    schema: dict[str, Any] = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    form = ElicitRequestFormParams(message=message, requested_schema=schema)
    return InputRequiredResult(input_requests={key: ElicitRequest(params=form)})


def sample(prompt: str) -> Sample:
    return Sample([SamplingMessage(role="user", content=TextContent(text=prompt))], max_tokens=100)


def text_of(reply: CreateMessageResult) -> str:
    return reply.content.text if isinstance(reply.content, TextContent) else f"({reply.content.type})"


def reply_text(reply: ElicitationResult[Any]) -> str:
    content = reply.data.model_dump_json() if isinstance(reply, AcceptedElicitation) else "{}"
    return f"action={reply.action}, content={content}"
