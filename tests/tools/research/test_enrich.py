"""Enrich runs fill gaps from what pages say of this very person, and keep the source of every value."""

import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel
from sqlmodel import select

from onelane.storage.database.engine import Database
from onelane.storage.people import contact_sources
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.contact_batches import take_for_enrichment
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.people.fact_fields import FactField
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.ports.models import Models, NoModel
from onelane.tools.registry.ports.web import Fetched, Nowhere, Pages, Web
from onelane.tools.registry.runs.run import ClaimLost
from onelane.tools.web.browser.browser import Chromium
from tests.databases import Clock
from tests.server.engine.lanes import Lane, ScriptedModels, ScriptedSearch, lane
from tests.storage.people import add
from tests.tools.sync.fifty_pages import Case, fifty_cases, html, json_ld, person, script_only
from tests.websites import Visit, Website, fetcher, page, public_network, website

ENRICH = WorkflowType.ENRICH


@contextmanager
def world(
    database: Database,
    clock: Clock,
    cases: Sequence[Case],
    *,
    models: Models | None = None,
    search: Mapping[str, Sequence[str]] | None = None,
    chromium: Path | None = None,
) -> Generator[tuple[Lane, Website]]:
    """These contacts, the pages that there are of them, and an engine that can read these."""
    for case in cases:
        add(database, case.name, website=case.website or None, **case.columns)
    pages = {address: reply for case in cases for address, reply in case.pages.items()}
    with website(pages) as site:
        fetching = fetcher(public_network(site), database, clock)
        browser = Chromium(fetching, executable=chromium) if chromium else None
        web = Web(pages=fetching, browser=browser or Nowhere(), search=ScriptedSearch(search or {}))
        try:
            yield lane(database, web=web, models=models), site
        finally:
            if browser is not None:
                browser.close()


def everybody(database: Database) -> dict[str, Contact]:
    with database.read() as session:
        found = session.exec(select(Contact)).all()
        return {contact.name: contact for contact in found}


def known(database: Database, case: Case) -> dict[str, tuple[str, str]]:
    """What was found of a contact: by field the value and its page."""
    contact = everybody(database)[case.name]
    with database.read() as session:
        sources = contact_sources.list_sources(session, contact.id)
    pages = {(source.field, source.value): source.url for source in sources}
    given = {"name", "website", *case.columns}
    values = {field.value: getattr(contact, field.value) for field in FactField if field.value not in given}
    return {name: (value, pages[name, value]) for name, value in values.items() if value}


def test_fifty_contacts_are_enriched_by_rules_and_nothing_wrong_is_taken(database: Database, clock: Clock) -> None:
    cases = fifty_cases()
    assert len(cases) == 50
    with world(database, clock, cases) as (enrich, _):
        ids = [contact.id for contact in everybody(database).values()]
        run_id = enrich.start(ENRICH, mode="rules", contactIds=ids)

    assert {case.name: known(database, case) for case in cases} == {case.name: dict(case.found) for case in cases}
    wanted = Counter(case.outcome for case in cases)
    run, result = enrich.run(run_id), enrich.result(run_id)
    assert run.status is RunStatus.COMPLETED
    assert {name: result[name] for name in wanted} == dict(wanted)
    assert result["evaluated"] == run.processed_items == run.total_items == 50
    assert (run.success_items, run.skipped_items, run.error_items) == (
        wanted["enriched"], wanted["unchanged"], wanted["failed"],
    )  # fmt: skip
    assert result["values"] == sum(len(case.found) for case in cases)
    merged = enrich.steps(run_id, "contact_merge") + enrich.steps(run_id, "error")
    assert len({step["contact_id"] for step in merged}) == 50


def test_a_page_of_scripts_is_read_in_a_browser_and_the_choice_is_recorded(
    sqlite_database: Database, clock: Clock, chromium: Path
) -> None:
    case = script_only()
    with world(sqlite_database, clock, [case], chromium=chromium) as (enrich, _):
        run_id = enrich.start(ENRICH, mode="rules")

    assert known(sqlite_database, case) == case.found
    assert [step["url"] for step in enrich.steps(run_id, "browser_scrape")] == [case.website]
    [decision] = enrich.steps(run_id, "routing_decision")
    assert "browser" in decision["output"]


def some_cases(count: int = 12) -> list[Case]:
    return fifty_cases()[:count]


def doing(cases: Sequence[Case], at: int, action: Callable[[], None]) -> list[Case]:
    """The same contacts; while the page of one of them is read, something happens once."""
    [(address, reply)] = cases[at].pages.items()
    actions = [action]

    def body(visit: Visit) -> Iterable[bytes]:
        if actions:
            actions.pop()()
        assert isinstance(reply, str)
        yield reply.encode()

    return [*cases[:at], replace(cases[at], pages={address: page(body)}), *cases[at + 1 :]]


