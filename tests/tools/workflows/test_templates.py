"""Templates are written, listed, changed, copied and deleted."""

import json

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import template_versions
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments, runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TEMPLATE_TRANSITIONS, TemplateStatus
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.run_reading.run_views import RunView
from onelane.tools.workflows.template_views import TemplatePage, TemplateWithSteps
from onelane.tools.workflows.templates import Deleted
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

STEPS = [
    {"step_type": "connect", "config": {"note": "Hello {{ first_name or 'there' }}"}},
    {"stepType": "wait", "delayHours": 48},
    {"step_type": "message", "config": '{"text":"Hi"}', "delay_hours": 1},
]


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, template_tools, run_tools)


def create(tools: Toolbox, name: object = "Fintech intro", **fields: object) -> TemplateWithSteps:
    given = {"name": name, "template_type": "outreach"} | fields
    return tools.call(TemplateWithSteps, "create_template", **given)


def update(tools: Toolbox, template_id: str, **fields: object) -> TemplateWithSteps:
    return tools.call(TemplateWithSteps, "update_template", template_id=template_id, **fields)


def get(tools: Toolbox, template_id: str) -> TemplateWithSteps:
    return tools.call(TemplateWithSteps, "get_template", template_id=template_id)


def count(tools: Toolbox) -> int:
    return tools.call(TemplatePage, "list_templates").total


def enroll(tools: Toolbox, template_id: str) -> None:
    with tools.database.write() as session:
        contact = contacts.create_contact(session, name="Ada Example")
        enrollments.enroll_contact(session, template_id=template_id, contact_id=contact.id)


def test_whoever_reads_a_template_as_text_reads_every_word_of_its_messages(tools: Toolbox) -> None:
    config = {"subject": "Hello", "text": "Hi {{ first_name }},\n\nhow are you?"}
    made = create(tools, config={"undoSeconds": 30}, steps=[{"step_type": "message", "config": config}])
    text = get(tools, made.id).text()
    for words in ("undoSeconds", "subject: Hello", "Hi {{ first_name }},", "how are you?"):
        assert words in text


def test_a_template_is_a_draft_with_its_steps_in_order(tools: Toolbox, clock: Clock) -> None:
    template = create(tools, steps=STEPS, platform="linkedin", config={"dailyLimit": 20})
    assert (template.name, template.template_type, template.status) == ("Fintech intro", "outreach", "draft")
    assert [(step.step_index, step.step_type, step.delay_hours) for step in template.steps] == [
        (0, "connect", 0),
        (1, "wait", 48),
        (2, "message", 1),
    ]
    assert [json.loads(step.config) for step in template.steps] == [
        {"note": "Hello {{ first_name or 'there' }}"},
        {},
        {"text": "Hi"},
    ]
    assert (template.enrollment_count, template.created_at) == (0, clock())
    assert get(tools, template.id) == template


def test_on_rest_json_columns_are_text_and_instants_are_unix_seconds(tools: Toolbox) -> None:
    template = create(tools, config={"dailyLimit": 20}, goal_metrics='{"replies": 5}', starts_at=1_800_000_000)
    body = json.loads(template.contract_json())
    assert body["config"] == '{"dailyLimit":20}'
    assert json.loads(body["goalMetrics"]) == {"replies": 5}
    assert (body["startsAt"], body["endsAt"], body["enrollmentCount"]) == (1_800_000_000, None, 0)
    assert template.structured()["config"] == {"dailyLimit": 20}


@pytest.mark.parametrize("name", ["", "   "])
def test_a_new_template_needs_a_name(tools: Toolbox, name: str) -> None:
    with pytest.raises(BadRequest, match="name"):
        create(tools, name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 1_000_000),
        ("description", "x" * 5001),
        ("template_type", "spam"),
        ("platform", "myspace"),
        ("status", "gone"),
        ("config", "no json"),
        ("config", "[1]"),
        ("config", 7),
        ("goal_metrics", "{"),
        ("starts_at", "2026-11-22T09:00:00"),
        ("starts_at", "someday"),
        ("ends_at", 10**18),
        ("steps", [{"step_type": "dance"}]),
        ("steps", [{"step_type": "wait", "delay_hours": -1}]),
        ("steps", [{"step_type": "wait"}] * 101),
    ],
)
def test_a_field_that_can_not_be_right_is_refused_by_its_name(tools: Toolbox, field: str, value: object) -> None:
    with pytest.raises(BadRequest, match=field):
        create(tools, **{field: value})
    kept = create(tools, "Another")
    with pytest.raises(BadRequest, match=field):
        update(tools, kept.id, **{field: value})
    assert get(tools, kept.id) == kept
    assert count(tools) == 1


