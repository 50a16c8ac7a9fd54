"""How many there are of each thing, for tabs and filters; none of it reads the rows it counts where a count is kept."""

from dataclasses import dataclass

from onelane.server.dashboard.visit import Visit
from onelane.storage.workflows import runs, schedules, templates
from onelane.storage.workflows.runs import RunStatus


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers.

    Args:
        by_status: runs by their status
        templates: the person's own templates of all states
        schedules: schedules, switched on or off
    """

    by_status: dict[str, int]
    templates: int
    schedules: int

    @property
    def runs(self) -> int:
        """All runs."""
        return sum(self.by_status.values())


def totals_of(visit: Visit) -> Totals:
    """The numbers of this instant."""
    with visit.onelane.toolbox.database.read() as session:
        return Totals(
            {status.value: runs.count_workflow_runs(session, status=status) for status in RunStatus},
            sum(templates.count_templates(session, is_system=False).values()),
            schedules.list_schedules(session, page_size=1).total,
        )
