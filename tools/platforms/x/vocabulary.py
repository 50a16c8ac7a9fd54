"""X's words for posts: the new ones of 2026, and the old ones that it may still want (docs/platforms.md, "X").

Ground: X's OpenAPI documents 2.164 (old) and 2.167 (new). Not only names moved: what were fields of a post are
expansions now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

USER_FIELDS = (
    "created_at", "description", "entities", "location", "profile_image_url", "protected", "public_metrics", "url",
    "verified",
)  # fmt: skip
"""Of a person, besides id, name and handle, which always come."""
POST_FIELDS = ("conversation_id", "created_at", "entities", "lang", "note_post", "public_metrics")
"""Of a post, besides id and text."""
POST_EXPANSIONS = ("author_id", "in_reply_to_user_id", "referenced_posts")

_OLD_FIELDS = {"note_post": "note_tweet"}
_OLD_EXPANSIONS = {
    "referenced_posts": "referenced_tweets.id",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "pinned_post_id": "pinned_tweet_id",
    "most_recent_post_id": "most_recent_tweet_id",
}
_WERE_FIELDS = {
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "referenced_posts": "referenced_tweets",
}


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """What is wanted of people and posts, in the new words.

    Args:
        user_fields: of people
        post_fields: of posts
        expansions: what a post refers to
    """

    user_fields: Sequence[str] = ()
    post_fields: Sequence[str] = ()
    expansions: Sequence[str] = ()

    @property
    def has_two_vocabularies(self) -> bool:
        """Whether the old words differ."""
        return bool(self.post_fields or self.expansions)

    def params(self, *, old: bool) -> Mapping[str, str]:
        """The parameters of a query."""
        lists = (self._old if old else self._new).items()
        return {name: ",".join(values) for name, values in lists if values}

    @property
    def _new(self) -> Mapping[str, Sequence[str]]:
        return {"user.fields": self.user_fields, "post.fields": self.post_fields, "expansions": self.expansions}

    @property
    def _old(self) -> Mapping[str, Sequence[str]]:
        fields = [_OLD_FIELDS.get(name, name) for name in self.post_fields]
        were_fields = [_WERE_FIELDS[name] for name in self.expansions if name in _WERE_FIELDS]
        expansions = [_OLD_EXPANSIONS.get(name, name) for name in self.expansions]
        return {
            "user.fields": self.user_fields,
            "tweet.fields": sorted([*fields, *were_fields]),
            "expansions": expansions,
        }


PERSON = FieldChoice(USER_FIELDS)
POST = FieldChoice(USER_FIELDS, POST_FIELDS, POST_EXPANSIONS)
