"""The object that an answer is: anything else is no answer to what was asked."""

from collections.abc import Mapping

from onelane.tools.platforms.formats.json_values import JsonObject
from onelane.tools.platforms.online.http_client import PlatformAnswer


def object_answer(answer: PlatformAnswer) -> JsonObject:
    """The object that a platform answered with.

    Raises:
        UnreadableAnswer: it is none, so that what it lacks must not be taken for nothing
    """
    if isinstance(answer.body, Mapping):
        return answer.body
    from onelane.tools.platforms.online.answers import unreadable

    raise unreadable("is no object", answer.body)
