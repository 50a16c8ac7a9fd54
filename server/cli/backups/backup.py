"""A backup: a zip with the database, what it is, and the home's keys where the person wants that.

See docs/backups.md, "The file".
"""

import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from onelane.server.cli.backups.sealed_keys import as_text, seal_keys
from onelane.server.cli.output import number_of
from onelane.server.kept_keys import FOLDER, KeptKeys
from onelane.server.settings import KEY_VARIABLES, Settings
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.database.snapshot import Snapshot, read_snapshot, write_snapshot
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate.vault import key_of_home, system_keyring

DATABASE, ABOUT, KEYS = "onelane.db", "about.json", "keys.sealed"
_KIND = "onelane-backup"
_MOST_BESIDE_BYTES = 1_000_000
"""What a backup holds beside the database is a few lines."""
_NAME_CHARS = 200
_ZIP, _SQLITE = b"PK\x03\x04", b"SQLite format 3\0"
"""How a zip and a database begin."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup is.

    Args:
        made_at: when, in ISO 8601
        schema_version: the migration of its database
        contacts: how many people are in it
        runs: how many runs are
        has_keys: whether the home's keys are in it, under a passphrase
    """

    made_at: str
    schema_version: str
    contacts: int
    runs: int
    has_keys: bool


def write_backup(database: Database, settings: Settings, target: Path, passphrase: str | None) -> BackupFacts:
    """Write a backup into a new file that its owner alone may read; anything may run meanwhile.

    Args:
        database: what is kept
        settings: where the keys are
        target: a file that is not there yet
        passphrase: seals the keys; None leaves them out

    Raises:
        Conflict: there is such a file already
        BadRequest: the database is no file, or the folder is not there
        DatabaseUnavailable: it can't be copied
    """
    _check(database, target)
    with _folder_beside(target) as folder:
        copy = Path(folder) / DATABASE
        made_at = database.clock().isoformat(timespec="seconds")
        facts = _facts(write_snapshot(database, copy, known_as=target), made_at, has_keys=passphrase is not None)
        archive_path = Path(folder) / "backup.zip"
        archive_path.touch(mode=0o600)
        with zipfile.ZipFile(archive_path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            archive.writestr(ABOUT, json.dumps({"kind": _KIND, **asdict(facts)}))
            archive.write(copy, DATABASE)
            if passphrase is not None:
                archive.writestr(KEYS, seal_keys(_keys(settings), passphrase))
        _keep(archive_path, target)
    return facts


@contextmanager
def open_backup(file: Path, folder: Path) -> Generator[tuple[Path, BackupFacts, bytes | None]]:
    """The database of a backup, unpacked and checked; also of a plain copy of the database's file.

    Args:
        file: a backup
        folder: where it is unpacked to; what was unpacked goes at the end

    Raises:
        BadRequest: it is no backup
        DatabaseUnavailable: what is in it is damaged
    """
    if file.is_dir():
        raise BadRequest(f"{file} is a folder. Name the file that `onelane backup FILE` wrote.")
    if not file.is_file():
        raise BadRequest(f"There is no file {file}. `onelane backup FILE` writes one.")
    with tempfile.TemporaryDirectory(prefix=".onelane-restore-", dir=folder) as place:
        copy = Path(place) / DATABASE
        made_at, keys = _unpack(file, copy)
        yield copy, _facts(read_snapshot(copy, known_as=file), made_at, has_keys=keys is not None), keys


def what_it_holds(facts: BackupFacts | Snapshot) -> str:
    """How much is in a backup, or in a database."""
    return f"{number_of(facts.contacts, 'contact')} and {number_of(facts.runs, 'run')}"


def _check(database: Database, target: Path) -> None:
    if database.path is None:
        raise BadRequest("This database is on PostgreSQL: back it up with pg_dump, as docs/backups.md says.")
    if target.is_dir():
        raise BadRequest(f"{target} is a folder. Name a file in it, such as {target / 'onelane-backup.zip'}.")
    if target.exists():
        raise Conflict(f"There is a file {target} already. Choose another name; a backup replaces nothing.")
    if not target.parent.is_dir():
        raise BadRequest(f"There is no folder {target.parent}. Make it, or name a file in another one.")
    if not os.access(target.parent, os.W_OK):
        raise BadRequest(f"Nothing can be written to {target.parent}. Choose another folder.")


def _folder_beside(target: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=".onelane-backup-", dir=target.parent)
    except OSError as error:
        raise BadRequest(
            f"Nothing can be written to {target.parent}: {error.strerror}. Choose another folder."
        ) from error


def _facts(snapshot: Snapshot, made_at: str, *, has_keys: bool) -> BackupFacts:
    return BackupFacts(made_at, snapshot.schema_version, snapshot.contacts, snapshot.runs, has_keys)


def _keys(settings: Settings) -> dict[str, str]:
    """The keys of the home's own, also one that the system's keyring has; what the environment sets stays there."""
    keys: dict[str, str] = {}
    if settings.person_key is None and settings.key_file.exists():
        keys[settings.key_file.name] = settings.key_file.read_text().strip()
    if settings.secret_key is None and settings.secret_key_file.exists():
        keys[settings.secret_key_file.name] = as_text(key_of_home(settings.secret_key_file, system_keyring()))
    kept_keys = KeptKeys(settings.home)
    for variable in KEY_VARIABLES.values():
        if (key := kept_keys.read(variable)) is not None:
            keys[f"{FOLDER}/{variable}"] = key
    return keys


def _keep(archive_path: Path, target: Path) -> None:
    with archive_path.open("rb") as stream:
        os.fsync(stream.fileno())
    try:
        os.link(archive_path, target)
    except FileExistsError as error:
        raise Conflict(f"There is a file {target} already. Choose another name.") from error
    except OSError:
        # Not every file system knows links; what is there was looked for before.
        shutil.move(archive_path, target)


def _unpack(file: Path, copy: Path) -> tuple[str, bytes | None]:
    """Unpack the database of a backup; when it was made, and its sealed keys."""
    written_at = datetime.fromtimestamp(file.stat().st_mtime).astimezone().isoformat(timespec="seconds")
    if not zipfile.is_zipfile(file):
        _copy_database(file, copy)
        return written_at, None
    try:
        with zipfile.ZipFile(file) as archive:
            _check_sizes(archive, file, shutil.disk_usage(copy.parent).free)
            with archive.open(DATABASE) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
            names = archive.namelist()
            about: dict[str, Any] = json.loads(archive.read(ABOUT)) if ABOUT in names else {}
            made_at = str(about.get("made_at", written_at))
            return made_at, archive.read(KEYS) if KEYS in names else None
    except KeyError as error:
        raise BadRequest(_no_backup(file)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, AttributeError, ValueError) as error:
        raise DatabaseUnavailable(f"{file} is damaged: {error}. Nothing was changed.") from error


def _no_backup(file: Path) -> str:
    """What to do with a zip that is none: the backup may lie in a folder of it, or it is an export of a platform."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
    start = f"{file} is a zip, but no backup of Onelane's: it holds no {DATABASE}"
    inner = next((name for name in names if Path(name).name == DATABASE or name.endswith(".zip")), None)
    if inner is not None:
        # Whoever made the zip chose its names.
        name = " ".join(inner.split())[:_NAME_CHARS]
        return f"{start} at its top. Unpack it, and restore {name!r}, which is in it; nothing was changed."
    way = "Choose a file that `onelane backup FILE` wrote; nothing was changed."
    is_export = any(name.lower().endswith((".csv", ".vcf", ".js", ".json")) for name in names)
    return f"{start}. {way}" + (" An export of a platform is brought in with onelane sync FILE." if is_export else "")


def _check_sizes(archive: zipfile.ZipFile, file: Path, free_bytes: int) -> None:
    for info in archive.infolist():
        if info.file_size > (free_bytes if info.filename == DATABASE else _MOST_BESIDE_BYTES):
            raise BadRequest(
                f"{file} unpacks to {info.file_size / 1e6:,.0f} MB, for which there is no room here. Free some space "
                "on the disk, or choose another backup; nothing was changed."
            )


def _copy_database(file: Path, copy: Path) -> None:
    """Copy a plain database with the log of what was written to it last, which belongs to it."""
    with file.open("rb") as stream:
        start = stream.read(len(_SQLITE))
    if not start:
        raise BadRequest(f"{file} is empty. Choose another backup; nothing was changed.")
    if start.startswith(_ZIP):
        raise DatabaseUnavailable(
            f"{file} is cut off: it begins like a backup, but its end is missing. Copy it anew from where it was "
            "made, or choose another; nothing was changed."
        )
    if start != _SQLITE:
        raise BadRequest(
            f"{file} is no backup of Onelane's. Choose a file that `onelane backup FILE` wrote; nothing was changed."
        )
    for ending in ("", "-wal"):
        part = file.with_name(file.name + ending)
        if part.exists():
            shutil.copyfile(part, copy.with_name(copy.name + ending))
