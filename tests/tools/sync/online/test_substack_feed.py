"""The feed of a publication by its address: asked for politely, told in words where it can't be read, read once."""

import ssl
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import list_published
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Run, RunStatus
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.errors import BadRequest, Forbidden, ToolError
from onelane.tools.registry.ports.web import Web
from onelane.tools.registry.runs.feed_addresses import feed_address
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Registry
from onelane.tools.sync import sync as sync_tools
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunView
from tests.certificates import new_certificate
from tests.databases import Clock
from tests.toolbox import Toolbox
from tests.websites import Reply, Website, fetcher, page, public_network, website

HOST = "examplepub.substack.com"
CHANGED = "Sun, 01 Nov 2026 12:00:00 GMT"
CHAT, PERSON = Caller(Face.MCP), Caller(Face.CLI)


def feed(*slugs: str) -> Reply:
    """A feed as Substack writes it."""
    items = "".join(
        f"<item><title>About {slug}</title><link>https://{HOST}/p/{slug}</link><guid>https://{HOST}/p/{slug}</guid>"
        f"<pubDate>Sat, 18 Jul 2026 04:27:59 GMT</pubDate><description>Text of {slug}</description></item>"
        for slug in slugs
    )
    text = f'<rss version="2.0"><channel><generator>Substack</generator>{items}</channel></rss>'
    return page(
        text, content_type="application/xml", ETag=f'W/"{len(slugs)}"', Last_Modified="Sun, 01 Nov 2026 12:00:00 GMT"
    )


