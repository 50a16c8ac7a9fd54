"""What is edited between a person's yes and the call is not covered by that yes, whoever edits it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from onelane.storage.database.engine import Database, Session
from onelane.storage.people import contacts
from onelane.storage.search.contact_index import index_contacts
from onelane.storage.workflows import client_runs, enrollments, schedules, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.workflows.approvals import answer_question
from onelane.tools.workflows.approvals import ask_unless_refused as ask
from tests.server.agent.agents import agency
from tests.server.agent.script import Script
from tests.server.gated_calls import RememberingWeb, arguments_of, world

Arguments = dict[str, Any]
Edit = Callable[[Session, Arguments], object]
ALL = '{"criteria": {"withoutEmail": true, "withoutCompany": true}}'


def schedule_gets(**changes: Any) -> Edit:
    return lambda session, given: schedules.update_schedule(session, given["schedule_id"], **changes)


def template_gets(**changes: Any) -> Edit:
    return lambda session, given: templates.update_template(session, given["template_id"], **changes)


def contact_gets(argument: str, **changes: Any) -> Edit:
    def edit(session: Session, given: Arguments) -> None:
        contact_id = given[argument][0] if isinstance(given[argument], list) else given[argument]
        contact = contacts.get_contact(session, contact_id)
        assert contact is not None
        for column, value in changes.items():
            setattr(contact, column, value)

    return edit


def steps_change(session: Session, given: Arguments) -> None:
    letter = {"step_type": TemplateStepType.MESSAGE, "config": '{"subject": "Hi", "text": "Hi"}'}
    templates.add_template_steps(session, given["template_id"], [letter])


def somebody_comes_in(session: Session, given: Arguments) -> None:
    ada = contacts.create_contact(session, name="Ada")
    enrollments.enroll_contact(session, template_id=given["template_id"], contact_id=ada.id)


def contact_appears(session: Session, given: Arguments) -> None:
    contacts.create_contact(session, name="Ada")


def planned_template(session: Session) -> str:
    return arguments_of("activate_template", session)["template_id"]


def schedule_of_template(session: Session) -> Arguments:
    given = arguments_of("delete_schedule", session)
    schedules.update_schedule(session, given["schedule_id"], template_id=planned_template(session))
    return given


def gets_a_template(session: Session, given: Arguments) -> None:
    schedules.update_schedule(session, given["schedule_id"], template_id=planned_template(session))


def its_template_gets(**changes: Any) -> Edit:
    def edit(session: Session, given: Arguments) -> None:
        schedule = schedules.get_schedule(session, given["schedule_id"])
        assert schedule is not None
        assert schedule.template_id is not None
        templates.update_template(session, schedule.template_id, **changes)

    return edit


def those_of_one_company(session: Session) -> Arguments:
    ids = [contacts.create_contact(session, name=f"Ada {number}", company="Acme").id for number in range(12)]
    index_contacts(session, ids)
    return {"where": {"company": "Acme"}, "expect": 12, "reason": "A page said so."}


def another_fits_instead(session: Session, given: Arguments) -> None:
    last = contacts.list_contacts(session, ContactFilter.model_validate(given["where"]).find(session))[-1]
    other = contacts.create_contact(session, name=last.name, company=last.company)
    last.company = None
    session.flush()
    index_contacts(session, [last.id, other.id])


def made_for(tool: str, **more: Any) -> Callable[[Session], Arguments]:
    return lambda session: arguments_of(tool, session) | more


OF_SCHEDULE: dict[str, Edit] = {
    "name": schedule_gets(name="Other"),
    "rhythm": schedule_gets(cron_expression="* * * * *"),
    "zone": schedule_gets(timezone="Asia/Tokyo"),
    "settings": schedule_gets(payload=ALL),
    "switch": schedule_gets(enabled=False),
    "kind": schedule_gets(job_type="agent"),
    "template": gets_a_template,
}
OF_ITS_TEMPLATE = {"name": its_template_gets(name="Other"), "settings": its_template_gets(config=ALL)}
OF_TEMPLATE = {"name": template_gets(name="Other"), "settings": template_gets(config=ALL)}
OF_PRUNE = {"settings": template_gets(config=ALL), "people": contact_appears}
OF_CONTACT = {
    "name": contact_gets("contact_id", name="Eve"),
    "address": contact_gets("contact_id", email="e@example.com"),
}
OF_PAIR = {
    "name": contact_gets("kept_id", name="Eve"),
    "address": contact_gets("other_id", email="eve@example.com"),
    "company": contact_gets("other_id", company="Eve"),
}
Case = tuple[str, Callable[[Session], Arguments], Mapping[str, Edit]]
CASES: Mapping[str, Case] = {
    "a schedule goes": ("delete_schedule", made_for("delete_schedule"), OF_SCHEDULE),
    "a template's schedule goes": ("delete_schedule", schedule_of_template, OF_ITS_TEMPLATE),
    "a schedule changes": ("set_schedule", made_for("delete_schedule", cron="hourly"), OF_SCHEDULE),
    "a template's schedule changes": (
        "set_schedule",
        lambda session: schedule_of_template(session) | {"cron": "hourly"},
        OF_ITS_TEMPLATE,
    ),
    "a template is planned": (
        "set_schedule",
        lambda session: {"template_id": planned_template(session), "cron": "hourly"},
        OF_TEMPLATE,
    ),
    "a template goes": (
        "delete_template",
        made_for("delete_template"),
        {**OF_TEMPLATE, "steps": steps_change, "people": somebody_comes_in},
    ),
    "a template changes": ("update_template", made_for("update_template"), OF_TEMPLATE),
    "a template starts": ("activate_template", made_for("activate_template"), OF_PRUNE),
    "a run of a template starts": (
        "start_run",
        lambda session: {"workflow_type": "prune", "template_id": planned_template(session)},
        OF_PRUNE,
    ),
    "two become one": ("merge_contacts", made_for("merge_contacts"), OF_PAIR),
    "somebody is archived": (
        "archive_contacts",
        made_for("archive_contacts"),
        {"name": contact_gets("contact_ids", name="Eve")},
    ),
    "many are archived": ("archive_contacts", those_of_one_company, {"people": another_fits_instead}),
    "somebody changes": ("save_contact", made_for("save_contact"), OF_CONTACT),
}


@pytest.mark.parametrize("case", CASES)
def test_a_yes_does_not_cover_what_was_edited_since(sqlite_database: Database, case: str) -> None:
    tool, make, edits = CASES[case]
    with agency(sqlite_database, Script([]), lasting_contacts=0) as agents:
        toolbox = Toolbox(agents.registry, agents.services)
        for name, edit in edits.items():
            given, caller = asked_and_allowed(toolbox, tool, make)
            with sqlite_database.write() as session:
                edit(session, given)
            before = world(sqlite_database, RememberingWeb())
            with pytest.raises(PersonNeeded):
                toolbox.call(tool, given, caller)
            assert world(sqlite_database, RememberingWeb()) == before, name


def asked_and_allowed(toolbox: Toolbox, tool: str, make: Callable[[Session], Arguments]) -> tuple[Arguments, Caller]:
    """A call that a run makes, and to which the person has said yes."""
    services, kind = toolbox.services, WorkflowType.AGENT
    with services.database.write() as session:
        given = make(session)
        run = client_runs.begin_host_run(session, workflow_type=kind, config={"goal": "Tidy up."}, template_id=None)
        caller = Caller(Face.MCP, run.id)
    with pytest.raises(PersonNeeded) as needed:
        toolbox.call(tool, given, caller)
    with services.database.write() as session:
        approval_id = ask(session, services, needed.value.question).id
    answer_question(services, approval_id, allow=True, via=Door.CLI)
    return given, caller
