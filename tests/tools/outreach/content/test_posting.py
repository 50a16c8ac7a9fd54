"""A draft goes once a person has approved it, once, as it was shown; what may have gone is never posted twice."""

from datetime import timedelta

import httpx2
import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_switch, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.platforms.accounts import AccountStatus, Platform
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Via
from onelane.tools.outreach.content import deciding
from onelane.tools.outreach.mail.account_care import resume_account
from onelane.tools.outreach.outbound.approval import NotWaiting, SwitchedOff
from onelane.tools.outreach.outbound.decisions import settle_message
from onelane.tools.outreach.sending.recovery import take_over
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.gate.shown_hash import HashConflict
from tests.databases import Clock
from tests.tools.outreach.content.posting import GMAIL_SENDS, LINKEDIN_POSTS, LOST, X_POSTS, Posting
from tests.vendor_documents import Answering

POST, LINKEDIN_POST = "POST /2/tweets", "POST /rest/posts"
SPENT = "SELECT spent_micro_usd, reserved_micro_usd FROM platform_spending"


@pytest.fixture
def posting(sqlite_database: Database, clock: Clock) -> Posting:
    made = Posting(sqlite_database, clock)
    made.connect(Platform.X, X_POSTS)
    return made


def stop(posting: Posting) -> None:
    with posting.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, reason=SwitchReason.MANUAL, via=Via.CLI, note=None)


def test_an_approved_post_waits_for_the_time_to_undo_then_stands_on_x_once(posting: Posting) -> None:
    draft = posting.draft("Payments & ledgers: https://example.com/a")
    shown = posting.show(draft)
    assert (shown.state, shown.characters, shown.usd, shown.account_name) == ("draft", 43, 0.2, "@me_owner")
    waits = posting.approve(draft)
    assert waits.state == "waits"
    assert waits.approved_at is not None
    assert waits.goes_at == waits.approved_at + timedelta(seconds=60)
    assert "It goes after" in waits.text()
    assert posting.go(seconds=30) == 0
    assert posting.go(seconds=31) == 1
    post = posting.show(draft)
    assert (post.state, post.url) == ("published", f"https://x.com/me_owner/status/{posting.x.posts[0]['id']}")
    assert posting.go(hours=1) == 0
    assert posting.posts() == 1
    assert posting.rows(SPENT) == [(200_000, 0)]
    assert posting.x.billed == {"written_post_with_link": 1}


def test_a_post_on_linkedin_appears_as_it_was_written(posting: Posting) -> None:
    posting.connect(Platform.LINKEDIN, LINKEDIN_POSTS)
    draft = posting.draft("Ledgers (again) #payments, cost: *nothing*", platform="linkedin")
    posting.approve(draft)
    assert posting.go() == 1
    assert posting.linkedin.posts == [r"Ledgers \(again\) #payments, cost: \*nothing\*"]
    assert posting.show(draft).url == "https://www.linkedin.com/feed/update/urn:li:share:7400000000000000000/"
    assert (posting.posts("x"), posting.posts("linkedin")) == (0, 1)


