"""What X tells in its new words: people, posts, and what is wrong."""

import html
import re
from datetime import datetime
from typing import Any

from onelane.server.cli.doubles.double_server import DoubleAnswer


def user(user_id: str, handle: str, name: str, **fields: Any) -> dict[str, Any]:
    """A person as X tells of them; `fields` are as the API has them, such as `description`."""
    metrics = dict.fromkeys(("followers_count", "following_count", "post_count", "listed_count", "like_count"), 0)
    counts = {"public_metrics": {**metrics, "media_count": 0}}
    return {"id": user_id, "name": name, "username": handle, "verified": False, "protected": False, **counts, **fields}


def post(post_id: str, author_id: str, text: str, created_at: datetime, **fields: Any) -> dict[str, Any]:
    """A post as X tells of it; `fields` are as the API has them, such as `in_reply_to_user_id`."""
    counts = ("repost_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
    return {
        "id": post_id,
        "text": text,
        "author_id": author_id,
        "conversation_id": post_id,
        "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edit_history_post_ids": [post_id],
        "lang": "en",
        "public_metrics": dict.fromkeys(counts, 0),
        **fields,
    }


def as_shown(text: str) -> str:
    """A text as X tells it: each link is a short one, and what means something in HTML is written as there."""
    return re.sub(r"https?://\S+", "https://t.co/aBcDeFgHiJ", html.escape(text, quote=False))


def absent(user_id: str, *, is_suspended: bool) -> dict[str, Any]:
    """What an answer says beside the others of somebody who is not there."""
    detail = f"User has been suspended: [{user_id}]." if is_suspended else f"Could not find user with ids: [{user_id}]."
    return {
        "resource_type": "user",
        "resource_id": user_id,
        "parameter": "ids",
        "value": user_id,
        "title": "Forbidden" if is_suspended else "Not Found Error",
        "detail": detail,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }


def problem(status: int, title: str, **more: Any) -> DoubleAnswer:
    """A refusal in X's form; `more` are its other fields."""
    return DoubleAnswer(status, {"title": title, "detail": title, "type": "about:blank", "status": status, **more})
