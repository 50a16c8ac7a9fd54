"""Ready-made templates are there from the first start, follow newer versions, and never touch what a person made."""

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
import sqlalchemy as sa

from onelane.prompts.templates import sources
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.outreach import template_versions
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts
from onelane.storage.workflows import enrollments, runs, templates
from onelane.storage.workflows.ready_templates import ReadyTemplate, find_ready_template
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.ready_templates import load_ready_templates
from onelane.tools.workflows.template_views import TemplatePage, TemplateWithSteps
from onelane.tools.workflows.templates import Deleted
from tests.connected_mail import with_mail
from tests.toolbox import Toolbox, toolbox

KEY = "outreach-first-contact"
LETTER = {"step_type": "message", "config": {"subject": "Older", "text": "Older"}}
HOW_MANY = len(list(sources()))


@pytest.fixture
def tools(database: Database) -> Toolbox:
    load_ready_templates(database)
    return toolbox(database, template_tools)


def ready(tools: Toolbox, key: str = KEY) -> Template:
    with tools.database.read() as session:
        kept = find_ready_template(session, key)
        assert kept is not None
        assert kept.template_id is not None
        template = templates.get_template(session, kept.template_id)
        assert template is not None
        return template


def older_version(tools: Toolbox) -> None:
    """As if all of them had been loaded by an older Onelane, where they said something else."""
    with tools.database.write() as session:
        session.sql(sa.update(table_of(ReadyTemplate)).values(content_hash="older"))
        session.sql(sa.update(table_of(Template)).where(table_of(Template).c.is_system).values(description="Older"))


def call(tools: Toolbox, name: str, template_id: str, /, **arguments: object) -> TemplateWithSteps:
    return tools.call(TemplateWithSteps, name, template_id=template_id, **arguments)


def test_ready_templates_are_drafts_with_steps_and_loading_again_changes_nothing(tools: Toolbox) -> None:
    assert tools.call(TemplatePage, "list_templates", status="draft").total == HOW_MANY
    template = ready(tools)
    assert (template.is_system, template.system_key, template.platform) == (True, KEY, "gmail")
    shown = call(tools, "get_template", template.id)
    assert [(step.step_type, step.delay_hours) for step in shown.steps] == [
        ("message", 0),
        ("message", 96),
        ("message", 168),
    ]
    assert '{{ first_name or \\"there\\" }}' in shown.steps[0].config
    assert load_ready_templates(tools.database) == 0


def test_however_many_start_at_once_each_is_loaded_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(load_ready_templates, [database] * 8))
    assert sum(loaded) == HOW_MANY
    with database.read() as session:
        assert sum(templates.count_templates(session).values()) == HOW_MANY


def test_a_newer_version_replaces_what_nobody_changed_and_keeps_its_state(tools: Toolbox) -> None:
    before = ready(tools)
    with_mail(tools.database)
    call(tools, "update_template", before.id, status="active")
    older_version(tools)
    call(tools, "update_template", before.id, steps=[LETTER])
    with tools.database.write() as session:
        templates.update_template(session, before.id, is_system=True)
    assert load_ready_templates(tools.database) == HOW_MANY
    after = ready(tools)
    assert (after.id, after.description, after.status) == (before.id, before.description, TemplateStatus.ACTIVE)
    assert after.content_hash == next(source.content_hash for source in sources() if source.key == KEY)
    assert len(call(tools, "get_template", after.id).steps) == 3
    # What is active says it as a version.
    with tools.database.read() as session:
        version = template_versions.latest_version(session, after.id)
        assert version is not None
        assert len(orjson.loads(version.steps)) == 3
    assert load_ready_templates(tools.database) == 0


def test_an_active_sequence_that_a_newer_version_makes_wrong_pauses_with_its_run(tools: Toolbox) -> None:
    template = ready(tools)
    with_mail(tools.database)
    call(tools, "update_template", template.id, status="active")
    with tools.database.write() as session:
        for account in accounts.list_accounts(session, None):
            account.transport = None
    older_version(tools)
    load_ready_templates(tools.database)
    assert ready(tools).status is TemplateStatus.PAUSED
    with tools.database.read() as session:
        (run,) = runs.list_workflow_runs_after(session, after=None, limit=2, template_id=template.id)
    assert run["status"] == RunStatus.PAUSED


@pytest.mark.parametrize("change", [{"name": "Mine"}, {"config": {"dailyLimit": 1}}, {"clear": ["steps"]}])
def test_a_ready_template_that_a_person_changed_is_not_replaced(tools: Toolbox, change: dict[str, object]) -> None:
    changed = call(tools, "update_template", ready(tools).id, **change)
    older_version(tools)
    assert load_ready_templates(tools.database) == HOW_MANY - 1
    assert call(tools, "get_template", changed.id) == changed
    assert ready(tools).is_system is False


def test_a_ready_template_that_a_person_deleted_stays_deleted(tools: Toolbox) -> None:
    gone = ready(tools).id
    tools.call(Deleted, "delete_template", template_id=gone)
    assert load_ready_templates(tools.database) == 0
    older_version(tools)
    assert load_ready_templates(tools.database) == HOW_MANY - 1
    assert tools.call(TemplatePage, "list_templates").total == HOW_MANY - 1


def test_a_copy_is_the_persons_own(tools: Toolbox) -> None:
    copy = call(tools, "clone_template", ready(tools).id)
    older_version(tools)
    load_ready_templates(tools.database)
    with tools.database.read() as session:
        kept = templates.get_template(session, copy.id)
    assert kept is not None
    assert (kept.is_system, kept.system_key, kept.content_hash) == (False, None, None)
    assert kept.description != "Older"
    assert call(tools, "get_template", copy.id) == copy


def test_steps_do_not_change_under_people_who_are_on_their_way_through_them(tools: Toolbox) -> None:
    template = ready(tools)
    with tools.database.write() as session:
        contact = contacts.create_contact(session, name="Ada Example")
        enrollments.enroll_contact(session, template_id=template.id, contact_id=contact.id)
    older_version(tools)
    load_ready_templates(tools.database)
    assert ready(tools).description == "Older"
