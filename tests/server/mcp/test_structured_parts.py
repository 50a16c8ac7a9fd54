"""The data beside an answer's text is what models read, and no heap of what only programs ask for."""

import json
import re
from typing import Any

from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import WorkflowType
from tests.server.dashboard.filled import Filled, fill
from tests.server.houses import House, house

MOST_TIMES = 3
SHORT_ID, WHOLE_ID = 12, 28
LETTER = {"step_type": "message", "config": {"subject": "Hello", "text": "Hello {{ first_name }}, how are you?"}}
NEW = "Bo Sample"
SENT_TO_A_FORM = {"answer_run", "request_approval", "connect_account"}
"""What these show is a form or a page, and their answer a sentence."""


class Answers:
    """A chat that notes how much longer the data of each answer is than its text."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.called = set[str]()
        self.too_long = dict[str, float]()

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The data of an answer."""
        answer = await self._client.call_tool(tool, arguments)
        assert not answer.is_error, text_of(answer)
        data: dict[str, Any] = answer.structured_content or {}
        text = text_of(answer)
        # Ids are whole in the data and short in the text; there they count as long.
        length = len(text) + (WHOLE_ID - SHORT_ID) * len(
            re.findall(rf"\b[a-z]{{3}}_[0-9a-v]{{{SHORT_ID - 4}}}\b", text)
        )
        times = len(json.dumps(data, separators=(",", ":"), ensure_ascii=False)) / length
        self.called.add(tool)
        if times > MOST_TIMES:
            self.too_long[f"{tool} {arguments}"] = round(times, 1)
        return data


def text_of(answer: CallToolResult) -> str:
    return "\n".join(block.text for block in answer.content if isinstance(block, TextContent))


async def test_no_tool_tells_more_than_three_times_its_text_as_data(sqlite_database: Database) -> None:
    filled = fill(sqlite_database)
    onelane = house(sqlite_database)
    async with Client(build_mcp(onelane), elicitation_callback=agree) as client:
        answers = Answers(client)
        await change(answers, filled)
        await read(answers, filled)
        listed = (await answers.call("list_runs"))["data"]
        await lose(answers, filled)
    assert answers.too_long == {}
    assert [run["id"] for run in listed if 0 in run.values()] == [], "what is zero costs tokens and says nothing"
    assert answers.called == await offered(onelane) - SENT_TO_A_FORM - {"start_sync"}


async def change(answers: Answers, filled: Filled) -> None:
    """What makes and changes something."""
    made = await answers.call("save_contact", name=NEW, company="Sample Works", rhythm_days=90)
    await answers.call("save_contact", contact_id=made["id"], title="Head of Samples")
    whom = {"contact_ids": [made["id"]]}
    await answers.call("tag_contacts", **whom, add=["sample"])
    await answers.call("archive_contacts", **whom, reason="Left the field")
    await answers.call("restore_contacts", **whom)
    template = await answers.call("create_template", name="Autumn", template_type="outreach", steps=[LETTER])
    await answers.call("update_template", template_id=template["id"], description="In autumn")
    await answers.call("enroll_contacts", template_id=filled.template, **whom)
    enrolled = await answers.call("list_enrollments", template_id=filled.template)
    await answers.call("update_enrollment", enrollment_id=enrolled["data"][-1]["id"], status="removed")
    await answers.call("activate_template", template_id=filled.sequence)
    await answers.call("set_schedule", name="Monday", workflow_type="prune", cron="weekly", config={"dryRun": True})
    await answers.call("delete_schedule", schedule_id="Monday")
    await answers.call("save_draft", body="Hello world")
    await answers.call("start_run", workflow_type="prune", config={"dryRun": True})
    begun = await answers.call("begin_agent_run", goal="Look around")
    await answers.call("finish_agent_run", run_id=begun["id"], summary="Looked around.")
    await answers.call("control_run", run_id=filled.runs[WorkflowType.ENRICH], action="cancel")
    await answers.call("keep_contacts_apart", contact_id=filled.contact, other_id=made["id"])
    await answers.call("suppress_contact", contact_id=made["id"])
    await answers.call("stop_outbound")


async def read(answers: Answers, filled: Filled) -> None:
    for tool in ("overview", "list_runs", "list_templates", "list_schedules", "list_accounts", "list_outbound"):
        await answers.call(tool)
    tasks = await answers.call("list_tasks")
    await answers.call("search_contacts")
    await answers.call("count_contacts")
    for run_id in {*filled.runs.values(), filled.agent, filled.asking}:
        await answers.call("get_run", run_id=run_id)
        await answers.call("list_run_steps", run_id=run_id)
        await answers.call("list_run_steps", run_id=run_id, detail=True)
    await answers.call("get_contact", contact_id=filled.contact)
    await answers.call("get_template", template_id=filled.sequence)
    await answers.call("preview_sequence", template_id=filled.sequence)
    await answers.call("explain", id=filled.contact)
    manual = next(each["id"] for each in tasks["data"] if each["task_type"] == "manual")
    await answers.call("finish_task", task_id=manual, outcome="done")


async def lose(answers: Answers, filled: Filled) -> None:
    """What the person is asked about."""
    await answers.call("merge_contacts", other_id=filled.twin, kept_id=filled.contact)
    await answers.call("delete_template", template_id=filled.template)
    await answers.call("undo", what="last")


async def agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """The person says yes."""
    return ElicitResult(action="accept", content={"confirm": True})


async def offered(onelane: House) -> set[str]:
    async with Client(build_mcp(onelane)) as client:
        return {tool.name for tool in (await client.list_tools()).tools}
