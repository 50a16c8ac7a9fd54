"""Keys of services that the person gave once (docs/commands.md, "Keys").

Each is in the system's keyring where there is one, else in a file of its own in the home, readable for its owner.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.private_file import replace_private_file
from onelane.tools.registry.gate.vault import Keyring, system_keyring

FOLDER = "keys"
_SERVICE = "onelane"
_IN_KEYRING = "keyring:"
_MOST_CHARS = 1_000


class KeyPlace(StrEnum):
    """Where a key is."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    CLOSED_KEYRING = "keyring that can't be read"


@dataclass(frozen=True)
class KeptKeys:
    """The keys of a home, each by its variable.

    Args:
        home: the folder with everything that Onelane keeps
        keyring: gives the system's keyring, if it has one
    """

    home: Path
    keyring: Callable[[], Keyring | None] = system_keyring

    def read(self, variable: str) -> str | None:
        """A key; None where none is kept, or the keyring does not give it."""
        stored_key = self._stored_key(variable)
        if stored_key is None or not stored_key.startswith(_IN_KEYRING):
            return stored_key
        keyring = self.keyring()
        try:
            return None if keyring is None else keyring.get_password(_SERVICE, stored_key.removeprefix(_IN_KEYRING))
        except OSError:
            return None

    def place(self, variable: str) -> KeyPlace | None:
        """Where a key is kept; None where none is."""
        stored_key = self._stored_key(variable)
        if stored_key is None or not stored_key.startswith(_IN_KEYRING):
            return None if stored_key is None else KeyPlace.FILE
        return KeyPlace.CLOSED_KEYRING if self.read(variable) is None else KeyPlace.KEYRING

    def put(self, variable: str, key: str) -> KeyPlace:
        """Keep a key in the place of the one that was there.

        Raises:
            BadRequest: it is no key
        """
        usable_key = _usable_key(key)
        before = self._stored_key(variable)
        keyring, name = self.keyring(), f"{variable}-{secrets.token_hex(8)}"
        is_kept = keyring is not None and _is_kept(keyring, name, usable_key)
        self._write(variable, f"{_IN_KEYRING}{name}" if is_kept else usable_key)
        self._forget(before)
        return KeyPlace.KEYRING if is_kept else KeyPlace.FILE

    def remove(self, variable: str) -> bool:
        """Forget a key; False where there was none."""
        before = self._stored_key(variable)
        self._file(variable).unlink(missing_ok=True)
        self._forget(before)
        return before is not None

    def _file(self, variable: str) -> Path:
        return self.home / FOLDER / variable

    def _stored_key(self, variable: str) -> str | None:
        try:
            return self._file(variable).read_text(encoding="utf-8", errors="replace").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, variable: str, text: str) -> None:
        file = self._file(variable)
        # Made by itself, for what makes the folders above another one leaves them open to everybody.
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_private_file(file, f"{text}\n")

    def _forget(self, stored_key: str | None) -> None:
        keyring = self.keyring() if stored_key is not None and stored_key.startswith(_IN_KEYRING) else None
        if stored_key is not None and keyring is not None:
            with suppress(OSError):
                keyring.delete_password(_SERVICE, stored_key.removeprefix(_IN_KEYRING))


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """A key that Onelane can use, and where it is.

    Args:
        name: what it is called at a terminal, such as anthropic
        variable: the environment's name for it, which wins
        place: where it is; None where there is none
    """

    name: str
    variable: str
    place: KeyPlace | None


def standings(
    kept_keys: KeptKeys, variables: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[KeyStanding]:
    """Where each key is.

    Args:
        kept: what the home keeps
        variables: the variable of each key, by the key's name
        environment: of this process
    """
    for name, variable in variables.items():
        place = KeyPlace.ENVIRONMENT if environment.get(variable) else kept_keys.place(variable)
        yield KeyStanding(name, variable, place)


def _usable_key(key: str) -> str:
    bare = key.strip()
    if not bare:
        raise BadRequest("The key is empty; nothing was changed.")
    if not bare.isascii() or not bare.isprintable() or " " in bare or len(bare) > _MOST_CHARS:
        raise BadRequest("That is no key: a key is one word of plain letters, digits and signs. Nothing was changed.")
    return bare


def _is_kept(keyring: Keyring, name: str, key: str) -> bool:
    """Whether the keyring takes a key and gives it back: some are locked, and some only pretend."""
    try:
        keyring.set_password(_SERVICE, name, key)
        return keyring.get_password(_SERVICE, name) == key
    except OSError:
        return False
