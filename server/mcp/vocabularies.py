"""The words that Onelane uses, with what people call them, and the settings that runs take."""

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

RUN_SETTINGS = {
    WorkflowType.SYNC.value: {
        "syncSubType": "what to bring in, a word of sync_sub_type",
        "file": "the export file: a path, or a name in one of the folders that Onelane may read",
        "platformAccountId": "the account that the file is an export of, when it is known",
    },
}
"""The config of runs, by type; its names are camelCase, see docs/sync.md, "Starting"."""


def vocabularies() -> str:
    """All of it, as compact JSON."""
    words = {_snake(vocabulary.__name__): [_word(word) for word in vocabulary] for vocabulary in VOCABULARIES}
    return orjson.dumps({"vocabularies": words, "run_config": RUN_SETTINGS}).decode()


def _word(word: Vocabulary) -> dict[str, Any]:
    described = {"value": word.value, "label": word.label, "icon": word.icon, "category": word.category}
    return {name: text for name, text in described.items() if text}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
