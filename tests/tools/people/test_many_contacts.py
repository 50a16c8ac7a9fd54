"""Many contacts at once: a filter with the number that is expected, tags, numbers, and searches in a person's words."""

import json

import pytest
from sqlalchemy import event

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import tagging
from onelane.tools.people.contact_views import ContactPage, SavedContact
from onelane.tools.people.contacts import ContactOutcomes
from onelane.tools.people.finding import contact_counts
from onelane.tools.people.finding.contact_counts import ContactCounts
from onelane.tools.people.tagging import Tagged
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.tool_spec import Reveals
from tests.toolbox import Toolbox, toolbox

FINTECH = {"query": "fintech"}


@pytest.fixture
def tools(sqlite_database: Database) -> Toolbox:
    """Three people of a fintech, one of a bakery."""
    with sqlite_database.write() as session:
        made = [
            contacts.create_contact(session, name=name, company=company)
            for name, company in (
                ("Ada", "Fintech One"),
                ("Bo", "fintech one"),
                ("Cy", "Fintech Two"),
                ("Di", "Bakery"),
            )
        ]
        index_contacts(session, [each.id for each in made])
    return toolbox(sqlite_database, contact_tools, contact_counts, tagging)


def names(page: ContactPage) -> set[str]:
    return {contact.name for contact in page.data}


def test_a_search_in_a_sentence_finds_who_has_most_of_its_words_and_says_what_is_missing(tools: Toolbox) -> None:
    found = tools.call(ContactPage, "search_contacts", query="who works in fintech at berlin?")
    assert names(found) == {"Ada", "Bo", "Cy"}
    assert found.text().splitlines()[0] == "Nobody has 'berlin?' as well. query='fintech' finds:"
    nobody = tools.call(ContactPage, "search_contacts", query="zeppelin pilots")
    assert (nobody.total, nobody.nearest) == (0, None)


def test_a_program_gets_who_has_all_words_and_nobody_else(tools: Toolbox) -> None:
    assert tools.call_as(Caller(Face.REST), ContactPage, "search_contacts", query="works in fintech").total == 0


def test_a_filter_touches_nobody_when_it_finds_another_number_than_expected(tools: Toolbox) -> None:
    wrong = {"where": FINTECH, "expect": 2, "reason": "Left"}
    with pytest.raises(Conflict, match=r"3 contacts fit, and not 2: nothing was done.*expect=3"):
        tools.call(ContactOutcomes, "archive_contacts", **wrong)
    with pytest.raises(BadRequest, match="Say with expect"):
        tools.call(ContactOutcomes, "archive_contacts", where=FINTECH, reason="Left")
    assert tools.call(ContactOutcomes, "archive_contacts", **{**wrong, "expect": 3}).counts == {"archived": 3}


def test_tags_are_put_on_many_and_taken_off_whatever_their_case(tools: Toolbox) -> None:
    tagged = tools.call(Tagged, "tag_contacts", where=FINTECH, expect=3, add=["Autumn"])
    assert (tagged.changed, tagged.text()) == (3, "3 contacts changed. Tags put on: Autumn.")
    again = tools.call(Tagged, "tag_contacts", where=FINTECH, expect=3, add=["autumn"])
    assert (again.changed, again.text()) == (0, "No tags were changed: all 3 contacts were so already.")
    assert tools.call(Tagged, "tag_contacts", contact_ids=["con_none"], add=["x"]).text() == "No tags were changed."
    assert names(tools.call(ContactPage, "search_contacts", tags=["autumn"])) == {"Ada", "Bo", "Cy"}
    of_one = {"tag": "autumn", "company": "Fintech One"}
    assert tools.call(Tagged, "tag_contacts", where=of_one, expect=2, add=["first"]).changed == 2
    assert tools.call(Tagged, "tag_contacts", where={"tag": "autumn"}, expect=3, remove=["AUTUMN"]).changed == 3
    assert tools.call(ContactPage, "search_contacts", tags=["autumn"]).total == 0


def test_contacts_are_counted_by_what_they_have_in_common(tools: Toolbox) -> None:
    by_company = tools.call(ContactCounts, "count_contacts")
    assert {group.value: group.count for group in by_company.groups} == {
        "Fintech One": 2,
        "Fintech Two": 1,
        "Bakery": 1,
    }
    by_month = tools.call(ContactCounts, "count_contacts", by="month", query="fintech")
    assert by_month.text().splitlines() == ["3 contacts by month:", "3\t2026-11"]
    nobody = tools.call(ContactCounts, "count_contacts", by="month", query="nobodys")
    assert nobody.text().startswith("No contacts, so there is nothing to count.")
    tags = tools.call(ContactCounts, "count_contacts", by="tag")
    assert tags.text().splitlines() == ["4 contacts by tag:", "4\t(unknown)"]


def test_a_chat_that_saves_somebody_of_a_known_name_asks_as_an_import_does(tools: Toolbox) -> None:
    call = tools.product.prepare("save_contact", {"name": "ada"}, Caller(Face.MCP))
    saved = call.run()
    assert isinstance(saved, SavedContact)
    assert "Called so already: con_" in call.notes[0]
    assert f"merge_contacts(other_id={saved.id!r}" in call.notes[0]
    tools.call_as(Caller(Face.REST), SavedContact, "save_contact", name="Bo")
    with tools.database.read() as session:
        (asked,) = tasks.list_open_tasks(session, task_type=TaskType.MERGE_PROPOSAL, limit=5)
    assert saved.id in json.loads(asked.payload)["contact_ids"]


@pytest.mark.parametrize(
    ("tool", "given"),
    [("archive_contacts", {"reason": "gone"}), ("tag_contacts", {"add": ["new"]}), ("restore_contacts", {})],
)
def test_a_question_about_many_contacts_changes_none_on_the_way(
    tools: Toolbox, tool: str, given: dict[str, object]
) -> None:
    """Others wait for what writes, and so would they for a rehearsal on ten thousand contacts."""
    with tools.database.write() as session:
        ids = [contacts.create_contact(session, name=f"Ada {number}").id for number in range(60)]
    written: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        if statement.startswith(("UPDATE", "DELETE", "INSERT", "BEGIN IMMEDIATE")):
            written.append(statement)

    event.listen(tools.database.engine, "before_cursor_execute", note)
    chat = Chat("careful", frozenset(Reveals))
    question = tools.product.question(tool, {**given, "contact_ids": ids}, Caller(Face.MCP, chat=chat))
    assert question is not None
    assert "60 contacts that it did not make" in question.shown
    assert written == []
