"""An Onelane that is opened when it is first needed."""

import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from onelane.server.settings import Settings

if TYPE_CHECKING:
    from onelane.server.app import Onelane
    from onelane.server.changes import ChangeWatcher
    from onelane.tools.registry.toolbox import Registry, Toolbox


class LazyOnelane:
    """An Onelane that is imported and opened by whoever needs it first: listing the tools needs neither.

    Opening is tried again at each call until it succeeds, for what is wrong with a database can be put right.

    Args:
        settings: what the environment says
        open_it: opens Onelane; DatabaseUnavailable when that can't be done
        on_lost: called when this process can't carry out runs any more
    """

    def __init__(
        self,
        settings: Settings,
        open_it: Callable[[Settings], "Onelane"],
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._open_it = open_it
        self._on_lost = on_lost
        self._onelane: Onelane | None = None
        self._opening = threading.Lock()

    @property
    def registry(self) -> "Registry":
        """The tools."""
        from onelane.tools.catalogue import all_tools

        return all_tools()

    @property
    def changes(self) -> "ChangeWatcher":
        """Notices what is committed; one for all faces of the process."""
        return self._changes

    @cached_property
    def _changes(self) -> "ChangeWatcher":
        from onelane.server.changes import ChangeWatcher

        return ChangeWatcher(lambda: self.toolbox.database)

    @property
    def toolbox(self) -> "Toolbox":
        """The tools, and what they work with.

        Raises:
            DatabaseUnavailable: the database can't be used; it was left alone
        """
        return self.open().toolbox

    def open(self) -> "Onelane":
        """Onelane, which executes runs from now on where it may.

        Raises:
            DatabaseUnavailable: the database can't be used; it was left alone
        """
        with self._opening:
            if self._onelane is None:
                self._onelane = self._open_it(self.settings)
                self._onelane.engine.duties.call_at_end(self._on_lost)
                self._onelane.engine.serve()
            return self._onelane

    def close(self) -> None:
        """Stop executing and let go of the database, if it was opened."""
        with self._opening:
            if self._onelane is not None:
                self._onelane.close()
                self._onelane = None
