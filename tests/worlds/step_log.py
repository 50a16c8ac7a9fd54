"""The hash of a world: of all that was recorded and seen, but for how long it took here."""

import hashlib
import re
from collections.abc import Iterator

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from tests.worlds.events import Event
from tests.worlds.outside import Outside

_DURATION = re.compile(r'"duration_?[mM]s": ?\d+,?')
"""How long something took here."""
_TABLES = {
    "workflow_steps": "workflow_run_id, step_index, step_type, tool, status, output, error, created_at",
    "workflow_runs": "id, workflow_type, status, attempt, processed_items, success_items, error_items, created_at",
    "outbound_actions": "id, action_key, status, content_hash, approved_hash, message_id, sending_at, sent_at",
    "workflow_enrollments": "id, contact_id, status, state_reason, current_step_index, next_step_at, waiting_for",
    "inbound_messages": "id, kind, contact_id, created_at",
    "contacts": "id, name, email, company, archived_at",
    "suppressions": "id, address_hash, channel, reason, lifted_at",
}


def hash_of(database: Database, outside: Outside, events: list[Event]) -> str:
    """The hash of a world at this instant."""
    digest = hashlib.sha256()
    for line in _lines(database, outside, events):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lines(database: Database, outside: Outside, events: list[Event]) -> Iterator[str]:
    yield from map(str, events)
    for letter in outside.letters:
        yield f"{letter.at} {letter.message_id} {letter.recipient} {letter.dot} {letter.subject} {letter.body}"
    for mail in outside.mailbox:
        yield f"{mail.at} {mail.uid} {mail.folder} {mail.kind}"
    for request in outside.requests:
        yield f"{request.at} {request.method} {request.address} {request.status}"
    for call in outside.model_calls:
        yield f"{call.at} {call.answer}"
    with database.read() as session:
        for table, columns in _TABLES.items():
            for row in session.sql(sa.text(f"SELECT {columns} FROM {table} ORDER BY 1, 2")):
                yield orjson.dumps([table, *(_DURATION.sub("", str(value)) for value in row)]).decode()
