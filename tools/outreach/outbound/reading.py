"""Reading outbound actions: their rows with the names, the version and the gates that belong to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from onelane.storage.database.rows import PlainRow
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_actions, outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import UNSENT, ActionStatus
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import Enrollment, Gate
from onelane.tools.outreach.content.gates import content_gates
from onelane.tools.outreach.explanation import look_at, views_of_gates
from onelane.tools.outreach.outbound.views import OutboundDetail, OutboundView
from onelane.tools.outreach.reading.sender_names import sender_names
from onelane.tools.outreach.sequence_views import GateView
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, NotFound

_RENAMED = {"content_hash": "hash", "body_text": "text", "body_html": "html"}

View = TypeVar("View", bound=OutboundView)


def read_outbound(ctx: Context, action_id: str) -> OutboundDetail:
    """One action.

    Raises:
        NotFound: there is none with this id
    """
    row = outbound_lists.read_action(ctx.session, action_id) if action_id.isprintable() else None
    if row is None:
        raise NotFound(f"There is no message {action_id[:100]!r}. list_outbound shows those that there are.")
    (view,) = views_of(ctx, OutboundDetail, [row])
    return view


def views_of(ctx: Context, kind: type[View], rows: Sequence[PlainRow]) -> list[View]:
    """Rows as people and programs see them."""
    names = contacts.contact_names(ctx.session, {row["contact_id"] for row in rows} - {None})
    versions = template_versions.version_numbers(ctx.session, {row["template_version_id"] for row in rows} - {None})
    senders = sender_names(ctx.session, [row["id"] for row in rows if row["status"] in UNSENT])
    gates = _gates(ctx, rows)
    return [
        _view(
            ctx,
            kind,
            row,
            _gates_of(ctx, row, gates) if row["status"] in UNSENT else [],
            contact_name=names.get(row["contact_id"]),
            template_version=versions.get(row["template_version_id"]),
            sender_name=senders.get(row["id"]),
        )
        for row in rows
    ]


def _gates_of(ctx: Context, row: PlainRow, by_enrollment: Mapping[str, Sequence[GateView]]) -> Sequence[GateView]:
    """What holds a row: the gates of its person's step, or those of a draft, which is nobody's step."""
    if row["content_item_id"] is None:
        return by_enrollment.get(row["enrollment_id"], [])
    action = outbound_actions.get_action(ctx.session, row["id"])
    return [] if action is None else views_of_gates(content_gates(ctx.session, ctx.services, action))


def _view(ctx: Context, kind: type[View], row: PlainRow, gates: Sequence[GateView], **names: object) -> View:
    columns = {_RENAMED.get(column, column): value for column, value in row.items()}
    shown_gates = [each for each in gates if not each.passes or not ctx.caller.face.is_chat]
    return kind.model_validate({**columns, **names, "undo_until": _undo_until(row, gates), "gates": shown_gates})


def _gates(ctx: Context, rows: Sequence[PlainRow]) -> dict[str, list[GateView]]:
    """What holds the steps that these rows are about, by enrollment; those of one version are looked at together."""
    enrollment_ids = [
        row["enrollment_id"] for row in rows if row["status"] in UNSENT and row["enrollment_id"] is not None
    ]
    by_version: dict[tuple[str, str | None], list[Enrollment]] = {}
    for enrollment in enrollments.get_enrollments(ctx.session, enrollment_ids):
        by_version.setdefault((enrollment.template_id, enrollment.template_version_id), []).append(enrollment)
    gates: dict[str, list[GateView]] = {}
    for group in by_version.values():
        try:
            looks = look_at(ctx, group)
        except (BadRequest, NotFound):
            # Its template can't be read any more, or is gone: nothing goes then, whatever the gates would say.
            continue
        gates |= {enrollment_id: views_of_gates(look.gates) for enrollment_id, look in looks.items()}
    return gates


def _undo_until(row: PlainRow, gates: Sequence[GateView]) -> datetime | None:
    if row["status"] != ActionStatus.APPROVED:
        return None
    return next((each.until for each in gates if each.gate is Gate.UNDO and not each.passes), None)
