"""The object that an answer is: anything else is no answer to what was asked."""

from collections.abc import Mapping

from onelane.tools.platforms.formats.json_values import JsonObject
from onelane.tools.platforms.online.http_client import PlatformAnswer


def object_answer(answer: PlatformAnswer) -> JsonObject:
    """The object that a platform answered with.

    Raises:
        UnreadableAnswer: it is none, or tells of an error, so that what it lacks must not be taken for nothing
    """
    if isinstance(answer.body, Mapping) and not answer.body.get("error"):
        return answer.body
    from onelane.tools.platforms.online.answers import unreadable

    fault = "tells of an error and is no refusal" if isinstance(answer.body, Mapping) else "is no object"
    raise unreadable(fault, answer.body)
