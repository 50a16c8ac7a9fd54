"""Export files that lie ready in a folder, such as Downloads."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from onelane.tools.registry.errors import UnreadableExport

_LOOKS_LIKE_AN_EXPORT = frozenset({".zip", ".csv", ".vcf", ".mbox"})
_LOOK_AT = 12


def find_imports(sub_type: str, dirs: Iterable[Path], *, limit: int) -> list[Path]:
    """The newest files in these folders that a sub-type of sync can read; a dozen are looked into."""
    sub_types_by_path = readable_imports(dirs, limit=_LOOK_AT)
    return [path for path, sub_types in sub_types_by_path.items() if sub_type in sub_types][:limit]


def readable_imports(dirs: Iterable[Path], *, limit: int) -> Mapping[Path, Sequence[str]]:
    """The newest files in these folders that can be read, and as which sub-types of sync; a dozen are looked into.

    What is only a part of an export, such as `messages.csv`, or anybody's list, comes behind what is whole.
    """
    from onelane.tools.platforms import exports

    whole: dict[Path, Sequence[str]] = {}
    parts: dict[Path, Sequence[str]] = {}
    for path in sorted(_files_in(dirs), key=_modified_at, reverse=True)[:_LOOK_AT]:
        with suppress(UnreadableExport):
            if len(whole) < limit and (contents := exports.contents_of(path)):
                is_part = all(each.is_part or each.is_guess for each in contents.values())
                (parts if is_part else whole)[path] = list(contents)
    return dict(islice({**whole, **parts}.items(), limit))


def way_in(sub_type: str, dirs: Sequence[Path]) -> str:
    """How an export comes in once the person has it: a sentence."""
    if dirs:
        return f"Then call again with its name as `file`; Onelane reads from: {', '.join(map(str, dirs))}."
    return (
        f"Then the person brings it in at a terminal, with onelane sync {sub_type} FILE, for chats may read no folder "
        "here; ONELANE_IMPORT_DIRS names those that they may."
    )


def _files_in(dirs: Iterable[Path]) -> Iterator[Path]:
    for folder in dirs:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if Path(entry.name).suffix.lower() in _LOOKS_LIKE_AN_EXPORT and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
