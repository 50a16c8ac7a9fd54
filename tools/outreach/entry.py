"""Entering a sequence: into which templates people enter, and what became of who was to.

Whoever lists templates or enrolls needs this, and nothing of what reads texts and plans steps.
"""

from dataclasses import dataclass
from enum import StrEnum

import orjson

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import Template, TemplateType

SEQUENCES = (TemplateType.OUTREACH, TemplateType.ENGAGEMENT, TemplateType.NURTURE)
"""The templates whose people go through steps."""


class Obstacle(StrEnum):
    """Why somebody can't enter a template."""

    CONTACT_ARCHIVED = "contact_archived"
    NOT_FOUND = "not_found"
    TEMPLATE_COMPLETED = "template_completed"
    SUPPRESSED = "suppressed"
    IN_OTHER_SEQUENCE = "in_other_sequence"
    REMOVED_BY_HAND = "removed_by_hand"
    ENTERED_BEFORE = "entered_before"
    NO_CHANNEL = "no_channel"
    MISSING_FIELD = "missing_field"

    @property
    def way_on(self) -> str | None:
        """What lets somebody enter nevertheless; None where nothing does."""
        return _WAYS_ON.get(self)


_WAYS_ON = {
    Obstacle.CONTACT_ARCHIVED: "restore_contacts brings them back.",
    Obstacle.NOT_FOUND: "search_contacts shows who is there.",
    Obstacle.TEMPLATE_COMPLETED: "update_template can set it active again.",
    Obstacle.IN_OTHER_SEQUENCE: "list_enrollments with the contact_id shows which; they enter when it is over, or "
    "with 'exclusive': false in this template's config.",
    Obstacle.REMOVED_BY_HAND: "a person put them out; only they put them in again, with onelane enroll or on the "
    "dashboard.",
    Obstacle.ENTERED_BEFORE: "'reenroll' in the template's config lets them in again.",
    Obstacle.NO_CHANNEL: "save_contact adds the address that this template writes to.",
    Obstacle.MISSING_FIELD: "save_contact adds it.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of somebody who was to enter.

    Args:
        obstacle: why they did not; None when they did, or are in it already
        enrollment_id: the new enrollment
        missing: the fields that its texts need and they have nothing in
    """

    obstacle: Obstacle | None = None
    enrollment_id: str | None = None
    missing: tuple[str, ...] = ()


def is_sequence(template: Template) -> bool:
    """Whether people go through the steps of a template."""
    return is_sequence_type(template.template_type, template.config)


def is_sequence_type(template_type: TemplateType, config: str) -> bool:
    """Whether people go through the steps of a template of this type, with this config."""
    type_name = orjson.loads(config).get("workflowType")
    return template_type in SEQUENCES if type_name is None else type_name == WorkflowType.SEQUENCE
