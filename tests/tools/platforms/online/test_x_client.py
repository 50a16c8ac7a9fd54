"""X's API is asked as its own client asks, its answers are read in both vocabularies, and give an archive's records."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from onelane.storage.database.engine import Database
from onelane.tools.platforms.formats.records import Owner, PostRecord
from onelane.tools.platforms.online.failures import PersonMustAct, PlatformFailure, UnknownParameter, UnreadableAnswer
from onelane.tools.platforms.x.answers import XPage, XPost, made_id, page_of, post_of, user_of
from onelane.tools.platforms.x.client import XClient
from onelane.tools.platforms.x.live_records import gone_person, live_person, live_post
from onelane.tools.platforms.x.vocabulary import POST, FieldChoice
from tests.tools.platforms.online.asking import Answering, client_of
from tests.vendor_documents import VendorDocument

pytestmark = pytest.mark.xdist_group("x client")

OWNER = Owner("12", "me_owner", "Me Owner")
FEW = FieldChoice(("created_at", "description", "public_metrics"))
TOKEN = "7140w9gefhslx3abcdef"

CALLS: Mapping[str, Callable[[XClient], object]] = {
    "users.me": lambda x: x.me(FEW),
    "users.by_ids": lambda x: x.users(["1", "2"], FEW),
    "users.followers": lambda x: x.followers("12", size=100, fields=FEW),
    "users.followers.next_page": lambda x: x.followers("12", size=100, token=TOKEN, fields=FieldChoice()),
    "users.following": lambda x: x.following("12", fields=FieldChoice()),
    "users.posts": lambda x: x.tweets("12", size=5, fields=FieldChoice(post_fields=("created_at", "public_metrics"))),
    "users.mentions": lambda x: x.mentions(
        "12", size=5, fields=FieldChoice(post_fields=("created_at", "public_metrics"), expansions=("author_id",))
    ),
    "posts.create": lambda x: x.create_post("hi"),
}
"""By the name under which the vendor's own client recorded the same."""


@dataclass
class Words:
    """Which words an account wants."""

    wants_old: bool = False

    def keep_old(self) -> None:
        """The old ones from now on."""
        self.wants_old = True


@dataclass
class Asked:
    """Answers every request with the same, and keeps them."""

    body: object = field(default_factory=lambda: {"data": {"id": "12"}})
    requests: list[httpx2.Request] = field(default_factory=list[httpx2.Request])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(201 if request.method == "POST" else 200, json=self.body)


def x_client(database: Database, answering: Answering, words: Words | None = None) -> XClient:
    return XClient(client_of(database, answering), words or Words())


@pytest.fixture(scope="module")
def documents(contracts: Path) -> dict[bool, VendorDocument]:
    """X's documents, by whether its words are the old ones."""
    names = {False: "x-openapi.json", True: "x/x-openapi-2.164-before-rename.json"}
    return {old: VendorDocument(contracts / name) for old, name in names.items()}


def canned(contracts: Path, name: str) -> Any:
    return json.loads((contracts / "answers" / "x" / f"{name}.json").read_bytes())


def test_every_request_equals_that_of_the_vendor_s_own_client(sqlite_database: Database, contracts: Path) -> None:
    recorded = json.loads((contracts / "official-client-requests" / "x.json").read_bytes())["requests"]
    for name, call in CALLS.items():
        asked = Asked()
        call(x_client(sqlite_database, asked))
        (request,) = asked.requests
        ours = (request.method, request.url.path, sorted(request.url.params.multi_items()))
        theirs = recorded[name]
        assert ours == (theirs["method"], theirs["path"], sorted(tuple(each) for each in theirs["query"])), name
        assert (json.loads(request.content) if request.content else None) == theirs["body"], name


def test_every_request_and_answer_fits_the_vendor_s_document(
    sqlite_database: Database, contracts: Path, documents: dict[bool, VendorDocument]
) -> None:
    calls: list[tuple[str, Callable[[XClient], object]]] = [
        ("users.me", lambda x: x.me()),
        ("users.lookup.partial", lambda x: x.users(["2001", "2002", "2098", "2099"])),
        ("followers.page1", lambda x: x.followers("12")),
        ("followers.page2", lambda x: x.followers("12", token=TOKEN)),
        ("following.page1", lambda x: x.following("12", size=1)),
        ("users.tweets.page1", lambda x: x.tweets("12", bounds={"since_id": "5"})),
        ("users.mentions", lambda x: x.mentions("12", bounds={"until_id": "9"})),
        ("tweets.create-201", lambda x: x.create_post("Invented post")),
        ("users.me.old-words", lambda x: x.me()),
        ("users.tweets.old-words", lambda x: x.tweets("12")),
    ]
    for name, call in calls:
        asked, old = Asked(canned(contracts, name)), "old-words" in name
        call(x_client(sqlite_database, asked, Words(old)))
        (request,) = asked.requests
        documents[old].check(request, asked(request))


