"""All tables at once: importing this module is how metadata comes to know every row class."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.accounts import Account
from onelane.storage.answers import Answer
from onelane.storage.budgets import Budget, BudgetHold
from onelane.storage.contact_index import IndexedContact
from onelane.storage.contact_sources import ContactSource
from onelane.storage.contacts import Contact
from onelane.storage.content import ContentItem, ContentPost
from onelane.storage.cursors import SyncCursor
from onelane.storage.dispatches import Dispatch
from onelane.storage.emails import ContactEmail
from onelane.storage.engagements import Engagement
from onelane.storage.enrollments import Enrollment
from onelane.storage.identities import Identity
from onelane.storage.metrics import EngagementMetrics
from onelane.storage.name_words import NameWordKey
from onelane.storage.ready_templates import ReadyTemplate
from onelane.storage.rows import Row
from onelane.storage.runs import Run, RunCount
from onelane.storage.schedules import Schedule
from onelane.storage.steps import Step
from onelane.storage.tasks import Task
from onelane.storage.templates import Template, TemplateStep
from onelane.storage.web_hosts import WebHost

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
"""The fifteen tables of SPEC 3.1, in its order."""

ADDED: tuple[type[Row], ...] = (
    ContactEmail,
    RunCount,
    Dispatch,
    Answer,
    IndexedContact,
    NameWordKey,
    ContactSource,
    Budget,
    BudgetHold,
    WebHost,
    ReadyTemplate,
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
