"""Reading: the facts of a template, of its account and of where people are, as the database has them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_actions, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import LEFT, ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Platform, Transport
from onelane.storage.workflows import templates
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.templates import Template, TemplateType
from onelane.tools.outreach.mail.account_limits import pace_limits
from onelane.tools.outreach.planning.facts import AccountFacts, ActionFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.local_calendar import is_no_holiday
from onelane.tools.outreach.planning.pace import Sending
from onelane.tools.outreach.template.sequence import OutreachSequence, TemplateSource, read_sequence
from onelane.tools.outreach.template.step_places import VersionPlaces
from onelane.tools.outreach.template.template_config import Window
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.week import window_in
from onelane.tools.registry.workspace_settings import WorkspaceValues

CAPS_SPAN = timedelta(days=1)
"""So far back caps count."""


def written_template(session: Session, template: Template) -> TemplateSource:
    """A template as it is written now."""
    steps = [
        {"step_type": step.step_type, "config": orjson.loads(step.config), "delay_hours": step.delay_hours}
        for step in templates.list_template_steps(session, template.id)
    ]
    config: dict[str, Any] = orjson.loads(template.config)
    return TemplateSource(
        template.name, template.platform, template.template_type, config, steps, template.starts_at, template.ends_at
    )


def written_version(template: Template, version: TemplateVersion) -> TemplateSource:
    """A template as a version of it keeps it; when it begins and ends the template itself says."""
    config: dict[str, Any] = orjson.loads(version.config)
    platform = config.get("platform")
    return TemplateSource(
        version.name,
        template.platform if platform is None else Platform(platform),
        TemplateType(config.get("templateType", template.template_type)),
        config,
        orjson.loads(version.steps),
        template.starts_at,
        template.ends_at,
    )


def sequence_of(session: Session, template: Template, version_id: str | None) -> OutreachSequence:
    """The sequence that somebody is in: their version, else the latest one, else the template as it is written.

    Raises:
        BadRequest: it can't be read; lint says why
    """
    version = template_versions.get_version(session, version_id) if version_id else None
    version = version or template_versions.latest_version(session, template.id)
    return read_source(written_template(session, template) if version is None else written_version(template, version))


def read_source(source: TemplateSource) -> OutreachSequence:
    """A sequence as it is written.

    Raises:
        BadRequest: it can't be read; lint says why
    """
    sequence, problems = read_sequence(source)
    if sequence is None:
        text = "; ".join(each.message for each in problems[:5])
        raise BadRequest(f"Template {source.name!r} is not written right: {text}. Correct it with update_template.")
    return sequence


def surroundings(
    session: Session,
    template: Template,
    sequence: OutreachSequence,
    *,
    now: datetime,
    defaults: WorkspaceValues,
    version_id: str | None = None,
) -> Surroundings:
    """What holds for everybody in a version of a template.

    Args:
        session: for reading
        template: the template
        sequence: what it says
        now: the instant
        defaults: what holds where it says nothing
        version_id: which version; the latest one, where none is named
    """
    undo = sequence.settings.undo_seconds
    return Surroundings(
        # Instants are whole seconds in the database and in the calendar: a fraction would always be just too early.
        now=now.replace(microsecond=0),
        template_status=template.status,
        template_id=template.id,
        switch_is_on=outbound_switch.read_state(session) is SwitchState.ON,
        # Nobody asks where each message is approved by itself.
        version_is_approved=sequence.settings.approval == "version"
        and template_versions.is_approved(session, template.id, version_id),
        workspace_zone=defaults.zone_name,
        is_holiday=_Holidays(sequence.settings.holidays) if sequence.settings.holidays else is_no_holiday,
        undo_seconds=defaults.undo_seconds if undo is None else undo,
        window=None if defaults.send_window is None else Window.model_validate(window_in(defaults.send_window)),
    )


class _Holidays:
    """The holidays of some regions; the library that knows them takes a while to load."""

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = regions
        self._year = cache(self._days)

    def __call__(self, day: date) -> bool:
        return day in self._year(day.year)

    def _days(self, year: int) -> frozenset[date]:
        from holidays import country_holidays

        days: set[date] = set()
        for region in self._regions:
            country, _, part = region.partition("-")
            days.update(country_holidays(country, subdiv=part or None, years=year))
        return frozenset(days)


def sending_accounts(session: Session, platform: Platform) -> list[AccountFacts]:
    """The accounts of a platform that could send, oldest first."""
    return [account_facts(session, row) for row in accounts.list_accounts(session, platform)]


def account_facts(session: Session, row: Account, sendings: Sequence[Sending] | None = None) -> AccountFacts:
    """What is known of an account.

    Args:
        session: for reading
        row: the account
        sendings: what went out of it in the last day, where that is known already
    """
    zone = orjson.loads(row.limits).get("timeZone")
    return AccountFacts(
        id=row.id,
        address=row.account_key,
        status=row.status,
        transport=row.transport,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        inbound=row.inbound,
        inbox_read_at=row.inbox_read_at,
        limits=pace_limits(row),
        sendings=list_sendings(session, row) if sendings is None else sendings,
        time_zone=zone if isinstance(zone, str) else None,
        sender_name=row.sender_name,
    )


def list_sendings(session: Session, row: Account) -> list[Sending]:
    """What went out of an account in the last day, and whether it was the first of its enrollment."""
    if row.transport in (None, Transport.TASK):
        return []
    rows = session.sql(_sendings(), {"account": row.id, "since": session.now() - CAPS_SPAN})
    return [Sending(each.sending_at, not each.follows, each.template_id) for each in rows]


@cache
def _sendings() -> sa.Select[*tuple[Any, ...]]:
    table = table_of(OutboundAction)
    earlier = table.alias("earlier")
    before = sa.exists().where(
        earlier.c.enrollment_id == table.c.enrollment_id,
        earlier.c.sending_at < table.c.sending_at,
        earlier.c.status.in_(LEFT),
    )
    query = sa.select(table.c.sending_at, table.c.template_id, before.label("follows")).where(
        table.c.platform_account_id == sa.bindparam("account"),
        table.c.sending_at > sa.bindparam("since", type_=table.c.sending_at.type),
        table.c.status.in_(LEFT),
    )
    return query.order_by(table.c.sending_at)


MOVED = "moved_to_version"
"""Why an action was cancelled whose person goes on in another version: its step was not left out."""
RETURNED = "returned"
"""Why one was cancelled whose person stands at an earlier step again, for that letter came back."""


def former_places(
    session: Session, template_id: str, rows: Collection[Enrollment], actions: Mapping[str, Sequence[OutboundAction]]
) -> VersionPlaces | None:
    """Where the steps of other versions stand, if anybody was sent something in one that they are not in any more."""
    has_moved = any(
        action.template_version_id != row.template_version_id for row in rows for action in actions.get(row.id, ())
    )
    return version_places(session, template_id) if has_moved else None


def version_places(session: Session, template_id: str) -> VersionPlaces:
    """Where the steps of a template's versions stand in each other."""
    versions = template_versions.list_versions(session, template_id)
    return VersionPlaces({each.id: orjson.loads(each.steps) for each in versions})