def test_a_template_ends_after_it_starts(tools: Toolbox) -> None:
    for ends_at in (1_800_000_000, 1_700_000_000):
        with pytest.raises(BadRequest, match="after starts_at"):
            create(tools, starts_at=1_800_000_000, ends_at=ends_at)
    template = create(tools, starts_at=1_800_000_000, ends_at=1_900_000_000)
    with pytest.raises(BadRequest, match="after starts_at"):
        update(tools, template.id, ends_at=1_700_000_000)


def test_a_template_is_found_by_its_name_whatever_its_letters_are(tools: Toolbox) -> None:
    for name in ("Fintech intro", "Über Ämter", "Ünïcode %_ names"):
        template = create(tools, name)
        assert get(tools, name).id == template.id
    assert get(tools, "FINTECH INTRO").name == "Fintech intro"


def test_an_unknown_template_says_where_to_look(tools: Toolbox) -> None:
    for name in ("get_template", "update_template", "delete_template", "clone_template"):
        with pytest.raises(NotFound, match="list_templates"):
            tools.product.call(name, {"template_id": "tpl_x"}, Caller(Face.MCP))


def test_a_change_leaves_alone_what_it_does_not_name(tools: Toolbox, clock: Clock) -> None:
    template = create(tools, steps=STEPS, description="First words")
    clock.advance(minutes=5)
    changed = update(tools, template.id, name="Bank intro")
    assert changed.name == "Bank intro"
    assert (changed.description, changed.steps) == (template.description, template.steps)
    assert (changed.created_at, changed.updated_at) == (template.created_at, clock())


def test_steps_are_replaced_as_a_whole(tools: Toolbox) -> None:
    template = create(tools, steps=STEPS)
    changed = update(tools, template.id, steps=[{"step_type": "like"}])
    assert [(step.step_index, step.step_type) for step in changed.steps] == [(0, "like")]
    assert update(tools, template.id, clear=["steps"]).steps == []


@pytest.mark.parametrize("start", TemplateStatus)
@pytest.mark.parametrize("end", TemplateStatus)
def test_a_template_changes_state_only_as_it_may(tools: Toolbox, start: TemplateStatus, end: TemplateStatus) -> None:
    template = create(tools, status=start, template_type="prospecting")
    if end is start or end in TEMPLATE_TRANSITIONS[start]:
        assert update(tools, template.id, status=end).status is end
    else:
        with pytest.raises(Conflict, match=f"is {start} can't become {end}"):
            update(tools, template.id, status=end, name="Changed anyway")
        assert get(tools, template.id) == template


def test_templates_are_listed_newest_first_by_page_and_by_cursor(tools: Toolbox, clock: Clock) -> None:
    names = [f"Number {number}" for number in range(5)]
    for name in names:
        clock.advance(seconds=1)
        create(tools, name)
    first = tools.call(TemplatePage, "list_templates", page_size=2)
    behind = tools.call(TemplatePage, "list_templates", page_size=2, cursor=first.next_cursor)
    last = tools.call(TemplatePage, "list_templates", page_size=2, page=3)
    assert [template.name for page in (first, behind, last) for template in page.data] == names[::-1]
    assert (first.total, last.next_cursor) == (5, None)
    full = tools.call(TemplatePage, "list_templates", page_size=3, cursor=first.next_cursor)
    assert (len(full.data), full.next_cursor) == (3, None)


def test_templates_are_filtered_by_state_and_type(tools: Toolbox) -> None:
    create(tools, "Draft")
    create(tools, "Active", status="active", template_type="content")
    create(tools, "Nurture", template_type="nurture")
    active = tools.call(TemplatePage, "list_templates", status="active")
    nurture = tools.call(TemplatePage, "list_templates", template_type="nurture")
    assert ([each.name for each in active.data], active.total) == (["Active"], 1)
    assert ([each.name for each in nurture.data], nurture.total) == (["Nurture"], 1)


