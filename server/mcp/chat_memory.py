"""What the chats of a client were given, kept in the home: a conversation outlives the server that it goes on with.

See docs/agent.md, "What leaves".
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from onelane.tools.registry.gate.private_file import replace_private_file
from onelane.tools.registry.tool_spec import Reveals

KEPT_DAYS = 30
"""So long after it last read anything a conversation may go on behind a restart."""
_EVERYTHING = frozenset(Reveals)
_MOST = 1_000
_ALL_CLIENTS = "*"
_LOG = logging.getLogger(__name__)
_Instants: TypeAlias = dict[str, dict[Reveals, datetime]]


class ChatMemory:
    """What each client's chats were given, and when last; a client is whatever it calls itself.

    Args:
        path: a file that its owner alone may read
        now: gives the current instant
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        self._noted: set[tuple[str, Reveals, str]] = set()

    def recall(self, client: str) -> frozenset[Reveals]:
        """What the chats of a client were given lately; all there is, where nobody can tell."""
        try:
            kept = self._read()
        except (OSError, ValueError, TypeError, AttributeError):
            return _EVERYTHING
        return frozenset({*kept.get(_ALL_CLIENTS, {}), *kept.get(_key(client), {})})

    def note(self, client: str, has_read: frozenset[Reveals]) -> None:
        """Keep what a chat of this client was given, once a day; where there is no room, this server knows it."""
        today = f"{self._now():%Y-%m-%d}"
        news = {(client, each, today) for each in has_read} - self._noted
        if not news or not self._path.parent.is_dir():
            return
        try:
            self._write(client, has_read)
        except OSError as error:
            _LOG.warning("What chats have read can't be kept in %s: %s", self._path.name, error.strerror)
            return
        self._noted = {each for each in self._noted if each[2] == today} | news

    def _write(self, client: str, has_read: frozenset[Reveals]) -> None:
        try:
            kept = self._read()
        except (ValueError, TypeError, AttributeError):
            # Nobody knows of whom it told.
            kept = {_ALL_CLIENTS: dict.fromkeys(Reveals, self._now())}
        key = _key(client)
        if key not in kept and len(kept) >= _MOST:
            key = _ALL_CLIENTS
        kept[key] = {**kept.get(key, {}), **dict.fromkeys(has_read, self._now())}
        replace_private_file(self._path, _as_text(kept))

    def _read(self) -> _Instants:
        """What is kept and not too old.

        Raises:
            OSError: it can't be read
            ValueError: it is not what was written there; so are TypeError and AttributeError
        """
        try:
            rows = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        since = self._now() - timedelta(days=KEPT_DAYS)
        instants = {key: _instants(row, since) for key, row in rows.items()}
        return {key: row for key, row in instants.items() if row}


def _key(client: str) -> str:
    # Names are of any length, and nobody has to read them here.
    return sha256(client.encode()).hexdigest()[:32]


def _instants(row: Mapping[str, str], since: datetime) -> dict[Reveals, datetime]:
    instants = {Reveals(name): datetime.fromisoformat(at) for name, at in row.items()}
    return {name: at for name, at in instants.items() if at >= since}


def _as_text(kept: _Instants) -> str:
    return json.dumps({key: {name: at.isoformat() for name, at in row.items()} for key, row in kept.items()})
