"""The records that readers produce: people, posts, messages, bad and skipped lines.

Plain slotted dataclasses: a hundred thousand of them are made in a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
PlatformName: TypeAlias = str
"""A word of `Platform`."""
Relation = Literal[
    "connection", "follower", "following", "mutual", "subscriber", "paid_subscriber", "email_disabled", "correspondent"
]

EXCERPT_CHARS = 80


@dataclass(slots=True)
class Email:
    """A valid address: as it was written, and in lower case, which is what is compared."""

    address: str
    normalized: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A value of a record that was not understood; the record comes without it. `extra` may hold it as written."""

    what: str
    """Where it stands and what is wrong with it; the same for all that are alike: `Connected On: not one sure day`."""
    value: str = ""
    """Its beginning; empty where nobody but the person should read it."""


@dataclass(slots=True, kw_only=True)
class PersonRecord:
    """A person, or an organisation without one, as one export knows them."""

    line: int
    """The 1-based physical line where the record starts; where lines make no sense, its ordinal in its file."""
    platform: PlatformName
    platform_user_id: str | None = None
    """X: the numeric id. LinkedIn: the profile's slug, decoded and in lower case. Substack: the normalized address.
    Gmail: the resource name (`people/c1001`), which only its API knows."""
    handle: str | None = None
    url: str | None = None
    """The canonical https address of the profile."""
    name: str | None = None
    """Null where the export knows no name: an X follower that is only an id, a bare address."""
    first_name: str | None = None
    last_name: str | None = None
    emails: tuple[Email, ...] = ()
    phones: tuple[str, ...] = ()
    """E.164 where the number says its country, else as written."""
    company: str | None = None
    title: str | None = None
    headline: str | None = None
    bio: str | None = None
    location: str | None = None
    website: str | None = None
    avatar_url: str | None = None
    birthday: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    connected_at: datetime | None = None
    relations: tuple[Relation, ...] = ()
    is_organisation: bool = False
    is_live: bool = False
    """Whether the platform itself says it of this account at this moment, so that it is followed. What a file says, or
    a post or message in passing, is not."""
    is_gone: bool = False
    """Whether the platform says that it no longer has this user; then only the id counts."""
    former_user_ids: tuple[str, ...] = ()
    """What the platform called this user before, and users who were merged into this one."""
    followers_count: int | None = None
    following_count: int | None = None
    posts_count: int | None = None
    is_verified: bool | None = None
    is_protected: bool | None = None
    seen_in: str | None = None
    """The mark of the pass over a whole list in which the platform showed this person; `relations` say which list."""
    extra: dict[str, Json] = field(default_factory=dict[str, Json])
    unread: tuple[Unread, ...] = ()


@dataclass(slots=True)
class PostRecord:
    """Something that the owner of the account wrote or passed on, or that somebody else wrote to them."""

    line: int
    platform: PlatformName
    post_id: str
    text: str
    created_at: datetime | None
    url: str | None = None
    kind: Literal["post", "reply", "repost", "article", "newsletter"] = "post"
    status: Literal["published", "draft"] = "published"
    in_reply_to_id: str | None = None
    in_reply_to: PersonRecord | None = None
    """Who was answered; null when that is the owner."""
    author: PersonRecord | None = None
    """Who wrote it; null when that is the owner."""
    mentions: tuple[PersonRecord, ...] = ()
    """Who is named, the owner left out. A repost names its author first."""
    metrics: dict[str, int] = field(default_factory=dict[str, int])
    """By the columns of `engagement_metrics`: likes, retweets, comments..."""
    title: str | None = None
    extra: dict[str, Json] = field(default_factory=dict[str, Json])
    unread: tuple[Unread, ...] = ()


@dataclass(slots=True)
class MessageRecord:
    """That a message passed: who, when, which way. Never what it says."""

    line: int
    platform: PlatformName
    message_id: str
    """Stays the same when the export is downloaded again."""
    thread_id: str | None
    sent_at: datetime | None
    direction: Literal["inbound", "outbound"]
    people: tuple[PersonRecord, ...]
    """The other side, the owner left out: the sender of what came in, the recipients of what went out."""
    is_bulk: bool = False
    is_group: bool = False
    """More than one other person took part."""
    kind: Literal["email", "message", "invitation"] = "message"
    labels: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(slots=True)
class BadLine:
    """A record that could not be read. The reason quotes at most 80 characters of the file.

    `fault` says the same without any word of the file; empty where that is not known apart.
    """

    line: int
    reason: str
    fault: str = ""


@dataclass(slots=True)
class SkippedLine:
    """A record that was read and holds nobody and nothing to keep. The reason is the same for all that are alike."""

    line: int
    reason: str


@dataclass(slots=True)
class KeptContact:
    """A contact as an export of Onelane's own has it, with all that was kept of who it is."""

    line: int
    document: Mapping[str, Json]


Item = PersonRecord | PostRecord | MessageRecord | KeptContact | BadLine | SkippedLine


@dataclass(slots=True)
class Owner:
    """Whose export it is, as far as the export tells."""

    platform_user_id: str | None = None
    handle: str | None = None
    name: str | None = None
    email: str | None = None
    other_emails: tuple[str, ...] = ()


def excerpt(text: str) -> str:
    """The beginning of a text on one line, at most 80 characters: what a reason may quote."""
    printable = "".join(char if char.isprintable() else " " for char in text[: EXCERPT_CHARS * 4])
    flat = " ".join(printable.split())
    return flat if len(flat) <= EXCERPT_CHARS else flat[: EXCERPT_CHARS - 1] + "…"
