"""What pages say fills a contact's gaps; nothing is overwritten, and every value's source is kept."""

from collections.abc import Sequence

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contact_sources, contacts, emails, identities
from onelane.storage.people.contact_sources import ContactSource, SourceMethod
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows import runs, steps, tasks
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import found_people
from onelane.tools.people.contact_facts import Fact, Filled, fill_gaps
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.people.fact_fields import FactField
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, NotFound
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

PAGE, OTHER_PAGE = "https://example.com/ada", "https://example.org/team"


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, contact_tools, found_people)


def save(tools: Toolbox, **fields: object) -> SavedContact:
    return tools.call(SavedContact, "save_contact", **fields)


def show(tools: Toolbox, contact_id: str) -> ContactDetail:
    return tools.call(ContactDetail, "get_contact", contact_id=contact_id)


def merge(tools: Toolbox, contact_id: str, url: str = PAGE, **values: str) -> Filled:
    return tools.call(Filled, "contact_merge", contact_id=contact_id, values=values, source_url=url)


def became(filled: Filled) -> dict[str, str]:
    return {fact.field.value: fact.outcome.value for fact in filled.facts}


def sources(tools: Toolbox, contact_id: str) -> Sequence[ContactSource]:
    with tools.database.read() as session:
        return contact_sources.list_sources(session, contact_id)


def proposals(tools: Toolbox) -> list[str]:
    with tools.database.read() as session:
        found = tasks.list_open_tasks(session, task_type=TaskType.MERGE_PROPOSAL, limit=9)
        return [task.description or "" for task in found]


def test_gaps_are_filled_and_what_is_there_stays(tools: Toolbox, clock: Clock) -> None:
    ada = save(tools, name="Ada Example", title="CTO", company="Example Bank Ltd.")
    clock.advance(hours=1)

    filled = merge(
        tools, ada.id, title="Head of Data", company="example bank", location=" Berlin ", website="ada.example.com"
    )

    assert became(filled) == {
        "title": "conflict",
        "company": "confirmed",
        "location": "filled",
        "website": "filled",
    }
    shown = show(tools, ada.id)
    assert (shown.title, shown.company) == ("CTO", "Example Bank Ltd.")
    assert (shown.location, shown.website) == ("Berlin", "https://ada.example.com")
    assert shown.enrichment_score > ada.enrichment_score
    assert filled.filled == [FactField.LOCATION, FactField.WEBSITE]
    assert "conflict title: Head of Data (kept: CTO)" in filled.text()


