"""What whoever wrote settings of runs had been given before (docs/agent.md, "What leaves")."""

from collections.abc import Iterable

import orjson

from onelane.tools.registry.context import Caller
from onelane.tools.registry.tool_spec import Reveals


def as_text(read: Iterable[Reveals]) -> str:
    """As a row keeps it."""
    return orjson.dumps(sorted(read)).decode()


def in_text(row_text: str) -> frozenset[Reveals]:
    """What a row keeps."""
    return frozenset(Reveals(word) for word in orjson.loads(row_text))


def join(*row_texts: str) -> str:
    """What several rows keep, together."""
    return as_text(frozenset[Reveals]().union(*map(in_text, row_texts)))


def pass_on(caller: Caller, *row_texts: str) -> None:
    """Note that a chat is shown what was written by whoever had been given what these rows keep."""
    if caller.chat is not None:
        caller.chat.has_read |= in_text(join(*row_texts))