def test_people_are_read_as_the_archive_s_reader_gives_them(contracts: Path) -> None:
    page = page_of(canned(contracts, "followers.page1"), user_of)
    ada, grace, zoe = (live_person(line, user, ("follower",)) for line, user in enumerate(page.items, 1))
    assert (page.next_token, ada.platform_user_id, ada.handle) == (TOKEN, "2001", "ada_example")
    assert (ada.url, ada.website) == ("https://x.com/ada_example", "https://ada.example.com")
    assert (ada.bio, ada.location) == ("Engines. Invented person.", "London")
    assert (ada.followers_count, ada.following_count, ada.posts_count) == (1200, 300, 900)
    assert (grace.is_verified, grace.bio, zoe.is_protected, zoe.name) == (True, None, True, "Zoë Fictional 🚀")
    assert page_of(canned(contracts, "followers.page2"), user_of).next_token is None
    following = page_of(canned(contracts, "following.page1"), user_of)
    assert [user.handle for user in following.items] == ["grace_sample", "kay_pretend"]


def test_a_page_without_anybody_is_the_last_only_where_no_token_follows(contracts: Path) -> None:
    page = page_of(canned(contracts, "followers.empty"), user_of)
    assert (page.items, page.next_token) == ((), None)
    page = page_of(canned(contracts, "followers.empty-page-with-next"), user_of)
    assert (page.items, page.next_token) == ((), "7140dibdnow9c7btw481")


def test_who_could_not_be_looked_up_is_told_beside_the_others(contracts: Path) -> None:
    page = page_of(canned(contracts, "users.lookup.partial"), user_of)
    assert [user.handle for user in page.items] == ["ada_renamed", "grace_sample"]
    assert [(fault.id, fault.is_gone) for fault in page.faults] == [("2099", True), ("2098", True)]
    none = page_of(canned(contracts, "users.lookup.none"), user_of)
    assert none.items == ()
    gone = gone_person(1, none.faults[0])
    assert (gone.platform_user_id, gone.is_gone, gone.handle) == ("2099", True, None)


def posts_of(body: Any) -> list[PostRecord]:
    page = page_of(body, post_of)
    return [live_post(line, post, page.users, OWNER) for line, post in enumerate(page.items, 1)]


def test_posts_are_read_as_the_archive_s_reader_gives_them(contracts: Path) -> None:
    thought, answer, repost = posts_of(canned(contracts, "users.tweets.page1"))
    assert (thought.kind, answer.kind, repost.kind) == ("post", "reply", "repost")
    assert thought.text == "A thought about looms & numbers https://t.co/y"
    assert thought.url == "https://x.com/me_owner/status/1820000000000000104"
    assert thought.metrics == {"likes": 3, "retweets": 1, "comments": 0, "quotes": 0, "bookmarks": 0, "impressions": 9}
    assert (answer.in_reply_to_id, answer.author) == ("1820000000000000050", None)
    assert answer.in_reply_to is not None
    assert (answer.in_reply_to.handle, answer.in_reply_to.name) == ("ada_example", "Ada Example")
    assert [person.handle for person in repost.mentions] == ["grace_sample"]


def test_old_and_new_words_give_the_same_records(contracts: Path) -> None:
    new, old = canned(contracts, "users.tweets.page1"), canned(contracts, "users.tweets.old-words")
    assert posts_of(new) == posts_of(old)
    assert page_of(new, post_of).next_token == page_of(old, post_of).next_token
    assert page_of(canned(contracts, "users.me"), user_of) == page_of(canned(contracts, "users.me.old-words"), user_of)


def test_a_mention_has_its_author_and_leaves_the_owner_out(contracts: Path) -> None:
    (mention,) = posts_of(canned(contracts, "users.mentions"))
    assert mention.author is not None
    assert (mention.author.platform_user_id, mention.author.name) == ("2002", "Grace Sample")
    assert mention.url == "https://x.com/grace_sample/status/1820000000000000201"
    assert mention.mentions == ()


