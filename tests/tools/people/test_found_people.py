"""Whom research finds becomes a contact once, whether a page, an address or a profile tells who it is."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.people import contact_sources, contacts, emails
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.workflows import runs, steps, tasks
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import found_people
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.people.contacts import ContactOutcomes
from onelane.tools.people.found_people import FoundPerson
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest
from tests.toolbox import Toolbox, toolbox

PAGE, OTHER_PAGE = "https://example.com/team", "https://example.org/speakers"


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, contact_tools, found_people)


@pytest.fixture
def run_id(database: Database) -> str:
    with database.write() as session:
        return runs.create_workflow_run(session, workflow_type=WorkflowType.SEARCH).id


def save(tools: Toolbox, **fields: object) -> SavedContact:
    return tools.call(SavedContact, "save_contact", **fields)


def find(tools: Toolbox, name: str, url: str = PAGE, **fields: object) -> FoundPerson:
    return tools.call(FoundPerson, "contact_create", name=name, source_url=url, **fields)


def show(tools: Toolbox, contact_id: str) -> ContactDetail:
    return tools.call(ContactDetail, "get_contact", contact_id=contact_id)


def everyone(tools: Toolbox) -> int:
    with tools.database.read() as session:
        return sum(contacts.count_contacts(session))


def recorded(tools: Toolbox, run_id: str) -> Sequence[PlainRow]:
    with tools.database.read() as session:
        return [dict(row) for row in steps.list_workflow_steps(session, run_id)]


def test_somebody_new_is_kept_with_the_source_of_every_value(tools: Toolbox) -> None:
    ada = find(tools, "Ada Example", title="CTO", email="ada@example.com", profile_url="linkedin.com/in/ada-example")
    assert (ada.outcome, ada.url, ada.merge_proposals) == ("created", PAGE, 0)
    shown = show(tools, ada.contact_id)
    assert (shown.name, shown.title, shown.email) == ("Ada Example", "CTO", "ada@example.com")
    assert [(each.field, each.method, each.url) for each in shown.sources] == [
        (field, SourceMethod.MODEL, PAGE) for field in ("email", "name", "profile_url", "title")
    ]
    assert [each.platform_user_id for each in shown.identities] == ["ada-example"]
    assert shown.enrichment_score == ada.enrichment_score > 50
    assert tools.call(ContactPage, "search_contacts", query="ada@example.com").total == 1


def test_a_bare_name_is_enough_to_be_found(tools: Toolbox) -> None:
    ada = find(tools, "Ada Example")
    assert (ada.enrichment_score, tools.call(ContactPage, "search_contacts", query="ada").total) == (15, 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "ADA@example.com"},
        {"profile_url": "https://de.linkedin.com/in/Ada-Example/?trk=x"},
    ],
)
def test_a_contact_known_by_address_or_profile_gains_the_facts_of_the_page(
    tools: Toolbox, facts: dict[str, str]
) -> None:
    saved = save(
        tools, name="Ada Example", title="CTO", email="ada@example.com", profile_url="linkedin.com/in/ada-example"
    )
    found = find(tools, "Ada M. Example", title="Head of Data", location="Berlin", **facts)
    assert (found.outcome, found.contact_id, everyone(tools)) == ("known", saved.id, 1)
    shown = show(tools, saved.id)
    assert (shown.name, shown.title, shown.location) == ("Ada Example", "CTO", "Berlin")


def test_the_same_page_read_again_makes_nobody_new(tools: Toolbox) -> None:
    first = find(tools, "Ada Example", title="CTO", company="Example Bank")
    again = find(tools, "Ada Example", title="CTO", company="Example Bank", location="Berlin")
    assert (again.outcome, again.contact_id, everyone(tools)) == ("known", first.contact_id, 1)


def test_an_address_that_two_pages_give_for_one_name_is_one_person(tools: Toolbox) -> None:
    first = find(tools, "Ada Example", email="ada@example.com")
    again = find(tools, "Ada M. Example", url=OTHER_PAGE, email="ada@example.com")
    assert (again.outcome, again.contact_id) == ("known", first.contact_id)


def test_a_profile_that_two_pages_give_for_one_name_is_one_person(tools: Toolbox) -> None:
    first = find(tools, "Ada Example", profile_url="https://x.com/ada")
    again = find(tools, "Ada Example", url=OTHER_PAGE, profile_url="http://www.x.com/ada/")
    assert (again.outcome, again.contact_id) == ("known", first.contact_id)


def test_name_and_company_alone_only_raise_the_question(tools: Toolbox) -> None:
    saved = save(tools, name="Ada Example", company="Example Bank")
    found = find(tools, "Ada Example", company="Example Bank Ltd.", title="CTO")
    assert (found.outcome, found.merge_proposals, everyone(tools)) == ("created", 1, 2)
    assert "May be the same as 1 known" in found.text()
    (proposal,) = show(tools, saved.id).merge_proposals
    assert set(proposal.contact_ids) == {saved.id, found.contact_id}
    assert show(tools, saved.id).title is None


def test_an_address_under_another_name_raises_the_question_and_is_not_taken(tools: Toolbox) -> None:
    grace = save(tools, name="Grace Sample", email="office.berlin@example.com")
    found = find(tools, "Ada Example", email="office.berlin@example.com")
    assert (found.outcome, everyone(tools)) == ("created", 2)
    assert show(tools, found.contact_id).email is None
    with tools.database.read() as session:
        (task,) = tasks.list_open_tasks(session, task_type=TaskType.MERGE_PROPOSAL, limit=5)
    assert grace.id in task.payload


def test_a_mailbox_of_many_makes_nobody_the_same(tools: Toolbox) -> None:
    first = find(tools, "Ada Example", email="info@example.com")
    other = find(tools, "Grace Sample", email="info@example.com")
    assert (first.outcome, other.outcome, other.merge_proposals) == ("created", "created", 0)
    with tools.database.read() as session:
        assert [each.is_verified for each in emails.list_emails(session, other.contact_id)] == [False]


def test_an_archived_contact_stays_archived(tools: Toolbox) -> None:
    saved = save(tools, name="Ada Example", email="ada@example.com")
    tools.call(ContactOutcomes, "archive_contacts", contact_ids=[saved.id], reason="left the field")
    found = find(tools, "Ada Example", email="ada@example.com", location="Berlin")
    assert (found.outcome, found.is_archived, found.contact_id) == ("known", True, saved.id)
    assert "restore_contacts" in found.text()
    shown = show(tools, saved.id)
    assert (shown.location, shown.archived_at is None, list(shown.sources)) == (None, False, [])


@pytest.mark.parametrize("name", ["", "@ada", "ada@example.com", "\u200b"])
def test_a_text_that_is_no_name_creates_no_contact(tools: Toolbox, name: str) -> None:
    with pytest.raises(BadRequest):
        find(tools, name)
    assert everyone(tools) == 0


def test_six_who_find_the_same_person_at_once_make_one(tools: Toolbox) -> None:
    def attempt(_: int) -> FoundPerson:
        return find(tools, "Ada Example", email="ada@example.com")

    with ThreadPoolExecutor(max_workers=6) as at_once:
        found = list(at_once.map(attempt, range(6)))
    assert sorted(each.outcome for each in found) == ["created"] + ["known"] * 5
    assert everyone(tools) == 1


def test_an_idempotency_key_gives_the_first_answer(tools: Toolbox) -> None:
    first = find(tools, "Ada Example", idempotency_key="one")
    assert find(tools, "Ada Example", idempotency_key="one").outcome is first.outcome


def test_the_step_says_whether_somebody_was_new(tools: Toolbox, run_id: str) -> None:
    caller = Caller(Face.AGENT, run_id=run_id)
    ada, _ = (
        tools.call_as(caller, FoundPerson, "contact_create", name="Ada Example", source_url=PAGE) for _ in range(2)
    )
    assert [(step["step_type"], step["contact_id"], step["url"]) for step in recorded(tools, run_id)] == [
        ("contact_create", ada.contact_id, PAGE),
        ("contact_merge", ada.contact_id, PAGE),
    ]
    with tools.database.read() as session:
        assert {each.workflow_run_id for each in contact_sources.list_sources(session, ada.contact_id)} == {run_id}
    assert FoundPerson.model_validate_json(recorded(tools, run_id)[0]["output"].encode()).outcome == "created"


def test_saving_and_archiving_by_a_run_say_what_they_were(tools: Toolbox, run_id: str) -> None:
    caller = Caller(Face.AGENT, run_id=run_id)
    ada = tools.call_as(caller, SavedContact, "save_contact", name="Ada Example")
    tools.call_as(caller, SavedContact, "save_contact", contact_id=ada.id, title="CTO")
    tools.call_as(caller, ContactOutcomes, "archive_contacts", contact_ids=[ada.id], reason="left")
    tools.call_as(caller, ContactOutcomes, "archive_contacts", contact_ids=["con_nobody"], reason="left")
    assert [(step["step_type"], step["contact_id"]) for step in recorded(tools, run_id)] == [
        ("contact_create", ada.id),
        ("contact_merge", ada.id),
        ("contact_archive", ada.id),
        ("contact_archive", None),
    ]
    assert show(tools, ada.id).archived_by_run_id == run_id


def test_a_contact_is_archived_for_a_reason_of_its_own(tools: Toolbox) -> None:
    made = tools.call(SavedContact, "save_contact", name="Grace Hopper")
    answered = tools.call(ContactOutcomes, "contact_archive", contact_id=made.id, reason="Left the field.")
    assert answered.counts == {"archived": 1}
    shown = tools.call(ContactDetail, "get_contact", contact_id=made.id)
    assert shown.archive_reason == "Left the field."
