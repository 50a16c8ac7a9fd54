"""One door for every call: it validates, runs in one transaction, and records in the run that the call belongs to."""

import json
from collections.abc import Sequence

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import client_runs, steps, templates
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Context, Face
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden, NotFound
from onelane.tools.registry.tool_spec import Effect
from onelane.tools.registry.toolbox import Registry
from tests.toolbox import Toolbox, toolbox
from tests.tools.registry import few_tools
from tests.tools.registry.few_tools import Broken, Made


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, few_tools)


@pytest.fixture
def run_id(database: Database) -> str:
    with database.write() as session:
        return client_runs.begin_host_run(session, workflow_type=WorkflowType.AGENT, config={}, template_id=None).id


def made(tools: Toolbox) -> int:
    with tools.database.read() as session:
        return sum(templates.count_templates(session).values())


def recorded(tools: Toolbox, run_id: str) -> Sequence[PlainRow]:
    with tools.database.read() as session:
        return [dict(row) for row in steps.list_workflow_steps(session, run_id)]


def test_a_module_offers_the_tools_that_it_defines_in_their_order() -> None:
    assert [tool.name for tool in Registry(few_tools)] == ["count_things", "make_thing", "drop_thing", "send_thing"]


def test_the_mark_leaves_the_function_as_it_is(tools: Toolbox) -> None:
    with tools.database.write() as session:
        context = Context(session, tools.services, Caller(Face.CLI))
        assert few_tools.make_thing(context, "Ada").count == 0


def test_faces_read_everything_off_the_function() -> None:
    tool = Registry(few_tools)["count_things"]
    assert tool.description == "Count what there is.\n\nIn a second paragraph, more is said."
    assert tool.argument_help["at_least"] == "a number that goes over two lines"
    assert (tool.spec.effect, tool.spec.toolset, tool.spec.title) == (Effect.READ, "few", "Count things")
    assert tool.spec.route is not None
    assert (tool.spec.route.method, tool.spec.route.path, tool.spec.route.status) == ("GET", "/api/things", 200)
    assert tool.arguments.model_json_schema()["properties"]["atLeast"]["minimum"] == 0


def test_a_tool_that_creates_takes_an_idempotency_key_and_others_do_not() -> None:
    registry = Registry(few_tools)
    keyed = [tool.name for tool in registry if "idempotency_key" in tool.signature.parameters]
    assert keyed == ["make_thing"]
    assert registry["make_thing"].argument_help["idempotency_key"] == "for retries"


def test_arguments_are_known_in_both_spellings(tools: Toolbox) -> None:
    tools.call(Made, "make_thing", first_name="Ada")
    tools.call(Made, "make_thing", firstName="Grace")
    assert made(tools) == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"first_nam": "Ada", "first_name": "Ada"}, "Unknown argument 'first_nam'. Did you mean 'first_name'?"),
        ({"frstName": "Ada", "first_name": "Ada"}, "Unknown argument 'frstName'. Did you mean 'first_name'?"),
        (
            {"zzz": 1, "first_name": "Ada"},
            "Unknown argument 'zzz'. There are: first_name, parts, fail, idempotency_key.",
        ),
        ({"fail": ""}, "'first_name' is required."),
        ({"first_name": {"a": 7}}, "'first_name' must be a text."),
        ({"first_name": "Ada", "parts": [{"words": "a"}]}, "'parts.0.word' is required."),
    ],
)
def test_wrong_arguments_are_refused_with_the_nearest_name(
    tools: Toolbox, arguments: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadRequest) as raised:
        tools.call(Made, "make_thing", **arguments)
    assert raised.value.message == complaint
    assert made(tools) == 0


@pytest.mark.parametrize("text", ["a\0b", "half a \ud83d letter"])
def test_text_that_no_database_can_keep_is_refused(tools: Toolbox, text: str) -> None:
    for arguments in ({"first_name": text}, {"first_name": "Ada", "parts": [{"word": text}]}, {text: "Ada"}):
        with pytest.raises(BadRequest, match="Leave it out"):
            tools.call(Made, "make_thing", **arguments)
    assert made(tools) == 0


