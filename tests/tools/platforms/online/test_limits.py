"""The limits that a platform tells are kept with the account and obeyed by all processes, by the platform's clock."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import get_account
from onelane.tools.platforms.online.failures import AgainAt, AgainNow, PlatformFailure
from onelane.tools.platforms.online.limits import rate_limits
from onelane.tools.platforms.online.windows import Window
from tests.acceptance.processes import run_module
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.platforms.online.asking import SeenBearer, client_of, online_account
from tests.tools.platforms.online.limited_server import WINDOW, LimitedServer, ask_until_closed


def test_nothing_is_asked_before_a_window_opens_again(database: Database, clock: Clock) -> None:
    theirs = Clock(clock())
    server = LimitedServer(theirs)
    account = online_account(database)
    closed = ask_until_closed(database, server, account.id)
    assert closed is not None
    assert (server.asked, closed.at) == (5, clock() + WINDOW)
    for each in (clock, theirs):
        each.advance(minutes=14, seconds=59)
    assert ask_until_closed(database, server, account.id, most=1) is None
    assert server.asked == 5
    for each in (clock, theirs):
        each.advance(seconds=1)
    ask_until_closed(database, server, account.id)
    assert (server.asked, server.early) == (10, 0)


@pytest.mark.parametrize("ahead_minutes", [-5, 5])
def test_the_platform_s_clock_decides_where_ours_is_off(
    sqlite_database: Database, clock: Clock, ahead_minutes: int
) -> None:
    theirs = Clock(clock() + timedelta(minutes=ahead_minutes))
    server = LimitedServer(theirs)
    account = online_account(sqlite_database)
    for _ in range(3):
        closed = ask_until_closed(sqlite_database, server, account.id)
        assert closed is not None
        assert closed.at == clock() + WINDOW
        for each in (clock, theirs):
            each.advance(minutes=15)
    assert (server.asked, server.early) == (15, 0)


def test_four_that_ask_at_once_take_no_request_too_many(database: Database, clock: Clock) -> None:
    theirs = Clock(clock())
    server = LimitedServer(theirs, limit=7)
    account = online_account(database)
    for _ in range(3):
        with ThreadPoolExecutor(4) as threads:
            for ended in [threads.submit(ask_until_closed, database, server, account.id) for _ in range(4)]:
                ended.result()
        for each in (clock, theirs):
            each.advance(minutes=15)
    assert (server.asked, server.early) == (21, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.parametrize(
    ("kind", "processes", "ahead_seconds", "date"),
    [
        (kind, processes, ahead_seconds, date)
        for kind in ("sqlite", "postgresql")
        for processes in (1, 4)
        # Without a date there is only one's own clock.
        for ahead_seconds, date in ((300, "dated"), (-300, "dated"), (0, "undated"))
        if FULL or (kind, processes, ahead_seconds) == ("sqlite", 4, 300)
    ],
)
def test_processes_ask_nothing_before_a_reset_whatever_their_clocks_say(
    request: pytest.FixtureRequest, project: Path, kind: str, processes: int, ahead_seconds: int, date: str
) -> None:
    database: Database = request.getfixturevalue(f"{kind}_database")
    account, url = online_account(database), database.url.render_as_string(hide_password=False)
    arguments = [url, account.id, str(processes), str(ahead_seconds), date]
    answer = run_module("tests.tools.platforms.online.askers", arguments, cwd=project)
    asked, in_the_last_second, early = json.loads(answer)
    assert (asked, in_the_last_second, early) == (14, 0, 0)


def test_who_is_refused_waits_as_long_as_the_platform_says(sqlite_database: Database, clock: Clock) -> None:
    account = online_account(sqlite_database)

    def refused(status: int = 429, **headers: str) -> timedelta:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sqlite_statement = sa.text("UPDATE platform_accounts SET rate_limit_state = '{}'")
        with sqlite_database.write() as session:
            session.sql(sqlite_statement)
        with (
            client_of(
                sqlite_database, lambda request: httpx2.Response(status, headers=named), bearer=SeenBearer(account.id)
            ) as client,
            pytest.raises(AgainAt) as failure,
        ):
            client.get("followers", "/2/users/12/followers")
        return failure.value.at - clock()

    date = format_datetime(clock(), usegmt=True)
    reset = str(int((clock() + timedelta(seconds=40)).timestamp()))
    day = str(int((clock() + timedelta(hours=5)).timestamp()))
    assert refused(retry_after="30") == timedelta(seconds=30)
    assert refused(retry_after=format_datetime(clock() + timedelta(minutes=2), usegmt=True)) == timedelta(minutes=2)
    assert refused(503, retry_after="30") == timedelta(seconds=30)
    assert refused(retry_after="29.5") == timedelta(seconds=29.5)
    assert refused(retry_after=(clock() + timedelta(minutes=2)).strftime("%A, %d-%b-%y %H:%M:%S GMT")) == timedelta(
        minutes=2
    )
    assert refused(x_rate_limit_remaining="0", x_rate_limit_reset=f"{reset}.0", date="no day") == timedelta(seconds=40)
    assert refused(x_rate_limit_remaining="0", x_rate_limit_reset=reset, date=date) == timedelta(seconds=40)
    both = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": day}
    assert refused(429, x_rate_limit_remaining="3", x_rate_limit_reset=reset, **both) == timedelta(hours=5)
    # However it is written; the longer of two counts.
    in_40 = clock() + timedelta(seconds=40)
    for written in (
        f"{reset}000",
        "40",
        in_40.isoformat().replace("+00:00", "Z"),
        format_datetime(in_40, usegmt=True),
        in_40.strftime("%a %b %d %H:%M:%S %Y"),
    ):
        assert refused(x_rate_limit_remaining="0", x_rate_limit_reset=written, date=date) == timedelta(seconds=40)
        assert refused(x_rate_limit_reset=written, retry_after="30", date=date) == timedelta(seconds=40)
        assert refused(x_rate_limit_reset=written, retry_after="50", date=date) == timedelta(seconds=50)
    assert refused(retry_after=in_40.isoformat()) == timedelta(seconds=40)
    assert refused(retry_after=str(30 * 86_400)) == timedelta(days=7)
    # Nothing that makes sense: as long as the platform's windows usually are.
    assert refused() == timedelta(minutes=15)
    past = str(int((clock() - timedelta(hours=1)).timestamp()))
    for odd in (past, f"{past}000", "0", "-5", "soon"):
        assert refused(x_rate_limit_remaining="0", x_rate_limit_reset=odd, date=date) == timedelta(minutes=15)
    for odd in (
        "0",
        "40000000000",
        "-1",
        "NaN",
        "1e3",
        "Mon, 02 Nov 99999999999999 09:04:05 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2300",
    ):
        assert refused(retry_after=odd) == timedelta(minutes=15)
    assert refused(retry_after="soon", x_rate_limit_remaining="0", x_rate_limit_reset="9" * 14) == timedelta(minutes=15)


def test_a_platform_that_tells_no_limits_closes_by_its_refusal_only(sqlite_database: Database, clock: Clock) -> None:
    asked: list[str] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        reasons = {"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}
        return httpx2.Response(403, json=reasons) if request.url.path == "/messages" else httpx2.Response(200, json={})

    account = online_account(sqlite_database)
    bearer = SeenBearer(account.id)
    with client_of(sqlite_database, answering, platform="google", bearer=bearer) as client:
        for _ in range(3):
            client.get("gmail.profile", "/profile")
            with pytest.raises(AgainAt) as failure:
                client.get("gmail.messages", "/messages")
            assert failure.value.at == clock() + timedelta(minutes=1)
    assert asked.count("/messages") == 1


def test_a_request_without_an_answer_does_not_hold_up_the_next(sqlite_database: Database) -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route")

    account = online_account(sqlite_database)
    for _ in range(2):
        with client_of(sqlite_database, broken, bearer=SeenBearer(account.id)) as client:
            with pytest.raises(PlatformFailure) as failure:
                client.get("followers", "/2/users/12/followers")
            assert isinstance(failure.value, AgainNow)


def test_what_is_known_of_limits_stands_in_the_account_s_row(sqlite_database: Database, clock: Clock) -> None:
    account = online_account(sqlite_database)
    ask_until_closed(sqlite_database, LimitedServer(Clock(clock())), account.id, most=2)
    with sqlite_database.read() as session:
        found = get_account(session, account.id)
        assert found is not None
        resets_at = (clock() + WINDOW).timestamp()
        assert rate_limits(found) == {"followers": Window(limit=5, remaining=3, resets_at=resets_at)}