def test_every_canned_answer_of_x_is_read_here_or_is_a_failure(contracts: Path) -> None:
    liked = page_of(canned(contracts, "users.liked_tweets"), post_of)
    assert [post.id for post in liked.items]
    assert made_id(canned(contracts, "tweets.create-201")) == "1820000000000000301"
    assert made_id(canned(contracts, "dm.send-201"))
    source = Path(__file__).read_text() + Path(__file__).with_name("test_http_client.py").read_text()
    names = {path.stem for path in (contracts / "answers" / "x").glob("*.json")}
    assert {name for name in names if name not in source} == set()


def test_a_long_post_has_its_whole_text_and_all_whom_it_names() -> None:
    for word in ("note_post", "note_tweet"):
        note = {"text": "Long &amp; whole @ada", "entities": {"mentions": [{"username": "ada", "id": 7}]}}
        (post,) = posts_of({"data": [{"id": 98765432109876543210, "text": "Long…", word: note, "author_id": 12}]})
        assert (post.post_id, post.text) == ("98765432109876543210", "Long & whole @ada")
        assert [(person.platform_user_id, person.handle) for person in post.mentions] == [("7", "ada")]


def test_what_is_missing_or_of_another_kind_is_no_error() -> None:
    for text in (
        "null",
        "[]",
        '{"data": null}',
        '{"data": [null, 3, {"text": "no id"}], "includes": [], "meta": [], "errors": "none"}',
        '{"data": [{"id": "", "public_metrics": 4, "entities": {"mentions": {}}}]}',
    ):
        assert page_of(json.loads(text), post_of).items == ()
        assert page_of(json.loads(text), user_of).items == ()


def test_odd_values_are_kept_as_far_as_they_can_be() -> None:
    metrics = {"followers_count": "12", "following_count": -1, "post_count": "9" * 40}
    body = {
        "data": [{"id": 5, "name": "N" * 4000, "username": "a\0b\ud800", "verified": "yes", "public_metrics": metrics}]
    }
    (user,) = page_of(body, user_of).items
    assert (user.id, len(user.name), user.handle, user.is_verified) == ("5", 4000, "ab", None)
    assert (user.followers_count, user.following_count, user.posts_count) == (12, None, None)
    (post,) = posts_of(
        {"data": {"id": "7", "text": "x", "created_at": "2026-11-03T10:00:00", "referenced_posts": [{}]}}
    )
    assert (post.created_at and post.created_at.isoformat(), post.kind) == ("2026-11-03T10:00:00+00:00", "post")


def test_a_list_that_is_not_shown_is_no_empty_list(sqlite_database: Database) -> None:
    problem = {"title": "Authorization Error", "detail": "Sorry, you are not authorized.", "resource_id": "12"}
    bodies: list[tuple[Any, type[PlatformFailure]]] = [
        ({"errors": [problem]}, PersonMustAct),
        ({"errors": [problem], "meta": {"result_count": 0}}, PersonMustAct),
        ({}, UnreadableAnswer),
        ({"meta": {"result_count": 3}}, UnreadableAnswer),
        ({"data": [{"username": "nobody"}], "meta": {"result_count": 1}}, UnreadableAnswer),
    ]
    for body, kind in bodies:
        with pytest.raises(kind):
            x_client(sqlite_database, Asked(body)).followers("12")
    assert x_client(sqlite_database, Asked({"meta": {"result_count": 0}})).followers("12").items == ()
    assert x_client(sqlite_database, Asked({"data": [], "meta": {"next_token": TOKEN}})).followers("12").items == ()


def test_a_server_that_knows_the_old_words_only_is_asked_in_them_from_then_on(
    sqlite_database: Database, contracts: Path, documents: dict[bool, VendorDocument]
) -> None:
    refusal, tweets = canned(contracts, "error-400-unknown-parameter"), canned(contracts, "users.tweets.old-words")
    seen: list[str] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        seen.append("post.fields" if "post.fields" in query else "tweet.fields")
        if "post.fields" in query:
            return httpx2.Response(400, json=refusal)
        response = httpx2.Response(200, json=tweets, headers={"content-type": "application/json"})
        documents[True].check(request, response)
        return response

    words = Words()
    for _ in range(2):
        page: XPage[XPost] = x_client(sqlite_database, answering, words).tweets("12", fields=POST)
        assert len(page.items) == 3
    assert seen == ["post.fields", "tweet.fields", "tweet.fields"]


def test_a_parameter_that_neither_vocabulary_has_is_a_failure(sqlite_database: Database, contracts: Path) -> None:
    refusal = canned(contracts, "error-400-unknown-parameter")
    words = Words()
    with pytest.raises(UnknownParameter):
        x_client(sqlite_database, lambda request: httpx2.Response(400, json=refusal), words).tweets("12")
    assert not words.wants_old
