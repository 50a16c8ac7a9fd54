"""When this home was last backed up, and into which file, as `onelane backup` notes it (docs/backups.md)."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_FILE = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """A backup that was made.

    Args:
        made_at: when
        name: what its file is called
    """

    made_at: datetime
    name: str


def note_backup(home: Path, made_at: str, name: str) -> None:
    """Note a backup, beside the database."""
    (home / _FILE).write_text(json.dumps({"made_at": made_at, "name": name}), encoding="utf-8")


def last_backup(home: Path) -> LastBackup | None:
    """The latest backup that was made; None where none was, or the note can't be read."""
    try:
        noted = json.loads((home / _FILE).read_text(encoding="utf-8"))
        return LastBackup(datetime.fromisoformat(noted["made_at"]), str(noted["name"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
