"""Two contacts that are one person become one; two that are not are never proposed again."""

from datetime import UTC, datetime

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contact_sources, contacts, emails, identities
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.workflows import runs, steps, tasks
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import found_people, merging
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.people.contacts import ContactOutcomes
from onelane.tools.people.found_people import FoundPerson
from onelane.tools.people.intake.matching import merge_key
from onelane.tools.people.merge_questions import ask
from onelane.tools.people.merging import ContactsApart, MergedContacts
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.toolbox import Registry
from tests.toolbox import Toolbox, allow, toolbox
from tests.tools.people.intake.takings import Taking, linkedin

PAGE = "https://example.com/team"


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, contact_tools, found_people, merging)


def save(tools: Toolbox, **fields: object) -> SavedContact:
    return tools.call(SavedContact, "save_contact", **fields)


def show(tools: Toolbox, contact_id: str) -> ContactDetail:
    return tools.call(ContactDetail, "get_contact", contact_id=contact_id)


def merge(tools: Toolbox, other_id: str, kept_id: str) -> MergedContacts:
    return tools.call(MergedContacts, "merge_contacts", other_id=other_id, kept_id=kept_id)


def propose(tools: Toolbox, one_id: str, other_id: str) -> bool:
    with tools.database.write() as session:
        identities.hold_identities(session)
        one = contacts.get_contact(session, one_id)
        assert one is not None
        return ask(session, one, other_id, "they have the same name and company", run_id=None)


def contacts_of(tools: Toolbox) -> list[str]:
    return [each.id for each in tools.call(ContactPage, "search_contacts", page_size=100).data]


def test_the_one_that_stays_gets_what_it_lacks_and_keeps_what_it_has(tools: Toolbox) -> None:
    kept = save(
        tools,
        name="Ada Example",
        title="CTO",
        email="ada@example.com",
        phone="5550100",
        tags=["vip"],
        notes="Met in May.",
    )
    other = save(
        tools,
        name="A. Example",
        title="Head of Data",
        company="Example Bank",
        email="ada@example.org",
        profile_url="linkedin.com/in/ada-example",
        tags=["fintech", "vip"],
        notes="Likes tea.",
        funnel_stage="qualified",
    )

    answer = merge(tools, other.id, kept.id)

    assert (answer.contact_id, answer.gone_id, answer.gone_name) == (kept.id, other.id, "A. Example")
    shown = show(tools, kept.id)
    assert (shown.name, shown.title, shown.company, shown.email) == (
        "Ada Example",
        "CTO",
        "Example Bank",
        "ada@example.com",
    )
    assert (list(shown.tags), shown.funnel_stage) == (["vip", "fintech"], "qualified")
    assert shown.notes == "Met in May.\n\nLikes tea."
    assert [each.address for each in shown.emails] == ["ada@example.com", "ada@example.org"]
    assert [each.platform_user_id for each in shown.identities] == ["ada-example"]
    assert shown.enrichment_score > max(kept.enrichment_score, other.enrichment_score)
    assert '"title":"Head of Data"' in shown.metadata
    assert contacts_of(tools) == [kept.id]
    assert tools.call(ContactPage, "search_contacts", query="ada@example.org").total == 1
    with pytest.raises(NotFound):
        show(tools, other.id)


def test_a_person_is_asked_first_and_both_are_named(tools: Toolbox) -> None:
    kept = save(tools, name="Ada Example", title="CTO", company="Example Bank")
    other = save(tools, name="A.\nExample", email="ada@example.org")
    question = tools.question("merge_contacts", other_id=other.id, kept_id=kept.id)
    assert question is not None
    assert f"Make A. Example (ada@example.org, {other.id}) one with Ada Example (CTO at Example Bank, " in question
    with pytest.raises(NotFound, match="search_contacts"):
        tools.question("merge_contacts", other_id="con_x", kept_id=kept.id)
    with pytest.raises(BadRequest, match="same contact"):
        tools.question("merge_contacts", other_id=kept.id, kept_id=kept.id)


def test_merging_answers_the_question_whether_they_are_one(tools: Toolbox) -> None:
    kept, other = save(tools, name="Ada Example").id, save(tools, name="A. Example").id
    assert propose(tools, kept, other)
    merge(tools, other, kept)
    assert list(show(tools, kept).merge_proposals) == []
    with tools.database.read() as session:
        task = tasks.find_task(session, merge_key(kept, other))
    assert task is not None
    assert (task.status, '"answer":"same"' in task.payload, task.completed_at is None) == ("done", True, False)


def test_sources_and_history_go_along(tools: Toolbox) -> None:
    kept = save(tools, name="Ada Example").id
    other = tools.call(
        FoundPerson, "contact_create", name="A. Example", source_url=PAGE, location="Berlin", email="a@example.com"
    ).contact_id
    merge(tools, other, kept)
    with tools.database.read() as session:
        found = contact_sources.list_sources(session, kept)
        assert [(each.field, each.method) for each in found] == [
            ("email", SourceMethod.MODEL),
            ("location", SourceMethod.MODEL),
            ("name", SourceMethod.MODEL),
        ]
        assert [each.normalized for each in emails.list_emails(session, kept)] == ["a@example.com"]


