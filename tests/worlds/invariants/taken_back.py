"""An undo restores the logical dump: at the end of a world, things are done to its people and taken back again."""

from collections.abc import Iterator

from onelane.storage.database.recorded_changes import latest_changes
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from tests.tools.workflows.logical_dump import dump
from tests.worlds.view import WorldView

_ME = Caller(Face.CLI)


def an_undo_restores_what_was(view: WorldView) -> Iterator[str]:
    """Whatever the person does to people at the world's end, and takes back, leaves everything as it was."""
    if not view.is_over:
        return
    people = [row["id"] for row in view.rows(_WHO_HAS_MOST)]
    for name, arguments in _doings(people):
        before = dump(view.database)
        known = _latest(view)
        try:
            view.product.call(name, arguments, _ME)
        except ToolError:
            continue
        change = _latest(view)
        if change == known:
            continue
        left = view.product.call("undo", {"what": change}, _ME).model_dump()["left_alone"]
        after = dump(view.database)
        changed = [table for table in before if before[table] != after[table]]
        if changed and not left:
            yield f"{name} {arguments} was taken back ({change}), and {', '.join(changed)} is not as it was."


_WHO_HAS_MOST = (
    "SELECT c.id FROM contacts c JOIN contact_identities i ON i.contact_id = c.id "
    "JOIN contact_emails m ON m.contact_id = c.id WHERE c.archived_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM workflow_enrollments e WHERE e.contact_id = c.id) "
    "GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 6"
)


def _doings(people: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    yield "save_contact", {"name": "Somebody New", "email": "somebody.new@undone.test", "tags": ["new"]}
    for each in people[:2]:
        yield "save_contact", {"contact_id": each, "company": "Undone Ltd", "notes": "undone", "tags": ["undone"]}
        yield "archive_contacts", {"contact_ids": [each], "reason": "undone"}
    for kept, other in zip(people[::2], people[1::2], strict=False):
        yield "merge_contacts", {"kept_id": kept, "other_id": other}
    wait = {"step_type": "wait", "delay_hours": 1}
    yield "create_template", {"name": "Undone", "template_type": "outreach", "steps": [wait]}


def _latest(view: WorldView) -> str:
    with view.database.read() as session:
        found = latest_changes(session, limit=1)
    return found[0].id if found else ""
