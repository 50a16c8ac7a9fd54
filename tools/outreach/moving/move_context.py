"""Scenes: what holds for everybody in one version of a template, read once for many looks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.workflows import templates
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.entry import is_sequence
from onelane.tools.outreach.lint.sender_checks import sender_of
from onelane.tools.outreach.moving.sequence_runs import running_run
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, Surroundings
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.reading.enrollment_facts import former_places
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.step_places import VersionPlaces
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.registry.context import Services


@dataclass(frozen=True, slots=True)
class MoveContext:
    """One version of a template that is active, with all that its people have in common.

    Args:
        session: a writing one
        services: what the whole program has once
        texts: compiles each text once
        run_id: the sequence's run
        version_approved_at: when a person approved the version; None when nobody did
    """

    session: Session
    services: Services
    texts: Texts
    template: Template
    sequence: OutreachSequence
    account: AccountFacts | None
    around: Surroundings
    run_id: str
    version_id: str | None
    version_approved_at: datetime | None

    @property
    def now(self) -> datetime:
        """The instant of the look."""
        return self.around.now


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody in a sequence, as they stand.

    Args:
        enrollment: their row
        person: what is known of them
        actions: what was written for them so far
        places: where steps stand that were carried out in another version
    """

    enrollment: Enrollment
    person: ContactFacts
    actions: Sequence[OutboundAction]
    places: VersionPlaces | None = None


def read_context(
    session: Session, services: Services, texts: Texts, template_id: str, version_id: str | None
) -> MoveContext | None:
    """What holds for everybody in a version of a template; None where nobody moves, for it is not active.

    Raises:
        BadRequest: the version can't be read
    """
    template = templates.get_template(session, template_id)
    if template is None or template.status is not TemplateStatus.ACTIVE or not is_sequence(template):
        return None
    version = template_versions.get_version(session, version_id) if version_id else None
    version = version or template_versions.latest_version(session, template_id)
    known_id = None if version is None else version.id
    sequence = sequence_of(session, template, known_id)
    return MoveContext(
        session=session,
        services=services,
        texts=texts,
        template=template,
        sequence=sequence,
        account=sender_of(sequence, sending_accounts(session, sequence.platform)),
        around=surroundings(
            session,
            template,
            sequence,
            now=session.now(),
            defaults=services.workspace.read(session),
            version_id=known_id,
        ),
        run_id=running_run(session, template).id,
        version_id=known_id,
        version_approved_at=None if version is None else version.approved_at,
    )


def read_standings(context: MoveContext, enrollments: Iterable[Enrollment]) -> Iterator[Standing]:
    """How people stand, in the order given; nobody whose contact is gone."""
    rows, session = list(enrollments), context.session
    ids = [row.contact_id for row in rows]
    people = read_people(session, ids, context.sequence, template_id=context.template.id, vault=context.services.vault)
    actions = outbound_actions.list_of_enrollments(session, [row.id for row in rows])
    places = former_places(session, context.template.id, rows, actions)
    for row in rows:
        person = people.get(row.contact_id)
        if person is not None:
            # That nobody is in two exclusive sequences is kept by a unique key.
            yield Standing(row, replace(person, in_other_sequence=False), actions.get(row.id, []), places)


def tell(
    context: MoveContext, enrollment: Enrollment, step_type: StepType, step_index: int, output: dict[str, Any]
) -> None:
    """Let the sequence's run tell what was found or decided about somebody's step."""
    result = StepResult(output, contact_id=enrollment.contact_id)
    about = {"enrollmentId": enrollment.id, "stepIndex": step_index}
    record_step(context.session, context.run_id, NewStep(None, step_type, result, None, about))
