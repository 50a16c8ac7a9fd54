"""The person's key: who has it speaks for the person, and what it seals can't be copied (docs/agent.md, "Doors")."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.gate.private_file import create_private_file, read_private_file

LEAST_CHARS = 32
_CODE_CHARS = 8


class WeakPersonKey(Forbidden):
    """The person's key is shorter than 32 characters, so that anybody could speak for them. Remove the file person.key in the home, and a new one is made, or set a longer ONELANE_PERSON_KEY; then start again."""  # noqa: E501 - it is the message


class PersonKey:
    """The person's key, read when it is first needed.

    Args:
        read: gives the key; a short one is refused when it is needed, for an empty one is what everybody sends
    """

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read

    @classmethod
    def unknown_to_all(cls) -> "PersonKey":
        """A key that nobody can know: whatever is asked stays unanswered after this process."""
        key = secrets.token_bytes(LEAST_CHARS)
        return cls(lambda: key)

    @cached_property
    def _key(self) -> bytes:
        key = self._read()
        if len(key) < LEAST_CHARS:
            raise WeakPersonKey
        return key

    def make_sure(self) -> None:
        """Let the key be there from now on, where whoever has it looks for it."""
        self._key  # noqa: B018 - reading it makes it

    def matches(self, key_text: str) -> bool:
        """Whether somebody shows this key."""
        return hmac.compare_digest(key_text.strip().encode(), self._key)

    def seal(self, *parts: str) -> str:
        """What only this key makes of these words, in this order."""
        message = b"".join(len(part.encode()).to_bytes(8) + part.encode() for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def code(self, *parts: str) -> str:
        """A short code that a person can read and tell, such as `K7QF-2MDA`."""
        digest = bytes.fromhex(self.seal("code", *parts))
        letters = b32encode(digest).decode()[:_CODE_CHARS]
        return f"{letters[:4]}-{letters[4:]}"


def key_in_file(path: Path) -> bytes:
    """The key that a file holds; made at the first time, readable for its owner only.

    Raises:
        ForeignFile: another user of this machine wrote it
    """
    if not path.exists():
        # Of several processes that start at once, the first one's key is everybody's.
        create_private_file(path, secrets.token_urlsafe(LEAST_CHARS))
    return read_private_file(path).strip()