@pytest.mark.parametrize("page", [{"page": 0}, {"page_size": 0}, {"page_size": -1}, {"page_size": 100_000}])
def test_a_page_that_can_not_be_is_refused(tools: Toolbox, page: dict[str, int]) -> None:
    with pytest.raises(BadRequest, match="page"):
        tools.call(TemplatePage, "list_templates", **page)


def test_a_copy_is_a_draft_with_the_same_steps_and_without_enrollments(tools: Toolbox) -> None:
    source = create(tools, steps=STEPS, status="active", platform="linkedin", config={"dailyLimit": 20})
    enroll(tools, source.id)
    copy = tools.call(TemplateWithSteps, "clone_template", template_id=source.id)
    named = tools.call(TemplateWithSteps, "clone_template", template_id=source.id, name="Bank intro")
    assert (copy.name, copy.status, copy.config) == ("Fintech intro (copy)", "draft", source.config)
    assert (copy.source_template_id, copy.enrollment_count, named.name) == (source.id, 0, "Bank intro")
    assert [step.step_type for step in copy.steps] == [step.step_type for step in source.steps]
    assert not {step.id for step in copy.steps} & {step.id for step in source.steps}


def test_a_copy_of_what_a_person_has_approved_is_approved_by_nobody(tools: Toolbox) -> None:
    source = create(tools, steps=STEPS, status="active", platform="linkedin")
    with tools.database.write() as session:
        version = template_versions.latest_version(session, source.id)
        assert version is not None
        version.approved_at = session.now()
    copy = tools.call(TemplateWithSteps, "clone_template", template_id=source.id)
    update(tools, copy.id, status="active")
    with tools.database.read() as session:
        copied = template_versions.latest_version(session, copy.id)
        assert copied is not None
        assert template_versions.is_approved(session, source.id, None)
        assert not template_versions.is_approved(session, copy.id, None)


def test_the_longest_name_can_be_copied_too(tools: Toolbox) -> None:
    source = create(tools, "x" * 200)
    copy = tools.call(TemplateWithSteps, "clone_template", template_id=source.id)
    assert update(tools, copy.id, name=copy.name).name == copy.name


def test_deleting_a_template_takes_its_enrollments_and_leaves_its_runs(tools: Toolbox) -> None:
    template = create(tools, steps=STEPS)
    enroll(tools, template.id)
    run = tools.call(RunView, "start_run", workflow_type="sequence", template_id=template.id)

    gone = tools.call(Deleted, "delete_template", template_id="fintech intro")

    assert (gone.id, gone.text()) == (template.id, f"Deleted template {template.id} with its 1 enrollment.")
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run.id)
        assert kept is not None
        assert (kept.workflow_type, kept.template_id) == (WorkflowType.SEQUENCE, None)
        assert enrollments.count_enrollments(session) == 0


def test_a_person_is_asked_before_enrollments_are_lost(tools: Toolbox) -> None:
    template = create(tools)
    assert tools.question("delete_template", template_id=template.id) is None
    enroll(tools, template.id)
    asked = tools.question("delete_template", template_id=template.id)
    assert asked == "Delete template 'Fintech intro' and its 1 enrollment? Its runs stay."


def test_a_template_is_created_once_for_one_key(tools: Toolbox) -> None:
    first = create(tools, steps=STEPS, idempotency_key="k")
    assert create(tools, steps=STEPS, idempotency_key="k") == first
    assert count(tools) == 1


def test_templates_of_one_name_are_told_apart_by_their_ids(tools: Toolbox) -> None:
    made = [tools.call(TemplateWithSteps, "create_template", name="Autumn", template_type="outreach") for _ in range(2)]
    ids = ", ".join(template.id for template in made)
    with pytest.raises(Conflict) as raised:
        tools.call(TemplateWithSteps, "update_template", template_id="autumn", description="Leaves")
    assert raised.value.message == f"Several templates are called 'autumn': {ids}. Give the id of the one you mean."
