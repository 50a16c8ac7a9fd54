"""Restoring: puts a backup in the place of a home's database (docs/backups.md, "Restoring")."""

import logging
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from onelane.server.cli.backups.backup import BackupFacts, open_backup, what_it_holds
from onelane.server.cli.backups.sealed_keys import open_keys
from onelane.server.kept_keys import FOLDER
from onelane.server.settings import KEY_VARIABLES, Settings
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.database.file_lock import FileLock
from onelane.storage.database.snapshot import Snapshot, close_file, read_snapshot, write_snapshot
from onelane.storage.outreach.departures import Departures, read_departures
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState, turn_switch
from onelane.storage.outreach.refusals import bring_refusals
from onelane.storage.schema import HEAD, ensure_schema, strange_code
from onelane.storage.workflows.enrollments import Via
from onelane.tools.outreach.stopping.restored_copy import SinceCopy, note_departures, void_yeses
from onelane.tools.registry.errors import BadRequest, Conflict

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restoration:
    """What was put in place.

    Args:
        facts: what the backup is
        before: where the database is now that was there; None when there was none
        keys: the keys that were brought along, by the names of their files
        suppressions: how many addresses stay suppressed of which the backup did not know
        since: what left since the backup; None where nothing says that any more
    """

    facts: BackupFacts
    before: Path | None
    keys: tuple[str, ...]
    suppressions: int
    since: SinceCopy | None


def restore_backup(
    settings: Settings,
    file: Path,
    *,
    now: datetime,
    agree: Callable[[BackupFacts, str], None],
    passphrase: Callable[[], str] | None,
) -> Restoration:
    """Put a backup in place; the database that is there is kept beside it.

    Nothing leaves afterwards until the person starts sending again, and says yes to each message anew. What left by
    what is replaced has left by the backup as well, where that can be read, and whoever is suppressed there stays so.

    Args:
        settings: whose home
        file: the backup
        now: the instant
        agree: is told what comes, and in a sentence what goes; raises when the person doesn't want that
        passphrase: asks for the keys' passphrase; None leaves the keys out

    Raises:
        BadRequest: it is no backup, holds a key that is none of a home's, or code, or the database is no file
        Conflict: Onelane runs here
        DatabaseUnavailable: it is damaged, or of a newer version
    """
    path = Database(settings.url).path
    if path is None:
        raise BadRequest("This database is on PostgreSQL: put it back with pg_restore, as docs/backups.md says.")
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(settings.home / "onelane.lock")
    if not lock.acquire():
        raise Conflict(f"Onelane runs here (process {lock.holder_pid()}). Stop it, then restore.")
    try:
        with open_backup(file, path.parent) as (copy, facts, sealed_keys):
            _refuse_newer(facts)
            snapshot = _whole(path)
            agree(facts, _what_is_here(path, snapshot))
            keys = {} if sealed_keys is None or passphrase is None else open_keys(sealed_keys, passphrase())
            _refuse_strange(keys, settings)
            # Before it is in place: whoever opens it there finds today's schema, and nothing that may be sent.
            suppression_count, since = _stop_sending(copy, file, None if snapshot is None else path)
            before = _set_aside(path, now, is_whole=snapshot is not None)
            copy.replace(path)
        for name in _home_keys(settings) & keys.keys():
            _put_key(settings.home / name, keys[name], now)
    finally:
        lock.release()
    return Restoration(facts, before, tuple(keys), suppression_count, since)


def _refuse_newer(facts: BackupFacts) -> None:
    if facts.schema_version > HEAD:
        raise DatabaseUnavailable(
            f"A newer version of Onelane made this backup: its schema is {facts.schema_version}, this one knows "
            f"{HEAD}. Install the newer version first. Nothing was changed."
        )


def _refuse_strange(keys: Iterable[str], settings: Settings) -> None:
    # Who made the backup chose these names, and each becomes a file.
    strange = sorted(set(keys) - _home_keys(settings))
    if strange:
        raise BadRequest(f"This backup holds a key that no home has: {strange[0]}. Nothing was changed.")


