"""Whose archive it is: said by a file of its own, by the posts themselves, or by the direct messages."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import BadLine, Owner
from onelane.tools.platforms.x.files import XFiles
from onelane.tools.platforms.x.people import reply_recipient

_MOST_POSTS, _MOST_CONVERSATIONS = 50_000, 2_000
"""So many are looked through for the owner where no file of the archive says who that is."""
_OWN_STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(\w{1,20})/status/(\d+)\b.*")


@dataclass(frozen=True, slots=True)
class Owners:
    """The account, and all ids and handles by which the archive calls its owner."""

    account: Owner | None = None
    ids: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    """In lower case."""

    @property
    def handle(self) -> str | None:
        """The handle that links to the owner's posts are made of."""
        return self.account.handle if self.account else None

    def include(self, user_id: str, handle: str) -> bool:
        """Whether somebody is the owner. Ids decide where both are known, for handles change hands."""
        if user_id and self.ids:
            return user_id in self.ids
        return handle.lower() in self.handles


def find_owners(files: XFiles) -> Owners:
    """By the files that are about the account, else by what posts and messages have in common."""
    owners = list(_said_by_files(files))
    if not any(owner.platform_user_id for owner in owners):
        owners += [*_said_by_posts(files), *_said_by_messages(files)]
    owners = [owner for owner in owners if owner.platform_user_id or owner.handle]
    handles = {owner.handle.lower() for owner in owners if owner.handle} | {*_former_handles(files)}
    ids = {owner.platform_user_id for owner in owners if owner.platform_user_id}
    return Owners(_unite(owners) if owners else None, frozenset(ids), frozenset(handles))


def _unite(owners: list[Owner]) -> Owner:
    """The first account, with what others say of the same one."""
    account = owners[0]
    for owner in owners[1:]:
        if owner.platform_user_id in {None, account.platform_user_id} or account.platform_user_id is None:
            account = Owner(
                account.platform_user_id or owner.platform_user_id,
                account.handle or owner.handle,
                account.name or owner.name,
                account.email or owner.email,
            )
    return account


def _said_by_files(files: XFiles) -> Iterator[Owner]:
    for _, account in _sound(files, "account", "account"):
        yield Owner(
            text_of(account, "accountId") or None,
            text_of(account, "username") or None,
            text_of(account, "accountDisplayName") or None,
            text_of(account, "email") or None,
        )
    info, old = files.manifest_owner, files.old_owner
    yield _owner(text_of(info, "accountId"), text_of(info, "userName"), text_of(info, "displayName"))
    yield _owner(text_of(old, "id", "id_str"), text_of(old, "screen_name"), text_of(old, "full_name"))
    for _, entry in islice(_sound(files, "owner", ""), 1):
        yield _owner(text_of(entry, "accountId", "user_id"))


def _former_handles(files: XFiles) -> Iterator[str]:
    for _, entry in _sound(files, "owner", "screenNameChange"):
        change = object_of(entry, "screenNameChange")
        yield from (handle.lower() for key in ("changedFrom", "changedTo") if (handle := text_of(change, key)))


@dataclass(slots=True)
class _Signs:
    """What posts tell of who wrote them."""

    writers: Counter[str] = field(default_factory=Counter[str])
    """Ids, from the `user` of posts."""
    handles: dict[str, str] = field(default_factory=dict[str, str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    own_handles: Counter[str] = field(default_factory=Counter[str])
    """From links of posts to their own pictures."""
    post_ids: set[str] = field(default_factory=set[str])
    answers: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """The post that is answered, and the id and handle of who wrote that."""

    def read(self, tweet: JsonObject) -> None:
        post_id, user = text_of(tweet, "id_str", "id"), object_of(tweet, "user")
        self.post_ids.add(post_id)
        if user_id := text_of(user, "id_str", "id"):
            self.writers[user_id] += 1
            self._name(user_id, text_of(user, "screen_name"), text_of(user, "name"))
        if answered_id := text_of(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id"):
            self.answers.append((answered_id, *reply_recipient(tweet)))
        for media in objects_of(tweet, "entities", "media"):
            match = _OWN_STATUS.fullmatch(text_of(media, "expanded_url"))
            if match and match[2] == post_id:
                self.own_handles[match[1]] += 1

    def owner(self) -> Owner:
        """Who wrote the posts: who they say, or else whoever is answered where one answers another."""
        if not self.writers:
            for answered_id, user_id, handle in self.answers:
                if answered_id in self.post_ids and user_id:
                    self.writers[user_id] += 1
                    self._name(user_id, handle, "")
        user_id = next((user_id for user_id, _ in self.writers.most_common(1)), "")
        handle = next((handle for handle, _ in self.own_handles.most_common(1)), "")
        return _owner(user_id, self.handles.get(user_id) or handle, self.names.get(user_id, ""))

    def _name(self, user_id: str, handle: str, name: str) -> None:
        # Posts run from new to old: what is met first is the newest.
        if handle:
            self.handles.setdefault(user_id, handle)
        if name:
            self.names.setdefault(user_id, name)


def _said_by_posts(files: XFiles) -> Iterator[Owner]:
    signs = _Signs()
    for _, tweet in islice(_sound(files, "tweets", "tweet"), _MOST_POSTS):
        signs.read(tweet)
    yield signs.owner()


def _said_by_messages(files: XFiles) -> Iterator[Owner]:
    """Whoever has a part in every conversation, where there are several."""
    conversations = islice(_sound(files, "messages", "dmConversation"), _MOST_CONVERSATIONS)
    pairs = {frozenset(text_of(each, "conversationId").split("-")) for _, each in conversations}
    pairs = {pair for pair in pairs if len(pair) == 2 and all(part.isdecimal() for part in pair)}
    meetings = Counter(user_id for pair in pairs for user_id in pair)
    common = [user_id for user_id, count in meetings.items() if count == len(pairs) > 1]
    if len(common) == 1:
        yield _owner(common[0])


def _sound(files: XFiles, kind: str, wrapper: str) -> Iterator[tuple[int, JsonObject]]:
    return (entry for entry in files.entries(kind, wrapper) if not isinstance(entry, BadLine))


def _owner(user_id: str, handle: str = "", name: str = "") -> Owner:
    return Owner(user_id or None, handle or None, name or None)
