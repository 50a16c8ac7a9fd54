"""Sites are asked as they wish to be asked: by their robots.txt, and once a second."""

import pytest

from onelane.storage.database.engine import Database
from onelane.tools.web.fetching import Limits
from onelane.tools.web.refusals import (
    DisallowedByRobots,
    HostBusy,
    RobotsUnknown,
)
from tests.databases import Clock
from tests.tools.web.outside import PLAIN, Outside
from tests.websites import page, public_network, redirect, website


def test_waiting_for_ones_turn_is_not_the_sites_fault(sqlite_database: Database, clock: Clock) -> None:
    def now_s() -> float:
        return clock.instant.timestamp()

    with website({"/": "hello"}) as site:
        outside = Outside(site, public_network(site), sqlite_database, clock, Limits(time_s=2), now_s)
        for _ in range(5):
            assert outside.fetch(PLAIN).status == 200


def test_a_host_is_asked_once_a_second_robots_and_redirects_included(outside: Outside) -> None:
    asked_at: list[float] = []
    outside.site.on_visit = lambda visit: asked_at.append(outside.clock.instant.timestamp())
    outside.site.pages["/robots.txt"] = page("")
    outside.site.pages["/old"] = redirect("/")
    outside.site.pages["/"] = page("")

    outside.fetch("http://example.com/old")
    outside.fetch(PLAIN)

    start = asked_at[0]
    assert [instant - start for instant in asked_at] == [0, 1, 2, 3]


def test_other_hosts_do_not_wait(outside: Outside) -> None:
    before = outside.clock.instant

    for name in ("a", "b", "c"):
        outside.fetch(f"http://{name}.example.com/")

    # A second each for the site's robots.txt, and then the page; but they might all be asked at once.
    assert (outside.clock.instant - before).total_seconds() == 3


def test_turns_are_kept_in_the_database_for_all_processes(database: Database, clock: Clock) -> None:
    waits: list[float] = []
    with website({"/": "hello"}) as site:
        first = Outside(site, public_network(site), database, clock)
        second = Outside(site, public_network(site), database, clock)
        for outside in (first, second, first, second):
            before = clock.instant
            outside.fetch(PLAIN)
            waits.append((clock.instant - before).total_seconds())

    assert waits == [1, 1, 1, 1]


def test_a_queue_that_is_too_long_is_not_joined(outside: Outside) -> None:
    outside.limits = Limits(wait_s=0)

    with pytest.raises(HostBusy):
        outside.fetch(PLAIN)


def test_a_page_that_robots_txt_forbids_is_not_fetched(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page(
        "User-agent: *\nDisallow: /private\nAllow: /private/ok\n", content_type="text/plain"
    )
    outside.site.pages["/away"] = redirect("/private/x")
    outside.site.pages["/private/ok"] = "<title>Fine</title>"

    for path in ("/private/x", "/away"):
        with pytest.raises(DisallowedByRobots):
            outside.fetch(f"http://example.com{path}")

    assert outside.fetch("http://example.com/private/ok").title == "Fine"
    assert outside.site.asked == ["example.com/away", "example.com/private/ok"]


def test_robots_txt_may_speak_to_us_by_name(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page("User-agent: *\nAllow: /\n\nUser-agent: onelane\nDisallow: /\n")

    with pytest.raises(DisallowedByRobots):
        outside.fetch(PLAIN)


def test_robots_txt_is_read_once_a_day(outside: Outside) -> None:
    def reads() -> int:
        return sum(visit.path == "/robots.txt" for visit in outside.site.visits)

    outside.fetch(PLAIN)
    outside.fetch(PLAIN)
    assert reads() == 1

    outside.clock.advance(days=1)
    outside.fetch(PLAIN)
    assert reads() == 2


def test_a_site_without_robots_txt_allows_everything(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page("Disallow: /", status=404)

    assert outside.fetch(PLAIN).title == "Ada"


def test_a_site_that_can_not_tell_its_robots_txt_allows_nothing(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page("", status=503)

    with pytest.raises(RobotsUnknown):
        outside.fetch(PLAIN)
    assert outside.site.asked == []


def test_the_last_robots_txt_holds_while_the_site_is_unavailable(outside: Outside) -> None:
    outside.fetch(PLAIN)
    outside.site.pages["/robots.txt"] = page("", status=503)

    outside.clock.advance(days=3)
    assert outside.fetch(PLAIN).title == "Ada"

    outside.clock.advance(days=40)
    with pytest.raises(RobotsUnknown):
        outside.fetch(PLAIN)


def test_a_robots_txt_that_never_ends_is_read_as_far_as_anybody_must(outside: Outside) -> None:
    outside.site.pages["/robots.txt"] = page("User-agent: *\nDisallow: /no\n" + "# so it goes on\n" * 100_000)

    assert outside.fetch(PLAIN).title == "Ada"
    with pytest.raises(DisallowedByRobots):
        outside.fetch("http://example.com/no")
