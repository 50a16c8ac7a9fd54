"""Open templates: whoever comes to fit one's filter later is enrolled by the clock (docs/sequences.md, "Enrolling")."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import sequence_enrollments
from onelane.storage.workflows import templates
from onelane.storage.workflows.enrollments import Via
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.vault import Vault

_BATCH = 1000
_EVERYBODY_EVERY = timedelta(hours=1)
"""Who changes is looked at within a minute; what changes around somebody, such as another sequence that ends, here."""
_OVERLAP = timedelta(minutes=2)
"""What was changed before a look may have been committed behind it."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """A template that stays open."""

    template_id: str
    contact_filter: ContactFilter
    may_return: bool
    """Whether who was in it may enter again."""


@dataclass(frozen=True, slots=True)
class _Look:
    """When people were looked at for a template."""

    contact_filter: ContactFilter
    everybody_at: datetime
    latest_at: datetime


@dataclass(slots=True)
class OpenTemplates:
    """Enrolls people in the active templates that stay open for a filter.

    Args:
        database: where they are
        vault: hashes addresses, by which a suppression knows them
    """

    database: Database
    vault: Vault
    _looks: dict[str, _Look] = field(default_factory=dict[str, _Look])

    def enroll_fitting(self) -> int:
        """Enroll whoever has come to fit; how many those were. A process that begins looks at everybody once."""
        with self.database.read() as session:
            openings = _openings(session)
        self._looks = {each.template_id: look for each in openings if (look := self._looks.get(each.template_id))}
        return sum(map(self._enroll, openings))

    def _enroll(self, opening: _Opening) -> int:
        now, before = self.database.clock(), self._looks.get(opening.template_id)
        is_due = (
            before is None
            or before.contact_filter != opening.contact_filter
            or before.everybody_at + _EVERYBODY_EVERY <= now
        )
        since = None if is_due or before is None else before.latest_at - _OVERLAP
        with self.database.read() as session:
            contact_ids = _new_contacts(session, opening, opening.contact_filter.find(session, changed_since=since))
        count = 0
        for start in range(0, len(contact_ids), _BATCH):
            count += self._enter(opening, contact_ids[start : start + _BATCH])
        everybody_at = now if is_due or before is None else before.everybody_at
        self._looks[opening.template_id] = _Look(opening.contact_filter, everybody_at, now)
        return count

    def _enter(self, opening: _Opening, contact_ids: Sequence[str]) -> int:
        from onelane.tools.outreach.enrolling import enter_sequence

        with self.database.write() as session:
            template = templates.get_template(session, opening.template_id)
            if template is None or template.status is not TemplateStatus.ACTIVE:
                return 0
            entries = enter_sequence(session, template, contact_ids, via=Via.ONELANE, by_person=False, vault=self.vault)
        return sum(each.enrollment_id is not None for each in entries.values())


def _openings(session: Session) -> list[_Opening]:
    """The templates that are open now."""
    open_templates = templates.list_active_with(session, "enrollWhere")
    if not open_templates:
        return []
    openings = (_opening(session, template) for template in open_templates)
    return [each for each in openings if each is not None]


def _opening(session: Session, template: Template) -> _Opening | None:
    # What reads texts is loaded where there is something to read.
    from onelane.tools.outreach.reading.sequence_sources import sequence_of

    try:
        settings = sequence_of(session, template, None).settings
    except ToolError:
        # What can't be read enrolls nobody; lint says why.
        return None
    is_over = template.ends_at is not None and template.ends_at <= session.now()
    if settings.enroll_where is None or is_over:
        return None
    return _Opening(template.id, settings.enroll_where, settings.reenroll is not None)


def _new_contacts(session: Session, opening: _Opening, contact_ids: Sequence[str]) -> list[str]:
    """Those who are not in it, and were not before where nobody returns."""
    before = sequence_enrollments.latest_entries(session, opening.template_id, contact_ids)
    return [each for each in contact_ids if each not in before or (opening.may_return and before[each].status.is_over)]
