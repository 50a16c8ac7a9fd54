"""Refuses arguments that are too deep, too large or not storable."""

import re
from collections.abc import Mapping
from typing import Any, cast

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import DEEPEST_JSON, is_too_deep

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_oversized(arguments: Mapping[str, Any]) -> None:
    """See to it that arguments can be looked at and kept.

    Raises:
        BadRequest: they are nested too deep, or hold what no database can keep
    """
    if is_too_deep(arguments):
        raise BadRequest(f"The arguments are nested deeper than {DEEPEST_JSON} levels. Send them flatter.")
    if not _can_be_kept(arguments):
        raise BadRequest("The arguments hold a NUL character (U+0000) or half of one (U+D800 to U+DFFF). Leave it out.")


def _can_be_kept(value: object) -> bool:
    """Whether databases can keep this: in PostgreSQL text has no NUL, and in UTF-8 no lone surrogates."""
    if isinstance(value, str):
        return _UNKEEPABLE.search(value) is None
    if isinstance(value, dict):
        return all(_can_be_kept(part) for pair in cast("dict[str, object]", value).items() for part in pair)
    return not isinstance(value, list) or all(_can_be_kept(part) for part in cast("list[object]", value))
