"""The one comparison of hashes: whether a yes is about what there is now (docs/agent.md, "Approval")."""

from hmac import compare_digest
from typing import ClassVar

from onelane.tools.registry.errors import Conflict


class HashConflict(Conflict):
    """It says something else by now than what was shown. Read it again, then decide."""

    code: ClassVar[str] = "hash_conflict"


def is_as_shown(shown_hash: str, current: str) -> bool:
    """Whether what a person was shown is what there is now.

    Args:
        shown_hash: the hash that came with their answer
        current: the hash of what there is
    """
    return compare_digest(shown_hash.encode(), current.encode())
