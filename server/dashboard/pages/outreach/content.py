"""Content: drafts that wait for the person, what they approved and where it is, and posts with how they did."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit, whole_number
from onelane.storage.outreach.outbound import content_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms import content, publishing
from onelane.storage.platforms.content import ContentItem, ContentPost
from onelane.tools.registry.errors import BadRequest

PATH = "/dashboard/content"
BY_HAND = "hand"
_SOON_SECONDS, _LATER_SECONDS = 5, 30
DRAFTS, POSTS, APPROVED_ITEMS = 24, 25, 24


def read(visit: Visit) -> Mapping[str, object]:
    """The newest drafts and the newest posts; both go on by key."""
    before = _cursor(visit.query.get("postsAfter"))
    with visit.onelane.toolbox.database.read() as session:
        drafts = content.list_drafts(session, before_id=visit.query.get("after") or None, limit=DRAFTS + 1)
        posts = content.list_published(session, before=before, limit=POSTS + 1)
        approved_items = [
            content_facts(visit, each.id) for each in publishing.list_approved(session, limit=APPROVED_ITEMS)
        ]
        last = content_actions.last_of_items(session, [each.id for each in drafts])
        return {
            "failed": {each for each, action in last.items() if action.status is ActionStatus.FAILED},
            "again": min((each for each in map(again_after, approved_items) if each is not None), default=None),
            "drafts": [draft_facts(draft) for draft in drafts[:DRAFTS]],
            "draft_total": content.count_drafts(session),
            "approved": approved_items,
            "approved_total": publishing.count_approved(session),
            "next_draft": drafts[DRAFTS - 1].id if len(drafts) > DRAFTS else None,
            "posts": [_post(post, item) for post, item in posts[:POSTS]],
            "post_total": content.count_published(session),
            "next_post": _cursor_of(posts[:POSTS]) if len(posts) > POSTS else None,
        }


def content_facts(visit: Visit, draft_id: str) -> Mapping[str, Any]:
    """What would appear of a draft, or what became of it; as which account, and whether by hand, the address says."""
    return visit.call(
        "get_draft",
        draft_id=draft_id,
        platform_account_id=visit.query.get("account") or None,
        by_hand=visit.query.get("by") == BY_HAND or None,
    )


def again_after(draft: Mapping[str, Any]) -> int | None:
    """After so many seconds what is shown of a draft is worth another look; None where it stays as it is."""
    return {"waits": _SOON_SECONDS, "sending": _SOON_SECONDS, "uncertain": _LATER_SECONDS}.get(draft["state"])


def draft_facts(draft: ContentItem) -> dict[str, Any]:
    """What is shown of a draft."""
    run_id = orjson.loads(draft.platform_data).get("workflow_run_id")
    return {
        "id": draft.id,
        "title": draft.title,
        "body": draft.body or "",
        "kind": draft.content_type.value,
        "platform": draft.platform_target,
        "contact_id": draft.contact_id,
        "is_generated": draft.ai_generated,
        "written_for": draft.generation_prompt,
        "run_id": run_id,
        "changed_at": draft.updated_at.timestamp(),
    }


def _post(post: ContentPost, item: ContentItem) -> dict[str, Any]:
    figures: dict[str, int] = orjson.loads(post.engagement_snapshot)
    return {
        "title": item.title or " ".join((item.body or "").split())[:120] or item.content_type.label,
        "platform": item.platform_target,
        "kind": item.content_type.value,
        "url": post.platform_url,
        "published_at": None if post.published_at is None else post.published_at.timestamp(),
        "seen": figures.get("impressions"),
        "likes": figures.get("likes"),
        "comments": figures.get("comments"),
        "shares": _sum(figures, "shares", "retweets", "quotes"),
    }


def _sum(figures: Mapping[str, int], *names: str) -> int | None:
    values = [figures[name] for name in names if name in figures]
    return sum(values) if values else None


def _cursor_of(posts: Sequence[tuple[ContentPost, ContentItem]]) -> str | None:
    last = posts[-1][0]
    return None if last.published_at is None else f"{int(last.published_at.timestamp())}.{last.id}"


def _cursor(text: str | None) -> tuple[datetime, str] | None:
    if not text:
        return None
    seconds, _, post_id = text.partition(".")
    instant = whole_number(seconds, most_digits=11)
    if instant is None:
        raise BadRequest("That is not an address of this page. Begin at the newest post.")
    return datetime.fromtimestamp(instant, UTC), post_id


PAGE = Page(PATH, "content.html", read, section="content")
