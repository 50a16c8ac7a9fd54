"""`answer_run` shows the person what a run asks; what its arguments say decides nothing."""

import pytest
from mcp import Client
from mcp_types import ElicitResult

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.workflows import approvals, runs, templates
from onelane.storage.workflows.approvals import Answer, Door
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.gate import answers
from onelane.tools.registry.short_ids import with_short_ids
from tests.server.houses import House, house
from tests.server.mcp.test_confirmation import person, text_of


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def run_id(onelane: House) -> str:
    """A paused run that asks to delete a template."""
    with onelane.database.write() as session:
        template = templates.create_template(session, name="Spring", template_type=TemplateType.OUTREACH)
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT, status=RunStatus.PAUSED, attempt=1)
    services, given = onelane.toolbox.services, {"template_id": template.id}
    asked = onelane.toolbox.question("delete_template", given, Caller(Face.AGENT, run.id), "turn:0:call:0")
    assert asked is not None
    with onelane.database.write() as session:
        answers.ask(session, services.person_key, asked)
    return run.id


def row_of(onelane: House, run_id: str) -> approvals.Approval:
    with onelane.database.read() as session:
        found = approvals.latest_of_call(session, run_id, "turn:0:call:0")
        assert found is not None
        session.expunge(found)
    return found


@pytest.mark.parametrize("era", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (ElicitResult(action="accept", content={"allow": True}), Answer.ALLOWED),
        (ElicitResult(action="accept", content={"allow": False, "reason": "I need it."}), Answer.REFUSED),
        (ElicitResult(action="decline"), Answer.REFUSED),
        (ElicitResult(action="cancel"), None),
        (ElicitResult(action="accept", content={}), None),
    ],
    ids=["allowed", "refused", "declined", "cancelled", "empty"],
)
async def test_the_form_answers_and_nothing_else(
    onelane: House, run_id: str, era: str, form: ElicitResult, answer: Answer | None
) -> None:
    shown: list[str] = []
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=person(form, shown)) as client:
        claimed = await client.call_tool("answer_run", {"run_id": run_id, "allow": True, "confirm": run_id})
        assert claimed.is_error
        assert row_of(onelane, run_id).answer is None
        await client.call_tool("answer_run", {"run_id": run_id})
    assert shown[0].startswith("Delete template 'Spring' and its 0 enrollments?")
    row = row_of(onelane, run_id)
    assert (row.answer, row.answered_via) == (answer, None if answer is None else Door.ELICITATION)


async def test_without_forms_it_says_where_the_person_answers(onelane: House, run_id: str) -> None:
    async with Client(build_mcp(onelane)) as client:
        answer = await client.call_tool("answer_run", {"run_id": run_id})
    assert answer.is_error
    assert with_short_ids(f"onelane runs allow {run_id}") in text_of(answer)
    assert row_of(onelane, run_id).answer is None
