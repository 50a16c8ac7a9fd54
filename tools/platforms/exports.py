"""Export files that people can import: which sub-type of sync reads which file, and how to read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path

from onelane.tools.platforms.formats.archive import Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import Item, Owner, PlatformName
from onelane.tools.platforms.formats.sub_types import SUB_TYPE, SubType
from onelane.tools.platforms.unknown_files import unknown_file
from onelane.tools.registry.errors import UnreadableExport
from onelane.tools.registry.module_search import modules_with

MOST_ITEMS = 5_000_000
"""More people, posts or messages than one person has; a file with more is refused."""
_VERIFIED_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was opened and recognised. Between its items nothing is kept open."""

    sub_type: str
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
        """About how many items there are, when that is cheaply known: for a progress bar, not for arithmetic."""
        return self.contents.total_items

    @property
    def copies(self) -> tuple[str, ...]:
        """Files that are not read, because they seem to be copies of one that is."""
        return self.contents.copies

    def items(self, start: int = 0) -> Iterator[Item]:
        """The items, in an order that depends on the file alone.

        Args:
            start: how many items to pass over, so that an import goes on where it stopped

        Raises:
            UnreadableExport: the file is damaged further in, or gone, or goes on for ever; the items before are good
        """
        with Archive(self.path) as archive:
            items = self.contents.read(archive)
            yield from islice(items, start, MOST_ITEMS)
            if next(items, None) is not None:
                raise _refuse_size(self.path)


@cache
def sub_types() -> Mapping[str, SubType]:
    """What can be imported from a file, by name; platforms in the order of their folders."""
    modules = map(import_module, modules_with("export_format", "onelane.tools.platforms"))
    marks = [getattr(value, SUB_TYPE, None) for module in modules for value in vars(module).values()]
    return {sub_type.name: sub_type for sub_type in marks if isinstance(sub_type, SubType)}


def open_export(sub_type: str, path: Path) -> Export:
    """Open a file, a zip or an unpacked folder as the export that a sub-type of sync reads.

    Args:
        sub_type: one of `sub_types`, such as `linkedin_contacts`
        path: the file as it was downloaded

    Raises:
        UnreadableExport: it is something else, damaged, or not to be trusted. The message says what was expected, what
            was found and what to do; nothing has been changed
    """
    file_format = sub_types().get(sub_type)
    if file_format is None:
        raise UnreadableExport(
            f"No file can be imported as {sub_type}. What can be imported from a file: {', '.join(sub_types())}."
        )
    with Archive(path) as archive:
        contents = file_format.look(archive)
        if contents is None or (contents.is_guess and _certain(archive)):
            raise UnreadableExport(_mismatch(file_format, archive))
        if (contents.total_items or 0) > MOST_ITEMS:
            raise _refuse_size(path)
        if archive.kind == "zip":
            _verify(contents.members)
    return Export(sub_type, path, contents)


def _refuse_size(path: Path) -> UnreadableExport:
    return UnreadableExport(
        f"{path.name} holds more than {MOST_ITEMS:,} entries, which no person's export does. If they are really yours, "
        "split the file and import the parts."
    )


def recognise(path: Path) -> list[str]:
    """The sub-types that can read this file, in the order in which they are best imported; none if there are none.

    Raises:
        UnreadableExport: the file is empty, damaged or not to be trusted, so that nothing can be told
    """
    return list(contents_of(path))


def contents_of(path: Path) -> Mapping[str, Contents]:
    """What this file is to each sub-type that can read it; see `recognise`.

    Raises:
        UnreadableExport: see `recognise`
    """
    with Archive(path) as archive:
        return _fitting(archive)


def unknown(path: Path) -> str:
    """What a file is that no sub-type reads, and what its owner does with it.

    Raises:
        UnreadableExport: see `recognise`
    """
    with Archive(path) as archive:
        return unknown_file(archive, _expectations)


def _expectations() -> str:
    return "; ".join(f"{name}: {known.expectation}" for name, known in sub_types().items())


def _fitting(archive: Archive) -> Mapping[str, Contents]:
    """What a file is. A list that could be anybody's is an address book, since it then says no more than it does."""
    looks = _looks(archive)
    return _certain_ones(looks) or dict(islice(looks.items(), 1))


def _certain(archive: Archive) -> Mapping[str, Contents]:
    return _certain_ones(_looks(archive))


def _certain_ones(looks: Mapping[str, Contents]) -> Mapping[str, Contents]:
    return {name: contents for name, contents in looks.items() if not contents.is_guess}


def _looks(archive: Archive) -> Mapping[str, Contents]:
    looks = ((known.name, known.look(archive)) for known in sub_types().values())
    return {name: contents for name, contents in looks if contents is not None}


def _mismatch(known: SubType, archive: Archive) -> str:
    message = f"Expected {known.expectation}; {archive.path.name} is {archive.description()}."
    if fitting := _fitting(archive):
        return f"{message} It can be imported as {' or '.join(fitting)}."
    return f"{message} {known.advice}"


def _verify(members: tuple[Member, ...]) -> None:
    """Unpack what will be read, once, so that a damaged zip is refused before anything is imported.

    Very large files are not read twice for it: their damage shows when it is reached.
    """
    left = _VERIFIED_BYTES
    for member in sorted(members, key=lambda member: member.size):
        left -= member.size
        if left < 0:
            return
        with member.open() as stream:
            while stream.read(1 << 20):
                pass
