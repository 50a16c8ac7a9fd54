"""When a template is active: the states that it may come into, and from when until when."""

from datetime import datetime

from onelane.storage.workflows.templates import TEMPLATE_TRANSITIONS, Template, TemplateStatus
from onelane.tools.registry.errors import BadRequest, Conflict


def check_transition(template: Template, status: TemplateStatus | None) -> None:
    """See to it that a template may come into this state; Conflict when it can't."""
    if status is None or status == template.status or status in TEMPLATE_TRANSITIONS[template.status]:
        return
    next_statuses = ", ".join(sorted(TEMPLATE_TRANSITIONS[template.status]))
    raise Conflict(f"A template that is {template.status} can't become {status}; it can become: {next_statuses}.")


def check_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """See to it that a template ends after it begins; BadRequest when it does not."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise BadRequest("ends_at must be after starts_at.")
