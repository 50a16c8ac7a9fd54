"""Sealed keys: the keys of a home under a passphrase (docs/backups.md, "Keys")."""

import base64
import json
import secrets

from onelane.tools.registry.errors import BadRequest

_N, _R, _P = 2**16, 8, 1
"""64 MB and some 0.2 s for each passphrase that is tried (RFC 7914)."""
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
LEAST_CHARS = 12


def seal_keys(keys: dict[str, str], passphrase: str) -> bytes:
    """Seal keys.

    Args:
        keys: each by the name of its file
        passphrase: at least 12 characters

    Raises:
        BadRequest: the passphrase is too short
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < LEAST_CHARS:
        raise BadRequest(f"A passphrase has at least {LEAST_CHARS} characters. Nothing was written.")
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    ciphertext = AESGCM(_derive(passphrase, salt)).encrypt(nonce, json.dumps(keys).encode(), None)
    return salt + nonce + ciphertext


def open_keys(blob: bytes, passphrase: str) -> dict[str, str]:
    """The keys again.

    Raises:
        BadRequest: it is another passphrase, or they are damaged
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce_and_text = blob[:_SALT_BYTES], blob[_SALT_BYTES:]
    try:
        plaintext = AESGCM(_derive(passphrase, salt)).decrypt(
            nonce_and_text[:_NONCE_BYTES], nonce_and_text[_NONCE_BYTES:], None
        )
    except (InvalidTag, ValueError) as error:
        raise BadRequest("This passphrase does not open the keys of the backup. Nothing was changed.") from error
    return {str(name): str(key) for name, key in json.loads(plaintext).items()}


def as_text(key: bytes) -> str:
    """A key of bytes as the home's file holds it."""
    return base64.b64encode(key).decode()


def _derive(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY_BYTES, n=_N, r=_R, p=_P).derive(passphrase.encode())
