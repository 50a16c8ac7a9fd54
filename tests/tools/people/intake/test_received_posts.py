"""What others write to the owner: the author is a contact, the post a received item, and nobody else is met."""

from datetime import timedelta
from typing import Any

import pytest

from onelane.storage.platforms import content
from onelane.storage.platforms.content import ContentItem, ContentPost
from onelane.storage.platforms.metrics import EngagementMetrics
from onelane.tools.platforms.formats.records import Owner, PersonRecord, PostRecord
from tests.tools.people.intake.takings import JULY_1, Taking, counts, x

ME = Owner(platform_user_id="12", handle="me_owner")
GRACE = x("2002", "grace_sample", "Grace Sample", is_live=True, followers_count=88)


def mention(post_id: str = "201", author: PersonRecord = GRACE, **more: Any) -> PostRecord:
    values: dict[str, Any] = {"line": 1, "platform": "x", "post_id": post_id, "text": "@me_owner is that you?"}
    values |= {"created_at": JULY_1, "author": author, "url": f"https://x.com/grace_sample/status/{post_id}"}
    return PostRecord(**(values | more))


def test_a_mention_makes_its_author_a_contact_with_an_inbound_engagement_and_a_received_item(taking: Taking) -> None:
    named = mention(mentions=(x("3001", "somebody_else"),), metrics={"likes": 3})
    assert counts(taking.take(named, owner=ME)) == (1, 0, 0, 0, 0)
    (grace,), (item,), (post,), (engagement,) = (
        taking.contacts(), taking.rows(ContentItem), taking.rows(ContentPost), taking.engagements(),
    )  # fmt: skip
    assert (grace["name"], grace["last_interaction_at"]) == ("Grace Sample", JULY_1)
    assert (item["origin"], item["direction"], item["contact_id"]) == ("received", "inbound", grace["id"])
    assert (item["body"], post["platform_url"]) == ("@me_owner is that you?", "https://x.com/grace_sample/status/201")
    assert (engagement["engagement_type"], engagement["direction"]) == ("mention", "inbound")
    assert (engagement["contact_id"], engagement["content_post_id"]) == (grace["id"], post["id"])
    assert [row["likes"] for row in taking.rows(EngagementMetrics)] == [3]
    assert counts(taking.take(named, owner=ME)) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("answered", "kind"), [(None, "reply"), (x("3001", "somebody_else"), "mention")]
)  # fmt: skip
def test_an_answer_to_the_owner_is_a_reply_and_one_to_somebody_else_a_mention(
    taking: Taking, answered: PersonRecord | None, kind: str
) -> None:
    ours = PostRecord(1, "x", "100", "Shipping", JULY_1)
    answer = mention(kind="reply", in_reply_to_id="100", in_reply_to=answered, created_at=JULY_1 + timedelta(hours=1))
    taking.take(ours, owner=ME)
    taking.take(answer, owner=ME)
    items = {row["origin"]: row for row in taking.rows(ContentItem)}
    assert [row["engagement_type"] for row in taking.engagements()] == [kind]
    assert items["received"]["parent_item_id"] == items["authored"]["id"]
    assert taking.names() == ["Grace Sample"]


@pytest.mark.parametrize("author", [x("12", "me_owner", "Me"), x(None, None)])
def test_a_post_of_the_owner_or_of_nobody_among_the_mentions_is_left_out(taking: Taking, author: PersonRecord) -> None:
    outcome = taking.take(mention(author=author), owner=ME)
    assert (counts(outcome), taking.contacts(), taking.rows(ContentItem)) == ((0, 0, 0, 1, 0), [], [])
    assert list(outcome.skips) == ["posts to the owner by the owner, or by nobody who can be told"]


def test_what_others_wrote_is_not_listed_as_published_by_the_owner(taking: Taking) -> None:
    taking.take(PostRecord(1, "x", "100", "Shipping", JULY_1), mention(), owner=ME)
    with taking.database.read() as session:
        assert [post.platform_post_id for post, _ in content.list_published(session, limit=9)] == ["100"]
        assert content.count_published(session) == 1
