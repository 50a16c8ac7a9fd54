"""Files that people import: where they may lie, and what a run keeps about that.

Whoever works at this machine's command line names any file of theirs. Chat, REST and the dashboard speak for somebody
who may be far away, or for a model that was talked into something: they reach the allowed folders and nothing else.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Forbidden, NotFound
from onelane.tools.registry.runs.feed_addresses import feed_address
from onelane.tools.registry.runs.run_config import ALLOWED, FEED, FILE

_MAX_CHARS = 4096
_NAMES = 1_000
"""So many files of a folder are looked at for a name that is almost one of theirs."""
_QUOTES, _LINK = "\"'`", ("file:///", "file://localhost/")


def readable_dirs(by: Caller, import_dirs: Sequence[Path]) -> Sequence[Path] | None:
    """The folders from which this caller may have files read; None is all of them."""
    return None if by.face is Face.CLI else import_dirs


def resolve_import(path: str, dirs: Sequence[Path] | None) -> Path:
    """The real path of a file, or of an unpacked folder, that may be read.

    Links and `..` are followed first, so that what counts is where the file really lies. What is checked now can be
    another thing a moment later: whoever opens the file asks again right before.

    Args:
        path: an absolute path, one that begins with `~`, or a name to look up in `dirs` (without them, here)
        dirs: the folders in which the file must lie; None allows all

    Raises:
        BadRequest: it is no path, or names neither a file nor a folder
        Forbidden: it lies outside the folders
        NotFound: there is no such file
    """
    places = [Path(os.path.realpath(place)) for place in _places(_clean_path(path), dirs)]
    inside = places if dirs is None else [place for place in places if _lies_in(place, dirs)]
    for place in inside:
        if (mode := _mode(place)) is not None:
            return _ordinary(place, mode)
    # Whether something outside exists is not told: it is refused either way.
    raise _outside(path, dirs or ()) if len(inside) < len(places) or not places else _missing(path, dirs)


def seal_config(config: Mapping[str, Any], by: Caller | None, import_dirs: Sequence[Path]) -> dict[str, Any]:
    """A run's config as this caller may give it: a file in it is checked, and where it may lie is noted beside it; and
    so is the address of a feed.

    The engine passes through here whatever a run is started with; what a run finds under `allowed` was written by
    nobody else.

    Args:
        config: the config
        by: who gives it; None when it was sealed before, and only its file is looked at anew
        import_dirs: the folders from which chat and REST may have files read

    Raises:
        ToolError: the config says itself what is allowed, or names a file that this caller may not have read
    """
    if by is None:
        if config.get(FILE) is not None:
            import_path(config)
        return dict(config)
    if isinstance(config.get(FEED), str):
        config = {**config, FEED: feed_address(config[FEED], by)}
    if ALLOWED in config:
        raise BadRequest(f"{ALLOWED!r} is not for a config to say: Onelane notes there which folders it may read.")
    if config.get(FILE) is None:
        return dict(config)
    if not isinstance(config[FILE], str):
        raise BadRequest(f"{FILE!r} must be the path of a file.")
    dirs = readable_dirs(by, import_dirs)
    path = resolve_import(config[FILE], dirs)
    return {**config, FILE: str(path), ALLOWED: None if dirs is None else [str(folder) for folder in dirs]}


def import_path(config: Mapping[str, Any]) -> Path:
    """The file that a sealed config names, checked anew: what a run asks right before it opens the file.

    Raises:
        ToolError: the file is gone, or is not where it may be any more
    """
    folder_names = config.get(ALLOWED, [])
    return resolve_import(
        str(config[FILE]), None if folder_names is None else [Path(folder) for folder in folder_names]
    )


def _clean_path(path: str) -> str:
    if not path.strip() or "\0" in path or len(path) > _MAX_CHARS:
        raise BadRequest("Give the path of a file, such as ~/Downloads/Connections.csv.")
    path = path.strip()
    if len(path) > len(_QUOTES) and path[0] == path[-1] and path[0] in _QUOTES:
        path = path[1:-1].strip()
    # As a browser or a file manager copies it.
    return unquote(urlsplit(path).path) if path.lower().startswith(_LINK) else path


def _places(path: str, dirs: Sequence[Path] | None) -> list[Path]:
    place = Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    if place.is_absolute() or dirs is None:
        return [place]
    return [folder / place for folder in dirs]


def _lies_in(place: Path, dirs: Sequence[Path]) -> bool:
    return any(place.is_relative_to(os.path.realpath(folder)) for folder in dirs)


def _mode(place: Path) -> int | None:
    try:
        return place.stat().st_mode
    except OSError:
        return None


def _ordinary(place: Path, mode: int) -> Path:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BadRequest(f"{place} is neither a file nor a folder.")
    return place


def _outside(path: str, dirs: Sequence[Path]) -> Forbidden:
    return Forbidden(
        f"Onelane may not read {path}: it lies outside the folders that it may read: {_list_folders(dirs)}. Move the "
        "file to one of them, import it with `onelane sync` on the command line, or set ONELANE_IMPORT_DIRS."
    )


def _missing(path: str, dirs: Sequence[Path] | None) -> NotFound:
    search_note = "" if dirs is None else f" Onelane looked in: {_list_folders(dirs)}."
    meant = "" if (near := _near_name(path, dirs or ())) is None else f" Did you mean {near!r}?"
    return NotFound(f"There is no file {path}.{meant}{search_note} Check the name, or give the whole path.")


def _near_name(path: str, dirs: Sequence[Path]) -> str | None:
    """The file in one of the folders whose name is almost the one that was asked for, or begins with it."""
    wanted = Path(path).name.casefold()
    names = {name.casefold(): name for folder in dirs for name in _names_in(folder)}
    beginning = [name for name in names if wanted and Path(name).stem == wanted]
    alike = beginning if len(beginning) == 1 else get_close_matches(wanted, names, n=1, cutoff=0.8)
    return names[alike[0]] if alike else None


def _names_in(folder: Path) -> list[str]:
    try:
        return [each.name for each in islice(folder.iterdir(), _NAMES)]
    except OSError:
        # It is not there, or the system lets nobody look: a suggestion is worth no refusal.
        return []


def _list_folders(dirs: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in dirs) or "none is set"
