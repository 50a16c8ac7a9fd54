"""People as an X archive knows them: ids of followers and following, names from the posts that mention them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, Relation
from onelane.tools.platforms.x.files import Entry, XFiles

_UNKNOWN_IDS = {"", "-1", "0"}
_FOLLOWER: tuple[Relation, ...] = ("follower",)
_FOLLOWING: tuple[Relation, ...] = ("following",)
_MUTUAL: tuple[Relation, ...] = ("follower", "following", "mutual")


@dataclass(slots=True)
class Names:
    """Handles and names by id, learned from posts. Posts run from new to old, so what was learned first stays."""

    by_id: dict[str, tuple[str | None, str | None]] = field(default_factory=dict[str, tuple[str | None, str | None]])

    def learn(self, files: XFiles) -> Iterator[BadLine]:
        """Read all posts for the people in them; what can't be read is handed on."""
        for entry in files.entries("tweets", "tweet"):
            if isinstance(entry, BadLine):
                yield entry
                continue
            tweet = entry[1]
            for person in (*mentions_of(tweet), reposted_author(tweet)):
                self.keep(text_of(person, "id_str", "id"), text_of(person, "screen_name"), text_of(person, "name"))
            self.keep(*reply_recipient(tweet), "")

    def of(self, user_id: str) -> tuple[str | None, str | None]:
        """Handle and name, as far as known."""
        return self.by_id.get(user_id, (None, None))

    def keep(self, user_id: str, handle: str, name: str) -> None:
        """Add what is known of someone; an empty text is nothing known."""
        if user_id not in _UNKNOWN_IDS:
            known_handle, known_name = self.by_id.get(user_id, (None, None))
            self.by_id[user_id] = (known_handle or handle or None, known_name or name or None)


def mentions_of(tweet: JsonObject) -> list[JsonObject]:
    """The people whom a post names; X writes -1 for the id of an account that is gone."""
    return objects_of(tweet, "entities", "user_mentions")


def reposted_author(tweet: JsonObject) -> JsonObject:
    """Who wrote the post that is passed on, where the archive says it: up to 2016."""
    return object_of(object_of(tweet, "retweeted_status"), "user")


def reply_recipient(tweet: JsonObject) -> tuple[str, str]:
    """Id and handle of whom a post answers; empty when it answers nobody."""
    return text_of(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id"), text_of(tweet, "in_reply_to_screen_name")


def x_person(
    line: int, user_id: str, handle: str | None, name: str | None, relations: tuple[Relation, ...] = ()
) -> PersonRecord:
    """A person on X. Without a handle the profile still has an address, by id."""
    known_id = None if user_id in _UNKNOWN_IDS else user_id
    return PersonRecord(
        line=line,
        platform="x",
        platform_user_id=known_id,
        handle=handle or None,
        url=f"https://x.com/{handle}" if handle else f"https://x.com/i/user/{known_id}",
        name=name or None,
        relations=relations,
    )


def read_people(files: XFiles) -> Iterator[PersonRecord | BadLine]:
    """Followers, then those who are only followed, with the handles and names that posts tell.

    Only whom the owner follows, and whom the owner mentioned, is kept in memory; followers pass through.
    """
    names = Names()
    yield from names.learn(files)
    following = {
        text_of(entry[1], "accountId") for entry in files.entries("following", "following") if _is_sound(entry)
    }
    mutual: set[str] = set()
    for entry in files.entries("followers", "follower"):
        if not _is_sound(entry):
            yield _fault(entry, "follower")
            continue
        user_id = text_of(entry[1], "accountId")
        is_mutual = user_id in following
        if is_mutual:
            mutual.add(user_id)
        yield x_person(entry[0], user_id, *names.of(user_id), _MUTUAL if is_mutual else _FOLLOWER)
    for entry in files.entries("following", "following"):
        if not _is_sound(entry):
            yield _fault(entry, "following")
        elif (user_id := text_of(entry[1], "accountId")) not in mutual:
            yield x_person(entry[0], user_id, *names.of(user_id), _FOLLOWING)


def _is_sound(entry: Entry | BadLine) -> TypeGuard[Entry]:
    return not isinstance(entry, BadLine) and text_of(entry[1], "accountId") not in _UNKNOWN_IDS


def _fault(entry: Entry | BadLine, kind: str) -> BadLine:
    return (
        entry
        if isinstance(entry, BadLine)
        else BadLine(entry[0], f"{kind}.js: an entry without an account id", "an entry without an account id")
    )