def enrollment_facts(
    enrollment: Enrollment,
    actions: Sequence[OutboundAction],
    *,
    began: datetime,
    places: VersionPlaces | None = None,
    version_id: str | None = None,
) -> EnrollmentFacts:
    """Where somebody is.

    Args:
        enrollment: their row
        actions: what was written for it
        began: since when the step counts, where the row does not say
        places: where steps stand that were carried out in another version
        version_id: the version whose steps are counted, where it is not the row's
    """
    own_version = version_id or enrollment.template_version_id
    words = {
        ActionStatus.SENT: "sent",
        ActionStatus.CANCELLED: "skipped",
        ActionStatus.REJECTED: "skipped",
    }
    outcomes = {
        _place(action, own_version, places): "done" if action.transport is Transport.TASK and word == "sent" else word
        for action in actions
        if (word := words.get(action.status)) is not None and action.reason not in (MOVED, RETURNED)
    }
    return EnrollmentFacts(
        id=enrollment.id,
        status=enrollment.status,
        step_index=enrollment.current_step_index,
        step_began_at=enrollment.step_began_at or began,
        seed=enrollment.seed,
        epoch=enrollment.epoch,
        state_reason=enrollment.state_reason,
        paused_until=enrollment.paused_until,
        outcomes=outcomes,
    )


def _place(action: OutboundAction, version_id: str | None, places: VersionPlaces | None) -> int:
    """Where the step of an action stands in a version; one that is not there any more stands before all others."""
    if places is None or version_id is None or action.template_version_id in (None, version_id):
        return action.step_index
    return places.between(action.template_version_id, version_id).known_places.get(
        action.step_index, -1 - action.step_index
    )


def current_action(enrollment: Enrollment, actions: Sequence[OutboundAction]) -> OutboundAction | None:
    """What is written for the step that comes next; what failed counts until the step is begun anew."""
    key = outbound_actions.action_key(enrollment.id, enrollment.current_step_index, enrollment.epoch)
    step_actions = [
        each
        for each in actions
        if each.step_index == enrollment.current_step_index
        and (not each.status.is_over or (each.status is ActionStatus.FAILED and each.action_key == key))
    ]
    return step_actions[-1] if step_actions else None


def action_facts(enrollment: Enrollment, actions: Sequence[OutboundAction]) -> ActionFacts | None:
    """What the planner looks at of what is written for the step that comes next."""
    action = current_action(enrollment, actions)
    if action is None:
        return None
    return ActionFacts(action.status, action.approved_at, is_approved_alone=action.approved_via is not None)