def test_a_run_that_is_stopped_between_contacts_goes_on_there_and_asks_no_page_twice(
    sqlite_database: Database, clock: Clock
) -> None:
    def pause() -> None:
        with sqlite_database.write() as session:
            enrich.engine.pause(session, "run_fixed")

    cases = some_cases()
    with world(sqlite_database, clock, doing(cases, 4, pause)) as (enrich, site):
        with sqlite_database.write() as session:
            enrich.engine.start(session, ENRICH, {"mode": "rules"}, by=None, run_id="run_fixed")
        assert enrich.run("run_fixed").status is RunStatus.PAUSED
        assert 0 < enrich.run("run_fixed").processed_items < len(cases)

        enrich.resume("run_fixed")

        assert enrich.run("run_fixed").status is RunStatus.COMPLETED
        assert len(site.asked) == len(set(site.asked)) == len(cases)
    assert {case.name: known(sqlite_database, case) for case in cases} == {
        case.name: dict(case.found) for case in cases
    }
    assert enrich.result("run_fixed")["enriched"] == enrich.run("run_fixed").success_items == len(cases)


def test_a_contact_that_was_enriched_rests_for_seven_days(database: Database, clock: Clock) -> None:
    with world(database, clock, some_cases(3)) as (enrich, _):
        assert enrich.result(enrich.start(ENRICH, mode="rules", belowScore=101))["evaluated"] == 3
        clock.advance(days=6)
        rested = enrich.result(enrich.start(ENRICH, mode="rules", belowScore=101))
        assert rested["evaluated"] == 0
        assert "were looked at within 7 days" in rested["message"]
        clock.advance(days=2)
        assert enrich.result(enrich.start(ENRICH, mode="rules", belowScore=101))["evaluated"] == 3


class DyingPages:
    """Pages whose reader is killed, again and again, before or behind its request."""

    def __init__(self, pages: Pages, *, every: int) -> None:
        self._pages = pages
        self._every = every
        self.count = 0

    def fetch(self, url: str) -> Fetched:
        self.count += 1
        if self.count % (2 * self._every) == 0:
            raise ClaimLost  # leaves the run as a killed process does: running, with nobody at it
        fetched = self._pages.fetch(url)
        if self.count % self._every == 0:
            raise ClaimLost
        return fetched


def test_a_run_that_is_killed_again_and_again_comes_out_as_one_that_never_was(
    sqlite_database: Database, clock: Clock
) -> None:
    cases = fifty_cases()[10:32]
    for case in cases:
        add(sqlite_database, case.name, website=case.website, **case.columns)
    with website({address: reply for case in cases for address, reply in case.pages.items()}) as site:
        pages = DyingPages(fetcher(public_network(site), sqlite_database, clock), every=3)
        enrich = lane(sqlite_database, web=Web(pages=pages))
        run_id = enrich.start(ENRICH, mode="rules")
        lives = 1
        while enrich.engine.sweep(lost_after_seconds=0):
            lives += 1
        asked = Counter(site.asked)

    assert lives > 5
    run = enrich.run(run_id)
    assert (run.status, run.success_items, run.processed_items) == (RunStatus.COMPLETED, len(cases), len(cases))
    assert {case.name: known(sqlite_database, case) for case in cases} == {
        case.name: dict(case.found) for case in cases
    }
    # Only a request that was in flight when it was killed is made again.
    assert sum(asked.values()) - len(asked) <= lives
    keys = [step["contact_id"] for step in enrich.steps(run_id, "contact_merge")]
    assert len(keys) == len(set(keys)) == len(cases)


def test_a_cancelled_run_gives_back_whom_it_did_not_come_to(sqlite_database: Database, clock: Clock) -> None:
    def cancel() -> None:
        with sqlite_database.write() as session:
            enrich.engine.cancel(session, "run_fixed")

    with world(sqlite_database, clock, doing(some_cases(8), 3, cancel)) as (enrich, _):
        with sqlite_database.write() as session:
            enrich.engine.start(session, ENRICH, {"mode": "rules"}, by=None, run_id="run_fixed")
        done = enrich.run("run_fixed").processed_items
        assert enrich.run("run_fixed").status is RunStatus.CANCELLED
        assert 0 < done < 8
        assert enrich.result(enrich.start(ENRICH, mode="rules"))["evaluated"] == 8 - done


def test_two_runs_never_take_the_same_contact(database: Database, clock: Clock) -> None:
    for case in some_cases(30):
        add(database, case.name, website=case.website)
    taken: list[str] = []
    start = threading.Barrier(3)

    def take() -> None:
        start.wait()
        for _ in range(5):
            with database.write() as session:
                found = take_for_enrichment(
                    session,
                    after_id="",
                    limit=7,
                    rested_before=clock() - timedelta(days=7),
                    below_score=None,
                    missing_columns=[],
                    with_page=True,
                    among_ids=None,
                )
            taken.extend(contact_id for contact_id, _ in found)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 30


