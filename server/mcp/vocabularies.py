"""The resource `onelane://schema`: vocabularies with labels, and the settings of runs."""

import re
from typing import Any

import orjson

from onelane.storage.database.columns import Vocabulary
from onelane.storage.people.contacts import FunnelStage
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.runs import RunStatus, Trigger, WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, ScheduleStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.registry.setting_words import settings_in_words
from onelane.tools.sync.sync_types import SyncSubType

VOCABULARIES: tuple[type[Vocabulary], ...] = (
    WorkflowType,
    RunStatus,
    Trigger,
    StepType,
    StepStatus,
    TemplateType,
    TemplateStatus,
    TemplateStepType,
    EnrollmentStatus,
    SyncSubType,
    Platform,
    FunnelStage,
    ScheduleStatus,
    MisfirePolicy,
)


def vocabularies() -> str:
    """All of it, as compact JSON."""
    words = {_snake(vocabulary.__name__): [_word(word) for word in vocabulary] for vocabulary in VOCABULARIES}
    # Most chats never ask for it, and the agent's settings come with its room.
    from onelane.server.run_types import all_run_types

    settings = {each.workflow_type.value: settings_in_words(each) for each in all_run_types().startable}
    return orjson.dumps({"vocabularies": words, "run_config": settings}).decode()


def _word(word: Vocabulary) -> dict[str, Any]:
    properties = {"value": word.value, "label": word.label, "icon": word.icon, "category": word.category}
    return {name: text for name, text in properties.items() if text}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
