"""Each failure in the table of what platforms answer, at the first page and behind it: what is said, and what stays."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest
from onelane.server.cli.doubles.google_people import person_fields
from onelane.server.cli.doubles.x_entries import post, user
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact
from onelane.storage.people.identities import create_identity
from onelane.storage.platforms.accounts import AccountStatus, Platform, list_accounts
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Run, RunStatus
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failure_table import FailureRule, FailureText, PlatformKey, platform_rules
from tests.commands import Terminal
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online.google_world import GoogleWorld

X_SCOPES = ("tweet.read", "users.read", "follows.read")
PEOPLE, MAILS = "SELECT count(*) FROM contact_identities", "SELECT count(*) FROM engagements"
BOOK = f"{PEOPLE} WHERE platform_user_id LIKE 'people/%'"
POSTS = "SELECT count(*) FROM content_posts"


@dataclass(frozen=True)
class Listed:
    """A sync's list.

    Args:
        platform: whose table of failures counts
        endpoint: as the table calls it
        route: where it is asked for
        rows: how much of it is here
        put: one more at the platform
        is_paged: whether one is on a page, and the next one on the next
    """

    platform: PlatformKey
    endpoint: str
    route: str
    rows: str
    put: Callable[[GoogleWorld, int], None]
    is_paged: bool = True

    @property
    def asked(self) -> dict[str, bool]:
        """What is asked of a sync that reads all of it."""
        return {"full": True} if self.is_paged else {}

    def double(self, world: GoogleWorld) -> Double:
        """Where it is."""
        return {"x": world.at_x, "google": world.at_google, "linkedin": world.at_linkedin}[self.platform]


def follow(world: GoogleWorld, number: int) -> None:
    world.x.people[str(number)] = user(str(number), f"person_{number}", f"Person {number}")
    world.x.followers.insert(0, str(number))


def tweet(world: GoogleWorld, number: int) -> None:
    world.x.posts.insert(0, post(str(number), "12", f"Invented post {number}", world.clock()))


def mention(world: GoogleWorld, number: int) -> None:
    world.x.people[str(number)] = user(str(number), f"person_{number}", f"Person {number}")
    world.x.mentions.insert(0, post(str(number), str(number), f"Invented mention {number}", world.clock()))


def meet(world: GoogleWorld, number: int) -> None:
    world.x.people[str(number)] = user(str(number), f"person_{number}", f"Person {number}")
    with world.database.write() as session:
        contact_id = create_contact(session, name=f"Person {number}", platform=Platform.X).id
        create_identity(session, contact_id=contact_id, platform=Platform.X, platform_user_id=str(number))


def write_down(world: GoogleWorld, number: int) -> None:
    world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com"))


def deliver(world: GoogleWorld, number: int) -> None:
    headers = {"From": f"Ada N{number} <p{number}@example.com>", "To": "me@example.com"}
    world.google.mailbox.deliver(f"18f{number:013x}", headers, at=world.clock())


def link(world: GoogleWorld, number: int) -> None:
    url = f"https://www.linkedin.com/in/ada-{number}"
    row = {"First Name": "Ada", "Last Name": f"N{number}", "URL": url, "Connected On": "15 Mar 2023"}
    world.linkedin.connections.append(row)


LOOKED_UP = "SELECT count(*) FROM contact_identities WHERE last_synced_at IS NOT NULL"
LISTS = {
    "x_contacts": Listed("x", "followers", "GET /2/users/{user_id}/followers", PEOPLE, follow),
    "x_tweets": Listed("x", "tweets", "GET /2/users/{user_id}/tweets", POSTS, tweet),
    "x_mentions": Listed("x", "mentions", "GET /2/users/{user_id}/mentions", PEOPLE, mention),
    "x_enrich": Listed("x", "users", "GET /2/users", LOOKED_UP, meet, is_paged=False),
    "gmail_contacts": Listed("google", "people.connections", "GET /v1/people/me/connections", BOOK, write_down),
    "gmail_metadata": Listed("google", "gmail.messages", "GET /gmail/v1/users/me/messages", MAILS, deliver),
    "linkedin_contacts": Listed("linkedin", "linkedin.snapshot", "GET /rest/memberSnapshotData", PEOPLE, link),
}


@pytest.fixture
def world(sqlite_database: Database, clock: Clock, tmp_path: Path) -> GoogleWorld:
    world = GoogleWorld(sqlite_database, clock, tmp_path)
    world.x.page_size = world.google.book.page_size = world.google.mailbox.page_size = world.linkedin.page_size = 1
    return world


def connect(world: GoogleWorld) -> None:
    """Sign in at all of them, again too."""
    world.connect(Platform.X, "12", X_SCOPES)
    world.connect()
    world.connect(Platform.LINKEDIN, "default")
    with world.database.write() as session:
        for account in list_accounts(session):
            account.status = AccountStatus.ACTIVE
            session.add(account)


def empty(world: GoogleWorld) -> None:
    """Let the platforms have nothing."""
    for each in (world.x.followers, world.x.posts, world.x.mentions, world.linkedin.connections):
        each.clear()
    world.google.book.people.clear()
    world.google.mailbox.mails.clear()


def rules_of(listed: Listed) -> Iterator[FailureRule]:
    """What a request for this list may be answered with; each kind once, and all of them for X's followers."""
    is_like_followers = listed.platform == "x" and listed.endpoint != "followers"
    kinds = set[str]() if FULL or not is_like_followers else {*ALIKE}
    for rule in platform_rules(listed.platform).rules:
        if (rule.endpoints and listed.endpoint not in rule.endpoints) or answer_of(listed, rule) is None:
            continue
        if FULL or listed.endpoint == "followers" or rule.kind not in kinds:
            yield rule
        kinds.add(rule.kind)


