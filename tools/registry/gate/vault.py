"""The vault: seals what is secret in a row, and hashes addresses so that one is known again (docs/storage.md, "Vault").

It stands beside the person's key and not in `storage`: a copy of the database alone must be worth nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.private_file import create_private_file, read_private_file

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = "v1"
_IN_KEYRING = "keyring:"
_SERVICE = "onelane"
_QUOTED_ATOM = re.compile(r'\A"([a-z0-9.+_-]+)"@')
"""Quotation marks around a local part that needs none."""


def written_once(address: str) -> str:
    """An address as it is hashed: in lower case, a handle without its @, the address of a profile without its end.

    A domain in another script is the same in its own letters and in those that go over the wire (RFC 5890).
    """
    plain = _QUOTED_ATOM.sub(r"\1@", address.strip().lower().removeprefix("@").rstrip("/"))
    return _in_own_letters(plain) if "@" in plain and "xn--" in plain else plain


def _in_own_letters(address: str) -> str:
    import idna  # its tables are large, and such addresses are rare

    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address


class VaultClosed(ToolError):
    """What was sealed can't be opened: the key is not the one that it was sealed with."""

    code = "vault_closed"


class KeyLocked(VaultClosed):
    """The key can't be read now, and what was sealed with it is as good as ever."""

    code = "key_locked"


class Keyring(Protocol):
    """The system's store of passwords, as far as it is used."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """What is kept under a name; None where nothing is."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Keep something under a name."""
        ...

    def delete_password(self, service_name: str, username: str) -> None:
        """Forget what is kept under a name."""
        ...


