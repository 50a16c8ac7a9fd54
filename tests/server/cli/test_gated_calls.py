"""`onelane call` is the person's own; no run gets through it to what needs them."""

import json

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import enrollments, runs
from onelane.storage.workflows.runs import Driver, RunStatus, WorkflowType
from onelane.tools.catalogue import all_tools
from tests.commands import Terminal
from tests.server.gated_calls import RememberingWeb, arguments_of, gated_tools, world


@pytest.fixture
def database(terminal: Terminal, home_database: Database) -> Database:
    """It holds all that a first command puts there."""
    assert terminal.type("call", "list_runs").code == 0
    return home_database


@pytest.mark.parametrize("more", [[], ["--yes"]])
def test_a_call_that_is_typed_is_for_no_run(terminal: Terminal, database: Database, more: list[str]) -> None:
    with database.write() as session:
        run_id = runs.create_workflow_run(
            session, workflow_type=WorkflowType.AGENT, driver=Driver.HOST, status=RunStatus.RUNNING
        ).id
    for tool in gated_tools(all_tools()):
        with database.write() as session:
            given = {**arguments_of(tool.name, session), "for_run": run_id}
        before = world(database, RememberingWeb())
        typed = terminal.type("call", tool.name, json.dumps(given), *more)
        assert (typed.code, "'for_run'" in typed.err) == (1, True), tool.name
        assert world(database, RememberingWeb()) == before, tool.name


ASKED_IN_PART = {"control_run"}
"""Only to undo asks, and not to cancel: tests/tools/workflows/test_undoing.py."""


@pytest.mark.parametrize(
    "name", [tool.name for tool in all_tools() if tool.spec.confirm is not None and tool.name not in ASKED_IN_PART]
)
def test_what_would_be_lost_stays_where_nobody_is_asked(terminal: Terminal, database: Database, name: str) -> None:
    with database.write() as session:
        given = arguments_of(name, session)
        if template_id := given.get("template_id"):
            contact = arguments_of("contact_archive", session)["contact_id"]
            enrollments.enroll_contact(session, template_id=template_id, contact_id=contact)
    before = world(database, RememberingWeb())
    assert terminal.type("call", name, json.dumps(given)).code == 1
    assert world(database, RememberingWeb()) == before
    assert terminal.type("call", name, json.dumps(given), "--yes").code == 0
    assert world(database, RememberingWeb()) != before
