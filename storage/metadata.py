"""All tables at once: importing this module is how metadata comes to know every row class."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.database.idempotency import KeptAnswer
from onelane.storage.database.recorded_changes import Change, ChangedRow
from onelane.storage.database.rows import Row
from onelane.storage.outreach.inbound_messages import InboundMessage
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import OutboundSwitch
from onelane.storage.outreach.suppressions import Suppression
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.people.account_relations import AccountRelation
from onelane.storage.people.contact_sources import ContactSource
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.engagements import Engagement
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Account
from onelane.storage.platforms.content import ContentItem, ContentPost
from onelane.storage.platforms.cursors import SyncCursor
from onelane.storage.platforms.made_up_addresses import MadeUpAddress
from onelane.storage.platforms.metrics import EngagementMetrics
from onelane.storage.platforms.spending import PlatformRead, Spending, SpendingReservation
from onelane.storage.platforms.web_hosts import WebHost
from onelane.storage.saved_settings import SavedSetting
from onelane.storage.search.contact_index import IndexedContact
from onelane.storage.search.words import NameWordKey
from onelane.storage.workflows.approvals import Approval
from onelane.storage.workflows.budgets import Budget, BudgetHold
from onelane.storage.workflows.dispatches import Dispatch
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.ready_templates import ReadyTemplate
from onelane.storage.workflows.run_contacts import RunContact
from onelane.storage.workflows.run_reading.run_counts import RunCount, WeeklyRunCount
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.schedules import Schedule
from onelane.storage.workflows.steps import Step
from onelane.storage.workflows.tasks import Task
from onelane.storage.workflows.templates import Template, TemplateStep

SPECIFIED: tuple[type[Row], ...] = (
    Account,
    Contact,
    Identity,
    Template,
    TemplateStep,
    Enrollment,
    ContentItem,
    ContentPost,
    Engagement,
    Task,
    SyncCursor,
    Run,
    Step,
    EngagementMetrics,
    Schedule,
)
"""docs/tables.md, "The fifteen tables", in its order."""

ADDED: tuple[type[Row], ...] = (
    ContactEmail,
    AccountRelation,
    RunCount,
    WeeklyRunCount,
    Dispatch,
    KeptAnswer,
    IndexedContact,
    NameWordKey,
    ContactSource,
    Budget,
    BudgetHold,
    WebHost,
    ReadyTemplate,
    Approval,
    RunContact,
    MadeUpAddress,
    TemplateVersion,
    OutboundAction,
    Suppression,
    InboundMessage,
    OutboundSwitch,
    SavedSetting,
    Spending,
    SpendingReservation,
    PlatformRead,
    Change,
    ChangedRow,
)
"""What the fifteen do not hold."""

METADATA = SQLModel.metadata


def is_modelled(item: object, name: str | None, kind: str, reflected: bool, compared_to: object) -> bool:
    """Whether Alembic should compare this with the row classes: all but the full-text index, which is no table to them.

    SQLite keeps `contact_words` in tables of its own, all named after it; PostgreSQL has it as a `tsvector`.
    """
    if isinstance(item, sa.Index):
        item = item.table
    return not (isinstance(item, sa.Table) and item.name.startswith("contact_words"))