class Vault:
    """Seals and opens with one key, which is read when it is first needed.

    Args:
        read: gives the key, 32 bytes; VaultClosed when there is none any more
        chance: gives n random bytes
    """

    def __init__(self, read: Callable[[], bytes], chance: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._read = read
        self._chance = chance

    @classmethod
    def of_nobody(cls) -> "Vault":
        """A vault whose key ends with this process."""
        key = secrets.token_bytes(KEY_BYTES)
        return cls(lambda: key)

    @cached_property
    def _key(self) -> bytes:
        return self._read()

    @cached_property
    def key_id(self) -> str:
        """Tells one key from another, and says nothing about it."""
        return self._derive("key id").hex()[:12]

    def seal(self, text: str, of: str) -> str:
        """Seal a text so that only this key opens it, and only for the same row.

        Args:
            text: what is secret
            of: the id of the row that it belongs to
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = self._chance(_NONCE_BYTES)
        ciphertext = nonce + AESGCM(self._key).encrypt(nonce, text.encode(), of.encode())
        return f"{_FORM}.{self.key_id}.{base64.urlsafe_b64encode(ciphertext).decode()}"

    def open(self, secret: str, of: str) -> str:
        """Open what was sealed for this row.

        Raises:
            VaultClosed: it was sealed with another key, for another row, or is damaged; the message says which
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        form, _, rest = secret.partition(".")
        key_id, _, content = rest.partition(".")
        if form != _FORM:
            raise VaultClosed(f"The secret of {of} is damaged. Connect it again: onelane accounts connect.")
        if key_id != self.key_id:
            raise VaultClosed(
                f"The secret of {of} was sealed with another key. Bring the key that belongs to this database back "
                "(ONELANE_SECRET_KEY, the keyring, or secret.key in the home), or connect it again."
            )
        try:
            nonce_and_text = base64.b64decode(content, altchars=b"-_", validate=True)
            return (
                AESGCM(self._key)
                .decrypt(nonce_and_text[:_NONCE_BYTES], nonce_and_text[_NONCE_BYTES:], of.encode())
                .decode()
            )
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise VaultClosed(
                f"The secret of {of} is damaged, or was moved there from another row. Connect it again."
            ) from error

    def address_hash(self, address: str) -> str:
        """By what an address is known again that nobody keeps: HMAC-SHA256 of it as it is written once."""
        return hmac.digest(self._key, written_once(address).encode(), "sha256").hex()

    def token(self, text: str) -> str:
        """A word that stands for a text, always the same, from which nobody without the key learns anything."""
        return base64.b32encode(self._deterministic.encrypt(text.encode(), None)).decode().rstrip("=").lower()

    def text_of_token(self, token: str) -> str | None:
        """What a token stands for; None where this key made no such token."""
        from cryptography.exceptions import InvalidTag

        base32_text = token.upper() + "=" * (-len(token) % 8)
        try:
            return self._deterministic.decrypt(base64.b32decode(base32_text), None).decode()
        except (binascii.Error, InvalidTag, ValueError):
            return None

    @cached_property
    def _deterministic(self) -> "_Deterministic":
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(self._derive("tokens"))

    def _derive(self, purpose: str) -> bytes:
        return hmac.new(self._key, f"onelane {purpose}".encode(), hashlib.sha256).digest()


class _Deterministic(Protocol):
    def encrypt(self, data: bytes, associated_data: list[bytes] | None) -> bytes: ...
    def decrypt(self, data: bytes, associated_data: list[bytes] | None) -> bytes: ...


def key_of_text(text: str) -> bytes:
    """The key that is written as base64 of 32 bytes.

    Raises:
        ValueError: it is something else
    """
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise ValueError("it is no base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"it has {len(key)} bytes and not {KEY_BYTES}")
    return key


def key_of_home(file: Path, keyring: Keyring | None) -> bytes:
    """The key of a home, made at the first time.

    The file says where the key is: in the system's keyring, or in the file itself. So a home that began without a
    keyring keeps its key when one appears, and a home that was moved says what it misses.

    Args:
        file: readable for its owner only
        keyring: the system's, if it has one that works

    Raises:
        VaultClosed: the file is damaged, or its key is in the keyring of another machine
        ForeignFile: another user of this machine wrote it
    """
    if not file.exists():
        _make(file, keyring)
    file_text = read_private_file(file).decode(errors="replace").strip()
    key_text = file_text
    if file_text.startswith(_IN_KEYRING):
        keyring_text = None if keyring is None else _password_in(keyring, file_text.removeprefix(_IN_KEYRING))
        if keyring_text is None:
            raise VaultClosed(
                f"The key that {file} names is not in this machine's keyring. Bring it over from the machine where "
                "the home was, or set it as ONELANE_SECRET_KEY; then start again."
            )
        key_text = keyring_text
    try:
        return key_of_text(key_text)
    except ValueError as error:
        raise VaultClosed(
            f"The key in {file} is damaged: {error}. Put it back from a copy, then start again."
        ) from error


def system_keyring() -> Keyring | None:
    """The system's keyring; None where the extra `keyring` is not installed, or nothing behind it works."""
    if find_spec("keyring") is None:
        return None
    backend: Any = import_module("keyring").get_keyring()
    # Of priority 0 is the one that stands for none.
    return _SystemKeyring(backend, import_module("keyring.errors").KeyringError) if backend.priority > 0 else None


@dataclass(frozen=True)
class _SystemKeyring:
    """The keyring that the system has. What fails in it is an OSError: it is locked, or asked and got no answer."""

    backend: Any
    error: type[Exception]

    def get_password(self, service_name: str, username: str) -> str | None:
        return self._ask(lambda: self.backend.get_password(service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._ask(lambda: self.backend.set_password(service_name, username, password))

    def delete_password(self, service_name: str, username: str) -> None:
        self._ask(lambda: self.backend.delete_password(service_name, username))

    def _ask(self, ask: Callable[[], str | None]) -> str | None:
        try:
            return ask()
        except self.error as error:
            raise OSError(f"the keyring refused: {type(error).__name__}") from error


def _make(file: Path, keyring: Keyring | None) -> None:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    name = f"home-{secrets.token_hex(8)}"
    is_kept = keyring is not None and _is_kept(keyring, name, key)
    if not create_private_file(file, f"{_IN_KEYRING}{name}" if is_kept else key) and keyring is not None and is_kept:
        with suppress(OSError):
            keyring.delete_password(_SERVICE, name)


def _password_in(keyring: Keyring, name: str) -> str | None:
    try:
        return keyring.get_password(_SERVICE, name)
    except OSError as error:
        raise KeyLocked("The system's keyring is locked. Unlock it, then try again.") from error


def _is_kept(keyring: Keyring, name: str, key: str) -> bool:
    """Whether the keyring takes a key and gives it back: some are locked, and some only pretend."""
    try:
        keyring.set_password(_SERVICE, name, key)
        return keyring.get_password(_SERVICE, name) == key
    except OSError:
        return False
