"""What Onelane offers: every tool there is, in the order in which they are listed.

Apart from `app`, which puts everything together: a chat client is told of the tools before anything else is needed.
"""

from onelane.tools import (
    activation,
    agent_runs,
    approvals,
    contacts,
    drafts,
    enrollments,
    extraction,
    found_people,
    merging,
    overview,
    pages,
    progress,
    research,
    runs,
    schedules,
    sync,
    templates,
)
from onelane.tools.registry import Registry


def all_tools() -> Registry:
    """Every tool there is."""
    return Registry(
        runs,
        approvals,
        agent_runs,
        templates,
        activation,
        enrollments,
        contacts,
        merging,
        drafts,
        sync,
        schedules,
        overview,
        research,
        pages,
        extraction,
        found_people,
        progress,
    )
