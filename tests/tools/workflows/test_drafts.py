"""A draft is kept and laid before the person; nothing is sent."""

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.people import contacts
from onelane.storage.platforms import content
from onelane.storage.platforms.content import ContentItem, ContentOrigin, ContentStatus, ContentType
from onelane.storage.workflows import runs, steps, tasks
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.workflows import drafts
from onelane.tools.workflows.drafts import DraftPage, SavedDraft
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, drafts)


@pytest.fixture
def ada(database: Database) -> str:
    with database.write() as session:
        return contacts.create_contact(session, name="Ada\tExample").id


def save(tools: Toolbox, **fields: object) -> SavedDraft:
    return tools.call(SavedDraft, "save_draft", **{"body": "Dear Ada,\n\nhello.", **fields})


def listed(tools: Toolbox, **wanted: object) -> DraftPage:
    return tools.call(DraftPage, "list_drafts", **wanted)


def test_a_draft_is_kept_whole_and_waits_for_the_person(tools: Toolbox, ada: str, clock: Clock) -> None:
    saved = save(tools, kind="email", contact_id=ada, platform="gmail", title="Hello", written_for="Met in May.")

    (draft,) = listed(tools).data
    assert (draft.id, draft.kind, draft.body) == (saved.id, "email", "Dear Ada,\n\nhello.")
    assert (draft.title, draft.contact_id, draft.platform, draft.written_for) == ("Hello", ada, "gmail", "Met in May.")
    assert (draft.ai_generated, draft.created_at) == (True, clock())
    with tools.database.read() as session:
        (task,) = tasks.list_open_tasks(session, task_type=TaskType.CONTENT_REVIEW, limit=5)
        statuses = list(session.sql(sa.select(table_of(ContentItem).c.status)).scalars())
    assert (task.id, task.title) == (saved.task_id, "Review draft: email to Ada Example: Hello")
    assert (task.related_contact_id, saved.id in task.payload) == (ada, True)
    assert statuses == [ContentStatus.DRAFT]
    assert "Nothing was sent" in saved.text()


def test_a_draft_written_by_a_person_is_not_called_generated(tools: Toolbox) -> None:
    tools.call_as(Caller(Face.CLI), SavedDraft, "save_draft", body="By hand.")
    assert [draft.ai_generated for draft in listed(tools).data] == [False]


def test_drafts_are_listed_newest_first_and_page_by_page(tools: Toolbox, ada: str) -> None:
    ids = [save(tools, body=f"Number {number}", contact_id=ada if number % 2 else None).id for number in range(5)]
    first = listed(tools, page_size=3)
    rest = listed(tools, page_size=3, cursor=first.next_cursor)
    assert [draft.id for draft in (*first.data, *rest.data)] == ids[::-1]
    assert (first.total, rest.next_cursor) == (5, None)
    assert listed(tools, contact_id=ada).total == 2
    with pytest.raises(BadRequest, match="cursor"):
        listed(tools, cursor="con_x")


def test_a_draft_from_an_export_waits_for_nobody(tools: Toolbox) -> None:
    with tools.database.write() as session:
        content.create_item(session, content_type=ContentType.POST, origin=ContentOrigin.RECEIVED, body="Theirs")
    assert listed(tools).total == 0


def test_a_draft_to_nobody_known_or_to_somebody_put_aside_is_refused(tools: Toolbox, ada: str) -> None:
    with pytest.raises(NotFound, match="search_contacts"):
        save(tools, contact_id="con_x")
    with tools.database.write() as session:
        contacts.archive_contacts(session, [ada], "left")
    with pytest.raises(Conflict, match="restore_contacts"):
        save(tools, contact_id=ada)
    assert listed(tools).total == 0


@pytest.mark.parametrize(("field", "value"), [("body", " \n"), ("body", "x" * 50_001), ("kind", "video")])
def test_a_content_item_that_is_no_draft_is_refused_by_its_name(tools: Toolbox, field: str, value: str) -> None:
    with pytest.raises(BadRequest, match=field):
        save(tools, **{field: value})


def test_a_draft_to_somebody_is_an_engagement_of_the_run_and_one_to_nobody_is_not(tools: Toolbox, ada: str) -> None:
    with tools.database.write() as session:
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT).id
    caller = Caller(Face.AGENT, run_id=run_id)
    for fields in ({"kind": "dm", "contact_id": ada}, {"platform": "x"}, {}):
        tools.call_as(caller, SavedDraft, "save_draft", body="Hello.", **fields)
    with tools.database.read() as session:
        recorded = [(step["step_type"], step["contact_id"]) for step in steps.list_workflow_steps(session, run_id)]
        found = tasks.list_open_tasks(session, limit=5)
    assert recorded == [("engagement_action", ada), ("engagement_action", None), ("tool_call", None)]
    assert {task.workflow_run_id for task in found} == {run_id}


def test_saving_twice_under_one_key_makes_one_draft(tools: Toolbox) -> None:
    assert save(tools, idempotency_key="one").id == save(tools, idempotency_key="one").id
    assert listed(tools).total == 1
