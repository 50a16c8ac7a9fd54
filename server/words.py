"""The vocabularies as templates use them: each word's label, icon, and tone or category. Nothing is said twice here."""

from collections.abc import Collection, Mapping

from onelane.storage.database.columns import Vocabulary
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import FunnelStage
from onelane.storage.platforms.accounts import AccountStatus, AuthType, Channel, PauseReason, Platform, Transport
from onelane.storage.platforms.content import ContentType
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, Gate
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.schedules import ScheduleStatus
from onelane.storage.workflows.steps import StepFilter, StepType
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.attention import AttentionKind
from onelane.tools.sync.sync_types import SyncSubType

Word = tuple[str, str, str]

VOCABULARIES: Mapping[str, type[Vocabulary]] = {
    "runTypes": WorkflowType,
    "runStatus": RunStatus,
    "stepTypes": StepType,
    "stepFilters": StepFilter,
    "templateTypes": TemplateType,
    "templateStatus": TemplateStatus,
    "templateStepTypes": TemplateStepType,
    "scheduleStatus": ScheduleStatus,
    "platforms": Platform,
    "accountStatus": AccountStatus,
    "authTypes": AuthType,
    "transports": Transport,
    "pauseReasons": PauseReason,
    "channels": Channel,
    "suppressionReasons": SuppressionReason,
    "contentTypes": ContentType,
    "syncSubTypes": SyncSubType,
    "attention": AttentionKind,
    "funnelStages": FunnelStage,
    "sourceMethods": SourceMethod,
    "enrollmentStatus": EnrollmentStatus,
    "outboundStatus": ActionStatus,
    "gates": Gate,
    "doors": Door,
}


def all_words() -> dict[str, dict[str, Word]]:
    """By vocabulary and word."""
    return {name: {word.value: _shown(word) for word in kind} for name, kind in VOCABULARIES.items()}


def icons(names: Collection[str] = tuple(VOCABULARIES)) -> set[str]:
    """The icons that the words of these vocabularies name; of all, where none are named."""
    return {word.icon for name in names for word in VOCABULARIES[name] if word.icon}


def _shown(word: Vocabulary) -> Word:
    return word.label, word.icon, word.category
