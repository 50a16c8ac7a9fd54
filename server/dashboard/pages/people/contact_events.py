"""What happened with a contact, in words, by day."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypeVar

from sqlmodel import col, select

from onelane.server.components.steps import about, read_steps
from onelane.server.dashboard.visit import Visit
from onelane.storage.contact_timeline import EventFilter, EventKind, EventPlace, list_events
from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.people.engagements import Engagement
from onelane.storage.platforms.content import Direction
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.steps import Step
from onelane.storage.workflows.tasks import Task
from onelane.storage.workflows.templates import Template
from onelane.tools.registry.errors import BadRequest

EVENTS = 50
_ICONS = {
    EventKind.CREATED: "user-plus",
    EventKind.MESSAGE: "mail",
    EventKind.ENTERED: "log-in",
    EventKind.LEFT: "log-out",
    EventKind.TASK: "check",
}
AnyRow = TypeVar("AnyRow", Engagement, Step, OutboundAction, Enrollment, Run, Task, Template)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Args:
        at: when, in Unix seconds; None when nobody knows
        icon: its picture
        title: what it was
        detail: more about it
        template: the template that it belongs to: its id and name
        run: the run that did it: its id and what kind it is
        href: where more of it stands
        is_bad: whether it failed
    """

    at: int | None
    icon: str
    title: str
    detail: str = ""
    template: tuple[str, str] | None = None
    run: tuple[str, str] | None = None
    href: str | None = None
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day, in UTC.

    Args:
        title: the day in words
        events: newest first
    """

    title: str
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Past:
    """A page of what happened.

    Args:
        days: newest first
        older: where the next page begins; None on the last one
    """

    days: Sequence[Day]
    older: str | None


def past_of(visit: Visit, contact_id: str) -> Past:
    """What happened with a contact; the address says where the page begins.

    Raises:
        BadRequest: the address says nothing of the kind
    """
    with visit.onelane.toolbox.database.read() as session:
        before = _before(visit.query.get("before", ""))
        places = list_events(session, contact_id, only=_filter(visit), before=before, limit=EVENTS + 1)
        page_places = places[:EVENTS]
        events = _Rows(session, page_places).events()
    older = f"{page_places[-1].at}.{page_places[-1].key}" if len(places) > EVENTS else None
    days = [Day(title, list(of)) for title, of in groupby(events, lambda event: _day(event.at, visit.now))]
    return Past(days, older)


def _filter(visit: Visit) -> EventFilter | None:
    only = visit.query.get("show") or None
    if only is not None and only not in set(EventFilter):
        raise BadRequest(f"What happened is not shown by {only[:40]!r}; there are: {', '.join(EventFilter)}.")
    return None if only is None else EventFilter(only)


def _before(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    at, _, key = text.partition(".")
    if not (re.fullmatch(r"[0-9]{1,12}", at) and re.fullmatch(r"[a-z]+_\w+(-end)?", key, re.ASCII)):
        raise BadRequest("That is no place in what happened. Leave `before` out to begin with the latest.")
    return int(at), key


def _day(at: int | None, now: datetime) -> str:
    if at is None:
        return "Undated"
    day, today = datetime.fromtimestamp(at, UTC).date(), now.astimezone(UTC).date()
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return names.get(day) or f"{day:%a} {day.day} {day:%B %Y}"


class _Rows:
    """The rows of a page of events, each table read once."""

    def __init__(self, session: Session, places: Sequence[EventPlace]) -> None:
        self._places = places
        self._engagements = self._read(session, Engagement, EventKind.ENGAGEMENT)
        self._steps = self._read(session, Step, EventKind.STEP)
        self._messages = self._read(session, OutboundAction, EventKind.MESSAGE)
        self._enrollments = self._read(session, Enrollment, EventKind.ENTERED, EventKind.LEFT)
        self._tasks = self._read(session, Task, EventKind.TASK)
        in_runs = (self._engagements, self._steps, self._messages, self._enrollments)
        in_templates = (self._engagements, self._messages, self._enrollments)
        self._runs = _by_id(session, Run, {each.workflow_run_id for of in in_runs for each in of.values()})
        self._templates = _by_id(session, Template, {each.template_id for of in in_templates for each in of.values()})

    def events(self) -> list[Event]:
        """The events in their order."""
        by_kind = {
            EventKind.CREATED: self._created,
            EventKind.ENGAGEMENT: self._engagement,
            EventKind.STEP: self._step,
            EventKind.MESSAGE: self._message,
            EventKind.ENTERED: self._entered,
            EventKind.LEFT: self._left,
            EventKind.TASK: self._task,
        }
        return [by_kind[place.kind](place) for place in self._places]

    def _created(self, place: EventPlace) -> Event:
        return Event(place.at, _ICONS[place.kind], "Came into your contacts")

    def _engagement(self, place: EventPlace) -> Event:
        row = self._engagements[place.row_id]
        inbound = row.direction is Direction.INBOUND
        place_text = "" if row.platform is None else f" on {row.platform.label}"
        return Event(
            place.at or None,
            "arrow-down-left" if inbound else "arrow-up-right",
            f"{row.engagement_type.label}{place_text}",
            "From them to you" if inbound else "From you to them",
            self._template(row.template_id),
            self._run(row.workflow_run_id),
        )

    def _step(self, place: EventPlace) -> Event:
        row = self._steps[place.row_id]
        values = {"stepType": row.step_type.value, "error": row.error, "url": row.url, "tool": row.tool}
        read = read_steps([{**values, "input": row.input, "output": row.output}])[0]
        return Event(
            place.at,
            row.step_type.icon,
            row.step_type.label,
            about(read),
            run=self._run(row.workflow_run_id),
            href=f"/dashboard/workflows/{row.workflow_run_id}/steps/{row.step_index}",
            is_bad=row.error is not None,
        )

    def _message(self, place: EventPlace) -> Event:
        row = self._messages[place.row_id]
        words = [f"“{row.subject}”" if row.subject else "", row.reason or ""]
        return Event(
            place.at,
            _ICONS[place.kind],
            f"{row.step_type.label} planned, {row.status.label.lower()}",
            " · ".join(word for word in words if word),
            self._template(row.template_id),
            self._run(row.workflow_run_id),
            f"/dashboard/outbound/{row.id}",
        )

    def _entered(self, place: EventPlace) -> Event:
        row = self._enrollments[place.row_id]
        again = "" if row.entry == 1 else f", time {row.entry}"
        by = "" if row.enrolled_via is None else f"Through: {row.enrolled_via.label}"
        run = self._run(row.workflow_run_id)
        return Event(place.at, _ICONS[place.kind], f"Enrolled{again}", by, self._template(row.template_id), run)

    def _left(self, place: EventPlace) -> Event:
        row = self._enrollments[place.row_id]
        reason = "" if row.state_reason is None else row.state_reason.label
        run = self._run(row.workflow_run_id)
        title = f"Enrollment ended: {row.status.label.lower()}"
        return Event(place.at, _ICONS[place.kind], title, reason, self._template(row.template_id), run)

    def _task(self, place: EventPlace) -> Event:
        row = self._tasks[place.row_id]
        return Event(place.at, _ICONS[place.kind], row.title, "" if row.outcome is None else row.outcome.label)

    def _run(self, run_id: str | None) -> tuple[str, str] | None:
        run = self._runs.get(run_id or "")
        return None if run is None else (run.id, run.workflow_type.label)

    def _template(self, template_id: str | None) -> tuple[str, str] | None:
        template = self._templates.get(template_id or "")
        return None if template is None else (template.id, template.name)

    def _read(self, session: Session, row: type[AnyRow], *kinds: EventKind) -> Mapping[str, AnyRow]:
        return _by_id(session, row, {place.row_id for place in self._places if place.kind in kinds})


def _by_id(session: Session, row: type[AnyRow], ids: Collection[str | None]) -> Mapping[str, AnyRow]:
    row_ids = [each for each in ids if each is not None]
    if not row_ids:
        return {}
    return {each.id: each for each in session.exec(select(row).where(col(row.id).in_(row_ids)))}
