"""Figures: what came of a template's versions and steps, counted from rows (docs/sequences.md, "Figures")."""

from collections.abc import Sequence

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach import figures, template_versions
from onelane.storage.outreach.figures import Place
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows.enrollments import Gate, StateReason
from onelane.storage.workflows.templates import Template, TemplateStepType
from onelane.tools.outreach.sequence_views import PeopleFigures, Rate, StepFigures, TemplateFigures, VersionFigures


def figures_of(session: Session, template: Template) -> TemplateFigures:
    """What came of a template, per version and step, the newest version first."""
    counts = _Counts(session, template.id)
    people = figures.count_people(session, template.id)
    return TemplateFigures(
        template_id=template.id,
        data=[
            VersionFigures(version=each.version, steps=counts.of_version(each.id, _step_types(each.steps)))
            for each in template_versions.list_versions(session, template.id)
        ],
        people=PeopleFigures.model_validate(people),
        reply_rate=Rate(
            numerator=people.answered,
            denominator=people.reached,
            value=people.answered / people.reached if people.reached else None,
        ),
        goal_metrics=template.goal_metrics,
    )


class _Counts:
    """What was counted at each place."""

    def __init__(self, session: Session, template_id: str) -> None:
        self._outcomes = figures.count_outcomes(session, template_id)
        self._answers = figures.count_answers(session, template_id)
        self._ends = figures.count_unmatched_ends(session, template_id)
        self._standing = figures.count_standing(session, template_id)
        self._written_counts = figures.count_written(session, template_id)

    def of_version(self, version_id: str, step_types: Sequence[TemplateStepType]) -> list[StepFigures]:
        return [self._of_step((version_id, index), kind) for index, kind in enumerate(step_types)]

    def _of_step(self, place: Place, step_type: TemplateStepType) -> StepFigures:
        outcomes = self._outcomes.get(place, {})
        answers, ends = self._answers.get(place, {}), self._ends.get(place, {})
        standing = self._standing.get(place, {})
        total = sum(outcomes.get(status, 0) for status in ActionStatus)
        return StepFigures(
            step_index=place[1],
            step_type=step_type,
            planned=total + sum(standing.values()) - self._written_counts.get(place, 0),
            awaiting_approval=outcomes.get(ActionStatus.AWAITING_APPROVAL, 0),
            sent=outcomes.get(ActionStatus.SENT, 0),
            failed=outcomes.get(ActionStatus.FAILED, 0),
            uncertain=outcomes.get(ActionStatus.UNCERTAIN, 0),
            bounced=answers.get(MessageKind.BOUNCE, 0)
            + ends.get(StateReason.BOUNCE_HARD, 0)
            + outcomes.get("refused", 0),
            replied=answers.get(MessageKind.REPLY, 0) + ends.get(StateReason.REPLY, 0),
            auto_replied=answers.get(MessageKind.AUTO_REPLY, 0),
            unsubscribed=answers.get(MessageKind.OPT_OUT, 0) + ends.get(StateReason.UNSUBSCRIBED, 0),
            blocked={gate.value: count for gate, count in standing.items() if isinstance(gate, Gate)},
        )


def _step_types(steps: str) -> list[TemplateStepType]:
    return [TemplateStepType(step["step_type"]) for step in orjson.loads(steps)]