@dataclass
class World:
    """A workspace, and a site that plays Substack."""

    database: Database
    site: Website
    tools: Toolbox

    def sync(self, file: str = f"https://{HOST}", by: Caller = CHAT, **asked: Any) -> Run:
        """The run of a sync, which has been carried out."""
        run_id = self.tools.call_as(by, RunView, "start_sync", file=file, **asked).id
        with self.database.read() as session:
            found = runs.get_workflow_run(session, run_id)
        assert found is not None
        return found

    def posts(self) -> list[str]:
        """The addresses of what was published, oldest first."""
        with self.database.read() as session:
            return sorted(post.platform_url or "" for post, _ in list_published(session, limit=99))

    def part(self, key: str) -> dict[str, Any]:
        """The cursor of an account, as far as it is of this feed."""
        with self.database.read() as session:
            account = accounts.find_account(session, Platform.SUBSTACK, key)
            assert account is not None
            cursor = cursors.get_cursor(session, account.id, "substack_posts")
            assert cursor is not None
            return orjson.loads(cursor.cursor or "{}").get(f"https://{HOST}/feed", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_certificate(tmp_path_factory.mktemp("tls") / "substack.pem", [HOST, "news.example.com"])


@pytest.fixture
def world(sqlite_database: Database, clock: Clock, certificate: Path) -> Generator[World]:
    proof = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    proof.load_cert_chain(certificate)
    with website({"/feed": feed("one")}, tls=proof) as site:
        trust = ssl.create_default_context(cafile=certificate)
        web = Web(feeds=fetcher(public_network(site), sqlite_database, clock, trust=trust))
        engine = RunEngine(sqlite_database, InlineDispatcher(), RunTypes(*all_run_types()))
        tools = Toolbox(Registry(sync_tools, run_tools), Services(sqlite_database, engine, [], web=web))
        engine.equip(tools.product)
        engine.serve()
        yield World(sqlite_database, site, tools)


def message_of(run: Run) -> str:
    """What a run says came of it."""
    return orjson.loads(run.result)["message"]


def test_a_feed_comes_in_and_is_asked_for_again_only_if_it_has_changed(world: World) -> None:
    run = world.sync()
    assert (run.status, orjson.loads(run.result)["added"]) == (RunStatus.COMPLETED, 1)
    assert world.posts() == [f"https://{HOST}/p/one"]
    state = {"etag": 'W/"1"', "last_modified": CHANGED}
    assert world.part("examplepub") == state

    world.site.pages["/feed"] = Reply(304, {}, b"")
    run = world.sync()
    asked = world.site.visits[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == (state["etag"], state["last_modified"])
    assert (run.status, message_of(run), world.part("examplepub")) == (
        RunStatus.COMPLETED,
        "There was nothing new.",
        state,
    )

    world.site.pages["/feed"] = feed("two", "one")
    assert orjson.loads(world.sync().result)["added"] == 1
    assert (world.posts(), world.part("examplepub")["etag"]) == (
        [f"https://{HOST}/p/one", f"https://{HOST}/p/two"], 'W/"2"',
    )  # fmt: skip


def test_a_feed_that_is_read_in_full_is_asked_for_whatever_was_read_before(world: World) -> None:
    world.sync()
    world.sync(full=True)
    assert "if-none-match" not in world.site.visits[-1].headers


def test_a_feed_that_breaks_off_is_asked_for_again_whatever_the_site_says_of_it(world: World) -> None:
    whole = feed("two", "one")
    assert isinstance(whole.body, bytes)
    world.site.pages["/feed"] = Reply(200, whole.headers, whole.body[: whole.body.index(b"About one")])
    assert (world.sync().status, world.part("examplepub")) == (RunStatus.COMPLETED, {"etag": "", "last_modified": ""})
    world.site.pages["/feed"] = whole
    world.sync()
    assert "if-none-match" not in world.site.visits[-1].headers
    assert world.posts() == [f"https://{HOST}/p/one", f"https://{HOST}/p/two"]


def in_atom(encoding: str) -> bytes:
    """A feed of one post, as Atom."""
    link = f'<id>urn:1</id><link href="https://{HOST}/p/one"/><updated>2026-07-18T04:27:59Z</updated>'
    head = f'<?xml version="1.0" encoding="{encoding}"?><feed xmlns="http://www.w3.org/2005/Atom">'
    text = f"{head}<generator>Substack</generator><entry><title>Grüße</title>{link}</entry></feed>"
    return text.encode(encoding)


def in_rss(*links: str, guid: str = "") -> str:
    """A feed of posts at these addresses, which may all have one id."""
    items = "".join(
        f"<item><title>Grüße</title><link>{link}</link><guid>{guid or link}</guid>"
        "<pubDate>Sat, 18 Jul 2026 04:27:59 GMT</pubDate></item>"
        for link in links
    )
    return f'<rss version="2.0"><channel><generator>Substack</generator>{items}</channel></rss>'


@pytest.mark.parametrize(
    ("body", "slugs"),
    [
        (in_atom("utf-8"), ["one"]),
        (in_atom("utf-16"), ["one"]),
        (in_rss(f"https://{HOST}/p/one").encode("utf-16"), ["one"]),
        (in_rss("/p/one").encode(), ["one"]),
        (in_rss(f"https://{HOST}/p/one", f"https://{HOST}/p/two", guid="same").encode(), ["one", "two"]),
        (in_rss(f"https://{HOST}/p/one", f"https://{HOST}/p/one", guid="same").encode(), ["one"]),
    ],
    ids=["atom", "atom in utf-16", "rss in utf-16", "without a site", "one id for two", "one twice"],
)
def test_feeds_of_other_makes_are_read(world: World, body: bytes, slugs: list[str]) -> None:
    world.site.pages["/feed"] = Reply(200, {"Content-Type": "application/xml", "ETag": '"1"'}, body)
    assert message_of(world.sync()).startswith(f"{len(slugs)} post")
    assert world.posts() == [f"https://{HOST}/p/{slug}" for slug in slugs]
    assert world.part("examplepub")["etag"] == '"1"'
    with world.database.read() as session:
        assert set(session.sql(sa.text("SELECT title FROM content_items")).scalars()) == {"Grüße"}
    # Again, it is the same.
    world.sync(full=True)
    assert len(world.posts()) == len(slugs)


@pytest.mark.parametrize(
    ("day", "told", "is_dated"),
    [
        ("", "1 post added.", False),
        ("<pubDate>soon</pubDate>", "when a post was published: not one certain instant", False),
        ("<pubDate>Sat, 18 Jul 2026 04:27:59</pubDate>", "1 post added.", True),
        ("<pubDate>18. Juli 2026</pubDate>", "1 post added.", True),
        ("<pubDate>Sat, 18 Jul 2099 04:27:59 GMT</pubDate>", "a date in the future", False),
    ],
)
def test_a_post_without_a_day_or_with_an_odd_one_comes_in_all_the_same(
    world: World, day: str, told: str, is_dated: bool
) -> None:
    text = in_rss(f"https://{HOST}/p/one").replace("<pubDate>Sat, 18 Jul 2026 04:27:59 GMT</pubDate>", day)
    world.site.pages["/feed"] = page(text, content_type="application/xml")
    assert told in message_of(world.sync())
    with world.database.read() as session:
        days = list(session.sql(sa.text("SELECT published_at FROM content_posts")).scalars())
    assert [each is not None for each in days] == [is_dated]
    assert message_of(world.sync(full=True)).startswith("Nothing new: all 1 were known already.")


NAMED = '<html><link rel="alternate" type="application/rss+xml" href="{}" title="x"></html>'


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7200"}, 7200), ({}, 900)])
def test_a_feed_that_asks_to_wait_is_waited_for(
    world: World, clock: Clock, headers: dict[str, str], seconds: int
) -> None:
    world.site.pages["/feed"] = Reply(429, headers, b"")
    run = world.sync()
    assert run.waits_until is not None
    assert (run.status, (run.waits_until - clock()).total_seconds()) == (RunStatus.PENDING, seconds)


def test_a_link_that_is_no_address_and_a_date_of_the_year_one_are_left_out(world: World) -> None:
    item = "<title>A</title><link>javascript:alert(1)</link><pubDate>Sat, 01 Jan 0001 00:00:00 GMT</pubDate>"
    text = f'<rss version="2.0"><channel><generator>Substack</generator><item>{item}</item></channel></rss>'
    world.site.pages["/feed"] = page(text, content_type="application/xml")
    run = world.sync()
    assert "1 not understood: a date before 1900 (line 1)" in message_of(run)
    with world.database.read() as session:
        rows = session.sql(sa.text("SELECT platform_url, published_at FROM content_posts")).all()
    assert [tuple(row) for row in rows] == [(None, None)]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (page("no", status=403), "Substack refuses this machine's network (403"),
        (page("no", status=404), "There is no feed at https://examplepub.substack.com/feed"),
        (page("gone", status=410), "There is no feed at https://examplepub.substack.com/feed"),
        (page("<html>substack</html>"), "At that address is no feed of Substack"),
        (page(NAMED.format("/other/feed")), f"Give that: onelane sync substack_posts https://{HOST}/other/feed"),
        (page(NAMED.format("https://a.example/$(x)")), "At that address is no feed of Substack"),
    ],
)
def test_a_feed_that_cannot_be_read_ends_the_run_with_a_sentence(world: World, reply: Reply, words: str) -> None:
    world.sync()
    world.site.pages["/feed"] = reply
    run = world.sync()
    assert run.status is RunStatus.FAILED
    assert words in message_of(run)
    assert world.part("examplepub")["etag"] == 'W/"1"'
    assert len(world.posts()) == 1


