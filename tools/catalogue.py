"""What Onelane offers: every tool there is, in the order in which they are listed.

Apart from `app`, which puts everything together: a chat client is told of the tools before anything else is needed.
"""

from onelane.tools import overview
from onelane.tools.people import contacts, extraction, found_people, merging
from onelane.tools.registry.registry import Registry
from onelane.tools.research import pages, research
from onelane.tools.sync import sync
from onelane.tools.workflows import (
    activation,
    agent_runs,
    drafts,
    enrollments,
    progress,
    runs,
    schedules,
    templates,
)


def all_tools() -> Registry:
    """Every tool there is."""
    return Registry(
        runs,
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
