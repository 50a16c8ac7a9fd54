"""What holds for everybody in a version of a template: the instant, the switch, the window, the holidays."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.planning.facts import Surroundings
from onelane.tools.outreach.planning.local_calendar import is_no_holiday
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.template_config import Window
from onelane.tools.registry.times.week import window_in
from onelane.tools.registry.workspace_settings import WorkspaceValues


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
        is_holiday=holidays_of(sequence),
        undo_seconds=defaults.undo_seconds if undo is None else undo,
        window=None if defaults.send_window is None else Window.model_validate(window_in(defaults.send_window)),
    )


def holidays_of(sequence: OutreachSequence) -> Callable[[date], bool]:
    """Whether a day is a holiday of the regions that a sequence names."""
    regions = sequence.settings.holidays
    return _Holidays(regions) if regions else is_no_holiday


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
