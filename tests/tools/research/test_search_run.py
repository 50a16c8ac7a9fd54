"""Search runs turn pages into contacts: only people whom a page names, each once, with the page that says so."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.people import contact_sources
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.ports.models import Models
from onelane.tools.registry.ports.web import Web
from tests.databases import Clock
from tests.server.engine.lanes import Lane, ScriptedModels, ScriptedSearch, lane
from tests.storage.people import add
from tests.tools.sync.fifty_pages import html, json_ld, person
from tests.websites import Website, fetcher, public_network, website

SEARCH = WorkflowType.SEARCH
TEAM = "http://acme.example.com/team"
TALK = "http://conf.example.com/talks"
PAGES = {
    "acme.example.com/team": html(
        "Our team",
        json_ld(
            person("Ada Example", jobTitle="CTO", email="ada@acme.example.com"),
            person("Bob Example", jobTitle="CFO"),
            person("Name Only"),
            {"@type": "Organization", "name": "Acme", "email": "info@acme.example.com"},
        ),
    ),
    "conf.example.com/talks": html(
        "<p>Cleo Speaker of Banka talks about payments. Dan Seller sells chairs.</p>",
        json_ld(person("Ada Example", email="ada@acme.example.com", telephone="+49 30 1234567")),
    ),
}
HITS = {"team": [TEAM, "https://www.linkedin.com/in/ada", "http://gone.example.com/"], "talks": [TALK, TEAM]}


@contextmanager
def world(
    database: Database, clock: Clock, *, models: Models | None = None
) -> Generator[tuple[Lane, Website, ScriptedSearch]]:
    with website(PAGES) as site:
        search = ScriptedSearch(HITS)
        web = Web(pages=fetcher(public_network(site), database, clock), search=search)
        yield lane(database, web=web, models=models), site, search


def everybody(database: Database) -> dict[str, dict[str, Any]]:
    with database.read() as session:
        return {row["name"]: dict(row) for row in session.sql(sa.select(table_of(Contact))).mappings()}


def sources(database: Database, contact_id: str) -> dict[str, str]:
    with database.read() as session:
        return {each.field: each.url for each in contact_sources.list_sources(session, contact_id)}


def test_people_in_structured_data_become_contacts_each_once_with_their_page(database: Database, clock: Clock) -> None:
    with world(database, clock) as (search, site, _):
        run_id = search.start(SEARCH, queries=["acme team", "payment talks"], tags=["found"])

    people = everybody(database)
    assert set(people) == {"Ada Example", "Bob Example"}
    ada = people["Ada Example"]
    assert (ada["title"], ada["email"], ada["phone"]) == ("CTO", "ada@acme.example.com", "+49301234567")
    assert orjson.loads(ada["tags"]) == ["found"]
    said = sources(database, ada["id"])
    assert (said["title"], said["phone"]) == (TEAM, TALK)
    result = search.result(run_id)
    assert (result["created"], result["known"], result["pagesRead"], result["pagesUnread"]) == (2, 1, 2, 1)
    assert [each["created"] for each in result["queries"]] == [2, 0]
    assert len(site.asked) == len(set(site.asked)) == 3
    assert search.run(run_id).status is RunStatus.COMPLETED
    assert len(search.steps(run_id, "contact_create")) == 2


def quoted(**values: str) -> dict[str, Any]:
    return {name: {"value": value, "quote": value} for name, value in values.items()}


def judging(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
    assert "talks about payments" in instructions
    if "Cleo" not in text:
        return {"people": []}
    return {
        "people": [
            {**quoted(name="Cleo Speaker", company="Banka"), "meets": True, "reason": "Talks about payments"},
            {**quoted(name="Dan Seller", title="sells chairs"), "meets": False, "reason": "Sells chairs"},
            {**quoted(name="Made Up", company="Banka"), "meets": True, "reason": "Invented"},
        ]
    }


def test_the_model_keeps_whom_the_requirements_mean_with_a_reason_and_invents_nobody(
    database: Database, clock: Clock
) -> None:
    models = ScriptedModels(judging)
    with world(database, clock, models=models) as (search, _, _):
        run_id = search.start(SEARCH, queries=["payment talks"], requirements="Whoever talks about payments")

    assert set(everybody(database)) == {"Cleo Speaker"}
    [step] = search.steps(run_id, "contact_create")
    assert orjson.loads(step["output"])["reason"] == "Talks about payments"
    assert search.result(run_id)["requirementsJudged"] is True
    assert models.settled == models.asked


def test_without_a_model_it_says_that_nobody_judged_the_requirements(sqlite_database: Database, clock: Clock) -> None:
    with world(sqlite_database, clock) as (search, _, _):
        result = search.result(search.start(SEARCH, queries=["acme team"], requirements="Engineers"))
    assert result["requirementsJudged"] is False
    assert "nobody judged" in result["message"]


def test_a_search_run_stops_when_there_are_enough_new_contacts(sqlite_database: Database, clock: Clock) -> None:
    with world(sqlite_database, clock) as (search, _, engine):
        run_id = search.start(SEARCH, queries=["acme team", "payment talks"], maxContacts=1)
    assert len(everybody(sqlite_database)) == 1
    assert engine.queries == ["acme team"]
    assert search.result(run_id)["created"] == 1


def test_a_person_who_is_a_contact_already_is_not_created_twice(sqlite_database: Database, clock: Clock) -> None:
    add(sqlite_database, "Ada Example", email="ada@acme.example.com")
    with world(sqlite_database, clock) as (search, _, _):
        result = search.result(search.start(SEARCH, queries=["acme team"]))
    assert (result["created"], result["known"]) == (1, 1)
    assert everybody(sqlite_database)["Ada Example"]["title"] == "CTO"


def test_a_budget_that_is_reached_ends_it_with_what_it_has(sqlite_database: Database, clock: Clock) -> None:
    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        if "Ada" in text and "Cleo" not in text:
            found = {**quoted(name="Ada Example", title="CTO"), "meets": True, "reason": "Is one"}
            return {"people": [found]}
        raise BudgetStop("The budget of 3 turns for this run is used up.")

    with world(sqlite_database, clock, models=ScriptedModels(read)) as (search, _, _):
        run_id = search.start(SEARCH, queries=["acme team", "payment talks"])
    assert search.run(run_id).status is RunStatus.COMPLETED
    assert search.result(run_id)["created"] == 1
    assert search.result(run_id)["stoppedBy"] == "The budget of 3 turns for this run is used up."


def test_a_paused_run_goes_on_where_it_was_and_asks_nothing_twice(sqlite_database: Database, clock: Clock) -> None:
    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        if len(models.asked) == 1:
            with sqlite_database.write() as session:
                search.engine.pause(session, "run_fixed")
        return {
            "people": [{**quoted(name="Ada Example", email="ada@acme.example.com"), "meets": True, "reason": "Yes"}]
        }

    models = ScriptedModels(read)
    config = {"queries": ["acme team", "payment talks"]}
    with world(sqlite_database, clock, models=models) as (search, site, engine):
        with sqlite_database.write() as session:
            search.engine.start(session, SEARCH, config, by=None, run_id="run_fixed")
        assert search.run("run_fixed").status is RunStatus.PAUSED
        search.resume("run_fixed")
        assert len(site.asked) == len(set(site.asked)) == 3
        assert engine.queries == config["queries"]
    assert len(models.asked) == len(set(models.asked)) == 2
    assert (search.result("run_fixed")["created"], search.result("run_fixed")["known"]) == (1, 1)
    assert search.run("run_fixed").processed_items == 2


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({}, "queries"),
        ({"queries": []}, "queries"),
        ({"query": ["a"]}, "queries"),
        ({"queries": ["a"], "tag": 1}, "tags"),
    ],
)
def test_a_config_that_can_not_be_run_is_refused(
    sqlite_database: Database, config: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        lane(sqlite_database).start(SEARCH, **config)
