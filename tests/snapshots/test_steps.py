"""What runs of each type record, step by step, as their snapshots have it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.steps import Step
from onelane.tools.registry.ports.web import Web
from tests.databases import Clock
from tests.samples.linkedin import linkedin_zip
from tests.server.agent.agents import agency
from tests.server.agent.script import Script, calls, says, searches, thinks
from tests.server.engine.lanes import ScriptedModels, ScriptedSearch, lane
from tests.snapshots.conftest import Snapshots
from tests.storage.people import add
from tests.tools.sync.fifty_pages import html, json_ld, person
from tests.websites import fetcher, public_network, website

TEAM = "http://acme.example.com/team"
PAGES = {
    "ada.example.com/": html("Ada", json_ld(person("Ada Example", jobTitle="CTO", telephone="+49 30 1234567"))),
    "acme.example.com/team": html(
        "<p>Petra Prose is Head of Data at Acme.</p>",
        json_ld(person("Bob Example", jobTitle="CFO", email="bob@acme.example.com")),
    ),
}
HITS = {"team": [TEAM, "https://www.linkedin.com/in/bob", "http://gone.example.com/"], "Petra": [TEAM]}
RUNS: Mapping[str, tuple[WorkflowType, Mapping[str, Any]]] = {
    "enrich_by_rules": (WorkflowType.ENRICH, {"mode": "rules"}),
    "enrich_by_model": (WorkflowType.ENRICH, {"mode": "model"}),
    "search_by_rules": (WorkflowType.SEARCH, {"mode": "rules", "queries": ["acme team", "nobody"]}),
    "search_by_model": (WorkflowType.SEARCH, {"queries": ["acme team"], "requirements": "Whoever works with data"}),
    "prune_by_rules": (WorkflowType.PRUNE, {"criteria": {"withoutEmail": True}}),
    "prune_by_model": (WorkflowType.PRUNE, {"words": "Whoever has gone"}),
}
VARYING = re.compile(r"\b[a-z]+_[0-9a-v]{24}\b|(?<=page:)[0-9a-f]{12}(?=:)")
"""Ids, and what a sync calls the file that it reads, by its place and time."""
WORK = Script(
    [thinks("They want Ada."), says("I look for Ada."), calls("search_contacts", query="ada"), calls("overview")],
    [searches("ada example", Ada="https://ada.example"), calls("get_contact", contact_id="con_none")],
    [calls("save_contact", name="Ada Lovelace"), calls("create_template", name="For Ada", template_type="nurture")],
    [says("Ada is saved.")],
)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_over_contacts_records_the_steps_of_its_snapshot(
    sqlite_database: Database, clock: Clock, snapshots: Snapshots, name: str
) -> None:
    add(sqlite_database, "Ada Example", website="http://ada.example.com/")
    add(sqlite_database, "Petra Prose", company="Acme", email="petra@example.com")
    add(sqlite_database, "Gus Gone", website="http://gone.example.com/")
    workflow_type, config = RUNS[name]
    with website(PAGES) as site:
        web = Web(pages=fetcher(public_network(site), sqlite_database, clock), search=ScriptedSearch(HITS))
        runs = lane(sqlite_database, web=web, models=ScriptedModels(answer))
        run_id = runs.start(workflow_type, **config)
    snapshots.compare(f"steps/{name}.txt", steps_of(sqlite_database, run_id))


def test_a_sync_records_the_steps_of_its_snapshot(
    sqlite_database: Database, tmp_path: Path, snapshots: Snapshots
) -> None:
    runs = lane(sqlite_database)
    file = linkedin_zip(tmp_path / "linkedin.zip", 3, messages=4)
    run_id = runs.start(WorkflowType.SYNC, syncSubType="linkedin_contacts", file=str(file))
    snapshots.compare("steps/sync.txt", steps_of(sqlite_database, run_id))


def test_an_agent_records_the_steps_of_its_snapshot(sqlite_database: Database, snapshots: Snapshots) -> None:
    with agency(sqlite_database, WORK) as agents:
        run_id = agents.start("Find Ada.")
    snapshots.compare("steps/agent.txt", steps_of(sqlite_database, run_id))


def answer(form: type[BaseModel], text: str, instructions: str) -> Mapping[str, Any]:
    """What the model says: Petra stands on the page, and of all contacts Gus is to go."""
    if "decisions" in form.model_fields:
        people = [orjson.loads(line) for line in text.splitlines()]
        gone = [each["id"] for each in people if each["name"] == "Gus Gone"]
        return {"decisions": [{"contact_id": each, "decision": "archive", "reason": "Has gone"} for each in gone]}
    said = "Petra Prose is Head of Data"
    petra = {"name": {"value": "Petra Prose", "quote": said}, "title": {"value": "Head of Data", "quote": said}}
    if "people" in form.model_fields:
        return {"people": [{**petra, "meets": True, "reason": "Works with data"}]}
    return petra if "Petra" in instructions else {}


def steps_of(database: Database, run_id: str) -> str:
    """A line for each step of a run: type, status, tool, key."""
    steps = table_of(Step)
    shown = sa.select(steps.c.step_type, steps.c.status, steps.c.tool, steps.c.step_key)
    with database.read() as session:
        rows = session.sql(shown.where(steps.c.workflow_run_id == run_id).order_by(steps.c.step_index)).all()
    return with_numbers(
        "".join(f"{kind:17}{status:10}{tool or '-':18}{key or '-'}\n" for kind, status, tool, key in rows)
    )


def with_numbers(text: str) -> str:
    """The text with a number in place of each id, in the order in which they come."""
    for number, each in enumerate(dict.fromkeys(VARYING.findall(text)), start=1):
        text = text.replace(each, f"{each.partition('_')[0] if '_' in each else 'file'}_{number}")
    return text
