"""How the lists are made that a sub-type reads from its platform (docs/platforms.md, "Syncs")."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol

from pydantic import AfterValidator, BeforeValidator, Field

from onelane.storage.platforms.accounts import Account
from onelane.tools.people.contact_fields import in_range
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.source import Source
from onelane.tools.sync.sync_types import SyncSubType

_BARE_DAY = re.compile(r"\s*((?:19|20)\d\d)([01]\d)([0-3]\d)\s*")


def _bare_day(value: object) -> object:
    """`20261101` is a day; as a number of seconds it would be in the summer of 1970, and everything would be asked."""
    digits = _BARE_DAY.fullmatch(str(value)) if isinstance(value, int | str) else None
    return "-".join(digits.groups()) if digits else value


def _in_utc(value: datetime) -> datetime:
    """A day begins at midnight UTC, as the platforms' own days do."""
    return in_range(value if value.tzinfo is not None else value.replace(tzinfo=UTC))


MaxPages = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
MaxProfiles = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Since = Annotated[datetime, BeforeValidator(_bare_day), AfterValidator(_in_utc)]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a person asked of a sync.

    Args:
        full: whether each list is read to its end, however little is new
        max_profiles: at most so many people are looked up
        contact_ids: only these contacts are looked up; empty for whoever lacks something
        since: nothing that is older is asked for
        read_before: lists of which this run has read pages before, as after a crash
    """

    full: bool = False
    max_profiles: int | None = None
    contact_ids: tuple[str, ...] = ()
    since: datetime | None = None
    read_before: frozenset[str] = frozenset()


class SourcesOf(Protocol):
    """Makes the lists of one sub-type, in the order in which they are read."""

    def __call__(self, services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
        """The lists of this account; nothing is asked yet."""
        ...


OnlineSources = Mapping[SyncSubType, Callable[[], SourcesOf]]
"""By sub-type, what imports and gives the maker of its lists: whoever never syncs online does not wait for it."""
