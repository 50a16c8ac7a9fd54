"""Posts: what the owner published, how it did, and whom it was about; and what others wrote to the owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import insert_rows, table_of, update_rows
from onelane.storage.people.engagements import EngagementType
from onelane.storage.platforms.accounts import Account
from onelane.storage.platforms.content import (
    CARRIED,
    ContentItem,
    ContentOrigin,
    ContentPost,
    ContentStatus,
    ContentType,
    Direction,
    PostStatus,
    read_posts,
)
from onelane.storage.platforms.metrics import EngagementMetrics
from onelane.tools.people.intake.engagements import Engagements, Event
from onelane.tools.people.intake.facts import Facts, kept_text, text_of, united
from onelane.tools.people.intake.people import Change
from onelane.tools.people.intake.person import Person
from onelane.tools.platforms.formats.records import PersonRecord, PostRecord
from onelane.tools.platforms.own_posts import name_own_posts

_ITEM_COLUMNS = (
    *CARRIED, "content_type", "platform_target", "origin", "direction", "platform_account_id", "thread_id",
    "parent_item_id", "contact_id", "created_at", "updated_at",
)  # fmt: skip
_POST_COLUMNS = (
    "id", "content_item_id", "platform_account_id", "platform_post_id", "platform_url", "published_at", "status",
    "engagement_snapshot",
)  # fmt: skip
_METRICS = frozenset(table_of(EngagementMetrics).c.keys()) - {"id", "content_post_id", "snapshot_at"}
_TYPES = {"reply": EngagementType.REPLY, "repost": EngagementType.RETWEET}
_LONGEST_THREAD = 100


@dataclass(slots=True, eq=False)
class _Post:
    """A post and its item. The fields are in the order of `read_posts`, then what the batch adds."""

    post_id: str
    id: str
    url: str | None
    published_at: int | None
    snapshot: str
    item_id: str
    title: str | None
    body: str | None
    status: str
    data: str
    thread_id: str | None
    record: PostRecord | None = None
    """Set when the post is new."""
    author: Person | None = None
    """Set when it is new and somebody else's."""
    metrics: dict[str, int] | None = None
    """Set when they are news."""
    is_changed: bool = False

    @property
    def answers(self) -> str | None:
        return self.record.in_reply_to_id if self.record else None


class Posts:
    """The posts of one batch.

    Args:
        session: a session that writes
        records: the posts
        account: who published them
        engagements: takes whom they are about
    """

    def __init__(
        self, session: Session, records: Sequence[PostRecord], account: Account, engagements: Engagements
    ) -> None:
        self._account = account
        self._engagements = engagements
        name_own_posts(session, account, records)
        ids = {record.post_id for record in records}
        ids.update(record.in_reply_to_id for record in records if record.in_reply_to_id)
        # Substack's feed and its export number posts differently, but the address of a post is the same in both.
        urls = {record.url for record in records if record.url and record.platform == "substack"}
        rows = read_posts(session, account.id, post_ids=ids, urls=urls) if ids else []
        self._posts = {row[0]: _Post(*row) for row in rows}
        self._by_url: dict[str | None, _Post] = {post.url: post for post in self._posts.values() if post.url in urls}

    def absorb(self, record: PostRecord) -> Change | None:
        """Take in a post, and those whom it answers, names or passes on; or who wrote it, where that is somebody else.

        Returns:
            null for a post of somebody else of whom it can't be told who that is, or who is the owner after all
        """
        if record.author is not None:
            return self._receive(record, record.author)
        post, change = self._keep(record)
        about = self._engagements.absorb(
            Event(record.platform, post.post_id, record.created_at), _mentioned_people(record)
        )
        return Change.UPDATED if change is Change.UNCHANGED and about - {Change.UNCHANGED} else change

    def _receive(self, record: PostRecord, author: PersonRecord) -> Change | None:
        """Take in what somebody else wrote to the owner; whom it names besides is nobody whom the owner met."""
        is_answer = record.kind == "reply" and record.in_reply_to is None
        kind = EngagementType.REPLY if is_answer else EngagementType.MENTION
        event = Event(record.platform, record.post_id, record.created_at, "inbound")
        person, engagement_change = self._engagements.meet(event, author, kind.value)
        if person is None:
            return None
        post, change = self._keep(record)
        post.author = person
        return Change.UPDATED if change is Change.UNCHANGED and engagement_change is not Change.UNCHANGED else change

    def _keep(self, record: PostRecord) -> tuple[_Post, Change]:
        post = self._posts.get(record.post_id) or self._by_url.get(record.url)
        if post is None:
            self._posts[record.post_id] = post = _new(record)
            if record.platform == "substack" and record.url:
                self._by_url[record.url] = post
            change = Change.ADDED
        else:
            change = Change.UPDATED if _fill(post, record) else Change.UNCHANGED
        if _measure(post, record) and change is Change.UNCHANGED:
            change = Change.UPDATED
        return post, change

    def write(self, session: Session) -> None:
        """Write the posts, before the engagements that refer to them."""
        now = int(session.now().timestamp())
        new = [post for post in self._posts.values() if post.record]
        ids = zip(session.new_ids("cnt", len(new)), session.new_ids("pst", len(new)), strict=True)
        for post, (item_id, post_row_id) in zip(new, ids, strict=True):
            post.item_id, post.id = item_id, post_row_id
        insert_rows(session, ContentItem, _ITEM_COLUMNS, [self._item_row(post, now) for post in new])
        insert_rows(session, ContentPost, _POST_COLUMNS, [self._post_row(post) for post in new])
        self._write_changes(session, now)
        self._write_metrics(session, now)
        self._engagements.refer({post.post_id: post.id for post in self._posts.values()})

    def _item_row(self, post: _Post, now: int) -> tuple[object, ...]:
        record = post.record
        kind = ContentType(record.kind).value if record else ContentType.POST.value
        parent = self._posts.get(post.answers or "")
        author = post.author
        origin = ContentOrigin.AUTHORED if author is None else ContentOrigin.RECEIVED
        direction = Direction.OUTBOUND if author is None else Direction.INBOUND
        return (
            post.item_id, post.title, post.body, post.status, post.data, kind, self._account.platform.value,
            origin.value, direction.value, self._account.id, self._thread_of(post),
            parent.item_id if parent else None, author.final.id if author else None, now, now,
        )  # fmt: skip

    def _post_row(self, post: _Post) -> tuple[object, ...]:
        return (
            post.id, post.item_id, self._account.id, post.post_id, post.url, post.published_at,
            PostStatus.IMPORTED.value, post.snapshot,
        )  # fmt: skip

    def _thread_of(self, post: _Post) -> str | None:
        """The first post of the thread, as far up as the posts are known."""
        thread = post.answers
        for _ in range(_LONGEST_THREAD):
            above = self._posts.get(thread or "")
            if above is None or not (above.thread_id or above.answers):
                break
            thread = above.thread_id or above.answers
        return thread

    def _write_changes(self, session: Session, now: int) -> None:
        changed_posts = [post for post in self._posts.values() if post.is_changed and not post.record]
        items = [(post.title, post.body, post.status, post.data, now, post.item_id) for post in changed_posts]
        update_rows(session, ContentItem, (*CARRIED[1:], "updated_at"), items)
        posts = [(post.url, post.published_at, post.snapshot, post.id) for post in changed_posts]
        update_rows(session, ContentPost, ("platform_url", "published_at", "engagement_snapshot"), posts)

    def _write_metrics(self, session: Session, now: int) -> None:
        names = tuple(sorted(_METRICS))
        metrics_by_post = [(post.id, post.metrics) for post in self._posts.values() if post.metrics]
        rows = [
            (metrics_id, post_id, now, *(metrics.get(name, 0) for name in names))
            for (post_id, metrics), metrics_id in zip(
                metrics_by_post, session.new_ids("met", len(metrics_by_post)), strict=True
            )
        ]
        insert_rows(session, EngagementMetrics, ("id", "content_post_id", "snapshot_at", *names), rows)