def _whole(path: Path) -> Snapshot | None:
    """The database that is there; None when there is none, or what is there can't be read any more."""
    try:
        return read_snapshot(path) if path.exists() else None
    except DatabaseUnavailable:
        return None


def _what_is_here(path: Path, snapshot: Snapshot | None) -> str:
    if snapshot is not None:
        return f"Here are {what_it_holds(snapshot)}."
    return f"What is here can't be read: {path}." if path.exists() else "Nothing is here yet."


def _set_aside(path: Path, now: datetime, *, is_whole: bool) -> Path | None:
    if not path.exists():
        return None
    if is_whole:
        close_file(path)
    aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%d-%H%M%S}")
    _keep_beside(path, aside, is_whole=is_whole)
    for ending in ("-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _keep_beside(path: Path, aside: Path, *, is_whole: bool) -> None:
    """Give a database another name; one that is whole keeps its own as well until the backup takes it.

    A process that ends in between leaves a home with a database, and not one that begins anew with nobody in it.
    """
    if is_whole:
        try:
            os.link(path, aside)
        except FileExistsError as error:
            raise Conflict(f"There is a file {aside} already. Restore again in a second.") from error
        except OSError:
            LOG.debug("%s knows no second name for a file", path.parent)
        else:
            return
    path.rename(aside)


def _home_keys(settings: Settings) -> set[str]:
    """The files of keys that a home may have: its own, and those of models and search engines."""
    kept_keys = (f"{FOLDER}/{variable}" for variable in KEY_VARIABLES.values())
    return {settings.key_file.name, settings.secret_key_file.name, *kept_keys}


def _put_key(file: Path, key: str, now: datetime) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if file.exists():
        file.rename(file.with_name(f"{file.name}.before-restore-{now:%Y%m%d-%H%M%S}"))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(f"{key}\n")


def _stop_sending(copy: Path, file: Path, replaced: Path | None) -> tuple[int, SinceCopy | None]:
    """Let nothing leave of what is restored; how many refusals came along, and what has left since."""
    database = Database(f"sqlite:///{copy}")
    try:
        ensure_schema(database)
        if (strange := strange_code(database)) is not None:
            raise BadRequest(
                f"{file} holds {strange}, which Onelane makes in no database and which would work by itself. Choose "
                "another backup; nothing was changed."
            )
        with database.write() as session:
            count, departures = (0, None) if replaced is None else _bring(replaced, copy.parent, session)
            since = None if departures is None else note_departures(session, departures)
            void_yeses(session)
            turn_switch(
                session,
                SwitchState.STOPPED,
                via=Via.CLI,
                reason=SwitchReason.RESTORED_COPY,
                note=f"Restored from {file.name}.",
            )
    finally:
        database.close()
    close_file(copy)
    return count, since


def _bring(replaced: Path, folder: Path, session: Session) -> tuple[int, Departures | None]:
    """Whoever has said since the backup that they want no letters gets none; how many addresses, and what has left."""
    try:
        with closing(_as_of_today(replaced, folder)) as before, before.read() as reading:
            return bring_refusals(reading, session), read_departures(reading, session)
    except (DatabaseError, DatabaseUnavailable):
        LOG.debug("%s says nothing of what left", replaced, exc_info=True)
        return 0, None


def _as_of_today(replaced: Path, folder: Path) -> Database:
    """What is replaced, with this version's schema; it stays as it is, so that one of an older version is copied."""
    if read_snapshot(replaced).schema_version >= HEAD:
        return Database(f"sqlite:///{replaced}")
    migrated = folder / "replaced.db"
    with closing(Database(f"sqlite:///{replaced}")) as older:
        write_snapshot(older, migrated)
    database = Database(f"sqlite:///{migrated}")
    ensure_schema(database)
    return database