def answer_of(listed: Listed, rule: FailureRule) -> DoubleAnswer | None:
    """An answer that is this failure; None where the platform's own part of the table has something for all of them."""
    says = re.sub(r"\.\*", "[x] ", (rule.says or "Odd").split("|", maxsplit=1)[0])
    body: dict[str, Json] = {"error": {"code": min(rule.words, default="odd"), "message": f"{says}."}}
    for status in rule.status or [418]:
        number = int(str(status).replace("xx", "02"))
        if platform_rules(listed.platform).rule_for(number, listed.endpoint, FailureText.by(body)) is rule:
            return DoubleAnswer(number, body)
    return None


def state(world: GoogleWorld, sub_type: str) -> tuple[str, str]:
    """How the account stands, and its cursor."""
    (row,) = world.rows(
        "SELECT a.status, sync_status FROM platform_accounts a JOIN sync_cursors c ON platform_account_id = a.id "
        f"WHERE data_type = '{sub_type}'"
    )
    return row[0], row[1]


def reread(world: GoogleWorld, run: Run) -> Run:
    with world.database.read() as session:
        found = runs.get_workflow_run(session, run.id)
    assert found is not None
    return found


ALIKE = ("person_must_act", "our_fault", "unknown_parameter", "nothing_there", "again_now")
"""What X's other lists are answered with no otherwise than its followers."""
STATES = {"again_at": ("active", "syncing"), "sign_in_again": ("needs_reauth", "failed")}
SAID = {"sign_in_again": "onelane accounts connect", "nothing_there": "not put this account's data together yet"}
"""Of LinkedIn's 404 and of a token that nothing comes after something else is said than the table has."""


@pytest.mark.parametrize("sub_type", LISTS)
def test_each_failure_is_told_keeps_what_came_and_the_next_sync_goes_on(world: GoogleWorld, sub_type: str) -> None:
    listed, numbers = LISTS[sub_type], count(1001)
    places = (1, 2) if listed.is_paged else (1,)
    for at, rule in enumerate(rules_of(listed)):
        for place in places if FULL else places[at % len(places) :][:1]:
            connect(world)
            empty(world)
            for _ in range(2):
                listed.put(world, next(numbers))
            fail_once(world, sub_type, rule, place)


def answered(
    world: GoogleWorld, sub_type: str, place: int, odd: DoubleAnswer | Callable[..., DoubleAnswer]
) -> tuple[Run, int]:
    """A sync that is answered so from a page on, and how many rows it brought; afterwards all is good again."""
    listed, pages = LISTS[sub_type], count(1)
    double, before = listed.double(world), world.rows(listed.rows)[0][0]
    good = double.routes

    def answer(request: DoubleRequest, **parts: str) -> DoubleAnswer:
        if next(pages) < place:
            return good[listed.route](request, **parts)
        return odd if isinstance(odd, DoubleAnswer) else odd(request, **parts)

    double.routes = {**good, listed.route: answer}
    run = world.sync(sub_type, **listed.asked)
    double.routes = good
    return run, world.rows(listed.rows)[0][0] - before


