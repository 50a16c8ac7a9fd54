"""Which lists each sub-type reads from its platform (docs/platforms.md, "Syncs")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from onelane.storage.platforms.accounts import Account
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.source import Source
from onelane.tools.sync.sync_types import SyncSubType


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a person asked of a sync.

    Args:
        full: whether each list is read to its end, however little is new
        max_profiles: at most so many people are looked up
        contact_ids: only these contacts are looked up; empty for whoever lacks something
        since: nothing that is older is asked for
    """

    full: bool = False
    max_profiles: int | None = None
    contact_ids: tuple[str, ...] = ()
    since: datetime | None = None


class SourcesOf(Protocol):
    """Makes the lists of one sub-type, in the order in which they are read."""

    def __call__(self, services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
        """The lists of this account; nothing is asked yet."""
        ...


OnlineSources = Mapping[SyncSubType, Callable[[], SourcesOf]]
"""By sub-type, what imports and gives the maker of its lists: whoever never syncs online does not wait for it."""

ONLINE: OnlineSources = {}
