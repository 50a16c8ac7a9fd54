"""What an agent stops is on the disk before the model is told so: no power cut lets it go on."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from onelane.storage.database.engine import Database, Session
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from tests.server.agent.agents import agency
from tests.server.agent.script import Script, calls, says

FULL_SYNC = 2


def _nothing(session: Session) -> dict[str, Any]:
    return {}


def _contact(session: Session) -> dict[str, Any]:
    return {"contact_id": contacts.create_contact(session, name="Ada", email="ada@example.com").id}


def _contacts(session: Session) -> dict[str, Any]:
    return {"contact_ids": [_contact(session)["contact_id"]], "reason": "gone"}


def _template(session: Session) -> str:
    return templates.create_template(
        session, name="Spring", template_type=TemplateType.OUTREACH, status=TemplateStatus.ACTIVE
    ).id


def _enrollment(session: Session) -> dict[str, Any]:
    ada = _contact(session)["contact_id"]
    enrolled = enrollments.enroll_contact(session, template_id=_template(session), contact_id=ada)
    assert enrolled is not None
    return {"enrollment_id": enrolled.id, "status": "removed"}


STOPS = {
    "stop_outbound": (_nothing, "SELECT 1 FROM outbound_switch WHERE state = 'stopped'"),
    "suppress_contact": (_contact, "SELECT 1 FROM suppressions"),
    "archive_contacts": (_contacts, "SELECT 1 FROM contacts WHERE archived_at IS NOT NULL"),
    "update_enrollment": (_enrollment, "SELECT 1 FROM workflow_enrollments WHERE status = 'removed'"),
}


@pytest.mark.parametrize("name", STOPS)
def test_what_an_agent_stops_is_on_the_disk_before_its_model_is_told(sqlite_database: Database, name: str) -> None:
    make, is_stopped = STOPS[name]
    with sqlite_database.write() as session:
        given = make(session)
    synced: list[int] = []

    def before_commit(connection: sa.Connection) -> None:
        if connection.exec_driver_sql(is_stopped).first() is not None:
            synced.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    event.listen(sqlite_database.engine, "commit", before_commit)
    with agency(sqlite_database, Script([calls(name, **given)], [says("Done.")])) as agents:
        assert agents.run(agents.start("Stop it."))["status"] == "completed"
    assert synced[0] == FULL_SYNC