def test_a_publication_with_a_domain_of_its_own_is_read_for_a_person_at_the_command_line_alone(world: World) -> None:
    address = "https://news.example.com/feed?x=1"
    with pytest.raises(Forbidden, match="onelane sync substack_posts ADDRESS"):
        world.sync(address)
    assert world.sync(address, by=PERSON).status is RunStatus.COMPLETED
    assert world.posts() == [f"https://{HOST}/p/one"]


def test_the_settings_of_a_run_name_no_other_address_than_a_sync_may(world: World) -> None:
    config = {"syncSubType": "substack_posts", "feed": "https://news.example.com/feed?secret=1"}
    with pytest.raises(Forbidden):
        world.tools.call(RunView, "start_run", workflow_type="sync", config=config)
    started = world.tools.call(RunView, "start_run", workflow_type="sync", config={**config, "feed": f"https://{HOST}"})
    assert (started.status, world.posts()) == (RunStatus.COMPLETED, [f"https://{HOST}/p/one"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sub_type": "x_contacts"}, "X Contacts come from no address on the web"),
        ({"max_pages": 3}, "maxPages: a feed has one page"),
        ({"since": "2026-01-01"}, "since: a feed has one page"),
    ],
)
def test_what_a_feed_can_not_give_is_refused_before_a_run_starts(
    world: World, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        world.sync(**asked)
    with world.database.read() as session:
        assert session.sql(sa.text("SELECT count(*) FROM workflow_runs")).scalar_one() == 0


@pytest.mark.parametrize(
    ("address", "by", "asked"),
    [
        ("https://Ada.substack.com", CHAT, "https://ada.substack.com/feed"),
        (" https://ada.substack.com/feed/#top ", CHAT, "https://ada.substack.com/feed"),
        ("https://ada.substack.com:443/feed", CHAT, "https://ada.substack.com/feed"),
        ("https://ada.substack.com/feed?secret=1", CHAT, None),
        ("https://ada.substack.com/p/secret", CHAT, None),
        ("https://a.b.substack.com/feed", CHAT, None),
        ("https://ada.substack.com.evil.example/feed", CHAT, None),
        ("https://evil.example/feed", CHAT, None),
        ("http://ada.substack.com/feed", PERSON, None),
        ("https://me:pw@ada.substack.com/feed", PERSON, None),
        ("https://ada.substack.com:8443/feed", PERSON, None),
        ("https://ada.substack.com:x/feed", PERSON, None),
        ("https://", PERSON, None),
        ("https://news.example.com", PERSON, "https://news.example.com/feed"),
        ("https://news.example.com/rss.xml?a=1#b", PERSON, "https://news.example.com/rss.xml?a=1"),
    ],
)
def test_the_address_of_a_feed_carries_nothing_but_the_publications_name_unless_a_person_typed_it(
    address: str, by: Caller, asked: str | None
) -> None:
    if asked is not None:
        assert feed_address(address, by) == asked
        return
    with pytest.raises(ToolError):
        feed_address(address, by)
