"""Export files that people can import: which sub-type of sync reads which file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from onelane.tools.errors import UnreadableExport
from onelane.tools.platforms import linkedin_export
from onelane.tools.platforms.archive import Archive
from onelane.tools.platforms.contents import Contents
from onelane.tools.platforms.records import Item, Owner, PlatformName


@dataclass(frozen=True, slots=True)
class SubType:
    """A kind of export file: what it is called, what to look for, and where people get it."""

    label: str
    expected: str
    advice: str
    look: Callable[[Archive], Contents | None]


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was opened and recognised. Nothing is kept open between its items."""

    path: Path
    contents: Contents

    @property
    def label(self) -> str:
        """What it is and where it came from, for the person."""
        return f"{self.contents.label} from {self.path.name}"

    @property
    def platform(self) -> PlatformName:
        return self.contents.platform

    @property
    def owner(self) -> Owner | None:
        """Whose export it is, when the export tells."""
        return self.contents.owner

    @property
    def total_items(self) -> int | None:
        """How many items there are, when that is cheaply known; good for a progress bar, not for arithmetic."""
        return self.contents.total_items

    def items(self, start: int = 0) -> Iterator[Item]:
        """The items, in an order that depends on the file alone.

        Args:
            start: how many items to pass over, so that an import goes on where it stopped

        Raises:
            UnreadableExport: the file is damaged further in; what came before is good
        """
        with Archive(self.path) as archive:
            yield from islice(self.contents.read(archive), start, None)


SUB_TYPES: dict[str, SubType] = {
    "linkedin_contacts": SubType(
        "LinkedIn connections",
        "LinkedIn's Connections.csv or the zip that it comes in",
        "In LinkedIn, open Settings & Privacy, Data privacy, Get a copy of your data, choose Connections, and import "
        "the file that LinkedIn sends.",
        linkedin_export.look_for_contacts,
    ),
}