def people_in_posts(records: Sequence[PostRecord]) -> Iterator[PersonRecord]:
    """Everyone whom the posts will be looked up for."""
    for record in records:
        if record.author is not None:
            yield record.author
        else:
            yield from (person for person, _ in _mentioned_people(record))


def _mentioned_people(record: PostRecord) -> Iterator[tuple[PersonRecord, str]]:
    """Whom a post is about, and how. What a reposted text says of others is not the owner's saying."""
    if record.in_reply_to is not None:
        yield record.in_reply_to, EngagementType.REPLY.value
    if record.kind == "repost":
        for author in record.mentions[:1]:
            yield author, EngagementType.RETWEET.value
    else:
        for person in record.mentions:
            yield person, EngagementType.MENTION.value


def _new(record: PostRecord) -> _Post:
    status = ContentStatus.DRAFT if record.status == "draft" else ContentStatus.IMPORTED
    published_at = int(record.created_at.timestamp()) if record.created_at and record.status == "published" else None
    facts = _facts(record)
    return _Post(
        record.post_id, "", record.url, published_at, "{}", "", record.title, record.text, status.value,
        kept_text(facts), None, record,
    )  # fmt: skip


def _facts(record: PostRecord) -> Facts:
    facts: Facts = dict(record.extra)
    if record.in_reply_to_id:
        facts["in_reply_to_id"] = record.in_reply_to_id
    return facts


def _fill(post: _Post, record: PostRecord) -> bool:
    """Fill what was not known; the text that was there first stays, and another one is kept beside it."""
    news = _new(record)
    before = (post.url, post.published_at, post.title, post.body, post.status, post.data)
    post.url, post.published_at = post.url or news.url, post.published_at or news.published_at
    post.title = post.title or news.title
    facts = _facts(record)
    if post.body and news.body and post.body != news.body:
        facts["also"] = {"body": [news.body]}
    post.body = post.body or news.body
    if post.status == ContentStatus.DRAFT:
        post.status = news.status
    post.data = united(post.data, facts) if facts else post.data
    is_changed = before != (post.url, post.published_at, post.title, post.body, post.status, post.data)
    post.is_changed |= is_changed
    return is_changed


def _measure(post: _Post, record: PostRecord) -> bool:
    """Take the numbers of a post where they are others than the last ones; an export tells fewer than the platform."""
    figures = {name: number for name, number in record.metrics.items() if name in _METRICS}
    metrics: dict[str, int] = dict(sorted({**orjson.loads(post.snapshot or "{}"), **figures}.items()))
    if not figures or text_of(metrics) == post.snapshot:
        return False
    post.snapshot, post.metrics, post.is_changed = text_of(metrics), metrics, True
    return True
