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


OPEN_GATES: Mapping[Gate, str] = {
    Gate.SWITCH: "Sending is on.",
    Gate.STATE: "The step is due.",
    Gate.REPLY: "They have not answered.",
    Gate.SUPPRESSION: "Nobody asked not to write to their address.",
    Gate.CONSENT: "They have not refused.",
    Gate.ARCHIVED: "The contact is not archived.",
    Gate.TEMPLATE_WINDOW: "The template's time is not over.",
    Gate.POLICY: "The platform allows it.",
    Gate.ACCOUNT: "No account holds it up.",
    Gate.INBOX: "No answer can have been overlooked.",
    Gate.WINDOW: "It goes at an hour when messages may go.",
    Gate.CAP: "Fewer have gone than may.",
    Gate.SPACING: "The account's last message is long enough ago.",
    Gate.EXCLUSIVITY: "No other sequence stands in its way.",
    Gate.MISSING_DATA: "Its text lacks nothing.",
    Gate.APPROVAL: "No yes is waited for.",
    Gate.UNDO: "No time to undo is running.",
    Gate.BUDGET: "The budget of messages is not used up.",
}
"""What is so while a gate is open; why one is closed it says itself."""


def all_words() -> dict[str, dict[str, Word]]:
    """By vocabulary and word."""
    return {name: {word.value: _shown(word) for word in kind} for name, kind in VOCABULARIES.items()}


def icons(names: Collection[str] = tuple(VOCABULARIES)) -> set[str]:
    """The icons that the words of these vocabularies name; of all, where none are named."""
    return {word.icon for name in names for word in VOCABULARIES[name] if word.icon}


def _shown(word: Vocabulary) -> Word:
    return word.label, word.icon, word.category