def test_an_unknown_tool_names_the_nearest(tools: Toolbox) -> None:
    with pytest.raises(NotFound, match="Did you mean 'make_thing'"):
        tools.call(Made, "make_things")


def test_in_read_only_mode_only_reading_is_left(database: Database) -> None:
    tools = toolbox(database, few_tools, read_only=True)
    assert tools.call(Made, "count_things", at_least=3).count == 3
    for name in ("make_thing", "drop_thing", "send_thing"):
        with pytest.raises(Forbidden, match="read-only"):
            tools.call(Made, name)


@pytest.mark.parametrize(("fail", "error"), [("politely", Conflict), ("loudly", Broken)])
def test_a_call_that_fails_changes_nothing(tools: Toolbox, fail: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        tools.call(Made, "make_thing", first_name="Ada", fail=fail)
    assert made(tools) == 0


def test_the_same_key_gives_the_first_answer_and_does_nothing_twice(tools: Toolbox) -> None:
    first = tools.call(Made, "make_thing", first_name="Ada", idempotency_key="k")
    assert tools.call(Made, "make_thing", first_name="Ada", idempotencyKey="k") == first
    assert made(tools) == 1


def test_a_key_is_good_for_one_call_only(tools: Toolbox) -> None:
    tools.call(Made, "make_thing", first_name="Ada", idempotency_key="k")
    with pytest.raises(Conflict, match="take a new one"):
        tools.call(Made, "make_thing", first_name="Grace", idempotency_key="k")


def test_a_call_that_failed_may_be_tried_again_with_its_key(tools: Toolbox) -> None:
    with pytest.raises(Conflict):
        tools.call(Made, "make_thing", first_name="Ada", fail="politely", idempotency_key="k")
    tools.call(Made, "make_thing", first_name="Ada", idempotency_key="k")
    assert made(tools) == 1


def test_a_call_of_a_run_is_recorded_as_one_step_of_it(tools: Toolbox, run_id: str) -> None:
    caller = Caller(Face.MCP, run_id=run_id)
    thing = tools.call_as(caller, Made, "make_thing", firstName="Ada", parts=[{"word": "a"}])
    tools.call_as(caller, Made, "count_things")

    first, second = recorded(tools, run_id)
    assert (first["step_index"], first["step_type"], first["status"], first["tool"]) == (
        0,
        "contact_create",
        "completed",
        "make_thing",
    )
    assert json.loads(first["input"]) == {"first_name": "Ada", "parts": [{"word": "a"}], "fail": ""}
    assert json.loads(first["output"]) == {"id": thing.id, "count": 1}
    assert (second["step_index"], second["step_type"], second["tool"]) == (1, "tool_call", "count_things")


def test_a_call_that_fails_is_recorded_with_its_reason_and_nothing_else_of_it_stays(
    tools: Toolbox, run_id: str
) -> None:
    with pytest.raises(Conflict):
        tools.call_as(Caller(Face.MCP, run_id=run_id), Made, "make_thing", first_name="Ada", fail="politely")

    (step,) = recorded(tools, run_id)
    assert (step["status"], step["error"]) == ("failed", "Somebody else has made it. Look again.")
    assert made(tools) == 0


def test_calls_outside_of_runs_are_not_recorded(tools: Toolbox, run_id: str) -> None:
    tools.call(Made, "make_thing", first_name="Ada")
    assert recorded(tools, run_id) == []


def test_a_person_is_asked_only_when_something_is_lost(tools: Toolbox) -> None:
    thing = tools.call(Made, "make_thing", first_name="Ada")
    assert tools.question("drop_thing", template_id=thing.id) == "Drop 'Ada'?"
    assert tools.question("drop_thing", template_id="tpl_nothing") is None
    assert tools.question("count_things") is None
