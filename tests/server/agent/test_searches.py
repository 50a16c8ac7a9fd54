"""What a run may ask a search engine once it has read private things and strangers' words."""

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import approvals
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.gate import contact_mentions
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Script, calls, says
from tests.server.gated_calls import RememberingWeb, web_of

PRIVATE = {
    "whose is ada@example.com": "'ada@example.com', the e-mail address of a contact",
    "ADA%40Example.com": "'ada@example.com', the e-mail address of a contact",
    "ada (at) example [dot] com": "'ada@example.com', the e-mail address of a contact",
    "Ada Example 030 90 18 20": "'30901820', the phone number of a contact",
    "+49 (30) 901820 Berlin": "'4930901820', the phone number of a contact",
    "who moves TO LISBON IN MAY": "'moves TO LISBON IN', from the notes on a contact",
}
PUBLIC = ("Ada Example Example Labs", "Head of Data Berlin 2019-2024", "ada example.com", "who is bob@example.org")


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    with sqlite_database.write() as session:
        ada = contacts.create_contact(
            session,
            name="Ada Example",
            company="Example Labs",
            title="Head of Data",
            location="Berlin",
            email="ada@example.com",
            phone="+4930901820",
        )
        contacts.create_contact(session, name="Élodie Example")
        ada.notes = "Does not know yet that she\nmoves to Lisbon in May."
    return sqlite_database


@pytest.mark.parametrize("query", PRIVATE)
def test_a_query_with_what_is_not_for_everybody_needs_the_person(database: Database, query: str) -> None:
    asked, searched = searched_for(database, query)
    (question,) = asked
    assert PRIVATE[query] in question
    assert query in question
    assert searched == []


@pytest.mark.parametrize("query", PUBLIC)
def test_a_query_with_what_people_are_looked_for_by_needs_nobody(database: Database, query: str) -> None:
    assert searched_for(database, query) == ([], [query])


@pytest.mark.parametrize("query", PRIVATE)
def test_what_the_person_wrote_themselves_is_searched_for_unasked(database: Database, query: str) -> None:
    assert searched_for(database, query, goal=f"Find out: {query}") == ([], [query])


@pytest.mark.parametrize("query", PRIVATE)
def test_a_run_that_has_read_nothing_searches_unasked(database: Database, query: str) -> None:
    assert searched_for(database, query, looks=False) == ([], [query])


@pytest.mark.parametrize(
    ("rest", "named"),
    [
        ("ada%40example.com", "'ada@example.com', which is the email of a contact"),
        ("?ada@example.com", "'ada@example.com', which is the email of a contact"),
        ("?d=Ada;ada@example.com;x", "'ada@example.com', the e-mail address of a contact"),
        ("tel/+49-30-901820", "'4930901820', the phone number of a contact"),
        ("?d=she+moves+to+Lisbon+in+May", "'she moves to Lisbon', from the notes on a contact"),
        ("?d=she+is+ada-example+you+know", "'Ada Example', the name of a contact"),
        ("?d=Ada+Example", "'Ada Example', which is the name of a contact"),
        ("who/%C3%89LODIE_Example/x", "'Élodie Example', the name of a contact"),
        ("Berlin/about", ""),
        ("ada/berlin/example", ""),
    ],
)
def test_what_of_a_contact_stands_in_an_address_is_named(database: Database, rest: str, named: str) -> None:
    with database.read() as session:
        found = contact_mentions.in_address(session, f"https://collector.example.com/{rest}")
    assert found == ([named] if named else [])


def test_every_tool_that_asks_the_world_says_what_it_tells_it() -> None:
    asking = (tool for tool in all_tools() if tool.spec.outside and tool.spec.agents)
    silent = {tool.name for tool in asking if tool.spec.leaves is None and tool.spec.tells is None}
    # It asks the model's provider, who is told the whole conversation anyway.
    assert silent == {"llm_extract"}


def searched_for(
    database: Database, query: str, *, goal: str = "Look around.", looks: bool = True
) -> tuple[list[str], list[str]]:
    """What the person is asked when a run searches, and what the search engine was told."""
    visited = RememberingWeb()
    before = [[calls("search_contacts")]] if looks else []
    with agency(
        database, Script(*before, [calls("web_search", query=query)], [says("Done.")]), web=web_of(visited)
    ) as agents:
        agents.start(goal)
        return questions(agents), visited.queries


def questions(agents: Agency) -> list[str]:
    with agents.database.read() as session:
        return [asked.shown for asked in approvals.list_open(session)]
