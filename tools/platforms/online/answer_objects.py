"""The object that an answer is: anything else is no answer to what was asked."""

from collections.abc import Mapping, Sequence

from onelane.tools.platforms.formats.json_values import JsonObject
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.http_client import PlatformAnswer


def object_answer(answer: PlatformAnswer, *lists: str) -> JsonObject:
    """The object that a platform answered with.

    Args:
        answer: the answer
        lists: what is a list in it, where it is there at all

    Raises:
        UnreadableAnswer: it is none, or tells of an error, or has something else in the place of a list, so that what
            it lacks must not be taken for nothing
    """
    fault = _fault_in(answer.body, lists)
    if fault is None and isinstance(answer.body, Mapping):
        return answer.body
    from onelane.tools.platforms.online.answers import unreadable

    raise unreadable(fault or "is no object", answer.body)


def _fault_in(body: Json, lists: Sequence[str]) -> str | None:
    if not isinstance(body, Mapping):
        return "is no object"
    if body.get("error"):
        return "tells of an error and is no refusal"
    has_lists = all(isinstance(body.get(name) or [], list) for name in lists)
    return None if has_lists else "has something else where a list belongs"