def test_every_value_has_its_source_also_what_agrees_and_what_disagrees(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example", title="CTO")
    merge(tools, ada.id, name="Ada Example", title="Head of Data", location="Berlin")
    merge(tools, ada.id, url=OTHER_PAGE, title="CTO")
    assert {(each.field, each.value, each.url) for each in sources(tools, ada.id)} == {
        ("location", "Berlin", PAGE),
        ("name", "Ada Example", PAGE),
        ("title", "CTO", OTHER_PAGE),
        ("title", "Head of Data", PAGE),
    }
    text = show(tools, ada.id).text()
    assert f"location: Berlin\t{PAGE}\tread from a page by the model" in text


def test_doing_it_again_changes_nothing(tools: Toolbox, clock: Clock) -> None:
    ada = save(tools, name="Ada Example")
    said = {"email": "Ada@Example.com", "phone": "+44 20 7946 0958", "profile_url": "linkedin.com/in/ada-example"}
    assert set(became(merge(tools, ada.id, **said)).values()) == {"filled"}
    first, kept = show(tools, ada.id), sources(tools, ada.id)
    clock.advance(hours=1)
    assert set(became(merge(tools, ada.id, **said)).values()) == {"confirmed"}
    assert show(tools, ada.id).contract_json() == first.contract_json()
    assert sources(tools, ada.id) == kept


def test_an_address_that_a_page_gives_proves_nobody(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    merge(tools, ada.id, email="ada@example.com")
    assert became(merge(tools, ada.id, email="info@example.com")) == {"email": "added"}
    assert show(tools, ada.id).email == "ada@example.com"
    with tools.database.read() as session:
        kept = emails.list_emails(session, ada.id)
    assert [(each.normalized, each.source, each.is_verified) for each in kept] == [
        ("ada@example.com", "web", False),
        ("info@example.com", "web", False),
    ]
    assert tools.call(ContactPage, "search_contacts", query="info@example.com").total == 1


def test_an_address_of_another_contact_is_left_there_and_asked_about_once(tools: Toolbox) -> None:
    grace = save(tools, name="Grace Sample", email="grace@example.com", profile_url="linkedin.com/in/grace-sample")
    ada = save(tools, name="Ada Example")
    for _ in range(2):
        said = merge(tools, ada.id, email="grace@example.com", profile_url="https://de.linkedin.com/in/grace-sample")
        assert became(said) == {"email": "conflict", "profile_url": "conflict"}
        assert grace.id in said.text()
    shown = show(tools, ada.id)
    assert (shown.email, shown.profile_url, list(shown.identities)) == (None, None, [])
    assert len(proposals(tools)) == 1
    assert {each.field for each in sources(tools, ada.id)} == {"email", "profile_url"}


def test_a_profile_is_an_identity_only_where_it_bears_the_name(tools: Toolbox) -> None:
    ada, bob = save(tools, name="Ada Example"), save(tools, name="Bob Demo")
    merge(tools, ada.id, profile_url="linkedin.com/in/ada-example-123")
    merge(tools, bob.id, profile_url="linkedin.com/in/their-founder")
    with tools.database.read() as session:
        assert [each.platform for each in identities.list_identities(session, ada.id)] == [Platform.LINKEDIN]
        assert identities.list_identities(session, bob.id) == []
    assert became(merge(tools, ada.id, profile_url="linkedin.com/in/ada-other")) == {"profile_url": "conflict"}
    assert became(merge(tools, ada.id, profile_url="https://x.com/ada")) == {"profile_url": "conflict"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada at example.com"),
        ("email", "no-reply@example.com"),
        ("website", "javascript:alert(1)"),
        ("title", "x" * 501),
        ("name", "\u200b"),
    ],
)
def test_a_value_that_no_contact_can_have_is_refused_and_the_rest_is_taken(
    tools: Toolbox, field: str, value: str
) -> None:
    ada = save(tools, name="Ada Example")
    filled = merge(tools, ada.id, **{field: value, "location": "Berlin"})
    assert became(filled) == {field: "refused", "location": "filled"}
    assert [each.field for each in sources(tools, ada.id)] == ["location"]


def test_a_field_that_pages_do_not_fill_is_refused_with_the_nearest(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    with pytest.raises(BadRequest, match=r"'e_mail'\. Did you mean 'email'"):
        merge(tools, ada.id, e_mail="ada@example.com")
    with pytest.raises(BadRequest, match="'tags'"):
        merge(tools, ada.id, tags="vip")
    with pytest.raises(BadRequest, match="source_url"):
        merge(tools, ada.id, url="", title="CTO")
    with pytest.raises(NotFound, match="search_contacts"):
        merge(tools, "con_x", title="CTO")


def test_a_name_that_was_made_up_gives_way_to_a_real_one(tools: Toolbox) -> None:
    with tools.database.write() as session:
        contact = contacts.create_contact(session, name="@ada")
    assert became(merge(tools, contact.id, name="Ada Example")) == {"name": "filled"}
    assert became(merge(tools, contact.id, name="Augusta King")) == {"name": "conflict"}
    assert show(tools, contact.id).name == "Ada Example"
    assert tools.call(ContactPage, "search_contacts", query="ada example").total == 1


def test_a_page_that_gives_several_values_of_a_field_is_the_source_of_each(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    numbers = ["+442079460958", "+442079460959", "+442079460960"]
    facts = [Fact(FactField.PHONE, number, PAGE, SourceMethod.STRUCTURED) for number in numbers]
    for _ in range(2):
        with tools.database.write() as session:
            fill_gaps(session, ada.id, facts, run_id=None)
    assert [(each.field, each.value) for each in sources(tools, ada.id)] == [
        ("phone", numbers[0]),
        ("phone:2", numbers[1]),
        ("phone:3", numbers[2]),
    ]
    assert show(tools, ada.id).phone == numbers[0]


def test_a_page_with_a_very_long_address_is_a_source_too(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    fact = Fact(FactField.TITLE, "CTO", f"{PAGE}?{'ü' * 5000}", SourceMethod.STRUCTURED)
    for _ in range(2):
        with tools.database.write() as session:
            fill_gaps(session, ada.id, [fact], run_id=None)
    assert [len(each.url) for each in sources(tools, ada.id)] == [800]


def test_text_that_no_database_can_keep_does_not_stop_the_rest(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    odd = [
        Fact(FactField.TITLE, "C\0TO \ud800", PAGE, SourceMethod.STRUCTURED),
        Fact(FactField.EMAIL, "\ud800", PAGE, SourceMethod.STRUCTURED),
        Fact(FactField.LOCATION, "  ", PAGE, SourceMethod.STRUCTURED),
    ]
    with tools.database.write() as session:
        filled = fill_gaps(session, ada.id, odd, run_id=None)
    assert became(filled) == {"title": "filled", "email": "refused"}
    assert "\0" not in filled.recorded()


def test_the_step_says_whom_and_which_page_and_the_source_says_which_run(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Example")
    with tools.database.write() as session:
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.ENRICH).id
    said = {"contact_id": ada.id, "values": {"title": "CTO"}, "source_url": PAGE}
    tools.call_as(Caller(Face.AGENT, run_id=run_id), Filled, "contact_merge", **said)
    with tools.database.read() as session:
        (step,) = [dict(row) for row in steps.list_workflow_steps(session, run_id)]
    assert (step["step_type"], step["contact_id"], step["url"]) == ("contact_merge", ada.id, PAGE)
    assert [each.workflow_run_id for each in sources(tools, ada.id)] == [run_id]
