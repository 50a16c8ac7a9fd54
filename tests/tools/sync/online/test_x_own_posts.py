"""What went out of Onelane stands there once, whoever is quicker: a sync, or the answer to the post."""

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound.decisions import settle_message
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.tools.outreach.content.posting import LOST, X_POSTS, Posting
from tests.tools.sync.online.x_world import XWorld

TEXT = "Ledgers & more: https://example.com/a"


def synced(posting: Posting) -> None:
    """Sync the posts."""
    world = XWorld(posting.database, posting.clock, posting.x)
    assert world.sync(SyncSubType.X_TWEETS).status == "completed"
    posting.connect(Platform.X, X_POSTS)


@pytest.fixture
def posting(database: Database, clock: Clock) -> Posting:
    made = Posting(database, clock)
    made.connect(Platform.X, X_POSTS)
    return made


def test_a_post_that_a_sync_sees_later_stands_there_once(posting: Posting) -> None:
    draft = posting.draft(TEXT)
    posting.approve(draft)
    posting.go()
    synced(posting)
    assert posting.rows("SELECT id, body, status FROM content_items") == [(draft, TEXT, "published")]
    assert posting.rows("SELECT content_item_id FROM content_posts") == [(draft,)]


def test_a_post_that_a_sync_saw_before_its_answer_was_settled_stands_there_once(posting: Posting) -> None:
    draft = posting.draft(TEXT)
    posting.approve(draft)
    posting.answers("x", "POST /2/tweets", LOST, takes=True)
    posting.go()
    posting.heal()
    synced(posting)
    assert len(posting.rows("SELECT id FROM content_items")) == 2
    # The sync has seen it, so that X is not asked again.
    asked = len(posting.doubles["x"].requests)
    assert (posting.settle(), len(posting.doubles["x"].requests)) == (1, asked)
    assert posting.rows("SELECT id, body, status FROM content_items") == [(draft, TEXT, "published")]
    assert posting.rows("SELECT content_item_id, platform_post_id FROM content_posts") == [
        (draft, posting.x.posts[0]["id"])
    ]


def test_a_post_of_which_a_person_says_that_it_went_is_known_by_the_next_sync(posting: Posting) -> None:
    draft = posting.draft(TEXT)
    posting.approve(draft)
    posting.answers("x", "POST /2/tweets", LOST, takes=True)
    posting.go()
    settle_message(posting.services, posting.action(draft).id, "sent", via=Door.CLI)
    assert posting.rows("SELECT platform_post_id FROM content_posts") == [(None,)]
    posting.heal()
    synced(posting)
    assert posting.rows("SELECT content_item_id, platform_post_id FROM content_posts") == [
        (draft, posting.x.posts[0]["id"])
    ]
    assert len(posting.rows("SELECT id FROM content_items")) == 1