def test_an_archived_contact_does_not_swallow_a_live_one(tools: Toolbox) -> None:
    kept, other = save(tools, name="Ada Example").id, save(tools, name="A. Example").id
    tools.call(ContactOutcomes, "archive_contacts", contact_ids=[kept], reason="left")
    with pytest.raises(Conflict, match="restore_contacts"):
        merge(tools, other, kept)
    merge(tools, kept, other)
    assert contacts_of(tools) == [other]


def test_a_pair_that_is_two_people_is_never_asked_about_again(tools: Toolbox) -> None:
    one, other = save(tools, name="Ada Example", company="Bank").id, save(tools, name="Ada Sample").id
    assert propose(tools, one, other)
    for pair in ((one, other), (other, one)):
        apart = tools.call(ContactsApart, "keep_contacts_apart", contact_id=pair[0], other_id=pair[1])
        assert "nobody will ask again" in apart.text()
    assert list(show(tools, one).merge_proposals) == []
    assert not propose(tools, one, other)
    assert not propose(tools, other, one)


def test_a_pair_that_nobody_asked_about_can_be_kept_apart_too(tools: Toolbox) -> None:
    one, other = save(tools, name="Ada Example").id, save(tools, name="Ada Example").id
    tools.call(ContactsApart, "keep_contacts_apart", contact_id=one, other_id=other)
    assert not propose(tools, other, one)
    with pytest.raises(NotFound):
        tools.call(ContactsApart, "keep_contacts_apart", contact_id=one, other_id="con_x")


def test_an_answer_about_the_deleted_contact_holds_for_the_kept_one(tools: Toolbox) -> None:
    kept, gone, third, fourth = (save(tools, name=f"Person {number}").id for number in range(4))
    tools.call(ContactsApart, "keep_contacts_apart", contact_id=gone, other_id=third)
    assert propose(tools, gone, fourth)
    assert propose(tools, kept, fourth)
    merge(tools, gone, kept)
    assert not propose(tools, kept, third)
    (proposal,) = show(tools, fourth).merge_proposals
    assert set(proposal.contact_ids) == {kept, fourth}


def test_a_run_records_the_merge_and_keeping_apart_is_for_the_person_only(tools: Toolbox) -> None:
    kept, other = save(tools, name="Ada Example").id, save(tools, name="A. Example").id
    with tools.database.write() as session:
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT).id
    caller = Caller(Face.AGENT, run_id=run_id)
    allow(tools, caller, "merge_contacts", other_id=other, kept_id=kept)
    tools.call_as(caller, MergedContacts, "merge_contacts", other_id=other, kept_id=kept)
    with tools.database.read() as session:
        (step,) = steps.list_workflow_steps(session, run_id)
    assert (step["step_type"], step["contact_id"], step["status"]) == ("contact_merge", kept, "completed")
    offered = {tool.name: tool.spec.agents for tool in Registry(merging)}
    assert offered == {"merge_contacts": True, "keep_contacts_apart": False}


def test_open_questions_are_told_as_tasks(tools: Toolbox) -> None:
    one, other = save(tools, name="Ada Example").id, save(tools, name="A. Example").id
    propose(tools, one, other)
    with tools.database.read() as session:
        (task,) = tasks.list_open_tasks(session, task_type=TaskType.MERGE_PROPOSAL, limit=3)
    assert (task.title, task.related_contact_id) == ("Same person? Ada Example and A. Example", one)


def test_an_import_asks_no_more_about_a_pair_that_was_kept_apart(tools: Toolbox) -> None:
    saved = save(tools, name="Ada Example", company="Example Bank").id
    imports, connection = Taking(tools.database), linkedin("Ada Example", company="Example Bank")
    assert imports.take(connection).proposals == 1
    (imported,) = [each for each in contacts_of(tools) if each != saved]
    tools.call(ContactsApart, "keep_contacts_apart", contact_id=imported, other_id=saved)
    for _ in range(2):
        assert imports.take(connection).proposals == 0
    assert [task["status"] for task in imports.proposals()] == ["done"]


def test_an_import_after_a_merge_finds_the_one_that_stayed(tools: Toolbox) -> None:
    saved = save(tools, name="Ada Example", company="Example Bank").id
    imports, connection = (
        Taking(tools.database),
        linkedin("Ada Example", None, "ada@example.com", company="Example Bank"),
    )
    imports.take(connection)
    (imported,) = [each for each in contacts_of(tools) if each != saved]
    merge(tools, imported, saved)
    again = imports.take(connection)
    assert (again.added, again.proposals, contacts_of(tools)) == (0, 0, [saved])
    assert show(tools, saved).email == "ada@example.com"


def test_a_person_found_by_research_is_matched_by_the_next_import(tools: Toolbox) -> None:
    found = tools.call(
        FoundPerson, "contact_create", name="Ada Example", source_url=PAGE, profile_url="linkedin.com/in/ada-example"
    )
    assert Taking(tools.database).take(linkedin("Ada Example", company="Example Bank")).added == 0
    assert show(tools, found.contact_id).company == "Example Bank"


def test_a_refusal_outlives_the_entry_that_had_it(tools: Toolbox) -> None:
    said = datetime(2026, 3, 1, tzinfo=UTC)
    kept = save(tools, name="Ada Example", consent_basis="newsletter")
    other = save(tools, name="Ada E.", consent_basis="Refused", consent_at=said.isoformat())
    merge(tools, other.id, kept.id)
    shown = show(tools, kept.id).model_dump()
    assert (shown["consent_basis"], shown["consent_at"]) == ("Refused", "2026-03-01T00:00:00Z")
