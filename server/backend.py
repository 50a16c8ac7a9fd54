"""What stands behind a face: all that HTTP, MCP and the dashboard get of Onelane."""

from typing import Protocol

from onelane.server.changes import ChangeWatcher
from onelane.server.settings import Settings
from onelane.tools.registry.toolbox import Registry, Toolbox

SESSION_SECONDS = 15 * 60
"""A session of a client in which nothing is asked or listened to for so long ends; its client begins a new one."""


class Backend(Protocol):
    """Onelane, as far as a face is concerned."""

    @property
    def settings(self) -> Settings:
        """What the environment says."""
        ...

    @property
    def registry(self) -> Registry:
        """The tools, to be listed; for this no database is needed."""
        ...

    @property
    def toolbox(self) -> Toolbox:
        """The tools, to be called.

        Raises:
            DatabaseUnavailable: the database can't be used; it was left alone
        """
        ...

    @property
    def changes(self) -> ChangeWatcher:
        """Notices what is committed; one for all faces of the process."""
        ...
