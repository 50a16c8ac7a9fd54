"""The owner's posts, and whom they are about."""

from typing import Any

import orjson

from onelane.storage.platforms.content import ContentItem, ContentPost
from onelane.storage.platforms.metrics import EngagementMetrics
from onelane.tools.platforms.formats.records import PostRecord
from tests.databases import Clock
from tests.tools.people.intake.takings import JULY_1, Taking, counts, x

ADA, GRACE = x("2001", "ada_example", "Ada Example"), x("2002", "grace_sample", "Grace Sample")


def post(post_id: str, text: str = "Shipping", **more: Any) -> PostRecord:
    values: dict[str, Any] = {"line": 1, "platform": "x", "post_id": post_id, "text": text, "created_at": JULY_1}
    values["url"] = f"https://x.com/me/status/{post_id}"
    values.update(more)
    return PostRecord(**values)


def test_a_post_is_kept_with_its_numbers(taking: Taking) -> None:
    assert counts(taking.take(post("1", metrics={"likes": 3, "retweets": 1, "unknown": 5}))) == (1, 0, 0, 0, 0)
    (item,), (kept,), (metrics,) = (taking.rows(row) for row in (ContentItem, ContentPost, EngagementMetrics))
    assert (item["body"], item["content_type"], item["status"]) == ("Shipping", "post", "imported")
    assert (item["origin"], item["direction"], item["platform_target"]) == ("authored", "outbound", "x")
    assert (kept["platform_post_id"], kept["published_at"], kept["content_item_id"]) == ("1", JULY_1, item["id"])
    assert kept["platform_url"] == "https://x.com/me/status/1"
    assert orjson.loads(kept["engagement_snapshot"]) == {"likes": 3, "retweets": 1}
    assert (metrics["content_post_id"], metrics["likes"], metrics["retweets"]) == (kept["id"], 3, 1)


def test_the_same_posts_again_change_nothing_and_new_numbers_do(taking: Taking, clock: Clock) -> None:
    posts = [post("1", metrics={"likes": 3}), post("2", in_reply_to_id="1", kind="reply"), post("1", "Edited")]
    assert counts(taking.take(*posts)) == (2, 1, 0, 0, 0)
    before = taking.rows(ContentItem), taking.rows(ContentPost)
    clock.advance(days=1)
    assert counts(taking.take(*posts)) == (0, 0, 3, 0, 0)
    assert (taking.rows(ContentItem), taking.rows(ContentPost)) == before
    assert counts(taking.take(post("1", metrics={"likes": 4}))) == (0, 1, 0, 0, 0)
    assert [row["likes"] for row in taking.rows(EngagementMetrics)] == [3, 4]


def test_people_whom_a_post_answers_names_or_reposts_are_contacts_with_engagements(taking: Taking) -> None:
    taking.take(
        post("1", kind="reply", in_reply_to_id="99", in_reply_to=ADA, mentions=(ADA, GRACE)),
        post("2", kind="repost", mentions=(GRACE, x("3001", "named_by_grace"))),
    )
    by_id = {contact["id"]: contact["name"] for contact in taking.contacts()}
    assert sorted(by_id.values()) == ["Ada Example", "Grace Sample"]
    posts = {row["id"]: row["platform_post_id"] for row in taking.rows(ContentPost)}
    found = [(posts[row["content_post_id"]], by_id[row["contact_id"]], row["engagement_type"], row["direction"])
             for row in taking.engagements()]  # fmt: skip
    assert sorted(found) == [
        ("1", "Ada Example", "reply", "outbound"),
        ("1", "Grace Sample", "mention", "outbound"),
        ("2", "Grace Sample", "retweet", "outbound"),
    ]


def test_a_thread_hangs_together_in_whichever_order_it_comes(taking: Taking) -> None:
    taking.take(
        post("3", kind="reply", in_reply_to_id="2"), post("2", kind="reply", in_reply_to_id="1"), post("1"),
        post("5", kind="reply", in_reply_to_id="4"), post("4", kind="reply", in_reply_to_id="5"),
    )  # fmt: skip
    taking.take(post("6", kind="reply", in_reply_to_id="3"))
    of_post = {row["content_item_id"]: row["platform_post_id"] for row in taking.rows(ContentPost)}
    items = {of_post[row["id"]]: row for row in taking.rows(ContentItem)}
    assert [items[number]["thread_id"] for number in "1236"] == [None, "1", "1", "1"]
    assert [of_post.get(items[number]["parent_item_id"]) for number in "1236"] == [None, "1", "2", "3"]


def test_a_draft_that_was_published_since_is_published(taking: Taking) -> None:
    taking.take(post("1", status="draft", created_at=JULY_1))
    (kept,) = taking.rows(ContentPost)
    assert kept["published_at"] is None
    assert taking.take(post("1")).updated == 1
    (item,), (kept,) = taking.rows(ContentItem), taking.rows(ContentPost)
    assert (item["status"], kept["published_at"]) == ("imported", JULY_1)


def test_a_substack_post_is_the_same_in_the_feed_and_in_the_export(taking: Taking) -> None:
    url = "https://pub.substack.com/p/hello"
    taking.take(post("100001", platform="substack", url=url, kind="newsletter"))
    assert counts(taking.take(post("feed-7", platform="substack", url=url, kind="newsletter"))) == (0, 0, 1, 0, 0)
    assert len(taking.rows(ContentPost)) == 1
