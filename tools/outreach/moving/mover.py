"""The mover: looks at whoever is due (docs/sequences.md, "The mover")."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.workflows import due_enrollments
from onelane.storage.workflows.enrollments import Enrollment
from onelane.tools.outreach.moving.move_context import read_context, read_standings
from onelane.tools.outreach.moving.next_step import look_at
from onelane.tools.outreach.moving.waiting import park
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.registry.context import Services

LOG = logging.getLogger(__name__)

AT_ONCE = 500
"""So many people are claimed at once."""
CLAIM_SECONDS = 120
"""So long they are one mover's; if it is gone by then, they are due again."""
_IN_ONE_COMMIT = 25
"""So many looks are one transaction, so that nobody waits long for the write lock."""
_AFTER_FAULT = timedelta(hours=1)


def move_due(database: Database, services: Services, *, limit: int = AT_ONCE) -> int:
    """Look once at those who have been due longest: decide, write, end or put off. How many that were.

    Where nobody is due it costs one look at an index, and writes nothing.

    Args:
        database: where they are
        services: what the whole program has once
        limit: so many at most
    """
    with database.read() as session:
        if not due_enrollments.is_anybody_due(session):
            return 0
    with database.write() as session:
        claim = due_enrollments.claim_due(session, seconds=CLAIM_SECONDS, limit=limit)
    texts = Texts()
    ids = claim.enrollment_ids
    for first in range(0, len(ids), _IN_ONE_COMMIT):
        _move(database, services, texts, ids[first : first + _IN_ONE_COMMIT], claim.until)
    return len(ids)


def _move(database: Database, services: Services, texts: Texts, ids: Sequence[str], until: datetime) -> None:
    """Look at some people in one commit. What fails for one of them is undone, and done again one by one."""
    try:
        with database.write() as session:
            look_at_all(session, services, texts, due_enrollments.read_claimed(session, ids, until))
    except DatabaseUnavailable:
        raise
    except Exception:
        if len(ids) > 1:
            for each in ids:
                _move(database, services, texts, [each], until)
            return
        LOG.exception("Enrollment %s could not be moved; it is looked at again in an hour", ids[0])
        with database.write() as session:
            due_enrollments.put_off(session, ids[0], session.now() + _AFTER_FAULT)


def look_at_all(session: Session, services: Services, texts: Texts, enrollments: Sequence[Enrollment]) -> None:
    """Look at people in the caller's transaction, those of one version of a template together."""
    together: dict[tuple[str, str | None], list[Enrollment]] = {}
    for enrollment in enrollments:
        together.setdefault((enrollment.template_id, enrollment.template_version_id), []).append(enrollment)
    for (template_id, version_id), group in together.items():
        context = read_context(session, services, texts, template_id, version_id)
        if context is None:
            for enrollment in group:
                park(enrollment)
            continue
        for standing in read_standings(context, group):
            look_at(context, standing)
    session.flush()
