"""What X's API answers, as far as it is needed: fields that are missing or unknown are no error, nor either name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import Json

Thing = TypeVar("Thing")

_IMPOSSIBLE_COUNT = 10**15


@dataclass(frozen=True, slots=True)
class XUser:
    """A person or organisation on X.

    Args:
        id: the numeric id
        handle: without the @
        url: the website that the profile names, not shortened
    """

    id: str
    handle: str = ""
    name: str = ""
    bio: str = ""
    location: str = ""
    url: str = ""
    avatar_url: str = ""
    followers_count: int | None = None
    following_count: int | None = None
    posts_count: int | None = None
    is_verified: bool | None = None
    is_protected: bool | None = None


@dataclass(frozen=True, slots=True)
class XPost:
    """A post; texts are escaped as HTML, as X writes them.

    Args:
        id: the numeric id
        text: the whole of it, also of a long one
        created_at: ISO 8601
        metrics: counts by X's names, old or new
        mentions: id and handle of those whom it names
        references: what it is to other posts (`replied_to`, `retweeted`, `quoted`), and their ids
    """

    id: str
    text: str = ""
    created_at: str = ""
    author_id: str = ""
    conversation_id: str = ""
    language: str = ""
    in_reply_to_user_id: str = ""
    metrics: Mapping[str, Json] = field(default_factory=dict[str, Json])
    mentions: Sequence[tuple[str, str]] = ()
    references: Sequence[tuple[str, str]] = ()

    def reference(self, kind: str) -> str:
        """The id of the post that this one answers or passes on; empty where it does not."""
        return next((post_id for each, post_id in self.references if each == kind), "")


@dataclass(frozen=True, slots=True)
class XFault:
    """What X says in an answer that is a success about one of those that were asked for.

    Args:
        id: whose
        kind: the last part of the problem's type, such as `resource-not-found`
        detail: X's sentence
    """

    id: str
    kind: str
    detail: str

    @property
    def is_gone(self) -> bool:
        """Whether there is nobody by that id any more, or X has shut them out."""
        return self.kind == "resource-not-found"


@dataclass(frozen=True, slots=True)
class XPage(Generic[Thing]):
    """One page of a list.

    Args:
        items: in X's order
        users: those whom posts of it refer to, by id
        faults: what could not be had
        next_token: leads to the next page; None at the end
    """

    items: Sequence[Thing] = ()
    users: Mapping[str, XUser] = field(default_factory=dict[str, XUser])
    faults: Sequence[XFault] = ()
    next_token: str | None = None


def user_of(entry: JsonObject) -> XUser | None:
    """A person; None where there is no id."""
    user_id = text_of(entry, "id")
    if not user_id:
        return None
    metrics = object_of(entry, "public_metrics")
    return XUser(
        id=user_id,
        handle=text_of(entry, "username"),
        name=text_of(entry, "name"),
        bio=text_of(entry, "description"),
        location=text_of(entry, "location"),
        url=_website(entry),
        avatar_url=text_of(entry, "profile_image_url"),
        followers_count=count_of(metrics, "followers_count"),
        following_count=count_of(metrics, "following_count"),
        posts_count=count_of(metrics, "post_count", "tweet_count"),
        is_verified=_flag(entry, "verified"),
        is_protected=_flag(entry, "protected"),
    )


def post_of(entry: JsonObject) -> XPost | None:
    """A post; None where there is no id."""
    post_id = text_of(entry, "id")
    if not post_id:
        return None
    note = object_of(entry, "note_post") or object_of(entry, "note_tweet")
    references = objects_of(entry, "referenced_posts") or objects_of(entry, "referenced_tweets")
    # What a long post names further down stands with its whole text.
    mentions = [*objects_of(entry, "entities", "mentions"), *objects_of(note, "entities", "mentions")]
    return XPost(
        id=post_id,
        text=text_of(note, "text") or text_of(entry, "text"),
        created_at=text_of(entry, "created_at"),
        author_id=text_of(entry, "author_id"),
        conversation_id=text_of(entry, "conversation_id"),
        language=text_of(entry, "lang"),
        in_reply_to_user_id=text_of(entry, "in_reply_to_user_id"),
        metrics=object_of(entry, "public_metrics"),
        mentions=tuple((text_of(each, "id"), text_of(each, "username")) for each in mentions),
        references=tuple((text_of(each, "type"), text_of(each, "id")) for each in references),
    )


def page_of(body: Json, read: Callable[[JsonObject], Thing | None]) -> XPage[Thing]:
    """A page; `data` may be a list, a single object, or missing."""
    answer: JsonObject = body if isinstance(body, Mapping) else {}
    entries = objects_of(answer, "data") or [entry for entry in [object_of(answer, "data")] if entry]
    users = (user_of(entry) for entry in objects_of(answer, "includes", "users"))
    return XPage(
        tuple(item for entry in entries if (item := read(entry)) is not None),
        {user.id: user for user in users if user is not None},
        tuple(_fault(entry) for entry in objects_of(answer, "errors")),
        text_of(object_of(answer, "meta"), "next_token") or None,
    )


def made_id(body: Json) -> str:
    """The id of what was sent: of a post, or of a message; empty where the answer does not say it."""
    answer: JsonObject = body if isinstance(body, Mapping) else {}
    return text_of(object_of(answer, "data"), "id", "dm_event_id")


def count_of(entry: JsonObject, *keys: str) -> int | None:
    """A count, which may be written as text."""
    for key in keys:
        if type(value := entry.get(key)) is int and 0 <= value < _IMPOSSIBLE_COUNT:
            return value
    digits = text_of(entry, *keys)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def _fault(entry: JsonObject) -> XFault:
    kind = text_of(entry, "type").rpartition("/")[2]
    return XFault(text_of(entry, "resource_id", "value"), kind, text_of(entry, "detail", "title", "message"))


def _flag(entry: JsonObject, key: str) -> bool | None:
    value = entry.get(key)
    return value if isinstance(value, bool) else None


def _website(entry: JsonObject) -> str:
    """The address that a profile names; X shortens it, and says beside it what it stands for."""
    urls = objects_of(object_of(object_of(entry, "entities"), "url"), "urls")
    return next((whole for each in urls if (whole := text_of(each, "expanded_url"))), "") or text_of(entry, "url")
