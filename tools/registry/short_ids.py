"""Short ids at every door: arguments take the beginning or the end of an id, and texts show the end (docs/storage.md,
"Ids").
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from onelane.storage.database.engine import Database
from onelane.storage.short_ids import TABLES, ids_meant, is_short_id
from onelane.tools.registry.errors import BadRequest

_SHOWN_CHARS = 8
"""Of one million ids fewer than one in a million shares them with another, and whoever gives such an end is asked."""
_KINDS = "|".join(TABLES)
# From the underscore on: texts have few of them, and what may stand before one is looked at there only.
_IN_TEXT = re.compile(
    rf"_(?<=(?:{_KINDS})_)(?<![\w/]..._)(?<!cursor='..._)(?<!\"next_cursor\":\"..._)[0-9a-v]{{24}}(?!\w)", re.DOTALL
)
_WHAT = "what"
"""An argument that may be an id, a day or a word."""


class SeveralMeant(BadRequest):
    """More than one id is meant; it names them whole, for their short forms may be the same."""


def full_id(database: Database, text: str) -> str:
    """The whole id for what was typed; what is no short id is left as it is.

    Raises:
        BadRequest: more than one id is meant
    """
    return _full_ids(database, [text]).get(text, text)


def with_full_ids(database: Database, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's arguments, with whole ids where they name something by its id.

    Raises:
        BadRequest: more than one id is meant
    """
    by_id = {name: value for name, value in arguments.items() if _names_by_id(name)}
    full_ids = _full_ids(database, _texts(by_id.values()))
    return (
        {**arguments, **{name: _replace(value, full_ids) for name, value in by_id.items()}}
        if full_ids
        else {**arguments}
    )


def with_short_ids(text: str) -> str:
    """A text that a reader gets, with short ids; cursors and addresses keep theirs whole."""
    return _IN_TEXT.sub(lambda match: f"_{match[0][-_SHOWN_CHARS:]}", text)


def _names_by_id(argument: str) -> bool:
    return argument in ("id", _WHAT) or argument.endswith(("_id", "_ids"))


def _full_ids(database: Database, texts: Iterable[str]) -> dict[str, str]:
    """The whole id of each that is a short one."""
    short = [each for each in texts if is_short_id(each)]
    if not short:
        return {}
    with database.read() as session:
        ids = ids_meant(session, short)
    for each, candidates in ids.items():
        if len(candidates) > 1:
            raise SeveralMeant(f"{each} may be {' or '.join(candidates)}. Type more of it.")
    return {each: candidates[0] for each, candidates in ids.items() if candidates}


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, str))  # pyright: ignore[reportUnknownVariableType] - JSON


def _replace(value: Any, full_ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return full_ids.get(value, value)
    if isinstance(value, list):
        return [_replace(each, full_ids) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
    return value
