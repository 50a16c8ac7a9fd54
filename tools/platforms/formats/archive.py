"""Opens an export: a file, a zip, or an unpacked folder.

Nothing is ever written to disk, and nothing is read before the container has been found harmless.
"""

import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, Self

from onelane.tools.platforms.formats.decoding import SAMPLE_BYTES, binary_kind, text_kind
from onelane.tools.registry.errors import UnreadableExport

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_TOTAL_BYTES = 64 << 30
MAX_RATIO = 200
SMALL_BYTES = 10 << 20
"""A ratio above the limit is no danger below this size."""
MOST_LOOKED_INTO = 200
"""So many files of one kind are opened to see what is in them, those nearest to the top."""
_MAX_INNER_BYTES = 64 << 20
"""A zip in a zip is held in memory up to this size."""
_MAX_FOLDER_FILES, _MAX_FOLDER_DEPTH = 200_000, 6
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_KNOWN_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_DAMAGE_ERRORS = (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file: the one that was given, or one inside a zip or folder."""

    name: str
    """Its path inside the archive, with slashes."""
    size: int
    """Bytes, uncompressed, as the container says."""
    opener: Callable[[], io.BufferedReader] = field(repr=False, compare=False)

    @property
    def basename(self) -> str:
        return self.name.rpartition("/")[2]

    def open(self) -> io.BufferedReader:
        """The file's bytes. Reading raises UnreadableExport where the container is damaged."""
        return self.opener()

    def head(self, size: int = SAMPLE_BYTES) -> bytes:
        """Its first `size` bytes."""
        with self.open() as stream:
            return stream.read(size)


class Archive:
    """An opened file, zip or folder. It is a context: leaving it closes what is open.

    Raises UnreadableExport for a path that is no ordinary file or folder, an empty file, and a zip that is cut short,
    encrypted, names files outside itself or unpacks to more than a person's data ever does.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind: Literal["file", "zip", "folder"]
        self.members: tuple[Member, ...]
        self._open = ExitStack()
        self.kind, self.members = self._look_inside(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def members_named(self, pattern: str) -> list[Member]:
        """The files whose name (without folders, in any case) matches, nearest to the top first, short names first.

        So `Connections.csv` comes before its copy `Connections (1).csv`. A file that was given by itself always counts:
        what it is called says little, what is in it decides.
        """
        if self.kind == "file":
            return list(self.members)
        wanted = re.compile(pattern, re.IGNORECASE)
        found = [member for member in self.members if wanted.fullmatch(member.basename)]
        return sorted(found, key=lambda member: (member.name.count("/"), len(member.basename), member.name))

    def description(self) -> str:
        """What was given, in words, for a message that says why it is not what was expected."""
        if self.kind == "file":
            head = self.members[0].head()
            return binary_kind(head) or text_kind(head)
        if any(member.name == "[Content_Types].xml" for member in self.members):
            return "an Office document (such as .xlsx)"
        thing = "a zip file" if self.kind == "zip" else "a folder"
        if not self.members:
            return f"{thing} with nothing in it"
        names = [member.basename[:60] for member in self.members[:3]]
        rest = len(self.members) - len(names)
        described = f"{thing} with {', '.join(names)}" + (f" and {rest} more" if rest else "")
        if any(member.basename.lower().endswith(".zip") for member in self.members):
            described += " (zips inside are not opened: unpack it, and import each by itself)"
        return described

    def _look_inside(self, path: Path) -> tuple[Literal["file", "zip", "folder"], tuple[Member, ...]]:
        try:
            mode = path.lstat().st_mode
        except (OSError, ValueError) as error:
            raise UnreadableExport(f"There is no file {path}. Check the name and try again.") from error
        if stat.S_ISDIR(mode):
            return "folder", tuple(_files_below(path))
        size = _check_ordinary(path, mode)
        with _open_file(path) as stream:
            is_zip = stream.read(4) in _ZIP_STARTS
        if is_zip:
            return "zip", self._zip_members(path)
        return "file", (Member(path.name, size, partial(_open_file, path)),)

    def _zip_members(self, path: Path) -> tuple[Member, ...]:
        members = self._members_of_zip(path, self._open.enter_context(_open_file(path)))
        if len(members) == 1 and members[0].basename.lower().endswith(".zip") and members[0].size <= _MAX_INNER_BYTES:
            # Zipped twice, as when a download is sent on.
            try:
                return self._members_of_zip(path, io.BytesIO(members[0].head(_MAX_INNER_BYTES)))
            except UnreadableExport:
                self._open.close()
                raise
        return members

    def _members_of_zip(self, path: Path, stream: IO[bytes]) -> tuple[Member, ...]:
        try:
            container = self._open.enter_context(zipfile.ZipFile(stream))
        except (*_DAMAGE_ERRORS, RuntimeError) as error:
            self._open.close()
            raise UnreadableExport(
                f"{path.name} is a zip file that is damaged or cut short, as after an interrupted download. "
                "Download it again and import the new file; nothing was changed."
            ) from error
        infos = [info for info in container.infolist() if not info.is_dir()]
        try:
            _check_harmless(path, infos, stream.seek(0, io.SEEK_END))
        except UnreadableExport:
            self._open.close()
            raise
        return tuple(
            Member(info.filename.replace("\\", "/"), info.file_size, partial(_open_member, container, info))
            for info in infos
            if info.file_size and _is_content(info.filename) and not stat.S_ISLNK(info.external_attr >> 16)
        )


def _check_ordinary(path: Path, mode: int) -> int:
    """The size of a file in bytes, if it is one that may be read."""
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a device, pipe or socket"
        raise UnreadableExport(f"{path} is {kind}, not a file. Give the path of the export file itself.")
    size = path.lstat().st_size
    if size == 0:
        raise UnreadableExport(f"{path.name} is empty (0 bytes). Download the export again and import that file.")
    return size


def _open_file(path: Path) -> io.BufferedReader:
    """The file's bytes, opened without following a link or waiting at a pipe that has just taken its place."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # the first two are not on Windows, the third only there
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise UnreadableExport(f"{path} can't be opened ({error.strerror}). Check that you may read it.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableExport(f"{path} is not an ordinary file. Give the path of the export file itself.")
    return os.fdopen(descriptor, "rb")


def _files_below(folder: Path) -> Iterator[Member]:
    """The ordinary files in a folder, in the order of their names, links left aside."""
    file_count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        below = Path(place).relative_to(folder)
        if len(below.parts) >= _MAX_FOLDER_DEPTH:
            folders.clear()
        for name in sorted(names):
            file_count += 1
            if file_count > _MAX_FOLDER_FILES:
                raise UnreadableExport(f"{folder} holds too many files to be an export. Give the export's own folder.")
            path = Path(place, name)
            size = _ordinary_size(path)
            if size and _is_content(name):
                yield Member((below / name).as_posix(), size, partial(_open_file, path))


def _ordinary_size(path: Path) -> int:
    """The size in bytes; 0 for what is no ordinary file, or has just gone."""
    try:
        info = path.lstat()
    except OSError:
        return 0
    return info.st_size if stat.S_ISREG(info.st_mode) else 0


def _is_content(name: str) -> bool:
    """False for what macOS adds to zips and folders."""
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" not in parts and not parts[-1].startswith("._")


def _check_harmless(path: Path, infos: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    for info in infos:
        _check_entry(path, info)
    total = sum(info.file_size for info in infos)
    packed_bytes = max(packed_bytes, 1)
    # Against the size of the file, not the sum of the parts: entries may overlap.
    if total > MAX_TOTAL_BYTES or (total > SMALL_BYTES and total > MAX_RATIO * packed_bytes):
        raise _bomb_refusal(path, total, packed_bytes)


def _check_entry(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
        raise UnreadableExport(
            f"{path.name} names a file outside itself, which no export does; it was not read. "
            "Download the export again from the platform itself."
        )
    if info.flag_bits & 0x1:
        raise UnreadableExport(
            f"{path.name} is protected by a password. Unpack it and import the folder, or zip it again without one."
        )
    if info.file_size > SMALL_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise _bomb_refusal(path, info.file_size, info.compress_size)


def _bomb_refusal(path: Path, size: int, packed_bytes: int) -> UnreadableExport:
    return UnreadableExport(
        f"{path.name} would unpack {packed_bytes:,} bytes to {size:,}, which no export does (a “zip bomb”); it was not "
        "read. Download the export again from the platform itself."
    )


def _open_member(container: zipfile.ZipFile, info: zipfile.ZipInfo) -> io.BufferedReader:
    try:
        stream = container.open(info)
    except (*_DAMAGE_ERRORS, RuntimeError) as error:
        if info.compress_type not in _KNOWN_PACKINGS:
            raise UnreadableExport(
                f"{info.filename} is packed in a way that can't be read here. Unpack the zip and import the folder."
            ) from error
        raise _damage(info.filename) from error
    return io.BufferedReader(_ZippedFile(stream, info.filename), 1 << 18)


class _ZippedFile(io.RawIOBase):
    """A file in a zip. Damage that shows only while it is read becomes an error that a person can act on."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(len(view))
        except _DAMAGE_ERRORS as error:
            raise _damage(self._name) from error
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _damage(name: str) -> UnreadableExport:
    return UnreadableExport(
        f"{name} in the zip is damaged or cut short, as after an interrupted download. "
        "Download the export again and import the new file."
    )