def fail_once(world: GoogleWorld, sub_type: str, rule: FailureRule, place: int) -> None:
    """Sync while the platform answers so from a page on, and then when it no longer does."""
    listed, before = LISTS[sub_type], world.rows(LISTS[sub_type].rows)[0][0]
    odd = answer_of(listed, rule)
    assert odd is not None
    about = (sub_type, odd.status, rule.sentence, place)
    run, kept = answered(world, sub_type, place, odd)
    if rule.kind == "nothing_there" and listed.platform == "linkedin" and place > 1:
        # Also the last page may promise a next one.
        assert (run.status, kept) == (RunStatus.COMPLETED, 1), about
        return
    assert run.status is (RunStatus.PENDING if rule.kind == "again_at" else RunStatus.FAILED), about
    assert state(world, sub_type) == STATES.get(rule.kind, ("active", "failed")), about
    assert kept >= (place - 1 if listed.is_paged else 0), about
    rules = platform_rules(listed.platform)
    sentence = rules.message(rule, listed.endpoint, FailureText.by({}))
    assert run.status_reason is not None
    assert sentence in run.status_reason or SAID.get(rule.kind, sentence) in run.status_reason, about

    world.clock.advance(hours=2)
    world.dispatcher.look()
    assert reread(world, run).status is (RunStatus.COMPLETED if rule.kind == "again_at" else RunStatus.FAILED), about
    connect(world)
    run = world.sync(sub_type, **listed.asked)
    assert (run.status, world.rows(listed.rows)[0][0] - before) == (RunStatus.COMPLETED, 2), about
    assert state(world, sub_type) == ("active", "completed"), about


def test_each_command_that_a_failure_names_can_be_typed(terminal: Terminal) -> None:
    for platform in ("x", "google", "linkedin"):
        rules = platform_rules(platform)
        # The endpoint decides which feature is named.
        sentences = {
            rules.message(rule, endpoint, FailureText.by({}))
            for rule in rules.rules
            for endpoint in rule.endpoints or rules.features
        }
        commands = {words for each in sentences for words in re.findall(r"onelane ([a-z]+(?: [-\w]+)*)", each)}
        assert commands
        for words in sorted(commands):
            typed = terminal.type(*shlex.split(words))
            assert (typed.code, "_CLIENT_ID" in typed.err) == (1, True), words


UNREADABLE = [
    DoubleAnswer(200, b"[]"),
    DoubleAnswer(200, b'"Good morning"'),
    DoubleAnswer(200, {"error": {"code": 500, "message": "Backend Error"}}),
    DoubleAnswer(200, {name: {"a": 1} for name in ("data", "connections", "messages", "elements")}),
]


@pytest.mark.parametrize("sub_type", LISTS)
def test_an_answer_that_does_not_have_what_was_asked_for_is_no_success(world: GoogleWorld, sub_type: str) -> None:
    listed = LISTS[sub_type]
    for at, odd in enumerate(UNREADABLE):
        place = at % 2 + 1 if listed.is_paged else 1
        connect(world)
        empty(world)
        for number in (1001 + 2 * at, 1002 + 2 * at):
            listed.put(world, number)
        before, (run, kept) = world.rows(listed.rows)[0][0], answered(world, sub_type, place, odd)
        assert (run.status, kept >= place - 1) == (RunStatus.FAILED, True), (odd, run.result)
        assert "can't be read" in str(run.status_reason)
        assert state(world, sub_type) == ("active", "failed")
        run = world.sync(sub_type, **listed.asked)
        assert (run.status, world.rows(listed.rows)[0][0] - before) == (RunStatus.COMPLETED, 2)


@pytest.mark.parametrize("sub_type", [name for name, listed in LISTS.items() if listed.is_paged])
def test_a_list_that_goes_in_circles_is_read_from_its_beginning_by_the_next_sync(
    world: GoogleWorld, sub_type: str
) -> None:
    listed = LISTS[sub_type]
    connect(world)
    for number in range(1001, 1005):
        listed.put(world, number)
    first: list[DoubleAnswer] = []
    good = listed.double(world).routes[listed.route]

    def in_circles(request: DoubleRequest, **parts: str) -> DoubleAnswer:
        first.append(good(request, **parts))
        return first[0]

    run, _ = answered(world, sub_type, 1, in_circles)
    assert (run.status, state(world, sub_type)) == (RunStatus.FAILED, ("active", "failed"))
    assert "the same page twice" in str(run.status_reason)
    run = world.sync(sub_type)
    assert (run.status, world.rows(listed.rows)[0][0]) == (RunStatus.COMPLETED, 4), run.status_reason
    assert state(world, sub_type) == ("active", "completed")
