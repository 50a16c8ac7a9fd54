"""The posts of an X archive: also those in communities and circles, with the whole text of long ones; none deleted."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from onelane.tools.platforms.formats.instants import x_instant
from onelane.tools.platforms.formats.json_values import JsonObject, object_of, text_of
from onelane.tools.platforms.formats.records import (
    BadLine,
    Json,
    PersonRecord,
    PostRecord,
    SkippedLine,
    Unread,
    excerpt,
)
from onelane.tools.platforms.x.files import XFiles
from onelane.tools.platforms.x.owners import Owners
from onelane.tools.platforms.x.people import mentions_of, reply_recipient, reposted_author, x_person

_REPOST = re.compile(r"RT @(\w{1,20}):")
# How X cuts a long post: after some words, with an ellipsis or a link to the whole.
_CUT = re.compile(r"(?:…|\s*https://t\.co/\w+)+$")
_METRICS = {
    "likes": ("favorite_count", "like_count"),
    "retweets": ("retweet_count", "repost_count"),
    "comments": ("reply_count",),
    "quotes": ("quote_count",),
    "bookmarks": ("bookmark_count",),
    "impressions": ("view_count", "impression_count"),
}


WholeText = Callable[[str, str, datetime | None], str]


def as_it_is(post_id: str, text: str, created_at: datetime | None) -> str:
    """The text of a post that is not cut."""
    return text


@dataclass(slots=True)
class _Notes:
    """The texts of long posts. An archive often gives a note another id than its post: then the second tells."""

    by_id: dict[str, str] = field(default_factory=dict[str, str])
    by_second: dict[datetime, str] = field(default_factory=dict[datetime, str])

    def learn(self, files: XFiles) -> Iterator[BadLine]:
        for entry in files.entries("notes", "noteTweet"):
            if isinstance(entry, BadLine):
                yield entry
                continue
            core = entry[1].get("core")
            if text := html.unescape(text_of(core, "text")) if isinstance(core, dict) else "":
                self.by_id[text_of(entry[1], "noteTweetId")] = text
                if moment := x_instant(text_of(entry[1], "createdAt")):
                    self.by_second[moment.replace(microsecond=0)] = text

    def whole(self, post_id: str, text: str, created_at: datetime | None) -> str:
        """The whole text of a post, or the text itself when it is no long one."""
        if note := self.by_id.get(post_id):
            return note
        note = self.by_second.get(created_at) if created_at else None
        return note if note and note.startswith(_CUT.sub("", text)) else text


def read_posts(files: XFiles, owners: Owners) -> Iterator[PostRecord | BadLine | SkippedLine]:
    """Every post, reply and repost, in the order of the archive. The texts of long posts are kept in memory."""
    notes = _Notes()
    yield from notes.learn(files)
    deleted_ids = _deleted_ids(files)
    for entry in files.entries("tweets", "tweet"):
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, tweet = entry
        post_id = text_of(tweet, "id_str", "id")
        if post_id in deleted_ids or text_of(tweet, "deleted_at"):
            yield SkippedLine(line, "a post that its owner has deleted")
        elif post_id:
            yield post_record(line, tweet, owners, notes.whole)
        else:
            yield BadLine(line, f"tweets.js: entry {line} has no id", "a post without an id")


def _deleted_ids(files: XFiles) -> set[str]:
    """The posts that were deleted shortly before the archive was made; it may still hold them elsewhere."""
    entries = (entry for entry in files.entries("deleted", "tweet") if not isinstance(entry, BadLine))
    return {text_of(tweet, "id_str", "tweet_id", "id") for _, tweet in entries} - {""}


def post_record(line: int, tweet: JsonObject, owners: Owners, whole_text: WholeText = as_it_is) -> PostRecord:
    """The record of a post.

    Args:
        line: where it stands
        tweet: as archives have it
        owners: whose archive it is
        whole_text: gives the whole of a long text, for an id, the text and the instant of a post
    """
    post_id = text_of(tweet, "id_str", "id")
    created_at = x_instant(text_of(tweet, "created_at"))
    text = html.unescape(text_of(tweet, "full_text", "text"))
    people = _mentions(line, tweet, text, owners)
    recipient = _recipient(line, tweet, people, owners)
    kind = _kind(tweet, text)
    whole = html.unescape(text_of(object_of(tweet, "retweeted_status"), "full_text", "text"))
    return PostRecord(
        line=line,
        platform="x",
        post_id=post_id,
        text=(whole or text) if kind == "repost" else whole_text(post_id, text, created_at),
        created_at=created_at,
        url=f"https://x.com/{owners.handle or 'i/web'}/status/{post_id}",
        kind=kind,
        in_reply_to_id=text_of(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id") or None,
        in_reply_to=recipient,
        mentions=people,
        metrics={name: count for name, keys in _METRICS.items() if (count := _count(tweet, keys)) is not None},
        extra=_extra(tweet),
        unread=_unread_instant(tweet) if created_at is None else (),
    )


def _unread_instant(tweet: JsonObject) -> tuple[Unread, ...]:
    instant_text = text_of(tweet, "created_at")
    return (Unread("created_at: not an instant", excerpt(instant_text)),) if instant_text else ()


def _kind(tweet: JsonObject, text: str) -> Literal["post", "reply", "repost"]:
    if _REPOST.match(text) or tweet.get("retweeted_status"):
        return "repost"
    if text_of(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id") or any(reply_recipient(tweet)):
        return "reply"
    return "post"


def _mentions(line: int, tweet: JsonObject, text: str, owners: Owners) -> tuple[PersonRecord, ...]:
    """Those whom a post names, each once. Who is reposted is known even where the entities don't say."""
    people: dict[str, PersonRecord] = {}
    for person in (reposted_author(tweet), *mentions_of(tweet)):
        handle, user_id = text_of(person, "screen_name"), text_of(person, "id_str", "id")
        if handle and not owners.include(user_id, handle):
            people.setdefault(handle.lower(), x_person(line, user_id, handle, text_of(person, "name")))
    handle = text_of(reposted_author(tweet), "screen_name") or (match[1] if (match := _REPOST.match(text)) else "")
    if not handle:
        return tuple(people.values())
    if owners.include(text_of(reposted_author(tweet), "id_str", "id"), handle):
        return ()  # whom the owner's own earlier post names was said there
    author = people.pop(handle.lower(), None) or x_person(line, "", handle, None)
    return author, *people.values()


def _recipient(line: int, tweet: JsonObject, people: tuple[PersonRecord, ...], owners: Owners) -> PersonRecord | None:
    user_id, handle = reply_recipient(tweet)
    if not (user_id or handle) or owners.include(user_id, handle):
        return None
    mentions = (person for person in people if user_id == person.platform_user_id or handle == person.handle)
    return next(mentions, None) or x_person(line, user_id, handle, None)


def _count(tweet: JsonObject, keys: tuple[str, ...]) -> int | None:
    digits = text_of(tweet, *keys)
    return int(digits) if digits.isdecimal() and len(digits) < 16 else None


def _extra(tweet: JsonObject) -> dict[str, Json]:
    language = text_of(tweet, "lang")
    return {"language": language} if language else {}