@pytest.mark.parametrize(("knows", "state"), [("202608", "published"), ("203001", "draft")])
def test_where_linkedin_has_retired_a_version_of_its_api_a_newer_one_is_asked_for_once(
    posting: Posting, knows: str, state: str
) -> None:
    posting.connect(Platform.LINKEDIN, LINKEDIN_POSTS)
    taken, asked = posting.doubles["linkedin"].routes[LINKEDIN_POST], list[str]()

    def retiring(request: DoubleRequest) -> DoubleAnswer:
        asked.append(request.headers["linkedin-version"])
        message = f"Requested version {asked[-1]}01 is not active"
        gone = DoubleAnswer(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": message})
        return taken(request) if asked[-1] == knows else gone

    routes = posting.doubles["linkedin"].routes
    posting.doubles["linkedin"].routes = {**routes, LINKEDIN_POST: retiring}
    draft = posting.draft("Ledgers", platform="linkedin")
    posting.approve(draft)
    posting.go()
    assert (asked, posting.show(draft).state) == (["202610", "202608"], state)
    assert len(posting.linkedin.posts) == (state == "published")


def test_what_was_changed_since_it_was_shown_is_not_approved(posting: Posting) -> None:
    draft = posting.draft("First")
    shown = posting.show(draft)
    posting.rows("SELECT 1")
    with posting.database.write() as session:
        session.connection().exec_driver_sql("UPDATE content_items SET body = 'Second'")
    with pytest.raises(HashConflict):
        deciding.approve_draft(posting.services, draft, shown.hash or "", via=Door.REST)
    posting.approve(draft)
    with pytest.raises(NotWaiting):
        deciding.approve_draft(posting.services, draft, shown.hash or "", via=Door.REST)
    with posting.database.write() as session:
        session.connection().exec_driver_sql("UPDATE content_items SET body = 'Third'")
    assert posting.go() == 0
    assert (posting.show(draft).state, posting.action(draft).status) == ("draft", ActionStatus.CANCELLED)
    assert posting.posts() == 0


def test_a_yes_is_taken_back_until_it_has_left_and_given_anew(posting: Posting) -> None:
    draft = posting.draft("Hello")
    with pytest.raises(NotWaiting):
        deciding.undo_draft(posting.services, draft)
    posting.approve(draft)
    assert deciding.undo_draft(posting.services, draft).state == "draft"
    assert posting.go() == 0
    posting.approve(draft)
    assert posting.go() == 1
    with pytest.raises(NotWaiting):
        deciding.undo_draft(posting.services, draft)
    assert posting.posts() == 1


def test_what_is_rejected_is_gone_and_what_was_approved_is_not_rejected(posting: Posting) -> None:
    draft, other = posting.draft("Hello"), posting.draft("Other")
    deciding.reject_draft(posting.services, draft)
    with pytest.raises(NotFound):
        posting.show(draft)
    posting.approve(other)
    with pytest.raises(NotWaiting):
        deciding.reject_draft(posting.services, other)


def test_the_switch_holds_what_was_approved_and_every_new_yes(posting: Posting) -> None:
    draft, other = posting.draft("Hello"), posting.draft("Other")
    posting.approve(draft)
    shown = posting.show(other)
    stop(posting)
    assert posting.go(hours=1) == 0
    assert "Sending is stopped" in posting.show(draft).standing()
    with pytest.raises(SwitchedOff):
        deciding.approve_draft(posting.services, other, shown.hash or "", via=Door.REST)


def test_a_post_whose_answer_was_lost_is_found_among_ones_own_and_paid_for_once(posting: Posting) -> None:
    draft = posting.draft("Cats & dogs: https://example.com/x")
    posting.approve(draft)
    posting.answers("x", POST, LOST, takes=True)
    assert posting.go() == 0
    assert posting.show(draft).state == "uncertain"
    assert posting.go(minutes=5) == 0
    assert posting.rows(SPENT) == [(0, 200_000)]
    posting.heal()
    assert posting.settle() == 1
    assert posting.show(draft).state == "published"
    assert (posting.posts(), len(posting.x.posts)) == (1, 1)
    assert posting.rows("SELECT content_item_id, platform_post_id FROM content_posts") == [
        (draft, posting.x.posts[0]["id"])
    ]
    # The post with its link, and the one post that was looked at.
    assert posting.rows(SPENT) == [(205_000, 0)]


def test_a_post_that_x_never_took_goes_once_more_and_then_only_a_person_says(posting: Posting) -> None:
    draft = posting.draft("Hello")
    posting.approve(draft)
    posting.answers("x", POST, LOST)
    posting.go()
    assert posting.settle(minutes=1) == 0
    assert posting.settle(minutes=5) == 1
    assert posting.go() == 0
    assert (posting.show(draft).state, posting.posts()) == ("uncertain", 2)
    assert posting.settle(minutes=10) == 0
    posting.heal()
    action = posting.action(draft)
    assert settle_message(posting.services, action.id, "again", via=Door.CLI).status is ActionStatus.APPROVED
    assert posting.go() == 1
    assert (posting.show(draft).state, len(posting.x.posts)) == ("published", 1)


def test_linkedin_names_the_post_that_was_taken_when_a_person_lets_it_go_again(posting: Posting) -> None:
    posting.connect(Platform.LINKEDIN, LINKEDIN_POSTS)
    draft = posting.draft("Hello", platform="linkedin")
    posting.approve(draft)
    posting.answers("linkedin", LINKEDIN_POST, LOST, takes=True)
    posting.go()
    assert posting.settle(hours=1) == 0
    posting.heal()
    settle_message(posting.services, posting.action(draft).id, "again", via=Door.CLI)
    assert posting.go() == 1
    post = posting.show(draft)
    assert (post.state, len(posting.linkedin.posts)) == ("published", 1)
    assert (post.url or "").endswith("urn:li:share:7400000000000000000/")


def test_a_crash_before_the_request_posts_again_and_one_after_it_never_by_itself(posting: Posting) -> None:
    drafts = [posting.draft(text) for text in ("Before", "After")]
    for number, draft in enumerate(drafts):
        posting.approve(draft)
        with posting.database.write() as session:
            transmissions.begin_transmission(
                session,
                posting.action(draft).id,
                claim=f"snd_{number}",
                message_id=f"m{number}",
                dated_at=posting.clock(),
                sending_at=posting.clock(),
            )
    from onelane.storage.outreach.outbound import content_actions

    with posting.database.write() as session:
        assert content_actions.mark_leaving(session, posting.action(drafts[1]).id, claim="snd_1")
    assert take_over(posting.database) == 2
    assert [posting.show(each).state for each in drafts] == ["waits", "uncertain"]
    assert posting.go(minutes=3) == 1
    assert [each["text"] for each in posting.x.posts] == ["Before"]


@pytest.mark.parametrize(
    ("answer", "status", "account_status", "held"),
    [
        (DoubleAnswer(403, {"title": "Forbidden", "detail": "duplicate content"}), "failed", "active", None),
        (DoubleAnswer(403, {"title": "Forbidden", "detail": "Forbidden"}), "approved", "active", "blocked"),
        (DoubleAnswer(401, {"title": "Unauthorized"}), "approved", "needs_reauth", "signed_out"),
        (DoubleAnswer(402, {"title": "CreditsDepleted"}), "approved", "active", "blocked"),
        (DoubleAnswer(429, {"title": "Too Many Requests"}), "approved", "active", None),
        (DoubleAnswer(503, b"", {"Retry-After": "30"}), "uncertain", "active", None),
        (DoubleAnswer(201, b"<html>"), "uncertain", "active", None),
        (DoubleAnswer(201, {"data": {}}), "uncertain", "active", None),
        (DoubleAnswer(201, {"data": {"id": "<b>"}}), "uncertain", "active", None),
    ],
)
def test_what_x_answers_says_what_becomes_of_a_post(
    answer: DoubleAnswer, status: str, account_status: str, held: str | None, posting: Posting
) -> None:
    draft = posting.draft("Hello")
    posting.approve(draft)
    posting.answers("x", POST, answer)
    assert posting.go() == 0
    action = posting.action(draft)
    account = posting.account(action.platform_account_id or "")
    assert (action.status, account.status) == (status, account_status)
    assert (None if account.pause_reason is None else account.pause_reason.value) == (
        held if account.status is not AccountStatus.NEEDS_REAUTH else account.pause_reason
    )
    # A post of which nobody knows whether it is there is no sync that is started again.
    assert "tart again" not in (action.error or "") or status != "uncertain"
    if answer.status == 429:
        assert posting.show(draft).goes_at == action.not_before
    posts = posting.posts()
    posting.go(minutes=3)
    assert posting.posts() == posts
    if status == "failed":
        post = posting.show(draft)
        assert (post.state, "copy of an earlier post" in (post.failure or "")) == ("draft", True)
        assert "It failed: X does not take this text" in post.text()
        assert posting.rows(SPENT) == [(0, 0)]


def test_a_post_that_could_not_leave_goes_later_and_holds_no_money(posting: Posting) -> None:
    is_offline = [True]

    def without_network(answering: Answering) -> Answering:
        def answer(request: httpx2.Request) -> httpx2.Response:
            if is_offline[0]:
                raise httpx2.ConnectError("no route")
            return answering(request)

        return answer

    posting.through = without_network
    draft = posting.draft("Hello")
    posting.approve(draft)
    assert (posting.go(), posting.action(draft).status, posting.rows(SPENT)) == (0, "approved", [(0, 0)])
    is_offline[0] = False
    assert (posting.go(minutes=10), posting.show(draft).state) == (1, "published")


def test_three_failures_in_a_row_hold_the_account_until_a_person_looks(posting: Posting) -> None:
    posting.answers("x", POST, DoubleAnswer(403, {"title": "Forbidden", "detail": "duplicate content"}))
    drafts = [posting.draft(f"Post {number}") for number in range(4)]
    for draft in drafts:
        posting.approve(draft)
        posting.go(minutes=2)
    assert posting.posts() == 3
    assert "until a person looks" in posting.show(drafts[-1]).standing()
    posting.heal()
    resume_account(posting.services, posting.action(drafts[-1]).platform_account_id or "")
    assert posting.go(minutes=2) == 1


def test_posts_of_an_account_keep_apart_and_within_its_caps(posting: Posting) -> None:
    account = posting.connect(Platform.X, X_POSTS)
    with posting.database.write() as session:
        session.connection().exec_driver_sql("UPDATE platform_accounts SET limits = '{\"per_day\": 2}'")
    for number in range(3):
        posting.approve(posting.draft(f"Post {number}"))
    went = [posting.go(seconds=61) for _ in range(6)]
    assert (went[0], sum(went), account) == (1, 2, account)
    assert posting.go(hours=25) == 1


def test_the_cap_of_the_month_holds_a_post_until_the_next_month(sqlite_database: Database, clock: Clock) -> None:
    posting = Posting(sqlite_database, clock, cap_usd=0.02)
    posting.connect(Platform.X, X_POSTS)
    first, second = posting.draft("One"), posting.draft("Two")
    posting.approve(first)
    assert posting.go() == 1
    posting.approve(second)
    assert posting.go(minutes=2) == 0
    assert "month's money" in " ".join(each.detail or "" for each in posting.show(second).gates)
    assert posting.go(days=32) == 1


def test_an_account_that_may_not_post_is_named_with_what_to_type(sqlite_database: Database, clock: Clock) -> None:
    posting = Posting(sqlite_database, clock)
    draft = posting.draft("Hello", platform="linkedin")
    assert "onelane accounts connect linkedin --feature post" in (posting.show(draft).problem or "")
    posting.connect(Platform.LINKEDIN, ("r_dma_portability_self_serve",))
    problem = posting.show(draft).problem or ""
    assert "does not include post" in problem
    with pytest.raises(Conflict):
        deciding.approve_draft(posting.services, draft, "x", via=Door.CLI)
    one, other = posting.connect(Platform.X, X_POSTS), posting.connect(Platform.X, X_POSTS, "99")
    on_x = posting.draft("Hello")
    assert "Say which" in (posting.show(on_x).problem or "")
    assert posting.show(on_x, account_id=other).hash != posting.show(on_x, account_id=one).hash


@pytest.mark.parametrize("body", ["x" * 281, "語" * 141, "  \n "])
def test_a_text_that_x_would_refuse_is_not_approved(body: str, posting: Posting) -> None:
    with pytest.raises(BadRequest):
        deciding.approve_draft(posting.services, posting.draft(body), "x", via=Door.CLI)


def test_a_letter_is_put_among_the_drafts_in_gmail_and_sent_to_nobody(posting: Posting) -> None:
    from onelane.storage.people import contacts

    posting.connect(Platform.GMAIL, GMAIL_SENDS)
    with posting.database.write() as session:
        ada = contacts.create_contact(session, name="Ada Winter", email="ada@example.com", platform=Platform.GMAIL).id
    from onelane.storage.platforms.content import ContentType

    draft = posting.draft("Dear Ada", ContentType.EMAIL, None, contact_id=ada, title="Hello")
    posting.approve(draft)
    posting.answers("google", "POST /gmail/v1/users/me/drafts", LOST, takes=True)
    assert posting.go() == 0
    posting.heal()
    assert posting.settle() == 1
    (raw,) = (each["raw"] for each in posting.google.mailbox.drafts.values())
    assert b"To: ada@example.com" in raw
    assert posting.google.mailbox.sent == []
    assert posting.show(draft).state == "in_drafts"
    assert posting.rows("SELECT count(*) FROM engagements") == [(0,)]
