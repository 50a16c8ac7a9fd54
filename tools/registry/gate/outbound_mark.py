"""The mark beside the database: a database that is put back from a copy has an older one.

See docs/sequences.md, "The switch".
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from onelane.tools.registry.gate.private_file import replace_private_file

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a database is known.

    Args:
        name: the same for as long as the database lives
        key_id: of the vault's key that hashed its addresses; empty while there are none
        at: when it was last written, so that it grows; whole milliseconds
    """

    name: str
    key_id: str
    at: datetime

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """The mark that is written so; None where that is none."""
        name, _, rest = (text or "").strip().partition(".")
        key_id, _, milliseconds = rest.partition(".")
        if not name or not milliseconds.isdecimal() or len(milliseconds) > 15:
            return None
        return cls(name, key_id, datetime.fromtimestamp(0, UTC) + int(milliseconds) * _MILLISECOND)

    @classmethod
    def new(cls, key_id: str, at: datetime) -> Self:
        """The first mark of a database."""
        return cls(secrets.token_hex(8), key_id, _whole(at))

    def later(self, key_id: str, at: datetime, *, than: "Mark | None" = None) -> "Mark":
        """The next mark of the same database: later than this one, and than another, whatever the clock says."""
        before = self.at if than is None else max(self.at, than.at)
        return Mark(self.name, key_id, max(_whole(at), before + _MILLISECOND))

    def __str__(self) -> str:
        """As it is written down."""
        return f"{self.name}.{self.key_id}.{(self.at - datetime.fromtimestamp(0, UTC)) // _MILLISECOND}"


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class MarkFile:
    """The mark as it stands beside the database.

    Args:
        path: the file; without it the mark is known to this process only
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._text: str | None = None

    def read(self) -> str | None:
        """What stands there; None where nothing was ever written."""
        if self._path is None:
            return self._text
        try:
            return self._path.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def write(self, mark: Mark) -> None:
        """Write a mark down, whole or not at all.

        Raises:
            OSError: there is no room for it, or it can't be written there
        """
        self._text = f"{mark}\n"
        if self._path is None:
            return
        replace_private_file(self._path, self._text)
