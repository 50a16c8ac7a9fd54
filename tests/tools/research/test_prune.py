"""Prune runs archive whom a person can do without, with a reason each, and take nothing away for good."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows, table_of
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact, FunnelStage
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import enrollments, runs, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.people.contacts import ContactOutcomes
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.ports.models import NoModel
from tests.databases import Clock
from tests.server.engine.lanes import ScriptedModels, lane
from tests.storage.people import add

PRUNE = WorkflowType.PRUNE


def archived(database: Database) -> dict[str, str | None]:
    """Who is archived, by name, and why."""
    with database.read() as session:
        everyone = table_of(Contact)
        rows = session.sql(sa.select(everyone).where(everyone.c.archived_at.is_not(None)))
        return {row.name: row.archive_reason for row in rows}


def test_criteria_archive_whom_all_of_them_mean_and_say_why(database: Database, clock: Clock) -> None:
    old = clock() - timedelta(days=800)
    add(database, "Ada Quiet", last_interaction_at=old)
    add(database, "Bob Quiet", last_interaction_at=old, email="bob@example.com")
    add(database, "Cleo Recent", last_interaction_at=clock() - timedelta(days=3))
    prune = lane(database)

    run_id = prune.start(PRUNE, criteria={"noInteractionDays": 365, "withoutEmail": True})

    assert archived(database) == {"Ada Quiet": "No interaction for 365 days; no e-mail address."}
    run, result = prune.run(run_id), prune.result(run_id)
    assert run.status is RunStatus.COMPLETED
    assert (run.processed_items, run.success_items, run.skipped_items) == (3, 1, 2)
    assert (result["evaluated"], result["archived"], result["kept"]) == (3, 1, 2)
    assert result["topReasons"] == [{"reason": "No interaction for 365 days; no e-mail address.", "count": 1}]
    [step] = prune.steps(run_id, "contact_archive")
    assert step["contact_id"] == result["sample"][0]["contactId"]


def test_oneself_customers_the_enrolled_and_whom_one_keeps_are_never_archived(database: Database) -> None:
    add(database, "Me Myself", is_self=True)
    add(database, "Cora Customer", funnel_stage=FunnelStage.CUSTOMER)
    add(database, "Adam Advocate", funnel_stage=FunnelStage.ADVOCATE)
    [enrolled] = add(database, "Eve Enrolled")
    [kept] = add(database, "Kay Kept")
    add(database, "Tom Tagged", tags=["Friend"])
    add(database, "Gus Gone")
    with database.write() as session:
        template = templates.create_template(session, name="Outreach", template_type=TemplateType.OUTREACH)
        enrollments.enroll_contact(session, template_id=template.id, contact_id=enrolled)

    prune = lane(database)
    result = prune.result(prune.start(PRUNE, criteria={"withoutEmail": True}, keep=[kept, "friend"]))

    assert list(archived(database)) == ["Gus Gone"]
    assert result["leftOut"] == 4
    assert "4 were left out: in a sequence, customers, advocates, or the person themselves." in result["message"]


def test_a_dry_run_decides_and_archives_nobody(database: Database) -> None:
    add(database, "Ada Example")
    prune = lane(database)

    run_id = prune.start(PRUNE, criteria={"withoutEmail": True}, dryRun=True)

    assert archived(database) == {}
    result = prune.result(run_id)
    assert (result["archived"], result["dryRun"]) == (1, True)
    assert result["sample"][0]["name"] == "Ada Example"
    assert prune.steps(run_id, "contact_archive") == []


def test_all_that_a_run_archived_comes_back_at_once(database: Database) -> None:
    add(database, "Ada Example", "Bob Example")
    [earlier] = add(database, "Cleo Earlier")
    with database.write() as session:
        contacts.archive_contacts(session, [earlier], "By hand")
    prune = lane(database)
    run_id = prune.start(PRUNE, criteria={"withoutEmail": True})
    assert len(archived(database)) == 3

    arguments = {"run_id": run_id}
    outcomes = prune.toolbox.call("restore_contacts", arguments, Caller(Face.MCP))

    assert isinstance(outcomes, ContactOutcomes)
    assert outcomes.total == 2
    assert archived(database) == {"Cleo Earlier": "By hand"}


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({}, "needs criteria"),
        ({"criteria": {"tagsNone": ["vip"]}}, "needs criteria"),
        ({"criteria": {"noInteractionDay": 3}}, "noInteractionDays"),
        ({"criterias": {}}, "criteria"),
        ({"mode": "words", "criteria": {"withoutEmail": True}}, "words must say"),
        ({"mode": "rules", "words": "whoever"}, "language model"),
        ({"criteria": {"noInteractionDays": 0}}, "noInteractionDays"),
        ({"criteria": {"importedBefore": "soon"}}, "importedBefore"),
        ({"criteria": {"withoutEmail": True}, "budget": {"dollars": 3}}, "budget"),
    ],
)
def test_a_config_that_can_not_be_run_is_refused_before_there_is_a_run(
    sqlite_database: Database, config: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        lane(sqlite_database).start(PRUNE, **config)


def test_words_without_a_model_are_refused_and_never_taken_for_rules(sqlite_database: Database) -> None:
    with pytest.raises(NoModel):
        lane(sqlite_database).start(PRUNE, words="Whoever sells insurance", criteria={"withoutEmail": True})


def lines_of(text: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in text.splitlines()]


def test_words_are_judged_in_batches_of_fifty_and_each_contact_gets_a_reason(database: Database) -> None:
    add(database, *(f"Person {number:03}" for number in range(120)), title="Seller")

    def decide(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        people = lines_of(text)
        assert len(people) <= 50
        assert "Whoever sells" in instructions
        chosen = [each for each in people if int(each["name"][-3:]) % 2]
        return {
            "decisions": [
                {"contact_id": each["id"], "decision": "archive", "reason": f"{each['name']} sells"} for each in chosen
            ]
        }

    models = ScriptedModels(decide)
    prune = lane(database, models=models)
    run_id = prune.start(PRUNE, words="Whoever sells insurance")

    assert len(models.asked) == 3
    assert models.settled == models.asked
    gone = archived(database)
    assert len(gone) == 60
    assert gone["Person 001"] == "Person 001 sells"
    assert prune.run(run_id).success_items == 60


def test_a_contact_that_the_model_omits_contradicts_or_invents_is_kept(database: Database) -> None:
    ids = add(database, "Ada Unnamed", "Bob Twice", "Cleo Reasonless", "Dan Archived")
    [other] = add(database, "Eve Customer", funnel_stage=FunnelStage.CUSTOMER)

    def decide(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        said = [
            (ids[1], "archive", "Out"), (ids[1], "keep", "In"), (ids[2], "archive", " "), (ids[3], "archive", "Gone"),
            (other, "archive", "Not asked about"), ("con_nobody", "archive", "Made up"),
        ]  # fmt: skip
        return {"decisions": [{"contact_id": one, "decision": two, "reason": three} for one, two, three in said]}

    lane(database, models=ScriptedModels(decide)).start(PRUNE, words="Whoever")

    assert archived(database) == {"Dan Archived": "Gone"}


def test_a_run_that_is_stopped_goes_on_where_it_was_and_comes_out_the_same(sqlite_database: Database) -> None:
    add(sqlite_database, *(f"Person {number:03}" for number in range(150)))
    stops = [2]

    def decide(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
        if len(models.asked) in stops:
            stops.clear()
            with sqlite_database.write() as session:
                prune.engine.pause(session, "run_fixed")
        decisions = [{"contact_id": each["id"], "decision": "archive", "reason": "Out"} for each in lines_of(text)]
        return {"decisions": decisions}

    models = ScriptedModels(decide)
    prune = lane(sqlite_database, models=models)
    with sqlite_database.write() as session:
        prune.engine.start(session, PRUNE, {"words": "Whoever"}, by=None, run_id="run_fixed")
    assert prune.run("run_fixed").status is RunStatus.PAUSED
    assert 0 < len(archived(sqlite_database)) < 150

    prune.resume("run_fixed")

    assert prune.run("run_fixed").status is RunStatus.COMPLETED
    assert len(models.asked) == 3
    assert len(set(models.asked)) == 3
    assert len(prune.steps("run_fixed", "contact_archive")) == len(archived(sqlite_database)) == 150
    assert prune.run("run_fixed").success_items == 150


def test_a_run_by_rules_that_is_killed_between_pages_goes_on_behind_the_last_one(sqlite_database: Database) -> None:
    add(sqlite_database, *(f"Person {number:03}" for number in range(450)))
    prune = lane(sqlite_database)
    with sqlite_database.write() as session:
        prune.engine.start(
            session, PRUNE, {"criteria": {"withoutEmail": True}, "maxContacts": 200}, by=None, run_id="run_first"
        )
        # As a process that is killed leaves it: one page is recorded, and the run has not ended.
    with sqlite_database.write() as session:
        everything = {"criteria": {"withoutEmail": True}}
        runs.update_workflow_run(
            session, "run_first", status=RunStatus.RUNNING, config=orjson.dumps(everything).decode(), completed_at=None
        )

    assert prune.engine.sweep(lost_after_seconds=0) == 1

    run = prune.run("run_first")
    assert (run.status, run.processed_items, run.success_items) == (RunStatus.COMPLETED, 450, 450)
    assert len(prune.steps("run_first", "contact_archive")) == len(archived(sqlite_database)) == 450
    assert len(prune.steps("run_first", "decision")) == 3


def test_ten_thousand_contacts_are_pruned_in_a_reasonable_time(database: Database) -> None:
    columns = ("id", "name", "email", "created_at", "updated_at")
    made = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    rows = [
        (f"con_{number:06}", f"Person {number}", None if number % 2 else f"p{number}@example.com", made, made)
        for number in range(10_000)
    ]
    with database.write() as session:
        insert_rows(session, Contact, columns, rows)
        index_contacts(session, [row[0] for row in rows])
    prune = lane(database, dispatcher=InlineDispatcher())

    started = time.perf_counter()
    run_id = prune.start(PRUNE, criteria={"withoutEmail": True, "noInteractionDays": 30})
    took_s = time.perf_counter() - started

    assert prune.result(run_id)["archived"] == prune.run(run_id).success_items == 5_000
    assert took_s < 60, f"{took_s:.1f} s"
