"""People and posts that X's API tells of, as the records that the reader of its archive gives."""

from collections.abc import Mapping

from onelane.tools.platforms.formats.json_values import JsonObject
from onelane.tools.platforms.formats.records import Json, Owner, PersonRecord, PostRecord, Relation
from onelane.tools.platforms.x.answers import XFault, XPost, XUser
from onelane.tools.platforms.x.owners import Owners
from onelane.tools.platforms.x.people import x_person
from onelane.tools.platforms.x.posts import post_record


def live_person(
    line: int, user: XUser, relations: tuple[Relation, ...] = (), *, seen_in: str | None = None
) -> PersonRecord:
    """A person as X knows them at this moment.

    Args:
        line: the place in its page
        user: what X says
        relations: what they are to the account
        seen_in: the mark of the pass over a whole list that shows them
    """
    person = x_person(line, user.id, user.handle, user.name, relations)
    person.bio = user.bio or None
    person.location = user.location or None
    person.website = user.url or None
    person.avatar_url = user.avatar_url or None
    person.followers_count = user.followers_count
    person.following_count = user.following_count
    person.posts_count = user.posts_count
    person.is_verified = user.is_verified
    person.is_protected = user.is_protected
    person.is_live = True
    person.seen_in = seen_in
    return person


def gone_person(line: int, fault: XFault) -> PersonRecord:
    """Somebody whom X no longer has."""
    person = x_person(line, fault.id, None, None)
    person.is_live = person.is_gone = True
    return person


def live_post(line: int, post: XPost, users: Mapping[str, XUser], owner: Owner) -> PostRecord:
    """A post as the archive's reader gives it, with its author where that is not the owner.

    Args:
        line: the place in its page
        post: what X says
        users: those whom its page tells of, by id
        owner: whose account it is
    """
    owners = Owners(owner, frozenset({owner.platform_user_id or ""}), frozenset({(owner.handle or "").lower()}))
    record = post_record(line, _as_in_archive(post, users), owners)
    writer = users.get(post.author_id)
    if post.author_id and not owners.include(post.author_id, writer.handle if writer else ""):
        record.author = live_person(line, writer) if writer else x_person(line, post.author_id, None, None)
        record.url = f"https://x.com/{record.author.handle or 'i/web'}/status/{post.id}"
    return record


def _as_in_archive(post: XPost, users: Mapping[str, XUser]) -> JsonObject:
    """A post in the words of archives, so that one reading makes the same record of both."""
    recipient = users.get(post.in_reply_to_user_id)
    handles = dict(post.mentions)
    tweet: dict[str, Json] = {
        "id_str": post.id,
        "full_text": post.text,
        "created_at": post.created_at,
        "lang": post.language,
        "entities": {"user_mentions": [_mention(user_id, handle, users) for user_id, handle in post.mentions]},
        "in_reply_to_status_id_str": post.reference("replied_to"),
        "in_reply_to_user_id_str": post.in_reply_to_user_id,
        "in_reply_to_screen_name": recipient.handle if recipient else handles.get(post.in_reply_to_user_id, ""),
        **post.metrics,
    }
    if post.reference("retweeted"):
        tweet["retweeted_status"] = {"id_str": post.reference("retweeted")}
    return tweet


def _mention(user_id: str, handle: str, users: Mapping[str, XUser]) -> dict[str, Json]:
    user = users.get(user_id)
    return {
        "id_str": user_id,
        "screen_name": user.handle if user and user.handle else handle,
        "name": user.name if user else "",
    }
