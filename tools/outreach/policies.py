"""Policies: which step may be carried out how on which platform (docs/sequences.md, "Policies")."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStepType


class Mode(StrEnum):
    """Who carries a step out."""

    AUTO = "auto"
    TASK = "task"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a step may be carried out on a platform, and where that was read."""

    platform: Platform
    step_type: TemplateStepType
    mode: Mode
    source: str
    checked_on: date


_READ = date(2026, 11, 1)
_X = "https://help.x.com/en/rules-and-policies/x-automation"
_LINKEDIN = "https://www.linkedin.com/help/linkedin/answer/a1341387"
_SUBSTACK = "https://substack.com/tos"
_GMAIL = "https://support.google.com/a/answer/81126"
_MODES: dict[Platform, tuple[str, dict[TemplateStepType, Mode]]] = {
    Platform.GMAIL: (_GMAIL, {TemplateStepType.MESSAGE: Mode.AUTO}),
    Platform.X: (
        _X,
        {
            TemplateStepType.MESSAGE: Mode.TASK,
            TemplateStepType.FOLLOW: Mode.TASK,
            TemplateStepType.LIKE: Mode.TASK,
            TemplateStepType.COMMENT: Mode.TASK,
        },
    ),
    Platform.LINKEDIN: (
        _LINKEDIN,
        {
            TemplateStepType.MESSAGE: Mode.TASK,
            TemplateStepType.CONNECT: Mode.TASK,
            TemplateStepType.FOLLOW: Mode.TASK,
            TemplateStepType.LIKE: Mode.TASK,
            TemplateStepType.COMMENT: Mode.TASK,
        },
    ),
    Platform.SUBSTACK: (
        _SUBSTACK,
        {
            TemplateStepType.FOLLOW: Mode.TASK,
            TemplateStepType.LIKE: Mode.TASK,
            TemplateStepType.COMMENT: Mode.TASK,
        },
    ),
}
_ACTIONS = (
    TemplateStepType.MESSAGE,
    TemplateStepType.CONNECT,
    TemplateStepType.FOLLOW,
    TemplateStepType.LIKE,
    TemplateStepType.COMMENT,
)

POLICIES: tuple[Policy, ...] = tuple(
    Policy(platform, step_type, modes.get(step_type, Mode.FORBIDDEN), source, _READ)
    for platform, (source, modes) in _MODES.items()
    for step_type in _ACTIONS
)
"""All of them."""


def mode_of(platform: Platform, step_type: TemplateStepType) -> Mode:
    """How a step may be carried out; what nothing is known of is forbidden."""
    found = (each.mode for each in POLICIES if (each.platform, each.step_type) == (platform, step_type))
    return next(found, Mode.FORBIDDEN)