def test_contacts_without_a_page_that_may_be_read_are_not_taken_by_rules(database: Database, clock: Clock) -> None:
    linked = {"profile_url": "https://www.linkedin.com/in/nobody-home"}
    with world(database, clock, [Case("Lynn Linked", "", {}, columns=linked), *some_cases(1)]) as (enrich, _):
        assert enrich.result(enrich.start(ENRICH, mode="rules"))["evaluated"] == 1


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"maxContact": 3}, "maxContacts"),
        ({"missing": ["emial"]}, "missing"),
        ({"mode": "magic"}, "mode"),
        ({"maxContacts": 0}, "maxContacts"),
    ],
)
def test_a_config_that_can_not_be_run_is_refused(
    sqlite_database: Database, config: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        lane(sqlite_database).start(ENRICH, **config)


def test_model_mode_without_a_model_says_what_to_do(sqlite_database: Database) -> None:
    with pytest.raises(NoModel, match="ANTHROPIC_API_KEY"):
        lane(sqlite_database).start(ENRICH, mode="model")


PROSE = "Petra Prose is Head of Data at Acme. Write to petra@acme.example.com. Her colleague Max Prose sells."
PETRA = Case("Petra Prose", "", {"acme.example.com/people": html(f"<p>{PROSE}</p>")}, columns={"company": "Acme GmbH"})
FOUND = {"Acme": ["https://www.linkedin.com/in/petra", "http://acme.example.com/people"]}


def quoted(**values: tuple[str, str]) -> dict[str, Any]:
    return {name: {"value": value, "quote": quote} for name, (value, quote) in values.items()}


def test_the_model_searches_reads_and_only_what_the_page_says_is_taken(database: Database, clock: Clock) -> None:
    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        assert "Petra Prose" in instructions
        return quoted(
            name=("Petra Prose", "Petra Prose is Head of Data"),
            title=("Head of Data", "Petra Prose is Head of Data"),
            email=("petra@acme.example.com", "Write to petra@acme.example.com"),
            phone=("+49 30 1234567", "Call +49 30 1234567"),
        )

    models = ScriptedModels(read)
    with world(database, clock, [PETRA], models=models, search=FOUND) as (enrich, site):
        run_id = enrich.start(ENRICH)

    url = "http://acme.example.com/people"
    assert known(database, PETRA) == {"title": ("Head of Data", url), "email": ("petra@acme.example.com", url)}
    assert models.settled == models.asked
    assert all("linkedin" not in address for address in site.asked)
    assert len(enrich.steps(run_id, "web_search")) == len(enrich.steps(run_id, "llm_extract")) == 1


def test_a_run_that_pauses_at_its_budget_goes_on_with_what_it_has_not_read(
    sqlite_database: Database, clock: Clock
) -> None:
    stops = [BudgetStop("The budget of $1.00 for this run is used up.")]

    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        if stops:
            raise stops.pop()
        said = "Petra Prose is Head of Data"
        return quoted(name=("Petra Prose", said), title=("Head of Data", said))

    with world(sqlite_database, clock, [PETRA], models=ScriptedModels(read), search=FOUND) as (enrich, site):
        run_id = enrich.start(ENRICH, budget={"usd": 1, "then": "pause"})
        assert enrich.run(run_id).status is RunStatus.PAUSED
        assert everybody(sqlite_database)["Petra Prose"].title is None
        enrich.resume(run_id)
        assert len(site.asked) == 1

    assert enrich.run(run_id).status is RunStatus.COMPLETED
    assert everybody(sqlite_database)["Petra Prose"].title == "Head of Data"


def test_an_error_with_one_contact_is_recorded_and_the_run_goes_on(sqlite_database: Database, clock: Clock) -> None:
    class OutOfOrder(ToolError):
        """The model is out of order. Try again later."""

    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        raise OutOfOrder

    cases = [replace(PETRA, name=f"Petra{number} Prose", pages={}) for number in range(12)]
    everyone = ", ".join(case.name for case in cases)
    pages = {"acme.example.com/people": html(f"<p>{everyone} work at Acme.</p>")}
    cases[0] = replace(cases[0], pages=pages)
    with world(sqlite_database, clock, cases, models=ScriptedModels(read), search=FOUND) as (enrich, _):
        run_id = enrich.start(ENRICH)

    run = enrich.run(run_id)
    assert (run.status, run.error_items, run.processed_items) == (RunStatus.COMPLETED, 12, 12)
    assert len(enrich.steps(run_id, "error")) == 10
    assert enrich.result(run_id)["failed"] == 12
    assert orjson.loads(run.errors) == ["The model is out of order. Try again later."] * 10


def test_a_budget_that_is_reached_ends_the_run_with_what_it_has(sqlite_database: Database, clock: Clock) -> None:
    def read(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        raise BudgetStop("The budget of $1.00 for this run is used up.")

    ruled = Case("Rule Made", "http://rule.example.com/", {
        "rule.example.com/": html("<p>Rule Made writes.</p>", json_ld(person("Rule Made", jobTitle="Author")))
    })  # fmt: skip
    with world(sqlite_database, clock, [ruled, PETRA], models=ScriptedModels(read), search=FOUND) as (enrich, _):
        run_id = enrich.start(ENRICH)

    run = enrich.run(run_id)
    assert run.status is RunStatus.COMPLETED
    assert run.status_reason == "The budget of $1.00 for this run is used up."
    assert enrich.result(run_id)["enriched"] == 1
    everyone = everybody(sqlite_database)
    assert everyone["Rule Made"].title == "Author"
    assert everyone["Petra Prose"].enriched_at is None
